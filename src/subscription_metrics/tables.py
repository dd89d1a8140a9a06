"""A result as a table: typed columns, rows, and the ways out of this library.

House rules.

1. Every result can become a `Table`; renderers and exporters take nothing else.
2. A table is exact. Only what people read is rounded, and by the table's `rounder`, so that it still foots.
3. Amounts leave as `Decimal`, never as float; a frame that can't hold them exactly is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from attrs import evolve, field, frozen

from subscription_metrics.columns import plain_row
from subscription_metrics.errors import InvalidValue
from subscription_metrics.rendering import to_html, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrs import Attribute

    from subscription_metrics.columns import Column, Plain

R = TypeVar("R")

NOTEBOOK_ROWS = 100
"""A notebook shows at most so many rows of a table."""


def _unrounded(rows: tuple[R, ...]) -> tuple[R, ...]:
    return rows


def _check_columns(_: Table[Any], attribute: Attribute[Any], columns: tuple[Column, ...]) -> None:
    names = [column.name for column in columns]
    if not names or len(set(names)) < len(names):
        raise InvalidValue(
            attribute.name, names, "must be one or more, each with a name of its own", "rename or leave out"
        )


@frozen(repr=False)
class Table(Generic[R]):
    """Rows of one kind under typed columns: a sequence of rows that renders itself and converts to frames.

    `rows` are objects with the attributes that `columns` name. `name` identifies the table to programs,
    `title` and `caption` (a sentence) to people. `rounder` rounds the rows for reading, all at once.
    `rows_name` is the key under which JSON holds the rows.
    """

    name: str
    columns: tuple[Column, ...] = field(converter=tuple, validator=_check_columns)
    rows: tuple[R, ...] = field(converter=tuple)
    title: str = ""
    caption: str = ""
    rounder: Callable[[tuple[R, ...]], tuple[R, ...]] = field(default=_unrounded, eq=False, kw_only=True)
    rows_name: str = field(default="rows", kw_only=True)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> Table[R]: ...
    def __getitem__(self, index: int | slice) -> R | Table[R]:
        """One row, or the table of a slice of its rows."""
        return evolve(self, rows=self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __repr__(self) -> str:
        return f"<Table {self.name!r}: {len(self.rows)} rows, {len(self.columns)} columns>"

    def __str__(self) -> str:
        return to_text(self.columns, self.for_reading(), self.title, self.caption)

    def _repr_html_(self) -> str:
        return to_html(self.columns, self.for_reading(), self.title, self.caption, most_rows=NOTEBOOK_ROWS)

    def for_reading(self) -> tuple[R, ...]:
        """Give the rows rounded for people, so that what is printed still adds up."""
        return self.rounder(self.rows)

    def to_dicts(self) -> list[dict[str, Plain]]:
        """Give each row as a dict of exact Python values: periods are labels, what has no value is `None`."""
