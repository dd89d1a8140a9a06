"""Draw `docs/assets/retention.svg`, how long customers stay, from `examples/`: `python tools/draw_retention.py`.

The picture is the library's own, as it stands in a notebook. There it takes the colour of the page; in a file it has no
page, so this tool lays it on paper of its own, light or dark with the system of who reads.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import subscription_metrics as sm

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "examples" / "subscription_periods.csv"
TARGET = ROOT / "docs" / "assets" / "retention.svg"

STYLE = """
svg { color: #24292f } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } .paper { fill: #15191f } }
"""


def on_paper(picture: sm.Picture) -> str:
    """The picture as a file of its own."""
    told, drawn = picture.svg.split("</desc>\n", 1)
    width, height = re.findall(r'viewBox="0 0 (\d+) (\d+)"', told)[0]
    paper = f'<style>{STYLE}</style>\n<rect class="paper" width="{width}" height="{height}" rx="8"/>\n'
    return f"{told}</desc>\n{paper}{drawn}"


def render() -> str:
    """The picture of the example's customers: observed, and by the model up to three years."""
    book = sm.Book.from_csv(SOURCE, currency="USD", as_of=date(2019, 12, 1))
    tables = (sm.survival(book), sm.projected_retention(book, 36))
    return on_paper(sm.retention_curve(*tables, title="How long customers stay", grain=sm.Grain.MONTH))


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"wrote {TARGET}")
