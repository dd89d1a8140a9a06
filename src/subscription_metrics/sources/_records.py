"""Lines of text become rows: the header is recognised, the others are cut into cells and checked for their number.

Rows come in batches, with the lines on which they begin: what is done for a million rows is done in C where it can be.
"""

from __future__ import annotations

import csv
import re
from functools import partial
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, NamedTuple

from attrs import frozen

from subscription_metrics.errors import Fault
from subscription_metrics.sources._cells import escaped
from subscription_metrics.sources._formats import header_faults, layout_of

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterator, Sequence

    from subscription_metrics.sources._formats import Format, Layout

BATCH = 256
"""Rows that are read at a time: enough to share the cost of a call, few enough to stay in a processor's cache."""

_DELIMITERS = ",;\t|"
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LONGEST_SHOWN = 80
_ENCODING_REMEDY = 'save it as CSV in UTF-8, or pass its encoding, for example encoding="{}"'


class Batch(NamedTuple):
    """Rows, and the lines on which they begin."""

    lines: list[int]
    rows: list[list[str]]


@frozen
class Table:
    """A file whose header has been read: where its columns are, the records after it, and the delimiter.

    `skipped` counts the blank lines above the header: `records` doesn't.
    """

    source: str
    layout: Layout
    records: Reader
    delimiter: str
    skipped: int


def read_header(source: str, lines: Iterator[str], formats: Sequence[Format], faults: list[Fault]) -> Table | None:
    """The table behind a header that fits one format; otherwise `None`, and what is wrong is added to `faults`."""
    try:
        skipped, first = _first_line(lines)
        delimiter = max(_DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)
        records = csv.reader(chain([first], lines), delimiter=delimiter, strict=True, skipinitialspace=True)
        header = next(records, [])
    except (csv.Error, UnicodeError) as error:
        rule = f"the header can't be read: {error}"
        faults.append(Fault(source, 1, None, None, rule, _ENCODING_REMEDY.format("utf-16")))
        return None
    here = partial(Fault, source, skipped + 1)
    if not header:
        faults.append(Fault(source, None, None, None, "holds nothing", "export it again, with a header"))
    elif escaped(first) != first:
        remedy = _ENCODING_REMEDY.format("utf-16" if "\0" in first else "latin-1")
        faults.append(here(None, shown(first), "is not text in this encoding", remedy))
    else:
        faults.extend(header_faults(header, formats, here))
    return None if faults else Table(source, layout_of(header, formats), records, delimiter, skipped)


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines come first, and the line after them, without a byte order mark."""
    for skipped, line in enumerate(lines):
        text = line.removeprefix("\ufeff")
        if text.strip():
            return skipped, text
    return 0, ""


def read_batches(table: Table, faults: list[Fault]) -> Iterator[Batch]:
    """The rows that are as long as the header; what is wrong with others is added to `faults`."""
    while True:
        rows: list[list[str]] = []
        problem: Exception | None = None
        first = table.skipped + table.records.line_num + 1
        try:
            rows.extend(islice(table.records, BATCH))
        except (csv.Error, UnicodeError) as error:  # and the rows before it are in `rows`
            problem = error
        last = table.skipped + table.records.line_num
        *lines, following = _lines(first, rows, last - first + 1)
        yield _fitting(table, Batch(lines, rows), faults)
        if isinstance(problem, csv.Error):
            faults.append(_unpaired(table.source, following, last, problem))
        elif problem:
            rule = f"can't be decoded somewhere after line {following - 1}: {problem}"
            faults.append(Fault(table.source, None, None, None, rule, _ENCODING_REMEDY.format("utf-16")))
            return
        elif not rows:
            return


def _lines(first: int, rows: Sequence[Sequence[str]], count: int) -> Sequence[int]:
    """The lines on which `rows` begin that take up `count` lines from `first` on, and the line after them."""
    if len(rows) == count:
        return range(first, first + count + 1)
    breaks = (sum(len(_LINE_BREAK.findall(cell)) for cell in row) for row in rows)
    return tuple(accumulate((1 + number for number in breaks), initial=first))


def _fitting(table: Table, batch: Batch, faults: list[Fault]) -> Batch:
    width = len(table.layout.header)
    if set(map(len, batch.rows)) <= {width}:
        return batch
    fitting = Batch([], [])
    for line, row in zip(*batch, strict=True):
        if len(row) == width:
            fitting.lines.append(line)
            fitting.rows.append(row)
        elif any(map(str.strip, row)):
            faults.append(_ragged(table, line, row))
    return fitting


def _unpaired(source: str, first: int, last: int, error: csv.Error) -> Fault:
    rule = f"the quotes of this row don't pair up ({error}); lines {first} to {last} were not read"
    return Fault(source, first, None, None, rule, "close the quote; a quote inside a quoted cell is written twice")


def _ragged(table: Table, line: int, row: Sequence[str]) -> Fault:
    width = len(table.layout.header)
    if len(row) < width:
        remedy = "complete the row; if it is the last one, the file may be cut off: export it again"
    else:
        remedy = f"put cells that hold {table.delimiter!r} in quotes"
    rule = f"the row has {len(row)} cells, the header {width}"
    return Fault(table.source, line, None, shown(table.delimiter.join(row)), rule, remedy)


def shown(value: object) -> str:
    """A value as a fault shows it: readable, and not endless."""
    text = escaped(str(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
