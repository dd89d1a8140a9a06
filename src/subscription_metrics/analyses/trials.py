"""The funnel of trials: how many began, ended and became paying, how long that took, and who is still trying.

House rules.

1. A trial that runs on the day of the report has not failed: it is counted as running, and in no rate (semantics §4).
2. Converted means: paying by 30 days after the end of the trial. Who comes later is counted apart: a rate that waits
   for them would never be final.
3. Nobody converts before it is known: what happened after `as_of` is not in the report.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from statistics import median
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.metrics.trials import trial_conversion
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Quotient, Undefined, quotient
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from subscription_metrics.facts.trials import Trial

DAYS_OF_GRACE = 30
"""After its end a trial may still convert (Gocroco)."""


class FunnelBy(Enum):
    """The month that a trial belongs to."""

    START = "start"
    """In which it began: what became of those we won then?"""
    END = "end"
    """In which it ended, by conversion or by time: what did this month decide? Who has no end is in none till then."""


class Outcome(Enum):
    """What became of a trial."""

    RUNNING = "running"
    CONVERTED = "converted"
    LATE = "converted late"
    LOST = "not converted"


def outcome(trial: Trial, as_of: date) -> Outcome:
    """What is known of a trial at the end of the day `as_of`; who has converted has ended its trial."""
    converted = _converted(trial, as_of)
    if converted is not None:
        end = trial.end or converted
        return Outcome.CONVERTED if converted <= end + timedelta(days=DAYS_OF_GRACE) else Outcome.LATE
    return Outcome.RUNNING if trial.end is None or trial.end > as_of else Outcome.LOST


def _converted(trial: Trial, as_of: date) -> date | None:
    return trial.converted if trial.converted is not None and trial.converted <= as_of else None


def _ended(trial: Trial, as_of: date) -> date | None:
    """The day on which a trial ends, as far as is known on the day `as_of`."""
    return min((day for day in (trial.end, _converted(trial, as_of)) if day is not None), default=None)


@frozen
class FunnelRow:
    """The trials of one period and plan: `started = running + ended`, `ended = converted + late + lost`.

    Medians are days from the start of a trial to its conversion, late ones included.
    """

    period: Period
    plan: str | None
    started: int
    running: int
    ended: int
    converted: int
    late: int
    lost: int
    conversion: Quotient
    median_days: Quotient


FUNNEL_COLUMNS = (
    Column("period", ColumnType.PERIOD),
    Column("plan", ColumnType.TEXT),
    *(
        Column(name, ColumnType.INTEGER, "trials")
        for name in ("started", "running", "ended", "converted", "late", "lost")
    ),
    Column("conversion", ColumnType.RATIO),
    Column("median_days", ColumnType.NUMBER, "days"),
)


def trial_funnel(
    trials: Iterable[Trial],
    as_of: date,
    *,
    by: FunnelBy = FunnelBy.START,
    grain: Grain = Grain.MONTH,
    per_plan: bool = False,
) -> Table[FunnelRow]:
    """The funnel of each period in which trials that began by `as_of` started or ended, in order of time and plan."""
    groups: dict[tuple[Period, str | None], list[Trial]] = {}
    for trial in trials:
        day = trial.start if by is FunnelBy.START else _ended(trial, as_of)
        if trial.start <= as_of and day is not None:
            key = (Period.containing(day, grain), trial.plan if per_plan else None)
            groups.setdefault(key, []).append(trial)
    ordered = sorted(groups, key=lambda key: (key[0], key[1] is None, key[1] or ""))
    rows = (_row(*key, groups[key], as_of) for key in ordered)
    return Table("trial_funnel", FUNNEL_COLUMNS, rows, f"Trials by {by.value}")


def _row(period: Period, plan: str | None, own: Sequence[Trial], as_of: date) -> FunnelRow:
    outcomes = [outcome(trial, as_of) for trial in own]
    running, converted = outcomes.count(Outcome.RUNNING), outcomes.count(Outcome.CONVERTED)
    days = [(day - trial.start).days for trial in own if (day := _converted(trial, as_of)) is not None]
    return FunnelRow(
        period=period,
        plan=plan,
        started=len(own),
        running=running,
        ended=len(own) - running,
        converted=converted,
        late=outcomes.count(Outcome.LATE),
        lost=outcomes.count(Outcome.LOST),
        conversion=trial_conversion(converted_trials=converted, ended_trials=len(own) - running),
        median_days=_median(days),
    )


def _median(days: Sequence[int]) -> Quotient:
    if not days:
        return Undefined("no trial has converted")
    return quotient(int(2 * median(days)), 2, "never: two is not zero")


TIME_COLUMNS = (
    Column("days", ColumnType.INTEGER, "days"),
    Column("converted", ColumnType.INTEGER, "trials"),
    Column("cumulative", ColumnType.RATIO),
)


@frozen
class TimeToConvert:
    """How many trials converted so many days after their start, and the share of all conversions by then."""

    days: int
    converted: int
    cumulative: Quotient


def time_to_convert(trials: Iterable[Trial], as_of: date) -> Table[TimeToConvert]:
    """The days from start to conversion, of every trial that has converted by `as_of`."""
    took = sorted((day - one.start).days for one in trials if (day := _converted(one, as_of)) is not None)
    rows = (
        TimeToConvert(days, took.count(days), quotient(sum(one <= days for one in took), len(took), "nobody converted"))
        for days in dict.fromkeys(took)
    )
    return Table("time_to_convert", TIME_COLUMNS, rows, "Days from the start of a trial to its conversion")
