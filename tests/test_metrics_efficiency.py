from __future__ import annotations

from decimal import Decimal

import pytest

from subscription_metrics.metrics import (
    BurnBasis,
    RuleOf40,
    burn_multiple,
    cac,
    ltv_to_cac,
    magic_number,
    payback_months,
    rule_of_40,
)
from subscription_metrics.quotients import Undefined


def test_cac_is_spend_per_new_customer() -> None:
    """9,000 for 12; without a new customer the spend has bought nothing that could be priced."""
    assert Decimal(750) == cac(spend=9000, new_customers=12)
    assert Undefined("there is no new customer") == cac(spend=9000, new_customers=0)


def test_ltv_to_cac() -> None:
    """A part that is undefined is why the ratio is; customers for nothing have no ratio either."""
    assert Decimal("3.2") == ltv_to_cac(ltv=2400, cac=750)
    assert Undefined("no churn") == ltv_to_cac(ltv=Undefined("no churn"), cac=750)
    assert Undefined("new customers cost nothing") == ltv_to_cac(ltv=2400, cac=0)


def test_payback_is_from_the_margin() -> None:
    """750 at 75 a month."""
    assert Decimal(10) == payback_months(cac=750, arpa=100, gross_margin=Decimal("0.75"))


@pytest.mark.parametrize(("arpa", "margin"), [(100, "0"), (100, "-0.2"), (0, "0.8")])
def test_without_margin_nothing_is_ever_paid_back(arpa: int, margin: str) -> None:
    """A negative number of months would say the opposite."""
    expected = Undefined("a customer never pays back")
    assert expected == payback_months(cac=750, arpa=arpa, gross_margin=Decimal(margin))


def test_the_two_rules_of_40_add_different_things() -> None:
    """Revenue Tracker: 32 % + 11 %. Gocroco: 104 % + 3 %."""
    assert Decimal("0.43") == rule_of_40(revenue_growth=Decimal("0.32"), ebitda_margin=Decimal("0.11"))
    assert Decimal("1.07") == rule_of_40(
        nrr=Decimal("1.04"), growth_rate=Decimal("0.03"), convention=RuleOf40.NRR_AND_MRR_GROWTH
    )


def test_a_part_that_is_undefined_is_why_the_rule_is() -> None:
    """Nothing is taken for 0."""
    assert Undefined("needs ebitda_margin") == rule_of_40(revenue_growth=Decimal("0.32"))


def test_magic_number_takes_four_quarters_of_growth() -> None:
    """15,000 × 4 for 80,000."""
    assert Decimal("0.75") == magic_number(quarter_growth=15000, marketing_spend=80000)
    assert Undefined("nothing was spent") == magic_number(quarter_growth=15000, marketing_spend=0)


def test_burn_multiple_on_arr() -> None:
    """500,000 for 250,000 of net new ARR is 2.0, https://aibizhub.io/methodology/burn-multiple-calculator/."""
    multiple = burn_multiple(net_burn=500_000, net_new_mrr=Decimal("20833.33333333"), convention=BurnBasis.ARR)
    assert isinstance(multiple, Decimal)
    assert Decimal("2.00000000") == round(multiple, 8)


def test_burn_multiple_on_mrr_is_twelve_times_as_high() -> None:
    """The same burn for revenue of a month."""
    assert Decimal(24) == burn_multiple(net_burn=24_000, net_new_mrr=1000)
    assert Decimal(2) == burn_multiple(net_burn=24_000, net_new_mrr=1000, convention=BurnBasis.ARR)


@pytest.mark.parametrize("convention", BurnBasis)
@pytest.mark.parametrize("net_new_mrr", [0, -1000])
def test_burn_without_growth_has_no_multiple(convention: BurnBasis, net_new_mrr: int) -> None:
    """A negative multiple would read like a gain."""
    expected = Undefined("recurring revenue did not grow")
    assert expected == burn_multiple(net_burn=100, net_new_mrr=net_new_mrr, convention=convention)
