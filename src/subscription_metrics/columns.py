"""Typed columns: what a table promises about each field of its rows, and the one place where a field becomes a plain value.

House rules.

1. A row is any object whose attributes are named like the columns; it never formats itself.
2. A column says what its values are: the Python type follows from `ColumnType`, the meaning from the unit.
   Anything else in the column is an error, above all a float.
3. `None` is an absent value. `Undefined` is a quotient that has none: as a plain value it is `None`, too, and its reason travels in a
   text column of the same row.
4. Amounts are in the currency named by the row's `currency`; rows nested in it inherit it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, cast

from attrs import evolve, field, frozen

from subscription_metrics.errors import InvalidValue
from subscription_metrics.periods import Period
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from attrs import Attribute

CURRENCY = "currency"
FRACTION = "fraction"

Plain: TypeAlias = "str | int | Decimal | dt.date | list[dict[str, Plain]] | dict[str, Plain] | None"


class ColumnType(Enum):
    """What the values of a column are."""

    TEXT = "text"
    """`str`, or an `Enum` whose value is one."""
    BOOLEAN = "boolean"
    """`bool`."""
    INTEGER = "integer"
    """`int`: counts."""
    AMOUNT = "amount"
    """`Decimal` in the row's currency."""
    RATIO = "ratio"
    """`Decimal` or `Undefined`: a fraction of 1, read as percent."""
    NUMBER = "number"
    """`Decimal`, `int` or `Undefined` in any other unit."""
    DATE = "date"
    """`datetime.date`."""
    PERIOD = "period"
    """`Period`, written as its label."""
    ROWS = "rows"
    """A sequence of rows with columns of their own."""
    MAPPING = "mapping"
    """Names to `Decimal`, `int` or `str`."""


_PYTHON_TYPES: Mapping[ColumnType, tuple[type, ...]] = {
    ColumnType.TEXT: (str,),
    ColumnType.BOOLEAN: (bool,),
    ColumnType.INTEGER: (int,),
    ColumnType.AMOUNT: (Decimal,),
    ColumnType.RATIO: (Decimal,),
    ColumnType.NUMBER: (Decimal, int),
    ColumnType.DATE: (dt.date,),
    ColumnType.PERIOD: (Period,),
    ColumnType.ROWS: (tuple, list),
    ColumnType.MAPPING: (Mapping,),
}
"""A value that is none of these is refused …"""

_LOOKALIKES: Mapping[ColumnType, type] = {
    ColumnType.INTEGER: bool,
    ColumnType.NUMBER: bool,
    ColumnType.DATE: dt.datetime,
}
"""… and so is one that only by inheritance is one of these."""

_QUOTIENTS = (ColumnType.RATIO, ColumnType.NUMBER)
_DEFAULT_UNITS: Mapping[ColumnType, str] = {ColumnType.AMOUNT: CURRENCY, ColumnType.RATIO: FRACTION}
_TYPES_BY_UNIT: Mapping[str, ColumnType] = {unit: kind for kind, unit in _DEFAULT_UNITS.items()}


def _check_name(column: Column, attribute: Attribute[str], name: str) -> None:
    if not name.isidentifier():
        raise InvalidValue(
            attribute.name, name, "must be a Python identifier", "it names the rows' attribute"
        )


def _check_nested(column: Column, _: Attribute[tuple[Column, ...]], nested: tuple[Column, ...]) -> None:
    if bool(nested) != (column.type is ColumnType.ROWS):
        raise InvalidValue(
            column.name,
            nested,
            "has nested columns if, and only if, it holds rows",
            "pass columns= with ColumnType.ROWS",
        )


def _check_unit_from(column: Column, _: Attribute[str], unit_from: str) -> None:
    if unit_from and column.type is not ColumnType.NUMBER:
        raise InvalidValue(
            column.name, unit_from, "takes units from rows only as a number", "use ColumnType.NUMBER"
        )


@frozen
class Column:
    """One column: the attribute's `name`, the `type` and `unit` of its values.

    `unit` is documentation (`"customers"`, `"months"`, `"1"`); amounts are in `"currency"`, ratios in `"fraction"`.
    `title` is the heading for people, the name with blanks unless given.
    `columns` are the columns of the rows that a `ROWS` column holds.
    `unit_from` names the attribute that holds the unit where it differs from row to row: a number whose unit begins with the word
    "currency" is then written and read as an amount, one in "fraction" as a ratio.
    """

    name: str = field(validator=_check_name)
    type: ColumnType
    unit: str = field()
    title: str = ""
    columns: tuple[Column, ...] = field(default=(), kw_only=True, validator=_check_nested)
    unit_from: str = field(default="", kw_only=True, validator=_check_unit_from)

    @unit.default
    def _default_unit(self) -> str:
        return _DEFAULT_UNITS.get(self.type, "")

    @property
    def heading(self) -> str:
        """The column's heading for people."""
        return self.title or self.name.replace("_", " ")

    def type_in(self, row: object) -> ColumnType:
        """The type of this column's value in `row`."""
        if not self.unit_from:
            return self.type
        unit = str(getattr(row, self.unit_from))
        return _TYPES_BY_UNIT.get(unit.partition(" ")[0], self.type)


def plain_row(columns: Iterable[Column], row: object) -> dict[str, Plain]:
    """Give the row's fields as exact Python values, keyed by column name, in the order of the columns."""
    return {column.name: plain_value(column, getattr(row, column.name)) for column in columns}


def plain_value(column: Column, value: object) -> Plain:
    """Give the exact Python value that stands for `value` in `column`; raises `InvalidValue` if it isn't of the column's type."""
    if value is None or (isinstance(value, Undefined) and column.type in _QUOTIENTS):
        return None
    content = value.value if isinstance(value, Enum) else value
    match _checked(column, content):
        case Period() as period:
            return period.label
        case Mapping() as named:
            part = evolve(column, type=ColumnType.NUMBER)
            return {
                name: item if isinstance(item, str) else plain_value(part, item)
                for name, item in named.items()
            }
        case list() | tuple() as nested:
            return [plain_row(column.columns, row) for row in nested]
        case plain:
            return cast("Plain", plain)


def _checked(column: Column, value: object) -> object:
    kind = column.type
    if not isinstance(value, _PYTHON_TYPES[kind]) or isinstance(value, _LOOKALIKES.get(kind, ())):
        names = " or ".join(accepted.__name__ for accepted in _PYTHON_TYPES[kind])
        raise InvalidValue(
            column.name,
            value,
            f"must be {names}, as the column's type is {kind.value}",
            "convert it where the row is made",
        )
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidValue(
            column.name,
            value,
            "must be finite",
            "use None where it is absent, Undefined(reason) where it has no value",
        )
    return value
