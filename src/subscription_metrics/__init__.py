"""Exact, explained subscription revenue.

Everything a user needs is here, under one flat list of names. A name is loaded when it is asked for, so that
a program pays for what it uses. Type checkers read the imports below, the interpreter reads `_NAMES`; a test
holds them and `__all__` together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subscription_metrics.analyses.collection import ageing, collection
    from subscription_metrics.analyses.economics import Over, acquisition_costs, cohort_payback, efficiency
    from subscription_metrics.analyses.losses import LossBy, losses, losses_by
    from subscription_metrics.analyses.retention import lifetime_values, projected_retention, retention_model, survival
    from subscription_metrics.analyses.trials import FunnelBy, time_to_convert, trial_funnel
    from subscription_metrics.book import Book
    from subscription_metrics.cohorts.curves import Weighting, average_curve
    from subscription_metrics.cohorts.membership import SizeBands
    from subscription_metrics.cohorts.pictures import Picture, retention_curve
    from subscription_metrics.cohorts.sbg import Sbg
    from subscription_metrics.cohorts.survival import Lifetime, kaplan_meier, median_lifetime
    from subscription_metrics.cohorts.tables import Cohort, CohortMeasure, CohortTable, Shape
    from subscription_metrics.columns import Column, ColumnType
    from subscription_metrics.errors import (
        BeforeInception,
        ClosedPeriod,
        CreditAboveInvoice,
        EmptyBook,
        EmptyIdentifier,
        EndNotAfterStart,
        Fault,
        FloatAmount,
        ImplausibleResidual,
        InvalidInput,
        InvalidPeriod,
        InvalidValue,
        MissingAccount,
        MissingExtra,
        MissingRate,
        NegativeAmount,
        OverlappingObligations,
        PricesDontSum,
        SeveralCurrencies,
        SubscriptionMetricsError,
        UnknownContract,
        UnknownCurrency,
    )
    from subscription_metrics.exporters import (
        Exporter,
        split_for_xero,
        write_csv,
        write_json,
        write_quickbooks,
        write_xero,
    )
    from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Invoice, InvoiceLine, Payment
    from subscription_metrics.facts.spend import Purpose, Spend
    from subscription_metrics.facts.trials import Trial
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
    from subscription_metrics.projection import (
        ProjectionMethod,
        back_test,
        bootstrap,
        by_cohorts,
        project,
        six_month_average,
    )
    from subscription_metrics.quotients import Quotient, Undefined
    from subscription_metrics.rates import ConstantRates, MissingRatePolicy, QuotedRate, Rates, RateTable
    from subscription_metrics.recognition.allocation import look_through, material_right
    from subscription_metrics.recognition.balances import contract_balances, opening_and_closing, roll_forward
    from subscription_metrics.recognition.billing import dossiers, from_invoice
    from subscription_metrics.recognition.bulk import earned_daily
    from subscription_metrics.recognition.commissions import commission_table
    from subscription_metrics.recognition.contracts import (
        Commission,
        Contract,
        CostKind,
        Delivery,
        Dossier,
        Ending,
        Financing,
        Impairment,
        LateInvoices,
        Modification,
        PriceChange,
        SetUpFee,
        TargetedDiscount,
        Termination,
        Variable,
    )
    from subscription_metrics.recognition.curves import Method, Residual
    from subscription_metrics.recognition.disclosures import (
        current_and_non_current,
        remaining_obligations,
        satisfied_earlier,
        waterfall,
    )
    from subscription_metrics.recognition.financing import implicit_rate
    from subscription_metrics.recognition.journal import (
        Account,
        Chart,
        Entry,
        Grouping,
        JournalLine,
        Tracking,
        journal,
        journal_table,
    )
    from subscription_metrics.recognition.ledger import (
        Ledger,
        calendar_of_months,
        close_on,
        close_period,
        close_through,
        post_period,
        reopen_from,
        reopen_period,
        with_months,
    )
    from subscription_metrics.recognition.listing import explain_recognition, schedule_table
    from subscription_metrics.recognition.postings import Calendar, Posting
    from subscription_metrics.recognition.promises import (
        Aggregation,
        Measured,
        PerformanceObligation,
        PointInTime,
        Prepaid,
        PriceRange,
        Ratable,
        Usage,
    )
    from subscription_metrics.recognition.schedule import FiscalPeriod, Role, weeks_calendar
    from subscription_metrics.recognition.scheduling import Schedule, schedule
    from subscription_metrics.recognition.standards import Standard
    from subscription_metrics.reports.investors import investor_summary
    from subscription_metrics.results import CauseRow, CustomerRow, ExplanationRow, MetricRow, SegmentRow
    from subscription_metrics.scope import Scope, When
    from subscription_metrics.sources.charts import load_chart, load_tracking
    from subscription_metrics.sources.contracts import load_contracts, load_invoices
    from subscription_metrics.sources.csv import Reading, load_csv, read_csv
    from subscription_metrics.sources.facts import load_spend, load_trials
    from subscription_metrics.sources.ledgers import load_ledger, save_ledger
    from subscription_metrics.sources.rates import load_rates
    from subscription_metrics.tables import Table

    __version__: str

# One name a line would make this list as long as a module may be.
# fmt: off
__all__ = [
    "BANDS", "CATALOGUE", "Account", "Aggregation", "Attributes", "Band", "BeforeInception", "Better",
    "BillingInterval", "Book", "BridgeRow", "Calendar", "Cancellation", "Cause", "CauseKind", "CauseRow", "Chart",
    "ClosedPeriod", "Cohort", "CohortMeasure", "CohortTable", "Column", "ColumnType", "Commission",
    "ConstantRates", "Contract", "CostKind", "Credit", "CreditAboveInvoice", "CreditFor", "CreditKind", "CustomerRow",
    "Delivery", "Dossier", "EmptyBook", "EmptyIdentifier", "EndNotAfterStart", "Ending", "Entry", "Exclusion",
    "ExclusionReason", "ExplanationRow", "Exporter", "Fault", "Financing", "FiscalPeriod", "FloatAmount",
    "FunnelBy", "Grain", "Grouping", "Impairment", "ImplausibleResidual", "IntervalUnit", "InvalidInput",
    "InvalidPeriod",
    "InvalidValue", "Invoice", "InvoiceLine", "JournalLine", "LateInvoices", "Ledger", "Level", "Lifetime",
    "LiveBook", "LossBy", "Measured", "Method", "Metric", "MetricRow", "MetricValue", "MissingAccount",
    "MissingExtra", "MissingRate", "MissingRatePolicy", "Modification", "Movement", "MovementKind",
    "NegativeAmount", "Over", "OverlappingObligations", "Payment", "PerformanceObligation", "Period", "Picture",
    "PointInTime", "Posting", "Prepaid", "PriceChange", "PriceRange", "PricesDontSum", "ProjectionMethod",
    "Purpose", "QuotedRate", "Quotient", "Ratable", "RateTable", "Rates", "Reading", "Residual", "Role",
    "Rounding", "Sbg", "Schedule", "Scope", "SegmentRow", "SetUpFee", "SeveralCurrencies", "Shape", "SizeBands",
    "Span", "Spend", "Standard", "SubscriptionMetricsError", "Table", "TargetedDiscount", "Termination", "Tracking",
    "Trial", "Undefined", "UnknownContract", "UnknownCurrency", "Usage", "Variable", "View", "Weighting", "When",
    "acquisition_costs", "ageing", "allocate", "average_curve", "back_test", "bootstrap", "by_cohorts",
    "calendar_of_months", "close_on", "close_period", "close_through", "cohort_payback", "collection",
    "commission_table", "contract_balances", "current_and_non_current", "dossiers", "earned_daily", "efficiency",
    "evaluate", "explain_recognition", "from_invoice", "implicit_rate", "investor_summary", "journal", "journal_table",
    "kaplan_meier", "lifetime_values", "load_chart", "load_contracts", "load_csv", "load_invoices", "load_ledger",
    "load_rates", "load_spend", "load_tracking", "load_trials", "look_through", "losses", "losses_by",
    "material_right", "median_lifetime", "minor_units", "opening_and_closing", "period_range", "post_period", "project",
    "projected_retention", "read_csv", "remaining_obligations", "reopen_from", "reopen_period", "retention_curve",
    "retention_model", "roll_forward", "round_money", "satisfied_earlier", "save_ledger", "schedule", "schedule_table",
    "six_month_average", "split_for_xero", "survival", "time_to_convert", "trial_funnel", "waterfall",
    "weeks_calendar", "with_months", "write_csv", "write_json", "write_quickbooks", "write_xero",
]
# fmt: on

_NAMES = {
    "analyses.collection": "ageing collection",
    "analyses.economics": "Over acquisition_costs cohort_payback efficiency",
    "analyses.losses": "LossBy losses losses_by",
    "analyses.retention": "lifetime_values projected_retention retention_model survival",
    "analyses.trials": "FunnelBy time_to_convert trial_funnel",
    "book": "Book",
    "cohorts.curves": "Weighting average_curve",
    "cohorts.membership": "SizeBands",
    "cohorts.pictures": "Picture retention_curve",
    "cohorts.sbg": "Sbg",
    "cohorts.survival": "Lifetime kaplan_meier median_lifetime",
    "cohorts.tables": "Cohort CohortMeasure CohortTable Shape",
    "columns": "Column ColumnType",
    "errors": (
        "BeforeInception ClosedPeriod CreditAboveInvoice EmptyBook EmptyIdentifier EndNotAfterStart Fault "
        "FloatAmount ImplausibleResidual InvalidInput InvalidPeriod InvalidValue MissingAccount MissingExtra "
        "MissingRate NegativeAmount OverlappingObligations PricesDontSum SeveralCurrencies SubscriptionMetricsError "
        "UnknownContract UnknownCurrency"
    ),
    "exporters": "Exporter split_for_xero write_csv write_json write_quickbooks write_xero",
    "facts.invoices": "Credit CreditFor CreditKind Invoice InvoiceLine Payment",
    "facts.spend": "Purpose Spend",
    "facts.trials": "Trial",
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
    "projection": "ProjectionMethod back_test bootstrap by_cohorts project six_month_average",
    "quotients": "Quotient Undefined",
    "rates": "ConstantRates MissingRatePolicy QuotedRate RateTable Rates",
    "recognition.allocation": "look_through material_right",
    "recognition.balances": "contract_balances opening_and_closing roll_forward",
    "recognition.billing": "dossiers from_invoice",
    "recognition.bulk": "earned_daily",
    "recognition.commissions": "commission_table",
    "recognition.contracts": (
        "Commission Contract CostKind Delivery Dossier Ending Financing Impairment LateInvoices Modification "
        "PriceChange SetUpFee TargetedDiscount Termination Variable"
    ),
    "recognition.curves": "Method Residual",
    "recognition.disclosures": "current_and_non_current remaining_obligations satisfied_earlier waterfall",
    "recognition.financing": "implicit_rate",
    "recognition.journal": "Account Chart Entry Grouping JournalLine Tracking journal journal_table",
    "recognition.ledger": (
        "Ledger calendar_of_months close_on close_period close_through post_period reopen_from reopen_period "
        "with_months"
    ),
    "recognition.listing": "explain_recognition schedule_table",
    "recognition.postings": "Calendar Posting",
    "recognition.promises": "Aggregation Measured PerformanceObligation PointInTime Prepaid PriceRange Ratable Usage",
    "recognition.schedule": "FiscalPeriod Role weeks_calendar",
    "recognition.scheduling": "Schedule schedule",
    "recognition.standards": "Standard",
    "reports.investors": "investor_summary",
    "results": "CauseRow CustomerRow ExplanationRow MetricRow SegmentRow",
    "scope": "Scope When",
    "sources.charts": "load_chart load_tracking",
    "sources.contracts": "load_contracts load_invoices",
    "sources.csv": "Reading load_csv read_csv",
    "sources.facts": "load_spend load_trials",
    "sources.ledgers": "load_ledger save_ledger",
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
