"""Books to measure with: made up, seeded, and as irregular as real ones.

A book of n spans has n / 2 customers over 36 months; half of them have two spans, the others one or three. What comes
after a span is a change of plan, a gap, or a second subscription beside the first; the last one is open or ends. Four
amounts in five are whole cents, the fifth is a year's price ÷ 12 with 8 decimals. Rows come in the order of their
starts, like a billing export. The spans of a list share nothing: each has dates, texts and an amount of its own, as if
they came from a database.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import cycle, islice, pairwise
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from subscription_metrics.money import from_units
from subscription_metrics.mrr.spans import Span
from subscription_metrics.periods import BillingInterval, IntervalUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

FIRST, LAST = "2022-01", "2024-12"
"""The months of the books."""

CURRENCY = "USD"

COLUMNS = ("subscription_id", "customer_id", "start_date", "end_date", "monthly_amount")
"""Those of dbt's `subscription_periods`; an end is the first day without service."""

_DAYS = range(date(2022, 1, 1).toordinal(), date(2025, 1, 1).toordinal())
_SPANS_OF_CUSTOMERS = (1, 2, 3, 2)
_OPEN_SHARE, _YEARLY_SHARE = 0.6, 0.2

_ENDS: tuple[tuple[Callable[[int, int], int], int], ...] = (
    (lambda _, after: after, 0),
    (lambda start, after: (start + after + 1) // 2, 1),
    (lambda start, after: after + after - start, 1),
)
"""Where a span ends of which the next one starts on day `after`, and whether that is of another subscription: a change
of plan, a gap, a second subscription beside the first."""


class Row(NamedTuple):
    """A span as an export tells it."""

    subscription: str
    customer: str
    start: date
    end: date | None
    amount: Decimal


def book(size: int, seed: int = 1) -> list[Row]:
    """A book of `size` spans, a multiple of 8, in the order of their starts."""
    random = Random(seed)  # noqa: S311 - a repeatable book is the point
    counts = islice(cycle(_SPANS_OF_CUSTOMERS), size // 2)
    made = (row for number, count in enumerate(counts) for row in _of_customer(random, number, count))
    return sorted(made, key=attrgetter("start"))


def _of_customer(random: Random, number: int, count: int) -> Iterator[Row]:
    days = sorted(random.sample(_DAYS, count + 1))
    subscription = 0
    for start, after in pairwise(days):
        ending, step = random.choice(_ENDS)
        end: int | None = ending(start, after)
        if after == days[-1]:
            end = None if random.random() < _OPEN_SHARE else after
        yield Row(
            f"sub_{number:07d}_{subscription}",
            f"cus_{number:07d}",
            date.fromordinal(start),
            None if end is None else date.fromordinal(end),
            _amount(random),
        )
        subscription += step


def _amount(random: Random) -> Decimal:
    if random.random() < _YEARLY_SHARE:
        return BillingInterval(IntervalUnit.YEAR).monthly(Decimal(random.randrange(100, 6_000)))
    return from_units(random.randrange(900, 50_000), 2)


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Write the rows under the header `COLUMNS`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((COLUMNS, *rows))


def read_csv(path: Path) -> Iterator[Row]:
    """Read what `write_csv` wrote."""
    day = date.fromisoformat
    with path.open(newline="", encoding="utf-8") as file:
        for subscription, customer, start, end, amount in islice(csv.reader(file), 1, None):
            yield Row(subscription, customer, day(start), day(end) if end else None, Decimal(amount))


def spans(rows: Iterable[Row]) -> list[Span]:
    """The rows as spans, made by the public constructor."""
    return [
        Span(
            customer=row.customer,
            subscription=row.subscription,
            monthly_amount=row.amount,
            currency=CURRENCY,
            start=row.start,
            end=row.end,
        )
        for row in rows
    ]
