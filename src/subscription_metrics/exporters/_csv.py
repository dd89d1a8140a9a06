r"""CSV as in RFC 4180: a header with the column names, lines that end in CR LF, quotes where they are needed.

Spreadsheets run a cell that begins with `=`, `+`, `-` or `@` as a formula, and a table holds text that
strangers chose. Such a text is written after an apostrophe, the spreadsheets' own mark for text. So that
reading back is exact, the rule has two halves:

- *Writing*: a text that begins with a formula's sign, with white space or with an apostrophe, and the empty
  text, gets an apostrophe in front. Only columns of type text do: the amount -80.00 stays a number.
- *Reading*: an empty cell is an absent value; an apostrophe at the beginning of a text is taken off.

Lists and objects are compact JSON in one cell, booleans are `true` and `false`.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from subscription_metrics.columns import ColumnType
from subscription_metrics.exporters._written import written_row

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.columns import Column
    from subscription_metrics.exporters._written import Written
    from subscription_metrics.tables import Table

FORMULA_SIGNS = "=+-@＝＋－＠"  # noqa: RUF001  # full-width signs are meant: spreadsheets take them for the narrow ones
"""What makes a spreadsheet run a cell (OWASP, "CSV Injection")."""


def write_csv(table: Table[Any], stream: TextIO) -> None:
    """Write `table` as CSV; open files with `newline=""`, or Python doubles the line ends on Windows.

    Raises:
        InvalidValue: a value is not of its column's type.
    """
    writer = csv.writer(stream)
    writer.writerow([column.name for column in table.columns])
    rows = (written_row(table.columns, row).values() for row in table)
    writer.writerows([_cell(c, value) for c, value in zip(table.columns, row, strict=True)] for row in rows)


def _cell(column: Column, value: Written) -> str:
    match value:
        case None:
            return ""
        case str():
            return _neutralised(value) if column.type is ColumnType.TEXT else value
        case _:
            return json.dumps(value, separators=(",", ":"))


def _neutralised(text: str) -> str:
    is_plain = text and text[0] not in f"'{FORMULA_SIGNS}" and not text[0].isspace()
    return text if is_plain else f"'{text}"
