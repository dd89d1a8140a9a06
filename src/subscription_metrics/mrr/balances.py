"""The balances of all units at two closes, and what is summed over them, without walking all units at every close.

A sum over many units changes by what a change of one unit changes in it. So the sums of 36 closes cost one walk through
the changes, where adding them up at every close would cost 36 walks through the units.

House rule: what is kept up to date is what a plain sum at the close would give; a test compares the two.
"""

from __future__ import annotations

from heapq import nlargest
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from subscription_metrics.mrr.timeline import Batch

LARGEST = 10
"""How many customers are called the largest: the field's top ten."""


class Pairs:
    """The MRR of every unit now and a year ago, and sums over both: each change of a unit changes them by its part."""

    __slots__ = ("closing", "kept", "opening", "paid", "paying", "squares")

    def __init__(self, size: int) -> None:
        self.paying, self.paid = [0] * size, [0] * size
        self.opening = self.closing = self.kept = self.squares = 0

    def change_now(self, batch: Batch) -> None:
        """Change what units pay now."""
        now, then = self.paying, self.paid
        squares = closing = kept = 0
        for unit, change in zip(*batch, strict=True):
            before = now[unit]
            now[unit] = after = before + change
            squares += change * (before + after)
            held = then[unit]
            if held:
                closing += change
                kept += min(after, held) - min(before, held)
        self.squares += squares
        self.closing += closing
        self.kept += kept

    def change_then(self, batch: Batch) -> None:
        """Change what units paid a year ago."""
        now, then = self.paying, self.paid
        closing = kept = 0
        for unit, change in zip(*batch, strict=True):
            before = then[unit]
            then[unit] = after = before + change
            pays = now[unit]
            if pays:
                closing += (pays if after else 0) - (pays if before else 0)
                kept += min(after, pays) - min(before, pays)
        self.opening += sum(batch[1])
        self.closing += closing
        self.kept += kept


class Leaders:
    """The units that may be among the largest: no other pays more than `floor`.

    Once they are more than `many`, only those above the balance of rank `few` stay.
    """

    __slots__ = ("few", "floor", "many", "units")

    def __init__(self, few: int = 1_000, many: int = 10_000) -> None:
        self.few, self.many = few, many
        self.floor, self.units = 0, set[int]()

    def largest(self, balances: Sequence[int], changed: Iterable[Sequence[int]]) -> list[int]:
        """The largest of `balances`, of which only those of the units `changed` are not what they were before."""
        self._keep(balances, chain(self.units, *changed))
        if len(self.units) < LARGEST:
            self.floor = 0
            self._keep(balances, range(len(balances)))
        amounts = [balances[unit] for unit in self.units]
        if len(amounts) > self.many:
            self.floor = nlargest(self.few, amounts)[-1]
        return nlargest(LARGEST, amounts)

    def _keep(self, balances: Sequence[int], units: Iterable[int]) -> None:
        floor = self.floor
        self.units = {unit for unit in units if balances[unit] > floor}
