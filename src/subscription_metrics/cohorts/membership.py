"""Who is in which cohort, and by what a cohort can be told apart: an attribute, the plan or the size at entry.

A customer is in one cohort, so whatever tells cohorts apart is settled once, at its first close: the attribute, field
or plan of the span that then pays most, or the band in which its MRR then lies. A later change of plan moves nobody.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import field, frozen

from subscription_metrics.cohorts.survival import Lifetime
from subscription_metrics.cohorts.triangle import entries
from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import SCALE, from_units, plain, to_units
from subscription_metrics.mrr.bridge import walks
from subscription_metrics.mrr.movements import MovementKind, sweep
from subscription_metrics.mrr.spans import segment_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attrs import Attribute

    from subscription_metrics.mrr.bridge import Question
    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.periods import Period


def _ascending(_: SizeBands, attribute: Attribute[tuple[Decimal, ...]], bounds: tuple[Decimal, ...]) -> None:
    for bound in bounds:
        to_units(bound)
    if not bounds or list(bounds) != sorted(set(bounds)) or bounds[0] <= 0:
        rule = "must be one or more amounts above 0, each above the one before"
        raise InvalidValue(attribute.name, bounds, rule, "pass (Decimal(100), Decimal(1000)), for example")


@frozen
class SizeBands:
    """Bands of MRR at entry: below the first of `bounds`, from each to below the next, and from the last on.

    Raises:
        FloatAmount: a bound is a float.
        InvalidValue: the bounds don't ascend from above 0, or have more than 8 decimals.
    """

    bounds: tuple[Decimal, ...] = field(validator=_ascending)

    def label(self, amount: Decimal) -> str:
        """The band of an amount, numbered so that bands sort by size."""
        above = sum(bound <= amount for bound in self.bounds)
        number = f"{above + 1:0{len(str(len(self.bounds) + 1))}}"
        if not above:
            return f"{number}: below {plain(self.bounds[0])}"
        if above == len(self.bounds):
            return f"{number}: {plain(self.bounds[-1])} and more"
        return f"{number}: {plain(self.bounds[above - 1])} to below {plain(self.bounds[above])}"


By = str | SizeBands | None
"""What cohorts are told apart by besides their period: a field or attribute of the spans, bands of MRR, or nothing."""


@frozen
class Member:
    """A customer of a cohort: its MRR at its first close and at the close of `period`."""

    cohort: Period
    period: Period
    customer_id: str
    currency: str
    segment: str | None
    opening: Decimal
    mrr: Decimal


MEMBER_COLUMNS = (
    Column("cohort", ColumnType.PERIOD),
    Column("period", ColumnType.PERIOD),
    Column("customer_id", ColumnType.TEXT, title="customer"),
    Column("currency", ColumnType.TEXT),
    Column("segment", ColumnType.TEXT),
    Column("opening", ColumnType.AMOUNT),
    Column("mrr", ColumnType.AMOUNT, title="MRR"),
)


def members(question: Question, cohort: Period, period: Period, by: By) -> Iterator[Member]:
    """The customers who joined in `cohort`, by currency and id, with their MRR at the close of `period`: 0 if lost."""
    names = question.timeline.names
    for currency, walk in walks(question).items():
        label_of = labels(question, currency, by)
        own = [entry for entry in entries(walk, len(names)) if entry.period == cohort.index]
        balances = _balances(question, currency, period.index)
        for entry in sorted(own, key=lambda entry: names[entry.unit]):
            yield Member(
                cohort=cohort,
                period=period,
                customer_id=names[entry.unit],
                currency=currency,
                segment=label_of(entry.period, entry.unit, entry.amount),
                opening=from_units(entry.amount, question.places),
                mrr=from_units(balances[entry.unit] or 0, question.places),
            )


def _balances(question: Question, currency: str, period: int) -> Sequence[int | None]:
    """What each unit has at the close of a period."""
    size = len(question.timeline.names)
    until = (step for step in walks(question)[currency] if step.period <= period)
    found: Sequence[int | None] = [None] * size
    for _, _, closing in sweep(until, size):
        found = closing
    return found


def labels(question: Question, currency: str, by: By) -> Callable[[int, int, int], str | None]:
    """The segment of a unit, from the period, number and MRR of its first close."""
    if by is None:
        return lambda _, __, ___: None
    if isinstance(by, SizeBands):
        return _band_of(by, question.places)
    return _at_entry(question, currency, segment_by(by))


def _band_of(bands: SizeBands, places: int) -> Callable[[int, int, int], str]:
    bounds = [to_units(bound) * 10 ** (places - SCALE) for bound in bands.bounds]
    names = [bands.label(bound) for bound in (Decimal(0), *bands.bounds)]
    return lambda _, __, amount: names[bisect_right(bounds, amount)]


def _at_entry(
    question: Question, currency: str, segment_of: Callable[[Span], str | None]
) -> Callable[[int, int, int], str | None]:
    """What the span tells that pays most at the first close; among equals the first by subscription and plan."""
    closes = {period.index: period.last_day for period in question.window}
    number = {name: unit for unit, name in enumerate(question.timeline.names)}
    spans = [
        span for span in question.spans if span.units and (question.rates is not None or span.currency == currency)
    ]
    # The spans of a unit are chained: a list for each of a million units would cost more than the whole walk.
    last = [-1] * len(number)
    earlier = []
    for position, span in enumerate(spans):
        unit = number[question.unit_of(span)]
        earlier.append(last[unit])
        last[unit] = position

    def label_of(period: int, unit: int, _: int) -> str | None:
        position, close = last[unit], closes[period]
        paid: list[Span] = []
        while position >= 0:
            span = spans[position]
            if span.active_on(close):
                paid.append(span)
            position = earlier[position]
        if len(paid) > 1:
            paid.sort(key=lambda span: (-_worth(question, span, period), span.subscription, span.plan or ""))
        return segment_of(paid[0])

    return label_of


def _worth(question: Question, span: Span, period: int) -> int:
    return span.units if question.rates is None else span.units * question.rates.rate(span.currency, period)


def lifetimes(question: Question, currency: str) -> Iterator[Lifetime]:
    """How many periods each customer paid without a break from its first close on, and whether that has ended.

    Who comes back starts no second life and prolongs none: the end of the first is what survival speaks of, and a later
    day never changes an end.
    """
    entered: dict[int, int] = {}
    left: dict[int, int] = {}
    for step, flows, _ in sweep(walks(question)[currency], len(question.timeline.names)):
        entered.update(dict.fromkeys(flows[MovementKind.NEW][0], step.period))
        for unit in flows[MovementKind.LOST][0]:
            left.setdefault(unit, step.period)
    for unit, first in entered.items():
        yield Lifetime(left.get(unit, question.window[-1].index) - first, unit in left)
