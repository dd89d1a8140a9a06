"""Law: the views differ in what they count, never in where they end.

Semantics §3: “The *net* view classifies between period ends. The *gross* view classifies day by day and sums the days
of a period. Changes of one customer on one day are netted in both. Both views close on the same MRR.”
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.periods import Grain, Period
from subscription_metrics.testing.strategies import books, rate_tables, scopes, windows

if TYPE_CHECKING:
    from subscription_metrics.book import Book, Scope
    from subscription_metrics.rates import RateTable

BALANCES = ("period", "currency", "segment", "opening", "fx", "closing", "opening_customers", "closing_customers")
FLOWS = tuple(
    line
    for kind in MovementKind
    for line in (kind.value, f"{kind.value}_customers")
    if line not in {"fx", "fx_customers"}
)


@given(books(), st.none() | rate_tables(), scopes(), st.data())
def test_net_and_gross_close_alike(book: Book, rates: RateTable | None, scope: Scope, data: st.DataObject) -> None:
    """“Both views close on the same MRR”, and they open alike."""
    book = book.in_currency("EUR", rates) if rates else book
    window = data.draw(windows(scope["grain"], book.year_start))
    net, gross = (
        [[getattr(row, name) for name in BALANCES] for row in book.bridge(*window, **_with(scope, view))]
        for view in View
    )
    assert net == gross


def _with(scope: Scope, view: View) -> Scope:
    return {**scope, "view": view}


@given(books(), scopes(views=(View.GROSS,), grains=(Grain.WEEK, Grain.MONTH, Grain.QUARTER)), st.data())
def test_a_gross_bridge_is_the_sum_of_its_days(book: Book, scope: Scope, data: st.DataObject) -> None:
    """“Classifies day by day and sums the days of a period”, line by line."""
    period, _ = data.draw(windows(scope["grain"], book.year_start))
    first, last = (Period.containing(day, Grain.DAY) for day in (period.start, period.last_day))
    of_days: Scope = {**scope, "grain": Grain.DAY}
    days = book.bridge(first, last, **of_days).rows
    for row in book.bridge(period, period, **scope):
        own = [day for day in days if (day.currency, day.segment) == (row.currency, row.segment)]
        summed = {line: sum(getattr(day, line) for day in own) for line in FLOWS}
        assert evolve(row, **summed) == row
        assert (own[0].opening, own[-1].closing) == (row.opening, row.closing)


@given(books(), scopes(grains=(Grain.DAY,)), st.data())
def test_on_days_the_views_are_one(book: Book, scope: Scope, data: st.DataObject) -> None:
    """A day has no inside: between two closes the gross view sees no more than the net one."""
    window = data.draw(windows(Grain.DAY))
    net, gross = (list(book.bridge(*window, **_with(scope, view))) for view in View)
    assert net == gross


@given(books(), scopes(), st.data())
def test_the_gross_view_sees_at_least_what_the_net_one_sees(book: Book, scope: Scope, data: st.DataObject) -> None:
    """“Joining and leaving inside a month is invisible in the first and two movements in the second”."""
    window = data.draw(windows(scope["grain"], book.year_start))
    net, gross = (book.bridge(*window, **_with(scope, view)).rows for view in View)
    for one, other in zip(net, gross, strict=True):
        assert one.lost_customers <= other.lost_customers
        assert one.new_customers + one.reactivation_customers <= other.new_customers + other.reactivation_customers
