"""Typed columns: what a table promises about each field of its rows, and how a field becomes a plain value.

House rules.

1. A row is any object whose attributes are named like the columns; it never formats itself.
2. A column says what its values are: the Python type follows from `ColumnType`, the meaning from the unit.
   Anything else in the column is an error, above all a float.
3. `None` is an absent value. `Undefined` stands where a quotient has no value: as a plain value it is `None`,
   too, and its reason travels in a text column of the same row.
4. Amounts are in the currency named by the row's `currency`; rows nested in it inherit it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, cast

from attrs import Factory, field, frozen

from subscription_metrics.errors import InvalidValue
from subscription_metrics.periods import Period
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attrs import Attribute

CURRENCY = "currency"
"""The unit of amounts: the row's currency."""

FRACTION = "fraction"
"""The unit of ratios: parts of 1."""

Plain: TypeAlias = "str | bool | int | Decimal | dt.date | list[Plain] | dict[str, Plain] | None"
"""What a value is once it has left its row."""


class ColumnType(Enum):
    """What the values of a column are."""

    TEXT = "text"
    """`str`, or an `Enum` whose value is one."""
    TEXTS = "texts"
    """A tuple or list of `str`."""
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
    """`Period`; its plain value is its label."""
    ROWS = "rows"
    """A tuple or list of rows with columns of their own."""
    MAPPING = "mapping"
    """Names to `Decimal`, `int`, `str` or `Undefined`."""


_PYTHON_TYPES: Mapping[ColumnType, tuple[type, ...]] = {
    ColumnType.TEXT: (str,),
    ColumnType.TEXTS: (tuple, list),
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
"""… and so is one that is only so by inheritance."""

_QUOTIENTS = (ColumnType.RATIO, ColumnType.NUMBER)
_UNITS: Mapping[ColumnType, str] = {ColumnType.AMOUNT: CURRENCY, ColumnType.RATIO: FRACTION}
_TYPES_BY_UNIT: Mapping[str, ColumnType] = {unit: kind for kind, unit in _UNITS.items()}


def _default_unit(column: Column) -> str:
    return _UNITS.get(column.type, "")


def _check_name(_: Column, attribute: Attribute[str], name: str) -> None:
    if not name.isidentifier():
        raise InvalidValue(attribute.name, name, "must be a Python identifier", "name an attribute of the rows")


def _check_nested(column: Column, _: Attribute[tuple[Column, ...]], nested: tuple[Column, ...]) -> None:
    if bool(nested) != (column.type is ColumnType.ROWS):
        rule = "must have nested columns if, and only if, it holds rows"
        raise InvalidValue(column.name, nested, rule, "pass columns=… together with ColumnType.ROWS")


def _check_unit_from(column: Column, _: Attribute[str], unit_from: str) -> None:
    if unit_from and column.type is not ColumnType.NUMBER:
        rule = "can't take its unit from the rows"
        raise InvalidValue(column.name, column.type, rule, "use ColumnType.NUMBER")


@frozen
class Column:
    """One column: the attribute's `name`, the `type` and `unit` of its values.

    `unit` tells people and programs what is counted (`"customers"`, `"months"`, `"1"`); amounts are in
    `"currency"` and ratios in `"fraction"` unless it says more. `title` is the heading, the name with
    blanks unless given. `columns` are the columns of the rows that a `ROWS` column holds. `unit_from` names
    the attribute that holds the unit where it differs from row to row: a number whose unit begins with the
    word "currency" is then written and read as an amount, with "fraction" as a ratio.

    Raises:
        InvalidValue: a name that is no identifier, nested columns without rows or rows without them,
            `unit_from` of something else than a number.
    """

    name: str = field(validator=_check_name)
    type: ColumnType
    unit: str = field(default=Factory(_default_unit, takes_self=True))
    title: str = ""
    columns: tuple[Column, ...] = field(default=(), kw_only=True, validator=_check_nested)
    unit_from: str = field(default="", kw_only=True, validator=_check_unit_from)

    @property
    def heading(self) -> str:
        """The heading for people."""
        return self.title or self.name.replace("_", " ")

    def type_in(self, row: object) -> ColumnType:
        """What the value in `row` is written and read as."""
        unit: str = getattr(row, self.unit_from) if self.unit_from else self.unit
        return _TYPES_BY_UNIT.get(unit.partition(" ")[0], self.type)


def plain_row(columns: Iterable[Column], row: object) -> dict[str, Plain]:
    """Give the fields of `row` as exact Python values, by column name, in the order of `columns`."""
    return {column.name: plain_value(column, getattr(row, column.name)) for column in columns}


def plain_value(column: Column, value: object) -> Plain:
    """Give the exact Python value that stands for `value`: no enums, periods, rows or quotients in it.

    Raises:
        InvalidValue: `value` is not of the column's type.
    """
    content = _plain(column.name, column.type, value)
    match column.type:
        case _ if content is None:
            return None
        case ColumnType.TEXTS:
            return [_plain(column.name, ColumnType.TEXT, item) for item in cast("Sequence[object]", content)]
        case ColumnType.ROWS:
            return [plain_row(column.columns, row) for row in cast("Sequence[object]", content)]
        case ColumnType.MAPPING:
            items = cast("Mapping[str, object]", content).items()
            return {name: _plain(column.name, _type_of_item(item), item) for name, item in items}
        case _:
            return content


def _type_of_item(item: object) -> ColumnType:
    return ColumnType.TEXT if isinstance(item, str) else ColumnType.NUMBER


def _plain(name: str, kind: ColumnType, value: object) -> Plain:
    """The plain value of a field by itself; a collection is only checked to be one."""
    if value is None or (isinstance(value, Undefined) and kind in _QUOTIENTS):
        return None
    content = value.value if isinstance(value, Enum) else value
    accepted = _PYTHON_TYPES[kind]
    if not isinstance(content, accepted) or isinstance(content, _LOOKALIKES.get(kind, ())):
        names = " or ".join(one.__name__ for one in accepted)
        raise InvalidValue(name, content, f"must be {names} in a column of type {kind.value}")
    if isinstance(content, Decimal) and not content.is_finite():
        remedy = "use None for what is absent, Undefined(reason) for what has no value"
        raise InvalidValue(name, content, "must be finite", remedy)
    return content.label if isinstance(content, Period) else cast("Plain", content)
