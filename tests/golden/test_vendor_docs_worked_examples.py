"""Golden: numbers in vendors' help pages; `vendor_docs_worked_examples/README.md` says where they come from."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from tests.golden.cases import load
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.metrics import gross_mrr_churn, net_mrr_churn
from subscription_metrics.money import from_units, round_money, round_to
from subscription_metrics.mrr.bridge import View
from subscription_metrics.periods import BillingInterval

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = load("vendor_docs_worked_examples")

NOT_YET = {
    "profitwell_discount": "needs discounts: a span's amount is what is left after them",
    "lago_coupon_ignored": "needs discounts, and the convention that ignores them",
}
"""Cases that can't apply before there are billing facts and conventions, with the reason."""

OTHER_FACTORS = {
    "P1D": "a month of 30 days is a convention; ours is 365/12",
    "P3D": "the same",
    "P1W": "a month of 4 weeks is a convention; ours is 52/12",
    "P2W": "the same",
    "P4W": "the same",
}
"""RevenueCat's factors that the default conventions don't have, with the reason."""

KINDS = {
    "new": "new",
    "expansion": "expansion",
    "contraction": "contraction",
    "churn": "lost",
    "reactivation": "reactivation",
}
"""Their names of movements, and ours."""

YEAR, MONTH = BillingInterval.parse("year"), BillingInterval.parse("month")


def chartmogul_lifecycle() -> object:
    """Four of Gold for a year, two of Silver for two weeks of it, and back with three of Gold by the month."""
    spans = [
        span("2024-01-01", YEAR.monthly(Decimal(2000)), "2025-01-01", subscription="gold", quantity=4),
        span("2024-01-04", Decimal(60), "2024-01-18", subscription="silver", quantity=2),
        span("2025-02-01", Decimal(150), subscription="gold again", quantity=3),
    ]
    moved = Book(spans).movements("2024-01", "2025-02", view=View.GROSS)
    return [(one.kind.value, str(round_money(one.amount, "USD"))) for one in moved]


def chartmogul_customer_churn_standard() -> object:
    """A hundred customers at the start: 10 leave, 1 leaves and returns, 1 joins and leaves."""
    spans = [
        span("2025-01-01", Decimal(5), "2025-02-10" if n < 11 else None, customer=f"c{n}", subscription=f"s{n}")
        for n in range(100)
    ]
    spans += [
        span("2025-02-20", Decimal(5), customer="c0", subscription="s0"),
        span("2025-02-05", Decimal(5), "2025-02-15", customer="new", subscription="new"),
    ]
    (gross,) = Book(spans).bridge("2025-02", "2025-02", view=View.GROSS)
    assert (100, 12) == (gross.opening_customers, gross.lost_customers)
    (churn,) = (row.value for row in Book(spans).metrics("2025-02") if row.name == "customer_churn_chartmogul")
    return churn


def chartmogul_mrr_churn() -> object:
    """Gross counts losses, net subtracts expansion and reactivation."""
    given = {name: Decimal(value) for name, value in CASES["chartmogul_gross_mrr_churn"]["input"].items()}
    losses = {"opening": given["start_mrr"], "lost": -given["churn"], "contraction": -given["contraction"]}
    gains = {"expansion": given["expansion"], "reactivation": given["reactivation"]}
    return {"gross_mrr_churn_rate": gross_mrr_churn(**losses), "net_mrr_churn_rate": net_mrr_churn(**losses, **gains)}


def stripe_mrr_example() -> object:
    """A hundred who pay by the month and fifty who pay by the year."""
    spans = [
        span(
            "2025-01-01",
            BillingInterval.parse(group["interval"]).monthly(Decimal(group["price"])),
            customer=f"{group['interval']} {n}",
            subscription=f"{group['interval']} {n}",
        )
        for group in CASES["stripe_mrr_example"]["input"]
        for n in range(group["subscribers"])
    ]
    return {"mrr": Book(spans).mrr("2025-01")}


def revenuecat_normalisation() -> object:
    """1.00 for each duration whose factor the default conventions have."""
    durations = [name for name in CASES["revenuecat_normalisation"]["expected"] if name not in OTHER_FACTORS]
    return {name: BillingInterval.parse(name).monthly(Decimal(1)) for name in durations}


def lago_mrr_upgrade_then_end() -> object:
    """100 before March, 200 from the 15th, terminated on 10 April."""
    held = [span("2025-01-01", Decimal(100), "2025-03-15"), span("2025-03-15", Decimal(200), "2025-04-10")]
    return [
        {
            "starting": row.opening,
            "new": row.new,
            "expansion": row.expansion,
            "contraction": row.contraction,
            "churn": row.lost,
            "change": row.closing - row.opening,
            "ending": row.closing,
        }
        for row in Book(held).bridge("2025-03", "2025-04")
    ]


def decimals(case: dict[str, Any]) -> object:
    """The expected numbers of a case as decimals."""
    return {name: Decimal(value) for name, value in case["expected"].items()}


ANSWERS: dict[str, tuple[Callable[[], object], Callable[[dict[str, Any]], object]]] = {
    "chartmogul_lifecycle": (
        chartmogul_lifecycle,
        lambda case: [(KINDS[step["type"]], step["mrr_delta"]) for step in case["expected"]],
    ),
    "chartmogul_customer_churn_standard": (
        chartmogul_customer_churn_standard,
        lambda case: Decimal(case["expected"]["customer_churn_rate"]),
    ),
    "chartmogul_gross_mrr_churn": (chartmogul_mrr_churn, decimals),
    "stripe_mrr_example": (stripe_mrr_example, decimals),
    "revenuecat_normalisation": (
        revenuecat_normalisation,
        lambda case: {
            name: round_to(from_units(round(Fraction(value) * 10**20), 20), 8)
            for name, value in case["expected"].items()
            if name not in OTHER_FACTORS
        },
    ),
    "lago_mrr_upgrade_then_end": (
        lago_mrr_upgrade_then_end,
        lambda case: [
            {name: Decimal(value) for name, value in row.items() if name != "period"} for row in case["expected"]
        ],
    ),
}
"""For each case how we answer it, and how its expected numbers are read."""


def test_every_case_is_tested_or_listed() -> None:
    """No case is both, none is neither; and every factor that is listed is one of RevenueCat's."""
    assert CASES.keys() == ANSWERS.keys() | NOT_YET.keys()
    assert set() == ANSWERS.keys() & NOT_YET.keys()
    assert OTHER_FACTORS.keys() < CASES["revenuecat_normalisation"]["expected"].keys()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_worked_example(name: str) -> None:
    """The printed numbers, from the printed inputs."""
    answer, expected = ANSWERS[name]
    assert expected(CASES[name]) == answer()
