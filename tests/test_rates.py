from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from subscription_metrics.errors import InvalidValue, MissingRate
from subscription_metrics.rates import ConstantRates, MissingRatePolicy, QuotedRate, RateTable

DAY = date(2025, 1, 6)

RATES = [
    (date(2025, 1, 3), "EUR", "USD", Decimal("1.0300")),
    (date(2025, 1, 10), "EUR", "USD", Decimal("1.0250")),
    (date(2025, 1, 2), "EUR", "USD", Decimal("1.0321")),
]
EXACT = RateTable(RATES, MissingRatePolicy.EXACT)
LAST_KNOWN = RateTable(RATES, MissingRatePolicy.LAST_KNOWN)
THREE_DAYS = RateTable(RATES, MissingRatePolicy.LAST_KNOWN, max_age_days=3)


@pytest.mark.parametrize(
    ("table", "day", "rate"),
    [
        (EXACT, 2, "1.0321"),
        (EXACT, 3, "1.0300"),
        (EXACT, 10, "1.0250"),
        (LAST_KNOWN, 3, "1.0300"),
        (LAST_KNOWN, 9, "1.0300"),
        (LAST_KNOWN, 31, "1.0250"),
        (THREE_DAYS, 3, "1.0300"),
        (THREE_DAYS, 6, "1.0300"),
    ],
)
def test_a_table_answers_by_its_policy(table: RateTable, day: int, rate: str) -> None:
    """That day's rate, or the latest before it that is young enough; the rows come in any order."""
    assert Decimal(rate) == table.rate("EUR", "USD", date(2025, 1, day))


CHOOSE = "choose a policy that reaches it"


@pytest.mark.parametrize(
    ("table", "source", "target", "day", "message"),
    [
        (
            EXACT,
            "EUR",
            "USD",
            4,
            (
                "no rate of EUR in USD on 2025-01-04 (policy EXACT); "
                f"the nearest known day is 2025-01-03: add the rate of 2025-01-04, or {CHOOSE}"
            ),
        ),
        (
            LAST_KNOWN,
            "EUR",
            "USD",
            1,
            (
                "no rate of EUR in USD on 2025-01-01 (policy LAST_KNOWN); "
                f"the nearest known day is 2025-01-02: add the rate of 2025-01-01, or {CHOOSE}"
            ),
        ),
        (
            THREE_DAYS,
            "EUR",
            "USD",
            7,
            (
                "no rate of EUR in USD on 2025-01-07 (policy LAST_KNOWN, at most 3 days old); "
                f"the nearest known day is 2025-01-10: add the rate of 2025-01-07, or {CHOOSE}"
            ),
        ),
        (
            EXACT,
            "USD",
            "EUR",
            3,
            (
                "no rate of USD in EUR on 2025-01-03 (policy EXACT); "
                "only EUR in USD is known, and rates are never inverted: add USD in EUR"
            ),
        ),
        (
            EXACT,
            "EUR",
            "GBP",
            3,
            (
                "no rate of EUR in GBP on 2025-01-03 (policy EXACT); "
                "add EUR in GBP: rates are never chained through a third currency"
            ),
        ),
    ],
)
def test_a_missing_rate_names_pair_day_policy_and_remedy(
    table: RateTable, source: str, target: str, day: int, message: str
) -> None:
    """No rate is invented."""
    with pytest.raises(MissingRate) as caught:
        table.rate(source, target, date(2025, 1, day))
    assert message == str(caught.value)


def test_constant_rates_hold_on_every_day() -> None:
    """In the direction given, and in no other."""
    rates = ConstantRates({("EUR", "USD"): Decimal("1.1")})
    assert {Decimal("1.1")} == {rates.rate("EUR", "USD", day) for day in (date.min, DAY, date.max)}
    with pytest.raises(MissingRate, match="only EUR in USD is known, and rates are never inverted"):
        rates.rate("USD", "EUR", DAY)


def test_a_currency_into_itself_is_one() -> None:
    """Whether the table knows the currency or not."""
    assert Decimal(1) == EXACT.rate("BRL", "BRL", DAY)
    assert Decimal(1) == ConstantRates({}).rate("BRL", "BRL", DAY)


def test_rates_are_values() -> None:
    """They ignore what happens to the mapping they came from, compare by content, and pickle."""
    given_rates = {("EUR", "USD"): Decimal("1.1")}
    constant = ConstantRates(given_rates)
    given_rates.clear()
    assert Decimal("1.1") == constant.rate("EUR", "USD", DAY)
    assert [constant, EXACT] == pickle.loads(pickle.dumps([constant, EXACT]))  # noqa: S301  # our own bytes
    assert "RateTable(rows=<3 rates>" in repr(EXACT)
    assert QuotedRate(*RATES[0]) == EXACT.rows[0]


ROW = (DAY, "EUR", "USD", Decimal("1.1"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [ROW, (*ROW[:3], Decimal("1.2"))],
            "rows must hold one rate of EUR in USD on 2025-01-06 (got Decimal('1.2')); keep this one or 1.1",
        ),
        (
            [(*ROW[:3], Decimal(0))],
            "rate of EUR in USD must be above 0 (got Decimal('0')); leave out what is not known",
        ),
        ([(*ROW[:3], 1)], "rate of EUR in USD must be a Decimal (got 1); pass Decimal(…) of an int or a text"),
        (
            [(*ROW[:3], 1.1)],
            "rate of EUR in USD must not be a float (got 1.1); pass a Decimal made from text, as Decimal('41.58')",
        ),
        (
            [(DAY, "EURO", *ROW[2:])],
            "currency must be an active ISO 4217 code (got 'EURO'); write three capitals, such as 'EUR'",
        ),
        (
            [("2025-01-06", *ROW[1:])],
            "on must be a date (got '2025-01-06'); turn an instant into a date in a named time zone first",
        ),
        (
            [(datetime(2025, 1, 6, tzinfo=UTC), *ROW[1:])],
            (
                "on must be a date (got datetime.datetime(2025, 1, 6, 0, 0, tzinfo=datetime.timezone.utc)); "
                "turn an instant into a date in a named time zone first"
            ),
        ),
    ],
)
def test_a_table_refuses_rates_that_it_cannot_answer_with(rows: Any, message: str) -> None:  # noqa: ANN401  # whatever a caller passes
    """Two rates on one day, no rate, no currency, no day."""
    with pytest.raises(InvalidValue) as caught:
        RateTable(rows, MissingRatePolicy.EXACT)
    assert message == str(caught.value)


def test_constant_rates_refuse_what_a_table_refuses() -> None:
    """A rate of zero would turn money into nothing."""
    with pytest.raises(InvalidValue, match=r"rate of EUR in USD must be above 0"):
        ConstantRates({("EUR", "USD"): Decimal(0)})


@pytest.mark.parametrize(
    ("policy", "age", "message"),
    [
        (
            MissingRatePolicy.EXACT,
            3,
            "max_age_days must be None under the policy EXACT (got 3); leave it out, or use LAST_KNOWN",
        ),
        (MissingRatePolicy.LAST_KNOWN, -1, "max_age_days must be an int, 0 or more (got -1); pass None for any age"),
        (
            MissingRatePolicy.LAST_KNOWN,
            True,
            "max_age_days must be an int, 0 or more (got True); pass None for any age",
        ),
    ],
)
def test_an_age_limit_must_mean_something(policy: MissingRatePolicy, age: int, message: str) -> None:
    """It belongs to LAST_KNOWN and counts days."""
    with pytest.raises(InvalidValue) as caught:
        RateTable(RATES, policy, age)
    assert message == str(caught.value)
