"""Losses: who left, when, why, from what, at which age, and what of it came back.

A loss is one movement of the gross view: on that day the customer's MRR fell to 0. It is split into its causes, because
a customer may end two subscriptions on one day, each for a reason of its own. What is won back is the MRR with which
the customer returns, as far as it doesn't exceed what was lost; the rest is growth.

House rule: each row of a grouping is a sum of the same single losses, so every grouping sums to the same total.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.money import SCALE, allocate, exact_sum, from_units, to_units
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.periods import Grain, Period, index_of
from subscription_metrics.quotients import Quotient, quotient
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from subscription_metrics.book import Book
    from subscription_metrics.mrr.listing import Cause, Movement
    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.scope import When


@frozen
class Loss:
    """What one customer lost on one day for one cause: `amount` ≤ 0, `won_back` ≥ 0 of it until the end of the window.

    `age` counts the months since the customer's first MRR; `days_away` until it returned, `None` if it has not.
    """

    day: date
    currency: str
    customer_id: str
    subscription: str
    plan: str | None
    reason: str | None
    voluntary: bool | None
    age: int
    amount: Decimal
    won_back: Decimal
    days_away: int | None


LOSS_COLUMNS = (
    Column("day", ColumnType.DATE),
    Column("currency", ColumnType.TEXT),
    Column("customer_id", ColumnType.TEXT, title="customer"),
    Column("subscription", ColumnType.TEXT),
    Column("plan", ColumnType.TEXT),
    Column("reason", ColumnType.TEXT),
    Column("voluntary", ColumnType.BOOLEAN),
    Column("age", ColumnType.INTEGER, "months"),
    Column("amount", ColumnType.AMOUNT),
    Column("won_back", ColumnType.AMOUNT),
    Column("days_away", ColumnType.INTEGER, "days"),
)


def losses(
    book: Book, first: When | None = None, last: When | None = None, *, currency: str | None = None
) -> Table[Loss]:
    """The losses of a window of months, by default of all on record, one by one, by currency, day and customer.

    What was won back is looked for until the last full month, whatever the window.
    """
    bridge = book.bridge(first, last, grain=Grain.MONTH, currency=currency)
    if not bridge:
        return Table("losses", LOSS_COLUMNS, (), "Losses")
    begin, end = bridge[0].period, max(row.period for row in bridge)
    start = min(span.start for span in book.spans)
    until = max(end, book.last_full(Grain.MONTH))
    moved = book.movements(
        Period.containing(start, Grain.MONTH), until, view=View.GROSS, grain=Grain.MONTH, currency=currency
    )
    rows = (loss for loss in _losses(book, moved) if begin.start <= loss.day <= end.last_day)
    return Table("losses", LOSS_COLUMNS, rows, "Losses")


def _losses(book: Book, moved: Iterable[Movement]) -> list[Loss]:
    """All losses of a history, in order of currency, day and customer."""
    plans = _plans(book)
    joined: dict[tuple[str, str], date] = {}
    found: list[Loss] = []
    waiting: dict[tuple[str, str], tuple[int, Movement]] = {}
    for one in moved:
        key = one.currency, one.customer_id
        if one.kind is MovementKind.NEW:
            joined[key] = one.day
        elif one.kind is MovementKind.REACTIVATION and key in waiting:
            at, lost = waiting.pop(key)
            found[at:] = [*_won_back(found[at : at + len(lost.causes)], one), *found[at + len(lost.causes) :]]
        elif one.kind is MovementKind.LOST:
            waiting[key] = len(found), one
            found += (_loss(one, cause, _months(joined[key], one.day), plans) for cause in one.causes)
    return found


def _loss(one: Movement, cause: Cause, age: int, plans: Mapping[str, Sequence[Span]]) -> Loss:
    held = (span for span in plans[cause.subscription] if span.active_on(one.day - timedelta(days=1)))
    return Loss(
        day=one.day,
        currency=one.currency,
        customer_id=one.customer_id,
        subscription=cause.subscription,
        plan=next((span.plan for span in held), None),
        reason=cause.reason,
        voluntary=cause.voluntary,
        age=age,
        amount=cause.amount,
        won_back=Decimal(0),
        days_away=None,
    )


def _won_back(lost: Sequence[Loss], came: Movement) -> list[Loss]:
    """The losses of one movement after the return `came`: what came back is shared out by what was lost."""
    parts = [-to_units(loss.amount, _PLACES) for loss in lost]
    shares = allocate(min(sum(parts), to_units(came.amount, _PLACES)), [max(part, 0) for part in parts])
    return [
        evolve(loss, won_back=from_units(share, _PLACES), days_away=(came.day - loss.day).days)
        for loss, share in zip(lost, shares, strict=True)
    ]


_PLACES = 2 * SCALE
"""Of an amount in another currency: those of the amount and those of the rate."""


def _plans(book: Book) -> Mapping[str, Sequence[Span]]:
    plans: defaultdict[str, list[Span]] = defaultdict(list)
    for span in book.spans:
        plans[span.subscription].append(span)
    return plans


def _months(start: date, day: date) -> int:
    return index_of(day, Grain.MONTH) - index_of(start, Grain.MONTH)


@frozen
class LossGroup:
    """Losses with something in common: customers, MRR, and what of it was won back."""

    currency: str
    group: str
    losses: int
    amount: Decimal
    won_back: Decimal
    won_back_share: Quotient


GROUP_COLUMNS = (
    Column("currency", ColumnType.TEXT),
    Column("group", ColumnType.TEXT),
    Column("losses", ColumnType.INTEGER, "losses"),
    Column("amount", ColumnType.AMOUNT),
    Column("won_back", ColumnType.AMOUNT),
    Column("won_back_share", ColumnType.RATIO),
)


class LossBy(Enum):
    """What losses are grouped by."""

    DAY = "day"
    MONTH = "month"
    REASON = "reason"
    VOLUNTARY = "voluntary"
    PLAN = "plan"
    AGE = "age"
    """Months since the first MRR, in bands: churn of the first weeks has other causes than that of years."""


AGE_BANDS: tuple[tuple[int, str], ...] = (
    (3, "0–2 months"),
    (6, "3–5 months"),
    (12, "6–11 months"),
    (24, "12–23 months"),
)
"""Months below which a customer belongs to the band, and its name."""

OLDEST = "24 months and more"
UNKNOWN = "not known"
VOLUNTARY: Mapping[bool | None, str] = {True: "voluntary", False: "involuntary", None: UNKNOWN}

GROUPS: Mapping[LossBy, Callable[[Loss], str]] = {
    LossBy.DAY: lambda loss: loss.day.isoformat(),
    LossBy.MONTH: lambda loss: Period.containing(loss.day, Grain.MONTH).label,
    LossBy.REASON: lambda loss: loss.reason or UNKNOWN,
    LossBy.VOLUNTARY: lambda loss: VOLUNTARY[loss.voluntary],
    LossBy.PLAN: lambda loss: loss.plan or UNKNOWN,
    LossBy.AGE: lambda loss: next((name for below, name in AGE_BANDS if loss.age < below), OLDEST),
}


def losses_by(found: Iterable[Loss], by: LossBy) -> Table[LossGroup]:
    """Add losses up, in order of currency and group; ages in order of age."""
    groups: defaultdict[tuple[str, str], list[Loss]] = defaultdict(list)
    for loss in found:
        groups[loss.currency, GROUPS[by](loss)].append(loss)
    order = [name for _, name in AGE_BANDS]
    ordered = sorted(groups, key=lambda key: (key[0], order.index(key[1]) if key[1] in order else len(order), key[1]))
    rows = (_group(*key, groups[key]) for key in ordered)
    return Table("losses_by", GROUP_COLUMNS, rows, f"Losses by {by.value}")


def _group(currency: str, name: str, own: Sequence[Loss]) -> LossGroup:
    amount, back = exact_sum(loss.amount for loss in own), exact_sum(loss.won_back for loss in own)
    share = quotient(back, amount.copy_negate(), "nothing was lost")
    return LossGroup(currency, name, len(own), amount, back, share)
