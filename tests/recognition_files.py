"""Random contracts with random changes, invoices, payments, credits and late facts, for the laws of recognition."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve
from hypothesis import strategies as st

from subscription_metrics.errors import CreditAboveInvoice, InvalidValue
from subscription_metrics.facts.checks import from_minor_units, in_minor_units
from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Invoice, InvoiceLine, Payment
from subscription_metrics.periods import Period, period_range
from subscription_metrics.recognition.contracts import (
    Contract,
    Delivery,
    Dossier,
    Ending,
    LateInvoices,
    Modification,
    PriceChange,
    SetUpFee,
    Termination,
)
from subscription_metrics.recognition.curves import Method, Residual
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.promises import Measured, PerformanceObligation, PointInTime, Ratable
from subscription_metrics.recognition.scheduling import schedule

START = date(2024, 1, 1)
LAST = date(2026, 12, 31)
CALENDAR = Calendar(period_range(Period.parse("2024-01"), Period.parse("2026-12")))
days = st.integers(0, 500).map(lambda count: START + timedelta(days=count))
units = st.integers(1, 3_000_000)
currencies = st.sampled_from(["USD", "JPY", "KWD", "CLF"])


@st.composite
def services(draw: st.DrawFn) -> tuple[date, date]:
    """The first day of a service and the first without."""
    start = draw(days)
    return start, start + timedelta(days=draw(st.integers(1, 500)))


@st.composite
def ways(draw: st.DrawFn) -> Ratable | PointInTime | Measured:
    """A way of satisfaction whose price is allocated."""
    start, end = draw(services())
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return PointInTime(on=start)
    if kind == 1:
        return Measured(total=Decimal(10))
    return Ratable(start=start, end=end, method=draw(st.sampled_from(Method)), residual=draw(st.sampled_from(Residual)))


@st.composite
def promises(draw: st.DrawFn, name: str) -> PerformanceObligation:
    """An obligation with a standalone price."""
    return PerformanceObligation(
        id=name,
        satisfaction=draw(ways()),
        standalone_price=Decimal(draw(st.integers(1, 5000))),
        remaining_distinct=draw(st.booleans()),
        unconditional=draw(st.booleans()),
    )


@st.composite
def fees(draw: st.DrawFn, currency: str) -> SetUpFee:
    """A set-up fee that lasts for some time of its own."""
    until = START + timedelta(days=draw(st.integers(1, 900)))
    return SetUpFee(amount=from_minor_units(draw(units), currency), until=until)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """A contract with one to three obligations."""
    names = "abc"[: draw(st.integers(1, 3))]
    currency = draw(currencies)
    return Contract(
        id="C-1",
        customer="Acme",
        currency=currency,
        inception=START,
        price=from_minor_units(draw(units), currency),
        obligations=tuple(draw(promises(name)) for name in names),
        late_invoices=draw(st.sampled_from(LateInvoices)),
        set_up_fee=draw(st.none() | fees(currency)),
        binding=draw(st.sampled_from([START, None, START + timedelta(days=150)])),
        recorded=START + timedelta(days=draw(st.integers(0, 100))),
    )


@st.composite
def modifications(draw: st.DrawFn, contract: Contract, number: int) -> Modification:
    """A change that adds a promise, and may end one."""
    on = draw(days)
    return Modification(
        id=f"M{number}",
        contract="C-1",
        on=on,
        price_change=from_minor_units(draw(units), contract.currency),
        add=(draw(promises(f"m{number}")),),
        end=draw(st.sampled_from([(), (contract.obligations[0].id,)])),
        recorded=on + timedelta(days=draw(st.integers(0, 90))),
    )


@st.composite
def price_changes(draw: st.DrawFn, contract: Contract, number: int) -> PriceChange:
    """More, or less, for the same."""
    on = draw(days)
    amount = from_minor_units(draw(st.integers(-1000, 100_000)), contract.currency)
    recorded = on + timedelta(days=draw(st.integers(0, 90)))
    return PriceChange(id=f"P{number}", contract="C-1", on=on, amount=amount, recorded=recorded)


@st.composite
def invoices(draw: st.DrawFn, contract: Contract, number: int) -> Invoice:
    """An invoice of one or two lines with tax, and what became of it: paid in parts, credited, voided."""
    issued = draw(days)
    count = draw(st.integers(1, 2))
    invoice = Invoice(
        id=f"I{number}",
        customer="Acme",
        currency=contract.currency,
        issued=issued,
        lines=tuple(draw(lines(contract, issued, place)) for place in range(count)),
        recorded=issued + timedelta(days=draw(st.integers(0, 60))),
    )
    parts = draw(st.lists(st.integers(1, 3), max_size=2))
    paid = tuple(draw(payments(invoice, part)) for part in parts if sum(parts) > 0)
    invoice = evolve(invoice, payments=paid if sum(one.amount for one in paid) <= invoice.gross else paid[:1])
    invoice = with_credits(invoice, draw(st.lists(credits_of(invoice), max_size=2)))
    if draw(st.integers(0, 4)) == 0:
        void = draw(later(invoice))
        invoice = evolve(invoice, void=void, void_recorded=void + timedelta(days=draw(st.integers(0, 40))))
    lost = losses(invoice)
    recovers = draw(st.booleans())
    if lost and recovers:
        on = max(lost[0].on, lost[0].recorded) + timedelta(days=draw(st.integers(0, 50)))
        invoice = evolve(invoice, recoveries=(Payment(on=on, amount=lost[0].amount + lost[0].tax),))
    return invoice


def losses(invoice: Invoice) -> list[Credit]:
    """What was written off or disputed, the earliest first."""
    lost = (one for one in invoice.credits if one.kind in (CreditKind.WRITE_OFF, CreditKind.DISPUTE))
    return sorted(lost, key=lambda one: (one.on, one.id))


@st.composite
def lines(draw: st.DrawFn, contract: Contract, issued: date, place: int) -> InvoiceLine:
    """A line that names an obligation, or none; with a service period, or without."""
    return InvoiceLine(
        id=str(place + 1),
        amount=from_minor_units(draw(units), contract.currency),
        tax=from_minor_units(draw(st.integers(0, 1000)), contract.currency),
        contract="C-1",
        obligation=draw(st.sampled_from([None, *(one.id for one in contract.obligations)])),
        start=issued,
        end=draw(st.none() | st.integers(1, 90).map(lambda count: issued + timedelta(days=count))),
    )


@st.composite
def later(draw: st.DrawFn, invoice: Invoice) -> date:
    """A day after an invoice was issued."""
    return invoice.issued + timedelta(days=draw(st.integers(0, 200)))


@st.composite
def payments(draw: st.DrawFn, invoice: Invoice, part: int) -> Payment:
    """A third, two thirds, or all of an invoice."""
    amount = in_minor_units(invoice.gross, invoice.currency) * part // 3
    on = draw(later(invoice))
    recorded = on + timedelta(days=draw(st.integers(0, 40)))
    return Payment(on=on, amount=from_minor_units(max(amount, 1), invoice.currency), recorded=recorded)


@st.composite
def credits_of(draw: st.DrawFn, invoice: Invoice) -> Credit:
    """A credit of a part of an invoice, or of one line of it, with its tax or without."""
    on = draw(later(invoice))
    line = draw(st.sampled_from([None, invoice.lines[0]]))
    net, tax = (invoice.net, invoice.gross - invoice.net) if line is None else (line.amount, line.tax)
    money = [in_minor_units(one, invoice.currency) for one in (net, tax)]
    return Credit(
        id=f"{invoice.id}-{draw(st.integers(1, 10**6))}",
        on=on,
        amount=from_minor_units(draw(st.integers(1, money[0])), invoice.currency),
        tax=from_minor_units(draw(st.sampled_from([0, money[1] // 2, money[1]])), invoice.currency),
        purpose=draw(st.sampled_from(CreditFor)),
        kind=draw(st.sampled_from([one for one in CreditKind if one is not CreditKind.VOID])),
        line=None if line is None else line.id,
        recorded=max(invoice.recorded, on) + timedelta(days=draw(st.integers(0, 30))),
    )


def with_credits(invoice: Invoice, given: list[Credit]) -> Invoice:
    """The invoice with those credits that it takes, one after the other."""
    for one in given:
        try:
            invoice = evolve(invoice, credits=(*invoice.credits, one))
        except InvalidValue:
            continue
    return invoice


@st.composite
def files(draw: st.DrawFn) -> Dossier:
    """All facts of one contract; credits that don't fit what is left are left out."""
    contract = draw(contracts())
    changes: list[Modification | PriceChange | Termination] = []
    changes += [draw(modifications(contract, number)) for number in range(draw(st.integers(0, 2)))]
    changes += [draw(price_changes(contract, number)) for number in range(draw(st.integers(0, 1)))]
    if draw(st.booleans()):
        ending = draw(st.sampled_from([Ending.KEEP, Ending.ACCELERATE]))
        changes.append(Termination(id="T", contract="C-1", on=START + timedelta(days=600), ending=ending))
    measured = [one.id for one in contract.obligations if isinstance(one.satisfaction, Measured)]
    deliveries = [
        Delivery(
            id=f"D-{name}", contract="C-1", obligation=name, on=draw(days), quantity=Decimal(draw(st.integers(1, 10)))
        )
        for name in measured
    ]
    billed = [draw(invoices(contract, number)) for number in range(draw(st.integers(0, 2)))]
    dossier = Dossier(contract=contract, invoices=tuple(billed), deliveries=tuple(deliveries), changes=tuple(changes))
    if fits(dossier):
        return dossier
    bare = (evolve(one, credits=(), recoveries=(), void=None, void_recorded=None) for one in billed)
    return evolve(dossier, invoices=tuple(bare))


def fits(dossier: Dossier) -> bool:
    """Whether no credit gives up more than is left, whatever was known when."""
    if not any(invoice.credits or invoice.void for invoice in dossier.invoices):
        return True
    of_invoices = {one.recorded for one in dossier.invoices}
    of_invoices |= {one.recorded for invoice in dossier.invoices for one in invoice.credits}
    paid = [one.recorded for invoice in dossier.invoices for one in invoice.payments]
    known_on = {date.max, dossier.contract.recorded, *of_invoices, *paid}
    known_on |= {one.recorded for one in dossier.deliveries} | {one.recorded for one in dossier.changes}
    known_on |= {invoice.void_recorded for invoice in dossier.invoices if invoice.void_recorded is not None}
    try:
        for known in known_on:
            schedule(dossier, known)
    except CreditAboveInvoice:
        return False
    return True
