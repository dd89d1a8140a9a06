from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from subscription_metrics.book import Book
from subscription_metrics.metrics.catalogue import CATALOGUE
from subscription_metrics.money import exact_sum
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.mrr.spans import Cancellation, Exclusion, ExclusionReason, Span
from subscription_metrics.reports.contents import contents
from subscription_metrics.reports.excerpts import EXCERPTS, excerpts, in_words
from subscription_metrics.reports.investors import FIGURES, investor_summary, readable
from subscription_metrics.reports.summary import HEADLINES, WITH_INPUTS, summary, write_object
from subscription_metrics.sources.csv import Reading

if TYPE_CHECKING:
    from subscription_metrics.tables import Table

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "subscription_periods.csv"


@pytest.fixture(scope="module")
def example() -> Book:
    """The example data, as of the first day of December 2019."""
    return Book.from_csv(EXAMPLE, as_of=date(2019, 12, 1))


def span(customer: str, amount: str, start: date, end: date | None = None, **more: object) -> Span:
    """A span in euros."""
    values = {"subscription": customer, "currency": "EUR"} | more
    return Span(customer=customer, monthly_amount=Decimal(amount), start=start, end=end, **values)  # type: ignore[arg-type]  # any field of a span


TWO_CURRENCIES = Book(
    [
        span("a", "100", date(2024, 1, 1)),
        span(
            "b",
            "50",
            date(2024, 1, 10),
            date(2024, 3, 5),
            currency="USD",
            cancellation=Cancellation("too expensive", voluntary=True),
        ),
    ],
    as_of=date(2024, 3, 31),
)


def test_a_report_looks_back_a_year(example: Book) -> None:
    """Thirteen months up to the last full one; metrics and movers are those of the last."""
    report = summary(example)
    months = [str(row.period) for row in report.bridge]
    assert (13, "2018-11", "2019-11") == (len(months), months[0], months[-1])
    assert {"2019-11"} == {str(row.period) for row in (*report.metrics, *report.movers)}


def test_a_report_shows_the_tables_of_the_book(example: Book) -> None:
    """The same figures here and there."""
    report = summary(example)
    assert report.bridge.rows == example.bridge("2018-11", "2019-11").rows
    assert report.metrics.rows == example.metrics("2019-11").rows
    assert report.movers.rows == example.top_movers("2019-11").rows


def test_a_young_book_has_a_short_report() -> None:
    """No months are shown before the first start."""
    assert ["2024-01", "2024-02", "2024-03"] == [
        str(row.period) for row in summary(TWO_CURRENCIES).bridge if row.currency == "EUR"
    ]


def test_a_window_may_be_longer(example: Book) -> None:
    """From an explicit first period the whole window is shown."""
    assert 23 == len(summary(example, "2018-01", "2019-11").bridge)


def test_causes_of_losses_sum_to_the_losses_of_the_bridge(example: Book) -> None:
    """Lost and contracted MRR of the window, each by its causes."""
    report = summary(example)
    bridge = {
        MovementKind.LOST: exact_sum(row.lost for row in report.bridge),
        MovementKind.CONTRACTION: exact_sum(row.contraction for row in report.bridge),
    }
    losses = {kind: exact_sum(loss.amount for loss in report.losses if loss.kind is kind) for kind in bridge}
    assert bridge == losses
    assert Decimal(-235) == losses[MovementKind.LOST]


def test_losses_name_reason_and_will() -> None:
    """What the cancellations say."""
    (loss,) = summary(TWO_CURRENCIES).losses
    assert ("USD", "too expensive", True, Decimal(-50), 1) == (
        loss.currency,
        loss.reason,
        loss.voluntary,
        loss.amount,
        loss.parts,
    )


def test_headlines_are_metrics_of_the_catalogue() -> None:
    """A metric that is renamed there must be renamed here."""
    assert set() == {*HEADLINES, *WITH_INPUTS} - {metric.name for metric in CATALOGUE}


def test_metrics_of_spending_are_shown_when_there_is_any(example: Book) -> None:
    """Without facts beside the subscriptions they could only say that these are missing."""
    assert "\ncac " not in str(summary(example))
    assert "\ncac            " in str(summary(example, inputs={"spend": Decimal(1200)}))


def test_a_report_reads_well_in_a_terminal(example: Book) -> None:
    """Its parts in order, no line wider than 100 characters, what is the same in all rows said once."""
    text = str(summary(example))
    titles = ["MRR bridge", "Customers", "Metrics · 2019-11", "Top movers · 2019-11", "Causes of losses"]
    places = [text.index(title) for title in titles]
    assert sorted(places) == places
    assert max(map(len, text.splitlines())) <= 100
    assert "XXX" not in text
    assert "MRR bridge · currency not stated" in text


def test_a_report_of_an_empty_book_is_empty() -> None:
    """A book without spans can be reported on, for a window."""
    report = summary(Book([], as_of=date(2024, 1, 31)), "2024-01", "2024-01")
    assert 5 == str(report).count("(no rows)")


def test_a_report_in_json_is_one_object(example: Book) -> None:
    """Each table under its name, with its own columns."""
    stream = io.StringIO()
    write_object(summary(example), stream)
    found = json.loads(stream.getvalue())
    assert {"bridge": "bridge", "metrics": "metrics", "movers": "top_movers", "losses": "losses"} == {
        name: table["name"] for name, table in found.items()
    }


def test_several_currencies_keep_their_column() -> None:
    """Only what is the same in every row stands above the table."""
    bridge, _ = excerpts(TWO_CURRENCIES.bridge())
    assert ["period", "currency"] == [column.name for column in bridge.columns[:2]]
    assert "MRR bridge" == bridge.title


def test_an_effect_of_rates_is_shown_where_there_is_one(example: Book) -> None:
    """The column of zeros is left out of the excerpt, never out of the table."""
    bridge, _ = excerpts(example.bridge())
    assert "fx" not in {column.name for column in bridge.columns}
    assert bridge.rows == example.bridge().rows


def test_excerpts_name_columns_that_there_are(example: Book) -> None:
    """A column that is renamed in a result must be renamed in its excerpt."""
    tables: list[Table[Any]] = [
        example.bridge(by="plan"),
        example.metrics(by="plan"),
        example.movements(by="plan"),
        example.top_movers(by="plan"),
    ]
    assert list(EXCERPTS) == [table.name for table in tables]
    for table in tables:
        names = {column.name for column in table.columns}
        nested = {one.name for column in table.columns for one in column.columns}
        for excerpt in EXCERPTS[table.name]:
            assert set() == {*excerpt.columns} - names | {*excerpt.nested} - nested


def test_a_table_without_an_excerpt_is_read_whole(example: Book) -> None:
    """All its columns that say something."""
    text = in_words([example.explain("1", "2019-05")])
    assert "subscription  start " in text
    assert "monthly" in text


def test_contents_count_what_was_read() -> None:
    """Rows, what is left out and why, dates."""
    trial = Exclusion(
        customer="c",
        subscription="c",
        plan=None,
        reason=ExclusionReason.TRIALING,
        start=date(2024, 1, 1),
        end=None,
        source="f.csv",
        line=4,
    )
    once = span("d", "10", date(2024, 2, 1), date(2024, 5, 1), recurring=False)
    reading = Reading((*TWO_CURRENCIES.spans, once), (trial,), (), "Revenue Tracker", inclusive_end=True)
    found = {row.item: row.value for row in contents(reading)}
    assert {
        "format": "Revenue Tracker",
        "end dates in the file": "the last day of service",
        "rows": "4",
        "spans": "3",
        "left out: trialing": "1",
        "left out: not recurring": "1",
        "customers": "3",
        "subscriptions": "3",
        "currencies": "EUR, USD",
        "first start": "2024-01-01",
        "latest start": "2024-02-01",
        "latest end": "2024-05-01, the first day without service",
        "without end": "1",
    } == found


def test_a_summary_reads_as_its_last_month_and_as_its_months(example: Book) -> None:
    """Nothing of the twelve months is lost: what has no value in any of them stands with its reason in the first."""
    summary_ = investor_summary(example)
    latest, *groups = readable(summary_)
    assert [("2019-11", name) for name in FIGURES] == [(row.period.label, row.name) for row in latest]
    shown = {(row.period, name) for group in groups for row in group for name in names_of(group)}
    assert {(row.period, row.name) for row in summary_ if row.undefined is None} <= shown
    values = {(row.period, name): getattr(row, name) for group in groups for row in group for name in names_of(group)}
    assert {(row.period, row.name): row.value for row in summary_ if (row.period, row.name) in shown} == values
    assert "cac" not in {name for _, name in shown}
    assert "needs spend" in str(latest)


def names_of(by_month: Table[Any]) -> list[str]:
    """The figures of a table by month."""
    return [column.name for column in by_month.columns if column.name != "period"]


def test_a_summary_fits_a_terminal(example: Book) -> None:
    """In 100 characters, with amounts and percentages as such."""
    text = "\n\n".join(map(str, readable(investor_summary(example, inputs={"spend": Decimal(1200)}))))
    assert max(map(len, text.splitlines())) <= 100
    assert "2019-11  1,840.00  22,080.00" in text
    assert "2019-11     0.0 %    0.0 %    0.0 %   3.2 %   6.5 %" in text


def test_a_summary_of_several_currencies_has_tables_of_each() -> None:
    """They are never in one table, and each says of which it is."""
    tables = list(readable(investor_summary(TWO_CURRENCIES)))
    assert ["EUR", "USD"] == list(dict.fromkeys(table.title.rpartition(" · ")[2] for table in tables))
    assert [{"EUR"}, {"USD"}] == [{row.currency for row in table} for table in tables if "Twelve" in table.title]


def test_a_summary_of_nothing_says_so() -> None:
    """An empty answer would look like a program that failed."""
    (table,) = readable(investor_summary(Book([], as_of=date(2024, 1, 31)), "2024-01"))
    assert str(table).startswith("Twelve months to 2024-01\n")
    assert str(table).endswith("(no rows)")
