"""Xero: manual journals as the CSV that its import reads.

    *Narration, *Date, Description, *AccountCode, *TaxRate, *Amount, TrackingName1, TrackingOption1, …

One signed amount, debit positive; the lines of one narration and date are one journal and sum to zero. Accounts go by
code, tax rates by their full name. Lines are tracked by at most two categories. A file holds at most 300 lines:
`split_for_xero` cuts between journals.

Source: help.xero.com, ManualJournalsImport.
"""

from __future__ import annotations

import csv
from itertools import chain
from typing import TYPE_CHECKING

from attrs import evolve

from subscription_metrics.errors import InvalidValue
from subscription_metrics.exporters._journals import entries_of, tracked_by, written

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.recognition.journal import JournalLine
    from subscription_metrics.tables import Table

HEADER = (
    "*Narration",
    "*Date",
    "Description",
    "*AccountCode",
    "*TaxRate",
    "*Amount",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
)
MOST_LINES = 300
"""What one file may hold."""
MOST_TRACKED = 2
"""By so many categories a line may be tracked."""


def split_for_xero(table: Table[JournalLine]) -> tuple[Table[JournalLine], ...]:
    """The journal in parts of at most 300 lines, cut between entries.

    Raises:
        InvalidValue: one entry is longer, or doesn't balance.
    """
    parts: list[list[JournalLine]] = [[]]
    for entry in entries_of(table):
        if len(entry) > MOST_LINES:
            rule = f"must have at most {MOST_LINES} lines for Xero"
            raise InvalidValue("entry", entry[0].entry, rule, "group the journal by document, or by account")
        if len(parts[-1]) + len(entry) > MOST_LINES:
            parts.append([])
        parts[-1] += entry
    return tuple(evolve(table, rows=tuple(part)) for part in parts)


def write_xero(table: Table[JournalLine], stream: TextIO, narration: str = "revenue recognition") -> None:
    """Write a journal for Xero's import of manual journals; open files with `newline=""`.

    Raises:
        InvalidValue: more than 300 lines, more than two tracking categories, an entry that doesn't balance, an account
            without code, or two currencies.
    """
    entries = entries_of(table)
    lines = [line for entry in entries for line in entry]
    if len(lines) > MOST_LINES:
        rule = f"must be at most {MOST_LINES} in a file for Xero"
        raise InvalidValue("lines", len(lines), rule, "write each part of split_for_xero(table) to a file of its own")
    tracked = tracked_by(entries)
    if len(tracked) > MOST_TRACKED:
        rule = f"must be at most {MOST_TRACKED} categories for Xero"
        raise InvalidValue("tracking", tracked, rule, "leave out the others")
    rows = [_row(line, narration, tracked) for line in lines]
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    writer.writerows(rows)


def _row(line: JournalLine, narration: str, tracked: list[str]) -> tuple[str, ...]:
    if not line.code:
        raise InvalidValue(
            "code", line.code, f"of account {line.account} must be given for Xero", "add it to the chart"
        )
    amount = written(line.debit - line.credit, line.currency)
    head = f"{line.entry} {narration}", f"{line.on:%d/%m/%Y}", line.description
    options = [(name, option) if (option := line.tracking.get(name)) else ("", "") for name in tracked]
    filled = [*options, *[("", "")] * (MOST_TRACKED - len(options))]
    return *head, line.code, line.tax_rate, amount, *chain.from_iterable(filled)
