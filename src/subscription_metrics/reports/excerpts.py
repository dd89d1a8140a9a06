"""What of a result people read in a terminal: fewer columns than programs get, and the same rows.

House rules.

1. An excerpt leaves out columns, never rows and never digits: rounding is the table's own.
2. What is the same in every row stands once, above the table; a column that says nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from subscription_metrics.columns import ColumnType
from subscription_metrics.money import NO_CURRENCY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from subscription_metrics.columns import Column
    from subscription_metrics.tables import Table


@frozen
class Excerpt:
    """The columns of a table that are read together, those of the rows in its rows, and a title instead of its own."""

    columns: tuple[str, ...]
    nested: tuple[str, ...] = ()
    title: str = ""


_SCOPE = ("period", "currency", "segment")
_MOVED = (*_SCOPE, "customer_id", "kind", "amount", "opening", "closing", "causes")
_FLOWS = ("opening", "new", "expansion", "reactivation", "contraction", "lost", "fx", "closing")
_HEADCOUNT = ("opening", "new", "reactivation", "lost", "closing", "expansion", "contraction")

EXCERPTS: Mapping[str, tuple[Excerpt, ...]] = {
    "bridge": (
        Excerpt((*_SCOPE, *_FLOWS)),
        Excerpt((*_SCOPE, *(f"{name}_customers" for name in _HEADCOUNT)), title="Customers"),
    ),
    "metrics": (Excerpt((*_SCOPE, "name", "value", "band", "formula")),),
    "movements": (Excerpt(_MOVED, ("kind", "amount", "reason", "voluntary", "origins")),),
    "top_movers": (Excerpt(_MOVED, ("kind", "amount", "reason")),),
}
"""How a table is read, by its name; one without an entry is read whole."""

_LIFTED = ("period", "currency")
_SILENT_IF_EMPTY = ("segment", "fx", "causes", "band", "plan", "end", "reason", "voluntary")


def in_words(tables: Iterable[Table[Any]]) -> str:
    """The tables as text for a terminal, one below the other."""
    return "\n\n".join(str(excerpt) for table in tables for excerpt in excerpts(table))


def excerpts(table: Table[Any]) -> Iterator[Table[Any]]:
    """The tables that people read instead of `table`."""
    everything = Excerpt(tuple(column.name for column in table.columns))
    for excerpt in EXCERPTS.get(table.name, (everything,)):
        yield _taken(excerpt, table)


def _taken(excerpt: Excerpt, table: Table[Any]) -> Table[Any]:
    there = {column.name: _narrowed(column, excerpt.nested) for column in table.columns}
    kept = [there[name] for name in excerpt.columns if name in there]
    lifted = dict(_constants(table, kept))
    columns = tuple(one for one in kept if one.name not in lifted and _says_something(one, table))
    title = " · ".join([excerpt.title or table.title, *lifted.values()])
    return evolve(table, columns=columns, title=title)


def _narrowed(column: Column, nested: tuple[str, ...]) -> Column:
    if column.type is not ColumnType.ROWS or not nested:
        return column
    return evolve(column, columns=tuple(one for one in column.columns if one.name in nested))


def _constants(table: Table[Any], columns: Iterable[Column]) -> Iterator[tuple[str, str]]:
    """The columns that may stand above the table, with the one value they have."""
    for column in columns:
        values = {getattr(row, column.name) for row in table} if column.name in _LIFTED else set()
        if len(values) == 1:
            (value,) = values
            yield column.name, "currency not stated" if value == NO_CURRENCY else str(value)


def _says_something(column: Column, table: Table[Any]) -> bool:
    return column.name not in _SILENT_IF_EMPTY or any(getattr(row, column.name) for row in table)
