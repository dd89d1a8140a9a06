"""The command `recognize`: contracts and invoices in, the books of closed months out.

House rules.

1. As in `commands`: nothing is calculated here, and a command writes when it has the whole answer.
2. Months are closed one after the other with what was known then, so the same files give the same books.
3. A ledger file is replaced when the answer is there, before it is shown: a command that fails changes nothing.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from subscription_metrics.cli import WrongUsage
from subscription_metrics.cli.commands import WRITERS
from subscription_metrics.exporters import split_for_xero, write_quickbooks, write_xero
from subscription_metrics.periods import Grain, Period
from subscription_metrics.recognition.balances import contract_balances, opening_and_closing, roll_forward
from subscription_metrics.recognition.commissions import commission_table
from subscription_metrics.recognition.disclosures import remaining_obligations, satisfied_earlier, waterfall
from subscription_metrics.recognition.journal import PLAIN_CHART, Grouping, Tracking, journal, journal_table
from subscription_metrics.recognition.ledger import Ledger, calendar_of_months, close_on, reopen_from, with_months
from subscription_metrics.recognition.listing import schedule_table
from subscription_metrics.recognition.standards import Standard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subscription_metrics.recognition.contracts import Dossier
    from subscription_metrics.tables import Table

Show = Literal[
    "roll-forward", "schedule", "journal", "balances", "changes", "remaining", "earlier", "waterfall", "costs"
]
"""What of the books is shown."""

JOURNAL_WRITERS: Mapping[str, Callable[..., None]] = {"quickbooks": write_quickbooks, "xero": write_xero}


def recognize(
    *files: str,
    close: str,
    show: Show = "roll-forward",
    format_: Literal["table", "json", "csv", "quickbooks", "xero"] = "table",
    by: Literal["total", "product", "customer", "contract"] = "total",
    grouping: Grouping = Grouping.DOCUMENT,
    chart: str | None = None,
    tracking: list[str] | None = None,
    part: int | None = None,
    days_to_close: int = 0,
    standard: Standard = Standard.ASC_606,
    ledger: str | None = None,
    reopen: str | None = None,
    reason: str = "",
) -> None:
    """Recognise revenue: close every month up to one, and show the books.

    Args:
        files: contracts and invoices, as JSON or CSV
        close: the last month to close, such as 2026-03
        show: the roll-forward of deferred revenue (default), the schedule, the journal of the last month, balances of
            contracts, what changed in them, what remains to be performed, what was satisfied earlier, the waterfall
            of booked and recognised, or costs of contracts
        format_: table (default), json or csv; for a journal also quickbooks or xero
        by: what the roll-forward is split by
        grouping: what an entry of the journal holds: a document (default), the period, or one line per account
        chart: the chart of accounts, a CSV file with the columns role, account, code, tax_rate
        tracking: what lines of the journal are told apart by, under the name that the accounting system has for it:
            Region=product, or a CSV file with the columns product,Region; may be given twice
        part: which file of a journal that is too long for one file of Xero, from 1
        days_to_close: how many days after its end a month is closed (default 0); what is recorded later is a correction
        standard: what the figures are reported under: asc-606 (default) or ifrs-15, where they differ
        ledger: the file that remembers what was posted and closed; begun if it isn't there
        reopen: a closed month of the ledger to open again, with all after it, before months are closed
        reason: why it is reopened
    """
    if format_ in JOURNAL_WRITERS and show != "journal":
        raise WrongUsage(f"--format {format_} is for journals: add --show journal")
    if part is not None and format_ != "xero":
        raise WrongUsage("--part is for --format xero, whose files hold at most 300 lines")
    if not files:
        raise WrongUsage("name at least one file of contracts or invoices")
    month = Period.parse(close)
    if month.grain is not Grain.MONTH:
        raise WrongUsage(f"--close takes a month, such as 2026-03 (got {close!r})")
    if (reopen or reason) and not (ledger and reopen):
        raise WrongUsage("--reopen is for a ledger that was saved: it takes --ledger FILE and a --reason")
    dossiers = _loaded(files)
    before = _before(ledger, dossiers, month)
    begun = before if reopen is None else _reopened(before, reopen, month, days_to_close, reason)
    after = close_on(begun, dossiers, month, days_to_close, standard)
    months = after.calendar.periods
    answers: Mapping[str, Callable[[], Table[Any]]] = {
        "roll-forward": lambda: roll_forward(after, by),
        "schedule": lambda: schedule_table(dossiers, months),
        "journal": lambda: _part(_journal(after, month, chart, grouping, tracking or []), format_, part),
        "balances": lambda: contract_balances(after, month.label),
        "changes": lambda: opening_and_closing(after, month.label),
        "remaining": lambda: remaining_obligations(dossiers, month.last_day, standard=standard),
        "earlier": lambda: satisfied_earlier(dossiers, month),
        "waterfall": lambda: waterfall(dossiers, months),
        "costs": lambda: commission_table(dossiers, months, standard),
    }
    shown = StringIO(newline="")
    {**WRITERS, **JOURNAL_WRITERS}[format_](answers[show](), shown)
    if ledger is not None and after.history != before.history:
        _save(after, ledger)
    sys.stdout.write(shown.getvalue())


def _loaded(files: tuple[str, ...]) -> tuple[Dossier, ...]:
    from subscription_metrics.sources.contracts import load_contracts  # noqa: PLC0415  # other commands don't need it

    return load_contracts(*files)


def _before(path: str | None, dossiers: tuple[Dossier, ...], month: Period) -> Ledger:
    """The ledger of a file, with the months that are asked for; an empty one where there is no file."""
    from subscription_metrics.sources.ledgers import load_ledger  # noqa: PLC0415  # few ask for it

    if path is None or not Path(path).exists():
        return Ledger(calendar_of_months(dossiers, month))
    return with_months(load_ledger(path), dossiers, month)


def _reopened(ledger: Ledger, first: str, month: Period, days_to_close: int, reason: str) -> Ledger:
    """Reopened on the day on which the last month is closed: all that is known by then gets into its own month."""
    known = month.end + timedelta(days=days_to_close - 1)
    on = max([known, *(event.on for event in ledger.history[-1:])])
    return reopen_from(ledger, Period.parse(first), on, reason)


def _save(ledger: Ledger, path: str) -> None:
    from subscription_metrics.sources.ledgers import save_ledger  # noqa: PLC0415  # few ask for it

    save_ledger(ledger, path)


def _journal(ledger: Ledger, month: Period, chart: str | None, grouping: Grouping, tracking: list[str]) -> Table[Any]:
    from subscription_metrics.sources.charts import load_chart  # noqa: PLC0415  # only journals need it

    accounts = PLAIN_CHART if chart is None else load_chart(chart)
    own = [one for one in ledger.postings if one.posted == month.label]
    return journal_table(journal(own, accounts, grouping, [_tracked(one) for one in tracking]))


def _tracked(text: str) -> Tracking:
    from subscription_metrics.sources.charts import load_tracking  # noqa: PLC0415  # few ask for it

    name, sign, dimension = text.partition("=")
    return Tracking(name, dimension) if sign and not Path(text).exists() else load_tracking(text)


def _part(table: Table[Any], format_: str, part: int | None) -> Table[Any]:
    """The journal, or that part of it that goes into one file of Xero."""
    if format_ != "xero":
        return table
    parts = split_for_xero(table)
    if part is None and len(parts) > 1:
        raise WrongUsage(f"the journal takes {len(parts)} files in Xero: write each, --part 1 to --part {len(parts)}")
    place = 1 if part is None else part
    if not 1 <= place <= len(parts):
        raise WrongUsage(f"--part must be from 1 to {len(parts)} (got {part})")
    return parts[place - 1]
