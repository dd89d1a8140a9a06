"""What type checkers make of the public names: checked by mypy and pyright, never run.

A line here fails the type check when the declared type of something public changes.
"""

from __future__ import annotations

from typing import assert_type

import subscription_metrics as sm


def errors(error: sm.InvalidValue, batch: sm.InvalidInput) -> None:
    """Errors carry data."""
    assert_type(error.field, str)
    assert_type(error.value, object)
    assert_type(batch.faults[0].line, int | None)


assert_type(sm.__version__, str)
