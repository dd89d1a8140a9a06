"""A significant financing component: the price is the cash price, the rest is interest (606-10-32-15 to 32-20).

What is owed grows from the cash price to the promised amount at one rate:

    carrying(d) = cash price × (promised / cash price) ^ (days since start / days to settlement)

so the rate is the one that the contract implies, and the last day's carrying amount is the promised amount exactly.
Interest follows by month; within a month each day bears the same.

House rules.

1. Powers are taken with 50 digits in a decimal context of their own and rounded once, to minor units.
2. The expedient of 32-18 is the caller's: no financing is stated where a year or less lies between.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.recognition.curves import Curve, month_edges

if TYPE_CHECKING:
    from subscription_metrics.recognition.contracts import Financing

_CONTEXT = Context(prec=50, rounding=ROUND_HALF_UP)
_DAYS_A_YEAR = 365


def implicit_rate(financing: Financing) -> Decimal:
    """The yearly rate that turns the cash price into the promised amount, as a fraction with 10 decimals.

    Years are counted by days / 365 here; the interest itself needs no day count.
    """
    years = _CONTEXT.divide(Decimal((financing.settles - financing.starts).days), Decimal(_DAYS_A_YEAR))
    growth = _CONTEXT.power(_growth(financing), _CONTEXT.divide(Decimal(1), years))
    return (growth - 1).quantize(Decimal("1E-10"), context=_CONTEXT)


def _growth(financing: Financing) -> Decimal:
    return _CONTEXT.divide(financing.promised, financing.cash_price)


def interest_curve(financing: Financing, units: int) -> Curve:
    """The curve of the interest: whole minor units at each turn of a month.

    Raises:
        InvalidValue: it settles before it starts, or there is no interest.
    """
    if financing.settles <= financing.starts or not units:
        rule = f"must be after {financing.starts}, with a price other than the cash price"
        raise InvalidValue("settles", financing.settles, rule, "leave the financing out")
    edges = month_edges(financing.starts, financing.settles)
    growth, whole = _growth(financing), edges[-1] - edges[0]
    parts = [_CONTEXT.divide(Decimal(edge - edges[0]), Decimal(whole)) for edge in edges]
    grown = [_CONTEXT.power(growth, part) - 1 for part in parts]
    weights = [_CONTEXT.divide(_CONTEXT.multiply(Decimal(abs(units)), one), growth - 1) for one in grown]
    return Curve(edges, tuple(int(one.to_integral_value(ROUND_HALF_UP)) for one in weights), abs(units))
