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
from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import strategies as st

from subscription_metrics.book import Book
from subscription_metrics.money import MissingRatePolicy, RateTable
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.spans import Cancellation, Level, Span
from subscription_metrics.periods import BillingInterval, Grain, Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from subscription_metrics.book import Scope

FIRST_DAY, LAST_DAY = date(2023, 11, 1), date(2025, 2, 28)
"""The days on which spans start: two turns of the year, and a 29 February."""

CUSTOMERS = ("ann", "bob", "cat")
CURRENCIES = ("EUR", "USD", "JPY")

_TURNS = [Period.parse("2023-11").shift(count).start + timedelta(days=days) for count in range(16) for days in (0, -1)]
_LENGTHS = (30, 1, 2, 31, 365, 366)
_GAPS = (0, 0, 0, 1, 31, 90)
_AMOUNTS = tuple(map(Decimal, ("10", "20", "30.5", "41.58333333", "0")))


def days() -> SearchStrategy[date]:
    """Give a day between `FIRST_DAY` and `LAST_DAY`, often the first or last one of a month."""
    return st.sampled_from([day for day in _TURNS if day >= FIRST_DAY]) | st.dates(FIRST_DAY, LAST_DAY)


def amounts() -> SearchStrategy[Decimal]:
    """Give a monthly amount of at most 8 decimals, often one of a few, sometimes 0."""
    return st.sampled_from(_AMOUNTS) | st.decimals(0, 1000, places=8)


def quantities() -> SearchStrategy[int | Decimal]:
    """Give a number of seats, which may be broken."""
    return st.integers(1, 5) | st.decimals("0.1", 9, places=2)


def cancellations() -> SearchStrategy[Cancellation | None]:
    """Give a reason and a will, either of them or the whole maybe unknown."""
    reasons, wills = st.sampled_from((None, "price", "card expired")), st.sampled_from((None, True, False))
    return st.none() | st.builds(Cancellation, reasons, wills)


@st.composite
def histories(
    draw: DrawFn, *, customers: Sequence[str] = CUSTOMERS, currencies: Sequence[str] = CURRENCIES
) -> list[Span]:
    """Give one subscription from its beginning on: one to four spans that follow each other, some after a gap."""
    customer = draw(st.sampled_from(customers))
    name = f"{customer}/{draw(st.integers(1, 2))}"
    first = Span(
        customer=customer,
        subscription=name,
        monthly_amount=draw(amounts()),
        currency=draw(st.sampled_from(currencies)),
        start=draw(days()),
        plan=draw(st.sampled_from((None, "basic", "pro"))),
        quantity=draw(quantities()),
        recurring=draw(st.sampled_from((True, True, True, False))),
        interval=draw(st.sampled_from((None, BillingInterval.parse("month"), BillingInterval.parse("year")))),
        parent=draw(st.sampled_from((None, "north", "south"))),
        attributes=draw(st.sampled_from(({}, {"country": "DE"}, {"country": "FR", "channel": "ads"}))),
    )
    history = [first]
    for _ in range(draw(st.integers(0, 3))):
        history += _follow(draw, history.pop())
    return [*history[:-1], _ended(draw, history[-1])] if draw(st.booleans()) else history


def _ended(draw: DrawFn, span: Span) -> Span:
    length = draw(st.sampled_from(_LENGTHS) | st.integers(1, 500))
    return evolve(span, end=span.start + timedelta(days=length), cancellation=draw(cancellations()))


def _follow(draw: DrawFn, span: Span) -> tuple[Span, Span]:
    """End an open span, and let another one follow that differs in price, quantity, plan, or nothing."""
    ended = _ended(draw, span)
    start = span.start if ended.end is None else ended.end + timedelta(days=draw(st.sampled_from(_GAPS)))
    change = draw(
        st.fixed_dictionaries(
            {}, optional={"monthly_amount": amounts(), "quantity": quantities(), "plan": st.just("enterprise")}
        )
    )
    return ended, evolve(span, start=start, **change)


@st.composite
def spans(
    draw: DrawFn,
    *,
    customers: Sequence[str] = CUSTOMERS,
    currencies: Sequence[str] = CURRENCIES,
    most: int = 6,
) -> list[Span]:
    """Give the spans of one to `most` subscriptions, in any order."""
    drawn = draw(st.lists(histories(customers=customers, currencies=currencies), min_size=1, max_size=most))
    return draw(st.permutations([span for history in drawn for span in history]))


@st.composite
def books(
    draw: DrawFn,
    *,
    customers: Sequence[str] = CUSTOMERS,
    currencies: Sequence[str] = CURRENCIES,
    most: int = 6,
) -> Book:
    """Give a book of such spans, with fiscal years that start in any month."""
    held = draw(spans(customers=customers, currencies=currencies, most=most))
    return Book(held, year_start=draw(st.integers(1, 12)))


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


@st.composite
def windows(draw: DrawFn, grain: Grain, year_start: int = 1, most: int = 15) -> tuple[Period, Period]:
    """Give the first and last of one to `most` periods, which may lie before, in or after what happens."""
    first = Period.containing(draw(days()), grain, year_start)
    return first, first.shift(draw(st.integers(0, most - 1)))


@st.composite
def rate_tables(draw: DrawFn, target: str = "EUR", currencies: Sequence[str] = CURRENCIES) -> RateTable:
    """Give rates into `target` that change now and then, and are known on every day."""
    long_ago = date(2000, 1, 1)
    changes = st.dictionaries(st.just(long_ago) | days(), st.decimals("0.5", 2, places=4), max_size=6)
    rows = [
        (day, source, target, rate)
        for source in currencies
        if source != target
        for day, rate in ({long_ago: Decimal(1)} | draw(changes)).items()
    ]
    return RateTable(rows, MissingRatePolicy.LAST_KNOWN)
