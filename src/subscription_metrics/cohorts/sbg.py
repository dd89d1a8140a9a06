"""The shifted-beta-geometric model: retention beyond what has been observed.

Fader and Hardie (2007): at the end of each period a customer leaves with a probability of its own, which never
changes, and these probabilities are spread over customers by a beta distribution with parameters α and β. Those who
leave easily leave first, so the retention of a cohort rises with its age although nobody becomes more loyal:

    S(t) = B(α, β + t) / B(α, β)        r(t) = S(t) / S(t − 1) = (β + t − 1) / (α + β + t − 1)

The likelihood needs no beta function. With l(t) customers who left at age t and k(t) who were kept then,

    ln L = Σ l(t) ln α + k(t) ln(β + t − 1) − (l(t) + k(t)) ln(α + β + t − 1)

which holds for several cohorts of different ages together: who has not reached an age says nothing about it.

*The optimiser.* With mean μ = α / (α + β) and weight s = α + β, ln L is concave in μ for each s, so its slope has one
root, found by bisection. The slope in s along these roots is positive where heterogeneity is overstated and negative
where it is understated: its change of sign is searched among powers of 2 and then bisected. No starting value, no step
size, no random restart: the same data give the same parameters on every machine.

House rules.

1. Probabilities are decimals in a context of 34 digits, a result has 28, a fitted parameter 15. No float.
2. Where no maximum exists the answer says why: nobody left, nobody stayed, or churn does not fall with age.
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.cohorts.survival import CONTEXT, shown
from subscription_metrics.errors import InvalidValue
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from subscription_metrics.cohorts.survival import Lifetime

_BISECTIONS = 70
"""Each halves the interval: 2⁻⁷⁰ is below 10⁻²¹ of it."""

_LEAST, _MOST = Decimal(2) ** -10, Decimal(2) ** 14
"""Of α + β. Beyond 16384 customers are as good as equal: the standard deviation of churn is below 0.4 %."""

_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)
"""Of the parameters: as many as the bisections settle, and far more than any data do."""

_NEGLIGIBLE = Decimal("1e-30")


@frozen
class Renewals:
    """For each age from 1 on how many customers left at it, and how many were kept; counts or shares of a cohort."""

    left: tuple[Decimal, ...]
    kept: tuple[Decimal, ...]

    @classmethod
    def of_lifetimes(cls, lifetimes: Iterable[Lifetime]) -> Renewals:
        """Those of single customers: who was censored at an age was kept at it."""
        known = Counter((one.age, one.left) for one in lifetimes)
        ages = range(1, max((age for age, _ in known), default=0) + 1)
        left = [known[age, True] for age in ages]
        ended = [known[age, True] + known[age, False] for age in ages]
        reached = list(accumulate(reversed(ended)))[::-1]
        kept = (at_risk - gone for at_risk, gone in zip(reached, left, strict=True))
        return cls(tuple(map(Decimal, left)), tuple(map(Decimal, kept)))

    @classmethod
    def of_survival(cls, shares: Sequence[Decimal]) -> Renewals:
        """Those of a survival curve: the shares still there at the ages 0, which is all of them, 1, 2 and so on.

        Raises:
            InvalidValue: the shares rise, or are fewer than two.
        """
        steps = list(pairwise(shares))
        if not steps or any(before < after or after < 0 for before, after in steps):
            rule = "must be two or more, none above the one before, none below 0"
            raise InvalidValue("shares", shares, rule, "begin with the share at age 0, which is 1")
        return cls(tuple(CONTEXT.subtract(before, after) for before, after in steps), tuple(shares[1:]))


@frozen
class Sbg:
    """The model with its parameters; `alpha / (alpha + beta)` is the mean probability to leave at the first renewal."""

    alpha: Decimal
    beta: Decimal

    def retention(self, age: int) -> Decimal:
        """The share of those who were there at `age` − 1 who are still there at `age`, from 1 on."""
        with localcontext(CONTEXT):
            return shown((self.beta + age - 1) / (self.alpha + self.beta + age - 1))

    def survival(self, age: int) -> Decimal:
        """The share of a cohort that is still there at `age`."""
        with localcontext(CONTEXT):
            share = Decimal(1)
            for t in range(1, age + 1):
                share *= (self.beta + t - 1) / (self.alpha + self.beta + t - 1)
            return shown(share)

    def residual_lifetime(self, age: int, discount: Decimal) -> Decimal:
        """Discounted expected residual lifetime of who is still there at `age`, in periods, by Fader and Hardie (2010).

        Counted from just before the next renewal, which is not discounted; `discount` is the rate of a period.

        Raises:
            InvalidValue: `discount` is not above 0: the sum of all periods to come may have no end.
        """
        if not discount > 0:
            raise InvalidValue("discount", discount, "must be above 0", "pass the rate of a period: 0.01 a month")
        with localcontext(CONTEXT):
            total, term, t = Decimal(0), Decimal(1) + discount, age
            while term > _NEGLIGIBLE * discount:
                term *= (self.beta + t) / (self.alpha + self.beta + t) / (1 + discount)
                total, t = total + term, t + 1
            return shown(total)

    def log_likelihood(self, renewals: Renewals) -> Decimal:
        """The logarithm of the likelihood: of the customers, or of an average one if `renewals` are shares."""
        with localcontext(CONTEXT):
            terms = (
                left * self.alpha.ln() + kept * (self.beta + t).ln() - (left + kept) * (self.alpha + self.beta + t).ln()
                for t, (left, kept) in enumerate(zip(renewals.left, renewals.kept, strict=True))
            )
            return shown(sum(terms, Decimal(0)))


def fit(renewals: Renewals) -> Sbg | Undefined:
    """The parameters under which `renewals` are most likely, or why there are none."""
    if not any(renewals.left):
        return Undefined("nobody has left yet")
    if not any(renewals.kept):
        return Undefined("nobody was kept at the first renewal")
    if len(renewals.left) == 1:
        return Undefined("one age only: whether churn falls with age can't be seen")
    with localcontext(CONTEXT):
        slope = _profile_slope(renewals)
        low = _LEAST
        if slope(low) <= 0:
            return Undefined("customers seem to leave at once or never: no average describes them")
        while slope(2 * low) > 0:
            low *= 2
            if low >= _MOST:
                return Undefined("churn does not fall with age: there is no heterogeneity to describe")
        weight = _root(slope, low, 2 * low)
        mean = _mean(renewals, weight)
        return Sbg(_DIGITS.plus(weight * mean), _DIGITS.plus(weight * (1 - mean)))


def _profile_slope(renewals: Renewals) -> Callable[[Decimal], Decimal]:
    """∂ ln L / ∂s at the best μ for s."""
    at_risk = [left + kept for left, kept in zip(renewals.left, renewals.kept, strict=True)]
    everybody_left = sum(renewals.left)

    def slope(weight: Decimal) -> Decimal:
        stay = 1 - _mean(renewals, weight)
        kept = sum(kept * stay / (weight * stay + t) for t, kept in enumerate(renewals.kept))
        return everybody_left / weight + kept - sum(count / (weight + t) for t, count in enumerate(at_risk))

    return slope


def _mean(renewals: Renewals, weight: Decimal) -> Decimal:
    """The μ at which ∂ ln L / ∂μ changes its sign, for a given s."""
    everybody_left = sum(renewals.left)

    def slope(mean: Decimal) -> Decimal:
        kept = (kept * weight / (weight * (1 - mean) + t) for t, kept in enumerate(renewals.kept))
        return everybody_left / mean - sum(kept)

    return _root(slope, Decimal(0), Decimal(1))


def _root(slope: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    """Where a `slope` that is positive at `low` and negative at `high` is 0."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2
