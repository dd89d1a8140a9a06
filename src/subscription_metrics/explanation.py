"""Why a fact is in MRR on a day, or why it is not: the first rule of `RULES` that holds, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from subscription_metrics.mrr.spans import Exclusion, Span
from subscription_metrics.results import ExplanationRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

RULES: tuple[tuple[Callable[[Span, date], bool], Callable[[Span, date], str]], ...] = (
    (lambda span, day: span.start > day, lambda span, day: f"left out: starts on {span.start}, after {day}"),
    (lambda span, day: not span.active_on(day), lambda span, _: f"left out: ended on {span.end}{_reason(span)}"),
    (lambda span, _: not span.units, lambda _, __: "left out: free"),
    (lambda span, _: not span.recurring, lambda _, __: "left out: does not recur, counted in total MRR only"),
    (lambda _, __: True, lambda span, day: f"counted: in service on {day}{_until(span)}"),
)
"""Whether a rule holds for a span on a day, and what it says; the last one always holds."""


def explained(fact: Span | Exclusion, day: date) -> ExplanationRow:
    """What `fact` contributes to MRR at the close of `day`, and why."""
    amount, why, currency = None, "", None
    counted = Decimal(0)
    if isinstance(fact, Exclusion):
        why = f"left out: {fact.reason.value}"
    else:
        amount, currency = fact.monthly_amount, fact.currency
        why = next(say(fact, day) for holds, say in RULES if holds(fact, day))
        counted = amount if fact.recurring and fact.active_on(day) else counted
    return ExplanationRow(
        subscription=fact.subscription,
        plan=fact.plan,
        currency=currency,
        start=fact.start,
        end=fact.end,
        monthly_amount=amount,
        mrr=counted,
        why=why,
        origin=fact.origin,
    )


def _reason(span: Span) -> str:
    return f" ({span.cancellation.reason})" if span.cancellation and span.cancellation.reason else ""


def _until(span: Span) -> str:
    return f", ends on {span.end}" if span.end else ""
