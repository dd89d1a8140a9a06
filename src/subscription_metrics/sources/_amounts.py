"""Reading amounts: 1,234.50 · 1.234,50 · 1 234,50 · €99 · 99 USD, and what each could mean.

A text is read under both decimal signs. One reading is the number; two equal ones are too; two different ones
(`1,234`) wait for what the rest of the file shows.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue, NegativeAmount
from subscription_metrics.money import NO_CURRENCY, SCALE, round_to, to_units
from subscription_metrics.sources._cells import read_currency, read_text, the_reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subscription_metrics.sources._cells import Choice

# Groups of three, all set apart by the same sign, and never after a leading zero: 0,125 has no groups.
_NUMBERS: Mapping[str, re.Pattern[str]] = {
    sign: re.compile(
        rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<group>[{group}'’ \u00a0\u202f])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*|[0-9]*)"
        rf"(?:[{sign}](?P<decimals>[0-9]+))?"
    )
    for sign, group in ((".", ","), (",", "."))
}
_NUMBER_REMEDY = "write it in digits with one decimal sign, such as 1234.50, without exponent"


def read_number(name: str, text: str, decimal: Choice[str]) -> Decimal:
    """A number without sign: 1234.50 · 1234,50 · 1,234.50 · 1.234,50 · 1 234,50 · 1'234.50.

    Raises:
        InvalidValue: no such number, or, as `Ambiguous`, two of them: 1,234.
    """
    readings = {
        sign: Decimal(f"{re.sub('[^0-9]', '', found['whole']) or 0}.{found['decimals'] or ''}")
        for sign, pattern in _NUMBERS.items()
        if (found := pattern.fullmatch(text)) and text
    }
    return the_reading(InvalidValue(name, text, "must be a number", _NUMBER_REMEDY), readings, decimal)


def read_quantity(name: str, text: str, decimal: Choice[str]) -> Decimal | int:
    """A number above 0, as an `int` if it is whole."""
    number = read_number(name, read_text(name, text), decimal)
    if not number:
        raise InvalidValue(name, text, "must be above 0", "leave the cell empty for 1")
    return int(number) if number == number.to_integral_value() else number


_DOLLARS = "USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SGD SRD TTD TWD UYU XCD"
SIGNS: Mapping[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "LBP", "SHP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "$": frozenset(_DOLLARS.split()),
    "US$": frozenset({"USD"}),
    "A$": frozenset({"AUD"}),
    "C$": frozenset({"CAD"}),
    "R$": frozenset({"BRL"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₺": frozenset({"TRY"}),
    "₪": frozenset({"ILS"}),
    "₫": frozenset({"VND"}),
    "₴": frozenset({"UAH"}),
    "zł": frozenset({"PLN"}),
    "Kč": frozenset({"CZK"}),
    "kr": frozenset({"DKK", "ISK", "NOK", "SEK"}),
}
"""The currencies that a sign beside an amount may stand for; three letters stand for the code that they are."""


Amount = tuple[Decimal, int, frozenset[str] | None]
"""An amount, the same in units of 10⁻⁸, and the currencies that the sign beside it allows (`None`: no sign)."""

# What most exports write, and what can be read without further ado. `tests/test_cells.py` shows that it gives what the
# long way gives; `benchmarks/` shows what it saves.
_PLAIN = re.compile(r"[0-9]+(?:\.(?:[0-9]{1,2}|[0-9]{4,8}))?")

_LONGEST = 64
"""Characters of the longest amount: far above any sum of money, and a bound on what a hostile cell can cost."""

_AMOUNT = re.compile(
    r"(?P<before>[-−+]?)\s*(?P<left>[^\s\d.,'’+−-]*)\s*(?P<after>[-−+]?)\s*"
    r"(?P<number>[0-9.,'’ \u00a0\u202f]*[0-9])\s*(?P<right>[^\s\d.,'’+−-]*)"
)
_AMOUNT_REMEDY = f"{_NUMBER_REMEDY}, with at most one currency sign"


def read_amount(name: str, text: str, decimal: Choice[str]) -> Amount:
    """A monthly amount, rounded half-even to 8 decimals: 99 · 1,234.50 · €99 · 99 USD.

    Raises:
        NegativeAmount: it is below 0.
        InvalidValue: no amount, or, as `Ambiguous`, two of them.
    """
    if decimal.given != "," and len(text) <= _LONGEST and _PLAIN.fullmatch(text):
        if "." in text:
            decimal.seen.add(".")
        whole, _, decimals = text.partition(".")
        return Decimal(text), int(whole + decimals.ljust(SCALE, "0")), None
    found = _AMOUNT.fullmatch(read_text(name, text)) if len(text) <= _LONGEST else None
    if not found or (found["left"] and found["right"]) or (found["before"] and found["after"]):
        raise InvalidValue(name, text, "must be an amount", _AMOUNT_REMEDY)
    number = read_number(name, found["number"], decimal)
    if number and (found["before"] or found["after"]) in {"-", "−"}:
        remedy = "a discount can't take a line below 0; credits and refunds are not MRR"
        raise NegativeAmount(name, text, "must not be negative", remedy)
    rounded = round_to(number, SCALE)
    value = number if number == rounded else rounded
    return value, to_units(value), _currencies_of(name, text, found["left"] or found["right"])


def _currencies_of(name: str, text: str, sign: str) -> frozenset[str] | None:
    if not sign:
        return None
    if sign in SIGNS:
        return SIGNS[sign]
    try:
        return frozenset({read_currency(name, sign)})
    except InvalidValue:
        raise InvalidValue(name, text, f"has the unknown currency sign {sign!r}", _AMOUNT_REMEDY) from None


def agreed_currency(name: str, text: str, allowed: frozenset[str], stated: str) -> str:
    """The currency of a row that is `stated` in one place and limited by the sign beside the amount in another."""
    if stated in allowed:
        return stated
    if stated == NO_CURRENCY and len(allowed) == 1:
        return next(iter(allowed))
    if stated == NO_CURRENCY:
        rule = "has a sign that stands for several currencies"
        raise InvalidValue(name, text, rule, "pass currency=…, such as currency='USD'")
    raise InvalidValue(name, text, f"is not in {stated}, the currency of its row", "correct one of the two")
