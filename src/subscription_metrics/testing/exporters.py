'''The contract of an exporter: every table, however nasty, can be read back to the same rows.

A package with an exporter of its own proves it with one test, given a function that reads its format:

    def test_the_exporter_keeps_its_contract() -> None:
        """Whatever is in a table comes back from the YAML."""
        check_exporter(write_yaml, read_yaml)

House rules.

1. "The same rows" are the plain values of `Table.to_dicts()`. The values of a mapping have no declared type:
   they are compared as text.
2. An exporter runs here twice, the second time under a decimal context of two digits that rounds up: its
   output must not differ.
'''

from __future__ import annotations

import datetime as dt
import io
from decimal import ROUND_UP, Context, Decimal, localcontext
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.money import plain
from subscription_metrics.periods import Period
from subscription_metrics.quotients import Undefined
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from subscription_metrics.columns import Plain
    from subscription_metrics.exporters import Exporter

Rows: TypeAlias = "list[dict[str, Plain]]"
Parse: TypeAlias = "Callable[[str, Table[Any]], Rows]"
"""Reads exported text back; the table (its columns, not its rows) says what type each field has."""


class Colour(Enum):
    """An enumeration with a value that a spreadsheet would run."""

    RED = "red"
    FORMULA = "=RED()"


@frozen
class Part:
    """A row nested in a row."""

    what: str | None = None
    amount: Decimal | None = None
    is_known: bool | None = None
    sources: tuple[str, ...] = ()


@frozen
class Everything:
    """A row with a field of every type; absent unless given."""

    text: str | None = None
    colour: Colour | None = None
    texts: tuple[str, ...] | None = None
    flag: bool | None = None
    count: int | None = None
    currency: str | None = "EUR"
    amount: Decimal | None = None
    ratio: Decimal | Undefined | None = None
    value: Decimal | int | Undefined | None = None
    unit: str = "months"
    day: dt.date | None = None
    period: Period | None = None
    parts: tuple[Part, ...] | None = None
    inputs: Mapping[str, Decimal | int | str | Undefined] | None = None


PART_COLUMNS = (
    Column("what", ColumnType.TEXT),
    Column("amount", ColumnType.AMOUNT),
    Column("is_known", ColumnType.BOOLEAN),
    Column("sources", ColumnType.TEXTS),
)

COLUMNS = (
    Column("text", ColumnType.TEXT),
    Column("colour", ColumnType.TEXT),
    Column("texts", ColumnType.TEXTS),
    Column("flag", ColumnType.BOOLEAN),
    Column("count", ColumnType.INTEGER, "customers"),
    Column("currency", ColumnType.TEXT),
    Column("amount", ColumnType.AMOUNT),
    Column("ratio", ColumnType.RATIO),
    Column("value", ColumnType.NUMBER, unit_from="unit"),
    Column("unit", ColumnType.TEXT),
    Column("day", ColumnType.DATE),
    Column("period", ColumnType.PERIOD),
    Column("parts", ColumnType.ROWS, columns=PART_COLUMNS),
    Column("inputs", ColumnType.MAPPING),
)


def table_of(name: str, rows: Iterable[Everything]) -> Table[Everything]:
    """A table of such rows."""
    return Table(name, COLUMNS, tuple(rows))


TEXTS = (
    "",
    " ",
    " padded ",
    "'",
    "''quoted''",
    '"',
    '"quoted", and more',
    "a,b;c\td",
    "\n",
    "two\nlines",
    "carriage\rreturn",
    "both\r\n",
    '=HYPERLINK("http://example.com","pay")',
    "=1+1",
    "+49 30 1234",
    "-80.00",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",  # noqa: RUF001  # the full-width sign is what this text is about
    "'=1+1",
    "null",
    "None",
    "true",
    "007",
    "1e5",
    "2025-01-31",
    "[]",
    "{}",
    "Zoë Ångström",
    "株式会社",
    "👩‍👩‍👧",
    "مرحبا",
    "e\u0301",
    "\ufeffbyte order mark",
    "\u2028",
    "\x1b[31mred",
    "\x00",
    "</script><b>",
)
"""Texts that break careless exporters."""

AMOUNTS = (
    "0",
    "-0",
    "0.00",
    "55",
    "55.0",
    "-80",
    "41.58333333",
    "-0.00000001",
    "1E+3",
    "1E-12",
    "123456789012345678901234567890",
    "-123456789012345678901.123456789",
    "0.333333333333333333333333333333",
)
"""Amounts that don't survive a float, an exponent or a rounding."""

NASTY_TABLES: tuple[Table[Everything], ...] = (
    table_of("empty", []),
    table_of("absent", [Everything(), Everything(currency=None)]),
    table_of("texts", [Everything(text=text, texts=(text, text), unit=text) for text in TEXTS]),
    table_of("enums", [Everything(colour=colour) for colour in Colour]),
    table_of("amounts", [Everything(amount=Decimal(a), ratio=Decimal(a), value=Decimal(a)) for a in AMOUNTS]),
    table_of(
        "currencies",
        [Everything(currency=code, amount=Decimal("1234.5")) for code in ("EUR", "JPY", "KWD", "CLF", "USD")],
    ),
    table_of(
        "units",
        [
            Everything(value=value, unit=unit)
            for unit in ("currency", "currency per customer", "fraction", "%", "months", "")
            for value in (Decimal("1.5"), Decimal("-1E+2"), 7, Undefined("nobody was there"), None)
        ],
    ),
    table_of("undefined", [Everything(ratio=Undefined(text)) for text in TEXTS]),
    table_of("booleans", [Everything(flag=flag) for flag in (True, False)]),
    table_of("counts", [Everything(count=count) for count in (0, -1, 10**30)]),
    table_of("days", [Everything(day=day) for day in (dt.date.min, dt.date(2024, 2, 29), dt.date.max)]),
    table_of("periods", [Everything(period=Period.parse(p)) for p in ("2025-01", "2025-W03", "2025-Q1", "2025")]),
    table_of(
        "nested",
        [
            Everything(parts=(), texts=(), inputs={}),
            Everything(currency="JPY", parts=(Part(), Part("=1", Decimal("-1.50"), is_known=False, sources=TEXTS))),
            Everything(parts=tuple(Part(text, Decimal(1), is_known=True) for text in TEXTS)),
            Everything(inputs={"O": Decimal("1000.00"), "o": 3, "who": "=1", "churn": Undefined("no base")}),
            Everything(inputs={text: text for text in TEXTS}),
        ],
    ),
)
"""What `check_exporter` tries: one table for each way to get it wrong."""


def check_exporter(export: Exporter, parse: Parse, tables: Iterable[Table[Any]] = NASTY_TABLES) -> None:
    """Check that `export` writes each table exactly, and always in the same way; `parse` reads its text back.

    Raises:
        AssertionError: names the table, and shows what was expected and what came back.
    """
    for table in tables:
        text = _exported(export, table)
        with localcontext(Context(prec=2, rounding=ROUND_UP)):
            again = _exported(export, table)
        if text != again:
            raise AssertionError(f"table {table.name!r}: written differently the second time:\n{text}\n{again}")
        expected, actual = _comparable(table.to_dicts()), _comparable(parse(text, table))
        if expected != actual:
            raise AssertionError(f"table {table.name!r}: expected {expected}\nbut read back {actual}\nfrom {text}")


def _comparable(rows: Rows) -> Rows:
    return [{name: _as_texts(value) for name, value in row.items()} for row in rows]


def _as_texts(value: Plain) -> Plain:
    if not isinstance(value, dict):
        return value
    texts = {name: plain(item) if isinstance(item, Decimal) else str(item) for name, item in value.items()}
    return {name: None if value[name] is None else text for name, text in texts.items()}


def _exported(export: Exporter, table: Table[Any]) -> str:
    stream = io.StringIO(newline="")
    export(table, stream)
    return stream.getvalue()
