"""A ledger in a file: what was posted and closed before is read, never worked out again.

One JSON object, described by `docs/reference/schema/ledger.schema.json`: the periods, how many of them are closed, when
each was closed or reopened and why, and the postings, one a line, in the order in which they were posted. So two states
of a file can be compared with `diff`: new postings stand at the end, and those of closed periods don't change.

House rules.

1. Amounts are whole minor units of their currency. A posting that is read equals the one that was written.
2. All faults are collected and raised at once. A file with faults gives nothing.
3. A file is replaced whole, when its new text is on the disk: who reads it sees the old ledger or the new one.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from attrs import asdict

from subscription_metrics.errors import InvalidInput, InvalidPeriod, InvalidValue
from subscription_metrics.money import minor_units
from subscription_metrics.periods import Period
from subscription_metrics.recognition.ledger import Action, Closing, Ledger
from subscription_metrics.recognition.postings import Calendar, Event, Posting
from subscription_metrics.recognition.schedule import FiscalPeriod, Role
from subscription_metrics.sources._facts import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import Enum

    from subscription_metrics.recognition.schedule import PostingPeriod

SCHEMA = "urn:subscription-metrics:schema:ledger:1"
"""Names the schema of the file; the number grows with every change that could break a reader."""
_KEYS = ("schema", "periods", "closed", "history", "postings")

T = TypeVar("T")
_Readers: TypeAlias = "Mapping[str, Callable[[Any], Any]]"


def save_ledger(ledger: Ledger, path: str) -> None:
    """Write a ledger to a file, in the place of the one that was there.

    Raises:
        OSError: it can't be written; the old file is as it was.
    """
    target = Path(path).resolve()
    text = ledger_text(ledger)
    new = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        with new.open("x", encoding="ascii", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def ledger_text(ledger: Ledger) -> str:
    """What a file holds of a ledger; the same ledger gives the same text."""
    periods = [{"label": one.label, "start": one.start, "end": one.end} for one in ledger.calendar.periods]
    postings = [{name: getattr(one, name) for name in _POSTING} for one in ledger.postings]
    parts = (
        json.dumps(SCHEMA),
        _lines(periods),
        json.dumps(ledger.closed),
        _lines([asdict(event) for event in ledger.history]),
        _lines(postings),
    )
    return "{\n" + ",\n".join(f'"{key}": {part}' for key, part in zip(_KEYS, parts, strict=True)) + "\n}\n"


def _lines(rows: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, default=_plain) for row in rows) + "\n]" if rows else "[]"


def _plain(value: date | Enum) -> str:
    return value.isoformat() if isinstance(value, date) else str(value.value)


def load_ledger(path: str) -> Ledger:
    """Read a ledger from a file that `save_ledger` wrote.

    Raises:
        InvalidInput: with every fault of the file.
        OSError: it can't be opened.
    """
    place = Place(Path(path).name)
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except ValueError as error:
        place.fault(None, f"must be JSON in UTF-8: {error}", "take the file from a backup")
        raise InvalidInput(place.faults) from None
    ledger = _ledger(found, place)
    if ledger is None or place.faults:
        raise InvalidInput(place.faults)
    return ledger


def _ledger(found: Any, place: Place) -> Ledger | None:  # noqa: ANN401  # whatever JSON holds
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        given = found.get("schema") if isinstance(found, dict) else None
        place.at("schema").fault(given, f"must be {SCHEMA}", "read it with the version of this library that wrote it")
        return None
    if set(found) != set(_KEYS):
        place.fault(", ".join(found), f"must have the keys {', '.join(_KEYS)}", "take the file from a backup")
        return None
    periods = _all(_period, _PERIOD, found, "periods", place)
    history = _all(Closing, _CLOSING, found, "history", place)
    postings = _all(Posting, _POSTING, found, "postings", place)
    try:
        calendar = Calendar(periods)
    except InvalidValue as error:
        place.at("periods").fault(error.value, error.rule, "take the file from a backup")
        return None
    if place.faults:
        return None
    _check_history(calendar, history, found["closed"], place)
    _check_places(calendar, postings, place)
    _check_balance(postings, place.at("postings"))
    return Ledger(calendar, found["closed"], postings, history)


def _all(kind: Callable[..., T], readers: _Readers, found: Mapping[str, Any], name: str, place: Place) -> tuple[T, ...]:
    """The values of the list of that name, as far as they are without fault."""
    values = found[name]
    if not isinstance(values, list):
        place.at(name).fault(values, "must be a list", "take the file from a backup")
        return ()
    made = (_one(kind, readers, value, place.at(f"{name}[{number}]")) for number, value in enumerate(values))
    return tuple(one for one in made if one is not None)


def _one(kind: Callable[..., T], readers: _Readers, value: object, place: Place) -> T | None:
    if not isinstance(value, dict) or value.keys() != readers.keys():
        place.fault(value, f"must be an object of {', '.join(readers)}", "mend or remove it")
        return None
    cells, count = [], len(place.faults)
    for name, reader in readers.items():
        try:
            cells.append(reader(value[name]))
        except InvalidValue as error:
            place.at(name).fault(value[name], error.rule, error.remedy or "take the file from a backup")
    return None if len(place.faults) > count else kind(*cells)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue("text", value, "must be a text", "write it in quotes")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue("units", value, "must be whole minor units", "write 1200 for 12.00")
    return value


def _day(value: object) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise InvalidValue("day", value, "must be a date", "write it as 2025-01-31") from None


def _currency(value: object) -> str:
    minor_units(_text(value))
    return str(value)


def _one_of(kind: type[Enum]) -> Callable[[object], Enum]:
    known = {one.value: one for one in kind}

    def read(value: object) -> Enum:
        if not isinstance(value, str) or value not in known:
            raise InvalidValue("value", value, "must be a known one", f"one of {', '.join(known)}")
        return known[value]

    return read


def _period(label: str, start: date, end: date) -> PostingPeriod:
    """The period of that name, if a calendar knows one of these days."""
    for year_start in range(1, 13):
        with suppress(InvalidPeriod):
            period = Period.parse(label, year_start)
            if (period.start, period.end) == (start, end):
                return period
    return FiscalPeriod(label, start, end)


_PERIOD: _Readers = {"label": _text, "start": _day, "end": _day}
_CLOSING: _Readers = {"period": _text, "action": _one_of(Action), "on": _day, "reason": _text}
_POSTING: _Readers = {
    "on": _day,
    "event": _one_of(Event),
    "role": _one_of(Role),
    "units": _integer,
    "contract": _text,
    "customer": _text,
    "currency": _currency,
    "obligation": _text,
    "product": _text,
    "document": _text,
    "belongs": _text,
    "posted": _text,
}
"""The keys of each object, in the order in which they are written, and how each is read."""


def _check_history(calendar: Calendar, history: tuple[Closing, ...], closed: object, place: Place) -> None:
    """Closing in order and reopening in reverse order must end with as many closed periods as the file says."""
    count = 0
    for number, event in enumerate(history):
        touched = count if event.action is Action.CLOSED else count - 1
        if not 0 <= touched < len(calendar.labels) or event.period != calendar.labels[touched]:
            rule = "must be the next period to close, or the last closed one to reopen"
            place.at(f"history[{number}].period").fault(event.period, rule, "take the file from a backup")
            return
        count += 1 if event.action is Action.CLOSED else -1
    if closed != count or type(closed) is not int:
        place.at("closed").fault(closed, f"must be {count}, as the history says", "take the file from a backup")


def _check_places(calendar: Calendar, postings: tuple[Posting, ...], place: Place) -> None:
    places = {label: number for number, label in enumerate(calendar.labels)}
    for number, one in enumerate(postings):
        posted, belongs = places.get(one.posted), places.get(one.belongs)
        if posted is None or belongs is None or belongs > posted:
            spot = place.at(f"postings[{number}].posted")
            spot.fault(one.posted, f"must be a period, and none before {one.belongs}", "take the file from a backup")
        elif not calendar.starts[posted] <= one.on.toordinal() < calendar.ends[posted]:
            spot = place.at(f"postings[{number}].on")
            spot.fault(one.on, f"must be a day of {one.posted}", "take the file from a backup")


def _check_balance(postings: tuple[Posting, ...], place: Place) -> None:
    """What the journal makes one entry of must sum to zero."""
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for one in postings:
        about = one.event.value, one.belongs, one.document, one.contract
        sums[one.posted, f"{one.on}", *about, one.currency] += one.units
    for entry, units in sums.items():
        if units:
            what = "{2} {3} of {4}, contract {5}, posted in {0} on {1}".format(*entry)
            place.fault(units, f"must balance: {what}", "take the file from a backup")
