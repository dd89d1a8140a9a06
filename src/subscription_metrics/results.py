"""What a book answers: the row types that are not already those of `mrr`, and the columns of every result.

A result is a `Table` of such rows. Columns stand here, in one place, because their names are a public contract: they
are the keys of the JSON and the headings of the CSV that the exporters write.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from subscription_metrics.mrr.causes import CauseKind
    from subscription_metrics.mrr.listing import Cause, Movement
    from subscription_metrics.mrr.movements import MovementKind
    from subscription_metrics.periods import Period
    from subscription_metrics.quotients import Quotient


@frozen
class MetricRow:
    """One figure of one period with all that is needed to check it; `undefined` says why there is no value."""

    period: Period
    currency: str
    segment: str | None
    name: str
    value: Quotient
    unit: str
    formula: str
    inputs: Mapping[str, int | Quotient | str]
    convention: str
    band: str | None

    @property
    def undefined(self) -> str | None:
        """The reason why `value` is undefined, `None` if it is not."""
        return self.value.reason if isinstance(self.value, Undefined) else None


@frozen
class CauseRow:
    """The movements of a period by kind, cause, and the reason and will behind a cancellation."""

    period: Period
    currency: str
    segment: str | None
    kind: MovementKind
    cause: CauseKind
    reason: str | None
    voluntary: bool | None
    amount: Decimal = Decimal(0)
    parts: int = 0

    @classmethod
    def of(cls, movement: Movement, cause: Cause) -> CauseRow:
        """The row that a cause of a movement is added to."""
        one = movement
        return cls(one.period, one.currency, one.segment, one.kind, cause.kind, cause.reason, cause.voluntary)


@frozen
class CustomerRow:
    """One customer's MRR on a day, with its share of the total."""

    customer_id: str
    currency: str
    mrr: Decimal
    share: Quotient
    cumulative_share: Quotient


@frozen
class SegmentRow:
    """One segment's MRR on a day, with its share of the total."""

    segment: str | None
    currency: str
    mrr: Decimal
    customers: int
    share: Quotient


@frozen
class ExplanationRow:
    """One fact of a customer: `mrr` is what it contributes on the day, `why` says how that comes."""

    subscription: str
    plan: str | None
    currency: str | None
    start: date
    end: date | None
    monthly_amount: Decimal | None
    mrr: Decimal
    why: str
    origin: str | None


_TEXT, _COUNT, _AMOUNT, _RATIO = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.AMOUNT, ColumnType.RATIO
_PERIOD = Column("period", ColumnType.PERIOD)
_CURRENCY = Column("currency", _TEXT)
_SEGMENT = Column("segment", _TEXT)

BRIDGE_COLUMNS = (
    _PERIOD,
    _CURRENCY,
    *(
        Column(name, _AMOUNT)
        for name in ("opening", "new", "expansion", "reactivation", "contraction", "lost", "fx", "closing")
    ),
    *(
        Column(f"{name}_customers", _COUNT, "customers")
        for name in ("opening", "new", "expansion", "reactivation", "contraction", "lost", "closing")
    ),
)

CAUSE_COLUMNS = (
    Column("kind", _TEXT),
    Column("amount", _AMOUNT),
    Column("subscription", _TEXT),
    Column("reason", _TEXT),
    Column("voluntary", ColumnType.BOOLEAN),
    Column("origins", ColumnType.TEXTS),
)

MOVEMENT_COLUMNS = (
    _PERIOD,
    _CURRENCY,
    Column("customer_id", _TEXT, title="customer"),
    Column("kind", _TEXT),
    Column("amount", _AMOUNT),
    Column("opening", _AMOUNT),
    Column("closing", _AMOUNT),
    Column("causes", ColumnType.ROWS, columns=CAUSE_COLUMNS),
)

CAUSES_COLUMNS = (
    _PERIOD,
    _CURRENCY,
    Column("kind", _TEXT),
    Column("cause", _TEXT),
    Column("reason", _TEXT),
    Column("voluntary", ColumnType.BOOLEAN),
    Column("amount", _AMOUNT),
    Column("parts", _COUNT),
)

METRIC_COLUMNS = (
    _PERIOD,
    _CURRENCY,
    Column("name", _TEXT),
    Column("value", ColumnType.NUMBER, unit_from="unit"),
    Column("unit", _TEXT),
    Column("band", _TEXT),
    Column("formula", _TEXT),
    Column("inputs", ColumnType.MAPPING),
    Column("convention", _TEXT),
    Column("undefined", _TEXT),
)

CUSTOMER_COLUMNS = (
    Column("customer_id", _TEXT, title="customer"),
    _CURRENCY,
    Column("mrr", _AMOUNT, title="MRR"),
    Column("share", _RATIO),
    Column("cumulative_share", _RATIO),
)

SEGMENT_COLUMNS = (
    _SEGMENT,
    _CURRENCY,
    Column("mrr", _AMOUNT, title="MRR"),
    Column("customers", _COUNT, "customers"),
    Column("share", _RATIO),
)

EXPLANATION_COLUMNS = (
    Column("subscription", _TEXT),
    Column("plan", _TEXT),
    _CURRENCY,
    Column("start", ColumnType.DATE),
    Column("end", ColumnType.DATE),
    Column("monthly_amount", _AMOUNT),
    Column("mrr", _AMOUNT, title="MRR"),
    Column("why", _TEXT),
    Column("origin", _TEXT),
)


def with_segment(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The same columns with the segment after the period."""
    return (columns[0], _SEGMENT, *columns[1:])
