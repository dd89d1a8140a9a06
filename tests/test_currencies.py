from __future__ import annotations

import iso4217
from babel import Locale
from babel.numbers import get_currency_precision

from subscription_metrics._currencies import MINOR_UNITS

# Where CLDR (babel) has another number of places than ISO 4217, which is ours: places there, and why.
DIFFERENT_IN_CLDR = {
    "AFN": 0,  # CLDR gives the places in everyday use; here and below, prices have long lost their cents
    "ALL": 0,
    "IQD": 0,
    "IRR": 0,
    "KPW": 0,
    "LAK": 0,
    "LBP": 0,
    "MMK": 0,
    "RSD": 0,
    "SOS": 0,
    "SYP": 0,
    "YER": 0,
    "MGA": 0,  # the ariary divides into 5 iraimbilanja, so ISO's two decimals are a convention
    "XAG": 2,  # from here on: ISO gives no minor unit, CLDR knows only its default of 2 (metals,
    "XAU": 2,
    "XPD": 2,
    "XPT": 2,
    "XBA": 2,  # bond market units,
    "XBB": 2,
    "XBC": 2,
    "XBD": 2,
    "XDR": 2,  # units of account of international banks,
    "XSU": 2,
    "XUA": 2,
    "XTS": 2,  # codes for testing
    "XXX": 2,  # and for no currency)
}
MISSING_IN_CLDR = {
    "XAD",  # Arab Accounting Dinar, added to ISO 4217 in 2025
}


def test_the_table_is_the_list_of_iso_4217() -> None:
    """Code by code, as the maintenance agency publishes it: after an amendment run tools/generate_currencies.py."""
    assert {currency.code: currency.exponent for currency in iso4217.Currency} == dict(MINOR_UNITS)


def test_the_table_differs_from_cldr_only_where_a_reason_is_known() -> None:
    """A second, independent list; each difference is named above."""
    in_cldr = {code: get_currency_precision(code) for code in MINOR_UNITS}
    assert DIFFERENT_IN_CLDR == {code: places for code, places in in_cldr.items() if places != MINOR_UNITS[code]}


def test_cldr_knows_all_currencies_but_the_newest() -> None:
    """A code that CLDR has no name for is a typing error, or younger than CLDR's release."""
    assert MISSING_IN_CLDR == set(MINOR_UNITS) - set(Locale("en").currencies)
