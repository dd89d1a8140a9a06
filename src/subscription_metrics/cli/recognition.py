"""The command `recognize`: contracts and invoices in, the books of closed months out.

House rules.

1. As in `commands`: nothing is calculated here, and a command writes when it has the whole answer.
2. Months are closed one after the other with what was known then, so the same files give the same books.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

from subscription_metrics.cli import WrongUsage
from subscription_metrics.cli.commands import WRITERS
from subscription_metrics.exporters import write_quickbooks, write_xero
from subscription_metrics.periods import Grain, Period
from subscription_metrics.recognition.balances import contract_balances, roll_forward
from subscription_metrics.recognition.disclosures import remaining_obligations
from subscription_metrics.recognition.journal import PLAIN_CHART, Grouping, journal, journal_table
from subscription_metrics.recognition.ledger import calendar_of_months, close_through
from subscription_metrics.recognition.listing import schedule_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subscription_metrics.recognition.contracts import Dossier
    from subscription_metrics.recognition.ledger import Ledger
    from subscription_metrics.tables import Table

JOURNAL_WRITERS: Mapping[str, Callable[..., None]] = {"quickbooks": write_quickbooks, "xero": write_xero}


def recognize(
    *files: str,
    close: str,
    show: Literal["roll-forward", "schedule", "journal", "balances", "remaining"] = "roll-forward",
    format_: Literal["table", "json", "csv", "quickbooks", "xero"] = "table",
    by: Literal["total", "product", "customer", "contract"] = "total",
    grouping: Grouping = Grouping.DOCUMENT,
    chart: str | None = None,
    days_to_close: int = 0,
) -> None:
    """Recognise revenue: close every month up to one, and show the books.

    Args:
        files: contracts and invoices, as JSON or CSV
        close: the last month to close, such as 2026-03
        show: the roll-forward of deferred revenue (default), the schedule, the journal of the last month, contract
            balances, or what remains to be performed
        format_: table (default), json or csv; for a journal also quickbooks or xero
        by: what the roll-forward is split by
        grouping: what an entry of the journal holds: a document (default), the period, or one line per account
        chart: the chart of accounts, a CSV file with the columns role, account, code, tax_rate
        days_to_close: how many days after its end a month is closed (default 0); what is recorded later is a correction
    """
    if format_ in JOURNAL_WRITERS and show != "journal":
        raise WrongUsage(f"--format {format_} is for journals: add --show journal")
    if not files:
        raise WrongUsage("name at least one file of contracts or invoices")
    month = Period.parse(close)
    if month.grain is not Grain.MONTH:
        raise WrongUsage(f"--close takes a month, such as 2026-03 (got {close!r})")
    dossiers = _loaded(files)
    ledger = _closed(dossiers, month, days_to_close)
    answers: Mapping[str, Callable[[], Table[Any]]] = {
        "roll-forward": lambda: roll_forward(ledger, by),
        "schedule": lambda: schedule_table(dossiers, ledger.calendar.periods),
        "journal": lambda: _journal(ledger, month, chart, grouping),
        "balances": lambda: contract_balances(ledger, month.label),
        "remaining": lambda: remaining_obligations(dossiers, month.last_day),
    }
    {**WRITERS, **JOURNAL_WRITERS}[format_](answers[show](), sys.stdout)


def _loaded(files: tuple[str, ...]) -> tuple[Dossier, ...]:
    from subscription_metrics.sources.contracts import load_contracts  # noqa: PLC0415  # other commands don't need it

    return load_contracts(*files)


def _closed(dossiers: tuple[Dossier, ...], month: Period, days_to_close: int) -> Ledger:
    return close_through(dossiers, calendar_of_months(dossiers, month), month, days_to_close)


def _journal(ledger: Ledger, month: Period, chart: str | None, grouping: Grouping) -> Table[Any]:
    from subscription_metrics.sources.charts import load_chart  # noqa: PLC0415  # only journals need it

    accounts = PLAIN_CHART if chart is None else load_chart(chart)
    own = [one for one in ledger.postings if one.posted == month.label]
    return journal_table(journal(own, accounts, grouping))
