from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from benchmarks.generate import FIRST, LAST, book, read_csv, spans, write_csv
from benchmarks.rivals import (
    KINDS,
    csv_loop,
    pandas_bridge,
    pandas_bridge_of_numbers,
    pandas_cohorts,
    pandas_frame,
    polars_bridge,
    polars_frame,
    polars_frame_of,
)

from subscription_metrics.book import Book
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.money import to_units
from subscription_metrics.periods import Period

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.generate import Row
    from benchmarks.rivals import Answer

SIZE = 1_000


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """A small book."""
    return book(SIZE)


@pytest.fixture(scope="module")
def path(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("benchmarks") / "book.csv"
    write_csv(rows, path)
    return path


@pytest.fixture(scope="module")
def answer(rows: list[Row]) -> Answer:
    """What a `Book` says, in the terms of its rivals."""
    found = {
        (str(row.period), kind): (to_units(getattr(row, kind)), getattr(row, f"{kind}_customers"))
        for row in Book(spans(rows)).bridge(FIRST, LAST)
        for kind in KINDS
    }
    return {key: value for key, value in found.items() if value[1]}


def test_a_book_is_as_large_and_as_irregular_as_it_says(rows: list[Row], answer: Answer) -> None:
    """Half as many customers as spans, in the order of starts, and every movement occurs in it."""
    assert (SIZE, SIZE // 2) == (len(rows), len({row.customer for row in rows}))
    assert sorted(row.start for row in rows) == [row.start for row in rows]
    assert set(KINDS) == {kind for _, kind in answer}


def test_a_seed_makes_one_book(rows: list[Row]) -> None:
    """Measurements of two days are of the same data, those of two seeds are not."""
    assert rows == book(SIZE)
    assert rows != book(SIZE, seed=2)


def test_a_file_holds_the_book(rows: list[Row], path: Path) -> None:
    """Our reader and the shortest loop get out of it what was put in."""
    assert rows == list(read_csv(path)) == csv_loop(path)


@pytest.mark.extra("pandas")
def test_pandas_agrees_with_the_book(path: Path, answer: Answer) -> None:
    """A benchmark of different answers would be worthless."""
    frame = pandas_frame(path)
    assert answer == pandas_bridge(frame, FIRST, LAST)
    assert answer == pandas_bridge_of_numbers(frame, FIRST, LAST)


@pytest.mark.extra("pandas")
def test_the_pivot_agrees_with_the_cohorts(rows: list[Row], path: Path) -> None:
    """Cell by cell, those that are 0 left out."""
    table = Book(spans(rows), as_of=Period.parse(LAST).last_day).cohorts(measure=CohortMeasure.MRR)
    ours = {(row.cohort.label, row.period.label): to_units(Decimal(row.value)) for row in table.rows() if row.value}
    assert ours == pandas_cohorts(pandas_frame(path), FIRST, LAST)


@pytest.mark.extra("polars")
def test_polars_agrees_with_the_book(rows: list[Row], path: Path, answer: Answer) -> None:
    """Its months end where the data does, those of the book with the window."""
    for frame in (polars_frame(path), polars_frame_of(spans(rows))):
        assert answer == {key: value for key, value in polars_bridge(frame).items() if key[0] <= LAST}
