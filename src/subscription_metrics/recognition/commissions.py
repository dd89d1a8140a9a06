"""What it costs to win a contract (340-40; IFRS 15.91 to 15.104).

Only what would not have been paid without the contract is an asset; it becomes expense as the goods it relates to are
transferred, renewals included that are expected and not paid for in kind (35-1). Where that takes a year or less it
may be expense at once (25-4).

House rules.

1. The asset is amortised by the same curves as revenue.
2. A contract that ends early takes its asset with it: what is left is expense on that day (340-40-35-3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.facts.checks import from_minor_units, in_minor_units
from subscription_metrics.periods import shift_months
from subscription_metrics.recognition.contracts import Ending, Termination
from subscription_metrics.recognition.curves import at_once, ratable
from subscription_metrics.recognition.schedule import Piece, Role, cut, earned
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from subscription_metrics.recognition.contracts import Commission, Dossier
    from subscription_metrics.recognition.schedule import PostingPeriod

_YEAR = 12


def is_capitalised(one: Commission) -> bool:
    """Whether a commission becomes an asset: incremental, and not within the expedient of a year."""
    within_a_year = one.end <= shift_months(one.start, _YEAR)
    return one.incremental and not (one.expense_if_within_a_year and within_a_year)


def cost_pieces(one: Commission, dossier: Dossier) -> tuple[Piece, ...]:
    """The amortisation of a capitalised commission; the rest at once where its contract ends."""
    units = in_minor_units(one.amount, dossier.contract.currency)
    curve = ratable(one.start, one.end, one.method)
    pieces: tuple[Piece, ...] = (Piece(units, curve, role=Role.COMMISSION_EXPENSE, cause=one.id),)
    ends = [
        change for change in dossier.changes if isinstance(change, Termination) and change.ending is not Ending.KEEP
    ]
    for termination in sorted(ends, key=lambda change: change.on)[:1]:
        day = termination.on.toordinal()
        kept, left = cut(pieces, day)
        rest = sum(piece.units for piece in left)
        gone = Piece(rest, at_once(termination.on), role=Role.COMMISSION_EXPENSE, cause=termination.id)
        pieces = (*kept, gone) if rest else kept
    return pieces


@frozen
class CommissionRow:
    """One commission in one period: opening + capitalised − amortised = closing."""

    period: str
    contract: str
    commission: str
    currency: str
    opening: Decimal
    capitalised: Decimal
    amortised: Decimal
    closing: Decimal


COMMISSION_COLUMNS = (
    *(Column(name, ColumnType.TEXT) for name in ("period", "contract", "commission", "currency")),
    *(Column(name, ColumnType.AMOUNT) for name in ("opening", "capitalised", "amortised", "closing")),
)


def commission_table(dossiers: Iterable[Dossier], periods: Iterable[PostingPeriod]) -> Table[CommissionRow]:
    """The amortisation of all capitalised commissions, period by period (340-40-50-2, 50-3)."""
    spans = list(periods)
    rows = [
        _row(one, dossier, period)
        for dossier in dossiers
        for one in dossier.commissions
        if is_capitalised(one)
        for period in spans
        if one.on < period.end
    ]
    title = "Costs of obtaining contracts"
    return Table("commissions", COMMISSION_COLUMNS, tuple(rows), title, "opening + capitalised − amortised = closing")


def _row(one: Commission, dossier: Dossier, period: PostingPeriod) -> CommissionRow:
    currency = dossier.contract.currency
    units = in_minor_units(one.amount, currency)
    pieces = cost_pieces(one, dossier)
    spent = [sum(earned(piece, day.toordinal()) for piece in pieces) for day in (period.start, period.end)]
    opening = units - spent[0] if one.on < period.start else -spent[0]
    figures = (opening, units if one.on >= period.start else 0, spent[1] - spent[0], units - spent[1])
    amounts = (from_minor_units(figure, currency) for figure in figures)
    return CommissionRow(period.label, dossier.contract.id, one.id, currency, *amounts)
