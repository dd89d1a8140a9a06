"""Laws of the metrics, for any numbers that a book could hand them."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from subscription_metrics.metrics import CATALOGUE, Reactivation, arr, cmgr, evaluate, grr, mrr, nrr
from subscription_metrics.metrics.arithmetic import product
from subscription_metrics.quotients import Quotient, Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subscription_metrics.metrics import MetricValue

    Number = Decimal | int

UNITS = {
    metric.inputs[parameter]: measure.unit
    for metric in CATALOGUE
    for parameter, measure in metric.card.arguments.items()
    if parameter in metric.inputs
}
RESULTS = {metric.name for metric in CATALOGUE}
CONSTANTS = {name for metric in CATALOGUE for name in metric.constants}
NEGATIVE = {"contraction", "lost", "lost_voluntary", "lost_involuntary"}

amounts = st.just(Decimal(0)) | st.decimals(min_value=0, max_value=10**9, places=2)
positive_amounts = st.decimals(min_value="0.01", max_value=10**9, places=2)
losses = amounts.map(lambda amount: 0 - amount)
fractions = st.just(Decimal(0)) | st.decimals(min_value=0, max_value=2, places=4)
counts = st.just(0) | st.integers(min_value=0, max_value=10**6)
BY_UNIT: Mapping[str, st.SearchStrategy[Number]] = {
    "fraction": fractions,
    "customers": counts,
    "subscriptions": counts,
}


def strategy_for(name: str, unit: str) -> st.SearchStrategy[Number]:
    """Any value that an input can have, zero often, by its unit."""
    return losses if name in NEGATIVE else BY_UNIT.get(unit, amounts)


complete_inputs: st.SearchStrategy[dict[str, Number]] = st.fixed_dictionaries(
    {name: strategy_for(name, unit) for name, unit in UNITS.items() if name not in RESULTS | CONSTANTS}
)


def calculated(metric: MetricValue) -> Decimal:
    """What the formula of a figure gives for its inputs, read as Python with 80 digits."""
    text = metric.formula
    for sign, operator in {"×": "*", "−": "-", "²": "**2", "^": "**"}.items():
        text = text.replace(sign, operator)
    text = re.sub(r"(?<!\w)(\d+)", r"Decimal(\1)", text)
    names = {name: Decimal(value) for name, value in metric.inputs.items() if not isinstance(value, Undefined)}
    with localcontext() as context:
        context.prec = 80
        result = eval(text, {"Decimal": Decimal}, names)  # noqa: S307 - the text is that of our own cards
    assert isinstance(result, Decimal)
    return result


def close(one: Quotient, other: Quotient) -> bool:
    """Equal up to the rounding of quotients, or undefined for the same reason."""
    if isinstance(one, Undefined) or isinstance(other, Undefined):
        return one == other
    with localcontext() as context:
        context.prec = 80
        return abs(one - other) <= Decimal("1e-24") * max(abs(one), abs(other), Decimal(1))


@given(complete_inputs)
def test_a_formula_is_what_its_function_does(inputs: Mapping[str, Number]) -> None:
    """“Every formula below has one function, one card (docstring: sentence, equation, units, undefined case, …)”."""
    for metric in evaluate(inputs):
        if not isinstance(metric.value, Undefined):
            assert close(calculated(metric), metric.value), metric


@given(complete_inputs)
def test_a_figure_is_a_number_or_has_a_reason(inputs: Mapping[str, Number]) -> None:
    """“Undefined is a value with a reason: churn of an empty base is not 0, not NaN, not an exception”."""
    for metric in evaluate(inputs):
        if isinstance(metric.value, Undefined):
            assert metric.value.reason
        else:
            assert metric.value.is_finite()
            assert metric.value or not metric.value.is_signed(), f"{metric.name} is -0"


@given(complete_inputs, st.integers(min_value=2, max_value=1000))
def test_scaling_all_amounts_scales_amounts_and_leaves_ratios(inputs: Mapping[str, Number], factor: int) -> None:
    """“Amounts are `Decimal`. … Nothing is rounded on the way”: a book in cents has the ratios of one in dollars."""
    powers = {"currency": factor, "currency²": factor**2}
    scaled = {name: value * powers.get(UNITS[name].split()[0], 1) for name, value in inputs.items()}
    for before, after in zip(evaluate(inputs), evaluate(scaled), strict=True):
        power = factor if before.unit.startswith("currency") else 1
        assert close(product(power, before.value), after.value), before.name


@given(complete_inputs)
def test_the_decimal_context_of_the_caller_plays_no_part(inputs: Mapping[str, Number]) -> None:
    """“Nothing is rounded on the way, except where this page says so”."""
    expected = list(evaluate(inputs))
    with localcontext() as context:
        context.prec = 2
        assert expected == list(evaluate(inputs))


@given(positive_amounts, amounts, amounts, st.data())
def test_gross_retention_is_at_most_one_and_at_most_net(
    opening: Decimal, expansion: Decimal, reactivation: Decimal, data: st.DataObject
) -> None:
    """“GRR: never above 1”, and net adds to it what can't be below 0."""
    contraction = data.draw(losses)
    lost = data.draw(losses)
    gross = grr(opening, contraction, lost)
    assert isinstance(gross, Decimal)
    for convention in Reactivation:
        net = nrr(
            opening=opening,
            expansion=expansion,
            reactivation=reactivation,
            contraction=contraction,
            lost=lost,
            convention=convention,
        )
        assert isinstance(net, Decimal)
        assert gross <= min(Decimal(1), net)


@given(amounts)
def test_arr_is_twelve_times_mrr(closing: Decimal) -> None:
    """“ARR: 12 × MRR”, exactly."""
    month = mrr(closing)
    assert isinstance(month, Decimal)
    assert 12 * month == arr(closing=closing)


@given(amounts, positive_amounts, st.integers(min_value=1, max_value=120))
def test_compound_growth_leads_from_base_to_closing(closing: Decimal, base: Decimal, periods: int) -> None:
    """“CMGR over n periods”: the rate, applied n times."""
    assume(closing / base < Decimal(10) ** 9)
    rate = cmgr(closing, base, periods)
    assert isinstance(rate, Decimal)
    with localcontext() as context:
        context.prec = 80
        reached = base * (1 + rate) ** periods
        assert abs(reached - closing) <= Decimal("1e-20") * max(closing, base)
