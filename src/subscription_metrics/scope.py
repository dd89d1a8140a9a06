"""How a question to a book is meant: the keywords that its methods share."""

from __future__ import annotations

from typing import TypedDict

from subscription_metrics.mrr.bridge import View  # noqa: TC001  # a `TypedDict` is read at run time, too
from subscription_metrics.mrr.spans import Level  # noqa: TC001  # the same
from subscription_metrics.periods import Grain, Period

When = Period | str
"""A period, or its label: `"2025-01"`, `"2025-Q1"`, `"2025-W03"`, `"2025"`, `"2025-01-31"`."""


class Scope(TypedDict, total=False):
    """How a question about periods is meant; every key has a default."""

    grain: Grain
    """The grain of the periods: by default that of the first one given, else months."""
    view: View
    """`NET` compares closes of periods (the default), `GROSS` compares days and sums them."""
    level: Level
    """Whose MRR is compared: each customer's (the default), subscription's or parent account's."""
    by: str | None
    """A field or attribute of the spans: one answer for each of its values, computed from those spans alone."""
    currency: str | None
    """Only this one of the book's currencies."""
