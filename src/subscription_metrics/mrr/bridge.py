"""The bridge: opening + new + expansion + reactivation + contraction + lost + fx = closing, and closing = next opening.

The rows of a bridge are sums of the movements of `movements.sweep`; this module hands it the days of a timeline in
the rhythm that was asked for and adds up what comes back.

House rules.

1. History before the window is swept too, and only not reported: a window has its true opening balance, and who came
   back is not new.
2. *Net* compares the closes of periods; *gross* compares every day with the day before and sums the days of a period.
   Changes of one unit on one day are netted in both, and both close on the same MRR.
3. With exchange rates, the movements of a period are at the rate of its last day, and `fx` is the revaluation of the
   opening balance from the rate of the close before. Before the window rates don't move.
4. Exact until it is shown: `foot` rounds a bridge for reading so that it still adds up.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, frozen

from subscription_metrics.money import SCALE, from_units, minor_units, to_units
from subscription_metrics.mrr.movements import MovementKind, Step, sweep
from subscription_metrics.periods import Period, index_of, period_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.mrr.timeline import Batch, Days, Timeline
    from subscription_metrics.rates import Rates


K = TypeVar("K")


class View(Enum):
    """Which closes are compared: those of periods, or those of days, summed into periods."""

    NET = "net"
    GROSS = "gross"


@frozen
class BridgeRow:
    """One period of a bridge: amounts in `currency` a month, signed; counts of units."""

    period: Period
    currency: str
    segment: str | None
    opening: Decimal
    new: Decimal
    expansion: Decimal
    reactivation: Decimal
    contraction: Decimal
    lost: Decimal
    fx: Decimal
    closing: Decimal
    opening_customers: int
    new_customers: int
    expansion_customers: int
    reactivation_customers: int
    contraction_customers: int
    lost_customers: int
    closing_customers: int


@frozen
class Conversion:
    """Exchange rates as integers: `rate(currency, period)` in units of 10^-`places`, and the currency they lead to."""

    currency: str
    rates: Mapping[tuple[str, int], int]
    places: int
    opening: int
    """The period whose close is the opening balance; earlier periods are valued at its rates."""

    def rate(self, currency: str, period: int) -> int:
        """The rate of the close of `period`."""
        return self.rates[currency, max(period, self.opening)]


def conversion(firsts: Mapping[str, date], target: str, rates: Rates, window: Sequence[Period]) -> Conversion:
    """Look up the rates of the closes of `window` and of the one before.

    `firsts` are the currencies with the first day on which anything is held in them; before it no rate is needed.

    Raises:
        MissingRate: by the policy of `rates`.
    """
    closes = [window[0].previous(), *window]
    nothing_held = Decimal(0)
    found = {
        (code, close.index): rates.rate(code, target, close.last_day) if first <= close.last_day else nothing_held
        for code, first in firsts.items()
        for close in closes
    }
    return Conversion(target, *scaled(found), closes[0].index)


def scaled(rates: Mapping[K, Decimal]) -> tuple[dict[K, int], int]:
    """The rates as integers, and their decimal places: enough for the longest of them."""
    places = max((-int(rate.as_tuple().exponent) for rate in rates.values()), default=0)
    places = max(places, 0)
    return {key: to_units(rate, places) for key, rate in rates.items()}, places


@frozen(eq=False)
class Question:
    """What is asked of a set of spans: over which periods, in which view, of which units, in which currency.

    `timeline` is that of the recurring `spans` by `unit_of`; `one_off` are the spans beside them that do not recur.
    `segment` is a label for the rows. Without `rates` the answer is per currency, with them it is in theirs.
    """

    spans: Sequence[Span]
    timeline: Timeline
    unit_of: Callable[[Span], str]
    window: Sequence[Period]
    view: View = View.NET
    segment: str | None = None
    rates: Conversion | None = None
    one_off: Sequence[Span] = ()

    @property
    def places(self) -> int:
        """Decimal places of the integers that a walk adds up."""
        return SCALE + (self.rates.places if self.rates else 0)


def walks(question: Question) -> dict[str, Iterator[Step]]:
    """For each currency of the answer, in order of its code, the steps up to the end of the window."""
    days, window, view = question.timeline.days, question.window, question.view
    if question.rates is not None:
        return {question.rates.currency: converted_steps(days, window, view, question.rates)}
    return {currency: steps(days[currency], window, view) for currency in sorted(days)}


def steps(days: Days, window: Sequence[Period], view: View) -> Iterator[Step]:
    """The changes of one currency up to the end of `window`, in the rhythm of `view`."""
    for period, group in _by_period((day for day in days if day < window[-1].end), window[0]):
        if view is View.NET:
            yield Step(period.index, period.last_day, None, [days[day] for day in group])
        else:
            yield from (Step(period.index, day, None, (days[day],)) for day in group)


def converted_steps(
    days: Mapping[str, Days], window: Sequence[Period], view: View, rates: Conversion
) -> Iterator[Step]:
    """The same of several currencies, valued in one; each period begins with the revaluation of what is held."""
    every_day = {day for of_currency in days.values() for day in of_currency if day < window[-1].end}
    changed = dict(_by_period(every_day, window[0]))
    held: dict[str, defaultdict[int, int]] = {currency: defaultdict(int) for currency in days}
    for period in period_range(min([*changed, window[0]]), window[-1]):
        revaluation = _revaluation(held, rates, period.index)
        batches = [
            (day, [_valued(days[c][day], held[c], rates.rate(c, period.index)) for c in days if day in days[c]])
            for day in changed.get(period, ())
        ]
        if view is View.NET:
            batches = [(period.last_day, [batch for _, of_day in batches for batch in of_day])]
        elif revaluation is not None:
            batches.insert(0, (period.start, []))
        for day, of_day in batches:
            yield Step(period.index, day, revaluation, of_day)
            revaluation = None


def _by_period(days: Iterable[date], example: Period) -> Iterator[tuple[Period, list[date]]]:
    """The `days` in order, in periods of the grain of `example`."""
    grain, year_start = example.grain, example.year_start
    for index, group in groupby(sorted(days), key=lambda day: index_of(day, grain, year_start)):
        yield Period(grain, index, year_start), list(group)


def _revaluation(held: Mapping[str, Mapping[int, int]], rates: Conversion, period: int) -> Batch | None:
    """What the balances `held` at the last close gain or lose by the move of the rates to this period."""
    moved: defaultdict[int, int] = defaultdict(int)
    for currency, balances in held.items():
        move = rates.rate(currency, period) - rates.rate(currency, period - 1)
        if move:
            for unit, balance in balances.items():
                moved[unit] += balance * move
    kept = {unit: change for unit, change in moved.items() if change}
    return (list(kept), list(kept.values())) if kept else None


def _valued(batch: Batch, held: defaultdict[int, int], rate: int) -> Batch:
    ids, changes = batch
    for unit, change in zip(ids, changes, strict=True):
        held[unit] += change
    return ids, [change * rate for change in changes]


class Tally:
    """The amounts and counts of one period by kind, while they are added up."""

    __slots__ = ("amounts", "counts")

    def __init__(self) -> None:
        self.amounts = dict.fromkeys(MovementKind, 0)
        self.counts = dict.fromkeys(MovementKind, 0)

    def add(self, kind: MovementKind, amount: int, count: int) -> None:
        """Add the `amount` of `count` movements."""
        self.amounts[kind] += amount
        self.counts[kind] += count

    def net(self) -> tuple[int, int]:
        """What the period adds to the balance and to the number of paying units."""
        counts = self.counts
        joined = counts[MovementKind.NEW] + counts[MovementKind.REACTIVATION]
        return sum(self.amounts.values()), joined - counts[MovementKind.LOST]


def bridge_rows(question: Question) -> Iterator[BridgeRow]:
    """The rows of the window, currency by currency in order of the code."""
    for currency, walk in walks(question).items():
        tallies: defaultdict[int, Tally] = defaultdict(Tally)
        for step, flows, _ in sweep(walk, len(question.timeline.names)):
            tally = tallies[max(step.period, question.window[0].index - 1)]
            for kind, (ids, amounts) in flows.items():
                tally.add(kind, sum(amounts), len(ids))
        yield from rows(tallies, question.window, currency, question.segment, question.places)


def rows(
    tallies: Mapping[int, Tally], window: Sequence[Period], currency: str, segment: str | None, places: int = SCALE
) -> Iterator[BridgeRow]:
    """The rows of `window`; what came before it is tallied under the number of the period before."""
    nothing = Tally()
    balance, paying = tallies.get(window[0].index - 1, nothing).net()
    for period in window:
        tally = tallies.get(period.index, nothing)
        amounts, counts = tally.amounts, tally.counts
        change, joined = tally.net()
        yield BridgeRow(
            period=period,
            currency=currency,
            segment=segment,
            opening=from_units(balance, places),
            new=from_units(amounts[MovementKind.NEW], places),
            expansion=from_units(amounts[MovementKind.EXPANSION], places),
            reactivation=from_units(amounts[MovementKind.REACTIVATION], places),
            contraction=from_units(amounts[MovementKind.CONTRACTION], places),
            lost=from_units(amounts[MovementKind.LOST], places),
            fx=from_units(amounts[MovementKind.FX], places),
            closing=from_units(balance + change, places),
            opening_customers=paying,
            new_customers=counts[MovementKind.NEW],
            expansion_customers=counts[MovementKind.EXPANSION],
            reactivation_customers=counts[MovementKind.REACTIVATION],
            contraction_customers=counts[MovementKind.CONTRACTION],
            lost_customers=counts[MovementKind.LOST],
            closing_customers=paying + joined,
        )
        balance, paying = balance + change, paying + joined


_FLOWS = tuple(kind.value for kind in MovementKind)


def foot(rows: Sequence[BridgeRow]) -> tuple[BridgeRow, ...]:
    """Round a bridge to the minor units of its currencies so that every row still adds up, and closes on the next.

    Balances are rounded half up; the cents that are left go to the movements by largest remainder, and a movement of
    0 stays 0 (semantics §3: tables that are rounded for reading still foot).
    """
    return tuple(_foot(row) for row in rows)


def _foot(row: BridgeRow) -> BridgeRow:
    places = minor_units(row.currency)
    exact = {name: Fraction(getattr(row, name)) * 10**places for name in _FLOWS}
    opening, closing = (floor(Fraction(amount) * 10**places + Fraction(1, 2)) for amount in (row.opening, row.closing))
    cents = {name: floor(amount) for name, amount in exact.items()}
    rest = closing - opening - sum(cents.values())
    by_remainder = sorted(exact, key=lambda name: cents[name] - exact[name])
    for name in by_remainder[:rest]:
        cents[name] += 1
    rounded: dict[str, Any] = {name: from_units(amount, places) for name, amount in cents.items()}
    return evolve(row, opening=from_units(opening, places), closing=from_units(closing, places), **rounded)
