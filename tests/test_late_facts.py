"""Facts that came late, twice, or out of place; price changes of usage; what stands apart from the price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.recognition_cases import bill, by_month, day, invoiced, months, movements, scheduled, subscription

from subscription_metrics.errors import InvalidValue, OverlappingObligations, UnknownContract
from subscription_metrics.facts.invoices import Credit, CreditFor
from subscription_metrics.periods import Period
from subscription_metrics.recognition.billing import dossiers
from subscription_metrics.recognition.contracts import (
    Contract,
    Delivery,
    Dossier,
    Ending,
    Financing,
    Modification,
    PriceChange,
    SetUpFee,
    Termination,
)
from subscription_metrics.recognition.disclosures import satisfied_earlier
from subscription_metrics.recognition.journal import journal
from subscription_metrics.recognition.ledger import calendar_of_months, close_through
from subscription_metrics.recognition.listing import schedule_table
from subscription_metrics.recognition.promises import Measured, PerformanceObligation, PointInTime, Ratable, Usage
from subscription_metrics.recognition.schedule import Role, recognised, total

YEAR = date(2025, 1, 1), date(2026, 1, 1)


def year(price: str = "1200.00", **more: Any) -> Contract:  # noqa: ANN401 - any field
    """A contract for 2025."""
    return subscription(price, *YEAR, **more)


def change(name: str = "M", on: str = "2025-02-01", **more: Any) -> Modification:  # noqa: ANN401 - any field
    """A modification that costs nothing."""
    return Modification(id=name, contract="C-1", on=day(on), **{"price_change": Decimal(0), **more})


def calls(price: str = "1.00") -> PerformanceObligation:
    """Usage from February on."""
    way = Usage(unit_price=Decimal(price), start=day("2025-02-01"), end=YEAR[1])
    return PerformanceObligation(id="calls", satisfaction=way)


def used(on: str, quantity: int, recorded: str | None = None) -> Delivery:
    """Calls of one day."""
    known = day(recorded or on)
    return Delivery(id=on, contract="C-1", obligation="calls", on=day(on), quantity=Decimal(quantity), recorded=known)


def test_what_hangs_on_a_change_that_nobody_knows_yet_waits_for_it() -> None:
    """Usage is reported in February, the change that allows it in March: February closes, March corrects it."""
    late = change(add=(calls(),), recorded=day("2025-03-10"))
    ends = change("E", "2025-12-01", end=("calls",), recorded=day("2025-02-02"))
    cheaper = PriceChange(
        id="P", contract="C-1", on=day("2025-02-20"), unit_price=Decimal(2), to=("calls",), recorded=day("2025-02-20")
    )
    invoices = bill("1200.00", YEAR[0]), bill("6.00", day("2025-02-28"), "calls")
    dossier = invoiced(year(), *invoices, deliveries=(used("2025-02-05", 3),), changes=(late, ends, cheaper))
    march = Period.parse("2025-03")
    ledger = close_through([dossier], calendar_of_months([dossier], march), march)
    own = [one for one in ledger.postings if one.obligation == "calls" and one.role is Role.REVENUE]
    assert [("2025-02", "2025-03", -600)] == [(one.belongs, one.posted, one.units) for one in own]
    assert {"2025-01": "1200.00", "2025-02": "6.00"} == movements(ledger, Role.RECEIVABLE)["receivable"]
    assert journal(ledger.postings)


@pytest.mark.parametrize(
    ("facts", "error", "what"),
    [
        (lambda: invoiced(year(), bill("1200", YEAR[0], currency="JPY")), InvalidValue, "must be USD"),
        (lambda: invoiced(year(), bill("12", YEAR[0]), bill("12", YEAR[0])), InvalidValue, "an id each"),
        (lambda: Dossier(contract=year(), changes=(change(), change())), InvalidValue, "an id each"),
        (
            lambda: invoiced(
                year(),
                bill("12", YEAR[0], credits=(Credit(id="M", on=YEAR[0], amount=Decimal(1), purpose=CreditFor.PAST),)),
                changes=(change(),),
            ),
            InvalidValue,
            "credits included",
        ),
        (
            lambda: Dossier(contract=year(), changes=(Termination(id="T", contract="C-2", on=YEAR[0]),)),
            UnknownContract,
            "must be the contract of the dossier",
        ),
        (
            lambda: dossiers([year()], [bill("12", YEAR[0], None, id="C-1", contract=None)]),
            OverlappingObligations,
            "must be the id of one contract",
        ),
        (lambda: PriceChange(id="P", contract="C-1", on=YEAR[0], unit_price=Decimal(1)), InvalidValue, "must name"),
        (
            lambda: scheduled(
                Dossier(
                    contract=year(),
                    changes=(PriceChange(id="P", contract="C-1", on=YEAR[0], unit_price=Decimal(1), to=("service",)),),
                )
            ),
            UnknownContract,
            "must be usage",
        ),
        (
            lambda: scheduled(
                of(
                    PerformanceObligation(id="set-up fee", satisfaction=Ratable(start=YEAR[0], end=YEAR[1])),
                    fee=YEAR[1],
                )
            ),
            OverlappingObligations,
            "set-up fee",
        ),
    ],
)
def test_facts_out_of_place_are_refused(facts: Any, error: type[Exception], what: str) -> None:  # noqa: ANN401 - a function
    """Read twice, of another contract, in another currency: each would have given a wrong number without a word."""
    with pytest.raises(error, match=what):
        facts()


def of(*promises: PerformanceObligation, fee: date, **more: Any) -> Contract:  # noqa: ANN401 - any field
    """A contract with a set-up fee of 240.00 that lasts up to a day."""
    return Contract(
        id="C-1",
        customer="Acme",
        currency="USD",
        inception=YEAR[0],
        price=Decimal("1200.00"),
        obligations=promises,
        set_up_fee=SetUpFee(amount=Decimal("240.00"), until=fee),
        **more,
    )


def test_the_calendar_begins_with_the_first_of_all_facts() -> None:
    """A hand-over before the inception, a service of a change, a loan: none is before the calendar."""
    early = PerformanceObligation(id="early", satisfaction=PointInTime(on=day("2024-11-15")))
    contract = Contract(
        id="C-1", customer="Acme", currency="USD", inception=YEAR[0], price=Decimal(1), obligations=(early,)
    )
    last = Period.parse("2025-01")
    assert "2024-11" == calendar_of_months([Dossier(contract=contract)], last).labels[0]
    way = Ratable(start=day("2024-10-01"), end=YEAR[1])
    added = change(add=(PerformanceObligation(id="more", satisfaction=way, standalone_price=Decimal(1)),))
    assert "2024-10" == calendar_of_months([Dossier(contract=contract, changes=(added,))], last).labels[0]
    loan = Financing(promised=Decimal(2), cash_price=Decimal(1), starts=day("2024-09-01"), settles=YEAR[1])
    assert "2024-09" == calendar_of_months([Dossier(contract=year(financing=loan))], last).labels[0]
    job = PerformanceObligation(id="job", satisfaction=Measured(total=Decimal(1)))
    files = [Dossier(contract=year()), Dossier(contract=of(job, fee=YEAR[1]))]
    assert "2025-01" == calendar_of_months(files, last).labels[0]


def test_a_new_price_of_every_unit_is_caught_up_and_disclosed() -> None:
    """10 calls at 0.333 in February, 5 in March; from March 10 all cost 0.50: 606-10-50-12A tells the 1.67 apart."""
    cheaper = PriceChange(id="P", contract="C-1", on=day("2025-03-10"), unit_price=Decimal("0.50"), to=("calls",))
    deliveries = used("2025-02-05", 10), used("2025-03-20", 5)
    dossier = Dossier(contract=year(), deliveries=deliveries, changes=(change(add=(calls("0.333"),)), cheaper))
    line = scheduled(dossier).lines[1]
    assert 750 == total(line)
    assert [333, 333, 500, 750] == [
        recognised(line, day(on).toordinal()) for on in ("2025-03-01", "2025-03-10", "2025-03-11", "2025-03-21")
    ]
    (row,) = satisfied_earlier([dossier], Period.parse("2025-03"))
    assert ("calls", "P", "1.67") == (row.obligation, row.cause, str(row.amount))


@pytest.mark.parametrize(
    ("ending", "july"), [(Ending.KEEP, "31.00"), (Ending.ACCELERATE, "59.00"), (Ending.RELEASE, "59.00")]
)
def test_a_set_up_fee_stands_apart(ending: Ending, july: str) -> None:
    """1.00 a day, whatever changes; after the contract's end nothing is left that it could be for."""
    service = PerformanceObligation(
        id="service", satisfaction=Ratable(start=YEAR[0], end=YEAR[1]), standalone_price=Decimal(1200)
    )
    contract = of(service, fee=YEAR[0] + timedelta(days=240))
    changes = (
        change(price_change=Decimal(600)),
        change("G", "2025-03-01", credit_for_past=Decimal(50)),
        PriceChange(id="P", contract="C-1", on=day("2025-04-01"), amount=Decimal(100)),
        Termination(id="T", contract="C-1", on=day("2025-07-01"), ending=ending),
    )
    dossier = Dossier(contract=contract, changes=changes)
    rows = [row for row in schedule_table([dossier], months("2025-01", "2025-12")) if row.obligation == "set-up fee"]
    found = {row.period: str(row.recognised) for row in rows}
    assert {"2025-01": "31.00", "2025-06": "30.00", "2025-07": july}.items() <= found.items()
    assert Decimal(240) == sum(row.recognised for row in rows)
    with pytest.raises(UnknownContract, match="must be promised"):
        scheduled(Dossier(contract=contract, changes=(change(end=("set-up fee",)),)))


def test_a_set_up_fee_can_be_credited() -> None:
    """An invoice may bill it by name, and be credited: half of the fee is given up before it begins."""
    service = PerformanceObligation(id="service", satisfaction=Ratable(start=YEAR[0], end=YEAR[1]))
    note = Credit(id="CN", on=YEAR[0], amount=Decimal("120.00"), purpose=CreditFor.FUTURE)
    contract = of(service, fee=YEAR[0] + timedelta(days=240))
    dossier = invoiced(contract, bill("240.00", YEAR[0], "set-up fee", credits=(note,)))
    assert [120000, 12000] == [total(line) for line in scheduled(dossier).lines]


def test_interest_stops_when_the_customer_is_released() -> None:
    """Kept or paid for, it runs on to the settlement."""
    loan = Financing(promised=Decimal(1300), cash_price=Decimal(1200), starts=YEAR[0], settles=YEAR[1])
    contract = year(financing=loan)
    interest = {
        ending: total(
            scheduled(
                Dossier(
                    contract=contract,
                    changes=(Termination(id="T", contract="C-1", on=day("2025-07-01"), ending=ending),),
                )
            ).lines[1]
        )
        for ending in Ending
    }
    assert [10000, 10000] == [interest[Ending.KEEP], interest[Ending.ACCELERATE]]
    exact = 1200 * (1300 / 1200) ** (181 / 365) - 1200
    assert abs(interest[Ending.RELEASE] - 100 * exact) < 1


def test_a_change_of_the_price_of_what_was_ended_is_earned_at_once() -> None:
    """Nothing of it is still to be delivered (606-10-32-45)."""
    stops = change(on="2025-07-01", end=("service",), price_change=Decimal("-604.93"))
    bonus = PriceChange(id="P", contract="C-1", on=day("2025-08-10"), amount=Decimal(100), to=("service",))
    found = by_month(scheduled(Dossier(contract=year(), changes=(stops, bonus))), "2025-06", "2025-12")
    assert {"2025-06": "98.63", "2025-08": "100.00"} == {at: one for at, one in found.items() if one != "0.00"}
