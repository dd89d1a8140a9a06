"""Trials: how many of those who tried stay and pay. The card rules are those of `growth`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscription_metrics.metrics.arithmetic import Operand, formula, ratio

if TYPE_CHECKING:
    from subscription_metrics.quotients import Quotient


@formula
def trial_conversion(converted_trials: Operand, ended_trials: Operand) -> Quotient:
    """Share of the trials that became paying: trial to paid.

    A trial that still runs has not failed yet, so it is in neither number.

    Formula:
        converted_trials / ended_trials

    Args:
        converted_trials: ended trials that were converted by 30 days after their end [trials]
        ended_trials: trials that have ended [trials]

    Returns:
        converted share [fraction]

    Undefined when:
        no trial has ended

    Example:
        >>> trial_conversion(converted_trials=30, ended_trials=120)
        Decimal('0.25')

    Source:
        Gocroco
    """
    return ratio(converted_trials, ended_trials, "no trial has ended")
