from __future__ import annotations

import decimal
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from subscription_metrics.errors import FloatAmount, InvalidPeriod, InvalidValue
from subscription_metrics.periods import BillingInterval, IntervalUnit

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVALS = {
    "1 day": ["day", "daily", "1 day", "P1D"],
    "90 days": ["90 days", "P90D"],
    "1 week": ["week", "weekly", "1 week", "P1W"],
    "2 weeks": ["2 weeks", "fortnightly", "P2W"],
    "1 month": ["month", "monthly", "1 month", "P1M", "Monthly", " MONTH "],
    "3 months": ["quarter", "quarterly", "3 months", "1 quarter", "P3M", "p3m"],
    "6 months": ["6 months", "2 quarters", "semiannual", "half-yearly"],
    "1 year": ["year", "yearly", "annual", "annually", "1 year", "P1Y"],
    "2 years": ["2 years", "P2Y"],
}


@pytest.mark.parametrize(("canonical", "spellings"), INTERVALS.items())
def test_an_interval_is_read_in_its_usual_spellings(canonical: str, spellings: list[str]) -> None:
    """Its own text is one of them."""
    assert {canonical} == {str(BillingInterval.parse(text)) for text in [*spellings, canonical]}


@pytest.mark.parametrize(
    "text",
    [
        *("biweekly", "bimonthly", "biannual", "semimonthly", "3", "P1M2D", "0.5 months", "-1 month"),
        *("months 3", "99999 months", "1  month", "٣ months", "", None, 3),
    ],
)
def test_an_interval_that_could_mean_two_things_is_refused(text: Any) -> None:  # noqa: ANN401  # whatever a caller passes
    """Twice a month, or every second month?"""
    with pytest.raises(InvalidValue) as caught:
        BillingInterval.parse(text)
    expected = (
        f"interval must be readable in exactly one way (got {text!r}); "
        "write a count and a unit, such as '1 month', '3 months', '2 weeks' or 'P1Y'"
    )
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: BillingInterval.parse("0 months"),
            "count must be an int above 0 (got 0); 1 is every month, 3 every third",
        ),
        (
            lambda: BillingInterval(IntervalUnit.DAY, True),  # noqa: FBT003  # what is tested
            "count must be an int above 0 (got True); 1 is every month, 3 every third",
        ),
        (
            lambda: BillingInterval("month"),  # type: ignore[arg-type]  # what is tested
            "unit must be an IntervalUnit (got 'month'); pass IntervalUnit.MONTH, for example",
        ),
    ],
)
def test_an_interval_has_a_length(make: Callable[[], BillingInterval], message: str) -> None:
    """No interval of no months."""
    with pytest.raises(InvalidValue) as caught:
        make()
    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("interval", "amount", "months", "monthly"),
    [
        ("1 month", "55", Fraction(1), "55.00000000"),
        ("3 months", "100", Fraction(3), "33.33333333"),
        ("1 year", "100", Fraction(12), "8.33333333"),
        ("2 years", "240", Fraction(24), "10.00000000"),
        ("1 week", "12", Fraction(12, 52), "52.00000000"),
        ("2 weeks", "10", Fraction(24, 52), "21.66666667"),
        ("1 day", "1", Fraction(12, 365), "30.41666667"),
        ("90 days", "100", Fraction(1080, 365), "33.79629630"),
        # Ties go to the even digit, from both sides; what is above a tie by a hair is no tie.
        ("2 months", "0.00000005", Fraction(2), "0.00000002"),
        ("2 months", "0.00000003", Fraction(2), "0.00000002"),
        ("2 months", "0.000000050000000000000000000000000000001", Fraction(2), "0.00000003"),
        ("3 months", "0.000000075" + "0" * 197 + "1", Fraction(3), "0.00000003"),
        ("2 months", "-0.00000005", Fraction(2), "-0.00000002"),
        ("1 month", "123456789012345678901234567890.12345678", Fraction(1), "123456789012345678901234567890.12345678"),
    ],
)
def test_amounts_become_monthly_by_exact_arithmetic(interval: str, amount: str, months: Fraction, monthly: str) -> None:
    """Rounded once, half-even, to 8 decimals, whatever the context of the thread."""
    with decimal.localcontext() as context:
        context.prec, context.rounding, context.Emax = 3, decimal.ROUND_UP, 1
        length = BillingInterval.parse(interval)
        assert (months, monthly) == (length.months, f"{length.monthly(Decimal(amount)):f}")


@pytest.mark.parametrize(
    ("amount", "error", "message"),
    [
        (0.1, FloatAmount, "amount must not be a float (got 0.1); pass a Decimal made from text"),
        (100, InvalidValue, "amount must be a finite Decimal (got 100); pass Decimal(…) of an int or a text"),
        (
            Decimal("NaN"),
            InvalidValue,
            "amount must be a finite Decimal (got Decimal('NaN')); pass Decimal(…) of an int or a text",
        ),
        (
            Decimal("1E+999"),
            InvalidValue,
            "amount must have at most 200 digits (got Decimal('1E+999')); check the source of this amount",
        ),
        (
            Decimal("1E+195"),
            InvalidValue,
            "amount must have at most 200 digits (got Decimal('1E+195')); check the source of this amount",
        ),
    ],
)
def test_only_amounts_become_monthly(amount: Any, error: type[InvalidValue], message: str) -> None:  # noqa: ANN401  # whatever a caller passes
    """What can't be exact is refused by name."""
    with pytest.raises(error) as caught:
        BillingInterval.parse("annual").monthly(amount)
    assert message == str(caught.value)


# Date tables to be read by eye: the anchor and the six billing days after it.
BILLING_DAYS = {
    ("1 month", "2024-01-31"): "2024-01-31 2024-02-29 2024-03-31 2024-04-30 2024-05-31 2024-06-30 2024-07-31",
    ("3 months", "2024-11-30"): "2024-11-30 2025-02-28 2025-05-30 2025-08-30 2025-11-30 2026-02-28 2026-05-30",
    ("1 year", "2024-02-29"): "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29 2029-02-28 2030-02-28",
    ("2 weeks", "2024-12-30"): "2024-12-30 2025-01-13 2025-01-27 2025-02-10 2025-02-24 2025-03-10 2025-03-24",
    ("30 days", "2024-12-30"): "2024-12-30 2025-01-29 2025-02-28 2025-03-30 2025-04-29 2025-05-29 2025-06-28",
}


@pytest.mark.parametrize(("interval", "anchor"), BILLING_DAYS)
def test_billing_days_are_counted_from_the_anchor(interval: str, anchor: str) -> None:
    """A short month moves one billing day, not all that follow."""
    days = [BillingInterval.parse(interval).nth(date.fromisoformat(anchor), n) for n in range(7)]
    assert BILLING_DAYS[interval, anchor] == " ".join(map(str, days))


def test_billing_days_end_with_the_calendar() -> None:
    """By name, not by an overflow somewhere below."""
    with pytest.raises(InvalidPeriod, match=r"n from 2025-01-31 must lead to a day between 0001-01-01 and 9999-12-31"):
        BillingInterval.parse("weekly").nth(date(2025, 1, 31), 10**9)
