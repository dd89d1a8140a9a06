"""What was taken back of an invoice, line by line: its credits, its void, and what was won back of them.

    credit of one line              → that line
    credit of the whole invoice     → its lines above 0, by what other credits leave of them; tax by what is left of tax
    void                            → what all credits leave of every line, with its tax
    recovery                        → the write-offs and disputes of the invoice, the earliest first, line by line

House rules.

1. An invoice has one split, whichever of its contracts asks; shares add up to the credit, net and tax each.
2. Nothing is taken twice: a void takes what credits left, of the tax too.
3. Amounts are minor units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.facts.invoices import LOSSES, CreditFor, CreditKind
from subscription_metrics.money import allocate
from subscription_metrics.recognition.curves import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from subscription_metrics.facts.invoices import Credit, Invoice, InvoiceLine


@frozen(kw_only=True)
class Taking:
    """A credit or a void as far as it concerns one line of an invoice: net `units`, and `tax`."""

    id: str
    on: date
    invoice: str
    line: InvoiceLine
    units: int
    tax: int
    kind: CreditKind
    purpose: CreditFor


@frozen(kw_only=True)
class Regained:
    """Money that came back of a taking: net `units` and `tax`, on a day."""

    id: str
    on: date
    of: Taking
    units: int
    tax: int


def takings(invoice: Invoice) -> tuple[Taking, ...]:
    """All that was taken back of an invoice, credits by day and id, then the void."""
    if not invoice.credits and invoice.void is None:
        return ()
    left = {line.id: _both(line, invoice) for line in invoice.lines}
    whole = []
    found: list[Taking] = []
    for credit in sorted(invoice.credits, key=lambda one: (one.on, one.id)):
        if credit.line is None:
            whole.append(credit)
        else:
            lines = [one for one in invoice.lines if one.id == credit.line]
            found += _taken(invoice, credit, lines, left)
    for credit in whole:
        found += _taken(invoice, credit, [one for one in invoice.lines if one.amount > 0], left)
    found.sort(key=lambda one: (one.on, one.id))
    return (*found, *_voided(invoice, left))


def _both(line: InvoiceLine, invoice: Invoice) -> tuple[int, int]:
    return in_minor_units(line.amount, invoice.currency), in_minor_units(line.tax, invoice.currency)


def _taken(
    invoice: Invoice, credit: Credit, lines: Sequence[InvoiceLine], left: dict[str, tuple[int, int]]
) -> Iterator[Taking]:
    nets, taxes = ([max(left[line.id][place], 0) for line in lines] for place in (0, 1))
    units = allocate(in_minor_units(credit.amount, invoice.currency), nets)
    tax = allocate(in_minor_units(credit.tax, invoice.currency), taxes if any(taxes) else nets)
    for line, net, levy in zip(lines, units, tax, strict=True):
        left[line.id] = left[line.id][0] - net, left[line.id][1] - levy
        if net or levy:
            yield Taking(
                id=credit.id,
                on=credit.on,
                invoice=invoice.id,
                line=line,
                units=net,
                tax=levy,
                kind=credit.kind,
                purpose=credit.purpose,
            )


def _voided(invoice: Invoice, left: dict[str, tuple[int, int]]) -> Iterator[Taking]:
    if invoice.void is None:
        return
    for line in invoice.lines:
        units, tax = left[line.id]
        if units or tax:
            yield Taking(
                id=f"void of {invoice.id}",
                on=invoice.void,
                invoice=invoice.id,
                line=line,
                units=units,
                tax=tax,
                kind=CreditKind.VOID,
                purpose=CreditFor.PRO_RATA if invoice.replaced_by is None else CreditFor.BILLING,
            )


def regained(invoice: Invoice) -> Iterator[Regained]:
    """What recoveries bring back of each write-off and dispute, the earliest loss first."""
    lost = [one for one in takings(invoice) if one.kind in LOSSES]
    grosses = [one.units + one.tax for one in lost]
    back = [0] * len(lost)
    taxes = [0] * len(lost)
    for payment in sorted(invoice.recoveries, key=lambda one: (one.on, one.amount)):
        money = in_minor_units(payment.amount, invoice.currency)
        for place, one in enumerate(lost):
            part = min(money, grosses[place] - back[place])
            if not part:
                continue
            money -= part
            back[place] += part
            tax = rounded(one.tax * back[place], grosses[place]) - taxes[place]
            taxes[place] += tax
            yield Regained(id=f"recovery of {one.id} {payment.on}", on=payment.on, of=one, units=part - tax, tax=tax)


def in_proportion(units: int, weights: Iterable[int]) -> list[int]:
    """`units` by weights of any sign, by rounding the running total; if they sum to nothing, all on the first."""
    parts, running, given = list(weights), 0, 0
    whole = sum(parts)
    if not whole:
        return [units, *[0 for _ in parts[1:]]]
    shares: list[int] = []
    for part in parts:
        running += part
        reached = rounded(units * running * (1 if whole > 0 else -1), abs(whole))
        shares.append(reached - given)
        given = reached
    return shares
