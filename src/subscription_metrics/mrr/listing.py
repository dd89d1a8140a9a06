"""Movements one by one: who, how much, from what to what, and why.

The bridge adds movements up; this module keeps them apart. Both read the same `movements.sweep`, so the list sums to
the bridge. Causes need the spans of the units that moved, and only of those: they are gathered in one pass.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from subscription_metrics.money import SCALE, from_units
from subscription_metrics.mrr.bridge import View, converted_steps, steps
from subscription_metrics.mrr.causes import CauseKind, parts
from subscription_metrics.mrr.movements import MovementKind, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from subscription_metrics.mrr.bridge import Conversion
    from subscription_metrics.mrr.causes import Part
    from subscription_metrics.mrr.movements import Flows, Step
    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.mrr.timeline import Timeline
    from subscription_metrics.periods import Period


@frozen
class Cause:
    """One part of a movement: what happened to which subscription, and the rows it was read from."""

    kind: CauseKind
    amount: Decimal
    subscription: str
    reason: str | None
    voluntary: bool | None
    origins: tuple[str, ...]


@frozen
class Movement:
    """The change of one unit's MRR in a period: `opening + amount = closing`, and `amount` is the sum of its causes.

    `customer_id` is the unit of the level that was asked for; `day` is the day whose close was compared.
    """

    period: Period
    day: date
    currency: str
    segment: str | None
    customer_id: str
    kind: MovementKind
    amount: Decimal
    opening: Decimal
    closing: Decimal
    causes: tuple[Cause, ...]


class _Raw(NamedTuple):
    """A movement as the sweep tells it: numbers only."""

    period: int
    day: date
    unit: int
    kind: MovementKind
    amount: int
    closing: int


def movements(  # noqa: PLR0913  # the coordinates of one question, the same as those of `bridge_rows`
    spans: Iterable[Span],
    timeline: Timeline,
    window: Sequence[Period],
    view: View,
    segment: str | None,
    rates: Conversion | None,
    unit_of: Callable[[Span], str],
    kinds: Container[MovementKind],
) -> Iterator[Movement]:
    """The movements of `window`, by currency, period, day and unit; `spans` are those the timeline was made of."""
    walks = _walks(timeline, window, view, rates)
    raw = {currency: _raw(walk, timeline.names, window, kinds) for currency, walk in walks.items()}
    moved = {timeline.names[one.unit] for of_currency in raw.values() for one in of_currency}
    own = _spans_of(spans, unit_of, moved)
    by_index = {period.index: period for period in window}
    places = SCALE + (rates.places if rates else 0)
    for currency, of_currency in raw.items():
        for one in of_currency:
            name, period = timeline.names[one.unit], by_index[one.period]
            known = own[name] if rates else [span for span in own[name] if span.currency == currency]
            yield Movement(
                period=period,
                day=one.day,
                currency=currency,
                segment=segment,
                customer_id=name,
                kind=one.kind,
                amount=from_units(one.amount, places),
                opening=from_units(one.closing - one.amount, places),
                closing=from_units(one.closing, places),
                causes=tuple(_cause(part, places) for part in _parts(one, known, period, view, rates)),
            )


def _walks(
    timeline: Timeline, window: Sequence[Period], view: View, rates: Conversion | None
) -> Mapping[str, Iterator[Step]]:
    if rates is not None:
        return {rates.currency: converted_steps(timeline.days, window, view, rates)}
    return {currency: steps(timeline.days[currency], window, view) for currency in sorted(timeline.days)}


def _raw(
    walk: Iterator[Step], names: Sequence[str], window: Sequence[Period], kinds: Container[MovementKind]
) -> list[_Raw]:
    """The movements in the order of time and name; a revaluation comes before what happened after it."""
    first = window[0].index
    found = (
        one
        for step, flows, closing in sweep(walk, len(names))
        if step.period >= first
        for one in _of_step(step, flows, closing)
        if one.kind in kinds
    )
    return sorted(found, key=lambda one: (one.day, names[one.unit], one.kind is not MovementKind.FX))


def _of_step(step: Step, flows: Flows, closing: Sequence[int | None]) -> Iterator[_Raw]:
    moved: dict[int, int] = {}
    for kind, (ids, amounts) in flows.items():
        for unit, amount in zip(ids, amounts, strict=True):
            if kind is MovementKind.FX:
                closed = (closing[unit] or 0) - moved.get(unit, 0)
            else:
                closed = closing[unit] or 0
                moved[unit] = amount
            yield _Raw(step.period, step.day, unit, kind, amount, closed)


def _spans_of(spans: Iterable[Span], unit_of: Callable[[Span], str], units: Container[str]) -> dict[str, list[Span]]:
    own: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        unit = unit_of(span)
        if unit in units:
            own[unit].append(span)
    return own


def _parts(
    one: _Raw, spans: Sequence[Span], period: Period, view: View, rates: Conversion | None
) -> tuple[Part, ...]:
    if one.kind is MovementKind.FX:
        return ()
    before = (period.start if view is View.NET else one.day) - timedelta(days=1)

    def value(span: Span) -> int:
        return span.units if rates is None else span.units * rates.rate(span.currency, one.period)

    return parts(spans, before, one.day, value)


def _cause(part: Part, places: int) -> Cause:
    origins = tuple(origin for origin in (span.origin for span in part.spans) if origin is not None)
    why = part.cancellation
    return Cause(part.kind, from_units(part.amount, places), part.subscription, why.reason, why.voluntary, origins)
