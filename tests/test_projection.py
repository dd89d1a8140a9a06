from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from attrs import evolve
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.cohorts.sbg import Sbg
from subscription_metrics.errors import InvalidValue
from subscription_metrics.mrr.bridge import BridgeRow
from subscription_metrics.periods import Period
from subscription_metrics.projection import (
    BandKind,
    back_test,
    bootstrap,
    by_cohorts,
    mrr_by_age,
    project,
    six_month_average,
)

START = Period.parse("2023-01")

COUNTS = ("opening", "new", "expansion", "reactivation", "contraction", "lost", "closing")
NOTHING_ELSE: dict[str, Any] = {
    "currency": "USD",
    "segment": None,
    **dict.fromkeys(("expansion", "reactivation", "fx"), Decimal(0)),
    **dict.fromkeys((f"{name}_customers" for name in COUNTS), 0),
}


def history(*months: tuple[int, int, int]) -> list[BridgeRow]:
    """A bridge from 1000.00 on: new, contraction and lost MRR of each month."""
    rows: list[BridgeRow] = []
    closing = Decimal(1000)
    for number, (new, contraction, lost) in enumerate(months):
        opening, closing = closing, closing + new + contraction + lost
        rows.append(
            BridgeRow(
                period=START.shift(number),
                opening=opening,
                new=Decimal(new),
                contraction=Decimal(contraction),
                lost=Decimal(lost),
                closing=closing,
                **NOTHING_ELSE,
            )
        )
    return rows


def test_the_average_of_six_months_by_hand() -> None:
    """10.00 a month of new less lost; contraction is left out; older months, too."""
    rows = history((999, 0, 0), *[(40, -5, -30)] * 6)
    found = six_month_average(rows, horizon=3)
    last = rows[-1].closing
    assert [last + 10, last + 20, last + 30] == [row.mrr for row in found]
    assert [(row.mrr * month * 5 / 100) for month, row in enumerate(found, 1)] == [
        (row.upper or row.mrr) - row.mrr for row in found
    ]
    assert {BandKind.HEURISTIC} == {row.band for row in found}


def test_a_projection_never_falls_below_0() -> None:
    """Where 300.00 are lost each month, the fifth month has nothing left, and neither has its band."""
    rows = history((0, 0, 0), *[(100, 0, -200)] * 6)
    found = six_month_average(rows)
    assert [Decimal(300), Decimal(200), Decimal(100), *[Decimal(0)] * 9] == [row.mrr for row in found]
    assert (Decimal(0), Decimal(0)) == (found[-1].lower, found[-1].upper)


def test_limits_know_that_other_months_could_have_been_observed() -> None:
    """Two years of months in which 200.00 join or nobody, each twelve times: the sum of twelve is uncertain twice.

    If the odds were known to be even, eight paths in ten had 4 to 8 such months. They are not known: of 24 fair coins
    fewer than 10 or more than 14 are heads in three cases of ten.
    """
    rows = history(*[(200, 0, 0), (0, 0, 0)] * 12)
    last = bootstrap(rows, seed=1, level=Decimal("0.8"))[-1]
    assert last.lower is not None
    assert last.upper is not None
    joined = [(limit - rows[-1].closing) / 200 for limit in (last.lower, last.mrr, last.upper)]
    assert [3, 6, 9] == [round(months) for months in joined]


def test_who_comes_back_is_an_amount_and_no_growth_of_others() -> None:
    """50.00 come back each month, however many are there: so many in the months to come, too."""
    rows = [evolve(row, new=Decimal(0), reactivation=row.new) for row in history(*[(50, 0, 0)] * 6)]
    found = bootstrap(rows, seed=1, horizon=2)
    assert [Decimal(1350), Decimal(1400)] == [row.mrr for row in found]


def test_two_years_are_drawn_from_and_no_more() -> None:
    """What the company lost in its first month it doesn't lose again."""
    rows = history((0, 0, -900), *[(0, 0, 0)] * 24)
    assert {Decimal(100)} == {row.lower for row in bootstrap(rows, seed=1)}
    assert Decimal(100) > (bootstrap(rows, seed=1, drawn=25)[-1].lower or 0)


def test_the_middle_of_three_paths_is_one_of_them() -> None:
    """Each ends where it began or 200.00 higher, so nothing lies between."""
    rows = history(*[(200, 0, 0), (0, 0, 0)] * 12)
    middles = {bootstrap(rows, seed=seed, horizon=1, paths=3)[0].mrr - rows[-1].closing for seed in range(20)}
    assert {Decimal(0), Decimal(200)} == middles


def test_the_cohort_method_by_hand() -> None:
    """Half of the new leave, a third of those a month old, a quarter of the next; 60.00 join each month.

    Of 400.00 and 600.00 stay 200.00 and 400.00, then 133.33 and 300.00; to them come 60.00, then 60.00 and 30.00.
    """
    rows = history(*[(60, 0, -60)] * 6)
    half_leave = Sbg(Decimal(1), Decimal(1))
    ages = {0: Decimal(400), 1: Decimal(600)}
    found = by_cohorts(rows, ages, half_leave, horizon=2)
    assert [Decimal(660), Decimal("523.33333333")] == [row.mrr for row in found]
    assert {(None, None, BandKind.NONE)} == {(row.lower, row.upper, row.band) for row in found}
    with pytest.raises(InvalidValue, match="ages must sum to the last closing"):
        by_cohorts(rows, {0: Decimal(1)}, half_leave)


def test_the_age_of_what_is_paid() -> None:
    """Ann joined in January and is two months old in March, Bob is new; who left is nothing."""
    spans = [
        span("2025-01-05", "10", customer="ann"),
        span("2025-03-05", "20", customer="bob"),
        span("2025-02-01", "30", "2025-03-01", customer="cat"),
    ]
    assert {0: Decimal(20), 1: Decimal(0), 2: Decimal(10)} == mrr_by_age(Book(spans, as_of=date(2025, 3, 31)))


def test_what_is_on_the_limit_is_covered() -> None:
    """Months that are all alike leave no doubt: both limits are the projection."""
    rows = history(*[(0, 0, 0)] * 14)
    assert [Decimal(1)] * 2 == [row.coverage for row in back_test(rows, partial(bootstrap, seed=1, horizon=2))]


def test_what_a_back_test_reports() -> None:
    """Of steady months every projection is right; the band is that of each month ahead."""
    rows = history(*[(30, 0, -20)] * 20)
    found = back_test(rows, partial(six_month_average, horizon=2))
    assert [(1, 8, Decimal(1), Decimal(0), Decimal(0)), (2, 7, Decimal(1), Decimal(0), Decimal(0))] == [
        (row.months, row.tests, row.coverage, row.error, row.bias) for row in found
    ]


@pytest.mark.parametrize(("last", "bias"), [(0, Decimal(10) / 1120), (40, Decimal(-30) / 1160)])
def test_a_back_test_tells_misses_from_direction(last: int, bias: Decimal) -> None:
    """Growth by 10.00 a month that stops or doubles twice: 10.00 too high of 1120.00, 30.00 too low of 1160.00."""
    rows = history(*[(10, 0, 0)] * 12, (last, 0, 0))
    (only,) = back_test(rows, partial(six_month_average, horizon=1))
    assert (1, Decimal(1)) == (only.tests, only.coverage)
    assert isinstance(only.bias, Decimal)
    assert abs(bias - only.bias) < Decimal("1e-20")
    assert abs(only.bias) == only.error


def test_what_lies_outside_the_limits_is_not_covered() -> None:
    """A tenth is lost at once: the heuristic band of the first of twelve months is 1.25 % wide."""
    rows = history(*[(0, 0, 0)] * 12, (0, 0, -100))
    (only,) = back_test(rows, six_month_average)
    assert Decimal(0) == only.coverage


@pytest.mark.parametrize("level", ["0", "1"])
def test_a_level_lies_between_0_and_1(level: str) -> None:
    """No path is beyond all limits."""
    with pytest.raises(InvalidValue, match="level must lie between 0 and 1"):
        bootstrap(history(*[(1, 0, 0)] * 6), seed=1, level=Decimal(level))


def test_half_a_year_is_the_least() -> None:
    """Five months have no average of six."""
    with pytest.raises(InvalidValue, match="history must hold 6 months or more"):
        six_month_average(history(*[(1, 0, 0)] * 5))


def test_a_book_without_a_full_month_has_no_history() -> None:
    """It says so, and not that a window is the wrong way round."""
    with pytest.raises(InvalidValue, match=r"history must hold 6 months or more \(got 0\)"):
        project(Book([span("2025-01-05", "1")], as_of=date(2025, 1, 20)))
