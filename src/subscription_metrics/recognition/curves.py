"""Curves: which part of a promise has been kept by the beginning of a day.

A `Curve` is a line through knots (day, weight), straight between them, level before the first and after the last.
The part reached is `weight / whole`, an exact fraction. One shape serves all ways of satisfaction: a year by days has
two knots; months of equal weight have one at each turn of the month; a delivery is a rise within one day.

    daily 2025-01-01 … 2026-01-01      0/365 ──────────────────────────────── 365/365
    monthly even, three months         0/3 ─────── 1/3 ─────── 2/3 ─────────── 3/3
    delivered on 2025-02-10            0/1 ─ (level) ─ 0/1 | 1/1 ─ (level)

House rules.

1. Days are ordinals, and a day means its beginning: what happens *on* day d has been reached at d + 1.
2. Weights are integers; nothing is rounded here. Money comes in at `amount_by`, which rounds half away from zero, so
   that a negative amount mirrors the positive one.
3. Months are counted from the original anchor, never from a day that was shortened to fit a month.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, pairwise
from math import lcm
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.periods import Grain, Period, shift_months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@frozen(weakref_slot=False)
class Curve:
    """Knots: at the beginning of `days[i]`, `weights[i]` of `whole` has been reached."""

    days: tuple[int, ...]
    weights: tuple[int, ...]
    whole: int


def reached(curve: Curve, day: int) -> tuple[int, int]:
    """The part reached at the beginning of `day`, as numerator and denominator."""
    days, weights = curve.days, curve.weights
    if day <= days[0]:
        return weights[0], curve.whole
    if day >= days[-1]:
        return weights[-1], curve.whole
    left = bisect_right(days, day) - 1
    width = days[left + 1] - days[left]
    rise = (weights[left + 1] - weights[left]) * (day - days[left])
    return weights[left] * width + rise, curve.whole * width


def rounded(numerator: int, denominator: int) -> int:
    """The nearest integer to a fraction, halves away from zero; `denominator` is above 0."""
    nearest = (2 * abs(numerator) + denominator) // (2 * denominator)
    return nearest if numerator >= 0 else -nearest


def amount_by(units: int, curve: Curve, day: int) -> int:
    """The whole units of `units` that belong before the beginning of `day`: `round(total × progress)`."""
    numerator, denominator = reached(curve, day)
    return rounded(units * numerator, denominator)


def rest(curve: Curve, day: int) -> Curve | None:
    """What is left of `curve` from `day` on, as a curve that begins at 0; `None` if nothing is left."""
    done, scale = reached(curve, day)
    if done >= scale:
        return None
    later = [place for place, knot in enumerate(curve.days) if knot > day]
    factor = scale // curve.whole
    weights = (0, *(curve.weights[place] * factor - done for place in later))
    return Curve((day, *(curve.days[place] for place in later)), weights, scale - done)


def steps(rises: Iterable[tuple[date, int]], whole: int) -> Curve:
    """A curve that rises within single days: (day, weight reached by its end), in the order of days."""
    days: list[int] = []
    weights: list[int] = []
    level = 0
    for on, weight in rises:
        day = on.toordinal()
        if days and days[-1] == day + 1:
            weights[-1] = weight
        else:
            joined = bool(days) and days[-1] == day
            days += [day + 1] if joined else [day, day + 1]
            weights += [weight] if joined else [level, weight]
        level = weight
    return Curve(tuple(days), tuple(weights), whole) if days else NOTHING


NOTHING = Curve((1,), (0,), 1)
"""Nothing has been delivered yet."""


def at_once(on: date) -> Curve:
    """All of it on one day (606-10-25-30, a promise kept at a point in time)."""
    return steps([(on, 1)], 1)


class Method(Enum):
    """How a service that is the same every day is spread over its service period (606-10-25-31, 55-184).

    Examples: 2025-01-17 up to 2025-03-16, which is 15, 28 and 15 of its 58 days.
    """

    DAILY = "daily"
    """Each day the same: 15/58, 28/58, 15/58. Leap days count; never / 365."""
    MONTHLY_EVEN = "monthly even"
    """Each calendar month that is touched the same: 1/3, 1/3, 1/3 (OCA `equal`)."""
    SERVICE_MONTHS = "service months"
    """Each month counted from the first day of service the same, its days alike: Jan 17 – Feb 17, Feb 17 – Mar 16."""
    ENDS_BY_TOTAL_DAYS = "ends by share of total days"
    """Partial months at the ends by days of the total, whole months between them alike (Business Central, Stripe)."""
    ENDS_BY_OWN_MONTH = "ends by share of their own month"
    """A whole month weighs 1, a part of one its share of that month: 15/31, 1, 15/31 (OCA, Odoo)."""
    FULL_MONTHS = "full months only"
    """The month of the start whole, that of the end not at all: 1/2, 1/2, 0 (Odoo). Within one month: all in it."""


@lru_cache(maxsize=4096)
def month_edges(start: date, end: date) -> tuple[int, ...]:
    """`start`, each first of a month after it and before `end`, and `end`, as ordinals."""
    first, last = Period.containing(start, Grain.MONTH), Period.containing(end, Grain.MONTH)
    firsts = (Period(Grain.MONTH, index).start for index in range(first.index + 1, last.index + 1))
    inner = [day.toordinal() for day in firsts if day < end]
    return (start.toordinal(), *inner, end.toordinal())


def _month_days(edge: int) -> int:
    return Period.containing(date.fromordinal(edge), Grain.MONTH).days


def _through(edges: tuple[int, ...], weights: Iterable[int]) -> Curve:
    reached_at = tuple(accumulate(weights, initial=0))
    return Curve(edges, reached_at, reached_at[-1])


def _daily(start: date, end: date) -> Curve:
    return _through((start.toordinal(), end.toordinal()), [(end - start).days])


def _monthly_even(start: date, end: date) -> Curve:
    edges = month_edges(start, end)
    return _through(edges, [1] * (len(edges) - 1))


def _service_months(start: date, end: date) -> Curve:
    edges = [start.toordinal()]
    while shift_months(start, len(edges)) < end:
        edges.append(shift_months(start, len(edges)).toordinal())
    return _through((*edges, end.toordinal()), [1] * len(edges))


def _ends_by_total_days(start: date, end: date) -> Curve:
    edges = month_edges(start, end)
    widths = [right - left for left, right in pairwise(edges)]
    whole = [width == _month_days(left) for (left, _), width in zip(pairwise(edges), widths, strict=True)]
    count = sum(whole) or 1
    between = sum(width for width, full in zip(widths, whole, strict=True) if full)
    return _through(edges, [between if full else width * count for width, full in zip(widths, whole, strict=True)])


def _ends_by_own_month(start: date, end: date) -> Curve:
    edges = month_edges(start, end)
    lengths = [_month_days(left) for left in edges[:-1]]
    common = lcm(*lengths)
    parts = zip(pairwise(edges), lengths, strict=True)
    return _through(edges, [(right - left) * common // length for (left, right), length in parts])


def _full_months(start: date, end: date) -> Curve:
    edges = month_edges(start, end)
    count = len(edges) - 1
    return _through(edges, [1] * (count - 1) + [int(end.day == 1 or count == 1)])


METHODS: Mapping[Method, Callable[[date, date], Curve]] = {
    Method.DAILY: _daily,
    Method.MONTHLY_EVEN: _monthly_even,
    Method.SERVICE_MONTHS: _service_months,
    Method.ENDS_BY_TOTAL_DAYS: _ends_by_total_days,
    Method.ENDS_BY_OWN_MONTH: _ends_by_own_month,
    Method.FULL_MONTHS: _full_months,
}


@lru_cache(maxsize=4096)
def ratable(start: date, end: date, method: Method = Method.DAILY) -> Curve:
    """The curve of a service over `[start, end)`; most contracts share theirs with many others."""
    return METHODS[method](start, end)


def measured(progress: Iterable[tuple[date, Fraction]]) -> Curve:
    """A curve that rises to each (day, part reached by its end), in the order of days."""
    points = list(progress)
    whole = lcm(*(part.denominator for _, part in points))
    return steps([(on, int(part * whole)) for on, part in points], whole)


class Residual(Enum):
    """Where the minor units go that rounding leaves over. Example: 100.00 over three even months."""

    CUMULATIVE = "cumulative rounding"
    """`round(total × progress) − already posted`: 33.33, 33.34, 33.33. Never more than half a unit off, order-free."""
    FIRST = "first month"
    """Others rounded, the first month takes the rest: 33.34, 33.33, 33.33 (OCA)."""
    LAST = "last month"
    """Others rounded, the last month takes the rest: 33.33, 33.33, 33.34 (ERPNext, Business Central)."""
    LAST_FULL = "last full month"
    """All cut off, the last whole calendar month takes the rest: 33.33, 33.33, 33.34 (Stripe)."""


def spread(units: int, parts: Iterable[Fraction], residual: Residual, last_full: int = -1) -> tuple[int, ...]:
    """Split `units` over months whose shares are `parts`, the residual placed as `residual` says.

    No month gets less than nothing: where rounding up has used up the amount, later months get 0 (earlier ones,
    where the first takes the rest). `last_full` is the place of the last whole month.
    """
    exact = [abs(units) * part for part in parts]
    if residual is Residual.CUMULATIVE:
        sums = [rounded(total.numerator, total.denominator) for total in accumulate(exact)]
        shares = [right - left for left, right in pairwise([0, *sums])]
    elif residual is Residual.LAST_FULL:
        shares = [part.numerator // part.denominator for part in exact]
        shares[last_full] += abs(units) - sum(shares)
    else:
        towards_rest = exact if residual is Residual.LAST else exact[::-1]
        shares = _rest_at_the_end(abs(units), [rounded(p.numerator, p.denominator) for p in towards_rest])
        shares = shares if residual is Residual.LAST else shares[::-1]
    return tuple(shares) if units >= 0 else tuple(-share for share in shares)


def settled(curve: Curve, units: int, residual: Residual) -> Curve:
    """`curve` bent so that each calendar month gets the whole units that `residual` gives it; alike within a month."""
    if residual is Residual.CUMULATIVE or not units:
        return curve
    edges = month_edges(date.fromordinal(curve.days[0]), date.fromordinal(curve.days[-1]))
    levels = [Fraction(*reached(curve, edge)) for edge in edges]
    full = [place for place, (left, right) in enumerate(pairwise(edges)) if right - left == _month_days(left)]
    parts = [right - left for left, right in pairwise(levels)]
    return _through(edges, spread(abs(units), parts, residual, full[-1] if full else -1))


def _rest_at_the_end(total: int, shares: list[int]) -> list[int]:
    sums = [min(total, done) for done in accumulate(shares[:-1])]
    return [right - left for left, right in pairwise([0, *sums, total])]
