"""Journal files, read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from subscription_metrics.errors import InvalidValue
from subscription_metrics.exporters import split_for_xero, write_quickbooks, write_xero
from subscription_metrics.recognition.journal import Entry, JournalLine, journal_table

GOLDEN = Path(__file__).parent / "golden/revrec_export_formats"
MONTHS = (("Jan", date(2019, 1, 31), "33.85"), ("Feb", date(2019, 2, 28), "43.08"), ("Mar", date(2019, 3, 15), "23.07"))


def line(entry: str, on: date, account: str, units: str, **more: Any) -> JournalLine:  # noqa: ANN401 - any
    """A line of an entry; debits are above 0."""
    amount = Decimal(units)
    defaults: dict[str, Any] = {"code": "", "customer": "", "description": "", "is_receivable": False}
    fields = {**defaults, "currency": "USD", **more}
    return JournalLine(
        entry=entry,
        on=on,
        account=account,
        tax_rate="Tax Exempt",
        debit=max(amount, Decimal(0)),
        credit=max(-amount, Decimal(0)),
        contract="",
        corrects="",
        postings=(),
        **fields,
    )


def entries() -> list[Entry]:
    """The entries of ERPNext's case by days."""
    found = []
    for name, on, amount in MONTHS:
        number, about = f"RR-{on:%Y-%m}", f"Recognise {name} 2019 SINV-1"
        lines = (
            line(number, on, "Deferred Revenue", amount, code="835", description=about),
            line(number, on, "Sales", f"-{amount}", code="200", description=about),
        )
        found.append(Entry(number, on, "USD", about, lines))
    return found


def sample(name: str) -> list[list[str]]:
    """The rows of a sample file."""
    return list(csv.reader((GOLDEN / name).read_text(encoding="utf-8").splitlines()))


def read_back(text: str) -> list[list[str]]:
    """The rows of a written file."""
    return list(csv.reader(io.StringIO(text, newline="")))


def test_quickbooks_reads_the_sample() -> None:
    """Header, US dates, blank unused amounts, one number and date an entry."""
    stream = io.StringIO()
    write_quickbooks(journal_table(entries()), stream)
    assert sample("qbo_journal_sample.csv") == read_back(stream.getvalue())


def test_xero_reads_the_sample() -> None:
    """Header with stars, dates by day, one signed amount, codes and names of tax rates."""
    stream = io.StringIO()
    write_xero(journal_table(entries()), stream)
    assert sample("xero_manual_journal_sample.csv") == read_back(stream.getvalue())


def test_xero_files_hold_at_most_300_lines_and_whole_journals() -> None:
    """350 entries of two lines are 700 lines: three files, each entry in one of them."""
    on = date(2025, 1, 31)
    many = [
        Entry(str(n), on, "USD", "", (line(str(n), on, "A", "1", code="1"), line(str(n), on, "B", "-1", code="2")))
        for n in range(350)
    ]
    with pytest.raises(InvalidValue, match="at most 300"):
        write_xero(journal_table(many), io.StringIO())
    parts = split_for_xero(journal_table(many))
    assert [300, 300, 100] == [len(part) for part in parts]
    for part in parts:
        stream = io.StringIO()
        write_xero(part, stream)
        _, *rows = read_back(stream.getvalue())
        assert Decimal(0) == sum(Decimal(row[5]) for row in rows)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((("A", "1"), ("B", "-2")), "must balance"),
        ((("A", "1", "EUR"), ("B", "-1", "USD")), "must be one in a journal file"),
    ],
)
def test_what_no_journal_may_hold(lines: tuple[tuple[str, ...], ...], message: str) -> None:
    """An entry that doesn't balance, two currencies: nothing is written."""
    on = date(2025, 1, 31)
    made = tuple(
        line("1", on, name, amount, code="1", currency=currency[0] if currency else "USD")
        for name, amount, *currency in lines
    )
    for write in (write_quickbooks, write_xero):
        stream = io.StringIO()
        with pytest.raises(InvalidValue, match=message):
            write(journal_table([Entry("1", on, "USD", "", made)]), stream)
        assert not stream.getvalue()


def test_a_receivable_needs_its_customer_and_an_account_its_code() -> None:
    """What the one system needs by name, the other needs by code."""
    on = date(2025, 1, 31)
    made = (line("1", on, "Debtors", "1", is_receivable=True), line("1", on, "B", "-1"))
    table = journal_table([Entry("1", on, "USD", "", made)])
    with pytest.raises(InvalidValue, match="customer on a receivable"):
        write_quickbooks(table, io.StringIO())
    with pytest.raises(InvalidValue, match="code of account Debtors"):
        write_xero(table, io.StringIO())
