"""QuickBooks Online: journal entries as the CSV that its import reads.

    JournalNo, JournalDate, AccountName, Debits, Credits, Description, Name

All lines of an entry share its number and date and balance; the amount cell that is not used is blank. Accounts go by
name, sub-accounts as `Parent:Child`. A line on accounts receivable needs the customer's name. Dates are MM/DD/YYYY for
US companies; elsewhere pass the format that is chosen on the mapping screen.

Source: quickbooks.intuit.com, help article L4tQBwbs7_AU.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from subscription_metrics.errors import InvalidValue
from subscription_metrics.exporters._journals import entries_of, written

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.recognition.journal import JournalLine
    from subscription_metrics.tables import Table

HEADER = ("JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Name")
US_DATES = "%m/%d/%Y"


def write_quickbooks(table: Table[JournalLine], stream: TextIO, day_format: str = US_DATES) -> None:
    """Write a journal for the import of QuickBooks Online; open files with `newline=""`.

    Raises:
        InvalidValue: an entry doesn't balance, currencies are mixed, or a receivable has no customer.
    """
    rows = [_row(line, day_format) for entry in entries_of(table) for line in entry]
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    writer.writerows(rows)


def _row(line: JournalLine, day_format: str) -> tuple[str, ...]:
    if line.is_receivable and not line.customer:
        rule = f"of entry {line.entry} must name the customer on a receivable"
        raise InvalidValue("customer", line.customer, rule, "group the journal by document or by period")
    debit, credit = (written(one, line.currency) if one else "" for one in (line.debit, line.credit))
    return line.entry, f"{line.on:{day_format}}", line.account, debit, credit, line.description, line.customer
