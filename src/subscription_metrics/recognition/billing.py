"""Contracts that are nothing but their invoice: each line is a promise, kept over its service period.

How billing systems recognise revenue (Stripe, ERPNext, OCA): a line with a service period is earned over it, a line
without one when it is invoiced. Right as long as lines are sold at what they sell for alone; otherwise write the
contract.

House rules.

1. One promise per line, at the price of the line. Prorations are negative lines and mirror positive ones.
2. Revenue ahead of its invoice is unbilled receivable: such a line waits for nothing but its invoice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from subscription_metrics.recognition.contracts import Contract, Dossier, LateInvoices
from subscription_metrics.recognition.curves import Method, Residual
from subscription_metrics.recognition.promises import PerformanceObligation, PointInTime, Ratable

if TYPE_CHECKING:
    from subscription_metrics.facts.invoices import Invoice, InvoiceLine


def from_invoice(
    invoice: Invoice,
    method: Method = Method.DAILY,
    residual: Residual = Residual.CUMULATIVE,
    late_invoices: LateInvoices = LateInvoices.CATCH_UP,
) -> Dossier:
    """The dossier of an invoice whose lines name no contract; the contract has the invoice's id and is as known as it.

    Service before the invoice is caught up in the month of the invoice unless `late_invoices` says otherwise.
    """
    contract = Contract(
        id=invoice.id,
        customer=invoice.customer,
        currency=invoice.currency,
        inception=min([invoice.issued, *(line.start for line in invoice.lines if line.start is not None)]),
        price=invoice.net,
        obligations=tuple(_promise(invoice, line, method, residual) for line in invoice.lines),
        late_invoices=late_invoices,
        recorded=invoice.recorded,
        source=invoice.source,
        line=invoice.line,
    )
    lines = tuple(evolve(line, contract=invoice.id, obligation=line.id) for line in invoice.lines)
    return Dossier(contract=contract, invoices=(evolve(invoice, lines=lines),))


def _promise(invoice: Invoice, line: InvoiceLine, method: Method, residual: Residual) -> PerformanceObligation:
    if line.start is None or line.end is None:
        way: Ratable | PointInTime = PointInTime(on=line.start or invoice.issued)
    else:
        way = Ratable(start=line.start, end=line.end, method=method, residual=residual)
    product = line.product or line.id
    return PerformanceObligation(id=line.id, satisfaction=way, price=line.amount, product=product, unconditional=True)
