# Whole amounts are written as ints: 50 == Decimal(50), which mypy takes for a mistake.
# mypy: disable-error-code="comparison-overlap"
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.spans import Cancellation, Span
from subscription_metrics.periods import BillingInterval
from subscription_metrics.rates import ConstantRates, MissingRatePolicy, RateTable

YEARLY, TWO_YEARLY, MONTHLY = (BillingInterval.parse(text) for text in ("year", "2 years", "month"))


def known(spans: list[Span], period: str, **scope: Any) -> dict[str, Any]:  # noqa: ANN401  # numbers, and what a scope takes
    """The inputs of the metrics of a period by name, for spans in one currency."""
    return {name: value for row in Book(spans).metrics(period, **scope) for name, value in row.inputs.items()}


def test_contracts_of_a_year_or_more() -> None:
    """§4: “Σ of contracts of a year or more, at their yearly value”: billed by the year, or agreed for one."""
    spans = [
        span("2025-01-01", "10", customer="by the year", interval=YEARLY),
        span("2025-01-01", "1", customer="by two years", interval=TWO_YEARLY),
        span("2024-02-29", "2", "2025-02-28", customer="agreed for a year, from a leap day"),
        span("2024-02-01", "4", "2025-01-31", customer="agreed for a day less"),
        span("2025-01-01", "100", customer="by the month", interval=MONTHLY),
        span("2025-01-01", "200", customer="open"),
        span("2025-01-01", "400", customer="not recurring", interval=YEARLY, recurring=False),
    ]
    assert 12 * (10 + 1 + 2) == known(spans, "2025-01")["contracted"]


def test_total_closing_counts_what_does_not_recur() -> None:
    """§2: “Both are answered; unless said otherwise every metric uses recurring.”."""
    spans = [span("2025-01-01", "10"), span("2025-01-01", "90", "2025-02-15", customer="b", recurring=False)]
    assert [(10, 100), (10, 10)] == [
        (found["closing"], found["total_closing"]) for found in (known(spans, "2025-01"), known(spans, "2025-02"))
    ]


def test_the_ten_largest_of_twelve() -> None:
    """§4: “share of the top n customers; Herfindahl index”."""
    spans = [span("2025-01-01", str(n), customer=f"c{n}") for n in range(1, 13)]
    found = known(spans, "2025-01")
    assert (sum(range(3, 13)), sum(n * n for n in range(1, 13))) == (found["largest"], found["sum_of_squares"])


COHORT = [
    span("2024-01-01", "100", "2024-06-01", customer="left"),
    span("2024-01-01", "100", "2025-01-10", customer="grew"),
    span("2025-01-10", "150", customer="grew"),
    span("2024-01-01", "100", "2024-12-01", customer="shrank"),
    span("2024-12-01", "60", customer="shrank"),
    span("2024-02-01", "500", customer="too late for the cohort"),
]


def test_the_cohort_of_a_year_ago() -> None:
    """§4: “trailing 12 months: min(then, now) per customer”; growth of one never hides the loss of another."""
    found = known(COHORT, "2025-01")
    assert (300, 150 + 60, 100 + 60) == (found["cohort_opening"], found["cohort_closing"], found["cohort_kept"])
    values = {row.name: row.value for row in Book(COHORT).metrics("2025-01")}
    assert Decimal("0.7") == values["nrr_trailing_12"]


def test_a_year_before_the_end_of_february_in_a_leap_year() -> None:
    """The close of a year before February 2025 is that of February 2024, on the 29th."""
    spans = [span("2024-02-29", "10"), span("2024-03-01", "5", customer="later")]
    assert 10 == known(spans, "2025-02")["cohort_opening"]


PRESENCE = [
    span("2025-04-01", "10", customer="always"),
    span("2025-04-01", "10", "2025-04-11", customer="ten days"),
    span("2025-04-16", "10", customer="half the month"),
    span("2025-04-21", "10", "2025-04-24", customer="three days"),
]


def test_average_customers_are_counted_day_by_day() -> None:
    """§4: “average active (Gocroco)”: 30 + 10 + 15 + 3 days paid on 30 days."""
    quotient = known(PRESENCE, "2025-04")["average_customers"]
    assert round(Decimal(58) / 30, 20) == round(quotient, 20)


def test_daily_churn_is_the_sum_over_the_days() -> None:
    """§4: “sum of daily rates (Shopify)”: one of two on the 11th, one of three on the 24th."""
    assert round(Decimal(1) / 2 + Decimal(1) / 3, 20) == round(known(PRESENCE, "2025-04")["daily_churn"], 20)


@pytest.mark.parametrize("view", View)
def test_round_trips_are_losses_of_the_days_and_not_of_the_month(view: View) -> None:
    """§4: “without joined-and-left and left-and-returned”: both who visited in April joined and left."""
    found = known(PRESENCE, "2025-04", view=view)
    assert (2, 2) == (found["gross_lost_customers"], found["round_trip_losses"])
    back = [span("2025-01-01", "10", "2025-04-05"), span("2025-04-20", "10")]
    found = known(back, "2025-04", view=view)
    assert (1, 1) == (found["gross_lost_customers"], found["round_trip_losses"])
    found = known([span("2025-01-01", "10", "2025-04-05")], "2025-04", view=view)
    assert (1, 0) == (found["gross_lost_customers"], found["round_trip_losses"])


def test_rolling_windows_end_with_the_period_and_count_everybody() -> None:
    """§4: “churned in window / average daily active in window”, “recurring only on request”; 30 and 90 days."""
    spans = [
        span("2025-01-01", "10", customer="always"),
        span("2025-01-01", "10", "2025-02-15", customer="90 days, not 30"),
        span("2025-01-01", "10", "2025-04-11", customer="both", recurring=False),
    ]
    found = known(spans, "2025-04")
    assert (1, 2) == (found["churned_30"], found["churned_90"])
    days = {30: 30 + 10, 90: 90 + 15 + 70}
    for window, paid in days.items():
        assert round(Decimal(paid) / window, 20) == round(found[f"average_active_{window}"], 20)


def test_global_churn_is_counted_from_the_first_period_on() -> None:
    """§4: “Σ monthly churned / Σ monthly active”: whatever the window, history counts."""
    spans = [
        span("2025-01-01", "10", customer="a"),
        span("2025-01-01", "10", "2025-03-05", customer="b"),
        span("2025-02-01", "10", "2025-04-05", customer="c"),
    ]
    found = [known(spans, month) for month in ("2025-02", "2025-03", "2025-04")]
    assert [(0, 2), (1, 5), (2, 7)] == [(one["churned_to_date"], one["active_to_date"]) for one in found]
    window = Book(spans).metrics("2025-03", "2025-04")
    assert [(1, 5), (2, 7)] == [
        (row.inputs["churned_to_date"], row.inputs["active_to_date"]) for row in window if row.name == "global_churn"
    ]


LOSSES = [
    span("2025-01-01", "30", "2025-02-10", customer="a", cancellation=Cancellation("price", voluntary=True)),
    span("2025-01-01", "20", "2025-02-10", customer="b", cancellation=Cancellation("card", voluntary=False)),
    span("2025-01-01", "10", "2025-02-10", customer="c", cancellation=Cancellation("unknown")),
    span("2025-01-01", "5", customer="d"),
]


def test_losses_by_will() -> None:
    """§3: “the voluntary/involuntary mark of the cancellations that caused it”; what is not marked is neither."""
    found = known(LOSSES, "2025-02")
    assert (-30, -20, -60) == (found["lost_voluntary"], found["lost_involuntary"], found["lost"])


def test_only_what_is_lost_is_shared_out() -> None:
    """A subscription that a staying customer ends is a contraction, marked or not."""
    spans = [*LOSSES, span("2025-01-01", "7", customer="a", subscription="another")]
    assert 0 == known(spans, "2025-02")["lost_voluntary"]


def test_figures_are_those_of_a_segment() -> None:
    """In a segment, nothing counts but its spans."""
    spans = [span("2025-01-01", "30", plan="pro"), span("2025-01-01", "20", plan="basic")]
    rows = [row for row in Book(spans).metrics("2025-01", by="plan") if row.name == "mrr"]
    assert [("basic", 20), ("pro", 30)] == [(row.segment, row.value) for row in rows]


def test_figures_are_those_of_a_currency() -> None:
    """§1: “Without exchange rates a book with several currencies answers per currency.”."""
    spans = [span("2025-01-01", "30"), span("2025-01-01", "20", currency="EUR")]
    rows = [row for row in Book(spans).metrics("2025-01") if row.name == "subscriptions"]
    assert [("EUR", 1), ("USD", 1)] == [(row.currency, row.value) for row in rows]


def test_what_does_not_recur_may_be_in_a_currency_of_its_own() -> None:
    """Converted, it counts in total MRR like everything else, though nothing recurs in its currency."""
    spans = [span("2025-01-01", "30"), span("2025-01-01", "20", currency="EUR", customer="b", recurring=False)]
    book = Book(spans).in_currency("USD", ConstantRates({("EUR", "USD"): Decimal("1.10")}))
    values = {row.name: row.value for row in book.metrics("2025-01")}
    assert (30, 52) == (values["mrr"], values["total_mrr"])
    assert book.total_mrr("2025-01") == values["total_mrr"]


def test_facts_that_spans_don_t_hold_are_passed_in() -> None:
    """§4: CAC is “sales and marketing spend / new customers”; without it the figure says what it needs."""
    book = Book([span("2025-01-01", "30"), span("2025-01-02", "20", customer="b")])
    without = {row.name: row for row in book.metrics("2025-01")}["cac"]
    with_spend = {row.name: row for row in book.metrics("2025-01", inputs={"spend": Decimal(500)})}["cac"]
    assert "needs spend" in str(without.undefined)
    assert (250, None) == (with_spend.value, with_spend.undefined)
    assert {"spend": 500, "new_customers": 2} == dict(with_spend.inputs)


def test_ratios_in_a_reporting_currency_are_free_of_fx() -> None:
    """100 EUR lost while the rate doubles is all of the MRR lost, not twice all of it (§3: fx is its own line)."""
    rates = RateTable(
        [
            (date(2025, 1, 31), "EUR", "USD", Decimal(1)),
            (date(2025, 2, 28), "EUR", "USD", Decimal(2)),
        ],
        MissingRatePolicy.EXACT,
    )
    book = Book([span("2024-01-01", "100", "2025-02-10", currency="EUR")]).in_currency("USD", rates)
    found = {row.name: row.value for row in book.metrics("2025-02")}
    assert (0, 1, -1) == (found["grr"], found["revenue_churn"], found["growth_rate"])


def test_retention_follows_the_customers_of_the_opening_in_the_gross_view_too() -> None:
    """“GRR … over customers with O > 0”: who joined and left in the month was not among them."""
    book = Book([span("2025-01-01", "10"), span("2025-02-03", "100", "2025-02-20", customer="b")])
    found = {row.name: row.value for row in book.metrics("2025-02", view=View.GROSS)}
    assert (1, 1, 10) == (found["grr"], found["nrr"], found["gross_mrr_churn"])
