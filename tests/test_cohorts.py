from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from subscription_metrics.analyses.retention import lifetime_values
from subscription_metrics.book import Book
from subscription_metrics.cohorts.curves import Weighting, average_curve
from subscription_metrics.cohorts.membership import SizeBands
from subscription_metrics.cohorts.tables import CohortMeasure, Shape
from subscription_metrics.errors import FloatAmount, InvalidPeriod, InvalidValue
from subscription_metrics.exporters import write_csv
from subscription_metrics.mrr.spans import Span
from subscription_metrics.periods import Grain, Period
from subscription_metrics.rates import MissingRatePolicy, RateTable

if TYPE_CHECKING:
    from pathlib import Path

    from subscription_metrics.cohorts.tables import CohortTable


def span(customer: str, amount: str, start: date, end: date | None = None, **more: Any) -> Span:  # noqa: ANN401  # the other fields of a span
    """One span of a customer's only subscription."""
    return Span(
        customer=customer,
        subscription=f"{customer}/1",
        monthly_amount=Decimal(amount),
        currency="USD",
        start=start,
        end=end,
        **more,
    )


JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))

SPANS = (
    span("ann", "100", JAN, plan="basic"),
    span("bob", "50", JAN, MAR, plan="pro"),
    span("bob", "80", APR, plan="basic"),
    span("cat", "200", FEB, MAR, plan="pro"),
    span("dan", "100", FEB, date(2025, 2, 20)),
    span("eve", "10", APR, plan="basic"),
    span("eve", "20", APR, plan="pro"),
)
"""Ann stays; Bob leaves and comes back with more; Cat leaves; Dan is there at no close; Eve joins with two plans."""

BOOK = Book(SPANS, as_of=date(2025, 4, 30))


def cells(table: CohortTable) -> dict[str, list[str]]:
    """The cells of a table by label of the cohort, and segment if there are any."""
    return {
        f"{one.period}{'' if one.segment is None else f' {one.segment}'}": list(map(str, one.cells))
        for one in table.cohorts
    }


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (CohortMeasure.CUSTOMERS, {"2025-01": ["2", "2", "1", "2"], "2025-02": ["1", "0", "0"], "2025-04": ["1"]}),
        (
            CohortMeasure.MRR,
            {
                "2025-01": ["150.00", "150.00", "100.00", "180.00"],
                "2025-02": ["200.00", "0.00", "0.00"],
                "2025-04": ["30.00"],
            },
        ),
        (
            CohortMeasure.CUSTOMER_RETENTION,
            {"2025-01": ["1", "1", "0.5", "1"], "2025-02": ["1", "0", "0"], "2025-04": ["1"]},
        ),
        (
            CohortMeasure.NET_RETENTION,
            {
                "2025-01": ["1", "1", "0.6666666666666666666666666667", "1.2"],
                "2025-02": ["1", "0", "0"],
                "2025-04": ["1"],
            },
        ),
        (
            CohortMeasure.GROSS_RETENTION,
            {
                "2025-01": ["1", "1", "0.6666666666666666666666666667", "1"],
                "2025-02": ["1", "0", "0"],
                "2025-04": ["1"],
            },
        ),
        (
            CohortMeasure.CUMULATIVE_PER_HEAD,
            {"2025-01": ["75", "150", "200", "290"], "2025-02": ["200", "200", "200"], "2025-04": ["30"]},
        ),
    ],
)
def test_every_measure_by_hand(measure: CohortMeasure, expected: dict[str, list[str]]) -> None:
    """March has no row, because nobody joined; those who are lost are 0; May has no cell, because it has not ended."""
    assert expected == cells(BOOK.cohorts(measure=measure))


def test_a_window_of_cohorts_ends_with_its_last() -> None:
    """January alone, February alone; a quarter holds the cohorts of its months."""
    windows = {"2025-01": ["2025-01"], "2025-02": ["2025-02"], "2025-Q1": ["2025-01", "2025-02"]}
    for ends, expected in windows.items():
        assert expected == list(cells(BOOK.cohorts(ends, ends, grain=Grain.MONTH)))


def test_a_rising_currency_retains_nobody() -> None:
    """Ann pays 100.00 dollars throughout and Bob leaves: half is kept, whatever the dollar does; MRR is in euros."""
    spans = [span("ann", "100", JAN), span("bob", "100", JAN, FEB)]
    rates = RateTable(
        [(JAN, "USD", "EUR", Decimal("0.5")), (FEB, "USD", "EUR", Decimal(2))], MissingRatePolicy.LAST_KNOWN
    )
    book = Book(spans, as_of=date(2025, 2, 28)).in_currency("EUR", rates)
    expected = {
        CohortMeasure.MRR: ["100.00", "200.00"],
        CohortMeasure.NET_RETENTION: ["1", "0.5"],
        CohortMeasure.GROSS_RETENTION: ["1", "0.5"],
        CohortMeasure.CUSTOMER_RETENTION: ["1", "0.5"],
    }
    assert expected == {measure: cells(book.cohorts(measure=measure))["2025-01"] for measure in expected}
    assert expected[CohortMeasure.NET_RETENTION] == cells(book.cohorts(by="currency"))["2025-01 USD"]


def test_a_quarter_brings_three_months_of_its_mrr() -> None:
    """Cumulative MRR is money, whatever the grain."""
    table = Book(SPANS, as_of=date(2025, 6, 30)).cohorts(measure=CohortMeasure.CUMULATIVE_PER_HEAD, grain=Grain.QUARTER)
    assert {
        "2025-Q1": ["300", "840"],
        "2025-Q2": [
            "55",
        ],
    } != cells(table)
    assert ["300", "600"] == cells(table)["2025-Q1"]


def test_the_plan_at_entry_is_the_one_that_pays_most() -> None:
    """Eve's 20.00 of pro, not her 10.00 of basic; Bob's pro, though he came back to basic."""
    expected = {
        "2025-01 basic": ["1", "1", "1", "1"],
        "2025-01 pro": ["1", "1", "0", "1"],
        "2025-02 pro": ["1", "0", "0"],
        "2025-04 pro": ["1"],
    }
    assert expected == cells(BOOK.cohorts(measure=CohortMeasure.CUSTOMERS, by="plan"))
    assert ["basic", "pro", "pro", "pro"] == [
        one.segment for one in BOOK.cohorts(measure=CohortMeasure.CUSTOMERS, by="plan").cohorts
    ]


def test_those_who_join_alike_are_one_cohort() -> None:
    """Three on one plan, one of whom leaves: two thirds stay."""
    spans = [
        span("ann", "10", JAN, plan="pro"),
        span("bob", "20", JAN, plan="pro"),
        span("cat", "30", JAN, FEB, plan="pro"),
    ]
    (one,) = Book(spans, as_of=date(2025, 2, 28)).cohorts(measure=CohortMeasure.CUSTOMER_RETENTION, by="plan").cohorts
    assert (3, Decimal(60), "pro") == (one.size, one.opening, one.segment)
    assert ["1", "0.6666666666666666666666666667"] == list(map(str, one.cells))


def test_bands_are_those_of_the_mrr_at_entry() -> None:
    """A bound belongs to the band that begins with it."""
    table = BOOK.cohorts(measure=CohortMeasure.CUSTOMERS, by=SizeBands((Decimal(50), Decimal(200))))
    assert {
        "2025-04 1: below 50",
        "2025-01 2: 50 to below 200",
        "2025-02 3: 200 and more",
    } == set(cells(table))


def test_bands_are_in_the_currency_of_the_answer() -> None:
    """100.00 dollars at 0.50 are 50.00 euros."""
    rates = RateTable([(JAN, "USD", "EUR", Decimal("0.50"))], MissingRatePolicy.LAST_KNOWN)
    table = (
        Book([span("ann", "100", JAN), span("bob", "99.99", JAN)], as_of=date(2025, 1, 31))
        .in_currency("EUR", rates)
        .cohorts(measure=CohortMeasure.CUSTOMERS, by=SizeBands((Decimal(50), Decimal(100))))
    )
    assert {"2025-01 1: below 50": ["1"], "2025-01 2: 50 to below 100": ["1"]} == cells(table)


def test_many_bands_sort_by_size() -> None:
    """The tenth after the ninth, and not after the first."""
    bounds = tuple(map(Decimal, range(10, 100, 10)))
    spans = [span(f"c{amount}", str(amount), JAN) for amount in range(5, 105, 10)]
    table = Book(spans, as_of=date(2025, 1, 31)).cohorts(measure=CohortMeasure.CUSTOMERS, by=SizeBands(bounds))
    expected = ["01: below 10", *(f"{at + 1:02}: {at * 10} to below {at * 10 + 10}" for at in range(1, 9))]
    assert [*expected, "10: 90 and more"] == [one.segment for one in table.cohorts]


def test_a_window_of_cohorts_runs_forward() -> None:
    """No table without a word."""
    with pytest.raises(InvalidPeriod, match=r"last must not be before 2025-02.*exchange the two"):
        BOOK.cohorts("2025-02", "2025-01")


def test_cohorts_come_by_currency_then_segment() -> None:
    """What has no segment comes last in its currency."""
    spans = [
        evolve(span("cat", "1", JAN), currency="EUR"),
        span("ann", "1", JAN, plan="pro"),
        span("bob", "1", FEB, plan="basic"),
        evolve(span("dan", "1", FEB, plan="pro"), currency="EUR"),
    ]
    table = Book(spans, as_of=date(2025, 2, 28)).cohorts(by="plan")
    expected = [("EUR", "pro"), ("EUR", None), ("USD", "basic"), ("USD", "pro")]
    assert expected == [(one.currency, one.segment) for one in table.cohorts]


@pytest.mark.parametrize("bounds", [(), (Decimal(0),), (Decimal(2), Decimal(1)), (Decimal(1), Decimal(1))])
def test_bounds_ascend_from_above_0(bounds: tuple[Decimal, ...]) -> None:
    """Else a band would hold nobody."""
    with pytest.raises(InvalidValue, match="bounds must be one or more amounts above 0"):
        SizeBands(bounds)


def test_bounds_are_no_floats() -> None:
    """As everywhere."""
    with pytest.raises(FloatAmount):
        SizeBands((1.5,))  # type: ignore[arg-type]  # the mistake under test


def test_a_typo_is_no_segment() -> None:
    """A segmentation by what no span has would put everybody under no name."""
    with pytest.raises(InvalidValue, match="neither a field nor an attribute"):
        BOOK.cohorts(by="contry")


def test_a_cell_leads_to_its_customers() -> None:
    """Lost ones included."""
    rows = BOOK.cohort_members("2025-01", 2)
    assert [("ann", Decimal(100), Decimal(100)), ("bob", Decimal(50), Decimal(0))] == [
        (row.customer_id, row.opening, row.mrr) for row in rows
    ]


@pytest.mark.parametrize("age", [-1, 4])
def test_a_blank_cell_has_no_customers_yet(age: int) -> None:
    """Its period has not ended; or it would lie before the cohort."""
    with pytest.raises(InvalidPeriod, match="age must be a period that has ended"):
        BOOK.cohort_members("2025-01", age)


def test_rectangles() -> None:
    """As wide as the youngest cohort, or as wide as was asked for, without those that are younger."""
    table = BOOK.cohorts(measure=CohortMeasure.CUSTOMERS)
    assert {"2025-01": ["2"], "2025-02": ["1"], "2025-04": ["1"]} == cells(table.shaped(Shape.RECTANGULAR))
    assert {"2025-01": ["2", "2"], "2025-02": ["1", "0"]} == cells(table.shaped(Shape.RECTANGULAR, 2))
    assert {"2025-01": ["2", "2"], "2025-02": ["1", "0"], "2025-04": ["1"]} == cells(table.shaped(Shape.TRIANGULAR, 2))
    with pytest.raises(InvalidValue, match="ages must be an int above 0"):
        table.shaped(Shape.TRIANGULAR, 0)


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        (Weighting.SIZE, "0.6666666666666666666666666667"),
        (Weighting.OPENING, "0.4285714285714285714285714286"),
        (Weighting.SIMPLE, "0.5"),
    ],
)
def test_the_average_of_a_column_by_hand(weighting: Weighting, expected: str) -> None:
    """At age 1: 100 % of two customers with 150.00, 0 % of one with 200.00; the cohort that lost everybody counts."""
    curve = average_curve(BOOK.cohorts(measure=CohortMeasure.CUSTOMER_RETENTION), weighting, least=2)
    assert (expected, 2) == (str(curve[1].value), curve[1].cohorts)
    assert ["fewer than 2 cohorts are that old"] == [point.undefined for point in curve if point.cohorts == 1]
    with pytest.raises(InvalidValue, match="least must be 1 or more"):
        average_curve(BOOK.cohorts(), least=0)


def test_rows_are_what_exporters_take(tmp_path: Path) -> None:
    """One for each cell, with the period at whose close it was counted."""
    file = tmp_path / "cohorts.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        write_csv(BOOK.cohorts(measure=CohortMeasure.MRR).rows(), stream)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert "cohort,currency,segment,size,age,period,measure,value,unit" == lines[0]
    assert "2025-01,USD,,2,2,2025-03,mrr,100.00,currency per month" == lines[3]
    assert 9 == len(lines)


def test_as_text() -> None:
    """Aligned, blank where nothing is known, and without colours unless they are asked for."""
    expected = """Cohorts: customer retention

cohort   customers  month 0      1     2      3
-------  ---------  -------  -----  ----  -----
2025-01          2    100 %  100 %  50 %  100 %
2025-02          1    100 %    0 %   0 %
2025-04          1    100 %"""
    table = BOOK.cohorts(measure=CohortMeasure.CUSTOMER_RETENTION)
    assert expected == str(table)
    coloured = table.coloured()
    assert expected == re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert 6 == coloured.count("\x1b[0m")


def test_as_html() -> None:
    """A coloured cell for each value, an empty one for each blank; what comes from outside is escaped."""
    table = Book([span("<b>", "5", JAN, plan="<script>")], as_of=date(2025, 2, 28)).cohorts(
        measure=CohortMeasure.MRR, by="plan"
    )
    html = table.heatmap()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert 2 == html.count('<td class="s10">5.00</td>')
    assert 4 == BOOK.cohorts(measure=CohortMeasure.CUSTOMERS).heatmap().count("<td></td>")
    assert table._repr_html_() == html


def test_no_cohort_draws_nothing() -> None:
    """Before the first month has ended."""
    table = Book(SPANS, as_of=date(2025, 1, 15)).cohorts()
    assert () == table.cohorts
    assert str(table).endswith("(no cohorts)")
    assert "<tbody>" in table.heatmap()
    assert [] == list(average_curve(table))


def test_fiscal_years() -> None:
    """Cohorts keep the calendar of the book."""
    table = Book(SPANS, as_of=date(2025, 6, 30), year_start=7).cohorts(
        measure=CohortMeasure.CUSTOMERS, grain=Grain.YEAR
    )
    assert [Period.parse("FY2025", 7)] == [one.period for one in table.cohorts]


@pytest.mark.parametrize(("currency", "read", "written"), [("USD", "502.50", "502.50"), ("JPY", "502", "502.5")])
def test_the_worth_of_a_customer_is_an_amount(currency: str, read: str, written: str) -> None:
    """Read in the minor units of its currency; written with all of its digits, and at least with these."""
    book = Book([evolve(span("ann", "100.5", JAN), currency=currency)], as_of=date(2025, 5, 31))
    values = lifetime_values(book)
    assert f"observed {read} " in " ".join(str(values.select("method", "value")).split())
    stream = StringIO()
    write_csv(values, stream)
    assert f"{currency},observed,{written},currency per customer," in stream.getvalue()


@pytest.mark.parametrize(
    ("currencies", "measure", "expected"),
    [
        (("USD",), CohortMeasure.MRR, "Cohorts: MRR · USD"),
        (("XXX",), CohortMeasure.CUMULATIVE_PER_HEAD, "Cohorts: cumulative per head · currency not stated"),
        (("EUR", "USD"), CohortMeasure.MRR, "Cohorts: MRR"),
        (("USD",), CohortMeasure.CUSTOMERS, "Cohorts: customers"),
        ((), CohortMeasure.MRR, "Cohorts: MRR"),
    ],
)
def test_amounts_say_their_currency(currencies: tuple[str, ...], measure: CohortMeasure, expected: str) -> None:
    """Once, above the table; where there are several, each row says its own."""
    spans = [evolve(span(code, "100", JAN), currency=code) for code in (currencies or ("USD",))]
    as_of = date(2025, 3, 31) if currencies else date(2025, 1, 15)
    assert expected == Book(spans, as_of=as_of).cohorts(measure=measure).title
