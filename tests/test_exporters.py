from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from jsonschema import Draft202012Validator
from tests.export_readers import read_csv, read_json, written

from subscription_metrics.book import Book
from subscription_metrics.exporters import Exporter, write_csv, write_json
from subscription_metrics.exporters._json import SCHEMA
from subscription_metrics.mrr.spans import Cancellation, Span
from subscription_metrics.tables import Table
from subscription_metrics.testing.exporters import (
    COLUMNS,
    NASTY_TABLES,
    Colour,
    Everything,
    Part,
    check_exporter,
    table_of,
)

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.testing.exporters import Parse, Rows

SCHEMA_FILE = Path(__file__).parents[1] / "docs/reference/schema/table.schema.json"


def json_row(row: Everything) -> dict[str, Any]:
    """The fields of `row` that JSON holds a value for."""
    written_row: dict[str, Any] = json.loads(written(write_json, table_of("one", [row])))["rows"][0]
    return {name: value for name, value in written_row.items() if value is not None}


def csv_cell(row: Everything, name: str) -> str:
    """The cell of a CSV file as it stands there, of a table with one column."""
    column = next(column for column in COLUMNS if column.name == name)
    header, cell = written(write_csv, Table("one", (column,), (row,))).removesuffix("\r\n").split("\r\n", 1)
    assert name == header
    return cell


@pytest.mark.parametrize(("export", "parse"), [(write_json, read_json), (write_csv, read_csv)])
def test_the_exporters_keep_their_contract(export: Exporter, parse: Parse) -> None:
    """Every nasty table is read back as it was."""
    check_exporter(export, parse)


def forgets_quotes(table: Table[Any], stream: TextIO) -> None:
    """A careless exporter: no quoting."""
    stream.writelines(",".join(map(str, row.values())) + "\n" for row in table.to_dicts())


def through_floats(text: str, table: Table[Any]) -> Rows:
    """A careless reader: amounts go through binary floats."""
    rows = read_json(text, table)
    return [{**row, "amount": row["amount"] and Decimal(float(str(row["amount"])))} for row in rows]


def test_the_contract_catches_what_gets_lost() -> None:
    """A reader through floats fails the contract, which names the table and shows the amount."""
    with pytest.raises(AssertionError, match=r"table 'amounts': expected .*41\.58333333"):
        check_exporter(write_json, through_floats)


def test_the_contract_catches_output_that_differs() -> None:
    """An exporter that depends on the decimal context fails the contract."""

    def export(table: Table[Any], stream: TextIO) -> None:
        stream.writelines(str(+row["amount"]) for row in table.to_dicts() if isinstance(row["amount"], Decimal))

    with pytest.raises(AssertionError, match="written differently the second time"):
        check_exporter(export, lambda _, table: table.to_dicts())


@pytest.mark.parametrize("table", NASTY_TABLES, ids=lambda table: table.name)
def test_json_follows_its_schema(table: Table[Everything]) -> None:
    """The published schema accepts whatever the JSON exporter writes."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    errors = list(Draft202012Validator(schema).iter_errors(json.loads(written(write_json, table))))
    assert [] == errors


def public_tables() -> list[Table[Any]]:
    """The three tables whose keys are a public contract: of a customer that comes, grows and goes."""
    first = Span(
        customer="ann",
        subscription="s1",
        monthly_amount=Decimal(55),
        currency="EUR",
        start=date(2025, 1, 1),
        end=date(2025, 2, 1),
        source="a.csv",
        line=2,
    )
    second = evolve(first, monthly_amount=Decimal(80), start=date(2025, 2, 1), end=date(2025, 3, 1))
    spans: list[Any] = [first, evolve(second, cancellation=Cancellation("too expensive", voluntary=True))]
    book = Book(spans)
    return [book.bridge("2025-01", "2025-03"), book.movements("2025-01", "2025-03"), book.metrics("2025-01")]


@pytest.mark.parametrize("table", public_tables(), ids=lambda table: table.name)
def test_public_tables_follow_the_schema(table: Table[Any]) -> None:
    """Bridge, movements and metrics have the keys and types that programs rely on."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    document = json.loads(written(write_json, table))
    assert document[table.rows_name]
    assert [] == list(Draft202012Validator(schema).iter_errors(document))


@pytest.mark.parametrize("table", public_tables(), ids=lambda table: table.name)
def test_the_schema_knows_every_key_of_a_public_table(table: Table[Any]) -> None:
    """A column that the schema doesn't describe, or one that got lost, is a broken promise."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    document = json.loads(written(write_json, table))
    described = schema["$defs"][{"bridge": "bridge_row", "movements": "movement", "metrics": "metric"}[table.name]]
    for key in described["required"]:
        row = document[table.rows_name][0]
        document[table.rows_name][0] = {name: value for name, value in row.items() if name != key}
        assert not Draft202012Validator(schema).is_valid(document)
        document[table.rows_name][0] = row
    assert {column.name for column in table.columns} <= set(described["properties"])


def test_the_schema_is_the_one_the_output_names() -> None:
    """The output says which schema it follows: the published one."""
    assert SCHEMA == json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["$id"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rows",), {}),
        (("rows", 0, "amount"), 55.5),
        (("rows", 0, "more"), [[]]),
        (("columns", 0, "type"), "money"),
        (("columns", 0, "note"), ""),
        (("schema",), "urn:subscription-metrics:schema:table:0"),
        (("extra",), "text"),
    ],
)
def test_the_schema_refuses_what_the_exporter_never_writes(path: tuple[str | int, ...], value: object) -> None:
    """Numbers with a fraction, unknown types, unknown keys: only a schema that refuses proves anything."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    document = json.loads(written(write_json, table_of("one", [Everything(amount=Decimal(55))])))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not Draft202012Validator(schema).is_valid(document)


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        ("EUR", "55", "55.00"),
        ("EUR", "-80.0", "-80.00"),
        ("EUR", "41.58333333", "41.58333333"),
        ("EUR", "-0", "0.00"),
        ("EUR", "1E+3", "1000.00"),
        ("JPY", "55.00", "55"),
        ("KWD", "55", "55.000"),
        (None, "55.00", "55"),
    ],
)
@pytest.mark.parametrize("export", [write_json, write_csv])
def test_amounts_are_exact_text(export: Exporter, currency: str | None, amount: str, expected: str) -> None:
    """At least the minor units of the row's currency, and more digits where there are more."""
    row = Everything(currency=currency, amount=Decimal(amount))
    actual = json_row(row)["amount"] if export is write_json else csv_cell(row, "amount")
    assert expected == actual


def test_nested_amounts_are_in_the_currency_of_the_row() -> None:
    """A part without a currency of its own inherits the row's."""
    row = Everything(currency="KWD", parts=(Part("price", Decimal("1.5"), is_known=True, sources=("a.csv:2",)),))
    expected = [{"what": "price", "amount": "1.500", "is_known": True, "sources": ["a.csv:2"]}]
    assert expected == json_row(row)["parts"]


def test_the_unit_of_a_number_can_come_from_its_row() -> None:
    """A figure in currency is written as an amount."""
    assert "55.00" == json_row(Everything(value=Decimal(55), unit="currency"))["value"]
    assert "55" == json_row(Everything(value=Decimal(55), unit="months"))["value"]


def test_json_is_laid_out_row_by_row() -> None:
    """One row a line, so that two exports can be compared line by line; columns say what is in them."""
    table = Table("mrr", COLUMNS[:1], (Everything("a"), Everything("é")), "Title", "Caption", rows_name="metrics")
    expected = f"""{{
"schema": "{SCHEMA}",
"name": "mrr",
"title": "Title",
"caption": "Caption",
"columns": [{{"name": "text", "type": "text", "unit": ""}}],
"metrics": [
{{"text": "a"}},
{{"text": "\\u00e9"}}
]
}}
"""
    assert expected == written(write_json, table)


def test_json_columns_say_where_units_and_parts_are() -> None:
    """Units that differ from row to row are named by their key, rows inside by their columns."""
    columns = {column["name"]: column for column in json.loads(written(write_json, table_of("none", [])))["columns"]}
    assert columns["value"] == {"name": "value", "type": "number", "unit": "", "unit_from": "unit"}
    assert columns["parts"]["columns"][1] == {"name": "amount", "type": "amount", "unit": "currency"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a=1", "a=1"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-80.00", "'-80.00"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),  # noqa: RUF001  # the full-width sign is what is tested
        ("\t=1", "'\t=1"),
        ("\r=1", '"\'\r=1"'),
        (" =1", "' =1"),
        ("'quoted'", "''quoted'"),
        ("", "'"),
        ('say "hi", twice', '"say ""hi"", twice"'),
        (None, '""'),
    ],
)
def test_csv_disarms_formulas(text: str | None, expected: str) -> None:
    """A text that a spreadsheet would run is written after an apostrophe, and what looks like that is, too."""
    assert expected == csv_cell(Everything(text), "text")


def test_csv_disarms_enumerations_too() -> None:
    """What is written decides, not what it was before."""
    assert "'=RED()" == csv_cell(Everything(colour=Colour.FORMULA), "colour")


def test_negative_amounts_stay_numbers_in_csv() -> None:
    """Only text is disarmed."""
    assert "-80.00" == csv_cell(Everything(amount=Decimal(-80)), "amount")


def test_nested_values_are_compact_json_in_csv() -> None:
    """A cell that begins with a bracket is no formula."""
    assert '"[""=1"",""a""]"' == csv_cell(Everything(texts=("=1", "a")), "texts")


def test_csv_of_no_rows_is_its_header() -> None:
    """Also a table without rows says what its columns are."""
    assert ",".join(column.name for column in COLUMNS) + "\r\n" == written(write_csv, table_of("none", []))


@pytest.mark.parametrize("export", [write_json, write_csv])
def test_exporters_write_row_by_row(export: Exporter) -> None:
    """What is written at once doesn't grow with the table: a million rows need no text of a million rows."""
    longest: dict[int, int] = {}
    for count in (1, 100):
        pieces: list[str] = []
        stream = io.StringIO()
        stream.write = lambda piece, pieces=pieces: len(pieces.append(piece) or piece)  # type: ignore[method-assign, misc]  # a spy
        stream.writelines = lambda lines, pieces=pieces: pieces.extend(lines)  # type: ignore[method-assign, misc]  # the same
        export(table_of("many", [Everything("x" * 1000)] * count), stream)
        longest[count] = max(map(len, pieces))
    assert longest[1] == pytest.approx(longest[100], abs=len(",\n"))
