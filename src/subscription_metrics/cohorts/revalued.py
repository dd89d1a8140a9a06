"""Retained shares of MRR where exchange rates move: what a cohort pays now beside what it paid first, at one rate.

A cohort whose customers all pay what they always paid has kept 100 %, whatever its currencies did since: the effect of
moving rates is never expansion or contraction (semantics §1). So both amounts are valued at the close of the cell, as
trailing retention is. Amounts of MRR stay what they were worth at their closes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import compress
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from subscription_metrics.cohorts.survival import decimal, shown
from subscription_metrics.cohorts.triangle import Base, entries
from subscription_metrics.mrr.bridge import walks
from subscription_metrics.mrr.movements import MovementKind, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from subscription_metrics.cohorts.triangle import Group
    from subscription_metrics.mrr.bridge import Question
    from subscription_metrics.mrr.timeline import Batch, Days, Timeline

T = TypeVar("T")


def shares_at_one_rate(
    question: Question, base: Base, group_of: Callable[[int, int, int], Group] | None
) -> Mapping[Group, Sequence[Decimal]]:
    """For each cohort of a question with rates the share of its first MRR that it has, in order of age.

    With `Base.CAPPED` no member keeps more than it had first. `group_of` is that of `triangle`.
    """
    size, firsts = len(question.timeline.names), evolve(question, timeline=_until_first_close(question))
    cohort_of: dict[int, Group] = {}
    found: defaultdict[Group, list[Decimal]] = defaultdict(list)
    both = zip(sweep(_only(walks(question)), size), sweep(_only(walks(firsts)), size), strict=True)
    for (step, flows, now), (_, _, then) in both:
        for unit, amount in zip(*flows[MovementKind.NEW], strict=True):
            cohort_of[unit] = step.period if group_of is None else group_of(step.period, unit, amount)
        kept: Counter[Group] = Counter()
        first: Counter[Group] = Counter()
        for unit, group in cohort_of.items():
            had, has = then[unit] or 0, now[unit] or 0
            first[group] += had
            kept[group] += min(had, has) if base is Base.CAPPED else has
        for group, amount in first.items():
            found[group].append(shown(decimal(Fraction(kept[group], amount))))
    return found


def _only(by_currency: Mapping[str, T]) -> T:
    """That of the reporting currency."""
    (found,) = by_currency.values()
    return found


def _until_first_close(question: Question) -> Timeline:
    """The timeline without what happened to a unit after its first close: it holds what it had then for ever."""
    closes = {period.index: period.last_day for period in question.window}
    walk = _only(walks(question))
    until = {entry.unit: closes[entry.period] for entry in entries(walk, len(question.timeline.names))}
    days = {code: dict(_kept(of_currency, until)) for code, of_currency in question.timeline.days.items()}
    return evolve(question.timeline, days=days)


def _kept(days: Days, until: Mapping[int, date]) -> Iterator[tuple[date, Batch]]:
    for day, (units, changes) in days.items():
        held = [unit in until and day <= until[unit] for unit in units]
        yield day, (list(compress(units, held)), list(compress(changes, held)))
