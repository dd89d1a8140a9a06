"""Law: the bridge adds up.

Semantics §3: “The bridge, per customer and in total, in every segment and currency: `opening + new + expansion +
reactivation + contraction + lost (+ fx) = closing`, exactly; and each closing is the next opening. Counts obey the
same identity. Tables that are rounded for reading still foot: cents are placed by largest remainder.”
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.money import exact_sum, minor_units
from subscription_metrics.mrr.bridge import BridgeRow, View, foot
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.rates import ConstantRates
from subscription_metrics.testing.strategies import CURRENCIES, books, rate_tables, scopes, windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subscription_metrics.book import Book, Scope
    from subscription_metrics.rates import RateTable

FLOWS = tuple(kind.value for kind in MovementKind)
COUNTS = tuple(f"{flow}_customers" for flow in FLOWS if flow != "fx")
GROWTH = {"new_customers": 1, "reactivation_customers": 1, "lost_customers": -1}
"""How a count changes the number of paying units; expansion and contraction leave it as it is."""

LINES = ("opening", *FLOWS, "closing", "opening_customers", *COUNTS, "closing_customers")


def check_identity(rows: Sequence[BridgeRow]) -> None:
    """Every row adds up in amounts and counts, and closes where the next row of its segment and currency opens."""
    for row in rows:
        assert row.closing == exact_sum([row.opening, *(getattr(row, flow) for flow in FLOWS)])
        joined = sum(sign * getattr(row, count) for count, sign in GROWTH.items())
        assert row.closing_customers == row.opening_customers + joined
    for before, after in pairwise(rows):
        if (before.segment, before.currency) == (after.segment, after.currency):
            assert after.period == before.period.next()
            assert after.opening == before.closing
            assert after.opening_customers == before.closing_customers


def totals(rows: Iterable[BridgeRow]) -> dict[tuple[str, str, str], Decimal]:
    """Line by line the sum over all segments, by period and currency."""
    found: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        for line in LINES:
            found[str(row.period), row.currency, line] += getattr(row, line)
    return dict(found)


@given(books(), scopes(), st.data())
def test_every_row_adds_up_and_closes_on_the_next(book: Book, scope: Scope, data: st.DataObject) -> None:
    """“`opening + new + expansion + reactivation + contraction + lost (+ fx) = closing`, exactly”, in every scope."""
    check_identity(book.bridge(*data.draw(windows(scope["grain"], book.year_start)), **scope).rows)


@given(books(), rate_tables(), scopes(), st.data())
def test_every_row_in_a_reporting_currency_adds_up(
    book: Book, rates: RateTable, scope: Scope, data: st.DataObject
) -> None:
    """“(+ fx)”: with rates that vary, the revaluation of the opening balance is a line of the identity."""
    window = data.draw(windows(scope["grain"], book.year_start))
    check_identity(book.in_currency("EUR", rates).bridge(*window, **scope).rows)


@given(books(), scopes(segments=(None,)), st.data())
def test_the_bridges_of_the_customers_add_up_to_the_whole(book: Book, scope: Scope, data: st.DataObject) -> None:
    """“Per customer and in total”: a customer's movements are its own, so its bridge is a part of the whole."""
    window = data.draw(windows(scope["grain"], book.year_start))
    by_unit: Scope = {**scope, "by": scope["level"].value}
    whole, parts = book.bridge(*window, **scope), book.bridge(*window, **by_unit)
    check_identity(parts.rows)
    if not (scope["level"].value == "parent" and any(span.parent is None for span in book.spans)):
        assert totals(whole) == totals(parts)


@given(books(), st.none() | rate_tables(), scopes(), st.data())
def test_the_movements_one_by_one_are_the_bridge(
    book: Book, rates: RateTable | None, scope: Scope, data: st.DataObject
) -> None:
    """“Amounts are signed: after − before”; added up by kind they are the lines of the bridge."""
    book = book.in_currency("EUR", rates) if rates else book
    window = data.draw(windows(scope["grain"], book.year_start))
    moved = book.movements(*window, **scope)
    assert all(one.closing == exact_sum([one.opening, one.amount]) for one in moved)
    for row in book.bridge(*window, **scope):
        place = (row.period, row.currency, row.segment)
        own = [one for one in moved if (one.period, one.currency, one.segment) == place]
        for kind in MovementKind:
            amounts = [one.amount for one in own if one.kind is kind]
            assert getattr(row, kind.value) == exact_sum(amounts)
            if kind is not MovementKind.FX:
                assert getattr(row, f"{kind.value}_customers") == len(amounts)


@given(books(), st.none() | rate_tables(), scopes(), st.data())
def test_the_causes_of_a_movement_add_up_to_it(
    book: Book, rates: RateTable | None, scope: Scope, data: st.DataObject
) -> None:
    """“Each movement carries its causes”, and they are all of it."""
    book = book.in_currency("EUR", rates) if rates else book
    for one in book.movements(*data.draw(windows(scope["grain"], book.year_start)), **scope):
        if one.kind is MovementKind.FX:
            assert one.causes == ()
        else:
            assert one.amount == exact_sum(cause.amount for cause in one.causes)


@given(books(), st.data())
def test_constant_rates_move_nothing(book: Book, data: st.DataObject) -> None:
    """“With constant rates it is 0”: nothing is revalued."""
    rates = ConstantRates({(code, "EUR"): Decimal("1.25") for code in CURRENCIES})
    scope = data.draw(scopes())
    rows = book.in_currency("EUR", rates).bridge(*data.draw(windows(scope["grain"], book.year_start)), **scope)
    assert all(row.fx == 0 for row in rows)


@given(books(), st.none() | rate_tables(), st.data())
def test_a_rounded_bridge_still_adds_up(book: Book, rates: RateTable | None, data: st.DataObject) -> None:
    """“Tables that are rounded for reading still foot”, no line is a cent away, and nothing appears from nothing."""
    book = book.in_currency("EUR", rates) if rates else book
    scope = data.draw(scopes(views=tuple(View)))
    exact = book.bridge(*data.draw(windows(scope["grain"], book.year_start)), **scope).rows
    rounded = foot(exact)
    check_identity(rounded)
    for row, precise in zip(rounded, exact, strict=True):
        places = minor_units(row.currency)
        for line in ("opening", *FLOWS, "closing"):
            amount, before = getattr(row, line), getattr(precise, line)
            assert amount == round(amount, places)
            assert abs(amount - before) < Decimal(1).scaleb(-places)
            assert before or not amount
