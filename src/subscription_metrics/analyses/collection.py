"""Collection: what of the invoices came in, when, and what is still open and how old it is.

An invoice is read as it was known at the end of a day: payments and credits of later days don't exist yet, and an
invoice that was void by then never existed. What is open is gross − credits with their tax − payments; an invoice is
settled on the day on which nothing is open, by payment, by credit or by both.

House rules.

1. On time is: settled on or before the day it was due. An invoice without a due day is due when it is issued.
2. Only invoices that ask for money are collected: a gross amount of 0 or less has nothing to come in.
3. Currencies are never added: every row is of one.
4. A balance has the age of its due day: *current* until then, then 1–30, 31–60, 61–90 and over 90 days.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.metrics.collection import collection_rate, days_sales_outstanding
from subscription_metrics.money import exact_sum
from subscription_metrics.periods import Grain, Period
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from subscription_metrics.facts.invoices import Invoice
    from subscription_metrics.quotients import Quotient

BUCKETS: tuple[tuple[int | None, str], ...] = (
    (0, "current"),
    (30, "1–30"),
    (60, "31–60"),
    (90, "61–90"),
    (None, "over 90"),
)
"""Days overdue up to which a balance belongs to a bucket, and the name of the bucket (Kobana)."""


def due(invoice: Invoice) -> date:
    """The last day on which a payment is on time."""
    return invoice.due or invoice.issued


def is_collected(invoice: Invoice, on: date) -> bool:
    """Whether the invoice asks for money on the day `on`: issued, not void, more than 0."""
    void = invoice.void is not None and invoice.void <= on
    return invoice.issued <= on and not void and invoice.gross > 0


def balance(invoice: Invoice, on: date) -> Decimal:
    """What is open at the end of the day `on`, never below 0: a credit of what was paid is owed to the customer."""
    taken = exact_sum(amount for day, amount in _reductions(invoice) if day <= on)
    return max(Decimal(0), exact_sum((invoice.gross, taken.copy_negate())))


def settled(invoice: Invoice, on: date) -> date | None:
    """The day on which nothing was open any more, `None` if at the end of the day `on` something still was."""
    days = sorted({day for day, _ in _reductions(invoice) if day <= on})
    return next((day for day in days if not balance(invoice, day)), None)


def _reductions(invoice: Invoice) -> Iterator[tuple[date, Decimal]]:
    yield from ((payment.on, payment.amount) for payment in invoice.payments)
    yield from ((credit.on, exact_sum((credit.amount, credit.tax))) for credit in invoice.credits)


@frozen
class CollectionRow:
    """The invoices issued in one period, as known at the end of `as_of`.

    Rates are shares of the invoices issued: settled on time, and settled at all, by count and by amount.
    """

    period: Period
    currency: str
    issued: int
    issued_amount: Decimal
    open_amount: Decimal
    on_time: Quotient
    on_time_amount: Quotient
    in_the_end: Quotient
    in_the_end_amount: Quotient
    days_sales_outstanding: Quotient


COLLECTION_COLUMNS = (
    Column("period", ColumnType.PERIOD),
    Column("currency", ColumnType.TEXT),
    Column("issued", ColumnType.INTEGER, "invoices"),
    Column("issued_amount", ColumnType.AMOUNT),
    Column("open_amount", ColumnType.AMOUNT),
    *(Column(name, ColumnType.RATIO) for name in ("on_time", "on_time_amount", "in_the_end", "in_the_end_amount")),
    Column("days_sales_outstanding", ColumnType.NUMBER, "days"),
)


def collection(invoices: Iterable[Invoice], as_of: date, grain: Grain = Grain.MONTH) -> Table[CollectionRow]:
    """Collection rates of the invoices by currency and period of issue, as known at the end of `as_of`.

    Days sales outstanding are those at the end of the period, or on `as_of` if that is earlier.
    """
    known = [invoice for invoice in invoices if is_collected(invoice, as_of)]
    groups: defaultdict[tuple[str, Period], list[Invoice]] = defaultdict(list)
    for invoice in known:
        groups[invoice.currency, Period.containing(invoice.issued, grain)].append(invoice)
    rows = (_row(*key, groups[key], known, as_of) for key in sorted(groups, key=lambda key: (key[0], key[1].index)))
    return Table("collection", COLLECTION_COLUMNS, rows, f"Collection, as known on {as_of}")


def _row(currency: str, period: Period, own: Sequence[Invoice], known: Sequence[Invoice], as_of: date) -> CollectionRow:
    paid = {invoice.id: settled(invoice, as_of) for invoice in own}
    in_the_end = [invoice for invoice in own if paid[invoice.id] is not None]
    on_time = [invoice for invoice in in_the_end if (paid[invoice.id] or date.max) <= due(invoice)]
    amount, close = _gross(own), min(period.last_day, as_of)
    same = (invoice for invoice in known if invoice.currency == currency and is_collected(invoice, close))
    outstanding = exact_sum(balance(invoice, close) for invoice in same)
    days = (close - period.start + timedelta(days=1)).days
    return CollectionRow(
        period=period,
        currency=currency,
        issued=len(own),
        issued_amount=amount,
        open_amount=exact_sum(balance(invoice, as_of) for invoice in own),
        on_time=collection_rate(paid_on_time=len(on_time), issued=len(own)),
        on_time_amount=collection_rate(paid_on_time=_gross(on_time), issued=amount),
        in_the_end=collection_rate(paid_on_time=len(in_the_end), issued=len(own)),
        in_the_end_amount=collection_rate(paid_on_time=_gross(in_the_end), issued=amount),
        days_sales_outstanding=days_sales_outstanding(open_balance=outstanding, invoiced=amount, days=days),
    )


def _gross(invoices: Iterable[Invoice]) -> Decimal:
    return exact_sum(invoice.gross for invoice in invoices)


@frozen
class Ageing:
    """The open balance of one customer, or of all if `customer_id` is `None`, by days overdue; buckets sum to it."""

    currency: str
    customer_id: str | None
    current: Decimal
    days_1_30: Decimal
    days_31_60: Decimal
    days_61_90: Decimal
    over_90: Decimal
    open_balance: Decimal


AGEING_COLUMNS = (
    Column("currency", ColumnType.TEXT),
    Column("customer_id", ColumnType.TEXT, title="customer"),
    Column("current", ColumnType.AMOUNT),
    Column("days_1_30", ColumnType.AMOUNT, title="1–30 days"),
    Column("days_31_60", ColumnType.AMOUNT, title="31–60 days"),
    Column("days_61_90", ColumnType.AMOUNT, title="61–90 days"),
    Column("over_90", ColumnType.AMOUNT, title="over 90 days"),
    Column("open_balance", ColumnType.AMOUNT),
)


def bucket(invoice: Invoice, as_of: date) -> str:
    """The name of the bucket in which the balance of an invoice lies on the day `as_of`."""
    overdue = (as_of - due(invoice)).days
    return next(name for most, name in BUCKETS if most is None or overdue <= most)


def ageing(invoices: Iterable[Invoice], as_of: date, *, per_customer: bool = False) -> Table[Ageing]:
    """What is open at the end of `as_of`, by currency, and by customer if asked: who owes nothing has no row."""
    whose: Callable[[Invoice], str | None] = (lambda one: one.customer) if per_customer else (lambda _: None)
    groups: defaultdict[tuple[str, str | None], list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        if is_collected(invoice, as_of) and balance(invoice, as_of):
            groups[invoice.currency, whose(invoice)].append(invoice)
    rows = (_aged(*key, groups[key], as_of) for key in sorted(groups, key=lambda key: (key[0], key[1] or "")))
    return Table("ageing", AGEING_COLUMNS, rows, f"Open balances on {as_of}")


def _aged(currency: str, customer: str | None, own: Sequence[Invoice], as_of: date) -> Ageing:
    aged = {
        name: exact_sum(balance(invoice, as_of) for invoice in own if bucket(invoice, as_of) == name)
        for _, name in BUCKETS
    }
    return Ageing(
        currency=currency,
        customer_id=customer,
        current=aged["current"],
        days_1_30=aged["1–30"],
        days_31_60=aged["31–60"],
        days_61_90=aged["61–90"],
        over_90=aged["over 90"],
        open_balance=exact_sum(aged.values()),
    )
