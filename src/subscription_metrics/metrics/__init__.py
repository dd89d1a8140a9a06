"""The metrics of a subscription business: one function and one formula card each.

The formulas stand in `growth`, `retention`, `value`, `efficiency`, `concentration`, `trials` and `collection`.
They need numbers only:

    >>> from decimal import Decimal
    >>> from subscription_metrics.metrics import ChurnBase, customer_churn
    >>> customer_churn(lost_customers=12, average_customers=Decimal(96), convention=ChurnBase.AVERAGE_ACTIVE)
    Decimal('0.125')

`catalogue` lists every metric with its convention and evaluates them all from named inputs; `cards` reads the
docstrings that unit, formula and source come from; `bands` says where the field would place a figure.
"""

from __future__ import annotations

from subscription_metrics.metrics.bands import BANDS, Band, Better
from subscription_metrics.metrics.cards import Card, Measure, card_of
from subscription_metrics.metrics.catalogue import CATALOGUE, Metric, MetricValue, evaluate
from subscription_metrics.metrics.collection import collection_rate, days_sales_outstanding
from subscription_metrics.metrics.concentration import herfindahl_index, subscribers, subscriptions, top_share
from subscription_metrics.metrics.efficiency import (
    BurnBasis,
    RuleOf40,
    burn_multiple,
    cac,
    ltv_to_cac,
    magic_number,
    payback_months,
    rule_of_40,
)
from subscription_metrics.metrics.growth import (
    ArrBasis,
    Reactivation,
    arr,
    cmgr,
    growth_rate,
    mrr,
    net_new_mrr,
    quick_ratio,
    total_mrr,
)
from subscription_metrics.metrics.retention import (
    ChurnBase,
    customer_churn,
    global_churn,
    gross_mrr_churn,
    grr,
    grr_trailing_12,
    net_mrr_churn,
    nrr,
    nrr_trailing_12,
    revenue_churn,
    rolling_churn,
    voluntary_share,
)
from subscription_metrics.metrics.trials import trial_conversion
from subscription_metrics.metrics.value import LtvRule, arpa, asp, ltv, ltv_discounted

__all__ = [
    "BANDS",
    "CATALOGUE",
    "ArrBasis",
    "Band",
    "Better",
    "BurnBasis",
    "Card",
    "ChurnBase",
    "LtvRule",
    "Measure",
    "Metric",
    "MetricValue",
    "Reactivation",
    "RuleOf40",
    "arpa",
    "arr",
    "asp",
    "burn_multiple",
    "cac",
    "card_of",
    "cmgr",
    "collection_rate",
    "customer_churn",
    "days_sales_outstanding",
    "evaluate",
    "global_churn",
    "gross_mrr_churn",
    "growth_rate",
    "grr",
    "grr_trailing_12",
    "herfindahl_index",
    "ltv",
    "ltv_discounted",
    "ltv_to_cac",
    "magic_number",
    "mrr",
    "net_mrr_churn",
    "net_new_mrr",
    "nrr",
    "nrr_trailing_12",
    "payback_months",
    "quick_ratio",
    "revenue_churn",
    "rolling_churn",
    "rule_of_40",
    "subscribers",
    "subscriptions",
    "top_share",
    "total_mrr",
    "trial_conversion",
    "voluntary_share",
]
