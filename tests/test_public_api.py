"""The names that users may rely on: changing this file is changing the public interface."""

from __future__ import annotations

import ast
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import subscription_metrics

API_PAGE = Path(__file__).resolve().parents[1] / "docs/reference/api.md"

PUBLIC_NAMES = [
    "BANDS",
    "CATALOGUE",
    "Account",
    "Aggregation",
    "Attributes",
    "Band",
    "BeforeInception",
    "Better",
    "BillingInterval",
    "Book",
    "BridgeRow",
    "Calendar",
    "Cancellation",
    "Cause",
    "CauseKind",
    "CauseRow",
    "Chart",
    "ClosedPeriod",
    "Cohort",
    "CohortMeasure",
    "CohortTable",
    "Column",
    "ColumnType",
    "Commission",
    "ConstantRates",
    "Contract",
    "CostKind",
    "Credit",
    "CreditAboveInvoice",
    "CreditFor",
    "CreditKind",
    "CustomerRow",
    "Delivery",
    "Dossier",
    "EmptyBook",
    "EmptyIdentifier",
    "EndNotAfterStart",
    "Ending",
    "Entry",
    "Exclusion",
    "ExclusionReason",
    "ExplanationRow",
    "Exporter",
    "Fault",
    "Financing",
    "FiscalPeriod",
    "FloatAmount",
    "FunnelBy",
    "Grain",
    "Grouping",
    "Impairment",
    "ImplausibleResidual",
    "IntervalUnit",
    "InvalidInput",
    "InvalidPeriod",
    "InvalidValue",
    "Invoice",
    "InvoiceLine",
    "JournalLine",
    "LateInvoices",
    "Ledger",
    "Level",
    "Lifetime",
    "LiveBook",
    "LossBy",
    "Measured",
    "Method",
    "Metric",
    "MetricRow",
    "MetricValue",
    "MissingAccount",
    "MissingExtra",
    "MissingRate",
    "MissingRatePolicy",
    "Modification",
    "Movement",
    "MovementKind",
    "NegativeAmount",
    "Over",
    "OverlappingObligations",
    "Payment",
    "PerformanceObligation",
    "Period",
    "Picture",
    "PointInTime",
    "Posting",
    "Prepaid",
    "PriceChange",
    "PriceRange",
    "PricesDontSum",
    "ProjectionMethod",
    "Purpose",
    "QuotedRate",
    "Quotient",
    "Ratable",
    "RateTable",
    "Rates",
    "Reading",
    "Residual",
    "Role",
    "Rounding",
    "Sbg",
    "Schedule",
    "Scope",
    "SegmentRow",
    "SetUpFee",
    "SeveralCurrencies",
    "Shape",
    "SizeBands",
    "Span",
    "Spend",
    "Standard",
    "SubscriptionMetricsError",
    "Table",
    "TargetedDiscount",
    "Termination",
    "Tracking",
    "Trial",
    "Undefined",
    "UnknownContract",
    "UnknownCurrency",
    "Usage",
    "Variable",
    "View",
    "Weighting",
    "When",
    "acquisition_costs",
    "ageing",
    "allocate",
    "average_curve",
    "back_test",
    "bootstrap",
    "by_cohorts",
    "calendar_of_months",
    "close_on",
    "close_period",
    "close_through",
    "cohort_payback",
    "collection",
    "commission_table",
    "contract_balances",
    "current_and_non_current",
    "dossiers",
    "earned_daily",
    "efficiency",
    "evaluate",
    "explain_recognition",
    "from_invoice",
    "implicit_rate",
    "investor_summary",
    "journal",
    "journal_table",
    "kaplan_meier",
    "lifetime_values",
    "load_chart",
    "load_contracts",
    "load_csv",
    "load_invoices",
    "load_ledger",
    "load_rates",
    "load_spend",
    "load_tracking",
    "load_trials",
    "look_through",
    "losses",
    "losses_by",
    "material_right",
    "median_lifetime",
    "minor_units",
    "opening_and_closing",
    "period_range",
    "post_period",
    "project",
    "projected_retention",
    "read_csv",
    "remaining_obligations",
    "reopen_from",
    "reopen_period",
    "retention_curve",
    "retention_model",
    "roll_forward",
    "round_money",
    "satisfied_earlier",
    "save_ledger",
    "schedule",
    "schedule_table",
    "six_month_average",
    "split_for_xero",
    "survival",
    "time_to_convert",
    "trial_funnel",
    "waterfall",
    "weeks_calendar",
    "with_months",
    "write_csv",
    "write_json",
    "write_quickbooks",
    "write_xero",
]


def imported_for_type_checkers() -> dict[str, str]:
    """Name → module, as the imports of `__init__.py` say."""
    module = ast.parse(Path(subscription_metrics.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(module) if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: (node.module or "").removeprefix("subscription_metrics.")
        for node in imports
        if (node.module or "").startswith("subscription_metrics.")
        for alias in node.names
    }


def test_the_public_names_are_pinned() -> None:
    """A name appears or goes only on purpose."""
    assert sorted(PUBLIC_NAMES) == sorted(subscription_metrics.__all__)


def test_type_checkers_and_the_interpreter_find_the_same_names_in_the_same_places() -> None:
    """The imports that type checkers read, the table that the interpreter reads, and `__all__` agree."""
    assert imported_for_type_checkers() == subscription_metrics._HOMES  # noqa: SLF001 - the table under test
    assert set(imported_for_type_checkers()) == set(subscription_metrics.__all__)


def test_the_public_names_complete() -> None:
    """A notebook offers the public names before any of them was used."""
    assert {*PUBLIC_NAMES, "__version__"} == set(dir(subscription_metrics))


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_can_be_imported_from_the_package(name: str) -> None:
    """Where a name lives is nobody's business but the library's."""
    assert getattr(subscription_metrics, name) is not None


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_is_on_the_reference_page(name: str) -> None:
    """What isn't documented doesn't exist for a user."""
    assert f"::: subscription_metrics.{name}" in API_PAGE.read_text(encoding="utf-8").splitlines()


def test_the_version_is_the_one_of_the_installed_package() -> None:
    """One place says which version this is."""
    assert version("subscription-metrics") == subscription_metrics.__version__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The module answers for `__version__` and for nothing else that it doesn't have."""
    with pytest.raises(AttributeError, match="has no attribute 'bridge_of_sighs'"):
        _ = subscription_metrics.bridge_of_sighs  # type: ignore[attr-defined]  # type checkers see it too


def test_the_installed_package_says_that_it_is_typed() -> None:
    """Type checkers read annotations only of packages that carry this mark."""
    assert files("subscription_metrics").joinpath("py.typed").is_file()
