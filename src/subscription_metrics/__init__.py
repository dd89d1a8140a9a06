"""Exact, explained subscription revenue.

Everything a user needs is here under one flat list of names; the modules behind it are named in `ARCHITECTURE.md`.
"""

from __future__ import annotations

from subscription_metrics.errors import InvalidInput, InvalidValue, SubscriptionMetricsError

__all__ = [
    "InvalidInput",
    "InvalidValue",
    "SubscriptionMetricsError",
]


def __getattr__(name: str) -> str:
    """Read `__version__` from the installed metadata when asked: importing the package doesn't pay for it."""
    if name != "__version__":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib.metadata import version  # noqa: PLC0415 - costs as much to import as the whole package

    return version("subscription-metrics")
