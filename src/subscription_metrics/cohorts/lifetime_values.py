"""What a customer is worth, estimated every way side by side, and which estimate to trust when.

*Observed* values are what customers did bring; they have no assumption, and no future. *Estimated* values divide by a
churn that is taken for constant, for ever. The *projected* value lets churn fall with age, as it does in every cohort
that mixes faithful and unfaithful customers, and discounts what comes late.

House rules.

1. All rows are per customer and in one currency. Margin and discount are in the row that says so, in no other.
2. A row without a value says why. None is picked as the right one: `trust` is advice, for a reader who knows the books.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import CURRENCY, Column, ColumnType
from subscription_metrics.metrics.arithmetic import Operand, product, ratio, total
from subscription_metrics.quotients import Quotient, Undefined, quotient
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from subscription_metrics.cohorts.sbg import Sbg
    from subscription_metrics.cohorts.tables import Cohort


@frozen
class LifetimeValue:
    """One way to put a value on a customer; `trust` says when it deserves it."""

    currency: str
    method: str
    value: Quotient
    formula: str
    trust: str
    unit: str = f"{CURRENCY} per customer"

    @property
    def undefined(self) -> str | None:
        """The reason why `value` is undefined, `None` if it is not."""
        return self.value.reason if isinstance(self.value, Undefined) else None


VALUE_COLUMNS = (
    Column("currency", ColumnType.TEXT),
    Column("method", ColumnType.TEXT),
    Column("value", ColumnType.NUMBER, unit_from="unit"),
    Column("unit", ColumnType.TEXT),
    Column("formula", ColumnType.TEXT),
    Column("trust", ColumnType.TEXT),
    Column("undefined", ColumnType.TEXT),
)

ESTIMATES: Mapping[str, tuple[str, str]] = {
    "ltv": ("arpa / customer_churn", "churn is steady and between 0.5 and 5 % a month"),
    "ltv_with_margin": (
        "arpa × gross_margin / customer_churn",
        "the same; compare this one with what a customer costs",
    ),
    "ltv_36_months": ("the same, 36 × arpa without churn", "never by itself: 36 months are an agreement, no estimate"),
    "ltv_revenue_churn": ("arpa / revenue_churn", "large customers leave more seldom than small ones"),
    "ltv_discounted": (
        "arpa × gross_margin × (1 + discount_rate) / (discount_rate + customer_churn)",
        "churn is below 1 % a month: the discount keeps far years from counting in full",
    ),
}
"""The metrics that estimate a lifetime value: what they say, and when."""


def lifetime_values(
    currency: str,
    *,
    cohorts: Sequence[Cohort],
    estimates: Mapping[str, Quotient],
    model: Sbg | Undefined,
    arpa: Operand,
    gross_margin: Operand,
    discount_rate: Operand,
) -> Table[LifetimeValue]:
    """All ways side by side.

    Args:
        currency: that of everything else
        cohorts: cells of cumulative MRR per head, by month
        estimates: the values of the metrics in `ESTIMATES`
        model: the retention of the customers, from the months they stayed
        arpa: MRR per customer [currency per customer per month]
        gross_margin: share of revenue that is left after the cost of service [fraction]
        discount_rate: by how much money loses its worth in a month [fraction per month]
    """
    rows = (
        LifetimeValue(currency, *row)
        for row in (
            *_observed(cohorts),
            *((name, estimates[name], *told) for name, told in ESTIMATES.items()),
            _projected(model, arpa, gross_margin, discount_rate),
        )
    )
    return Table("lifetime_values", VALUE_COLUMNS, rows, "Lifetime value")


def _observed(cohorts: Iterable[Cohort]) -> Iterator[tuple[str, Quotient, str, str]]:
    known = [(one.size, Fraction(one.cells[-1])) for one in cohorts]
    people = sum(size for size, _ in known)
    nobody = Undefined("no cohort has a month that has ended")
    total_value = sum((size * value for size, value in known), Fraction(0))
    average = _decimal(total_value / people) if people else nobody
    middle = _decimal(Fraction(median(value for _, value in known))) if known else nobody
    future = "as a lower bound: what customers bring from now on is not in it"
    yield "observed", average, "cumulative MRR of all cohorts / customers", future
    per_cohort = "median over the cohorts of cumulative MRR / customers"
    yield "observed_median", middle, per_cohort, f"a few cohorts are unlike the others; {future}"


def _projected(
    model: Sbg | Undefined, arpa: Operand, gross_margin: Operand, discount_rate: Operand
) -> tuple[str, Quotient, str, str]:
    return (
        "projected",
        product(arpa, gross_margin, discounted_lifetime(model, discount_rate)),
        "arpa × gross_margin × Σ S(t) / (1 + discount_rate)^t, with S(t) of the shifted-beta-geometric model",
        "there are some hundred losses over six months or more; best where churn falls with age",
    )


def discounted_lifetime(model: Sbg | Undefined, discount_rate: Operand) -> Quotient:
    """Σ S(t) / (1 + d)^t of a new customer: the months it is going to pay, the first at once, in months of today."""
    if isinstance(model, Undefined):
        return model
    if isinstance(discount_rate, Undefined):
        return discount_rate
    if not discount_rate > 0:
        return Undefined("without a discount the sum of all months may have no end")
    residual = model.residual_lifetime(0, Decimal(discount_rate))
    return total(1, ratio(residual, total(1, discount_rate), "never: the discount is above 0"))


def _decimal(value: Fraction) -> Quotient:
    return quotient(Decimal(value.numerator), Decimal(value.denominator), "never: a fraction has a denominator")
