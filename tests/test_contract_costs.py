"""What contracts cost: commissions, costs to fulfil, their impairment, and what becomes of it by standard."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.recognition_cases import day, months, movements, posted, subscription

from subscription_metrics.errors import InvalidValue
from subscription_metrics.periods import Period
from subscription_metrics.recognition.commissions import commission_table, is_capitalised
from subscription_metrics.recognition.contracts import (
    Commission,
    CostKind,
    Dossier,
    Ending,
    Impairment,
    Termination,
)
from subscription_metrics.recognition.journal import journal
from subscription_metrics.recognition.ledger import Ledger, calendar_of_months, close_through, post_period
from subscription_metrics.recognition.schedule import Role
from subscription_metrics.recognition.standards import Standard
from subscription_metrics.sources.contracts import load_contracts

if TYPE_CHECKING:
    from pathlib import Path

TWO_YEARS = date(2025, 1, 1), date(2027, 1, 1)
LOSS = Impairment(on=date(2025, 7, 1), recoverable=Decimal("274.50"))


def cost(*impairments: Impairment, end: Ending | None = None, **more: Any) -> Dossier:  # noqa: ANN401 - any field
    """730.00 for 730 days: 1.00 a day."""
    fields = {"id": "K", "contract": "C-1", "on": TWO_YEARS[0], "amount": Decimal("730.00"), **more}
    one = Commission(start=TWO_YEARS[0], end=TWO_YEARS[1], impairments=impairments, **fields)
    changes = () if end is None else (Termination(id="T", contract="C-1", on=day("2026-07-01"), ending=end),)
    return Dossier(contract=subscription("1200", *TWO_YEARS), commissions=(one,), changes=changes)


def moved(dossier: Dossier, *roles: Role, standard: Standard = Standard.ASC_606) -> list[dict[str, str]]:
    """What accounts moved by in each month of both years."""
    last = Period.parse("2026-12")
    ledger = post_period(Ledger(calendar_of_months([dossier], last)), [dossier], last, standard=standard)
    assert journal(ledger.postings)
    return list(movements(ledger, *roles).values())


def again(worth: str) -> Impairment:
    """What it is worth after another half year."""
    return Impairment(on=day("2026-01-01"), recoverable=Decimal(worth))


def test_an_impairment_is_the_carrying_amount_less_what_is_recoverable() -> None:
    """340-40-35-3: 549.00 carried, 274.50 recoverable; the rest goes on at 0.50 a day to nothing."""
    dossier = cost(LOSS)
    lost, spent, asset = moved(dossier, Role.COST_IMPAIRMENT, Role.COMMISSION_EXPENSE, Role.CONTRACT_COST_ASSET)
    assert {"2025-07": "274.50"} == lost
    assert ("30.00", "15.50", "15.50") == (spent["2025-06"], spent["2025-07"], spent["2026-12"])
    assert Decimal(0) == sum(map(Decimal, asset.values()))
    rows = commission_table([dossier], months("2025-06", "2025-08"))
    found = [[str(getattr(row, name)) for name in ("opening", "amortised", "impaired", "closing")] for row in rows]
    assert [
        ["579.00", "30.00", "0.00", "549.00"],
        ["549.00", "15.50", "274.50", "259.00"],
        ["259.00", "15.50", "0.00", "243.50"],
    ] == found


@pytest.mark.parametrize(("worth", "reversed_", "daily"), [("300.00", "-117.50", "300"), ("400.00", "-182.50", "365")])
def test_an_impairment_is_reversed_under_ifrs_only(worth: str, reversed_: str, daily: str) -> None:
    """IFRS 15.104: up to what would be carried without it, 365.00; 340-40-35-6 forbids it."""
    dossier = cost(LOSS, again(worth))
    lost, spent = moved(dossier, Role.COST_IMPAIRMENT, Role.COMMISSION_EXPENSE, standard=Standard.IFRS_15)
    assert {"2025-07": "274.50", "2026-01": reversed_} == lost
    assert Decimal(daily) == sum(Decimal(one) for label, one in spent.items() if label >= "2026")
    with pytest.raises(InvalidValue, match="must not be above what is carried under ASC 606"):
        moved(dossier, Role.CASH)
    with pytest.raises(InvalidValue, match="reverse no impairment"):
        commission_table([dossier], months("2025-06", "2025-08"))


def test_what_is_worth_more_than_it_is_carried_at_is_no_impairment() -> None:
    """Nor is it a reversal where nothing was impaired, or before the cost has begun to be amortised."""
    plain = moved(cost(), Role.COST_IMPAIRMENT, Role.COMMISSION_EXPENSE)
    assert plain == moved(cost(again("1000.00")), Role.COST_IMPAIRMENT, Role.COMMISSION_EXPENSE)
    gone = cost(evolve(LOSS, recoverable=Decimal(0)), again("10.00"))
    lost, spent = moved(gone, Role.COST_IMPAIRMENT, Role.COMMISSION_EXPENSE, standard=Standard.IFRS_15)
    assert {"2025-07": "549.00", "2026-01": "-10.00"} == lost
    assert Decimal("191.00") == sum(map(Decimal, spent.values()))


def test_an_impairment_that_is_known_late_is_a_correction() -> None:
    """A closed month is not touched: the loss of July is posted in September, and says so."""
    late = evolve(LOSS, recorded=day("2025-09-05"))
    dossier = cost(late)
    september = Period.parse("2025-09")
    ledger = close_through([dossier], calendar_of_months([dossier], september), september)
    found = {(one.belongs, one.posted, one.units) for one in ledger.postings if one.role is Role.COST_IMPAIRMENT}
    assert {("2025-07", "2025-09", 27450)} == found
    assert {one.units for one in posted([dossier], "2025-12").postings if one.role is Role.COST_IMPAIRMENT} == {27450}
    with pytest.raises(InvalidValue, match="must be one a day"):
        cost(LOSS, LOSS)


@pytest.mark.parametrize(("ending", "july"), [(Ending.RELEASE, "92.00"), (Ending.KEEP, "15.50")])
def test_a_contract_that_ends_takes_what_is_left_after_the_impairment(ending: Ending, july: str) -> None:
    """184 days at 0.50 are left on July 1, 2026; an impairment after the end changes nothing."""
    after = Impairment(on=day("2026-09-01"), recoverable=Decimal(0))
    changes = (LOSS, after) if ending is Ending.RELEASE else (LOSS,)
    lost, spent = moved(cost(*changes, end=ending), Role.COST_IMPAIRMENT, Role.COMMISSION_EXPENSE)
    assert ({"2025-07": "274.50"}, july) == (lost, spent["2026-07"])
    assert Decimal("455.50") == sum(map(Decimal, spent.values()))


def test_costs_to_fulfil_have_accounts_of_their_own() -> None:
    """340-40-25-5: an asset whatever its length, amortised alike, and never a commission."""
    short = Commission(
        id="K",
        contract="C-1",
        on=TWO_YEARS[0],
        amount=Decimal("365.00"),
        start=TWO_YEARS[0],
        end=date(2026, 1, 1),
        kind=CostKind.FULFIL,
        incremental=False,
    )
    assert is_capitalised(short)
    dossier = cost(LOSS, kind=CostKind.FULFIL)
    asset, expense, payable, lost, *commissions = moved(
        dossier,
        Role.FULFILMENT_COST_ASSET,
        Role.FULFILMENT_EXPENSE,
        Role.FULFILMENT_PAYABLE,
        Role.COST_IMPAIRMENT,
        Role.CONTRACT_COST_ASSET,
        Role.COMMISSION_EXPENSE,
        Role.COMMISSION_PAYABLE,
    )
    assert [{}, {}, {}] == commissions
    assert ({"2025-01": "-730.00"}, {"2025-07": "274.50"}) == (payable, lost)
    assert (Decimal(0), Decimal("455.50")) == tuple(sum(map(Decimal, one.values())) for one in (asset, expense))
    (row,) = commission_table([dossier], months("2025-01", "2025-01"))
    assert ("fulfil", Decimal("699.00")) == (row.kind, row.closing)


@given(st.lists(st.tuples(st.integers(0, 800), st.integers(0, 90_000)), max_size=4, unique_by=lambda one: one[0]))
def test_costs_are_amortised_impaired_or_still_carried(found: list[tuple[int, int]]) -> None:
    """Opening + capitalised − amortised − impaired = closing, each closing is the next opening, and the end is 0."""
    impairments = (
        Impairment(on=date.fromordinal(TWO_YEARS[0].toordinal() + after), recoverable=Decimal(cents) / 100)
        for after, cents in found
    )
    rows = commission_table([cost(*impairments)], months("2025-01", "2027-04"), Standard.IFRS_15)
    last = Decimal(0)
    for row in rows:
        assert row.opening + row.capitalised - row.amortised - row.impaired == row.closing
        assert (last, True) == (row.opening, row.closing >= 0)
        last = row.closing
    assert Decimal(0) == last


def test_impairments_and_money_paid_back_are_read_from_files(tmp_path: Path) -> None:
    """What a file says of a cost and of a voided invoice is what the facts hold."""
    content = {
        "contracts": [
            {
                "id": "C-1",
                "customer": "Acme",
                "currency": "USD",
                "inception": "2025-01-01",
                "price": 100,
                "obligations": [{"id": "a", "satisfaction": {"way": "point in time", "on": "2025-01-01"}}],
            }
        ],
        "invoices": [
            {
                "id": "I",
                "customer": "Acme",
                "currency": "USD",
                "issued": "2025-01-01",
                "lines": [{"id": "1", "amount": 100, "contract": "C-1"}],
                "payments": [{"on": "2025-01-02", "amount": 100}],
                "paid_back": [{"on": "2025-01-09", "amount": 100}],
                "void": "2025-01-05",
                "replaced_by": "I-2",
            }
        ],
        "commissions": [
            {
                "id": "K",
                "contract": "C-1",
                "on": "2025-01-01",
                "amount": 730,
                "start": "2025-01-01",
                "end": "2027-01-01",
                "kind": "fulfil",
                "impairments": [{"on": "2025-07-01", "recoverable": "274.50"}],
            }
        ],
    }
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    (dossier,) = load_contracts(str(path))
    assert (CostKind.FULFIL, (LOSS,)) == (dossier.commissions[0].kind, dossier.commissions[0].impairments)
    assert ("I-2", 1) == (dossier.invoices[0].replaced_by, len(dossier.invoices[0].paid_back))
