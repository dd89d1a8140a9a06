"""What the same answers cost elsewhere: pandas month by month, a Polars expression, the shortest loop over a CSV file.

Each way to a bridge answers with the units of 10⁻⁸ and the number of customers of every month and movement, so that a
test can show that they all agree with the book. They are written as well as we know how: where a library has a slow and
a fast spelling of the same step, this is the fast one.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import polars as pl

    from subscription_metrics.mrr.spans import Span

Answer: TypeAlias = dict[tuple[str, str], tuple[int, int]]
"""(month, movement) → (units, customers), without the movements that didn't occur."""

KINDS = ("new", "expansion", "reactivation", "contraction", "lost")

_UNITS = 10**8
_MONTHS = 12
_KEY = 2**16
"""More than any number of a month: customer × _KEY + month sorts by customer, then month."""


def pandas_frame(path: Path) -> pd.DataFrame:
    """The frame that `pandas_bridge` begins with; amounts are integers, or the sums would not be exact."""
    import pandas as pd

    read = pandas_read_csv(path)
    return pd.DataFrame(
        {
            "customer": read["customer_id"],
            "start": read["start_date"],
            "end": read["end_date"],
            "units": (read["monthly_amount"] * _UNITS).round().astype("int64"),
        }
    )


def pandas_bridge(frame: pd.DataFrame, first: str, last: str) -> Answer:
    """Filter what is active at the end of each month, add up by customer, compare with the month before.

    `index.isin(seen)` is how returning customers are mostly told from new ones. On a million spans it takes longer than
    all the rest; here only those who weren't there in the month before are looked up.
    """
    import numpy as np
    import pandas as pd

    answer: Answer = {}
    seen: set[object] = set()
    before = pd.Series(dtype="int64", index=frame["customer"].iloc[:0])
    for month in pd.period_range(first, last, freq="M"):
        close = month.end_time.normalize()
        active = frame[(frame["start"] <= close) & (frame["end"].isna() | (frame["end"] > close))]
        current = active.groupby("customer")["units"].sum()
        opening, closing = before.align(current, join="outer", fill_value=0)
        joined = opening == 0
        again = joined.copy()
        again[joined] = np.array([customer in seen for customer in opening.index[joined]], dtype=bool)
        change = closing - opening
        masks = (joined & ~again, ~joined & (change > 0), again, (closing > 0) & (change < 0), closing == 0)
        for kind, mask in zip(KINDS, masks, strict=True):
            if mask.any():
                answer[str(month), kind] = int(change[mask].sum()), int(mask.sum())
        seen.update(opening.index[joined])
        before = current
    return answer


def pandas_bridge_of_numbers(frame: pd.DataFrame, first: str, last: str) -> Answer:
    """The same after giving customers numbers, which is what makes pandas faster."""
    return pandas_bridge(frame.assign(customer=frame["customer"].factorize()[0]), first, last)


def pandas_cohorts(frame: pd.DataFrame, first: str, last: str) -> dict[tuple[str, str], int]:
    """(cohort, month) → units: what is active at the end of each month, by customer, pivoted by first month and month.

    The way of most notebooks: one frame of customers by months, its first month by customer, and a pivot table.
    """
    import pandas as pd

    months = []
    for month in pd.period_range(first, last, freq="M"):
        close = month.end_time.normalize()
        active = frame[(frame["start"] <= close) & (frame["end"].isna() | (frame["end"] > close))]
        months.append(active.groupby("customer", as_index=False)["units"].sum().assign(month=str(month)))
    held = pd.concat(months)
    held["cohort"] = held.groupby("customer")["month"].transform("min")
    table = held.pivot_table(index="cohort", columns="month", values="units", aggfunc="sum", fill_value=0)
    cells = table.melt(ignore_index=False).reset_index().itertuples(index=False)
    return {(cohort, month): int(units) for cohort, month, units in cells if units}


def polars_frame(path: Path) -> pl.DataFrame:
    """The frame that `polars_bridge` begins with."""
    import polars as pl

    return pl.read_csv(path, try_parse_dates=True).select(
        pl.col("customer_id").alias("customer"),
        pl.col("start_date").alias("start"),
        pl.col("end_date").alias("end"),
        (pl.col("monthly_amount") * _UNITS).round().cast(pl.Int64).alias("units"),
    )


def polars_frame_of(spans: list[Span]) -> pl.DataFrame:
    """The same from the objects of an application."""
    import polars as pl

    return pl.DataFrame(
        {
            "customer": [span.customer for span in spans],
            "start": [span.start for span in spans],
            "end": [span.end for span in spans],
            "units": [span.units for span in spans],
        }
    )


def polars_bridge(frame: pl.DataFrame) -> Answer:
    """All months of the frame in one lazy expression: sort the changes by customer and month, and add them up.

    The fastest of eight that we tried. Customer and month are one integer, because that sorts five times as fast
    as two columns; one running sum goes over all customers, and each takes off what the ones before it left.
    """
    import polars as pl

    key, units, customer, opening, closing = map(pl.col, ("key", "units", "customer", "opening", "closing"))
    days = {name: pl.col(name).dt for name in ("start", "end")}
    months = {name: day.year().cast(pl.Int64) * _MONTHS + day.month() for name, day in days.items()}
    numbered = frame.lazy().with_columns(customer=customer.rank("dense").cast(pl.Int64) * _KEY)
    changes = pl.concat(
        [
            numbered.select(customer + months["start"], units).rename({"customer": "key"}),
            numbered.drop_nulls("end").select(customer + months["end"], -units).rename({"customer": "key"}),
        ]
    )
    running = (
        changes.sort("key")
        .with_columns(total=units.cum_sum())
        .filter(key.ne(key.shift(-1)).fill_null(value=True))
        .with_columns(units=pl.col("total") - pl.col("total").shift(fill_value=0))
        .filter(units != 0)
        .select(month=key % _KEY, customer=key // _KEY, units=units, total=units.cum_sum())
        .with_columns(first=customer.ne(customer.shift()).fill_null(value=True))
        .with_columns(closing=pl.col("total") - pl.when("first").then(pl.col("total") - units).forward_fill())
        .with_columns(opening=closing - units)
    )
    lapsed_or_more = pl.when(opening == 0).then(2).when(closing > opening).then(1)
    kind = pl.when("first").then(0).when(closing == 0).then(4).otherwise(lapsed_or_more.otherwise(3))
    found = running.group_by("month", kind=kind).agg(units.sum(), customers=pl.len()).collect()
    return {(_label(month), KINDS[number]): (amount, count) for month, number, amount, count in found.iter_rows()}


def _label(month: int) -> str:
    year, number = divmod(month - 1, _MONTHS)
    return f"{year}-{number + 1:02}"


def csv_loop(path: Path) -> list[tuple[str, str, date, date | None, Decimal]]:
    """The shortest loop that reads the columns of a file as text, dates and amounts."""
    day = date.fromisoformat
    with path.open(newline="", encoding="utf-8") as file:
        return [
            (subscription, customer, day(start), day(end) if end else None, Decimal(amount))
            for subscription, customer, start, end, amount in islice(csv.reader(file), 1, None)
        ]


def pandas_read_csv(path: Path) -> pd.DataFrame:
    """The file as pandas reads it: amounts are floats."""
    import pandas as pd

    return pd.read_csv(path, parse_dates=["start_date", "end_date"])
