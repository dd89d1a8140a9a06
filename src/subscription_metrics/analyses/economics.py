"""Unit economics: what it costs to win a customer, and when it has paid that back.

*Blended* divides everything that was spent on winning customers by everybody who was won: it flatters, because friends
who tell friends cost nothing. *Paid* divides marketing spend by those who came through the channels it was spent on;
the channel of a customer is an attribute of its first span. The simple payback takes an average customer and no churn;
that of a cohort adds up what its members did pay, those who left included, and is known only afterwards.

House rules.

1. Marketing and sales count, other purposes don't; by channel and *paid*, marketing only: who is paid to sell sells to
   those whom friends told, too. Spend of another currency is another result.
2. A month without a record of spend is a month in which nothing was spent: CAC is then 0, not undefined. Who has no
   records yet passes none of those months.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from attrs import astuple, evolve, frozen

from subscription_metrics.analyses.currency import one_currency
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidPeriod
from subscription_metrics.facts.spend import Purpose
from subscription_metrics.metrics.arithmetic import Operand, product, require_operand
from subscription_metrics.metrics.catalogue import CATALOGUE, evaluate
from subscription_metrics.metrics.efficiency import cac
from subscription_metrics.money import exact_sum
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Quotient, Undefined
from subscription_metrics.results import METRIC_COLUMNS, MetricRow
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from subscription_metrics.book import Book
    from subscription_metrics.facts.spend import Spend
    from subscription_metrics.scope import Scope, When

WINNING = (Purpose.MARKETING, Purpose.SALES)
"""The purposes that win customers."""

BLENDED, PAID = "all channels", "paid channels"
"""Names of the sums over channels."""


class Over(Enum):
    """The months that a row adds up."""

    MONTH = "month"
    """One: falls and rises with every campaign."""
    QUARTER = "quarter"
    """Those of a calendar quarter."""
    TRAILING_12 = "trailing 12 months"
    """The month and the eleven before: season and delay between spend and sale mostly cancel."""


MONTHS_BEFORE: Mapping[Over, int] = {Over.MONTH: 0, Over.QUARTER: 2, Over.TRAILING_12: 11}


@frozen
class AcquisitionRow:
    """One channel, or a sum over channels, in the months up to the end of `period`."""

    period: Period
    over: Over
    currency: str
    channel: str
    spend: Decimal
    new_customers: int
    cac: Quotient


ACQUISITION_COLUMNS = (
    Column("period", ColumnType.PERIOD),
    Column("over", ColumnType.TEXT),
    Column("currency", ColumnType.TEXT),
    Column("channel", ColumnType.TEXT),
    Column("spend", ColumnType.AMOUNT),
    Column("new_customers", ColumnType.INTEGER, "customers"),
    Column("cac", ColumnType.NUMBER, "currency per customer", title="CAC"),
)


def acquisition_costs(
    book: Book,
    spend: Iterable[Spend],
    *,
    over: Over = Over.MONTH,
    attribute: str | None = None,
    currency: str | None = None,
) -> Table[AcquisitionRow]:
    """CAC of every month on record that has ended: blended and, if an `attribute` tells channels, paid and by channel.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
    """
    code = one_currency(book, currency)
    cohorts = book.cohorts(measure=CohortMeasure.CUSTOMERS, by=attribute, currency=code).cohorts
    won = {(cohort.period, cohort.segment): cohort.size for cohort in cohorts}
    spent = [one for one in spend if one.currency == code and one.purpose in WINNING]
    last = book.last_full(Grain.MONTH)
    months = sorted({*(period for period, _ in won), *(one.month for one in spent if one.month <= last)})
    rows = (row for month in _ends(months, last, over) for row in _costs(month, over, code, won, spent, attribute))
    return Table("acquisition_costs", ACQUISITION_COLUMNS, rows, f"Acquisition cost by {over.value}")


def _ends(months: Sequence[Period], last: Period, over: Over) -> Iterator[Period]:
    """The months at which a row ends: all, or the last ones of quarters; not before all its months are on record."""
    if not months:
        return
    first = months[0].shift(MONTHS_BEFORE[over])
    for index in range(first.index, last.index + 1):
        if over is not Over.QUARTER or index % 3 == 2:  # noqa: PLR2004 - the third month of a quarter
            yield Period(Grain.MONTH, index)


def _costs(  # noqa: PLR0917  # the two kinds of facts, and how they are read
    month: Period,
    over: Over,
    currency: str,
    won: Mapping[tuple[Period, str | None], int],
    spent: Sequence[Spend],
    attribute: str | None,
) -> Iterator[AcquisitionRow]:
    first = month.shift(-MONTHS_BEFORE[over])
    own = [one for one in spent if first <= one.month <= month]
    period = Period.containing(month.start, Grain.QUARTER) if over is Over.QUARTER else month
    marketing = [one for one in own if one.purpose is Purpose.MARKETING]
    channels = sorted({one.channel for one in marketing})
    joined = [(name, size) for (cohort, name), size in won.items() if first <= cohort <= month]
    groups: list[tuple[str, Sequence[Spend], Sequence[str] | None]] = [(BLENDED, own, None)]
    if attribute is not None:
        groups += [(PAID, marketing, channels), *((channel, marketing, [channel]) for channel in channels)]
    for label, paid, of in groups:
        amount = exact_sum(one.amount for one in paid if of is None or one.channel in of)
        count = sum(size for name, size in joined if of is None or name in of)
        yield AcquisitionRow(period, over, currency, label, amount, count, cac(spend=amount, new_customers=count))


EFFICIENCY = (
    *("cac", "ltv_to_cac", "payback_months", "magic_number", "magic_number_previous_spend"),
    *("burn_multiple", "burn_multiple_arr", "rule_of_40", "rule_of_40_nrr"),
)
"""The metrics of the catalogue that compare growth with its cost."""


def efficiency(
    book: Book,
    spend: Iterable[Spend],
    first: When | None = None,
    last: When | None = None,
    *,
    grain: Grain | None = None,
    trailing: bool = False,
    inputs: Mapping[str, Operand] | None = None,
    currency: str | None = None,
) -> Table[MetricRow]:
    """The metrics in `EFFICIENCY` of each period, by default of the last full one, with the spend of that period.

    `inputs` are what neither book nor spend tells: `gross_margin`, `net_burn`, `revenue_growth`, `ebitda_margin`.
    `trailing` takes the twelve months up to the end of each month: their spend, new customers and net new MRR, and
    retention and growth over a year; `net_burn` is then that of twelve months.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
        InvalidPeriod: `trailing` is asked of another grain than months.
    """
    code = one_currency(book, currency)
    spent = [one for one in spend if one.currency == code]
    full = book.last_full(grain or Grain.MONTH)
    scope: Scope = {"currency": code} if grain is None else {"currency": code, "grain": grain}
    window = [row.period for row in book.bridge(first or last or full, last or first or full, **scope)]
    if trailing and window[0].grain is not Grain.MONTH:
        raise InvalidPeriod("period", window[0], "must be a month where trailing is asked", "pass grain=Grain.MONTH")
    metrics = book.metrics(window[0], window[-1], currency=code)
    year = dict(_of_a_year(book, metrics, spent, code)) if trailing else {}
    facts = {period: {**spent_in(spent, period), **year.get(period, {}), **(inputs or {})} for period in window}
    rows = (
        evolve(row, convention=f"{row.convention}, {YEAR}".lstrip(", ")) if trailing and row.name in YEARLY else row
        for row in with_facts(metrics, facts)
        if row.name in EFFICIENCY
    )
    return Table("efficiency", METRIC_COLUMNS, rows, "Growth and its cost", rows_name="metrics")


def with_facts(metrics: Iterable[MetricRow], facts: Mapping[Period, Mapping[str, Operand]]) -> Iterator[MetricRow]:
    """The metrics of the periods of `facts`, worked out again with what spans don't hold of each period."""
    known: defaultdict[tuple[Period, str], dict[str, Operand]] = defaultdict(dict)
    for row in metrics:
        if row.period in facts:
            given = {name: value for name, value in row.inputs.items() if not isinstance(value, str)}
            known[row.period, row.currency].update({name: given[name] for name in given.keys() - RESULTS})
    for (period, currency), inputs in known.items():
        for metric in evaluate({**inputs, **facts[period]}, grain=period.grain):
            yield MetricRow(period, currency, None, *astuple(metric, recurse=False))


RESULTS = frozenset(metric.name for metric in CATALOGUE)
"""Inputs that are results of other metrics: they are worked out again, too."""


def spent_in(spend: Sequence[Spend], period: Period) -> dict[str, Operand]:
    """The spend of a period, and the marketing spend of the quarter that ends with it and of the one before."""
    if period.grain in {Grain.DAY, Grain.WEEK}:
        unknown = Undefined(f"spend is known by month, and the period is a {period.grain.value}")
        return dict.fromkeys(("spend", "marketing_spend", "previous_marketing_spend"), unknown)
    last = Period.containing(period.last_day, Grain.MONTH)
    return {
        "spend": _between(spend, Period.containing(period.start, Grain.MONTH), last, WINNING),
        "marketing_spend": _between(spend, last.shift(-2), last, (Purpose.MARKETING,)),
        "previous_marketing_spend": _between(spend, last.shift(-5), last.shift(-3), (Purpose.MARKETING,)),
    }


def _between(spend: Iterable[Spend], first: Period, last: Period, purposes: Sequence[Purpose]) -> Decimal:
    return exact_sum(one.amount for one in spend if first <= one.month <= last and one.purpose in purposes)


YEAR = Over.TRAILING_12.value

YEARLY = ("cac", "ltv_to_cac", "payback_months", "burn_multiple", "burn_multiple_arr", "rule_of_40_nrr")
"""The metrics of `EFFICIENCY` that have a value over twelve months; the others take a quarter, or what is given."""

FLOWS = ("new", "expansion", "reactivation", "contraction", "lost")
"""The lines of the bridge that are net new MRR."""


def _of_a_year(
    book: Book, metrics: Iterable[MetricRow], spend: Sequence[Spend], currency: str
) -> Iterator[tuple[Period, dict[str, Operand]]]:
    """What changes if a month is looked at together with the eleven before it."""
    values = {(row.name, row.period): row.value for row in metrics}
    lines = {row.period: row for row in book.bridge(last=max(period for _, period in values), currency=currency)}
    for period in dict.fromkeys(period for _, period in values):
        months = [period.shift(-back) for back in range(MONTHS_BEFORE[Over.TRAILING_12] + 1)]
        if months[-1] in lines:
            year = [lines[month] for month in months]
            yield (
                period,
                {
                    "spend": _between(spend, months[-1], period, WINNING),
                    "new_customers": sum(row.new_customers for row in year),
                    "net_new_mrr": exact_sum(getattr(row, flow) for row in year for flow in FLOWS),
                    "nrr": values["nrr_trailing_12", period],
                    "growth_rate": values["growth_rate_yoy", period],
                },
            )
        else:
            young = Undefined("fewer than 12 months are on record")
            yield period, dict.fromkeys(("spend", "new_customers", "net_new_mrr", "nrr", "growth_rate"), young)


@frozen
class PaybackRow:
    """One cohort: what a member cost, what it has brought after cost of service, and when that passed the cost.

    `payback_months` counts the month of the first payment as 1.
    """

    cohort: Period
    currency: str
    size: int
    cac: Quotient
    gross_profit: Quotient
    payback_months: Quotient

    @property
    def undefined(self) -> str | None:
        """The reason why `payback_months` is undefined, `None` if it is not."""
        return self.payback_months.reason if isinstance(self.payback_months, Undefined) else None


PAYBACK_COLUMNS = (
    Column("cohort", ColumnType.PERIOD),
    Column("currency", ColumnType.TEXT),
    Column("size", ColumnType.INTEGER, "customers"),
    Column("cac", ColumnType.NUMBER, "currency per customer", title="CAC"),
    Column("gross_profit", ColumnType.NUMBER, "currency per customer"),
    Column("payback_months", ColumnType.NUMBER, "months"),
    Column("undefined", ColumnType.TEXT),
)


def cohort_payback(
    book: Book, spend: Iterable[Spend], gross_margin: Decimal, *, currency: str | None = None
) -> Table[PaybackRow]:
    """The month in which the cumulative gross profit of each cohort passed what its members cost to win.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
        FloatAmount: `gross_margin` is a float.
    """
    require_operand("gross_margin", gross_margin)
    code = one_currency(book, currency)
    spent = [one for one in spend if one.currency == code and one.purpose in WINNING]
    rows = []
    for cohort in book.cohorts(measure=CohortMeasure.CUMULATIVE_PER_HEAD, currency=code).cohorts:
        cost = cac(exact_sum(one.amount for one in spent if one.month == cohort.period), cohort.size)
        profits = [product(Decimal(cell), gross_margin) for cell in cohort.cells]
        row = PaybackRow(cohort.period, code, cohort.size, cost, profits[-1], _paid_back(cost, profits))
        rows.append(row)
    return Table("cohort_payback", PAYBACK_COLUMNS, rows, "Payback by cohort")


def _paid_back(cost: Quotient, profits: Sequence[Quotient]) -> Quotient:
    if isinstance(cost, Undefined):
        return cost
    known = (profit for profit in profits if not isinstance(profit, Undefined))
    months = (month for month, profit in enumerate(known, 1) if profit >= cost)
    return next(map(Decimal, months), Undefined(f"not paid back within {len(profits)} months"))
