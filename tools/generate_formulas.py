"""Write `docs/reference/formulas.md` from the formula cards: `python tools/generate_formulas.py`.

A function has one section; the metrics of the catalogue that are made of it stand in a table at its end.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from subscription_metrics.metrics import BANDS, CATALOGUE, card_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from subscription_metrics.metrics import Band, Card, Measure, Metric

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "formulas.md"

HEAD = """\
# Formulas

Every metric, as the code states it: this page is written by `tools/generate_formulas.py` from the docstrings of the
functions in `subscription_metrics.metrics`, whose examples and formulas are tested.

Names are explained in the [nomenclature](nomenclature.md). Flows are signed: `contraction` and `lost` are ≤ 0. A ratio
is a fraction of 1. The examples are what a Python prompt shows after

```python
from decimal import Decimal
from subscription_metrics.metrics import ChurnBase, customer_churn  # or whatever else the example names
```
"""


def render() -> str:
    """The text of the page."""
    modules = groupby(sorted(CATALOGUE, key=_place), key=lambda metric: metric.function.__module__)
    return HEAD + "".join(part for name, metrics in modules for part in _module(name, metrics)) + _bands(BANDS)


def _place(metric: Metric) -> tuple[int, int]:
    """Modules and functions in the order in which the catalogue first names them."""
    modules = [one.function.__module__ for one in CATALOGUE]
    functions = [one.function for one in CATALOGUE]
    return modules.index(metric.function.__module__), functions.index(metric.function)


def _module(name: str, metrics: Iterable[Metric]) -> Iterator[str]:
    title = name.rpartition(".")[2].capitalize()
    theory = (sys.modules[name].__doc__ or "").strip().partition("\n\n")[0]
    yield f"\n## {title}\n\n{theory}\n"
    for function, same in groupby(metrics, key=lambda metric: metric.function):
        yield _function(card_of(function), list(same))


def _function(card: Card, metrics: list[Metric]) -> str:
    paragraphs = [
        f"### {card.name}",
        card.sentence,
        card.explanation,
        _formulas(card.formulas),
        _table(("argument", "meaning", "unit"), [_argument(name, one) for name, one in card.arguments.items()]),
        f"**Returns** {card.returns.meaning} [{card.returns.unit}]. {_undefined(card.undefined_when)}",
        f"```text\n{card.example}\n```",
        _table(("metric", "convention", "source"), [_variant(metric) for metric in metrics]),
    ]
    return "\n" + "\n\n".join(filter(None, paragraphs)) + "\n"


def _formulas(formulas: Mapping[str, str]) -> str:
    width = max(map(len, formulas))
    lines = [f"{name + ':' if name else '':{width + 2 if width else 0}}{text}" for name, text in formulas.items()]
    return "```text\n" + "\n".join(lines) + "\n```"


def _argument(name: str, measure: Measure) -> tuple[str, str, str]:
    return f"`{name}`", measure.meaning, measure.unit


def _undefined(when: str) -> str:
    if when == "never":
        return "It is always defined."
    cases = [" ".join(line.split()) for line in when.splitlines()]
    return f"**Undefined when** {'; '.join(cases)}."


def _variant(metric: Metric) -> tuple[str, str, str]:
    convention = f"`{metric.convention}`" if metric.option else metric.note or "–"
    return f"`{metric.name}`", convention, metric.source


def _bands(bands: Mapping[str, Band]) -> str:
    rows = [
        (f"`{name}`", *_spans(band), band.grain.value if band.grain else "any", band.source)
        for name, band in bands.items()
    ]
    heading = ("metric", "strong", "fair", "weak", "period", "source")
    return "\n## Bands\n\nData, shown beside the figure and replaceable.\n\n" + _table(heading, rows) + "\n"


def _spans(band: Band) -> tuple[str, str, str]:
    sides = (f"> {band.high}", f"{band.low} – {band.high}", f"< {band.low}")
    good, bad = (sides[0], sides[2]) if band.label(band.high + 1) == band.labels[0] else (sides[2], sides[0])
    return good, sides[1], bad


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"wrote {TARGET}")
