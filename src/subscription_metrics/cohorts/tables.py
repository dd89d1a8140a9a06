"""Cohort tables: a row for each cohort, a column for each period since its customers began to pay.

| measure | cell |
|---|---|
| customers | members with MRR at the close |
| mrr | their MRR |
| customer_retention | members with MRR, as a share of all members |
| gross_retention | Σ min(MRR then, MRR now), as a share of the MRR then: never above 1 |
| net_retention | MRR now, as a share of the MRR then |
| cumulative_per_head | Σ MRR of the closes so far × the months of a period, per member: observed lifetime value |

*Then* is the first close, the column of age 0.

House rules.

1. A cell exists when its period has ended by the day the book speaks of; until then it is blank. A cohort that lost
   everybody is 0.
2. A cohort has members, so every cell that is there has a value: a period in which nobody joined has no row.
3. Cells are exact, quotients have 28 digits. Nothing is rounded before it is drawn.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.cohorts.heatmap import Scale, to_html, to_text
from subscription_metrics.cohorts.triangle import Base
from subscription_metrics.columns import CURRENCY, Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import NO_CURRENCY, from_units
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Undefined, quotient
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from subscription_metrics.cohorts.heatmap import Line

Cell = Decimal | int


class CohortMeasure(Enum):
    """What the cells of a cohort table tell."""

    CUSTOMERS = "customers"
    """Members with MRR."""
    MRR = "mrr"
    """Their MRR."""
    CUSTOMER_RETENTION = "customer_retention"
    """Members with MRR, as a share of all members."""
    GROSS_RETENTION = "gross_retention"
    """What is left of the MRR of the first close: what members added since doesn't count."""
    NET_RETENTION = "net_retention"
    """MRR, as a share of that of the first close."""
    CUMULATIVE_PER_HEAD = "cumulative_per_head"
    """What a member has brought so far: observed lifetime value."""


class Shape(Enum):
    """Which cells a table shows."""

    TRIANGULAR = "triangular"
    """All that exist: the younger a cohort, the shorter its row."""
    RECTANGULAR = "rectangular"
    """As many columns as every cohort fills: rows can be compared from end to end."""


@frozen
class Cohort:
    """The customers who joined in `period`: how many, their MRR then, and the cells from age 0 on."""

    period: Period
    currency: str
    segment: str | None
    size: int
    opening: Decimal
    cells: tuple[Cell, ...]


@frozen
class CohortCell:
    """One cell as a row: `period` is the period at whose close it was counted."""

    cohort: Period
    currency: str
    segment: str | None
    size: int
    age: int
    period: Period
    measure: CohortMeasure
    value: Cell
    unit: str


@frozen
class Meaning:
    """How the cells of a measure come from the running totals of a base, in which unit they are and how they are drawn.

    `cells` is given the totals, the number of members, the decimal places of the totals and the months of a period.
    """

    base: Base
    unit: str
    scale: Scale
    cells: Callable[[Sequence[int], int, int, Fraction], Iterator[Cell]]


MONTHS: Mapping[Grain, Fraction] = {
    Grain.DAY: Fraction(12, 365),
    Grain.WEEK: Fraction(12, 52),
    Grain.MONTH: Fraction(1),
    Grain.QUARTER: Fraction(3),
    Grain.YEAR: Fraction(12),
}
"""The length of a period in months (semantics §2): what an MRR at its close brings in it."""


def _counts(totals: Sequence[int], _: int, __: int, ___: Fraction) -> Iterator[Cell]:
    yield from totals


def _amounts(totals: Sequence[int], _: int, places: int, ___: Fraction) -> Iterator[Cell]:
    return (from_units(total, places) for total in totals)


def _shares_of_members(totals: Sequence[int], size: int, _: int, __: Fraction) -> Iterator[Cell]:
    return (_quotient(total, size) for total in totals)


def _shares_of_first(totals: Sequence[int], _: int, __: int, ___: Fraction) -> Iterator[Cell]:
    return (_quotient(total, totals[0]) for total in totals)


def _brought(totals: Sequence[int], size: int, places: int, months: Fraction) -> Iterator[Cell]:
    heads = size * months.denominator * 10**places
    return (_quotient(sofar * months.numerator, heads) for sofar in accumulate(totals))


def _quotient(numerator: int, denominator: int) -> Decimal:
    found = quotient(numerator, denominator, "never: a cohort has members, and they have MRR at their first close")
    if isinstance(found, Undefined):
        raise InvalidValue("cohort", denominator, "must not be empty", found.reason)
    return found


MEANINGS: Mapping[CohortMeasure, Meaning] = {
    CohortMeasure.CUSTOMERS: Meaning(Base.CUSTOMERS, "customers", Scale.OWN, _counts),
    CohortMeasure.MRR: Meaning(Base.MRR, f"{CURRENCY} per month", Scale.OWN, _amounts),
    CohortMeasure.CUSTOMER_RETENTION: Meaning(Base.CUSTOMERS, "fraction", Scale.SHARE, _shares_of_members),
    CohortMeasure.GROSS_RETENTION: Meaning(Base.CAPPED, "fraction", Scale.SHARE, _shares_of_first),
    CohortMeasure.NET_RETENTION: Meaning(Base.MRR, "fraction", Scale.SHARE, _shares_of_first),
    CohortMeasure.CUMULATIVE_PER_HEAD: Meaning(Base.MRR, f"{CURRENCY} per customer", Scale.OWN, _brought),
}

CELL_COLUMNS = (
    Column("cohort", ColumnType.PERIOD),
    Column("currency", ColumnType.TEXT),
    Column("segment", ColumnType.TEXT),
    Column("size", ColumnType.INTEGER, "customers"),
    Column("age", ColumnType.INTEGER, "periods"),
    Column("period", ColumnType.PERIOD),
    Column("measure", ColumnType.TEXT),
    Column("value", ColumnType.NUMBER, unit_from="unit"),
    Column("unit", ColumnType.TEXT),
)


@frozen(repr=False)
class CohortTable:
    """Cohorts in order of currency, segment and period, with cells of one measure; draws itself as a heatmap."""

    measure: CohortMeasure
    grain: Grain
    cohorts: tuple[Cohort, ...]

    def __repr__(self) -> str:
        return f"<CohortTable {self.measure.value!r}: {len(self.cohorts)} cohorts, {self.ages} columns>"

    def __str__(self) -> str:
        return to_text(self.title, self.grain, self._lines(), self._meaning.scale)

    def _repr_html_(self) -> str:
        return self.heatmap()

    @property
    def ages(self) -> int:
        """The number of columns: one more than the age of the oldest cohort."""
        return max((len(cohort.cells) for cohort in self.cohorts), default=0)

    @property
    def title(self) -> str:
        """What is shown, in words: amounts with their currency, unless there are several and each row says it."""
        shown = f"Cohorts: {self.measure.value.replace('_', ' ').replace('mrr', 'MRR')}"
        currencies = {cohort.currency for cohort in self.cohorts}
        if len(currencies) != 1 or not self._meaning.unit.startswith(CURRENCY):
            return shown
        (currency,) = currencies
        return f"{shown} · {'currency not stated' if currency == NO_CURRENCY else currency}"

    @property
    def _meaning(self) -> Meaning:
        return MEANINGS[self.measure]

    def heatmap(self) -> str:
        """The table as HTML with coloured cells, legible on light and on dark pages."""
        return to_html(self.title, self.grain, self._lines(), self._meaning.scale)

    def coloured(self) -> str:
        """The table as text with coloured cells, for a terminal that has 256 colours."""
        return to_text(self.title, self.grain, self._lines(), self._meaning.scale, colour=True)

    def rows(self) -> Table[CohortCell]:
        """One row for each cell that is there: what exporters take."""
        cells = (self._row(cohort, age) for cohort in self.cohorts for age in range(len(cohort.cells)))
        return Table("cohorts", CELL_COLUMNS, cells, self.title)

    def _row(self, one: Cohort, age: int) -> CohortCell:
        return CohortCell(
            cohort=one.period,
            currency=one.currency,
            segment=one.segment,
            size=one.size,
            age=age,
            period=one.period.shift(age),
            measure=self.measure,
            value=one.cells[age],
            unit=self._meaning.unit,
        )

    def shaped(self, shape: Shape, ages: int | None = None) -> CohortTable:
        """The same table in another shape, with at most `ages` columns.

        A rectangle with a given number of columns drops the cohorts that are too young for it.

        Raises:
            InvalidValue: `ages` is no int above 0.
        """
        if ages is not None and ages < 1:
            raise InvalidValue("ages", ages, "must be an int above 0", "leave it out for all columns")
        kept = self.cohorts
        if shape is Shape.RECTANGULAR:
            ages = ages or min((len(cohort.cells) for cohort in kept), default=0)
            kept = tuple(cohort for cohort in kept if len(cohort.cells) >= ages)
        return evolve(self, cohorts=tuple(evolve(cohort, cells=cohort.cells[:ages]) for cohort in kept))

    def _lines(self) -> list[Line]:
        return [(one.period.label, one.currency, one.segment, one.size, one.cells) for one in self.cohorts]
