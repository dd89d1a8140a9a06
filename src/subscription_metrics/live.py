"""A book that changes: add, change or end a span and read the bridge at once.

Movements need one unit at a time, so a change costs the recalculation of one unit: its old contribution is taken out
of the running totals and its new one put in. Nothing else is touched, however large the book is.

House rules.

1. At any moment the bridge equals that of a `Book` built from the same spans; a property test holds it to that.
2. A unit is recalculated the plain way: its balance at the close of every step, compared by `movements.classify`.
   It shares nothing with the sweep of a book but the table of movements, so each is the other's second way.
3. Spans have no identity of their own: they are found by value, and equal ones are interchangeable.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve

from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import from_units
from subscription_metrics.mrr.bridge import COUNTED, BridgeRow, View, foot
from subscription_metrics.mrr.movements import MovementKind, classify
from subscription_metrics.mrr.spans import UNIT_OF, Level
from subscription_metrics.periods import Period, index_of, period_range
from subscription_metrics.results import BRIDGE_COLUMNS
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from subscription_metrics.mrr.spans import Cancellation, Span


class _Flow(NamedTuple):
    """One movement of one unit: of which currency and period, of what kind, and how much."""

    currency: str
    period: int
    kind: MovementKind
    amount: int


class LiveBook:
    """A changing set of spans and the bridge of one window, level and view, always up to date.

    Raises:
        InvalidPeriod: `last` lies before `first` or has another grain.
    """

    def __init__(
        self,
        spans: Iterable[Span],
        first: Period,
        last: Period,
        *,
        level: Level = Level.CUSTOMER,
        view: View = View.NET,
    ) -> None:
        self._window = period_range(first, last)
        self._unit_of, self._view = UNIT_OF[level], view
        self._spans: defaultdict[str, list[Span]] = defaultdict(list)
        self._amounts: defaultdict[tuple[str, int, MovementKind], int] = defaultdict(int)
        self._counts: defaultdict[tuple[str, int, MovementKind], int] = defaultdict(int)
        self._currencies: defaultdict[str, int] = defaultdict(int)
        for span in spans:
            self._spans[self._unit_of(span)].append(span)
        for own in self._spans.values():
            self._count(own, 1)

    @property
    def spans(self) -> Iterator[Span]:
        """All spans, unit by unit."""
        return (span for own in self._spans.values() for span in own)

    def add(self, span: Span) -> None:
        """Take in a new span."""
        self._replace(self._unit_of(span), None, span)

    def change(self, old: Span, new: Span) -> None:
        """Put `new` in the place of `old`.

        Raises:
            InvalidValue: `old` is not in the book.
        """
        unit = self._unit_of(old)
        if old not in self._spans.get(unit, ()):
            raise InvalidValue("span", old, "is not in the book", "pass a span that equals one of book.spans")
        if self._unit_of(new) == unit:
            self._replace(unit, old, new)
        else:
            self._replace(unit, old, None)
            self.add(new)

    def end(self, span: Span, on: date, cancellation: Cancellation | None = None) -> None:
        """End `span`: `on` is its first day without service.

        Raises:
            InvalidValue: `span` is not in the book.
            EndNotAfterStart: it would hold no day.
        """
        self.change(span, evolve(span, end=on, cancellation=cancellation))

    def bridge(self) -> Table[BridgeRow]:
        """The bridge of the window, as `Book.bridge` gives it."""
        rows = (row for code in sorted(self._currencies) for row in self._rows(code))
        return Table("bridge", BRIDGE_COLUMNS, rows, "MRR bridge", rounder=foot)

    def _replace(self, unit: str, old: Span | None, new: Span | None) -> None:
        own = self._spans[unit]
        self._count(own, -1)
        if old is not None:
            own.remove(old)
        if new is not None:
            own.append(new)
        self._count(own, 1)

    def _count(self, own: Sequence[Span], sign: int) -> None:
        recurring = [span for span in own if span.recurring and span.units]
        for code in {span.currency for span in recurring}:
            of_currency = [span for span in recurring if span.currency == code]
            self._currencies[code] += sign * len(of_currency)
            if not self._currencies[code]:
                del self._currencies[code]
            for flow in self._flows(code, of_currency):
                self._amounts[flow[:3]] += sign * flow.amount
                self._counts[flow[:3]] += sign

    def _flows(self, currency: str, own: Sequence[Span]) -> Iterator[_Flow]:
        example = self._window[0]
        before: int | None = None
        for close in self._closes(own):
            after = sum(span.units for span in own if span.active_on(close))
            kind = classify(before, after)
            if kind is not None:
                period = max(index_of(close, example.grain, example.year_start), example.index - 1)
                yield _Flow(currency, period, kind, after - (before or 0))
                before = after

    def _closes(self, own: Sequence[Span]) -> Sequence[date]:
        """The days whose close is compared, in order: those on which something may have changed."""
        example, end = self._window[0], self._window[-1].end
        days = {day for span in own for day in (span.start, span.end) if day is not None and day < end}
        if self._view is View.NET:
            days = {Period.containing(day, example.grain, example.year_start).last_day for day in days}
        return sorted(days)

    def _rows(self, currency: str) -> Iterator[BridgeRow]:
        before = self._window[0].index - 1
        balance = sum(self._amounts[currency, before, kind] for kind in COUNTED)
        paying = self._joined(currency, before)
        for period in self._window:
            amounts = {kind: self._amounts[currency, period.index, kind] for kind in COUNTED}
            opening, opening_customers = balance, paying
            balance, paying = balance + sum(amounts.values()), paying + self._joined(currency, period.index)
            yield BridgeRow(
                period=period,
                currency=currency,
                segment=None,
                opening=from_units(opening),
                closing=from_units(balance),
                fx=from_units(0),
                opening_customers=opening_customers,
                closing_customers=paying,
                **{kind.value: from_units(amount) for kind, amount in amounts.items()},
                **{f"{kind.value}_customers": self._counts[currency, period.index, kind] for kind in COUNTED},
            )

    def _joined(self, currency: str, period: int) -> int:
        counts = {kind: self._counts[currency, period, kind] for kind in COUNTED}
        return counts[MovementKind.NEW] + counts[MovementKind.REACTIVATION] - counts[MovementKind.LOST]
