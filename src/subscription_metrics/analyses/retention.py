"""How long the customers of a book stay, how long they are going to, and what each is worth.

Survival speaks of the first life of a customer, from its first close to its first loss; `book.cohorts` counts who comes
back. Each function answers for one currency: customers of several are followed in each by itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.analyses.currency import one_currency
from subscription_metrics.cohorts.lifetime_values import ESTIMATES
from subscription_metrics.cohorts.lifetime_values import lifetime_values as side_by_side
from subscription_metrics.cohorts.membership import lifetimes
from subscription_metrics.cohorts.sbg import Renewals, Sbg, fit
from subscription_metrics.cohorts.survival import kaplan_meier
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.periods import Grain
from subscription_metrics.quotients import Quotient, Undefined
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from subscription_metrics.book import Book
    from subscription_metrics.cohorts.asked import CohortScope
    from subscription_metrics.cohorts.lifetime_values import LifetimeValue
    from subscription_metrics.cohorts.survival import Lifetime, SurvivalPoint
    from subscription_metrics.metrics.arithmetic import Operand

NO_FACT = Undefined("not given")


def survival(
    book: Book, *, currency: str | None = None, grain: Grain = Grain.MONTH, level: Decimal = Decimal("0.95")
) -> Table[SurvivalPoint]:
    """The Kaplan–Meier curve of the customers of a book, by age in periods of `grain`, with limits at `level`.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
    """
    return kaplan_meier(_lifetimes(book, currency, grain), level)


def retention_model(book: Book, *, currency: str | None = None, grain: Grain = Grain.MONTH) -> Sbg | Undefined:
    """The shifted-beta-geometric model of the customers of a book, or why it has none.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
    """
    return fit(Renewals.of_lifetimes(_lifetimes(book, currency, grain)))


@frozen
class ProjectedRetention:
    """One age: what was observed, `None` beyond the data, and what the model says."""

    age: int
    observed: Decimal | None
    retention: Quotient
    survival: Quotient


PROJECTED_COLUMNS = (
    Column("age", ColumnType.INTEGER, "periods"),
    Column("observed", ColumnType.RATIO),
    Column("retention", ColumnType.RATIO),
    Column("survival", ColumnType.RATIO),
)


def projected_retention(
    book: Book, ages: int = 36, *, currency: str | None = None, grain: Grain = Grain.MONTH
) -> Table[ProjectedRetention]:
    """Survival at the ages 1 to `ages`: observed as far as it goes, and by the model.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
    """
    known = list(_lifetimes(book, currency, grain))
    model, curve = fit(Renewals.of_lifetimes(known)), kaplan_meier(known)
    oldest = max((one.age for one in known), default=0)

    def observed(age: int) -> Decimal | None:
        return next((one.survival for one in reversed(curve) if one.age <= age), None) if age <= oldest else None

    rows = (
        ProjectedRetention(age, observed(age), model, model)
        if isinstance(model, Undefined)
        else ProjectedRetention(age, observed(age), model.retention(age), model.survival(age))
        for age in range(1, ages + 1)
    )
    title = "Retention, projected"
    return Table("projected_retention", PROJECTED_COLUMNS, rows, title, caption=_told(model))


def _told(model: Sbg | Undefined) -> str:
    if isinstance(model, Undefined):
        return str(model)
    return f"shifted-beta-geometric: α = {model.alpha:.3f}, β = {model.beta:.3f}"


def lifetime_values(
    book: Book, *, gross_margin: Operand = NO_FACT, discount_rate: Operand = NO_FACT, currency: str | None = None
) -> Table[LifetimeValue]:
    """What a customer is worth, every way side by side, and when to trust which; of the last full month.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
    """
    code = one_currency(book, currency)
    facts = {"gross_margin": gross_margin, "discount_rate": discount_rate}
    given = {name: value for name, value in facts.items() if not isinstance(value, Undefined)}
    known = {row.name: row.value for row in book.metrics(inputs=given, currency=code)}
    return side_by_side(
        code,
        cohorts=book.cohorts(measure=CohortMeasure.CUMULATIVE_PER_HEAD, currency=code).cohorts,
        estimates={name: known[name] for name in ESTIMATES},
        model=retention_model(book, currency=code),
        arpa=known["arpa"],
        gross_margin=given.get("gross_margin", Undefined("needs gross_margin")),
        discount_rate=given.get("discount_rate", Undefined("needs discount_rate")),
    )


def _lifetimes(book: Book, currency: str | None, grain: Grain) -> list[Lifetime]:
    code = one_currency(book, currency)
    scope: CohortScope = {"currency": code}
    question = book.history(grain, scope)
    return list(lifetimes(question, code)) if question.window and question.timeline.days else []
