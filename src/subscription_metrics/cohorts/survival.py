"""Survival: how long customers stay, with what certainty, when many of them are still here.

A customer who pays today has a lifetime of *at least* its age: leaving it out, or taking its age for its lifetime,
makes retention look worse than it is. Kaplan and Meier (1958) take each age by itself. Of the `at_risk` customers
that were followed up to it, `left` left at it:

    S(t) = ∏ (1 − left / at_risk)  over the ages up to t
    Var S(t) = S(t)² Σ left / (at_risk (at_risk − left))        Greenwood (1926)

The confidence limits are those of log(−log S), which stay between 0 and 1 (Kalbfleisch and Prentice 1980):
S^exp(± z √(Var S) / (S |log S|)). Where S is 1 or 0 the variance says nothing, and the limits are S.

House rules.

1. S is an exact fraction until it is shown; square root, logarithm and power have 28 digits, in a context of their own.
   There is no float: what it would save in time, nobody would notice.
2. A lifetime is observed when the customer left, else censored. Who leaves at an age counts as at risk at it, and who
   is censored at an age too.
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import field, frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.quotients import Undefined
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attrs import Attribute

CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN)
"""Six digits more than are shown, so that the last one shown is right."""

_SHOWN = Context(prec=28, rounding=ROUND_HALF_EVEN)


def _age(_: object, attribute: Attribute[int], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidValue(attribute.name, value, "must be an int of 0 or more", "count whole periods")


@frozen
class Lifetime:
    """How long one customer was followed, in periods, and whether it `left` then or is still there.

    Raises:
        InvalidValue: `age` is no int, or below 0.
    """

    age: int = field(validator=_age)
    left: bool


@frozen
class SurvivalPoint:
    """What is known of one age: S(t) with its confidence limits at `level`."""

    age: int
    at_risk: int
    left: int
    censored: int
    survival: Decimal
    lower: Decimal
    upper: Decimal


SURVIVAL_COLUMNS = (
    Column("age", ColumnType.INTEGER, "periods"),
    Column("at_risk", ColumnType.INTEGER, "customers"),
    Column("left", ColumnType.INTEGER, "customers"),
    Column("censored", ColumnType.INTEGER, "customers"),
    Column("survival", ColumnType.RATIO),
    Column("lower", ColumnType.RATIO),
    Column("upper", ColumnType.RATIO),
)


def kaplan_meier(lifetimes: Iterable[Lifetime], level: Decimal = Decimal("0.95")) -> Table[SurvivalPoint]:
    """The survival curve of `lifetimes` at each age at which somebody left or was censored, from 0 on.

    Raises:
        InvalidValue: `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise InvalidValue("level", level, "must lie between 0 and 1", "pass Decimal('0.95') for limits at 95 %")
    z = normal_quantile(CONTEXT.divide(CONTEXT.add(1, level), 2))
    rows = _points(Counter((one.age, one.left) for one in lifetimes), z)
    return Table("survival", SURVIVAL_COLUMNS, rows, "Kaplan–Meier survival", f"limits at a level of {level}")


def _points(counted: Counter[tuple[int, bool]], z: Decimal) -> Iterator[SurvivalPoint]:
    at_risk, survival, greenwood = counted.total(), Fraction(1), Fraction(0)
    for age in sorted({0, *(age for age, _ in counted)}) if counted else ():
        left, censored = counted[age, True], counted[age, False]
        survival *= 1 - Fraction(left, at_risk)
        if survival:
            greenwood += Fraction(left, at_risk * (at_risk - left))
        lower, upper = _limits(survival, greenwood, z)
        yield SurvivalPoint(age, at_risk, left, censored, shown(decimal(survival)), shown(lower), shown(upper))
        at_risk -= left + censored


def _limits(survival: Fraction, greenwood: Fraction, z: Decimal) -> tuple[Decimal, Decimal]:
    exact = decimal(survival)
    if survival in {0, 1}:
        return exact, exact
    with localcontext(CONTEXT):
        log = exact.ln()
        spread = z * decimal(greenwood).sqrt() / abs(log)
        return (log * spread.exp()).exp(), (log * (-spread).exp()).exp()


def median_lifetime(curve: Table[SurvivalPoint]) -> int | Undefined:
    """The first age at which no more than half are left."""
    return next(
        (point.age for point in curve if point.survival <= Decimal("0.5")),
        Undefined("more than half are still there at the highest age on record"),
    )


def decimal(value: Fraction) -> Decimal:
    """A fraction with the digits of `CONTEXT`."""
    return CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))


def shown(value: Decimal) -> Decimal:
    """A number with 28 digits, without zeros at its end."""
    return Decimal(f"{_SHOWN.normalize(value):f}")


_SQRT_PI = Decimal("1.772453850905516027298167483341145183")


def normal_quantile(probability: Decimal) -> Decimal:
    """The number of standard deviations below which a normal variable falls with a `probability` above ½: 28 digits.

    Newton's method on the series Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/15 + …), all of whose terms are positive.
    """
    with localcontext(CONTEXT):
        x, step = Decimal(0), Decimal(1)
        while abs(step) > Decimal("1e-30"):
            density = (-x * x / 2).exp() / (_SQRT_PI * Decimal(2).sqrt())
            step = (probability - Decimal("0.5") - density * _odd_series(x)) / density
            x += step
        return x


def _odd_series(x: Decimal) -> Decimal:
    """Give x + x³/3 + x⁵/(3·5) + x⁷/(3·5·7) + … until nothing is added."""
    total, term, odd = x, x, 3
    while abs(term) > Decimal("1e-33"):
        term *= x * x / odd
        total += term
        odd += 2
    return total
