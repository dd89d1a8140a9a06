"""What it costs to win a contract, and to be able to fulfil it (340-40; IFRS 15.91 to 15.104).

A commission is an asset only if it would not have been paid without the contract; it becomes expense as the goods it
relates to are transferred, renewals included that are expected and not paid for in kind (35-1). Where that takes a year
or less it may be expense at once (25-4). Costs to fulfil have accounts of their own, and no such expedient.

    loss      = carrying amount − recoverable amount, at the beginning of a day; what is left is amortised as before
    reversal  = up to what would be carried without any impairment; under IFRS only (15.104, against 340-40-35-6)

House rules.

1. The asset is amortised by the same curves as revenue.
2. A contract that ends early takes its asset with it: what is left is expense on that day (340-40-35-3).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.facts.checks import from_minor_units, in_minor_units
from subscription_metrics.periods import shift_months
from subscription_metrics.recognition.contracts import CostKind, Ending, Termination
from subscription_metrics.recognition.curves import at_once, ratable, rest
from subscription_metrics.recognition.schedule import Piece, Role, earned
from subscription_metrics.recognition.standards import IMPAIRMENT_REVERSAL, Standard
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from subscription_metrics.recognition.contracts import Commission, Dossier
    from subscription_metrics.recognition.schedule import PostingPeriod

_YEAR = 12


@frozen
class CostRoles:
    """The accounts of a kind of cost."""

    asset: Role
    expense: Role
    payable: Role


COST_ROLES: Mapping[CostKind, CostRoles] = {
    CostKind.OBTAIN: CostRoles(Role.CONTRACT_COST_ASSET, Role.COMMISSION_EXPENSE, Role.COMMISSION_PAYABLE),
    CostKind.FULFIL: CostRoles(Role.FULFILMENT_COST_ASSET, Role.FULFILMENT_EXPENSE, Role.FULFILMENT_PAYABLE),
}


def is_capitalised(one: Commission) -> bool:
    """Whether a cost becomes an asset: to fulfil, or incremental and not within the expedient of a year."""
    within_a_year = one.end <= shift_months(one.start, _YEAR)
    return one.kind is CostKind.FULFIL or (one.incremental and not (one.expense_if_within_a_year and within_a_year))


def cost_pieces(one: Commission, dossier: Dossier, standard: Standard = Standard.ASC_606) -> tuple[Piece, ...]:
    """The amortisation of a capitalised cost with its impairments; the rest at once where its contract ends.

    Raises:
        InvalidValue: it is worth more again, and the standard lets no impairment be reversed.
    """
    ends = [change.on for change in dossier.changes if isinstance(change, Termination) and change.ending != Ending.KEEP]
    end = min(ends, default=date.max)
    *before, current = _impaired(one, dossier.contract.currency, end, standard)
    if end == date.max:
        return (*before, current)
    left = in_minor_units(one.amount, dossier.contract.currency) - _spent([*before, current], end)
    gone = Piece(left, at_once(end), role=current.role, cause="termination")
    return (*before, evolve(current, until=end.toordinal()), gone)


def _impaired(one: Commission, currency: str, end: date, standard: Standard) -> list[Piece]:
    """Amortisation up to each impairment, the loss or what is reversed of it, and amortisation of what is left."""
    curve = ratable(one.start, one.end, one.method)
    whole = Piece(in_minor_units(one.amount, currency), curve, role=COST_ROLES[one.kind].expense, cause=one.id)
    pieces = [whole]
    for change in sorted(one.impairments, key=lambda change: change.on):
        carried = whole.units - _spent(pieces, change.on)
        worth = in_minor_units(change.recoverable, currency)
        kept = min(worth, max(carried, whole.units - _spent([whole], change.on)))
        left = rest(curve, change.on.toordinal())
        if kept == carried or left is None or change.on >= end:
            continue
        if kept > carried and not IMPAIRMENT_REVERSAL[standard]:
            rule = f"of cost {one.id} on {change.on} must not be above what is carried under {standard.value}"
            raise InvalidValue("recoverable", change.recoverable, rule, "reverse no impairment (340-40-35-6)")
        cause = f"impairment of {one.id} {change.on}"
        pieces[-1] = evolve(pieces[-1], until=change.on.toordinal())
        pieces.append(Piece(carried - kept, at_once(change.on), role=Role.COST_IMPAIRMENT, cause=cause))
        pieces.append(Piece(kept, left, role=whole.role, cause=cause))
    return pieces


def _spent(pieces: Iterable[Piece], on: date) -> int:
    return sum(earned(piece, on.toordinal()) for piece in pieces)


@frozen
class CommissionRow:
    """One cost in one period: opening + capitalised − amortised − impaired = closing."""

    period: str
    contract: str
    commission: str
    kind: str
    currency: str
    opening: Decimal
    capitalised: Decimal
    amortised: Decimal
    impaired: Decimal
    closing: Decimal


COMMISSION_COLUMNS = (
    *(Column(name, ColumnType.TEXT) for name in ("period", "contract", "commission", "kind", "currency")),
    *(Column(name, ColumnType.AMOUNT) for name in ("opening", "capitalised", "amortised", "impaired", "closing")),
)


def commission_table(
    dossiers: Iterable[Dossier], periods: Iterable[PostingPeriod], standard: Standard = Standard.ASC_606
) -> Table[CommissionRow]:
    """The amortisation of all capitalised costs, period by period (340-40-50-2, 50-3).

    Raises:
        InvalidValue: see `cost_pieces`.
    """
    spans = list(periods)
    rows = [
        _row(one, dossier, period, standard)
        for dossier in dossiers
        for one in dossier.commissions
        if is_capitalised(one)
        for period in spans
        if one.on < period.end
    ]
    caption = "opening + capitalised − amortised − impaired = closing"
    return Table("commissions", COMMISSION_COLUMNS, tuple(rows), "Costs of contracts", caption)


def _row(one: Commission, dossier: Dossier, period: PostingPeriod, standard: Standard) -> CommissionRow:
    currency = dossier.contract.currency
    units = in_minor_units(one.amount, currency)
    pieces = cost_pieces(one, dossier, standard)
    lost = [piece for piece in pieces if piece.role is Role.COST_IMPAIRMENT]
    spent, impaired = ([_spent(own, on) for on in (period.start, period.end)] for own in (pieces, lost))
    opening = units - spent[0] if one.on < period.start else -spent[0]
    impairment = impaired[1] - impaired[0]
    capitalised = units if one.on >= period.start else 0
    figures = (opening, capitalised, spent[1] - spent[0] - impairment, impairment, units - spent[1])
    amounts = (from_minor_units(figure, currency) for figure in figures)
    return CommissionRow(period.label, dossier.contract.id, one.id, one.kind.value, currency, *amounts)
