"""What the formulas are written in: sums, products and quotients that are exact and carry their reasons.

House rules.

1. An operand that is `Undefined` makes the result undefined, for the same reason: the first one met is told.
2. Sums and products are exact; a quotient is rounded once, by `quotients.quotient`. The decimal context of the
   calling thread plays no part.
3. `@formula` refuses what is not a number, by the name of the parameter, so that the bodies are formulas only.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Final, ParamSpec, TypeAlias

from subscription_metrics.errors import FloatAmount, InvalidValue
from subscription_metrics.quotients import Quotient, Undefined, quotient

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import Enum

P = ParamSpec("P")

Operand: TypeAlias = Decimal | int | Undefined
"""What a formula takes: an amount, a count, or the result of another formula."""

NOT_GIVEN: Final = Undefined("not given")
"""The default of a parameter that only some conventions of a formula need."""

CONVENTION: Final = "convention"
"""The name of the parameter that takes an enum; every other takes a number."""

# More digits than any sum or product of amounts has: nothing is rounded on the way.
_WIDE = Context(prec=200, rounding=ROUND_HALF_EVEN, traps=[DivisionByZero, InvalidOperation, Overflow])


def total(*terms: Operand) -> Quotient:
    """Add, exactly."""
    result = Decimal(0)
    for term in terms:
        if isinstance(term, Undefined):
            return term
        result = _WIDE.add(result, term)
    return result


def product(*factors: Operand) -> Quotient:
    """Multiply, exactly."""
    result = Decimal(1)
    for factor in factors:
        if isinstance(factor, Undefined):
            return factor
        result = _WIDE.multiply(result, factor)
    return result


def negative(term: Operand) -> Quotient:
    """Change the sign; 0 has none."""
    return term if isinstance(term, Undefined) else _WIDE.subtract(0, term)


def ratio(numerator: Operand, denominator: Operand, when_zero: str) -> Quotient:
    """Divide, with 28 digits, written out without exponent; by 0 undefined because of `when_zero`."""
    if isinstance(numerator, Undefined):
        return numerator
    if isinstance(denominator, Undefined):
        return denominator
    return total(quotient(numerator, denominator, when_zero))


def ratio_to_positive(numerator: Operand, denominator: Operand, otherwise: str) -> Quotient:
    """Divide where only a denominator above 0 makes sense; the rest is undefined because of `otherwise`."""
    if isinstance(denominator, Undefined) or denominator > 0:
        return ratio(numerator, denominator, otherwise)
    return Undefined(otherwise)


def formula(function: Callable[P, Quotient]) -> Callable[P, Quotient]:
    """Check what a formula is given, by name; a parameter left at `NOT_GIVEN` becomes `Undefined("needs …")`.

    Raises:
        FloatAmount: an operand is a float.
        InvalidValue: an operand is no finite number, or a convention is not a member of its enum.
    """
    parameters = signature(function).parameters
    defaults = {name: one.default for name, one in parameters.items() if one.default is not one.empty}

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Quotient:
        given = {**defaults, **dict(zip(parameters, args, strict=False)), **kwargs}
        for name, value in given.items():
            if value is NOT_GIVEN:
                kwargs[name] = Undefined(f"needs {name}")
            elif name == CONVENTION:
                require_member(name, value, type(defaults[name]))
            else:
                require_operand(name, value)
        return function(*args, **kwargs)

    return checked


def require_operand(name: str, value: object) -> None:
    """Refuse what is neither a finite number nor `Undefined`.

    Raises:
        FloatAmount: `value` is a float.
        InvalidValue: anything else that is no operand.
    """
    if isinstance(value, float):
        raise FloatAmount(name, value, "must not be a float", f"pass Decimal('{value}') if that is what is meant")
    if isinstance(value, bool) or not isinstance(value, Decimal | int | Undefined):
        raise InvalidValue(name, value, "must be a Decimal, an int or Undefined", "convert it first")
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidValue(name, value, "must be finite", "pass Undefined(reason) for what has no value")


def require_member(name: str, value: object, conventions: type[Enum]) -> None:
    """Refuse what is not a member of `conventions`.

    Raises:
        InvalidValue: naming the members.
    """
    if not isinstance(value, conventions):
        remedy = f"pass one of {', '.join(map(str, conventions))}"
        raise InvalidValue(name, value, f"must be a member of {conventions.__name__}", remedy)
