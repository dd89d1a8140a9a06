"""Ways of satisfaction, prices and changes that no published case covers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.recognition_cases import (
    YEAR,
    bill,
    by_month,
    change,
    credit,
    credits_of,
    day,
    invoiced,
    movements,
    of,
    posted,
    promise,
    scheduled,
    subscription,
    year,
)

from subscription_metrics.errors import (
    InvalidValue,
)
from subscription_metrics.facts.invoices import CreditFor
from subscription_metrics.recognition.allocation import material_right
from subscription_metrics.recognition.contracts import (
    Delivery,
    Dossier,
    PriceChange,
    Variable,
)
from subscription_metrics.recognition.curves import Method
from subscription_metrics.recognition.disclosures import remaining_obligations
from subscription_metrics.recognition.promises import (
    Aggregation,
    Measured,
    PerformanceObligation,
    PointInTime,
    Prepaid,
    PriceRange,
    Ratable,
    Usage,
)
from subscription_metrics.recognition.schedule import Role, total
from subscription_metrics.recognition.standards import Standard

USED = [("2025-01-10", "3"), ("2025-01-20", "5"), ("2025-01-25", "4"), ("2025-03-05", "2")]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        (Aggregation.SUM, ["12.00", "0.00", "2.00"]),
        (Aggregation.MAX, ["5.00", "0.00", "2.00"]),
        (Aggregation.LAST_IN_PERIOD, ["4.00", "0.00", "2.00"]),
        (Aggregation.LAST_EVER, ["4.00", "4.00", "2.00"]),
    ],
)
def test_usage_by_aggregation(aggregation: Aggregation, expected: list[str]) -> None:
    """3, 5 and 4 in January, nothing in February, 2 in March, at 1.00 a unit."""
    way = Usage(unit_price=Decimal(1), start=YEAR[0], end=day("2025-04-01"), aggregation=aggregation)
    used = tuple(
        Delivery(id=on, contract="C-1", obligation="calls", on=day(on), quantity=Decimal(quantity))
        for on, quantity in USED
    )
    dossier = Dossier(contract=of("0", PerformanceObligation(id="calls", satisfaction=way)), deliveries=used)
    assert expected == list(by_month(scheduled(dossier), "2025-01", "2025-03").values())


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2025-04-01", ["30.00", "30.00", "30.00"]),
        ("2025-03-31", ["45.00", "45.00", "0.00"]),
        ("2025-01-20", ["90.00", "0.00", "0.00"]),
    ],
)
def test_full_months_only(end: str, expected: list[str]) -> None:
    """The month of the start whole, that of the end not at all unless it is whole; within one, all in it (Odoo)."""
    plan = scheduled(subscription("90.00", day("2025-01-10"), day(end), method=Method.FULL_MONTHS))
    assert expected == list(by_month(plan, "2025-01", "2025-03").values())


def test_many_small_calls_cost_what_they_cost_together() -> None:
    """A hundred calls at 0.004 are 0.40, however they are rounded one by one."""
    way = Usage(unit_price=Decimal("0.004"), start=YEAR[0], end=YEAR[1])
    used = tuple(
        Delivery(id=str(n), contract="C-1", obligation="calls", on=YEAR[0], quantity=Decimal(1)) for n in range(100)
    )
    dossier = Dossier(contract=of("0", PerformanceObligation(id="calls", satisfaction=way)), deliveries=used)
    assert 40 == total(scheduled(dossier).lines[0])


def test_breakage_in_proportion_or_at_expiry() -> None:
    """40 of 100 credits drawn: 400.00, or 500.00 if 20 are expected never to be; what is left falls due at expiry."""
    drawn = [("2025-03-01", "4")]
    at_expiry = by_month(scheduled(credits_of("0", drawn)), "2025-03", "2026-01")
    in_proportion = by_month(scheduled(credits_of("20", drawn)), "2025-03", "2026-01")
    assert ("400.00", "600.00") == (at_expiry["2025-03"], at_expiry["2026-01"])
    assert ("500.00", "500.00") == (in_proportion["2025-03"], in_proportion["2026-01"])
    more = by_month(scheduled(credits_of("20", [("2025-03-01", "8"), ("2025-04-01", "1")])), "2025-03", "2026-01")
    assert ("1000.00", "0.00") == (more["2025-03"], more["2025-04"])


def test_the_residual_approach_and_a_range() -> None:
    """What the others leave, if plausible; a stated price within its range is a selling price, else the middle is."""
    limits = PriceRange(Decimal(30), Decimal(50))
    plan = scheduled(of("100", promise("a", "60"), promise("b", None), residual_range=limits))
    assert [6000, 4000] == [total(line) for line in plan.lines]
    ranged = evolve(promise("a", None), standalone_price=PriceRange(Decimal(50), Decimal(70)), price=Decimal(70))
    assert [7000, 3000] == [total(line) for line in scheduled(of("100", ranged, promise("b", "30"))).lines]
    outside = evolve(ranged, price=Decimal(90))
    assert [6667, 3333] == [total(line) for line in scheduled(of("100", outside, promise("b", "30"))).lines]


@pytest.mark.parametrize(("used", "expected"), [("2025-06-10", "2025-06"), (None, "2026-01")])
def test_a_material_right_is_kept_when_used_or_when_it_expires(used: str | None, expected: str) -> None:
    """606-10-55-42: deferred until the option is used, or until it expires unused."""
    way = Prepaid(quantity=Decimal(1), start=YEAR[0], expires=YEAR[1])
    worth = material_right(Decimal(50), Decimal("0.8"))
    option = PerformanceObligation(id="option", satisfaction=way, standalone_price=worth)
    days = () if used is None else (day(used),)
    uses = tuple(Delivery(id="u", contract="C-1", obligation="option", on=on, quantity=Decimal(1)) for on in days)
    contract = of("100", promise("service", "100"), option)
    dossier = invoiced(contract, bill("100", YEAR[0], None), deliveries=uses)
    found = movements(posted([dossier], "2026-02"), Role.REVENUE, Role.DEFERRED)
    assert {"2025-01": "71.43", expected: "28.57"} == found["revenue"]
    assert {"2025-01": "28.57", expected: "-28.57"} == found["deferred revenue"]


def test_a_material_right_is_a_promise() -> None:
    """An option worth 50 to four of five customers takes 40/140 of the price."""
    option = evolve(promise("option", None), standalone_price=material_right(Decimal(50), Decimal("0.8")))
    plan = scheduled(of("100", promise("service", "100"), option))
    assert [7143, 2857] == [total(line) for line in plan.lines]


def test_variable_amounts_enter_as_far_as_they_are_constrained() -> None:
    """Of an estimated bonus of 100, 60 probably stay: the price is 1,260, and 40 are no part of it."""
    later = PerformanceObligation(
        id="launch", satisfaction=PointInTime(on=day("2025-09-01")), standalone_price=Decimal(100)
    )
    bonus = Variable(id="bonus", estimate=Decimal(100), constrained=Decimal(60), to=("launch",))
    contract = of("1200", promise("service", "1100"), later, variable=(bonus,))
    assert 126000 == sum(total(line) for line in scheduled(contract).lines)
    dossiers_ = [Dossier(contract=contract)]

    def rows(as_of: date, **asked: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - keywords of the function
        found = remaining_obligations(dossiers_, as_of, **asked)
        return [(row.band, str(row.amount), row.exemption) for row in found]

    beyond = ("not in the price", "40.00", "606-10-50-15")
    assert [("1–12 months", "160.00", ""), beyond] == rows(YEAR[0])
    assert [("1–12 months", "160.00", ""), ("not in the price", "40.00", "IFRS 15.122")] == rows(
        YEAR[0], standard=Standard.IFRS_15
    )
    exempt = [("1–12 months", "100.00", ""), beyond, ("exempt", "60.00", "606-10-50-14A")]
    assert exempt == rows(YEAR[0], exempt_variable=True)
    assert [beyond] == rows(day("2025-09-01"), exempt_variable=True)
    begun = subscription(
        "365.00", *YEAR, variable=(evolve(bonus, to=("service",)),), obligation={"price": Decimal(365)}
    )
    (after,) = (
        row
        for row in remaining_obligations([Dossier(contract=begun)], YEAR[0], exempt_variable=True)
        if not row.exemption
    )
    assert "423.84" == str(after.amount)
    with pytest.raises(InvalidValue, match="under IFRS 15"):
        rows(YEAR[0], exempt_variable=True, standard=Standard.IFRS_15)


def test_a_rebate_is_constrained_to_more_than_is_expected() -> None:
    """Only what probably won't be reversed is revenue: of an expected rebate of 100, 150 may be held back, not 50."""
    for constrained in (-50, 0, 50):
        with pytest.raises(InvalidValue, match="must not be above the estimate"):
            Variable(id="r", estimate=Decimal(-100), constrained=Decimal(constrained))
    rebate = Variable(id="r", estimate=Decimal(-100), constrained=Decimal(-150))
    assert 105000 == sum(total(line) for line in scheduled(year(variable=(rebate,))).lines)


@pytest.mark.parametrize(
    ("end", "exemption"),
    [("2025-12-31", "606-10-50-14(a)"), ("2026-01-01", "606-10-50-14(a)"), ("2026-01-02", "")],
)
def test_a_year_or_less_is_read_off_all_that_is_promised(end: str, exemption: str) -> None:
    """50-14(a): a change that goes on for longer than a year from inception, or a job without a date, is not exempt."""
    added = PerformanceObligation(
        id="more", satisfaction=Ratable(start=day("2025-07-01"), end=day(end)), standalone_price=Decimal(5)
    )
    dossier = Dossier(contract=year(), changes=(change(add=(added,)),))
    (found,) = remaining_obligations([dossier], day("2025-07-01"), exempt_short=True)
    assert exemption == found.exemption
    job = PerformanceObligation(id="job", satisfaction=Measured(total=Decimal(1)))
    (row,) = remaining_obligations([Dossier(contract=of("7", job))], YEAR[0], exempt_short=True)
    assert ("after 24 months", "7.00") == (row.band, str(row.amount))


def test_a_mixed_modification() -> None:
    """A job under way is caught up, a subscription beside it goes on prospectively."""
    job = PerformanceObligation(
        id="job",
        satisfaction=Ratable(start=YEAR[0], end=YEAR[1]),
        standalone_price=Decimal(365),
        remaining_distinct=False,
    )
    seats = PerformanceObligation(
        id="seats", satisfaction=Ratable(start=YEAR[0], end=YEAR[1]), standalone_price=Decimal(365)
    )
    plan = scheduled(Dossier(contract=of("730", job, seats), changes=(change(price_change=Decimal("54.90")),)))
    (treatment,) = plan.treatments
    assert ("mixed", "606-10-25-13(c)") == (treatment.kind, treatment.paragraph)
    assert 78490 == sum(total(line) for line in plan.lines)
    caught_up = plan.lines[0].pieces[-1]
    assert ("M", day("2025-07-01").toordinal()) == (caught_up.cause, caught_up.since)


@pytest.mark.parametrize(
    ("price", "kind"), [("10", "separate contract"), ("9.99", "prospective"), ("12", "prospective")]
)
def test_what_is_added_at_its_selling_price_is_a_contract_of_its_own(price: str, kind: str) -> None:
    """606-10-25-12: for less, or for more, the price is one with what is left."""
    added = PerformanceObligation(
        id="more", satisfaction=PointInTime(on=day("2025-08-01")), standalone_price=Decimal(10)
    )
    (treatment,) = scheduled(
        Dossier(contract=year(), changes=(change(add=(added,), price_change=Decimal(price)),))
    ).treatments
    assert kind == treatment.kind


def test_two_credits_of_one_day_are_kept_apart() -> None:
    """One takes back revenue, the other gives up what is to come: neither changes the other."""
    notes = credit("100.00", CreditFor.PAST), evolve(credit("100.00"), id="CN-2")
    dossier = invoiced(year(), bill("1200.00", YEAR[0], credits=notes))
    found = movements(posted([dossier], "2025-12"), Role.CONTRA_REVENUE, Role.REVENUE)
    assert {"2025-04": "100.00"} == found["contra revenue"]
    assert Decimal("1100.00") == sum(map(Decimal, found["revenue"].values()))
    assert 100000 == total(scheduled(dossier).lines[0])


def test_a_change_shares_by_what_is_left_of_each_promise() -> None:
    """Half of two years at 730.00 and all of a hand-over at 365.00 are left: 730.00 + 73.00 are shared evenly."""
    service = PerformanceObligation(
        id="service", satisfaction=Ratable(start=YEAR[0], end=date(2027, 1, 1)), standalone_price=Decimal(730)
    )
    later = PerformanceObligation(
        id="later", satisfaction=PointInTime(on=day("2026-12-01")), standalone_price=Decimal(365)
    )
    raised = change(on=day("2026-01-01"), price_change=Decimal(73))
    plan = scheduled(Dossier(contract=of("1095", service, later), changes=(raised,)))
    assert [36500 + 40150, 40150] == [total(line) for line in plan.lines]
    again = change(id="N", on=day("2026-07-02"), price_change=Decimal(0))
    bonus = PriceChange(id="P", contract="C-1", on=day("2026-07-02"), amount=Decimal(100))
    plan = scheduled(Dossier(contract=of("1095", service, later), changes=(raised, again, bonus)))
    weights = Decimal(730) * 183 / 730, Decimal(365)
    left = Decimal("401.50") * 183 / 365 + Decimal("401.50") + 100
    expected = left * weights[1] / sum(weights)
    assert abs(total(plan.lines[1]) - 100 * expected) <= 1


@pytest.mark.parametrize(("on", "kind"), [("2025-07-01", "prospective"), ("2025-07-02", "cumulative catch-up")])
def test_a_job_is_under_way_from_its_second_day(on: str, kind: str) -> None:
    """What begins on the day of the change has delivered nothing before it (606-10-25-13)."""
    job = PerformanceObligation(
        id="job",
        satisfaction=Ratable(start=day("2025-07-01"), end=YEAR[1]),
        standalone_price=Decimal(365),
        remaining_distinct=False,
    )
    (treatment,) = scheduled(Dossier(contract=of("365", job), changes=(change(on=day(on)),))).treatments
    assert kind == treatment.kind


def test_reasons_name_the_paragraph_of_the_standard_reported_under() -> None:
    """IFRS 15.21(a) is what 606-10-25-13(a) is."""
    from subscription_metrics.recognition.scheduling import schedule

    dossier = Dossier(contract=year(), changes=(change(price_change=Decimal(0)),))
    plans = [schedule(dossier, standard=one) for one in Standard]
    assert ["606-10-25-13(a)", "IFRS 15.21(a)"] == [one.treatments[0].paragraph for one in plans if one is not None]
