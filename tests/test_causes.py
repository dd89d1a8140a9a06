# Whole amounts are written as ints: 50 == Decimal(50), which mypy takes for a mistake.
# mypy: disable-error-code="comparison-overlap"
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.causes import CauseKind
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.mrr.spans import Cancellation, Level, Span

PRICE, QUANTITY, PLAN = CauseKind.PRICE, CauseKind.QUANTITY, CauseKind.PLAN
BEGUN, ENDED = CauseKind.NEW_SUBSCRIPTION, CauseKind.ENDED_SUBSCRIPTION


def causes(spans: list[Span], period: str = "2025-02", view: View = View.NET) -> list[tuple[CauseKind, Decimal]]:
    """Kind and amount of the causes of a period's movements."""
    return [(one.kind, one.amount) for moved in Book(spans).movements(period, view=view) for one in moved.causes]


def change(old: dict[str, Any], new: dict[str, Any]) -> list[Span]:
    """One subscription that changes on 10 February; amounts are under `amount`."""
    return [
        span("2025-01-01", str(old.pop("amount")), "2025-02-10", **old),
        span("2025-02-10", str(new.pop("amount")), **new),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"amount": 50}, {"amount": 60}, [(PRICE, 10)]),
        ({"amount": 50, "quantity": 5}, {"amount": 70, "quantity": 7}, [(QUANTITY, 20)]),
        ({"amount": 50, "quantity": 5}, {"amount": 30, "quantity": 3}, [(QUANTITY, -20)]),
        ({"amount": 50, "quantity": 5}, {"amount": 84, "quantity": 7}, [(QUANTITY, 20), (PRICE, 14)]),
        ({"amount": 50, "quantity": 5}, {"amount": 40, "quantity": 8}, [(QUANTITY, 30), (PRICE, -40)]),
        ({"amount": 50, "plan": "basic"}, {"amount": 80, "plan": "pro"}, [(PLAN, 30)]),
        ({"amount": 80, "plan": "pro", "quantity": 2}, {"amount": 50, "plan": "basic", "quantity": 5}, [(PLAN, -30)]),
    ],
)
def test_a_change_is_of_price_quantity_or_plan(
    old: dict[str, Any], new: dict[str, Any], expected: list[tuple[CauseKind, int]]
) -> None:
    """§3: “split into the part due to price, quantity, plan”: seats at the old price, the rest is price."""
    assert expected == causes(change(old, new))


def test_the_rounding_of_a_quantity_is_taken_up_by_the_price() -> None:
    """A third of 20.00 has no last digit: it is rounded to the nearest, and the parts are 6.66666666 all the same."""
    parts = causes(change({"amount": 20, "quantity": 3}, {"amount": "26.66666666", "quantity": 4}))
    assert [(QUANTITY, Decimal("6.66666667")), (PRICE, Decimal("-0.00000001"))] == parts


def test_a_quantity_may_be_broken() -> None:
    """Half a seat more is a quarter of the price of two."""
    assert [(QUANTITY, 10)] == causes(change({"amount": 40, "quantity": 2}, {"amount": 50, "quantity": Decimal("2.5")}))


@pytest.mark.parametrize("view", View)
def test_a_subscription_that_begins_or_ends(view: View) -> None:
    """§3: “new subscription, ended subscription”: a second one beside the first, and its end."""
    both = [span("2025-01-01", "50", subscription="a"), span("2025-02-03", "20", "2025-03-07", subscription="b")]
    assert [(BEGUN, 20)] == causes(both, view=view)
    assert [(ENDED, -20)] == causes(both, "2025-03", view=view)


def test_an_exchange_of_subscriptions_has_two_causes() -> None:
    """A movement is one number; its causes are all that went into it, in the order of the subscriptions."""
    exchange = [
        span("2025-01-01", "50", "2025-02-10", subscription="old"),
        span("2025-02-10", "80", subscription="new"),
    ]
    assert [(BEGUN, 80), (ENDED, -50)] == causes(exchange)


def test_one_plan_added_beside_another() -> None:
    """A subscription that gets another line of another plan changed its plan, by that line's amount."""
    lines = [span("2025-01-01", "50", plan="base"), span("2025-02-10", "20", plan="extra")]
    assert [(PLAN, 20)] == causes(lines)


def test_what_happened_and_was_undone_between_two_closes_is_no_cause() -> None:
    """The net view compares closes: a trip there and back leaves nothing."""
    trip = [span("2025-01-01", "50"), span("2025-02-03", "20", "2025-02-20", subscription="b")]
    assert [] == causes(trip)
    assert [(BEGUN, 20), (ENDED, -20)] == causes(trip, view=View.GROSS)


WHY = Cancellation("too expensive", voluntary=True)
CARD = Cancellation("card expired", voluntary=False)

LEAVING = [
    span("2025-01-01", "50", "2025-02-10", customer="ann", cancellation=WHY),
    span("2025-01-01", "30", "2025-02-11", customer="bob", cancellation=CARD),
    span("2025-01-01", "20", "2025-02-12", customer="cat", cancellation=WHY),
    span("2025-01-01", "10", "2025-02-13", customer="dan"),
]


def test_a_loss_takes_the_reason_of_its_cancellation() -> None:
    """§3: “a lost movement takes the reason and the voluntary/involuntary mark of the cancellations that caused it”."""
    found = [
        (one.customer_id, one.causes[0].reason, one.causes[0].voluntary) for one in Book(LEAVING).movements("2025-02")
    ]
    expected = [
        ("ann", "too expensive", True),
        ("bob", "card expired", False),
        ("cat", "too expensive", True),
        ("dan", None, None),
    ]
    assert expected == found


def test_churn_by_reason() -> None:
    """§3: “reports group by them”: amounts and numbers by reason and will."""
    found = {(row.reason, row.voluntary): (row.amount, row.parts) for row in Book(LEAVING).causes("2025-02")}
    assert {("too expensive", True): (-70, 2), ("card expired", False): (-30, 1), (None, None): (-10, 1)} == found
    assert {(MovementKind.LOST, ENDED)} == {(row.kind, row.cause) for row in Book(LEAVING).causes("2025-02")}


def test_the_reason_is_that_of_the_last_span() -> None:
    """A span that was replaced did not end the subscription; the one that ended last did."""
    replaced = [
        span("2025-01-01", "50", "2025-02-05", cancellation=Cancellation("upgrade")),
        span("2025-02-05", "80", "2025-02-20", cancellation=WHY),
    ]
    (lost,) = Book(replaced).movements("2025-02")
    assert [("too expensive", -50)] == [(one.reason, one.amount) for one in lost.causes]


def test_a_contraction_takes_the_reason_of_what_ended() -> None:
    """One of two subscriptions cancelled is a contraction; why it ended is known all the same."""
    both = [span("2025-01-01", "50"), span("2025-01-01", "20", "2025-02-10", subscription="b", cancellation=WHY)]
    (one,) = Book(both).movements("2025-02")
    assert (MovementKind.CONTRACTION, "too expensive") == (one.kind, one.causes[0].reason)


def test_a_cause_leads_back_to_its_rows() -> None:
    """§1: “total → movement → span → subscription → source row”: of a change, the rows before and after."""
    rows = [
        span("2025-01-01", "50", "2025-02-10", source="a.csv", line=2),
        span("2025-02-10", "60", source="a.csv", line=3),
        span("2025-01-01", "5", plan="untouched", source="a.csv", line=4),
    ]
    (one,) = Book(rows).movements("2025-02")
    assert [("subscription", ("a.csv:2", "a.csv:3"))] == [(cause.subscription, cause.origins) for cause in one.causes]


def test_a_change_of_price_in_a_segment_stays_in_it() -> None:
    """A move from one segment to another is a loss here and a gain there, with the causes of each."""
    move = change({"amount": 50, "plan": "basic"}, {"amount": 80, "plan": "pro"})
    found = {one.segment: (one.kind, one.causes[0].kind) for one in Book(move).movements("2025-02", by="plan")}
    assert {"basic": (MovementKind.LOST, ENDED), "pro": (MovementKind.NEW, BEGUN)} == found


def test_causes_at_the_level_of_parents() -> None:
    """A subsidiary that joins is a new subscription of the group."""
    group = [
        span("2025-01-01", "50", customer="ann", parent="group"),
        span("2025-02-10", "20", customer="bob", parent="group"),
    ]
    (one,) = Book(group).movements("2025-02", level=Level.PARENT)
    assert ("group", MovementKind.EXPANSION, [(BEGUN, "bob")]) == (
        one.customer_id,
        one.kind,
        [(cause.kind, cause.subscription) for cause in one.causes],
    )
