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

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from attrs import evolve

from subscription_metrics.errors import InvalidValue
from subscription_metrics.mrr.bridge import Tally, View, foot, rows
from subscription_metrics.mrr.movements import classify
from subscription_metrics.mrr.spans import UNIT_OF, Level
from subscription_metrics.periods import Period, index_of, period_range
from subscription_metrics.results import BRIDGE_COLUMNS
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from subscription_metrics.mrr.bridge import BridgeRow
    from subscription_metrics.mrr.movements import MovementKind
    from subscription_metrics.mrr.spans import Cancellation, Span


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
        self._tallies: defaultdict[str, defaultdict[int, Tally]] = defaultdict(lambda: defaultdict(Tally))
        self._held: Counter[str] = Counter()
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
        """End `span`: `on` is its first day without service; without a `cancellation` it keeps the one it has.

        Raises:
            InvalidValue: `span` is not in the book.
            EndNotAfterStart: it would hold no day.
        """
        self.change(span, evolve(span, end=on, cancellation=cancellation or span.cancellation))

    def bridge(self) -> Table[BridgeRow]:
        """The bridge of the window, as `Book.bridge` gives it."""
        held = sorted(code for code, count in self._held.items() if count)
        lines = (row for code in held for row in rows(self._tallies[code], self._window, code, None))
        return Table("bridge", BRIDGE_COLUMNS, lines, "MRR bridge", rounder=foot)

    def _replace(self, unit: str, old: Span | None, new: Span | None) -> None:
        own = self._spans[unit]
        self._count(own, -1)
        if old is not None:
            own.remove(old)
        if new is not None:
            own.append(new)
        self._count(own, 1)

    def _count(self, own: Sequence[Span], sign: int) -> None:
        """Put the movements of one unit into the tallies, or take them out."""
        by_currency: defaultdict[str, list[Span]] = defaultdict(list)
        for span in own:
            self._held[span.currency] += sign
            if span.recurring and span.units:
                by_currency[span.currency].append(span)
        for code, spans in by_currency.items():
            for period, kind, amount in self._flows(spans):
                self._tallies[code][period].add(kind, sign * amount, sign)

    def _flows(self, own: Sequence[Span]) -> Iterator[tuple[int, MovementKind, int]]:
        example = self._window[0]
        before: int | None = None
        for close in self._closes(own):
            after = sum(span.units for span in own if span.active_on(close))
            kind = classify(before, after)
            if kind is not None:
                period = max(index_of(close, example.grain, example.year_start), example.index - 1)
                yield period, kind, after - (before or 0)
                before = after

    def _closes(self, own: Sequence[Span]) -> Sequence[date]:
        """The days whose close is compared, in order: those on which something may have changed."""
        example, end = self._window[0], self._window[-1].end
        days = {day for span in own for day in (span.start, span.end) if day is not None and day < end}
        if self._view is View.NET:
            days = {Period.containing(day, example.grain, example.year_start).last_day for day in days}
        return sorted(days)
