"""Posting takes short ways where nothing changed; the long ones are here.

“A second way: every fast path is compared with a slow, obvious one on generated books.”
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.recognition_files import CALENDAR, START, files

from subscription_metrics.recognition.contracts import Dossier
from subscription_metrics.recognition.known import known_at
from subscription_metrics.recognition.ledger import Ledger, post_period
from subscription_metrics.recognition.postings import Posting, postings
from subscription_metrics.recognition.scheduling import schedule

places = st.integers(0, 20)


def renamed(dossier: Dossier, name: str) -> Dossier:
    """The same facts of another contract."""
    return Dossier(
        contract=evolve(dossier.contract, id=name),
        invoices=tuple(
            evolve(one, id=f"{name} {one.id}", lines=tuple(evolve(line, contract=name) for line in one.lines))
            for one in dossier.invoices
        ),
        deliveries=tuple(evolve(one, contract=name) for one in dossier.deliveries),
        changes=tuple(evolve(one, contract=name) for one in dossier.changes),
    )


def all_postings(dossiers: list[Dossier], through: int) -> list[Posting]:
    """What should stand in the books by the end of a period."""
    plans = [(dossier, schedule(dossier)) for dossier in dossiers]
    return [one for dossier, plan in plans if plan for one in postings(dossier, plan, CALENDAR, through)]


def sums(postings: list[Posting]) -> Counter[object]:
    """Units by all that tells postings apart."""
    found: Counter[object] = Counter()
    for one in postings:
        found[one.key] += one.units
    return found


@given(
    st.lists(files(), min_size=1, max_size=3), st.lists(files(), min_size=1, max_size=3), st.sets(places, max_size=2)
)
def test_what_is_posted_is_what_is_missing(before: list[Dossier], after: list[Dossier], months: set[int]) -> None:
    """Posting is the difference between what should have been recognised by now and what has been posted."""
    first, last = min(months, default=3), max(months, default=3)
    known = [renamed(one, f"C-{place}") for place, one in enumerate(before)]
    edited = [*known[:1], *(renamed(one, f"C-{place}") for place, one in enumerate(after, 1))]
    ledger = post_period(Ledger(CALENDAR), known, CALENDAR.periods[first])
    new = list(post_period(ledger, edited, CALENDAR.periods[last]).postings[len(ledger.postings) :])
    missing = sums(all_postings(edited, last + 1))
    missing.subtract(sums([one for one in ledger.postings if one.belongs in CALENDAR.labels[: last + 1]]))
    assert {key: units for key, units in missing.items() if units} == dict(sums(new))
    assert len(set(sums(new))) == len(new)


@given(files(), st.integers(0, 900).map(lambda count: START + timedelta(days=count)))
def test_a_dossier_is_itself_from_the_day_on_which_all_is_known(dossier: Dossier, day: date) -> None:
    """A schedule is a pure function of the contract's facts *as known at* a date."""
    seen = known_at(dossier, day)
    if latest(dossier) <= day:
        assert seen is dossier
    else:
        assert seen != dossier
        assert seen is None or latest(seen) <= day


def latest(dossier: Dossier) -> date:
    """The day on which the last of the facts became known."""
    days = [dossier.contract.recorded, *(one.recorded for one in (*dossier.deliveries, *dossier.changes))]
    for one in dossier.invoices:
        money = (*one.payments, *one.recoveries, *one.paid_back)
        days += [one.recorded, *(part.recorded for part in money), *(credit.recorded for credit in one.credits)]
        days += [one.void_recorded] if one.void_recorded is not None else []
    return max(days)
