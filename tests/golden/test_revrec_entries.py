"""What stands in the books, as Stripe, ERPNext, OCA and the standards' own examples print it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve
from tests.recognition_cases import (
    after,
    bill,
    cases,
    day,
    invoiced,
    movements,
    posted,
    scheduled,
    subscription,
)

from subscription_metrics.facts.checks import from_minor_units
from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Invoice, InvoiceLine, Payment
from subscription_metrics.periods import Period, period_range
from subscription_metrics.recognition.balances import roll_forward
from subscription_metrics.recognition.billing import from_invoice
from subscription_metrics.recognition.contracts import Contract, Delivery, Dossier, Ending, LateInvoices, Termination
from subscription_metrics.recognition.curves import Method, Residual
from subscription_metrics.recognition.journal import journal
from subscription_metrics.recognition.ledger import Ledger, calendar_of_months, close_period, post_period
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.promises import PerformanceObligation, PointInTime, Ratable, Usage
from subscription_metrics.recognition.schedule import Role, recognised, remaining

ERPNEXT, OCA, STRIPE = cases("erpnext"), cases("oca_cutoff"), cases("stripe")
TRAPS, ASC = cases("derived_traps"), cases("asc606")


def test_erpnext_entries_by_days() -> None:
    """The entries of three months: on the last day of the month, or of the service."""
    contract = subscription("100.00", day("2019-01-10"), after("2019-03-15"), residual=Residual.LAST)
    ledger = posted([invoiced(contract, bill("100.00", day("2019-01-10")))], "2019-03")
    names = {"Deferred revenue": "Deferred Revenue", "Revenue": "Sales"}
    found = [
        [str(line.on), names[line.account], f"{line.debit:.2f}", f"{line.credit:.2f}"]
        for entry in journal(ledger.postings)
        if "recognition" in entry.description
        for line in entry.lines
    ]
    assert ERPNEXT["erpnext-days"]["expected"]["gl"] == found


def test_erpnext_service_before_its_invoice_with_a_closed_month() -> None:
    """May is closed: it is posted on June 30 as a correction, beside June.

    ERPNext lets deferred revenue go below zero until the invoice of July 1; ours is unbilled receivable, which the
    invoice clears.
    """
    case = ERPNEXT["erpnext-closed-period"]
    inputs = case["inputs"]
    contract = subscription(
        inputs["amount"],
        day(inputs["service_start"]),
        after(inputs["service_end_inclusive"]),
        method=Method.MONTHLY_EVEN,
        recorded=day("2023-06-15"),
        obligation={"unconditional": True},
    )
    dossier = invoiced(contract, bill(inputs["amount"], day(inputs["invoice_date"])))
    may, june, july = period_range(Period.parse("2023-05"), Period.parse("2023-07"))
    ledger = Ledger(calendar_of_months([dossier], july))
    ledger = close_period(post_period(ledger, [dossier], may, known=day("2023-05-31")), may, day("2023-06-01"))
    ledger = post_period(ledger, [dossier], june, known=day("2023-06-30"))
    revenue = [(str(one.on), -one.units, one.corrects) for one in ledger.postings if one.role is Role.REVENUE]
    assert [("2023-06-30", 100000, "2023-05"), ("2023-06-30", 100000, None)] == sorted(revenue, key=str)
    expected = [(row[0], row[3]) for row in case["expected"]["gl"] if row[1] == "Sales"]
    assert expected == [(on, f"{units // 100}.00") for on, units, _ in revenue]
    ledger = post_period(ledger, [dossier], july)
    assert {"2023-06": "2000.00", "2023-07": "-2000.00"} == movements(ledger, Role.UNBILLED)["unbilled receivable"]


def test_erpnext_credit_note_takes_revenue_first() -> None:
    """19,500.00 of 20,000.00, of which 18,854.18 are recognised."""
    expected = ERPNEXT["erpnext-credit-note"]["expected"]
    way = PointInTime(on=day("2024-01-10")), PointInTime(on=day("2024-06-10"))
    amounts = Decimal("18854.18"), Decimal("1145.82")
    lines = tuple(
        InvoiceLine(id=str(number), amount=amount, start=one.on)
        for number, (one, amount) in enumerate(zip(way, amounts, strict=True))
    )
    invoice = Invoice(id="I", customer="A", currency="USD", issued=day("2024-01-01"), lines=lines)
    parts = [
        Credit(id=f"CN-{number}", line=str(number), on=day("2024-02-01"), amount=amount, purpose=purpose)
        for number, amount, purpose in (
            (0, Decimal("18854.18"), CreditFor.RECOGNISED_FIRST),
            (1, Decimal("645.82"), CreditFor.RECOGNISED_FIRST),
        )
    ]
    plan = scheduled(from_invoice(evolve(invoice, credits=tuple(parts))))
    taken = sum(one.units - one.future for one in plan.reductions)
    given_up = sum(one.future for one in plan.reductions)
    left = sum(remaining(line, day("2024-02-02").toordinal()) for line in plan.lines)
    assert list(expected.values()) == [str(from_minor_units(one, "USD")) for one in (taken, given_up, left)]


def test_oca_cut_off_entries() -> None:
    """All lines of one invoice: what is deferred after its month, and what each later month releases."""
    expected = OCA["oca-entries"]["expected"]
    booked = day("2023-01-15")
    lines = [
        InvoiceLine(
            id=letter,
            amount=Decimal(case["inputs"]["amount"]),
            start=day(case["inputs"]["service_start"]),
            end=after(case["inputs"]["service_end_inclusive"]),
        )
        for letter, case in _oca_lines().items()
    ]
    invoice = Invoice(id="I", customer="A", currency="EUR", issued=booked, lines=tuple(lines))
    dossier = from_invoice(invoice, Method.ENDS_BY_OWN_MONTH, Residual.FIRST)
    february = day("2023-02-01").toordinal()
    left = {line.obligation: remaining(line, february) for line in scheduled(dossier).lines}
    found = {name: str(from_minor_units(units, "EUR")) for name, units in left.items() if units}
    total = str(from_minor_units(sum(left.values()), "EUR"))
    assert expected["cutoff_entry_2023-01-15"] == {**found, "total": total}
    revenue = movements(posted([dossier], "2023-06"), Role.REVENUE)["revenue"]
    for month in ("2023-02", "2023-03", "2023-05"):
        assert expected[f"release_{month}-01_total"] == revenue[month]


def _oca_lines() -> dict[str, dict[str, dict[str, str]]]:
    named = {name.removeprefix("oca-monthly_prorata_temporis-"): case for name, case in OCA.items()}
    lines = {name: case for name, case in named.items() if len(name) == 1}
    return {**lines, "G": OCA["oca-G-window"]}


def test_stripe_a_month_across_two() -> None:
    """31.00 billed on January 15: 17.00 revenue and 14.00 deferred at the end of the month."""
    expected = STRIPE["stripe-monthly"]["expected"]["movements"]
    contract = subscription("31.00", day("2019-01-15"), day("2019-02-15"))
    found = movements(
        posted([invoiced(contract, bill("31.00", day("2019-01-15")))], "2019-01"), Role.REVENUE, Role.DEFERRED
    )
    assert [expected["Revenue"], expected["DeferredRevenue"]] == list(found.values())


def test_stripe_usage_before_its_invoice() -> None:
    """Usage is revenue on its day against unbilled receivable; the invoice clears it."""
    case = STRIPE["stripe-metered-sum"]
    expected, inputs = case["expected"]["movements"], case["inputs"]
    way = Usage(unit_price=Decimal(inputs["unit_price"]), start=day("2019-01-15"), end=day("2019-02-15"))
    contract = Contract(
        id="C-1",
        customer="Acme",
        currency="USD",
        inception=day("2019-01-15"),
        price=Decimal(0),
        obligations=(PerformanceObligation(id="service", satisfaction=way),),
    )
    used = tuple(
        Delivery(id=on, contract="C-1", obligation="service", on=day(on), quantity=Decimal(quantity))
        for on, quantity in inputs["usage"]
    )
    dossier = Dossier(contract=contract, invoices=(bill("32.00", day("2019-02-14")),), deliveries=used)
    found = movements(posted([dossier], "2019-02"), Role.REVENUE, Role.UNBILLED, Role.RECEIVABLE)
    names = ("Revenue", "UnbilledAccountsReceivable", "AccountsReceivable")
    assert [expected[name] for name in names] == list(found.values())


def test_stripe_upgrade_by_proration_lines() -> None:
    """Prorations of April that are billed in May: unbilled receivable of 10.00 in between."""
    case = STRIPE["stripe-upgrade"]
    promises: list[PerformanceObligation] = []
    lines: dict[str, list[InvoiceLine]] = {}
    for number, line in enumerate(case["inputs"]["lines"]):
        way = Ratable(start=day(line["service_start"]), end=after(line["service_end_inclusive"]))
        name, amount = str(number), Decimal(line["amount"])
        promises.append(PerformanceObligation(id=name, satisfaction=way, price=amount, unconditional=True))
        lines.setdefault(line["invoiced"], []).append(
            InvoiceLine(id=name, amount=amount, contract="C-1", obligation=name)
        )
    contract = Contract(
        id="C-1",
        customer="Acme",
        currency="USD",
        inception=day("2019-04-01"),
        price=Decimal(220),
        obligations=tuple(promises),
    )
    invoices = tuple(
        Invoice(id=f"I-{on}", customer="Acme", currency="USD", issued=day(on), lines=tuple(own))
        for on, own in lines.items()
    )
    found = movements(
        posted([Dossier(contract=contract, invoices=invoices)], "2019-05"), Role.REVENUE, Role.RECEIVABLE, Role.UNBILLED
    )
    expected = case["expected"]["movements"]
    assert [expected[name] for name in ("Revenue", "AccountsReceivable", "UnbilledAccountsReceivable")] == list(
        found.values()
    )


def test_stripe_refund_in_proportion() -> None:
    """9.00 of 90.00 refunded after a month: 3.10 was revenue, 5.90 was not."""
    expected = STRIPE["stripe-refund-partial"]["expected"]["movements"]
    refund = Credit(
        id="R", on=day("2019-02-01"), amount=Decimal("9.00"), purpose=CreditFor.PRO_RATA, kind=CreditKind.REFUND
    )
    paid = Payment(on=day("2019-01-01"), amount=Decimal("90.00"))
    invoice = bill("90.00", day("2019-01-01"), payments=(paid,), credits=(refund,))
    dossier = invoiced(subscription("90.00", day("2019-01-01"), after("2019-03-31")), invoice)
    found = movements(posted([dossier], "2019-03"), Role.REVENUE, Role.DEFERRED, Role.CASH, Role.REFUNDS)
    assert [expected[name] for name in ("Revenue", "DeferredRevenue", "Cash", "Refunds(contra)")] == list(
        found.values()
    )


def test_stripe_void() -> None:
    """An unpaid invoice voided after a month: its revenue is taken back, the rest never comes."""
    expected = STRIPE["stripe-void"]["expected"]["movements"]
    invoice = bill("90.00", day("2019-01-01"), void=day("2019-02-01"))
    dossier = invoiced(subscription("90.00", day("2019-01-01"), after("2019-03-31")), invoice)
    found = movements(posted([dossier], "2019-03"), Role.RECEIVABLE, Role.REVENUE, Role.DEFERRED, Role.VOIDS)
    names = ("AccountsReceivable", "Revenue", "DeferredRevenue", "Voids(contra)")
    assert [expected[name] for name in names] == list(found.values())


def test_example_38_a_cancellable_contract_books_nothing_until_it_is_paid() -> None:
    """606-10-55-284: no receivable on the due day; cash against the contract liability; then revenue."""
    case = ASC["ex38a-cancellable"]
    contract = Contract(
        id="C-1",
        customer="Acme",
        currency="USD",
        inception=day("2019-01-01"),
        price=Decimal(1000),
        obligations=(PerformanceObligation(id="service", satisfaction=PointInTime(on=day("2019-03-31"))),),
        binding=None,
    )
    paid = Payment(on=day("2019-03-01"), amount=Decimal(1000))
    invoice = bill("1000", day("2019-01-31"), due=day("2019-01-31"), payments=(paid,))
    ledger = posted([invoiced(contract, invoice)], "2019-03")
    assert {
        "cash": {"2019-03": "1000.00"},
        "receivable": {},
        "deferred revenue": {},
        "revenue": {"2019-03": "1000.00"},
    } == movements(ledger, Role.CASH, Role.RECEIVABLE, Role.DEFERRED, Role.REVENUE)
    names = {Role.CASH: "Cash", Role.DEFERRED: "Contract liability", Role.REVENUE: "Revenue"}
    found = [
        [str(one.on).replace("2019", "20X9"), names[one.role], *_sides(one.units)]
        for one in ledger.postings
        if one.role in names
    ]
    assert sorted(case["expected"]["published"]["journal"]) == sorted(found)


def _sides(units: int) -> list[str]:
    return [str(max(units, 0) // 100), str(max(-units, 0) // 100)]


def test_example_39_contract_asset_then_receivable() -> None:
    """606-10-55-287: A is delivered first but billable only with B; asset and liability are netted in the contract."""
    contract = Contract(
        id="C-1",
        customer="Acme",
        currency="USD",
        inception=day("2019-01-01"),
        price=Decimal(1000),
        obligations=tuple(
            PerformanceObligation(id=name, satisfaction=PointInTime(on=day(on)), standalone_price=Decimal(price))
            for name, on, price in (("A", "2019-01-10", 400), ("B", "2019-02-10", 600))
        ),
    )
    ledger = posted([invoiced(contract, bill("1000", day("2019-02-10"), None))], "2019-02")
    assert {
        "contract asset": {"2019-01": "400.00", "2019-02": "-400.00"},
        "receivable": {"2019-02": "1000.00"},
        "deferred revenue": {},
        "revenue": {"2019-01": "400.00", "2019-02": "600.00"},
    } == movements(ledger, Role.CONTRACT_ASSET, Role.RECEIVABLE, Role.DEFERRED, Role.REVENUE)


def test_roll_forward_with_a_credit_note() -> None:
    """1,200.00 billed for a year, 100.00 credited pro rata after a quarter; quarters as posting periods."""
    expected = TRAPS["rollforward"]["expected"]
    note = Credit(id="CN", on=day("2025-04-01"), amount=Decimal("100.00"), purpose=CreditFor.PRO_RATA)
    invoice = bill("1200.00", day("2025-01-01"), credits=(note,))
    dossier = invoiced(subscription("1200.00", day("2025-01-01"), day("2026-01-01")), invoice)
    quarters = Calendar(period_range(Period.parse("2025-Q1"), Period.parse("2025-Q4")))
    ledger = post_period(Ledger(quarters), [dossier], quarters.periods[-1])
    first, second, *_ = roll_forward(ledger)
    assert list(expected["Q1"].values()) == [
        str(one) for one in (first.opening, first.billed, first.recognised, first.closing)
    ]
    taken = movements(ledger, Role.CONTRA_REVENUE)["contra revenue"]
    assert expected["Q2 opening adjustment"] == {
        "contra_revenue": taken["2025-Q2"],
        "deferred_reduction": str(second.credited),
    }
    assert all(row.opening + row.billed - row.recognised - row.credited == row.closing for row in roll_forward(ledger))


def test_cancellation_with_a_refund_of_unused_days() -> None:
    """604.93 of 1,200.00 go back: nothing of what was recognised is touched, nothing stays deferred."""
    expected = TRAPS["cancel-prorata"]["expected"]
    end = day("2025-07-01")
    refund = Credit(id="R", on=end, amount=Decimal("604.93"), purpose=CreditFor.FUTURE, kind=CreditKind.REFUND)
    paid = Payment(on=day("2025-01-01"), amount=Decimal("1200.00"))
    invoice = bill("1200.00", day("2025-01-01"), credits=(refund,), payments=(paid,))
    contract = subscription("1200.00", day("2025-01-01"), day("2026-01-01"))
    termination = Termination(id="T", contract="C-1", on=end, ending=Ending.RELEASE)
    plan = scheduled(invoiced(contract, invoice, changes=(termination,)))
    (line,) = plan.lines
    assert expected["recognised"] == str(from_minor_units(recognised(line, end.toordinal()), "USD"))
    assert (expected["deferred_after"], 0) == (
        str(from_minor_units(remaining(line, end.toordinal() + 1), "USD")),
        plan.reductions[0].units - plan.reductions[0].future,
    )


@pytest.mark.parametrize(
    ("ending", "first", "second"), [(Ending.KEEP, "595.07", "604.93"), (Ending.ACCELERATE, "595.07", "604.93")]
)
def test_cancellation_without_refund(ending: Ending, first: str, second: str) -> None:
    """Keep the schedule, or recognise the rest on the day: the same 604.93 later, or at once."""
    end = day("2025-07-01")
    contract = subscription("1200.00", day("2025-01-01"), day("2026-01-01"))
    termination = Termination(id="T", contract="C-1", on=end, ending=ending)
    (line,) = scheduled(invoiced(contract, changes=(termination,))).lines
    at_end = {Ending.KEEP: day("2026-01-01"), Ending.ACCELERATE: day("2025-07-02")}[ending]
    assert first == str(from_minor_units(recognised(line, end.toordinal()), "USD"))
    rest = recognised(line, at_end.toordinal()) - recognised(line, end.toordinal())
    assert second == str(from_minor_units(rest, "USD"))


def test_late_invoices_both_ways() -> None:
    """Service from May, invoice of July: all at once in July, or month by month through unbilled receivable."""
    ways = {
        LateInvoices.CATCH_UP: {"2023-07": "300.00"},
        LateInvoices.RESTATE: {"2023-05": "100.00", "2023-06": "100.00", "2023-07": "100.00"},
    }
    for way, expected in ways.items():
        contract = subscription(
            "300.00", day("2023-05-01"), day("2023-08-01"), method=Method.MONTHLY_EVEN, late_invoices=way
        )
        ledger = posted([invoiced(contract, bill("300.00", day("2023-07-05")))], "2023-07")
        assert expected == movements(ledger, Role.REVENUE)["revenue"]
