"""Contracts and invoices from files, for revenue recognition: JSON with every fact, CSV with the common ones.

**JSON**: one object with lists of facts under `contracts`, `invoices`, `deliveries`, `modifications`, `price_changes`,
`terminations` and `commissions`. The fields are those of the classes of the same names, dates as 2025-01-31, enums by
their value ("daily", "pro rata").

**CSV**, recognised by the header:

- contracts, a row per obligation: `contract, customer, currency, inception, price, obligation, way`, and of `product,
  start, end, last_day, on, method, residual, total, unit_price, quantity, expires, breakage, standalone_price,
  stated_price, recorded` what applies. The columns of the contract repeat.
- invoices, a row per line: `invoice, customer, currency, issued, line, amount`, and of `due, tax, contract, obligation,
  product, start, end, last_day, description, paid_on, paid, recorded` what applies.

House rules.

1. `end` is the first day without service. A file that has the last day with service calls it `last_day`: it is
   converted once, here.
2. All faults are collected, with file, line and column, and raised at once. A file with faults gives nothing.
"""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subscription_metrics.errors import Fault, InvalidInput, InvalidValue
from subscription_metrics.facts.invoices import Invoice
from subscription_metrics.recognition.billing import dossiers
from subscription_metrics.recognition.contracts import (
    Commission,
    Contract,
    Delivery,
    Modification,
    PriceChange,
    Termination,
)
from subscription_metrics.sources._facts import FIELDS, WAYS, Place, read_fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from subscription_metrics.recognition.contracts import Dossier

KINDS: Mapping[str, type] = {
    "contracts": Contract,
    "invoices": Invoice,
    "deliveries": Delivery,
    "modifications": Modification,
    "price_changes": PriceChange,
    "terminations": Termination,
    "commissions": Commission,
}
"""The lists of a JSON file."""

_CHANGES = ("modifications", "price_changes", "terminations")


def load_contracts(*paths: str) -> tuple[Dossier, ...]:
    """Read contracts and all that is known of them from JSON and CSV files together.

    Raises:
        InvalidInput: with every fault of every file.
        OSError: a file can't be opened.
    """
    faults: list[Fault] = []
    facts: dict[str, list[Any]] = {name: [] for name in KINDS}
    for path in paths:
        for name, value, place in _values(path, faults):
            fact = read_fact(KINDS[name], value, place)
            if fact is not None:
                facts[name].append(fact)
    if faults:
        raise InvalidInput(faults)
    changes = [change for name in _CHANGES for change in facts[name]]
    try:
        return dossiers(facts["contracts"], facts["invoices"], facts["deliveries"], changes, facts["commissions"])
    except InvalidValue as error:
        fault = Fault(", ".join(paths), None, error.field, str(error.value), error.rule, error.remedy or "correct it")
        raise InvalidInput([fault]) from None


_Value = tuple[str, Any, Place]


def _values(path: str, faults: list[Fault]) -> Iterator[_Value]:
    source = Path(path)
    try:
        content = source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        Place(source.name, faults=faults).fault(None, "must be UTF-8", "save the file as UTF-8")
        return
    reader = _from_json if source.suffix.lower() == ".json" else _from_csv
    yield from reader(content, Place(source.name, faults=faults))


def _from_json(content: str, place: Place) -> Iterator[_Value]:
    try:
        lists = json.loads(content, parse_float=Decimal)
    except ValueError as error:
        place.fault(None, f"must be JSON: {error}", "check the file with a JSON validator")
        return
    if not isinstance(lists, dict):
        place.fault(None, "must be an object with lists of facts", f"use: {', '.join(KINDS)}")
        return
    for name, values in lists.items():
        if name not in KINDS or not isinstance(values, list):
            place.at(name).fault(None, "must be a list of facts of a known kind", f"use: {', '.join(KINDS)}")
            continue
        for number, value in enumerate(values):
            yield name, value, place.at(f"{name}[{number}]")


def _from_csv(content: str, place: Place) -> Iterator[_Value]:
    rows = csv.DictReader(content.splitlines(), strict=True)
    columns = set(rows.fieldnames or ())
    kind = next((name for name, (key, known) in _FILES.items() if key in columns and columns <= known), None)
    if kind is None:
        hints = "; or ".join(f"{name}: {', '.join(sorted(known))}" for name, (_, known) in _FILES.items())
        place.fault(",".join(rows.fieldnames or ()), "is no header of a known file", f"use columns of {hints}")
        return
    try:
        numbered = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        Place(place.source, rows.line_num, faults=place.faults).fault(None, f"must be CSV: {error}", "mend the line")
        return
    whole = [(line, row) for line, row in numbered if _is_whole(row, Place(place.source, line, faults=place.faults))]
    yield from _contracts(whole, place) if kind == "contracts" else _invoices(whole, place)


def _is_whole(row: Mapping[Any, Any], place: Place) -> bool:
    if None in row or None in row.values():
        place.fault(None, "must have as many cells as the header", "quote cells that hold a comma")
        return False
    return True


_Row = tuple[int, dict[str, str]]
_OF_CONTRACT = ("customer", "currency", "inception", "price", "recorded")
_OF_INVOICE = ("customer", "currency", "issued", "due", "recorded")
_OF_LINE = ("amount", "tax", "contract", "obligation", "product", "start", "end", "description")
_OF_WAY = ("start", "end", "on", "method", "residual", "total", "unit_price", "quantity", "expires", "breakage")
_FILES: Mapping[str, tuple[str, set[str]]] = {
    "contracts": (
        "way",
        {"contract", "obligation", "product", "way", "last_day", "standalone_price", "stated_price"}
        | {*_OF_CONTRACT, *_OF_WAY},
    ),
    "invoices": ("invoice", {"invoice", "line", "last_day", "paid_on", "paid", *_OF_INVOICE, *_OF_LINE}),
}
"""The column that a file is recognised by, and all that it may have."""


def _grouped(rows: Iterable[_Row], key: str) -> Iterator[tuple[str, list[_Row]]]:
    groups: dict[str, list[_Row]] = {}
    for line, row in rows:
        filled = {name: cell.strip() for name, cell in row.items() if cell.strip()}
        groups.setdefault(filled.get(key, ""), []).append((line, filled))
    yield from groups.items()


def _contracts(rows: Iterable[_Row], place: Place) -> Iterator[_Value]:
    for name, group in _grouped(rows, "contract"):
        spot = Place(place.source, group[0][0], faults=place.faults)
        value: dict[str, Any] = {"id": name, **_agreed(group, _OF_CONTRACT, place)}
        value["obligations"] = [_obligation(row, Place(place.source, line, faults=place.faults)) for line, row in group]
        yield "contracts", value, spot


def _agreed(group: list[_Row], columns: Iterable[str], place: Place) -> dict[str, str]:
    """The cells that all rows of one fact share."""
    found: dict[str, str] = {}
    for line, row in group:
        for column in columns:
            if column in row and found.setdefault(column, row[column]) != row[column]:
                spot = Place(place.source, line, column, place.faults)
                spot.fault(row[column], f"must be {found[column]}, as in line {group[0][0]}", "keep one of the two")
    return found


def _obligation(row: Mapping[str, str], place: Place) -> dict[str, Any]:
    way = row.get("way", "")
    fields = FIELDS[WAYS[way]] if way in WAYS else {}
    own = _with_end(row, place)
    value: dict[str, Any] = {"satisfaction": {"way": way, **{name: own[name] for name in fields if name in own}}}
    for column, name in (("obligation", "id"), ("product", "product"), ("stated_price", "price")):
        if column in row:
            value[name] = row[column]
    if "standalone_price" in row:
        low, dots, high = row["standalone_price"].partition("..")
        value["standalone_price"] = [low, high] if dots else low
    return value


def _with_end(row: Mapping[str, str], place: Place) -> dict[str, str]:
    """The row with `end`, the day after its `last_day`, if it has one."""
    if "last_day" not in row:
        return dict(row)
    try:
        end = date.fromisoformat(row["last_day"]) + timedelta(days=1)
    except (ValueError, OverflowError):
        place.at("last_day").fault(row["last_day"], "must be a date", "write it as 2025-01-31")
        return dict(row)
    return {**row, "end": end.isoformat()}


def _invoices(rows: Iterable[_Row], place: Place) -> Iterator[_Value]:
    for name, group in _grouped(rows, "invoice"):
        spot = Place(place.source, group[0][0], faults=place.faults)
        value: dict[str, Any] = {"id": name, **_agreed(group, _OF_INVOICE, place)}
        value["lines"] = [_line(row, Place(place.source, line, faults=place.faults)) for line, row in group]
        value["payments"] = [{"on": row.get("paid_on"), "amount": row["paid"]} for _, row in group if "paid" in row]
        yield "invoices", value, spot


def _line(row: Mapping[str, str], place: Place) -> dict[str, str]:
    own = _with_end(row, place)
    return {"id": own.get("line", ""), **{name: own[name] for name in _OF_LINE if name in own}}
