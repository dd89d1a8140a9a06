"""QuickBooks Online: journal entries as the CSV that its import reads.

    JournalNo, JournalDate, AccountName, Debits, Credits, Description, Name

A journal that is tracked by `Class` or `Location` has these columns, too. All lines of an entry share its number and
date and balance; the amount cell that is not used is blank. Accounts go by name, sub-accounts as `Parent:Child`. A
line on accounts receivable needs the customer's name. Dates are MM/DD/YYYY for US companies; elsewhere pass the
format that is chosen on the mapping screen.

Source: quickbooks.intuit.com, help article L4tQBwbs7_AU.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.exporters._journals import entries_of, tracked_by, written

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.recognition.journal import JournalLine
    from subscription_metrics.tables import Table

HEADER = ("JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Name")
TRACKED = ("Class", "Location")
"""The columns by which QuickBooks tracks lines."""
US_DATES = "%m/%d/%Y"


def write_quickbooks(table: Table[JournalLine], stream: TextIO, day_format: str = US_DATES) -> None:
    """Write a journal for the import of QuickBooks Online; open files with `newline=""`.

    Raises:
        InvalidValue: an entry doesn't balance, currencies are mixed, a receivable has no customer, or lines are
            tracked by something else than class and location.
    """
    entries = entries_of(table)
    tracked = _tracked(entries)
    rows = [_row(line, day_format, tracked) for entry in entries for line in entry]
    writer = csv.writer(stream)
    writer.writerow((*HEADER, *tracked))
    writer.writerows(rows)


def _tracked(entries: list[list[JournalLine]]) -> list[str]:
    names = tracked_by(entries)
    other = [name for name in names if name not in TRACKED]
    if other:
        raise InvalidValue("tracking", other, f"must be {' or '.join(TRACKED)} in QuickBooks", "give it that name")
    return [name for name in TRACKED if name in names]


def _row(line: JournalLine, day_format: str, tracked: list[str]) -> tuple[str, ...]:
    if line.is_receivable and not line.customer:
        rule = f"of entry {line.entry} must name the customer on a receivable"
        raise InvalidValue("customer", line.customer, rule, "group the journal by document or by period")
    debit, credit = (written(one, line.currency) if one else "" for one in (line.debit, line.credit))
    head = line.entry, f"{line.on:{day_format}}", line.account, debit, credit, line.description, line.customer
    return *head, *(line.tracking.get(name, "") for name in tracked)
