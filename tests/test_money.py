from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.errors import FloatAmount, InvalidValue, UnknownCurrency
from subscription_metrics.money import (
    Rounding,
    allocate,
    exact_sum,
    from_units,
    minor_units,
    plain,
    round_money,
    round_to,
    to_units,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def hostile_context() -> Iterator[None]:
    """A thread whose decimals have three digits, round up, and may not exceed 99."""
    with decimal.localcontext() as context:
        context.prec, context.rounding, context.Emax, context.Emin = 3, decimal.ROUND_UP, 1, -1
        yield


@pytest.mark.parametrize(
    ("currency", "places"),
    [("USD", 2), ("EUR", 2), ("BRL", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("MGA", 2)],
)
def test_a_currency_has_the_minor_units_of_iso_4217(currency: str, places: int) -> None:
    """Two for most, none for yen, three for dinars, four for the Unidad de Fomento."""
    assert places == minor_units(currency)


@pytest.mark.parametrize(
    ("currency", "message"),
    [
        ("XYZ", "currency must be an active ISO 4217 code (got 'XYZ'); write three capitals, such as 'EUR'"),
        ("usd", "currency must be an active ISO 4217 code (got 'usd'); write 'USD'"),
        (" EUR", "currency must be an active ISO 4217 code (got ' EUR'); write 'EUR'"),
        (None, "currency must be an active ISO 4217 code (got None); write three capitals, such as 'EUR'"),
        ([], "currency must be an active ISO 4217 code (got []); write three capitals, such as 'EUR'"),
        (
            "XAU",
            (
                "currency must have a minor unit; this is a unit of account that nobody is billed in (got 'XAU'); "
                "pass the currency of the invoice"
            ),
        ),
    ],
)
def test_an_unknown_currency_is_refused(currency: Any, message: str) -> None:  # noqa: ANN401  # whatever a caller passes
    """The message says what was meant, if that can be told."""
    with pytest.raises(UnknownCurrency) as caught:
        minor_units(currency)
    assert message == str(caught.value)


# By eye: the same seven amounts under every mode, to two places.
AMOUNTS = ["0.121", "0.125", "0.129", "0.135", "-0.121", "-0.125", "-0.129"]
ROUNDED = {
    Rounding.HALF_EVEN: ["0.12", "0.12", "0.13", "0.14", "-0.12", "-0.12", "-0.13"],
    Rounding.HALF_UP: ["0.12", "0.13", "0.13", "0.14", "-0.12", "-0.13", "-0.13"],
    Rounding.HALF_DOWN: ["0.12", "0.12", "0.13", "0.13", "-0.12", "-0.12", "-0.13"],
    Rounding.UP: ["0.13", "0.13", "0.13", "0.14", "-0.13", "-0.13", "-0.13"],
    Rounding.DOWN: ["0.12", "0.12", "0.12", "0.13", "-0.12", "-0.12", "-0.12"],
    Rounding.CEILING: ["0.13", "0.13", "0.13", "0.14", "-0.12", "-0.12", "-0.12"],
    Rounding.FLOOR: ["0.12", "0.12", "0.12", "0.13", "-0.13", "-0.13", "-0.13"],
}


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.usefixtures("hostile_context")
def test_each_rounding_does_what_its_line_says(rounding: Rounding) -> None:
    """The digits are those of the table, whatever the context of the thread."""
    assert ROUNDED[rounding] == [str(round_to(Decimal(amount), 2, rounding)) for amount in AMOUNTS]


@pytest.mark.usefixtures("hostile_context")
def test_rounding_to_minor_units_follows_the_currency() -> None:
    """Half-even unless said otherwise, in as many places as the currency has, whatever the context of the thread."""
    amount = Decimal("1234.5675")
    rounded = {currency: str(round_money(amount, currency)) for currency in ("USD", "JPY", "KWD")}
    assert {"USD": "1234.57", "JPY": "1235", "KWD": "1234.568"} == rounded
    assert Decimal("1234.567") == round_money(amount, "KWD", Rounding.DOWN)


def test_what_rounds_to_zero_has_no_sign() -> None:
    """No report shows -0.00."""
    assert "0.00" == str(round_to(Decimal("-0.001"), 2))


@pytest.mark.parametrize("amount", ["0", "55", "41.58", "-0.00000001", "41.5800000000000", "1E+3"])
@pytest.mark.usefixtures("hostile_context")
def test_units_are_the_amount_shifted_by_eight_places(amount: str) -> None:
    """Exactly, however the amount is spelt and whatever the context of the thread."""
    units = to_units(Decimal(amount))
    assert Fraction(amount) * 10**8 == units
    assert Fraction(amount) == Fraction(from_units(units))


@given(st.integers(), st.integers(0, 30))
def test_units_come_back_from_any_size(units: int, places: int) -> None:
    """`to_units` undoes `from_units`."""
    assert units == to_units(from_units(units, places), places)


@pytest.mark.usefixtures("hostile_context")
def test_an_amount_of_any_size_is_made_from_units() -> None:
    """Four hundred digits stay four hundred digits."""
    assert "9" * 392 + "." + "9" * 8 == str(from_units(10**400 - 1))


@pytest.mark.parametrize(
    ("amount", "error", "message"),
    [
        (
            41.58,
            FloatAmount,
            "amount must not be a float (got 41.58); pass a Decimal made from text, as Decimal('41.58')",
        ),
        (41, InvalidValue, "amount must be a Decimal (got 41); pass Decimal(…) of an int or a text"),
        (True, InvalidValue, "amount must be a Decimal (got True); pass Decimal(…) of an int or a text"),
        ("41.58", InvalidValue, "amount must be a Decimal (got '41.58'); pass Decimal(…) of an int or a text"),
        (Decimal("NaN"), InvalidValue, "amount must be finite (got Decimal('NaN')); leave out what is not known"),
        (Decimal("sNaN"), InvalidValue, "amount must be finite (got Decimal('sNaN')); leave out what is not known"),
        (
            Decimal("-Infinity"),
            InvalidValue,
            "amount must be finite (got Decimal('-Infinity')); leave out what is not known",
        ),
        (
            Decimal("1E+999999"),
            InvalidValue,
            "amount must have at most 200 digits (got Decimal('1E+999999')); check where it comes from",
        ),
    ],
)
@pytest.mark.parametrize("use", [to_units, lambda amount: round_to(amount, 2)], ids=["to_units", "round_to"])
def test_what_is_no_amount_is_refused(
    use: Callable[[Any], object],
    amount: Any,  # noqa: ANN401  # whatever a caller passes
    error: type[InvalidValue],
    message: str,
) -> None:
    """The message names the value and says what to pass instead."""
    with pytest.raises(error) as caught:
        use(amount)
    assert message == str(caught.value)


def test_decimals_that_do_not_fit_are_never_cut_off() -> None:
    """The ninth decimal is an error that names the way to round."""
    with pytest.raises(InvalidValue) as caught:
        to_units(Decimal("0.000000001"))
    rule = "amount must have at most 8 decimals (got Decimal('1E-9')); say how to round it: round_to(amount, 8)"
    assert rule == str(caught.value)


def test_units_are_no_float() -> None:
    """A float would come back with the digits of its binary fraction."""
    with pytest.raises(TypeError):
        from_units(0.1)  # type: ignore[arg-type]  # what is tested


@pytest.mark.usefixtures("hostile_context")
def test_a_sum_is_exact() -> None:
    """A hundred million and a cent, in a context of three digits."""
    assert Decimal("100000000.01") == exact_sum([Decimal(100_000_000), Decimal("0.01")])
    assert Decimal(0) == exact_sum([])


def test_a_sum_that_would_round_is_an_error() -> None:
    """201 digits are one more than an amount may have."""
    with pytest.raises(decimal.Inexact):
        exact_sum([Decimal("1E+100"), Decimal("1E-100")])


@pytest.mark.parametrize(
    ("amount", "least_places", "text"),
    [
        ("55", 2, "55.00"),
        ("55", 0, "55"),
        ("41.58333333", 2, "41.58333333"),
        ("41.580000", 0, "41.58"),
        ("41.500000", 2, "41.50"),
        ("-0.5", 2, "-0.50"),
        ("1E+3", 0, "1000"),
        ("1E-8", 2, "0.00000001"),
        ("-0E-8", 2, "0.00"),
        ("12345678901234567890123456789012345.5", 0, "12345678901234567890123456789012345.5"),
    ],
)
@pytest.mark.usefixtures("hostile_context")
def test_plain_text_has_all_digits_and_no_exponent(amount: str, least_places: int, text: str) -> None:
    """Whatever the context of the thread."""
    assert text == plain(Decimal(amount), least_places)


def test_plain_text_is_of_amounts_only() -> None:
    """A float would print digits that nobody wrote."""
    with pytest.raises(FloatAmount):
        plain(0.1)  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], (34, 33, 33)),
        (-100, [1, 1, 1], (-34, -33, -33)),
        (0, [1, 2], (0, 0)),
        (5, [0, 1], (0, 5)),
        (2, [1, 1, 1], (1, 1, 0)),
        (100, [Decimal("0.5"), Decimal("0.25"), Decimal("0.25")], (50, 25, 25)),
        (10, [Fraction(1, 3), Fraction(2, 3)], (3, 7)),
        (10**30 + 1, [1, 1], (5 * 10**29 + 1, 5 * 10**29)),
    ],
)
@pytest.mark.usefixtures("hostile_context")
def test_allocation_places_the_rest_by_largest_remainder(
    total: int, weights: list[int | Decimal | Fraction], shares: tuple[int, ...]
) -> None:
    """The first of equal remainders comes first."""
    assert shares == allocate(total, weights)


@pytest.mark.parametrize(
    ("total", "weights", "error", "message"),
    [
        (1, [], InvalidValue, "weights must hold one above 0 (got []); allocate nothing if there is nobody"),
        (1, [0], InvalidValue, "weights must hold one above 0 (got [0]); allocate nothing if there is nobody"),
        (1, [2, -1], InvalidValue, "weights must not be negative (got -1); allocate debits and credits apart"),
        (1, [0.5], FloatAmount, "weights must not be floats (got 0.5); pass ints, Decimals or Fractions"),
        (1, ["1"], InvalidValue, "weights must be numbers (got '1'); pass ints, Decimals or Fractions"),
        (
            1,
            [Decimal("NaN")],
            InvalidValue,
            "weights must be finite (got Decimal('NaN')); pass ints, Decimals or Fractions",
        ),
        (Decimal(1), [1], InvalidValue, "total must be an int (got Decimal('1')); pass minor units, see to_units"),
        (True, [1], InvalidValue, "total must be an int (got True); pass minor units, see to_units"),
    ],
)
def test_what_cannot_be_allocated_is_refused(
    total: Any,  # noqa: ANN401  # whatever a caller passes
    weights: Any,  # noqa: ANN401  # the same
    error: type[InvalidValue],
    message: str,
) -> None:
    """Nobody to give to, less than nothing, and numbers that are not exact."""
    with pytest.raises(error) as caught:
        allocate(total, weights)
    assert message == str(caught.value)
