"""The standards' own examples (ASC 606-10-55 and 340-40-55), and traps around changes, with the numbers they print."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.recognition_cases import (
    bill,
    by_month,
    cases,
    day,
    invoiced,
    months,
    movements,
    posted,
    scheduled,
    subscription,
)

from subscription_metrics.facts.checks import from_minor_units
from subscription_metrics.periods import Period
from subscription_metrics.recognition.allocation import allocate_price, look_through
from subscription_metrics.recognition.commissions import commission_table, is_capitalised
from subscription_metrics.recognition.contracts import (
    Commission,
    Contract,
    Delivery,
    Dossier,
    Financing,
    Modification,
    PriceChange,
    SetUpFee,
    TargetedDiscount,
    Variable,
)
from subscription_metrics.recognition.curves import Method
from subscription_metrics.recognition.disclosures import remaining_obligations, satisfied_earlier, waterfall
from subscription_metrics.recognition.financing import implicit_rate
from subscription_metrics.recognition.promises import Measured, PerformanceObligation, PointInTime, Ratable, Usage
from subscription_metrics.recognition.schedule import Role, recognised, remaining, total
from subscription_metrics.recognition.standards import Standard

if TYPE_CHECKING:
    from subscription_metrics.recognition.scheduling import Schedule

ASC, TRAPS, STRIPE = cases("asc606"), cases("derived_traps"), cases("stripe")
START = date(2025, 1, 1)


def at(plan: Schedule, on: date) -> Decimal:
    """What a whole schedule earned before a day."""
    return from_minor_units(sum(recognised(line, on.toordinal()) for line in plan.lines), plan.currency)


def years(count: int) -> date:
    """The day `count` years after the start."""
    return START.replace(year=START.year + count)


def goods(name: str, units: str, price: str | None = None, *, distinct: bool = True) -> PerformanceObligation:
    """So many units, delivered one by one."""
    way = Measured(total=Decimal(units))
    alone = None if price is None else Decimal(price)
    return PerformanceObligation(id=name, satisfaction=way, standalone_price=alone, remaining_distinct=distinct)


def delivered(obligation: str, on: date, quantity: str, total_of: str | None = None) -> Delivery:
    """A delivery of the contract C-1."""
    of = None if total_of is None else Decimal(total_of)
    name = f"{obligation} {on}"
    return Delivery(id=name, contract="C-1", obligation=obligation, on=on, quantity=Decimal(quantity), total=of)


def contract_of(price: str, *obligations: PerformanceObligation, **more: object) -> Contract:
    """A contract C-1 that begins with the start."""
    fields = {"id": "C-1", "customer": "Acme", "currency": "USD", "inception": START, **more}
    return Contract(price=Decimal(price), obligations=obligations, **fields)  # type: ignore[arg-type]  # as given by the test


def test_example_5_case_a_is_a_separate_contract() -> None:
    """30 units at 95, what they sell for: 120 at 100 stay as they are."""
    case = ASC["ex5a-separate-contract"]["expected"]["published"]
    change = Modification(
        id="M", contract="C-1", on=day("2025-07-01"), price_change=Decimal(2850), add=(goods("added", "30", "2850"),)
    )
    plan = scheduled(
        Dossier(
            contract=contract_of("12000", goods("original", "120", "12000")),
            deliveries=(delivered("original", day("2025-03-01"), "60"),),
            changes=(change,),
        )
    )
    assert ("separate contract", "606-10-25-12") == (plan.treatments[0].kind, plan.treatments[0].paragraph)
    totals = {line.obligation: total(line) for line in plan.lines}
    assert {"original": 1200000, "added": 285000} == totals
    assert Decimal(case["total_revenue"]) == from_minor_units(sum(totals.values()), "USD")


def test_example_5_case_b_is_prospective_and_the_credit_is_separated() -> None:
    """900 for defects reduce revenue at once; 60 × 100 + 30 × 80 = 8,400 is for the 90 units to come."""
    exact = ASC["ex5b-prospective"]["expected"]["exact_cents"]
    on = day("2025-07-01")
    change = Modification(
        id="M",
        contract="C-1",
        on=on,
        price_change=Decimal(2400),
        end=("original",),
        add=(goods("remaining", "90", "8550"),),
        credit_for_past=Decimal(900),
    )
    plan = scheduled(
        Dossier(
            contract=contract_of("12000", goods("original", "120", "12000")),
            deliveries=(delivered("original", day("2025-03-01"), "60"), delivered("remaining", day("2025-08-01"), "1")),
            changes=(change,),
        )
    )
    original, left = plan.lines
    assert "prospective" == plan.treatments[0].kind
    assert exact["cumulative_after_60"] == str(at(plan, on + timedelta(days=1)))
    assert exact["remaining_total"] == str(from_minor_units(total(left), "USD"))
    assert exact["total_contract_revenue"] == str(from_minor_units(total(original) + total(left), "USD"))
    one_unit = ASC["ex5b-prospective"]["expected"]["published"]["unit_revenue_remaining_90"]
    assert one_unit == str(from_minor_units(recognised(left, day("2025-09-01").toordinal()), "USD"))


def test_example_7_blend_and_extend() -> None:
    """Two years at 100,000, then 280,000 over four: 70,000 a year."""
    expected = ASC["ex7-services-blend"]["expected"]["published"]
    way = Ratable(start=START, end=years(3), method=Method.MONTHLY_EVEN)
    longer = Ratable(start=years(2), end=years(6), method=Method.MONTHLY_EVEN)
    change = Modification(
        id="M",
        contract="C-1",
        on=years(2),
        price_change=Decimal(180000),
        end=("cleaning",),
        add=(PerformanceObligation(id="extended", satisfaction=longer, standalone_price=Decimal(320000)),),
    )
    contract = contract_of(
        "300000", PerformanceObligation(id="cleaning", satisfaction=way, standalone_price=Decimal(300000))
    )
    plan = scheduled(Dossier(contract=contract, changes=(change,)))
    by_year = [at(plan, years(count + 1)) - at(plan, years(count)) for count in range(6)]
    assert expected["treatment"] == plan.treatments[0].kind
    assert [Decimal(expected["revenue_years_1_2"])] * 2 + [Decimal(expected["revenue_per_year"])] * 4 == by_year


def test_example_8_is_caught_up() -> None:
    """Printed 91,200 with progress rounded to 51.2 %; exactly 420/820 of 1,350,000 − 600,000 = 91,463.41."""
    expected = ASC["ex8-cumulative-catch-up"]["expected"]
    on = day("2026-01-10")
    dossier = Dossier(
        contract=contract_of("1000000", goods("building", "700000", distinct=False)),
        deliveries=(delivered("building", day("2025-12-01"), "420000"), delivered("building", on, "0", "820000")),
        changes=(Modification(id="M", contract="C-1", on=on, price_change=Decimal(350000)),),
    )
    plan = scheduled(dossier)
    assert "cumulative catch-up" == plan.treatments[0].kind
    assert expected["published"]["revenue_before"] == f"{at(plan, on):.0f}"
    assert expected["exact_cents"]["catch_up_unrounded_progress"] == str(
        at(plan, on + timedelta(days=1)) - at(plan, on)
    )
    printed = (Decimal(1350000) * Decimal("0.512") - 600000).quantize(Decimal(1))
    assert expected["published"]["catch_up"] == str(printed)


def test_trap_catch_up_by_days() -> None:
    """12,000.00 become 13,200.00 on July 1: 181 of 365 days of 1,200.00 are caught up."""
    expected = TRAPS["trap-catchup-denominator"]["expected"]
    on = day("2025-07-01")
    contract = subscription("12000.00", START, years(1), obligation={"remaining_distinct": False})
    change = Modification(id="M", contract="C-1", on=on, price_change=Decimal("1200.00"))
    dossier = Dossier(contract=contract, changes=(change,))
    before = at(scheduled(dossier), on)
    (row,) = satisfied_earlier([dossier], Period.parse("2025-07"))
    assert [expected["recognised_before"], expected["catch_up"]] == [str(before), str(row.amount)]
    assert expected["should_be"] == str(before + row.amount)
    assert Decimal("13200.00") == at(scheduled(dossier), years(1))


def test_example_18_straight_line() -> None:
    """Access for a year: 100 a month, however much it is used."""
    plan = scheduled(subscription("1200", START, years(1), method=Method.MONTHLY_EVEN))
    assert {ASC["ex18-time-based"]["expected"]["published"]["revenue_per_month"] + ".00"} == set(
        by_month(plan, "2025-01", "2025-12").values()
    )


def test_example_24_volume_discount() -> None:
    """From 100 to 90 for every unit so far: 750 less for the 75 units of the first quarter, in the second."""
    expected = ASC["ex24-volume-discount"]["expected"]["published"]
    way = Usage(unit_price=Decimal(100), start=START, end=years(1))
    dossier = Dossier(
        contract=contract_of("0", PerformanceObligation(id="units", satisfaction=way)),
        deliveries=(delivered("units", day("2025-02-01"), "75"), delivered("units", day("2025-05-01"), "500")),
        changes=(PriceChange(id="P", contract="C-1", on=day("2025-04-15"), to=("units",), unit_price=Decimal(90)),),
    )
    plan = scheduled(dossier)
    quarters = [at(plan, day(end)) for end in ("2025-04-01", "2025-05-01", "2025-07-01")]
    assert [expected["Q1"], expected["q2_prior_period_adjustment"], expected["Q2"]] == [
        f"{one:.0f}" for one in (quarters[0], quarters[1] - quarters[0], quarters[2] - quarters[0])
    ]


def test_example_26_paid_two_years_later() -> None:
    """121 in two years for what costs 100: revenue 100 on delivery, 21 of interest at 10 % a year."""
    expected = ASC["ex26-sfc-arrears"]["expected"]["published"]
    delivery = day("2025-03-31")
    financing = Financing(promised=Decimal(121), cash_price=Decimal(100), starts=START, settles=years(2))
    contract = contract_of(
        "100", PerformanceObligation(id="product", satisfaction=PointInTime(on=delivery)), financing=financing
    )
    assert expected["implicit_rate_annual"] == f"{implicit_rate(financing) * 100:.0f}%"
    ledger = posted([invoiced(contract, bill("121", years(2), None))], "2027-01")
    revenue = movements(ledger, Role.REVENUE, Role.INTEREST_INCOME, Role.RECEIVABLE)
    assert {"2025-03": f"{expected['revenue_after_3_months']}.00"} == revenue["revenue"]
    assert Decimal(21) == sum(map(Decimal, revenue["interest income"].values()))
    assert f"{expected['receivable_final']}.00" == revenue["receivable"]["2027-01"]


def test_example_33_relative_prices() -> None:
    """100 by 50, 25 and 75, to the cent."""
    case = ASC["ex33-relative-ssp"]
    assert case["expected"]["exact_cents"] == allocated(case["inputs"]["ssp"])


def test_example_34_a_discount_of_two() -> None:
    """B and C regularly sell together for 60: the discount of 40 is theirs."""
    case = ASC["ex34a-discount-to-some"]
    discount = TargetedDiscount(amount=Decimal(40), to=("B", "C"))
    assert case["expected"]["exact_cents"] == allocated(case["inputs"]["ssp"], discounts=(discount,))


def test_trap_three_equal_prices() -> None:
    """100.00 by 1, 1 and 1 sums to 100.00."""
    shares = allocated({"A": "1", "B": "1", "C": "1"})
    assert TRAPS["trap-ssp-cent"]["expected"]["correct_sum"] == str(sum(map(Decimal, shares.values())))


def allocated(prices: dict[str, str], **more: object) -> dict[str, str]:
    """100 allocated to promises with standalone prices."""
    promises = [
        PerformanceObligation(id=name, satisfaction=PointInTime(on=START), standalone_price=Decimal(price))
        for name, price in prices.items()
    ]
    found = allocate_price(contract_of("100", *promises, **more))
    return {name: str(from_minor_units(units, "USD")) for name, units in found.shares.items()}


def test_example_35_a_royalty_belongs_to_one() -> None:
    """X gets its 800; the royalty is for Y alone and enters as sales occur, here 300 of the estimated 1,000."""
    promises = [
        PerformanceObligation(id=name, satisfaction=PointInTime(on=START), price=Decimal(price))
        for name, price in (("X", 800), ("Y", 0))
    ]
    royalty = Variable(id="royalty", estimate=Decimal(1000), constrained=Decimal(0), to=("Y",))
    contract = contract_of("800", *promises, variable=(royalty,))
    sales = PriceChange(id="sales", contract="C-1", on=day("2025-05-05"), amount=Decimal(300), to=("Y",))
    x, y = scheduled(Dossier(contract=contract, changes=(sales,))).lines
    published = ASC["ex35a-variable-to-one"]["expected"]["published"]
    later = day("2025-06-01").toordinal()
    assert (published["X"], published["on_transfer_of_Y"]) == (
        str(total(x) // 100),
        str(recognised(y, START.toordinal() + 1) // 100),
    )
    assert (80000, 30000) == (recognised(x, later), recognised(y, later))


def test_example_42_what_remains_by_year() -> None:
    """400 a month for two years from mid-20X7: 4,800 and 2,400 remain; by month-days 2027 takes its share."""
    expected = ASC["ex42b-rpo-fixed"]["expected"]["published"]
    contract = subscription("9600", day("2025-07-01"), day("2027-07-01"), method=Method.MONTHLY_EVEN)
    rows = remaining_obligations([Dossier(contract=contract)], day("2025-12-31"), bands=(12,))
    assert [expected["20X8"], expected["20X9"]] == [f"{row.amount:.0f}" for row in rows]
    assert expected["total"] == f"{sum(row.amount for row in rows):.0f}"


@pytest.mark.parametrize(("standard", "paragraph"), [(Standard.ASC_606, "50-14(b)"), (Standard.IFRS_15, "121(b)")])
def test_example_42_hours_are_left_out_by_right_to_invoice(standard: Standard, paragraph: str) -> None:
    """Billed by the hour as performed: nothing in the bands, and the exemption is named."""
    way = Usage(unit_price=Decimal(25), start=START, end=years(2))
    contract = contract_of("0", PerformanceObligation(id="hours", satisfaction=way))
    (row,) = remaining_obligations([Dossier(contract=contract)], day("2025-12-31"), standard=standard)
    assert (Decimal(0), True) == (row.amount, paragraph in row.exemption)


def test_trap_what_remains_by_band() -> None:
    """36,000 over three years at the end of 2023: bands and recognised make up the price."""
    expected = TRAPS["rpo-bands"]["expected"]
    contract = subscription("36000.00", day("2023-07-15"), day("2026-07-15"))
    rows = remaining_obligations([Dossier(contract=contract)], day("2023-12-31"), exempt_short=True)
    assert [expected[band] for band in ("0-12m", "13-24m", ">24m")] == [str(row.amount) for row in rows]
    assert expected["rpo"] == str(sum(row.amount for row in rows))


def test_example_51_renewals_looked_through() -> None:
    """2,710 expected over three years, shared by expected cost: the shares sum to it, half-up rounding would not."""
    case = ASC["ex51-renewal-option"]
    costs = [Decimal(cost) for cost in case["inputs"]["costs"]]
    found = look_through(Decimal(1000), [Decimal("0.9")] * 2, costs, "USD")
    published = case["expected"]["published"]
    assert Decimal(published["expected_consideration"]) == found.consideration
    assert [Decimal(cost) for cost in published["expected_costs"]] == list(found.costs)
    assert case["expected"]["exact_cents"]["allocation"] == [str(from_minor_units(one, "USD")) for one in found.shares]
    assert published["allocation"] == [f"{from_minor_units(one, 'USD'):.0f}" for one in found.shares]


def test_example_53_a_set_up_fee_is_paid_for_the_service() -> None:
    """600 and 100 a month: 150 a month; with a renewal that is a material right, 125 and 300 left after a year."""
    plain, longer = TRAPS["setup-fee-no-material-right"]["expected"], TRAPS["setup-fee-material-right"]["expected"]
    joined = subscription(
        "1200.00", START, years(1), method=Method.MONTHLY_EVEN, set_up_fee=SetUpFee(amount=Decimal(600))
    )
    assert {plain["per_month"]} == set(by_month(scheduled(joined), "2025-01", "2025-12").values())
    fee = SetUpFee(amount=Decimal("600.00"), until=years(2), method=Method.MONTHLY_EVEN)
    plan = scheduled(subscription("1200.00", START, years(1), method=Method.MONTHLY_EVEN, set_up_fee=fee))
    assert {longer["per_month"]} == set(by_month(plan, "2025-01", "2025-12").values())
    left = from_minor_units(remaining(plan.lines[1], years(1).toordinal()), "USD")
    assert longer["deferred_fee_after_12"] == str(left)


def commission(amount: str, end: date, **more: Any) -> Dossier:  # noqa: ANN401 - any field
    """A contract with one commission on it."""
    one = Commission(id="K", contract="C-1", on=START, amount=Decimal(amount), start=START, end=end, **more)
    return Dossier(contract=subscription("1200", START, years(1)), commissions=(one,))


def test_340_example_1_only_incremental_costs() -> None:
    """Of 50,000 only the commissions of 10,000 would not have been paid without the contract."""
    inputs = ASC["340-40-ex1-cost-to-obtain"]["inputs"]
    published = ASC["340-40-ex1-cost-to-obtain"]["expected"]["published"]
    costs = [commission(amount, years(5), incremental=name == "commissions") for name, amount in inputs.items()]
    capitalised = sum(one.amount for dossier in costs for one in dossier.commissions if is_capitalised(one))
    assert published["capitalised"] == str(capitalised)
    spent = [movements(posted([one], "2025-01"), Role.COMMISSION_EXPENSE)["commission expense"] for one in costs[:2]]
    assert Decimal(published["expensed"]) == sum(Decimal(one["2025-01"]) for one in spent)


def test_340_example_2_amortised_over_renewals() -> None:
    """10,000 over five years and two more: 1,428.57 a year, the cent over where the running total reaches it."""
    expected = ASC["340-40-ex2-commission"]["expected"]
    count = expected["published"]["amortisation_years"]
    periods = [Period.parse(str(START.year + number)) for number in range(count)]
    rows = commission_table([commission("10000", years(count), method=Method.MONTHLY_EVEN)], periods)
    exact = expected["exact_cents"]["per_year"]
    assert sorted(exact) == sorted(str(row.amortised) for row in rows)
    assert Decimal(0) == rows[-1].closing


def test_340_a_year_or_less_is_expense() -> None:
    """340-40-25-4: the expedient, and without it."""
    short = commission("1000", years(1)), commission("1000", years(1), expense_if_within_a_year=False)
    assert [False, True] == [is_capitalised(one.commissions[0]) for one in short]


def test_stripe_waterfall() -> None:
    """Booked in July by its invoice, recognised in July and August, nothing remaining."""
    case = STRIPE["stripe-waterfall-simple"]
    (expected,) = case["expected"]["waterfall"]
    contract = subscription("31.00", day("2025-07-21"), day("2025-08-21"))
    rows = waterfall([invoiced(contract, bill("31.00", day("2025-07-14")))], months("2025-07", "2025-09"))
    assert {expected["booked_month"]} == {row.booked_in for row in rows}
    assert expected["recognised"] == {row.recognised_in: str(row.recognised) for row in rows}
    assert {expected["booked"]} == {str(row.booked) for row in rows}


def test_revenue_of_what_was_satisfied_earlier() -> None:
    """A bonus of 365.00 on July 1: 181.00 of it is for days before July (606-10-50-12A)."""
    bonus = PriceChange(id="bonus", contract="C-1", on=day("2025-07-01"), amount=Decimal("365.00"))
    dossier = Dossier(contract=subscription("1200.00", START, years(1)), changes=(bonus,))
    (row,) = satisfied_earlier([dossier], Period.parse("2025-07"))
    assert (Decimal("181.00"), "bonus") == (row.amount, row.cause)
