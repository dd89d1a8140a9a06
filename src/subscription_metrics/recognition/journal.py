"""The journal: postings as entries on the user's accounts, each of them balanced.

    Posting (role, signed minor units)  ──chart──►  account, debit or credit  ──grouping──►  entry

House rules.

1. Every entry balances, by currency: an entry that doesn't is an error, not a line "rounding".
2. Lines that come to zero are left out, and entries without lines.
3. A role without an account is an error that lists all roles that lack one. There is no suspense account.
4. Lines that are tracked apart stay apart, whatever the grouping.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from attrs import field, frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.errors import InvalidValue, MissingAccount
from subscription_metrics.facts.checks import from_minor_units, identifier
from subscription_metrics.recognition.schedule import Role
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from attrs import Attribute

    from subscription_metrics.recognition.postings import Posting


@frozen
class Account:
    """An account of the user's chart: its name (`Parent:Child`), its code, and the name of its tax rate."""

    name: str
    code: str = ""
    tax_rate: str = "Tax Exempt"


@frozen
class Chart:
    """Which account each role is; `by_product` overrides it for a (role, product)."""

    accounts: Mapping[Role, Account]
    by_product: Mapping[tuple[Role, str], Account] | None = None

    def account(self, role: Role, product: str) -> Account:
        """The account of a role.

        Raises:
            MissingAccount: the chart names none.
        """
        found = (self.by_product or {}).get((role, product)) or self.accounts.get(role)
        if found is None:
            missing = [one.value for one in Role if one not in self.accounts]
            raise MissingAccount("role", role.value, "must have an account", f"the chart lacks {', '.join(missing)}")
        return found


PLAIN_CHART = Chart({role: Account(role.value.capitalize()) for role in Role})
"""Accounts named after their roles, for those who look before they map."""


class Grouping(Enum):
    """What one entry holds, and what one line of it."""

    DOCUMENT = "document"
    """An entry per document, event and day: an invoice, its credit, a contract's month. Lines by obligation."""
    PERIOD = "period"
    """An entry per posting period and currency. Lines by account and customer."""
    ACCOUNT = "account"
    """An entry per posting period and currency. One line per account."""


DIMENSIONS: Mapping[str, Callable[[Posting], str]] = {
    "product": lambda one: one.product,
    "customer": lambda one: one.customer,
    "contract": lambda one: one.contract,
    "obligation": lambda one: one.obligation,
}
"""What journal lines can be tracked by. Cash and commissions concern no obligation and no product."""


def _known_dimension(_: object, attribute: Attribute[str], value: str) -> None:
    if value not in DIMENSIONS:
        raise InvalidValue(attribute.name, value, "must be what a posting has", f"one of {', '.join(DIMENSIONS)}")


@frozen
class Tracking:
    """What lines are told apart by, under the `name` that the accounting system has for it.

    Each value of the dimension is an option of that name, or, with `options`, the option that these give it.

    Raises:
        InvalidValue: no such dimension.
    """

    name: str = field(validator=identifier)
    dimension: str = field(validator=_known_dimension)
    options: Mapping[str, str] | None = None

    def option(self, one: Posting) -> str:
        """The option of a posting; empty where it has no such dimension.

        Raises:
            InvalidValue: `options` has none for it.
        """
        value = DIMENSIONS[self.dimension](one)
        if not value or self.options is None:
            return value
        if value not in self.options:
            raise InvalidValue(self.dimension, value, f"must have an option of {self.name}", "add it to the options")
        return self.options[value]


@frozen
class JournalLine:
    """One line of an entry, exactly one of `debit` and `credit` above 0; `postings` are what it is the sum of.

    `tracking` holds the option under each name that was asked for.
    """

    entry: str
    on: date
    account: str
    code: str
    tax_rate: str
    currency: str
    debit: Decimal
    credit: Decimal
    description: str
    customer: str
    contract: str
    corrects: str
    is_receivable: bool
    postings: tuple[Posting, ...]
    tracking: Mapping[str, str] = field(factory=dict)


@frozen
class Entry:
    """A balanced entry: its number, its day, what it is about, and its lines."""

    number: str
    on: date
    currency: str
    description: str
    lines: tuple[JournalLine, ...]


JOURNAL_COLUMNS = (
    Column("entry", ColumnType.TEXT),
    Column("on", ColumnType.DATE, title="date"),
    Column("account", ColumnType.TEXT),
    Column("code", ColumnType.TEXT),
    Column("currency", ColumnType.TEXT),
    Column("debit", ColumnType.AMOUNT),
    Column("credit", ColumnType.AMOUNT),
    Column("description", ColumnType.TEXT),
    Column("customer", ColumnType.TEXT),
    Column("contract", ColumnType.TEXT),
    Column("corrects", ColumnType.TEXT),
)
TRACKING_COLUMN = Column("tracking", ColumnType.MAPPING)
"""Only in journals that are tracked by something."""

_Parts = tuple[object, ...]

_ENTRY_OF: Mapping[Grouping, Callable[[Posting], _Parts]] = {
    Grouping.DOCUMENT: lambda one: (
        one.posted,
        one.currency,
        one.on,
        one.contract,
        one.document,
        one.event.value,
        one.corrects or "",
    ),
    Grouping.PERIOD: lambda one: (one.posted, one.currency, one.corrects or ""),
    Grouping.ACCOUNT: lambda one: (one.posted, one.currency, one.corrects or ""),
}
_LINE_OF: Mapping[Grouping, Callable[[Posting], _Parts]] = {
    Grouping.DOCUMENT: lambda one: (one.contract, one.customer, one.obligation),
    Grouping.PERIOD: lambda one: ("", one.customer, ""),
    Grouping.ACCOUNT: lambda _: ("", "", ""),
}
_ABOUT: Mapping[Grouping, Callable[[Posting], str]] = {
    Grouping.DOCUMENT: lambda one: f"{one.event.value} {one.belongs} {one.document}",
    Grouping.PERIOD: lambda one: f"revenue {one.belongs}",
    Grouping.ACCOUNT: lambda one: f"revenue {one.belongs}",
}
_RECEIVABLES = frozenset((Role.RECEIVABLE,))


def journal(
    postings: Iterable[Posting],
    chart: Chart = PLAIN_CHART,
    grouping: Grouping = Grouping.DOCUMENT,
    tracking: Sequence[Tracking] = (),
) -> tuple[Entry, ...]:
    """Entries of `postings` on the accounts of `chart`, numbered by posting period: RR-2026-01-0001.

    Raises:
        MissingAccount: see `Chart.account`.
        InvalidValue: the postings of an entry don't balance, two trackings bear one name, or `Tracking.option` has none
            for a posting.
    """
    names = [one.name for one in tracking]
    if len(set(names)) < len(names):
        raise InvalidValue("tracking", names, "must have a name each", "leave one out")
    groups: dict[_Parts, list[Posting]] = defaultdict(list)
    for one in postings:
        groups[_ENTRY_OF[grouping](one)].append(one)
    counts: dict[str, int] = defaultdict(int)
    entries: list[Entry] = []
    for _, group in sorted(groups.items(), key=lambda item: tuple(map(str, item[0]))):
        posted = group[0].posted
        entry = _entry(f"RR-{posted}-{counts[posted] + 1:04}", group, chart, grouping, tracking)
        if entry.lines:
            counts[posted] += 1
            entries.append(entry)
    return tuple(entries)


def _entry(number: str, group: list[Posting], chart: Chart, grouping: Grouping, tracking: Sequence[Tracking]) -> Entry:
    if sum(one.units for one in group):
        raise InvalidValue("entry", number, "must balance", "pass the postings of a period whole")
    first = group[0]
    about = _ABOUT[grouping](first) + (f", correcting {first.corrects}" if first.corrects else "")
    on = max(one.on for one in group)
    lines: dict[_Parts, list[Posting]] = defaultdict(list)
    for one in group:
        options = tuple((track.name, track.option(one)) for track in tracking)
        lines[chart.account(one.role, one.product), *_LINE_OF[grouping](one), options].append(one)
    found = (_line(number, on, about, key, parts) for key, parts in lines.items())
    return Entry(number, on, first.currency, about, tuple(line for line in found if line is not None))


def _line(number: str, on: date, about: str, key: _Parts, parts: list[Posting]) -> JournalLine | None:
    account, contract, customer, _, options = key
    units = sum(one.units for one in parts)
    if not units or not isinstance(account, Account) or not isinstance(options, tuple):
        return None
    amount = from_minor_units(abs(units), parts[0].currency)
    zero = Decimal(0)
    return JournalLine(
        entry=number,
        on=on,
        account=account.name,
        code=account.code,
        tax_rate=account.tax_rate,
        currency=parts[0].currency,
        debit=amount if units > 0 else zero,
        credit=amount if units < 0 else zero,
        description=about,
        customer=str(customer),
        contract=str(contract),
        corrects=parts[0].corrects or "",
        is_receivable=any(one.role in _RECEIVABLES for one in parts),
        postings=tuple(parts),
        tracking=dict(options),
    )


def journal_table(entries: Iterable[Entry]) -> Table[JournalLine]:
    """The lines of entries as a table, in the order of the entries."""
    lines = tuple(line for entry in entries for line in entry.lines)
    columns = (*JOURNAL_COLUMNS, TRACKING_COLUMN) if any(line.tracking for line in lines) else JOURNAL_COLUMNS
    return Table("journal", columns, lines, "Journal", "each entry's debits are its credits")
