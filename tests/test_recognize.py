"""The command `recognize`: months closed on a ledger that is kept in a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from subscription_metrics import cli

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.extra("cli")

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/month_end"
Run = tuple[int, str, str]


@pytest.fixture
def recognize(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run the command on the facts of the example, unless others are named."""

    def run(*options: object, facts: object = EXAMPLE / "facts.json") -> Run:
        code = cli.main(["recognize", str(facts), *map(str, options)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """Where the ledger goes."""
    return tmp_path / "books.json"


@pytest.mark.parametrize(
    ("show", "table"),
    [
        ("roll-forward", "roll_forward"),
        ("schedule", "schedule"),
        ("journal", "journal"),
        ("balances", "contract_balances"),
        ("changes", "opening_and_closing"),
        ("remaining", "remaining_obligations"),
        ("earlier", "satisfied_earlier"),
        ("waterfall", "waterfall"),
        ("costs", "commissions"),
    ],
)
def test_every_part_of_the_books_is_shown(show: str, table: str, recognize: Callable[..., Run]) -> None:
    """The tables of the library, under names for the shell."""
    code, out, err = recognize("--close", "2026-03", "--show", show, "--format", "json")
    assert (0, "", table) == (code, err, json.loads(out)["name"])


def test_the_standard_is_a_choice(recognize: Callable[..., Run]) -> None:
    """Paragraphs are those of the standard that is reported under."""
    asked = ("--close", "2026-03", "--show", "remaining", "--format", "csv")
    assert "606-10-50-14(b)" in recognize(*asked)[1]
    assert "IFRS 15.121(b)" in recognize(*asked, "--standard", "ifrs-15")[1]


def test_a_ledger_begins_and_goes_on(recognize: Callable[..., Run], books: Path) -> None:
    """Month by month or at once, with the file or without: the same journal."""
    for month in ("2026-01", "2026-02", "2026-03"):
        assert 0 == recognize("--ledger", books, "--close", month)[0]
    journal = ("--close", "2026-03", "--show", "journal", "--format", "csv")
    text = books.read_text(encoding="utf-8")
    assert recognize(*journal) == recognize("--ledger", books, *journal)
    assert text == books.read_text(encoding="utf-8")
    assert recognize(*journal) == recognize("--ledger", books.with_name("other.json"), *journal)
    assert text == books.with_name("other.json").read_text(encoding="utf-8")


def test_a_closed_month_closes_again_as_it_was(recognize: Callable[..., Run], books: Path, tmp_path: Path) -> None:
    """Whatever became of the facts meanwhile: they are for the next month."""
    recognize("--ledger", books, "--close", "2026-03")
    text, written = books.read_bytes(), books.stat().st_mtime_ns
    shown = recognize("--ledger", books, "--close", "2026-02")
    assert shown == recognize("--ledger", books, "--close", "2026-02", facts=edited(tmp_path))
    assert (text, written) == (books.read_bytes(), books.stat().st_mtime_ns)


def edited(folder: Path) -> Path:
    """The facts with the price of the first contract doubled since January."""
    facts = json.loads((EXAMPLE / "facts.json").read_text(encoding="utf-8"))
    facts["contracts"][0]["price"] = str(2 * int(facts["contracts"][0]["price"].partition(".")[0]))
    path = folder / "edited.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    return path


def test_an_edited_row_is_corrected_in_the_open_month(
    recognize: Callable[..., Run], books: Path, tmp_path: Path
) -> None:
    """The file grows at its end; the journal of the month names the months that it mends."""
    recognize("--ledger", books, "--close", "2026-03")
    closed = json.loads(books.read_text(encoding="utf-8"))["postings"]
    asked = ("--ledger", books, "--close", "2026-04", "--show", "journal", "--format", "csv")
    code, out, _ = recognize(*asked, facts=edited(tmp_path))
    corrected = {row["corrects"] for row in csv.DictReader(io.StringIO(out)) if row["contract"] == "C-01"}
    assert (0, {"'", "2026-01", "2026-02", "2026-03"}) == (code, corrected)
    assert closed == json.loads(books.read_text(encoding="utf-8"))["postings"][: len(closed)]


def test_a_month_is_reopened_with_a_reason(recognize: Callable[..., Run], books: Path, tmp_path: Path) -> None:
    """Later months open first and close again; what is known by now gets into its own month."""
    recognize("--ledger", books, "--close", "2026-03")
    asked = ("--ledger", books, "--close", "2026-03", "--reopen", "2026-02", "--reason", "wrong price in C-01")
    assert 0 == recognize(*asked, facts=edited(tmp_path))[0]
    ledger = json.loads(books.read_text(encoding="utf-8"))
    assert [("2026-03", "reopened"), ("2026-02", "reopened"), ("2026-02", "closed"), ("2026-03", "closed")] == [
        (event["period"], event["action"]) for event in ledger["history"][3:]
    ]
    new = {(one["belongs"], one["posted"]) for one in ledger["postings"] if one["posted"] != one["belongs"]}
    assert ("2026-01", "2026-02") in new


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--close", "2026-04", "--show", "journal", "--format", "xero"), "must be given for Xero"),
        (("--close", "2026-03", "--reopen", "2026-02"), "must say why"),
        (("--close", "2026-04", "--reopen", "2026-04", "--reason", "x"), "must be closed to be reopened"),
        (("--close", "2026-03", "--reason", "x"), "it takes --ledger FILE"),
        (("--close", "2026-Q2"), "takes a month"),
    ],
)
def test_a_command_that_fails_changes_nothing(
    options: tuple[str, ...], message: str, recognize: Callable[..., Run], books: Path
) -> None:
    """The ledger is what it was, and nothing lies beside it."""
    recognize("--ledger", books, "--close", "2026-03")
    text = books.read_bytes()
    code, out, err = recognize("--ledger", books, *options)
    assert (2, "") == (code, out)
    assert message in err
    assert (text, [books]) == (books.read_bytes(), list(books.parent.iterdir()))


def test_reopening_needs_a_ledger(recognize: Callable[..., Run]) -> None:
    """Books that are worked out anew have nothing to reopen."""
    code, _, err = recognize("--close", "2026-03", "--reopen", "2026-02", "--reason", "x")
    assert (2, True) == (code, "--ledger FILE" in err)


def test_a_ledger_with_faults_is_refused(recognize: Callable[..., Run], books: Path) -> None:
    """Every fault, as of any other file, and exit code 1."""
    recognize("--ledger", books, "--close", "2026-03")
    ledger: Any = json.loads(books.read_text(encoding="utf-8"))
    ledger["postings"][0]["units"] += 1
    ledger["closed"] = 2
    books.write_text(json.dumps(ledger), encoding="utf-8")
    code, out, err = recognize("--ledger", books, "--close", "2026-04")
    assert (1, "", 3) == (code, out, len(err.splitlines()))
    assert "must balance: billing 2026-01 of INV-01" in err


def test_a_journal_is_tracked(recognize: Callable[..., Run], tmp_path: Path) -> None:
    """By a dimension as it is, or by options from a file."""
    classes = tmp_path / "classes.csv"
    classes.write_text("customer,Class\n" + "".join(f"{name},Trees\n" for name in NAMES), encoding="utf-8")
    journal = ("--close", "2026-03", "--show", "journal", "--format", "quickbooks")
    code, out, err = recognize(*journal, "--tracking", "Location=product", "--tracking", classes)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (0, "") == (code, err)
    assert ("Trees", "Services") in {(row["Class"], row["Location"]) for row in rows}
    code, out, err = recognize(*journal, "--tracking", "Class=country")
    assert (2, "", True) == (code, out, "one of product, customer, contract, obligation" in err)


NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper", "Katsura", "Larch"
)  # fmt: skip


def test_a_long_journal_is_written_to_xero_in_parts(recognize: Callable[..., Run], tmp_path: Path) -> None:
    """151 contracts have an entry of two lines each; a file holds 300."""
    facts = json.loads((EXAMPLE / "facts.json").read_text(encoding="utf-8"))
    (contract,) = [one for one in facts["contracts"] if one["id"] == "C-01"]
    many = tmp_path / "many.json"
    many.write_text(json.dumps({"contracts": [{**contract, "id": f"C-{n}"} for n in range(151)]}), encoding="utf-8")
    journal = ("--close", "2026-01", "--show", "journal", "--format", "xero", "--chart", EXAMPLE / "chart.csv")
    code, out, err = recognize(*journal, facts=many)
    assert (2, "", True) == (code, out, "takes 2 files in Xero" in err)
    parts = [recognize(*journal, "--part", part, facts=many)[1].splitlines() for part in (1, 2)]
    assert [301, 3] == [len(part) for part in parts]
    for wrong in (0, 3):
        assert f"must be from 1 to 2 (got {wrong})" in recognize(*journal, "--part", wrong, facts=many)[2]
    assert "--part is for --format xero" in recognize("--close", "2026-01", "--part", 1)[2]
