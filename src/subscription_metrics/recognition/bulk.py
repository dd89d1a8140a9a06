"""Many straight lines at once: the schedule of 10⁵ contracts by period, as exact as one, and fast.

Contracts that begin and end on the same days share their progress at every edge; it is worked out once. What is left
per contract and edge is one multiplication and one division of integers.

    running total at an edge = round(units × days / all days) = (2 × units × days + all days) ÷ (2 × all days)

House rules.

1. The answer is that of `by_period` on a line by days with cumulative rounding: a test compares them.
2. Negative amounts mirror positive ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from subscription_metrics.recognition.schedule import PostingPeriod

_Shared = tuple[int, int, list[int]]


def earned_daily(
    lines: Iterable[tuple[int, date, date]], periods: Sequence[PostingPeriod]
) -> list[tuple[int, list[int]]]:
    """For each (units, first day, first day without service): the place of a period, and the units from it on.

    `periods` follow one another without a gap. What falls before the first or after the last of them is left out.
    """
    edges = [period.start.toordinal() for period in periods] + [period.end.toordinal() for period in periods[-1:]]
    known: dict[tuple[date, date], _Shared] = {}
    found: list[tuple[int, list[int]]] = []
    for units, start, end in lines:
        shared = known.get((start, end))
        if shared is None:
            shared = known[start, end] = _shared(start.toordinal(), end.toordinal(), edges)
        first, days, doubled = shared
        twice = 2 * days
        sums = [(abs(units) * part + days) // twice for part in doubled]
        steps = list(map(sub, sums[1:], sums))
        found.append((first, steps if units >= 0 else [-step for step in steps]))
    return found


def _shared(start: int, end: int, edges: Sequence[int]) -> _Shared:
    """The first period that holds a day of `[start, end)`, all days, and twice the days passed at each edge."""
    first = max(bisect_right(edges, start) - 1, 0)
    last = min(bisect_left(edges, end), len(edges) - 1)
    return first, end - start, [2 * (min(max(edge, start), end) - start) for edge in edges[first : last + 1]]
