from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import pytest

from subscription_metrics.metrics import LtvRule, arpa, asp, ltv
from subscription_metrics.quotients import Undefined

ENDLESS = Undefined("churn is 0: the lifetime it implies has no end")


@pytest.mark.parametrize(("closing", "accounts", "printed"), [(49, 1, 49), (98, 2, 49), (197, 3, 66), (296, 4, 74)])
def test_arpa_is_mrr_per_account(closing: int, accounts: int, printed: int) -> None:
    """activecollab/insight, test/src/ArpuTest.php, which rounds up to whole units."""
    average = arpa(closing=closing, closing_customers=accounts)
    assert isinstance(average, Decimal)
    assert printed == average.to_integral_value(ROUND_CEILING)


def test_nobody_has_no_average() -> None:
    """No customers, no ARPA; no new customers, no ASP."""
    assert Undefined("nobody pays on the last day") == arpa(closing=0, closing_customers=0)
    assert Undefined("there is no new customer") == asp(new=0, new_customers=0)


def test_asp_is_what_a_new_customer_pays() -> None:
    """600 of 8."""
    assert Decimal(75) == asp(new=600, new_customers=8)


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        (LtvRule.HIDDEN_WHEN_LOW, 2500),
        (LtvRule.WITH_MARGIN, 2000),
        (LtvRule.THIRTY_SIX_MONTHS, 2500),
        (LtvRule.REVENUE_CHURN, 5000),
    ],
)
def test_each_rule_gives_its_own_lifetime_value(convention: LtvRule, expected: int) -> None:
    """50 a month, 2 % of the customers and 1 % of the MRR leave, 80 % is margin."""
    assert expected == ltv(
        arpa=50,
        customer_churn=Decimal("0.02"),
        revenue_churn=Decimal("0.01"),
        gross_margin=Decimal("0.8"),
        convention=convention,
    )


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        (LtvRule.WITH_MARGIN, ENDLESS),
        (LtvRule.REVENUE_CHURN, ENDLESS),
        (LtvRule.THIRTY_SIX_MONTHS, Decimal(50 * 36)),
        (LtvRule.HIDDEN_WHEN_LOW, Undefined("churn is below 0.5 % a month: the lifetime it implies is no estimate")),
    ],
)
def test_without_churn_the_rules_part(convention: LtvRule, expected: Decimal | Undefined) -> None:
    """Invoiced takes 36 months; for the others a lifetime without end has no value."""
    assert expected == ltv(arpa=50, customer_churn=0, revenue_churn=0, gross_margin=1, convention=convention)


@pytest.mark.parametrize(("churn", "shown"), [("0.0049", False), ("0.005", True)])
def test_gocroco_hides_what_low_churn_implies(churn: str, shown: bool) -> None:  # noqa: FBT001 - the expected answer
    """Half a percent a month is the least that is shown."""
    assert shown == isinstance(ltv(arpa=50, customer_churn=Decimal(churn)), Decimal)


def test_an_undefined_churn_hands_its_reason_on() -> None:
    """Why there is no churn is why there is no lifetime value, whatever the rule."""
    reason = Undefined("no customer was paying")
    for convention in (LtvRule.HIDDEN_WHEN_LOW, LtvRule.WITH_MARGIN, LtvRule.THIRTY_SIX_MONTHS):
        assert reason == ltv(arpa=50, customer_churn=reason, gross_margin=1, convention=convention)
