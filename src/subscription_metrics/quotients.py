"""A quotient, or the reason why there is none.

The churn of an empty base is not 0, not NaN and not an exception (semantics §1): it is a value that says why
there is no number, and travels to the report in the number's place.

House rules.

1. Whoever divides says in words what a zero denominator means; there is no default.
2. A quotient has 28 significant digits, half-even, whatever the decimal context of the calling thread.
3. `Undefined` has no truth value of its own and no order: test with `isinstance(value, Undefined)`.
"""

from __future__ import annotations

from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import TypeAlias

from attrs import frozen

from subscription_metrics.errors import FloatAmount, InvalidValue

_CONTEXT = Context(
    prec=28,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)


@frozen
class Undefined:
    """No number, and the `reason`: "no customers at the start of the period"."""

    reason: str

    def __str__(self) -> str:
        return f"undefined: {self.reason}"


Quotient: TypeAlias = Decimal | Undefined


def quotient(numerator: Decimal | int, denominator: Decimal | int, when_zero: str) -> Quotient:
    """`numerator` ÷ `denominator` with 28 significant digits, half-even; `Undefined(when_zero)` over 0.

    Raises:
        FloatAmount: an operand is a float.
        InvalidValue: an operand is neither an int nor a finite `Decimal`.
    """
    _require_number("numerator", numerator)
    _require_number("denominator", denominator)
    return _CONTEXT.divide(numerator, denominator) if denominator else Undefined(when_zero)


def _require_number(field: str, value: object) -> None:
    if isinstance(value, float):
        raise FloatAmount(field, value, "must not be a float", "pass a Decimal or an int")
    finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int)
    if isinstance(value, bool) or not finite:
        raise InvalidValue(field, value, "must be an int or a finite Decimal", "pass a Decimal or an int")
