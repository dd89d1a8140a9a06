"""JSON: one object per table, described by `docs/reference/schema/table.schema.json`.

Amounts and all other decimals are strings, because readers of JSON take numbers for binary floats. The text
is ASCII, so its bytes don't depend on the encoding of the stream, and each row stands on a line of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from subscription_metrics.exporters._written import written_row

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.columns import Column
    from subscription_metrics.tables import Table

SCHEMA = "urn:subscription-metrics:schema:table:1"
"""Names the schema that the output follows; the number grows with every change that could break a reader."""


def write_json(table: Table[Any], stream: TextIO) -> None:
    """Write `table` as a JSON object that holds its rows under `table.rows_name`.

    Raises:
        InvalidValue: a value is not of its column's type.
    """
    head = {
        "schema": SCHEMA,
        "name": table.name,
        "title": table.title,
        "caption": table.caption,
        "columns": [_described(column) for column in table.columns],
    }
    stream.write("{\n")
    stream.writelines(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    stream.write(f"{json.dumps(table.rows_name)}: [")
    separator = "\n"
    for row in table:
        stream.write(separator + json.dumps(written_row(table.columns, row)))
        separator = ",\n"
    stream.write("\n]\n}\n")


def _described(column: Column) -> dict[str, Any]:
    described = {"name": column.name, "type": column.type.value, "unit": column.unit}
    if column.unit_from:
        described["unit_from"] = column.unit_from
    return described | ({"columns": list(map(_described, column.columns))} if column.columns else {})
