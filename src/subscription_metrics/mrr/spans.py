"""MRR spans: what a customer pays a month for one thing, and from when to when.

A span is the atom of every figure: `(customer, subscription, plan, currency, monthly amount, [start, end))`.
Data that already comes as monthly amounts with dates is a span directly. The MRR at a date is the sum of the
monthly amounts of the spans with `start ≤ date < end`; everything else in this library follows from that sentence.

House rules.

1. Intervals are half-open: `end` is the first day *without* service, `None` is open. Sources with inclusive ends
   convert once, on entry.
2. An amount is a `Decimal` of at most 8 decimals, in units of its currency a month, after recurring discounts and
   before tax. It is never rounded again. Inside loops it is `units`, the same amount as an integer of 10⁻⁸.
3. A span is immutable and knows where it came from: `source` and `line`, so every figure leads back to its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from attrs import field, fields, frozen, make_class

from subscription_metrics.errors import EmptyIdentifier, EndNotAfterStart, InvalidValue, NegativeAmount
from subscription_metrics.money import minor_units, to_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attrs import Attribute

    from subscription_metrics.periods import BillingInterval


class Attributes(Mapping[str, str]):
    """An immutable mapping of attribute names to values, for segments: hashable, and it pickles."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, str] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, name: str) -> str:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"Attributes({self._items!r})"

    def __reduce__(self) -> tuple[type[Attributes], tuple[dict[str, str]]]:
        return Attributes, (self._items,)


NO_ATTRIBUTES = Attributes()


@frozen
class Cancellation:
    """Why a span ended: the `reason` in the source's words, and whether the customer wanted it (`None`: not known)."""

    reason: str | None = None
    voluntary: bool | None = None


def _identifier(_: object, attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise EmptyIdentifier(attribute.name, value, "must be a text that is not blank", "pass the id as text")


def _day(_: object, attribute: Attribute[date], value: object) -> None:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InvalidValue(
            attribute.name, value, "must be a date", "turn an instant into a date in a named time zone first"
        )


def _after_start(span: Span, attribute: Attribute[date | None], value: date | None) -> None:
    if value is None:
        return
    _day(span, attribute, value)  # type: ignore[arg-type]  # the same check, for a date that may also be absent
    if value <= span.start:
        remedy = f"end is the first day without service; the span starts on {span.start}"
        raise EndNotAfterStart(attribute.name, value, "must be after start", remedy)


def _not_negative(_: object, attribute: Attribute[Decimal], value: Decimal) -> None:
    if value < 0:
        remedy = "a discount can't take a line below 0; credits and refunds are not MRR"
        raise NegativeAmount(attribute.name, value, "must not be negative", remedy)


def _currency(_: object, __: Attribute[str], value: str) -> None:
    minor_units(value)


def _quantity(_: object, attribute: Attribute[Decimal | int], value: Decimal | int) -> None:
    finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int)
    if not finite or isinstance(value, bool) or value <= 0:
        raise InvalidValue(attribute.name, value, "must be an int or Decimal above 0", "leave it out for 1")


def _attributes(value: Mapping[str, str]) -> Attributes:
    return value if isinstance(value, Attributes) else Attributes(value)


def _text(_: object, attribute: Attribute[str | None], value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise InvalidValue(attribute.name, value, "must be a text", "pass str(…) of it, or leave it out")


def _texts(_: object, attribute: Attribute[Attributes], value: Attributes) -> None:
    pairs: Iterable[tuple[object, object]] = value.items()
    for name, item in pairs:
        if not isinstance(name, str) or not isinstance(item, str):
            remedy = "a segment is a text; leave out what is absent"
            raise InvalidValue(attribute.name, {name: item}, "must be texts by name", remedy)


@frozen(kw_only=True, weakref_slot=False)
class Span:
    """What one customer pays a month for one plan of one subscription, on each day of `[start, end)`.

    Raises:
        FloatAmount: `monthly_amount` is a float.
        InvalidValue: it is not a finite `Decimal` of at most 8 decimals, a date is no date, a quantity not above 0.
        NegativeAmount: it is below 0.
        EndNotAfterStart: the interval holds no day.
        UnknownCurrency: `currency` is no ISO 4217 code.
        EmptyIdentifier: `customer` or `subscription` is blank.
    """

    customer: str = field(validator=_identifier)
    subscription: str = field(validator=_identifier)
    monthly_amount: Decimal = field(validator=_not_negative)
    currency: str = field(validator=_currency)
    start: date = field(validator=_day)
    end: date | None = field(default=None, validator=_after_start)
    plan: str | None = field(default=None, validator=_text)
    quantity: Decimal | int = field(default=cast("Decimal | int", 1), validator=_quantity)
    recurring: bool = True
    interval: BillingInterval | None = None
    parent: str | None = field(default=None, validator=_text)
    cancellation: Cancellation | None = None
    attributes: Attributes = field(default=NO_ATTRIBUTES, converter=_attributes, validator=_texts)
    source: str | None = field(default=None, eq=False)
    line: int | None = field(default=None, eq=False)
    units: int = field(init=False, eq=False, repr=False)

    @units.default
    def _units(self) -> int:
        return to_units(self.monthly_amount)

    @property
    def origin(self) -> str | None:
        """Where the span came from: `file:line`, or the id of the object."""
        return self.source if self.line is None else f"{self.source}:{self.line}"

    def active_on(self, day: date) -> bool:
        """Whether `start ≤ day < end`."""
        return self.start <= day and (self.end is None or day < self.end)


# Reading a million rows spends most of its time in the frozen initialiser, which sets every slot through a function
# call. A reader that has validated the values itself fills a mutable twin with the same slots (2.4 × as fast) and then
# makes it a Span. `tests/test_spans.py` shows that both ways give equal spans.
_Draft: Any = make_class("_Draft", [a.name for a in fields(Span)], slots=True, weakref_slot=False, eq=False, repr=False)


def trusted(*values: object) -> Span:
    """Make a span of `values` in the order of its fields, `units` included, without validating them again."""
    span = _Draft(*values)
    span.__class__ = Span
    return span  # type: ignore[no-any-return]  # it is a Span since the line before


class ExclusionReason(Enum):
    """Why a billing fact contributes nothing to MRR (semantics §2)."""

    TRIALING = "trialing"
    PAUSED = "paused"
    UNPAID = "unpaid"


@frozen(kw_only=True)
class Exclusion:
    """A fact that contributes nothing, kept so that “why is this customer not in MRR?” has an answer."""

    customer: str
    subscription: str
    plan: str | None
    reason: ExclusionReason
    start: date
    end: date | None
    source: str | None = field(default=None, eq=False)
    line: int | None = field(default=None, eq=False)

    @property
    def origin(self) -> str | None:
        """Where the fact came from: `file:line`, or the id of the object."""
        return self.source if self.line is None else f"{self.source}:{self.line}"


class Level(Enum):
    """Whose MRR is compared from close to close: the unit a movement belongs to (semantics §3)."""

    CUSTOMER = "customer"
    SUBSCRIPTION = "subscription"
    PARENT = "parent"


UNIT_OF: Mapping[Level, Callable[[Span], str]] = {
    Level.CUSTOMER: attrgetter("customer"),
    Level.SUBSCRIPTION: attrgetter("subscription"),
    Level.PARENT: lambda span: span.customer if span.parent is None else span.parent,
}

SEGMENT_FIELDS: Mapping[str, Callable[[Span], str | None]] = {
    "customer": lambda span: span.customer,
    "subscription": lambda span: span.subscription,
    "parent": lambda span: span.parent,
    "plan": lambda span: span.plan,
    "currency": lambda span: span.currency,
    "quantity": lambda span: str(span.quantity),
    "interval": lambda span: None if span.interval is None else str(span.interval),
    "recurring": lambda span: "recurring" if span.recurring else "not recurring",
}


def segment_by(name: str) -> Callable[[Span], str | None]:
    """The function that tells a span's segment: one of `SEGMENT_FIELDS`, else the attribute of that name."""
    return SEGMENT_FIELDS.get(name) or (lambda span: span.attributes.get(name))
