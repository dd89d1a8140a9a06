"""The transaction price, and its allocation to what was promised (606-10-32-28 to 32-41).

    weights:   standalone selling prices, less a discount that belongs to some obligations only (32-37)
    residual:  one obligation without standalone price gets what the others leave, if that is plausible (32-34(c))
    shares:    price × weight / Σ weights, by largest remainder: they sum to the price, to the minor unit
    on top:    variable amounts that belong to certain obligations wholly (32-40)

House rules.

1. A part of a price is never rounded by itself: money is allocated, and the shares add up.
2. The residual approach refuses a result outside the range that the contract states, and one that is not above 0.
3. The basis of inception is kept: later changes of the price are allocated by it (32-43).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.errors import ImplausibleResidual, InvalidValue, PricesDontSum
from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.money import allocate
from subscription_metrics.recognition.promises import PerformanceObligation, PriceRange, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from subscription_metrics.recognition.contracts import Contract, TargetedDiscount


@frozen
class Allocation:
    """The price by obligation, in minor units; `basis` holds the weights, for changes of the price to come."""

    shares: Mapping[str, int]
    basis: Mapping[str, Fraction]


def standalone(obligation: PerformanceObligation) -> Fraction | None:
    """What an obligation sells for alone; of a range the stated price if it lies within, otherwise the middle."""
    price = obligation.standalone_price
    if isinstance(price, PriceRange):
        stated = obligation.price
        inside = stated is not None and price.low <= stated <= price.high
        return Fraction(stated) if inside and stated is not None else Fraction(price.low + price.high) / 2
    if price is None and obligation.price is not None:
        return Fraction(obligation.price)
    return None if price is None else Fraction(price)


def fixed_price(contract: Contract) -> int:
    """What is shared among all obligations: the price, a set-up fee that joins it, variable amounts of no one alone."""
    fee = contract.set_up_fee
    joining = fee.amount if fee is not None and fee.until is None else Decimal(0)
    shared = sum((one.constrained for one in contract.variable if not one.to), Decimal(0))
    return in_minor_units(contract.price + joining + shared, contract.currency)


def allocate_price(contract: Contract) -> Allocation:
    """Allocate the price of a contract at inception.

    Obligations by usage take no part: what is consumed is priced by itself.

    Raises:
        ImplausibleResidual: the residual approach gives no plausible price.
        PricesDontSum: targeted discounts exceed the standalone prices that they are taken from.
        InvalidValue: more than one obligation without standalone price.
    """
    sharing = [one for one in contract.obligations if not isinstance(one.satisfaction, Usage)]
    shared = fixed_price(contract)
    if not sharing:
        if shared:
            raise PricesDontSum("price", contract.price, "must be 0 where all is usage", "state what the price is for")
        return Allocation({}, {})
    basis, shares = _stated(contract, sharing, shared) or _relative(contract, sharing, shared)
    for variable in (one for one in contract.variable if one.to):
        targeted = {name: basis.get(name, Fraction(0)) for name in variable.to}
        units = in_minor_units(variable.constrained, contract.currency)
        for name, share in share_among(units, targeted).items():
            shares[name] = shares.get(name, 0) + share
    return Allocation(shares, basis)


def _stated(
    contract: Contract, sharing: Sequence[PerformanceObligation], shared: int
) -> tuple[dict[str, Fraction], dict[str, int]] | None:
    """Stated prices as they are, where nothing says that any of them is not what it sells for alone."""
    stated = {one.id: one.price for one in sharing if one.price is not None and one.standalone_price is None}
    if len(stated) < len(sharing) or contract.discounts:
        return None
    basis = {name: Fraction(abs(price)) for name, price in stated.items()}
    shares = {name: in_minor_units(price, contract.currency) for name, price in stated.items()}
    joining = share_among(shared - sum(shares.values()), basis)
    return basis, {name: units + joining[name] for name, units in shares.items()}


def _relative(
    contract: Contract, sharing: Sequence[PerformanceObligation], shared: int
) -> tuple[dict[str, Fraction], dict[str, int]]:
    basis = _weights(contract, sharing, shared)
    return basis, share_among(shared, basis)


def share_among(units: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Split `units` by weight, and evenly where nothing weighs anything; see `allocate`."""
    if len(weights) == 1:
        return dict.fromkeys(weights, units)
    if not any(weights.values()):
        weights = dict.fromkeys(weights, Fraction(1))
    return dict(zip(weights, allocate(units, list(weights.values())), strict=True))


def _weights(contract: Contract, sharing: Sequence[PerformanceObligation], shared: int) -> dict[str, Fraction]:
    prices = {one.id: standalone(one) for one in sharing}
    missing = [name for name, price in prices.items() if price is None]
    known = {name: price for name, price in prices.items() if price is not None}
    if len(sharing) == 1 and missing:
        return {missing[0]: Fraction(1)}
    if len(missing) > 1:
        rule = f"of contract {contract.id} must be known for all obligations but one"
        raise InvalidValue("standalone_price", missing, rule, "estimate them (606-10-32-33)")
    weights = _discounted(known, contract.discounts)
    if missing:
        weights[missing[0]] = _residual(contract, Fraction(shared), sum(known.values(), Fraction(0)))
    return {one.id: weights[one.id] for one in sharing}


def _residual(contract: Contract, shared: Fraction, others: Fraction) -> Fraction:
    one = Fraction(in_minor_units(Decimal(1), contract.currency))
    left = shared / one - others
    limits = contract.residual_range
    if left > 0 and (limits is None or limits.low <= left <= limits.high):
        return left
    wanted = "above 0" if limits is None else f"from {limits.low} to {limits.high}"
    rule = f"of contract {contract.id}, what the standalone prices of the others leave of the price, must be {wanted}"
    price = Decimal(left.numerator) / Decimal(left.denominator)
    raise ImplausibleResidual("residual", price, rule, "estimate a standalone price (606-10-32-35)")


def _discounted(prices: dict[str, Fraction], discounts: Iterable[TargetedDiscount]) -> dict[str, Fraction]:
    weights = dict(prices)
    for discount in discounts:
        together = sum((weights[name] for name in discount.to), Fraction(0))
        if discount.amount > together:
            rule = f"must not exceed the standalone prices of {', '.join(discount.to)} together"
            raise PricesDontSum("discount", discount.amount, rule, "check which obligations it belongs to")
        kept = 1 - Fraction(discount.amount) / together
        weights |= {name: weights[name] * kept for name in discount.to}
    return weights


def material_right(discount: Decimal, likelihood: Decimal) -> Decimal:
    """The standalone price of an option to buy for less later: the `discount` × the `likelihood` of its use.

    The discount is what it grants beyond what any customer would get (606-10-55-44). Promise it as an obligation of
    its own, kept when it is used or expires.

    Raises:
        InvalidValue: `likelihood` is not within 0 and 1.
    """
    if not 0 <= likelihood <= 1:
        raise InvalidValue("likelihood", likelihood, "must be a fraction from 0 to 1", "write 0.9 for 90 %")
    return discount * likelihood


@frozen
class LookThrough:
    """A contract with its expected renewals as if they were promised: consideration, and its part of each term."""

    consideration: Decimal
    costs: tuple[Decimal, ...]
    shares: tuple[int, ...]


def look_through(fee: Decimal, renewals: Sequence[Decimal], costs: Sequence[Decimal], currency: str) -> LookThrough:
    """The practical alternative for a renewal option that is a material right (606-10-55-45, Example 51).

    `fee` is due in each term, `renewals` are the likelihoods of each further one given the one before, `costs` what
    each term costs to serve. The expected fees are shared by expected costs, in minor units of `currency`.

    Raises:
        InvalidValue: there is not one cost per term, or the fees are finer than the currency.
    """
    if len(costs) != len(renewals) + 1:
        raise InvalidValue("costs", costs, "must be one per term: the first, and each renewal", "add or leave out")
    chances = [Decimal(1)]
    for likelihood in renewals:
        chances.append(chances[-1] * likelihood)
    expected = tuple(cost * chance for cost, chance in zip(costs, chances, strict=True))
    consideration = sum((fee * chance for chance in chances), Decimal(0))
    return LookThrough(consideration, expected, allocate(in_minor_units(consideration, currency), expected))
