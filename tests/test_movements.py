# Whole amounts are written as ints: 50 == Decimal(50), which mypy takes for a mistake.
# mypy: disable-error-code="comparison-overlap"
from __future__ import annotations

from decimal import Decimal

import pytest
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.mrr.spans import Level, Span

BOTH_VIEWS = pytest.mark.parametrize("view", View)


def moved(spans: list[Span], first: str, last: str, view: View = View.NET) -> list[tuple[str, str, str, str]]:
    """Day, customer, kind and amount of the movements of a window."""
    found = Book(spans).movements(first, last, view=view)
    return [(str(one.day), one.customer_id, one.kind.value, str(one.amount.normalize())) for one in found]


STORY = [
    span("2025-01-10", "50", "2025-03-05"),
    span("2025-03-05", "80", "2025-04-20"),
    span("2025-04-20", "60", "2025-06-01"),
    span("2025-08-15", "60"),
]


def test_a_customer_s_life_in_the_net_view() -> None:
    """§3: the table of movements, compared at the closes of months."""
    expected = [
        ("2025-01-31", "customer", "new", "5E+1"),
        ("2025-03-31", "customer", "expansion", "3E+1"),
        ("2025-04-30", "customer", "contraction", "-2E+1"),
        ("2025-06-30", "customer", "lost", "-6E+1"),
        ("2025-08-31", "customer", "reactivation", "6E+1"),
    ]
    assert expected == moved(STORY, "2025-01", "2025-12")


def test_a_customer_s_life_in_the_gross_view() -> None:
    """§3: the same story, each movement on its own day; an end is the first day without service."""
    expected = ["2025-01-10", "2025-03-05", "2025-04-20", "2025-06-01", "2025-08-15"]
    assert expected == [day for day, *_ in moved(STORY, "2025-01", "2025-12", View.GROSS)]


@BOTH_VIEWS
def test_a_plan_switch_by_cancelling_and_creating_is_one_expansion(view: View) -> None:
    """§3: “a plan switch done as cancel-and-create is one expansion or contraction”, at the level of customers."""
    switch = [
        span("2025-01-01", "50", "2025-02-14", subscription="old", plan="basic"),
        span("2025-02-14", "80", subscription="new", plan="pro"),
    ]
    assert [("expansion", "3E+1")] == [row[2:] for row in moved(switch, "2025-02", "2025-02", view)]


@BOTH_VIEWS
def test_a_switch_to_the_same_amount_is_no_movement(view: View) -> None:
    """§3: “> 0 | the same | – | none”."""
    switch = [
        span("2025-01-01", "50", "2025-02-14", subscription="old"),
        span("2025-02-14", "50", subscription="new"),
    ]
    assert [] == moved(switch, "2025-02", "2025-02", view)


def test_the_switch_at_the_level_of_subscriptions_is_a_loss_and_a_gain() -> None:
    """§3: “subscription and parent account are options”."""
    switch = [
        span("2025-01-01", "50", "2025-02-14", subscription="old"),
        span("2025-02-14", "80", subscription="new"),
    ]
    found = Book(switch).movements("2025-02", level=Level.SUBSCRIPTION)
    assert [("new", "new", 80), ("old", "lost", -50)] == [
        (one.customer_id, one.kind.value, one.amount) for one in found
    ]


def test_joining_and_leaving_inside_a_month() -> None:
    """§3: “is invisible in the first and two movements in the second”."""
    visit = [span("2025-02-03", "50", "2025-02-20")]
    assert [] == moved(visit, "2025-02", "2025-02")
    expected = [("2025-02-03", "customer", "new", "5E+1"), ("2025-02-20", "customer", "lost", "-5E+1")]
    assert expected == moved(visit, "2025-02", "2025-02", View.GROSS)


def test_who_was_there_only_between_two_closes_is_new_in_the_net_view_and_back_in_the_gross_one() -> None:
    """§3: “had MRR in any earlier period”, and MRR of a period is that of its last day."""
    visits = [span("2025-02-03", "50", "2025-02-20"), span("2025-05-01", "50")]
    assert ["new"] == [row[2] for row in moved(visits, "2025-05", "2025-05")]
    assert ["reactivation"] == [row[2] for row in moved(visits, "2025-05", "2025-05", View.GROSS)]


def test_who_comes_back_is_not_new_although_the_window_starts_later() -> None:
    """§3: “in any earlier period”, inside the window or not."""
    back = [span("2020-01-01", "50", "2020-03-01"), span("2025-05-01", "70")]
    assert [("2025-05-31", "customer", "reactivation", "7E+1")] == moved(back, "2025-05", "2025-05")


def test_a_free_span_is_no_mrr() -> None:
    """§3: the table compares with 0, not with nothing: paid after free is new, free after paid is lost."""
    freemium = [
        span("2025-01-01", "0", "2025-02-01"),
        span("2025-02-01", "10", "2025-03-01"),
        span("2025-03-01", "0"),
    ]
    assert ["new", "lost"] == [row[2] for row in moved(freemium, "2025-01", "2025-04")]


def test_currencies_are_never_compared() -> None:
    """§1: “Different currencies are never added”: moving to another one is a loss here, a gain there."""
    moving = [span("2025-01-01", "50", "2025-02-01", currency="EUR"), span("2025-02-01", "60", currency="USD")]
    found = Book(moving).movements("2025-02")
    assert [("EUR", "lost", -50), ("USD", "new", 60)] == [(one.currency, one.kind.value, one.amount) for one in found]


def test_a_movement_says_from_what_to_what() -> None:
    """Opening, amount and closing, of the period and the unit."""
    (one,) = Book(STORY).movements("2025-03")
    assert ("2025-03", Decimal(50), Decimal(30), Decimal(80)) == (str(one.period), one.opening, one.amount, one.closing)
    assert one.segment is None


def test_movements_of_one_kind() -> None:
    """Asked for one kind, a book lists no other; the balances are the same."""
    book = Book(STORY)
    for kind in MovementKind:
        expected = [one for one in book.movements("2025-01", "2025-12") if one.kind is kind]
        assert expected == list(book.movements("2025-01", "2025-12", kind=kind))


def test_movements_are_in_the_order_of_time_and_name() -> None:
    """Whatever the order of the input: day by day, and on one day by unit."""
    spans = [span("2025-02-01", "10", customer=name) for name in ("cat", "ann")]
    spans += [span("2025-01-01", "10", customer="bob")]
    assert ["bob", "ann", "cat"] == [one.customer_id for one in Book(spans).movements("2025-01", "2025-02")]


def test_by_default_the_movements_are_those_of_the_last_full_month() -> None:
    """A book speaks of the last month that was over on its day."""
    assert ["2025-07"] == sorted(
        {str(row.period) for row in Book([*STORY, span("2025-07-02", "1", customer="b")]).movements()}
    )
