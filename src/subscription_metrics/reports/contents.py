"""What a file holds, before anything is calculated from it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.money import NO_CURRENCY
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subscription_metrics.sources.csv import Reading


@frozen
class Item:
    """One thing that is known about a file, in words."""

    item: str
    value: str


CONTENTS_COLUMNS = (Column("item", ColumnType.TEXT), Column("value", ColumnType.TEXT))


def contents(reading: Reading) -> Table[Item]:
    """How much of what was read, from when to when, and what was left out of MRR."""
    rows = (Item(item, str(value)) for item, value in _items(reading))
    return Table("contents", CONTENTS_COLUMNS, rows, "Nothing wrong")


def _items(reading: Reading) -> Iterator[tuple[str, str | int]]:
    spans, exclusions = reading.spans, reading.exclusions
    if reading.format is not None:
        yield "format", reading.format
        day = "the last day of service" if reading.inclusive_end else "the first day without service"
        yield "end dates in the file", day
    yield "rows", len(spans) + len(exclusions)
    yield "spans", len(spans)
    for reason, count in Counter(one.reason for one in exclusions).items():
        yield f"left out: {reason.value}", count
    yield "left out: not recurring", sum(not span.recurring for span in spans)
    yield "customers", len({span.customer for span in spans})
    yield "subscriptions", len({span.subscription for span in spans})
    stated = sorted({span.currency for span in spans} - {NO_CURRENCY})
    yield "currencies", ", ".join(stated) or "not stated"
    if spans:
        yield "first start", str(min(span.start for span in spans))
        yield "latest start", str(max(span.start for span in spans))
    if ends := [span.end for span in spans if span.end is not None]:
        yield "latest end", f"{max(ends)}, the first day without service"
    yield "without end", len(spans) - len(ends)
