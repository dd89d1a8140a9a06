"""Collection: what of the invoices came in, when, and what is still open and how old it is.

An invoice is read as it was known at the end of a day: what was recorded later doesn't exist yet, and an invoice that
was known to be void by then never existed. Three amounts follow from its facts.

| amount | gross of the invoice … |
|---|---|
| asked for | − credit notes |
| received | payments − what the customer's bank took back + what came back after all, up to what is asked for |
| open | − credit notes − write-offs − payments |

A refund is none of them: the money came in, and was given back for reasons of its own. A write-off closes a balance and
collects nothing.

House rules.

1. On time is: in full on or before the day it was due. An invoice without a due day is due when it is issued. By
   amount, what came in by that day counts, of invoices paid in part, too.
2. Only invoices that ask for money are collected: where lines or credit notes leave 0 or less, nothing is to come in.
3. Currencies are never added: every row is of one.
4. A balance has the age of its due day: *current* until then, then 1–30, 31–60, 61–90 and over 90 days.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from subscription_metrics.columns import Column, ColumnType
from subscription_metrics.facts.invoices import Credit, CreditKind, Payment
from subscription_metrics.facts.known import invoice_known_at
from subscription_metrics.metrics.collection import collection_rate, days_sales_outstanding
from subscription_metrics.money import exact_sum
from subscription_metrics.periods import Grain, Period
from subscription_metrics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from datetime import date

    from subscription_metrics.facts.invoices import Invoice
    from subscription_metrics.quotients import Quotient

F = TypeVar("F", Payment, Credit)

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
    return invoice.issued <= on and not void and asked(invoice, on) > 0


def asked(invoice: Invoice, on: date) -> Decimal:
    """What the customer is asked to pay at the end of the day `on`: the gross amount less credit notes."""
    return _positive(invoice.gross, *map(Decimal.copy_negate, _taken(invoice, on, OWED_LESS)))


def received(invoice: Invoice, on: date) -> Decimal:
    """What of it had come in at the end of the day `on`, and had not been taken back by the customer's bank."""
    came = (payment.amount for payment in (*invoice.payments, *invoice.recoveries) if payment.on <= on)
    money = _positive(*came, *map(Decimal.copy_negate, _taken(invoice, on, {CreditKind.DISPUTE})))
    return min(money, asked(invoice, on))


def balance(invoice: Invoice, on: date) -> Decimal:
    """What is open at the end of the day `on`, never below 0: a credit of what was paid is owed to the customer."""
    paid = (payment.amount for payment in invoice.payments if payment.on <= on)
    reduced = _taken(invoice, on, OWED_LESS | {CreditKind.WRITE_OFF})
    return _positive(invoice.gross, *map(Decimal.copy_negate, (*paid, *reduced)))


def settled(invoice: Invoice, on: date) -> date | None:
    """The day since which all that is asked for has come in, `None` if at the end of the day `on` it has not."""
    moved = [*(one.on for one in (*invoice.payments, *invoice.recoveries)), *(one.on for one in invoice.credits)]
    days = sorted({day for day in moved if day <= on})
    since = takewhile(lambda day: received(invoice, day) == asked(invoice, day), reversed(days))
    return min(since, default=None)


OWED_LESS = frozenset((CreditKind.CREDIT_NOTE, CreditKind.VOID))
"""Credits by which less is asked for."""


def _taken(invoice: Invoice, on: date, kinds: Container[CreditKind]) -> list[Decimal]:
    return [exact_sum((one.amount, one.tax)) for one in invoice.credits if one.kind in kinds and one.on <= on]


def _positive(*amounts: Decimal) -> Decimal:
    return max(Decimal(0), exact_sum(amounts))


@frozen
class CollectionRow:
    """The invoices issued in one period, as known at the end of `as_of`.

    `issued_amount` is what they ask for. Rates are shares of them: in full by count, what came in by amount; on the day
    they were due, and in the end.
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
    collected = _collected(invoices, as_of)
    groups: defaultdict[tuple[str, Period], list[Invoice]] = defaultdict(list)
    for invoice in collected:
        groups[invoice.currency, Period.containing(invoice.issued, grain)].append(invoice)
    rows = (_row(*key, groups[key], collected, as_of) for key in sorted(groups, key=lambda key: (key[0], key[1].index)))
    return Table("collection", COLLECTION_COLUMNS, rows, f"Collection, as known on {as_of}")


def _collected(invoices: Iterable[Invoice], as_of: date) -> list[Invoice]:
    """The invoices that ask for money, as they were known at the end of the day `as_of`."""
    seen = (invoice_known_at(invoice, as_of) for invoice in invoices if invoice.recorded <= as_of)
    return [invoice for invoice in seen if is_collected(invoice, as_of)]


def _row(currency: str, period: Period, own: Sequence[Invoice], all_: Sequence[Invoice], as_of: date) -> CollectionRow:
    days = [(settled(invoice, as_of), due(invoice)) for invoice in own]
    in_the_end = exact_sum(received(invoice, as_of) for invoice in own)
    amount, close = exact_sum(asked(invoice, as_of) for invoice in own), min(period.last_day, as_of)
    same = (invoice for invoice in all_ if invoice.currency == currency and is_collected(invoice, close))
    return CollectionRow(
        period=period,
        currency=currency,
        issued=len(own),
        issued_amount=amount,
        open_amount=exact_sum(balance(invoice, as_of) for invoice in own),
        on_time=collection_rate(paid_on_time=sum(day is not None and day <= by for day, by in days), issued=len(own)),
        on_time_amount=collection_rate(paid_on_time=_on_time(own, as_of), issued=amount),
        in_the_end=collection_rate(paid_on_time=sum(day is not None for day, _ in days), issued=len(own)),
        in_the_end_amount=collection_rate(paid_on_time=in_the_end, issued=amount),
        days_sales_outstanding=days_sales_outstanding(
            open_balance=exact_sum(balance(invoice, close) for invoice in same),
            invoiced=exact_sum(asked(invoice, close) for invoice in own),
            days=(close - period.start).days + 1,
        ),
    )


def _on_time(invoices: Iterable[Invoice], as_of: date) -> Decimal:
    """What came in by the due days, and had not been taken back by `as_of`; of no invoice more than it asks for."""
    return exact_sum(min(received(one, min(due(one), as_of)), received(one, as_of)) for one in invoices)


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
    for invoice in _collected(invoices, as_of):
        if balance(invoice, as_of):
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
