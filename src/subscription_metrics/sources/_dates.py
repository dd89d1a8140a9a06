"""Reading dates: 2025-01-31 · 20250131 · 31.01.2025 · 31/01/2025 · 01/31/2025 · instants.

A date whose order nobody can tell is read both ways, like an amount. An instant becomes a date once, here, in the
reporting time zone; without an offset it is taken to be in that zone already.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.sources._cells import read_text, the_reading

if TYPE_CHECKING:
    from subscription_metrics.sources._cells import Choice, Rules

_ONE_WAY = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4})(?P<sign>[-/.])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        # Dots are written where the day comes first; slashes and hyphens are written by everybody.
        r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})",
    )
)
_EITHER_WAY = re.compile(r"(?P<first>[0-9]{1,2})(?P<sign>[-/])(?P<second>[0-9]{1,2})(?P=sign)(?P<year>[0-9]{4})")
_TIME = re.compile(
    r"(?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)?"
    r" ?(?P<zone>Z|UTC|(?P<sign>[+-])(?P<hours>[0-9]{2})(?::?(?P<minutes>[0-9]{2}))?)?"
)
_LAST_SECOND = time(23, 59, 59)


def read_start(name: str, text: str, rules: Rules) -> date:
    """A date, or the date on which an instant falls in the reporting time zone.

    Raises:
        InvalidValue: no date, an instant without a time zone to put it in, or, as `Ambiguous`, two dates: 01/02/2025.
    """
    return _moment(name, text, rules)[0]


def read_end(name: str, text: str, rules: Rules, *, inclusive: bool) -> date | None:
    """The first day without service, from a date or an instant; `None` from 9999-12-31.

    An end within the last second of a day is the end of that day, as an inclusive end is.
    """
    day, last_second = _moment(name, text, rules)
    if day == date.max:
        return None
    return day + timedelta(days=1) if inclusive or last_second else day


def _moment(name: str, text: str, rules: Rules) -> tuple[date, bool]:
    """The day of a date or instant, and whether it is the last second of that day."""
    day_text, *time_text = re.split("[T ]", read_text(name, text), maxsplit=1)
    day = _read_day(name, text, day_text, rules.day_first)
    if not time_text or day == date.max:
        return day, False
    found = _TIME.fullmatch(time_text[0])
    if not found:
        raise _no_date(name, text)
    if found["zone"] and rules.zone is None:
        rule = "is an instant, and nothing says in which time zone to look up its day"
        raise InvalidValue(name, text, rule, "pass the reporting time zone, for example timezone='Europe/Berlin'")
    try:
        instant = datetime.fromisoformat(f"{day} {found['clock']}")
        if found["zone"]:
            instant = instant.replace(tzinfo=_offset(found)).astimezone(rules.zone)
    except (ValueError, OverflowError):
        raise _no_date(name, text) from None
    return instant.date(), instant.time() == _LAST_SECOND


def _offset(found: re.Match[str]) -> timezone:
    if not found["sign"]:
        return UTC
    distance = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-distance if found["sign"] == "-" else distance)


def _read_day(name: str, text: str, day_text: str, day_first: Choice[bool]) -> date:
    readings: dict[bool, date] = {}
    if found := _EITHER_WAY.fullmatch(day_text):
        orders = {True: ("year", "second", "first"), False: ("year", "first", "second")}
        readings = {key: day for key, order in orders.items() if (day := _calendar_day(*found.group(*order)))}
        return the_reading(_no_date(name, text), readings, day_first)
    for pattern in _ONE_WAY:
        if (found := pattern.fullmatch(day_text)) and (day := _calendar_day(*found.group("year", "month", "day"))):
            return day
    raise _no_date(name, text)


def _no_date(name: str, text: str) -> InvalidValue:
    spellings = "20250131, 31.01.2025, 31/01/2025 and 2025-01-31T09:30:00+01:00 are read too"
    return InvalidValue(name, text, "must be a date", f"write it as 2025-01-31; {spellings}")


def _calendar_day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
