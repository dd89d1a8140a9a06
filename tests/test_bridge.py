# Whole amounts are written as ints: 50 == Decimal(50), which mypy takes for a mistake.
# mypy: disable-error-code="comparison-overlap"
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.errors import InvalidPeriod, MissingRate
from subscription_metrics.mrr.bridge import BridgeRow, View, foot
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.mrr.spans import Level
from subscription_metrics.periods import Grain, Period
from subscription_metrics.rates import MissingRatePolicy, RateTable

if TYPE_CHECKING:
    from collections.abc import Iterable

FLOWS = ("new", "expansion", "reactivation", "contraction", "lost", "fx")
COUNTS = tuple(f"{name}_customers" for name in ("opening", *FLOWS[:-1], "closing"))


def amounts(rows: Iterable[BridgeRow]) -> str:
    """Rows as text: period, opening, the movements, closing."""
    return "\n".join(
        " ".join([str(row.period), *(f"{getattr(row, name):.2f}" for name in ("opening", *FLOWS, "closing"))])
        for row in rows
    )


def counts(rows: Iterable[BridgeRow]) -> str:
    """Rows as text: period, opening count, the movements, closing count."""
    return "\n".join(" ".join(map(str, [row.period, *(getattr(row, name) for name in COUNTS)])) for row in rows)


def table(text: str) -> str:
    """A table written for the eye, with single blanks."""
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


# ann grows, shrinks and goes; bob comes, goes and comes back; cat visits for nine days of February.
STORY = [
    span("2024-12-10", "50", "2025-02-10", customer="ann"),
    span("2025-02-10", "80", "2025-03-15", customer="ann"),
    span("2025-03-15", "60", "2025-04-01", customer="ann"),
    span("2025-01-20", "30", "2025-02-20", customer="bob"),
    span("2025-04-05", "40", customer="bob"),
    span("2025-02-03", "10", "2025-02-12", customer="cat"),
]


def test_a_monthly_bridge_in_the_net_view() -> None:
    """Closes of months compared: cat was never there, ann's loss on 1 April is April's."""
    expected = """
        2025-01    50.00  30.00   0.00   0.00    0.00    0.00  0.00  80.00
        2025-02    80.00   0.00  30.00   0.00    0.00  -30.00  0.00  80.00
        2025-03    80.00   0.00   0.00   0.00  -20.00    0.00  0.00  60.00
        2025-04    60.00   0.00   0.00  40.00    0.00  -60.00  0.00  40.00
    """
    assert table(expected) == amounts(Book(STORY).bridge("2025-01", "2025-04"))


def test_a_monthly_bridge_in_the_gross_view() -> None:
    """Days compared and added up: cat is new and lost in February, the closes are the same."""
    expected = """
        2025-01    50.00  30.00   0.00   0.00    0.00    0.00  0.00  80.00
        2025-02    80.00  10.00  30.00   0.00    0.00  -40.00  0.00  80.00
        2025-03    80.00   0.00   0.00   0.00  -20.00    0.00  0.00  60.00
        2025-04    60.00   0.00   0.00  40.00    0.00  -60.00  0.00  40.00
    """
    assert table(expected) == amounts(Book(STORY).bridge("2025-01", "2025-04", view=View.GROSS))


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (View.NET, "2025-01 1 1 0 0 0 0 2\n2025-02 2 0 1 0 0 1 1\n2025-03 1 0 0 0 1 0 1\n2025-04 1 0 0 1 0 1 1"),
        (View.GROSS, "2025-01 1 1 0 0 0 0 2\n2025-02 2 1 1 0 0 2 1\n2025-03 1 0 0 0 1 0 1\n2025-04 1 0 0 1 0 1 1"),
    ],
)
def test_the_counts_beside_the_amounts(view: View, expected: str) -> None:
    """§3: “Counts obey the same identity.”: opening, new, expansion, reactivation, contraction, lost, closing."""
    assert expected == counts(Book(STORY).bridge("2025-01", "2025-04", view=view))


def test_quarters() -> None:
    """Closes of quarters: what ann did in between is one expansion less one contraction, and bob was never there."""
    expected = """
        2024-Q4     0.00  50.00   0.00   0.00    0.00    0.00  0.00  50.00
        2025-Q1    50.00   0.00  10.00   0.00    0.00    0.00  0.00  60.00
        2025-Q2    60.00  40.00   0.00   0.00    0.00  -60.00  0.00  40.00
    """
    assert table(expected) == amounts(Book(STORY).bridge("2024-Q4", "2025-Q2"))


def test_weeks() -> None:
    """ISO weeks, from Monday to Sunday: cat starts on a Monday and is gone on the Wednesday of the week after."""
    expected = """
        2025-W05   80.00   0.00   0.00   0.00    0.00    0.00  0.00  80.00
        2025-W06   80.00  10.00   0.00   0.00    0.00    0.00  0.00  90.00
        2025-W07   90.00   0.00  30.00   0.00    0.00  -10.00  0.00 110.00
        2025-W08  110.00   0.00   0.00   0.00    0.00  -30.00  0.00  80.00
    """
    assert table(expected) == amounts(Book(STORY).bridge("2025-W05", "2025-W08"))


def test_days() -> None:
    """The end is the first day without service: bob pays on the 19th and no longer on the 20th."""
    expected = """
        2025-02-19  110.00   0.00   0.00   0.00    0.00    0.00  0.00 110.00
        2025-02-20  110.00   0.00   0.00   0.00    0.00  -30.00  0.00  80.00
    """
    assert table(expected) == amounts(Book(STORY).bridge("2025-02-19", "2025-02-20"))


def test_fiscal_years() -> None:
    """§3: “with a fiscal year that may start in any month”: years from April; bob and cat are not seen."""
    expected = """
        FY2025      0.00  60.00   0.00   0.00    0.00    0.00  0.00  60.00
        FY2026     60.00  40.00   0.00   0.00    0.00  -60.00  0.00  40.00
    """
    assert table(expected) == amounts(Book(STORY, year_start=4).bridge("FY2025", "FY2026"))


def test_fiscal_quarters_start_where_the_year_does() -> None:
    """Years from February: the first quarter ends with April."""
    rows = Book(STORY, year_start=2).bridge("FY2026-Q1", "FY2026-Q1").rows
    assert [(date(2025, 2, 1), date(2025, 4, 30))] == [(row.period.start, row.period.last_day) for row in rows]
    assert [(80, 40)] == [(row.opening, row.closing) for row in rows]


def test_a_window_in_the_middle_of_history_opens_with_what_was_there() -> None:
    """Who pays from before is the opening, not new; who paid before is back, not new."""
    (row,) = Book(STORY).bridge("2025-04", "2025-04")
    assert (60, 40, 0) == (row.opening, row.reactivation, row.new)


def test_a_window_before_and_after_everything() -> None:
    """Nothing has happened yet: zeros; nothing happens any more: the last close stays."""
    before, after = Book(STORY).bridge("2023-01", "2023-02"), Book(STORY).bridge("2030-01", "2030-02")
    assert [(0, 0), (0, 0)] == [(row.opening, row.closing) for row in before]
    assert [(40, 40), (40, 40)] == [(row.opening, row.closing) for row in after]


def test_a_window_runs_forward_and_has_one_grain() -> None:
    """Periods that don't make a window are refused."""
    with pytest.raises(InvalidPeriod, match="must not be before 2025-04"):
        Book(STORY).bridge("2025-04", "2025-01")


def test_a_coarser_grain_takes_the_periods_that_hold_the_window() -> None:
    """From February to May in quarters is from the first to the second."""
    assert ["2025-Q1", "2025-Q2"] == [
        str(row.period) for row in Book(STORY).bridge("2025-02", "2025-05", grain=Grain.QUARTER)
    ]


def test_segments_have_bridges_of_their_own() -> None:
    """§3: “in every segment”: one bridge for each value, from its spans alone; those without a value come last."""
    spans = [
        span("2025-01-01", "50", "2025-02-01", customer="ann", plan="basic"),
        span("2025-02-01", "80", customer="ann", plan="pro"),
        span("2025-01-01", "5", customer="bob"),
    ]
    rows = Book(spans).bridge("2025-02", "2025-02", by="plan")
    expected = [("basic", 50, 0, -50, 0), ("pro", 0, 80, 0, 80), (None, 5, 0, 0, 5)]
    assert expected == [(row.segment, row.opening, row.new, row.lost, row.closing) for row in rows]


def test_currencies_have_bridges_of_their_own() -> None:
    """§1: “Without exchange rates a book with several currencies answers per currency”."""
    spans = [span("2025-01-01", "50", currency="USD"), span("2025-01-01", "7", currency="EUR")]
    assert [("EUR", 7), ("USD", 50)] == [
        (row.currency, row.closing) for row in Book(spans).bridge("2025-01", "2025-01")
    ]


@pytest.mark.parametrize(
    ("level", "expected"), [(Level.CUSTOMER, (2, 0)), (Level.SUBSCRIPTION, (3, 1)), (Level.PARENT, (1, 0))]
)
def test_levels_count_what_they_are_named_after(level: Level, expected: tuple[int, int]) -> None:
    """The same MRR; a subscription that ends beside others is lost at its own level only."""
    spans = [
        span("2025-01-01", "50", customer="ann", subscription="a1", parent="group"),
        span("2025-01-01", "20", "2025-02-05", customer="ann", subscription="a2", parent="group"),
        span("2025-01-01", "30", customer="bob", subscription="b1", parent="group"),
    ]
    (row,) = Book(spans).bridge("2025-02", "2025-02", level=level)
    assert expected == (row.opening_customers, row.lost_customers)
    assert (100, 80) == (row.opening, row.closing)


# One euro was 1.00 dollars at the close of January, 1.10 of February and 1.20 of March.
RATES = RateTable(
    [
        (date(2025, 1, 31), "EUR", "USD", Decimal("1.00")),
        (date(2025, 2, 28), "EUR", "USD", Decimal("1.10")),
        (date(2025, 3, 31), "EUR", "USD", Decimal("1.20")),
    ],
    MissingRatePolicy.EXACT,
)

IN_EUR = [
    span("2025-01-01", "100", "2025-03-10", customer="ann", currency="EUR"),
    span("2025-03-10", "150", customer="ann", currency="EUR"),
    span("2025-02-05", "20", "2025-03-20", customer="bob", currency="EUR"),
    span("2025-01-01", "7", customer="cat", currency="USD"),
]


@pytest.mark.parametrize("view", View)
def test_moving_rates_are_a_line_of_their_own(view: View) -> None:
    """§3: “revaluation of the opening balance at the new rate; the other movements are at the rate of the period”.

    February: 100 EUR gain 0.10 each, 20 EUR come at 1.10. March: 120 EUR gain 0.10 each, 50 EUR come and 20 go at 1.20.
    """
    expected = """
        2025-02  107.00  22.00   0.00   0.00    0.00    0.00  10.00 139.00
        2025-03  139.00   0.00  60.00   0.00    0.00  -24.00  12.00 187.00
    """
    assert table(expected) == amounts(Book(IN_EUR).in_currency("USD", RATES).bridge("2025-02", "2025-03", view=view))


@pytest.mark.parametrize("view", View)
def test_a_revaluation_is_a_movement_of_a_customer_before_the_others(view: View) -> None:
    """Ann's 100 EUR are worth 110 and then 120 dollars, before 50 more EUR make them 180."""
    found = Book(IN_EUR).in_currency("USD", RATES).movements("2025-02", "2025-03", view=view)
    expected = [
        (MovementKind.FX, 100, 10, 110),
        (MovementKind.FX, 110, 10, 120),
        (MovementKind.EXPANSION, 120, 60, 180),
    ]
    assert expected == [(one.kind, one.opening, one.amount, one.closing) for one in found if one.customer_id == "ann"]


def test_a_move_to_another_currency_is_compared_in_the_reporting_one() -> None:
    """§1: “with rates and a reporting currency it answers in that one”: the same worth is no movement."""
    moving = [span("2025-01-01", "11", "2025-02-15", currency="USD"), span("2025-02-15", "10", currency="EUR")]
    assert [] == list(Book(moving).in_currency("USD", RATES).movements("2025-02"))


def test_a_missing_rate_is_an_error() -> None:
    """The policy of the table is the book's: no rate is invented."""
    with pytest.raises(MissingRate, match="2025-04-30"):
        Book(IN_EUR).in_currency("USD", RATES).bridge("2025-04", "2025-04")


def row(currency: str = "USD", **lines: str) -> BridgeRow:
    """A row of January with the given amounts and no counts; opening and the movements make the closing."""
    given: dict[str, Any] = {name: Decimal(lines.get(name, "0")) for name in ("opening", *FLOWS)}
    given |= {"closing": sum(given.values(), Decimal(0)), **dict.fromkeys(COUNTS, 0)}
    return BridgeRow(period=Period.parse("2025-01"), currency=currency, segment=None, **given)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ({"opening": "0.004", "new": "0.004"}, "0.00 0.01 0.00 0.00 0.00 0.00 0.00 0.01"),
        ({"new": "0.333", "expansion": "0.333", "fx": "0.334"}, "0.00 0.33 0.33 0.00 0.00 0.00 0.34 1.00"),
        ({"new": "0.335", "expansion": "0.336", "fx": "0.329"}, "0.00 0.33 0.34 0.00 0.00 0.00 0.33 1.00"),
        ({"opening": "1.005", "lost": "-1.005"}, "1.01 0.00 0.00 0.00 0.00 -1.01 0.00 0.00"),
        ({"opening": "1", "contraction": "-0.006", "lost": "-0.003"}, "1.00 0.00 0.00 0.00 -0.01 0.00 0.00 0.99"),
    ],
)
def test_a_row_that_is_rounded_still_adds_up(exact: dict[str, str], rounded: str) -> None:
    """§3: “cents are placed by largest remainder”, on the movements; balances are rounded half up."""
    assert f"2025-01 {rounded}" == amounts(foot([row(**exact)]))


def test_rounding_goes_to_the_minor_units_of_the_currency() -> None:
    """Yen have none, dinars have three."""
    assert [(Decimal(11), Decimal(11))] == [(one.new, one.closing) for one in foot([row("JPY", new="10.5")])]
    assert [Decimal("10.556")] == [one.closing for one in foot([row("KWD", new="10.5555")])]


def test_a_bridge_for_reading_is_rounded_and_one_for_programs_is_exact() -> None:
    """A year of 100.00 is 8.33333333 a month: three of them are 25.00 to people, and not quite to programs."""
    spans = [span("2025-01-01", "8.33333333", customer=str(n)) for n in range(3)]
    bridge = Book(spans).bridge("2025-01", "2025-01")
    assert [Decimal("24.99999999")] == [one.closing for one in bridge]
    assert [Decimal("25.00")] == [one.closing for one in bridge.for_reading()]
