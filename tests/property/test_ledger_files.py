"""Ledgers in files are the ledgers that were written, whatever happened to the contracts."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.recognition_files import CALENDAR, files

from subscription_metrics.recognition.ledger import Ledger, close_on, close_through
from subscription_metrics.sources.ledgers import ledger_text, load_ledger, save_ledger

if TYPE_CHECKING:
    from subscription_metrics.recognition.contracts import Dossier

places = st.integers(0, 14)
delays = st.integers(0, 20)


def through_files(dossier: Dossier, ledger: Ledger, last: int, delay: int) -> Ledger:
    """Each month closed on a ledger that was written and read since the one before."""
    with TemporaryDirectory() as folder:
        path = f"{folder}/books.json"
        for period in CALENDAR.periods[ledger.closed : last + 1]:
            save_ledger(ledger, path)
            ledger = close_on(load_ledger(path), [dossier], period, delay)
        save_ledger(ledger, path)
        return load_ledger(path)


@given(files(), places, delays)
def test_a_ledger_that_was_saved_after_each_month_is_the_one_in_memory(dossier: Dossier, last: int, delay: int) -> None:
    """Re-running on the same facts posts nothing."""
    kept = close_through([dossier], CALENDAR, CALENDAR.periods[last], delay)
    assert kept == through_files(dossier, Ledger(CALENDAR), last, delay)
    assert kept == close_on(kept, [dossier], CALENDAR.periods[last], delay)


@given(files(), files(), places, delays)
def test_an_edited_past_is_corrected_in_the_open_month(one: Dossier, other: Dossier, last: int, delay: int) -> None:
    """What lands in a closed month is posted in the first open one as a *correction* that names the month."""
    before = close_through([one], CALENDAR, CALENDAR.periods[last], delay)
    after = through_files(other, before, last + 1, delay)
    assert before.postings == after.postings[: len(before.postings)]
    closed = [line for line in ledger_text(before).splitlines() if '"units"' in line]
    assert [line.rstrip(",") for line in closed] == [
        line.rstrip(",") for line in ledger_text(after).splitlines() if '"units"' in line
    ][: len(closed)]
    new = after.postings[len(before.postings) :]
    assert set(CALENDAR.labels[: last + 1]).isdisjoint(posting.posted for posting in new)
    assert all(posting.corrects or posting.belongs == posting.posted for posting in new)


@given(files(), places)
def test_facts_that_are_gone_leave_nothing(dossier: Dossier, last: int) -> None:
    """A contract that was taken out of the files is taken back, account by account."""
    before = close_through([dossier], CALENDAR, CALENDAR.periods[last], 400)
    after = close_on(before, [], CALENDAR.periods[last + 1], 400)
    sums: dict[object, int] = {}
    for one in after.postings:
        key = one.role, one.obligation, one.belongs
        sums[key] = sums.get(key, 0) + one.units
    assert not any(sums.values())
