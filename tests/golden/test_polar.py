"""Golden: Polar's metrics by day and month; `polar/README.md` says where the numbers come from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.golden.cases import load
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.money import Rounding, round_money, round_to
from subscription_metrics.mrr.spans import Level, Span
from subscription_metrics.periods import BillingInterval, Grain, Period

CASES = load("polar")

NEEDS_ORDERS = "needs invoices: spans hold no order"
NOT_OURS = {
    "orders": NEEDS_ORDERS,
    "revenue_cents": NEEDS_ORDERS,
    "cumulative_revenue_cents": NEEDS_ORDERS,
    "average_order_value_cents": NEEDS_ORDERS,
    "renewed_subscriptions": NEEDS_ORDERS,
    "committed_mrr_cents": "needs the convention of committed MRR",
    "canceled_subscriptions": "needs the day on which a cancellation was requested",
    "trial_mrr_cents": "needs what a trial would pay: a span is what is paid",
    "trial_committed_mrr_cents": "the same",
    "churn_rate": "cancelled in the 30 days before over active 30 days before: needs the day of the request",
}
"""Figures that we don't answer yet, with the reason."""

FREE_COUNTS = {"active_subscriptions", "new_subscriptions"}
"""Polar counts free subscriptions, we count those with MRR: listed for the case `free_subscription` only."""


def spans_of(given: dict[str, Any]) -> list[Span]:
    """The span of a subscription, its amount rounded to whole cents as Polar does before it adds up.

    By their rules a trial pays nothing until it ends, a discount for ever is part of the price, and a pause is no end.
    """
    interval = BillingInterval.parse(f"{given['interval_count']} {given['interval']}")
    start, end = given.get("trial_end", given["started_at"]), given.get("ended_at") or given.get("ends_at")
    discount = given.get("discount", {"duration": "forever", "basis_points": 0})
    assert discount["duration"] == "forever"
    price = Decimal(given["amount_cents"]).scaleb(-2) * (10000 - discount["basis_points"]) / 10000
    if end is not None and end <= start:
        return []
    return [
        span(
            start,
            round_money(interval.monthly(price), "USD", Rounding.HALF_UP),
            end,
            customer=given["customer"],
            subscription=given["id"],
            interval=interval,
        )
    ]


def answers(book: Book, period: Period) -> dict[str, int]:
    """Our figures of a period under their names."""
    (row,) = book.bridge(period, period, level=Level.SUBSCRIPTION) or [None]
    known = {one.name: one.value for one in book.metrics(period)}
    arpa = known.get("arpa")
    return {
        "mrr_cents": int(book.mrr(period) * 100),
        "active_subscriptions": row.closing_customers if row else 0,
        "new_subscriptions": row.new_customers if row else 0,
        "churned_subscriptions": row.lost_customers if row else 0,
        "arpu_cents": int(round_to(arpa * 100, 0, Rounding.HALF_UP)) if isinstance(arpa, Decimal) else 0,
    }


def test_every_figure_is_tested_or_listed() -> None:
    """A figure that is listed is one of the file; all ten cases apply."""
    assert len(CASES) == 10
    figures = {figure for case in CASES.values() for expected in case["expected"].values() for figure in expected}
    assert NOT_OURS.keys() < figures


@pytest.mark.parametrize("name", CASES)
def test_figures_by_period(name: str) -> None:
    """Every bucket of the case, every figure that isn't listed."""
    case = CASES[name]
    query = case["input"]["query"]
    spans = [one for given in case["input"]["subscriptions"] for one in spans_of(given)]
    book = Book(spans, as_of=date.fromisoformat(query["end"]))
    left_out = NOT_OURS.keys() | (FREE_COUNTS if name == "free_subscription" else set())
    for bucket, figures in case["expected"].items():
        expected = {figure: value for figure, value in figures.items() if figure not in left_out}
        ours = answers(book, Period.containing(date.fromisoformat(bucket), Grain(query["interval"])))
        assert expected
        assert expected == {figure: ours[figure] for figure in expected}
