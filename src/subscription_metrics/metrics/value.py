"""What a customer is worth: revenue per head, and what can be expected of it before the customer leaves.

Lifetime value is an estimate that assumes that everybody leaves at the same monthly rate for ever. At a rate near
0 the lifetime has no end; vendors cut it off in different ways, and `LtvRule` lists them. The card rules are those
of `growth`.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Final

from subscription_metrics.metrics.arithmetic import (
    NOT_GIVEN,
    Operand,
    formula,
    product,
    ratio,
    ratio_to_positive,
    total,
)
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient

LEAST_CHURN: Final = Decimal("0.005")
"""A month. Gocroco shows no LTV below it: a lifetime of more than 200 months is no estimate."""

ASSUMED_LIFETIME: Final = 36
"""Months that Invoiced takes for a lifetime when nobody leaves."""


class LtvRule(Enum):
    """What is divided by which churn, and what happens when churn is near 0."""

    HIDDEN_WHEN_LOW = "hidden_when_low"
    """Undefined below half a percent a month."""
    WITH_MARGIN = "with_margin"
    """Of the gross margin only."""
    THIRTY_SIX_MONTHS = "thirty_six_months"
    """At no churn at all, a lifetime of 36 months."""
    REVENUE_CHURN = "revenue_churn"
    """The share of MRR that leaves, instead of the share of customers."""


@formula
def arpa(closing: Operand, closing_customers: Operand) -> Quotient:
    """Average revenue per account, also called ARPU.

    Formula:
        closing / closing_customers

    Args:
        closing: MRR on the last day [currency per month]
        closing_customers: customers who pay on the last day [customers]

    Returns:
        MRR per customer [currency per customer per month]

    Undefined when:
        nobody pays on the last day

    Example:
        >>> arpa(closing=Decimal(12500), closing_customers=150)
        Decimal('83.33333333333333333333333333')

    Source:
        activecollab/insight, test/src/ArpuTest.php
    """
    return ratio(closing, closing_customers, "nobody pays on the last day")


@formula
def asp(new: Operand, new_customers: Operand) -> Quotient:
    """Average selling price: what a first-time customer of the period pays.

    Formula:
        new / new_customers

    Args:
        new: MRR of first-time customers [currency per month]
        new_customers: first-time customers [customers]

    Returns:
        MRR per new customer [currency per customer per month]

    Undefined when:
        nobody is new

    Example:
        >>> asp(new=Decimal(600), new_customers=8)
        Decimal('75')

    Source:
        Invoiced
    """
    return ratio(new, new_customers, "there is no new customer")


@formula
def ltv(
    *,
    arpa: Operand,
    customer_churn: Operand = NOT_GIVEN,
    revenue_churn: Operand = NOT_GIVEN,
    gross_margin: Operand = NOT_GIVEN,
    convention: LtvRule = LtvRule.HIDDEN_WHEN_LOW,
) -> Quotient:
    """Lifetime value, estimated: what a customer brings before leaving, if churn stays what it was.

    The churn is that of a month, because ARPA is.

    Formula:
        HIDDEN_WHEN_LOW: arpa / customer_churn
        WITH_MARGIN: arpa × gross_margin / customer_churn
        THIRTY_SIX_MONTHS: arpa / customer_churn if customer_churn > 0 else 36 × arpa
        REVENUE_CHURN: arpa / revenue_churn

    Args:
        arpa: MRR per customer [currency per customer per month]
        customer_churn: share of the customers who leave in a month [fraction per month]
        revenue_churn: share of the MRR that leaves in a month [fraction per month]
        gross_margin: share of revenue that is left after the cost of service [fraction]
        convention: what is divided by which churn [LtvRule]

    Returns:
        lifetime value [currency per customer]

    Undefined when:
        HIDDEN_WHEN_LOW: customer_churn is below 0.005
        WITH_MARGIN: customer_churn is 0
        THIRTY_SIX_MONTHS: never
        REVENUE_CHURN: revenue_churn is 0

    Example:
        >>> ltv(arpa=Decimal(50), customer_churn=Decimal("0.02"))
        Decimal('2500')
        >>> ltv(arpa=Decimal(50), customer_churn=Decimal("0.004"))
        Undefined(reason='churn is below 0.5 % a month: the lifetime it implies is no estimate')
        >>> ltv(arpa=Decimal(50), customer_churn=0, convention=LtvRule.THIRTY_SIX_MONTHS)
        Decimal('1800')

    Source:
        HIDDEN_WHEN_LOW: Gocroco
        WITH_MARGIN: Revenue Tracker
        THIRTY_SIX_MONTHS: Invoiced
        REVENUE_CHURN: common usage
    """
    if convention is LtvRule.THIRTY_SIX_MONTHS and customer_churn == 0:
        return product(ASSUMED_LIFETIME, arpa)
    worth, churn = {
        LtvRule.HIDDEN_WHEN_LOW: (arpa, _unless_low(customer_churn)),
        LtvRule.WITH_MARGIN: (product(arpa, gross_margin), customer_churn),
        LtvRule.THIRTY_SIX_MONTHS: (arpa, customer_churn),
        LtvRule.REVENUE_CHURN: (arpa, revenue_churn),
    }[convention]
    return ratio(worth, churn, "churn is 0: the lifetime it implies has no end")


@formula
def ltv_discounted(arpa: Operand, gross_margin: Operand, customer_churn: Operand, discount_rate: Operand) -> Quotient:
    """Lifetime value in money of today: what a new customer brings, less the more the later it comes.

    The first payment is due at once and counts in full. It ends even where nobody leaves, if there is a discount.

    Formula:
        arpa × gross_margin × (1 + discount_rate) / (discount_rate + customer_churn)

    Args:
        arpa: MRR per customer [currency per customer per month]
        gross_margin: share of revenue that is left after the cost of service [fraction]
        customer_churn: share of the customers who leave in a month [fraction per month]
        discount_rate: by how much money loses its worth in a month [fraction per month]

    Returns:
        discounted lifetime value [currency per customer]

    Undefined when:
        discount_rate + customer_churn is not above 0

    Example:
        >>> ltv_discounted(
        ...     arpa=Decimal(100), gross_margin=Decimal("0.8"),
        ...     customer_churn=Decimal("0.03"), discount_rate=Decimal("0.01"),
        ... )
        Decimal('2020.0')

    Source:
        Fader and Hardie, What's Wrong With This CLV Formula?, 2014, http://brucehardie.com/notes/033/
    """
    worth = product(arpa, gross_margin, total(1, discount_rate))
    return ratio_to_positive(worth, total(discount_rate, customer_churn), "nothing makes the sum of all months end")


def _unless_low(churn: Operand) -> Operand:
    if isinstance(churn, Undefined) or churn >= LEAST_CHURN:
        return churn
    return Undefined("churn is below 0.5 % a month: the lifetime it implies is no estimate")
