"""Many straight lines at once: the schedule of 10⁵ contracts by period, as exact as one, and fast.

    left(edge) = units − round(units × days passed ÷ days) = (units × days left + (days − 1) ÷ 2) ÷ days      ÷ cuts off
    earned in a period = left at its start − left at its end

Contracts that begin and end on the same days share all but `units`. So all edges of a contract are worked out with one
multiplication: a large integer holds a lane of 96 bits per edge, in which `days left` is already multiplied by a
reciprocal of `days`. The quotients then stand in the upper 32 bits of each lane.

Why this is exact. Let `m = ⌈2⁶⁴ ÷ days⌉`, so `m × days = 2⁶⁴ + e` with `0 ≤ e < days`. For a numerator `n`,

    n × m ÷ 2⁶⁴ = n ÷ days + n × e ÷ (days × 2⁶⁴)

and the second term can't carry to the next integer while it is below `1 ÷ days`, that is, while `n × e < 2⁶⁴`. As
`n < (units + 1) × days`, this holds for `units < 2³²` and `days ≤ 2¹⁶`. Nor does a lane run over into the next:
`n × m < (units + 1) × (2⁶⁴ + days) < 2⁹⁶` for `units ≤ 2³² − 2`. Larger amounts and longer
services are divided plainly.

House rules.

1. The answer is that of `by_period` on a line by days with cumulative rounding: a test compares them.
2. Negative amounts mirror positive ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from subscription_metrics.recognition.schedule import PostingPeriod

MOST_UNITS, MOST_DAYS = 2**32 - 2, 2**16
_SHIFT, _LANE, _LANE_BYTES = 64, 96, 12
_QUOTIENT = 2**_LANE - 2**_SHIFT

_Cut: TypeAlias = "Callable[[bytes], tuple[Any, ...]]"
_Service: TypeAlias = "tuple[int, int, int, int, int, int, _Cut, list[int]]"


def earned_daily(
    lines: Iterable[tuple[int, date, date]], periods: Sequence[PostingPeriod]
) -> tuple[list[int], list[tuple[int, ...]]]:
    """For each (units, first day, first day without service): the place of a period, and the units from it on.

    The places are one list, the units another. `periods` follow one another without a gap. What falls before the first
    or after the last of them is left out.
    """
    edges = [period.start.toordinal() for period in periods] + [period.end.toordinal() for period in periods[-1:]]
    known: dict[tuple[date, date], _Service] = {}
    places: list[int] = []
    earned: list[tuple[int, ...]] = []
    for units, start, end in lines:
        try:
            first, most, days_left, halves, quotients, size, cut, plain = known[start, end]
        except KeyError:
            service = known[start, end] = _service(start.toordinal(), end.toordinal(), edges)
            first, most, days_left, halves, quotients, size, cut, plain = service
        places.append(first)
        if 0 <= units <= most:
            left = units * days_left + halves & quotients
            # No lane is less than the one above it, which is a later edge: nothing is borrowed.
            earned.append(cut((left - (left >> _LANE)).to_bytes(size, "little")))
        else:
            earned.append(_divided(units, plain, (end - start).days))
    return places, earned


def _service(start: int, end: int, edges: Sequence[int]) -> _Service:
    """What contracts of `[start, end)` share: the first period that holds a day of it, then what its lanes need."""
    first = max(bisect_right(edges, start) - 1, 0)
    last = min(bisect_left(edges, end), len(edges) - 1)
    days, left = end - start, [end - min(max(edge, start), end) for edge in edges[first : last + 1]]
    reciprocal = -(-(2**_SHIFT) // days)
    count, steps = len(left), len(left) - 1
    cut = Struct(f"<{'8xI' * steps}{_LANE_BYTES * (count - steps)}x").unpack
    lanes = (
        _packed([one * reciprocal for one in left]),
        _packed([(days - 1) // 2 * reciprocal] * count),
        _packed([_QUOTIENT] * count),
    )
    return first, MOST_UNITS if days <= MOST_DAYS else -1, *lanes, _LANE_BYTES * count, cut, left


def _packed(lanes: Sequence[int]) -> int:
    return sum(lane << _LANE * place for place, lane in enumerate(lanes))


def _divided(units: int, left: Sequence[int], days: int) -> tuple[int, ...]:
    """The plain way, for amounts of any size and sign."""
    at_edges = [(abs(units) * part + (days - 1) // 2) // days for part in left]
    sign = 1 if units >= 0 else -1
    return tuple(sign * (before - after) for before, after in pairwise(at_edges))
