"""Write the table of minor units, `_currencies.py`, from the `iso4217` package.

The package carries the list that the ISO 4217 maintenance agency publishes; the date of that publication goes
into the table, so that a reader knows which amendments are in it.
"""

from __future__ import annotations

from pathlib import Path

import iso4217

TARGET = Path(__file__).parents[1] / "src" / "subscription_metrics" / "_currencies.py"

HEAD = '''"""Minor units of the active ISO 4217 currencies, as published on {published}.

Written by tools/generate_currencies.py from the list of the maintenance agency, never by hand.
`None` marks the units of account that have no minor unit: metals, drawing rights, codes for testing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MINOR_UNITS: Final[Mapping[str, int | None]] = MappingProxyType(
    {{
'''
ROW = '        "{code}": {exponent},  # {name}\n'
FOOT = "    }\n)\n"


def render() -> str:
    """The text of the module: one line per currency, in order of the code."""
    currencies = sorted(iso4217.Currency, key=lambda currency: currency.code)
    rows = [ROW.format(code=c.code, exponent=c.exponent, name=c.currency_name) for c in currencies]
    return "".join([HEAD.format(published=iso4217.__published__), *rows, FOOT])


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"wrote {TARGET}")
