from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal, localcontext
from typing import TYPE_CHECKING

import pytest

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.quotients import Undefined
from subscription_metrics.rendering import NO_ROWS, WIDEST_TEXT, clean, to_html, to_text
from subscription_metrics.testing.exporters import COLUMNS, NASTY_TABLES, TEXTS, Everything, Part

if TYPE_CHECKING:
    from subscription_metrics.tables import Table

BY_NAME = {column.name: column for column in COLUMNS}


def read(row: Everything, name: str) -> str:
    """How the field `name` of `row` reads in a text table."""
    return to_text([BY_NAME[name]], [row]).splitlines()[2].strip()


def test_a_text_table_is_aligned() -> None:
    """Names to the left, numbers to the right, headings word by word, title above, notes below."""
    columns = [
        Column("text", ColumnType.TEXT, title="customer"),
        Column("count", ColumnType.INTEGER, title="closing customers"),
        BY_NAME["amount"],
        BY_NAME["ratio"],
    ]
    rows = [
        Everything("Zoë", count=1200, amount=Decimal("1234567.891"), ratio=Decimal("0.1234")),
        Everything("株式会社", count=7, amount=Decimal(-80), ratio=Undefined("nobody to lose")),
        Everything("e\u0301t\u200de", amount=Decimal(0), ratio=Undefined("nobody to lose")),
        Everything(count=0, ratio=Undefined("no month before")),
    ]
    expected = """\
MRR
by customer

            closing
customer  customers        amount   ratio
--------  ---------  ------------  ------
Zoë           1,200  1,234,567.89  12.3 %
株式会社          7        -80.00   – [1]
e\u0301t\u200de                          0.00   – [1]
                  0                 – [2]

[1] nobody to lose
[2] no month before"""
    assert expected == to_text(columns, rows, "MRR", "by customer")


def test_a_table_without_rows_says_so() -> None:
    """An empty answer is not mistaken for a lost one."""
    assert f"text\n----\n{NO_ROWS}" == to_text([BY_NAME["text"]], [])


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        ("EUR", "1234.5", "1,234.50"),
        ("EUR", "0.125", "0.12"),
        ("EUR", "-0.001", "0.00"),
        ("JPY", "1234.5", "1,234"),
        ("KWD", "1", "1.000"),
        ("EUR", "123456789012345678901234567890", "123,456,789,012,345,678,901,234,567,890.00"),
        (None, "1234.5", "1,234.5"),
    ],
)
def test_amounts_read_in_minor_units(currency: str | None, amount: str, expected: str) -> None:
    """Thousands are grouped, places are those of the row's currency, zero has no sign."""
    assert expected == read(Everything(currency=currency, amount=Decimal(amount)), "amount")


@pytest.mark.parametrize(
    ("ratio", "expected"), [("0.1234", "12.3 %"), ("-0.00001", "0.0 %"), ("12.5", "1,250.0 %"), ("1", "100.0 %")]
)
def test_ratios_read_as_percent(ratio: str, expected: str) -> None:
    """A fraction of 1 is shown with one decimal of its percentage."""
    assert expected == read(Everything(ratio=Decimal(ratio)), "ratio")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Decimal("4.23456"), "months", "4.235"),
        (Decimal("1234.5678"), "1", "1,234.57"),
        (Decimal("0.000123456"), "1", "0.0001235"),
        (Decimal("12.50"), "months", "12.5"),
        (Decimal("0E-30"), "1", "0"),
        (1200, "customers", "1,200"),
        (Decimal("1234.5678"), "currency", "1,234.57"),
        (Decimal(55), "currency per customer", "55.00"),
        (Decimal("0.1234"), "fraction", "12.3 %"),
    ],
)
def test_numbers_read_by_their_unit(value: Decimal | int, unit: str, expected: str) -> None:
    """Four significant digits or two decimals, whichever says more; amounts and ratios as such."""
    assert expected == read(Everything(value=value, unit=unit), "value")


@pytest.mark.parametrize(
    ("row", "name", "expected"),
    [
        (Everything(flag=True), "flag", "yes"),
        (Everything(flag=False), "flag", "no"),
        (Everything(texts=("a.csv:2", "a.csv:3")), "texts", "a.csv:2, a.csv:3"),
        (
            Everything(inputs={"O": Decimal(-1000), "o": 3, "who": "Zoë"}),
            "inputs",
            "O = -1,000, o = 3, who = Zoë",
        ),
        (
            Everything(
                parts=(
                    Part("price", Decimal("1234.5"), is_known=True, sources=("a.csv:2",)),
                    Part("plan", Decimal(-5), is_known=False),
                    Part("seats"),
                )
            ),
            "parts",
            "price 1,234.50 is known a.csv:2; plan -5.00 not is known; seats",
        ),
    ],
)
def test_nested_values_read_in_one_line(row: Everything, name: str, expected: str) -> None:
    """Lists, rows in rows and named values stand in their cell, with the currency of the row."""
    assert expected == read(row, name)


def test_undefined_inputs_have_a_note_too() -> None:
    """Wherever a quotient has no value, the reason stands under the table."""
    row = Everything(inputs={"churn": Undefined("no base")})
    assert to_text([BY_NAME["inputs"]], [row]).endswith("churn = – [1]\n\n[1] no base")


def test_long_texts_are_cut() -> None:
    """A text of a thousand characters doesn't push the figures out of sight."""
    assert "x" * (WIDEST_TEXT - 1) + "…" == read(Everything("x" * 1000), "text")
    assert "x" * WIDEST_TEXT == read(Everything("x" * WIDEST_TEXT), "text")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J\x1b]0;owned\x07name", "[2J]0;ownedname"),
        ("\x9b31mred", "31mred"),
        ("two\r\nlines\tand\x0bmore", "two lines and more"),
        ("a\u2028b\u2029c", "a b c"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("\udc80", ""),
        ("a\u200db مرحبا 株式会社", "a\u200db مرحبا 株式会社"),
    ],
)
def test_text_drives_no_terminal(text: str, expected: str) -> None:
    """Escape sequences lose their escape, lines are joined, nothing turns the direction of writing; scripts stay."""
    assert expected == clean(text)


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_stays_in_its_line(text: str) -> None:
    """A row of a table is one printable line, whatever stands in it: cell, title, caption or reason."""
    drawn = to_text([BY_NAME["text"], BY_NAME["ratio"]], [Everything(text, ratio=Undefined(text))], text, text)
    assert "".join(drawn.split("\n")).isprintable() or {"\u200d", "\ufeff"} & set(text)
    assert drawn.count("\n") <= len(["title", "caption", "", "head", "rule", "row", "", "note"])


def test_html_escapes_what_it_is_given() -> None:
    """No cell, heading, title, caption or reason becomes markup."""
    evil = "</table><script>alert('\"&')</script>"
    column = Column("text", ColumnType.TEXT, title=evil)
    drawn = to_html([column, BY_NAME["ratio"]], [Everything(evil, ratio=Undefined(evil))], evil, evil)
    assert drawn.count("&lt;script&gt;alert(&#x27;&quot;&amp;&#x27;)&lt;/script&gt;") == 5
    assert "<script" not in drawn


def test_html_says_what_it_leaves_out() -> None:
    """A notebook shows the first rows and how many more there are."""
    drawn = to_html([BY_NAME["count"]], [Everything(count=n) for n in range(1500)], most_rows=2)
    assert ["0", "1"] == [line.split(">")[2].removesuffix("</td") for line in drawn.splitlines() if "<td class" in line]
    assert "… and 1,498 more rows" in drawn


def test_html_without_rows_says_so() -> None:
    """An empty answer is not mistaken for a lost one."""
    assert NO_ROWS in to_html([BY_NAME["text"]], [])


def test_html_dims_zeros_only() -> None:
    """In a sparse bridge the eye finds what moved."""
    rows = [Everything("0", amount=Decimal(amount)) for amount in ("0", "100")]
    drawn = to_html([BY_NAME["text"], BY_NAME["amount"]], rows)
    assert '<td class="">0</td>' in drawn
    assert '<td class="n zero">0.00</td>' in drawn
    assert '<td class="n">100.00</td>' in drawn


@pytest.mark.parametrize("table", NASTY_TABLES, ids=lambda table: table.name)
def test_drawing_depends_on_nothing_but_the_table(table: Table[Everything]) -> None:
    """The same rows give the same characters, also under another decimal context."""
    drawn = str(table), table._repr_html_()
    with localcontext(Context(prec=2, rounding=ROUND_UP)):
        assert drawn == (str(table), table._repr_html_())
