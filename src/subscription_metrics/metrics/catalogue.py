"""Every metric by name, and one walk that works them all out.

A metric is a formula with its convention and its inputs settled. Names are unique: the default convention has
the plain name, the others say what they are. Unit, formula and source are read from the card of the function, so
that there is one place where they are written.

House rules.

1. Metrics are evaluated in the order of the catalogue; one may take the result of an earlier one by its name. An
   input that is passed under that name comes first.
2. What is missing makes the metric undefined and says what to pass; it is never taken for 0.
3. A formula that divides by a monthly rate has a value only for months.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Never

from attrs import frozen

from subscription_metrics.metrics import concentration, efficiency, growth, retention, value
from subscription_metrics.metrics.arithmetic import CONVENTION, require_operand
from subscription_metrics.metrics.bands import BANDS
from subscription_metrics.metrics.cards import card_of
from subscription_metrics.periods import Grain
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from enum import Enum

    from subscription_metrics.metrics.arithmetic import Operand
    from subscription_metrics.metrics.bands import Band
    from subscription_metrics.metrics.cards import Card
    from subscription_metrics.quotients import Quotient

_WORD = re.compile(r"[a-z][a-z0-9_]*")

_NONE: Final[Mapping[str, Never]] = MappingProxyType({})


@frozen
class Metric:
    """One metric: `function` with its `option` and `constants` fixed, and parameters `renamed` to other inputs.

    `grain` is the only length of period that it makes sense for, `None` any. `note` says what sets the metric
    apart from others of the same function where no option does.
    """

    name: str
    function: Callable[..., Quotient]
    option: Enum | None = None
    renamed: Mapping[str, str] = _NONE
    constants: Mapping[str, int] = _NONE
    grain: Grain | None = None
    note: str = ""
    between_closes: bool = False

    @property
    def card(self) -> Card:
        """What the function says about itself."""
        return card_of(self.function)

    @property
    def unit(self) -> str:
        """The unit of the value."""
        return self.card.returns.unit

    @property
    def convention(self) -> str:
        """Such as `ChurnBase.OPENING` or "30 days"; empty if there is no choice."""
        return str(self.option) if self.option else self.note

    @property
    def formula(self) -> str:
        """The formula of the convention, in the names of the inputs."""
        return _WORD.sub(lambda word: self.renamed.get(word[0], word[0]), self._of_option(self.card.formulas))

    @property
    def source(self) -> str:
        """Who calculates it like this."""
        return self._of_option(self.card.sources)

    @property
    def inputs(self) -> Mapping[str, str]:
        """Parameter → name of the input, for the parameters that the formula of the convention names."""
        named = _WORD.findall(self._of_option(self.card.formulas))
        return {name: self.renamed.get(name, name) for name in self.card.arguments if name in named}

    def _of_option(self, by_convention: Mapping[str, str]) -> str:
        return by_convention.get(self.option.name if self.option else "") or by_convention[""]


@frozen
class MetricValue:
    """One figure, with all that is needed to check it: `formula` holds for `value` and `inputs`."""

    name: str
    value: Quotient
    unit: str
    formula: str
    inputs: Mapping[str, Operand]
    convention: str
    band: str | None

    @property
    def undefined(self) -> str | None:
        """The reason why `value` is undefined, `None` if it is not."""
        return self.value.reason if isinstance(self.value, Undefined) else None


def _of_a_month(name: str, rule: value.LtvRule) -> Metric:
    return Metric(name, value.ltv, rule, grain=Grain.MONTH)


CATALOGUE: Final[tuple[Metric, ...]] = (
    Metric("mrr", growth.mrr),
    Metric("total_mrr", growth.total_mrr),
    Metric("arr", growth.arr, growth.ArrBasis.MRR),
    Metric("arr_contracted", growth.arr, growth.ArrBasis.CONTRACTED),
    Metric("net_new_mrr", growth.net_new_mrr),
    Metric("growth_rate", growth.growth_rate, renamed={"base": "opening"}, note="on the opening"),
    Metric(
        "growth_rate_yoy", growth.growth_rate, renamed={"base": "closing_year_ago"}, note="on the close of a year ago"
    ),
    Metric(
        "cmgr",
        growth.cmgr,
        renamed={"base": "closing_year_ago"},
        constants={"periods": 12},
        note="monthly, over 12 months",
    ),
    Metric("quick_ratio", growth.quick_ratio, growth.Reactivation.COUNTED),
    Metric("quick_ratio_without_reactivation", growth.quick_ratio, growth.Reactivation.LEFT_OUT),
    Metric("subscribers", concentration.subscribers),
    Metric("subscriptions", concentration.subscriptions),
    Metric("arpa", value.arpa),
    Metric("asp", value.asp),
    Metric("customer_churn", retention.customer_churn, retention.ChurnBase.OPENING),
    Metric("customer_churn_average_active", retention.customer_churn, retention.ChurnBase.AVERAGE_ACTIVE),
    Metric("customer_churn_opening_plus_new", retention.customer_churn, retention.ChurnBase.OPENING_PLUS_NEW),
    Metric("customer_churn_chartmogul", retention.customer_churn, retention.ChurnBase.CHARTMOGUL_STANDARD),
    Metric("customer_churn_sum_of_daily_rates", retention.customer_churn, retention.ChurnBase.SUM_OF_DAILY_RATES),
    Metric(
        "rolling_churn_30",
        retention.rolling_churn,
        renamed={"churned": "churned_30", "average_active": "average_active_30"},
        note="30 days",
    ),
    Metric(
        "rolling_churn_90",
        retention.rolling_churn,
        renamed={"churned": "churned_90", "average_active": "average_active_90"},
        note="90 days",
    ),
    Metric("global_churn", retention.global_churn),
    Metric("revenue_churn", retention.revenue_churn),
    Metric("gross_mrr_churn", retention.gross_mrr_churn),
    Metric("net_mrr_churn", retention.net_mrr_churn),
    Metric("grr", retention.grr, between_closes=True),
    Metric("nrr", retention.nrr, growth.Reactivation.LEFT_OUT, between_closes=True),
    Metric("nrr_with_reactivation", retention.nrr, growth.Reactivation.COUNTED, between_closes=True),
    Metric("grr_trailing_12", retention.grr_trailing_12),
    Metric("nrr_trailing_12", retention.nrr_trailing_12),
    Metric("voluntary_share", retention.voluntary_share),
    _of_a_month("ltv", value.LtvRule.HIDDEN_WHEN_LOW),
    _of_a_month("ltv_with_margin", value.LtvRule.WITH_MARGIN),
    _of_a_month("ltv_36_months", value.LtvRule.THIRTY_SIX_MONTHS),
    _of_a_month("ltv_revenue_churn", value.LtvRule.REVENUE_CHURN),
    Metric("top_10_share", concentration.top_share, note="n = 10"),
    Metric("herfindahl_index", concentration.herfindahl_index),
    Metric("cac", efficiency.cac),
    Metric("ltv_to_cac", efficiency.ltv_to_cac),
    Metric("payback_months", efficiency.payback_months),
    Metric("rule_of_40", efficiency.rule_of_40, efficiency.RuleOf40.REVENUE_AND_EBITDA),
    Metric("rule_of_40_nrr", efficiency.rule_of_40, efficiency.RuleOf40.NRR_AND_MRR_GROWTH),
    Metric("magic_number", efficiency.magic_number, note="on the spend of the quarter"),
    Metric(
        "magic_number_previous_spend",
        efficiency.magic_number,
        renamed={"marketing_spend": "previous_marketing_spend"},
        note="on the spend of the quarter before",
    ),
    Metric("burn_multiple", efficiency.burn_multiple, efficiency.BurnBasis.MRR),
    Metric("burn_multiple_arr", efficiency.burn_multiple, efficiency.BurnBasis.ARR),
)


def evaluate(
    inputs: Mapping[str, Operand],
    bands: Mapping[str, Band] = BANDS,
    grain: Grain = Grain.MONTH,
    between_closes: Mapping[str, Operand] = MappingProxyType({}),
) -> Iterator[MetricValue]:
    """Work out every metric of the catalogue, in order, from `inputs` by name.

    `grain` is the length of the period that the inputs describe: bands and formulas of a month need one. Where the
    inputs are sums of days (the gross view), `between_closes` are those of the net view, for the metrics that need it.

    Raises:
        FloatAmount: an input is a float.
        InvalidValue: an input is no finite number and no `Undefined`.
    """
    for name, operand in [*inputs.items(), *between_closes.items()]:
        require_operand(name, operand)
    known = dict(inputs)
    for metric in CATALOGUE:
        given = {**known, **between_closes} if metric.between_closes else known
        result = _evaluate(metric, given, bands.get(metric.name), grain)
        known.setdefault(metric.name, result.value)
        yield result


def _evaluate(metric: Metric, known: Mapping[str, Operand], band: Band | None, grain: Grain) -> MetricValue:
    found = _apply(metric, known)
    if metric.grain not in {None, grain}:
        found = Undefined(f"it takes the rates of a month, and the period is a {grain.value}")
    used = {name: known[name] for name in metric.inputs.values() if name in known}
    judged = band if band and band.grain in {None, grain} else None
    return MetricValue(
        name=metric.name,
        value=found,
        unit=metric.unit,
        formula=metric.formula,
        inputs=MappingProxyType({**used, **metric.constants}),
        convention=metric.convention,
        band=judged.label(found) if judged and not isinstance(found, Undefined) else None,
    )


def _apply(metric: Metric, known: Mapping[str, Operand]) -> Quotient:
    arguments: dict[str, Operand | Enum] = {
        parameter: known.get(name, _missing(metric, parameter, name)) for parameter, name in metric.inputs.items()
    }
    arguments.update(metric.constants)
    if metric.option:
        arguments[CONVENTION] = metric.option
    return metric.function(**arguments)


def _missing(metric: Metric, parameter: str, name: str) -> Undefined:
    wanted = metric.card.arguments[parameter]
    return Undefined(f"needs {name}: {wanted.meaning} [{wanted.unit}]")
