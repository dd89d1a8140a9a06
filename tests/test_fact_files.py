"""Files of trials and of spend: what is refused, where, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import subscription_metrics as sm
from subscription_metrics.sources.contracts import _FILES
from subscription_metrics.sources.facts import _SPEND, _TRIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SPEND = "month,channel,amount,currency,purpose\n2025-01,ads,100.00,USD,sales\n"
TRIALS = "customer_id,start_date,end_date,converted_at,plan\nann,2025-01-01,2025-01-15,2025-01-20,pro\n"


def fault_of(load: Callable[[str], object], path: Path, content: str | bytes) -> str:
    """The only fault of a file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(sm.InvalidInput) as caught:
        load(str(path))
    (fault,) = caught.value.faults
    return str(fault).removeprefix(str(path))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2025-01,", "2025-13,", ":2: month: must be a month (got '2025-13'); write 2025-01"),
        ("2025-01,", "2025-Q1,", ":2: month: must be a month (got '2025-Q1'); write 2025-01"),
        ("100.00", "1e2", ":2: amount: must be an amount of 0 or more (got '1e2'); write it with a point, as 1200.50"),
        ("USD", "US$", ":2: currency: must be an active ISO 4217 code (got 'US$'); "),
        ("sales", "fun", ":2: purpose: must be a known purpose (got 'fun'); write one of: marketing, sales, other"),
        ("ads", "", ":2: channel: must not be empty (got ''); fill the cell, or leave out the row"),
        ("ads", "a\udce9d", ":2: channel: is no text in UTF-8 (got 'a"),
        (",sales", "", ":2: must have as many cells as the header; put cells that hold a comma in quotes"),
        ("100.00", "1,200", ":2: must have as many cells as the header; put cells that hold a comma in quotes"),
        ("ads", '"ads', ":2: is no CSV: unexpected end of data; check the quotes"),
        ("month,", '"month,', ":1: is no CSV: unexpected end of data; check the quotes"),
        ("purpose", "month", ":1: the header has month twice; leave one of them out"),
        (SPEND, "", ":1: the header lacks month, channel, amount, currency; name the columns month, channel, amount"),
    ],
)
def test_rubbish_in_a_file_of_spend(old: str, new: str, expected: str, tmp_path: Path) -> None:
    """Its place, the rule that it breaks, what stands there, and what to do; never a guess, never a traceback."""
    assert old in SPEND
    content = SPEND.replace(old, new, 1).encode(errors="surrogateescape")
    assert fault_of(sm.load_spend, tmp_path / "spend.csv", content).startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2025-01-15", "2025-02-30", ":2: end_date: must be a date (got '2025-02-30'); write 2025-01-31"),
        ("2025-01-15", "15.01.2025", ":2: end_date: must be a date (got '15.01.2025'); write 2025-01-31"),
        ("2025-01-15", "2024-01-15", ":2: end_date: must be after start"),
        (
            "2025-01-20",
            "2024-12-31",
            ":2: converted_at: must not be before the trial",
        ),
        ("ann,", ",", ":2: customer_id: must not be empty"),
        ("ann", "ann,lee", ":2: must have as many cells as the header"),
    ],
)
def test_rubbish_in_a_file_of_trials(old: str, new: str, expected: str, tmp_path: Path) -> None:
    """The columns are named as the file has them."""
    assert old in TRIALS
    assert fault_of(sm.load_trials, tmp_path / "trials.csv", TRIALS.replace(old, new, 1)).startswith(expected)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('"invoice', "invoices.csv:1: must be CSV: unexpected end of data; check the quotes"),
        ("invoice,line,line\n", "invoices.csv: is no header of a known file (got 'invoice,line,line'); use columns of"),
        ("", "invoices.csv: is no header of a known file (got ''); use columns of"),
        ("\x00", "invoices.csv: is no header of a known file (got '\\x00'); use columns of"),
        (b"invoice\xff", "invoices.csv: must be UTF-8; save the file as UTF-8"),
    ],
)
def test_no_file_of_invoices_at_all(content: str | bytes, expected: str, tmp_path: Path) -> None:
    """One fault of the file, whatever it is."""
    assert fault_of(sm.load_invoices, tmp_path / "invoices.csv", content).startswith(expected)


def test_a_header_alone_is_no_fact_and_no_fault(tmp_path: Path) -> None:
    """Nothing was spent, nobody tried."""
    path = tmp_path / "head.csv"
    for load, content in ((sm.load_spend, SPEND), (sm.load_trials, TRIALS)):
        path.write_text(content.splitlines()[0] + "\n", encoding="utf-8")
        assert () == load(str(path))


def columns_on_the_page(heading: str) -> dict[str, str]:
    """Column → what stands under “must be there”, as the reference page has it under a heading."""
    page = (Path(__file__).resolve().parents[1] / "docs/reference/fact-files.md").read_text(encoding="utf-8")
    rows = (line.strip("| ").split("|") for line in page.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines())
    table = [(cells[0], cells[2].strip()) for cells in rows if len(cells) == 4 and "`" in cells[0]]
    return {name: needed for names, needed in table for name in re.findall(r"`(\w+)`", names)}


@pytest.mark.parametrize(("heading", "fields"), [("Trials", _TRIAL), ("Spend", _SPEND)])
def test_the_page_names_the_columns_that_are_read(heading: str, fields: Mapping[str, Any]) -> None:
    """And which of them have to be there."""
    assert {one.column: "yes" if one.required else "" for one in fields.values()} == columns_on_the_page(heading)


def test_the_page_names_the_columns_of_invoices() -> None:
    """All that a file may have; the words of enums, too."""
    assert _FILES["invoices"][1] == set(columns_on_the_page("Invoices"))
    page = (Path(__file__).resolve().parents[1] / "docs/reference/fact-files.md").read_text(encoding="utf-8")
    words = [*sm.CreditFor, *sm.CreditKind, *sm.Purpose]
    assert [] == [word.value for word in words if f"`{word.value}`" not in page]
