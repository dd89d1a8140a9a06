"""What the golden tests share: reading the cases."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(source: str) -> dict[str, dict[str, Any]]:
    """The cases of a source by id; amounts are read as decimals, as they are written."""
    text = (FOLDER / source / "cases.json").read_text(encoding="utf-8")
    return {case["id"]: case for case in json.loads(text, parse_float=Decimal)}


def cents(amount: int) -> Decimal:
    """Whole cents as an amount."""
    return Decimal(amount).scaleb(-2)
