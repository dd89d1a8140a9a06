"""Balances: what stands in the books, and how it came there, read off the postings alone.

    opening + billed − recognised − credited = closing          deferred revenue, by period and any segment

House rules.

1. Reports add postings, never facts: they tie to the journal because they are made of it.
2. Contract asset and liability are netted within a contract (606-10-45-1), never across contracts or customers.
   What is billed by unconditional right, and what only waits for its invoice, is receivable and not netted (45-4).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.facts.checks import from_minor_units
from subscription_metrics.recognition.postings import Event
from subscription_metrics.recognition.schedule import Role
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from decimal import Decimal

    from subscription_metrics.recognition.ledger import Ledger
    from subscription_metrics.recognition.postings import Calendar, Posting


@frozen
class RollForwardRow:
    """Deferred revenue of one period: opening + billed − recognised − credited = closing.

    `corrections` is the part of the movement that corrects closed periods.
    """

    period: str
    currency: str
    segment: str
    opening: Decimal
    billed: Decimal
    recognised: Decimal
    credited: Decimal
    closing: Decimal
    corrections: Decimal


_TEXTS = ("period", "currency", "segment")
ROLL_FORWARD_COLUMNS = (
    *(Column(name, ColumnType.TEXT) for name in _TEXTS),
    *(
        Column(name, ColumnType.AMOUNT)
        for name in ("opening", "billed", "recognised", "credited", "closing", "corrections")
    ),
)

SEGMENTS: Mapping[str, Callable[[Posting], str]] = {
    "total": lambda _: "total",
    "product": lambda one: one.product,
    "customer": lambda one: one.customer,
    "contract": lambda one: one.contract,
}
"""What a roll-forward may be split by."""


def roll_forward(ledger: Ledger, by: str = "total") -> Table[RollForwardRow]:
    """Deferred revenue by posting period and by one of `SEGMENTS`; a row where something stands or moves.

    Raises:
        KeyError: no such segment.
    """
    segment = SEGMENTS[by]
    moved: dict[tuple[str, str], dict[str, list[Posting]]] = defaultdict(lambda: defaultdict(list))
    for one in ledger.postings:
        if one.role is Role.DEFERRED:
            moved[one.currency, segment(one)][one.posted].append(one)
    rows = [row for key, periods in sorted(moved.items()) for row in _rolled(key, periods, ledger.calendar)]
    rows.sort(key=lambda row: (row.period, row.currency, row.segment))
    caption = "opening + billed − recognised − credited = closing"
    return Table("roll_forward", ROLL_FORWARD_COLUMNS, tuple(rows), "Deferred revenue", caption)


def _rolled(key: tuple[str, str], periods: Mapping[str, list[Posting]], calendar: Calendar) -> Iterable[RollForwardRow]:
    currency, segment = key
    opening = 0
    last = max(place for place, period in enumerate(calendar.periods) if period.label in periods)
    for period in calendar.periods[: last + 1]:
        moves = periods.get(period.label, [])
        if not moves and not opening:
            continue
        billed, recognised, credited = (_moved(moves, events) for events in _COLUMNS)
        corrections = -sum(one.units for one in moves if one.corrects)
        closing = opening + billed + recognised + credited
        figures = (opening, billed, -recognised, -credited, closing, corrections)
        yield RollForwardRow(period.label, currency, segment, *(from_minor_units(one, currency) for one in figures))
        opening = closing


_COLUMNS = ({Event.BILLING}, {Event.RECOGNITION}, {Event.CREDIT, Event.RECOVERY})
"""What is won back of a credit is credited less."""


def _moved(moves: Iterable[Posting], events: Collection[Event]) -> int:
    return -sum(one.units for one in moves if one.event in events)


@frozen
class BalanceRow:
    """What one contract's accounts stand at, at the end of a period; netted within the contract."""

    period: str
    contract: str
    customer: str
    currency: str
    receivable: Decimal
    unbilled: Decimal
    contract_asset: Decimal
    contract_liability: Decimal


_BALANCES = ("receivable", "unbilled", "contract_asset", "contract_liability")
BALANCE_COLUMNS = (
    *(Column(name, ColumnType.TEXT) for name in ("period", "contract", "customer", "currency")),
    *(Column(name, ColumnType.AMOUNT) for name in _BALANCES),
)


def contract_balances(ledger: Ledger, period: str) -> Table[BalanceRow]:
    """Receivables, contract assets and contract liabilities by contract at the end of a period (606-10-50-8(a)).

    Raises:
        ValueError: the period is not in the ledger's calendar.
    """
    sums = _balances(ledger, _place(ledger, period))
    rows = []
    for (contract, customer, currency), roles in sorted(sums.items()):
        net = roles[Role.DEFERRED] + roles[Role.CONTRACT_ASSET]
        figures = (roles[Role.RECEIVABLE], roles[Role.UNBILLED], max(net, 0), max(-net, 0))
        if any(figures):
            rows.append(
                BalanceRow(period, contract, customer, currency, *(from_minor_units(one, currency) for one in figures))
            )
    return Table("contract_balances", BALANCE_COLUMNS, tuple(rows), "Contract balances")


_Owner = tuple[str, str, str]


def _balances(ledger: Ledger, places: int) -> dict[_Owner, dict[Role, int]]:
    """Signed balances by contract after the first `places` periods."""
    labels = {one.label for one in ledger.calendar.periods[:places]}
    sums: dict[_Owner, dict[Role, int]] = defaultdict(lambda: defaultdict(int))
    for one in ledger.postings:
        if one.posted in labels:
            sums[one.contract, one.customer, one.currency][one.role] += one.units
    return sums


def _place(ledger: Ledger, period: str) -> int:
    return [one.label for one in ledger.calendar.periods].index(period) + 1


@frozen
class ContractBalancesRow:
    """The disclosure of 50-8 for one period and currency: openings, closings, and revenue out of the opening."""

    period: str
    currency: str
    opening_receivable: Decimal
    closing_receivable: Decimal
    opening_contract_asset: Decimal
    closing_contract_asset: Decimal
    opening_contract_liability: Decimal
    closing_contract_liability: Decimal
    recognised_from_opening: Decimal


_DISCLOSED = (
    "opening_receivable",
    "closing_receivable",
    "opening_contract_asset",
    "closing_contract_asset",
    "opening_contract_liability",
    "closing_contract_liability",
    "recognised_from_opening",
)
CONTRACT_BALANCES_COLUMNS = (
    Column("period", ColumnType.TEXT),
    Column("currency", ColumnType.TEXT),
    *(Column(name, ColumnType.AMOUNT) for name in _DISCLOSED),
)


def opening_and_closing(ledger: Ledger, period: str) -> Table[ContractBalancesRow]:
    """Contract balances at both ends of a period, and the revenue that was in the opening liability (606-10-50-8).

    Per contract, that revenue is what was recognised out of deferred revenue in the period, at most the opening
    liability: what was there first is earned first. Receivables include those not billed yet.

    Raises:
        ValueError: the period is not in the ledger's calendar.
    """
    place = _place(ledger, period)
    before, after = _balances(ledger, place - 1), _balances(ledger, place)
    released: dict[_Owner, int] = defaultdict(int)
    for one in ledger.postings:
        if one.posted == period and one.role is Role.DEFERRED and one.event is Event.RECOGNITION:
            released[one.contract, one.customer, one.currency] += one.units
    currencies = sorted({owner[2] for owner in after})
    rows = [_disclosed(period, currency, before, after, released) for currency in currencies]
    title = "Contract balances, opening and closing"
    return Table("opening_and_closing", CONTRACT_BALANCES_COLUMNS, tuple(rows), title)


def _disclosed(
    period: str,
    currency: str,
    before: Mapping[_Owner, Mapping[Role, int]],
    after: Mapping[_Owner, Mapping[Role, int]],
    released: Mapping[_Owner, int],
) -> ContractBalancesRow:
    owners = [owner for owner in after if owner[2] == currency]
    nothing: Mapping[Role, int] = defaultdict(int)
    ends = [[_netted(side.get(owner, nothing)) for owner in owners] for side in (before, after)]
    sums = [[sum(column) for column in zip(*end, strict=True)] for end in ends]
    liabilities = (end[2] for end in ends[0])
    pairs = zip(owners, liabilities, strict=True)
    out_of = sum(max(0, min(liability, released.get(owner, 0))) for owner, liability in pairs)
    figures = [figure for pair in zip(*sums, strict=True) for figure in pair]
    return ContractBalancesRow(period, currency, *(from_minor_units(one, currency) for one in (*figures, out_of)))


def _netted(roles: Mapping[Role, int]) -> tuple[int, int, int]:
    net = roles.get(Role.DEFERRED, 0) + roles.get(Role.CONTRACT_ASSET, 0)
    return roles.get(Role.RECEIVABLE, 0) + roles.get(Role.UNBILLED, 0), max(net, 0), max(-net, 0)
