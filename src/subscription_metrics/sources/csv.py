"""CSV files of subscription periods become spans.

A file is read to its end, whatever is wrong with it: `read_csv` gives the good rows and the faults side by side,
`load_csv` raises all faults at once. What is accepted, cell by cell, is written in `docs/reference/csv.md`.

House rules.

1. The text of the file is never held: lines come in, spans come out. Only rows whose meaning depends on what the rest
   of the file shows wait for its end.
2. Everything is decided by the header and the cells, nothing by sampling: the same file gives the same result.
3. Every row that holds anything ends as one span, one exclusion, or at least one fault.
"""

from __future__ import annotations

import codecs
import csv
import re
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from itertools import chain
from operator import attrgetter
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from attrs import Factory, define, evolve, frozen

from subscription_metrics.errors import Fault, InvalidInput, InvalidValue
from subscription_metrics.mrr.spans import Exclusion, Span
from subscription_metrics.sources._cells import Ambiguous, Choice, Rules, escaped, read_currency
from subscription_metrics.sources._formats import FORMATS, header_faults, layout_of, mapped_format
from subscription_metrics.sources._rows import Problem, common_span, read_row, row_reader

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, tzinfo

    from subscription_metrics.sources._formats import Format, Layout
    from subscription_metrics.sources._rows import RowReader

Source = str | PathLike[str] | IO[str] | IO[bytes]

_DELIMITERS = ",;\t|"
_PROGRESS_STEP = 10_000
_LONGEST_SHOWN = 80
_ENCODING_REMEDY = 'save it as CSV in UTF-8, or pass its encoding, for example encoding="utf-16"'


@frozen
class Reading:
    """What a source holds: what counts, what is left out and why, and what could not be read."""

    spans: tuple[Span, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    faults: tuple[Fault, ...] = ()


def load_csv(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    inclusive_end: bool | None = None,
    currency: str | None = None,
    decimal: str | None = None,
    day_first: bool | None = None,
    timezone: str | None = None,
    encoding: str = "utf-8",
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Reading:
    """Read a CSV file that must be right as a whole; the arguments are those of `read_csv`.

    Raises:
        InvalidInput: the file has faults; it holds all of them.
        InvalidValue: an argument is not what it should be.
    """
    reading = read_csv(
        source,
        columns=columns,
        inclusive_end=inclusive_end,
        currency=currency,
        decimal=decimal,
        day_first=day_first,
        timezone=timezone,
        encoding=encoding,
        name=name,
        progress=progress,
    )
    if reading.faults:
        raise InvalidInput(reading.faults)
    return reading


def read_csv(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    inclusive_end: bool | None = None,
    currency: str | None = None,
    decimal: str | None = None,
    day_first: bool | None = None,
    timezone: str | None = None,
    encoding: str = "utf-8",
    name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Reading:
    """Read what can be read of a CSV file, and say what can't.

    Args:
        source: a path, or a stream of bytes or text, which is read to its end and left open.
        columns: for files of no known format, the column of each field: `{"customer": "Kunde", …}`.
        inclusive_end: whether an end date is the last day of service; by default what the format says.
        currency: the ISO 4217 code of amounts whose row states none.
        decimal: the decimal sign of the file, "." or ","; by default what its cells show.
        day_first: whether 01/02/2025 is the first of February; by default what the dates of the file show.
        timezone: the reporting time zone, in which an instant becomes a date: "Europe/Berlin".
        encoding: that of a file or of a stream of bytes.
        name: what to call the source in faults and origins; by default the path or the name of the stream.
        progress: called with the number of lines read so far, now and then and at the end.

    Raises:
        InvalidValue: an argument is not what it should be. What is wrong with the file is in `faults`.
        OSError: the file can't be opened or read.
    """
    formats = FORMATS if columns is None else (mapped_format(columns),)
    rules = Rules(_decimal(decimal), Choice("day_first", day_first), _zone(timezone))
    stated = None if currency is None else read_currency("currency", currency)
    draft = _Draft()
    with _opened(source, _known(encoding), name) as (place, stream):
        lines = stream if progress is None else _counted(stream, progress)
        table = _read_header(place, lines, formats, draft.faults)
        if table is not None:
            layout = table.layout if inclusive_end is None else evolve(table.layout, inclusive_end=inclusive_end)
            reader = row_reader(place, layout, rules, stated)
            _read_rows(reader, _rows(place, table, draft.faults), draft)
            _read_waiting(reader, rules, draft)
            at = layout.fields.get("subscription")
            _drop_repeated(draft, None if at is None else layout.header[at].strip())
    draft.faults.sort(key=_line)
    return Reading(tuple(draft.spans), tuple(draft.exclusions), tuple(draft.faults))


@define
class _Draft:
    """A reading in progress; `waiting` are rows, with their lines, whose meaning the rest of the file may settle."""

    spans: list[Span] = Factory(list)
    exclusions: list[Exclusion] = Factory(list)
    faults: list[Fault] = Factory(list)
    waiting: list[tuple[int, list[str]]] = Factory(list)


def _decimal(sign: str | None) -> Choice[str]:
    if sign not in {None, ".", ","}:
        raise InvalidValue("decimal", sign, "must be a decimal sign", "pass '.' or ','")
    return Choice("decimal", sign)


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few files need it, and it loads slowly

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "pass a name such as 'Europe/Berlin'; on Windows, pip install tzdata"
        raise InvalidValue("timezone", name, "must name a time zone of the IANA database", remedy) from None


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        remedy = "pass one such as 'utf-8', 'latin-1' or 'utf-16'"
        raise InvalidValue("encoding", encoding, "must be an encoding that Python knows", remedy) from None


@contextmanager
def _opened(source: Source, encoding: str, name: str | None) -> Iterator[tuple[str, Iterator[str]]]:
    """What a source is called, and its lines; a stream is left open, as it belongs to the caller.

    Bytes that can't be decoded become lone surrogates, so that the fault can name their line and column.
    """
    if isinstance(source, str | PathLike):
        with Path(source).open(encoding=encoding, errors="surrogateescape", newline="") as file:
            yield name or str(source), file
        return
    called = getattr(source, "name", None)
    place = name or (called if isinstance(called, str) else "<stream>")
    if isinstance(source.read(0), str):
        yield place, iter(cast("IO[str]", source))
        return
    text = TextIOWrapper(cast("IO[bytes]", source), encoding, errors="surrogateescape", newline="")
    try:
        yield place, text
    finally:
        text.detach()


def _counted(lines: Iterable[str], progress: Callable[[int], None]) -> Iterator[str]:
    count = 0
    for count, line in enumerate(lines, 1):
        if count % _PROGRESS_STEP == 0:
            progress(count)
        yield line
    progress(count)


def _line(fault: Fault) -> tuple[bool, int]:
    """Sorts faults by line, those of no line last."""
    return fault.line is None, fault.line or 0


@frozen
class _Table:
    """A file whose header has been read: where its columns are, the records after it, and the delimiter.

    `skipped` counts the blank lines above the header: `records` doesn't.
    """

    layout: Layout
    records: Reader
    delimiter: str
    skipped: int


def _read_header(place: str, lines: Iterator[str], formats: Sequence[Format], faults: list[Fault]) -> _Table | None:
    """The table behind a header that fits one format; otherwise `None`, and what is wrong is added to `faults`."""
    try:
        skipped, first = _first_line(lines)
        delimiter = max(_DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)
        records = csv.reader(chain([first], lines), delimiter=delimiter, strict=True, skipinitialspace=True)
        header = next(records, [])
    except (csv.Error, UnicodeError) as error:
        faults.append(Fault(place, 1, None, None, f"the header can't be read: {error}", _ENCODING_REMEDY))
        return None
    here = partial(Fault, place, skipped + 1)
    if not header:
        faults.append(Fault(place, None, None, None, "holds nothing", "export it again, with a header"))
    elif escaped(first) != first:
        faults.append(here(None, _shown(first), "is not text in this encoding", _ENCODING_REMEDY))
    else:
        faults.extend(header_faults(header, formats, here))
    return None if faults else _Table(layout_of(header, formats), records, delimiter, skipped)


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines come first, and the line after them, without a byte order mark."""
    for skipped, line in enumerate(lines):
        text = line.removeprefix("\ufeff")
        if text.strip():
            return skipped, text
    return 0, ""


def _rows(place: str, table: _Table, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are as long as the header, one empty cell longer, each with the line on which it begins."""
    records, width = table.records, len(table.layout.header)
    line = table.skipped + records.line_num + 1
    while True:
        try:
            for row in records:
                if len(row) == width:
                    row.append("")
                    yield line, row
                elif any(map(str.strip, row)):
                    faults.append(_ragged(place, line, row, table))
                line = table.skipped + records.line_num + 1
        except csv.Error as error:
            last = table.skipped + records.line_num
            rule = f"the quotes of this row don't pair up ({error}); lines {line} to {last} were not read"
            remedy = "close the quote; a quote inside a quoted cell is written twice"
            faults.append(Fault(place, line, None, None, rule, remedy))
            line = last + 1
        except UnicodeError as error:
            rule = f"can't be decoded somewhere after line {line - 1}: {error}"
            faults.append(Fault(place, None, None, None, rule, _ENCODING_REMEDY))
            return
        else:
            return


def _ragged(place: str, line: int, row: Sequence[str], table: _Table) -> Fault:
    width = len(table.layout.header)
    if len(row) < width:
        remedy = "complete the row; if it is the last one, the file may be cut off: export it again"
    else:
        remedy = f"put cells that hold {table.delimiter!r} in quotes"
    rule = f"the row has {len(row)} cells, the header {width}"
    return Fault(place, line, None, _shown(table.delimiter.join(row)), rule, remedy)


def _shown(value: object) -> str:
    """A value as a fault shows it: readable, and not endless."""
    text = escaped(str(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _read_rows(reader: RowReader, rows: Iterable[tuple[int, list[str]]], draft: _Draft, *, wait: bool = True) -> None:
    """Add what is in `rows` to the draft; an ambiguous row goes to those that `wait`, or is a fault."""
    keep = draft.spans.append
    for line, row in rows:
        try:
            span = common_span(reader, line, row)
        except InvalidValue:
            span = None
        if span is None:
            _read_unusual(reader, line, row, draft, wait=wait)
        else:
            keep(span)


def _read_unusual(reader: RowReader, line: int, row: list[str], draft: _Draft, *, wait: bool) -> None:
    problems: list[Problem] = []
    outcome = read_row(reader, line, row, problems)
    if wait and any(isinstance(problem.error, Ambiguous) for problem in problems):
        draft.waiting.append((line, row))
    else:
        draft.faults += [_fault(reader.source, line, problem) for problem in problems]
    if isinstance(outcome, Span):
        draft.spans.append(outcome)
    elif outcome is not None:
        draft.exclusions.append(outcome)


def _fault(source: str, line: int, problem: Problem) -> Fault:
    error = problem.error
    return Fault(source, line, problem.column.strip(), _shown(error.value), error.rule, error.remedy)


def _read_waiting(reader: RowReader, rules: Rules, draft: _Draft) -> None:
    """Read the rows that waited, now that the file has shown all it has; results are back in the order of the file."""
    if not draft.waiting:
        return
    rules.decimal.settle()
    rules.day_first.settle()
    _read_rows(reader, draft.waiting, draft, wait=False)
    draft.spans.sort(key=attrgetter("line"))
    draft.exclusions.sort(key=attrgetter("line"))


def _drop_repeated(draft: _Draft, column: str | None) -> None:
    """Take out each span with the customer, subscription, plan and start of one above it: it would count twice."""
    firsts: dict[str, Span] = {}
    # Most subscriptions have one row: the whole key is made for the others only.
    again = [span for span in draft.spans if firsts.setdefault(span.subscription, span) is not span]
    known = {_identity(first): first for first in (firsts[span.subscription] for span in again)}
    above = {span.line: known.setdefault(_identity(span), span).line for span in again}
    repeated = {line: first for line, first in above.items() if line != first}
    if not repeated:
        return
    for span in again:
        if span.line in repeated:
            rule = f"repeats line {repeated[span.line]}: the same customer, subscription, plan and start"
            fault = Fault(str(span.source), span.line, column, _shown(span.subscription), rule, "delete one of the two")
            draft.faults.append(fault)
    draft.spans = [span for span in draft.spans if span.line not in repeated]


def _identity(span: Span) -> tuple[str, str, str | None, date]:
    return span.customer, span.subscription, span.plan, span.start
