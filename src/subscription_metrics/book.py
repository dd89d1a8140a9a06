"""The one object a user holds: facts, indexed once, asked many times.

A `Book` is immutable. It lays its spans out by day the first time a level or segmentation is asked for and keeps that
index; every answer is a `Table` computed from it on the spot. Adding a fact makes a new book, or is done in a
`LiveBook`.

House rules.

1. A book reads no clock. `as_of` is the day it speaks of: by default the day of its latest start, and the default
   window ends with the last period that was over by then.
2. Different currencies are never added. Tables answer per currency; a single figure of a book with several needs
   `currency=`, or a book from `in_currency`.
3. Metrics are of recurring MRR unless they say otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import nsmallest
from itertools import groupby, islice
from typing import TYPE_CHECKING, NoReturn, TypeVar

from attrs import astuple, evolve, field, frozen

from subscription_metrics.cohorts.asked import CohortScope, cohort_members, cohort_table
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.errors import EmptyBook, InvalidValue, SeveralCurrencies
from subscription_metrics.explanation import explained
from subscription_metrics.figures import figures, lines
from subscription_metrics.metrics.catalogue import evaluate
from subscription_metrics.money import SCALE, exact_sum, from_units
from subscription_metrics.mrr.bridge import Question, View, bridge_rows, conversion, foot, scaled
from subscription_metrics.mrr.listing import movements
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.mrr.spans import SEGMENT_FIELDS, UNIT_OF, Exclusion, Level, Span, segment_by
from subscription_metrics.mrr.timeline import Part, part, parts
from subscription_metrics.periods import Grain, Period, period_range
from subscription_metrics.quotients import quotient
from subscription_metrics.results import (
    BRIDGE_COLUMNS,
    CAUSES_COLUMNS,
    CUSTOMER_COLUMNS,
    EXPLANATION_COLUMNS,
    METRIC_COLUMNS,
    MOVEMENT_COLUMNS,
    SEGMENT_COLUMNS,
    CauseRow,
    CustomerRow,
    MetricRow,
    SegmentRow,
    with_segment,
)
from subscription_metrics.sources.csv import load_csv
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from typing import Unpack

    from subscription_metrics.cohorts.membership import Member
    from subscription_metrics.cohorts.tables import CohortTable
    from subscription_metrics.columns import Column
    from subscription_metrics.mrr.bridge import BridgeRow
    from subscription_metrics.mrr.listing import Movement
    from subscription_metrics.quotients import Quotient
    from subscription_metrics.rates import Rates
    from subscription_metrics.results import ExplanationRow
    from subscription_metrics.scope import Scope, When
    from subscription_metrics.sources.csv import Options, Source

K = TypeVar("K")


def _all(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(spans)


@frozen(eq=False, repr=False)
class Book:
    """Spans of any number of customers, and every answer that follows from them.

    `spans` are the facts and `exclusions` those that contribute nothing. `as_of` is the day the book speaks of,
    `year_start` the month in which fiscal years start. `reporting` and `rates` are set by `in_currency`.
    """

    spans: tuple[Span, ...] = field(converter=_all)
    exclusions: tuple[Exclusion, ...] = field(default=(), kw_only=True)
    as_of: date | None = field(default=None, kw_only=True)
    year_start: int = field(default=1, kw_only=True)
    reporting: str | None = field(default=None, kw_only=True)
    rates: Rates | None = field(default=None, kw_only=True)
    _firsts: Mapping[str, date] = field(init=False)
    _index: dict[tuple[Level, str | None], list[Part]] = field(factory=dict, init=False)

    @_firsts.default
    def _first_starts(self) -> dict[str, date]:
        """The currencies of the spans, each with its first start."""
        firsts: dict[str, date] = {}
        for span in self.spans:
            first = firsts.get(span.currency)
            if first is None or span.start < first:
                firsts[span.currency] = span.start
        return firsts

    @classmethod
    def from_csv(
        cls, source: Source, *, as_of: date | None = None, year_start: int = 1, **options: Unpack[Options]
    ) -> Book:
        """Read a CSV file of subscription periods; `source` and `options` are those of `load_csv`.

        Raises:
            InvalidInput: with all faults of the file.
        """
        reading = load_csv(source, **options)
        return cls(reading.spans, exclusions=reading.exclusions, as_of=as_of, year_start=year_start)

    def __repr__(self) -> str:
        return f"<Book of {len(self.spans)} spans in {', '.join(self.currencies) or 'no currency'}>"

    def _repr_html_(self) -> str:
        return self.bridge()._repr_html_()

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of the answers, in order of their codes."""
        if self.reporting is not None:
            return (self.reporting,)
        return tuple(sorted(self._firsts))

    def in_currency(self, currency: str, rates: Rates) -> Book:
        """The same book, answering in one currency, with the effect of moving rates on its own line."""
        return evolve(self, reporting=currency, rates=rates)

    @property
    def day(self) -> date:
        """The day the book speaks of: `as_of`, else that of the latest start on record.

        Raises:
            InvalidValue: the book is empty and has no `as_of`.
        """
        return self.as_of or max((span.start for span in self.spans), default=None) or _refuse_empty()

    def last_full(self, grain: Grain = Grain.MONTH) -> Period:
        """The last period of `grain` that was over at the end of `day`."""
        current = Period.containing(self.day, grain, self.year_start)
        return current if current.last_day == self.day else current.previous()

    def mrr(self, on: When | None = None, *, currency: str | None = None) -> Decimal:
        """Recurring MRR at the close of `on`, by default of the last full month: currency a month.

        Raises:
            SeveralCurrencies: the book holds several and none is named.
        """
        return self._total(self._recurring(), on, currency)

    def total_mrr(self, on: When | None = None, *, currency: str | None = None) -> Decimal:
        """MRR including what does not recur (semantics §2); otherwise as `mrr`."""
        return self._total(self.spans, on, currency)

    def arr(self, on: When | None = None, *, currency: str | None = None) -> Decimal:
        """12 × MRR at the close of `on`: currency a year; otherwise as `mrr`."""
        return self._total(self._recurring(), on, currency, times=12)

    def bridge(self, first: When | None = None, last: When | None = None, **scope: Unpack[Scope]) -> Table[BridgeRow]:
        """Opening + new + expansion + reactivation + contraction + lost + fx = closing, for each period of a window.

        The window is by default everything from the first start to the last full period. Amounts are in currency a
        month and signed; counts are of the units of the level.
        """
        rows = (row for question in self._questions(first, last, scope) for row in bridge_rows(question))
        return Table("bridge", _columns(BRIDGE_COLUMNS, scope), rows, "MRR bridge", rounder=foot)

    def movements(
        self,
        first: When | None = None,
        last: When | None = None,
        *,
        kind: MovementKind | None = None,
        **scope: Unpack[Scope],
    ) -> Table[Movement]:
        """The movements of a period, by default of the last full month, or of a window: who, how much, and why."""
        kinds = tuple(MovementKind) if kind is None else (kind,)
        first = first or last or self.last_full(scope.get("grain", Grain.MONTH))
        questions = self._questions(first, last or first, scope)
        rows = (row for question in questions for row in movements(question, kinds))
        return Table("movements", _columns(MOVEMENT_COLUMNS, scope), rows, "Movements")

    def causes(self, first: When | None = None, last: When | None = None, **scope: Unpack[Scope]) -> Table[CauseRow]:
        """The movements of a window added up by kind and cause, churn by its reason and by whose will it was."""
        found: defaultdict[CauseRow, list[Decimal]] = defaultdict(list)
        for one in self.movements(first, last, **scope):
            for cause in one.causes:
                found[CauseRow.of(one, cause)].append(cause.amount)
        rows = (evolve(row, amount=exact_sum(amounts), parts=len(amounts)) for row, amounts in found.items())
        return Table("causes", _columns(CAUSES_COLUMNS, scope), rows, "Movements by cause")

    def metrics(
        self,
        first: When | None = None,
        last: When | None = None,
        *,
        inputs: Mapping[str, Quotient | int] | None = None,
        **scope: Unpack[Scope],
    ) -> Table[MetricRow]:
        """Every metric of a period, by default of the last full month, or of each period of a window.

        `inputs` are the facts that spans don't hold, by the names of the nomenclature: `spend`, `gross_margin`, …
        A metric whose inputs are not all known is undefined and says what it needs.
        """
        first = first or last or self.last_full(scope.get("grain", Grain.MONTH))
        questions = self._questions(first, last or first, scope)
        subscriptions = self._questions(first, last or first, scope | {"level": Level.SUBSCRIPTION})
        rows = (
            MetricRow(period, currency, question.segment, *astuple(metric, recurse=False))
            for question, of_subscriptions in zip(questions, subscriptions, strict=True)
            for closes in [dict(lines(evolve(question, view=View.NET))) if question.view is View.GROSS else {}]
            for (currency, period), known in figures(question, of_subscriptions).items()
            for metric in evaluate(
                known | dict(inputs or {}), grain=period.grain, between_closes=closes.get((currency, period), {})
            )
        )
        return Table("metrics", _columns(METRIC_COLUMNS, scope), rows, "Metrics", rows_name="metrics")

    def cohorts(
        self,
        first: When | None = None,
        last: When | None = None,
        *,
        measure: CohortMeasure = CohortMeasure.NET_RETENTION,
        **scope: Unpack[CohortScope],
    ) -> CohortTable:
        """Customers by the period of their first MRR, and what `measure` tells of them at each close that has ended.

        `first` and `last` are cohorts; they move no customer to another, and rows run to the last close in any case.
        """
        ends = [None if when is None else self._period(when) for when in (first, last)]
        grain = scope.get("grain") or next((end.grain for end in ends if end), Grain.MONTH)
        return cohort_table(self.history(grain, scope), measure, scope.get("by"), *ends)

    def cohort_members(self, cohort: When, age: int, **scope: Unpack[CohortScope]) -> Table[Member]:
        """The customers behind the cells of a cohort at an age, lost ones included: their MRR sums to the cell."""
        period = self._period(cohort)
        return cohort_members(self.history(period.grain, scope), period, age, scope.get("by"))

    def history(self, grain: Grain, scope: CohortScope) -> Question:
        """Everything from the first start to the last close of `grain` that has ended, unsegmented."""
        if isinstance(by := scope.get("by"), str):
            self._segment_of(by)
        asked: Scope = {"grain": grain, "level": scope.get("level", Level.CUSTOMER), "currency": scope.get("currency")}
        (question,), last = self._questions(None, None, asked), self.last_full(grain)
        return evolve(question, window=[period for period in question.window if period <= last])

    def top_movers(self, period: When | None = None, n: int = 10, **scope: Unpack[Scope]) -> Table[Movement]:
        """The `n` largest movements of a period up or down, by default of the last full month, in each currency."""
        moved = self.movements(period, **scope)
        ranked = sorted(moved, key=lambda one: (one.currency, one.amount.copy_abs().copy_negate(), one.customer_id))
        best = (one for _, own in groupby(ranked, key=lambda one: one.currency) for one in islice(own, n))
        return evolve(moved, name="top_movers", rows=best, title="Top movers")

    def top_customers(self, on: When | None = None, n: int = 10, *, currency: str | None = None) -> Table[CustomerRow]:
        """The `n` customers with the highest MRR at the close of `on`, in each currency, with their shares."""
        close, customer_of = self._close(on), UNIT_OF[Level.CUSTOMER]
        rows: list[CustomerRow] = []
        for code, (balances, places) in self._balances(self._recurring(), close, currency, customer_of).items():
            everything, running = sum(balances.values()), 0
            for name, amount in nsmallest(n, balances.items(), key=lambda item: (-item[1], item[0])):
                running += amount
                shares = (quotient(part, everything, "nobody pays") for part in (amount, running))
                rows.append(CustomerRow(name, code, from_units(amount, places), *shares))
        return Table("top_customers", CUSTOMER_COLUMNS, rows, f"Top customers at the close of {close}")

    def segments(self, by: str, on: When | None = None, *, currency: str | None = None) -> Table[SegmentRow]:
        """MRR at the close of `on` and paying customers by a field or attribute of the spans, with shares."""
        close, segment_of = self._close(on), self._segment_of(by)
        rows: list[SegmentRow] = []
        balances = self._balances(self._recurring(), close, currency, lambda span: (segment_of(span), span.customer))
        for code, (of_currency, places) in balances.items():
            everything = sum(of_currency.values())
            segments: defaultdict[str | None, list[int]] = defaultdict(list)
            for (segment, _), amount in of_currency.items():
                segments[segment].append(amount)
            for segment, amounts in sorted(segments.items(), key=lambda item: (-sum(item[1]), str(item[0]))):
                share = quotient(sum(amounts), everything, "nobody pays")
                rows.append(SegmentRow(segment, code, from_units(sum(amounts), places), len(amounts), share))
        return Table("segments", SEGMENT_COLUMNS, rows, f"MRR by {by} at the close of {close}")

    def explain(self, customer: str, on: When | None = None) -> Table[ExplanationRow]:
        """Every fact of a customer and what it contributes at the close of `on`: counted because, left out because.

        Raises:
            InvalidValue: the book knows no such customer.
        """
        close = self._close(on)
        known: tuple[Span | Exclusion, ...] = (*self.spans, *self.exclusions)
        facts = [fact for fact in known if fact.customer == customer]
        if not facts:
            remedy = "ids are compared to the letter; see the customers of book.spans"
            raise InvalidValue("customer", customer, "is not in the book", remedy)
        rows = sorted((explained(fact, close) for fact in facts), key=lambda row: (row.start, row.subscription))
        return Table("explanation", EXPLANATION_COLUMNS, rows, f"{customer} at the close of {close}")

    def _recurring(self) -> Iterator[Span]:
        return (span for span in self.spans if span.recurring)

    def _period(self, when: When) -> Period:
        return when if isinstance(when, Period) else Period.parse(when, self.year_start)

    def _close(self, on: When | None) -> date:
        return (self.last_full() if on is None else self._period(on)).last_day

    def _total(self, spans: Iterable[Span], on: When | None, currency: str | None, times: int = 1) -> Decimal:
        if currency is None and len(self.currencies) > 1:
            raise SeveralCurrencies(self.currencies)
        sums = self._balances(spans, self._close(on), currency, lambda _: "everything").values()
        return next((from_units(times * sum(amounts.values()), places) for amounts, places in sums), from_units(0))

    def _balances(
        self, spans: Iterable[Span], close: date, currency: str | None, key: Callable[[Span], K]
    ) -> dict[str, tuple[dict[K, int], int]]:
        """For each currency of the answer the MRR at `close` by `key`, as integers and their decimal places."""
        found: dict[str, defaultdict[K, int]] = {code: defaultdict(int) for code in self._wanted(currency)}
        active = [span for span in spans if span.units and span.active_on(close)]
        rates, places = self._spot({span.currency for span in active}, close)
        for span in active:
            code = self.reporting or span.currency
            if code in found:
                found[code][key(span)] += span.units * rates[span.currency]
        return {code: (amounts, SCALE + places) for code, amounts in found.items()}

    def _spot(self, held: Collection[str], close: date) -> tuple[Mapping[str, int], int]:
        if self.rates is None or self.reporting is None:
            return dict.fromkeys(held, 1), 0
        return scaled({code: self.rates.rate(code, self.reporting, close) for code in held})

    def _wanted(self, currency: str | None) -> Collection[str]:
        if currency is None:
            return self.currencies
        if currency not in self.currencies:
            remedy = f"it answers in {', '.join(self.currencies) or 'none'}; see book.in_currency for another"
            raise InvalidValue("currency", currency, "is not a currency of the book", remedy)
        return (currency,)

    def _window(self, first: When | None, last: When | None, grain: Grain | None) -> Sequence[Period]:
        ends = [None if when is None else self._period(when) for when in (first, last)]
        grain = grain or next((end.grain for end in ends if end is not None), Grain.MONTH)
        start = ends[0].start if ends[0] else self._first()
        end = ends[1].last_day if ends[1] else max(start, self.last_full(grain).last_day)
        return period_range(*(Period.containing(day, grain, self.year_start) for day in (start, end)))

    def _first(self) -> date:
        return min(self._firsts.values(), default=None) or _refuse_empty()

    def _questions(self, first: When | None, last: When | None, scope: Scope) -> Iterator[Question]:
        window = self._window(first, last, scope.get("grain"))
        level, by = scope.get("level", Level.CUSTOMER), scope.get("by")
        wanted = self._wanted(scope.get("currency"))
        for one in self._parts(level, by):
            line, rates = one.line, None
            if self.rates is not None and self.reporting is not None:
                rates = conversion(self._firsts, self.reporting, self.rates, window)
            else:
                line = evolve(line, days={code: line.days.get(code, {}) for code in wanted if code in one.currencies})
            yield Question(
                spans=one.spans,
                one_off=one.one_off,
                timeline=line,
                unit_of=UNIT_OF[level],
                window=window,
                view=scope.get("view", View.NET),
                segment=one.segment,
                rates=rates,
            )

    def _segment_of(self, by: str) -> Callable[[Span], str | None]:
        """The segment of a span, for a field or for an attribute that at least one span has: a typo is no segment."""
        if by not in SEGMENT_FIELDS:
            attributes = {name for span in self.spans for name in span.attributes}
            if by not in attributes:
                remedy = f"choose one of {', '.join(sorted({*SEGMENT_FIELDS, *attributes}))}"
                raise InvalidValue("by", by, "is neither a field nor an attribute of a span", remedy)
        return segment_by(by)

    def _parts(self, level: Level, by: str | None) -> list[Part]:
        """The index for a level and segmentation: made once and kept."""
        if (level, by) not in self._index:
            unit_of = UNIT_OF[level]
            found = parts(self.spans, self._segment_of(by), unit_of) if by else [part(None, self.spans, unit_of)]
            self._index[level, by] = found
        return self._index[level, by]


def _columns(columns: tuple[Column, ...], scope: Scope) -> tuple[Column, ...]:
    return with_segment(columns) if scope.get("by") else columns


def _refuse_empty() -> NoReturn:
    raise EmptyBook("book", "no spans", "is empty, so it has no period of its own", "name the periods to look at")
