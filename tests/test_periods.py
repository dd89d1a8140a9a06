from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from subscription_metrics.errors import InvalidPeriod
from subscription_metrics.periods import (
    BillingInterval,
    Grain,
    IntervalUnit,
    Period,
    index_of,
    period_range,
    shift_months,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)

# label, year_start, first day, last day, the label before, the label after
CALENDAR = [
    ("2025-01-31", 1, date(2025, 1, 31), date(2025, 1, 31), "2025-01-30", "2025-02-01"),
    ("2024-02-29", 1, date(2024, 2, 29), date(2024, 2, 29), "2024-02-28", "2024-03-01"),
    ("0001-01-01", 1, date.min, date.min, None, "0001-01-02"),
    ("9999-12-30", 1, date(9999, 12, 30), date(9999, 12, 30), "9999-12-29", None),
    # ISO 8601: the first week of a year is the one with its first Thursday.
    ("2025-W03", 1, date(2025, 1, 13), date(2025, 1, 19), "2025-W02", "2025-W04"),
    ("2020-W53", 1, date(2020, 12, 28), date(2021, 1, 3), "2020-W52", "2021-W01"),
    ("2009-W01", 1, date(2008, 12, 29), date(2009, 1, 4), "2008-W52", "2009-W02"),
    ("0001-W01", 1, date.min, date(1, 1, 7), None, "0001-W02"),
    ("2025-01", 1, date(2025, 1, 1), date(2025, 1, 31), "2024-12", "2025-02"),
    ("2024-02", 1, date(2024, 2, 1), date(2024, 2, 29), "2024-01", "2024-03"),
    ("0001-01", 1, date.min, date(1, 1, 31), None, "0001-02"),
    ("9999-11", 1, date(9999, 11, 1), date(9999, 11, 30), "9999-10", None),
    ("2025-Q1", 1, date(2025, 1, 1), date(2025, 3, 31), "2024-Q4", "2025-Q2"),
    ("2025-Q4", 1, date(2025, 10, 1), date(2025, 12, 31), "2025-Q3", "2026-Q1"),
    ("2025", 1, date(2025, 1, 1), date(2025, 12, 31), "2024", "2026"),
    ("FY2025-Q1", 7, date(2024, 7, 1), date(2024, 9, 30), "FY2024-Q4", "FY2025-Q2"),
    ("FY2025-Q4", 2, date(2024, 11, 1), date(2025, 1, 31), "FY2025-Q3", "FY2026-Q1"),
    ("FY2025-Q1", 12, date(2024, 12, 1), date(2025, 2, 28), "FY2024-Q4", "FY2025-Q2"),
    ("FY2025", 7, date(2024, 7, 1), date(2025, 6, 30), "FY2024", "FY2026"),
    ("FY2025", 2, date(2024, 2, 1), date(2025, 1, 31), "FY2024", "FY2026"),
]


@pytest.mark.parametrize(("label", "year_start", "first", "last", "before", "after"), CALENDAR)
def test_a_label_names_its_days(  # noqa: PLR0917  # the columns of the table above
    label: str, year_start: int, first: date, last: date, before: str | None, after: str | None
) -> None:
    """Read, written, first and last day, number of days, neighbours."""
    period = Period.parse(label, year_start)
    assert (label, label) == (period.label, str(period))
    assert (first, last) == (period.start, period.last_day)
    assert (last - first).days + 1 == period.days
    assert period == Period.containing(last, period.grain, year_start)
    if before:
        assert Period.parse(before, year_start) == period.previous()
    if after:
        assert Period.parse(after, year_start) == period.next()


NO_LABELS: dict[str, list[object]] = {
    "days": ["2025-01-1", "2025-02-29", "2025-00-01"],
    "weeks": ["2025-W54", "2025-W53", "2025-W00", "2025-W1"],
    "months": ["2025-13", "2025-00", "2025-1", "January 2025"],
    "quarters": ["2025-Q0", "2025-Q5", "2025Q1", "2025-q1"],
    "years": ["0000", "25", "٢٠٢٥"],
    "fiscal years that begin in January": ["FY2025", "FY2025-Q1"],
    "something around it": [" 2025", "2025\n", "2025-01 "],
    "no text": ["", None, 2025, date(2025, 1, 1)],
}


@pytest.mark.parametrize("text", [text for texts in NO_LABELS.values() for text in texts])
def test_what_is_no_label_is_refused(text: Any) -> None:  # noqa: ANN401  # whatever a caller passes
    """The remedy lists the spellings."""
    with pytest.raises(InvalidPeriod) as caught:
        Period.parse(text)
    expected = (
        f"period must be the label of a period (got {text!r}); write 2025-01-31, 2025-W03, 2025-01, 2025-Q1 or 2025; "
        "with a year_start after January FY2025-Q1 or FY2025 instead of the last two"
    )
    assert expected == str(caught.value)


@pytest.mark.parametrize("text", ["2025-Q1", "2025"])
def test_a_calendar_label_is_no_fiscal_one(text: str) -> None:
    """It would name other days than its reader thinks."""
    with pytest.raises(InvalidPeriod, match=r"FY2025-Q1 or FY2025 instead"):
        Period.parse(text, year_start=7)


@pytest.mark.parametrize("year_start", [0, 13, True, "7", 7.0])
def test_a_fiscal_year_begins_in_a_month(year_start: Any) -> None:  # noqa: ANN401  # whatever a caller passes
    """1 to 12, as an int."""
    with pytest.raises(InvalidPeriod) as caught:
        Period(Grain.YEAR, 2025, year_start)
    expected = f"year_start must be a month, 1 to 12 (got {year_start!r}); pass 1 for calendar years"
    assert expected == str(caught.value)


def test_only_quarters_and_years_know_a_fiscal_year() -> None:
    """A month is the same month whatever year it is counted in."""
    assert Period.parse("2025-01") == Period.parse("2025-01", year_start=7)
    assert 1 == Period.containing(date(2025, 1, 31), Grain.WEEK, 7).year_start
    assert Period.parse("2025") != Period.parse("FY2025", year_start=7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Period.parse("9999-12"),
            (
                "index must number a month between 0001-01-01 and 9999-12-30 (got 119999); "
                "use Period.containing or Period.parse"
            ),
        ),
        (
            lambda: Period.containing(date.max, Grain.DAY),
            (
                "index must number a day between 0001-01-01 and 9999-12-30 (got 3652059); "
                "use Period.containing or Period.parse"
            ),
        ),
        (
            lambda: Period.containing(date.min, Grain.YEAR, 7),
            "index must number a year between 0001-01-01 and 9999-12-30 (got 0); use Period.containing or Period.parse",
        ),
        (
            lambda: Period.parse("2025").shift(10**30),
            (
                "index must number a year between 0001-01-01 and 9999-12-30 (got 1000000000000000000000000002025); "
                "use Period.containing or Period.parse"
            ),
        ),
        (
            lambda: Period(Grain.MONTH, 24300.0),  # type: ignore[arg-type]  # what is tested
            (
                "index must number a month between 0001-01-01 and 9999-12-30 (got 24300.0); "
                "use Period.containing or Period.parse"
            ),
        ),
        (
            lambda: Period("month", 24300),  # type: ignore[arg-type]  # what is tested
            "grain must be a Grain (got 'month'); pass Grain.MONTH, for example",
        ),
    ],
)
def test_a_period_outside_the_calendar_is_refused(make: Callable[[], Period], message: str) -> None:
    """By name, not by an overflow somewhere below."""
    with pytest.raises(InvalidPeriod) as caught:
        make()
    assert message == str(caught.value)


@pytest.mark.parametrize("day", [NOON, "2025-01-31", None])
@pytest.mark.parametrize(
    "use",
    [
        lambda day: index_of(day, Grain.MONTH),
        lambda day: Period.containing(day, Grain.DAY),
        lambda day: shift_months(day, 1),
        lambda day: BillingInterval(IntervalUnit.DAY).nth(day, 1),
    ],
    ids=["index_of", "containing", "shift_months", "nth"],
)
def test_an_instant_is_no_date(use: Callable[[Any], object], day: object) -> None:
    """Which day it belongs to depends on a time zone that nobody named."""
    with pytest.raises(InvalidPeriod) as caught:
        use(day)
    rule = f"must be a date (got {day!r}); turn an instant into a date in a named time zone first"
    assert str(caught.value) in {f"on {rule}", f"anchor {rule}"}


def test_periods_of_one_grain_are_ordered() -> None:
    """By time."""
    labels = ["2025-02", "2024-12", "2025-01"]
    assert ["2024-12", "2025-01", "2025-02"] == [str(p) for p in sorted(map(Period.parse, labels))]
    assert Period.parse("2025-01") <= Period.parse("2025-01") < Period.parse("2025-02")
    assert Period.parse("FY2025", 7) > Period.parse("FY2024", 7)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (
            Period.parse("2025-01"),
            Period.parse("2025-Q1"),
            (
                "period must be a month with year_start=1, to be compared with 2025-01 "
                "(got Period.parse('2025-Q1')); compare their start dates, or use periods of one grain"
            ),
        ),
        (
            Period.parse("FY2025", 7),
            Period.parse("2025"),
            (
                "period must be a year with year_start=7, to be compared with FY2025 "
                "(got Period.parse('2025')); compare their start dates, or use periods of one grain"
            ),
        ),
    ],
)
def test_periods_of_different_calendars_have_no_order(one: Period, other: Period, message: str) -> None:
    """Is January before its quarter or after it? Whoever asks compares dates."""
    with pytest.raises(InvalidPeriod) as caught:
        assert one < other
    assert message == str(caught.value)


def test_a_period_is_not_compared_with_a_date() -> None:
    """Python's own answer to comparing different things."""
    with pytest.raises(TypeError):
        assert Period.parse("2025-01") < date(2025, 1, 1)  # type: ignore[operator]  # what is tested


@pytest.mark.parametrize(("label", "year_start"), [(row[0], row[1]) for row in CALENDAR])
def test_a_period_is_a_value(label: str, year_start: int) -> None:
    """Its repr evaluates to it, it pickles, and equal ones are one key."""
    period = Period.parse(label, year_start)
    assert period == eval(repr(period), {"Period": Period})  # noqa: S307  # the text under test
    assert period == pickle.loads(pickle.dumps(period))  # noqa: S301  # our own bytes
    assert 1 == len({period, Period.parse(label, year_start)})


def test_a_range_includes_both_ends() -> None:
    """November to February, and one month alone."""
    months = period_range(Period.parse("2024-11"), Period.parse("2025-02"))
    assert ["2024-11", "2024-12", "2025-01", "2025-02"] == [str(month) for month in months]
    fiscal = period_range(Period.parse("FY2025", 7), Period.parse("FY2025", 7))
    assert (Period.parse("FY2025", 7),) == fiscal


def test_a_range_runs_forward_on_one_grain() -> None:
    """Backwards and mixed ranges are mistakes, not empty."""
    with pytest.raises(InvalidPeriod) as caught:
        period_range(Period.parse("2025-02"), Period.parse("2025-01"))
    expected = "last must not be before 2025-02 (got Period.parse('2025-01')); exchange the two"
    assert expected == str(caught.value)
    with pytest.raises(InvalidPeriod, match="must be a quarter"):
        period_range(Period.parse("2025-01"), Period.parse("2025-Q1"))


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 1, 31), 2, date(2025, 3, 31)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 1, 15), 0, date(2025, 1, 15)),
        (date(2025, 1, 15), -13, date(2023, 12, 15)),
    ],
)
def test_months_are_counted_from_the_anchor(anchor: date, months: int, expected: date) -> None:
    """To the same day, or the last one of a shorter month."""
    assert expected == shift_months(anchor, months)


@pytest.mark.parametrize(
    ("months", "message"),
    [
        (True, "months must be an int (got True); pass a whole number"),
        (1.5, "months must be an int (got 1.5); pass a whole number"),
        (
            10**6,
            (
                "months from 2025-01-31 must lead to a day between 0001-01-01 and 9999-12-31 (got 1000000); "
                "leave the end open instead"
            ),
        ),
        (
            -(10**30),
            (
                "months from 2025-01-31 must lead to a day between 0001-01-01 and 9999-12-31 "
                "(got -1000000000000000000000000000000); leave the end open instead"
            ),
        ),
    ],
)
def test_months_lead_to_a_day(months: Any, message: str) -> None:  # noqa: ANN401  # whatever a caller passes
    """The calendar ends somewhere, and half a month has no length."""
    with pytest.raises(InvalidPeriod) as caught:
        shift_months(date(2025, 1, 31), months)
    assert message == str(caught.value)
