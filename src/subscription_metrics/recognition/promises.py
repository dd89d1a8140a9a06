"""Promises: what a contract obliges to, what it sells for alone, and the ways in which it can be kept.

| way | recognised | |
|---|---|---|
| `Ratable` | the same every day or month of the service | `Method` names the ways of counting |
| `PointInTime` | on the day | |
| `Measured` | by progress: units, milestones, costs | from deliveries |
| `Usage` | quantity × price, as consumed | from deliveries; unbilled until invoiced |
| `Prepaid` | as drawn, with breakage | from deliveries |

House rules.

1. A promise says how it is kept, never how much of it has been: that is what deliveries say.
2. Service periods are half-open, amounts are in the contract's currency, without tax.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from attrs import Factory, field, frozen
from attrs.validators import instance_of, optional

from subscription_metrics.errors import InvalidValue
from subscription_metrics.facts.checks import after_start, day, finite, identifier, not_negative, positive
from subscription_metrics.periods import BillingInterval
from subscription_metrics.recognition.curves import Method, Residual

if TYPE_CHECKING:
    from datetime import date


@frozen(kw_only=True)
class Ratable:
    """A service that is the same every day of `[start, end)` (606-10-25-27(a), 55-184)."""

    start: date = field(validator=day)
    end: date = field(validator=after_start)
    method: Method = Method.DAILY
    residual: Residual = Residual.CUMULATIVE


@frozen(kw_only=True)
class PointInTime:
    """Handed over `on` one day (606-10-25-30)."""

    on: date = field(validator=day)


@frozen(kw_only=True)
class Measured:
    """Kept as far as deliveries say: of `total` units, milestones or costs (606-10-25-31 to 25-37).

    A delivery may state a new total: the estimate of cost to cost.
    """

    total: Decimal = field(validator=positive)


class Aggregation(Enum):
    """What is billed for the records of one billing period."""

    SUM = "sum"
    """All of them."""
    MAX = "max"
    """The largest."""
    LAST_IN_PERIOD = "last in period"
    """The last one of the period, known when the period is over; nothing if there is none."""
    LAST_EVER = "last ever"
    """The last one so far, also of an earlier period; known when the period is over."""


@frozen(kw_only=True)
class Usage:
    """Quantity × `unit_price` as consumed over `[start, end)` (606-10-55-18, the right to invoice).

    `interval` is the billing period that an aggregation other than the sum counts by.
    """

    unit_price: Decimal = field(validator=finite)
    start: date = field(validator=day)
    end: date = field(validator=after_start)
    aggregation: Aggregation = Aggregation.SUM
    interval: BillingInterval = field(factory=lambda: BillingInterval.parse("month"))


@frozen(kw_only=True)
class Prepaid:
    """Credits bought ahead: kept as drawn, of `quantity` less the `breakage` that is expected (606-10-55-46 to 55-49).

    Breakage is recognised in proportion to what is drawn; with none expected, what is left falls due when the
    credits expire.
    """

    quantity: Decimal = field(validator=positive)
    start: date = field(validator=day)
    expires: date = field(validator=day)
    breakage: Decimal = field(default=Decimal(0), validator=not_negative)

    def __attrs_post_init__(self) -> None:
        if self.breakage >= self.quantity:
            raise InvalidValue("breakage", self.breakage, f"must be below the quantity, {self.quantity}")
        if self.expires <= self.start:
            raise InvalidValue("expires", self.expires, f"must be after start, {self.start}")


Satisfaction: TypeAlias = Ratable | PointInTime | Measured | Usage | Prepaid


@frozen
class PriceRange:
    """Selling prices from `low` to `high`: a stated price within it is one, otherwise the middle stands for it."""

    low: Decimal = field(validator=not_negative)
    high: Decimal = field(validator=not_negative)

    def __attrs_post_init__(self) -> None:
        if self.high < self.low:
            raise InvalidValue("high", self.high, f"must not be below low, {self.low}", "exchange the two")


@frozen(kw_only=True)
class PerformanceObligation:
    """One distinct promise.

    `standalone_price` is what it sells for alone: a price, a range, or `None` for the residual approach. `price` is
    what the contract states for it, if anything. `remaining_distinct` says whether what is left to deliver at some
    time is distinct from what was delivered: so for a series of days or units, not so for one job under way
    (606-10-25-13). `unconditional` says that revenue ahead of its invoice is a receivable that only waits for time
    to pass; otherwise it is a contract asset (606-10-45-3, 45-4). Usage always is unconditional.
    """

    id: str = field(validator=identifier)
    satisfaction: Satisfaction
    standalone_price: Decimal | PriceRange | None = None
    price: Decimal | None = field(default=None, validator=optional(finite))
    product: str = field(default=Factory(lambda self: self.id, takes_self=True))
    remaining_distinct: bool = True
    unconditional: bool = field(
        default=Factory(lambda self: isinstance(self.satisfaction, Usage), takes_self=True), validator=instance_of(bool)
    )
