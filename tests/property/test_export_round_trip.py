"""Laws of what leaves the library as text.

What an exporter wrote can be read back to the same rows; no number turns into a binary float; no text into a formula.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.export_readers import read_csv, read_json, written

from subscription_metrics.exporters import Exporter, write_csv, write_json
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Undefined
from subscription_metrics.testing.exporters import Colour, Everything, Part, check_exporter, table_of

if TYPE_CHECKING:
    from subscription_metrics.tables import Table
    from subscription_metrics.testing.exporters import Parse

EXPORTERS = pytest.mark.parametrize(("export", "parse"), [(write_json, read_json), (write_csv, read_csv)])

TEXTS = st.text(max_size=20) | st.text("=+-@'\"\t\r\n,;\\ ", max_size=5)
AMOUNTS = st.builds(
    lambda digits, places: Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -places)),
    st.integers(-(10**30), 10**30),
    st.integers(-3, 30),
)
QUOTIENTS = AMOUNTS | st.builds(Undefined, TEXTS)
PARTS = st.builds(
    Part,
    what=st.none() | TEXTS,
    amount=st.none() | AMOUNTS,
    is_known=st.none() | st.booleans(),
    sources=st.lists(TEXTS, max_size=3).map(tuple),
)
PERIODS = st.builds(
    Period.containing,
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    st.sampled_from(Grain),
    st.integers(1, 12),
)
ROWS = st.builds(
    Everything,
    text=st.none() | TEXTS,
    colour=st.none() | st.sampled_from(Colour),
    texts=st.none() | st.lists(TEXTS, max_size=3).map(tuple),
    flag=st.none() | st.booleans(),
    count=st.none() | st.integers(),
    currency=st.none() | st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
    amount=st.none() | AMOUNTS,
    ratio=st.none() | QUOTIENTS,
    value=st.none() | QUOTIENTS | st.integers(),
    unit=st.sampled_from(["currency", "fraction", "months", "%"]),
    day=st.none() | st.dates(),
    period=st.none() | PERIODS,
    parts=st.none() | st.lists(PARTS, max_size=3).map(tuple),
    inputs=st.none() | st.dictionaries(TEXTS, QUOTIENTS | st.integers() | TEXTS, max_size=3),
)
TABLES = st.lists(ROWS, max_size=3).map(lambda rows: table_of("any", rows))


@EXPORTERS
@given(table=TABLES)
def test_export_round_trip(export: Exporter, parse: Parse, table: Table[Everything]) -> None:
    """“Nothing is rounded on the way, except where this page says so” (semantics §1), and no text is bent."""
    check_exporter(export, parse, [table])


@given(table=TABLES)
def test_json_has_no_fractions(table: Table[Everything]) -> None:
    """“Amounts are `Decimal`” (semantics §1): no reader of the JSON meets a binary float."""

    def refused(number: str) -> Any:  # noqa: ANN401  # what json asks of a hook
        raise AssertionError(number)

    json.loads(written(write_json, table), parse_float=refused, parse_constant=refused)


@given(table=TABLES)
def test_csv_starts_no_formula(table: Table[Everything]) -> None:
    """A cell of text never begins with what a spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    for row in csv.DictReader(io.StringIO(written(write_csv, table), newline="")):
        assert row["text"][:1] not in tuple("=+-@＝＋－＠\t\r\n ")  # noqa: RUF001  # full-width signs are meant
