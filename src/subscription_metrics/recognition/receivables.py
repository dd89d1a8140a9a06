"""Receivables: when an invoice gives a right to money, and what payments and credits settle of it.

| contract | a line of its invoice is booked |
|---|---|
| binding when the invoice is issued | at once, due or not: only time has to pass (606-10-45-4) |
| cancellable then | as it is paid; the rest when it binds, or when its service has been delivered |

A cancellable invoice that is due and unpaid is booked no more than one not yet due: the customer may still cancel
(606-10-55-284). Whatever of it is credited or voided before was never booked, and needs no entry on receivables.

House rules.

1. An invoice is walked through once, day by day, over all its lines: each contract sees its part of the same walk.
2. Payments settle lines in proportion to what is still owed of each, net and tax alike.
3. What is below 0 in the end stands in the customer's favour: used up by other invoices, or paid back.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from attrs import Factory, frozen

from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.facts.invoices import CASH_BACK, Invoice, InvoiceLine, Payment
from subscription_metrics.recognition.takings import Taking, in_proportion, takings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subscription_metrics.recognition.contracts import Contract

Both = tuple[int, int]
"""Net and tax, in minor units."""


@frozen
class Settlement:
    """One contract's part of an invoice: what is booked when, the money that moves, and what was never booked.

    `money` is signed, in is above 0, by day; `unbooked` is by credit and line.
    """

    booked: list[tuple[date, InvoiceLine, Both]] = Factory(list)
    money: list[tuple[date, int]] = Factory(list)
    unbooked: dict[tuple[str, str], Both] = Factory(dict)


def booked_whole(contract: Contract, invoice: Invoice, line: InvoiceLine) -> date | None:
    """The day by which a line gives a right to money, paid or not; `None` if only payment makes it so."""
    delivered = None if line.end is None else line.end - timedelta(days=1)
    days = [max(invoice.issued, day) for day in (contract.binding, delivered) if day is not None]
    return min(days, default=None)


def settle(contract: Contract, invoice: Invoice) -> Settlement:
    """The walk through one invoice, as far as it concerns `contract`."""
    found = Settlement()
    owed = {line.id: _both(line, invoice.currency) for line in invoice.lines}
    waiting = {line.id: owed[line.id] for line in invoice.lines if line.contract == contract.id}
    for on, step in _steps(contract, invoice):
        match step:
            case InvoiceLine():
                _book(found, on, step, waiting.pop(step.id))
            case Taking():
                owed[step.line.id] = _less(owed[step.line.id], (step.units, step.tax))
                if step.line.id in waiting:
                    part = _within((step.units, step.tax), waiting[step.line.id])
                    waiting[step.line.id] = _less(waiting[step.line.id], part)
                    found.unbooked[step.id, step.line.id] = part
            case int():
                own = 0
                for line, part in _settled(invoice, owed, step):
                    owed[line.id] = _less(owed[line.id], part)
                    own += sum(part) if line.contract == contract.id else 0
                    if line.id in waiting:
                        booked = _within(part, waiting[line.id])
                        waiting[line.id] = _less(waiting[line.id], booked)
                        _book(found, on, line, booked)
                if own:
                    found.money.append((on, own))
    return found


def _both(line: InvoiceLine, currency: str) -> Both:
    return in_minor_units(line.amount, currency), in_minor_units(line.tax, currency)


def _less(one: Both, other: Both) -> Both:
    return one[0] - other[0], one[1] - other[1]


def _within(part: Both, most: Both) -> Both:
    """As much of `part` as lies between nothing and `most`."""
    return _clamped(part[0], most[0]), _clamped(part[1], most[1])


def _clamped(units: int, most: int) -> int:
    return max(min(units, max(most, 0)), min(most, 0))


def _book(found: Settlement, on: date, line: InvoiceLine, units: Both) -> None:
    if any(units):
        found.booked.append((on, line, units))


def _settled(invoice: Invoice, owed: Mapping[str, Both], units: int) -> list[tuple[InvoiceLine, Both]]:
    """Money by line; what is beyond all that is owed is in proportion to what the lines asked for."""
    due = [part for line in invoice.lines for part in owed[line.id]]
    asked = [part for line in invoice.lines for part in _both(line, invoice.currency)]
    within = _clamped(units, sum(due))
    parts = [sum(pair) for pair in zip(in_proportion(within, due), in_proportion(units - within, asked), strict=True)]
    return list(zip(invoice.lines, zip(parts[::2], parts[1::2], strict=True), strict=True))


_Step = InvoiceLine | Taking | int


def _steps(contract: Contract, invoice: Invoice) -> Iterator[tuple[date, _Step]]:
    """What happens to an invoice, by day: rights arise, credits are given, money moves."""
    steps: dict[date, list[list[_Step]]] = defaultdict(lambda: [[], [], []])
    for line in invoice.lines:
        day = booked_whole(contract, invoice, line) if line.contract == contract.id else None
        if day is not None:
            steps[day][0].append(line)
    for taking in takings(invoice):
        if taking.kind not in CASH_BACK:
            steps[taking.on][1].append(taking)
    for payments, sign in ((invoice.payments, 1), (invoice.paid_back, -1)):
        for on, units in _by_day(payments, invoice.currency).items():
            steps[on][2].append(sign * units)
    for on in sorted(steps):
        for group in steps[on]:
            yield from ((on, step) for step in group)


def _by_day(payments: tuple[Payment, ...], currency: str) -> dict[date, int]:
    sums: dict[date, int] = defaultdict(int)
    for payment in payments:
        sums[payment.on] += in_minor_units(payment.amount, currency)
    return sums
