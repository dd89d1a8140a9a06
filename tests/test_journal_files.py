"""Journal files, read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from subscription_metrics.errors import InvalidInput, InvalidValue
from subscription_metrics.exporters import split_for_xero, write_csv, write_quickbooks, write_xero
from subscription_metrics.periods import Period
from subscription_metrics.recognition.journal import (
    JOURNAL_COLUMNS,
    PLAIN_CHART,
    TRACKING_COLUMN,
    Account,
    Entry,
    Grouping,
    JournalLine,
    Tracking,
    journal,
    journal_table,
)
from subscription_metrics.recognition.ledger import calendar_of_months, close_through
from subscription_metrics.recognition.schedule import Role
from subscription_metrics.sources.charts import load_chart, load_tracking
from subscription_metrics.sources.contracts import load_contracts

if TYPE_CHECKING:
    from subscription_metrics.recognition.postings import Posting

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


def test_an_entry_stands_in_one_place() -> None:
    """Two journals in one file may bear the same numbers: importers would take their entries for one."""
    twice = journal_table([*entries(), *entries()[:1]])
    for write in (write_quickbooks, write_xero):
        with pytest.raises(InvalidValue, match=r"must be one entry each \(got \['RR-2019-01'\]\)"):
            write(twice, io.StringIO())


def test_an_entry_that_no_file_of_xero_holds_is_refused() -> None:
    """301 lines, and nowhere to cut."""
    on = date(2025, 1, 31)
    lines = (line("1", on, "A", "300", code="1"), *(line("1", on, "B", "-1", code="2") for _ in range(300)))
    with pytest.raises(InvalidValue, match=r"entry must have at most 300 lines for Xero \(got '1'\)"):
        split_for_xero(journal_table([Entry("1", on, "USD", "", lines)]))


FACTS = Path(__file__).resolve().parents[1] / "examples/month_end"
PRODUCT, CUSTOMER = Tracking("Class", "product"), Tracking("Location", "customer")


@pytest.fixture(scope="module")
def march() -> list[Posting]:
    """What was posted in March."""
    facts = load_contracts(str(FACTS / "facts.json"))
    month = Period.parse("2026-03")
    return [
        one for one in close_through(facts, calendar_of_months(facts, month), month).postings if one.posted == "2026-03"
    ]


@pytest.mark.parametrize("grouping", Grouping)
@pytest.mark.parametrize("tracking", [[PRODUCT], [CUSTOMER], [PRODUCT, CUSTOMER]])
def test_tracked_lines_are_told_apart_in_every_grouping(
    grouping: Grouping, tracking: list[Tracking], march: list[Posting]
) -> None:
    """No line holds two options, and summing over the options gives the journal without tracking."""
    plain, tracked = (journal(march, PLAIN_CHART, grouping, which) for which in ([], tracking))
    for entry in tracked:
        for one in entry.lines:
            assert [{name: option} for name, option in one.tracking.items()] == [
                {track.name: option} for track in tracking for option in {track.option(part) for part in one.postings}
            ]
    for without, with_options in zip(plain, tracked, strict=True):
        sums: Counter[tuple[str, ...]] = Counter()
        for one in with_options.lines:
            sums[one.account, one.customer, one.contract] += one.debit - one.credit  # type: ignore[assignment]  # decimals
        for one in without.lines:
            sums[one.account, one.customer, one.contract] -= one.debit - one.credit  # type: ignore[assignment]  # decimals
        assert not any(sums.values())


def test_quickbooks_has_a_column_for_class_and_location_if_they_are_asked_for(march: list[Posting]) -> None:
    """Blank where a line has neither, as cash has no product."""
    by_product = Tracking("Class", "product", {one.product: one.product.upper() for one in march})
    table = journal_table(journal(march, PLAIN_CHART, Grouping.PERIOD, [CUSTOMER, by_product]))
    stream = io.StringIO()
    write_quickbooks(table, stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert ["Name", "Class", "Location"] == list(rows[0])[-3:]
    assert {""} == {row["Class"] for row in rows if row["AccountName"] == "Cash"}
    revenue = [(row["Class"], row["Location"]) for row in rows if row["AccountName"] == "Revenue"]
    assert ("SERVICES", "Elm") in revenue
    assert len(set(revenue)) > 8
    assert all(row["Location"] == row["Name"] for row in rows)
    with pytest.raises(InvalidValue, match="must be Class or Location in QuickBooks"):
        write_quickbooks(journal_table(journal(march, tracking=[Tracking("Region", "product")])), io.StringIO())


def test_xero_takes_two_trackings(march: list[Posting]) -> None:
    """A name always stands in the same column; a line without option has neither name nor option."""
    chart, region = load_chart(str(FACTS / "chart.csv")), Tracking("Region", "customer")
    table = journal_table(journal(march, chart, Grouping.ACCOUNT, [Tracking("Plan", "product"), region]))
    stream = io.StringIO()
    write_xero(table, stream)
    _, *rows = read_back(stream.getvalue())
    assert {("Plan", "Region"), ("", "Region")} == {(row[6], row[8]) for row in rows}
    assert {("", "")} == {(row[6], row[7]) for row in rows if not row[7]}
    assert ["Plan", "Services", "Region", "Elm"] in [row[6:] for row in rows]
    three = [*(Tracking(name, "product") for name in "abc")]
    with pytest.raises(InvalidValue, match="must be at most 2 categories"):
        write_xero(journal_table(journal(march, chart, Grouping.ACCOUNT, three)), io.StringIO())


def test_a_tracked_journal_says_so_and_others_are_as_they_were(march: list[Posting]) -> None:
    """One more column in tables, CSV and JSON."""
    plain, tracked = (journal_table(journal(march, tracking=which)) for which in ([], [PRODUCT]))
    assert JOURNAL_COLUMNS == plain.columns
    assert [*JOURNAL_COLUMNS, TRACKING_COLUMN] == list(tracked.columns)
    stream = io.StringIO()
    write_csv(tracked, stream)
    assert '{""Class"":""Services""}' in stream.getvalue()


def test_quickbooks_wants_customers_on_receivables_in_every_grouping(march: list[Posting]) -> None:
    """By account, receivables of all customers are one line: it is refused, with what helps."""
    chart = load_chart(str(FACTS / "chart.csv"))
    for grouping in (Grouping.DOCUMENT, Grouping.PERIOD):
        stream = io.StringIO()
        write_quickbooks(journal_table(journal(march, chart, grouping)), stream)
        rows = csv.DictReader(io.StringIO(stream.getvalue()))
        receivables = [row for row in rows if row["AccountName"] == "Accounts Receivable (A/R)"]
        assert receivables
        assert all(row["Name"] for row in receivables)
    with pytest.raises(InvalidValue, match="group the journal by document or by period"):
        write_quickbooks(journal_table(journal(march, chart, Grouping.ACCOUNT)), io.StringIO())


def test_what_can_be_tracked() -> None:
    """A dimension that postings have, a name each, an option for every value."""
    with pytest.raises(InvalidValue, match="one of product, customer, contract, obligation"):
        Tracking("Region", "country")
    with pytest.raises(InvalidValue, match="must have a name each"):
        journal([], tracking=[PRODUCT, PRODUCT])


def test_a_value_without_option_is_refused(march: list[Posting]) -> None:
    """An amount in no option would be missing from somebody's report."""
    with pytest.raises(InvalidValue, match="product must have an option of Region"):
        journal(march, tracking=[Tracking("Region", "product", {"Team": "North"})])


def test_options_come_from_a_file(tmp_path: Path) -> None:
    """Two columns: the dimension, and the name."""
    path = tmp_path / "regions.csv"
    path.write_text("customer, Region \nElm,North\nFir, South\nElm,North\n", encoding="utf-8")
    assert Tracking("Region", "customer", {"Elm": "North", "Fir": "South"}) == load_tracking(str(path))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", [1]),
        ("customer\nElm\n", [1]),
        ("country,Region\nElm,North\n", [1]),
        ("customer,Region,Team\nElm,North,x\n", [1]),
        ("customer,Region\nElm,North\nFir\n,South\nElm,South\nOak,East,more\n", [3, 4, 5, 6]),
    ],
)
def test_every_fault_of_a_file_of_options_is_named(content: str, lines: list[int], tmp_path: Path) -> None:
    """A header that says nothing, lines without option, two options for one value."""
    path = tmp_path / "regions.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_tracking(str(path))
    assert lines == [fault.line for fault in caught.value.faults]


def test_a_chart_comes_from_a_file(tmp_path: Path) -> None:
    """Names may hold commas and line breaks in quotes; a row that is said twice alike is said once."""
    path = tmp_path / "chart.csv"
    path.write_text(
        'account,role,product\n"Sales, ""net""",Revenue,\nTeams,revenue,Team\nTeams,revenue,Team\n\n', encoding="utf-8"
    )
    chart = load_chart(str(path))
    assert {Role.REVENUE: Account('Sales, "net"')} == chart.accounts
    assert {(Role.REVENUE, "Team"): Account("Teams")} == chart.by_product


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ["chart.csv:1: must have the columns role and account"]),
        (b"role,name\nrevenue,Sales\n", ["chart.csv:1: must have the columns role and account"]),
        (b"role,account,role\nrevenue,Sales,cash\n", ["chart.csv:1: must have the columns role and account"]),
        (
            b"role,account\nincome,Sales\nrevenue,\nrevenue\n",
            [f"csv:{line}: role: must be" for line in (2, 3, 4)],
        ),
        (b"role,account\nrevenue,Sales\nrevenue,More\n", ["chart.csv:3: role: has another account in a row above"]),
        ("role,account\nrevenue,Erlöse\n".encode("latin-1"), ["chart.csv: must be CSV in UTF-8"]),
        (b'role,account\nrevenue,"Sales\n', ["must be CSV in UTF-8: unexpected end of data"]),
    ],
)
def test_every_fault_of_a_chart_is_named(content: bytes, expected: list[str], tmp_path: Path) -> None:
    """No account is picked out of two, and no row is lost."""
    path = tmp_path / "chart.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        load_chart(str(path))
    found = [str(fault) for fault in caught.value.faults]
    assert len(expected) == len(found), found
    assert all(part in fault for part, fault in zip(expected, found, strict=True)), found
