"""How fast the library is, beside what people would write instead: `make bench`.

Everything is measured in one run, and what counts are the ratios: two machines agree on them where they don't on
seconds. Targets are printed beside what was reached, met or not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[1]
SIZES = (10_000, 100_000, 1_000_000)
LARGE = SIZES[-1]
MEMORY_MB = 1_000


class Lap(NamedTuple):
    """Seconds, and the peak of memory up to its end in MB."""

    seconds: float
    peak: float


Laps = dict[tuple[str, int, str], Lap]
"""(measurement, spans, lap) → what was measured."""

MEASURED: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("book", SIZES),
    ("polars", SIZES),
    ("polars from list", SIZES),
    ("pandas", SIZES),
    ("pandas numbers", SIZES),
    ("questions", (LARGE,)),
    ("cohorts", (LARGE,)),
    ("pandas cohorts", (LARGE,)),
    ("csv", (LARGE,)),
    ("csv loop", (LARGE,)),
    ("csv pandas", (LARGE,)),
    ("live", (LARGE,)),
)

WAYS = ("book", "pandas", "pandas numbers", "polars", "polars from list")
"""To a monthly bridge; "pandas", "pandas numbers" and "polars" begin with a ready frame."""


class Target(NamedTuple):
    """The time of one lap beside that of another: at most `most` times it, or it is at least `least` times ours."""

    task: str
    ours: tuple[str, int, str]
    theirs: tuple[str, int, str]
    most: float | None = None
    least: float | None = None


MONTHLY, FIRST_ANSWER = ("book", LARGE, "monthly"), ("questions", LARGE, "first")
COHORTS = ("cohorts", LARGE, "mrr")

TARGETS = (
    Target("monthly bridge, beside pandas from a frame", MONTHLY, ("pandas", LARGE, "monthly"), least=5),
    Target("  beside pandas, customers as numbers", MONTHLY, ("pandas numbers", LARGE, "monthly")),
    Target("  beside Polars from a frame", MONTHLY, ("polars", LARGE, "monthly"), most=6),
    Target("  beside Polars from the same list", MONTHLY, ("polars from list", LARGE, "monthly")),
    Target("  10⁶ spans beside 10⁵", MONTHLY, ("book", SIZES[1], "monthly"), most=12),
    Target("daily gross, beside monthly net", ("book", LARGE, "daily gross"), MONTHLY, most=2.5),
    Target("asked next: quarters, beside the first", ("questions", LARGE, "quarterly"), FIRST_ANSWER, most=0.33),
    Target("  gross view", ("questions", LARGE, "gross"), FIRST_ANSWER),
    Target("  metrics of 36 months", ("questions", LARGE, "metrics"), FIRST_ANSWER, most=0.33),
    Target("revenue cohorts, beside the bridge", COHORTS, ("cohorts", LARGE, "bridge"), most=1.5),
    Target("  beside a pandas pivot", COHORTS, ("pandas cohorts", LARGE, "mrr"), least=5),
    Target("CSV into spans, beside the shortest loop", ("csv", LARGE, "read"), ("csv loop", LARGE, "read"), most=2.5),
    Target("  beside pandas.read_csv", ("csv", LARGE, "read"), ("csv pandas", LARGE, "read")),
    Target(
        "LiveBook: a change, beside rebuilding", ("live", LARGE, "change"), ("live", LARGE, "rebuild"), least=10_000
    ),
    Target("  a change and the bridge", ("live", LARGE, "change and read"), ("live", LARGE, "rebuild"), least=10_000),
    Target("import, beside attrs and dateutil", ("import", 0, "package"), ("import", 0, "dependencies"), most=1.5),
    Target("  with every public name loaded", ("import", 0, "names"), ("import", 0, "dependencies")),
)

MEMORY = (
    ("peak of the monthly bridge, 10⁶ spans included", MONTHLY),
    ("peak of reading 10⁶ rows into spans", ("csv", LARGE, "read")),
)

IMPORTS: Mapping[str, str] = {
    "package": "import subscription_metrics",
    "dependencies": "import attrs, dateutil.relativedelta",
    "names": "from subscription_metrics import *",
}
IMPORT_RUNS = 15


def measured(name: str, path: Path, size: int) -> Iterator[tuple[tuple[str, int, str], Lap]]:
    """Run one measurement in a process of its own."""
    print(f"{name}, {size:,} spans", file=sys.stderr, flush=True)
    # A setting meant for another library's processor makes numpy slow, and no rival is to pay for that.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    command = [sys.executable, "-m", "benchmarks.measure", name, str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own
    for line in done.stdout.splitlines():
        told = json.loads(line)
        yield (name, size, told["lap"]), Lap(told["seconds"], told["peak"])


def imports() -> Iterator[tuple[tuple[str, int, str], Lap]]:
    """The median time of each import in fresh interpreters, taking turns."""
    runs: dict[str, list[float]] = {name: [] for name in IMPORTS}
    for name in list(IMPORTS) * IMPORT_RUNS:
        program = f"from time import perf_counter as now; start = now(); {IMPORTS[name]}; print(now() - start)"
        done = subprocess.run([sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - our own text
        runs[name].append(float(done.stdout))
    for name, seconds in runs.items():
        yield ("import", 0, name), Lap(median(seconds), 0)


def ways_table(laps: Laps) -> Iterator[str]:
    """Seconds and peak of a monthly bridge, by the way to it and the size of the book."""
    yield f"{'36 monthly bridges: seconds (peak MB)':<38}" + "".join(f"{size:>18,}" for size in SIZES)
    for way in WAYS:
        cells = (laps[way, size, "monthly"] for size in SIZES)
        yield f"{way:<38}" + "".join(f"{f'{lap.seconds:.3f} ({lap.peak:.0f})':>18}" for lap in cells)
    inputs = (laps["book", size, "input"] for size in SIZES)
    yield f"{'peak when the list of spans is made':<38}" + "".join(f"{f'({lap.peak:.0f})':>18}" for lap in inputs)


def targets_table(laps: Laps) -> Iterator[str]:
    """What was reached, beside what was aimed at."""
    yield f"{'task':<50}{'ours s':>11}{'theirs s':>11}{'ratio':>16}{'target':>10}  met   peak MB"
    for target in TARGETS:
        ours, theirs = laps[target.ours], laps[target.theirs]
        ratio, aim, met = judged(ours.seconds, theirs.seconds, target)
        times = f"{ours.seconds:>11.5f}{theirs.seconds:>11.5f}"
        yield f"{target.task:<50}{times}{ratio:>16}{aim:>10}  {met:<4}{ours.peak:>9.0f}"
    for task, key in MEMORY:
        peak = laps[key].peak
        yield f"{task:<72}{f'{peak:.0f} MB':>16}{f'< {MEMORY_MB}':>10}  {_met(met=peak < MEMORY_MB)}"


def judged(ours: float, theirs: float, target: Target) -> tuple[str, str, str]:
    """The ratio, what it was to be, and whether it is."""
    if target.least is not None:
        ratio = theirs / ours
        return f"{ratio:,.1f} × less", f"≥ {target.least:,}", _met(met=ratio >= target.least)
    ratio = ours / theirs
    if target.most is None:
        return f"{ratio:,.2f} ×", "", ""
    return f"{ratio:,.2f} ×", f"≤ {target.most:.3g}", _met(met=ratio <= target.most)


def _met(*, met: bool) -> str:
    return "yes" if met else "NO"


def main() -> None:
    """Make the books, measure everything, print the tables."""
    laps: Laps = dict(imports())
    with TemporaryDirectory() as folder:
        paths = {size: Path(folder) / f"{size}.csv" for size in SIZES}
        for size, path in paths.items():
            laps.update(measured("write", path, size))
        for name, sizes in MEASURED:
            for size in sizes:
                laps.update(measured(name, paths[size], size))
    print("\n".join([*ways_table(laps), "", *targets_table(laps)]))


if __name__ == "__main__":
    main()
