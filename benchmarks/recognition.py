"""Revenue recognition of 10⁵ annual contracts, in one run: `python -m benchmarks.recognition`.

Scheduling by days into months, three ways on the same contracts: a loop that adds `Decimal` days, floats in NumPy that
round each month, and the library. Then a month posted to a ledger. Ratios count; what the floats get wrong is printed.
"""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from subscription_metrics.facts.checks import from_minor_units
from subscription_metrics.periods import Period, period_range
from subscription_metrics.recognition.bulk import earned_daily
from subscription_metrics.recognition.contracts import Contract, Dossier
from subscription_metrics.recognition.ledger import Ledger, post_period
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.promises import PerformanceObligation, Ratable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Line = tuple[int, date, date]

SIZE = 100_000
LOOPED = 1_000
"""A loop over days is so slow that a part of the contracts is enough to know how slow."""
MONTHS = period_range(Period.parse("2025-01"), Period.parse("2026-12"))
REPEATS = 9


def contracts(count: int) -> list[Line]:
    """Annual contracts of 2025: cents, first day, first day without service."""
    chance = random.Random(606)  # noqa: S311 - invented contracts
    starts = [date(2025, 1, 1) + timedelta(days=chance.randrange(365)) for _ in range(count)]
    return [(chance.randrange(1_000, 10_000_000), start, start.replace(year=start.year + 1)) for start in starts]


def by_decimal_days(lines: list[Line]) -> list[list[Decimal]]:
    """Add a day's share to its month, day by day; exact to 28 digits and not in cents."""
    found = []
    for cents, start, end in lines:
        share = Decimal(cents) / 100 / (end - start).days
        months = [Decimal(0)] * len(MONTHS)
        day = start
        while day < end:
            months[(day.year - 2025) * 12 + day.month - 1] += share
            day += timedelta(days=1)
        found.append(months)
    return found


def by_floats(lines: list[Line]) -> np.ndarray:
    """Days of each contract in each month, in one matrix of floats, each cell rounded to cents."""
    amounts = np.array([cents for cents, _, _ in lines]) / 100
    starts = np.array([start.toordinal() for _, start, _ in lines])[:, None]
    ends = np.array([end.toordinal() for _, _, end in lines])[:, None]
    edges = np.array([month.start.toordinal() for month in MONTHS] + [MONTHS[-1].end.toordinal()])
    days = np.clip(np.minimum(ends, edges[1:]) - np.maximum(starts, edges[:-1]), 0, None)
    return np.round(amounts[:, None] * days / (ends - starts), 2)


def timed(tasks: Mapping[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, list[float]]:
    """The processor seconds of each task, taken in turns so that a busy moment is shared by all."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            begin = process_time()
            answer = task()
            times[name].append(process_time() - begin)
            del answer
    return times


def dossier(number: int, line: Line) -> Dossier:
    """One contract with one promise, not invoiced yet."""
    cents, start, end = line
    promise = PerformanceObligation(id="plan", satisfaction=Ratable(start=start, end=end))
    return Dossier(
        contract=Contract(
            id=f"C-{number}",
            customer=f"A-{number % 1000}",
            currency="USD",
            inception=start,
            price=from_minor_units(cents, "USD"),
            obligations=(promise,),
        )
    )


def peak() -> float:
    """The peak of memory so far, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1_000_000


def schedules() -> None:
    """Compare the three ways to a schedule."""
    lines = contracts(SIZE)
    times = timed({"ours": lambda: earned_daily(lines, MONTHS), "floats": lambda: by_floats(lines)})
    loop = min(timed({"loop": lambda: by_decimal_days(lines[:LOOPED])}, 2)["loop"]) * SIZE / LOOPED
    ours, floats = min(times["ours"]), min(times["floats"])
    middle = median(times["ours"]) / median(times["floats"])
    assert sum(cents for cents, _, _ in lines) == sum(map(sum, earned_daily(lines, MONTHS)[1]))
    off = np.round(by_floats(lines).sum(axis=1) * 100).astype(int) - np.array([cents for cents, _, _ in lines])
    print(f"{SIZE:,} annual contracts into months, by days: seconds of the processor, the best of {REPEATS}")
    print(f"  library        {ours:8.3f} s, every contract to the cent")
    print(f"  Decimal days   {loop:8.3f} s, from {LOOPED:,} of them: {loop / ours:.0f} × ours")
    print(f"  NumPy floats   {floats:8.3f} s: ours takes {ours / floats:.1f} × (medians {middle:.1f} ×)")
    print(f"                 and {np.count_nonzero(off):,} contracts are wrong, by {np.abs(off).sum():,} cents in all")


def month_end() -> None:
    """Post a half-year, then one month more."""
    dossiers = [dossier(number, line) for number, line in enumerate(contracts(SIZE))]
    before, june, july = peak(), MONTHS[5], MONTHS[6]
    ledger = post_period(Ledger(Calendar(MONTHS)), dossiers, june)
    begin = process_time()
    after = post_period(ledger, dossiers, july)
    took = process_time() - begin
    print(f"one month of {SIZE:,} contracts posted to a ledger that holds six: {took:.1f} s,")
    new = len(after.postings) - len(ledger.postings)
    print(f"  {new:,} new postings, {peak():,.0f} MB at the peak ({before:,.0f} MB with the contracts)")


if __name__ == "__main__":
    schedules()
    month_end()
