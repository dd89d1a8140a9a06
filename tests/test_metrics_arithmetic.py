from __future__ import annotations

from decimal import Decimal

import pytest

from subscription_metrics.errors import FloatAmount, InvalidValue
from subscription_metrics.metrics import arr, grr
from subscription_metrics.metrics.arithmetic import negative, product, ratio, ratio_to_positive, total
from subscription_metrics.quotients import Undefined

FIRST, SECOND = Undefined("first"), Undefined("second")


def test_sums_and_products_are_exact() -> None:
    """40 digits and more survive."""
    long = Decimal("1234567890123456789012345678901234567.89")
    assert Decimal("1234567890123456789012345678901234568.90") == total(long, Decimal("1.01"))
    assert Decimal("14814814681481481468148148146814814814.68") == product(12, long)


def test_the_first_reason_is_told() -> None:
    """Whatever stands beside it."""
    assert FIRST == total(1, FIRST, SECOND)
    assert FIRST == product(0, FIRST, SECOND)
    assert FIRST == negative(FIRST)
    assert FIRST == ratio(FIRST, SECOND, "zero")
    assert SECOND == ratio(1, SECOND, "zero")
    assert SECOND == ratio_to_positive(1, SECOND, "not positive")


def test_zero_has_no_sign() -> None:
    """What is shown as -0 reads like a rounded loss."""
    assert "0" == str(negative(0))


def test_a_quotient_is_written_out() -> None:
    """Without a sign on zero and without an exponent."""
    assert ["0", "10"] == [str(ratio(0, -5, "zero")), str(ratio(750, Decimal("75.00"), "zero"))]


def test_a_float_is_refused_by_the_name_of_the_parameter() -> None:
    """And the message says what to pass."""
    with pytest.raises(FloatAmount, match=r"lost must not be a float \(got -0.1\); pass Decimal\('-0.1'\)"):
        grr(100, 0, lost=-0.1)  # type: ignore[arg-type]  # the mistake that is tested


@pytest.mark.parametrize("wrong", [True, "100", None, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_finite_number_is_refused(wrong: object) -> None:
    """A truth value, a text, nothing, and the special values of Decimal."""
    with pytest.raises(InvalidValue, match="opening must be"):
        grr(wrong, 0, 0)  # type: ignore[arg-type]  # the mistake that is tested


def test_a_convention_is_a_member_of_its_enum() -> None:
    """Text is refused, and the members are listed."""
    with pytest.raises(InvalidValue, match=r"pass one of ArrBasis\.MRR, ArrBasis\.CONTRACTED"):
        arr(closing=1, convention="mrr")  # type: ignore[arg-type]  # the mistake that is tested
