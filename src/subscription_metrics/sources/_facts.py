"""Plain values become facts: one table of fields per fact, and every fault collected.

A fact is read from a mapping of names to texts, numbers, lists and mappings, as JSON gives them; rows of CSV files are
turned into the same mappings first, so that there is one meaning of each field.

House rules.

1. A field is read by the reader that its table names. Unknown fields are faults: a misspelt one would be lost.
2. Faults are collected; a fact with a fault is left out, and the caller raises once for all of them.
3. Numbers come as text or as JSON numbers, which are read as decimals. A binary float never exists.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import NOTHING, Factory, field, fields_dict, frozen

from subscription_metrics.errors import Fault, InvalidValue
from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Invoice, InvoiceLine, Payment
from subscription_metrics.periods import BillingInterval
from subscription_metrics.recognition.contracts import (
    Commission,
    Contract,
    CostKind,
    Delivery,
    Ending,
    Financing,
    Impairment,
    LateInvoices,
    Modification,
    PriceChange,
    SetUpFee,
    TargetedDiscount,
    Termination,
    Variable,
)
from subscription_metrics.recognition.curves import Method, Residual
from subscription_metrics.recognition.promises import (
    Aggregation,
    Measured,
    PerformanceObligation,
    PointInTime,
    Prepaid,
    PriceRange,
    Ratable,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import Enum

Plain: TypeAlias = Any  # what JSON holds, or a row of text
Reader: TypeAlias = "Callable[[Plain, Place], Any]"


@frozen
class Place:
    """Where a value stands: the file, the line if it has lines, and the path of names to it."""

    source: str
    line: int | None = None
    path: str = ""
    faults: list[Fault] = field(default=Factory(list), eq=False, repr=False)

    def at(self, name: str) -> Place:
        """The place of a field, or of an item, within this one."""
        return Place(self.source, self.line, f"{self.path}.{name}" if self.path else name, self.faults)

    def fault(self, value: object, rule: str, remedy: str) -> None:
        """Note what is wrong here."""
        text = None if value is None else str(value)
        self.faults.append(Fault(self.source, self.line, self.path or None, text, rule, remedy))


class Unreadable(Exception):
    """The fault has been noted; the fact can't be made."""


def _refuse(place: Place, value: object, rule: str, remedy: str) -> Unreadable:
    place.fault(value, rule, remedy)
    return Unreadable()


def text(value: Plain, place: Place) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise _refuse(place, value, "must be a text that is not blank", "write it in quotes")
    return value.strip()


def day(value: Plain, place: Place) -> date:
    """A date as 2025-01-31."""
    try:
        return date.fromisoformat(text(value, place))
    except ValueError:
        raise _refuse(place, value, "must be a date", "write it as 2025-01-31") from None


def optional_day(value: Plain, place: Place) -> date | None:
    """A date, or null."""
    return None if value is None else day(value, place)


def amount(value: Plain, place: Place) -> Decimal:
    """An amount: a number, or a text of one without separators of thousands."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _refuse(place, value, "must be a number", "write it as 1234.50")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _refuse(place, value, "must be a number", "write it as 1234.50, without currency or thousands") from None
    if not number.is_finite():
        raise _refuse(place, value, "must be finite", "leave out what is not known")
    return number


def flag(value: Plain, place: Place) -> bool:
    """True or false."""
    words = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False}
    key = value.strip().lower() if isinstance(value, str) else value
    if not isinstance(key, bool | str) or key not in words:
        raise _refuse(place, value, "must be true or false", "write one of true, false, yes, no")
    return words[key]


def interval(value: Plain, place: Place) -> BillingInterval:
    """A billing interval."""
    try:
        return BillingInterval.parse(text(value, place))
    except InvalidValue as error:
        raise _refuse(place, value, error.rule, error.remedy) from None


def price(value: Plain, place: Place) -> Any:  # noqa: ANN401 - a Decimal or a PriceRange
    """A price, or a range of prices as [low, high]."""
    ends = 2
    if isinstance(value, list) and len(value) == ends:
        low, high = (amount(one, place) for one in value)
        return _made(PriceRange, {"low": low, "high": high}, place)
    return amount(value, place)


def one_of(kind: type[Enum]) -> Reader:
    """A member of an enum, by its value."""

    def read(value: Plain, place: Place) -> Enum:
        known = {str(member.value): member for member in kind}
        if not isinstance(value, str) or value.strip().lower() not in known:
            raise _refuse(place, value, "must be one of the known words", f"write one of: {', '.join(known)}")
        return known[value.strip().lower()]

    return read


def names(value: Plain, place: Place) -> tuple[str, ...]:
    """A list of ids; in a row of text they are separated by semicolons."""
    parts = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise _refuse(place, value, "must be a list of ids", 'write ["a", "b"]')
    return tuple(text(one, place) for one in parts)


def many(fact: type) -> Reader:
    """A list of facts of one kind."""

    def read(value: Plain, place: Place) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _refuse(place, value, "must be a list", "write [ … ]")
        found = [read_fact(fact, one, place.at(f"[{number}]")) for number, one in enumerate(value)]
        if None in found:
            raise Unreadable
        return tuple(found)

    return read


def one(fact: type) -> Reader:
    """A fact within a fact."""

    def read(value: Plain, place: Place) -> Any:  # noqa: ANN401 - the caller names the kind
        found = read_fact(fact, value, place)
        if found is None:
            raise Unreadable
        return found

    return read


def satisfaction(value: Plain, place: Place) -> Any:  # noqa: ANN401 - one of WAYS
    """A way of satisfaction: its fields, and its name under `way`."""
    if not isinstance(value, dict) or value.get("way") not in WAYS:
        given = value.get("way") if isinstance(value, dict) else value
        raise _refuse(place.at("way"), given, "must be a known way", f"write one of: {', '.join(WAYS)}")
    return one(WAYS[value["way"]])({key: part for key, part in value.items() if key != "way"}, place)


WAYS: Mapping[str, type] = {
    "ratable": Ratable,
    "point in time": PointInTime,
    "measured": Measured,
    "usage": Usage,
    "prepaid": Prepaid,
}

_DATED: Mapping[str, Reader] = {"id": text, "contract": text, "on": day, "recorded": day}

FIELDS: Mapping[type, Mapping[str, Reader]] = {
    Ratable: {"start": day, "end": day, "method": one_of(Method), "residual": one_of(Residual)},
    PointInTime: {"on": day},
    Measured: {"total": amount},
    Usage: {
        "unit_price": amount,
        "start": day,
        "end": day,
        "aggregation": one_of(Aggregation),
        "interval": interval,
    },
    Prepaid: {"quantity": amount, "start": day, "expires": day, "breakage": amount},
    PerformanceObligation: {
        "id": text,
        "satisfaction": satisfaction,
        "standalone_price": price,
        "price": amount,
        "product": text,
        "remaining_distinct": flag,
        "unconditional": flag,
    },
    TargetedDiscount: {"amount": amount, "to": names},
    Variable: {"id": text, "estimate": amount, "constrained": amount, "to": names},
    SetUpFee: {"amount": amount, "until": day, "method": one_of(Method)},
    Financing: {"promised": amount, "cash_price": amount, "starts": day, "settles": day},
    Contract: {
        "id": text,
        "customer": text,
        "currency": text,
        "inception": day,
        "price": amount,
        "obligations": many(PerformanceObligation),
        "discounts": many(TargetedDiscount),
        "variable": many(Variable),
        "set_up_fee": one(SetUpFee),
        "financing": one(Financing),
        "residual_range": price,
        "binding": optional_day,
        "late_invoices": one_of(LateInvoices),
        "recorded": day,
    },
    Payment: {"on": day, "amount": amount, "recorded": day},
    Credit: {
        "id": text,
        "on": day,
        "amount": amount,
        "purpose": one_of(CreditFor),
        "kind": one_of(CreditKind),
        "tax": amount,
        "line": text,
        "recorded": day,
    },
    InvoiceLine: {
        "id": text,
        "amount": amount,
        "tax": amount,
        "contract": text,
        "obligation": text,
        "product": text,
        "start": day,
        "end": day,
        "description": text,
    },
    Invoice: {
        "id": text,
        "customer": text,
        "currency": text,
        "issued": day,
        "due": day,
        "lines": many(InvoiceLine),
        "payments": many(Payment),
        "credits": many(Credit),
        "recoveries": many(Payment),
        "paid_back": many(Payment),
        "void": day,
        "void_recorded": day,
        "replaced_by": text,
        "recorded": day,
    },
    Delivery: {**_DATED, "obligation": text, "quantity": amount, "total": amount},
    Modification: {
        **_DATED,
        "price_change": amount,
        "add": many(PerformanceObligation),
        "end": names,
        "credit_for_past": amount,
    },
    PriceChange: {**_DATED, "amount": amount, "to": names, "unit_price": amount},
    Termination: {**_DATED, "ending": one_of(Ending)},
    Commission: {
        **_DATED,
        "amount": amount,
        "start": day,
        "end": day,
        "method": one_of(Method),
        "incremental": flag,
        "expense_if_within_a_year": flag,
        "kind": one_of(CostKind),
        "impairments": many(Impairment),
    },
    Impairment: {"on": day, "recoverable": amount, "recorded": day},
}
"""How each field of each fact is read."""


def read_fact(fact: type, value: Plain, place: Place) -> Any:  # noqa: ANN401 - the caller names the kind
    """A fact, or `None` where a fault was noted."""
    if not isinstance(value, dict):
        place.fault(value, f"must be the fields of a {fact.__name__.lower()}", "write { … }")
        return None
    readers = FIELDS[fact]
    before = len(place.faults)
    for name in value.keys() - readers.keys():
        place.at(name).fault(value[name], "is no field", f"use: {', '.join(readers)}")
    for name in _needed(fact) - value.keys():
        place.at(name).fault(None, "is missing", "state it")
    found = {name: _attempt(readers[name], value[name], place.at(name)) for name in value.keys() & readers.keys()}
    if len(place.faults) > before:
        return None
    try:
        return _made(fact, found, place)
    except Unreadable:
        return None


def _needed(fact: type) -> set[str]:
    own = fields_dict(fact)
    return {name for name in FIELDS[fact] if own[name].default is NOTHING}


def _attempt(reader: Reader, value: Plain, place: Place) -> Any:  # noqa: ANN401 - what the reader reads
    try:
        return reader(value, place)
    except Unreadable:
        return None


def _made(fact: type, found: Mapping[str, Any], place: Place) -> Any:  # noqa: ANN401 - see read_fact
    origin = {"source": place.source, "line": place.line} if fact in (Contract, Invoice) else {}
    try:
        return fact(**found, **origin)
    except InvalidValue as error:
        raise _refuse(place.at(error.field), error.value, error.rule, error.remedy or "correct the value") from None
