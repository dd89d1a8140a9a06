"""Spans in few words, for tests that one reads by eye."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from subscription_metrics.mrr.spans import Span


def span(start: str, amount: Decimal | str, end: str | None = None, **fields: Any) -> Span:  # noqa: ANN401  # fields of a span
    """A span with ISO dates, in USD, of one customer's one subscription if nothing else is said."""
    named = {"customer": "customer", "subscription": fields.get("customer", "subscription"), "currency": "USD"} | fields
    last = None if end is None else date.fromisoformat(end)
    return Span(monthly_amount=Decimal(amount), start=date.fromisoformat(start), end=last, **named)
