"""Draw `docs/assets/bridge.svg`, the bridge on the first page, from `examples/`: `python tools/draw_bridge.py`.

A waterfall of plain SVG with no dependency: balances stand on the ground, flows hang between them. It loads
nothing and names no font file. Its colours are two palettes in one style sheet, because README.md is read on light
and on dark pages, and it brings its own paper, because a page may be dark where the system is not. Every bar also has
its name and its amount, so that nobody needs to tell the colours apart.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import subscription_metrics as sm

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "examples" / "subscription_periods.csv"
TARGET = ROOT / "docs" / "assets" / "bridge.svg"

PERIOD = "2019-Q3"  # in the gross view it has a flow of every kind
FLOWS = ("new", "expansion", "reactivation", "contraction", "lost")

WIDTH, HEIGHT = 744, 324
TOP, GROUND, LEFT = 80, 280, 24
STEP, BAR = 104, 72

STYLE = """
.paper { fill: #ffffff }
text { font-family: system-ui, sans-serif; font-size: 13px; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.amount { font-variant-numeric: tabular-nums }
.balance { fill: #57606a } .gain { fill: #2f7d4f } .loss { fill: #b3432f }
line { stroke: #8c959f }
.level { stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
.paper { fill: #15191f }
text { fill: #e6edf3 }
.balance { fill: #9aa4af } .gain { fill: #56b37d } .loss { fill: #e08a76 }
line { stroke: #6e7681 }
}
"""


class Bar(NamedTuple):
    """One bar: from which level to which it goes, in currency a month."""

    name: str
    start: Decimal
    end: Decimal

    @property
    def kind(self) -> str:
        """The class of the bar in the style sheet."""
        if self.name in {"opening", "closing"}:
            return "balance"
        return "gain" if self.end > self.start else "loss"

    @property
    def caption(self) -> str:
        """The amount: flows with their sign, U+2212 for minus."""
        if self.kind == "balance":
            return f"{self.end:,.0f}"
        return f"{self.end - self.start:+,.0f}".replace("-", "\N{MINUS SIGN}")


def bars(row: sm.BridgeRow) -> list[Bar]:
    """The bars of a bridge from left to right; flows of 0 are left out."""
    flows = [(name, getattr(row, name)) for name in FLOWS if getattr(row, name)]
    levels = list(accumulate((amount for _, amount in flows), initial=row.opening))
    between = [Bar(name, *ends) for (name, _), ends in zip(flows, pairwise(levels), strict=True)]
    return [Bar("opening", Decimal(0), row.opening), *between, Bar("closing", Decimal(0), row.closing)]


def draw(row: sm.BridgeRow) -> str:
    """The text of the picture."""
    title = f"MRR, {row.period.start} to {row.period.last_day}"
    shapes = "\n".join(_shapes(bars(row)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="title description">\n'
        f'<title id="title">{title}</title>\n<desc id="description">{_described(bars(row))}</desc>\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>\n'
        f'<text class="title" x="{LEFT}" y="36">{title}</text>\n{shapes}\n</svg>\n'
    )


def _described(all_bars: list[Bar]) -> str:
    return escape(", ".join(f"{bar.name} {bar.caption}" for bar in all_bars))


def _shapes(all_bars: list[Bar]) -> Iterator[str]:
    highest = max(max(bar.start, bar.end) for bar in all_bars)

    def y(amount: Decimal) -> str:
        return f"{GROUND - amount * (GROUND - TOP) / highest:.1f}"

    yield f'<line x1="{LEFT}" x2="{WIDTH - LEFT}" y1="{GROUND}" y2="{GROUND}"/>'
    for number, bar in enumerate(all_bars):
        x = LEFT + number * STEP
        top, bottom = max(bar.start, bar.end), min(bar.start, bar.end)
        middle = x + BAR // 2
        yield f'<path class="{bar.kind}" d="M{x} {y(top)}H{x + BAR}V{y(bottom)}H{x}Z"/>'
        yield f'<text class="amount" text-anchor="middle" x="{middle}" y="{y(top)}" dy="-6">{bar.caption}</text>'
        yield f'<text text-anchor="middle" x="{middle}" y="{GROUND + 22}">{bar.name}</text>'
        if number < len(all_bars) - 1:
            level = y(bar.end)
            yield f'<line class="level" x1="{x + BAR}" x2="{x + STEP}" y1="{level}" y2="{level}"/>'


def render() -> str:
    """The picture of the example's bridge."""
    (row,) = sm.Book.from_csv(SOURCE, currency="USD").bridge(PERIOD, PERIOD, view=sm.View.GROSS)
    return draw(row)


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(render(), encoding="utf-8")
    print(f"wrote {TARGET}")
