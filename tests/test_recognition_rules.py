"""What is refused, and by which name; closing and reopening; explanations, balances, entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from tests.recognition_cases import (
    YEAR,
    bill,
    change,
    credit,
    credits_of,
    day,
    invoiced,
    months,
    movements,
    of,
    posted,
    promise,
    scheduled,
    subscription,
    year,
)

from subscription_metrics.errors import (
    BeforeInception,
    ClosedPeriod,
    CreditAboveInvoice,
    EndNotAfterStart,
    FloatAmount,
    ImplausibleResidual,
    InvalidValue,
    MissingAccount,
    OverlappingObligations,
    PricesDontSum,
    UnknownContract,
)
from subscription_metrics.facts.invoices import CreditFor, CreditKind, Payment
from subscription_metrics.periods import Period
from subscription_metrics.recognition.balances import opening_and_closing
from subscription_metrics.recognition.billing import dossiers
from subscription_metrics.recognition.contracts import (
    Dossier,
    PriceChange,
)
from subscription_metrics.recognition.disclosures import current_and_non_current
from subscription_metrics.recognition.journal import Account, Chart, Grouping, journal
from subscription_metrics.recognition.ledger import (
    Action,
    Ledger,
    calendar_of_months,
    close_period,
    close_through,
    post_period,
    reopen_period,
)
from subscription_metrics.recognition.listing import explain_recognition, schedule_table
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.promises import (
    PriceRange,
    Ratable,
)
from subscription_metrics.recognition.schedule import Role, recognised, total

if TYPE_CHECKING:
    from collections.abc import Callable


RUBBISH: dict[str, tuple[type[Exception], Callable[[], object]]] = {
    "overlapping obligations": (OverlappingObligations, lambda: of("2", promise("a", "1"), promise("a", "1"))),
    "service ending before it starts": (EndNotAfterStart, lambda: Ratable(start=YEAR[1], end=YEAR[0])),
    "prices that don't sum": (
        PricesDontSum,
        lambda: of("5", evolve(promise("a", None), price=Decimal(1)), evolve(promise("b", None), price=Decimal(2))),
    ),
    "credits above the invoice": (
        CreditAboveInvoice,
        lambda: bill("1200.00", YEAR[0], credits=(credit("1200.01"),)),
    ),
    "a credit above what is left to deliver": (
        CreditAboveInvoice,
        lambda: scheduled(invoiced(year(), bill("1200.00", YEAR[0], credits=(credit("1000.00"),)))),
    ),
    "more paid than asked for": (
        CreditAboveInvoice,
        lambda: bill("10.00", YEAR[0], payments=(Payment(on=YEAR[0], amount=Decimal("10.01")),)),
    ),
    "modifications before inception": (
        BeforeInception,
        lambda: Dossier(contract=year(), changes=(change(on=day("2024-12-31")),)),
    ),
    "a change of an unknown contract": (UnknownContract, lambda: dossiers([year()], changes=[change(contract="C-9")])),
    "an end of an unknown obligation": (
        UnknownContract,
        lambda: scheduled(Dossier(contract=year(), changes=(change(end=("seats",)),))),
    ),
    "an addition under a taken id": (
        OverlappingObligations,
        lambda: scheduled(Dossier(contract=year(), changes=(change(add=(promise("service", "1"),)),))),
    ),
    "a price for nothing": (
        PricesDontSum,
        lambda: scheduled(Dossier(contract=year(), changes=(change(end=("service",)),))),
    ),
    "an invoice of an unknown obligation": (
        UnknownContract,
        lambda: posted([invoiced(year(), bill("1.00", YEAR[0], "seats"))], "2025-12"),
    ),
    "an amount finer than the currency": (InvalidValue, lambda: year("0.001")),
    "a float": (FloatAmount, lambda: evolve(year(), price=0.5)),  # type: ignore[arg-type]  # that is the point
    "a residual of nothing": (ImplausibleResidual, lambda: scheduled(of("60", promise("a", "60"), promise("b", None)))),
    "a residual below nothing": (
        ImplausibleResidual,
        lambda: scheduled(of("50", promise("a", "60"), promise("b", None))),
    ),
    "a residual out of range": (
        ImplausibleResidual,
        lambda: scheduled(
            of("100", promise("a", "60"), promise("b", None), residual_range=PriceRange(Decimal(50), Decimal(70)))
        ),
    ),
    "two unknown prices": (InvalidValue, lambda: scheduled(of("50", promise("a", None), promise("b", None)))),
    "a calendar with a gap": (InvalidValue, lambda: Calendar((Period.parse("2025-01"), Period.parse("2025-03")))),
    "more delivered than there is": (
        InvalidValue,
        lambda: scheduled(credits_of("10", [("2025-02-01", "11")])),
    ),
    "a period that is not in the calendar": (
        ClosedPeriod,
        lambda: post_period(Ledger(calendar_of_months([], Period.parse("2025-01"))), [], Period.parse("2025-02")),
    ),
    "an account that the chart lacks": (
        MissingAccount,
        lambda: journal(posted([invoiced(year())], "2025-01").postings, Chart({Role.REVENUE: Account("Sales")})),
    ),
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_refused_by_name(name: str) -> None:
    """A named error, and nothing is posted: a ledger is a value, and the old one is untouched."""
    error, act = RUBBISH[name]
    with pytest.raises(error):
        act()


def test_a_closed_period_is_not_touched() -> None:
    """What belongs to it is a correction in the first open one; posting to it is refused; reopening is on record."""
    late = PriceChange(
        id="late", contract="C-1", on=day("2025-01-10"), amount=Decimal("365.00"), recorded=day("2025-02-10")
    )
    dossier = invoiced(year("365.00"), bill("730.00", YEAR[0]), changes=(late,))
    january, february, march = months("2025-01", "2025-03")
    ledger = Ledger(calendar_of_months([dossier], march))
    ledger = close_period(post_period(ledger, [dossier], january, day("2025-01-31")), january, day("2025-02-01"))
    with pytest.raises(ClosedPeriod, match="must be open"):
        post_period(ledger, [dossier], january)
    with pytest.raises(ClosedPeriod, match="must be 2025-02"):
        close_period(ledger, march, day("2025-02-01"))
    after = post_period(ledger, [dossier], february, day("2025-02-28"))
    found = {(one.belongs, one.posted, -one.units) for one in after.postings if one.role is Role.REVENUE}
    assert {("2025-01", "2025-01", 3100), ("2025-01", "2025-02", 3100), ("2025-02", "2025-02", 5600)} == found
    with pytest.raises(ClosedPeriod, match="must say why"):
        reopen_period(after, january, day("2025-03-01"), " ")
    with pytest.raises(ClosedPeriod, match="must be the last closed one"):
        reopen_period(after, february, day("2025-03-01"), "an error")
    reopened = post_period(
        reopen_period(after, january, day("2025-03-01"), "the bonus was agreed in January"), [dossier], february
    )
    assert [Action.CLOSED, Action.REOPENED] == [one.action for one in reopened.history]
    assert after.postings == reopened.postings


def test_reopened_periods_take_what_belongs_to_them() -> None:
    """After reopening, a late fact is posted in its own month."""
    late = PriceChange(
        id="late", contract="C-1", on=day("2025-01-10"), amount=Decimal("365.00"), recorded=day("2025-02-10")
    )
    dossier = invoiced(year("365.00"), bill("730.00", YEAR[0]), changes=(late,))
    january, march = Period.parse("2025-01"), Period.parse("2025-03")
    ledger = Ledger(calendar_of_months([dossier], march))
    ledger = close_period(post_period(ledger, [dossier], january, day("2025-01-31")), january, day("2025-02-01"))
    ledger = post_period(reopen_period(ledger, january, day("2025-02-11"), "bonus"), [dossier], january)
    assert {"revenue": {"2025-01": "62.00"}} == movements(ledger, Role.REVENUE)
    assert {None} == {one.corrects for one in ledger.postings}


def test_a_correction_is_not_posted_again_in_the_month_it_belongs_to() -> None:
    """January is reopened after its correction was posted in February: nothing of it is missing there."""
    late = PriceChange(
        id="late", contract="C-1", on=day("2025-01-10"), amount=Decimal("365.00"), recorded=day("2025-02-10")
    )
    dossier = invoiced(year("365.00"), bill("730.00", YEAR[0]), changes=(late,))
    january, february = months("2025-01", "2025-02")
    ledger = close_through([dossier], calendar_of_months([dossier], february), january)
    ledger = post_period(ledger, [dossier], february, day("2025-02-28"))
    reopened = reopen_period(ledger, january, day("2025-03-01"), "to look")
    assert ledger.postings == post_period(reopened, [dossier], january).postings


def test_months_closed_with_what_was_known_give_the_same_ledger_again() -> None:
    """Facts keep the day on which they became known, so history can be run again."""
    late = PriceChange(id="late", contract="C-1", on=YEAR[0], amount=Decimal("365.00"), recorded=day("2025-04-02"))
    dossier = invoiced(year("365.00"), changes=(late,))
    june = Period.parse("2025-06")
    calendar = calendar_of_months([dossier], june)
    ledger = close_through([dossier], calendar, june)
    assert ledger == close_through([dossier], calendar, june)
    assert {"2025-01", "2025-02", "2025-03"} == {one.corrects for one in ledger.postings} - {None}
    with_lag = close_through([dossier], calendar, june, days_to_close=2)
    assert {"2025-01", "2025-02"} == {one.corrects for one in with_lag.postings} - {None}


def test_an_explanation_can_be_done_again_by_hand() -> None:
    """Its steps sum to what is posted for the period."""
    bonus = PriceChange(id="bonus", contract="C-1", on=day("2025-02-10"), amount=Decimal("36.50"))
    dossier = invoiced(year(), changes=(bonus,))
    steps = explain_recognition(dossier, "service", Period.parse("2025-02"))
    assert ["inception", "bonus"] == [step.cause for step in steps]
    assert "1200.00 × 59/365 = 193.97, less 101.92 before" == steps[0].why
    (row,) = schedule_table([dossier], months("2025-02", "2025-02"))
    assert row.recognised == sum(step.amount for step in steps)


def test_contract_liability_by_maturity_and_what_came_out_of_it() -> None:
    """Two years billed ahead: a year of it is current; in the second month 28 days come out of the opening (50-8)."""
    contract = subscription("730.00", YEAR[0], date(2027, 1, 1))
    dossier = invoiced(contract, bill("730.00", YEAR[0]))
    ledger = posted([dossier], "2025-02")
    (row,) = opening_and_closing(ledger, "2025-02")
    assert [Decimal("699.00"), Decimal("671.00"), Decimal("28.00")] == [
        row.opening_contract_liability,
        row.closing_contract_liability,
        row.recognised_from_opening,
    ]
    (split,) = current_and_non_current([("C-1", Decimal("671.00"))], [dossier], day("2025-02-28"))
    assert (Decimal("365.00"), Decimal("306.00")) == (split.current, split.non_current)


def test_a_write_off_and_a_recovery() -> None:
    """What was recognised becomes bad debt, what was deferred is gone; money that comes after all reverses it."""
    write_off = evolve(credit("1200.00", CreditFor.PRO_RATA), kind=CreditKind.WRITE_OFF)
    recovery = Payment(on=day("2025-06-15"), amount=Decimal("100.00"))
    invoice = bill("1200.00", YEAR[0], credits=(write_off,), recoveries=(recovery,))
    found = movements(
        posted([invoiced(year(), invoice)], "2025-12"), Role.RECEIVABLE, Role.BAD_DEBT, Role.CASH, Role.DEFERRED
    )
    assert {"2025-01": "1200.00", "2025-04": "-1200.00"} == found["receivable"]
    assert {"2025-04": "295.89", "2025-06": "-100.00"} == found["bad debt"]
    assert {"2025-06": "100.00"} == found["cash"]
    assert Decimal(0) == sum(map(Decimal, found["deferred revenue"].values()))


@pytest.mark.parametrize(
    ("grouping", "entries", "lines"),
    [
        (Grouping.DOCUMENT, 4, 8),
        (Grouping.PERIOD, 1, 6),
        (Grouping.ACCOUNT, 1, 3),
    ],
)
def test_groupings(grouping: Grouping, entries: int, lines: int) -> None:
    """Two invoices and two months of revenue of two customers: by document, by period, by account."""
    others = [evolve(invoiced(year()).contract, id=name, customer=name) for name in ("A", "B")]
    files = [invoiced(one, bill("1200.00", YEAR[0], contract=one.id, id=f"I-{one.id}")) for one in others]
    found = journal(posted(files, "2025-01").postings, grouping=grouping)
    assert (entries, lines) == (len(found), sum(len(entry.lines) for entry in found))


def test_months_before_a_close_stay_as_they_were() -> None:
    """An upgrade changes no day before it: prospective is prospective."""
    dossier = Dossier(contract=year(), changes=(change(price_change=Decimal(600)),))
    (before,), (after,) = scheduled(year()).lines, scheduled(dossier).lines
    until = day("2025-07-01").toordinal()
    assert [recognised(before, d) for d in range(until - 200, until)] == [
        recognised(after, d) for d in range(until - 200, until)
    ]
    assert 180000 == total(after)
