from __future__ import annotations

from decimal import Decimal

import pytest

from subscription_metrics.metrics import (
    ChurnBase,
    Reactivation,
    customer_churn,
    global_churn,
    gross_mrr_churn,
    grr,
    grr_trailing_12,
    net_mrr_churn,
    nrr,
    nrr_trailing_12,
    revenue_churn,
    rolling_churn,
    voluntary_share,
)
from subscription_metrics.quotients import Quotient, Undefined

NO_OPENING = Undefined("there was no MRR at the start of the period")


def churn(convention: ChurnBase, opening: int = 100, new: int = 20) -> Quotient:
    """A period that loses 12, of whom one had joined and one came back in it."""
    return customer_churn(
        convention=convention,
        lost_customers=12,
        opening_customers=opening,
        new_customers=new,
        average_customers=Decimal(opening * 96) / 100,
        gross_lost_customers=12,
        round_trip_losses=2,
        daily_churn=Decimal("0.121"),
    )


def test_chartmogul_leaves_round_trips_out() -> None:
    """12 − 1 − 1 of 100, https://help.chartmogul.com/hc/en-us/articles/207340419-Churn-rate-formulas."""
    assert Decimal("0.10") == churn(ChurnBase.CHARTMOGUL_STANDARD)


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        (ChurnBase.OPENING, "0.12"),
        (ChurnBase.AVERAGE_ACTIVE, "0.125"),
        (ChurnBase.OPENING_PLUS_NEW, "0.1"),
        (ChurnBase.SUM_OF_DAILY_RATES, "0.121"),
    ],
)
def test_each_base_gives_its_own_churn(convention: ChurnBase, expected: str) -> None:
    """12 of 100, of 96, of 120, and the sum of the daily rates as it is."""
    assert Decimal(expected) == churn(convention)


@pytest.mark.parametrize("convention", [base for base in ChurnBase if base is not ChurnBase.SUM_OF_DAILY_RATES])
def test_nobody_can_leave_an_empty_base(convention: ChurnBase) -> None:
    """Churn of an empty base is not 0."""
    assert Undefined("no customer was paying") == churn(convention, opening=0, new=0)


def test_daily_rates_hand_their_reason_on() -> None:
    """A day without customers has no rate, and neither has the sum."""
    reason = Undefined("nobody paid on 2025-01-01")
    assert reason == customer_churn(daily_churn=reason, convention=ChurnBase.SUM_OF_DAILY_RATES)


def test_a_base_that_was_not_passed_is_named() -> None:
    """Each convention needs what its formula names."""
    assert Undefined("needs average_customers") == customer_churn(
        lost_customers=12, opening_customers=100, convention=ChurnBase.AVERAGE_ACTIVE
    )


def test_rolling_churn_is_relative_to_the_average_day() -> None:
    """3 of 60 in the window."""
    assert Decimal("0.05") == rolling_churn(churned=3, average_active=60)
    assert Undefined("nobody paid on any day of the window") == rolling_churn(churned=0, average_active=0)


def test_global_churn_weighs_months_by_their_base() -> None:
    """1 of 10 and 10 of 1000 are 11 of 1010, not the mean of 10 % and 1 %."""
    assert Decimal(11) / 1010 == global_churn(churned_to_date=1 + 10, active_to_date=10 + 1000)
    assert isinstance(global_churn(churned_to_date=0, active_to_date=0), Undefined)


def test_mrr_churn_gross_and_net() -> None:
    """20 % and 10 %, https://help.chartmogul.com/hc/en-us/articles/203359341-Metric-MRR-Churn-Rate."""
    assert Decimal("0.20") == gross_mrr_churn(contraction=-10, lost=-10, opening=100)
    assert Decimal("0.10") == net_mrr_churn(expansion=10, reactivation=0, contraction=-10, lost=-10, opening=100)


def test_net_churn_counts_who_came_back() -> None:
    """ChartMogul subtracts expansion and reactivation; below 0 it is a gain."""
    assert Decimal("-0.05") == net_mrr_churn(expansion=10, reactivation=15, contraction=-10, lost=-10, opening=100)


def test_revenue_churn_counts_who_left_only() -> None:
    """Who pays less has not left."""
    assert Decimal("0.1") == revenue_churn(lost=-10, opening=100)


def test_retention_gross_and_net() -> None:
    """Of 100, 10 left and 5 were given up; 25 were added and 10 came back."""
    assert Decimal("0.85") == grr(opening=100, contraction=-5, lost=-10)
    assert Decimal("1.1") == nrr(opening=100, expansion=25, contraction=-5, lost=-10)
    assert Decimal("1.2") == nrr(
        opening=100,
        expansion=25,
        reactivation=10,
        contraction=-5,
        lost=-10,
        convention=Reactivation.COUNTED,
    )


def test_retention_over_a_year_takes_the_customers_of_then() -> None:
    """Of 40 and 60, one pays 90 now and one 50: 40 + 50 are kept, 140 are paid."""
    assert Decimal("0.9") == grr_trailing_12(cohort_kept=40 + 50, cohort_opening=40 + 60)
    assert Decimal("1.4") == nrr_trailing_12(cohort_closing=90 + 50, cohort_opening=40 + 60)


def test_nothing_can_be_retained_of_nothing() -> None:
    """Without an opening, revenue churn and retention are undefined."""
    assert NO_OPENING == revenue_churn(lost=0, opening=0)
    assert NO_OPENING == gross_mrr_churn(contraction=0, lost=0, opening=0)
    assert NO_OPENING == net_mrr_churn(expansion=0, reactivation=5, contraction=0, lost=0, opening=0)
    assert NO_OPENING == grr(opening=0, contraction=0, lost=0)
    assert NO_OPENING == nrr(opening=0, expansion=0, contraction=0, lost=0)
    assert Undefined("there was no MRR a year ago") == grr_trailing_12(cohort_kept=0, cohort_opening=0)
    assert Undefined("there was no MRR a year ago") == nrr_trailing_12(cohort_closing=0, cohort_opening=0)


@pytest.mark.parametrize(("voluntary", "involuntary", "share"), [(-75, -25, "0.75"), (0, -5, "0"), (-5, 0, "1")])
def test_the_voluntary_share_is_of_the_marked_losses(voluntary: int, involuntary: int, share: str) -> None:
    """A share of nothing lost on purpose is 0, without a sign."""
    assert share == str(voluntary_share(lost_voluntary=voluntary, lost_involuntary=involuntary))


def test_there_is_no_voluntary_share_without_marks() -> None:
    """Unmarked losses are neither."""
    expected = Undefined("no loss is marked voluntary or involuntary")
    assert expected == voluntary_share(lost_voluntary=0, lost_involuntary=0)
