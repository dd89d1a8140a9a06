"""Laws of periods and billing intervals, over the whole calendar and every start of the fiscal year.

Semantics §3: "day, week, month, quarter, year, with a fiscal year that may start in any month"; §1: "intervals are
half-open: `[start, end)`"; §2: "Exact rational arithmetic, rounded once per span to 8 decimals, half-even".
"""

from __future__ import annotations

import decimal
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.periods import (
    BillingInterval,
    Grain,
    IntervalUnit,
    Period,
    index_of,
    period_range,
    shift_months,
)

# Two years from either end of the calendar, so that every period around the day is whole.
DAYS = st.dates(date(3, 1, 1), date(9997, 12, 31))
GRAINS = st.sampled_from(Grain)
YEAR_STARTS = st.integers(1, 12)
PERIODS = st.builds(Period.containing, DAYS, GRAINS, YEAR_STARTS)
INTERVALS = st.builds(BillingInterval, st.sampled_from(IntervalUnit), st.integers(1, 200))


@given(DAYS, GRAINS, YEAR_STARTS)
def test_a_day_lies_in_exactly_one_period(day: date, grain: Grain, year_start: int) -> None:
    """Semantics §1: "intervals are half-open: `[start, end)`": the neighbours don't hold the day."""
    period = Period.containing(day, grain, year_start)
    assert period.previous().end == period.start <= day < period.end == period.next().start


@given(PERIODS)
def test_each_day_of_a_period_has_its_index(period: Period) -> None:
    """Semantics §1: "`end` is the first day *without* service": it belongs to the next period."""
    days = [period.start + timedelta(days=n) for n in range(period.days + 1)]
    indexes = [index_of(day, period.grain, period.year_start) for day in days]
    assert [period.index] * period.days + [period.index + 1] == indexes


@given(PERIODS)
def test_a_label_is_read_as_the_period_that_wrote_it(period: Period) -> None:
    """Semantics §3: "day, week, month, quarter, year, with a fiscal year that may start in any month"."""
    assert period == Period.parse(str(period), period.year_start)


@given(DAYS, YEAR_STARTS)
def test_a_fiscal_year_is_named_after_the_year_in_which_it_ends(day: date, year_start: int) -> None:
    """Semantics §3: "a fiscal year that may start in any month"."""
    year = Period.containing(day, Grain.YEAR, year_start)
    assert (year_start, 1) == (year.start.month, year.start.day)
    assert f"{year.last_day.year:04}" == str(year).removeprefix("FY")


@given(DAYS, YEAR_STARTS)
def test_quarters_make_up_their_year(day: date, year_start: int) -> None:
    """Semantics §3: "day, week, month, quarter, year": a year's four quarters, three months each."""
    year = Period.containing(day, Grain.YEAR, year_start)
    first, last = (Period.containing(on, Grain.QUARTER, year_start) for on in (year.start, year.last_day))
    quarters = period_range(first, last)
    assert [f"{year}-Q{number}" for number in (1, 2, 3, 4)] == [str(quarter) for quarter in quarters]
    assert [shift_months(year.start, months) for months in (0, 3, 6, 9)] == [quarter.start for quarter in quarters]


@given(DAYS)
def test_weeks_are_those_of_iso_8601(day: date) -> None:
    """Against the calendar of the standard library."""
    week = Period.containing(day, Grain.WEEK)
    assert (day.isocalendar().year, day.isocalendar().week, 1) == tuple(week.start.isocalendar())
    assert day.strftime("W%V") == str(week)[-3:]


@given(PERIODS, st.integers(0, 40))
def test_a_range_has_every_period_once(first: Period, count: int) -> None:
    """Semantics §3: "each closing is the next opening": no gap and no overlap in a window."""
    window = period_range(first, first.shift(count))
    assert count + 1 == len(window)
    assert [period.end for period in window[:-1]] == [period.start for period in window[1:]]


@given(PERIODS, st.integers(-20, 20))
def test_order_is_that_of_time(period: Period, count: int) -> None:
    """Later periods are greater, and shifting back returns."""
    other = period.shift(count)
    assert (period < other, period == other) == (period.start < other.start, count == 0)
    assert period == other.shift(-count)


@given(DAYS, st.integers(-20, 20))
def test_shifted_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    """The month is `months` on; the day is the same, or the last there is."""
    shifted = shift_months(day, months)
    assert index_of(day, Grain.MONTH) + months == index_of(shifted, Grain.MONTH)
    assert shifted.day == min(day.day, Period.containing(shifted, Grain.MONTH).days)


@given(INTERVALS)
def test_an_interval_is_read_from_its_text(interval: BillingInterval) -> None:
    """Nothing is lost between `str` and `parse`."""
    assert interval == BillingInterval.parse(str(interval))


NORMALISED = {
    IntervalUnit.DAY: Fraction(365, 12),
    IntervalUnit.WEEK: Fraction(52, 12),
    IntervalUnit.MONTH: Fraction(1),
    IntervalUnit.YEAR: Fraction(1, 12),
}


@given(INTERVALS, st.decimals(-(10**12), 10**12, places=8))
def test_a_monthly_amount_is_the_exact_quotient_rounded_once(interval: BillingInterval, amount: Decimal) -> None:
    """Semantics §2: "every *n* months ÷ n; every *n* years ÷ 12n; every *n* weeks × 52/12 ÷ n", and so for days."""
    exact = Fraction(amount) * NORMALISED[interval.unit] / interval.count
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP):
        monthly = interval.monthly(amount)
    assert round(exact * 10**8) == Fraction(monthly) * 10**8


@given(INTERVALS, st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 24))
def test_billing_days_follow_each_other(interval: BillingInterval, anchor: date, n: int) -> None:
    """Each is after the one before, and the first is the anchor."""
    assert anchor == interval.nth(anchor, 0)
    assert interval.nth(anchor, n) < interval.nth(anchor, n + 1)
