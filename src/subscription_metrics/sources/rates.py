"""Exchange rates from a CSV file with the columns `date, from, to, rate`: one unit of `from` was worth `rate` of `to`.

House rule: the spelling is narrow, because a rate that is misread moves every figure. Dates are ISO 8601, the decimal
sign is a point, and each pair has one rate a day. All faults of the file are reported at once.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from subscription_metrics.errors import Fault, InvalidInput, InvalidValue
from subscription_metrics.rates import MissingRatePolicy, QuotedRate, RateTable

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("date", "from", "to", "rate")

_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?", re.ASCII)

Known = dict[tuple[date, str, str], int]
"""The line on which the rate of a day and pair was read."""


def load_rates(path: str, policy: MissingRatePolicy = MissingRatePolicy.EXACT) -> RateTable:
    """Read the file at `path`; `policy` is that of the `RateTable`.

    Raises:
        InvalidInput: the file has faults; it holds all of them.
        OSError: the file can't be opened or read.
    """
    known: Known = {}
    read: list[QuotedRate | Fault] = []
    with Path(path).open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        rows = csv.DictReader(file, restval="", strict=True)
        try:
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                rule = f"the header lacks {', '.join(missing)}"
                raise InvalidInput([Fault(path, 1, None, None, rule, f"name the columns {', '.join(COLUMNS)}")])
            read += (_read(path, rows.line_num, row, known) for row in rows)
        except csv.Error as error:
            read.append(Fault(path, rows.line_num, None, None, f"is no CSV: {error}", "check the quotes"))
    if faults := [one for one in read if isinstance(one, Fault)]:
        raise InvalidInput(faults)
    return RateTable((one for one in read if isinstance(one, QuotedRate)), policy)


def _read(path: str, line: int, row: Mapping[str, str], known: Known) -> QuotedRate | Fault:
    try:
        quote = QuotedRate(_day(row["date"]), row["from"], row["to"], _number(row["rate"]))
        RateTable([quote], MissingRatePolicy.EXACT)
    except InvalidValue as error:
        return Fault(path, line, error.field, str(error.value), error.rule, error.remedy)
    first = known.setdefault(quote[:3], line)
    if first == line:
        return quote
    rule = f"repeats the day and the currencies of line {first}"
    return Fault(path, line, None, row["rate"], rule, "keep one of the two")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue("date", text, "must be a date", "write 2025-01-31") from None


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise InvalidValue("rate", text, "must be a number above 0", "write it with a point, as 1.0825")
    return Decimal(text)
