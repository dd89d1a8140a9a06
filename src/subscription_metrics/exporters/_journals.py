"""What journal files have in common: rows by entry, one currency, amounts as text.

House rules.

1. A file holds whole entries, and each of them balances: one that doesn't is refused before a byte is written.
2. Accounting systems match names letter by letter, so texts are written as they are: no mark is put before a formula's
   sign. Import these files, don't open them in a spreadsheet.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import exact_sum, minor_units, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from subscription_metrics.recognition.journal import JournalLine


def entries_of(lines: Iterable[JournalLine]) -> list[list[JournalLine]]:
    """The lines by entry, in their order.

    Raises:
        InvalidValue: an entry doesn't balance, has two dates or stands in two places, or there are two currencies.
    """
    entries = [list(group) for _, group in groupby(lines, key=lambda line: line.entry)]
    repeated = [number for number, count in Counter(entry[0].entry for entry in entries).items() if count > 1]
    if repeated:
        # Importers put lines of one number together, wherever they stand.
        raise InvalidValue("entry", repeated, "must be one entry each", "export one journal, in its order")
    for entry in entries:
        if exact_sum(line.debit for line in entry) != exact_sum(line.credit for line in entry):
            raise InvalidValue("entry", entry[0].entry, "must balance", "export the journal whole")
        if len({line.on for line in entry}) > 1:
            raise InvalidValue("on", entry[0].entry, "must be one day for all lines of an entry")
    currencies = sorted({line.currency for entry in entries for line in entry})
    if len(currencies) > 1:
        raise InvalidValue("currency", currencies, "must be one in a journal file", "export one currency at a time")
    return entries


def tracked_by(entries: Iterable[list[JournalLine]]) -> list[str]:
    """The names that lines are tracked under, in the order in which they were asked for."""
    return list(dict.fromkeys(name for entry in entries for line in entry for name in line.tracking))


def written(amount: Decimal, currency: str) -> str:
    """An amount as text with the decimals of its currency."""
    return plain(amount, minor_units(currency))
