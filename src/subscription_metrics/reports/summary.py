"""The monthly report: the bridge of a year, the metrics of its last period, who moved most, and why MRR was lost.

House rules.

1. A report is made of the book's own tables: the same question gives the same figures here and there.
2. It shows the metrics in their default convention; programs get all of them.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.exporters import write_json
from subscription_metrics.money import exact_sum
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.periods import Grain
from subscription_metrics.reports.excerpts import in_words
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import TextIO, Unpack

    from subscription_metrics.book import Book
    from subscription_metrics.mrr.bridge import BridgeRow
    from subscription_metrics.mrr.causes import CauseKind
    from subscription_metrics.mrr.listing import Movement
    from subscription_metrics.periods import Period
    from subscription_metrics.quotients import Quotient
    from subscription_metrics.results import CauseRow, MetricRow
    from subscription_metrics.scope import Scope, When

PERIODS = 13
"""How far a report looks back: the last period, the same one a year before, and those between."""

MOVERS = 10
"""How many customers it names."""

HEADLINES = (
    *("mrr", "arr", "net_new_mrr", "growth_rate", "growth_rate_yoy", "cmgr", "quick_ratio"),
    *("subscribers", "arpa", "asp", "customer_churn", "rolling_churn_90", "revenue_churn", "gross_mrr_churn"),
    *("net_mrr_churn", "grr", "nrr", "grr_trailing_12", "nrr_trailing_12", "voluntary_share", "ltv", "top_10_share"),
)
"""The metrics of semantics §4 that need only spans, each in its default convention."""

WITH_INPUTS = ("cac", "ltv_to_cac", "payback_months", "rule_of_40", "magic_number", "burn_multiple")
"""Those that need facts which spans don't hold: shown when some are given."""


@frozen
class LossRow:
    """What of the lost MRR has one cause, over the whole window of the report."""

    currency: str
    segment: str | None
    kind: MovementKind
    cause: CauseKind
    reason: str | None
    voluntary: bool | None
    amount: Decimal = Decimal(0)
    parts: int = 0


LOSSES = (MovementKind.LOST, MovementKind.CONTRACTION)
"""The movements whose causes the report names."""

LOSS_COLUMNS = (
    Column("currency", ColumnType.TEXT),
    Column("segment", ColumnType.TEXT),
    Column("kind", ColumnType.TEXT),
    Column("cause", ColumnType.TEXT),
    Column("reason", ColumnType.TEXT),
    Column("voluntary", ColumnType.BOOLEAN),
    Column("amount", ColumnType.AMOUNT),
    Column("parts", ColumnType.INTEGER),
)


@frozen
class Summary:
    """The tables of a report; `headlines` are the metrics that its text shows."""

    bridge: Table[BridgeRow]
    metrics: Table[MetricRow]
    movers: Table[Movement]
    losses: Table[LossRow]
    headlines: Collection[str] = HEADLINES

    def __str__(self) -> str:
        shown = (row for row in self.metrics if row.name in self.headlines)
        return in_words([self.bridge, evolve(self.metrics, rows=shown), self.movers, self.losses])


def write_object(report: Summary, stream: TextIO) -> None:
    """Write the tables of `report` as one JSON object, each under its name and as `write_json` writes it."""
    tables: dict[str, Table[Any]] = {
        "bridge": report.bridge,
        "metrics": report.metrics,
        "movers": report.movers,
        "losses": report.losses,
    }
    separator = "{\n"
    for name, table in tables.items():
        stream.write(f'{separator}"{name}": ')
        write_json(table, stream)
        separator = ",\n"
    stream.write("}\n")


def summary(
    book: Book,
    first: When | None = None,
    last: When | None = None,
    *,
    inputs: Mapping[str, Quotient | int] | None = None,
    **scope: Unpack[Scope],
) -> Summary:
    """Report on `book`: by default the last 13 months that are over, or as many as there are.

    Metrics and movers are those of the last period. `inputs` and `scope` are those of `Book.metrics`.

    Raises:
        InvalidValue: the book is empty and neither a window nor `as_of` is given, or it can't be read.
    """
    bridge = book.bridge(first, last, **scope)
    window = sorted({row.period for row in bridge}) or [book.last_full(scope.get("grain") or Grain.MONTH)]
    if first is None:
        window = window[-PERIODS:]
        bridge = evolve(bridge, rows=(row for row in bridge if row.period >= window[0]))
    return Summary(
        bridge,
        book.metrics(window[-1], inputs=inputs, **scope),
        book.top_movers(window[-1], MOVERS, **scope),
        _losses(book, window[0], window[-1], scope),
        HEADLINES + (WITH_INPUTS if inputs else ()),
    )


def _losses(book: Book, first: Period, last: Period, scope: Scope) -> Table[LossRow]:
    """The causes of lost and contracted MRR of a window added up, largest loss first."""
    found: defaultdict[LossRow, list[CauseRow]] = defaultdict(list)
    for one in book.causes(first, last, **scope):
        if one.kind in LOSSES:
            nothing = LossRow(one.currency, one.segment, one.kind, one.cause, one.reason, one.voluntary)
            found[nothing].append(one)
    rows = (
        evolve(loss, amount=exact_sum(one.amount for one in parts), parts=sum(one.parts for one in parts))
        for loss, parts in found.items()
    )
    ranked = sorted(rows, key=lambda row: (row.currency, row.segment or "", row.amount))
    return Table("losses", LOSS_COLUMNS, ranked, f"Causes of losses, {first} to {last}")
