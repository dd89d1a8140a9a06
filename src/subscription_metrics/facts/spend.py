"""Spend: what was paid in a month, over which channel, for which purpose.

House rule: an amount is spent in a month and for a purpose. What a channel cost is marketing; a salary of sales has no
channel. Who wants the cost of winning customers adds up `MARKETING` and `SALES`; `OTHER` is in no ratio.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from attrs import field, frozen

from subscription_metrics.errors import InvalidPeriod
from subscription_metrics.facts.checks import currency, identifier, not_negative
from subscription_metrics.periods import Grain, Period

if TYPE_CHECKING:
    from decimal import Decimal

    from attrs import Attribute


class Purpose(Enum):
    """What money was spent on."""

    MARKETING = "marketing"
    """To be found: advertising, content, events."""
    SALES = "sales"
    """To be chosen: salaries, commissions, tools of sales."""
    OTHER = "other"
    """Anything that wins no customers."""


def _month(_: Spend, attribute: Attribute[Period], value: object) -> None:
    if not isinstance(value, Period) or value.grain is not Grain.MONTH:
        raise InvalidPeriod(attribute.name, value, "must be a month", "pass Period.parse('2025-01')")


@frozen(kw_only=True)
class Spend:
    """An `amount` of money spent in a month.

    Raises:
        InvalidPeriod: `month` is no month.
        FloatAmount: `amount` is a float.
        InvalidValue: it is negative.
        UnknownCurrency: see `minor_units`.
        EmptyIdentifier: `channel` is blank.
    """

    month: Period = field(validator=_month)
    channel: str = field(validator=identifier)
    amount: Decimal = field(validator=not_negative)
    currency: str = field(validator=currency)
    purpose: Purpose = Purpose.MARKETING
    source: str | None = field(default=None, eq=False)
    line: int | None = field(default=None, eq=False)

    @property
    def origin(self) -> str | None:
        """Where the fact came from: `file:line`, or the id of the object."""
        return self.source if self.line is None else f"{self.source}:{self.line}"
