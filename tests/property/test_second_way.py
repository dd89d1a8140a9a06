"""A second way: every fast path is compared with a slow, obvious one on generated books.

The slow way knows no timeline, no sweep and no running totals. For each unit and each close it adds up the spans that
are active on that day, straight from the sentence “MRR at a date = Σ monthly amounts of spans with
`start ≤ date < end`”, and compares two closes by the table of movements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from subscription_metrics.book import Book
from subscription_metrics.figures import WINDOWS
from subscription_metrics.money import from_units
from subscription_metrics.mrr.balances import LARGEST
from subscription_metrics.mrr.bridge import BridgeRow, View
from subscription_metrics.mrr.movements import MovementKind, classify
from subscription_metrics.mrr.spans import UNIT_OF, Level, Span, segment_by
from subscription_metrics.periods import Grain, Period, period_range, shift_months
from subscription_metrics.testing.strategies import CURRENCIES, CUSTOMERS, books, rate_tables, scopes, spans, windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from subscription_metrics.rates import RateTable
    from subscription_metrics.scope import Scope

PLACES = 12
"""Decimals of a product of an amount (8) and a rate of these tests (4)."""

ONE_DAY = timedelta(days=1)


Worth = Callable[[Period], Callable[[Span], int]]
"""What each span is worth at the rates of a period, in units of 10^-12."""


def unconverted(_: Period) -> Callable[[Span], int]:
    """What a span is worth where there are no rates: its amount."""
    return lambda span: int(Fraction(span.monthly_amount) * 10**PLACES)


def converted(rates: RateTable) -> Worth:
    """What a span is worth in EUR."""

    def worth(period: Period) -> Callable[[Span], int]:
        known = {code: Fraction(rates.rate(code, "EUR", period.last_day)) for code in CURRENCIES}
        return lambda span: int(Fraction(span.monthly_amount) * known[span.currency] * 10**PLACES)

    return worth


def closes(own: Iterable[Span], window: Sequence[Period], view: View) -> Iterator[tuple[Period, date]]:
    """Every close from the first start to the end of the window: those of periods, or those of all days."""
    last = window[-1]
    start = min([window[0].start, *(span.start for span in own)])
    first = Period.containing(start, last.grain, last.year_start)
    for period in period_range(first, last):
        days = [period.start + timedelta(days=n) for n in range(period.days)] if view is View.GROSS else []
        yield from ((period, day) for day in days or [period.last_day])


def mrr_at(own: Iterable[Span], day: date, worth: Callable[[Span], int]) -> int:
    """Σ of the spans with `start ≤ day < end`."""
    return sum(worth(span) for span in own if span.start <= day and (span.end is None or day < span.end))


def slow_movements(
    own: Sequence[Span], window: Sequence[Period], view: View, worth: Worth
) -> Iterator[tuple[Period, date, MovementKind, int]]:
    """The movements of one unit, history included; what a period is worth before the window is that of its opening."""
    held, seen = 0, False
    opening = window[0].previous()
    for period, day in closes(own, window, view):
        value = worth(max(period, opening))
        before = day - ONE_DAY if view is View.GROSS else period.start - ONE_DAY
        revalued = mrr_at(own, before, value)
        if revalued != held:
            yield period, day, MovementKind.FX, revalued - held
        after = mrr_at(own, day, value)
        kind = classify(revalued if seen else None, after)
        if kind is not None:
            yield period, day, kind, after - revalued
        held, seen = after, seen or after > 0


COUNTED = {kind: kind.value + "_customers" for kind in MovementKind if kind is not MovementKind.FX}
JOIN_OR_LEAVE = {MovementKind.NEW: 1, MovementKind.REACTIVATION: 1, MovementKind.LOST: -1}


def slow_rows(
    units: Iterable[Sequence[Span]],
    window: Sequence[Period],
    view: View,
    worth: Worth = unconverted,
) -> Iterator[dict[str, int]]:
    """The lines of the window in units of 10^-12, by adding up the movements of all units."""
    moved = [movement for own in units for movement in slow_movements(own, window, view, worth)]
    for period in window:
        line = dict.fromkeys((*(kind.value for kind in MovementKind), *COUNTED.values()), 0)
        for _, _, kind, amount in (one for one in moved if one[0] == period):
            line[kind.value] += amount
            if kind in COUNTED:
                line[COUNTED[kind]] += 1
        line["opening"] = sum(amount for of, _, _, amount in moved if of < period)
        line["closing"] = sum(amount for of, _, _, amount in moved if of <= period)
        line["opening_customers"] = sum(JOIN_OR_LEAVE.get(kind, 0) for of, _, kind, _ in moved if of < period)
        line["closing_customers"] = sum(JOIN_OR_LEAVE.get(kind, 0) for of, _, kind, _ in moved if of <= period)
        yield line


def grouped(held: Iterable[Span], key: Callable[[Span], str | None]) -> dict[str | None, list[Span]]:
    """Spans by a key, in order of it; what has none comes last."""
    groups: defaultdict[str | None, list[Span]] = defaultdict(list)
    for span in held:
        groups[key(span)].append(span)
    return {name: groups[name] for name in sorted(groups, key=lambda name: (name is None, name or ""))}


def as_row(period: Period, currency: str, segment: str | None, line: dict[str, int]) -> BridgeRow:
    """Give a slow line as the row that a book gives."""
    values = {name: n if name.endswith("_customers") else from_units(n, PLACES) for name, n in line.items()}
    return BridgeRow(period=period, currency=currency, segment=segment, **values)  # type: ignore[arg-type]  # amounts and counts by name


def slow_bridge(book: Book, window: Sequence[Period], scope: Scope) -> list[BridgeRow]:
    """The bridge of a book per currency, one segment and currency after the other."""
    segments = grouped(book.spans, segment_by(scope["by"]) if scope["by"] else lambda _: None)
    rows: list[BridgeRow] = []
    for segment, of_segment in segments.items():
        for currency, facts in grouped(of_segment, lambda span: span.currency).items():
            own = [span for span in facts if span.recurring and span.monthly_amount]
            lines = slow_rows(grouped(own, UNIT_OF[scope["level"]]).values(), window, scope["view"])
            rows += [as_row(p, str(currency), segment, line) for p, line in zip(window, lines, strict=True)]
    return rows


@given(books(), scopes(), st.data())
def test_a_bridge_is_what_comparing_closes_gives(book: Book, scope: Scope, data: st.DataObject) -> None:
    """§3: “compare the MRR at the close of a period with the close of the one before”, in every scope."""
    first, last = data.draw(windows(scope["grain"], book.year_start))
    expected = slow_bridge(book, period_range(first, last), scope)
    assert expected == list(book.bridge(first, last, **scope))
    for currency in book.currencies:
        own = [row for row in expected if row.currency == currency]
        of_currency: Scope = {**scope, "currency": currency}
        assert own == list(book.bridge(first, last, **of_currency))


@given(spans(), scopes(segments=(None, "country")), rate_tables(), st.data())
def test_a_bridge_in_one_currency_is_what_comparing_valued_closes_gives(
    held: list[Span], scope: Scope, rates: RateTable, data: st.DataObject
) -> None:
    """§3: “revaluation of the opening balance at the new rate; the other movements are at the rate of the period”."""
    book = Book(held, year_start=data.draw(st.integers(1, 12))).in_currency("EUR", rates)
    first, last = data.draw(windows(scope["grain"], book.year_start))
    window = period_range(first, last)
    expected: list[BridgeRow] = []
    for segment, of_segment in grouped(held, segment_by(scope["by"]) if scope["by"] else lambda _: None).items():
        units = grouped((span for span in of_segment if span.recurring), UNIT_OF[scope["level"]])
        lines = slow_rows(units.values(), window, scope["view"], converted(rates))
        expected += [as_row(p, "EUR", segment, line) for p, line in zip(window, lines, strict=True)]
    assert expected == list(book.bridge(first, last, **scope))


@given(books(), scopes(segments=(None,)), st.data())
def test_the_list_of_movements_is_what_comparing_closes_gives(book: Book, scope: Scope, data: st.DataObject) -> None:
    """§3: “amounts are signed: after − before”, unit by unit, on the day whose close was compared."""
    first, last = data.draw(windows(scope["grain"], book.year_start))
    window = period_range(first, last)
    paid = [span for span in book.spans if span.recurring]
    expected = {
        (period, day, currency, unit, kind, from_units(amount, PLACES))
        for currency, of_currency in grouped(paid, lambda span: span.currency).items()
        for unit, own in grouped(of_currency, UNIT_OF[scope["level"]]).items()
        for period, day, kind, amount in slow_movements(own, window, scope["view"], unconverted)
        if period >= first
    }
    actual = book.movements(first, last, **scope)
    assert len(expected) == len(actual)
    assert expected == {(one.period, one.day, one.currency, one.customer_id, one.kind, one.amount) for one in actual}


@given(books(), st.data())
def test_mrr_is_the_sum_of_the_spans_on_the_last_day(book: Book, data: st.DataObject) -> None:
    """§2: “MRR at a date = Σ monthly amounts of spans with `start ≤ date < end`”, of a period that of its last day."""
    period, _ = data.draw(windows(data.draw(st.sampled_from(Grain)), book.year_start))
    for currency in book.currencies:
        own = [span for span in book.spans if span.currency == currency]
        everything = from_units(mrr_at(own, period.last_day, unconverted(period)), PLACES)
        recurring = [span for span in own if span.recurring]
        expected = from_units(mrr_at(recurring, period.last_day, unconverted(period)), PLACES)
        assert expected == book.mrr(period, currency=currency)
        assert expected * 12 == book.arr(period, currency=currency)
        assert everything == book.total_mrr(period, currency=currency)
        customers = book.top_customers(period, n=100, currency=currency)
        assert expected == sum((row.mrr for row in customers), from_units(0))
        assert expected == sum((row.mrr for row in book.segments("country", period, currency=currency)), from_units(0))


def known_of(book: Book, period: Period, view: View) -> dict[str, object]:
    """What the metrics of a period were worked out from, by name; nothing if nobody ever pays."""
    return {name: value for row in book.metrics(period, view=view) for name, value in row.inputs.items()}


def daily_losses(held: Sequence[Span], start: date, end: date) -> list[tuple[date, int]]:
    """The days of `[start, end)` with the number of customers who paid the day before and no longer do."""
    units = grouped(held, UNIT_OF[Level.CUSTOMER]).values()
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    return [(day, sum(pays(own, day - ONE_DAY) and not pays(own, day) for own in units)) for day in days]


def pays(own: Iterable[Span], day: date) -> bool:
    """Whether somebody with these spans has MRR at the close of `day`."""
    return mrr_at(own, day, lambda span: span.units) > 0


def paying(held: Sequence[Span], day: date) -> int:
    """How many customers have MRR at the close of `day`."""
    return sum(pays(own, day) for own in grouped(held, UNIT_OF[Level.CUSTOMER]).values())


def close_to(expected: Fraction, actual: object) -> bool:
    """Whether a quotient of 28 digits is the rounded form of an exact one."""
    return abs(Fraction(str(actual)) - expected) <= abs(expected) / 10**27


@given(spans(currencies=("EUR",), most=3), st.sampled_from(View), st.data())
def test_the_inputs_of_churn_are_what_counting_every_day_gives(
    held: list[Span], view: View, data: st.DataObject
) -> None:
    """§4: “average active”, “sum of daily rates”, “churned in window / average daily active in window”."""
    period, _ = data.draw(windows(Grain.MONTH))
    known = known_of(Book(held), period, view)
    assume(known)
    recurring = [span for span in held if span.recurring]
    losses = daily_losses(recurring, period.start, period.end)
    average = Fraction(sum(paying(recurring, day) for day, _ in losses), len(losses))
    rates = [Fraction(lost, paying(recurring, day - ONE_DAY)) for day, lost in losses if lost]
    assert close_to(average, known["average_customers"])
    assert close_to(sum(rates, Fraction(0)), known["daily_churn"])
    assert sum(lost for _, lost in losses) == known["gross_lost_customers"]
    for window in WINDOWS:
        past = daily_losses(held, period.end - timedelta(days=window), period.end)
        assert sum(lost for _, lost in past) == known[f"churned_{window}"]
        paid = sum(paying(held, day) for day, _ in past)
        assert close_to(Fraction(paid, window), known[f"average_active_{window}"])


@given(spans(currencies=("EUR",), most=3), st.sampled_from(Grain), st.data())
def test_the_inputs_of_trailing_figures_are_what_comparing_two_days_gives(
    held: list[Span], grain: Grain, data: st.DataObject
) -> None:
    """§4: “trailing 12 months: min(then, now) per customer”, “on the cohort of a year ago”."""
    assert len(CUSTOMERS) < LARGEST  # so that the largest are all of them
    period, _ = data.draw(windows(grain))
    known = known_of(Book(held), period, View.NET)
    assume(known)
    recurring = [span for span in held if span.recurring]
    year_ago = shift_months(period.end, -12) - ONE_DAY
    pairs = [
        tuple(mrr_at(own, day, lambda span: span.units) for day in (year_ago, period.last_day))
        for own in grouped(recurring, UNIT_OF[Level.CUSTOMER]).values()
    ]
    assert from_units(sum(then for then, _ in pairs)) == known["cohort_opening"] == known["closing_year_ago"]
    assert from_units(sum(now for then, now in pairs if then)) == known["cohort_closing"]
    assert from_units(sum(min(pair) for pair in pairs)) == known["cohort_kept"]
    assert from_units(sum(now for _, now in pairs)) == known["largest"]
    assert from_units(sum(now**2 for _, now in pairs), 16) == known["sum_of_squares"]
    subscriptions = grouped(recurring, UNIT_OF[Level.SUBSCRIPTION]).values()
    assert sum(pays(own, period.last_day) for own in subscriptions) == known["closing_subscriptions"]


@given(books(), st.data())
def test_more_history_than_asked_for_changes_no_row(book: Book, data: st.DataObject) -> None:
    """§3: “each closing is the next opening”: a long window gives the rows of the short ones in it."""
    grain = data.draw(st.sampled_from(Grain))
    first, last = data.draw(windows(grain, book.year_start))
    longer = book.bridge(first.shift(-3), last.shift(2))
    assert list(book.bridge(first, last)) == [row for row in longer if first <= row.period <= last]
