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

import gc
from contextlib import contextmanager
from io import TextIOWrapper
from operator import attrgetter
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypedDict, cast

from attrs import Factory, define, evolve, frozen

from subscription_metrics.errors import Fault, InvalidInput, InvalidValue
from subscription_metrics.mrr.spans import Exclusion, Span
from subscription_metrics.sources._cells import Ambiguous, Choice, Rules, read_currency
from subscription_metrics.sources._formats import FORMATS, mapped_format
from subscription_metrics.sources._records import BATCH, Batch, read_batches, read_header, shown
from subscription_metrics.sources._rows import Problem, common_spans, read_row, row_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo
    from typing import Unpack

    from subscription_metrics.sources._rows import RowReader

Source = str | PathLike[str] | IO[str] | IO[bytes]

_PROGRESS_STEP = 10_000
_IDENTITY = attrgetter("customer", "subscription", "plan", "start")


@frozen
class Reading:
    """What a source holds: what counts, what is left out and why, and what could not be read.

    `format` is what its header was recognised as, `None` if it was not. `inclusive_end` says whether its end dates were
    read as the last day of service; spans hold the first day without, in any case.
    """

    spans: tuple[Span, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    faults: tuple[Fault, ...] = ()
    format: str | None = None
    inclusive_end: bool | None = None


class Options(TypedDict, total=False):
    """The options of `read_csv`, by name."""

    columns: Mapping[str, str] | None
    inclusive_end: bool | None
    currency: str | None
    decimal: str | None
    day_first: bool | None
    timezone: str | None
    encoding: str
    name: str | None
    progress: Callable[[int], None] | None


def load_csv(source: Source, **options: Unpack[Options]) -> Reading:
    """Read a CSV file that must be right as a whole; the options are those of `read_csv`.

    Raises:
        InvalidInput: the file has faults; it holds all of them.
        InvalidValue: an option is not what it should be.
    """
    reading = read_csv(source, **options)
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
    draft, layout = _Draft(), None
    with _opened(source, _known(encoding), name) as (place, stream), _collector_paused():
        lines = stream if progress is None else _counted(stream, progress)
        table = read_header(place, lines, formats, draft.faults)
        if table is not None:
            layout = table.layout if inclusive_end is None else evolve(table.layout, inclusive_end=inclusive_end)
            reader = row_reader(place, layout, rules, stated)
            for batch in read_batches(table, draft.faults):
                _read_batch(reader, batch, draft)
            _read_waiting(reader, rules, draft)
            at = layout.fields.get("subscription")
            _drop_repeated(draft, None if at is None else layout.header[at].strip())
    draft.faults.sort(key=_line)
    return Reading(
        spans=tuple(draft.spans),
        exclusions=tuple(draft.exclusions),
        faults=tuple(draft.faults),
        format=None if layout is None else layout.format,
        inclusive_end=None if layout is None else layout.inclusive_end,
    )


@define
class _Draft:
    """A reading in progress; `waiting` are rows whose meaning the rest of the file may settle."""

    spans: list[Span] = Factory(list)
    exclusions: list[Exclusion] = Factory(list)
    faults: list[Fault] = Factory(list)
    waiting: Batch = Factory(lambda: Batch([], []))
    identities: set[int] = Factory(set)

    def keep(self, spans: Sequence[Span]) -> None:
        """Add spans, and the hashes of what must not repeat: a fraction of the memory that it takes itself."""
        self.spans += spans
        self.identities.update(map(hash, map(_IDENTITY, spans)))


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
        "".encode(encoding)  # codecs.lookup would let through what encodes no text, as base64
    except (LookupError, ValueError):
        remedy = "pass one such as 'utf-8', 'latin-1' or 'utf-16'"
        raise InvalidValue("encoding", encoding, "must be an encoding of text that Python knows", remedy) from None
    return encoding


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


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector from walking, again and again, through all spans read so far: they can't form cycles.

    Otherwise that is a third of the time of a file of a million rows.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


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


def _read_batch(reader: RowReader, batch: Batch, draft: _Draft, *, wait: bool = True) -> None:
    """Add what is in a batch to the draft; an ambiguous row goes to those that `wait`, or is a fault.

    Rows are read in the common way; if one of them is unusual, each half of the batch is, down to the row itself.
    """
    try:
        spans = common_spans(reader, *batch)
    except InvalidValue:
        spans = None
    if spans is not None:
        draft.keep(spans)
    elif len(batch.rows) == 1:
        _read_unusual(reader, batch.lines[0], batch.rows[0], draft, wait=wait)
    else:
        middle = len(batch.rows) // 2
        _read_batch(reader, Batch(batch.lines[:middle], batch.rows[:middle]), draft, wait=wait)
        _read_batch(reader, Batch(batch.lines[middle:], batch.rows[middle:]), draft, wait=wait)


def _read_unusual(reader: RowReader, line: int, row: list[str], draft: _Draft, *, wait: bool) -> None:
    problems: list[Problem] = []
    outcome = read_row(reader, line, row, problems)
    if wait and any(isinstance(problem.error, Ambiguous) for problem in problems):
        draft.waiting.lines.append(line)
        draft.waiting.rows.append(row)
    else:
        draft.faults += [_fault(reader.source, line, problem) for problem in problems]
    if isinstance(outcome, Span):
        draft.keep([outcome])
    elif outcome is not None:
        draft.exclusions.append(outcome)


def _fault(source: str, line: int, problem: Problem) -> Fault:
    error = problem.error
    return Fault(source, line, problem.column.strip(), shown(error.value), error.rule, error.remedy)


def _read_waiting(reader: RowReader, rules: Rules, draft: _Draft) -> None:
    """Read the rows that waited, now that the file has shown all it has, and restore the order of the file."""
    lines, rows = draft.waiting
    if not rows:
        return
    rules.decimal.settle()
    rules.day_first.settle()
    for at in range(0, len(rows), BATCH):
        _read_batch(reader, Batch(lines[at : at + BATCH], rows[at : at + BATCH]), draft, wait=False)
    draft.spans.sort(key=attrgetter("line"))
    draft.exclusions.sort(key=attrgetter("line"))


def _drop_repeated(draft: _Draft, column: str | None) -> None:
    """Take out each span with the customer, subscription, plan and start of one above it: it would count twice."""
    if len(draft.identities) == len(draft.spans):
        return
    firsts: dict[object, Span] = {}
    for span in draft.spans:
        first = firsts.setdefault(_IDENTITY(span), span)
        if first is not span:
            rule = f"repeats line {first.line}: the same customer, subscription, plan and start"
            value = shown(span.subscription)
            draft.faults.append(Fault(str(span.source), span.line, column, value, rule, "delete one of the two"))
    draft.spans = list(firsts.values())
