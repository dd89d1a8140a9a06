from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, frozen

from subscription_metrics.columns import CURRENCY, FRACTION, Column, ColumnType
from subscription_metrics.errors import InvalidValue, MissingExtra
from subscription_metrics.periods import Period
from subscription_metrics.quotients import Undefined
from subscription_metrics.tables import NOTEBOOK_ROWS, Table, decimal_places
from subscription_metrics.testing.exporters import COLUMNS, NASTY_TABLES, Colour, Everything, Part, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

BY_NAME = {column.name: column for column in COLUMNS}

FULL = Everything(
    text="=1",
    colour=Colour.RED,
    texts=("a", "b"),
    flag=True,
    count=3,
    amount=Decimal("-80.125"),
    ratio=Decimal(1) / Decimal(3),
    value=7,
    day=dt.date(2025, 1, 31),
    period=Period.parse("2025-Q1"),
    parts=(Part("price", Decimal("1.5"), is_known=False, sources=("a.csv:2",)), Part()),
    inputs={"O": Decimal("1000.00"), "o": 3, "who": "me", "churn": Undefined("no base")},
)
EMPTY = Everything(unit="")

FULL_DICT = {
    "text": "=1",
    "colour": "red",
    "texts": ["a", "b"],
    "flag": True,
    "count": 3,
    "currency": "EUR",
    "amount": Decimal("-80.125"),
    "ratio": Decimal("0.3333333333333333333333333333"),
    "value": 7,
    "unit": "months",
    "day": dt.date(2025, 1, 31),
    "period": "2025-Q1",
    "parts": [
        {"what": "price", "amount": Decimal("1.5"), "is_known": False, "sources": ["a.csv:2"]},
        {"what": None, "amount": None, "is_known": None, "sources": []},
    ],
    "inputs": {"O": Decimal(1000), "o": 3, "who": "me", "churn": None},
}
FRAME_DICT = {
    **FULL_DICT,
    "inputs": [
        {"name": "O", "value": "1000"},
        {"name": "o", "value": "3"},
        {"name": "who", "value": "me"},
        {"name": "churn", "value": None},
    ],
}
"""In frames a mapping is a list of names and texts."""

ABSENT = {**dict.fromkeys(BY_NAME), "currency": "EUR", "unit": ""}
FRAMED_TABLES = [table for table in NASTY_TABLES if table.name not in ("amounts", "counts")]
"""All but those with numbers that no frame can hold."""


def table_with(**values: Any) -> Table[Everything]:  # noqa: ANN401  # fields of several types
    """One row with these fields, under their columns."""
    return Table("one", tuple(BY_NAME[name] for name in values), (Everything(**values),))


@frozen
class Bare:
    """A row of somebody else's, without a currency."""

    amount: Decimal


def test_a_table_is_a_sequence_of_its_rows() -> None:
    """Rows are counted, walked through and picked; a slice is a table again."""
    table = table_of("three", [Everything("a"), Everything("b"), Everything("c")])
    assert 3 == len(table)
    assert ["a", "b", "c"] == [row.text for row in table]
    assert "c" == table[-1].text
    assert evolve(table, rows=table.rows[1:]) == table[1:]


def test_rows_are_found_by_what_they_hold() -> None:
    """`where` keeps the rows whose fields have the values, and everything else about the table."""
    one, two = Bare(Decimal("1.50")), Bare(Decimal(2))
    table = Table("bare", (BY_NAME["amount"],), (one, two), "Bare")
    assert evolve(table, rows=(two,)) == table.where(amount=Decimal("2.00"))
    assert 0 == len(table.where(amount=Decimal(3)))
    with pytest.raises(InvalidValue, match="choose from amount"):
        table.where(amuont=Decimal(3))


def test_rows_are_found_by_how_a_cell_is_written() -> None:
    """Who reads 2025-01 or "new" in a table can ask for it, without the objects behind them."""
    table = table_of("written", [Everything("a", period=Period.parse("2025-01")), Everything("b")])
    assert table[:1] == table.where(period="2025-01") == table.where(period=Period.parse("2025-01"))
    assert 0 == len(table.where(period="2025-02"))


def test_columns_are_selected_by_name_and_in_order() -> None:
    """`select` keeps the rows whole and shows the columns asked for; a misspelt one is refused."""
    table = table_of("selected", [])
    first, second = table.columns[:2]
    assert (second, first) == table.select(second.name, first.name).columns
    with pytest.raises(InvalidValue, match="is not in the table"):
        table.select("typo")


def test_a_table_introduces_itself_in_a_line() -> None:
    """A million rows don't flood an error message."""
    assert "<Table 'three': 3 rows, 14 columns>" == repr(table_of("three", [Everything()] * 3))


def test_rows_become_exact_python_values() -> None:
    """Enums give their values, periods their labels, nested rows dicts; nothing is rounded."""
    assert [FULL_DICT, ABSENT] == table_of("both", [FULL, EMPTY]).to_dicts()


def test_undefined_is_none_among_plain_values() -> None:
    """The reason is not a number; whoever needs it has the row."""
    assert [{"ratio": None, "value": None}] == table_with(ratio=Undefined("a"), value=Undefined("b")).to_dicts()


def test_what_people_read_is_rounded_all_at_once() -> None:
    """The rounder sees all rows, text and HTML show what it returns, values stay exact."""

    def rounder(rows: tuple[Everything, ...]) -> tuple[Everything, ...]:
        return tuple(evolve(row, count=len(rows)) for row in rows)

    table = Table("two", (BY_NAME["count"],), (Everything(count=9),) * 2, rounder=rounder)
    assert ["2", "2"] == str(table).split()[-2:]
    assert 2 == table._repr_html_().count('<td class="n">2</td>')
    assert [{"count": 9}] * 2 == table.to_dicts()


def test_a_notebook_gets_the_first_rows() -> None:
    """A table of every movement doesn't freeze a notebook."""
    table = Table("many", (BY_NAME["count"],), (Everything(count=1),) * (NOTEBOOK_ROWS + 5), "Many")
    assert NOTEBOOK_ROWS == table._repr_html_().count('<td class="n">1</td>')
    assert "… and 5 more rows" in table._repr_html_()
    assert NOTEBOOK_ROWS + 5 == str(table).count("1")


class Binary(Enum):
    """An enumeration whose values are no text."""

    ONE = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", 1.5),
        ("amount", 1),
        ("amount", "1.50"),
        ("amount", Decimal("NaN")),
        ("amount", Decimal("Infinity")),
        ("amount", Undefined("no rate")),
        ("ratio", 0.5),
        ("value", 0.5),
        ("value", True),
        ("count", True),
        ("count", Decimal(1)),
        ("text", 1),
        ("text", Binary.ONE),
        ("text", Undefined("no name")),
        ("texts", "abc"),
        ("texts", (1,)),
        ("flag", 1),
        ("day", dt.datetime(2025, 1, 31, tzinfo=dt.UTC)),
        ("day", "2025-01-31"),
        ("period", "2025-01"),
        ("parts", Part()),
        ("parts", (Part(what=1),)),  # type: ignore[arg-type]  # what is tested
        ("inputs", [("O", 1)]),
        ("inputs", {"O": 1.5}),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: object) -> None:
    """No float slips into a table, and no type is guessed: the error names the column."""
    with pytest.raises(InvalidValue) as caught:
        table_with(**{name: value}).to_dicts()
    assert caught.value.field in (name, "what")


@pytest.mark.parametrize("columns", [(), (BY_NAME["text"], BY_NAME["text"])])
def test_columns_have_names_of_their_own(columns: tuple[Column, ...]) -> None:
    """A row can't be a dict otherwise."""
    with pytest.raises(InvalidValue, match="columns must be one or more, each with a name of its own"):
        Table("none", columns, ())


@pytest.mark.parametrize("rows_name", ["columns", "schema", "a b"])
def test_the_key_of_the_rows_is_free(rows_name: str) -> None:
    """The rows don't overwrite another key of the JSON object."""
    with pytest.raises(InvalidValue, match="rows_name must be"):
        Table("none", COLUMNS, (), rows_name=rows_name)


def test_columns_explain_themselves() -> None:
    """Units and headings follow from type and name unless they are given."""
    assert (CURRENCY, FRACTION, "") == tuple(
        Column("x", kind).unit for kind in (ColumnType.AMOUNT, ColumnType.RATIO, ColumnType.TEXT)
    )
    assert "closing customers" == Column("closing_customers", ColumnType.INTEGER).heading
    assert "MRR" == Column("mrr", ColumnType.AMOUNT, title="MRR").heading


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("two words", ColumnType.TEXT, {}),
        ("=1", ColumnType.TEXT, {}),
        ("parts", ColumnType.ROWS, {}),
        ("parts", ColumnType.TEXT, {"columns": COLUMNS}),
        ("amount", ColumnType.AMOUNT, {"unit_from": "unit"}),
    ],
)
def test_contradictory_columns_are_refused(name: str, kind: ColumnType, options: dict[str, Any]) -> None:
    """A column that could not be written is not made."""
    with pytest.raises(InvalidValue):
        Column(name, kind, **options)


@pytest.mark.extra("arrow")
def test_arrow_holds_exact_types() -> None:
    """Amounts and quotients are decimals of 128 bits, rows in rows are structures."""
    arrow = table_of("both", [FULL, EMPTY]).to_arrow()
    part = "what: string, amount: decimal128(38, 8), is_known: bool, sources: list<item: string>"
    assert [FRAME_DICT, ABSENT] == arrow.to_pylist()
    types = {field.name: str(field.type) for field in arrow.schema}
    assert {
        "text": "string",
        "colour": "string",
        "texts": "list<item: string>",
        "flag": "bool",
        "count": "int64",
        "currency": "string",
        "amount": "decimal128(38, 8)",
        "ratio": "decimal128(38, 28)",
        "value": "decimal128(38, 8)",
        "unit": "string",
        "day": "date32[day]",
        "period": "string",
        "parts": f"list<item: struct<{part}>>",
        "inputs": "list<item: struct<name: string, value: string>>",
    } == types


@pytest.mark.extra("polars")
def test_polars_holds_exact_types() -> None:
    """The same in Polars."""
    import polars as pl

    frame = table_of("both", [FULL, EMPTY]).to_polars()
    assert [FRAME_DICT, ABSENT] == frame.to_dicts()
    part = pl.Struct(
        {"what": pl.String, "amount": pl.Decimal(38, 8), "is_known": pl.Boolean, "sources": pl.List(pl.String)}
    )
    assert {
        "text": pl.String,
        "colour": pl.String,
        "texts": pl.List(pl.String),
        "flag": pl.Boolean,
        "count": pl.Int64,
        "currency": pl.String,
        "amount": pl.Decimal(38, 8),
        "ratio": pl.Decimal(38, 28),
        "value": pl.Decimal(38, 8),
        "unit": pl.String,
        "day": pl.Date,
        "period": pl.String,
        "parts": pl.List(part),
        "inputs": pl.List(pl.Struct({"name": pl.String, "value": pl.String})),
    } == dict(frame.schema)


@pytest.mark.extra("pandas")
def test_pandas_holds_exact_types() -> None:
    """The same in pandas, on Arrow types: nothing is an object, an absent value is no NaN."""
    import pandas as pd

    table = table_of("both", [FULL, EMPTY])
    frame = table.to_pandas()
    expected = {field.name: pd.ArrowDtype(field.type) for field in table.to_arrow().schema}
    assert expected == dict(frame.dtypes)
    assert Decimal("-80.125") == frame["amount"].sum()
    assert frame["amount"].isna().tolist() == [False, True]


@pytest.mark.extra("arrow", "polars")
@pytest.mark.parametrize("table", FRAMED_TABLES, ids=lambda table: table.name)
def test_nasty_tables_become_the_same_frame_everywhere(table: Table[Everything]) -> None:
    """Also without rows, and with every text and amount that breaks careless code, each type is the declared one."""
    arrow, polars = table.to_arrow(), table.to_polars()
    assert arrow.to_pylist() == polars.to_dicts()
    assert [row["amount"] for row in table.to_dicts()] == arrow["amount"].to_pylist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 8),
        (["55", "-80.25"], 8),
        (["0.123456789012"], 12),
        (["123456789012345678901234567890", "0.5"], 8),
        (["12345678901234567890123456789012345", "0.5"], 3),
        (["99999999999999999999999999999999999999"], 0),
    ],
)
def test_amounts_keep_all_their_decimals(values: list[str], expected: int) -> None:
    """Eight decimals, more where an amount has more, fewer where there is no room and no need."""
    assert expected == decimal_places(BY_NAME["amount"], map(Decimal, values))


def test_amounts_that_no_frame_holds_are_refused() -> None:
    """Thirty digits before the point and nine after it: the error says what to do instead."""
    values = [Decimal(123456789012345678901234567890), Decimal("0.123456789")]
    with pytest.raises(InvalidValue, match=r"amount must fit the 38 digits of a frame's decimals .*use to_dicts\(\)"):
        decimal_places(BY_NAME["amount"], values)


def test_quotients_keep_what_there_is_room_for() -> None:
    """A column with a large and a small quotient keeps at least eight decimals of the small one."""
    small = Decimal(1) / Decimal(300)
    assert 30 == decimal_places(BY_NAME["value"], [small])
    assert 26 == decimal_places(BY_NAME["value"], [small, Decimal(123456789012)])
    with pytest.raises(InvalidValue, match="31 digits and 30 decimals"):
        decimal_places(BY_NAME["value"], [small, Decimal(10**30)])


@pytest.mark.extra("polars")
def test_quotients_in_frames_are_rounded_half_even() -> None:
    """Large and small figures in one column of metrics are no reason to refuse the frame."""
    values = [Decimal(10**29), Decimal("0.123456785"), Decimal("0.123456795")]
    rows = [Everything(value=value) for value in values]
    expected = [Decimal(10**29), Decimal("0.12345678"), Decimal("0.12345680")]
    assert expected == table_of("mixed", rows).to_polars()["value"].to_list()


@pytest.mark.parametrize(
    ("module", "extra", "convert"),
    [
        ("pyarrow", "arrow", Table[Everything].to_arrow),
        ("pandas", "pandas", Table[Everything].to_pandas),
        ("polars", "polars", Table[Everything].to_polars),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    module: str,
    extra: str,
    convert: Callable[[Table[Everything]], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever lacks a frame library is told the command that installs it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'subscription-metrics\[{extra}\]'"):
        convert(table_of("none", []))


def test_any_object_can_be_a_row() -> None:
    """A row needs the attributes that its columns name, and nothing else."""
    table = Table("bare", (BY_NAME["amount"],), (Bare(Decimal("1.50")),))
    assert [{"amount": Decimal("1.5")}] == table.to_dicts()
    assert "1.5" == str(table).splitlines()[-1].strip()
