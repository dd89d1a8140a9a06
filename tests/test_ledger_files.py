"""Ledgers in files: what is written is read, and what can't be a ledger is refused with every fault."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from jsonschema import Draft202012Validator

from subscription_metrics.errors import ClosedPeriod, InvalidInput, InvalidValue
from subscription_metrics.periods import Period, period_range
from subscription_metrics.recognition.ledger import (
    BEFORE,
    Ledger,
    calendar_of_months,
    close_on,
    close_through,
    reopen_from,
    with_months,
)
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.promises import Ratable
from subscription_metrics.recognition.schedule import Role, weeks_calendar
from subscription_metrics.sources.contracts import load_contracts
from subscription_metrics.sources.ledgers import ledger_text, load_ledger, save_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from subscription_metrics.recognition.contracts import Dossier

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "docs/reference/schema/ledger.schema.json").read_text(encoding="utf-8"))
MARCH, APRIL = Period.parse("2026-03"), Period.parse("2026-04")


@pytest.fixture(scope="module")
def facts() -> tuple[Dossier, ...]:
    """Twelve customers, three months."""
    return load_contracts(str(ROOT / "examples/month_end/facts.json"))


@pytest.fixture(scope="module")
def ledger(facts: tuple[Dossier, ...]) -> Ledger:
    """The books after March."""
    return close_through(facts, calendar_of_months(facts, MARCH), MARCH)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger goes."""
    return tmp_path / "books.json"


def test_what_is_saved_is_read(ledger: Ledger, path: Path) -> None:
    """All of it: calendar, closings, postings in their order; the same text again."""
    reopened = reopen_from(ledger, Period.parse("2026-02"), date(2026, 4, 2), "an invoice was\nmissing – really")
    for one in (ledger, reopened, Ledger(ledger.calendar)):
        save_ledger(one, str(path))
        assert one == load_ledger(str(path))
        assert path.read_text(encoding="ascii") == ledger_text(load_ledger(str(path)))


def test_the_file_follows_its_schema(ledger: Ledger) -> None:
    """The published schema accepts what is written, and nothing with a key more or less."""
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    for one in (ledger, Ledger(ledger.calendar)):
        assert [] == list(validator.iter_errors(json.loads(ledger_text(one))))
    for broken in ({"extra": 1}, {"closed": -1}, {"schema": "urn:subscription-metrics:schema:ledger:2"}):
        assert not validator.is_valid({**json.loads(ledger_text(ledger)), **broken})


@pytest.mark.parametrize(
    "periods",
    [
        weeks_calendar(date(2025, 2, 2), "FY25"),
        period_range(Period.parse("FY2026-Q1", 7), Period.parse("FY2027-Q2", 7)),
        period_range(Period.parse("2025-Q1"), Period.parse("2025-Q4")),
    ],
)
def test_any_calendar_is_kept(periods: tuple[Any, ...], path: Path) -> None:
    """Fiscal periods of a name that no calendar knows, and those that one knows."""
    one = Ledger(Calendar(periods))
    save_ledger(one, str(path))
    assert one == load_ledger(str(path))


def test_a_file_that_cant_be_written_leaves_the_old_one(ledger: Ledger, path: Path) -> None:
    """And nothing beside it."""
    path.mkdir()
    with pytest.raises(OSError, match="books"):
        save_ledger(ledger, str(path))
    assert [path] == list(path.parent.iterdir())


def test_a_file_is_replaced_whole(ledger: Ledger, path: Path) -> None:
    """Who has the old one open keeps it: there is no moment in which the file is half written."""
    save_ledger(Ledger(ledger.calendar), str(path))
    old = path.with_name("old.json")
    old.hardlink_to(path)
    save_ledger(ledger, str(path))
    assert (ledger_text(Ledger(ledger.calendar)), ledger_text(ledger)) == (old.read_text(), path.read_text())


def test_an_edited_row_is_a_correction_in_the_open_month(facts: tuple[Dossier, ...], ledger: Ledger) -> None:
    """What was posted in closed months stays, to the byte; the open one names the month that it mends."""
    first, *rest = facts
    other = evolve(first, contract=evolve(first.contract, customer="Alder & Sons", obligations=doubled(first)))
    after = close_on(with_months(ledger, (other, *rest), APRIL), (other, *rest), APRIL)
    assert ledger.postings == after.postings[: len(ledger.postings)]
    new = after.postings[len(ledger.postings) :]
    assert {"2026-04"} == {one.posted for one in new}
    mended = [one for one in new if one.contract == first.contract.id and one.corrects]
    assert {"2026-01", "2026-02", "2026-03"} == {one.corrects for one in mended}
    assert 0 == sum(one.units for one in new)


def doubled(dossier: Dossier) -> tuple[Any, ...]:
    """The obligations of a contract, over twice the time."""
    (one,) = dossier.contract.obligations
    return (evolve(one, satisfaction=Ratable(start=date(2026, 1, 1), end=date(2028, 1, 1))),)


def test_facts_that_are_gone_are_taken_back(facts: tuple[Dossier, ...], ledger: Ledger) -> None:
    """All that was posted of them comes back in the open month, account by account."""
    gone, *rest = facts
    after = close_on(with_months(ledger, rest, APRIL), rest, APRIL)
    sums: dict[object, int] = {}
    for one in after.postings:
        if one.contract == gone.contract.id:
            sums[one.role] = sums.get(one.role, 0) + one.units
    assert len(sums) > 2
    assert {0} == set(sums.values())
    assert ledger.postings == after.postings[: len(ledger.postings)]


def test_a_contract_of_another_customer_leaves_the_first_one_with_nothing(
    facts: tuple[Dossier, ...], ledger: Ledger
) -> None:
    """Who owes, in which currency and for what are no details: the old posting is reversed, the new one made."""
    first, *rest = facts
    invoices = tuple(evolve(one, customer="Zelkova") for one in first.invoices)
    other = evolve(first, contract=evolve(first.contract, customer="Zelkova"), invoices=invoices)
    after = close_on(with_months(ledger, (other, *rest), APRIL), (other, *rest), APRIL)
    sums: dict[tuple[str, Role], int] = {}
    for one in after.postings:
        sums[one.customer, one.role] = sums.get((one.customer, one.role), 0) + one.units
    former = {role: units for (customer, role), units in sums.items() if customer == first.contract.customer}
    assert (5, {0}) == (len(former), set(former.values()))
    assert sums["Zelkova", Role.REVENUE] == -394521  # 120 of the 365 days of 12,000.00


def test_closing_what_is_closed_changes_nothing(facts: tuple[Dossier, ...], ledger: Ledger) -> None:
    """Neither with the same facts nor without them."""
    assert ledger == close_on(ledger, facts, MARCH) == close_on(ledger, (), Period.parse("2026-02"))


def test_a_reopened_month_holds_what_is_known_when_it_is_closed_again(
    facts: tuple[Dossier, ...], ledger: Ledger
) -> None:
    """A fact recorded later gets into the month it belongs to, and no month is closed before it was reopened."""
    late = evolve(facts[0], contract=evolve(facts[0].contract, id="C-99", recorded=date(2026, 4, 1)), invoices=())
    more, on = (*facts, late), date(2026, 4, 2)
    again = close_on(reopen_from(ledger, Period.parse("2026-02"), on, "C-99 was forgotten"), more, MARCH)
    posted = [(one.belongs, one.posted) for one in again.postings if one.contract == "C-99"]
    expected = {("2026-01", "2026-02"), ("2026-02", "2026-02"), ("2026-03", "2026-03")}
    assert expected == set(posted)
    assert [("2026-03", on), ("2026-02", on), ("2026-02", on), ("2026-03", on)] == [
        (event.period, event.on) for event in again.history[3:]
    ]


def test_an_open_month_is_not_reopened(ledger: Ledger) -> None:
    """Nor is one reopened without a reason."""
    with pytest.raises(ClosedPeriod, match="must be closed to be reopened"):
        reopen_from(with_months(ledger, (), APRIL), APRIL, date(2026, 4, 2), "why not")
    with pytest.raises(ClosedPeriod, match="must say why"):
        reopen_from(ledger, MARCH, date(2026, 4, 2), " ")


def test_months_before_the_ledger_are_closed_already(facts: tuple[Dossier, ...], ledger: Ledger) -> None:
    """A fact from before its first month is a correction; before anything is closed it is posted in its month."""
    (plan,) = facts[0].contract.obligations
    began = evolve(plan, satisfaction=Ratable(start=date(2025, 11, 3), end=date(2026, 11, 3)))
    contract = evolve(facts[0].contract, id="C-0", inception=date(2025, 11, 3), obligations=(began,))
    old = evolve(facts[0], contract=contract, invoices=())
    after = close_on(with_months(ledger, (*facts, old), APRIL), (*facts, old), APRIL)
    assert [("2025-11", BEFORE), ("2025-12", BEFORE)] == [(one.period, one.reason) for one in after.history[:2]]
    found = {(one.belongs, one.posted) for one in after.postings if one.contract == "C-0"}
    assert ("2025-11", "2026-04") in found
    begun = with_months(Ledger(ledger.calendar), (old,), APRIL)
    assert (0, "2025-11", ()) == (begun.closed, begun.first_open.label, begun.history)


def test_a_calendar_of_weeks_takes_no_months(facts: tuple[Dossier, ...]) -> None:
    """They would overlap, or leave a gap."""
    weeks = Ledger(Calendar(weeks_calendar(date(2026, 1, 4), "FY26")))
    with pytest.raises(InvalidValue, match="beginning where the one before ends"):
        with_months(weeks, facts, Period.parse("2027-02"))


def changed(**parts: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - whatever JSON holds
    """A file with other parts."""
    return lambda file: {**file, **parts}


def posting(**cells: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - whatever JSON holds
    """A file whose third posting has other cells."""
    return lambda file: {
        **file,
        "postings": [{**one, **cells} if place == 2 else one for place, one in enumerate(file["postings"])],
    }


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (lambda _: [], ["schema: must be urn:subscription-metrics:schema:ledger:1"]),
        (changed(schema="urn:subscription-metrics:schema:ledger:2"), ["schema: must be urn"]),
        (changed(more=1), ["must have the keys schema, periods, closed, history, postings"]),
        (changed(closed=4), ["closed: must be 3, as the history says"]),
        (changed(closed=3.0), ["closed: must be 3, as the history says"]),
        (lambda file: {**file, "history": file["history"][:1], "closed": True}, ["closed: must be 1"]),
        (changed(periods=[]), ["periods: must be one or more"]),
        (lambda file: {**file, "periods": [file["periods"][0], file["periods"][2]]}, ["periods: must be one or more"]),
        (lambda file: {**file, "history": file["history"][1:]}, ["history[0].period: must be the next period"]),
        (changed(history=[{"period": "2026-01"}]), ["history[0]: must be an object of period, action, on, reason"]),
        (changed(postings={}), ["postings: must be a list"]),
        (posting(units="12.00"), ["postings[2].units: must be whole minor units"]),
        (posting(units=1), ["postings: must balance: billing 2026-01 of INV-01, contract C-01"]),
        (posting(role="profit", currency="EURO"), ["postings[2].role: must be a kn", "postings[2].currency: must be"]),
        (posting(customer=7, on="soon"), ["postings[2].on: must be a date", "postings[2].customer: must be a text"]),
        (posting(posted="2027-01"), ["postings[2].posted: must be a period, and none before 2026-01", "balance", "ba"]),
        (posting(belongs="2026-02"), ["postings[2].posted: must be a period, and none before 2026-02", "must ba", "b"]),
        (posting(on="2026-02-01"), ["postings[2].on: must be a day of 2026-01", "must balance", "must balance"]),
    ],
)
def test_every_fault_is_named(change: Callable[[Any], Any], faults: list[str], ledger: Ledger, path: Path) -> None:
    """An unknown version, periods with gaps, a history that doesn't fit, postings that don't balance."""
    path.write_text(json.dumps(change(json.loads(ledger_text(ledger)))), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_ledger(str(path))
    assert len(faults) == len(caught.value.faults)
    for fault, found in zip(faults, caught.value.faults, strict=True):
        assert fault in str(found)


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema": "\xff"}'])
def test_what_is_no_json_is_a_fault(content: bytes, path: Path) -> None:
    """A file that was cut off, or isn't UTF-8."""
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="must be JSON in UTF-8"):
        load_ledger(str(path))
