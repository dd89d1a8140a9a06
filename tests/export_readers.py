"""Tables written to text, and our formats read back as a stranger would: by the types that the columns declare."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from subscription_metrics.columns import ColumnType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from subscription_metrics.columns import Column, Plain
    from subscription_metrics.exporters import Exporter
    from subscription_metrics.tables import Table
    from subscription_metrics.testing.exporters import Rows

FROM_JSON: Mapping[ColumnType, Callable[[Any], Plain]] = {
    ColumnType.AMOUNT: Decimal,
    ColumnType.RATIO: Decimal,
    ColumnType.NUMBER: Decimal,
    ColumnType.DATE: dt.date.fromisoformat,
}
"""The types that JSON writes as text; the others come as they are."""

FROM_CSV: Mapping[ColumnType, Callable[[str], Any]] = {
    ColumnType.TEXT: lambda cell: cell.removeprefix("'"),
    ColumnType.BOOLEAN: json.loads,
    ColumnType.INTEGER: int,
    ColumnType.TEXTS: json.loads,
    ColumnType.ROWS: json.loads,
    ColumnType.MAPPING: json.loads,
}
"""What CSV does to the values of JSON."""


def written(export: Exporter, table: Table[Any]) -> str:
    """What `export` writes for `table`."""
    stream = io.StringIO(newline="")
    export(table, stream)
    return stream.getvalue()


def read_json(text: str, table: Table[Any]) -> Rows:
    """The rows of a JSON object, under the key that the table names."""
    return _read_rows(table.columns, json.loads(text)[table.rows_name])


def read_csv(text: str, table: Table[Any]) -> Rows:
    """The rows of a CSV file with the columns of the table."""
    types = {column.name: column.type for column in table.columns}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = [
        {name: FROM_CSV.get(types[name], str)(cell) if cell else None for name, cell in row.items()} for row in reader
    ]
    return _read_rows(table.columns, rows)


def _read_rows(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Rows:
    return [{column.name: _read_value(column, row[column.name]) for column in columns} for row in rows]


def _read_value(column: Column, value: Any) -> Plain:  # noqa: ANN401  # JSON has no type of its own
    if value is None:
        return None
    if column.type is ColumnType.ROWS:
        return list(_read_rows(column.columns, value))
    return FROM_JSON[column.type](value) if column.type in FROM_JSON else cast("Plain", value)
