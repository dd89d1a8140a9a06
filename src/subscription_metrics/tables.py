"""A result as a table: typed columns, rows, and the ways out of this library.

House rules.

1. Every result can become a `Table`; renderers and exporters take nothing else.
2. A table is exact. Only what people read is rounded, and by the table's `rounder`, so that it still foots.
3. Amounts leave as decimals, never as floats; where a frame can't hold them exactly, there is no frame.
"""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from attrs import evolve, field, frozen

from subscription_metrics.columns import ColumnType, plain_row, plain_value
from subscription_metrics.errors import InvalidValue, MissingExtra
from subscription_metrics.money import SCALE, plain, round_to
from subscription_metrics.rendering import to_html, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from attrs import Attribute

    from subscription_metrics.columns import Column, Plain

R = TypeVar("R")

FRAME_DIGITS = 38
"""Digits of the decimals that all frame libraries have: 128 bits hold no more."""

_TAKEN_NAMES = ("schema", "name", "title", "caption", "columns")

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


def _check_rows_name(_: Table[Any], attribute: Attribute[Any], name: str) -> None:
    if not name.isidentifier() or name in _TAKEN_NAMES:
        rule = f"must be an identifier other than {', '.join(_TAKEN_NAMES)}"
        raise InvalidValue(attribute.name, name, rule, "it is the key of the rows in JSON, beside these")


def _holds(row: object, column: Column, value: object) -> bool:
    held: object = getattr(row, column.name)
    return held == value or (isinstance(value, str) and plain_value(column, held) == value)


@frozen(repr=False)
class Table(Generic[R]):
    """Rows of one kind under typed columns: a sequence of rows that renders itself and converts to frames.

    `rows` are objects with the attributes that `columns` name. `name` identifies the table to programs,
    `title` and `caption` (a sentence) to people. `rounder` rounds the rows for reading, all at once.
    `rows_name` is the key under which JSON holds the rows.
    """

    name: str
    columns: tuple[Column, ...] = field(validator=_check_columns)
    rows: tuple[R, ...] = field(converter=tuple)
    title: str = ""
    caption: str = ""
    rounder: Callable[[tuple[R, ...]], tuple[R, ...]] = field(default=_unrounded, eq=False, kw_only=True)
    rows_name: str = field(default="rows", kw_only=True, validator=_check_rows_name)

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

    def select(self, *names: str) -> Table[R]:
        """The same rows under only the columns of these names, in this order.

        Raises:
            InvalidValue: a name is not that of a column.
        """
        return evolve(self, columns=tuple(map(self._column, names)))

    def where(self, **values: object) -> Table[R]:
        """The rows whose cells are these values, or are written as them: `table.where(name="nrr", period="2025-01")`.

        Raises:
            InvalidValue: a name is not that of a column.
        """
        wanted = [(self._column(name), value) for name, value in values.items()]
        return evolve(self, rows=(row for row in self.rows if all(_holds(row, *cell) for cell in wanted)))

    def _column(self, name: str) -> Column:
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            remedy = f"choose from {', '.join(column.name for column in self.columns)}"
            raise InvalidValue("column", name, "is not in the table", remedy)
        return found

    def for_reading(self) -> tuple[R, ...]:
        """Give the rows rounded for people, so that what is printed still adds up."""
        return self.rounder(self.rows)

    def to_dicts(self) -> list[dict[str, Plain]]:
        """Give each row as a dict of exact Python values: periods are labels, what has no value is `None`."""
        return [plain_row(self.columns, row) for row in self.rows]

    def to_arrow(self) -> pa.Table:
        """Give the table as a PyArrow table; see `decimal_places` for the scale of its decimals.

        Raises:
            MissingExtra: pyarrow is not installed.
            InvalidValue: a column has no exact decimal type.
        """
        pyarrow = _imported("pyarrow", "arrow")
        framed = self._framed(
            _FrameTypes(
                scalars={
                    ColumnType.TEXT: pyarrow.string(),
                    ColumnType.PERIOD: pyarrow.string(),
                    ColumnType.BOOLEAN: pyarrow.bool_(),
                    ColumnType.INTEGER: pyarrow.int64(),
                    ColumnType.DATE: pyarrow.date32(),
                },
                decimal=lambda places: pyarrow.decimal128(FRAME_DIGITS, places),
                many=pyarrow.list_,
                record=lambda fields: pyarrow.struct(list(fields.items())),
            )
        )
        return pyarrow.table({name: pyarrow.array(values, kind) for name, (values, kind) in framed.items()})

    def to_pandas(self) -> pd.DataFrame:
        """Give the table as a pandas frame of Arrow types, the only exact decimals that pandas has.

        Raises:
            MissingExtra: pandas or pyarrow is not installed.
            InvalidValue: a column has no exact decimal type.
        """
        pandas = _imported("pandas", "pandas")
        return self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)

    def to_polars(self) -> pl.DataFrame:
        """Give the table as a Polars frame; see `decimal_places` for the scale of its decimals.

        Raises:
            MissingExtra: polars is not installed.
            InvalidValue: a column has no exact decimal type.
        """
        polars = _imported("polars", "polars")
        framed = self._framed(
            _FrameTypes(
                scalars={
                    ColumnType.TEXT: polars.String,
                    ColumnType.PERIOD: polars.String,
                    ColumnType.BOOLEAN: polars.Boolean,
                    ColumnType.INTEGER: polars.Int64,
                    ColumnType.DATE: polars.Date,
                },
                decimal=lambda places: polars.Decimal(FRAME_DIGITS, places),
                many=polars.List,
                record=polars.Struct,
            )
        )
        frame: pl.DataFrame = polars.DataFrame([polars.Series(n, v, dtype=kind) for n, (v, kind) in framed.items()])
        return frame

    def _framed(self, types: _FrameTypes) -> dict[str, _Framed]:
        rows = self.to_dicts()
        return {c.name: _framed(c, [row[c.name] for row in rows], types) for c in self.columns}


_Framed: TypeAlias = "tuple[list[Any], Any]"
"""The values of a column as a frame takes them, and their type there."""


@frozen
class _FrameTypes:
    """How a frame library spells its types."""

    scalars: Mapping[ColumnType, Any]
    decimal: Callable[[int], Any]
    many: Callable[[Any], Any]
    record: Callable[[Mapping[str, Any]], Any]


def _imported(module: str, extra: str) -> Any:  # noqa: ANN401  # the libraries' own types are known only where they are
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtra(extra) from None


def _framed(column: Column, values: list[Any], types: _FrameTypes) -> _Framed:
    text = types.scalars[ColumnType.TEXT]
    match column.type:
        case ColumnType.AMOUNT | ColumnType.RATIO | ColumnType.NUMBER:
            decimals = [value if value is None else Decimal(value) for value in values]
            places = decimal_places(column, [one for one in decimals if one is not None])
            return [one if one is None else round_to(one, places) for one in decimals], types.decimal(places)
        case ColumnType.TEXTS:
            return values, types.many(text)
        case ColumnType.MAPPING:
            listed = [value if value is None else list(map(_named_text, value.items())) for value in values]
            return listed, types.many(types.record({"name": text, "value": text}))
        case ColumnType.ROWS:
            return _framed_rows(column.columns, values, types)
        case scalar:
            return values, types.scalars[scalar]


def _named_text(item: tuple[str, Plain]) -> dict[str, str | None]:
    """An item of a mapping: its values are of several types, and only text holds them all exactly."""
    name, value = item
    text = plain(value) if isinstance(value, Decimal) else str(value)
    return {"name": name, "value": None if value is None else text}


def _framed_rows(columns: Sequence[Column], values: list[Any], types: _FrameTypes) -> _Framed:
    flat = [row for rows in values for row in rows or ()]
    framed = {column.name: _framed(column, [row[column.name] for row in flat], types) for column in columns}
    records = (dict(zip(framed, row, strict=True)) for row in zip(*(v for v, _ in framed.values()), strict=True))
    nested = [rows if rows is None else [next(records) for _ in rows] for rows in values]
    return nested, types.many(types.record({name: kind for name, (_, kind) in framed.items()}))


def decimal_places(column: Column, values: Iterable[Decimal]) -> int:
    """Decimals that `values` have in a frame: 8, or as many as they need, in 38 digits altogether.

    Amounts are kept exactly or refused. Ratios and numbers are quotients, rounded to 28 digits already: where
    small and large ones meet in one column, they keep the decimals that there is room for, and never less
    than 8.

    Raises:
        InvalidValue: 38 digits are not enough.
    """
    parts = [plain(value.copy_abs()).partition(".") for value in values]
    needed = max((len(decimals) for _, _, decimals in parts), default=0)
    room = FRAME_DIGITS - max((len(whole) for whole, _, _ in parts), default=0)
    if room < (needed if column.type is ColumnType.AMOUNT else min(needed, SCALE)):
        digits = f"{FRAME_DIGITS - room} digits and {needed} decimals"
        rule = f"must fit the {FRAME_DIGITS} digits of a frame's decimals"
        raise InvalidValue(column.name, digits, rule, "use to_dicts(), which is exact at any size")
    return min(max(needed, SCALE), room)
