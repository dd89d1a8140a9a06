"""Golden: SaaS metrics for Laravel Cashier; `cashier_saas_metrics/README.md` says where the numbers come from."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.golden.cases import load
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.mrr.spans import ExclusionReason
from subscription_metrics.periods import BillingInterval
from subscription_metrics.sources.csv import load_csv

CASES = load("cashier_saas_metrics")
JANUARY = date(2025, 1, 31)


def book_of(case: dict[str, Any]) -> Book:
    """One customer for each of the case's subscriptions; what tells groups apart is an attribute."""
    spans = [
        span(
            "2025-01-01",
            BillingInterval.parse(one["interval"]).monthly(Decimal(one["amount"])),
            customer=f"customer {number}",
            subscription=f"subscription {number}",
            plan=one.get("plan"),
            attributes={"channel": one["channel"]} if "channel" in one else {},
        )
        for number, one in enumerate(case["input"])
    ]
    return Book(spans, as_of=JANUARY)


def test_every_case_is_tested() -> None:
    """All five apply. Their lifetime value, 60 × ARPU without churn, is in no case: there is no number to hold."""
    assert {"two_monthly", "yearly", "trial_excluded", "plan_filter_pro", "group_by_channel"} == CASES.keys()


@pytest.mark.parametrize("name", ["two_monthly", "yearly"])
def test_mrr(name: str) -> None:
    """The sum, of monthly and of yearly prices."""
    assert CASES[name]["expected"]["mrr"] == book_of(CASES[name]).mrr("2025-01")


def test_trial_excluded() -> None:
    """A subscription whose file says that it is on trial has no MRR, and the book says why."""
    case = CASES["trial_excluded"]
    header = "external_org_id,product_code,mrr,currency,start_at,end_at,status,source_system,source_subscription_id\n"
    lines = (
        f"c{n},p,{one['amount']},USD,2025-01-01,,{one['status']},app,s{n}\n" for n, one in enumerate(case["input"])
    )
    reading = load_csv(io.StringIO(header + "".join(lines)))
    book = Book(reading.spans, exclusions=reading.exclusions, as_of=JANUARY)
    assert case["expected"]["mrr"] == book.mrr("2025-01")
    assert [ExclusionReason.TRIALING] == [one.reason for one in book.exclusions]


def test_plan_filter_pro() -> None:
    """One plan's part of MRR."""
    case = CASES["plan_filter_pro"]
    by_plan = {row.segment: row.mrr for row in book_of(case).segments("plan", "2025-01")}
    assert case["expected"]["mrr"] == by_plan[case["filter"]["plan"]]


def test_group_by_channel() -> None:
    """MRR by an attribute, as balances and as bridges."""
    case = CASES["group_by_channel"]
    book = book_of(case)
    assert case["expected"] == {row.segment: row.mrr for row in book.segments("channel", "2025-01")}
    assert case["expected"] == {row.segment: row.new for row in book.bridge("2025-01", by="channel")}
