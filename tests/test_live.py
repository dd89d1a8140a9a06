# Whole amounts are written as ints: 50 == Decimal(50), which mypy takes for a mistake.
# mypy: disable-error-code="comparison-overlap"
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from tests.spans import span

from subscription_metrics import live
from subscription_metrics.book import Book
from subscription_metrics.errors import EndNotAfterStart, InvalidPeriod, InvalidValue
from subscription_metrics.live import LiveBook
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind, classify
from subscription_metrics.mrr.spans import Cancellation, Level
from subscription_metrics.periods import Period

JANUARY, MARCH = Period.parse("2025-01"), Period.parse("2025-03")
ANN = span("2025-01-10", "50", customer="ann")
BOB = span("2025-02-10", "30", customer="bob")


def closings(book: LiveBook) -> list[Decimal]:
    """The closing MRR of each month."""
    return [row.closing for row in book.bridge()]


def test_a_span_that_is_added_is_there_at_once() -> None:
    """From nothing to two customers."""
    book = LiveBook([], JANUARY, MARCH)
    assert [] == closings(book)
    book.add(ANN)
    assert [50, 50, 50] == closings(book)
    book.add(BOB)
    assert [50, 80, 80] == closings(book)
    assert [(1, 0), (1, 0), (0, 0)] == [(row.new_customers, row.lost_customers) for row in book.bridge()]


def test_a_span_that_is_changed_takes_its_old_contribution_with_it() -> None:
    """Nothing of the old amount stays."""
    book = LiveBook([ANN, BOB], JANUARY, MARCH)
    book.change(ANN, evolve(ANN, monthly_amount=Decimal(70)))
    assert [70, 100, 100] == closings(book)
    book.change(BOB, evolve(BOB, start=date(2025, 3, 1)))
    assert [70, 70, 100] == closings(book)


def test_a_span_that_is_ended_is_lost_on_that_day() -> None:
    """The day given is the first one without service, and why it ended is kept."""
    book = LiveBook([ANN, BOB], JANUARY, MARCH)
    why = Cancellation("too expensive", voluntary=True)
    book.end(ANN, date(2025, 3, 31), why)
    assert [50, 80, 30] == closings(book)
    assert [why] == [one.cancellation for one in book.spans if one.customer == "ann"]
    assert -50 == book.bridge()[-1].lost


def test_a_second_span_of_a_customer_is_an_expansion() -> None:
    """The unit is the customer, as everywhere; the level may be another."""
    second = span("2025-02-01", "20", customer="ann", subscription="second")
    book, by_subscription = (
        LiveBook([ANN], JANUARY, MARCH, level=level) for level in (Level.CUSTOMER, Level.SUBSCRIPTION)
    )
    for one in (book, by_subscription):
        one.add(second)
    assert (20, 0) == (book.bridge()[1].expansion, book.bridge()[1].new)
    assert (0, 20) == (by_subscription.bridge()[1].expansion, by_subscription.bridge()[1].new)


def test_a_change_may_give_a_span_to_another_customer() -> None:
    """Both are recalculated: one loses it, the other has it."""
    book = LiveBook([ANN, BOB], JANUARY, MARCH)
    book.change(BOB, evolve(BOB, customer="ann"))
    assert (30, 1, 1) == (
        book.bridge()[1].expansion,
        book.bridge()[1].expansion_customers,
        book.bridge()[1].closing_customers,
    )


def test_a_currency_that_nobody_pays_in_any_more_is_gone() -> None:
    """As in a book built from what is left."""
    book = LiveBook([ANN, evolve(BOB, currency="EUR")], JANUARY, MARCH)
    book.change(evolve(BOB, currency="EUR"), BOB)
    assert {"USD"} == {row.currency for row in book.bridge()}
    assert [50, 80, 80] == closings(book)


def test_what_does_not_recur_is_held_and_not_counted() -> None:
    """Instalments are in total MRR only, and a bridge is of recurring MRR."""
    book = LiveBook([ANN], JANUARY, MARCH)
    book.add(evolve(BOB, recurring=False))
    assert [50, 50, 50] == closings(book)
    assert 2 == len(list(book.spans))


@pytest.mark.parametrize("act", ["change", "end"])
def test_a_span_that_is_not_there_is_refused_and_nothing_changes(act: str) -> None:
    """The error says what to pass; the book is as it was."""
    book = LiveBook([ANN], JANUARY, MARCH)
    with pytest.raises(InvalidValue, match="is not in the book"):
        book.change(BOB, ANN) if act == "change" else book.end(BOB, date(2025, 3, 1))
    assert [50, 50, 50] == closings(book)


def test_an_end_before_the_start_is_refused_and_nothing_changes() -> None:
    """A span holds a day at least."""
    book = LiveBook([ANN], JANUARY, MARCH)
    with pytest.raises(EndNotAfterStart):
        book.end(ANN, ANN.start)
    assert [50, 50, 50] == closings(book)


def test_a_window_runs_forward() -> None:
    """The periods of a live book are fixed, and checked, when it is made."""
    with pytest.raises(InvalidPeriod, match="must not be before"):
        LiveBook([], MARCH, JANUARY)


def test_equal_spans_are_two() -> None:
    """Spans have no identity: of two equal ones, one is ended and one stays."""
    book = LiveBook([ANN, ANN], JANUARY, MARCH)
    assert [100, 100, 100] == closings(book)
    book.end(ANN, date(2025, 2, 1))
    assert [100, 50, 50] == closings(book)


@pytest.mark.parametrize("view", View)
def test_it_is_the_bridge_of_a_book(view: View) -> None:
    """The same table: rows, columns, and how it is rounded for reading."""
    expected = Book([ANN, BOB]).bridge(JANUARY, MARCH, view=view)
    actual = LiveBook([BOB, ANN], JANUARY, MARCH, view=view).bridge()
    assert expected == actual
    assert expected.for_reading() == actual.for_reading()


def test_a_change_recalculates_one_customer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: taking one customer out and in again compares a handful of closes."""
    crowd = [evolve(ANN, customer=f"customer {n}") for n in range(200)]
    book = LiveBook(crowd, JANUARY, MARCH)
    compared: list[int] = []

    def counted(before: int | None, after: int) -> MovementKind | None:
        compared.append(after)
        return classify(before, after)

    monkeypatch.setattr(live, "classify", counted)
    book.change(crowd[7], evolve(crowd[7], monthly_amount=Decimal(51)))
    assert 0 < len(compared) < 10
    assert [10_001] * 3 == closings(book)
