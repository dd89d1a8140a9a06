"""Law: what is retained without gains is never more than what is retained with them.

Semantics §4: GRR is “never above 1; trailing 12 months: min(then, now) per customer”, NRR adds expansion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.mrr.bridge import View
from subscription_metrics.quotients import Quotient, Undefined
from subscription_metrics.testing.strategies import books, scopes, windows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from subscription_metrics.book import Book

PAIRS = (
    ("grr", "nrr"),
    ("grr", "nrr_with_reactivation"),
    ("nrr", "nrr_with_reactivation"),
    ("grr_trailing_12", "nrr_trailing_12"),
)
SHARES = ("grr", "grr_trailing_12", "revenue_churn", "gross_mrr_churn", "customer_churn", "voluntary_share")


def values(book: Book, data: st.DataObject) -> Iterator[dict[str, Quotient]]:
    """The metrics of a period by name, once for each currency and segment."""
    scope = data.draw(scopes(views=(View.NET,)))
    period, _ = data.draw(windows(scope["grain"], book.year_start))
    rows = book.metrics(period, **scope).rows
    for place in {(row.currency, row.segment) for row in rows}:
        yield {row.name: row.value for row in rows if (row.currency, row.segment) == place}


def defined(known: dict[str, Quotient], *names: str) -> list[Decimal] | None:
    """The values of `names`, `None` if one of them has none."""
    found = [value for name in names if not isinstance(value := known[name], Undefined)]
    return found if len(found) == len(names) else None


@given(books(), st.data())
def test_retention_without_gains_is_at_most_retention_with_them_and_at_most_all(
    book: Book, data: st.DataObject
) -> None:
    """“GRR: (O + K + L) / O … never above 1”, “NRR: (O + E + K + L) / O”, “+ R”: each adds what is not negative."""
    for known in values(book, data):
        for smaller, larger in PAIRS:
            pair = defined(known, smaller, larger)
            assert pair is None or pair[0] <= pair[1]
        for name in SHARES:
            share = defined(known, name)
            assert share is None or 0 <= share[0] <= 1
        kept_and_lost = defined(known, "grr", "gross_mrr_churn")
        assert kept_and_lost is None or round(sum(kept_and_lost), 20) == 1
        assert isinstance(known["grr"], Undefined) == isinstance(known["nrr"], Undefined)
