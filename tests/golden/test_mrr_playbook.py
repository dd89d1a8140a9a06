"""Golden: dbt Labs' MRR playbook, row by row; `mrr_playbook/README.md` says where the numbers come from."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from tests.golden.cases import FOLDER

from subscription_metrics.book import Book
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.periods import Grain, Period

INPUT = FOLDER / "mrr_playbook" / "input_subscription_periods.csv"

BEFORE_THEIR_MONTHS = {"2", "3", "4"}
"""The trap: gone before their list of months starts, these customers have no rows."""

KINDS = {
    "": None,
    "new": MovementKind.NEW,
    "upgrade": MovementKind.EXPANSION,
    "reactivation": MovementKind.REACTIVATION,
    "downgrade": MovementKind.CONTRACTION,
    "churn": MovementKind.LOST,
}

AMOUNTS = {
    "mrr": "closing",
    "new_mrr": "new",
    "reactivation_mrr": "reactivation",
    "upgrade_mrr": "expansion",
    "downgrade_mrr": "contraction",
    "churn_mrr": "lost",
    "active_customers": "closing_customers",
    "new_customers": "new_customers",
    "churned_customers": "lost_customers",
    "reactivated_customers": "reactivation_customers",
}
"""Their columns of the monthly roll-up, and ours of the bridge."""


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of their files."""
    with (FOLDER / "mrr_playbook" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def month(text: str) -> Period:
    """The month of a first day."""
    return Period.containing(date.fromisoformat(text), Grain.MONTH)


@pytest.fixture(scope="module")
def book() -> Book:
    """All 121 periods, read by the library's own reader."""
    return Book.from_csv(INPUT)


@pytest.fixture(scope="module")
def theirs(book: Book) -> Book:
    """The customers whom their list of months reaches."""
    return Book([span for span in book.spans if span.customer not in BEFORE_THEIR_MONTHS])


@pytest.mark.parametrize("view", View)
def test_every_customer_and_month(theirs: Book, view: View) -> None:
    """All 410 rows: MRR, its change, the category of the change, what was renewed; and nothing where they have none."""
    expected = {
        (row["customer_id"], month(row["date_month"])): row for row in rows_of("expected_mrr_by_customer_month.csv")
    }
    moved = {(one.customer_id, one.period): one for one in theirs.movements("2018-01", "2020-02", view=view)}
    ours = {
        (str(row.segment), row.period): row for row in theirs.bridge("2018-01", "2020-02", by="customer", view=view)
    }
    assert len(expected) == 410
    assert expected.keys() <= ours.keys()
    for place, row in ours.items():
        theirs_there = expected.get(
            place, {"mrr": "0", "mrr_change": "0", "change_category": "", "renewal_amount": "0"}
        )
        movement = moved.get(place)
        assert Decimal(theirs_there["mrr"]) == row.closing
        assert Decimal(theirs_there["mrr_change"]) == (movement.amount if movement else 0)
        assert KINDS[theirs_there["change_category"]] is (movement.kind if movement else None)
        assert Decimal(theirs_there["renewal_amount"]) == min(row.opening, row.closing)


def test_every_month(theirs: Book) -> None:
    """The 26 months of the roll-up: amounts and counts of every line, and what was renewed in all."""
    expected = rows_of("expected_monthly_rollup.csv")
    renewed: defaultdict[Period, Decimal] = defaultdict(Decimal)
    for row in theirs.bridge("2018-01", "2020-02", by="customer"):
        renewed[row.period] += min(row.opening, row.closing)
    ours = theirs.bridge("2018-01", "2020-02")
    for row, of_month in zip(ours, expected, strict=True):
        assert month(of_month["month"]) == row.period
        assert {name: Decimal(of_month[name]) for name in AMOUNTS} == {
            name: getattr(row, line) for name, line in AMOUNTS.items()
        }
        assert Decimal(of_month["net_change"]) == row.closing - row.opening
        assert Decimal(of_month["renewal_amount"]) == renewed[row.period]


def test_the_customers_whom_their_months_miss(book: Book) -> None:
    """From the first period on there are 3 new and 3 lost customers more, with 100 of MRR; what follows is the same."""
    before = book.bridge("2017-09", "2017-12").rows
    assert (3, 3) == (sum(row.new_customers for row in before), sum(row.lost_customers for row in before))
    assert (100, -100) == (sum(row.new for row in before), sum(row.lost for row in before))
    whole = book.bridge("2017-09", "2020-02").rows
    totals = {kind.value: sum(getattr(row, kind.value) for row in whole) for kind in MovementKind}
    expected = {"new": 2295, "reactivation": 150, "expansion": 660, "contraction": -555, "lost": -2550, "fx": 0}
    assert expected == totals
