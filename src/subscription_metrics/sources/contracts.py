"""Contracts and invoices from files, for recognition and collection: JSON with every fact, CSV with the common ones.

**JSON**: one object with lists of facts under `contracts`, `invoices`, `deliveries`, `modifications`, `price_changes`,
`terminations` and `commissions`. The fields are those of the classes of the same names, dates as 2025-01-31, enums by
their value ("daily", "pro rata").

**CSV**, recognised by the header:

- contracts, a row per obligation: `contract, customer, currency, inception, price, obligation, way`, and of `product,
  start, end, last_day, on, method, residual, total, unit_price, quantity, expires, breakage, standalone_price,
  stated_price, recorded` what applies. The columns of the contract repeat.
- invoices, a row per line: `invoice, customer, currency, issued, line, amount`, and of `due, tax, contract, obligation,
  product, start, end, last_day, description, paid_on, paid, credit, credited_on, credited, credited_tax, credited_for,
  credited_by, credited_line, recovered_on, recovered, paid_back_on, paid_back, void, void_recorded, replaced_by,
  recorded` what applies.

House rules.

1. `end` is the first day without service. A file that has the last day with service calls it `last_day`: it is
   converted once, here.
2. All faults are collected, with file, line and column, and raised at once. A file with faults gives nothing.
3. A fault of a CSV file names the row and the column that its reader sees, not the field of the fact.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve

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
    facts = _facts(paths)
    changes = [change for name in _CHANGES for change in facts[name]]
    try:
        return dossiers(facts["contracts"], facts["invoices"], facts["deliveries"], changes, facts["commissions"])
    except InvalidValue as error:
        fault = Fault(", ".join(paths), None, error.field, str(error.value), error.rule, error.remedy or "correct it")
        raise InvalidInput([fault]) from None


def load_invoices(*paths: str) -> tuple[Invoice, ...]:
    """Read the invoices of JSON and CSV files, for `collection` and `ageing`; other facts in them are only checked.

    Raises:
        InvalidInput: with every fault of every file; two invoices with one id are a fault.
        OSError: a file can't be opened.
    """
    found: dict[str, Invoice] = {}
    faults: list[Fault] = []
    for invoice in _facts(paths)["invoices"]:
        if found.setdefault(invoice.id, invoice) is not invoice:
            rule, remedy = "must be the id of one invoice", "leave out the copy, or name the second apart"
            faults.append(Fault(invoice.source, invoice.line, "invoice", invoice.id, rule, remedy))
    if faults:
        raise InvalidInput(faults)
    return tuple(found.values())


def _facts(paths: Iterable[str]) -> Mapping[str, list[Any]]:
    """The facts of all files by kind.

    Raises:
        InvalidInput: with every fault of every file.
    """
    faults: list[Fault] = []
    facts: dict[str, list[Any]] = {name: [] for name in KINDS}
    for path in paths:
        for name, value, place, lines in _values(path, faults):
            before = len(faults)
            fact = read_fact(KINDS[name], value, place)
            faults[before:] = [_in_the_file(fault, name, lines) for fault in faults[before:]]
            if fact is not None:
                facts[name].append(fact)
    if faults:
        raise InvalidInput(faults)
    return facts


_Lines: TypeAlias = "Mapping[str, list[int]]"
"""For each list within a fact the lines of the file that its items stand in; none for JSON, which has paths."""
_Value: TypeAlias = "tuple[str, Any, Place, _Lines]"


def _in_the_file(fault: Fault, kind: str, lines: _Lines) -> Fault:
    """A fault of a CSV file at the row and column that it comes from."""
    if not lines or fault.column is None:
        return fault
    name, *numbers = re.split(r"\.\[(\d+)\]", fault.column)[:2]
    field = re.sub(r"\.\[\d+\]", "", fault.column)
    column = _COLUMNS.get((kind, field), field.rpartition(".")[2])
    return evolve(fault, line=lines[name][int(numbers[0])] if numbers else fault.line, column=column)


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
            yield name, value, place.at(f"{name}[{number}]"), {}


def _from_csv(content: str, place: Place) -> Iterator[_Value]:
    rows = csv.DictReader(StringIO(content, newline=""), strict=True)
    try:
        header = list(rows.fieldnames or ())
        numbered = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        spot = Place(place.source, rows.line_num + 1, faults=place.faults)
        spot.fault(None, f"must be CSV: {error}", "check the quotes")
        return
    kind = next((name for name, (key, known) in _FILES.items() if key in header and known.issuperset(header)), None)
    if kind is None or len(set(header)) < len(header):
        hints = "; or ".join(f"{name}: {', '.join(sorted(known))}" for name, (_, known) in _FILES.items())
        place.fault(",".join(header), "is no header of a known file", f"use columns of {hints}, each once")
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
_OF_INVOICE = ("customer", "currency", "issued", "due", "void", "void_recorded", "replaced_by", "recorded")
_OF_LINE = ("amount", "tax", "contract", "obligation", "product", "start", "end", "description")
_PARTS: Mapping[str, Mapping[str, str]] = {
    "payments": {"paid_on": "on", "paid": "amount"},
    "credits": {
        "credit": "id",
        "credited_on": "on",
        "credited": "amount",
        "credited_tax": "tax",
        "credited_for": "purpose",
        "credited_by": "kind",
        "credited_line": "line",
    },
    "recoveries": {"recovered_on": "on", "recovered": "amount"},
    "paid_back": {"paid_back_on": "on", "paid_back": "amount"},
}
"""The lists of an invoice beside its lines: the columns of their facts, one fact in each row at most."""

_OF_PARTS = {column for columns in _PARTS.values() for column in columns}
_OF_WAY = ("start", "end", "on", "method", "residual", "total", "unit_price", "quantity", "expires", "breakage")
_FILES: Mapping[str, tuple[str, set[str]]] = {
    "contracts": (
        "way",
        {"contract", "obligation", "product", "way", "last_day", "standalone_price", "stated_price"}
        | {*_OF_CONTRACT, *_OF_WAY},
    ),
    "invoices": ("invoice", {"invoice", "line", "last_day", *_OF_INVOICE, *_OF_LINE, *_OF_PARTS}),
}
"""The column that a file is recognised by, and all that it may have."""

_COLUMNS: Mapping[tuple[str, str], str] = {
    ("contracts", "id"): "contract",
    ("contracts", "obligations"): "obligation",
    ("contracts", "obligations.id"): "obligation",
    ("contracts", "obligations.price"): "stated_price",
    ("invoices", "id"): "invoice",
    ("invoices", "lines"): "line",
    ("invoices", "lines.id"): "line",
    ("invoices", "payments"): "paid",
    ("invoices", "credits"): "credited",
    ("invoices", "recoveries"): "recovered",
    **{("invoices", f"{part}.{name}"): column for part, own in _PARTS.items() for column, name in own.items()},
}
"""The column of each field that is called otherwise in the file."""


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
        yield "contracts", value, spot, {"obligations": [line for line, _ in group]}


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
        lines = {"lines": [line for line, _ in group]}
        for part, columns in _PARTS.items():
            own = [(line, row) for line, row in group if not columns.keys().isdisjoint(row)]
            value[part] = [{columns[key]: row[key] for key in columns if key in row} for _, row in own]
            lines[part] = [line for line, _ in own]
        yield "invoices", value, spot, lines


def _line(row: Mapping[str, str], place: Place) -> dict[str, str]:
    own = _with_end(row, place)
    return {"id": own.get("line", ""), **{name: own[name] for name in _OF_LINE if name in own}}
