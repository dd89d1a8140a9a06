"""Movements: how the MRR of each customer changed from one close to the next.

For each unit (the customer by default; subscription and parent account are options) the MRR at the close of a period
is compared with the close of the one before, and the pair is classified by one table:

    before             after          movement
    0, never had MRR   0              –
    0, never had MRR   > 0            new
    0, had MRR         0              –
    0, had MRR         > 0            reactivation
    > 0                0              lost
    > 0                more           expansion
    > 0                less, not 0    contraction
    > 0                the same       –

House rules.

1. The table is `MOVEMENTS`; whatever classifies, classifies by it. `sweep` spells it out once more, because a dict
   look-up a change is what the time of a million spans goes to; a test compares the two on every case.
2. "Had MRR" means: at the close of an earlier period *of the same grain*. Who joins and leaves inside a month was
   never there in the net monthly view, and is there twice in the gross one.
3. Amounts are signed, after − before, so opening + movements = closing by construction: a balance is only ever
   changed by what is reported.
4. This module does no calendar and no currency: it is handed batches of changes in the order of time.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from subscription_metrics.mrr.timeline import Batch


class MovementKind(Enum):
    """The lines of the bridge between an opening and a closing balance, in the order they are printed."""

    NEW = "new"
    EXPANSION = "expansion"
    REACTIVATION = "reactivation"
    CONTRACTION = "contraction"
    LOST = "lost"
    FX = "fx"


class Before(Enum):
    """The state of a unit at the close of the period before."""

    NEVER = "0, never had MRR"
    LAPSED = "0, had MRR"
    PAYING = "> 0"


class After(Enum):
    """Its MRR at the close of the period, compared with that."""

    ZERO = "0"
    LESS = "less, not 0"
    SAME = "the same"
    MORE = "more"


MOVEMENTS: Mapping[Before, Mapping[After, MovementKind | None]] = {
    Before.NEVER: {After.ZERO: None, After.MORE: MovementKind.NEW},
    Before.LAPSED: {After.ZERO: None, After.MORE: MovementKind.REACTIVATION},
    Before.PAYING: {
        After.ZERO: MovementKind.LOST,
        After.LESS: MovementKind.CONTRACTION,
        After.SAME: None,
        After.MORE: MovementKind.EXPANSION,
    },
}
"""Semantics §3. The pairs that are absent can't occur: a balance of 0 is not undercut, and 0 → 0 is `ZERO`."""


def classify(before: int | None, after: int) -> MovementKind | None:
    """The movement from `before` (`None`: had no MRR in any earlier period) to `after`, by `MOVEMENTS`."""
    state = Before.NEVER if before is None else Before.PAYING if before else Before.LAPSED
    held = before or 0
    change = After.ZERO if not after else After.SAME if after == held else After.MORE if after > held else After.LESS
    return MOVEMENTS[state][change]


Flows = dict[MovementKind, "Batch"]
"""For each kind the unit numbers and signed amounts, each unit at most once in all kinds but FX."""


class Step(NamedTuple):
    """One comparison: of which period, at the close of which day, after which revaluation and changes."""

    period: int
    day: date
    revaluation: Batch | None
    batches: Sequence[Batch]


def sweep(steps: Iterable[Step], size: int) -> Iterator[tuple[Step, Flows, Sequence[int | None]]]:
    """Classify the changes of `size` units step by step.

    Yields each step with its flows and the balances at its close. The list of balances is reused, so read it before
    the next step; `None` stands for a unit that never had MRR.
    """
    closing: list[int | None] = [None] * size
    for step in steps:
        flows: Flows = {kind: ([], []) for kind in MovementKind}
        if step.revaluation is not None:
            flows[MovementKind.FX] = step.revaluation
            for unit, change in zip(*step.revaluation, strict=True):
                closing[unit] = (closing[unit] or 0) + change
        changed: dict[int, int] = {}
        for ids, changes in step.batches:
            for unit, change in zip(ids, changes, strict=True):
                changed[unit] = changed.get(unit, 0) + change
        _compare(changed, closing, flows)
        yield step, flows, closing


def _compare(changed: Mapping[int, int], closing: list[int | None], flows: Flows) -> None:
    """Classify the net change of each unit, and write down its balance as its close."""
    new, new_amounts = flows[MovementKind.NEW]
    more, more_amounts = flows[MovementKind.EXPANSION]
    again, again_amounts = flows[MovementKind.REACTIVATION]
    less, less_amounts = flows[MovementKind.CONTRACTION]
    lost, lost_amounts = flows[MovementKind.LOST]
    for unit, change in changed.items():
        if not change:
            continue
        before = closing[unit]
        if before:
            closing[unit] = after = before + change
            if not after:
                lost.append(unit)
                lost_amounts.append(change)
            elif change > 0:
                more.append(unit)
                more_amounts.append(change)
            else:
                less.append(unit)
                less_amounts.append(change)
        else:
            closing[unit] = change
            if before is None:
                new.append(unit)
                new_amounts.append(change)
            else:
                again.append(unit)
                again_amounts.append(change)
