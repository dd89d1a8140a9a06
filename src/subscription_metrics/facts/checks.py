"""What every fact is checked for: ids, days, amounts.

House rules.

1. A check is an attrs validator. It names the field, the value, the rule and the remedy, and changes nothing.
2. A fact that fails a check doesn't exist: there is no half-valid fact to be looked at later.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from subscription_metrics.errors import EmptyIdentifier, EndNotAfterStart, FloatAmount, InvalidValue
from subscription_metrics.money import from_units, minor_units, to_units

if TYPE_CHECKING:
    from attrs import Attribute


def identifier(_: object, attribute: Attribute[Any], value: object) -> None:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise EmptyIdentifier(attribute.name, value, "must be a text that is not blank", "pass the id as text")


def day(_: object, attribute: Attribute[Any], value: object) -> None:
    """A date, and no instant."""
    if isinstance(value, datetime) or not isinstance(value, date):
        remedy = "turn an instant into a date in a named time zone first"
        raise InvalidValue(attribute.name, value, "must be a date", remedy)


def optional_day(fact: object, attribute: Attribute[Any], value: object) -> None:
    """A date, or nothing."""
    if value is not None:
        day(fact, attribute, value)


def after_start(fact: object, attribute: Attribute[Any], value: object) -> None:
    """A day after `start`, if there is one: intervals are half-open, so an equal end would hold no day."""
    optional_day(fact, attribute, value)
    start: date | None = getattr(fact, "start", None)
    if start is not None and isinstance(value, date) and value <= start:
        remedy = f"end is the first day without service; it starts on {start}"
        raise EndNotAfterStart(attribute.name, value, "must be after start", remedy)


def finite(_: object, attribute: Attribute[Any], value: object) -> None:
    """A finite `Decimal`."""
    if isinstance(value, float):
        raise FloatAmount(attribute.name, value, "must not be a float", "pass a Decimal made from text")
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InvalidValue(attribute.name, value, "must be a finite Decimal", "pass Decimal(…) of a text")


def not_negative(fact: object, attribute: Attribute[Any], value: object) -> None:
    """A finite `Decimal`, 0 or more."""
    finite(fact, attribute, value)
    if isinstance(value, Decimal) and value < 0:
        raise InvalidValue(attribute.name, value, "must not be negative", "a reduction is a credit, see Credit")


def positive(fact: object, attribute: Attribute[Any], value: object) -> None:
    """A finite `Decimal` above 0."""
    finite(fact, attribute, value)
    if isinstance(value, Decimal) and value <= 0:
        raise InvalidValue(attribute.name, value, "must be above 0", "leave out what is nothing")


def currency(_: object, __: object, value: str) -> None:
    """An active ISO 4217 code."""
    minor_units(value)


def in_minor_units(value: Decimal, code: str) -> int:
    """`value` as whole minor units of the currency `code`: 12.50 EUR → 1250.

    Raises:
        InvalidValue: `value` has more decimals than the currency.
        UnknownCurrency: see `minor_units`.
    """
    return to_units(value, minor_units(code))


def from_minor_units(units: int, code: str) -> Decimal:
    """The amount that whole minor units of the currency `code` are: 1250 EUR → 12.50.

    Raises:
        UnknownCurrency: see `minor_units`.
    """
    return from_units(units, minor_units(code))
