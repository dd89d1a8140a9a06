"""What an exporter is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TextIO

    from subscription_metrics.tables import Table


class Exporter(Protocol):
    """Anything that can be called with a table and a text stream, and writes the one to the other.

    It writes the exact table, row by row as the rows come, and the same text for the same table;
    `subscription_metrics.testing.exporters.check_exporter` holds it to that. Formats with options take them
    by `functools.partial`. Open files with `newline=""`: line ends are part of the format.
    """

    def __call__(self, table: Table[Any], stream: TextIO) -> None:
        """Write `table` to `stream`."""
