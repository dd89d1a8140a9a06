"""Law: what changes nothing in the facts changes nothing in the figures.

Semantics §2: “MRR at a date = Σ monthly amounts of spans with `start ≤ date < end`”. A sum knows no order of its terms,
no cut between two days, and no name; and it is linear in the amounts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from subscription_metrics.book import Book
from subscription_metrics.money import exact_sum
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.mrr.spans import Level
from subscription_metrics.testing.strategies import books, days, rate_tables, scopes, windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from subscription_metrics.book import Scope
    from subscription_metrics.mrr.bridge import BridgeRow
    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.periods import Period
    from subscription_metrics.rates import RateTable

FLOWS = tuple(kind.value for kind in MovementKind)
AMOUNTS = ("opening", *FLOWS, "closing")
OF_CONTRACTS = ()
"""What looks at the length of a span: a contract that is cut in two is two contracts."""


def with_spans(book: Book, held: Iterable[Span]) -> Book:
    """The same book of other spans."""
    return Book(held, year_start=book.year_start, reporting=book.reporting, rates=book.rates)


def answers(book: Book, window: tuple[Period, Period], scope: Scope) -> dict[str, Any]:
    """Everything a book says of a window; what it says of single spans (origins) is left out."""
    movements = [
        evolve(one, causes=tuple(evolve(cause, origins=()) for cause in one.causes))
        for one in book.movements(*window, **scope)
    ]
    metrics = [
        evolve(row, inputs={name: value for name, value in row.inputs.items() if name not in OF_CONTRACTS})
        for row in book.metrics(window[1], window[1], **scope)
        if row.name not in OF_CONTRACTS
    ]
    return {
        "bridge": list(book.bridge(*window, **scope)),
        "movements": movements,
        "causes": sorted(book.causes(*window, **scope), key=str),
        "metrics": metrics,
        "customers": list(book.top_customers(window[1])),
        "segments": list(book.segments("country", window[1])),
    }


@given(books(), st.none() | rate_tables(), scopes(), st.data())
def test_the_order_of_the_input_is_irrelevant(
    book: Book, rates: RateTable | None, scope: Scope, data: st.DataObject
) -> None:
    """“Σ monthly amounts of spans”: a sum knows no order."""
    book = book.in_currency("EUR", rates) if rates else book
    window = data.draw(windows(scope["grain"], book.year_start))
    shuffled = with_spans(book, data.draw(st.permutations(book.spans)))
    assert answers(book, window, scope) == answers(shuffled, window, scope)


def cut(span: Span, day: date) -> tuple[Span, Span]:
    """The two spans before and from `day`; why the whole ended is why the second did."""
    return evolve(span, end=day, cancellation=None), evolve(span, start=day)


@given(books(), st.none() | rate_tables(), scopes(), days(), st.data())
def test_splitting_a_span_in_two_changes_no_figure(
    book: Book, rates: RateTable | None, scope: Scope, day: date, data: st.DataObject
) -> None:
    """“`[start, end)`: `end` is the first day without service”: [a, b) and [b, c) are [a, c), for every b between."""
    book = book.in_currency("EUR", rates) if rates else book
    whole = [span for span in book.spans if span.start < day and span.active_on(day)]
    assume(whole)
    window = data.draw(windows(scope["grain"], book.year_start))
    rest = [span for span in book.spans if span not in whole]
    assume(len(rest) + len(whole) == len(book.spans))
    split = with_spans(book, [*rest, *(part for span in whole for part in cut(span, day))])
    assert answers(book, window, scope) == answers(split, window, scope)


def total_of(rows: Sequence[BridgeRow]) -> list[tuple[Any, ...]]:
    """What a bridge says beyond who moved: opening, all that customers did, fx, closing."""
    return [
        (
            row.period,
            row.currency,
            row.segment,
            row.opening,
            exact_sum(getattr(row, flow) for flow in FLOWS if flow != "fx"),
            row.fx,
            row.closing,
        )
        for row in rows
    ]


@given(books(), st.none() | rate_tables(), scopes(), st.data())
def test_merging_two_customers_moves_no_total(
    book: Book, rates: RateTable | None, scope: Scope, data: st.DataObject
) -> None:
    """“In total, in every segment and currency”: who pays decides the kind of a movement, never what is paid."""
    book = book.in_currency("EUR", rates) if rates else book
    window = data.draw(windows(scope["grain"], book.year_start))
    held = [evolve(span, customer="ann") if span.customer == "bob" else span for span in book.spans]
    merged = with_spans(book, held)
    before, after = book.bridge(*window, **scope).rows, merged.bridge(*window, **scope).rows
    assert total_of(before) == total_of(after)
    if scope["level"] is Level.SUBSCRIPTION:
        assert before == after
    assert all(one.closing_customers >= other.closing_customers for one, other in zip(before, after, strict=True))


@given(books(), st.none() | rate_tables(), scopes(), st.integers(1, 1000), st.data())
def test_scaling_all_amounts_scales_all_flows(
    book: Book, rates: RateTable | None, scope: Scope, factor: int, data: st.DataObject
) -> None:
    """“Amounts are signed: after − before”: a difference is linear, and which kind it is hangs on its sign alone."""
    book = book.in_currency("EUR", rates) if rates else book
    window = data.draw(windows(scope["grain"], book.year_start))
    held = [evolve(span, monthly_amount=span.monthly_amount * factor) for span in book.spans]
    expected = [scaled(row, factor) for row in book.bridge(*window, **scope)]
    assert expected == list(with_spans(book, held).bridge(*window, **scope))


def scaled(row: BridgeRow, factor: int) -> BridgeRow:
    """The same row with all amounts times `factor`, and the counts as they are."""
    amounts: dict[str, Any] = {name: getattr(row, name) * Decimal(factor) for name in AMOUNTS}
    return evolve(row, **amounts)
