"""Schedules: what each obligation has earned by any day, in whole minor units.

A `Line` is the schedule of one obligation: pieces that are added up. A `Piece` is an amount on a curve, in force
from `since` up to `until`. A change of the contract never rewrites a piece: it ends one (`until`), and begins
others with what was left. So a schedule shows its own history, and each unit can be followed to the fact behind it.

    recognised(line, d)  =  Σ pieces  round(units × progress(min(d, until)))   if d > since
    remaining(line, d)   =  the same at the end of time − recognised(line, d)

House rules.

1. A schedule is exact on every day and knows no calendar: periods are differences of two days. Slicing a period and
   adding gives the whole, whatever the periods are.
2. Units are integers. Rounding happens once per piece and day, on the running total; nothing drifts.
3. Nothing here depends on the order in which facts became known.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from attrs import evolve, frozen

from subscription_metrics.recognition.curves import Curve, amount_by, rest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

END_OF_TIME = date.max.toordinal()


class Role(Enum):
    """What an account is for; the user's chart says which account that is."""

    CASH = "cash"
    RECEIVABLE = "receivable"
    UNBILLED = "unbilled receivable"
    CONTRACT_ASSET = "contract asset"
    DEFERRED = "deferred revenue"
    TAX = "tax payable"
    REVENUE = "revenue"
    CONTRA_REVENUE = "contra revenue"
    REFUNDS = "refunds"
    VOIDS = "voids"
    DISPUTES = "disputes"
    BAD_DEBT = "bad debt"
    INTEREST_INCOME = "interest income"
    INTEREST_EXPENSE = "interest expense"
    COMMISSION_PAYABLE = "commission payable"
    CONTRACT_COST_ASSET = "contract cost asset"
    COMMISSION_EXPENSE = "commission expense"
    FULFILMENT_PAYABLE = "fulfilment cost payable"
    FULFILMENT_COST_ASSET = "fulfilment cost asset"
    FULFILMENT_EXPENSE = "fulfilment cost expense"
    COST_IMPAIRMENT = "impairment of contract costs"


_TAKEN_BACK = frozenset((Role.CONTRA_REVENUE, Role.REFUNDS, Role.VOIDS, Role.DISPUTES, Role.BAD_DEBT))


@frozen(weakref_slot=False)
class Piece:
    """`units` on a `curve`, counted after the beginning of `since` and no further than that of `until`.

    A piece with `since` catches up at once what its curve reached before. `cause` names the fact it comes from.
    """

    units: int
    curve: Curve
    since: int = 0
    until: int = END_OF_TIME
    role: Role = Role.REVENUE
    cause: str = "inception"


def earned(piece: Piece, day: int) -> int:
    """The units of a piece that belong before the beginning of `day`."""
    if day <= piece.since:
        return 0
    return amount_by(piece.units, piece.curve, min(day, piece.until))


@frozen(weakref_slot=False)
class Line:
    """The schedule of one obligation; `unconditional` see `PerformanceObligation`."""

    obligation: str
    product: str
    pieces: tuple[Piece, ...]
    unconditional: bool = False
    is_usage: bool = False


def recognised(line: Line, day: int) -> int:
    """The units of a line that were earned before the beginning of `day`, whatever their role."""
    return sum(earned(piece, day) for piece in line.pieces)


def complete(piece: Piece) -> int:
    """The units that a piece earns in the end: all of them, unless it was ended before."""
    return piece.units if piece.until == END_OF_TIME else earned(piece, piece.until)


def total(line: Line) -> int:
    """The units that a line earns in the end; of usage, what is known to be consumed."""
    return recognised(line, END_OF_TIME) if line.is_usage else sum(complete(piece) for piece in line.pieces)


def remaining(line: Line, day: int) -> int:
    """The units that a line still has to earn from the beginning of `day` on."""
    return total(line) - recognised(line, day)


def undelivered(line: Line, day: int) -> int:
    """The price of what is left to deliver from the beginning of `day` on: what was taken back is no part of it."""
    own = (piece for piece in line.pieces if piece.role is Role.REVENUE)
    return sum(complete(piece) - earned(piece, day) for piece in own)


def cut(pieces: Iterable[Piece], day: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces up to `day`, and what was left of them then, on what was left of their curves.

    Only what is still to be delivered is cut: revenue that was taken back stays taken back.
    """
    kept, left = [], []
    for piece in pieces:
        if piece.role in _TAKEN_BACK:
            kept.append(piece)
            continue
        if piece.since >= day:
            left.append(piece)
            continue
        open_units = complete(piece) - earned(piece, day)
        curve = rest(piece.curve, day) if piece.until > day else None
        if not open_units or curve is None:
            kept.append(piece)
            continue
        kept.append(evolve(piece, until=day))
        left.append(Piece(open_units, curve, until=piece.until, role=piece.role, cause=piece.cause))
    return tuple(kept), tuple(left)


class PostingPeriod(Protocol):
    """A month, a quarter, a fiscal period of any kind: days `[start, end)` under a label."""

    @property
    def start(self) -> date:
        """The first day."""

    @property
    def end(self) -> date:
        """The first day after."""

    @property
    def label(self) -> str:
        """What it is called."""


@frozen
class FiscalPeriod:
    """A posting period that no calendar knows: days `[start, end)` under a label."""

    label: str
    start: date
    end: date


def weeks_calendar(first_day: date, label: str, pattern: Sequence[int] = (4, 4, 5)) -> tuple[FiscalPeriod, ...]:
    """The periods of a fiscal year of weeks from `first_day` on: each quarter's months have `pattern` weeks.

    A year of 53 weeks has its extra week in the pattern of its own: call it for the year with, for example,
    `(4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6)`; a pattern of three is repeated for the four quarters.
    """
    quarter_months, quarters = 3, 4
    weeks = tuple(pattern) * (quarters if len(pattern) == quarter_months else 1)
    first = first_day.toordinal()
    edges = [first + 7 * sum(weeks[:count]) for count in range(len(weeks) + 1)]
    days = [date.fromordinal(edge) for edge in edges]
    return tuple(
        FiscalPeriod(f"{label}-P{number:02}", start, end) for number, (start, end) in enumerate(pairwise(days), 1)
    )


def by_period(line: Line, periods: Iterable[PostingPeriod]) -> tuple[int, ...]:
    """The units that a line earns in each of `periods`."""
    return tuple(recognised(line, end) - recognised(line, start) for start, end in edges_of(tuple(periods)))


@lru_cache(maxsize=64)
def edges_of(periods: tuple[PostingPeriod, ...]) -> tuple[tuple[int, int], ...]:
    """The first day, and the first day after, of each period, as ordinals; most reports ask for the same ones."""
    return tuple((period.start.toordinal(), period.end.toordinal()) for period in periods)
