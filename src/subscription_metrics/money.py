"""Amounts of money: decimals at the edge, integers inside, and nothing lost between the two.

An amount is a `Decimal` beside a currency code. Where many amounts are added, `to_units` turns them into
integers of 10⁻⁸, which Python adds exactly and fast, and `from_units` turns the sum back. Money is never
divided among parts: it is allocated, and the parts add up to the whole.

House rules.

1. A `float` is refused wherever an amount goes in: binary fractions can't hold most cents.
2. The decimal context of the calling thread changes no result: every operation names its own, and one that
   would have to round where rounding was not asked for raises instead.
"""

from __future__ import annotations

from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
    Overflow,
)
from enum import Enum
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import TYPE_CHECKING

from subscription_metrics._currencies import MINOR_UNITS
from subscription_metrics.errors import FloatAmount, InvalidValue, UnknownCurrency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCALE = 8
"""Decimal places that an amount is kept with (semantics §2: rounded once per span to 8 decimals)."""

NO_CURRENCY = "XXX"
"""ISO 4217's code where no currency is stated: amounts of a source that names none, read with two decimals."""

_DIGITS = 200
"""Digits an amount may have: far above any sum of money, and a bound on what a hostile input can cost."""

_ROUNDING = Context(prec=_DIGITS, Emin=-_DIGITS, Emax=_DIGITS, traps=[InvalidOperation])
_EXACT = Context(prec=_DIGITS, Emin=-_DIGITS, Emax=_DIGITS, traps=[InvalidOperation, Overflow, Inexact])
_UNBOUNDED = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation, Inexact])

# Bound once: these run for every span, and finding a method costs as much as a third of the work.
_shift, _whole, _shift_any_size = _EXACT.scaleb, _EXACT.to_integral_exact, _UNBOUNDED.scaleb


class Rounding(Enum):
    """How a digit is chosen when places are dropped. The values are those of the `decimal` module."""

    HALF_EVEN = ROUND_HALF_EVEN
    """To the nearest; a tie goes to the even digit: 0.125 → 0.12, 0.135 → 0.14. Sums don't drift."""
    HALF_UP = ROUND_HALF_UP
    """To the nearest; a tie goes away from zero: 0.125 → 0.13, −0.125 → −0.13. What invoices use."""
    HALF_DOWN = ROUND_HALF_DOWN
    """To the nearest; a tie goes towards zero: 0.125 → 0.12, −0.125 → −0.12."""
    UP = ROUND_UP
    """Away from zero: 0.121 → 0.13, −0.121 → −0.13."""
    DOWN = ROUND_DOWN
    """Towards zero: 0.129 → 0.12, −0.129 → −0.12."""
    CEILING = ROUND_CEILING
    """Towards plus infinity: 0.121 → 0.13, −0.129 → −0.12."""
    FLOOR = ROUND_FLOOR
    """Towards minus infinity: 0.129 → 0.12, −0.121 → −0.13."""


def minor_units(currency: str) -> int:
    """Decimal places of the smallest unit of `currency`: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217), 2 for XXX.

    Raises:
        UnknownCurrency: no active ISO 4217 code, or a unit of account without minor unit, such as gold (XAU).
    """
    try:
        places = MINOR_UNITS[currency]
    except (KeyError, TypeError):
        rule = "must be an active ISO 4217 code"
        raise UnknownCurrency("currency", currency, rule, _spelling(currency)) from None
    if currency == NO_CURRENCY:
        return 2
    if places is None:
        rule = "must have a minor unit; this is a unit of account that nobody is billed in"
        raise UnknownCurrency("currency", currency, rule, "pass the currency of the invoice")
    return places


def _spelling(currency: object) -> str:
    meant = currency.strip().upper() if isinstance(currency, str) else ""
    return f"write {meant!r}" if meant in MINOR_UNITS else "write three capitals, such as 'EUR'"


def round_to(amount: Decimal, places: int, rounding: Rounding = Rounding.HALF_EVEN) -> Decimal:
    """`amount` with exactly `places` decimals.

    Raises:
        FloatAmount: `amount` is a float.
        InvalidValue: `amount` is no finite `Decimal` of at most 200 digits.
    """
    require_decimal("amount", amount)
    try:
        rounded = amount.quantize(Decimal((0, (1,), -places)), rounding.value, _ROUNDING)
    except InvalidOperation:
        raise _unfit(amount, places) from None
    return rounded or rounded.copy_abs()


def round_money(amount: Decimal, currency: str, rounding: Rounding = Rounding.HALF_EVEN) -> Decimal:
    """`amount` in whole minor units of `currency`.

    Raises:
        UnknownCurrency: see `minor_units`.
        InvalidValue: see `round_to`.
    """
    return round_to(amount, minor_units(currency), rounding)


def to_units(amount: Decimal, places: int = SCALE) -> int:
    """`amount` as an integer of 10^-`places`, exactly: 41.58 → 4158000000.

    Raises:
        FloatAmount: `amount` is a float.
        InvalidValue: `amount` is no finite `Decimal`, or has more than `places` decimals or 200 digits.
    """
    if not isinstance(amount, Decimal):
        raise _unfit(amount, places)
    try:
        return int(_whole(_shift(amount, places)))
    except (ArithmeticError, ValueError):
        raise _unfit(amount, places) from None


def from_units(units: int, places: int = SCALE) -> Decimal:
    """The amount that `units` of 10^-`places` are, exactly and of any size: 4158000000 → 41.58.

    It has two decimals where they hold it, as most amounts do, else `places`.

    Raises:
        TypeError: `units` is a float.
    """
    if places > 2:  # noqa: PLR2004 - the two decimals of the docstring
        cents, rest = divmod(units, 10 ** (places - 2))
        if not rest:
            return _shift_any_size(cents, -2)
    return _shift_any_size(units, -places)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of `amounts`, exactly, whatever the decimal context of the calling thread.

    Raises:
        decimal.Inexact: the sum has more than 200 digits.
    """
    return reduce(_EXACT.add, amounts, Decimal(0))


def plain(amount: Decimal, least_places: int = 0) -> str:
    """`amount` as text, exactly, without exponent: 41.5800 → "41.58", with two `least_places` 55 → "55.00".

    Zeros at the end are cut down to `least_places` decimals; zero has no sign.

    Raises:
        FloatAmount: `amount` is a float.
        InvalidValue: `amount` is no finite `Decimal`.
    """
    require_decimal("amount", amount)
    whole, _, decimals = f"{amount or amount.copy_abs():f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least_places, "0")
    return f"{whole}.{decimals}" if decimals else whole


def require_decimal(name: str, value: object) -> None:
    """Refuse what is no finite `Decimal`, as `FloatAmount` or `InvalidValue` of the field `name`."""
    if isinstance(value, float):
        raise FloatAmount(name, value, "must not be a float", "pass a Decimal made from text, as Decimal('41.58')")
    if not isinstance(value, Decimal):
        raise InvalidValue(name, value, "must be a Decimal", "pass Decimal(…) of an int or a text")
    if not value.is_finite():
        raise InvalidValue(name, value, "must be finite", "leave out what is not known")


def _unfit(amount: Decimal, places: int) -> InvalidValue:
    require_decimal("amount", amount)
    if amount.adjusted() + places >= _DIGITS:
        return InvalidValue("amount", amount, f"must have at most {_DIGITS} digits", "check where it comes from")
    rule, remedy = f"must have at most {places} decimals", f"say how to round it: round_to(amount, {places})"
    return InvalidValue("amount", amount, rule, remedy)


def allocate(total: int, weights: Sequence[int | Decimal | Fraction]) -> tuple[int, ...]:
    """Split `total` in proportion to `weights`, exactly, by largest remainder: 100 by 1, 1, 1 → 34, 33, 33.

    Each share is rounded towards zero; the units left over go one each to the largest remainders, the first
    of equal ones first. So the shares add up to `total`, none is a whole unit away from its proportion, a
    weight of 0 gets 0, and a negative total is split like the positive one.

    Raises:
        FloatAmount: a weight is a float.
        InvalidValue: `total` is no int, or there are no weights, a negative one, or only zeros.
    """
    _require_int("total", total)
    exact = [_weight(weight) for weight in weights]
    scale = lcm(*(weight.denominator for weight in exact))
    parts = [int(weight * scale) for weight in exact]
    whole = sum(parts)
    if not whole:
        raise InvalidValue("weights", weights, "must hold one above 0", "allocate nothing if there is nobody")
    split = [divmod(abs(total) * part, whole) for part in parts]
    shares = _placed(abs(total), [share for share, _ in split], [rest for _, rest in split])
    return tuple(-share for share in shares) if total < 0 else tuple(shares)


def _placed(total: int, shares: list[int], remainders: list[int]) -> list[int]:
    by_remainder = sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)
    for position in by_remainder[: total - sum(shares)]:
        shares[position] += 1
    return shares


def _require_int(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue(name, value, "must be an int", "pass minor units, see to_units")


def _weight(weight: object) -> Fraction:
    remedy = "pass ints, Decimals or Fractions"
    if isinstance(weight, float):
        raise FloatAmount("weights", weight, "must not be floats", remedy)
    if not isinstance(weight, int | Decimal | Fraction):
        raise InvalidValue("weights", weight, "must be numbers", remedy)
    if isinstance(weight, Decimal) and not weight.is_finite():
        raise InvalidValue("weights", weight, "must be finite", remedy)
    if weight < 0:
        raise InvalidValue("weights", weight, "must not be negative", "allocate debits and credits apart")
    return Fraction(weight)
