"""Laws of allocation: nothing is lost and nobody gets more than a unit too much.

Semantics §3: "Tables that are rounded for reading still foot: cents are placed by largest remainder."
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.money import allocate

TOTALS = st.integers(-(10**30), 10**30)
EXACT_NUMBERS = st.integers(0, 10**12) | st.decimals(0, 10**9, places=8) | st.fractions(0, 10**6, max_denominator=10**6)
WEIGHTS = st.lists(EXACT_NUMBERS, min_size=1, max_size=12).filter(any)

Weight = int | Decimal | Fraction


def proportions(total: int, weights: list[Weight]) -> list[Fraction]:
    """What each would get if money could be divided."""
    whole = sum(Fraction(weight) for weight in weights)
    return [total * Fraction(weight) / whole for weight in weights]


@given(TOTALS, WEIGHTS)
def test_shares_add_up_to_the_total(total: int, weights: list[Weight]) -> None:
    """Semantics §3: "Tables that are rounded for reading still foot"."""
    assert total == sum(allocate(total, weights))


@given(TOTALS, WEIGHTS)
def test_no_share_is_a_whole_unit_from_its_proportion(total: int, weights: list[Weight]) -> None:
    """Semantics §3: "cents are placed by largest remainder": at most one for each share."""
    shares = allocate(total, weights)
    assert len(weights) == len(shares)
    assert all(abs(share - exact) < 1 for share, exact in zip(shares, proportions(total, weights), strict=True))


@given(st.integers(0, 10**30), WEIGHTS)
def test_a_larger_remainder_is_served_first(total: int, weights: list[Weight]) -> None:
    """Semantics §3: "by largest remainder", the first of equal ones first."""
    exact = proportions(total, weights)
    got_one = [share > part // 1 for share, part in zip(allocate(total, weights), exact, strict=True)]
    ranks = [(part % 1, -position) for position, part in enumerate(exact)]
    served = [rank for rank, got in zip(ranks, got_one, strict=True) if got]
    waiting = [rank for rank, got in zip(ranks, got_one, strict=True) if not got]
    assert not served or not waiting or min(served) > max(waiting)


@given(TOTALS, WEIGHTS)
def test_a_negative_total_is_split_like_the_positive_one(total: int, weights: list[Weight]) -> None:
    """Semantics §3: "Lost and contraction are negative": their cents fall where those of a gain would."""
    assert allocate(-total, weights) == tuple(-share for share in allocate(total, weights))


@given(TOTALS, WEIGHTS, st.integers(1, 10**6))
def test_only_the_ratio_of_weights_counts(total: int, weights: list[Weight], factor: int) -> None:
    """Weights in cents and weights in dollars place the same cents."""
    assert allocate(total, weights) == allocate(total, [Fraction(weight) * factor for weight in weights])
