"""What the golden tests share: reading the cases, and spans from the few fields that these sources have."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from subscription_metrics.mrr.spans import Span

FOLDER = Path(__file__).parent


def load(source: str) -> dict[str, dict[str, Any]]:
    """The cases of a source by id; amounts are read as decimals, as they are written."""
    text = (FOLDER / source / "cases.json").read_text(encoding="utf-8")
    return {case["id"]: case for case in json.loads(text, parse_float=Decimal)}


def span(start: str, amount: Decimal, end: str | None = None, **fields: Any) -> Span:  # noqa: ANN401  # fields of a span
    """A span with ISO dates, in USD, of one customer's one subscription if nothing else is said."""
    named = {"customer": "customer", "subscription": "subscription", "currency": "USD"} | fields
    last = None if end is None else date.fromisoformat(end)
    return Span(monthly_amount=amount, start=date.fromisoformat(start), end=last, **named)


def cents(amount: int) -> Decimal:
    """Whole cents as an amount."""
    return Decimal(amount).scaleb(-2)
