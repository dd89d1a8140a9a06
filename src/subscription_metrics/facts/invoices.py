"""Invoices: what was asked for, what was paid, and what was taken back.

One fact for all who ask: collection reads when it was paid, revenue recognition what it was for.

House rules.

1. Amounts of lines are net; tax stands beside them and never enters revenue. A negative line is a proration.
2. Dates are dates, service periods half-open. `recorded` is the day on which the fact became known: the day it
   happened, unless said otherwise. What was known when is read from it.
3. A credit says what it is *for*. Nobody can tell from an amount whether it makes good what was delivered or gives
   up what was not, and the two are booked differently.
4. No money goes back that didn't come in before: neither by the day it happened, nor by the day it became known.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from attrs import Factory, field, frozen

from subscription_metrics.errors import CreditAboveInvoice, EndNotAfterStart, InvalidValue
from subscription_metrics.facts.checks import (
    after_start,
    currency,
    day,
    finite,
    identifier,
    in_minor_units,
    not_negative,
    optional_day,
    positive,
)
from subscription_metrics.money import exact_sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from attrs import Attribute


class CreditFor(Enum):
    """What a credit is for: which part of it takes back revenue, and which gives up what was deferred."""

    PAST = "past service"
    """All of it takes back revenue: the service was bad."""
    FUTURE = "future service"
    """All of it gives up deferred revenue: the service won't be delivered."""
    PRO_RATA = "pro rata"
    """In the proportion of recognised to deferred (Stripe)."""
    RECOGNISED_FIRST = "recognised first"
    """Revenue as far as there is any, then deferred revenue (ERPNext)."""
    RELEASE_ALL_DEFERRED = "release all deferred"
    """All that is deferred becomes revenue, and all of the credit takes back revenue (Business Central)."""
    BILLING = "billing only"
    """The price has fallen already, by a change or the end of the contract: what was billed of it is undone."""


class CreditKind(Enum):
    """By what an invoice is reduced; each kind has its accounts."""

    CREDIT_NOTE = "credit note"
    """The customer owes less."""
    REFUND = "refund"
    """The customer gets money back."""
    VOID = "void"
    """The invoice was never right."""
    DISPUTE = "dispute"
    """The customer's bank took the money back."""
    WRITE_OFF = "write-off"
    """The customer won't pay; what was recognised becomes bad debt."""


CASH_BACK = frozenset((CreditKind.REFUND, CreditKind.DISPUTE))
"""Credits that money leaves by; by the others the customer owes less."""
LOSSES = frozenset((CreditKind.DISPUTE, CreditKind.WRITE_OFF))
"""Credits that money may come back of after all."""


@frozen(kw_only=True)
class Payment:
    """Money that came in `on` a day; `amount` is gross and above 0."""

    on: date = field(validator=day)
    amount: Decimal = field(validator=positive)
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


@frozen(kw_only=True)
class Credit:
    """A reduction of an invoice: net `amount` and `tax` on it, of one `line` or of all in proportion.

    Raises:
        InvalidValue: an amount is not above 0, or a tax below 0.
    """

    id: str = field(validator=identifier)
    on: date = field(validator=day)
    amount: Decimal = field(validator=positive)
    purpose: CreditFor
    kind: CreditKind = CreditKind.CREDIT_NOTE
    tax: Decimal = field(default=Decimal(0), validator=not_negative)
    line: str | None = None
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


@frozen(kw_only=True)
class InvoiceLine:
    """One line: net `amount`, `tax`, and what it bills: an obligation of a contract, a service period, or both.

    Raises:
        EndNotAfterStart: the service period holds no day.
    """

    id: str = field(validator=identifier)
    amount: Decimal = field(validator=finite)
    tax: Decimal = field(default=Decimal(0), validator=finite)
    contract: str | None = None
    obligation: str | None = None
    product: str | None = None
    start: date | None = field(default=None, validator=optional_day)
    end: date | None = field(default=None, validator=after_start)
    description: str = ""


def _lines(invoice: Invoice, attribute: Attribute[tuple[InvoiceLine, ...]], lines: tuple[InvoiceLine, ...]) -> None:
    ids = [line.id for line in lines]
    if not ids or len(set(ids)) < len(ids):
        raise InvalidValue(attribute.name, ids, "must be one or more, each with an id of its own", "number the lines")
    for line in lines:
        in_minor_units(line.amount, invoice.currency)
        in_minor_units(line.tax, invoice.currency)


def _credits(invoice: Invoice, attribute: Attribute[tuple[Credit, ...]], credits_: tuple[Credit, ...]) -> None:
    if not credits_:
        return
    known = {line.id: (line.amount, line.tax) for line in invoice.lines}
    for credit in credits_:
        _check_credit(invoice, credit, known)
    ids = [credit.id for credit in credits_]
    if len(set(ids)) < len(ids):
        raise InvalidValue(attribute.name, ids, f"of invoice {invoice.id} must have an id each", "number them")
    for line, (net, tax) in [(None, (invoice.net, invoice.gross - invoice.net)), *known.items()]:
        own = [credit for credit in credits_ if line is None or credit.line == line]
        of = "the invoice" if line is None else f"line {line}"
        for given, limit, name in (
            (exact_sum(credit.amount for credit in own), net, "net amount"),
            (exact_sum(credit.tax for credit in own), tax, "tax"),
        ):
            if given > max(limit, Decimal(0)):
                rule = f"must not be above {limit}, the {name} of {of}"
                raise CreditAboveInvoice(attribute.name, given, rule, "pay out the rest by another document")


def _check_credit(invoice: Invoice, credit: Credit, known: Mapping[str, object]) -> None:
    in_minor_units(credit.amount, invoice.currency)
    in_minor_units(credit.tax, invoice.currency)
    if credit.on < invoice.issued:
        rule = f"must not be before {invoice.issued}, when invoice {invoice.id} was issued"
        raise InvalidValue("credits.on", credit.on, rule)
    if credit.line is not None and credit.line not in known:
        rule = f"must be a line of invoice {invoice.id}"
        raise InvalidValue("credits.line", credit.line, rule, f"one of {sorted(known)}")


def _payments(invoice: Invoice, attribute: Attribute[tuple[Payment, ...]], payments: tuple[Payment, ...]) -> None:
    for payment in payments:
        in_minor_units(payment.amount, invoice.currency)
    paid = exact_sum(payment.amount for payment in payments)
    if paid > max(invoice.gross, Decimal(0)):
        rule = f"must not sum to more than {invoice.gross}, the gross amount of invoice {invoice.id}"
        raise CreditAboveInvoice(attribute.name, paid, rule, "a deposit is a payment of another invoice")


def _not_before_issue(invoice: Invoice, attribute: Attribute[date | None], value: date | None) -> None:
    optional_day(invoice, attribute, value)
    if value is not None and value < invoice.issued:
        remedy = f"invoice {invoice.id} was issued on {invoice.issued}"
        raise EndNotAfterStart(attribute.name, value, "must not be before the invoice", remedy)


@frozen(kw_only=True)
class Invoice:
    """An invoice with its lines, payments, credits, and recoveries of what had been written off or disputed.

    `void` is the day on which it was declared never to have been right. If another invoice bills the same,
    `replaced_by` names it: the price stays, and only the billing is undone; otherwise the price falls with it. What was
    paid of a voided or credited invoice stays the customer's: it is used up by later invoices, or `paid_back`, which
    moves money and no revenue.

    Raises:
        CreditAboveInvoice: credits exceed the net amount or the tax, payments the gross amount, write-offs what is not
            paid; or more goes back than came in, more comes back than was lost.
        InvalidValue: no lines, two with one id, a credit of another's line, an amount finer than the currency.
        EndNotAfterStart: due or void before it was issued.
    """

    id: str = field(validator=identifier)
    customer: str = field(validator=identifier)
    currency: str = field(validator=currency)
    issued: date = field(validator=day)
    due: date | None = field(default=None, validator=_not_before_issue)
    lines: tuple[InvoiceLine, ...] = field(validator=_lines)
    payments: tuple[Payment, ...] = field(default=(), validator=_payments)
    credits: tuple[Credit, ...] = field(default=(), validator=_credits)
    recoveries: tuple[Payment, ...] = ()
    paid_back: tuple[Payment, ...] = ()
    void: date | None = field(default=None, validator=_not_before_issue)
    void_recorded: date | None = field(default=Factory(lambda self: self.void, takes_self=True))
    replaced_by: str | None = None
    recorded: date = field(default=Factory(lambda self: self.issued, takes_self=True), validator=day)
    source: str | None = field(default=None, eq=False)
    line: int | None = field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        if (self.void is None) != (self.void_recorded is None):
            rule = f"must be stated with void, {self.void}, and only with it"
            raise InvalidValue("void_recorded", self.void_recorded, rule, "say on which day the void became known")
        for payment in (*self.recoveries, *self.paid_back):
            in_minor_units(payment.amount, self.currency)
        if self.replaced_by is not None and self.void is None:
            raise InvalidValue("replaced_by", self.replaced_by, "must be left out unless the invoice is void")
        if self.credits or self.recoveries or self.paid_back:
            _check_write_offs(self)
            _check_money_back(self)

    @property
    def net(self) -> Decimal:
        """The sum of the lines, without tax."""
        return exact_sum(line.amount for line in self.lines)

    @property
    def gross(self) -> Decimal:
        """What the customer is asked to pay."""
        return exact_sum([self.net, *(line.tax for line in self.lines)])


def _check_write_offs(invoice: Invoice) -> None:
    lost = exact_sum(one.amount + one.tax for one in invoice.credits if one.kind is CreditKind.WRITE_OFF)
    open_then = invoice.gross - exact_sum(payment.amount for payment in invoice.payments)
    if lost > max(open_then, Decimal(0)):
        rule = f"written off must not be above {open_then}, what is not paid of invoice {invoice.id}"
        raise CreditAboveInvoice("credits", lost, rule, "money that came after the write-off is a recovery")


_Dated = tuple["date", Decimal]


def _check_money_back(invoice: Invoice) -> None:
    """By the day it happened and by the day it became known, so that it holds whatever is known."""
    for by in ("on", "recorded"):
        credits_ = [(one.kind, (getattr(one, by), one.amount + one.tax)) for one in invoice.credits]
        paid, recovered, back = (
            [(getattr(one, by), one.amount) for one in group]
            for group in (invoice.payments, invoice.recoveries, invoice.paid_back)
        )
        lost = [one for kind, one in credits_ if kind in LOSSES]
        gone = [one for kind, one in credits_ if kind in CASH_BACK]
        owed_less = [one for kind, one in credits_ if kind not in CASH_BACK]
        void = invoice.void if by == "on" else invoice.void_recorded
        if void is not None:
            owed_less.append((void, invoice.gross - exact_sum(amount for _, (_, amount) in credits_)))
        _check_covered("recoveries", recovered, lost, "what was written off or disputed by then")
        _check_covered("credits", [*gone, *back], [*paid, *recovered], "what had been paid by then")
        _check_covered("paid_back", back, [*paid, *owed_less], "what stood in the customer's favour", invoice.gross)


def _check_covered(
    name: str, out: Iterable[_Dated], by: Iterable[_Dated], what: str, less: Decimal = Decimal(0)
) -> None:
    moves = sorted([*((on, 0, amount) for on, amount in by), *((on, 1, -amount) for on, amount in out)])
    standing = -less
    for on, is_out, amount in moves:
        standing += amount
        if is_out and standing < 0:
            rule = f"must not be above {what}, {standing - amount} on {on}"
            raise CreditAboveInvoice(name, -amount, rule, "add the payment, or leave out what did not happen")
