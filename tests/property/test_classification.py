"""Law: a change of MRR is exactly one kind of movement.

Semantics §3, the table of movements: what a customer had before, what it has after, and whether it had MRR in any
earlier period tell the movement, and nothing else does.
"""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.mrr.movements import MOVEMENTS, After, Before, MovementKind, Step, classify, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

NEW, EXPANSION, REACTIVATION = MovementKind.NEW, MovementKind.EXPANSION, MovementKind.REACTIVATION
CONTRACTION, LOST = MovementKind.CONTRACTION, MovementKind.LOST

# (before, after, had MRR in any earlier period) → movement: the table of semantics §3, row by row.
TABLE: tuple[tuple[Callable[[int, int, bool], bool], MovementKind | None], ...] = (
    (lambda before, after, _: before == 0 and after == 0, None),
    (lambda before, after, had: before == 0 and after > 0 and not had, NEW),
    (lambda before, after, had: before == 0 and after > 0 and had, REACTIVATION),
    (lambda before, after, _: before > 0 and after == 0, LOST),
    (lambda before, after, _: before > 0 and after > before, EXPANSION),
    (lambda before, after, _: before > 0 and 0 < after < before, CONTRACTION),
    (lambda before, after, _: before > 0 and after == before, None),
)

BALANCES = st.sampled_from((0, 0, 1, 2)) | st.integers(0, 10**14)


@given(BALANCES, BALANCES, st.booleans())
def test_every_change_is_exactly_one_movement(before: int, after: int, had: bool) -> None:  # noqa: FBT001  # drawn
    """“For each customer compare the MRR at the close of a period with the close of the one before”: one row holds."""
    had = had or before > 0
    (kind,) = [kind for holds, kind in TABLE if holds(before, after, had)]
    assert kind is classify(before if had else None, after)


def test_the_table_has_every_case_that_can_occur_and_no_other() -> None:
    """Nothing is below 0, and from 0 there is no way to “less” or “the same”: 0 → 0 is `ZERO`."""
    impossible = {(before, after) for before in (Before.NEVER, Before.LAPSED) for after in (After.LESS, After.SAME)}
    expected = set(product(Before, After)) - impossible
    assert expected == {(before, after) for before, row in MOVEMENTS.items() for after in row}
    assert set(MovementKind) - {MovementKind.FX} == {
        kind for row in MOVEMENTS.values() for kind in row.values() if kind
    }


@given(st.lists(st.lists(BALANCES, min_size=3, max_size=3), max_size=6))
def test_the_sweep_classifies_by_the_table(closes: list[list[int]]) -> None:
    """“0 → > 0, had MRR in any earlier period” and all other rows: the sweep's own spelling is the table's."""
    steps, before = [], [0, 0, 0]
    for number, balances in enumerate(closes):
        changes = [after - held for held, after in zip(before, balances, strict=True)]
        steps.append(Step(number, date(2025, 1, 1), None, [([0, 1, 2], changes)]))
        before = balances
    held: list[int | None] = [None, None, None]
    for (_, flows, closing), balances in zip(sweep(steps, 3), closes, strict=True):
        expected = {
            (classify(held[unit], after), unit, after - (held[unit] or 0))
            for unit, after in enumerate(balances)
            if classify(held[unit], after)
        }
        found = [(kind, *one) for kind, flow in flows.items() for one in zip(*flow, strict=True)]
        assert len(expected) == len(found)
        assert expected == set(found)
        held = [after if after or was is not None else None for was, after in zip(held, balances, strict=True)]
        assert held == closing


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6).filter(lambda changes: sum(changes) >= 0))
def test_changes_of_one_day_are_netted(changes: list[int]) -> None:
    """“Changes of one customer on one day are netted”: however many there are, they are one movement or none."""
    step = Step(0, date(2025, 1, 1), None, [([0] * len(changes), changes)])
    ((_, flows, _),) = sweep([step], 1)
    expected = {NEW: ([0], [sum(changes)])} if sum(changes) else {}
    assert expected == {kind: flow for kind, flow in flows.items() if flow[0]}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, 0, None),
        (None, 5, NEW),
        (0, 0, None),
        (0, 5, REACTIVATION),
        (5, 0, LOST),
        (5, 6, EXPANSION),
        (5, 4, CONTRACTION),
        (5, 5, None),
    ],
)
def test_the_table_row_by_row(before: int | None, after: int, kind: MovementKind | None) -> None:
    """The table of semantics §3, with numbers."""
    assert kind is classify(before, after)
