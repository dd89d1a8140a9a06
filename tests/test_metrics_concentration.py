from __future__ import annotations

from decimal import Decimal

from subscription_metrics.metrics import herfindahl_index, subscribers, subscriptions, top_share
from subscription_metrics.quotients import Undefined

NO_MRR = Undefined("there is no MRR on the last day")


def test_counts_are_their_own_inputs() -> None:
    """Who pays on the last day counts, and nobody is a number, too."""
    assert Decimal(3) == subscribers(closing_customers=3)
    assert Decimal(5) == subscriptions(closing_subscriptions=5)
    assert Decimal(0) == subscribers(closing_customers=0)


def test_the_share_of_the_largest() -> None:
    """60 and 30 of 100."""
    assert Decimal("0.9") == top_share(largest=60 + 30, closing=100)
    assert NO_MRR == top_share(largest=0, closing=0)


def test_the_index_lies_between_even_and_single() -> None:
    """Four who pay the same give a quarter; one who pays everything gives 1."""
    assert Decimal("0.25") == herfindahl_index(sum_of_squares=4 * 25**2, closing=100)
    assert Decimal(1) == herfindahl_index(sum_of_squares=100**2, closing=100)
    assert NO_MRR == herfindahl_index(sum_of_squares=0, closing=0)
