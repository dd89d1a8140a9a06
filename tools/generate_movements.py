"""Write `docs/reference/movements.md` from the table of movements: `python tools/generate_movements.py`."""

from __future__ import annotations

from pathlib import Path

from subscription_metrics.mrr.movements import MOVEMENTS

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "movements.md"

HEAD = """\
# Movements

Which movement a change of MRR is. This page is written by `tools/generate_movements.py` from `MOVEMENTS` in
`subscription_metrics.mrr.movements`, the table that the code classifies by. A test shows that it names exactly one
answer for every case that can occur.

*Before* is the MRR at the close of the period before, *after* that at the close of the period. *Had MRR* means: at the
close of an earlier period of the same grain. In the gross view the periods are days.

| before | after | movement |
| --- | --- | --- |
"""

TAIL = """
Amounts are signed, after − before: contraction and lost are negative. With exchange rates there is one kind more,
`fx`: the revaluation of what was held at the opening. It comes before the comparison, so it is never expansion or
contraction.

Whose MRR is compared is the [level](../how-to/segments-and-levels.md): each customer's by default. Why the lines are
cut like this is told in [movements and the bridge](../explanation/movements-and-the-bridge.md).
"""


def render() -> str:
    """The text of the page."""
    rows = [
        f"| {before.value} | {after.value} | {f'**{kind.value}**' if kind else 'none'} |\n"
        for before, changes in MOVEMENTS.items()
        for after, kind in changes.items()
    ]
    return HEAD + "".join(rows) + TAIL


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"wrote {TARGET}")
