from __future__ import annotations

import pickle

import pytest

from subscription_metrics import errors
from subscription_metrics.errors import (
    FAULTS_SHOWN,
    Fault,
    InvalidInput,
    InvalidValue,
    MissingExtra,
    SeveralCurrencies,
    SubscriptionMetricsError,
)

FAULT = Fault("periods.csv", 7, "end_date", "2025-02-30", "is no date", "write 2025-02-28")
LEAVES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, InvalidValue)]


def test_a_message_names_field_rule_value_and_remedy() -> None:
    """Who reads the message knows what to do."""
    error = InvalidValue("quantity", -1, "must be above 0", "leave it out for 1")
    assert "quantity must be above 0 (got -1); leave it out for 1" == str(error)
    assert "quantity must be above 0 (got -1)" == str(InvalidValue("quantity", -1, "must be above 0"))


def test_a_fault_names_its_place() -> None:
    """File, line and column come first, so that an editor can jump there."""
    assert "periods.csv:7: end_date: is no date (got '2025-02-30'); write 2025-02-28" == str(FAULT)
    assert "periods.csv: holds nothing; export it again" == str(
        Fault("periods.csv", None, None, None, "holds nothing", "export it again")
    )


@pytest.mark.parametrize("count", [1, FAULTS_SHOWN, FAULTS_SHOWN + 5])
def test_a_batch_keeps_all_faults_and_shows_some(count: int) -> None:
    """The error holds every fault; the message stays readable."""
    error = InvalidInput([FAULT] * count)
    assert count == len(error.faults)
    assert min(count, FAULTS_SHOWN) == str(error).count("periods.csv:7")
    assert (count > FAULTS_SHOWN) == ("and 5 more" in str(error))


@pytest.mark.parametrize(
    "error",
    [
        *(leaf("field", "value", "rule", "remedy") for leaf in LEAVES),
        InvalidInput([FAULT]),
        MissingExtra("pandas"),
        SeveralCurrencies(["EUR", "USD"]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_processes(error: SubscriptionMetricsError) -> None:
    """A worker's error arrives whole: type, message and data."""
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(error), str(error), vars(error)) == (type(copy), str(copy), vars(copy))
