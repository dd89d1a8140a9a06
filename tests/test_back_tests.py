"""What `docs/explanation/projections.md` says of each method is what a test of them on the past gives."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from benchmarks import generate

from subscription_metrics.book import Book
from subscription_metrics.money import round_to
from subscription_metrics.mrr.spans import Span
from subscription_metrics.projection import ProjectionMethod, back_test, bootstrap, project, six_month_average
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from subscription_metrics.mrr.bridge import BridgeRow
    from subscription_metrics.projection import BackTest, ProjectedMonth
    from subscription_metrics.quotients import Quotient
    from subscription_metrics.tables import Table

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "explanation" / "projections.md").read_text(encoding="utf-8")

AHEAD = (1, 3, 6, 12)
PATHS = 500
"""A quarter of the paths that `bootstrap` walks otherwise: the quantiles rest on 25 paths each, enough for a count."""


def playbook() -> Book:
    """The book of the examples: young, and growing faster and faster."""
    return Book.from_csv(str(ROOT / "examples" / "subscription_periods.csv"), currency="USD", as_of=date(2019, 12, 1))


def drying_up() -> Book:
    """A book of the benchmarks: customers have their first spans early, so fewer and fewer are new."""
    rows = generate.book(2000)
    return Book([span(row.customer, row.amount, row.start, row.end) for row in rows], as_of=date(2024, 12, 31))


def steady(seed: int = 1, months: int = 40) -> Book:
    """About twelve new customers a month, each with a churn of its own; some change the price, some come back."""
    random = Random(seed)  # noqa: S311  # a repeatable book is the point
    joined = (date(2021, 1, 1).toordinal() + 30 * month + random.randrange(30)
              for month in range(months) for _ in range(random.randint(6, 18)))  # fmt: skip
    spans = [one for number, day in enumerate(joined) for one in life(random, f"c{number}", day)]
    return Book(spans, as_of=date(2024, 1, 31))


def life(random: Random, customer: str, day: int) -> Iterator[Span]:
    """The spans of one customer from its first day on, in months of 30 days."""
    churn, amount = random.betavariate(1, 12), Decimal(random.choice((20, 50, 50, 100, 250)))
    while day < date(2024, 3, 1).toordinal():
        term = 30 * random.randint(1, 12)
        stayed = next((days for days in range(30, term + 1, 30) if random.random() < churn), None)
        end = day + (stayed or term)
        yield span(customer, amount, date.fromordinal(day), date.fromordinal(end))
        if stayed and random.random() > 0.1:  # nine in ten don't come back
            return
        day = end + random.randint(20, 120) if stayed else end
        amount *= random.choice((1, 1, 1, Decimal("1.2"), Decimal("0.8")))


def span(customer: str, amount: Decimal, start: date, end: date | None) -> Span:
    """A span of the only subscription of a customer."""
    amount = round_to(amount, 8)
    return Span(customer=customer, subscription=customer, monthly_amount=amount, currency="USD", start=start, end=end)


BOOKS: dict[str, Callable[[], Book]] = {"steady": steady, "drying up": drying_up, "taking off": playbook}


def by_cohort(book: Book) -> Callable[[Sequence[BridgeRow]], Table[ProjectedMonth]]:
    """The cohort method as of the last month of a history: it needs the book as it was known then."""

    def known_then(history: Sequence[BridgeRow]) -> Table[ProjectedMonth]:
        return project(evolve(book, as_of=history[-1].period.last_day), ProjectionMethod.COHORT)

    return known_then


def line(name: str, method: ProjectionMethod, rows: Sequence[BackTest]) -> str:
    """A line of the table on the page."""
    cells = [cell(row) for row in rows if row.months in AHEAD]
    return f"| {name} | `{method.value}` | {' | '.join(cells)} |"


def cell(row: BackTest) -> str:
    """Error, bias and coverage of one distance."""
    covered = "" if isinstance(row.coverage, Undefined) else f", {percent(row.coverage)} inside"
    return f"{percent(row.error)} ({percent(row.bias, signed=True)}){covered}"


def percent(share: Quotient, *, signed: bool = False) -> str:
    """A share in whole percent."""
    assert isinstance(share, Decimal)
    whole = int(round_to(share * 100, 0))
    return f"{whole:+} %".replace("-", "−") if signed else f"{whole} %"


@pytest.mark.parametrize("name", BOOKS)
def test_the_page_says_what_the_past_says(name: str) -> None:
    """Of each book, each method, and each distance."""
    book = BOOKS[name]()
    history = list(book.bridge(last=book.last_full()))
    methods: dict[ProjectionMethod, Callable[[Sequence[BridgeRow]], Table[ProjectedMonth]]] = {
        ProjectionMethod.SIX_MONTH_AVERAGE: six_month_average,
        ProjectionMethod.BOOTSTRAP: partial(bootstrap, seed=1, paths=PATHS),
        ProjectionMethod.COHORT: by_cohort(book),
    }
    for method, project_from in methods.items():
        assert line(name, method, list(back_test(history, project_from))) in PAGE.splitlines()
    assert 3 == Counter(row.split(" | ")[0] for row in PAGE.splitlines())[f"| {name}"]
