"""From deliveries to curves and pieces: usage, progress, prepaid credits.

House rules.

1. Deliveries count by their day; the order in which they were recorded means nothing.
2. A measure of progress never passes the whole: what is delivered beyond it is a fault of the facts, and an error.
3. An amount by usage is rounded on the running total, so that a thousand small calls cost what they cost together.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import minor_units
from subscription_metrics.recognition.contracts import PriceChange
from subscription_metrics.recognition.curves import Curve, at_once, measured, ratable, rounded, settled, steps
from subscription_metrics.recognition.promises import Aggregation, Measured, PointInTime, Prepaid, Ratable, Usage
from subscription_metrics.recognition.schedule import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from subscription_metrics.recognition.contracts import Delivery, Dossier
    from subscription_metrics.recognition.promises import PerformanceObligation

Day = tuple[date, Fraction]


def deliveries_of(dossier: Dossier, obligation: str) -> list[Delivery]:
    """The deliveries of one obligation, by day."""
    own = (one for one in dossier.deliveries if one.obligation == obligation)
    return sorted(own, key=lambda one: (one.on, one.recorded, one.id))


def curve_of(obligation: PerformanceObligation, units: int, deliveries: Sequence[Delivery]) -> Curve:
    """The curve by which `units` of an obligation are earned, as far as deliveries are known."""
    way = obligation.satisfaction
    match way:
        case Ratable():
            return settled(ratable(way.start, way.end, way.method), units, way.residual)
        case PointInTime():
            return at_once(way.on)
        case Measured():
            return measured(_progress(obligation.id, way, deliveries))
        case Prepaid():
            return measured(_drawn(way, deliveries))
        case Usage():
            raise InvalidValue("satisfaction", way, "must have a price to be allocated", "usage is priced by itself")


def _progress(name: str, way: Measured, deliveries: Sequence[Delivery]) -> Iterable[Day]:
    done, whole = Fraction(0), Fraction(way.total)
    for one in deliveries:
        done += Fraction(one.quantity)
        whole = Fraction(one.total) if one.total is not None else whole
        if not 0 <= done <= whole:
            rule = f"must leave what is delivered of {name} between 0 and {whole} on {one.on}"
            raise InvalidValue("quantity", one.quantity, rule, "correct the delivery, or revise its total")
        yield one.on, done / whole


def _drawn(way: Prepaid, deliveries: Sequence[Delivery]) -> Iterable[Day]:
    used, expected = Fraction(0), Fraction(way.quantity - way.breakage)
    for one in deliveries:
        used += Fraction(one.quantity)
        if not 0 <= used <= way.quantity or not way.start <= one.on < way.expires:
            rule = f"must be drawn from {way.quantity} credits between {way.start} and {way.expires}"
            raise InvalidValue("quantity", one.quantity, rule, "what is drawn beyond is usage with a price of its own")
        yield one.on, min(Fraction(1), used / expected)
    yield way.expires, Fraction(1)


def usage_pieces(dossier: Dossier, obligation: PerformanceObligation, way: Usage) -> tuple[Piece, ...]:
    """What was consumed, at its first price, and what each new price of every unit so far adds: at once, on its day."""
    quantities = AGGREGATIONS[way.aggregation](way, _within(way, deliveries_of(dossier, obligation.id)))
    scale = 10 ** minor_units(dossier.contract.currency)
    before = _levels(quantities, Fraction(way.unit_price) * scale)
    pieces = [Piece(1, steps(before, 1), cause="consumption")]
    for change, price in _reprices(dossier, obligation.id):
        after = _levels(quantities, price * scale)
        added = [(on, new - old) for (on, new), (_, old) in zip(after, before, strict=True)]
        pieces.append(Piece(1, steps(added, 1), since=change.on.toordinal(), cause=change.id))
        before = after
    return tuple(pieces)


def _levels(quantities: Iterable[Day], price: Fraction) -> list[tuple[date, int]]:
    amounts = ((on, price * quantity) for on, quantity in quantities)
    return [(on, rounded(amount.numerator, amount.denominator)) for on, amount in amounts]


def _within(way: Usage, deliveries: Iterable[Delivery]) -> list[Day]:
    found = [(one.on, Fraction(one.quantity)) for one in deliveries]
    for on, quantity in found:
        if not way.start <= on < way.end:
            rule = f"must be consumed between {way.start} and {way.end}, not on {on}"
            raise InvalidValue("on", quantity, rule, "correct the day, or the end of the obligation")
    return found


def _reprices(dossier: Dossier, name: str) -> list[tuple[PriceChange, Fraction]]:
    own = (one for one in dossier.changes if isinstance(one, PriceChange) and name in one.to)
    found = [(one, Fraction(one.unit_price)) for one in own if one.unit_price is not None]
    return sorted(found, key=lambda pair: (pair[0].on, pair[0].id))


def _summed(_: Usage, records: list[Day]) -> list[Day]:
    levels = accumulate(quantity for _, quantity in records)
    return [(on, level) for (on, _), level in zip(records, levels, strict=True)]


def _period_number(way: Usage, on: date) -> int:
    number = 0
    while way.interval.nth(way.start, number + 1) <= on:
        number += 1
    return number


def _maxima(way: Usage, records: list[Day]) -> list[Day]:
    levels: list[Day] = []
    before = Fraction(0)
    for _, group in groupby(records, key=lambda record: _period_number(way, record[0])):
        highest = Fraction(0)
        for on, quantity in group:
            highest = max(highest, quantity)
            levels.append((on, before + highest))
        before += highest
    return levels


def _last_day(way: Usage, number: int) -> date:
    return min(way.interval.nth(way.start, number + 1), way.end) - timedelta(days=1)


def _last_in_periods(way: Usage, records: list[Day]) -> list[Day]:
    last = {_period_number(way, on): quantity for on, quantity in records}
    levels = zip(last, accumulate(last.values()), strict=True)
    return [(_last_day(way, number), level) for number, level in levels]


def _last_ever(way: Usage, records: list[Day]) -> list[Day]:
    last = {_period_number(way, on): quantity for on, quantity in records}
    periods = _period_number(way, way.end - timedelta(days=1)) + 1
    levels: list[Day] = []
    standing = level = Fraction(0)
    for number in range(periods):
        standing = last.get(number, standing)
        level += standing
        levels.append((_last_day(way, number), level))
    return levels


AGGREGATIONS: Mapping[Aggregation, Callable[[Usage, list[Day]], list[Day]]] = {
    Aggregation.SUM: _summed,
    Aggregation.MAX: _maxima,
    Aggregation.LAST_IN_PERIOD: _last_in_periods,
    Aggregation.LAST_EVER: _last_ever,
}
