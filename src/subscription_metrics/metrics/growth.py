"""How large recurring revenue is, and how fast it grows.

MRR is a stock: what the spans of the last day of a period add up to. Everything else here compares two such
stocks, or sums the flows between them: new, expansion, reactivation, contraction and lost.

House rules, for every module of formulas in this package.

1. One function per formula. Its docstring is its card: sentence, formula, parameters with units, returns,
   undefined case, example, source, in this order; `cards` reads it, and tests compare the formula with the code.
2. Parameters have the names of docs/reference/nomenclature.md. Flows are signed: contraction and lost are ≤ 0.
3. Where vendors disagree, `convention` is an enum with one member per known answer, never a silent choice.
4. A result is a `Decimal`, or `Undefined` with its reason; an undefined operand hands its reason on.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, DivisionByZero, InvalidOperation, Overflow
from enum import Enum
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.metrics.arithmetic import (
    NOT_GIVEN,
    Operand,
    formula,
    negative,
    product,
    ratio,
    total,
)
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient

_NO_BASE = "there was no MRR to grow from"

# A root has 28 digits like every quotient; the ten more keep the rounding of 1 / periods out of it.
_WIDE = Context(prec=38, rounding=ROUND_HALF_EVEN, traps=[DivisionByZero, InvalidOperation, Overflow])
_ROUNDED = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[DivisionByZero, InvalidOperation, Overflow])


class ArrBasis(Enum):
    """What annual recurring revenue is taken from."""

    MRR = "mrr"
    """All recurring revenue of the last day, for twelve months."""
    CONTRACTED = "contracted"
    """Contracts of a year or more only, at their yearly value."""


class Reactivation(Enum):
    """Whether the MRR of customers who came back counts."""

    COUNTED = "counted"
    """It does, like any other gain."""
    LEFT_OUT = "left_out"
    """It does not."""


@formula
def mrr(closing: Operand) -> Quotient:
    """Recurring revenue of a month, as it stands on the last day of the period.

    Formula:
        closing

    Args:
        closing: MRR on the last day [currency per month]

    Returns:
        monthly recurring revenue [currency per month]

    Undefined when:
        never

    Example:
        >>> mrr(closing=Decimal("12500.00"))
        Decimal('12500.00')

    Source:
        Stripe, https://docs.stripe.com/billing/subscriptions/analytics/glossary
    """
    return total(closing)


@formula
def total_mrr(total_closing: Operand) -> Quotient:
    """MRR together with what is paid by the month but does not recur, such as instalments.

    Formula:
        total_closing

    Args:
        total_closing: MRR on the last day, non-recurring spans included [currency per month]

    Returns:
        total monthly revenue [currency per month]

    Undefined when:
        never

    Example:
        >>> total_mrr(total_closing=Decimal("13100.00"))
        Decimal('13100.00')

    Source:
        Gocroco
    """
    return total(total_closing)


@formula
def arr(
    *, closing: Operand = NOT_GIVEN, contracted: Operand = NOT_GIVEN, convention: ArrBasis = ArrBasis.MRR
) -> Quotient:
    """Recurring revenue of a year, if everything stays as it is on the last day.

    Formula:
        MRR: 12 × closing
        CONTRACTED: contracted

    Args:
        closing: MRR on the last day [currency per month]
        contracted: yearly value of the contracts of a year or more that run at the close [currency per year]
        convention: what it is taken from [ArrBasis]

    Returns:
        annual recurring revenue [currency per year]

    Undefined when:
        never

    Example:
        >>> arr(closing=Decimal("12500.00"))
        Decimal('150000.00')
        >>> arr(contracted=Decimal(240000), convention=ArrBasis.CONTRACTED)
        Decimal('240000')

    Source:
        MRR: common usage
        CONTRACTED: Kobana
    """
    return {ArrBasis.MRR: product(12, closing), ArrBasis.CONTRACTED: total(contracted)}[convention]


@formula
def net_new_mrr(
    new: Operand, expansion: Operand, reactivation: Operand, contraction: Operand, lost: Operand
) -> Quotient:
    """What the customers of a period added to MRR, less what they took away; exchange effects don't count.

    Formula:
        new + expansion + reactivation + contraction + lost

    Args:
        new: MRR of first-time customers [currency per month]
        expansion: MRR added by paying customers [currency per month]
        reactivation: MRR of customers who came back [currency per month]
        contraction: MRR given up by customers who stayed, ≤ 0 [currency per month]
        lost: MRR of customers who left, ≤ 0 [currency per month]

    Returns:
        net new MRR of the period [currency per month]

    Undefined when:
        never

    Example:
        >>> net_new_mrr(
        ...     new=Decimal(500), expansion=Decimal(120), reactivation=Decimal(30),
        ...     contraction=Decimal(-40), lost=Decimal(-110),
        ... )
        Decimal('500')

    Source:
        Revenue Tracker, which leaves reactivation out
    """
    return total(new, expansion, reactivation, contraction, lost)


@formula
def growth_rate(closing: Operand, base: Operand) -> Quotient:
    """Growth of MRR between two closes, whatever it comes from, exchange effects included.

    Formula:
        (closing − base) / base

    Args:
        closing: MRR on the last day [currency per month]
        base: the MRR it is compared with: the opening, or the close of a year ago [currency per month]

    Returns:
        growth over the time between the two closes [fraction]

    Undefined when:
        base is 0

    Example:
        >>> growth_rate(closing=Decimal(115), base=Decimal(100))
        Decimal('0.15')

    Source:
        Revenue Tracker
    """
    return ratio(total(closing, negative(base)), base, _NO_BASE)


@formula
def cmgr(closing: Operand, base: Operand, periods: Operand) -> Quotient:
    """Compound growth: the one rate that, applied in each of the periods, leads from base to closing.

    Formula:
        (closing / base)^(1 / periods) − 1

    Args:
        closing: MRR on the last day [currency per month]
        base: MRR on the last day of the period that lies `periods` before [currency per month]
        periods: how many periods lie between the two closes, a whole number of at least 1 [periods]

    Returns:
        growth per period, 28 digits [fraction]

    Undefined when:
        base is 0

    Example:
        >>> cmgr(closing=Decimal(121), base=Decimal(100), periods=2)
        Decimal('0.1')

    Source:
        common usage: compound monthly growth rate
    """
    if isinstance(periods, Undefined):
        return periods
    if periods < 1 or periods != int(periods):
        raise InvalidValue("periods", periods, "must be a whole number of at least 1", "count from base to closing")
    factor = ratio(closing, base, _NO_BASE)
    if isinstance(factor, Undefined):
        return factor
    root = _WIDE.power(factor, _WIDE.divide(1, periods))
    return total(_ROUNDED.normalize(_WIDE.subtract(root, 1)))


@formula
def quick_ratio(
    *,
    new: Operand,
    expansion: Operand,
    reactivation: Operand = NOT_GIVEN,
    contraction: Operand,
    lost: Operand,
    convention: Reactivation = Reactivation.COUNTED,
) -> Quotient:
    """How much MRR was gained for each unit that was lost.

    Formula:
        COUNTED: (new + expansion + reactivation) / −(contraction + lost)
        LEFT_OUT: (new + expansion) / −(contraction + lost)

    Args:
        new: MRR of first-time customers [currency per month]
        expansion: MRR added by paying customers [currency per month]
        reactivation: MRR of customers who came back [currency per month]
        contraction: MRR given up by customers who stayed, ≤ 0 [currency per month]
        lost: MRR of customers who left, ≤ 0 [currency per month]
        convention: whether reactivation is a gain [Reactivation]

    Returns:
        gains over losses [1]

    Undefined when:
        contraction and lost are both 0

    Example:
        >>> quick_ratio(
        ...     new=Decimal(20000), expansion=Decimal(8000), reactivation=Decimal(0),
        ...     contraction=Decimal(-3000), lost=Decimal(-5000),
        ... )
        Decimal('3.5')

    Source:
        COUNTED: common usage
        LEFT_OUT: Baremetrics; ProfitWell, https://learn.profitwell.com/l/en/article/sxsipjlziy-saa-s-quick-ratio
    """
    returns = reactivation if convention is Reactivation.COUNTED else 0
    return ratio(total(new, expansion, returns), negative(total(contraction, lost)), "no MRR was lost")
