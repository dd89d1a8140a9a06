"""Schedules as other systems' tests and documents print them; `tests/golden/revrec_*.json` name the sources."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from tests.recognition_cases import after, by_month, by_month_of, cases, day, scheduled, subscription

from subscription_metrics.facts.checks import from_minor_units, in_minor_units
from subscription_metrics.facts.invoices import Invoice, InvoiceLine
from subscription_metrics.recognition.billing import from_invoice
from subscription_metrics.recognition.contracts import Dossier
from subscription_metrics.recognition.curves import Method, Residual, spread
from subscription_metrics.recognition.schedule import recognised, remaining, total

ERPNEXT, OCA = cases("erpnext"), cases("oca_cutoff")
STRIPE, TRAPS = cases("stripe"), cases("derived_traps")
OCA_METHODS = {"equal": Method.MONTHLY_EVEN, "monthly_prorata_temporis": Method.ENDS_BY_OWN_MONTH}
OCA_LINES = [name for name, case in OCA.items() if "window" in case["inputs"]]
DAILY_TRAPS = [name for name, case in TRAPS.items() if case["inputs"].get("method") == "daily inclusive"]


def test_erpnext_by_days() -> None:
    """Inclusive days over inclusive days, the residual cent in the last month."""
    case = ERPNEXT["erpnext-days"]
    plan = scheduled(
        subscription("100.00", day("2019-01-10"), after("2019-03-15"), residual=Residual.LAST, method=Method.DAILY)
    )
    assert case["expected"]["schedule"] == by_month(plan, "2019-01", "2019-03")


def test_erpnext_what_is_deferred_after_january() -> None:
    """66.15 of 100.00 is left."""
    case = ERPNEXT["erpnext-days-single-run"]
    (line,) = scheduled(subscription("100.00", day("2019-01-10"), after("2019-03-15"), residual=Residual.LAST)).lines
    left = remaining(line, day("2019-02-01").toordinal())
    assert case["expected"]["deferred_balance_after"] == str(from_minor_units(left, "USD"))


def test_erpnext_half_a_month_is_not_half_a_month() -> None:
    """ERPNext rounds 16/31 of a month to 0.5; ours is the exact share, which its own note gives."""
    plan = scheduled(
        subscription(
            "50000.00",
            day("2019-01-16"),
            after("2019-03-31"),
            method=Method.ENDS_BY_OWN_MONTH,
            residual=Residual.LAST,
        )
    )
    assert {"2019-01": "10256.41", "2019-02": "19871.79", "2019-03": "19871.80"} == by_month(plan, "2019-01", "2019-03")


@pytest.mark.parametrize(("name", "sign"), [("erpnext-months-3", ""), ("erpnext-asset-side", "-")])
def test_erpnext_a_stub_of_one_day_counts_for_nothing(name: str, sign: str) -> None:
    """May 1 to August 1 in whole months only: three months, and a mirror for the expense side."""
    (expected,) = ERPNEXT[name]["expected"].values()
    plan = scheduled(subscription(f"{sign}300.00", day("2021-05-01"), after("2021-08-01"), method=Method.FULL_MONTHS))
    assert expected == by_month(plan, "2021-05", "2021-08")


def test_erpnext_no_deferral() -> None:
    """A line without service period is earned when it is invoiced."""
    line = InvoiceLine(id="1", amount=Decimal("300.00"))
    invoice = Invoice(id="I", customer="A", currency="USD", issued=day("2021-05-01"), lines=(line,))
    expected = ERPNEXT["erpnext-zero-months"]["expected"]["schedule"]
    assert expected == by_month(scheduled(from_invoice(invoice)), "2021-05", "2021-08")


def test_erpnext_the_documentation_truncates() -> None:
    """12,000 × 31 / 365 = 1,019.178…: printed 1,019.17, right is 1,019.18, and the year sums to 12,000.00."""
    plan = scheduled(subscription("12000.00", day("2025-01-01"), day("2026-01-01"), residual=Residual.LAST))
    expected = ERPNEXT["erpnext-doc-days"]["expected"]
    found = by_month(plan, "2025-01", "2025-12")
    assert (expected["month_31_days"], expected["month_30_days"]) == (found["2025-01"], found["2025-04"])
    assert Decimal("12000.00") == sum(map(Decimal, found.values()))


@pytest.mark.parametrize("name", OCA_LINES)
def test_oca_by_month(name: str) -> None:
    """Both methods of OCA; what lies before the month of the booking is caught up in it."""
    inputs = OCA[name]["inputs"]
    start, end = day(inputs["service_start"]), after(inputs["service_end_inclusive"])
    line = InvoiceLine(id="1", amount=Decimal(inputs["amount"]), start=start, end=end)
    booked = day(inputs["booking_date"])
    invoice = Invoice(id="I", customer="A", currency="EUR", issued=booked, lines=(line,))
    plan = scheduled(from_invoice(invoice, OCA_METHODS[inputs["method"]], Residual.FIRST))
    first, *_, last = inputs["window"]
    found = by_month(plan, first, last)
    before = sum(recognised(line, day(f"{first}-01").toordinal()) for line in plan.lines)
    found[first] = str(Decimal(found[first]) + from_minor_units(before, "EUR"))
    assert OCA[name]["expected"]["schedule"] == {label: found[label] for label in inputs["window"]}


def test_oca_readme() -> None:
    """2,258.06 from January 8 to March 15, both methods."""
    expected = OCA["oca-readme"]["expected"]
    for name, method in OCA_METHODS.items():
        contract = subscription(
            "2258.06", day("2023-01-08"), after("2023-03-15"), method=method, residual=Residual.FIRST
        )
        assert expected[name] == by_month(scheduled(contract), "2023-01", "2023-03")


@pytest.mark.parametrize("name", [name for name in OCA if name.startswith("oca-round-")])
def test_oca_the_first_month_takes_the_residual(name: str) -> None:
    """The helper that rounds: parts may even miss the total, the first takes up what is missing."""
    case = OCA[name]
    units = in_minor_units(Decimal(case["inputs"]["total"]), "EUR")
    parts = [Fraction(Decimal(part)) * 100 / units for part in case["inputs"]["raw"]]
    found = spread(units, parts, Residual.FIRST)
    assert case["expected"]["rounded"] == [str(from_minor_units(share, "EUR")) for share in found]


def test_oca_what_is_deferred_at_a_day() -> None:
    """91.00 over 91 days: a unit a day."""
    (line,) = scheduled(subscription("91.00", day("2023-04-01"), after("2023-06-30"))).lines
    expected = OCA["oca-prepaid-daily"]["expected"]["deferred_at"]
    found = {end: str(from_minor_units(remaining(line, after(end).toordinal()), "EUR")) for end in expected}
    assert expected == found


@pytest.mark.parametrize("name", ["stripe-monthly", "stripe-waterfall-simple"])
def test_stripe_by_days(name: str) -> None:
    """Days of service over all days of service."""
    case = STRIPE[name]
    line = case["inputs"]["line"]
    start, end = day(line["service_start"]), after(line["service_end_inclusive"])
    plan = scheduled(subscription(line["amount"], start, end))
    assert case["expected"]["schedule"] == by_month_of(start, end, plan)


def test_stripe_months_with_prorated_ends() -> None:
    """Stripe's example begins and ends at noon: 15.5 and 12.5 of 120 days, three whole months between them.

    We count days, not hours, so the shares are given here; the placing of cents is what is compared.
    """
    ends = Fraction(31, 240), Fraction(25, 240)
    middle = [(1 - ends[0] - ends[1]) / 3] * 3
    found = spread(12000, [ends[0], *middle, ends[1]], Residual.LAST_FULL, last_full=3)
    expected = STRIPE["stripe-gran-month-prorated"]["expected"]["schedule"]
    assert list(expected.values()) == [str(from_minor_units(units, "USD")) for units in found]


def test_stripe_months_with_prorated_ends_by_whole_days() -> None:
    """The same from day to day: 16 and 12 of 120 days at the ends, 92/3 between, cents in the last whole month."""
    start, end = day("2024-06-15"), day("2024-10-13")
    contract = subscription("120.00", start, end, method=Method.ENDS_BY_TOTAL_DAYS, residual=Residual.LAST_FULL)
    assert ["16.00", "30.66", "30.66", "30.68", "12.00"] == list(by_month_of(start, end, scheduled(contract)).values())


@pytest.mark.parametrize("name", DAILY_TRAPS)
def test_daily_traps(name: str) -> None:
    """Leap days, turns of the year, one day, one cent, credits, currencies with 0 and 3 decimals; two policies."""
    case = TRAPS[name]
    inputs = case["inputs"]
    start, end = day(inputs["service_start"]), after(inputs["service_end_inclusive"])
    currency = {"jpy": "JPY", "kwd": "KWD"}.get(name, "USD")
    policies = {"cumulative_rounding": Residual.CUMULATIVE, "last_period_residual": Residual.LAST}
    assert inputs["total_days"] == (end - start).days
    for key, policy in policies.items():
        contract = subscription(inputs["amount"], start, end, currency=currency, residual=policy)
        assert case["expected"][key] == by_month_of(start, end, scheduled(contract)), key


def test_even_months() -> None:
    """100.00 over 3 and 7, 1,000.00 over 12: none of them becomes 99.99, 100.03 or 999.96."""
    for name in ("even-3", "even-7", "even-12-1000"):
        inputs, expected = TRAPS[name]["inputs"], TRAPS[name]["expected"]
        units = in_minor_units(Decimal(inputs["amount"]), "USD")
        parts = [Fraction(1, inputs["periods"])] * inputs["periods"]
        for key, policy in {
            "last_period_residual": Residual.LAST,
            "first_period_residual (OCA)": Residual.FIRST,
            "cumulative_half_up": Residual.CUMULATIVE,
        }.items():
            found = [str(from_minor_units(share, "USD")) for share in spread(units, parts, policy)]
            assert expected.get(key, found) == found


def test_the_schedule_that_most_people_copy_recognises_too_much() -> None:
    """12,000.00 by `(end − start).days` with an inclusive end: 365 days over 364 is 32.97 too much; ours is exact."""
    start, last_day = day("2026-01-01"), day("2026-12-31")
    naive_days = (last_day - start).days
    copied = Decimal(12000) * (naive_days + 1) / naive_days
    (line,) = scheduled(subscription("12000.00", start, after("2026-12-31"))).lines
    assert Decimal("12000.00") == from_minor_units(total(line), "USD")
    assert Decimal("32.97") == (copied - 12000).quantize(Decimal("0.01"))


def test_an_end_twelve_months_later_is_not_a_day_of_service() -> None:
    """Start + 12 months is the first day without service: twelve months of 100.00, not thirteen of 92.31."""
    expected = TRAPS["trap-end-plus-12"]["expected"]
    contract = subscription("1200.00", day("2025-01-01"), day("2026-01-01"), method=Method.MONTHLY_EVEN)
    found = by_month(scheduled(contract), "2025-01", "2026-01")
    assert expected["correct_months"] == sum(amount != "0.00" for amount in found.values())
    assert {expected["correct_month_amount"], "0.00"} == set(found.values())


def test_months_are_counted_from_the_original_anchor() -> None:
    """Service months from January 31 turn on February 28, March 31 and April 30."""
    start, end = day("2025-01-31"), day("2025-04-30")
    (line,) = scheduled(subscription("3.00", start, end, method=Method.SERVICE_MONTHS)).lines
    turns = ["2025-02-28", "2025-03-31", "2025-04-30"]
    assert [100, 200, 300] == [recognised(line, day(turn).toordinal()) for turn in turns]


def test_a_contract_without_facts_is_its_inception() -> None:
    """A dossier of nothing but a contract schedules its price."""
    (line,) = scheduled(Dossier(contract=subscription("1200.00", day("2025-01-01"), day("2026-01-01")))).lines
    assert 120000 == total(line)
