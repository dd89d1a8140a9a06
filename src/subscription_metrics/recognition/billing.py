"""Invoices and contracts brought together; and contracts that are nothing but their invoice.

A line of an invoice names the contract that it bills. One that names none is a contract of its own: each such line is a
promise, kept over its service period.

How billing systems recognise revenue (Stripe, ERPNext, OCA): a line with a service period is earned over it, a line
without one when it is invoiced. Right as long as lines are sold at what they sell for alone; otherwise write the
contract.

House rules.

1. One promise per line, at the price of the line. Prorations are negative lines and mirror positive ones.
2. Revenue ahead of its invoice is unbilled receivable: such a line waits for nothing but its invoice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import evolve

from subscription_metrics.errors import OverlappingObligations, UnknownContract
from subscription_metrics.money import exact_sum
from subscription_metrics.recognition.contracts import Contract, Dossier, LateInvoices
from subscription_metrics.recognition.curves import Method, Residual
from subscription_metrics.recognition.promises import PerformanceObligation, PointInTime, Ratable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from subscription_metrics.facts.invoices import Invoice, InvoiceLine
    from subscription_metrics.recognition.contracts import Change, Commission, Delivery


def from_invoice(
    invoice: Invoice,
    method: Method = Method.DAILY,
    residual: Residual = Residual.CUMULATIVE,
    late_invoices: LateInvoices = LateInvoices.CATCH_UP,
) -> Dossier:
    """The dossier of the lines of an invoice that name no contract: under the invoice's id, known since the invoice is.

    Service before the invoice is caught up in the month of the invoice unless `late_invoices` says otherwise.
    """
    own = tuple(line for line in invoice.lines if line.contract is None)
    contract = Contract(
        id=invoice.id,
        customer=invoice.customer,
        currency=invoice.currency,
        inception=min([invoice.issued, *(line.start for line in own if line.start is not None)]),
        price=exact_sum(line.amount for line in own),
        obligations=tuple(_promise(invoice, line, method, residual) for line in own),
        late_invoices=late_invoices,
        recorded=invoice.recorded,
        source=invoice.source,
        line=invoice.line,
    )
    lines = tuple(
        evolve(line, contract=invoice.id, obligation=line.id) if line.contract is None else line
        for line in invoice.lines
    )
    return Dossier(contract=contract, invoices=(evolve(invoice, lines=lines),))


def _promise(invoice: Invoice, line: InvoiceLine, method: Method, residual: Residual) -> PerformanceObligation:
    if line.start is None or line.end is None:
        way: Ratable | PointInTime = PointInTime(on=line.start or invoice.issued)
    else:
        way = Ratable(start=line.start, end=line.end, method=method, residual=residual)
    product = line.product or line.id
    return PerformanceObligation(id=line.id, satisfaction=way, price=line.amount, product=product, unconditional=True)


def dossiers(
    contracts: Iterable[Contract],
    invoices: Iterable[Invoice] = (),
    deliveries: Iterable[Delivery] = (),
    changes: Iterable[Change] = (),
    commissions: Iterable[Commission] = (),
) -> tuple[Dossier, ...]:
    """Facts by contract, in the order of their ids. Lines of invoices that name no contract become one, by invoice.

    Raises:
        UnknownContract: a fact names a contract that is not among `contracts`.
        OverlappingObligations: two contracts with one id, an invoice of its own being one under its id.
        BeforeInception: see `Dossier`.
    """
    known = _by_id(contracts)
    billed: dict[str, list[Invoice]] = defaultdict(list)
    alone: list[Dossier] = []
    for invoice in invoices:
        for name in sorted({line.contract for line in invoice.lines if line.contract is not None}):
            billed[_checked(name, known, "invoice", invoice.id)].append(invoice)
        if any(line.contract is None for line in invoice.lines):
            alone.append(from_invoice(invoice))
    delivered, changed = _grouped(deliveries, known), _grouped(changes, known)
    paid = _grouped(commissions, known)
    stated = [
        Dossier(
            contract=contract,
            invoices=tuple(sorted(billed[name], key=lambda one: (one.issued, one.id))),
            deliveries=delivered[name],
            changes=changed[name],
            commissions=paid[name],
        )
        for name, contract in known.items()
    ]
    found = sorted([*stated, *alone], key=lambda one: one.contract.id)
    _by_id(one.contract for one in found)
    return tuple(found)


def _by_id(contracts: Iterable[Contract]) -> dict[str, Contract]:
    known: dict[str, Contract] = {}
    for contract in contracts:
        if contract.id in known:
            raise OverlappingObligations("id", contract.id, "must be the id of one contract", "name the second apart")
        known[contract.id] = contract
    return known


def _checked(name: str, known: dict[str, Contract], kind: str, fact: str) -> str:
    if name not in known:
        rule = f"of {kind} {fact} must be a known contract"
        raise UnknownContract("contract", name, rule, "add the contract, or leave the contract out of the line")
    return name


class _OfContract(Protocol):
    @property
    def id(self) -> str:
        """The fact's name."""

    @property
    def contract(self) -> str:
        """The contract that it is about."""

    @property
    def on(self) -> date:
        """From when it holds."""


F = TypeVar("F", bound=_OfContract)


def _grouped(facts: Iterable[F], known: dict[str, Contract]) -> dict[str, tuple[F, ...]]:
    groups: dict[str, list[F]] = defaultdict(list)
    for fact in facts:
        groups[_checked(fact.contract, known, type(fact).__name__.lower(), fact.id)].append(fact)
    ordered = {name: tuple(sorted(group, key=lambda one: (one.on, one.id))) for name, group in groups.items()}
    return defaultdict(tuple, ordered)
