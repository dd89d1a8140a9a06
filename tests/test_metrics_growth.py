from __future__ import annotations

from decimal import Decimal

import pytest

from subscription_metrics.errors import InvalidValue
from subscription_metrics.metrics import (
    ArrBasis,
    Reactivation,
    arr,
    cmgr,
    growth_rate,
    mrr,
    net_new_mrr,
    quick_ratio,
    total_mrr,
)
from subscription_metrics.quotients import Undefined


def test_mrr_is_what_is_paid_on_the_last_day() -> None:
    """100 at 100 a month and 50 at 600 a year are 12,500 (Stripe, billing analytics glossary)."""
    assert Decimal(12500) == mrr(closing=100 * Decimal(100) + 50 * Decimal(600) / 12)


def test_total_mrr_is_its_own_input() -> None:
    """What doesn't recur is added by the book, not by the formula."""
    assert Decimal(130) == total_mrr(total_closing=Decimal(130))


def test_arr_is_twelve_months_of_mrr() -> None:
    """The default convention."""
    assert Decimal("1200.12") == arr(closing=Decimal("100.01"))


def test_arr_of_contracts_takes_their_yearly_value_as_it_is() -> None:
    """Kobana's convention: nothing is multiplied, and MRR isn't needed."""
    assert Decimal(900) == arr(contracted=Decimal(900), convention=ArrBasis.CONTRACTED)


@pytest.mark.parametrize(("expansion", "lost", "change"), [(100, 0, 100), (0, -200, -200)])
def test_net_new_mrr_is_the_change_that_customers_made(expansion: int, lost: int, change: int) -> None:
    """March and April of the worked example in Lago's guide, guide/analytics/revenue/mrr.mdx."""
    assert change == net_new_mrr(new=0, expansion=expansion, reactivation=0, contraction=0, lost=lost)


def test_growth_is_relative_to_the_base() -> None:
    """From 80 to 100 is a quarter, whatever the precision that the thread has set."""
    assert Decimal("0.25") == growth_rate(closing=100, base=80)


def test_there_is_no_growth_from_nothing() -> None:
    """A base of 0 has a reason in place of a rate."""
    assert Undefined("there was no MRR to grow from") == growth_rate(closing=100, base=0)


@pytest.mark.parametrize(
    ("closing", "base", "periods", "rate"),
    [(121, 100, 2, "0.1"), (100, 100, 12, "0"), (4096, 1, 12, "1"), (0, 100, 12, "-1"), (50, 100, 1, "-0.5")],
)
def test_cmgr_is_the_constant_rate(closing: int, base: int, periods: int, rate: str) -> None:
    """Rates that come out even do so to the last digit."""
    assert Decimal(rate) == cmgr(closing=closing, base=base, periods=periods)


def test_there_is_no_compound_growth_from_nothing() -> None:
    """A base of 0 has a reason in place of a rate."""
    assert Undefined("there was no MRR to grow from") == cmgr(closing=100, base=0, periods=12)


def test_an_undefined_number_of_periods_is_handed_on() -> None:
    """Its reason becomes that of the rate."""
    assert Undefined("no year yet") == cmgr(closing=100, base=50, periods=Undefined("no year yet"))


@pytest.mark.parametrize("periods", [0, -1, Decimal("1.5")])
def test_periods_are_counted(periods: int | Decimal) -> None:
    """Growth over no period, or over half of one, is a mistake of the caller."""
    with pytest.raises(InvalidValue, match="periods must be a whole number of at least 1"):
        cmgr(closing=100, base=50, periods=periods)


@pytest.mark.parametrize(("gained", "lost", "expected"), [(24, 4, 6), (30, 10, 3), (40, 20, 2)])
def test_quick_ratio_without_reactivation(gained: int, lost: int, expected: int) -> None:
    """The three companies of https://learn.profitwell.com/l/en/article/sxsipjlziy-saa-s-quick-ratio, in thousands."""
    convention = Reactivation.LEFT_OUT
    assert expected == quick_ratio(new=gained - 1, expansion=1, contraction=-1, lost=1 - lost, convention=convention)


def test_quick_ratio_counts_who_came_back() -> None:
    """The default convention."""
    assert 3 == quick_ratio(new=10, expansion=5, reactivation=15, contraction=-4, lost=-6)


def test_quick_ratio_needs_losses() -> None:
    """Without any, growth has no price."""
    assert Undefined("no MRR was lost") == quick_ratio(new=10, expansion=0, reactivation=0, contraction=0, lost=0)


def test_what_a_convention_needs_and_was_not_passed_is_named() -> None:
    """Reactivation counts by default, so it is missed."""
    assert Undefined("needs reactivation") == quick_ratio(new=10, expansion=0, contraction=0, lost=-1)
