from __future__ import annotations

from decimal import Decimal

import pytest

from subscription_metrics.errors import FloatAmount, InvalidValue
from subscription_metrics.metrics import BANDS, CATALOGUE, Band, Better


@pytest.mark.parametrize(
    ("metric", "strong", "fair", "weak"),
    [
        ("growth_rate", "0.1501", ("0.05", "0.15"), "0.0499"),
        ("gross_mrr_churn", "0.0049", ("0.005", "0.02"), "0.0201"),
        ("nrr", "1.2001", ("1", "1.2"), "0.9999"),
        ("nrr_trailing_12", "1.2001", ("1", "1.2"), "0.9999"),
        ("ltv_to_cac", "5.01", ("3", "5"), "2.99"),
        ("payback_months", "5.99", ("6", "12"), "12.01"),
        ("rule_of_40", "0.4001", ("0.2", "0.4"), "0.1999"),
    ],
)
def test_the_bands_are_those_of_revenue_tracker(metric: str, strong: str, fair: tuple[str, str], weak: str) -> None:
    """MoM growth > 15 / 5–15 / < 5 %, …: semantics §4, bounds in the middle."""
    label = BANDS[metric].label
    assert ("strong", "weak") == (label(Decimal(strong)), label(Decimal(weak)))
    assert {"fair"} == {label(Decimal(bound)) for bound in fair}


def test_every_band_is_of_a_metric() -> None:
    """A band under a misspelt name would never be shown."""
    assert set() == set(BANDS) - {metric.name for metric in CATALOGUE}


def test_the_words_can_be_replaced() -> None:
    """From good to bad, also where lower is better."""
    band = Band(Decimal(1), Decimal(2), Better.LOWER, "our board", labels=("good", "fair", "poor"))
    assert ["good", "fair", "poor"] == [band.label(Decimal(value)) for value in ("0.5", "1.5", "2.5")]


def test_bounds_are_in_order() -> None:
    """A middle without room is a slip."""
    with pytest.raises(InvalidValue, match="high must not be below low"):
        Band(Decimal(2), Decimal(1), Better.LOWER, "our board")


def test_bounds_are_no_floats() -> None:
    """Binary fractions would move the bound."""
    with pytest.raises(FloatAmount, match="low must not be a float"):
        Band(0.1, Decimal(1), Better.LOWER, "our board")  # type: ignore[arg-type]  # the mistake that is tested
