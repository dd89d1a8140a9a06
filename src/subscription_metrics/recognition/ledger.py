"""The ledger: what has been posted, which periods are closed, and how the two move on.

    post_period(period)   what should stand in the books by the end of it − what stands in them → new postings
    close_period(period)  from now on nothing may be dated in it

What belongs to a closed period is posted in the first open one, as a correction that names the period it belongs to.
So nothing is ever rewritten, and posting the same facts twice posts nothing the second time.

House rules.

1. Periods close in order, and reopen in reverse order, each with its reason on record.
2. A ledger is a value: posting gives a new one, and the old one is still there to compare with.
3. Either everything a call asks for is posted, or an error is raised and nothing is.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.errors import ClosedPeriod
from subscription_metrics.periods import Grain, Period, period_range
from subscription_metrics.recognition.contracts import Modification
from subscription_metrics.recognition.known import known_at
from subscription_metrics.recognition.postings import Calendar, Posting, postings
from subscription_metrics.recognition.promises import Measured, PointInTime
from subscription_metrics.recognition.scheduling import schedule
from subscription_metrics.recognition.standards import Standard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from subscription_metrics.recognition.contracts import Dossier
    from subscription_metrics.recognition.schedule import PostingPeriod

Key = tuple[object, ...]


BEFORE = "before the ledger began"


class Action(Enum):
    """What was done to a period."""

    CLOSED = "closed"
    REOPENED = "reopened"


@frozen
class Closing:
    """On the day `on` a period was closed or reopened, and why."""

    period: str
    action: Action
    on: date
    reason: str


@frozen
class Ledger:
    """Postings by calendar; the first `closed` of its periods are closed, `history` says since when."""

    calendar: Calendar
    closed: int = 0
    postings: tuple[Posting, ...] = ()
    history: tuple[Closing, ...] = ()

    @property
    def first_open(self) -> PostingPeriod:
        """The period that corrections are posted in.

        Raises:
            ClosedPeriod: all are closed.
        """
        if self.closed == len(self.calendar.periods):
            last = self.calendar.periods[-1].label
            raise ClosedPeriod("period", last, "is the last one and closed", "begin a ledger with a longer calendar")
        return self.calendar.periods[self.closed]


def calendar_of_months(dossiers: Iterable[Dossier], last: Period) -> Calendar:
    """Months from the first one that something happened in up to `last`."""
    days = [day for dossier in dossiers for day in _days(dossier)]
    first = min([Period.containing(day, Grain.MONTH) for day in days] or [last])
    return Calendar(period_range(min(first, last), last))


def _days(dossier: Dossier) -> Iterator[date]:
    contract = dossier.contract
    yield contract.inception
    yield from () if contract.financing is None else (contract.financing.starts,)
    yield from (one.issued for one in dossier.invoices)
    yield from (payment.on for one in dossier.invoices for payment in one.payments)
    yield from (one.on for one in dossier.deliveries)
    yield from (min(one.on, one.start) for one in dossier.commissions)
    added = (one for change in dossier.changes if isinstance(change, Modification) for one in change.add)
    ways = [one.satisfaction for one in (*contract.obligations, *added)]
    yield from (way.on if isinstance(way, PointInTime) else way.start for way in ways if not isinstance(way, Measured))


def post_period(
    ledger: Ledger,
    dossiers: Iterable[Dossier],
    period: PostingPeriod,
    known: date = date.max,
    standard: Standard = Standard.ASC_606,
) -> Ledger:
    """The ledger with all that is due by the end of `period`, as known at the end of the day `known`.

    Raises:
        ClosedPeriod: the period is closed, or not in the calendar.
        SubscriptionMetricsError: facts contradict each other; nothing is posted.
    """
    through = _place(ledger, period) + 1
    if through <= ledger.closed:
        rule = "must be open to be posted to"
        raise ClosedPeriod("period", period.label, rule, f"post {ledger.first_open.label}, or reopen it with a reason")
    closed = {one.label: one for one in ledger.calendar.periods[: ledger.closed]}
    found = _differences(ledger, dossiers, through, known, standard)
    new = tuple(_dated(one, ledger, closed) for one in found)
    return evolve(ledger, postings=(*ledger.postings, *new))


def _place(ledger: Ledger, period: PostingPeriod) -> int:
    labels = ledger.calendar.labels
    if period.label not in labels:
        rule = f"must be in the calendar of the ledger, {labels[0]} to {labels[-1]}"
        raise ClosedPeriod("period", period.label, rule, "begin the ledger with a calendar that holds it")
    return labels.index(period.label)


def _differences(
    ledger: Ledger, dossiers: Iterable[Dossier], through: int, known: date, standard: Standard
) -> list[Posting]:
    labels = set(ledger.calendar.labels[:through])
    posted: dict[str, list[Posting]] = defaultdict(list)
    for one in ledger.postings:
        if one.belongs in labels:
            posted[one.contract].append(one)
    missing: dict[Key, int] = defaultdict(int)
    examples: dict[Key, Posting] = {}
    for contract, wanted in _wanted(ledger.calendar, dossiers, through, known, standard):
        for one in _new(wanted, posted, contract):
            key = one.key
            missing[key] += one.units
            examples[key] = one
    for one in chain.from_iterable(posted.values()):
        missing[one.key] -= one.units
        examples.setdefault(one.key, one)
    changed = [
        one if one.units == units else evolve(one, units=units)
        for one, units in ((examples[key], units) for key, units in missing.items() if units)
    ]
    last: dict[Key, date] = {}
    for one in changed:
        last[_whole(one)] = max(one.on, last.get(_whole(one), one.on))
    return [one if one.on == last[_whole(one)] else evolve(one, on=last[_whole(one)]) for one in changed]


def _new(wanted: list[Posting], posted: dict[str, list[Posting]], contract: str) -> list[Posting]:
    """What is wanted beyond what was posted, where nothing of that changed; otherwise all, to be compared one by one.

    Of most contracts nothing changed: their postings so far are the first of those that are wanted.
    """
    before = posted.get(contract, [])
    if wanted[: len(before)] != before:
        return wanted
    posted.pop(contract, None)
    return wanted[len(before) :]


def _whole(one: Posting) -> Key:
    """What balances: an event of a document in a period may fall on several days, but no difference may tear it up."""
    return one.contract, one.obligation, one.document, one.event, one.belongs


def _wanted(
    calendar: Calendar, dossiers: Iterable[Dossier], through: int, known: date, standard: Standard
) -> Iterator[tuple[str, list[Posting]]]:
    for dossier in dossiers:
        seen = known_at(dossier, known)
        plan = None if seen is None else schedule(seen, standard=standard)
        if seen is not None and plan is not None:
            yield seen.contract.id, postings(seen, plan, calendar, through, standard)


def _dated(one: Posting, ledger: Ledger, closed: Mapping[str, PostingPeriod]) -> Posting:
    """A posting in its own period, or, if that is closed, as a correction in the first open one."""
    if one.belongs in closed:
        first_open = ledger.first_open
        return evolve(one, on=first_open.end - timedelta(days=1), posted=first_open.label)
    return evolve(one, posted=one.belongs) if one.posted != one.belongs else one


def close_period(ledger: Ledger, period: PostingPeriod, on: date, reason: str = "month end") -> Ledger:
    """The ledger with `period`, the first open one, closed `on` a day.

    Raises:
        ClosedPeriod: it is not the first open one.
    """
    if period.label != ledger.first_open.label:
        rule = f"must be {ledger.first_open.label}, the first open one, to be closed"
        raise ClosedPeriod("period", period.label, rule, "close periods in order")
    event = Closing(period.label, Action.CLOSED, on, reason)
    return evolve(ledger, closed=ledger.closed + 1, history=(*ledger.history, event))


def reopen_period(ledger: Ledger, period: PostingPeriod, on: date, reason: str) -> Ledger:
    """The ledger with `period`, the last closed one, open again `on` a day, for a stated reason.

    Raises:
        ClosedPeriod: it is not the last closed one, or no reason is given.
    """
    last = ledger.calendar.periods[ledger.closed - 1].label if ledger.closed else "none"
    if period.label != last:
        raise ClosedPeriod("period", period.label, f"must be the last closed one, {last}", "reopen later ones first")
    if not reason.strip():
        raise ClosedPeriod("reason", reason, "must say why a closed period is touched", "name the error that it mends")
    event = Closing(period.label, Action.REOPENED, on, reason)
    return evolve(ledger, closed=ledger.closed - 1, history=(*ledger.history, event))


def close_through(
    dossiers: Iterable[Dossier],
    calendar: Calendar,
    last: PostingPeriod,
    days_to_close: int = 0,
    standard: Standard = Standard.ASC_606,
) -> Ledger:
    """The ledger after each period up to `last` was posted and closed with what was known then.

    A period is closed `days_to_close` days after its end: what was recorded later comes as a correction. Facts keep the
    day on which they became known, so closing again from the start gives the same ledger.

    Raises:
        ClosedPeriod: `last` is not in the calendar.
        SubscriptionMetricsError: facts contradict each other; nothing is posted.
    """
    return close_on(Ledger(calendar), dossiers, last, days_to_close, standard)


def close_on(
    ledger: Ledger,
    dossiers: Iterable[Dossier],
    last: PostingPeriod,
    days_to_close: int = 0,
    standard: Standard = Standard.ASC_606,
) -> Ledger:
    """The ledger after each open period up to `last` was posted and closed; see `close_through`.

    What facts say by now of periods that are closed already comes as corrections. No period is closed on a day before
    the last entry of the history: one that was reopened holds what was known when it was.

    Raises:
        ClosedPeriod: `last` is not in the calendar.
        SubscriptionMetricsError: facts contradict each other; nothing is posted.
    """
    facts = tuple(dossiers)
    for period in ledger.calendar.periods[ledger.closed : _place(ledger, last) + 1]:
        due = period.end + timedelta(days=days_to_close - 1)
        known = max([due, *(event.on for event in ledger.history[-1:])])
        ledger = close_period(post_period(ledger, facts, period, known, standard), period, known)
    return ledger


def reopen_from(ledger: Ledger, first: PostingPeriod, on: date, reason: str) -> Ledger:
    """The ledger with `first` and all after it open again, the last one first; see `reopen_period`.

    Raises:
        ClosedPeriod: `first` is not closed, or no reason is given.
    """
    place = _place(ledger, first)
    if place >= ledger.closed:
        raise ClosedPeriod("period", first.label, "must be closed to be reopened", "post to it, it is open")
    for period in reversed(ledger.calendar.periods[place : ledger.closed]):
        ledger = reopen_period(ledger, period, on, reason)
    return ledger


def with_months(ledger: Ledger, dossiers: Iterable[Dossier], last: Period) -> Ledger:
    """The ledger with the months that its calendar lacks: those of the facts, and those up to `last`.

    If it has closed periods, months before them are closed, too: what belongs to them becomes a correction.

    Raises:
        InvalidValue: the calendar is not one of months.
    """
    periods = ledger.calendar.periods
    months = calendar_of_months(dossiers, last).periods
    earlier = tuple(month for month in months if month.start < periods[0].start)
    later = tuple(month for month in months if month.start >= periods[-1].end)
    closed = earlier if ledger.closed else ()
    days = [month.end - timedelta(days=1) for month in closed]
    events = [Closing(month.label, Action.CLOSED, on, BEFORE) for month, on in zip(closed, days, strict=True)]
    return evolve(
        ledger,
        calendar=Calendar((*earlier, *periods, *later)),
        closed=ledger.closed + len(closed),
        history=(*events, *ledger.history),
    )
