"""Movements one by one: who, how much, from what to what, and why.

The bridge adds movements up; this module keeps them apart. Both read the same `movements.sweep`, so the list sums to
the bridge. Causes need the spans of the units that moved, and only of those: they are gathered in one pass.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from subscription_metrics.money import from_units
from subscription_metrics.mrr.bridge import View, walks
from subscription_metrics.mrr.causes import CauseKind, parts
from subscription_metrics.mrr.movements import MovementKind, sweep

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from subscription_metrics.mrr.bridge import Question
    from subscription_metrics.mrr.causes import Part
    from subscription_metrics.mrr.movements import Flows, Step
    from subscription_metrics.mrr.spans import Span
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


def movements(question: Question, kinds: Container[MovementKind]) -> Iterator[Movement]:
    """The movements of the window that are of `kinds`, by currency, day and unit, each with its causes."""
    names = question.timeline.names
    raw = {currency: _raw(question, walk, kinds) for currency, walk in walks(question).items()}
    moved = {names[one.unit] for of_currency in raw.values() for one in of_currency}
    own = _spans_of(question, moved)
    periods = {period.index: period for period in question.window}
    for currency, of_currency in raw.items():
        for one in of_currency:
            spans = own[names[one.unit]]
            known = spans if question.rates else [span for span in spans if span.currency == currency]
            yield Movement(
                period=periods[one.period],
                day=one.day,
                currency=currency,
                segment=question.segment,
                customer_id=names[one.unit],
                kind=one.kind,
                amount=from_units(one.amount, question.places),
                opening=from_units(one.closing - one.amount, question.places),
                closing=from_units(one.closing, question.places),
                causes=tuple(_causes(one, known, periods[one.period], question)),
            )


def _raw(question: Question, walk: Iterable[Step], kinds: Container[MovementKind]) -> list[_Raw]:
    """The movements in the order of time and name; a revaluation comes before what happened after it."""
    names, first = question.timeline.names, question.window[0].index
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


def _spans_of(question: Question, units: Container[str]) -> dict[str, list[Span]]:
    own: defaultdict[str, list[Span]] = defaultdict(list)
    for span in question.spans:
        unit = question.unit_of(span)
        if unit in units:
            own[unit].append(span)
    return own


def _causes(one: _Raw, spans: Sequence[Span], period: Period, question: Question) -> Iterator[Cause]:
    if one.kind is MovementKind.FX:
        return
    rates = question.rates
    before = (period.start if question.view is View.NET else one.day) - timedelta(days=1)

    def value(span: Span) -> int:
        return span.units if rates is None else span.units * rates.rate(span.currency, one.period)

    for part in parts(spans, before, one.day, value):
        yield _cause(part, question.places)


def _cause(part: Part, places: int) -> Cause:
    origins = tuple(origin for origin in (span.origin for span in part.spans) if origin is not None)
    why = part.cancellation
    return Cause(part.kind, from_units(part.amount, places), part.subscription, why.reason, why.voluntary, origins)
