"""Answers as pages: HTML that a browser shows light or dark as its reader likes it, in one file that loads nothing.

House rules.

1. A page holds what a terminal would show, with every row of it, and pictures where there are any.
2. Under a heatmap stand the curves of the same cohorts. Survival speaks of all customers of a currency, so it is only
   there when all were asked for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from attrs import evolve

from subscription_metrics.analyses.retention import projected_retention, survival
from subscription_metrics.cohorts.curves import average_curve
from subscription_metrics.cohorts.pictures import retention_curve
from subscription_metrics.cohorts.tables import CohortMeasure, Shape
from subscription_metrics.mrr.spans import Level
from subscription_metrics.rendering import clean, to_html
from subscription_metrics.reports.excerpts import excerpts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Unpack

    from subscription_metrics.book import Book
    from subscription_metrics.cohorts.asked import CohortScope
    from subscription_metrics.cohorts.pictures import Picture
    from subscription_metrics.cohorts.tables import CohortTable
    from subscription_metrics.periods import Grain
    from subscription_metrics.reports.summary import Summary
    from subscription_metrics.scope import When
    from subscription_metrics.tables import Table

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{font-family: system-ui, sans-serif; margin: 2em}} body > * {{margin-bottom: 2em}}</style>
</head>
<body>
{body}
</body>
</html>
"""

SHARES = (CohortMeasure.CUSTOMER_RETENTION, CohortMeasure.GROSS_RETENTION, CohortMeasure.NET_RETENTION)
"""What is drawn as a curve of the average cohort."""

LEAST = 3
"""Cohorts that an average on a page rests on, where there are as many: at its old end one customer is no average."""


def table_page(table: Table[Any]) -> str:
    """A table as a page, with the columns that people read."""
    return tables_page(table.title, [table])


def tables_page(title: str, tables: Iterable[Table[Any]]) -> str:
    """Tables as a page, one below the other, with the columns that people read."""
    return _page(title, _tables(tables))


def report_page(report: Summary) -> str:
    """A report as a page: its tables one below the other."""
    headlines = evolve(report.metrics, rows=(row for row in report.metrics if row.name in report.headlines))
    return tables_page("Report", [report.bridge, headlines, report.movers, report.losses])


def cohort_page(
    book: Book,
    first: When | None = None,
    last: When | None = None,
    *,
    measure: CohortMeasure = CohortMeasure.NET_RETENTION,
    ages: int | None = None,
    **scope: Unpack[CohortScope],
) -> str:
    """The heatmap of `book.cohorts`, asked the same way, the average of its cohorts, and how long customers stay.

    Heatmap and averages have at most `ages` columns.
    """

    def asked(what: CohortMeasure) -> CohortTable:
        return book.cohorts(first, last, measure=what, **scope).shaped(Shape.TRIANGULAR, ages)

    table, shares = asked(measure), [asked(one) for one in SHARES]
    currencies = dict.fromkeys(one.currency for one in table.cohorts)
    parts = [table.heatmap()]
    for (currency, segment), count in Counter((one.currency, one.segment) for one in table.cohorts).items():
        least = min(LEAST, count)
        own = [average_curve(_cohorts_of(one, currency, segment), least=least) for one in shares]
        told = f", where {least} or more are that old" if least > 1 else ""
        names = currency if len(currencies) > 1 else None, segment
        title = _title(f"Average cohort, weighted by size{told}", *names)
        parts.append(retention_curve(*own, title=title, grain=table.grain).svg)
    if first is last is None and scope.get("by") is None and scope.get("level", Level.CUSTOMER) is Level.CUSTOMER:
        for currency in currencies:
            title = _title("How long customers stay", currency if len(currencies) > 1 else None)
            parts.append(_survival(book, currency, table.grain, title).svg)
    return _page(table.title, parts)


def _cohorts_of(table: CohortTable, currency: str, segment: str | None) -> CohortTable:
    own = (one for one in table.cohorts if (one.currency, one.segment) == (currency, segment))
    return evolve(table, cohorts=tuple(own))


def _title(text: str, *more: str | None) -> str:
    return " · ".join([text, *filter(None, more)])


def _survival(book: Book, currency: str, grain: Grain, title: str) -> Picture:
    """What was observed, and the model up to twice that age."""
    known = survival(book, currency=currency, grain=grain)
    oldest = max(point.age for point in known)
    projected = projected_retention(book, 2 * oldest, currency=currency, grain=grain)
    return retention_curve(known, projected, title=title, grain=grain)


def _tables(tables: Iterable[Table[Any]]) -> Iterator[str]:
    for one in (excerpt for table in tables for excerpt in excerpts(table)):
        yield to_html(one.columns, one.for_reading(), one.title, one.caption)


def _page(title: str, parts: Iterable[str]) -> str:
    from html import escape  # noqa: PLC0415  # its table of entities would slow down every import

    return _PAGE.format(title=escape(clean(title)), body="\n".join(parts))
