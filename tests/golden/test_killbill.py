"""Golden: Kill Bill's MRR of a catalogue price; `killbill/README.md` says where the numbers come from."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest
from tests.golden.cases import FOLDER
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.money import Rounding, round_to
from subscription_metrics.periods import BillingInterval

INTERVALS = {"MONTHLY": BillingInterval.parse("month"), "ANNUAL": BillingInterval.parse("year")}

NOT_YET = {
    "NO_BILLING_PERIOD": "a price without interval is a one-off charge: a fact that becomes an exclusion, never a span",
}
"""What can't apply before there are billing facts, with the reason."""

with (FOLDER / "killbill" / "mrr_from_billing_period.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def test_every_row_is_tested_or_listed() -> None:
    """All 63 prices: 4 of them have no billing period."""
    assert {row["billing_period"] for row in ROWS} == INTERVALS.keys() | NOT_YET.keys()
    assert (63, 4) == (len(ROWS), sum(row["billing_period"] in NOT_YET for row in ROWS))


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["billing_period"] in INTERVALS], ids=lambda row: row["price"]
)
def test_mrr_of_a_catalogue_price(row: dict[str, str]) -> None:
    """Price ÷ months, 4 decimals, half up: our 8 decimals, rounded as they round."""
    amount = INTERVALS[row["billing_period"]].monthly(Decimal(row["price"]))
    mrr = Book([span("2025-01-01", amount)], as_of=date(2025, 1, 31)).mrr("2025-01")
    assert Decimal(row["expected_mrr"]) == round_to(mrr, 4, Rounding.HALF_UP)
