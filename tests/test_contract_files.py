"""Contracts and invoices from JSON and CSV: what is read, and every fault by its place."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from subscription_metrics.analyses.collection import ageing, collection
from subscription_metrics.errors import InvalidInput
from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Payment
from subscription_metrics.recognition.schedule import total
from subscription_metrics.recognition.scheduling import schedule
from subscription_metrics.sources.contracts import load_contracts, load_invoices

if TYPE_CHECKING:
    from pathlib import Path

CONTRACTS = """\
contract,customer,currency,inception,price,obligation,way,start,last_day,standalone_price,on
C-1,Acme,USD,2025-01-01,1200.00,seats,ratable,2025-01-01,2025-12-31,1000,
C-1,Acme,USD,2025-01-01,1200.00,training,point in time,,,400..600,2025-02-01
C-2,Beta,USD,2025-02-01,600.00,seats,ratable,2025-02-01,2025-07-31,,
"""
INVOICES = """\
invoice,customer,currency,issued,line,amount,tax,contract,obligation,paid_on,paid
I-1,Acme,USD,2025-01-01,1,800.00,80.00,C-1,seats,2025-01-15,1280.00
I-1,Acme,USD,2025-01-01,2,400.00,,C-1,training,,
"""


def written(folder: Path, name: str, content: str) -> str:
    """The path of a file with `content`."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def faults_of(*paths: str) -> list[str]:
    """What is wrong with files."""
    with pytest.raises(InvalidInput) as caught:
        load_contracts(*paths)
    return [str(fault) for fault in caught.value.faults]


def test_contracts_and_invoices_from_csv(tmp_path: Path) -> None:
    """Rows of one contract are one contract, rows of one invoice one invoice; last days become ends."""
    first, second = load_contracts(written(tmp_path, "c.csv", CONTRACTS), written(tmp_path, "i.csv", INVOICES))
    plan = schedule(first)
    assert plan is not None
    assert {"seats": 80000, "training": 40000} == {line.obligation: total(line) for line in plan.lines}
    (invoice,) = first.invoices
    assert (Decimal("1280.00"), 2) == (invoice.gross, len(invoice.lines))
    assert ("C-2", 4, "c.csv") == (second.contract.id, second.contract.line, second.contract.source)


def test_every_fact_from_json(tmp_path: Path) -> None:
    """All kinds of facts; numbers are decimals however they are written."""
    service = {"way": "ratable", "start": "2025-01-01", "end": "2026-01-01", "method": "monthly even"}
    more = {"way": "ratable", "start": "2025-07-01", "end": "2026-01-01"}
    content = {
        "contracts": [
            {
                "id": "C-1",
                "customer": "Acme",
                "currency": "USD",
                "inception": "2025-01-01",
                "price": 1200.10,
                "obligations": [{"id": "seats", "satisfaction": service, "standalone_price": ["1000", "1400"]}],
                "binding": None,
                "set_up_fee": {"amount": 100, "until": "2027-01-01"},
            }
        ],
        "modifications": [
            {
                "id": "M",
                "contract": "C-1",
                "on": "2025-07-01",
                "price_change": "500",
                "add": [{"id": "more seats", "satisfaction": more, "standalone_price": 500}],
            }
        ],
        "commissions": [
            {
                "id": "K",
                "contract": "C-1",
                "on": "2025-01-01",
                "amount": 90,
                "start": "2025-01-01",
                "end": "2028-01-01",
                "incremental": "yes",
            }
        ],
        "terminations": [{"id": "T", "contract": "C-1", "on": "2025-12-01", "ending": "keep the schedule"}],
    }
    (dossier,) = load_contracts(written(tmp_path, "facts.json", json.dumps(content)))
    plan = schedule(dossier)
    assert plan is not None
    assert [120010, 50000, 10000] == [total(line) for line in plan.lines]
    assert ["separate contract", "keep the schedule"] == [one.kind for one in plan.treatments]
    assert (None, 1) == (dossier.contract.binding, len(dossier.commissions))


RUBBISH = {
    "an end before the start": (("2025-12-31", "2024-12-31"), "must be after start"),
    "an unreadable day": (("2025-12-31", "31.12.25"), "last_day: must be a date"),
    "an unreadable amount": (("1200.00,training", "1.200,training"), "must be 1200.00, as in line 2"),
    "an unknown way": (("point in time", "someday"), "must be a known way"),
    "an unknown currency": (("C-2,Beta,USD", "C-2,Beta,DOLLAR"), "must be an active ISO 4217 code"),
    "a missing price": (("600.00", ""), "price: is missing"),
    "an unknown column": (("inception", "incepted"), "is no header of a known file"),
    "two obligations with one id": (("training,point in time", "seats,point in time"), "must have an id each"),
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_named_by_its_place(name: str, tmp_path: Path) -> None:
    """Each fault says the file, the line, the column, the value and the rule."""
    (old, new), expected = RUBBISH[name]
    found = faults_of(written(tmp_path, "c.csv", CONTRACTS.replace(old, new)))
    assert any(expected in fault and fault.startswith("c.csv") for fault in found), found


def test_all_faults_are_collected(tmp_path: Path) -> None:
    """Two files, three faults, one error."""
    bad_contracts = CONTRACTS.replace("point in time", "someday").replace("600.00", "much")
    bad_invoices = INVOICES.replace("2025-01-15", "soon")
    found = faults_of(written(tmp_path, "c.csv", bad_contracts), written(tmp_path, "i.csv", bad_invoices))
    assert ["c.csv:3: way", "c.csv:4: price", "i.csv:2: paid_on"] == [
        ": ".join(fault.split(": ")[:2]) for fault in found
    ]


def test_an_invoice_of_an_unknown_contract(tmp_path: Path) -> None:
    """The id is named."""
    content = INVOICES.replace("C-1", "C-9")
    (found,) = faults_of(written(tmp_path, "c.csv", CONTRACTS), written(tmp_path, "i.csv", content))
    assert "C-9" in found


@pytest.mark.parametrize("content", ["", "[]", "{", '{"contracts": {}}', '{"contracts": [1]}', '{"bills": []}'])
def test_json_that_holds_no_facts(content: str, tmp_path: Path) -> None:
    """Never a traceback, never an empty answer."""
    assert faults_of(written(tmp_path, "facts.json", content))


def test_misspelt_fields_are_faults(tmp_path: Path) -> None:
    """A misspelt field would be lost without a word."""
    content = json.dumps({"terminations": [{"id": "T", "contract": "C", "on": "2025-01-01", "endng": "keep"}]})
    (found,) = faults_of(written(tmp_path, "facts.json", content))
    assert "terminations[0].endng: is no field" in found


COLLECTED = """\
invoice,customer,currency,issued,due,line,amount,tax,paid_on,paid,credit,credited_on,credited,credited_for,credited_by,void
I-1,Acme,USD,2025-01-01,2025-01-31,1,100.00,20.00,2025-01-20,70.00,,,,,,
I-1,Acme,USD,2025-01-01,2025-01-31,2,50.00,,2025-02-10,100.00,,,,,,
I-2,Beta,USD,2025-01-10,,1,80.00,,,,N-1,2025-01-20,30.00,past service,write-off,
I-3,Beta,USD,2025-01-12,,1,40.00,,,,,,,,,2025-01-15
"""
"""Paid in two parts, the second too late; half credited and open; void."""


def test_invoices_of_a_file_are_what_collection_takes(tmp_path: Path) -> None:
    """One of two is settled in the end, none on time; what is open is 50.00, of an invoice due on the day of issue."""
    invoices = load_invoices(written(tmp_path, "i.csv", COLLECTED))
    paid, credited, void = invoices
    assert (Payment(on=date(2025, 1, 20), amount=Decimal(70)), Payment(on=date(2025, 2, 10), amount=Decimal(100))) == (
        paid.payments
    )
    note = Credit(
        id="N-1",
        on=date(2025, 1, 20),
        amount=Decimal(30),
        purpose=CreditFor.PAST,
        kind=CreditKind.WRITE_OFF,
    )
    assert ((note,), date(2025, 1, 15), ("i.csv", 5)) == (credited.credits, void.void, (void.source, void.line))
    (row,) = collection(invoices, date(2025, 3, 31))
    assert (2, Decimal(250), Decimal(50)) == (row.issued, row.issued_amount, row.open_amount)
    assert (Decimal(0), Decimal("0.5")) == (row.on_time, row.in_the_end)
    (aged,) = ageing(invoices, date(2025, 3, 31), per_customer=True)
    assert ("Beta", Decimal(50)) == (aged.customer_id, aged.days_61_90)


RARE = """\
invoice,customer,currency,issued,line,amount,paid_on,paid,paid_back_on,paid_back,credit,credited_on,credited,credited_for,\
credited_by,credited_line,recovered_on,recovered,void,void_recorded,replaced_by
I-1,Acme,USD,2025-01-01,1,100.00,,,,,W-1,2025-02-01,60.00,past service,write-off,1,2025-03-01,25.00,,,
I-1,Acme,USD,2025-01-01,2,50.00,,,,,,,,,,,,,,,
I-2,Acme,USD,2025-01-01,1,80.00,2025-01-05,80.00,2025-02-05,80.00,,,,,,,,,2025-01-20,2025-02-01,I-3
"""
"""Written off in part, of one line, and won back in part; void, known later, billed anew, and the money given back."""


def test_what_seldom_becomes_of_an_invoice_has_columns_too(tmp_path: Path) -> None:
    """Recoveries, money back, the line of a credit, and what a void was replaced by and known since."""
    lost, void = load_invoices(written(tmp_path, "i.csv", RARE))
    assert ("1", CreditKind.WRITE_OFF) == (lost.credits[0].line, lost.credits[0].kind)
    assert (Payment(on=date(2025, 3, 1), amount=Decimal(25)),) == lost.recoveries
    assert (Payment(on=date(2025, 2, 5), amount=Decimal(80)),) == void.paid_back
    assert (date(2025, 1, 20), date(2025, 2, 1), "I-3") == (void.void, void.void_recorded, void.replaced_by)
    for old, new, expected in (
        ("2025-03-01,25.00", "2025-03-01,61.00", "i.csv:2: recovered: must not be above what was written off"),
        ("2025-02-05,80.00", "soon,80.00", "i.csv:4: paid_back_on: must be a date"),
        (",1,2025-03-01", ",9,2025-03-01", "i.csv:2: credited_line: must be a line of invoice I-1"),
    ):
        (fault,) = faults_of(written(tmp_path, "i.csv", RARE.replace(old, new, 1)))
        assert expected in fault


def test_one_file_of_invoices_serves_recognition_and_collection(tmp_path: Path) -> None:
    """The same facts both ways; contracts beside them are no invoices."""
    files = [written(tmp_path, "c.csv", CONTRACTS), written(tmp_path, "i.csv", INVOICES)]
    (dossier, _), (invoice,) = load_contracts(*files), load_invoices(*files)
    assert (invoice,) == dossier.invoices


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2025-02-10,100.00", "soon,100.00", "i.csv:3: paid_on: must be a date (got 'soon'); write it as 2025-01-31"),
        ("2025-02-10,100.00", "2025-02-10,", "i.csv:3: paid: is missing; state it"),
        ("2,50.00", "1,50.00", "i.csv:2: line: must be one or more, each with an id of its own"),
        ("2,50.00", "2,50 €", "i.csv:3: amount: must be a number (got '50 €'); write it as 1234.50"),
        ("N-1,", ",", "i.csv:4: credit: is missing; state it"),
        ("past service", "goodwill", "i.csv:4: credited_for: must be one of the known words (got 'goodwill')"),
        (",30.00,", ",90.00,", "i.csv:4: credited: must not be above 80.00, the net amount of the invoice (got"),
        ("2025-01-15", "2025-01-05", "i.csv:5: void: must not be before the invoice"),
        ("Beta,USD,2025-01-10", "Beta,DOLLAR,2025-01-10", "i.csv:4: currency: must be an active ISO 4217 code"),
        ("I-1,Acme,USD,2025-01-01,2025-01-31,2", "I-1,Beta,USD,2025-01-01,2025-01-31,2", "i.csv:3: customer: must be"),
        ("I-3,Beta", ",Beta", "i.csv:5: invoice: must be a text that is not blank"),
        ("due,line", "due,row", "is no header of a known file"),
    ],
)
def test_a_fault_of_an_invoice_names_its_row_and_column(old: str, new: str, expected: str, tmp_path: Path) -> None:
    """As the file has them: a payment's fault is in the row of the payment, under the heading of its cell."""
    assert old in COLLECTED
    with pytest.raises(InvalidInput) as caught:
        load_invoices(written(tmp_path, "i.csv", COLLECTED.replace(old, new, 1)))
    found = [str(fault) for fault in caught.value.faults]
    assert any(expected in fault for fault in found), found


def test_all_faults_of_invoices_are_collected(tmp_path: Path) -> None:
    """Rubbish of three kinds in one file: cells, rows cut off, a header of something else in a second file."""
    content = COLLECTED.replace("2025-02-10", "soon").replace("80.00", "many") + "I-4,Acme"
    with pytest.raises(InvalidInput) as caught:
        load_invoices(written(tmp_path, "i.csv", content), written(tmp_path, "b.csv", "bill,total\n1,2\n"))
    expected = [("i.csv", 3, "paid_on"), ("i.csv", 4, "amount"), ("i.csv", 6, None), ("b.csv", None, None)]
    assert set(expected) == {(one.source, one.line, one.column) for one in caught.value.faults}


def test_an_invoice_that_stands_in_two_files_is_counted_once_or_not_at_all(tmp_path: Path) -> None:
    """Twice would be double the balance; the second place is named."""
    with pytest.raises(InvalidInput, match=r"j.csv:2: invoice: must be the id of one invoice \(got 'I-1'\); leave out"):
        load_invoices(written(tmp_path, "i.csv", INVOICES), written(tmp_path, "j.csv", INVOICES))
