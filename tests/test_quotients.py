from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

import pytest

from subscription_metrics.errors import FloatAmount, InvalidValue
from subscription_metrics.quotients import Undefined, quotient


def test_a_quotient_has_28_digits_in_any_context() -> None:
    """Half-even, whatever the thread is set to."""
    with decimal.localcontext() as context:
        context.prec, context.rounding, context.Emax = 3, decimal.ROUND_UP, 1
        assert "0.6666666666666666666666666667" == str(quotient(2, 3, "nothing"))
        assert "1234567.89" == str(quotient(Decimal("2469135.78"), 2, "nothing"))
        # The 29th digit is a tie, and the 28th is even.
        assert "1234567890123456789012345678" == str(quotient(12345678901234567890123456785, 10, "nothing"))


@pytest.mark.parametrize("zero", [0, Decimal("0.00"), Decimal("-0")])
def test_over_zero_there_is_the_reason(zero: Decimal | int) -> None:
    """Not 0, not NaN, not an exception."""
    expected = Undefined("no customers at the start of the period")
    assert expected == quotient(Decimal(5), zero, "no customers at the start of the period")
    assert "undefined: no customers at the start of the period" == str(expected)


def test_zero_over_something_is_zero() -> None:
    """Nothing lost out of something is a churn of 0, not an undefined one."""
    assert Decimal(0) == quotient(0, 7, "nothing")


@pytest.mark.parametrize(
    ("numerator", "denominator", "error", "message"),
    [
        (0.5, 1, FloatAmount, "numerator must not be a float (got 0.5); pass a Decimal or an int"),
        (1, 0.0, FloatAmount, "denominator must not be a float (got 0.0); pass a Decimal or an int"),
        (True, 1, InvalidValue, "numerator must be an int or a finite Decimal (got True); pass a Decimal or an int"),
        (1, "2", InvalidValue, "denominator must be an int or a finite Decimal (got '2'); pass a Decimal or an int"),
        (
            Decimal("NaN"),
            1,
            InvalidValue,
            "numerator must be an int or a finite Decimal (got Decimal('NaN')); pass a Decimal or an int",
        ),
        (
            1,
            Decimal("Infinity"),
            InvalidValue,
            "denominator must be an int or a finite Decimal (got Decimal('Infinity')); pass a Decimal or an int",
        ),
    ],
)
def test_what_is_no_exact_number_is_refused(
    numerator: Any,  # noqa: ANN401  # whatever a caller passes
    denominator: Any,  # noqa: ANN401  # the same
    error: type[InvalidValue],
    message: str,
) -> None:
    """The message says which side it is."""
    with pytest.raises(error) as caught:
        quotient(numerator, denominator, "nothing")
    assert message == str(caught.value)
