"""Trials: who tried what, from when to when, and who stayed.

House rule: `[start, end)` is half-open, as everywhere: `end` is the first day on which the trial is over. A trial
without an end is one that runs until somebody stops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from subscription_metrics.errors import InvalidValue
from subscription_metrics.facts.checks import after_start, day, identifier, optional_day

if TYPE_CHECKING:
    from datetime import date

    from attrs import Attribute


def _not_before_start(trial: Trial, attribute: Attribute[date | None], value: date | None) -> None:
    optional_day(trial, attribute, value)
    if value is not None and value < trial.start:
        remedy = f"the trial of {trial.customer} starts on {trial.start}"
        raise InvalidValue(attribute.name, value, "must not be before the trial", remedy)


@frozen(kw_only=True)
class Trial:
    """One customer's trial of a plan; `converted` is the day on which it became paying.

    Raises:
        EmptyIdentifier: `customer` is blank.
        EndNotAfterStart: the trial holds no day.
        InvalidValue: `converted` lies before the trial, or a date is no date.
    """

    customer: str = field(validator=identifier)
    start: date = field(validator=day)
    end: date | None = field(default=None, validator=after_start)
    converted: date | None = field(default=None, validator=_not_before_start)
    plan: str | None = None
    source: str | None = field(default=None, eq=False)
    line: int | None = field(default=None, eq=False)

    @property
    def origin(self) -> str | None:
        """Where the fact came from: `file:line`, or the id of the object."""
        return self.source if self.line is None else f"{self.source}:{self.line}"
