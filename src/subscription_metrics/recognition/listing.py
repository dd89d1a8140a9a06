"""Schedules as tables, and every cent of them explained.

House rules.

1. A step of an explanation can be done again by hand: units × progress, rounded, less what was earned before.
2. The steps of a period sum to what is posted for it.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.facts.checks import from_minor_units
from subscription_metrics.recognition.curves import reached
from subscription_metrics.recognition.schedule import Role, earned, recognised, remaining
from subscription_metrics.recognition.scheduling import schedule
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from subscription_metrics.recognition.contracts import Dossier
    from subscription_metrics.recognition.schedule import Line, Piece, PostingPeriod
    from subscription_metrics.recognition.scheduling import Schedule

_TEXT, _AMOUNT = ColumnType.TEXT, ColumnType.AMOUNT


@frozen
class ScheduleRow:
    """What one obligation earns in one period, and what it still has to earn after it."""

    period: str
    contract: str
    customer: str
    obligation: str
    product: str
    currency: str
    recognised: Decimal
    remaining: Decimal


SCHEDULE_COLUMNS = (
    *(Column(name, _TEXT) for name in ("period", "contract", "customer", "obligation", "product", "currency")),
    *(Column(name, _AMOUNT) for name in ("recognised", "remaining")),
)


def schedule_table(
    dossiers: Iterable[Dossier], periods: Sequence[PostingPeriod], known: date = date.max
) -> Table[ScheduleRow]:
    """What is earned in each of `periods`, by obligation, as known at a day; periods without revenue are left out."""
    plans = (plan for dossier in dossiers if (plan := schedule(dossier, known)) is not None)
    rows = tuple(row for plan in plans for line in plan.lines for row in _rows(plan, line, periods))
    return Table("schedule", SCHEDULE_COLUMNS, rows, "Revenue schedule")


def _rows(plan: Schedule, line: Line, periods: Iterable[PostingPeriod]) -> Iterator[ScheduleRow]:
    for period in periods:
        start, end = period.start.toordinal(), period.end.toordinal()
        units = recognised(line, end) - recognised(line, start)
        if units:
            amounts = (from_minor_units(one, plan.currency) for one in (units, remaining(line, end)))
            texts = plan.contract, plan.customer, line.obligation, line.product, plan.currency
            yield ScheduleRow(period.label, *texts, *amounts)


@frozen
class StepRow:
    """What one piece of a schedule earned in a period, and how that is worked out.

    `progress` is the part of the piece's curve reached by the end of the period, `before` by its beginning.
    """

    cause: str
    role: Role
    currency: str
    price: Decimal
    before: str
    progress: str
    amount: Decimal
    why: str


STEP_COLUMNS = (
    Column("cause", _TEXT),
    Column("role", _TEXT),
    Column("currency", _TEXT),
    Column("price", _AMOUNT),
    Column("before", _TEXT),
    Column("progress", _TEXT),
    Column("amount", _AMOUNT),
    Column("why", _TEXT),
)


def explain_recognition(
    dossier: Dossier, obligation: str, period: PostingPeriod, known: date = date.max
) -> Table[StepRow]:
    """How the revenue of an obligation in a period comes about, fact by fact; the amounts sum to it."""
    plan = schedule(dossier, known)
    lines = [] if plan is None else [line for line in plan.lines if line.obligation == obligation]
    currency = dossier.contract.currency
    steps = (_step(piece, period, currency) for line in lines for piece in line.pieces)
    rows = tuple(step for step in steps if step.amount)
    caption = f"{dossier.contract.id}, {obligation}, {period.label}"
    return Table("explanation", STEP_COLUMNS, rows, "Where the revenue comes from", caption)


def _step(piece: Piece, period: PostingPeriod, currency: str) -> StepRow:
    start, end = period.start.toordinal(), period.end.toordinal()
    before, after = earned(piece, start), earned(piece, end)
    parts = [_part(piece, day) for day in (start, end)]
    amounts = [from_minor_units(one, currency) for one in (piece.units, after, before, after - before)]
    why = f"{amounts[0]} × {parts[1]} = {amounts[1]}, less {amounts[2]} before"
    if start <= piece.since < end:
        why += f"; in force from {date.fromordinal(piece.since)}, what was delivered before is caught up"
    if piece.until < end:
        why += f"; ended on {date.fromordinal(piece.until)}"
    return StepRow(piece.cause, piece.role, currency, amounts[0], str(parts[0]), str(parts[1]), amounts[3], why)


def _part(piece: Piece, day: int) -> Fraction:
    return Fraction(0) if day <= piece.since else Fraction(*reached(piece.curve, min(day, piece.until)))
