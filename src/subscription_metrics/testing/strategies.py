"""Hypothesis strategies for spans and books in which much happens, for whoever tests what they build on this library.

    @given(books())
    def test_my_report_adds_up(book: Book) -> None:
        ...

House rules.

1. Names, amounts and days are few, and most days lie at the ends of months: customers leave and come back, switch
   on one day and pay the same twice, which hardly ever happens among arbitrary values.
2. Whatever is drawn is valid; what a constructor refuses is for the tests of the constructor.
3. A failing example shrinks to one open span of one customer.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve
from hypothesis import strategies as st

from subscription_metrics.book import Book
from subscription_metrics.money import from_units
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.spans import Cancellation, Level, Span
from subscription_metrics.periods import BillingInterval, Grain, Period
from subscription_metrics.rates import MissingRatePolicy, RateTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from subscription_metrics.book import Scope

    _End = tuple[int, Cancellation | None]
    _Next = tuple[_End, int, str | None, Decimal, int | Decimal]

FIRST_DAY, LAST_DAY = date(2023, 11, 1), date(2025, 2, 28)
"""The days on which spans start: two turns of the year, and a 29 February."""

CUSTOMERS = ("ann", "bob", "cat")
CURRENCIES = ("EUR", "USD", "JPY")

_PERIODS = [Period.parse("2023-11").shift(count) for count in range(16)]
_TURNS = sorted({day for period in _PERIODS for day in (period.start, period.last_day)})

# Made once: hypothesis checks a strategy the first time it is used, and that is most of what drawing costs.
_DAYS = st.sampled_from(_TURNS) | st.dates(FIRST_DAY, LAST_DAY)
_AMOUNTS = st.sampled_from([*map(Decimal, ("10", "20", "30.5", "41.58333333", "0"))]) | st.integers(0, 10**11).map(
    from_units
)
_QUANTITIES = st.integers(1, 5) | st.integers(1, 999).map(lambda hundredths: from_units(hundredths, 2))
_CANCELLATIONS = st.none() | st.builds(
    Cancellation, st.sampled_from((None, "price", "card expired")), st.sampled_from((None, True, False))
)
_ENDS = st.tuples(st.sampled_from((30, 1, 2, 31, 365, 366)) | st.integers(1, 500), _CANCELLATIONS)
_GAPS = st.sampled_from((0, 0, 0, 1, 31, 90))
_CHANGES = st.sampled_from(("monthly_amount", "quantity", "plan", None))
_FIRST: Mapping[str, SearchStrategy[Any]] = {
    "number": st.integers(1, 2),
    "monthly_amount": _AMOUNTS,
    "start": _DAYS,
    "plan": st.sampled_from((None, "basic", "pro")),
    "quantity": _QUANTITIES,
    "recurring": st.sampled_from((True, True, True, False)),
    "interval": st.sampled_from((None, BillingInterval.parse("month"), BillingInterval.parse("year"))),
    "parent": st.sampled_from((None, "north", "south")),
    "attributes": st.sampled_from(({"country": "DE"}, {"country": "FR", "channel": "ads"})),
}
_NEXT = st.tuples(_ENDS, _GAPS, _CHANGES, _AMOUNTS, _QUANTITIES)
_FOLLOWING = st.lists(_NEXT, max_size=3)


def days() -> SearchStrategy[date]:
    """Give a day between `FIRST_DAY` and `LAST_DAY`, often the first or last one of a month."""
    return _DAYS


def amounts() -> SearchStrategy[Decimal]:
    """Give a monthly amount of at most 8 decimals, often one of a few, sometimes 0."""
    return _AMOUNTS


def cancellations() -> SearchStrategy[Cancellation | None]:
    """Give a reason and a will, either of them or the whole maybe unknown."""
    return _CANCELLATIONS


def histories(
    *, customers: Sequence[str] = CUSTOMERS, currencies: Sequence[str] = CURRENCIES
) -> SearchStrategy[list[Span]]:
    """Give one subscription from its beginning on: one to four spans that follow each other, some after a gap."""
    first = st.builds(_first, customer=st.sampled_from(customers), currency=st.sampled_from(currencies), **_FIRST)
    return st.builds(_history, first, _FOLLOWING, st.none() | _ENDS)


def _first(*, customer: str, number: int, **fields: Any) -> Span:  # noqa: ANN401  # the fields of a span
    return Span(customer=customer, subscription=f"{customer}/{number}", **fields)


def _history(first: Span, following: Sequence[_Next], end: _End | None) -> list[Span]:
    """Let spans follow the first that differ from it in price, quantity, plan, or nothing."""
    spans = [first]
    for (length, cancellation), gap, changed, amount, quantity in following:
        last = spans.pop()
        closing = last.start + timedelta(days=length)
        values = {"monthly_amount": amount, "quantity": quantity, "plan": "enterprise"}
        change: Any = {changed: values[changed]} if changed else {}
        spans += [
            evolve(last, end=closing, cancellation=cancellation),
            evolve(last, start=closing + timedelta(days=gap), **change),
        ]
    if end is not None:
        length, cancellation = end
        last = spans.pop()
        spans.append(evolve(last, end=last.start + timedelta(days=length), cancellation=cancellation))
    return spans


def spans(
    *, customers: Sequence[str] = CUSTOMERS, currencies: Sequence[str] = CURRENCIES, most: int = 4
) -> SearchStrategy[list[Span]]:
    """Give the spans of one to `most` subscriptions."""
    drawn = st.lists(histories(customers=customers, currencies=currencies), min_size=1, max_size=most)
    return drawn.map(lambda several: [span for history in several for span in history])


def books(
    *, customers: Sequence[str] = CUSTOMERS, currencies: Sequence[str] = CURRENCIES, most: int = 4
) -> SearchStrategy[Book]:
    """Give a book of such spans, with fiscal years that start in any month."""
    held = spans(customers=customers, currencies=currencies, most=most)
    return st.builds(Book, held, year_start=st.integers(1, 12))


def scopes(
    *,
    grains: Sequence[Grain] = tuple(Grain),
    views: Sequence[View] = tuple(View),
    segments: Sequence[str | None] = (None, "country", "plan", "parent", "interval"),
) -> SearchStrategy[Scope]:
    """Give a way to ask a book: every grain, view, level and some segmentations; the currencies are left open."""
    return st.builds(
        _scope, st.sampled_from(grains), st.sampled_from(views), st.sampled_from(Level), st.sampled_from(segments)
    )


def _scope(grain: Grain, view: View, level: Level, by: str | None) -> Scope:
    return {"grain": grain, "view": view, "level": level, "by": by}


def windows(grain: Grain, year_start: int = 1, most: int = 15) -> SearchStrategy[tuple[Period, Period]]:
    """Give the first and last of one to `most` periods, which may lie before, in or after what happens."""
    return st.builds(
        lambda day, count: (
            Period.containing(day, grain, year_start),
            Period.containing(day, grain, year_start).shift(count),
        ),
        _DAYS,
        st.integers(0, most - 1),
    )


_LONG_AGO = date(2000, 1, 1)
_RATES = st.dictionaries(
    st.just(_LONG_AGO) | _DAYS, st.integers(5000, 20000).map(lambda units: from_units(units, 4)), max_size=6
)


def rate_tables(target: str = "EUR", currencies: Sequence[str] = CURRENCIES) -> SearchStrategy[RateTable]:
    """Give rates into `target` that change now and then, and are known on every day."""
    sources = [source for source in currencies if source != target]
    return st.fixed_dictionaries(dict.fromkeys(sources, _RATES)).map(lambda rates: _table(target, rates))


def _table(target: str, rates: Mapping[str, Mapping[date, Decimal]]) -> RateTable:
    rows = [
        (day, source, target, rate)
        for source, changes in rates.items()
        for day, rate in ({_LONG_AGO: Decimal(1)} | dict(changes)).items()
    ]
    return RateTable(rows, MissingRatePolicy.LAST_KNOWN)
