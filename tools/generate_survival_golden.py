"""Write `tests/golden/kaplan_meier.json`: Kaplan–Meier by lifelines on three of its bundled data sets.

lifelines brings pandas, scipy and 300 MB along, so it has an environment of its own; `COMMAND` makes it.
"""

from __future__ import annotations

import json
from pathlib import Path

import lifelines
from lifelines import datasets

TARGET = Path(__file__).parents[1] / "tests" / "golden" / "kaplan_meier.json"
COMMAND = (
    "python -m venv oracle && oracle/bin/pip install lifelines && oracle/bin/python tools/generate_survival_golden.py"
)

DATA_SETS = {
    "waltons": (datasets.load_waltons, "T", "E"),
    "rossi": (datasets.load_rossi, "week", "arrest"),
    "leukemia": (datasets.load_leukemia, "t", "status"),
}


def case(name: str) -> dict[str, object]:
    """The lifetimes of a data set, and age, survival and limits as lifelines gives them, with all their digits."""
    load, duration, observed = DATA_SETS[name]
    frame = load()
    fitted = lifelines.KaplanMeierFitter(alpha=0.05).fit(frame[duration], frame[observed])
    columns = (fitted.survival_function_.iloc[:, 0], *(fitted.confidence_interval_.iloc[:, n] for n in (0, 1)))
    rows = zip(fitted.survival_function_.index, *columns, strict=True)
    return {
        "lifetimes": [[int(age), int(left)] for age, left in zip(frame[duration], frame[observed], strict=True)],
        "rows": [[int(age), *(repr(float(value)) for value in values)] for age, *values in rows],
    }


if __name__ == "__main__":
    source = f"lifelines {lifelines.__version__}, KaplanMeierFitter(alpha=0.05)"
    cases = {name: case(name) for name in DATA_SETS}
    TARGET.write_text(json.dumps({"source": source, "command": COMMAND, "cases": cases}), encoding="utf-8")
