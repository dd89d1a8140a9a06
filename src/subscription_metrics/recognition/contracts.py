"""Contracts: what was promised, for how much, and what became known about it later.

A `Contract` is what the parties agreed at inception. What happened since is facts of their own: deliveries,
modifications, price changes, terminations, invoices, commissions. A `Dossier` holds all of one contract, and
`known_at` takes it back to what was known on a day. Schedules are functions of a dossier and of nothing else.

    Contract ── PerformanceObligation (what · standalone price · way of satisfaction)
       └─ Dossier ── Delivery · Modification · PriceChange · Termination · Invoice · Commission

House rules.

1. A fact is immutable and has two dates: `on`, from when it holds, and `recorded`, since when it is known.
2. Amounts are `Decimal` in the contract's currency, without tax, in whole minor units.
3. Service periods are half-open. A source with inclusive ends converts once, on entry.
4. The order in which facts arrive means nothing.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from attrs import Factory, field, frozen
from attrs.validators import optional

from subscription_metrics.errors import (
    BeforeInception,
    InvalidValue,
    OverlappingObligations,
    PricesDontSum,
    UnknownContract,
)
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
from subscription_metrics.recognition.curves import Method
from subscription_metrics.recognition.promises import PerformanceObligation, PriceRange, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from attrs import Attribute

    from subscription_metrics.facts.invoices import Invoice


@frozen(kw_only=True)
class TargetedDiscount:
    """A discount that belongs to `to` only, because these are regularly sold together for less (606-10-32-37)."""

    amount: Decimal = field(validator=positive)
    to: tuple[str, ...]


@frozen(kw_only=True)
class Variable:
    """Consideration that depends on what happens: the `estimate`, and the `constrained` part of it.

    Only the part that probably won't be reversed enters the price (606-10-32-11), so it is never above the estimate:
    of an expected rebate of 100, an estimate of −100, −150 may be constrained, and −50 may not. The estimate is kept
    for disclosure. `to` names the obligations it belongs to wholly (606-10-32-40); empty: to all.
    """

    id: str = field(validator=identifier)
    estimate: Decimal = field(validator=finite)
    constrained: Decimal = field(validator=finite)
    to: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.constrained > self.estimate:
            remedy = "constrain revenue to less than is expected, or a rebate to more"
            raise InvalidValue(
                "constrained", self.constrained, f"must not be above the estimate, {self.estimate}", remedy
            )


@frozen(kw_only=True)
class SetUpFee:
    """A fee for no service of its own (606-10-55-50 to 55-53): it is paid for the services that follow.

    Without `until` it joins the price of the obligations. With it, because renewing is a material right, it is
    spread by `method` from inception up to that day.
    """

    amount: Decimal = field(validator=positive)
    until: date | None = field(default=None, validator=optional_day)
    method: Method = Method.DAILY


@frozen(kw_only=True)
class Financing:
    """A significant financing component: `promised` is paid on `settles` for what costs `cash_price` at once.

    The price is the cash price; the difference is interest (606-10-32-15 to 32-20). Paid late it is income; paid
    early (`promised` below `cash_price`) it is expense. Below a year the expedient of 32-18 lets it be left out.
    """

    promised: Decimal = field(validator=positive)
    cash_price: Decimal = field(validator=positive)
    starts: date = field(validator=day)
    settles: date = field(validator=day)


class LateInvoices(Enum):
    """When revenue is recognised of service that was delivered before its invoice was issued."""

    RESTATE = "restate through unbilled receivable"
    """When delivered, as unbilled receivable or contract asset, if its month is open."""
    CATCH_UP = "catch up"
    """All that came before at once, in the month of the first invoice."""


def _obligations(
    contract: Contract,
    attribute: Attribute[tuple[PerformanceObligation, ...]],
    value: tuple[PerformanceObligation, ...],
) -> None:
    ids = [one.id for one in value]
    if len(set(ids)) < len(ids):
        repeated = sorted({one for one in ids if ids.count(one) > 1})
        rule = f"of contract {contract.id} must have an id each"
        raise OverlappingObligations(attribute.name, repeated, rule, "name the second one apart, as in 'seats-2'")
    if not ids:
        raise InvalidValue(
            attribute.name, ids, f"of contract {contract.id} must be one or more", "say what is promised"
        )


@frozen(kw_only=True)
class Contract:
    """An agreement at inception: `price` is its fixed consideration, without tax and without a set-up fee.

    `binding` is the day from which the customer can't cancel; `None` while the customer always can: then an invoice
    gives no right to money until it is paid or its service is delivered (606-10-55-284). `residual_range` is what
    the price of the obligation without standalone price must fall in (606-10-32-34(c)).

    Raises:
        OverlappingObligations: two obligations with one id.
        PricesDontSum: stated prices of all obligations, or of a set-up fee, don't make up the price.
        InvalidValue: an amount finer than the currency, a discount or variable amount of an unknown obligation.
    """

    id: str = field(validator=identifier)
    customer: str = field(validator=identifier)
    currency: str = field(validator=currency)
    inception: date = field(validator=day)
    price: Decimal = field(validator=finite)
    obligations: tuple[PerformanceObligation, ...] = field(validator=_obligations)
    discounts: tuple[TargetedDiscount, ...] = ()
    variable: tuple[Variable, ...] = ()
    set_up_fee: SetUpFee | None = None
    financing: Financing | None = None
    residual_range: PriceRange | None = None
    binding: date | None = field(default=Factory(lambda self: self.inception, takes_self=True), validator=optional_day)
    late_invoices: LateInvoices = LateInvoices.RESTATE
    recorded: date = field(default=Factory(lambda self: self.inception, takes_self=True), validator=day)
    source: str | None = field(default=None, eq=False)
    line: int | None = field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        in_minor_units(self.price, self.currency)
        self._check_stated_prices()
        known = {one.id for one in self.obligations}
        groups = [*(one.to for one in self.discounts), *(one.to for one in self.variable)]
        named = {name for group in groups for name in group}
        if named - known:
            remedy = f"one of {sorted(known)}"
            raise UnknownContract("to", sorted(named - known), f"must be obligations of contract {self.id}", remedy)

    def _check_stated_prices(self) -> None:
        # What usage is charged for comes on top of the fixed price, so it states none.
        stated = [one.price for one in self.obligations if not isinstance(one.satisfaction, Usage)]
        prices = [price for price in stated if price is not None]
        if len(prices) == len(stated) and exact_sum(prices) != self.price:
            rule = f"must be the sum of the obligations' prices, {exact_sum(prices)}"
            raise PricesDontSum("price", self.price, rule, "leave the stated prices out, or correct one")


@frozen(kw_only=True)
class Delivery:
    """So much was delivered, consumed or drawn `on` a day; `total` revises the estimate of the whole from then on."""

    id: str = field(validator=identifier)
    contract: str = field(validator=identifier)
    obligation: str = field(validator=identifier)
    on: date = field(validator=day)
    quantity: Decimal = field(validator=finite)
    total: Decimal | None = field(default=None, validator=optional(positive))
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


@frozen(kw_only=True)
class Modification:
    """A change of what is promised, of the price, or of both, in force from `on` (606-10-25-10).

    `add` are new promises, with what they sell for alone at that time; `end` are those that stop, their undelivered
    part being replaced or given up. `price_change` is by how much the whole price changes. `credit_for_past` comes
    beside it and makes good what was delivered: it is no new price (606-10-55-114 to 55-116).
    """

    id: str = field(validator=identifier)
    contract: str = field(validator=identifier)
    on: date = field(validator=day)
    price_change: Decimal = field(validator=finite)
    add: tuple[PerformanceObligation, ...] = ()
    end: tuple[str, ...] = ()
    credit_for_past: Decimal = field(default=Decimal(0), validator=not_negative)
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


@frozen(kw_only=True)
class PriceChange:
    """The price changes by `amount` though nothing else does: an estimate, a bonus, a rebate (606-10-32-42 to 32-45).

    It is allocated on the basis of inception; what it gives to parts delivered is caught up at once. `to` names the
    obligations it belongs to wholly. For usage, which `to` then names, `unit_price` is the new price of every unit so
    far.

    Raises:
        InvalidValue: a unit price of no obligation.
    """

    id: str = field(validator=identifier)
    contract: str = field(validator=identifier)
    on: date = field(validator=day)
    amount: Decimal = field(default=Decimal(0), validator=finite)
    to: tuple[str, ...] = ()
    unit_price: Decimal | None = field(default=None, validator=optional(finite))
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)

    def __attrs_post_init__(self) -> None:
        if self.unit_price is not None and not self.to:
            raise InvalidValue("to", self.to, "must name the usage that has the unit price", "name its obligation")


class Ending(Enum):
    """What becomes of the price that a terminated contract has not earned yet."""

    KEEP = "keep the schedule"
    """Paid and not refunded, access goes on: as if nothing had happened."""
    ACCELERATE = "recognise the rest"
    """Paid and not refunded, nothing left to deliver: recognised on that day."""
    RELEASE = "release the customer"
    """No longer owed: it falls out of the price. What was billed of it needs a credit note or a refund: for the future
    if it comes no later, otherwise for `CreditFor.BILLING` only.

    A set-up fee is owed all the same: what is left of it is revenue on that day. Interest stops."""


@frozen(kw_only=True)
class Termination:
    """The contract ends early: `on` is the first day that is not owed any more."""

    id: str = field(validator=identifier)
    contract: str = field(validator=identifier)
    on: date = field(validator=day)
    ending: Ending = Ending.KEEP
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


class CostKind(Enum):
    """What a cost of a contract is for; each kind has its accounts."""

    OBTAIN = "obtain"
    """A commission: it would not have been paid without the contract (340-40-25-1)."""
    FULFIL = "fulfil"
    """It makes or betters what later service is rendered with, as setting up does (340-40-25-5)."""


@frozen(kw_only=True)
class Impairment:
    """At the beginning of the day `on`, a contract's cost is worth `recoverable` at most (340-40-35-3).

    That is what is still expected of the customer, less what it costs directly to earn it.
    """

    on: date = field(validator=day)
    recoverable: Decimal = field(validator=not_negative)
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


def _impairments(_: object, attribute: Attribute[tuple[Impairment, ...]], value: tuple[Impairment, ...]) -> None:
    days = [one.on for one in value]
    if len(set(days)) < len(days):
        raise InvalidValue(attribute.name, sorted(days), "must be one a day", "keep the last of that day")


@frozen(kw_only=True)
class Commission:
    """What was paid to win a contract, or to be able to fulfil it, and from when to when it is of use (340-40-35-1).

    Only what would not have been paid without the contract is `incremental`; the rest is expense at once. The days
    from `start` up to `end` cover renewals that are expected and won't be paid for in kind. A cost to `FULFIL` is
    always an asset, within a year, too: pass those that 340-40-25-5 makes one.
    """

    id: str = field(validator=identifier)
    contract: str = field(validator=identifier)
    on: date = field(validator=day)
    amount: Decimal = field(validator=positive)
    start: date = field(validator=day)
    end: date = field(validator=after_start)
    method: Method = Method.DAILY
    incremental: bool = True
    expense_if_within_a_year: bool = True
    kind: CostKind = CostKind.OBTAIN
    impairments: tuple[Impairment, ...] = field(default=(), validator=_impairments)
    recorded: date = field(default=Factory(lambda self: self.on, takes_self=True), validator=day)


Change: TypeAlias = Modification | PriceChange | Termination


@frozen(kw_only=True)
class Dossier:
    """All that is known of one contract; each group of facts in the order in which they hold.

    Raises:
        BeforeInception: a change before the contract exists.
        UnknownContract: a fact of another contract, or a delivery of an obligation that nobody promised.
        InvalidValue: two facts of a kind with one id, a change with the id of a credit, an invoice in another currency.
    """

    contract: Contract
    invoices: tuple[Invoice, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    changes: tuple[Change, ...] = ()
    commissions: tuple[Commission, ...] = ()

    def __attrs_post_init__(self) -> None:
        contract = self.contract
        _check_ids(self)
        for fact in (*self.deliveries, *self.changes, *self.commissions):
            if fact.contract != contract.id:
                rule = f"of {fact.id} must be the contract of the dossier, {contract.id}"
                raise UnknownContract("contract", fact.contract, rule, "sort facts by contract, see dossiers")
        for invoice in self.invoices:
            if invoice.currency != contract.currency:
                rule = f"of invoice {invoice.id} must be {contract.currency}, that of contract {contract.id}"
                raise InvalidValue("currency", invoice.currency, rule, "bill a contract in its own currency")
        for change in self.changes:
            if change.on < contract.inception:
                rule = f"must not be before {contract.inception}, the inception of contract {contract.id}"
                raise BeforeInception("on", change.on, rule, "correct the contract instead")
        promised = promised_by(contract, self.changes) if self.deliveries else ()
        for delivery in self.deliveries:
            if delivery.obligation not in promised:
                rule = f"must be an obligation of contract {contract.id}"
                raise UnknownContract("obligation", delivery.obligation, rule, f"one of {sorted(promised)}")


def promised_by(contract: Contract, changes: Iterable[Change]) -> set[str]:
    """The ids of all that a contract and its changes promise."""
    added = (one for change in changes if isinstance(change, Modification) for one in change.add)
    return {one.id for one in (*contract.obligations, *added)}


def _check_ids(dossier: Dossier) -> None:
    credited = {one.id for invoice in dossier.invoices for one in invoice.credits}
    groups = (
        ("invoices", [one.id for one in dossier.invoices]),
        ("deliveries", [one.id for one in dossier.deliveries]),
        ("changes", [*(one.id for one in dossier.changes), *credited]),
        ("commissions", [one.id for one in dossier.commissions]),
    )
    for name, ids in groups:
        if len(set(ids)) < len(ids):
            repeated = sorted({one for one in ids if ids.count(one) > 1})
            rule = f"of contract {dossier.contract.id} must have an id each, credits included"
            raise InvalidValue(name, repeated, rule, "leave out what was read twice, or name it apart")
