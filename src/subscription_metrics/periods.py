"""Calendar periods, and the intervals at which subscriptions are billed.

A `Period` is a place on a grain: days, ISO weeks, months, quarters or years, numbered so that the next one
has the next number. Work inside loops is done on these numbers (`index_of`);
dates and labels are for the edge.

House rules.

1. Periods are half-open: `start` is the first day, `end` the first day after.
2. Weeks are ISO weeks: they begin on Monday and belong to the year that holds their Thursday.
3. A fiscal year begins on the first of the month `year_start` and is named after the calendar year in which
   it ends: with `year_start=7`, FY2025 is July 2024 to June 2025.
4. Days are dates. A `datetime` is an instant: it becomes a date in a named time zone, before it comes here.
5. The only module that knows dateutil.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_05UP, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow
from enum import Enum
from fractions import Fraction
from functools import total_ordering
from typing import TYPE_CHECKING

from attrs import Attribute, evolve, field, frozen
from dateutil.relativedelta import relativedelta

from subscription_metrics.errors import FloatAmount, InvalidPeriod, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Grain(Enum):
    """The length of the periods of a report."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# Looking a member up on its class costs more than the arithmetic that `index_of` does with it.
_DAY, _WEEK, _MONTH, _QUARTER = Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER

_SPELLINGS = (
    "write 2025-01-31, 2025-W03, 2025-01, 2025-Q1 or 2025; "
    "with a year_start after January FY2025-Q1 or FY2025 instead of the last two"
)


def index_of(on: date, grain: Grain, year_start: int = 1) -> int:
    """The number of the period of `grain` that holds the day `on`; the next period has the next number.

    Raises:
        InvalidPeriod: `on` is no date, or a datetime.
    """
    if type(on) is not date:
        _require_date("on", on)
    if grain is _MONTH:
        return on.year * 12 + on.month - 1
    if grain is _DAY:
        return on.toordinal()
    if grain is _WEEK:
        return (on.toordinal() - 1) // 7
    return (on.year * 12 + on.month - year_start) // (3 if grain is _QUARTER else 12)


def _start(grain: Grain, index: int, year_start: int) -> date:
    if grain is _DAY:
        return date.fromordinal(index)
    if grain is _WEEK:
        return date.fromordinal(index * 7 + 1)
    months = 1 if grain is _MONTH else 3 if grain is _QUARTER else 12
    year, month = divmod(index * months + year_start - 1, 12)
    return date(year, month + 1, 1)


def _require_date(name: str, value: object) -> None:
    if isinstance(value, datetime) or not isinstance(value, date):
        remedy = "turn an instant into a date in a named time zone first"
        raise InvalidPeriod(name, value, "must be a date", remedy)


def _check_grain(_: object, __: Attribute[Grain], value: object) -> None:
    if not isinstance(value, Grain):
        raise InvalidPeriod("grain", value, "must be a Grain", "pass Grain.MONTH, for example")


def _check_year_start(_: object, __: Attribute[int], value: object) -> None:
    if type(value) is not int or value not in range(1, 13):
        raise InvalidPeriod("year_start", value, "must be a month, 1 to 12", "pass 1 for calendar years")


@total_ordering
@frozen
class Period:
    """One day, ISO week, month, quarter or year: the `index`-th of its `grain`, as `index_of` counts them.

    `year_start` is the month in which fiscal years begin; it is set to 1 for days, weeks and months.

    Raises:
        InvalidPeriod: `year_start` is no month, or the period is not whole between 0001-01-01 and 9999-12-30
            (the day after a period must be a date too).
    """

    grain: Grain = field(validator=_check_grain)
    index: int
    year_start: int = field(default=1, validator=_check_year_start)

    def __attrs_post_init__(self) -> None:
        if self.grain in (_DAY, _WEEK, _MONTH):
            # Else equal months could differ by what neither has. This is attrs' way to set a frozen field.
            object.__setattr__(self, "year_start", 1)
        try:
            _start(self.grain, self.index, self.year_start)
            _start(self.grain, self.index + 1, self.year_start)
        except (ValueError, OverflowError, TypeError):
            rule = f"must number a {self.grain.value} between 0001-01-01 and 9999-12-30"
            raise InvalidPeriod("index", self.index, rule, "use Period.containing or Period.parse") from None

    @classmethod
    def containing(cls, on: date, grain: Grain, year_start: int = 1) -> Period:
        """The period of `grain` that holds the day `on`.

        Raises:
            InvalidPeriod: `on` is no date, or its period ends after 9999-12-30.
        """
        return cls(grain, index_of(on, grain, year_start), year_start)

    @classmethod
    def parse(cls, text: str, year_start: int = 1) -> Period:
        """The period that `text` is the label of, given the `year_start` that the label was made with.

        Raises:
            InvalidPeriod: `text` is no label, or names a day that the calendar doesn't have.
        """
        period = _read(text, year_start)
        if period is None or period.label != text:
            raise InvalidPeriod("period", text, "must be the label of a period", _SPELLINGS)
        return period

    @property
    def start(self) -> date:
        """The first day."""
        return _start(self.grain, self.index, self.year_start)

    @property
    def end(self) -> date:
        """The first day after."""
        return _start(self.grain, self.index + 1, self.year_start)

    @property
    def last_day(self) -> date:
        """The last day."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days

    @property
    def label(self) -> str:
        """2025-01-31, 2025-W03, 2025-01, 2025-Q1, 2025, or FY2025-Q1 and FY2025 if the year starts later."""
        return _LABELS[self.grain](self)

    def next(self) -> Period:
        """The period after this one."""
        return self.shift(1)

    def previous(self) -> Period:
        """The period before this one."""
        return self.shift(-1)

    def shift(self, count: int) -> Period:
        """The period `count` periods later, or earlier if negative."""
        return evolve(self, index=self.index + count)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        _require_same_calendar(self, other)
        return self.index < other.index

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        start = f", year_start={self.year_start}" if self.year_start > 1 else ""
        return f"Period.parse({self.label!r}{start})"


def _require_same_calendar(one: Period, other: Period) -> None:
    if (one.grain, one.year_start) != (other.grain, other.year_start):
        rule = f"must be a {one.grain.value} with year_start={one.year_start}, to be compared with {one}"
        raise InvalidPeriod("period", other, rule, "compare their start dates, or use periods of one grain")


def _year(number: int, year_start: int) -> str:
    return f"{number:04}" if year_start == 1 else f"FY{number + 1:04}"


_LABELS: Mapping[Grain, Callable[[Period], str]] = {
    Grain.DAY: lambda period: period.start.isoformat(),
    Grain.WEEK: lambda period: "{:04}-W{:02}".format(*period.start.isocalendar()),
    Grain.MONTH: lambda period: f"{period.index // 12:04}-{period.index % 12 + 1:02}",
    Grain.QUARTER: lambda period: f"{_year(period.index // 4, period.year_start)}-Q{period.index % 4 + 1}",
    Grain.YEAR: lambda period: _year(period.index, period.year_start),
}

# Each grain's label, and the first day of the period that it names, from the numbers in it.
_READERS: tuple[tuple[Grain, str, Callable[..., date]], ...] = (
    (Grain.DAY, r"(\d{4})-(\d{2})-(\d{2})", lambda _, year, month, day: date(year, month, day)),
    (Grain.WEEK, r"(\d{4})-W(\d{2})", lambda _, year, week: date.fromisocalendar(year, week, 1)),
    (Grain.MONTH, r"(\d{4})-(\d{2})", lambda _, year, month: date(year, month, 1)),
    (
        Grain.QUARTER,
        r"(?:FY)?(\d{4})-Q([1-4])",
        lambda start, year, quarter: _start(_QUARTER, (year - (start > 1)) * 4 + quarter - 1, start),
    ),
    (Grain.YEAR, r"(?:FY)?(\d{4})", lambda start, year: _start(Grain.YEAR, year - (start > 1), start)),
)


def _read(text: object, year_start: int) -> Period | None:
    for grain, spelling, first_day in _READERS:
        if match := re.fullmatch(spelling, str(text)):
            try:
                on = first_day(year_start, *map(int, match.groups()))
            except (ValueError, OverflowError):
                return None
            return Period.containing(on, grain, year_start)
    return None


def period_range(first: Period, last: Period) -> tuple[Period, ...]:
    """All periods from `first` to `last`, both included.

    Raises:
        InvalidPeriod: the two differ in grain or `year_start`, or `last` is before `first`.
    """
    if last < first:
        raise InvalidPeriod("last", last, f"must not be before {first}", "exchange the two")
    return tuple(Period(first.grain, index, first.year_start) for index in range(first.index, last.index + 1))


def shift_months(anchor: date, months: int) -> date:
    """The day `months` after `anchor`, or the last one of its month if that is shorter: Jan 31 + 1 → Feb 28.

    Count from the original anchor, never from a shortened day: Jan 31 + 2 is Mar 31.

    Raises:
        InvalidPeriod: `anchor` is no date, `months` is no int, or the calendar has no such year.
    """
    return _shift(anchor, "months", months, 1, 0)


def _shift(anchor: date, name: str, count: int, months: int, days: int) -> date:
    """`anchor` moved by `count` times so many months and days; `name` is what the caller calls `count`."""
    _require_date("anchor", anchor)
    if isinstance(count, bool) or not isinstance(count, int):
        raise InvalidPeriod(name, count, "must be an int", "pass a whole number")
    try:
        return anchor + relativedelta(months=count * months, days=count * days)
    except (ValueError, OverflowError):
        rule = f"from {anchor} must lead to a day between 0001-01-01 and 9999-12-31"
        raise InvalidPeriod(name, count, rule, "leave the end open instead") from None


class IntervalUnit(Enum):
    """What billing intervals are counted in; a quarter is three months."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


# The length in months (semantics §2: weeks × 52/12, days × 365/12); the step to the next billing day in
# months and in days.
_LENGTHS: Mapping[IntervalUnit, tuple[Fraction, int, int]] = {
    IntervalUnit.DAY: (Fraction(12, 365), 0, 1),
    IntervalUnit.WEEK: (Fraction(12, 52), 0, 7),
    IntervalUnit.MONTH: (Fraction(1), 1, 0),
    IntervalUnit.YEAR: (Fraction(12), 12, 0),
}

# Words that mean one thing only: "biweekly" and "bimonthly" are said of twice per and of every second.
_ADVERBS: Mapping[str, str] = {
    "daily": "1 day",
    "weekly": "1 week",
    "fortnightly": "2 weeks",
    "monthly": "1 month",
    "quarterly": "3 months",
    "half-yearly": "6 months",
    "semiannual": "6 months",
    "yearly": "1 year",
    "annual": "1 year",
    "annually": "1 year",
}
_COUNTED = re.compile(r"(?:(\d{1,4}) )?(day|week|month|quarter|year)s?|p(\d{1,4})([dwmy])", re.ASCII)
_UNITS: Mapping[str, tuple[int, IntervalUnit]] = {
    "d": (1, IntervalUnit.DAY),
    "w": (1, IntervalUnit.WEEK),
    "m": (1, IntervalUnit.MONTH),
    "q": (3, IntervalUnit.MONTH),
    "y": (1, IntervalUnit.YEAR),
}

_EIGHT_PLACES = Decimal("1E-8")
# ROUND_05UP leaves a last digit that shows whether anything was cut off after it, so that rounding the result
# to 8 places gives what rounding the exact quotient would.
_DIVISION = Context(prec=200, rounding=ROUND_05UP, Emin=-200, Emax=200, traps=[InvalidOperation, Overflow])


def _require_amount(value: object) -> None:
    if isinstance(value, float):
        raise FloatAmount("amount", value, "must not be a float", "pass a Decimal made from text")
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidValue("amount", value, "must be a finite Decimal", "pass Decimal(…) of an int or a text")


def _check_unit(_: object, __: Attribute[IntervalUnit], value: object) -> None:
    if not isinstance(value, IntervalUnit):
        raise InvalidValue("unit", value, "must be an IntervalUnit", "pass IntervalUnit.MONTH, for example")


def _check_count(_: object, __: Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidValue("count", value, "must be an int above 0", "1 is every month, 3 every third")


@frozen
class BillingInterval:
    """Every `count`-th day, week, month or year.

    Raises:
        InvalidValue: `unit` is no `IntervalUnit`, or `count` no int above 0.
    """

    unit: IntervalUnit = field(validator=_check_unit)
    count: int = field(default=1, validator=_check_count)

    @classmethod
    def parse(cls, text: str) -> BillingInterval:
        """Read "monthly", "month", "annual", "quarterly", "3 months", "2 weeks", "P3M", in capitals or not.

        Raises:
            InvalidValue: `text` can't be read, or in more than one way, such as "biweekly".
        """
        word = str(text).strip().lower()
        match = _COUNTED.fullmatch(_ADVERBS.get(word, word))
        if match is None:
            remedy = "write a count and a unit, such as '1 month', '3 months', '2 weeks' or 'P1Y'"
            raise InvalidValue("interval", text, "must be readable in exactly one way", remedy)
        count, name, iso_count, iso_unit = match.groups()
        factor, unit = _UNITS[iso_unit or name[0]]
        return cls(unit, factor * int(count or iso_count or 1))

    @property
    def months(self) -> Fraction:
        """The length in months: a week is 12/52 of a month, a day 12/365 (semantics §2)."""
        return _LENGTHS[self.unit][0] * self.count

    def monthly(self, amount: Decimal) -> Decimal:
        """`amount` per interval as an amount per month: exact, then rounded once, half-even, to 8 decimals.

        Raises:
            FloatAmount: `amount` is a float.
            InvalidValue: `amount` is no finite `Decimal` of at most 200 digits.
        """
        _require_amount(amount)
        unit, _, _ = _LENGTHS[self.unit]
        try:
            multiple = _DIVISION.multiply(amount, unit.denominator)
            precise = _DIVISION.divide(multiple, unit.numerator * self.count)
            return precise.quantize(_EIGHT_PLACES, ROUND_HALF_EVEN, _DIVISION)
        except (InvalidOperation, Overflow):
            remedy = "check the source of this amount"
            raise InvalidValue("amount", amount, "must have at most 200 digits", remedy) from None

    def nth(self, anchor: date, n: int) -> date:
        """The day on which the `n`-th interval after `anchor` begins; `nth(anchor, 0)` is the anchor itself.

        Counted from the anchor, so that a monthly subscription of Jan 31 bills on Feb 28 and on Mar 31.

        Raises:
            InvalidPeriod: `anchor` is no date, `n` is no int, or the calendar has no such day.
        """
        _, months, days = _LENGTHS[self.unit]
        return _shift(anchor, "n", n, months * self.count, days * self.count)

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value}{'s' if self.count > 1 else ''}"
