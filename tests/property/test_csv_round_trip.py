"""Laws of reading CSV: what is written is read, what can't be read is said, and there is one way to read a file."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscription_metrics.money import from_units, plain
from subscription_metrics.mrr.spans import Cancellation, Span
from subscription_metrics.periods import BillingInterval
from subscription_metrics.sources._amounts import read_amount
from subscription_metrics.sources._cells import NULL_WORDS, Choice
from subscription_metrics.sources.csv import Reading, read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = ("subscription_id", "customer_id", "start_date", "end_date", "monthly_amount")
EXTRAS = ("currency", "plan", "quantity", "recurring", "billing_interval", "parent", "cancellation_reason", "voluntary")

texts = (
    st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from('",;\n'), min_size=1, max_size=8)
    .map(str.strip)
    .filter(lambda text: text not in NULL_WORDS)
)
amounts = st.integers(0, 10**20).map(from_units)
starts = st.dates(date(1990, 1, 1), date(2090, 1, 1))
ends = st.dates(date(2090, 1, 2), date(9999, 12, 30))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A span as a file can tell it, with the strangest names that are still text."""
    reason, voluntary = draw(st.none() | texts), draw(st.none() | st.booleans())
    region = draw(st.none() | texts)
    return Span(
        customer=draw(texts),
        subscription=draw(texts),
        monthly_amount=draw(amounts),
        currency=draw(st.sampled_from(["EUR", "USD", "JPY"])),
        start=draw(starts),
        end=draw(st.none() | ends),
        plan=draw(st.none() | texts),
        quantity=draw(st.integers(1, 9) | st.just(Decimal("2.5"))),
        recurring=draw(st.booleans()),
        interval=draw(st.none() | st.sampled_from(["month", "3 months", "year"]).map(BillingInterval.parse)),
        parent=draw(st.none() | texts),
        cancellation=None if reason is None and voluntary is None else Cancellation(reason, voluntary),
        attributes={} if region is None else {"region": region},
    )


def cells_of(span: Span) -> list[object]:
    """The row of a span; what is `None` is written as nothing."""
    ended = span.cancellation or Cancellation()
    return [
        *(span.subscription, span.customer, span.start, span.end, plain(span.monthly_amount)),
        *(span.currency, span.plan, span.quantity, span.recurring, span.interval, span.parent),
        *(ended.reason, ended.voluntary, span.attributes.get("region")),
    ]


def written(rows: Sequence[Sequence[object]], header: Sequence[str], delimiter: str = ",") -> io.StringIO:
    """A file of these rows, at its beginning."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    file.seek(0)
    return file


def identity(span: Span) -> tuple[object, ...]:
    """What must not repeat in a file."""
    return span.customer, span.subscription, span.plan, span.start


@given(st.lists(spans(), max_size=5, unique_by=identity), st.sampled_from(",;\t|"))
def test_what_is_written_is_read(wanted: list[Span], delimiter: str) -> None:
    """“Data that already comes as monthly amounts with dates (most CSV exports, dbt models) is a span directly.”."""
    file = written([cells_of(span) for span in wanted], [*HEADER, *EXTRAS, "region"], delimiter)
    reading = read_csv(file, decimal=".")
    assert (tuple(wanted), (), ()) == (reading.spans, reading.exclusions, reading.faults)


good_or_bad = st.tuples(
    st.sampled_from(["s1", "s2", " s3 ", "", "N/A", "s\n4", "s\0", "caf\udce9"]),
    st.sampled_from(["acme", "bolt", " ", "NULL", "\u200bx", "x\ud800"]),
    st.sampled_from(
        ["2025-01-01", "20250102", "01/02/2025", "31/01/2025", "02/28/2025", "2025-02-30", "", "2025-01-01T00:00Z"]
    ),
    st.sampled_from(["", "2025-03-01", "2024-01-01", "2025-01-01", "9999-12-31", "03/04/2025", "never"]),
    st.sampled_from(["9", "9.50", "1,234", "1.234", "9,50", "-1", "1e3", "", "€9", "$9", "9 USD", "0.123456789"]),
    st.sampled_from(["active", "trial", "cancelled", "asleep", ""]),
    st.sampled_from(["EUR", "usd", "", "USDT"]),
    st.sampled_from(["North", "", "caf\udce9"]),
)
good = st.tuples(
    st.sampled_from(["s1", "s2", "s3", "s4"]),
    st.sampled_from(["acme", "bolt"]),
    st.sampled_from(["2025-01-01", "20250102", "31/01/2025"]),
    st.sampled_from(["", "2025-03-01", "2025-04-01", "9999-12-31"]),
    st.sampled_from(["9", "9.50", "1,234.50", "€9"]),
    st.sampled_from(["active", "past_due", "cancelled", ""]),
    st.sampled_from(["EUR", "eur"]),
    st.sampled_from(["North", ""]),
)
rows_of_all_kinds = st.lists(good | good_or_bad, max_size=8)
ODD_HEADER = (*HEADER, "status", "currency", "region")


def read_row_by_row(file: io.StringIO) -> Reading:
    """Read a file with nothing but the slow way, which looks at one row at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("subscription_metrics.sources.csv.common_spans", lambda _, __, rows: None if rows else [])
        return read_csv(file)


def with_lines(reading: Reading) -> list[list[tuple[int | None, object]]]:
    """What was read, each with its line: equality of spans leaves the line out."""
    return [
        [(span.line, span) for span in reading.spans],
        [(exclusion.line, exclusion) for exclusion in reading.exclusions],
        [(fault.line, fault) for fault in reading.faults],
    ]


@given(rows_of_all_kinds)
def test_the_common_way_to_read_gives_what_the_slow_way_gives(rows: list[tuple[str, ...]]) -> None:
    """A second way: many rows at once, or one by one."""
    fast, slow = read_csv(written(rows, ODD_HEADER)), read_row_by_row(written(rows, ODD_HEADER))
    assert with_lines(slow) == with_lines(fast)
    assert [span.units for span in slow.spans] == [span.units for span in fast.spans]


@given(rows_of_all_kinds)
def test_every_row_ends_as_a_span_an_exclusion_or_a_fault(rows: list[tuple[str, ...]]) -> None:
    """“Nothing that can't be read ever becomes 0.” (semantics §7): what counts was read whole, the rest is named."""
    reading = read_csv(written(rows, ODD_HEADER))
    counted = [span.line for span in reading.spans]
    excluded = [exclusion.line for exclusion in reading.exclusions]
    faulty = {fault.line for fault in reading.faults}
    line, lines = 2, set()
    for row in rows:
        if any(cell.strip() for cell in row):
            lines.add(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert lines == {*counted, *excluded} | faulty
    assert len(lines) == len(counted) + len(excluded) + len(faulty)


@given(rows_of_all_kinds, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_reading(rows: list[tuple[str, ...]], random: object) -> None:
    """“Accepted only where they can be read in one way” (semantics §7): a file means what its rows mean together."""
    once = list(dict.fromkeys(rows))
    shuffled = once.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types its Random as an object of its own
    plain_reading, other = read_csv(written(once, ODD_HEADER)), read_csv(written(shuffled, ODD_HEADER))
    assert len(plain_reading.spans) == len(other.spans)
    assert len(plain_reading.faults) == len(other.faults)


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ",".join(HEADER).encode() + b"\n" + text.encode())
)
@example(b'"')
@example(b"\xff\xfe")
@example(b"\n\n\n")
def test_nothing_that_a_file_holds_is_an_exception(data: bytes) -> None:
    """Rubbish gets faults, and they can be shown on any screen."""
    for encoding in ("utf-8", "utf-16", "latin-1"):
        reading = read_csv(io.BytesIO(data), encoding=encoding)
        assert all(str(fault).encode() for fault in reading.faults)


@given(st.integers(0, 10**17), st.sampled_from([(".", ","), (",", "."), (".", " "), (",", "\u00a0"), (".", "'")]))
def test_groups_and_decimal_signs_change_no_amount(units: int, signs: tuple[str, str]) -> None:
    """“Amount spellings … are accepted only where they can be read in one way” (semantics §7)."""
    decimal, group = signs
    amount = from_units(units)
    whole, _, places = f"{amount:,f}".partition(".")
    text = whole.replace(",", group) + decimal + places
    assert (amount, units, None) == read_amount("monthly_amount", text, Choice("decimal", None))
