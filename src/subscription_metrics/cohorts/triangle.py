"""The triangle behind every cohort table: what the customers who joined together pay at each later close.

A customer joins the cohort of the first period at whose close it has MRR, and stays there through pauses and returns
(semantics §5). The walk through the days is that of the bridge, so the size of a cohort is the number of new customers
of its period, and the cohorts of a close add up to its MRR.

House rules.

1. Everybody is counted: history is walked from its beginning whatever is reported, so no window moves a customer to a
   later cohort.
2. Only closes of periods that have ended are walked. What has not ended has no cell.
3. Integers only: customers, or units of 10⁻⁸ and more places with exchange rates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from enum import Enum
from itertools import accumulate
from typing import TYPE_CHECKING

from attrs import Factory, define, frozen

from subscription_metrics.mrr.movements import MovementKind, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from subscription_metrics.mrr.movements import Flows, Step

    Changes = Mapping["Group", int]
    Units = Sequence[int]
    Balances = Sequence[int | None]
    Counted = Callable[[Units, Flows, Balances, Sequence["Group"]], Changes]

Group = int
"""The number of a cohort: that of its period, or of a pair of period and segment."""


class Base(Enum):
    """What is added up for each cohort and close."""

    CUSTOMERS = "customers"
    """Members with MRR."""
    MRR = "mrr"
    """Their MRR."""
    CAPPED = "capped"
    """Of each member's MRR no more than it had at its first close."""


@frozen
class Entry:
    """The first close of a unit: its number, the index of the period, and its MRR then."""

    unit: int
    period: int
    amount: int


def entries(walk: Iterable[Step], size: int) -> Iterator[Entry]:
    """The first close of every unit that ever had MRR at one, in order of time."""
    for step, flows, _ in sweep(walk, size):
        units, amounts = flows[MovementKind.NEW]
        for unit, amount in zip(units, amounts, strict=True):
            yield Entry(unit, step.period, amount)


@define
class Row:
    """One cohort: how many units joined, their MRR at that close, and the changes of a base by period."""

    size: int = 0
    opening: int = 0
    changes: dict[int, int] = Factory(dict)

    def totals(self, last: int) -> list[int]:
        """What the base counts at the closes from the first one to that of the period `last`."""
        return list(accumulate(self.changes.get(period, 0) for period in range(min(self.changes), last + 1)))


def triangle(
    walk: Iterable[Step], size: int, base: Base, group_of: Callable[[int, int, int], Group] | None = None
) -> Mapping[Group, Row]:
    """The rows of `size` units, with the changes of `base`.

    `group_of` tells the cohort of a unit from the period, number and MRR of its first close, in order of time; without
    it a cohort is the index of the period in which its units joined.
    """
    members = [0] * size
    found: defaultdict[Group, Row] = defaultdict(Row)
    counted = COUNTS[base](size)
    for step, flows, closing in sweep(walk, size):
        units, amounts = flows.pop(MovementKind.NEW)
        if group_of is None and units:
            _join(found[step.period], step.period, base, len(units), sum(amounts))
            for unit in units:
                members[unit] = step.period
        elif group_of is not None:
            joined: defaultdict[Group, list[int]] = defaultdict(list)
            for unit, amount in zip(units, amounts, strict=True):
                members[unit] = group = group_of(step.period, unit, amount)
                joined[group].append(amount)
            for group, own in joined.items():
                _join(found[group], step.period, base, len(own), sum(own))
        for group, change in counted(units, flows, closing, members).items():
            changes = found[group].changes
            changes[step.period] = changes.get(step.period, 0) + change
    return found


def _join(row: Row, period: int, base: Base, units: int, amount: int) -> None:
    row.size += units
    row.opening += amount
    row.changes[period] = row.changes.get(period, 0) + (units if base is Base.CUSTOMERS else amount)


def _customers(_: int) -> Counted:
    def counted(_: Units, flows: Flows, __: Balances, members: Sequence[Group]) -> Changes:
        found = Counter(map(members.__getitem__, flows[MovementKind.REACTIVATION][0]))
        found.subtract(map(members.__getitem__, flows[MovementKind.LOST][0]))
        return found

    return counted


def _mrr(_: int) -> Counted:
    def counted(_: Units, flows: Flows, __: Balances, members: Sequence[Group]) -> Changes:
        found: defaultdict[Group, int] = defaultdict(int)
        for units, amounts in flows.values():
            for unit, amount in zip(units, amounts, strict=True):
                found[members[unit]] += amount
        return found

    return counted


def _capped(size: int) -> Counted:
    first, kept = [0] * size, [0] * size

    def counted(joined: Units, flows: Flows, closing: Balances, members: Sequence[Group]) -> Changes:
        found: defaultdict[Group, int] = defaultdict(int)
        for unit in joined:
            first[unit] = kept[unit] = closing[unit] or 0
        for units, _ in flows.values():
            for unit in units:
                now, most, before = closing[unit] or 0, first[unit], kept[unit]
                now = min(now, most)
                if now != before:
                    found[members[unit]] += now - before
                    kept[unit] = now
        return found

    return counted


COUNTS: Mapping[Base, Callable[[int], Counted]] = {
    Base.CUSTOMERS: _customers,
    Base.MRR: _mrr,
    Base.CAPPED: _capped,
}
"""How each base changes in one step, by cohort, given the number of units; who joins is counted by `triangle`.

The functions take the units that joined, the other flows, the closing balances and the cohort of each unit.
"""
