# Whole amounts are written as ints: 50 == Decimal(50), which mypy takes for a mistake.
# mypy: disable-error-code="comparison-overlap"
from __future__ import annotations

import io
from datetime import date
from decimal import ROUND_UP, Context, Decimal, localcontext

import pytest
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.errors import InvalidInput, InvalidPeriod, InvalidValue, MissingRate, SeveralCurrencies
from subscription_metrics.mrr.spans import Cancellation, Exclusion, ExclusionReason
from subscription_metrics.periods import Grain, Period
from subscription_metrics.quotients import Undefined
from subscription_metrics.rates import ConstantRates, MissingRatePolicy, RateTable

TRIAL = Exclusion(
    customer="ann",
    subscription="s0",
    plan="pro",
    reason=ExclusionReason.TRIALING,
    start=date(2024, 12, 20),
    end=date(2025, 1, 10),
    source="a.csv",
    line=2,
)
FACTS = [
    span("2025-01-10", "50", "2025-03-05", customer="ann", plan="basic", source="a.csv", line=3),
    span("2025-03-05", "80", customer="ann", plan="pro", source="a.csv", line=4),
    span("2025-01-15", "30", customer="bob", plan="basic", source="a.csv", line=5),
    span("2025-02-20", "90", "2025-05-20", customer="cat", recurring=False, source="a.csv", line=6),
]
BOOK = Book(FACTS, exclusions=(TRIAL,))


def test_mrr_is_that_of_the_last_day() -> None:
    """§2: “MRR of a period = MRR on its last day”, for any length of period."""
    expected = {
        "2025-02": 80,
        "2025-03": 110,
        "2025-03-04": 80,
        "2025-03-05": 110,
        "2025-Q1": 110,
        "2025": 110,
        "2024": 0,
    }
    assert expected == {label: BOOK.mrr(label) for label in expected}
    assert BOOK.mrr("2025-02") == BOOK.mrr(Period.parse("2025-02"))


def test_arr_is_twelve_times_mrr_to_the_last_digit() -> None:
    """§2: “`ARR = 12 × MRR` of ten thousand 100.00-a-year plans”: what is rounded once is rounded nowhere else."""
    spans = [span("2025-01-01", "8.33333333", customer=str(n)) for n in range(10_000)]
    assert Decimal("999999.99960000") == Book(spans).arr("2025-01")


def test_total_mrr_counts_what_does_not_recur_too() -> None:
    """§2: “count in *total* MRR, not in *recurring* MRR. Both are answered”; from its start to its end."""
    assert [(80, 170), (110, 200), (110, 110)] == [
        (BOOK.mrr(month), BOOK.total_mrr(month)) for month in ("2025-02", "2025-03", "2025-05")
    ]


def test_a_book_speaks_of_the_last_month_that_was_over() -> None:
    """§1: “Calculations never read the clock”: without `as_of`, the day is that of the latest start on record."""
    assert date(2025, 3, 5) == BOOK.day
    assert "2025-02" == str(BOOK.last_full())
    assert BOOK.mrr("2025-02") == BOOK.mrr()
    at_the_end = Book(FACTS, as_of=date(2025, 6, 30))
    assert ["2025-06", "2025-Q2", "2024", "2025-06-30"] == [
        str(at_the_end.last_full(grain)) for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.DAY)
    ]
    assert "2025-05" == str(Book(FACTS, as_of=date(2025, 6, 29)).last_full())


def test_the_window_is_everything_that_was_over() -> None:
    """From the first start to the last full period, unless said otherwise."""
    assert ["2025-01", "2025-02"] == [str(row.period) for row in BOOK.bridge()]
    assert ["2025-02", "2025-03"] == [str(row.period) for row in BOOK.bridge("2025-02", "2025-03")]
    assert ["2025-01", "2025-02", "2025-03"] == [str(row.period) for row in BOOK.bridge(last="2025-03")]
    assert ["2025-03"] == [str(row.period) for row in BOOK.bridge("2025-03")]


def test_periods_of_a_fiscal_year_are_read_with_its_start() -> None:
    """A label means what the book's calendar says: FY2025 ends with March."""
    fiscal = Book(FACTS, year_start=4)
    assert 110 == fiscal.mrr("FY2025") == fiscal.mrr("FY2025-Q4")
    with pytest.raises(InvalidPeriod):
        fiscal.mrr("2025-Q1")


SEVERAL = Book([span("2025-01-01", "50"), span("2025-01-01", "7", currency="EUR")])


def test_one_figure_of_several_currencies_is_refused() -> None:
    """§1: “Different currencies are never added.”: the error names them, and both ways out."""
    with pytest.raises(SeveralCurrencies, match=r"EUR, USD.*currency='EUR'.*in_currency"):
        SEVERAL.mrr("2025-01")
    assert (7, 50) == (SEVERAL.mrr("2025-01", currency="EUR"), SEVERAL.mrr("2025-01", currency="USD"))
    assert 600 == SEVERAL.arr("2025-01", currency="USD")
    assert 7 == SEVERAL.total_mrr("2025-01", currency="EUR")


def test_a_currency_that_is_not_in_the_book_is_refused() -> None:
    """The error says which there are."""
    with pytest.raises(InvalidValue, match="it answers in EUR, USD"):
        SEVERAL.bridge(currency="CHF")


def test_in_one_currency() -> None:
    """§1: “with rates and a reporting currency it answers in that one”, and in no other."""
    book = SEVERAL.in_currency("USD", ConstantRates({("EUR", "USD"): Decimal("1.10")}))
    assert ("USD",) == book.currencies
    assert Decimal("57.7") == book.mrr("2025-01") == book.total_mrr("2025-01")
    assert Decimal("692.4") == book.arr("2025-01")
    assert [Decimal("57.7")] == [row.closing for row in book.bridge("2025-01", "2025-01")]
    assert [("customer", Decimal("57.7"), 1)] == [
        (r.customer_id, r.mrr, r.share) for r in book.top_customers("2025-01")
    ]
    assert [("USD", 50), ("EUR", Decimal("7.7"))] == [(r.segment, r.mrr) for r in book.segments("currency", "2025-01")]
    with pytest.raises(InvalidValue, match="is not a currency of the book"):
        book.mrr("2025-01", currency="EUR")


def test_a_balance_is_valued_at_the_rate_of_its_day() -> None:
    """A rate of that day, by the policy of the table; a day without one is an error."""
    quoted = [(date(2025, 1, 31), "EUR", "USD", Decimal("1.10")), (date(2025, 2, 28), "EUR", "USD", Decimal("1.20"))]
    book = SEVERAL.in_currency("USD", RateTable(quoted, MissingRatePolicy.EXACT))
    assert (Decimal("57.7"), Decimal("58.4")) == (book.mrr("2025-01"), book.mrr("2025-02"))
    with pytest.raises(MissingRate, match="2025-03-31"):
        book.mrr("2025-03")


def test_top_customers() -> None:
    """The highest MRR first, equal ones by name, each with its share and that of all so far."""
    spans = [
        span("2025-01-01", amount, customer=name)
        for name, amount in (("a", "10"), ("c", "20"), ("b", "20"), ("d", "50"))
    ]
    top = Book(spans).top_customers("2025-01", n=3)
    expected = [("d", 50, Decimal("0.5"), Decimal("0.5")), ("b", 20, Decimal("0.2"), Decimal("0.7"))]
    expected += [("c", 20, Decimal("0.2"), Decimal("0.9"))]
    assert expected == [(row.customer_id, row.mrr, row.share, row.cumulative_share) for row in top]


def test_top_movers() -> None:
    """The largest movements first, up or down, in each currency."""
    spans = [
        span("2025-01-01", "50", "2025-02-10", customer="gone"),
        span("2025-02-10", "30", customer="came"),
        span("2025-02-10", "7", customer="euro", currency="EUR"),
        span("2025-02-10", "1", customer="small"),
    ]
    expected = [("euro", 7), ("gone", -50), ("came", 30)]
    assert expected == [(one.customer_id, one.amount) for one in Book(spans).top_movers("2025-02", n=2)]


def test_segments() -> None:
    """MRR and customers by a field, the largest first; what a span doesn't have is a segment without name."""
    found = [
        (row.segment, row.mrr, row.customers)
        for row in Book([*FACTS, span("2025-01-01", "5")]).segments("plan", "2025-03")
    ]
    assert [("pro", 80, 1), ("basic", 30, 1), (None, 5, 1)] == found


def test_a_segmentation_that_no_span_has_is_refused() -> None:
    """A typo would be one segment without name: the error says what there is."""
    book = Book([span("2025-01-01", "5", attributes={"country": "DE"})])
    assert ["DE"] == [row.segment for row in book.bridge("2025-01", by="country")]
    for ask in (lambda: book.bridge("2025-01", by="contry"), lambda: book.segments("contry", "2025-01")):
        with pytest.raises(InvalidValue, match="choose one of country, currency"):
            ask()


def test_churn_of_an_empty_base_is_undefined() -> None:
    """§1: “Undefined is a value with a reason: churn of an empty base is not 0, not NaN, not an exception”."""
    churn = {row.name: row for row in BOOK.metrics("2025-01")}["customer_churn"]
    assert Undefined("no customer was paying") == churn.value
    assert "no customer was paying" == churn.undefined


def test_who_pays_nothing_is_no_customer_of_any_rank() -> None:
    """A free span is in the book, in no sum and in no list."""
    free = Book([span("2025-01-01", "0")])
    assert 0 == free.mrr("2025-01")
    assert [] == list(free.top_customers("2025-01"))


def test_every_fact_of_a_customer_is_explained() -> None:
    """§2: “so that “why is this customer not in MRR?” always has an answer”: fact by fact, with the rows."""
    expected = [
        ("left out: trialing", 0, "a.csv:2"),
        ("counted: in service on 2025-02-28, ends on 2025-03-05", 50, "a.csv:3"),
        ("left out: starts on 2025-03-05, after 2025-02-28", 0, "a.csv:4"),
    ]
    assert expected == [(row.why, row.mrr, row.origin) for row in BOOK.explain("ann", "2025-02")]


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (span("2025-01-01", "5"), "counted: in service on 2025-02-28"),
        (span("2025-01-01", "5", "2025-02-28"), "left out: ended on 2025-02-28"),
        (
            span("2025-01-01", "5", "2025-02-28", cancellation=Cancellation("too expensive")),
            "left out: ended on 2025-02-28 (too expensive)",
        ),
        (span("2025-01-01", "0"), "left out: free"),
        (span("2025-01-01", "5", recurring=False), "left out: does not recur, counted in total MRR only"),
    ],
)
def test_why_a_fact_is_counted_or_not(fact: object, why: str) -> None:
    """The first rule that holds is the answer, and what is counted is what `mrr` adds up."""
    book = Book([fact])  # type: ignore[list-item]  # the table of cases has spans only
    (row,) = book.explain("customer", "2025-02")
    assert why == row.why
    assert book.mrr("2025-02") == row.mrr


def test_an_unknown_customer_is_refused() -> None:
    """An id that is spelled otherwise is another id."""
    with pytest.raises(InvalidValue, match="is not in the book"):
        BOOK.explain("Ann")


def test_an_empty_book_says_what_it_needs() -> None:
    """It has no period of its own; asked for one, it answers that there is nothing."""
    with pytest.raises(InvalidValue, match="is empty, so it has no period"):
        Book([]).bridge()
    assert [] == list(Book([]).bridge("2025-01", "2025-02"))
    assert 0 == Book([], as_of=date(2025, 1, 31)).mrr() == Book([]).mrr("2025-01")


def test_a_book_is_a_value_that_nobody_changes() -> None:
    """The list it was made of may change, and its answers in other currencies are other books."""
    facts = list(FACTS)
    book = Book(facts)
    facts.clear()
    converted = book.in_currency("EUR", ConstantRates({("USD", "EUR"): Decimal(2)}))
    assert 80 == book.mrr("2025-02")
    assert 160 == converted.mrr("2025-02")
    assert 80 == book.mrr("2025-02")


def test_answers_don_t_hang_on_the_decimal_context_of_the_caller() -> None:
    """§1: “Nothing is rounded on the way”, not by a context of two digits that rounds up either."""
    book = SEVERAL.in_currency("USD", ConstantRates({("EUR", "USD"): Decimal("1.23456789")}))
    expected = [
        str(book.bridge("2025-01").to_dicts()),
        str(book.metrics("2025-01").to_dicts()),
        str(book.mrr("2025-01")),
    ]
    with localcontext(Context(prec=2, rounding=ROUND_UP)):
        actual = [
            str(book.bridge("2025-01").to_dicts()),
            str(book.metrics("2025-01").to_dicts()),
            str(book.mrr("2025-01")),
        ]
    assert expected == actual


def test_a_book_shows_itself() -> None:
    """In a shell what it holds, in a notebook its bridge."""
    assert "<Book of 4 spans in USD>" == repr(BOOK)
    assert BOOK.bridge()._repr_html_() == BOOK._repr_html_()
    assert "<Book of 0 spans in no currency>" == repr(Book([]))


def test_a_book_from_a_file_or_all_that_is_wrong_with_it() -> None:
    """Good rows are spans with their lines; bad ones are refused together."""
    header = "subscription_id,customer_id,start_date,end_date,monthly_amount\n"
    book = Book.from_csv(io.StringIO(f"{header}s1,ann,2025-01-01,,50\n"), name="a.csv", as_of=date(2025, 1, 31))
    assert (50, "a.csv:2") == (book.mrr(), book.spans[0].origin)
    with pytest.raises(InvalidInput) as caught:
        Book.from_csv(io.StringIO(f"{header}s1,ann,2025-01-01,,lots\ns2,,2025-01-01,,50\n"), name="a.csv")
    assert [2, 3] == [fault.line for fault in caught.value.faults]


def test_top_movers_are_ranked_whatever_the_decimal_context_of_the_thread() -> None:
    """House rule: `abs` and a minus sign round to the caller's precision, and 104 would rank like 101."""
    book = Book([span("2025-01-01", "101", customer="a"), span("2025-01-01", "104", customer="b")])
    with localcontext(prec=1):
        assert ["b", "a"] == [one.customer_id for one in book.top_movers("2025-01")]
