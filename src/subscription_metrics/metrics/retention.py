"""What stays and what leaves: churn of customers, churn of revenue, and their complements.

Gross counts losses only, so gross retention is never above 1; net counts what the same customers added as well.
Both look at customers who paid at the opening. The card rules are those of `growth`.

Churn of customers is where vendors differ most, because a rate needs a base: those who could have left.
`ChurnBase` lists the known answers.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from subscription_metrics.metrics.arithmetic import NOT_GIVEN, Operand, formula, negative, ratio, total
from subscription_metrics.metrics.growth import Reactivation

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient

_NO_OPENING = "there was no MRR at the start of the period"
_NO_COHORT = "there was no MRR a year ago"


class ChurnBase(Enum):
    """Which customers count as lost, and how many could have been."""

    OPENING = "opening"
    """Those who paid at the start."""
    AVERAGE_ACTIVE = "average_active"
    """The average of the daily number of paying customers."""
    OPENING_PLUS_NEW = "opening_plus_new"
    """Those who paid at the start and those who joined."""
    CHARTMOGUL_STANDARD = "chartmogul_standard"
    """Those who paid at the start; joining and leaving, or leaving and returning, within the period is no loss."""
    SUM_OF_DAILY_RATES = "sum_of_daily_rates"
    """Each day's losses over those who paid that morning, summed over the days."""


@formula
def customer_churn(
    *,
    lost_customers: Operand = NOT_GIVEN,
    opening_customers: Operand = NOT_GIVEN,
    new_customers: Operand = NOT_GIVEN,
    average_customers: Operand = NOT_GIVEN,
    gross_lost_customers: Operand = NOT_GIVEN,
    round_trip_losses: Operand = NOT_GIVEN,
    daily_churn: Operand = NOT_GIVEN,
    convention: ChurnBase = ChurnBase.OPENING,
) -> Quotient:
    """Share of the customers who stopped paying: customer churn, logo churn, user churn.

    Pass what the formula of the convention names.

    Formula:
        OPENING: lost_customers / opening_customers
        AVERAGE_ACTIVE: lost_customers / average_customers
        OPENING_PLUS_NEW: lost_customers / (opening_customers + new_customers)
        CHARTMOGUL_STANDARD: (gross_lost_customers − round_trip_losses) / opening_customers
        SUM_OF_DAILY_RATES: daily_churn

    Args:
        lost_customers: customers who left [customers]
        opening_customers: customers who paid at the start of the period [customers]
        new_customers: first-time customers of the period [customers]
        average_customers: average of the daily number of paying customers [customers]
        gross_lost_customers: losses counted day by day [customers]
        round_trip_losses: of these, customers who joined in the period or came back in it [customers]
        daily_churn: sum over the days of lost / paying at the start of the day [fraction]
        convention: which customers could have left [ChurnBase]

    Returns:
        churn of the period [fraction]

    Undefined when:
        nobody could have left: the base is 0

    Example:
        >>> customer_churn(lost_customers=12, opening_customers=100)
        Decimal('0.12')
        >>> customer_churn(
        ...     gross_lost_customers=12, round_trip_losses=2, opening_customers=100,
        ...     convention=ChurnBase.CHARTMOGUL_STANDARD,
        ... )
        Decimal('0.1')

    Source:
        OPENING: Invoiced, Kobana
        AVERAGE_ACTIVE: Gocroco
        OPENING_PLUS_NEW: Stripe, https://support.stripe.com/questions/calculating-subscriber-churn-rate-in-billing
        CHARTMOGUL_STANDARD: ChartMogul, https://help.chartmogul.com/hc/en-us/articles/207340419-Churn-rate-formulas
        SUM_OF_DAILY_RATES: Shopify
    """
    for_good = total(gross_lost_customers, negative(round_trip_losses))
    left, base = {
        ChurnBase.OPENING: (lost_customers, opening_customers),
        ChurnBase.AVERAGE_ACTIVE: (lost_customers, average_customers),
        ChurnBase.OPENING_PLUS_NEW: (lost_customers, total(opening_customers, new_customers)),
        ChurnBase.CHARTMOGUL_STANDARD: (for_good, opening_customers),
        ChurnBase.SUM_OF_DAILY_RATES: (daily_churn, 1),
    }[convention]
    return ratio(left, base, "no customer was paying")


@formula
def rolling_churn(churned: Operand, average_active: Operand) -> Quotient:
    """Share of the customers lost within a window of days that ends with the period.

    Formula:
        churned / average_active

    Args:
        churned: customers lost in the window, day by day [customers]
        average_active: average of the daily number of paying customers in the window [customers]

    Returns:
        churn of the window [fraction]

    Undefined when:
        nobody paid on any day of the window

    Example:
        >>> rolling_churn(churned=3, average_active=Decimal(60))
        Decimal('0.05')

    Source:
        Gocroco
    """
    return ratio(churned, average_active, "nobody paid on any day of the window")


@formula
def global_churn(churned_to_date: Operand, active_to_date: Operand) -> Quotient:
    """Monthly churn over the whole history, each month weighted by its base.

    Formula:
        churned_to_date / active_to_date

    Args:
        churned_to_date: sum over all months so far of the customers lost [customers]
        active_to_date: sum over all months so far of the customers at the start [customers]

    Returns:
        average monthly churn [fraction per month]

    Undefined when:
        nobody paid at the start of any month

    Example:
        >>> global_churn(churned_to_date=30, active_to_date=1200)
        Decimal('0.025')

    Source:
        Gocroco
    """
    return ratio(churned_to_date, active_to_date, "nobody paid at the start of any month so far")


@formula
def revenue_churn(lost: Operand, opening: Operand) -> Quotient:
    """Share of the opening MRR that left together with its customers.

    Formula:
        −lost / opening

    Args:
        lost: MRR of customers who left, ≤ 0 [currency per month]
        opening: MRR at the start of the period [currency per month]

    Returns:
        churned share of MRR [fraction]

    Undefined when:
        opening is 0

    Example:
        >>> revenue_churn(lost=Decimal(-10), opening=Decimal(100))
        Decimal('0.1')

    Source:
        common usage
    """
    return ratio(negative(lost), opening, _NO_OPENING)


@formula
def gross_mrr_churn(contraction: Operand, lost: Operand, opening: Operand) -> Quotient:
    """Share of the opening MRR that was lost, by customers who left and by those who now pay less.

    Formula:
        −(lost + contraction) / opening

    Args:
        contraction: MRR given up by customers who stayed, ≤ 0 [currency per month]
        lost: MRR of customers who left, ≤ 0 [currency per month]
        opening: MRR at the start of the period [currency per month]

    Returns:
        lost share of MRR [fraction]

    Undefined when:
        opening is 0

    Example:
        >>> gross_mrr_churn(contraction=Decimal(-10), lost=Decimal(-10), opening=Decimal(100))
        Decimal('0.2')

    Source:
        ChartMogul, https://help.chartmogul.com/hc/en-us/articles/203359341-Metric-MRR-Churn-Rate
    """
    return ratio(negative(total(lost, contraction)), opening, _NO_OPENING)


@formula
def net_mrr_churn(
    expansion: Operand, reactivation: Operand, contraction: Operand, lost: Operand, opening: Operand
) -> Quotient:
    """Share of the opening MRR that was lost, less what known customers added; below 0 it is a gain.

    Formula:
        −(lost + contraction + expansion + reactivation) / opening

    Args:
        expansion: MRR added by paying customers [currency per month]
        reactivation: MRR of customers who came back [currency per month]
        contraction: MRR given up by customers who stayed, ≤ 0 [currency per month]
        lost: MRR of customers who left, ≤ 0 [currency per month]
        opening: MRR at the start of the period [currency per month]

    Returns:
        net lost share of MRR [fraction]

    Undefined when:
        opening is 0

    Example:
        >>> net_mrr_churn(
        ...     expansion=Decimal(10), reactivation=Decimal(0),
        ...     contraction=Decimal(-10), lost=Decimal(-10), opening=Decimal(100),
        ... )
        Decimal('0.1')

    Source:
        ChartMogul, https://help.chartmogul.com/hc/en-us/articles/203359341-Metric-MRR-Churn-Rate
    """
    return ratio(negative(total(lost, contraction, expansion, reactivation)), opening, _NO_OPENING)


@formula
def grr(opening: Operand, contraction: Operand, lost: Operand) -> Quotient:
    """Gross revenue retention: the share of the opening MRR that is still there, nothing gained counted.

    Formula:
        (opening + contraction + lost) / opening

    Args:
        opening: MRR at the start of the period [currency per month]
        contraction: MRR given up by customers who stayed, ≤ 0 [currency per month]
        lost: MRR of customers who left, ≤ 0 [currency per month]

    Returns:
        retained share, at most 1 [fraction]

    Undefined when:
        opening is 0

    Example:
        >>> grr(opening=Decimal(100), contraction=Decimal(-10), lost=Decimal(-10))
        Decimal('0.8')

    Source:
        common usage
    """
    return ratio(total(opening, contraction, lost), opening, _NO_OPENING)


@formula
def nrr(
    *,
    opening: Operand,
    expansion: Operand,
    reactivation: Operand = NOT_GIVEN,
    contraction: Operand,
    lost: Operand,
    convention: Reactivation = Reactivation.LEFT_OUT,
) -> Quotient:
    """Net revenue retention: what the customers of the start pay at the end, as a share of what they paid.

    Formula:
        COUNTED: (opening + expansion + reactivation + contraction + lost) / opening
        LEFT_OUT: (opening + expansion + contraction + lost) / opening

    Args:
        opening: MRR at the start of the period [currency per month]
        expansion: MRR added by paying customers [currency per month]
        reactivation: MRR of customers who came back [currency per month]
        contraction: MRR given up by customers who stayed, ≤ 0 [currency per month]
        lost: MRR of customers who left, ≤ 0 [currency per month]
        convention: whether reactivation is retained revenue [Reactivation]

    Returns:
        retained share, above 1 if expansion outweighs the losses [fraction]

    Undefined when:
        opening is 0

    Example:
        >>> nrr(opening=Decimal(100), expansion=Decimal(25), contraction=Decimal(-5), lost=Decimal(-10))
        Decimal('1.1')

    Source:
        COUNTED: Invoiced
        LEFT_OUT: common usage
    """
    returns = reactivation if convention is Reactivation.COUNTED else 0
    return ratio(total(opening, expansion, returns, contraction, lost), opening, _NO_OPENING)


@formula
def grr_trailing_12(cohort_kept: Operand, cohort_opening: Operand) -> Quotient:
    """Gross revenue retention over twelve months: growth of one customer never hides the loss of another.

    Formula:
        cohort_kept / cohort_opening

    Args:
        cohort_kept: sum over the customers of a year ago of the lesser of then and now [currency per month]
        cohort_opening: MRR a year ago [currency per month]

    Returns:
        retained share, at most 1 [fraction]

    Undefined when:
        cohort_opening is 0

    Example:
        >>> grr_trailing_12(cohort_kept=Decimal(850), cohort_opening=Decimal(1000))
        Decimal('0.85')

    Source:
        common usage
    """
    return ratio(cohort_kept, cohort_opening, _NO_COHORT)


@formula
def nrr_trailing_12(cohort_closing: Operand, cohort_opening: Operand) -> Quotient:
    """Net revenue retention over twelve months: what the customers of a year ago pay now.

    Formula:
        cohort_closing / cohort_opening

    Args:
        cohort_closing: MRR today of the customers of a year ago [currency per month]
        cohort_opening: MRR a year ago [currency per month]

    Returns:
        retained share, above 1 if expansion outweighs the losses [fraction]

    Undefined when:
        cohort_opening is 0

    Example:
        >>> nrr_trailing_12(cohort_closing=Decimal(1080), cohort_opening=Decimal(1000))
        Decimal('1.08')

    Source:
        common usage
    """
    return ratio(cohort_closing, cohort_opening, _NO_COHORT)


@formula
def voluntary_share(lost_voluntary: Operand, lost_involuntary: Operand) -> Quotient:
    """Share of the lost MRR that customers gave up on purpose, of all that is marked as one or the other.

    Formula:
        lost_voluntary / (lost_voluntary + lost_involuntary)

    Args:
        lost_voluntary: part of lost whose cancellations are marked voluntary, ≤ 0 [currency per month]
        lost_involuntary: part of lost whose cancellations are marked involuntary, ≤ 0 [currency per month]

    Returns:
        voluntary share [fraction]

    Undefined when:
        no loss is marked

    Example:
        >>> voluntary_share(lost_voluntary=Decimal(-75), lost_involuntary=Decimal(-25))
        Decimal('0.75')

    Source:
        Kobana
    """
    marked = total(lost_voluntary, lost_involuntary)
    return ratio(lost_voluntary, marked, "no loss is marked voluntary or involuntary")
