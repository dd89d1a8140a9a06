"""Cohort tables for people: HTML with coloured cells for notebooks and reports, text for terminals.

House rules.

1. A cell's colour says how large it is, its text says the same: nobody needs to see colours to read a table.
2. Colours are one hue, laid over the page with an opacity: the page's own background and text colour show through,
   so it reads on light and dark alike. No script, no picture, no style but its own.
3. A share is coloured on a scale from 0 to 1, so two tables compare; anything else from 0 to its own largest cell.
4. Text comes from outside: it is cleaned for terminals and escaped for HTML, as in `rendering`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from subscription_metrics.money import round_money, round_to
from subscription_metrics.rendering import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subscription_metrics.periods import Grain

Line: TypeAlias = "tuple[str, str, str | None, int, Sequence[Decimal | int]]"
"""Label, currency, segment, number of customers and cells of a cohort."""


class Scale(Enum):
    """What the darkest colour stands for."""

    SHARE = "share"
    """1, read as 100 %."""
    OWN = "own"
    """The largest cell of the table."""


_STEPS = 10
"""Shades between nothing and all: more can't be told apart."""

_TERMINAL = (None, 17, 18, 19, 20, 26, 32, 38, 44, 43, 42)
"""For each shade the background of xterm's 256 colours: dark blue to green, all legible under white or black."""

_BLACK_FROM = 7
"""The shade from which black text is easier to read than white."""

_HTML = """<style>
.sm-cohorts {{border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.5}}
.sm-cohorts caption {{text-align: left; color: inherit; font-weight: bold; padding: .15em .4em}}
.sm-cohorts :is(th, td) {{padding: .1em .5em; text-align: right; white-space: nowrap; font-weight: normal}}
.sm-cohorts .l {{text-align: left}}
.sm-cohorts thead th {{border-bottom: 1px solid; font-weight: bold}}
{shades}
</style>
<div style="overflow-x: auto">
<table class="sm-cohorts">
<caption>{title}</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>"""

# Under the deepest shade the page's own text colour still has a contrast above 4.5 : 1 on white and on #111.
_SHADES = "\n".join(
    f".sm-cohorts .s{step} {{background: rgba(46, 134, 193, .{step * 5 + 2:02})}}" for step in range(1, _STEPS + 1)
)


def to_html(title: str, grain: Grain, lines: Sequence[Line], scale: Scale) -> str:
    """Draw the lines as an HTML table with coloured cells."""
    from html import escape  # noqa: PLC0415  # its table of entities would slow down every import

    width, top = _width(lines), _top(lines, scale)
    labelled = _has_labels(lines)
    heads = _heads(grain, labelled, width)
    texts = len(heads) - width - 1
    body = []
    for line in lines:
        _, currency, _, size, cells = line
        front = "".join(f'<th scope="row" class="l">{escape(text)}</th>' for text in _labels(line, labelled))
        drawn = (f'<td class="s{_shade(cell, top)}">{_read(cell, scale, currency)}</td>' for cell in cells)
        blank = "<td></td>" * (width - len(cells))
        body.append(f"<tr>{front}<td>{size:,}</td>{''.join(drawn)}{blank}</tr>")
    kinds = ["l"] * texts + [""] * (width + 1)
    titles = (f'<th scope="col" class="{k}">{escape(h)}</th>' for h, k in zip(heads, kinds, strict=True))
    return _HTML.format(shades=_SHADES, title=escape(title), heads="".join(titles), body="\n".join(body))


def to_text(title: str, grain: Grain, lines: Sequence[Line], scale: Scale, *, colour: bool = False) -> str:
    """Draw the lines as text, aligned for a terminal, with colours if it has them."""
    width, top, labelled = _width(lines), _top(lines, scale), _has_labels(lines)
    heads = _heads(grain, labelled, width)
    grid = [_text_cells(line, labelled, scale, width) for line in lines]
    widths = [max(map(len, column)) for column in zip(heads, *grid, strict=True)]
    texts = len(heads) - width - 1
    out = [_padded(heads, widths, texts), ["-" * size for size in widths]]
    for line, cells in zip(lines, grid, strict=True):
        padded = _padded(cells, widths, texts)
        if colour:
            for at, cell in enumerate(line[4], texts + 1):
                padded[at] = _painted(padded[at], _shade(cell, top))
        out.append(padded)
    return "\n".join([title, "", *("  ".join(row).rstrip() for row in out), *([] if lines else ["(no cohorts)"])])


def _text_cells(line: Line, labelled: tuple[bool, bool], scale: Scale, width: int) -> list[str]:
    cells = [_read(cell, scale, line[1]) for cell in line[4]]
    return [*_labels(line, labelled), f"{line[3]:,}", *cells, *([""] * (width - len(cells)))]


def _padded(cells: Sequence[str], widths: Sequence[int], texts: int) -> list[str]:
    sized = enumerate(zip(cells, widths, strict=True))
    return [cell.ljust(width) if at < texts else cell.rjust(width) for at, (cell, width) in sized]


def _painted(text: str, shade: int) -> str:
    if not shade:
        return text
    return f"\x1b[48;5;{_TERMINAL[shade]};38;5;{16 if shade >= _BLACK_FROM else 231}m{text}\x1b[0m"


def _width(lines: Sequence[Line]) -> int:
    return max((len(line[4]) for line in lines), default=0)


def _top(lines: Sequence[Line], scale: Scale) -> Decimal | int:
    if scale is Scale.SHARE:
        return 1
    return max((cell for line in lines for cell in line[4]), default=0)


def _has_labels(lines: Sequence[Line]) -> tuple[bool, bool]:
    """Whether currencies and segments differ or are there at all: a column that says nothing is left out."""
    return len({line[1] for line in lines}) > 1, any(line[2] is not None for line in lines)


def _heads(grain: Grain, labelled: tuple[bool, bool], width: int) -> list[str]:
    names = [name for name, shown in zip(("currency", "segment"), labelled, strict=True) if shown]
    return ["cohort", *names, "customers", *(f"{grain.value} {age}" if not age else str(age) for age in range(width))]


def _labels(line: Line, labelled: tuple[bool, bool]) -> list[str]:
    label, currency, segment, _, _ = line
    more = [text for text, shown in zip((currency, segment or "–"), labelled, strict=True) if shown]
    return [label, *map(clean, more)]


def _shade(cell: Decimal | int, top: Decimal | int) -> int:
    """0 for nothing, else 1 to `_STEPS`, the last for `top` and more."""
    if cell <= 0 or top <= 0:
        return 0
    return min(_STEPS, int(_STEPS * Fraction(cell) / Fraction(top)) or 1)


def _read(cell: Decimal | int, scale: Scale, currency: str) -> str:
    if scale is Scale.SHARE:
        return f"{round_to(Decimal(cell), 2):,.0%}".replace("%", " %")
    return f"{cell:,}" if isinstance(cell, int) else f"{round_money(cell, currency):,f}"
