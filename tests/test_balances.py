from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.mrr.balances import LARGEST, Leaders, Pairs

UNITS = 40
BALANCES = st.lists(st.integers(0, 6), min_size=UNITS, max_size=UNITS)


def changes(before: list[int], after: list[int]) -> tuple[list[int], list[int]]:
    """What leads from the balances of one close to those of the next."""
    moved = [unit for unit in range(UNITS) if before[unit] != after[unit]]
    return moved, [after[unit] - before[unit] for unit in moved]


@given(st.lists(st.tuples(BALANCES, BALANCES), max_size=4))
def test_sums_kept_up_to_date_are_the_plain_sums(closes: list[tuple[list[int], list[int]]]) -> None:
    """Whatever changed, now or a year ago."""
    pairs = Pairs(UNITS)
    for then, now in closes:
        pairs.change_then(changes(pairs.paid, then))
        pairs.change_now(changes(pairs.paying, now))
        both = list(zip(then, now, strict=True))
        assert sum(then) == pairs.opening
        assert sum(pays for paid, pays in both if paid) == pairs.closing
        assert sum(min(pair) for pair in both) == pairs.kept
        assert sum(pays * pays for pays in now) == pairs.squares


@given(st.lists(BALANCES, max_size=6))
def test_the_largest_are_found_among_the_leaders(closes: list[list[int]]) -> None:
    """With few leaders, many of equal size, and when most of them leave."""
    with_few = Leaders(few=12, many=20)
    held = [0] * UNITS
    for now in closes:
        moved, _ = changes(held, now)
        found = sorted(with_few.largest(now, [moved]), reverse=True)
        assert [pays for pays in sorted(now, reverse=True)[:LARGEST] if pays] == found
        held = now
