"""Law: a book that changed is the book that was built like that.

Semantics §3: movements compare “for each customer … the MRR at the close of a period with the close of the one before”:
a changed fact concerns one customer, and a `LiveBook` recalculates no other. What makes that safe is this law.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.book import Book
from subscription_metrics.live import LiveBook
from subscription_metrics.testing.strategies import cancellations, histories, scopes, spans, windows

if TYPE_CHECKING:
    from subscription_metrics.book import Scope
    from subscription_metrics.mrr.spans import Span

ONE_SPAN = histories().map(lambda history: history[0])


def add(live: LiveBook, held: list[Span], data: st.DataObject) -> None:
    """Add any span, one that is there already too."""
    span = data.draw(ONE_SPAN | st.sampled_from(held) if held else ONE_SPAN)
    live.add(span)
    held.append(span)


def change(live: LiveBook, held: list[Span], data: st.DataObject) -> None:
    """Put any span in the place of one, of another customer and currency too."""
    old, new = data.draw(st.sampled_from(held)), data.draw(ONE_SPAN)
    live.change(old, new)
    held[held.index(old)] = new


def end(live: LiveBook, held: list[Span], data: st.DataObject) -> None:
    """End a span on any day after its start, earlier or later than before."""
    old = data.draw(st.sampled_from(held))
    day = old.start + timedelta(days=data.draw(st.integers(1, 400)))
    why = data.draw(cancellations())
    live.end(old, day, why)
    held[held.index(old)] = evolve(old, end=day, cancellation=why or old.cancellation)


@given(st.just([]) | spans(most=3), scopes(segments=(None,)), st.integers(1, 12), st.data())
def test_after_any_changes_a_live_book_is_the_book_of_its_spans(
    initial: list[Span], scope: Scope, year_start: int, data: st.DataObject
) -> None:
    """“For each customer”: nobody else's changes matter, so at any moment it equals a `Book` built from scratch."""
    first, last = data.draw(windows(scope["grain"], year_start))
    held = list(initial)
    live = LiveBook(held, first, last, level=scope["level"], view=scope["view"])
    for _ in range(data.draw(st.integers(1, 4))):
        act = data.draw(st.sampled_from((add, change, end) if held else (add,)))
        act(live, held, data)
        assert sorted(map(repr, held)) == sorted(map(repr, live.spans))
        assert list(Book(held, year_start=year_start).bridge(first, last, **scope)) == list(live.bridge())
