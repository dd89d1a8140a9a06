"""Collection: how much of what was invoiced came in, and how long it takes. The card rules are those of `growth`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscription_metrics.metrics.arithmetic import Operand, formula, product, ratio

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient


@formula
def collection_rate(paid_on_time: Operand, issued: Operand) -> Quotient:
    """Share of the invoices that were paid on or before the day on which they were due.

    By count, or by amount: what came in of them by that day, of all that they ask for.

    Formula:
        paid_on_time / issued

    Args:
        paid_on_time: invoices that were paid in full by the day they were due [invoices]
        issued: invoices that were issued [invoices]

    Returns:
        collected share [fraction]

    Undefined when:
        nothing was issued

    Example:
        >>> collection_rate(paid_on_time=45, issued=60)
        Decimal('0.75')

    Source:
        Kobana
    """
    return ratio(paid_on_time, issued, "no invoice was issued")


@formula
def days_sales_outstanding(open_balance: Operand, invoiced: Operand, days: Operand) -> Quotient:
    """How many days of sales are waiting to be paid.

    Formula:
        open_balance × days / invoiced

    Args:
        open_balance: what customers owe at the end of the period [currency]
        invoiced: what was invoiced in the period [currency]
        days: length of the period [days]

    Returns:
        days sales outstanding [days]

    Undefined when:
        nothing was invoiced

    Example:
        >>> days_sales_outstanding(open_balance=Decimal(5000), invoiced=Decimal(15000), days=90)
        Decimal('30')

    Source:
        common usage
    """
    return ratio(product(open_balance, days), invoiced, "nothing was invoiced")
