"""Disclosures that need schedules: what remains to be performed, what was satisfied earlier, what falls due when.

| report | paragraph |
|---|---|
| remaining performance obligations by band, with the exemptions used | 606-10-50-13 to 50-15 |
| revenue from what was satisfied in earlier periods | 606-10-50-12A |
| contract liability, current and non-current | 210-10-45 |
| waterfall: booked in one period × recognised in each | – |

House rules.

1. A day `as_of` is the last day that counts as past.
2. An exemption is used only where the caller asks for it, and what it leaves out is a row of its own.
3. Amounts per currency; contracts are never netted.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.facts.checks import from_minor_units, in_minor_units
from subscription_metrics.periods import shift_months
from subscription_metrics.recognition.allocation import allocate_price, share_among
from subscription_metrics.recognition.curves import amount_by, rounded
from subscription_metrics.recognition.schedule import Role, recognised, remaining, total
from subscription_metrics.recognition.scheduling import schedule
from subscription_metrics.recognition.standards import VARIABLE_EXEMPTION, Standard, Topic, cite
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from subscription_metrics.recognition.contracts import Contract, Dossier
    from subscription_metrics.recognition.schedule import Line, PostingPeriod
    from subscription_metrics.recognition.scheduling import Schedule

_TEXT, _AMOUNT = ColumnType.TEXT, ColumnType.AMOUNT
_YEAR = 12
BANDS = (12, 24)
"""Ends of the bands, in months after the day: within a year, the second year, later."""


@frozen
class RemainingRow:
    """What contracts of one currency still have to earn within a band, or what an exemption leaves out."""

    currency: str
    band: str
    amount: Decimal
    contracts: int
    exemption: str


REMAINING_COLUMNS = (
    Column("currency", _TEXT),
    Column("band", _TEXT),
    Column("amount", _AMOUNT),
    Column("contracts", ColumnType.INTEGER, "contracts"),
    Column("exemption", _TEXT),
)


def remaining_obligations(
    dossiers: Iterable[Dossier],
    as_of: date,
    bands: Sequence[int] = BANDS,
    *,
    exempt_short: bool = False,
    exempt_variable: bool = False,
    standard: Standard = Standard.ASC_606,
) -> Table[RemainingRow]:
    """The price allocated to what is not satisfied yet, by when it is expected to be (606-10-50-13).

    Facts as known at `as_of`. With `exempt_short`, contracts that are kept within a year are left out (50-14(a)). With
    `exempt_variable`, so are variable amounts that belong wholly to what nothing has been delivered of (50-14A; not in
    IFRS 15). Usage always is: it is billed as it is performed (50-14(b)). What an estimate exceeds its constrained
    part by is no part of the price, and a row of its own. Measured progress has no date: it counts in the last band.

    Raises:
        InvalidValue: an exemption that the standard doesn't have.
    """
    if exempt_variable and not VARIABLE_EXEMPTION[standard]:
        remedy = "leave variable amounts in"
        raise InvalidValue("exempt_variable", exempt_variable, f"must not be asked for under {standard.value}", remedy)
    asked = _Asked(as_of, bands, exempt_short, exempt_variable, standard)
    sums: dict[tuple[str, int, str, str], list[int]] = defaultdict(list)
    for dossier in dossiers:
        plan = schedule(dossier, as_of, standard)
        if plan is not None:
            for place, band, units, exemption in _remaining(dossier.contract, plan, asked):
                sums[plan.currency, place, band, exemption].append(units)
    rows = [
        RemainingRow(currency, band, from_minor_units(sum(units), currency), len(units), exemption)
        for (currency, _, band, exemption), units in sorted(sums.items())
    ]
    caption = f"as of {as_of}; what is exempt is listed, and not part of the bands"
    return Table("remaining_obligations", REMAINING_COLUMNS, tuple(rows), "Remaining performance obligations", caption)


@frozen
class _Asked:
    as_of: date
    bands: Sequence[int]
    exempt_short: bool
    exempt_variable: bool
    standard: Standard


def _remaining(contract: Contract, plan: Schedule, asked: _Asked) -> Iterator[tuple[int, str, int, str]]:
    """The rows of one contract: their place in the table, band, units, and exemption."""
    if any(line.is_usage for line in plan.lines):
        yield 98, "exempt", 0, cite(Topic.RIGHT_TO_INVOICE, asked.standard)
    lines = [line for line in plan.lines if not line.is_usage and _is_price(line)]
    after = asked.as_of.toordinal() + 1
    if beyond := sum(in_minor_units(one.estimate - one.constrained, contract.currency) for one in contract.variable):
        yield 96, "not in the price", beyond, cite(Topic.NOT_IN_THE_PRICE, asked.standard)
    if asked.exempt_short and _is_short(contract, lines):
        left = sum(remaining(line, after) for line in lines)
        if left:
            yield 99, "exempt", left, cite(Topic.SHORT_CONTRACT, asked.standard)
        return
    edges = [after, *(shift_months(asked.as_of + timedelta(days=1), months).toordinal() for months in asked.bands)]
    variable = _variable(contract, lines, after) if asked.exempt_variable else {}
    exempt = [sum(_part(line, edge, variable) for line in lines) for edge in edges]
    if exempt[0]:
        yield 97, "exempt", exempt[0], cite(Topic.UNALLOCATED_VARIABLE, asked.standard)
    open_then = [sum(remaining(line, edge) for line in lines) - exempt[place] for place, edge in enumerate(edges)]
    parts = zip(_labels(asked.bands), open_then, [*open_then[1:], 0], strict=True)
    for place, (band, start, end) in enumerate(parts):
        if start != end:
            yield place, band, start - end, ""


def _is_price(line: Line) -> bool:
    """Interest is no part of the price."""
    return all(piece.role not in (Role.INTEREST_INCOME, Role.INTEREST_EXPENSE) for piece in line.pieces)


def _labels(bands: Sequence[int]) -> list[str]:
    starts = [0, *bands]
    within = [f"{start + 1}–{end} months" for start, end in zip(starts, bands, strict=False)]
    return [*within, f"after {bands[-1]} months"]


def _is_short(contract: Contract, lines: Iterable[Line]) -> bool:
    """Whether all of the price is earned within a year from inception; progress has no date, so it may not be."""
    limit = shift_months(contract.inception, _YEAR).toordinal()
    return not any(remaining(line, limit) for line in lines)


def _variable(contract: Contract, lines: Iterable[Line], after: int) -> dict[str, int]:
    """Variable amounts in the price, by the obligation that they belong to, of which nothing has been delivered."""
    untouched = {line.obligation for line in lines if not recognised(line, after)}
    basis = allocate_price(contract).basis
    found: dict[str, int] = defaultdict(int)
    for one in contract.variable:
        if one.to and set(one.to) <= untouched:
            weights = {name: basis.get(name, Fraction(0)) for name in one.to}
            for name, share in share_among(in_minor_units(one.constrained, contract.currency), weights).items():
                found[name] += share
    return found


def _part(line: Line, day: int, variable: Mapping[str, int]) -> int:
    """The variable part of what a line still has to earn from a day on."""
    whole = total(line)
    return rounded(remaining(line, day) * variable.get(line.obligation, 0), whole) if whole > 0 else 0


@frozen
class EarlierRow:
    """Revenue of a period for what was delivered before it, by the change that caused it (606-10-50-12A)."""

    period: str
    contract: str
    currency: str
    obligation: str
    cause: str
    amount: Decimal


EARLIER_COLUMNS = (
    *(Column(name, _TEXT) for name in ("period", "contract", "currency", "obligation", "cause")),
    Column("amount", _AMOUNT),
)


def satisfied_earlier(dossiers: Iterable[Dossier], period: PostingPeriod) -> Table[EarlierRow]:
    """Revenue that a change of price or of estimate brought in `period` for parts delivered before it.

    Facts as known at the last day of the period.
    """
    start, end = period.start.toordinal(), period.end.toordinal()
    rows = [
        EarlierRow(period.label, plan.contract, plan.currency, line.obligation, piece.cause, amount)
        for dossier in dossiers
        if (plan := schedule(dossier, period.end - timedelta(days=1))) is not None
        for line in plan.lines
        for piece in line.pieces
        if start <= piece.since < end
        and piece.role is Role.REVENUE
        and (amount := from_minor_units(amount_by(piece.units, piece.curve, start), plan.currency))
    ]
    return Table("satisfied_earlier", EARLIER_COLUMNS, tuple(rows), "Revenue from obligations satisfied earlier")


@frozen
class MaturityRow:
    """A contract liability at the end of a day: the part to be earned within 12 months, and the rest."""

    contract: str
    customer: str
    currency: str
    current: Decimal
    non_current: Decimal


MATURITY_COLUMNS = (
    *(Column(name, _TEXT) for name in ("contract", "customer", "currency")),
    *(Column(name, _AMOUNT) for name in ("current", "non_current")),
)


def current_and_non_current(
    balances: Iterable[tuple[str, Decimal]], dossiers: Iterable[Dossier], as_of: date
) -> Table[MaturityRow]:
    """Split contract liabilities, as (contract, amount), by what its schedule earns in the 12 months after `as_of`."""
    liabilities = dict(balances)
    rows = []
    for dossier in dossiers:
        plan = schedule(dossier, as_of)
        liability = liabilities.get(dossier.contract.id)
        if plan is not None and liability:
            soon = min(liability, max(Decimal(0), from_minor_units(_within_a_year(plan, as_of), plan.currency)))
            rows.append(MaturityRow(plan.contract, plan.customer, plan.currency, soon, liability - soon))
    return Table("maturity", MATURITY_COLUMNS, tuple(rows), "Contract liabilities by maturity", f"as of {as_of}")


def _within_a_year(plan: Schedule, as_of: date) -> int:
    after = as_of + timedelta(days=1)
    start, end = after.toordinal(), shift_months(after, _YEAR).toordinal()
    return sum(recognised(line, end) - recognised(line, start) for line in plan.lines)


@frozen
class WaterfallRow:
    """What was booked in one period and what each period recognises of it."""

    booked_in: str
    currency: str
    booked: Decimal
    recognised_in: str
    recognised: Decimal


WATERFALL_COLUMNS = (
    Column("booked_in", _TEXT),
    Column("currency", _TEXT),
    Column("booked", _AMOUNT),
    Column("recognised_in", _TEXT),
    Column("recognised", _AMOUNT),
)


def waterfall(dossiers: Iterable[Dossier], periods: Sequence[PostingPeriod]) -> Table[WaterfallRow]:
    """Booked × recognised: a contract is booked in the period of its first invoice, or of inception if it has none.

    `booked` is all that its schedule earns; in a row with `recognised_in` "remaining" stands what no period of
    `periods` recognises.
    """
    booked: dict[tuple[str, str], int] = defaultdict(int)
    cells: dict[tuple[str, str, str], int] = defaultdict(int)
    for dossier in dossiers:
        plan = schedule(dossier)
        if plan is None:
            continue
        label = _booked_in(dossier, periods)
        whole = sum(total(line) for line in plan.lines)
        booked[label, plan.currency] += whole
        for period in periods:
            start, end = period.start.toordinal(), period.end.toordinal()
            units = sum(recognised(line, end) - recognised(line, start) for line in plan.lines)
            cells[label, plan.currency, period.label] += units
            whole -= units
        cells[label, plan.currency, REMAINING] += whole
    rows = [
        WaterfallRow(
            label, currency, from_minor_units(booked[label, currency], currency), at, from_minor_units(units, currency)
        )
        for (label, currency, at), units in cells.items()
        if units
    ]
    return Table("waterfall", WATERFALL_COLUMNS, tuple(rows), "Booked and recognised")


REMAINING = "remaining"


def _booked_in(dossier: Dossier, periods: Sequence[PostingPeriod]) -> str:
    on = min((one.issued for one in dossier.invoices), default=dossier.contract.inception)
    found = [period.label for period in periods if period.start <= on < period.end]
    return (
        found[0] if found else f"before {periods[0].label}" if on < periods[0].start else f"after {periods[-1].label}"
    )
