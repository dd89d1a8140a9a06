"""Postings: what the facts of one contract say should stand in the books.

| event | debit | credit |
|---|---|---|
| billing: an invoice with an unconditional right | receivable (gross) | deferred revenue (net), tax payable |
| recognition of what was billed before | deferred revenue | revenue |
| recognition before its invoice | unbilled receivable or contract asset | revenue |
| billing of that | receivable | unbilled receivable or contract asset |
| cash | cash | receivable |
| credit: note, refund, void, dispute, write-off | contra revenue, deferred revenue, tax | receivable or cash |
| recovery of what was written off or disputed | cash | bad debt or disputes, deferred revenue, tax |
| credit paid back | receivable | cash |
| commission capitalised · amortised · expensed | contract cost asset · expense · expense | payable · asset · payable |
| impairment of contract costs | impairment | contract cost asset |

The *position* of a contract is billed − recognised. Above 0 it is deferred revenue, the contract liability; below 0 a
contract asset, or a receivable not billed yet where only time is awaited. Each event moves the position and is split at
zero, so asset and liability are netted within a contract (606-10-45-1) and never across contracts. A receivable not
billed yet is no contract asset (45-4): promises with that right have a position of their own.

House rules.

1. Postings are signed minor units, debit positive. Those of one event of one document and period sum to zero.
2. They are a function of the dossier and of the calendar. What has been posted before means nothing here.
3. When an invoice is booked, and what settles it, is a walk of its own: see `receivables`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from attrs import field, frozen

from subscription_metrics.errors import InvalidValue, UnknownContract
from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.recognition.allocation import share_among
from subscription_metrics.recognition.commissions import COST_ROLES, cost_pieces, is_capitalised
from subscription_metrics.recognition.contracts import LateInvoices
from subscription_metrics.recognition.credits import CONTRA_ROLES, COUNTER_ROLES
from subscription_metrics.recognition.receivables import settle
from subscription_metrics.recognition.schedule import END_OF_TIME, Line, Piece, Role, earned, total
from subscription_metrics.recognition.standards import Standard
from subscription_metrics.recognition.takings import in_proportion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from subscription_metrics.facts.invoices import Invoice, InvoiceLine
    from subscription_metrics.recognition.contracts import Commission, Dossier
    from subscription_metrics.recognition.receivables import Settlement
    from subscription_metrics.recognition.schedule import PostingPeriod
    from subscription_metrics.recognition.scheduling import Schedule


class Event(Enum):
    """What happened; the order is that of one day."""

    BILLING = "billing"
    CREDIT = "credit"
    RECOGNITION = "recognition"
    CASH = "cash"
    RECOVERY = "recovery"
    COMMISSION = "commission"
    AMORTISATION = "amortisation"
    IMPAIRMENT = "impairment"


_ORDER = {event: place for place, event in enumerate(Event)}


@frozen(weakref_slot=False)
class Posting:
    """Signed `units` on an account's `role`: of which event, document and obligation, and of which period.

    `belongs` is the period that the event falls in. `posted` is the one it was posted in; if that is a later one
    the posting corrects the former.
    """

    on: date
    event: Event
    role: Role
    units: int
    contract: str
    customer: str
    currency: str
    obligation: str
    product: str
    document: str
    belongs: str
    posted: str

    @property
    def key(self) -> tuple[object, ...]:
        """What is compared with what has been posted: all but the day, the units and the period of posting."""
        of = self.contract, self.customer, self.currency, self.obligation, self.product, self.document
        return *of, self.event, self.role, self.belongs

    @property
    def corrects(self) -> str | None:
        """The closed period that this corrects, if any."""
        return None if self.belongs == self.posted else self.belongs


@frozen(weakref_slot=False)
class Calendar:
    """Posting periods, one after the other, without a gap.

    Raises:
        InvalidValue: there are none, or they leave a gap or overlap.
    """

    periods: tuple[PostingPeriod, ...]
    starts: tuple[int, ...] = field(init=False, eq=False, repr=False)
    ends: tuple[int, ...] = field(init=False, eq=False, repr=False)

    labels: tuple[str, ...] = field(init=False, eq=False, repr=False)

    @labels.default
    def _labels(self) -> tuple[str, ...]:
        return tuple(period.label for period in self.periods)

    @starts.default
    def _starts(self) -> tuple[int, ...]:
        return tuple(period.start.toordinal() for period in self.periods)

    @ends.default
    def _ends(self) -> tuple[int, ...]:
        return tuple(period.end.toordinal() for period in self.periods)

    def __attrs_post_init__(self) -> None:
        pairs = zip(self.periods, self.periods[1:], strict=False)
        broken = [after.label for before, after in pairs if before.end != after.start]
        if broken or not self.periods:
            rule = "must be one or more, each beginning where the one before ends"
            raise InvalidValue("periods", broken, rule, "build them with period_range or weeks_calendar")

    def place(self, on: date) -> int:
        """The place of the period that holds a day; beyond the last one the number of periods.

        Raises:
            InvalidValue: the day is before the first period.
        """
        day = on.toordinal()
        if day < self.starts[0]:
            rule = f"must not be before the calendar, which begins on {self.periods[0].start}"
            raise InvalidValue("on", on, rule, "begin the calendar with the first contract")
        return len(self.periods) if day >= self.ends[-1] else bisect_right(self.starts, day) - 1


@frozen(weakref_slot=False)
class _Move:
    """One event: by how much it moves the position of an obligation, and the other accounts it touches."""

    on: date
    event: Event
    obligation: str
    document: str
    position: int
    others: tuple[tuple[Role, int], ...]


def postings(
    dossier: Dossier, plan: Schedule, calendar: Calendar, through: int, standard: Standard = Standard.ASC_606
) -> list[Posting]:
    """All that should be posted of a contract in the first `through` periods of `calendar`, each in its own period.

    Raises:
        InvalidValue: something happened before the calendar begins.
        UnknownContract: an invoice bills an obligation that is not promised.
    """
    lines = {line.obligation: line for line in plan.lines}
    end = calendar.periods[through - 1].end
    settled = {invoice.id: settle(dossier.contract, invoice) for invoice in dossier.invoices}
    moves = [*_billings(dossier, plan, settled), *_credits(plan, settled), *_cash(dossier, settled)]
    moves += _recognitions(dossier, plan, calendar, through)
    moves += [move for one in dossier.commissions for move in _commission(dossier, one, calendar, through, standard)]
    inside = sorted((one for one in moves if one.on < end), key=_in_order)
    return list(_booked(dossier, lines, inside, calendar))


def _in_order(move: _Move) -> tuple[date, int, str, str]:
    return move.on, _ORDER[move.event], move.document, move.obligation


def _booked(
    dossier: Dossier, lines: Mapping[str, Line], moves: Iterable[_Move], calendar: Calendar
) -> Iterator[Posting]:
    contract = dossier.contract
    positions = {True: 0, False: 0}
    labels = calendar.labels
    for move in moves:
        line = lines.get(move.obligation)
        waits = line is not None and line.unconditional
        before, after = positions[waits], positions[waits] + move.position
        positions[waits] = after
        label = labels[calendar.place(move.on)]
        for role, units in (*_split(before, after, waits=waits), *move.others):
            if units:
                yield Posting(
                    move.on,
                    move.event,
                    role,
                    units,
                    contract.id,
                    contract.customer,
                    contract.currency,
                    move.obligation,
                    move.obligation if line is None else line.product,
                    move.document,
                    label,
                    label,
                )


def _split(before: int, after: int, *, waits: bool) -> tuple[tuple[Role, int], ...]:
    """The change of a position as changes of its liability and of its asset side."""
    asset = Role.UNBILLED if waits else Role.CONTRACT_ASSET
    if before >= 0 and after >= 0:
        return ((Role.DEFERRED, before - after),)
    if before <= 0 and after <= 0:
        return ((asset, before - after),)
    return (Role.DEFERRED, max(before, 0) - max(after, 0)), (asset, max(-after, 0) - max(-before, 0))


def _billings(dossier: Dossier, plan: Schedule, settled: Mapping[str, Settlement]) -> Iterator[_Move]:
    weights = {line.obligation: abs(total(line)) for line in plan.lines} if dossier.invoices else {}
    for invoice in dossier.invoices:
        for on, line, (units, tax) in settled[invoice.id].booked:
            for place, (name, share) in enumerate(_shares(line, units, weights, invoice).items()):
                taxed = 0 if place else tax
                others = ((Role.RECEIVABLE, share + taxed), (Role.TAX, -taxed))
                document = invoice.id if on == invoice.issued else f"{invoice.id} {on}"
                yield _Move(on, Event.BILLING, name, document, share, others)


def _shares(line: InvoiceLine, units: int, weights: Mapping[str, int], invoice: Invoice) -> dict[str, int]:
    """The obligations that a line bills: the one it names, or all by what they earn."""
    if line.obligation is None:
        return share_among(units, {name: Fraction(weight) for name, weight in weights.items()})
    if line.obligation not in weights:
        rule = f"of line {line.id} of invoice {invoice.id} must be promised by contract {line.contract}"
        raise UnknownContract("obligation", line.obligation, rule, f"one of {sorted(weights)}")
    return {line.obligation: units}


def _credits(plan: Schedule, settled: Mapping[str, Settlement]) -> Iterator[_Move]:
    for (invoice, credit, line), group in groupby(plan.reductions, key=lambda one: (one.invoice, one.id, one.line)):
        net, tax = settled[invoice].unbooked.get((credit, line), (0, 0))
        own = list(group)
        for one, unbooked in zip(own, in_proportion(net, [one.units for one in own]), strict=True):
            contra, counter = CONTRA_ROLES[one.kind], Role.CASH if one.of else COUNTER_ROLES[one.kind]
            taken, units, levy = one.units - one.future, one.units - unbooked, one.tax - tax
            # What was never booked meets no receivable: what had been earned of it leaves the contract asset.
            others = ((contra, taken), (Role.TAX, levy), (counter, -units - levy))
            event = Event.RECOVERY if one.of else Event.CREDIT
            yield _Move(one.on, event, one.obligation, one.id, unbooked - one.future, others)
            tax = 0


def _cash(dossier: Dossier, settled: Mapping[str, Settlement]) -> Iterator[_Move]:
    for invoice in dossier.invoices:
        for on, units in settled[invoice.id].money:
            others = ((Role.CASH, units), (Role.RECEIVABLE, -units))
            yield _Move(on, Event.CASH, "", f"{invoice.id} {on}", 0, others)


def _recognitions(dossier: Dossier, plan: Schedule, calendar: Calendar, through: int) -> Iterator[_Move]:
    catches_up = dossier.contract.late_invoices is LateInvoices.CATCH_UP
    not_before = _first_invoice(dossier) if catches_up else 0
    credited = {one.id for one in plan.reductions}
    for line in plan.lines:
        # What a credit takes back is booked by the credit itself, against what it is paid from.
        own = [one for one in line.pieces if one.role not in _TAKEN_BACK or one.cause not in credited]
        for role in dict.fromkeys(one.role for one in own):
            pieces = [one for one in own if one.role is role]
            for on, units in earned_by_period(pieces, calendar, through, not_before):
                document = dossier.contract.id
                yield _Move(on, Event.RECOGNITION, line.obligation, document, -units, ((role, -units),))


_TAKEN_BACK = frozenset(CONTRA_ROLES.values())


def _first_invoice(dossier: Dossier) -> int:
    return min((one.issued.toordinal() for one in dossier.invoices), default=END_OF_TIME)


def earned_by_period(
    pieces: Iterable[Piece], calendar: Calendar, through: int, not_before: int = 0
) -> Iterator[tuple[date, int]]:
    """What pieces earn in each period that they earn in, with the last day on which they do.

    With `not_before`, all of it that came earlier falls on that day.
    """
    active = [one for one in pieces if any(one.curve.weights)]
    if not active:
        return
    first = min(max(one.curve.days[0], one.since) for one in active)
    last = max(one.curve.days[-1] for one in active)
    last = max(last, *(one.since + 1 for one in active), not_before + 1 if not_before < END_OF_TIME else 0)
    before = 0
    place = calendar.place(date.fromordinal(first))
    for begin, end in zip(calendar.starts[place:through], calendar.ends[place:through], strict=True):
        now = sum([earned(one, end) for one in active]) if end > not_before else 0
        if now != before:
            start = max(begin, not_before if not_before < end else 0)
            yield _last_day(active, start, end), now - before
            before = now
        if end >= last:
            return


def _last_day(pieces: Iterable[Piece], start: int, end: int) -> date:
    """The last day before `end` on which one of `pieces` earns; `start` if that was earlier."""
    return date.fromordinal(max([start, *[_last_rise(one, min(end, one.until)) for one in pieces]]))


def _last_rise(piece: Piece, end: int) -> int:
    days, weights = piece.curve.days, piece.curve.weights
    knot = bisect_left(days, end)
    rising = 0 < knot < len(days) and weights[knot] != weights[knot - 1]
    return max(end - 1 if rising else days[knot - 1] - 1 if knot else 0, piece.since if piece.since < end else 0)


def _commission(
    dossier: Dossier, one: Commission, calendar: Calendar, through: int, standard: Standard
) -> Iterator[_Move]:
    units = in_minor_units(one.amount, dossier.contract.currency)
    capitalised, roles = is_capitalised(one), COST_ROLES[one.kind]
    account = roles.asset if capitalised else roles.expense
    yield _Move(one.on, Event.COMMISSION, "", one.id, 0, ((account, units), (roles.payable, -units)))
    pieces = cost_pieces(one, dossier, standard) if capitalised else ()
    for event, role in ((Event.AMORTISATION, roles.expense), (Event.IMPAIRMENT, Role.COST_IMPAIRMENT)):
        own = [piece for piece in pieces if piece.role is role]
        for on, part in earned_by_period(own, calendar, through):
            yield _Move(on, event, "", one.id, 0, ((role, part), (roles.asset, -part)))
