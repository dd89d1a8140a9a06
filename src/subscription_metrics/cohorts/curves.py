"""The average cohort: one curve out of a table, by age.

A curve is read as "what a cohort does", so a column of one lucky cohort must not end it: `least` is the number of
cohorts that a column needs. Old columns rest on fewer cohorts than young ones; `cohorts` says on how many.

House rule: blank cells don't count, zeros do. Who leaves out the cohorts that lost everybody sees survivors only.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.cohorts.tables import MEANINGS
from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue
from subscription_metrics.quotients import Quotient, Undefined, quotient
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from subscription_metrics.cohorts.tables import Cohort, CohortMeasure, CohortTable


class Weighting(Enum):
    """How much a cohort counts in an average."""

    SIZE = "size"
    """By its customers: an average customer (semantics §5)."""
    OPENING = "opening"
    """By its MRR at the first close: an average unit of money. The weighted net retention is that of all together."""
    SIMPLE = "simple"
    """All the same: an average cohort."""


WEIGHTS: Mapping[Weighting, Callable[[Cohort], Fraction]] = {
    Weighting.SIZE: lambda cohort: Fraction(cohort.size),
    Weighting.OPENING: lambda cohort: Fraction(cohort.opening),
    Weighting.SIMPLE: lambda _: Fraction(1),
}


@frozen
class CurvePoint:
    """The average at one age over `cohorts` cohorts; `undefined` says why there is none."""

    currency: str
    segment: str | None
    age: int
    cohorts: int
    measure: CohortMeasure
    value: Quotient
    unit: str

    @property
    def undefined(self) -> str | None:
        """The reason why `value` is undefined, `None` if it is not."""
        return self.value.reason if isinstance(self.value, Undefined) else None


CURVE_COLUMNS = (
    Column("currency", ColumnType.TEXT),
    Column("segment", ColumnType.TEXT),
    Column("age", ColumnType.INTEGER, "periods"),
    Column("cohorts", ColumnType.INTEGER, "cohorts"),
    Column("measure", ColumnType.TEXT),
    Column("value", ColumnType.NUMBER, unit_from="unit"),
    Column("unit", ColumnType.TEXT),
    Column("undefined", ColumnType.TEXT),
)


def average_curve(table: CohortTable, weighting: Weighting = Weighting.SIZE, least: int = 1) -> Table[CurvePoint]:
    """The average of each column of `table`, by currency and segment, where at least `least` cohorts fill it.

    Raises:
        InvalidValue: `least` is below 1.
    """
    if least < 1:
        raise InvalidValue("least", least, "must be 1 or more", "an average of no cohort is none")
    names = dict.fromkeys((cohort.currency, cohort.segment) for cohort in table.cohorts)
    rows = (
        CurvePoint(currency, segment, age, len(filled), table.measure, value, MEANINGS[table.measure].unit)
        for currency, segment in names
        for own in ([one for one in table.cohorts if (one.currency, one.segment) == (currency, segment)],)
        for age, filled, value in _columns(own, WEIGHTS[weighting], least)
    )
    return Table("average_curve", CURVE_COLUMNS, rows, f"{table.title}, average weighted by {weighting.value}")


def _columns(
    cohorts: list[Cohort], weight: Callable[[Cohort], Fraction], least: int
) -> Iterator[tuple[int, list[Cohort], Quotient]]:
    for age in range(max(len(cohort.cells) for cohort in cohorts)):
        filled = [cohort for cohort in cohorts if age < len(cohort.cells)]
        if len(filled) < least:
            yield age, filled, Undefined(f"fewer than {least} cohorts are that old")
        else:
            yield age, filled, _average([(weight(one), Fraction(one.cells[age])) for one in filled])


def _average(weighted: list[tuple[Fraction, Fraction]]) -> Quotient:
    found = sum((weight * value for weight, value in weighted), Fraction(0)) / sum(weight for weight, _ in weighted)
    return quotient(Decimal(found.numerator), Decimal(found.denominator), "never: a fraction has a denominator")
