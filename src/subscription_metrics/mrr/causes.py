"""Why a unit's MRR moved: the spans that began, ended or changed between two closes, split into exact parts.

A subscription that is there at one close only began or ended. One that is there at both is compared plan by plan:
with the plan unchanged, the change is `(q₁ − q₀) × a₀ / q₀` of quantity (the seats, at the old price) and the rest of
price; whatever is left over changed its plan. The parts of a movement sum to it exactly: the quotient is rounded to
the last unit once, and the price takes the remainder.

House rule: an ended subscription carries the cancellation of its last span, so churn can be grouped by reason and by
voluntary or not (semantics §3).
"""

from __future__ import annotations

from collections import defaultdict
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.mrr.spans import Cancellation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from subscription_metrics.mrr.spans import Span


class CauseKind(Enum):
    """What made a part of a movement."""

    PRICE = "price"
    QUANTITY = "quantity"
    PLAN = "plan"
    NEW_SUBSCRIPTION = "new subscription"
    ENDED_SUBSCRIPTION = "ended subscription"


@frozen
class Part:
    """One cause with its signed `amount` as an integer; `spans` are those it was read from."""

    kind: CauseKind
    subscription: str
    amount: int
    cancellation: Cancellation
    spans: tuple[Span, ...]


UNKNOWN = Cancellation()


def parts(spans: Sequence[Span], before: date, after: date, value: Callable[[Span], int]) -> tuple[Part, ...]:
    """Split the change of a unit that has `spans` from the close on day `before` to the close on day `after`.

    `value` gives what a span is worth at both closes; the amounts of the parts sum to the movement.
    """
    subscriptions: defaultdict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=_order):
        subscriptions[span.subscription].append(span)
    found = (part for name, own in subscriptions.items() for part in _of_subscription(name, own, before, after, value))
    return tuple(part for part in found if part.amount)


def _order(span: Span) -> tuple[str, date, str, int]:
    return span.subscription, span.start, span.plan or "", span.units


def _of_subscription(
    name: str, spans: Sequence[Span], before: date, after: date, value: Callable[[Span], int]
) -> Iterator[Part]:
    held = [span for span in spans if span.active_on(before) and span.units]
    kept = [span for span in spans if span.active_on(after) and span.units]
    if held and kept:
        yield from _changed(name, held, kept, value)
    elif kept:
        yield Part(CauseKind.NEW_SUBSCRIPTION, name, _worth(kept, value), UNKNOWN, tuple(kept))
    elif held:
        ended = (span for span in spans if span.end is not None and span.end <= after)
        last = max(ended, key=lambda span: (span.end, span.cancellation is not None))
        yield Part(CauseKind.ENDED_SUBSCRIPTION, name, -_worth(held, value), last.cancellation or UNKNOWN, tuple(held))


def _changed(name: str, held: Sequence[Span], kept: Sequence[Span], value: Callable[[Span], int]) -> Iterator[Part]:
    old, new = _by_plan(held), _by_plan(kept)
    for plan in sorted(old.keys() & new.keys(), key=str):
        yield from _same_plan(name, old[plan], new[plan], value)
    gone = [span for plan, spans in old.items() if plan not in new for span in spans]
    come = [span for plan, spans in new.items() if plan not in old for span in spans]
    yield Part(CauseKind.PLAN, name, _worth(come, value) - _worth(gone, value), UNKNOWN, (*gone, *come))


def _same_plan(name: str, old: Sequence[Span], new: Sequence[Span], value: Callable[[Span], int]) -> Iterator[Part]:
    worth, quantity = _worth(old, value), _quantity(old)
    seats = round((_quantity(new) - quantity) * worth / quantity)
    spans = (*(span for span in old if span not in new), *(span for span in new if span not in old))
    yield Part(CauseKind.QUANTITY, name, seats, UNKNOWN, spans)
    yield Part(CauseKind.PRICE, name, _worth(new, value) - worth - seats, UNKNOWN, spans)


def _by_plan(spans: Iterable[Span]) -> dict[str | None, list[Span]]:
    plans: defaultdict[str | None, list[Span]] = defaultdict(list)
    for span in spans:
        plans[span.plan].append(span)
    return dict(plans)


def _worth(spans: Iterable[Span], value: Callable[[Span], int]) -> int:
    return sum(map(value, spans))


def _quantity(spans: Iterable[Span]) -> Fraction:
    return sum((Fraction(span.quantity) for span in spans), Fraction(0))
