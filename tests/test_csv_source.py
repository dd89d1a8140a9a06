"""Reading CSV files: the formats, what is made of a row, and what is said about files that are not right."""

from __future__ import annotations

import gc
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subscription_metrics.errors import InvalidInput, InvalidValue
from subscription_metrics.mrr.spans import Cancellation, Exclusion, ExclusionReason, Span
from subscription_metrics.periods import BillingInterval, IntervalUnit
from subscription_metrics.sources._formats import FORMATS, WELL_KNOWN
from subscription_metrics.sources.csv import Reading, load_csv, read_csv

if TYPE_CHECKING:
    from collections.abc import Callable

BROKEN = Path(__file__).parent / "broken"
DBT = "subscription_id,customer_id,start_date,end_date,monthly_amount"
GOOD = "s1,acme,2025-01-01,,49.00"


def read(*lines: str, **options: object) -> Reading:
    """Read a file of these lines."""
    return read_csv(io.StringIO("\n".join(lines)), name="f.csv", **options)  # type: ignore[arg-type]  # each test gives one


def said(reading: Reading) -> list[tuple[int | None, str | None, str | None]]:
    """Line, column and value of each fault."""
    return [(fault.line, fault.column, fault.value) for fault in reading.faults]


def test_the_format_of_dbt() -> None:
    """Ends are exclusive, an empty end is open, and no currency is stated."""
    reading = read(DBT, "s1,acme,2025-01-01,2025-02-01,49.00", "s2,bolt,2025-01-15,,19")
    assert ((), ()) == (reading.faults, reading.exclusions)
    assert [
        ("s1", "acme", date(2025, 1, 1), date(2025, 2, 1), Decimal("49.00"), 4_900_000_000, "f.csv:2", "XXX"),
        ("s2", "bolt", date(2025, 1, 15), None, Decimal(19), 1_900_000_000, "f.csv:3", "XXX"),
    ] == [
        (
            span.subscription,
            span.customer,
            span.start,
            span.end,
            span.monthly_amount,
            span.units,
            span.origin,
            span.currency,
        )
        for span in reading.spans
    ]


def test_a_span_from_a_file_is_the_span_that_the_constructor_makes() -> None:
    """The reader makes spans without validating them again; nothing differs for it."""
    (span,) = read(DBT + ",currency,seats", GOOD + ",EUR,12").spans
    assert span == Span(
        customer="acme",
        subscription="s1",
        monthly_amount=Decimal("49.00"),
        currency="EUR",
        start=date(2025, 1, 1),
        attributes={"seats": "12"},
    )


@pytest.mark.parametrize("alias", FORMATS[1].headers["customer"])
def test_the_format_of_saas_tracker(alias: str) -> None:
    """Under each name of the customer's column; the subscription is the source's, or else customer and product."""
    reading = read(
        f"{alias},product_code,mrr,currency,start_at,end_at,status,source_system,source_subscription_id",
        "acme,basic,49.00,EUR,2025-01-01T00:00:00Z,2025-02-01T00:00:00Z,cancelled,stripe,sub_1",
        "acme,extra,5.00,EUR,2025-01-01T00:00:00Z,NULL,past_due,stripe,",
        timezone="Europe/Berlin",
    )
    assert [
        ("acme", "sub_1", "basic", date(2025, 2, 1), {"source_system": "stripe"}),
        ("acme", "acme/extra", "extra", None, {"source_system": "stripe"}),
    ] == [(span.customer, span.subscription, span.plan, span.end, dict(span.attributes)) for span in reading.spans]


def test_the_format_of_revenue_tracker() -> None:
    """Ends are inclusive: the last day of service is one day before the first without."""
    reading = read(
        "customer_id,plan_name,mrr,start_date,end_date,currency,billing_interval",
        "acme,Pro,41.58333333,2025-01-01,2025-01-31,usd,annual",
        "bolt,Pro,49.00,2025-01-31,2025-01-31,usd,monthly",
    )
    year, month = BillingInterval(IntervalUnit.YEAR), BillingInterval(IntervalUnit.MONTH)
    assert [
        ("acme/Pro", date(2025, 1, 1), date(2025, 2, 1), "USD", year),
        ("bolt/Pro", date(2025, 1, 31), date(2025, 2, 1), "USD", month),
    ] == [(span.subscription, span.start, span.end, span.currency, span.interval) for span in reading.spans]


@pytest.mark.parametrize(("inclusive", "end"), [(None, 31), (False, 31), (True, 32)])
def test_whether_ends_are_inclusive_can_be_said(inclusive: bool | None, end: int) -> None:  # noqa: FBT001 - a parameter of the test
    """What is said overrules the format."""
    (span,) = read(DBT, "s1,acme,2025-01-01,2025-01-31,9", inclusive_end=inclusive).spans
    assert date.fromordinal(date(2025, 1, 1).toordinal() + end - 1) == span.end


def test_any_other_file_through_the_names_of_its_columns() -> None:
    """Fields without a column are absent; without an end all spans are open; columns left over are attributes."""
    columns = {"customer": "Kunde", "monthly_amount": "Betrag", "start": "Seit"}
    reading = read("Kunde;Betrag;Seit;Region", "Müller;1.234,50 €;31.01.2025;Süd", columns=columns)
    (span,) = reading.spans
    assert ("Müller", "Müller", Decimal("1234.50"), "EUR") == (
        span.customer,
        span.subscription,
        span.monthly_amount,
        span.currency,
    )
    assert (date(2025, 1, 31), None, {"Region": "Süd"}) == (span.start, span.end, dict(span.attributes))


def test_a_column_holds_the_field_that_the_caller_says() -> None:
    """Also when its name is that of another field."""
    columns = {"customer": "plan", "monthly_amount": "quantity", "start": "currency"}
    (span,) = read("plan,quantity,currency", "acme,9,2025-01-01", columns=columns).spans
    assert ("acme", 1, "XXX", None) == (span.customer, span.quantity, span.currency, span.plan)


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"customer": "Kunde", "price": "Preis"}, "must map fields of a span"),
        ({"customer": "Kunde", "start": "Seit"}, "must name the column of monthly_amount"),
    ],
)
def test_names_of_columns_that_make_no_sense(columns: dict[str, str], match: str) -> None:
    """They are a mistake of the caller, not a fault of the file."""
    with pytest.raises(InvalidValue, match=match):
        read("Kunde", columns=columns)


def test_columns_that_any_file_may_have() -> None:
    """Fields of a span under their own names, absent where nothing stands."""
    reading = read(
        f"{DBT},{','.join(WELL_KNOWN.values())},region",
        GOOD + ",Pro,EUR,active,3,no,yearly,Group,too expensive,yes,North",
        "s2,bolt,2025-01-01,,1" + "," * 10,
        currency="USD",
    )
    full, bare = reading.spans
    assert ("Pro", "EUR", 3, False, "Group") == (full.plan, full.currency, full.quantity, full.recurring, full.parent)
    assert Cancellation("too expensive", voluntary=True) == full.cancellation
    assert {"region": "North"} == full.attributes
    assert (None, "USD", 1, True, None) == (bare.plan, bare.currency, bare.quantity, bare.recurring, bare.parent)
    assert (None, None, {}) == (bare.interval, bare.cancellation, dict(bare.attributes))


def test_an_attribute_may_have_the_name_of_a_field() -> None:
    """It is text, whatever the field of that name is."""
    (span,) = read(DBT + ",start,customer", GOOD + ",at once,Acme Ltd").spans
    assert {"start": "at once", "customer": "Acme Ltd"} == span.attributes
    assert ("acme", date(2025, 1, 1)) == (span.customer, span.start)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("trial", ExclusionReason.TRIALING),
        ("paused", ExclusionReason.PAUSED),
        ("incomplete", ExclusionReason.UNPAID),
    ],
)
def test_what_does_not_count_is_kept_with_its_reason(status: str, reason: ExclusionReason) -> None:
    """“What contributes nothing is kept too, as an exclusion with its reason” (semantics §2); it needs no amount."""
    reading = read(DBT + ",status,plan", f"s1,acme,2025-01-01,2025-01-15,n/a,{status},Pro")
    exclusion = Exclusion(
        customer="acme",
        subscription="s1",
        plan="Pro",
        reason=reason,
        start=date(2025, 1, 1),
        end=date(2025, 1, 15),
    )
    assert ((), (exclusion,), ()) == (reading.spans, reading.exclusions, reading.faults)
    assert "f.csv:2" == reading.exclusions[0].origin


@pytest.mark.parametrize("amount", ["", "soon", "-5", "€9"])
def test_the_amount_of_what_does_not_count_is_not_looked_at(amount: str) -> None:
    """Exports leave it out, or write what it will be."""
    reading = read(DBT + ",status,currency", f"s1,acme,2025-01-01,,{amount},trial,USD")
    assert (1, ()) == (len(reading.exclusions), reading.faults)


def test_what_follows_from_a_fault_is_no_further_fault() -> None:
    """An end that can't be read is not missing, a currency that can't be read contradicts no sign."""
    header = DBT + ",status,currency"
    reading = read(header, "s1,acme,2025-01-01,never,9,cancelled,USD", "s2,acme,2025-01-01,,$9,active,USDT")
    assert [(2, "end_date", "never"), (3, "currency", "USDT")] == said(reading)


def test_a_trial_and_what_it_became_are_no_repetition() -> None:
    """The same subscription, plan and start in an exclusion and in a span count once."""
    reading = read(DBT + ",status", GOOD + ",trial", GOOD + ",active")
    assert (1, 1, ()) == (len(reading.spans), len(reading.exclusions), reading.faults)


def test_currencies_from_the_row_the_sign_and_the_caller() -> None:
    """A row's own statement goes first."""
    header = DBT + ",currency"
    assert ["EUR", "CAD", "USD"] == [
        span.currency
        for span in read(
            header,
            "s1,acme,2025-01-01,,€9,EUR",
            "s2,acme,2025-01-01,,$9,cad",
            "s3,acme,2025-01-01,,9,",
            currency="usd",
        ).spans
    ]
    assert [(2, "currency", "")] == said(read(header, "s1,acme,2025-01-01,,9,"))


def test_a_file_shows_how_its_amounts_and_dates_are_written() -> None:
    """Rows before and after the clear one are read in its light, and stay in order."""
    reading = read(
        DBT.replace(",", ";"),
        "s1;acme;01/02/2025;;1.234",
        "s2;bolt;31/01/2025;03/02/2025;29,99",
        "s3;cargo;04/05/2025;;1.000",
    )
    assert () == reading.faults
    assert [
        (2, date(2025, 2, 1), None, 1234),
        (3, date(2025, 1, 31), date(2025, 2, 3), Decimal("29.99")),
        (4, date(2025, 5, 4), None, 1000),
    ] == [(span.line, span.start, span.end, span.monthly_amount) for span in reading.spans]


def test_results_are_in_the_order_of_the_file() -> None:
    """Whatever waited, and whatever was wrong with a row."""
    waits, clear = "s1,acme,01/02/2025,,9,", "s2,acme,31/01/2025,,9,"
    reading = read(
        DBT + ",status", waits + "trial", clear + "trial", waits, clear, waits + "asleep", "cut off", clear + "odd"
    )
    assert [2, 3] == [exclusion.line for exclusion in reading.exclusions]
    assert [4, 5] == [span.line for span in reading.spans]
    assert [6, 7, 8] == [fault.line for fault in reading.faults]


def test_evidence_counts_from_rows_that_wait_and_from_rows_with_faults() -> None:
    """What one cell shows doesn't depend on what is wrong with its neighbours."""
    reading = read(
        DBT, "s1,acme,01/02/2025,,29.99", 's2,bolt,nonsense,13/01/2025,"1,234"', "s3,cargo,2025-01-01,,5.000"
    )
    assert [date(2025, 2, 1), date(2025, 1, 1)] == [span.start for span in reading.spans]
    assert [Decimal("29.99"), Decimal(5)] == [span.monthly_amount for span in reading.spans]
    assert [(3, "start_date", "nonsense")] == said(reading)


def test_the_caller_can_say_how_amounts_and_dates_are_written() -> None:
    """Then nothing is ambiguous."""
    (span,) = read(DBT, "s1,acme,01/02/2025,,1.234", decimal=",", day_first=True).spans
    assert (date(2025, 2, 1), Decimal(1234)) == (span.start, span.monthly_amount)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_in_the_header(delimiter: str) -> None:
    """Whatever stands in the other lines, and inside quotes."""
    header = DBT.replace(",", delimiter) + delimiter + '"a,b;c|d,e;f|g,h;i|j"'
    (span,) = read(header, GOOD.replace(",", delimiter) + delimiter + "x").spans
    assert ("acme", {"a,b;c|d,e;f|g,h;i|j": "x"}) == (span.customer, dict(span.attributes))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_byte_order_mark(end: str, mark: str, tmp_path: Path) -> None:
    """Files of all systems, with quoted cells from the first one on."""
    path = tmp_path / "f.csv"
    text = mark + end.join(
        ['"subscription_id",customer_id,start_date,end_date,monthly_amount', GOOD, GOOD.replace("1", "2", 1)]
    )
    path.write_bytes(text.encode())
    assert [2, 3] == [span.line for span in load_csv(path).spans]


def test_quoted_line_breaks_are_part_of_a_cell_and_of_the_count_of_lines() -> None:
    """A row is named by the line on which it begins."""
    reading = read(DBT + ",plan", GOOD + ',"Pro\nplus\r\ncare"', "s2,bolt,2025-01-01,,19,Pro", "s3,cargo,never,,19,Pro")
    assert [(2, "Pro\nplus\r\ncare"), (5, "Pro")] == [(span.line, span.plan) for span in reading.spans]
    assert [(6, "start_date", "never")] == said(reading)


def test_space_before_a_quote_is_not_part_of_the_cell() -> None:
    """Files written by hand have it."""
    (span,) = read(DBT, 's1, "acme, inc", 2025-01-01, , "9"').spans
    assert ("acme, inc", Decimal(9)) == (span.customer, span.monthly_amount)


def test_blank_lines_and_empty_rows_are_no_rows() -> None:
    """They count as lines. Spreadsheets write rows of delimiters only."""
    reading = read("", "  ", DBT, "", GOOD, ",,,,", "   ", " , ,,,", "s2,bolt,never,,19")
    assert [5] == [span.line for span in reading.spans]
    assert [(9, "start_date", "never")] == said(reading)


def test_headers_in_any_case_with_space_around() -> None:
    """The attribute keeps the name that it has in the file; a column without a name is not read."""
    header = " Subscription_ID , CUSTOMER_ID,Start_Date,End_Date,monthly_amount , Region ,"
    (span,) = read(header, GOOD + ",North,rest").spans
    assert ("s1", {"Region": "North"}) == (span.subscription, dict(span.attributes))


def test_a_header_alone_is_an_empty_reading() -> None:
    """A book may begin empty."""
    assert Reading(format="dbt subscription_periods", inclusive_end=False) == read(DBT)


@pytest.mark.parametrize(
    ("header", "match"),
    [
        (DBT + ",region,Region", "stands 2 times"),
        ("org_id,organization_id,product_code,mrr,currency,start_at,end_at", "several columns hold customer"),
        (DBT + ",plan_name,mrr", "fits dbt subscription_periods and Revenue Tracker"),
        ("org_id,product_code,mrr,currency,start_at", "lacks end_at, which SaaS Tracker has"),
        ("just one column", "lacks"),
        ('"never closed', "can't be read"),
    ],
)
def test_a_header_that_can_not_be_read_in_one_way(header: str, match: str) -> None:
    """One fault says what is wrong with it, on its line, and nothing is read."""
    reading = read("", header, GOOD)
    (fault,) = reading.faults
    assert (match in str(fault), ()) == (True, reading.spans), fault


def test_a_column_that_the_caller_names_must_be_there() -> None:
    """The fault names it, and what the header has."""
    reading = read("Kunde,Seit", columns={"customer": "Kunde", "start": "Seit", "monthly_amount": "Betrag"})
    assert [(1, None, "Kunde, Seit")] == said(reading)
    assert "lacks betrag" in reading.faults[0].rule


def broken_files() -> list[Path]:
    """The broken files; beside each stand its faults."""
    return sorted(BROKEN.glob("*.csv"))


@pytest.mark.parametrize("path", broken_files(), ids=lambda path: path.stem)
def test_a_broken_file_gets_faults_that_name_the_place(path: Path) -> None:
    """Nothing is guessed, nothing becomes 0, and every fault says where, what, why, and what to do."""
    expected = path.with_suffix(".faults").read_text(encoding="utf-8")
    faults = read_csv(path, name=path.name).faults
    assert expected == "".join(f"{fault}\n" for fault in faults)
    with pytest.raises(InvalidInput) as refused:
        load_csv(path, name=path.name)
    assert faults == refused.value.faults


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252", "utf-8"])
def test_an_encoding_that_is_named_is_read(encoding: str, tmp_path: Path) -> None:
    """From a file and from a stream of bytes."""
    path = tmp_path / "f.csv"
    path.write_bytes("\n".join([DBT, GOOD.replace("acme", "Müller")]).encode(encoding))
    for source in (path, str(path), io.BytesIO(path.read_bytes())):
        (span,) = load_csv(source, encoding=encoding).spans
        assert "Müller" == span.customer


def test_bytes_that_end_too_early_are_one_fault() -> None:
    """The rows before them are read."""
    data = f"{DBT}\n{GOOD}\n".encode("utf-16") + b"s"
    reading = read_csv(io.BytesIO(data), encoding="utf-16")
    assert 1 == len(reading.faults)
    assert "can't be decoded" in reading.faults[0].rule


def test_a_row_in_the_middle_that_can_not_be_cut_into_cells() -> None:
    """The rows around it are read, and its lines are named."""
    reading = read(DBT, GOOD, 's2,"bo\nlt"x,2025-01-01,,19', "s3,cargo,2025-01-01,,19")
    assert [2, 5] == [span.line for span in reading.spans]
    assert [(3, None, None)] == said(reading)
    assert "lines 3 to 4 were not read" in reading.faults[0].rule


def test_a_quote_that_swallows_a_long_file_is_one_fault() -> None:
    """The csv module gives up after 131,072 characters; what follows is read again."""
    rows = [f"s{number},acme,2025-01-01,,49.00" for number in range(8_000)]
    reading = read(DBT, GOOD, 'x,"y', *rows)
    assert [(3, None, None)] == said(reading)
    assert 1_000 < len(reading.spans) < 8_000
    assert 8_003 == reading.spans[-1].line


def test_long_values_are_shown_in_part() -> None:
    """A fault stays readable."""
    ((_, _, value),) = said(read(DBT, "s1,acme," + "x" * 1_000 + ",,9"))
    assert value is not None
    assert 100 > len(value)


def test_repeated_rows_name_the_first_one() -> None:
    """Also where the first one had to wait; another plan or start is no repetition."""
    header = DBT + ",plan"
    rows = ["s1,acme,01/02/2025,,9,A", "s1,acme,2025-02-01,,9,A", "s1,acme,31/01/2025,,9,A", "s1,acme,31/01/2025,,9,B"]
    reading = read(header, *rows)
    assert [2, 4, 5] == [span.line for span in reading.spans]
    assert [(3, "subscription_id", "s1")] == said(reading)
    assert "repeats line 2" in reading.faults[0].rule


def test_an_end_that_leaves_no_day() -> None:
    """The first day without service can't be the first with it."""
    reading = read(DBT, "s1,acme,2025-01-02,2025-01-02,9", "s2,acme,2025-01-02,2025-01-01,9")
    assert [(2, "end_date", "2025-01-02"), (3, "end_date", "2025-01-01")] == said(reading)


def test_streams_are_read_as_they_are_and_left_open() -> None:
    """Of bytes and of text; their name, if they have one, is the source."""

    class Named(io.BytesIO):
        name = "stdin"

    for stream, source in ((Named(f"{DBT}\n{GOOD}".encode()), "stdin"), (io.StringIO(f"{DBT}\n{GOOD}"), "<stream>")):
        (span,) = read_csv(stream).spans
        assert (source, False) == (span.source, stream.closed)


def test_a_file_that_is_not_there() -> None:
    """The error is the operating system's."""
    with pytest.raises(FileNotFoundError):
        read_csv("no such file.csv")


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("decimal", "'"),
        ("timezone", "Middle-earth/Bree"),
        ("encoding", "morse"),
        ("encoding", "base64"),
        ("currency", "Taler"),
    ],
)
def test_arguments_that_make_no_sense(argument: str, value: str) -> None:
    """They are refused before anything is read, by name."""
    with pytest.raises(InvalidValue) as refused:
        read(DBT, **{argument: value})
    assert argument == refused.value.field


def test_progress_is_told_in_lines() -> None:
    """Now and then, and at the end."""
    told: list[int] = []
    read(DBT, *[f"s{number},acme,2025-01-01,,9" for number in range(25_000)], progress=told.append)
    assert [10_000, 20_000, 25_001] == told


def test_the_collector_runs_again_after_reading() -> None:
    """Also after an error, and only if it ran before."""
    read(DBT, GOOD)
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        read(DBT, GOOD, progress=lambda _: 1 // 0)
    assert gc.isenabled()
    gc.disable()
    try:
        read(DBT, GOOD)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("loud", [read_csv, load_csv])
def test_both_ways_to_read_give_the_same_of_a_good_file(loud: Callable[..., Reading]) -> None:
    """Strictness is what happens to faults, nothing else."""
    assert read(DBT, GOOD) == loud(io.StringIO(f"{DBT}\n{GOOD}"), name="f.csv")
