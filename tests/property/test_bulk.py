"""Many lines at once, against one at a time.

“A second way: every fast path is compared with a slow, obvious one on generated books.”
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.periods import Period, period_range
from subscription_metrics.recognition.bulk import MOST_DAYS, MOST_UNITS, earned_daily
from subscription_metrics.recognition.curves import ratable
from subscription_metrics.recognition.schedule import FiscalPeriod, Line, Piece, by_period, weeks_calendar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subscription_metrics.recognition.schedule import PostingPeriod

START = date(2024, 1, 1)
CALENDARS: tuple[Sequence[PostingPeriod], ...] = (
    period_range(Period.parse("2024-01"), Period.parse("2026-12")),
    period_range(Period.parse("2024-Q1"), Period.parse("2026-Q4")),
    weeks_calendar(START, "FY24"),
)


def one_by_one(amount: int, service: tuple[date, date], periods: Sequence[PostingPeriod]) -> tuple[int, ...]:
    """What the schedule of a single line says."""
    return by_period(Line("a", "a", (Piece(amount, ratable(*service)),)), periods)


def filled(first: int, earned: tuple[int, ...], periods: Sequence[PostingPeriod]) -> tuple[int, ...]:
    """The same, with the periods in which nothing is earned."""
    return (0,) * first + earned + (0,) * (len(periods) - first - len(earned))


amounts = st.one_of(st.integers(0, 10**8), st.integers(MOST_UNITS - 9, MOST_UNITS + 9), st.integers(-(10**20), 10**20))
services = st.tuples(st.integers(-900, 1500), st.integers(1, 1500)).map(
    lambda pair: (START + timedelta(days=pair[0]), START + timedelta(days=sum(pair)))
)


@given(st.lists(st.tuples(amounts, services), min_size=1, max_size=9), st.sampled_from(CALENDARS))
def test_many_lines_at_once_are_as_exact_as_one(
    lines: list[tuple[int, tuple[date, date]]], periods: Sequence[PostingPeriod]
) -> None:
    """Any amounts and services, in any calendar, also where it begins too late or ends too early."""
    places, earned = earned_daily([(amount, *service) for amount, service in lines], periods)
    expected = [one_by_one(amount, service, periods) for amount, service in lines]
    assert expected == [filled(first, steps, periods) for first, steps in zip(places, earned, strict=True)]


@pytest.mark.parametrize("days", [1, 2, 3, 365, 366, 65_521, MOST_DAYS - 1, MOST_DAYS, MOST_DAYS + 1, 10**6])
@pytest.mark.parametrize("most", [MOST_UNITS, MOST_UNITS + 1, 2**32, 2**33])
def test_the_largest_amounts_are_exact_where_a_reciprocal_is_most_at_risk(days: int, most: int) -> None:
    """Numerators one below a multiple of the days: the smallest excess would carry."""
    start = date(1900, 1, 1)
    end = start + timedelta(days=days)
    cuts = sorted({1, days // 3, days - 1, days} - {0})
    edges = [start + timedelta(days=cut) for cut in (0, *cuts)]
    periods = [FiscalPeriod(str(left), left, right) for left, right in pairwise(edges)]
    # One day before the end 1 × units is left, so the numerator is units + (days − 1) ÷ 2, and a day later twice that.
    hardest = [most - (most + (days - 1) // 2 + 1) % days, most]
    places, earned = earned_daily([(units, start, end) for units in hardest], periods)
    assert [0, 0] == places
    assert [one_by_one(units, (start, end), periods) for units in hardest] == earned
