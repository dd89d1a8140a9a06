"""Exact, explained subscription revenue.

Everything a user needs is here, under one flat list of names. A name is loaded when it is asked for, so that
a program pays for what it uses. Type checkers read the imports below, the interpreter reads `_NAMES`; a test
holds them and `__all__` together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subscription_metrics.columns import Column, ColumnType
    from subscription_metrics.errors import (
        EmptyIdentifier,
        EndNotAfterStart,
        Fault,
        FloatAmount,
        InvalidInput,
        InvalidPeriod,
        InvalidValue,
        MissingExtra,
        MissingRate,
        NegativeAmount,
        SeveralCurrencies,
        SubscriptionMetricsError,
        UnknownCurrency,
    )
    from subscription_metrics.exporters import Exporter, write_csv, write_json
    from subscription_metrics.money import (
        ConstantRates,
        MissingRatePolicy,
        QuotedRate,
        Rates,
        RateTable,
        Rounding,
        allocate,
        minor_units,
        round_money,
    )
    from subscription_metrics.mrr.bridge import BridgeRow, View
    from subscription_metrics.mrr.causes import CauseKind
    from subscription_metrics.mrr.listing import Cause, Movement
    from subscription_metrics.mrr.movements import MovementKind
    from subscription_metrics.mrr.spans import Attributes, Cancellation, Level, Span
    from subscription_metrics.periods import BillingInterval, Grain, IntervalUnit, Period, period_range
    from subscription_metrics.quotients import Quotient, Undefined
    from subscription_metrics.tables import Table

    __version__: str

__all__ = [
    "Attributes",
    "BillingInterval",
    "BridgeRow",
    "Cancellation",
    "Cause",
    "CauseKind",
    "Column",
    "ColumnType",
    "ConstantRates",
    "EmptyIdentifier",
    "EndNotAfterStart",
    "Exporter",
    "Fault",
    "FloatAmount",
    "Grain",
    "IntervalUnit",
    "InvalidInput",
    "InvalidPeriod",
    "InvalidValue",
    "Level",
    "MissingExtra",
    "MissingRate",
    "MissingRatePolicy",
    "Movement",
    "MovementKind",
    "NegativeAmount",
    "Period",
    "QuotedRate",
    "Quotient",
    "RateTable",
    "Rates",
    "Rounding",
    "SeveralCurrencies",
    "Span",
    "SubscriptionMetricsError",
    "Table",
    "Undefined",
    "UnknownCurrency",
    "View",
    "allocate",
    "minor_units",
    "period_range",
    "round_money",
    "write_csv",
    "write_json",
]

_NAMES = {
    "columns": "Column ColumnType",
    "errors": (
        "EmptyIdentifier EndNotAfterStart Fault FloatAmount InvalidInput InvalidPeriod InvalidValue "
        "MissingExtra MissingRate NegativeAmount SeveralCurrencies SubscriptionMetricsError UnknownCurrency"
    ),
    "exporters": "Exporter write_csv write_json",
    "money": ("ConstantRates MissingRatePolicy QuotedRate RateTable Rates Rounding allocate minor_units round_money"),
    "mrr.bridge": "BridgeRow View",
    "mrr.causes": "CauseKind",
    "mrr.listing": "Cause Movement",
    "mrr.movements": "MovementKind",
    "mrr.spans": "Attributes Cancellation Level Span",
    "periods": "BillingInterval Grain IntervalUnit Period period_range",
    "quotients": "Quotient Undefined",
    "tables": "Table",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker would take `__getattr__` as leave for any name

    def __getattr__(name: str) -> object:
        """Load a public name; `__version__` is read from the installed metadata."""
        if name in _HOMES:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        if name == "__version__":
            return import_module("importlib.metadata").version("subscription-metrics")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """The public names, for completion."""
        return [*__all__, "__version__"]
