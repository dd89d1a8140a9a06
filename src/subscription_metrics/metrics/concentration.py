"""How many customers there are, and how much hangs on the largest of them.

The card rules are those of `growth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscription_metrics.metrics.arithmetic import Operand, formula, product, ratio, total

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient

_NO_MRR = "there is no MRR on the last day"


@formula
def subscribers(closing_customers: Operand) -> Quotient:
    """Customers with MRR above 0 on the last day of the period.

    Formula:
        closing_customers

    Args:
        closing_customers: customers who pay on the last day [customers]

    Returns:
        paying customers [customers]

    Undefined when:
        never

    Example:
        >>> subscribers(closing_customers=150)
        Decimal('150')

    Source:
        common usage
    """
    return total(closing_customers)


@formula
def subscriptions(closing_subscriptions: Operand) -> Quotient:
    """Subscriptions with MRR above 0 on the last day of the period.

    Formula:
        closing_subscriptions

    Args:
        closing_subscriptions: subscriptions that are paid for on the last day [subscriptions]

    Returns:
        paid subscriptions [subscriptions]

    Undefined when:
        never

    Example:
        >>> subscriptions(closing_subscriptions=171)
        Decimal('171')

    Source:
        common usage
    """
    return total(closing_subscriptions)


@formula
def top_share(largest: Operand, closing: Operand) -> Quotient:
    """Share of the MRR that the largest customers pay.

    Formula:
        largest / closing

    Args:
        largest: MRR of the n customers who pay most [currency per month]
        closing: MRR on the last day [currency per month]

    Returns:
        share of the n largest [fraction]

    Undefined when:
        closing is 0

    Example:
        >>> top_share(largest=Decimal(3000), closing=Decimal(12500))
        Decimal('0.24')

    Source:
        SaaS Tracker
    """
    return ratio(largest, closing, _NO_MRR)


@formula
def herfindahl_index(sum_of_squares: Operand, closing: Operand) -> Quotient:
    """Concentration of MRR: the sum of the squared shares of all customers.

    Between 1 / customers, when all pay the same, and 1, when one pays everything.

    Formula:
        sum_of_squares / closing²

    Args:
        sum_of_squares: sum over the customers of their squared MRR [currency² per month²]
        closing: MRR on the last day [currency per month]

    Returns:
        Herfindahl–Hirschman index, from 0 to 1 [1]

    Undefined when:
        closing is 0

    Example:
        >>> herfindahl_index(sum_of_squares=Decimal(60**2 + 30**2 + 10**2), closing=Decimal(100))
        Decimal('0.46')

    Source:
        SaaS Tracker
    """
    return ratio(sum_of_squares, product(closing, closing), _NO_MRR)
