"""Tables for people: plain text for terminals, HTML for notebooks and reports.

How values read.

| value | reads as |
|---|---|
| amount | 1,234.50: in the minor units of the row's currency; zero is 0.00, dimmed in HTML |
| ratio | 12.3 %: percent with one decimal |
| number | 1,234.57, 4.235, 0.0001235: four significant digits, and whatever more two decimals show |
| undefined | – [1], and its reason as note [1] under the table |
| absent | nothing |
| texts, rows, mapping | in one line: `a, b`, `price 20.00 sub_1; quantity 5.00 sub_2`, `O = 1,000, L = -50` |

House rules.

1. Digits are dropped half-even and cell by cell: who renders a table that adds up passes rows that are
   rounded so that they still do.
2. Text comes from outside. What could drive a terminal or turn the direction of writing is removed, HTML is
   escaped.
3. The same rows give the same characters: no ids, no clock, no locale.
4. No colours: a table takes them from the page it stands on, light or dark.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from subscription_metrics.columns import ColumnType, plain_value
from subscription_metrics.money import plain, round_money, round_to
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subscription_metrics.columns import Column, Plain

Notes: TypeAlias = dict[str, int]
"""The reasons met so far, numbered in the order of the cells."""

WIDEST_TEXT = 60
"""Characters of a text that a table shows; exporters write the whole."""

_SIGNIFICANT_DIGITS = 4
_LEAST_DECIMALS = 2
_RATIO_DECIMALS = 3
"""Of a fraction: one decimal of its percentage."""

_WORDS = {True: "yes", False: "no", None: ""}
_TO_THE_RIGHT = (ColumnType.INTEGER, ColumnType.AMOUNT, ColumnType.RATIO, ColumnType.NUMBER)
_HTML_CLASSES = dict.fromkeys(_TO_THE_RIGHT, "n") | {ColumnType.PERIOD: "t", ColumnType.DATE: "t"}
"""Numbers stand to the right; neither they nor times break at a hyphen."""

NO_ROWS = "(no rows)"

_UNSAFE_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
_UNSAFE_DIRECTIONS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_WITHOUT_WIDTH = ("Mn", "Me", "Cf")
_TWO_WIDE = ("W", "F")

_HTML = """<style>
.subscription-metrics {{border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.5}}
.subscription-metrics caption {{text-align: left; color: inherit}}
.subscription-metrics :is(caption, th, td) {{padding: .15em .6em}}
.subscription-metrics :is(th, td) {{text-align: left; vertical-align: top; font-weight: normal}}
.subscription-metrics thead th {{vertical-align: bottom; font-weight: bold; border-bottom: 1px solid}}
.subscription-metrics tbody td {{border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent)}}
.subscription-metrics .n {{text-align: right}}
.subscription-metrics td:is(.n, .t) {{white-space: nowrap}}
.subscription-metrics .zero {{opacity: .55}}
</style>
<div style="overflow-x: auto; scrollbar-color: color-mix(in srgb, currentColor 40%, transparent) transparent">
<table class="subscription-metrics">
<caption><strong>{title}</strong>{caption}</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{body}
</tbody>
<tfoot>{notes}</tfoot>
</table>
</div>"""


def to_text(columns: Sequence[Column], rows: Sequence[object], title: str = "", caption: str = "") -> str:
    """Draw the rows as lines of text, aligned for a terminal with a font of fixed width."""
    cells, notes = _read(columns, rows)
    heads = _stacked([column.heading for column in columns])
    widths = [max(map(_width, column)) for column in zip(*heads, *cells, strict=True)]
    to_the_right = [column.type in _TO_THE_RIGHT for column in columns]
    grid = [*heads, ["-" * width for width in widths], *cells]
    lines = [_line(cells, widths, to_the_right) for cells in grid]
    blocks = [filter(None, map(clean, (title, caption))), lines if rows else [*lines, NO_ROWS], notes]
    return "\n\n".join(filter(None, map("\n".join, blocks)))


def _stacked(headings: Iterable[str]) -> list[tuple[str, ...]]:
    """The words of each heading one below the other, down to a common last line: columns are narrow."""
    words = [heading.split() for heading in headings]
    height = max(map(len, words))
    return list(zip(*([""] * (height - len(of_one)) + of_one for of_one in words), strict=True))


def _line(cells: Iterable[str], widths: Iterable[int], to_the_right: Iterable[bool]) -> str:
    padded = (
        " " * (width - _width(cell)) + cell if right else cell + " " * (width - _width(cell))
        for cell, width, right in zip(cells, widths, to_the_right, strict=True)
    )
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns that a terminal gives to `text` (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    seen = (character for character in text if unicodedata.category(character) not in _WITHOUT_WIDTH)
    return sum(2 if unicodedata.east_asian_width(character) in _TWO_WIDE else 1 for character in seen)


def to_html(
    columns: Sequence[Column],
    rows: Sequence[object],
    title: str = "",
    caption: str = "",
    most_rows: int | None = None,
) -> str:
    """Draw the rows, or the first `most_rows` of them, as an HTML table with a style of its own."""
    from html import escape  # noqa: PLC0415  # its table of entities would slow down every import

    cells, notes = _read(columns, rows[:most_rows])
    if left_out := len(rows) - len(cells):
        notes.append(f"… and {left_out:,} more rows")
    if not rows:
        notes.append(NO_ROWS)
    sides = [_HTML_CLASSES.get(column.type, "") for column in columns]
    heads = [escape(clean(column.heading)) for column in columns]
    body = ("".join(map(_html_cell, map(escape, line), sides)) for line in cells)
    return _HTML.format(
        title=escape(clean(title)),
        caption=f"<br>{escape(clean(caption))}" if caption else "",
        heads="".join(map(_html_head, heads, sides)),
        body="\n".join(f"<tr>{line}</tr>" for line in body),
        notes="".join(f'<tr><td colspan="{len(columns)}">{escape(note)}</td></tr>' for note in notes),
    )


def _html_head(text: str, side: str) -> str:
    return f'<th scope="col" class="{side}">{text}</th>'


def _html_cell(text: str, side: str) -> str:
    is_zero = side == "n" and text and not text.strip("0., %")
    return f'<td class="{side} zero">{text}</td>' if is_zero else f'<td class="{side}">{text}</td>'


def clean(text: str) -> str:
    """`text` in one line, without the characters that drive a terminal or turn the direction of writing."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(one for one in line if not _is_unsafe(one))


def _is_unsafe(character: str) -> bool:
    turns = unicodedata.bidirectional(character) in _UNSAFE_DIRECTIONS
    return turns or unicodedata.category(character) in _UNSAFE_CATEGORIES


def _read(columns: Sequence[Column], rows: Iterable[object]) -> tuple[list[list[str]], list[str]]:
    """The text of every cell, and the notes that belong under them."""
    notes: Notes = {}
    cells = [_read_row(columns, row, None, notes) for row in rows]
    return cells, [f"[{number}] {clean(reason)}" for reason, number in notes.items()]


def _read_row(columns: Iterable[Column], row: object, currency: str | None, notes: Notes) -> list[str]:
    own: str | None = getattr(row, "currency", currency)
    return [_read_cell(column, row, own, notes) for column in columns]


def _read_cell(column: Column, row: object, currency: str | None, notes: Notes) -> str:
    value = getattr(row, column.name)
    if isinstance(value, Undefined):
        return _noted(value, notes)
    plain_one = plain_value(column, value)
    if plain_one and column.type is ColumnType.ROWS:
        return "; ".join(_read_nested(column.columns, nested, currency, notes) for nested in value)
    if plain_one and column.type is ColumnType.MAPPING:
        return ", ".join(f"{clean(name)} = {_read_item(item, notes)}" for name, item in value.items())
    return _read_value(plain_one, column.type_in(row), currency)


def _noted(undefined: Undefined, notes: Notes) -> str:
    return f"– [{notes.setdefault(undefined.reason, len(notes) + 1)}]"


def _read_item(item: Decimal | int | str | Undefined | None, notes: Notes) -> str:
    return _noted(item, notes) if isinstance(item, Undefined) else _read_value(item, ColumnType.NUMBER, None)


def _read_nested(columns: Sequence[Column], row: object, currency: str | None, notes: Notes) -> str:
    cells = zip(columns, _read_row(columns, row, currency, notes), strict=True)
    return " ".join(_labelled(column, text) for column, text in cells if text)


def _labelled(column: Column, text: str) -> str:
    """A yes that stands under no heading says what it affirms."""
    if column.type is not ColumnType.BOOLEAN:
        return text
    return column.heading if text == _WORDS[True] else f"not {column.heading}"


def _read_value(value: Plain, kind: ColumnType, currency: str | None) -> str:
    match value:
        case bool() | None:
            return _WORDS[value]
        case int():
            return f"{value:,}"
        case Decimal():
            return _read_decimal(value, kind, currency)
        case list():
            return ", ".join(_read_value(item, kind, currency) for item in value)
        case _:
            text = clean(str(value))
            return text if len(text) <= WIDEST_TEXT else f"{text[: WIDEST_TEXT - 1]}…"


def _read_decimal(value: Decimal, kind: ColumnType, currency: str | None) -> str:
    if kind is ColumnType.AMOUNT and currency:
        return f"{round_money(value, currency):,f}"
    if kind is ColumnType.RATIO:
        return f"{round_to(value, _RATIO_DECIMALS):,.1%}".replace("%", " %")
    places = max(_LEAST_DECIMALS, _SIGNIFICANT_DIGITS - 1 - value.adjusted())
    return f"{Decimal(plain(round_to(value, places))):,f}"
