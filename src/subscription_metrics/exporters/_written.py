"""The values of a row as text formats write them: exact, and the same in each.

| type | written as |
|---|---|
| amount | text with at least the minor units of the row's currency: "55.00", "-80.00", "41.58333333" |
| ratio, number | text, no zeros at the end: "0.125" |
| date, period | text: ISO 8601, the period's label |
| text, boolean, integer | as they are |
| texts, rows, mapping | lists and objects of these |
| undefined, absent | null |
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from subscription_metrics.columns import ColumnType, plain_value
from subscription_metrics.money import minor_units, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subscription_metrics.columns import Column, Plain

Written: TypeAlias = "str | bool | int | list[Written] | dict[str, Written] | None"


def written_row(columns: Iterable[Column], row: object, currency: str | None = None) -> dict[str, Written]:
    """The fields of `row` by column name; `currency` is that of the row it is nested in.

    Raises:
        InvalidValue: a value is not of its column's type.
        UnknownCurrency: an amount is in a currency without known minor units.
    """
    own: str | None = getattr(row, "currency", currency)
    return {column.name: _written_cell(column, row, own) for column in columns}


def _written_cell(column: Column, row: object, currency: str | None) -> Written:
    value = getattr(row, column.name)
    if column.type is ColumnType.ROWS and value is not None:
        return [written_row(column.columns, nested, currency) for nested in value]
    least_places = minor_units(currency) if column.type_in(row) is ColumnType.AMOUNT and currency else 0
    return _written(plain_value(column, value), least_places)


def _written(value: Plain, least_places: int) -> Written:
    match value:
        case Decimal():
            return plain(value, least_places)
        case dt.date():
            return value.isoformat()
        case list():
            return [_written(item, 0) for item in value]
        case dict():
            return {name: _written(item, 0) for name, item in value.items()}
        case _:
            return value
