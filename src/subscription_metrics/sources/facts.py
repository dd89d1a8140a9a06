"""Trials and spend from CSV files, with all their faults at once.

| file | columns |
|---|---|
| trials | customer_id, start_date, end_date, converted_at, plan |
| spend | month, channel, amount, currency, purpose |

`end_date`, `converted_at`, `plan` and `purpose` may be empty; end dates are the first day after the trial. Other
columns are not read. `customer_id` and the others may be named by `columns={"customer": "Kunde", …}`.

House rules.

1. Cells are read as everywhere in this library, but narrower: a date is ISO 8601, the decimal sign is a point. These
   files are small and made by hand or by a query: who can choose a spelling should write the plain one.
2. Every row that holds anything ends as one fact or as at least one fault.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import frozen

from subscription_metrics.errors import Fault, InvalidInput, InvalidValue
from subscription_metrics.facts.spend import Purpose, Spend
from subscription_metrics.facts.trials import Trial
from subscription_metrics.periods import Grain, Period
from subscription_metrics.sources._cells import NULL_WORDS, escaped, read_currency, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

_AMOUNT = re.compile(r"\d{1,20}(\.\d{1,8})?", re.ASCII)
_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, as `surrogateescape` reads them."""


@frozen
class _Field:
    """One column: its name in the file, how a cell is read, and whether it may be empty or even absent."""

    column: str
    read: Callable[[str, str], Any]
    required: bool = True


def load_trials(path: str, columns: Mapping[str, str] | None = None) -> tuple[Trial, ...]:
    """Read the trials of the file at `path`.

    Raises:
        InvalidInput: the file has faults; it holds all of them.
        InvalidValue: `columns` names a field that trials don't have.
        OSError: the file can't be opened or read.
    """
    return _loaded(path, Trial, _TRIAL, columns or {})


def load_spend(path: str, columns: Mapping[str, str] | None = None) -> tuple[Spend, ...]:
    """Read the spend of the file at `path`.

    Raises:
        InvalidInput: the file has faults; it holds all of them.
        InvalidValue: `columns` names a field that spend doesn't have.
        OSError: the file can't be opened or read.
    """
    return _loaded(path, Spend, _SPEND, columns or {})


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(read_text(name, text))
    except ValueError:
        raise InvalidValue(name, text, "must be a date", "write 2025-01-31") from None


def _month(name: str, text: str) -> Period:
    try:
        period = Period.parse(read_text(name, text))
    except InvalidValue:
        period = None
    if period is None or period.grain is not Grain.MONTH:
        raise InvalidValue(name, text, "must be a month", "write 2025-01")
    return period


def _amount(name: str, text: str) -> Decimal:
    if not _AMOUNT.fullmatch(read_text(name, text)):
        raise InvalidValue(name, text, "must be an amount of 0 or more", "write it with a point, as 1200.50")
    return Decimal(read_text(name, text))


def _purpose(name: str, text: str) -> Purpose:
    word = read_text(name, text).lower()
    known = {purpose.value: purpose for purpose in Purpose}
    if word not in known:
        raise InvalidValue(name, text, "must be a known purpose", f"write one of: {', '.join(known)}")
    return known[word]


_TRIAL: Mapping[str, _Field] = {
    "customer": _Field("customer_id", read_text),
    "start": _Field("start_date", _day),
    "end": _Field("end_date", _day, required=False),
    "converted": _Field("converted_at", _day, required=False),
    "plan": _Field("plan", read_text, required=False),
}
_SPEND: Mapping[str, _Field] = {
    "month": _Field("month", _month),
    "channel": _Field("channel", read_text),
    "amount": _Field("amount", _amount),
    "currency": _Field("currency", read_currency),
    "purpose": _Field("purpose", _purpose, required=False),
}


def _loaded(
    path: str, make: Callable[..., T], fields: Mapping[str, _Field], columns: Mapping[str, str]
) -> tuple[T, ...]:
    names = _named(fields, columns)
    found: list[T] = []
    faults: list[Fault] = []
    with Path(path).open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            _check_header(path, rows.fieldnames or (), fields, names)
            for row in rows:
                _read(path, rows.line_num, row, make, fields, names, found, faults)
        except csv.Error as error:
            faults.append(Fault(path, rows.line_num + 1, None, None, f"is no CSV: {error}", "check the quotes"))
    if faults:
        raise InvalidInput(faults)
    return tuple(found)


def _check_header(path: str, header: Sequence[str], fields: Mapping[str, _Field], names: Mapping[str, str]) -> None:
    missing = [name for key, name in names.items() if fields[key].required and name not in header]
    doubled = [name for name in names.values() if header.count(name) > 1]
    remedies = {
        f"the header lacks {', '.join(missing)}": missing and f"name the columns {', '.join(names.values())}",
        f"the header has {', '.join(doubled)} twice": doubled and "leave one of them out",
    }
    if faults := [Fault(path, 1, None, None, rule, remedy) for rule, remedy in remedies.items() if remedy]:
        raise InvalidInput(faults)


def _named(fields: Mapping[str, _Field], columns: Mapping[str, str]) -> dict[str, str]:
    if unknown := [name for name in columns if name not in fields]:
        raise InvalidValue("columns", unknown, "must name fields of the fact", f"choose from {', '.join(fields)}")
    return {key: columns.get(key, one.column) for key, one in fields.items()}


def _read(  # noqa: PLR0917  # what a row needs, and where its outcome goes
    path: str,
    line: int,
    row: Mapping[str | None, Any],
    make: Callable[..., T],
    fields: Mapping[str, _Field],
    names: Mapping[str, str],
    found: list[T],
    faults: list[Fault],
) -> None:
    if None in row or None in row.values():
        rule, remedy = "must have as many cells as the header", "put cells that hold a comma in quotes"
        faults.append(Fault(path, line, None, None, rule, remedy))
        return
    problems: list[Fault] = []
    values: dict[str, Any] = {}
    for key, name in names.items():
        try:
            values |= _cell(fields[key], key, row.get(name, ""))
        except InvalidValue as error:
            problems.append(_fault(path, line, name, error))
    if not problems:
        try:
            found.append(make(**values, source=path, line=line))
        except InvalidValue as error:
            problems.append(_fault(path, line, names.get(error.field, error.field), error))
    faults += problems


def _cell(one: _Field, key: str, text: str) -> dict[str, Any]:
    if _UNDECODED.search(text):
        raise InvalidValue(key, text, "is no text in UTF-8", "save the file as UTF-8")
    if text.strip() not in NULL_WORDS:
        return {key: one.read(key, text)}
    if one.required:
        raise InvalidValue(key, text, "must not be empty", "fill the cell, or leave out the row")
    return {}


def _fault(path: str, line: int, column: str, error: InvalidValue) -> Fault:
    return Fault(path, line, column, escaped(str(error.value)), error.rule, error.remedy)
