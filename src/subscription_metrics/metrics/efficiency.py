"""What growth costs: acquisition, payback, and the ratios by which investors compare companies.

Spend, margins and burn are not in billing data: they come as arguments. The card rules are those of `growth`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from subscription_metrics.metrics.arithmetic import (
    NOT_GIVEN,
    Operand,
    formula,
    product,
    ratio,
    ratio_to_positive,
    total,
)

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient


class RuleOf40(Enum):
    """Which growth is added to which measure of health."""

    REVENUE_AND_EBITDA = "revenue_and_ebitda"
    """Growth of revenue over a year, and the EBITDA margin."""
    NRR_AND_MRR_GROWTH = "nrr_and_mrr_growth"
    """Net revenue retention, and growth of MRR."""


class BurnBasis(Enum):
    """What the cash that was burnt is compared with."""

    MRR = "mrr"
    """Net new monthly recurring revenue."""
    ARR = "arr"
    """The same, for a year: what David Sacks defined."""


@formula
def cac(spend: Operand, new_customers: Operand) -> Quotient:
    """Customer acquisition cost: sales and marketing spend per first-time customer.

    Formula:
        spend / new_customers

    Args:
        spend: sales and marketing spend of the period [currency]
        new_customers: first-time customers of the period [customers]

    Returns:
        cost of one new customer [currency per customer]

    Undefined when:
        nobody is new

    Example:
        >>> cac(spend=Decimal(9000), new_customers=12)
        Decimal('750')

    Source:
        Revenue Tracker
    """
    return ratio(spend, new_customers, "there is no new customer")


@formula
def ltv_to_cac(ltv: Operand, cac: Operand) -> Quotient:
    """What a customer brings for each unit of money it costs to win one.

    Formula:
        ltv / cac

    Args:
        ltv: lifetime value [currency per customer]
        cac: cost of one new customer [currency per customer]

    Returns:
        lifetime value over acquisition cost [1]

    Undefined when:
        cac is 0, or one of the two is undefined

    Example:
        >>> ltv_to_cac(ltv=Decimal(2400), cac=Decimal(750))
        Decimal('3.2')

    Source:
        Revenue Tracker
    """
    return ratio(ltv, cac, "new customers cost nothing")


@formula
def payback_months(cac: Operand, arpa: Operand, gross_margin: Operand) -> Quotient:
    """Months until a new customer has paid back what it cost to win.

    Formula:
        cac / (arpa × gross_margin)

    Args:
        cac: cost of one new customer [currency per customer]
        arpa: MRR per customer [currency per customer per month]
        gross_margin: share of revenue that is left after the cost of service [fraction]

    Returns:
        time to recover the acquisition cost [months]

    Undefined when:
        arpa × gross_margin is not above 0: never paid back

    Example:
        >>> payback_months(cac=Decimal(750), arpa=Decimal(100), gross_margin=Decimal("0.75"))
        Decimal('10')

    Source:
        Revenue Tracker
    """
    return ratio_to_positive(cac, product(arpa, gross_margin), "a customer never pays back")


@formula
def rule_of_40(
    *,
    revenue_growth: Operand = NOT_GIVEN,
    ebitda_margin: Operand = NOT_GIVEN,
    nrr: Operand = NOT_GIVEN,
    growth_rate: Operand = NOT_GIVEN,
    convention: RuleOf40 = RuleOf40.REVENUE_AND_EBITDA,
) -> Quotient:
    """Growth and profitability together: one may make up for the other.

    The two conventions share a name and nothing else; they can't be compared.

    Formula:
        REVENUE_AND_EBITDA: revenue_growth + ebitda_margin
        NRR_AND_MRR_GROWTH: nrr + growth_rate

    Args:
        revenue_growth: growth of revenue over a year [fraction]
        ebitda_margin: EBITDA as a share of revenue [fraction]
        nrr: net revenue retention [fraction]
        growth_rate: growth of MRR [fraction]
        convention: what is added up [RuleOf40]

    Returns:
        the sum, 0.4 for 40 % [fraction]

    Undefined when:
        a part is undefined

    Example:
        >>> rule_of_40(revenue_growth=Decimal("0.32"), ebitda_margin=Decimal("0.11"))
        Decimal('0.43')

    Source:
        REVENUE_AND_EBITDA: Revenue Tracker
        NRR_AND_MRR_GROWTH: Gocroco
    """
    return {
        RuleOf40.REVENUE_AND_EBITDA: total(revenue_growth, ebitda_margin),
        RuleOf40.NRR_AND_MRR_GROWTH: total(nrr, growth_rate),
    }[convention]


@formula
def magic_number(quarter_growth: Operand, marketing_spend: Operand) -> Quotient:
    """Sales efficiency: what a quarter added, times four, for each unit of money spent on adding it.

    The original takes revenue of the quarter, three months of it, where this takes MRR: its values are about
    three times as high.

    Formula:
        4 × quarter_growth / marketing_spend

    Args:
        quarter_growth: MRR at the end of the quarter less MRR at its start [currency per month]
        marketing_spend: marketing spend of the quarter, or of the one before [currency]

    Returns:
        magic number [1]

    Undefined when:
        marketing_spend is 0

    Example:
        >>> magic_number(quarter_growth=Decimal(15000), marketing_spend=Decimal(80000))
        Decimal('0.75')

    Source:
        after Scale Venture Partners
    """
    return ratio(product(4, quarter_growth), marketing_spend, "nothing was spent")


@formula
def burn_multiple(net_burn: Operand, net_new_mrr: Operand, *, convention: BurnBasis = BurnBasis.MRR) -> Quotient:
    """Cash burnt for each unit of recurring revenue gained.

    Formula:
        MRR: net_burn / net_new_mrr
        ARR: net_burn / (12 × net_new_mrr)

    Args:
        net_burn: cash out less cash in of the period, without financing [currency]
        net_new_mrr: MRR gained less MRR lost in the period [currency per month]
        convention: revenue of a month or of a year [BurnBasis]

    Returns:
        burn multiple [1]

    Undefined when:
        net_new_mrr is not above 0

    Example:
        >>> burn_multiple(net_burn=Decimal(500000), net_new_mrr=Decimal(12500), convention=BurnBasis.ARR)
        Decimal('3.333333333333333333333333333')

    Source:
        MRR: common usage
        ARR: David Sacks, Craft Ventures, 2020
    """
    gained = net_new_mrr if convention is BurnBasis.MRR else product(12, net_new_mrr)
    return ratio_to_positive(net_burn, gained, "recurring revenue did not grow")
