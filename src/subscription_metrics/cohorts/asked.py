"""From a book's index to a cohort table: which cohorts, of whom, told apart by what."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from subscription_metrics.cohorts.membership import MEMBER_COLUMNS, labels, members
from subscription_metrics.cohorts.revalued import shares_at_one_rate
from subscription_metrics.cohorts.tables import MEANINGS, MONTHS, Cohort, CohortMeasure, CohortTable
from subscription_metrics.cohorts.triangle import triangle
from subscription_metrics.errors import InvalidPeriod
from subscription_metrics.money import from_units
from subscription_metrics.mrr.bridge import walks
from subscription_metrics.mrr.spans import Level  # noqa: TC001  # `CohortScope` is read at run time, too
from subscription_metrics.periods import Grain, Period
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from subscription_metrics.cohorts.membership import By, Member
    from subscription_metrics.mrr.bridge import Question


class CohortScope(TypedDict, total=False):
    """How a question about cohorts is meant; every key has a default."""

    grain: Grain
    """The length of the periods in which customers join and are looked at: by default months."""
    level: Level
    """Who joins: customers (the default), subscriptions or parent accounts."""
    by: By
    """What cohorts are told apart by: a field or attribute at entry, `SizeBands` of the MRR at entry, or nothing."""
    currency: str | None
    """Only this one of the book's currencies."""


def cohort_table(
    question: Question, measure: CohortMeasure, by: By = None, first: Period | None = None, last: Period | None = None
) -> CohortTable:
    """The cohorts that joined from `first` to `last`, by default ever; `question` is about all periods that ended.

    Where the ends are of another grain, cohorts count that share a day with the window, as in a bridge.

    Raises:
        InvalidPeriod: `last` ends before `first` begins.
    """
    if first is not None and last is not None and last.end <= first.start:
        raise InvalidPeriod("last", last, f"must not be before {first}", "exchange the two")
    found = [
        cohort
        for cohort in (_cohorts(question, measure, by) if question.window else ())
        if (first is None or first.start < cohort.period.end) and (last is None or cohort.period.start < last.end)
    ]
    found.sort(key=lambda one: (one.currency, one.segment is None, one.segment or "", one.period))
    return CohortTable(measure, question.window[0].grain if question.window else Grain.MONTH, tuple(found))


OF_MRR = (CohortMeasure.GROSS_RETENTION, CohortMeasure.NET_RETENTION)
"""The measures that compare amounts of two closes."""


def _cohorts(question: Question, measure: CohortMeasure, by: By) -> Iterator[Cohort]:
    meaning, example, size = MEANINGS[measure], question.window[-1], len(question.timeline.names)
    for currency, walk in walks(question).items():
        known: dict[tuple[str | None, int], int] = {}
        group_of = None if by is None else _numbered(known, labels(question, currency, by))
        rows = triangle(walk, size, meaning.base, group_of)
        shares = shares_at_one_rate(question, meaning.base, group_of) if question.rates and measure in OF_MRR else {}
        names = list(known)
        for group, row in rows.items():
            segment, period = names[group] if names else (None, group)
            cells = meaning.cells(row.totals(example.index), row.size, question.places, MONTHS[example.grain])
            yield Cohort(
                period=Period(example.grain, period, example.year_start),
                currency=currency,
                segment=segment,
                size=row.size,
                opening=from_units(row.opening, question.places),
                cells=tuple(shares[group] if shares else cells),
            )


def _numbered(
    known: dict[tuple[str | None, int], int], label_of: Callable[[int, int, int], str | None]
) -> Callable[[int, int, int], int]:
    """A number for each pair of segment and period, in the order in which they are met; `known` remembers them."""
    return lambda period, unit, amount: known.setdefault((label_of(period, unit, amount), period), len(known))


def cohort_members(question: Question, cohort: Period, age: int, by: By = None) -> Table[Member]:
    """The customers behind a cell: who joined in `cohort`, and what they pay `age` periods later.

    Raises:
        InvalidPeriod: that period has not ended, or `age` is below 0.
    """
    period = cohort.shift(age)
    if age < 0 or not question.window or period > question.window[-1]:
        rule = "must be a period that has ended, and not before the cohort joined"
        raise InvalidPeriod("age", age, rule, "cells of periods that have not ended are blank")
    rows = members(question, cohort, period, by)
    return Table("cohort_members", MEMBER_COLUMNS, rows, f"Cohort {cohort} at the close of {period}")
