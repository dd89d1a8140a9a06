"""Golden: Meteroid's MRR of a subscription that changes; `meteroid/README.md` says where the numbers come from."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from tests.golden.cases import cents, load
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.live import LiveBook
from subscription_metrics.mrr.causes import CauseKind
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.periods import BillingInterval, Period

if TYPE_CHECKING:
    from collections.abc import Callable

    from subscription_metrics.mrr.listing import Movement
    from subscription_metrics.mrr.spans import Span

CASES = load("meteroid")
MONTH = BillingInterval.parse("month")
ONE_DAY = timedelta(days=1)

NOT_YET = {
    "usage_not_mrr": "usage is a billing fact that becomes an exclusion; spans know nothing of it",
}
"""Cases that can't apply before there are billing facts, with the reason."""

NOT_OURS = {
    ("end_date", "status_end"): "spans have dates and no status",
    (
        "end_date",
        "mrr_cents_after_completion",
    ): "a defect that their test keeps: MRR after the end; ours is 0, see below",
    ("add_component", "proration_invoice_cents"): "the invoice of a change: invoices are no part of MRR",
}
"""Single figures of the other cases that we don't answer, with the reason."""


def in_cents(amount: Decimal) -> int:
    """An amount of whole cents as their tests write it."""
    return int(amount * 100)


def only_movement(spans: list[Span], on: str) -> Movement:
    """The one movement of a day."""
    (movement,) = Book(spans).movements(on)
    return movement


def monthly_anniversary(given: dict[str, Any]) -> dict[str, Any]:
    """A subscription from the last day of a month bills on the last days of the shorter ones."""
    start = date.fromisoformat(given["start"])
    book = Book([span(given["start"], cents(given["monthly_cents"]))])
    invoices = [MONTH.nth(start, n) for n in range(4)]
    assert {book.mrr(str(day)) for day in invoices} == {book.mrr("2024-04")}
    return {"mrr_cents": in_cents(book.mrr("2024-04")), "invoice_dates": [str(day) for day in invoices]}


def end_date(given: dict[str, Any]) -> dict[str, Any]:
    """A subscription with a fixed end: its second period is cut, its MRR is not, and then there is none."""
    start, end = date.fromisoformat(given["start"]), date.fromisoformat(given["end_date"])
    book = Book([span(given["start"], cents(given["monthly_cents"]), given["end_date"])])
    second = MONTH.nth(start, 1)
    assert book.mrr(str(end)) == 0
    return {
        "mrr_cents_cycle_1": in_cents(book.mrr(str(start))),
        "mrr_cents_cycle_2": in_cents(book.mrr(str(second))),
        "second_period": [str(second), str(min(MONTH.nth(start, 2), end))],
    }


def scheduled_cancel(given: dict[str, Any]) -> dict[str, Any]:
    """A cancellation counts from the day on which service ends, not from the day of the request."""
    effective = date.fromisoformat(given["cancel_effective"])
    spans = [span(given["start"], cents(given["monthly_cents"]), str(effective))]
    lost = only_movement(spans, str(effective))
    assert lost.kind is MovementKind.LOST
    return {
        "mrr_cents_while_pending": in_cents(Book(spans).mrr(str(effective - ONE_DAY))),
        "mrr_cents_after_effective": in_cents(Book(spans).mrr(str(effective))),
        "churn_movement": in_cents(lost.amount),
    }


def cancel_idempotent(given: dict[str, Any]) -> dict[str, Any]:
    """Ending what has ended changes nothing: no second loss."""
    held = span("2024-01-01", cents(given["monthly_cents"]))
    first, last = Period.parse("2024-01"), Period.parse("2024-06")
    live = LiveBook([held], first, last)
    cycles = {in_cents(row.closing) for row in live.bridge()[: given["cycles"]]}
    end = date(2024, 4, 1)
    live.end(held, end)
    once = live.bridge().rows
    live.end(evolve(held, end=end), end)
    return {
        "mrr_each_cycle": cycles.pop() if len(cycles) == 1 else cycles,
        "mrr_after": in_cents(once[-1].closing),
        "cancel_event_delta": sum(in_cents(row.lost) for row in once),
        "mrr_after_reprocessing": in_cents(live.bridge()[-1].closing),
    }


def add_component(given: dict[str, Any]) -> dict[str, Any]:
    """A component added in the middle of a month adds its full monthly amount."""
    base, added = span("2024-01-01", Decimal(29)), span("2024-03-16", cents(given["add_monthly_cents"]), plan="added")
    movement = only_movement([base, added], "2024-03")
    assert movement.kind is MovementKind.EXPANSION
    return {"mrr_delta": in_cents(movement.amount)}


def remove_component(given: dict[str, Any]) -> dict[str, Any]:
    """A component taken away takes its full monthly amount."""
    removed = span("2024-01-01", cents(given["remove_monthly_cents"]), "2024-03-16", plan="removed")
    movement = only_movement([span("2024-01-01", Decimal(99)), removed], "2024-03")
    assert movement.kind is MovementKind.CONTRACTION
    return {"mrr_delta": in_cents(movement.amount)}


def addon_quantity(given: dict[str, Any]) -> dict[str, Any]:
    """Two more of the same are an expansion by quantity."""
    before, after = given["quantity_from"], given["quantity_to"]
    unit = cents(given["unit_cents"])
    old = span("2024-01-01", unit * before, "2024-03-16", quantity=before)
    movement = only_movement([old, span("2024-03-16", unit * after, quantity=after)], "2024-03")
    assert [CauseKind.QUANTITY] == [cause.kind for cause in movement.causes]
    return {"mrr_delta": in_cents(movement.amount)}


def component_price(given: dict[str, Any]) -> dict[str, Any]:
    """The same at a higher price is an expansion by price."""
    old = span("2024-01-01", cents(given["from_cents"]), "2024-03-16")
    movement = only_movement([old, span("2024-03-16", cents(given["to_cents"]))], "2024-03")
    assert [CauseKind.PRICE] == [cause.kind for cause in movement.causes]
    return {"mrr_delta": in_cents(movement.amount)}


def seats(given: dict[str, Any]) -> dict[str, Any]:
    """A platform fee and so many seats are two lines of one subscription."""
    platform = span("2024-01-01", cents(given["platform_cents"]), plan="platform")
    chairs = span("2024-01-01", given["seats"] * cents(given["seat_cents"]), plan="seats", quantity=given["seats"])
    book = Book([platform, chairs])
    assert len(book.movements("2024-01")) == 1
    return {"mrr_cents": in_cents(book.mrr("2024-01"))}


ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "monthly_anniversary": monthly_anniversary,
    "end_date": end_date,
    "scheduled_cancel": scheduled_cancel,
    "cancel_idempotent": cancel_idempotent,
    "add_component": add_component,
    "remove_component": remove_component,
    "addon_quantity": addon_quantity,
    "component_price": component_price,
    "seats_10": seats,
    "seats_5": seats,
}


def test_every_case_is_tested_or_listed() -> None:
    """No case is both, none is neither; and a figure that is listed is one of its case."""
    assert CASES.keys() == ANSWERS.keys() | NOT_YET.keys()
    assert set() == ANSWERS.keys() & NOT_YET.keys()
    assert all(figure in CASES[case]["expected"] for case, figure in NOT_OURS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_subscription_that_changes(name: str) -> None:
    """Every figure of the case that isn't listed."""
    case = CASES[name]
    expected = {figure: value for figure, value in case["expected"].items() if (name, figure) not in NOT_OURS}
    assert expected == ANSWERS[name](case["input"])
