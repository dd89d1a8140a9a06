"""What customers owe: cancellable invoices, payments, credits with tax, voids, losses and what comes back of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.recognition_cases import bill, day, invoiced, movements, posted, scheduled, subscription

from subscription_metrics.errors import CreditAboveInvoice, InvalidValue
from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Invoice, InvoiceLine, Payment
from subscription_metrics.recognition.balances import roll_forward
from subscription_metrics.recognition.contracts import Contract, Dossier, Ending, Modification, Termination
from subscription_metrics.recognition.journal import journal
from subscription_metrics.recognition.promises import PerformanceObligation, PointInTime, Ratable
from subscription_metrics.recognition.schedule import Role, recognised, total
from subscription_metrics.recognition.takings import takings

YEAR = date(2025, 1, 1), date(2026, 1, 1)


def year(price: str = "1200.00", **more: Any) -> Contract:  # noqa: ANN401 - any field
    """A contract for 2025."""
    return subscription(price, *YEAR, **more)


def credit(
    amount: str,
    purpose: CreditFor,
    kind: CreditKind = CreditKind.CREDIT_NOTE,
    on: str = "2025-04-01",
    **more: Any,  # noqa: ANN401 - any field
) -> Credit:
    """A credit of April 1."""
    return Credit(id=more.pop("id", "CN"), on=day(on), amount=Decimal(amount), purpose=purpose, kind=kind, **more)


def paid(amount: str, on: str, recorded: str | None = None) -> Payment:
    """Money of a day."""
    return Payment(on=day(on), amount=Decimal(amount), recorded=day(recorded or on))


def moved(dossier: Dossier, role: Role, last: str = "2025-12") -> dict[str, str]:
    """What an account moved by in each month."""
    return movements(posted([dossier], last), role)[role.value]


def test_a_void_takes_the_tax_that_credits_left() -> None:
    """1,200.00 + 240.00, of which 200.00 + 40.00 were credited: the void takes 1,000.00 + 200.00."""
    note = credit("200.00", CreditFor.FUTURE, tax=Decimal(40))
    dossier = invoiced(year(), bill("1200.00", YEAR[0], tax="240.00", credits=(note,), void=day("2025-05-01")))
    assert {"2025-01": "240.00", "2025-04": "-40.00", "2025-05": "-200.00"} == moved(dossier, Role.TAX)
    assert {"2025-01": "1440.00", "2025-04": "-240.00", "2025-05": "-1200.00"} == moved(dossier, Role.RECEIVABLE)


def test_credits_fall_on_what_other_credits_leave_of_each_line() -> None:
    """A line that was credited whole takes no part in a credit of the invoice; tax falls on lines that have tax."""
    lines = tuple(
        InvoiceLine(id=name, amount=Decimal(amount), tax=Decimal(tax), contract="C-1")
        for name, amount, tax in (("a", 100, 0), ("b", 100, 20), ("c", 50, 5))
    )
    notes = (
        credit("50.00", CreditFor.PAST, id="whole", tax=Decimal(9)),
        credit("100.00", CreditFor.PAST, id="of a", on="2025-05-01", line="a"),
    )
    invoice = Invoice(id="I", customer="A", currency="USD", issued=YEAR[0], lines=lines, credits=notes)
    found = [(one.id, one.line.id, one.units, one.tax) for one in takings(invoice)]
    assert [("whole", "b", 3333, 720), ("whole", "c", 1667, 180), ("of a", "a", 10000, 0)] == found


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"credits": (credit("100.00", CreditFor.PAST, tax=Decimal("240.01")),)}, "the tax of the invoice"),
        ({"credits": (credit("200.00", CreditFor.PAST, CreditKind.REFUND),)}, "what had been paid by then"),
        (
            {
                "credits": (credit("200.00", CreditFor.PAST, CreditKind.DISPUTE),),
                "payments": (paid("500", "2025-04-02"),),
            },
            "what had been paid by then, 0.00 on 2025-04-01",
        ),
        (
            {
                "credits": (credit("200.00", CreditFor.PAST, CreditKind.REFUND),),
                "payments": (paid("500", "2025-03-01", "2025-04-20"),),
            },
            "what had been paid by then",
        ),
        (
            {
                "credits": (credit("200.00", CreditFor.PAST, CreditKind.WRITE_OFF),),
                "payments": (paid("1300", "2025-03-01"),),
            },
            "what is not paid",
        ),
        ({"recoveries": (paid("1", "2025-05-01"),)}, "what was written off or disputed"),
        (
            {
                "credits": (credit("200.00", CreditFor.PAST),),
                "payments": (paid("1440", "2025-02-01"),),
                "paid_back": (paid("200.01", "2025-05-01"),),
            },
            "in the customer's favour, 200.00",
        ),
    ],
)
def test_money_goes_no_further_than_it_came(fields: dict[str, Any], what: str) -> None:
    """No tax back that was not asked for, no money back that did not come in, no loss of what was paid."""
    with pytest.raises(CreditAboveInvoice, match=what):
        bill("1200.00", YEAR[0], tax="240.00", **fields)


def test_a_void_has_a_day_on_which_it_became_known() -> None:
    """Without one it would never count."""
    with pytest.raises(InvalidValue, match="void_recorded must be stated with void"):
        evolve(bill("1200.00", YEAR[0]), void=day("2025-02-01"))
    with pytest.raises(InvalidValue, match="replaced_by must be left out"):
        bill("1200.00", YEAR[0], replaced_by="I-2")


def test_a_cancellable_invoice_that_is_credited_or_voided_was_never_booked() -> None:
    """A cancellable invoice not yet due books nothing: what it never booked is not taken off receivables or tax."""
    note = credit("200.00", CreditFor.PRO_RATA, tax=Decimal(40))
    invoice = bill("1200.00", YEAR[0], tax="240.00", credits=(note,), void=day("2025-05-01"))
    ledger = posted([invoiced(year(binding=None), invoice)], "2025-12")
    found = movements(ledger, Role.RECEIVABLE, Role.TAX, Role.DEFERRED)
    assert {"receivable": {}, "tax payable": {}, "deferred revenue": {}} == found
    earned = movements(ledger, Role.REVENUE, Role.VOIDS, Role.CONTRA_REVENUE, Role.CONTRACT_ASSET)
    assert Decimal(0) == sum(Decimal(one) for one in earned["contract asset"].values())
    taken = sum(Decimal(one) for role in ("voids", "contra revenue") for one in earned[role].values())
    assert taken == sum(Decimal(one) for one in earned["revenue"].values())


def test_a_cancellable_invoice_paid_in_part_and_credited() -> None:
    """600.00 of 1,200.00 are paid, 700.00 are credited: 600.00 were never booked, 100.00 stand in favour."""
    note = credit("700.00", CreditFor.FUTURE)
    invoice = bill("1200.00", YEAR[0], credits=(note,), payments=(paid("600.00", "2025-02-10"),))
    assert {"2025-04": "-100.00"} == moved(invoiced(year(binding=None), invoice), Role.RECEIVABLE)
    back = evolve(invoice, paid_back=(paid("100.00", "2025-06-01"),))
    dossier = invoiced(year(binding=None), back)
    assert {"2025-04": "-100.00", "2025-06": "100.00"} == moved(dossier, Role.RECEIVABLE)
    assert {"2025-02": "600.00", "2025-06": "-100.00"} == moved(dossier, Role.CASH)
    assert 50000 == sum(total(line) for line in scheduled(dossier).lines)


def test_a_cancellable_invoice_is_booked_when_its_service_is_delivered() -> None:
    """January, cancellable and not paid: a contract asset until the last of its days, then a receivable (55-284)."""
    line = InvoiceLine(
        id="1", amount=Decimal(31), contract="C-1", obligation="service", start=YEAR[0], end=day("2025-02-01")
    )
    invoice = evolve(bill("31.00", YEAR[0]), lines=(line,), payments=(paid("10.00", "2025-01-11"),))
    contract = subscription("31.00", YEAR[0], day("2025-02-01"), binding=None)
    ledger = posted([invoiced(contract, invoice)], "2025-01")
    assert {("2025-01-11", 1000), ("2025-01-31", 2100)} == {
        (str(one.on), one.units)
        for one in ledger.postings
        if one.role is Role.RECEIVABLE and one.event.value == "billing"
    }
    assert 2100 == sum(one.units for one in ledger.postings if one.role is Role.RECEIVABLE)


@pytest.mark.parametrize(
    ("on", "booked"), [("2025-02-10", {"2025-02": "1200.00"}), ("2025-07-10", {"2025-06": "1200.00"})]
)
def test_an_invoice_that_binds_later_is_booked_when_paid_or_when_it_binds(on: str, booked: dict[str, str]) -> None:
    """Binding from June: paid before, the money is a contract liability on its day (606-10-55-284)."""
    invoice = bill("1200.00", YEAR[0], due=YEAR[0], payments=(paid("1200.00", on),))
    ledger = posted([invoiced(year(binding=day("2025-06-01")), invoice)], "2025-12")
    found = {one.belongs: one.units for one in ledger.postings if one.role is Role.RECEIVABLE and one.units > 0}
    assert {month: int(Decimal(amount) * 100) for month, amount in booked.items()} == found
    assert 0 == sum(one.units for one in ledger.postings if one.role is Role.RECEIVABLE)


def test_a_void_of_a_paid_invoice_stands_in_the_customers_favour_until_paid_back() -> None:
    """No revenue moves when the money goes back."""
    invoice = bill(
        "1200.00",
        YEAR[0],
        payments=(paid("1200.00", "2025-01-05"),),
        void=day("2025-05-01"),
        paid_back=(paid("1200.00", "2025-05-20"),),
    )
    dossier = invoiced(year(), invoice)
    assert {"2025-05": "394.52"} == moved(dossier, Role.VOIDS)
    assert {"2025-01": "1200.00", "2025-05": "-1200.00"} == moved(dossier, Role.CASH)
    assert {"2025-01": "0.00"} | moved(dossier, Role.RECEIVABLE) == {"2025-01": "0.00"}


def test_a_void_that_is_billed_again_leaves_the_price_alone() -> None:
    """Only the billing is undone: revenue goes on, ahead of the invoice that comes in its place."""
    wrong = bill("1200.00", YEAR[0], tax="120.00", void=day("2025-02-10"), replaced_by="I-2")
    right = bill("1200.00", day("2025-03-01"), tax="240.00", id="I-2")
    dossier = invoiced(year(), wrong, right)
    assert moved(invoiced(year()), Role.REVENUE) == moved(dossier, Role.REVENUE)
    assert {"2025-01": "1320.00", "2025-02": "-1320.00", "2025-03": "1440.00"} == moved(dossier, Role.RECEIVABLE)
    assert {"2025-01": "120.00", "2025-02": "-120.00", "2025-03": "240.00"} == moved(dossier, Role.TAX)
    assert {} == moved(dossier, Role.VOIDS)


@pytest.mark.parametrize("kind", [CreditKind.DISPUTE, CreditKind.WRITE_OFF])
def test_what_comes_back_of_a_loss_ends_as_if_nothing_had_been_lost(kind: CreditKind) -> None:
    """A dispute won, a write-off paid after all: revenue, tax and deferred revenue are back, on their own accounts."""
    loss = credit("1200.00", CreditFor.PRO_RATA, kind, tax=Decimal(240))
    payments = (paid("1440.00", "2025-01-05"),) if kind is CreditKind.DISPUTE else ()
    invoice = bill("1200.00", YEAR[0], tax="240.00", credits=(loss,), payments=payments)
    back = evolve(invoice, recoveries=(paid("1000.00", "2025-06-15"), paid("440.00", "2025-07-15")))
    role = {CreditKind.DISPUTE: Role.DISPUTES, CreditKind.WRITE_OFF: Role.BAD_DEBT}[kind]
    dossier = invoiced(year(), back)
    assert {"2025-04": "295.89", "2025-06": "-295.89"} == moved(dossier, role)
    assert {"2025-01": "240.00", "2025-04": "-240.00", "2025-06": "166.67", "2025-07": "73.33"} == moved(
        dossier, Role.TAX
    )
    (line,), (plain,) = scheduled(dossier).lines, scheduled(year()).lines
    august = day("2025-08-01").toordinal()
    assert abs(recognised(plain, august) - recognised(line, august)) <= 1
    assert 120000 == total(line)
    rolled = {row.period: row for row in roll_forward(posted([dossier], "2025-12"))}
    assert Decimal("904.11") == rolled["2025-04"].credited == -rolled["2025-06"].credited - rolled["2025-07"].credited
    assert Decimal(0) == rolled["2025-12"].closing


def test_a_recovery_after_the_service_is_revenue_at_once() -> None:
    """Nothing is left to deliver: 1,200.00 written off in April come back in 2026."""
    loss = credit("1200.00", CreditFor.PRO_RATA, CreditKind.WRITE_OFF)
    invoice = bill("1200.00", YEAR[0], credits=(loss,), recoveries=(paid("1200.00", "2026-02-01"),))
    dossier = invoiced(year(), invoice)
    assert {"2025-04": "295.89", "2026-02": "-295.89"} == moved(dossier, Role.BAD_DEBT, "2026-03")
    assert "904.11" == moved(dossier, Role.REVENUE, "2026-03")["2026-02"]


def test_recognised_first_takes_revenue_of_the_whole_contract_first() -> None:
    """600.00 delivered in January, 600.00 to come: of 700.00 credited, 600.00 take back revenue (ERPNext)."""
    promises = tuple(
        PerformanceObligation(id=name, satisfaction=PointInTime(on=day(on)), standalone_price=Decimal(600))
        for name, on in (("done", "2025-01-10"), ("to come", "2025-11-10"))
    )
    contract = Contract(
        id="C-1", customer="Acme", currency="USD", inception=YEAR[0], price=Decimal(1200), obligations=promises
    )
    for purpose, amount, expected in (
        (CreditFor.RECOGNISED_FIRST, "700.00", "600.00"),
        (CreditFor.PAST, "400.00", "400.00"),
    ):
        invoice = bill("1200.00", YEAR[0], None, credits=(credit(amount, purpose),))
        assert {"2025-04": expected} == moved(invoiced(contract, invoice), Role.CONTRA_REVENUE)
    future = bill("1200.00", YEAR[0], None, credits=(credit("600.00", CreditFor.FUTURE),))
    assert [60000, 0] == [total(line) for line in scheduled(invoiced(contract, future)).lines]


def test_recognised_first_after_more_was_taken_back_than_earned() -> None:
    """Where nothing recognised is left to take back, all of a credit gives up what is deferred."""
    notes = (
        credit("100.00", CreditFor.PAST, on="2025-01-11", id="1"),
        credit("50.00", CreditFor.RECOGNISED_FIRST, on="2025-01-12", id="2"),
        credit("50.00", CreditFor.PRO_RATA, on="2025-01-13", id="3"),
    )
    dossier = invoiced(year(), bill("1200.00", YEAR[0], credits=notes))
    assert {"2025-01": "100.00"} == moved(dossier, Role.CONTRA_REVENUE)
    assert 100000 == total(scheduled(dossier).lines[0])


def test_entries_balance_where_one_event_falls_on_several_days_of_a_month() -> None:
    """Revenue to the end of a month, and a credit for bad service in the midst of it: the entry is whole."""
    bad = Modification(
        id="M", contract="C-1", on=day("2025-03-10"), price_change=Decimal(0), credit_for_past=Decimal(50)
    )
    dossier = invoiced(year(), bill("1200.00", YEAR[0]), changes=(bad,))
    (entry,) = (one for one in journal(posted([dossier], "2025-03").postings) if str(one.on) > "2025-03")
    assert {"Contra revenue": "50.00", "Deferred revenue": "51.92", "Revenue": "101.92"} == {
        line.account: str(line.debit + line.credit) for line in entry.lines
    }


def test_a_payment_that_is_recorded_late_leaves_the_others_alone() -> None:
    """Its posting is the only new one: documents go by the day of the payment, not by its number."""
    first, second = paid("200.00", "2025-02-01", "2025-03-10"), paid("300.00", "2025-02-20")
    dossier = invoiced(year(), bill("1200.00", YEAR[0], payments=(first, second)))
    before = set(posted([dossier], "2025-02", day("2025-02-28")).postings)
    after = set(posted([dossier], "2025-02").postings)
    assert before < after
    assert {(Role.CASH, 20000), (Role.RECEIVABLE, -20000)} == {(one.role, one.units) for one in after - before}


def test_two_contracts_on_one_invoice_share_its_money() -> None:
    """A third of the invoice is paid: each contract's part is in proportion, and the parts make up the payment."""
    lines = tuple(
        InvoiceLine(id=name, amount=Decimal(amount), tax=Decimal(tax), contract=name)
        for name, amount, tax in (("A", "100.00", "19.00"), ("B", "0.01", "0.00"), ("C", "50.00", "3.50"))
    )
    invoice = Invoice(
        id="I", customer="Acme", currency="USD", issued=YEAR[0], lines=lines, payments=(paid("57.50", "2025-01-20"),)
    )
    way = Ratable(start=YEAR[0], end=YEAR[1])
    files = [
        Dossier(
            contract=Contract(
                id=line.id,
                customer="Acme",
                currency="USD",
                inception=YEAR[0],
                price=line.amount,
                obligations=(PerformanceObligation(id="service", satisfaction=way),),
                binding=None if line.id == "C" else YEAR[0],
            ),
            invoices=(invoice,),
        )
        for line in lines
    ]
    ledger = posted(files, "2025-01")
    cash = {one.contract: one.units for one in ledger.postings if one.role is Role.CASH}
    assert 5750 == sum(cash.values())
    assert {"A": 3966, "B": 1, "C": 1783} == cash
    receivable = dict.fromkeys("ABC", 0)
    for one in ledger.postings:
        if one.role is Role.RECEIVABLE:
            receivable[one.contract] += one.units
    assert {"A": 11900 - 3966, "B": 0, "C": 0} == receivable


def test_a_service_delivered_before_its_contract_binds_is_receivable_by_then() -> None:
    """The earlier of the two days: January is delivered on its last day, the contract binds in June."""
    line = InvoiceLine(
        id="1", amount=Decimal(31), contract="C-1", obligation="service", start=YEAR[0], end=day("2025-02-01")
    )
    contract = subscription("31.00", YEAR[0], day("2025-02-01"), binding=day("2025-06-01"))
    dossier = invoiced(contract, evolve(bill("31.00", YEAR[0]), lines=(line,)))
    assert {"2025-01": "31.00"} == moved(dossier, Role.RECEIVABLE)


def test_a_refund_of_a_cancellable_invoice_leaves_owed_what_was_not_paid() -> None:
    """600.00 of 1,200.00 paid, 100.00 refunded, 600.00 paid: all of it was booked, nothing is owed."""
    refund = credit("100.00", CreditFor.FUTURE, CreditKind.REFUND)
    payments = paid("600.00", "2025-02-10"), paid("600.00", "2025-05-10")
    dossier = invoiced(year(binding=None), bill("1200.00", YEAR[0], credits=(refund,), payments=payments))
    ledger = posted([dossier], "2025-12")
    assert {} == movements(ledger, Role.RECEIVABLE)["receivable"]
    assert {"2025-02": "600.00", "2025-04": "-100.00", "2025-05": "600.00"} == moved(dossier, Role.CASH)
    booked = [one for one in ledger.postings if one.role is Role.RECEIVABLE and one.units > 0]
    assert 120000 == sum(one.units for one in booked)


def test_money_beyond_what_is_owed_is_in_proportion_to_what_was_asked() -> None:
    """Two contracts at 100.00, credited down to 1.00 and nothing: of 200.00 paid, 199.00 belong to both alike."""
    lines = tuple(InvoiceLine(id=name, amount=Decimal(100), contract=name, obligation="service") for name in ("A", "B"))
    notes = (
        credit("99.00", CreditFor.PAST, id="a", line="A"),
        credit("100.00", CreditFor.PAST, id="b", line="B"),
    )
    payment = paid("200.00", "2025-05-01")
    invoice = Invoice(
        id="I", customer="Acme", currency="USD", issued=YEAR[0], lines=lines, credits=notes, payments=(payment,)
    )
    files = [Dossier(contract=evolve(year("100.00"), id=line.id), invoices=(invoice,)) for line in lines]
    cash = {one.contract: one.units for one in posted(files, "2025-12").postings if one.role is Role.CASH}
    assert {"A": 10050, "B": 9950} == cash


def test_a_recovery_fills_the_earliest_loss_first() -> None:
    """350.00 come back of 300.00 written off in April and 200.00 in May, each with its share of tax."""
    losses = (
        credit("200.00", CreditFor.PAST, CreditKind.WRITE_OFF, "2025-05-01", id="later", tax=Decimal(40)),
        credit("300.00", CreditFor.PAST, CreditKind.WRITE_OFF, id="first"),
    )
    invoice = bill("1200.00", YEAR[0], tax="40.00", credits=losses)
    dossier = invoiced(year(), evolve(invoice, recoveries=(paid("350.00", "2025-06-15"), paid("10.00", "2025-07-15"))))
    assert {"2025-04": "300.00", "2025-05": "200.00", "2025-06": "-341.67", "2025-07": "-8.33"} == moved(
        dossier, Role.BAD_DEBT
    )
    assert {"2025-01": "40.00", "2025-05": "-40.00", "2025-06": "8.33", "2025-07": "1.67"} == moved(dossier, Role.TAX)


@pytest.mark.parametrize("lowered", ["end", "change"])
@pytest.mark.parametrize("kind", [CreditKind.REFUND, CreditKind.CREDIT_NOTE])
def test_a_credit_after_the_price_has_fallen_undoes_billing_only(lowered: str, kind: CreditKind) -> None:
    """Half a year is given up on July 1 and credited on July 10: nothing is taken off twice, nothing stays deferred."""
    ends = Termination(id="T", contract="C-1", on=day("2025-07-01"), ending=Ending.RELEASE)
    stops = Modification(
        id="M", contract="C-1", on=day("2025-07-01"), price_change=Decimal("-604.93"), end=("service",)
    )
    change = {"end": ends, "change": stops}[lowered]
    back = credit("604.93", CreditFor.BILLING, kind, "2025-07-10")
    invoice = bill("1200.00", YEAR[0], payments=(paid("1200.00", "2025-01-05"),), credits=(back,))
    dossier = invoiced(year(), invoice, changes=(change,))
    found = movements(posted([dossier], "2025-12"), Role.REVENUE, Role.DEFERRED, Role.CASH, Role.RECEIVABLE)
    assert Decimal("595.07") == sum(map(Decimal, found["revenue"].values()))
    assert (Decimal(0), "-604.93") == (
        sum(map(Decimal, found["deferred revenue"].values())),
        found["deferred revenue"]["2025-07"],
    )
    account = {CreditKind.REFUND: "cash", CreditKind.CREDIT_NOTE: "receivable"}[kind]
    assert "-604.93" == found[account]["2025-07"]
    late = evolve(invoice, credits=(evolve(back, purpose=CreditFor.FUTURE),))
    with pytest.raises(CreditAboveInvoice, match="for billing only"):
        scheduled(invoiced(year(), late, changes=(change,)))
