from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from subscription_metrics.errors import FloatAmount
from subscription_metrics.metrics import BANDS, CATALOGUE, Band, Better, MetricValue, evaluate
from subscription_metrics.periods import Grain
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subscription_metrics.metrics.arithmetic import Operand

MONTH: Mapping[str, Operand] = {
    "opening": Decimal(100),
    "new": Decimal(20),
    "expansion": Decimal(10),
    "reactivation": Decimal(5),
    "contraction": Decimal(-4),
    "lost": Decimal(-6),
    "fx": Decimal(0),
    "closing": Decimal(125),
    "opening_customers": 10,
    "new_customers": 2,
    "lost_customers": 1,
    "closing_customers": 10,
}


def evaluated(inputs: Mapping[str, Operand], grain: Grain = Grain.MONTH) -> dict[str, MetricValue]:
    """The metrics by name."""
    return {metric.name: metric for metric in evaluate(inputs, grain=grain)}


def test_names_are_unique() -> None:
    """Otherwise one figure would hide another."""
    names = [metric.name for metric in CATALOGUE]
    assert sorted(set(names)) == sorted(names)


def test_a_metric_takes_results_of_earlier_ones_only() -> None:
    """One walk works everything out."""
    known: set[str] = set()
    late: list[str] = []
    names = {metric.name for metric in CATALOGUE}
    for metric in CATALOGUE:
        late += [metric.name for name in metric.inputs.values() if name in names - known]
        known.add(metric.name)
    assert [] == late


def test_every_metric_is_answered_in_order() -> None:
    """Whatever is known: what can't be worked out is undefined."""
    assert [metric.name for metric in CATALOGUE] == [metric.name for metric in evaluate({})]
    assert all(metric.undefined for metric in evaluate({}))


def test_a_figure_brings_what_is_needed_to_check_it() -> None:
    """Name, value, unit, formula in the names of the inputs, those inputs, convention and band."""
    assert evaluated(MONTH)["growth_rate"] == MetricValue(
        name="growth_rate",
        value=Decimal("0.25"),
        unit="fraction",
        formula="(closing − opening) / opening",
        inputs={"closing": Decimal(125), "opening": Decimal(100)},
        convention="on the opening",
        band="strong",
    )


def test_a_convention_is_named_as_it_is_written() -> None:
    """What a user types to get the same figure."""
    assert evaluated(MONTH)["customer_churn"].convention == "ChurnBase.OPENING"


def test_what_is_missing_says_what_to_pass() -> None:
    """The name, its meaning and its unit."""
    assert evaluated(MONTH)["cac"].value == Undefined("needs spend: sales and marketing spend of the period [currency]")


def test_results_are_handed_on() -> None:
    """LTV : CAC takes both from before; what makes one undefined makes the ratio undefined."""
    assert Decimal("0.5") == evaluated({**MONTH, "spend": 500})["ltv_to_cac"].value
    without = evaluated(MONTH)
    assert without["ltv_to_cac"].undefined == without["cac"].undefined


def test_what_is_passed_comes_before_a_result() -> None:
    """A lifetime value from elsewhere is taken, and the one of the catalogue is still shown."""
    found = evaluated({**MONTH, "spend": 500, "ltv": Decimal(1000)})
    assert (Decimal(4), Decimal(125)) == (found["ltv_to_cac"].value, found["ltv"].value)


def test_an_undefined_input_hands_its_reason_on() -> None:
    """And stays among the inputs."""
    reason = Undefined("the history is shorter than a year")
    found = evaluated({**MONTH, "closing_year_ago": reason})["growth_rate_yoy"]
    assert (reason, reason) == (found.value, found.inputs["closing_year_ago"])


def test_compound_growth_counts_twelve_months() -> None:
    """The constant stands among the inputs."""
    found = evaluated({**MONTH, "closing": Decimal(4096), "closing_year_ago": Decimal(1)})["cmgr"]
    assert (Decimal(1), 12) == (found.value, found.inputs["periods"])


def test_a_quarter_has_no_monthly_rates() -> None:
    """LTV and the bands of a month are left out for other lengths of period."""
    quarter = evaluated(MONTH, Grain.QUARTER)
    assert "it takes the rates of a month, and the period is a quarter" == quarter["ltv"].undefined
    assert (Decimal("0.25"), None) == (quarter["growth_rate"].value, quarter["growth_rate"].band)


def test_the_retention_of_a_year_is_judged_as_one() -> None:
    """120 % is a bound for twelve months."""
    assert evaluated(MONTH)["nrr"].band is None
    assert evaluated(MONTH, Grain.YEAR)["nrr"].band == "fair"
    assert evaluated({"cohort_closing": 130, "cohort_opening": 100})["nrr_trailing_12"].band == "strong"


def test_bands_can_be_replaced() -> None:
    """Some, or all."""
    ours = Band(Decimal("0.3"), Decimal("0.4"), Better.HIGHER, "our board")
    judged = {metric.name: metric.band for metric in evaluate(MONTH, {**BANDS, "growth_rate": ours})}
    assert judged["growth_rate"] == "weak"
    assert {None} == {metric.band for metric in evaluate(MONTH, bands={})}


def test_an_undefined_figure_has_no_band() -> None:
    """There is nothing to judge."""
    assert evaluated({**MONTH, "opening": 0})["growth_rate"].band is None


def test_a_float_among_the_inputs_is_refused_by_name() -> None:
    """Also where no metric would take it."""
    with pytest.raises(FloatAmount, match="fx must not be a float"):
        list(evaluate({**MONTH, "fx": 0.1}))  # type: ignore[dict-item]  # the mistake that is tested
