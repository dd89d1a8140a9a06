"""Exact, explained subscription revenue.

Everything a user needs is here, under one flat list of names. A name is loaded when it is asked for, so that
a program pays for what it uses. Type checkers read the imports below, the interpreter reads `_NAMES`; a test
holds them and `__all__` together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subscription_metrics.book import Book
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
    from subscription_metrics.live import LiveBook
    from subscription_metrics.metrics.bands import BANDS, Band, Better
    from subscription_metrics.metrics.catalogue import CATALOGUE, Metric, MetricValue, evaluate
    from subscription_metrics.money import Rounding, allocate, minor_units, round_money
    from subscription_metrics.mrr.bridge import BridgeRow, View
    from subscription_metrics.mrr.causes import CauseKind
    from subscription_metrics.mrr.listing import Cause, Movement
    from subscription_metrics.mrr.movements import MovementKind
    from subscription_metrics.mrr.spans import Attributes, Cancellation, Exclusion, ExclusionReason, Level, Span
    from subscription_metrics.periods import BillingInterval, Grain, IntervalUnit, Period, period_range
    from subscription_metrics.quotients import Quotient, Undefined
    from subscription_metrics.rates import ConstantRates, MissingRatePolicy, QuotedRate, Rates, RateTable
    from subscription_metrics.results import CauseRow, CustomerRow, ExplanationRow, MetricRow, SegmentRow
    from subscription_metrics.scope import Scope, When
    from subscription_metrics.sources.csv import Reading, load_csv, read_csv
    from subscription_metrics.sources.rates import load_rates
    from subscription_metrics.tables import Table

    __version__: str

__all__ = [
    "BANDS",
    "CATALOGUE",
    "Attributes",
    "Band",
    "Better",
    "BillingInterval",
    "Book",
    "BridgeRow",
    "Cancellation",
    "Cause",
    "CauseKind",
    "CauseRow",
    "Column",
    "ColumnType",
    "ConstantRates",
    "CustomerRow",
    "EmptyIdentifier",
    "EndNotAfterStart",
    "Exclusion",
    "ExclusionReason",
    "ExplanationRow",
    "Exporter",
    "Fault",
    "FloatAmount",
    "Grain",
    "IntervalUnit",
    "InvalidInput",
    "InvalidPeriod",
    "InvalidValue",
    "Level",
    "LiveBook",
    "Metric",
    "MetricRow",
    "MetricValue",
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
    "Reading",
    "Rounding",
    "Scope",
    "SegmentRow",
    "SeveralCurrencies",
    "Span",
    "SubscriptionMetricsError",
    "Table",
    "Undefined",
    "UnknownCurrency",
    "View",
    "When",
    "allocate",
    "evaluate",
    "load_csv",
    "load_rates",
    "minor_units",
    "period_range",
    "read_csv",
    "round_money",
    "write_csv",
    "write_json",
]

_NAMES = {
    "book": "Book",
    "scope": "Scope When",
    "columns": "Column ColumnType",
    "errors": (
        "EmptyIdentifier EndNotAfterStart Fault FloatAmount InvalidInput InvalidPeriod InvalidValue "
        "MissingExtra MissingRate NegativeAmount SeveralCurrencies SubscriptionMetricsError UnknownCurrency"
    ),
    "exporters": "Exporter write_csv write_json",
    "live": "LiveBook",
    "metrics.bands": "BANDS Band Better",
    "metrics.catalogue": "CATALOGUE Metric MetricValue evaluate",
    "money": "Rounding allocate minor_units round_money",
    "mrr.bridge": "BridgeRow View",
    "mrr.causes": "CauseKind",
    "mrr.listing": "Cause Movement",
    "mrr.movements": "MovementKind",
    "mrr.spans": "Attributes Cancellation Exclusion ExclusionReason Level Span",
    "periods": "BillingInterval Grain IntervalUnit Period period_range",
    "quotients": "Quotient Undefined",
    "rates": "ConstantRates MissingRatePolicy QuotedRate RateTable Rates",
    "results": "CauseRow CustomerRow ExplanationRow MetricRow SegmentRow",
    "sources.csv": "Reading load_csv read_csv",
    "sources.rates": "load_rates",
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
