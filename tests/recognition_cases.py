"""Short ways to write contracts and read schedules, for the tests of revenue recognition."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subscription_metrics.facts.checks import from_minor_units
from subscription_metrics.facts.invoices import Credit, CreditFor, Invoice, InvoiceLine
from subscription_metrics.periods import Grain, Period, period_range
from subscription_metrics.recognition.contracts import Contract, Delivery, Dossier, Modification
from subscription_metrics.recognition.curves import Method, Residual
from subscription_metrics.recognition.ledger import Ledger, calendar_of_months, post_period
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.promises import PerformanceObligation, PointInTime, Prepaid, Ratable
from subscription_metrics.recognition.schedule import Role, by_period
from subscription_metrics.recognition.scheduling import Schedule, schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

GOLDEN = Path(__file__).parent / "golden"
Case = dict[str, Any]


def cases(system: str) -> dict[str, Case]:
    """The cases that another system's tests or documents print, by id; each names its source."""
    content = json.loads((GOLDEN / f"revrec_{system}" / "cases.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in (content["cases"] if isinstance(content, dict) else content)}


def day(text: str) -> date:
    """A date, as the files write it."""
    return date.fromisoformat(text)


def after(text: str) -> date:
    """The first day without service, where a file gives the last one with it."""
    return day(text) + timedelta(days=1)


def subscription(
    price: str,
    start: date,
    end: date,
    *,
    currency: str = "USD",
    method: Method = Method.DAILY,
    residual: Residual = Residual.CUMULATIVE,
    **more: Any,  # noqa: ANN401 - whatever else a contract has
) -> Contract:
    """A contract for one service."""
    way = Ratable(start=start, end=end, method=method, residual=residual)
    return Contract(
        id="C-1",
        customer="Acme",
        currency=currency,
        inception=more.pop("inception", start),
        price=Decimal(price),
        obligations=(PerformanceObligation(id="service", satisfaction=way, **more.pop("obligation", {})),),
        **more,
    )


def months(first: str, last: str) -> tuple[Period, ...]:
    """The months from one label to another."""
    return period_range(Period.parse(first), Period.parse(last))


def scheduled(dossier: Dossier | Contract, known: date = date.max) -> Schedule:
    """The schedule of a contract that is known."""
    found = schedule(dossier if isinstance(dossier, Dossier) else Dossier(contract=dossier), known)
    assert found is not None
    return found


def by_month(plan: Schedule, first: str, last: str) -> dict[str, str]:
    """What all lines of a schedule earn in each month, as text with the currency's decimals."""
    periods = months(first, last)
    sums = [sum(column) for column in zip(*(by_period(line, periods) for line in plan.lines), strict=True)]
    labels = (period.label for period in periods)
    return {label: str(from_minor_units(units, plan.currency)) for label, units in zip(labels, sums, strict=True)}


def by_month_of(start: date, end: date, plan: Schedule) -> dict[str, str]:
    """The same for each month of a service."""
    first, last = Period.containing(start, Grain.MONTH), Period.containing(end - timedelta(days=1), Grain.MONTH)
    return by_month(plan, first.label, last.label)


def posted(dossiers: Sequence[Dossier], last: str, known: date = date.max, first: str | None = None) -> Ledger:
    """A ledger of months with all that is due by the end of one of them, nothing closed."""
    end = Period.parse(last)
    calendar = calendar_of_months(dossiers, end)
    if first is not None:
        calendar = Calendar(period_range(Period.parse(first), end))
    return post_period(Ledger(calendar), dossiers, end, known)


def movements(ledger: Ledger, *roles: Role) -> dict[str, dict[str, str]]:
    """By role and posting period, what the account moved by in its natural sign, where it moved."""
    natural = {role: -1 if role in CREDIT_ACCOUNTS else 1 for role in roles}
    sums: dict[str, dict[str, int]] = {role.value: {} for role in roles}
    for one in ledger.postings:
        if one.role in natural:
            months_of = sums[one.role.value]
            months_of[one.posted] = months_of.get(one.posted, 0) + natural[one.role] * one.units
    currency = ledger.postings[0].currency
    return {
        role: {label: str(from_minor_units(units, currency)) for label, units in sorted(found.items()) if units}
        for role, found in sums.items()
    }


CREDIT_ACCOUNTS = {Role.DEFERRED, Role.REVENUE, Role.TAX, Role.INTEREST_INCOME, Role.COMMISSION_PAYABLE}
"""Accounts that grow on the credit side."""


def invoiced(dossier: Dossier | Contract, *invoices: Invoice, **more: Any) -> Dossier:  # noqa: ANN401 - other facts
    """A contract with its invoices."""
    contract = dossier.contract if isinstance(dossier, Dossier) else dossier
    return Dossier(contract=contract, invoices=invoices, **more)


def bill(amount: str, issued: date, obligation: str | None = "service", **more: Any) -> Invoice:  # noqa: ANN401 - any field
    """An invoice with one line for the contract C-1."""
    line = InvoiceLine(
        id="1",
        amount=Decimal(amount),
        tax=Decimal(more.pop("tax", "0")),
        contract=more.pop("contract", "C-1"),
        obligation=obligation,
    )
    number = more.pop("id", f"INV-{issued:%m%d}")
    return Invoice(
        id=number, customer="Acme", currency=more.pop("currency", "USD"), issued=issued, lines=(line,), **more
    )


YEAR = date(2025, 1, 1), date(2026, 1, 1)
"""The first day of a service for 2025, and the first without."""


def year(price: str = "1200.00", **more: Any) -> Contract:  # noqa: ANN401 - any field
    """A contract for 2025."""
    return subscription(price, *YEAR, **more)


def promise(name: str, price: str | None) -> PerformanceObligation:
    """A promise kept on a day."""
    alone = None if price is None else Decimal(price)
    return PerformanceObligation(id=name, satisfaction=PointInTime(on=YEAR[0]), standalone_price=alone)


def of(price: str, *promises: PerformanceObligation, **more: object) -> Contract:
    """A contract with promises."""
    fields = {"id": "C-1", "customer": "Acme", "currency": "USD", "inception": YEAR[0], **more}
    return Contract(price=Decimal(price), obligations=promises, **fields)  # type: ignore[arg-type]  # as given by the test


def credit(amount: str, purpose: CreditFor = CreditFor.FUTURE) -> Credit:
    """A credit note of April 1."""
    return Credit(id="CN", on=day("2025-04-01"), amount=Decimal(amount), purpose=purpose)


def change(**more: object) -> Modification:
    """A modification of July."""
    fields = {"id": "M", "contract": "C-1", "on": day("2025-07-01"), "price_change": Decimal(5), **more}
    return Modification(**fields)  # type: ignore[arg-type]  # as given by the test


def credits_of(breakage: str, drawn: list[tuple[str, str]]) -> Dossier:
    """100 prepaid credits for 1,000.00, some of which won't be used."""
    way = Prepaid(quantity=Decimal(100), start=YEAR[0], expires=YEAR[1], breakage=Decimal(breakage))
    contract = of("1000", PerformanceObligation(id="credits", satisfaction=way))
    deliveries = tuple(
        Delivery(id=on, contract="C-1", obligation="credits", on=day(on), quantity=Decimal(quantity) * 10)
        for on, quantity in drawn
    )
    return Dossier(contract=contract, deliveries=deliveries)
