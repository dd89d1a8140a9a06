"""Where MRR is going: three ways to project it, each with its own measure of doubt, and a test of them on the past.

| method | centre | band |
|---|---|---|
| six_month_average | last MRR + m × average of new + expansion + lost, six months | *heuristic*: ± 15 % × m / horizon |
| bootstrap | median of the paths drawn | quantiles of the paths, at the level asked for |
| cohort | survival of today's customers by the model + as many new ones as on average | none |

The first is Gocroco's, and so is its band: no probability is claimed for it, and its name says so. It leaves out
contraction and reactivation, as semantics §4 has it, so where customers shrink it looks too far up. The bootstrap draws
months out of the last observed ones, as whole months, so that what moves together stays together: new and reactivated
MRR as amounts, because they don't depend on who is there, and the rest as a share of the opening, because it does. Each
path first draws as many months as were observed, with repetition, and then only from those: two years of other months
could have been observed as well, and what one doesn't know of the average counts twelvefold after twelve months. It
assumes that months come independently and that the future draws from the same: where it does, limits at 90 % hold nine
times in ten after two years of months, and about eight after one. The cohort method assumes that as many
join as on average, and that each keeps paying what it pays for as long as it stays.

House rules.

1. Projections start from the last closing: closing + flows of the first month = projection of the first month.
2. The bootstrap has a seed, and no default for it: two runs with one seed give the same figures on every machine. Its
   numbers come from SplitMix64 (Steele, Lea and Flood 2014), because what the standard library draws is not promised.
3. MRR never falls below 0.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from subscription_metrics.analyses.currency import one_currency
from subscription_metrics.analyses.retention import retention_model
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import SCALE, from_units, to_units
from subscription_metrics.mrr.bridge import bridge_rows
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Quotient, Undefined, quotient
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from subscription_metrics.book import Book
    from subscription_metrics.cohorts.sbg import Sbg
    from subscription_metrics.mrr.bridge import BridgeRow

HORIZON = 12
"""Months that are projected unless said otherwise (Gocroco)."""

AVERAGED = 6
"""Months whose flows are averaged (Gocroco)."""

HEURISTIC = Decimal("0.15")
"""Of the centre: half the width of the heuristic band at the horizon (Gocroco)."""

LEVEL = Decimal("0.9")
"""Of the limits of a bootstrap, unless said otherwise: nine paths in ten lie between them."""

DRAWN = 24
"""Months that a bootstrap draws from: two turns of a year, and not the first steps of the company."""

PATHS = 2000
"""Paths of a bootstrap: the quantiles of 5 % and 95 % then rest on a hundred paths each."""


class ProjectionMethod(Enum):
    """How a projection was made."""

    SIX_MONTH_AVERAGE = "six_month_average"
    BOOTSTRAP = "bootstrap"
    COHORT = "cohort"


class BandKind(Enum):
    """What the limits of a projection mean."""

    HEURISTIC = "heuristic"
    """A rule of thumb that widens with time; no probability."""
    QUANTILES = "quantiles"
    """Between them lie so many of the paths as the level says."""
    NONE = "none"
    """There are no limits."""


@frozen
class ProjectedMonth:
    """The MRR projected for the close of a month, with limits of a kind."""

    period: Period
    currency: str
    method: ProjectionMethod
    mrr: Decimal
    lower: Decimal | None
    upper: Decimal | None
    band: BandKind


PROJECTION_COLUMNS = (
    Column("period", ColumnType.PERIOD),
    Column("currency", ColumnType.TEXT),
    Column("method", ColumnType.TEXT),
    Column("mrr", ColumnType.AMOUNT, title="MRR"),
    Column("lower", ColumnType.AMOUNT),
    Column("upper", ColumnType.AMOUNT),
    Column("band", ColumnType.TEXT),
)


def six_month_average(history: Sequence[BridgeRow], horizon: int = HORIZON) -> Table[ProjectedMonth]:
    """Project a monthly bridge of one currency by the average new, expansion and lost MRR of its last six months.

    Raises:
        InvalidValue: fewer than six months, another grain or several currencies, or `horizon` is below 1.
    """
    _check(history, AVERAGED, horizon)
    last = history[-1]
    flow = Fraction(sum(_flow(row) for row in history[-AVERAGED:]), AVERAGED)
    rows = []
    for month in range(1, horizon + 1):
        centre = max(Fraction(0), to_units(last.closing) + month * flow)
        half = centre * Fraction(HEURISTIC) * month / horizon
        limits = (_amount(centre - half), _amount(centre + half))
        told = last.period.shift(month), last.currency, ProjectionMethod.SIX_MONTH_AVERAGE
        rows.append(ProjectedMonth(*told, _amount(centre), *limits, BandKind.HEURISTIC))
    return _table(rows)


def bootstrap(
    history: Sequence[BridgeRow],
    *,
    seed: int,
    level: Decimal = LEVEL,
    horizon: int = HORIZON,
    paths: int = PATHS,
    drawn: int = DRAWN,
) -> Table[ProjectedMonth]:
    """Project by drawing from the last `drawn` months: the median of `paths` paths, and limits at `level`.

    Raises:
        InvalidValue: as `six_month_average`; no month began with MRR; `level` is not between 0 and 1.
    """
    _check(history, AVERAGED, horizon)
    if not 0 < level < 1:
        raise InvalidValue("level", level, "must lie between 0 and 1", "pass Decimal('0.9') for nine paths in ten")
    months = [_month(row) for row in history[-drawn:] if row.opening]
    if not months:
        raise InvalidValue("history", len(history), "must hold a month that began with MRR", "begin later")
    last = history[-1]
    found = _paths(to_units(last.closing), months, horizon, _numbers(seed), paths)
    tail = Fraction(1 - Fraction(level)) / 2
    rows = []
    for month, values in enumerate(found, 1):
        centre, lower, upper = (from_units(_quantile(values, at)) for at in (Fraction(1, 2), tail, 1 - tail))
        told = last.period.shift(month), last.currency, ProjectionMethod.BOOTSTRAP
        rows.append(ProjectedMonth(*told, centre, lower, upper, BandKind.QUANTILES))
    return _table(rows)


def by_cohorts(
    history: Sequence[BridgeRow], ages: Mapping[int, Decimal], model: Sbg, horizon: int = HORIZON
) -> Table[ProjectedMonth]:
    """Project by the survival of today's customers and of those who join, as many as in the last six months.

    `ages` tells the MRR of the customers who pay at the last close, by the months since their first; it sums to the
    last closing.

    Raises:
        InvalidValue: as `six_month_average`, or `ages` doesn't sum to the last closing.
    """
    _check(history, AVERAGED, horizon)
    last, own = history[-1], {age: to_units(amount) for age, amount in ages.items()}
    if sum(own.values()) != to_units(last.closing):
        rule = f"must sum to the last closing, {last.closing}"
        raise InvalidValue("ages", from_units(sum(own.values())), rule, "take both of the same book and currency")
    joining = Fraction(sum(to_units(row.new) for row in history[-AVERAGED:]), AVERAGED)
    oldest = max([*own, 0]) + horizon
    left = [Fraction(model.survival(age)) for age in range(oldest + 1)]
    rows = []
    for month in range(1, horizon + 1):
        held = sum((amount * left[age + month] / left[age] for age, amount in own.items()), Fraction(0))
        centre = held + sum((joining * left[age] for age in range(month)), Fraction(0))
        period = last.period.shift(month)
        rows.append(
            ProjectedMonth(period, last.currency, ProjectionMethod.COHORT, _amount(centre), None, None, BandKind.NONE)
        )
    return _table(rows)


def project(
    book: Book,
    method: ProjectionMethod = ProjectionMethod.SIX_MONTH_AVERAGE,
    *,
    horizon: int = HORIZON,
    seed: int | None = None,
    level: Decimal = LEVEL,
    currency: str | None = None,
) -> Table[ProjectedMonth]:
    """Project the MRR of a book from its last full month on.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
        EmptyBook: it holds none.
        InvalidValue: the bootstrap has no seed, or the book can't be projected by this method.
    """
    currency = one_currency(book, currency)
    question = book.history(Grain.MONTH, {"currency": currency})
    history = list(bridge_rows(question)) if question.window else []
    if method is ProjectionMethod.SIX_MONTH_AVERAGE:
        return six_month_average(history, horizon)
    if method is ProjectionMethod.BOOTSTRAP:
        if seed is None:
            raise InvalidValue("seed", seed, "must be given for a bootstrap", "pass any int, and keep it")
        return bootstrap(history, seed=seed, level=level, horizon=horizon)
    model = retention_model(book, currency=currency)
    if isinstance(model, Undefined):
        raise InvalidValue("method", method.value, f"needs a model of retention: {model.reason}", "use another method")
    return by_cohorts(history, mrr_by_age(book, currency), model, horizon)


def mrr_by_age(book: Book, currency: str | None = None) -> dict[int, Decimal]:
    """The MRR at the last close by the months since the first MRR of those who pay it."""
    cohorts = book.cohorts(measure=CohortMeasure.MRR, currency=currency).cohorts
    return {len(cohort.cells) - 1: Decimal(cohort.cells[-1]) for cohort in cohorts}


@frozen
class BackTest:
    """How a method would have done `months` ahead: over `tests` past closes, coverage of its band, and its errors.

    `error` is the mean of |projected − actual| / actual, `bias` that of (projected − actual) / actual.
    """

    method: ProjectionMethod
    months: int
    tests: int
    coverage: Quotient
    error: Quotient
    bias: Quotient


BACKTEST_COLUMNS = (
    Column("method", ColumnType.TEXT),
    Column("months", ColumnType.INTEGER, "months"),
    Column("tests", ColumnType.INTEGER, "projections"),
    Column("coverage", ColumnType.RATIO),
    Column("error", ColumnType.RATIO),
    Column("bias", ColumnType.RATIO),
)


def back_test(
    history: Sequence[BridgeRow], project: Callable[[Sequence[BridgeRow]], Table[ProjectedMonth]], least: int = 12
) -> Table[BackTest]:
    """Project from every past month that has `least` months before it, and compare with what came.

    `project` is given the rows up to that month and none after: `partial(bootstrap, seed=1)`, for example.
    """
    actual = {row.period: row.closing for row in history}
    made = [
        (month, one, actual[one.period])
        for end in range(max(least, AVERAGED), len(history))
        for month, one in enumerate(project(history[:end]), 1)
        if actual.get(one.period)
    ]
    months = sorted({month for month, _, _ in made})
    rows = (_judged(month, [(one, came) for of, one, came in made if of == month]) for month in months)
    return Table("back_test", BACKTEST_COLUMNS, rows, "Projections beside what came")


def _judged(month: int, pairs: Sequence[tuple[ProjectedMonth, Decimal]]) -> BackTest:
    banded = [(one.lower, came, one.upper) for one, came in pairs if one.lower is not None and one.upper is not None]
    inside = sum(lower <= came <= upper for lower, came, upper in banded)
    misses = [(Fraction(one.mrr) - Fraction(came)) / Fraction(came) for one, came in pairs]
    return BackTest(
        method=pairs[0][0].method,
        months=month,
        tests=len(pairs),
        coverage=quotient(inside, len(banded), "this method claims no band"),
        error=_mean([abs(miss) for miss in misses]),
        bias=_mean(misses),
    )


def _mean(values: Sequence[Fraction]) -> Quotient:
    found = sum(values, Fraction(0)) / len(values)
    return quotient(found.numerator, found.denominator, "never: a fraction has a denominator")


def _check(history: Sequence[BridgeRow], least: int, horizon: int) -> None:
    if horizon < 1:
        raise InvalidValue("horizon", horizon, "must be 1 or more", "count the months to project")
    if len(history) < least:
        raise InvalidValue("history", len(history), f"must hold {least} months or more", "wait, or begin earlier")
    if len({row.currency for row in history}) > 1 or len({row.segment for row in history}) > 1:
        raise InvalidValue("history", "several", "must be of one currency and segment", "pass currency=… to the bridge")


def _flow(row: BridgeRow) -> int:
    return sum(map(to_units, (row.new, row.expansion, row.lost)))


_Month: TypeAlias = "tuple[int, Fraction]"
"""What joined, in units, and what was left of the opening, as a share of it."""


def _month(row: BridgeRow) -> _Month:
    joined = to_units(row.new) + to_units(row.reactivation)
    return joined, Fraction(to_units(row.closing) - joined, to_units(row.opening))


def _paths(
    start: int, months: Sequence[_Month], horizon: int, numbers: Iterator[int], paths: int
) -> Iterator[list[int]]:
    """For each month the values of all paths, in order of size."""
    walked = [_path(start, [_drawn(months, numbers) for _ in months], horizon, numbers) for _ in range(paths)]
    return (sorted(values) for values in zip(*walked, strict=True))


def _path(start: int, months: Sequence[_Month], horizon: int, numbers: Iterator[int]) -> list[int]:
    values = accumulate(range(horizon), lambda value, _: _stepped(value, *_drawn(months, numbers)), initial=start)
    return list(values)[1:]


def _drawn(months: Sequence[_Month], numbers: Iterator[int]) -> _Month:
    return months[next(numbers) % len(months)]


def _stepped(value: int, joined: int, kept: Fraction) -> int:
    return max(0, joined + value * kept.numerator // kept.denominator)


def _quantile(ordered: Sequence[int], at: Fraction) -> int:
    """The value below which a share `at` lies: between two values, in proportion (type 7 of Hyndman and Fan 1996)."""
    place = at * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


_MASK = (1 << 64) - 1


def _numbers(seed: int) -> Iterator[int]:
    """SplitMix64: 64 bits at a time."""
    state = seed & _MASK
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)


def _amount(units: Fraction) -> Decimal:
    return from_units(round(units), SCALE)


def _table(rows: Sequence[ProjectedMonth]) -> Table[ProjectedMonth]:
    return Table("projection", PROJECTION_COLUMNS, rows, "MRR, projected")
