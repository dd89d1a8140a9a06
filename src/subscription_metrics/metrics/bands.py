"""Bands: where a figure stands in the field, as data that a user may replace.

A band is an opinion of its source, no property of the metric. It is shown beside the figure and never changes it.

House rules.

1. The bounds belong to the middle: "> 15 / 5–15 / < 5 %" makes 15 % and 5 % fair.
2. A band of a month doesn't judge a quarter: `grain` is the length of period it is meant for, `None` any.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from subscription_metrics.errors import InvalidValue
from subscription_metrics.metrics.arithmetic import require_operand
from subscription_metrics.periods import Grain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import Attribute


class Better(Enum):
    """Which side of a band is the good one."""

    HIGHER = "higher"
    LOWER = "lower"


def _number(_: object, attribute: Attribute[Decimal], value: object) -> None:
    require_operand(attribute.name, value)


@frozen
class Band:
    """The bounds of the middle, which side is better, who says so, and the words for good, middle and bad.

    Raises:
        FloatAmount: a bound is a float.
        InvalidValue: `high` is below `low`.
    """

    low: Decimal = field(validator=_number)
    high: Decimal = field(validator=_number)
    better: Better
    source: str
    grain: Grain | None = None
    labels: tuple[str, str, str] = ("strong", "fair", "weak")

    def __attrs_post_init__(self) -> None:
        if self.high < self.low:
            raise InvalidValue("high", self.high, f"must not be below low, {self.low}", "swap the bounds")

    def label(self, value: Decimal) -> str:
        """The word for `value`."""
        good, middle, bad = self.labels
        above, below = (good, bad) if self.better is Better.HIGHER else (bad, good)
        if value > self.high:
            return above
        return below if value < self.low else middle


def _revenue_tracker(low: str, high: str, better: Better, grain: Grain | None = None) -> Band:
    return Band(Decimal(low), Decimal(high), better, "Revenue Tracker", grain)


BANDS: Final[Mapping[str, Band]] = MappingProxyType(
    {
        "growth_rate": _revenue_tracker("0.05", "0.15", Better.HIGHER, Grain.MONTH),
        "gross_mrr_churn": _revenue_tracker("0.005", "0.02", Better.LOWER, Grain.MONTH),
        # 120 % is said of a year: a month that retains as much is not the strong case, it is a miracle.
        "nrr": _revenue_tracker("1", "1.2", Better.HIGHER, Grain.YEAR),
        "nrr_trailing_12": _revenue_tracker("1", "1.2", Better.HIGHER),
        "ltv_to_cac": _revenue_tracker("3", "5", Better.HIGHER),
        "payback_months": _revenue_tracker("6", "12", Better.LOWER),
        "rule_of_40": _revenue_tracker("0.2", "0.4", Better.HIGHER),
    }
)
"""By the name of the metric; `evaluate(inputs, bands={**BANDS, …})` replaces some, `bands={}` shows none."""
