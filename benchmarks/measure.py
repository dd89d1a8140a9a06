"""One measurement in a process of its own, so that its peak of memory is its own.

`python -m benchmarks.measure NAME FILE` reads the book of FILE and prints one line of JSON for each lap: its name, the
least seconds it took, and the peak of memory so far in MB. The first lap is the input itself. What is to be compared
closely runs in one process, one after the other.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve
from benchmarks import rivals
from benchmarks.generate import FIRST, LAST, book, read_csv, spans, write_csv

from subscription_metrics.book import Book
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.live import LiveBook
from subscription_metrics.mrr.bridge import View
from subscription_metrics.periods import Grain, Period
from subscription_metrics.sources.csv import load_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subscription_metrics.mrr.spans import Span

T = TypeVar("T")

INPUT = "input"
"""The lap that makes the input."""

_MB = 1_000_000
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_CHANGES = 1_000


def lap(name: str, act: Callable[[], T], times: int = 1) -> T:
    """Print how long `act` takes at its best of some times, and return what it returned first."""
    seconds, result = _timed(act)
    report(name, min([seconds, *(_timed(act)[0] for _ in range(times - 1))]))
    return result


def report(name: str, seconds: float) -> None:
    """Print a lap."""
    peak = getrusage(RUSAGE_SELF).ru_maxrss * _RSS_UNIT / _MB
    print(json.dumps({"lap": name, "seconds": seconds, "peak": peak}), flush=True)


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    start = perf_counter()
    result = act()
    return perf_counter() - start, result


def _spans(path: Path) -> list[Span]:
    return lap(INPUT, lambda: spans(read_csv(path)))


def _book(path: Path) -> None:
    held = _spans(path)
    lap("monthly", lambda: Book(held).bridge(FIRST, LAST), 3)
    lap("daily gross", lambda: Book(held).bridge(FIRST, LAST, grain=Grain.DAY, view=View.GROSS), 2)


def _questions(path: Path) -> None:
    held = _spans(path)
    lap("first", lambda: Book(held).bridge(FIRST, LAST), 3)
    asked = Book(held)
    asked.bridge(FIRST, LAST)
    lap("quarterly", lambda: asked.bridge(FIRST, LAST, grain=Grain.QUARTER), 3)
    lap("gross", lambda: asked.bridge(FIRST, LAST, view=View.GROSS), 3)
    lap("metrics", lambda: asked.metrics(FIRST, LAST))


def _cohorts(path: Path) -> None:
    """From a built book: its monthly bridge, and the revenue cohorts of as many months."""
    asked = Book(_spans(path), as_of=Period.parse(LAST).last_day)
    asked.bridge(FIRST, LAST)
    lap("bridge", lambda: asked.bridge(FIRST, LAST), 5)
    lap("mrr", lambda: asked.cohorts(measure=CohortMeasure.MRR), 5)
    lap("gross retention", lambda: asked.cohorts(measure=CohortMeasure.GROSS_RETENTION), 3)


def _pandas_cohorts(path: Path) -> None:
    frame = lap(INPUT, lambda: rivals.pandas_frame(path))
    lap("mrr", lambda: rivals.pandas_cohorts(frame, FIRST, LAST))


def _live(path: Path) -> None:
    """One change is the median of a thousand, of customers from all over the book."""
    held = _spans(path)
    lap("rebuild", lambda: Book(held).bridge(FIRST, LAST), 3)
    live = lap("build", lambda: LiveBook(held, Period.parse(FIRST), Period.parse(LAST)))

    def change(old: Span) -> None:
        live.change(old, evolve(old, plan="another", quantity=2, monthly_amount=2 * old.monthly_amount))

    def change_and_read(old: Span) -> None:
        change(old)
        live.bridge()

    some = held[:: len(held) // _CHANGES]
    report("change", median(_timed(partial(change, old))[0] for old in some[::2]))
    report("change and read", median(_timed(partial(change_and_read, old))[0] for old in some[1::2]))


def _pandas(path: Path) -> None:
    frame = lap(INPUT, lambda: rivals.pandas_frame(path))
    lap("monthly", lambda: rivals.pandas_bridge(frame, FIRST, LAST))


def _pandas_numbers(path: Path) -> None:
    frame = lap(INPUT, lambda: rivals.pandas_frame(path))
    lap("monthly", lambda: rivals.pandas_bridge_of_numbers(frame, FIRST, LAST))


def _polars(path: Path) -> None:
    frame = lap(INPUT, lambda: rivals.polars_frame(path))
    lap("monthly", lambda: rivals.polars_bridge(frame), 5)


def _polars_from_list(path: Path) -> None:
    held = _spans(path)
    lap("monthly", lambda: rivals.polars_bridge(rivals.polars_frame_of(held)), 3)


def _csv(path: Path) -> None:
    lap("read", lambda: load_csv(path), 2)


def _csv_loop(path: Path) -> None:
    lap("read", lambda: rivals.csv_loop(path), 2)


def _csv_pandas(path: Path) -> None:
    lap("read", lambda: rivals.pandas_read_csv(path), 2)


def _write(path: Path) -> None:
    """Make the book that the others read; its size is the name of the file."""
    lap(INPUT, lambda: write_csv(book(int(path.stem)), path))


MEASUREMENTS: Mapping[str, Callable[[Path], None]] = {
    "write": _write,
    "book": _book,
    "questions": _questions,
    "live": _live,
    "cohorts": _cohorts,
    "pandas": _pandas,
    "pandas cohorts": _pandas_cohorts,
    "pandas numbers": _pandas_numbers,
    "polars": _polars,
    "polars from list": _polars_from_list,
    "csv": _csv,
    "csv loop": _csv_loop,
    "csv pandas": _csv_pandas,
}

if __name__ == "__main__":
    MEASUREMENTS[sys.argv[1]](Path(sys.argv[2]))
