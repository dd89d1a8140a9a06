"""Contracts and invoices from JSON and CSV: what is read, and every fault by its place."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from subscription_metrics.errors import InvalidInput
from subscription_metrics.recognition.schedule import total
from subscription_metrics.recognition.scheduling import schedule
from subscription_metrics.sources.contracts import load_contracts

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
    assert ["c.csv:2: obligations.[1].satisfaction.way", "c.csv:4: price", "i.csv:2: payments.[0].on"] == [
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
