"""The summary for investors, as data: a year of figures, their growth, their bands, and the rule behind each.

House rules.

1. Every figure is a metric of the book, with its convention beside it: two companies compare only by the same one.
2. Growth of amounts and counts is relative, of ratios it is a difference, in points: a churn that goes from 2 % to 3 %
   rose by one point. `compared` says which. What was below 0 has no relative growth: its sign would say the opposite.
3. What has no value keeps its row and its reason. A hole in a summary is what a reader would ask about first.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from subscription_metrics.analyses.economics import spent_in, with_facts
from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidPeriod
from subscription_metrics.metrics.arithmetic import Operand, negative, ratio, total
from subscription_metrics.money import NO_CURRENCY
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Quotient, Undefined
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from subscription_metrics.book import Book
    from subscription_metrics.facts.spend import Spend
    from subscription_metrics.results import MetricRow
    from subscription_metrics.scope import When

MONTHS = 12
"""How many months a summary shows, and how far back it compares."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Growth": ("mrr", "arr", "net_new_mrr", "growth_rate", "growth_rate_yoy", "cmgr", "quick_ratio"),
    "Customers": ("subscribers", "arpa", "asp", "top_10_share", "herfindahl_index"),
    "Churn": (
        "customer_churn",
        "rolling_churn_30",
        "rolling_churn_90",
        "global_churn",
        "gross_mrr_churn",
        "net_mrr_churn",
    ),
    "Retention": ("grr", "nrr", "grr_trailing_12", "nrr_trailing_12"),
    "Efficiency": ("ltv", "cac", "ltv_to_cac", "payback_months", "trial_conversion", "collection_rate"),
    "Investment": ("rule_of_40", "rule_of_40_nrr", "magic_number", "burn_multiple"),
}
"""The metrics of a summary, in order, each in its default convention; what people read together is a group."""

FIGURES = tuple(name for names in GROUPS.values() for name in names)

POINTS, RELATIVE = "points", "relative"


@frozen
class InvestorRow:
    """One figure of one month with its growth over a month and a year; `undefined` says why there is no value."""

    period: Period
    currency: str
    name: str
    value: Quotient
    unit: str
    mom: Quotient
    yoy: Quotient
    compared: str
    band: str | None
    convention: str
    formula: str

    @property
    def undefined(self) -> str | None:
        """The reason why `value` is undefined, `None` if it is not."""
        return self.value.reason if isinstance(self.value, Undefined) else None


INVESTOR_COLUMNS = (
    Column("period", ColumnType.PERIOD),
    Column("currency", ColumnType.TEXT),
    Column("name", ColumnType.TEXT),
    Column("value", ColumnType.NUMBER, unit_from="unit"),
    Column("unit", ColumnType.TEXT),
    Column("mom", ColumnType.RATIO, title="month over month"),
    Column("yoy", ColumnType.RATIO, title="year over year"),
    Column("compared", ColumnType.TEXT),
    Column("band", ColumnType.TEXT),
    Column("convention", ColumnType.TEXT),
    Column("formula", ColumnType.TEXT),
    Column("undefined", ColumnType.TEXT),
)


def investor_summary(
    book: Book,
    last: When | None = None,
    *,
    spend: Iterable[Spend] = (),
    inputs: Mapping[str, Operand] | None = None,
    currency: str | None = None,
) -> Table[InvestorRow]:
    """The figures of the twelve months up to `last`, by default the last full one, by currency, figure and month.

    If there is `spend`, each month is charged with its own. `inputs` are other facts that spans don't hold, taken for
    every month: `gross_margin`, …

    Raises:
        InvalidPeriod: `last` is no month.
    """
    end = Period.parse(last) if isinstance(last, str) else last or book.last_full(Grain.MONTH)
    if end.grain is not Grain.MONTH:
        raise InvalidPeriod("last", end.label, "must be a month", "write it as 2025-12")
    start = end.shift(1 - 2 * MONTHS)
    metrics = book.metrics(start, end, grain=Grain.MONTH, inputs=inputs, currency=currency)
    charged = _charged(metrics, list(spend), inputs or {})
    known = {(row.currency, row.name, row.period): row for row in charged}
    currencies = dict.fromkeys(code for code, _, _ in known)
    rows = (
        _row(known, code, name, end.shift(back))
        for code in currencies
        for name in FIGURES
        for back in range(1 - MONTHS, 1)
    )
    return Table("investor_summary", INVESTOR_COLUMNS, rows, f"Twelve months to {end}")


def _charged(
    metrics: Iterable[MetricRow], spend: Sequence[Spend], inputs: Mapping[str, Operand]
) -> Iterator[MetricRow]:
    """The metrics with the spend of their month and currency, if there is any at all."""
    for code, own in groupby(metrics, key=lambda row: row.currency):
        rows, spent = list(own), [one for one in spend if one.currency == code]
        facts = {row.period: {**spent_in(spent, row.period), **inputs} for row in rows} if spent else {}
        yield from with_facts(rows, facts) if spent else rows


def readable(summary: Table[InvestorRow]) -> Iterator[Table[Any]]:
    """A summary as people read it, in each currency: the last month with its growth, then month by month by group.

    A figure that has no value in any month stands in the first table only, with its reason.
    """
    columns = tuple(column for column in summary.columns if column.name in _LATEST)
    if not len(summary):
        yield evolve(summary, columns=columns)
    for currency in dict.fromkeys(row.currency for row in summary):
        own = [row for row in summary if row.currency == currency]
        code = "currency not stated" if currency == NO_CURRENCY else currency
        last = max(row.period for row in own)
        latest = (row for row in own if row.period == last)
        yield evolve(summary, columns=columns, rows=latest, title=f"{summary.title} · {code}")
        for group, names in GROUPS.items():
            known = [name for name in names if any(row.name == name and row.undefined is None for row in own)]
            if known:
                yield _by_month(own, known, f"{group} · {code}")


_LATEST = ("name", "value", "mom", "yoy", "compared", "band", "convention")


def _by_month(rows: Iterable[InvestorRow], names: Sequence[str], title: str) -> Table[Any]:
    """A row for each month, a column for each figure."""
    months: dict[Period, SimpleNamespace] = {}
    for row in rows:
        month = months.setdefault(row.period, SimpleNamespace(period=row.period, currency=row.currency))
        vars(month).update({row.name: row.value, f"{row.name}_unit": row.unit})
    columns = (Column(name, ColumnType.NUMBER, unit_from=f"{name}_unit") for name in names)
    return Table("by_month", (Column("period", ColumnType.PERIOD), *columns), months.values(), title)


def _row(known: Mapping[tuple[str, str, Period], MetricRow], code: str, name: str, period: Period) -> InvestorRow:
    row = known[code, name, period]
    month_ago, year_ago = (_value(known.get((code, name, period.shift(-back)))) for back in (1, MONTHS))
    compared = POINTS if row.unit.startswith("fraction") else RELATIVE
    return InvestorRow(
        period=period,
        currency=code,
        name=name,
        value=row.value,
        unit=row.unit,
        mom=_growth(row.value, month_ago, compared),
        yoy=_growth(row.value, year_ago, compared),
        compared=compared,
        band=row.band,
        convention=row.convention,
        formula=row.formula,
    )


def _value(row: MetricRow | None) -> Quotient:
    return Undefined("before the first month of the summary's history") if row is None else row.value


def _growth(now: Quotient, then: Quotient, compared: str) -> Quotient:
    change = total(now, negative(then))
    if compared == POINTS:
        return change
    if isinstance(then, Decimal) and then < 0:
        return Undefined("it was below 0")
    return ratio(change, then, "it was 0")
