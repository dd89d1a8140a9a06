from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from tools import draw_bridge, draw_retention, generate_movements

import subscription_metrics as sm
from subscription_metrics.mrr.movements import MovementKind

BOOK = sm.Book.from_csv(draw_bridge.SOURCE, currency="USD")


@pytest.mark.parametrize("tool", [draw_bridge, draw_retention, generate_movements], ids=lambda tool: str(tool.__name__))
def test_what_is_drawn_from_the_code_is_current(tool: object) -> None:
    """If this fails: run the tool."""
    assert tool.render() == tool.TARGET.read_text(encoding="utf-8")  # type: ignore[attr-defined]  # both tools have them


def test_the_page_of_movements_names_every_kind() -> None:
    """A kind without a word on the page would be a line of the bridge that nobody can look up."""
    page = generate_movements.render()
    assert [] == [kind for kind in MovementKind if f"**{kind.value}**" not in page and f"`{kind.value}`" not in page]


@pytest.mark.parametrize("period", ["2018-05", "2019-08", "2019-Q3", "2019", "2020-01"])
def test_the_bars_lead_from_the_opening_to_the_closing(period: str) -> None:
    """Each flow begins where the one before it ended, and the last one ends at the closing balance."""
    (row,) = BOOK.bridge(period, period)
    opening, *flows, closing = draw_bridge.bars(row)
    assert [opening.end, *(bar.end for bar in flows)] == [*(bar.start for bar in flows), closing.end]


def test_a_flow_of_nothing_is_not_drawn() -> None:
    """A bar without height is noise."""
    (row,) = BOOK.bridge("2019-05", "2019-05")
    assert ["opening", "new", "contraction", "closing"] == [bar.name for bar in draw_bridge.bars(row)]


def test_bars_are_as_high_as_their_amounts() -> None:
    """The picture shows the figures to scale, to two tenths of a pixel."""
    (row,) = BOOK.bridge("2019-Q3", "2019-Q3")
    picture = ET.fromstring(draw_bridge.draw(row))  # noqa: S314  # our own text
    heights = [Decimal(y[1]) - Decimal(y[0]) for y in map(ends_of, picture.iter("{http://www.w3.org/2000/svg}path"))]
    scale = heights[0] / row.opening
    amounts = [abs(bar.end - bar.start) for bar in draw_bridge.bars(row)]
    assert all(abs(height - amount * scale) < Decimal("0.2") for height, amount in zip(heights, amounts, strict=True))


def ends_of(path: ET.Element) -> list[str]:
    """The top and the bottom of a bar."""
    return re.findall(r"M\d+ ([\d.]+)H\d+V([\d.]+)", path.attrib["d"])[0]  # type: ignore[no-any-return]  # two groups


@pytest.mark.parametrize("tool", [draw_bridge, draw_retention], ids=lambda tool: str(tool.__name__))
def test_a_picture_loads_nothing(tool: object) -> None:
    """It is read on pages without a network: no script, no font, no address but its namespace."""
    picture: str = tool.render()  # type: ignore[attr-defined]  # both tools have it
    assert ["http://www.w3.org/2000/svg"] == re.findall(r"https?://[^\"]+", picture)
    assert not re.search(r"<script|@import|@font-face|url\(", picture)
