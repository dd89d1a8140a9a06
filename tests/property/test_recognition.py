"""The laws of revenue recognition, over random contracts with random changes, credits, closings and late facts.

Each test quotes the sentence of the specification that it proves.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.recognition_files import CALENDAR, START, contracts, days, files, losses, services, units

from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.facts.invoices import CreditFor, CreditKind
from subscription_metrics.periods import Grain, Period, period_range
from subscription_metrics.recognition.allocation import allocate_price
from subscription_metrics.recognition.balances import roll_forward
from subscription_metrics.recognition.billing import dossiers
from subscription_metrics.recognition.contracts import (
    Contract,
    Dossier,
    Modification,
    Termination,
)
from subscription_metrics.recognition.curves import Curve, Method, Residual, amount_by, ratable, settled
from subscription_metrics.recognition.journal import Grouping, journal
from subscription_metrics.recognition.ledger import Ledger, close_period, post_period
from subscription_metrics.recognition.postings import Calendar
from subscription_metrics.recognition.schedule import (
    END_OF_TIME,
    Role,
    by_period,
    recognised,
    remaining,
    total,
    weeks_calendar,
)
from subscription_metrics.recognition.scheduling import schedule
from subscription_metrics.recognition.takings import regained, takings

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from subscription_metrics.facts.invoices import Invoice
    from subscription_metrics.recognition.scheduling import Schedule


def planned(dossier: Dossier) -> Schedule:
    """The schedule with all facts known."""
    plan = schedule(dossier)
    assert plan is not None
    return plan


def posted(dossier: Dossier) -> Ledger:
    """A ledger with everything posted and nothing closed."""
    return post_period(Ledger(CALENDAR), [dossier], CALENDAR.periods[-1])


def price_in_the_end(dossier: Dossier) -> int:
    """The price with all changes, less all credits, in minor units."""
    changed = [
        one.price_change if isinstance(one, Modification) else one.amount
        for one in dossier.changes
        if not isinstance(one, Termination)
    ]
    taken = (one for invoice in dossier.invoices for one in takings(invoice))
    back = (one for invoice in dossier.invoices for one in regained(invoice))
    fee = Decimal(0) if dossier.contract.set_up_fee is None else dossier.contract.set_up_fee.amount
    whole = in_minor_units(dossier.contract.price + fee + sum(changed, Decimal(0)), dossier.contract.currency)
    lost = sum(one.units for one in taken if one.purpose is not CreditFor.BILLING)
    return whole - lost + sum(one.units for one in back if one.of.purpose is not CreditFor.BILLING)


@given(files(), days)
def test_recognised_and_remaining_are_the_price(dossier: Dossier, on: date) -> None:
    """Recognised + remaining = allocated price on every date."""
    plan = planned(dossier)
    day = on.toordinal()
    sums = sum(recognised(line, day) + remaining(line, day) for line in plan.lines)
    assert price_in_the_end(dossier) == sums == sum(total(line) for line in plan.lines)


@given(units, services(), st.sampled_from(Method), st.sampled_from(Residual))
def test_revenue_never_decreases_and_mirrors(
    amount: int, service: tuple[date, date], method: Method, residual: Residual
) -> None:
    """Cumulative revenue never decreases for a positive line and mirrors for a negative one."""
    curve = settled(ratable(*service, method), amount, residual)
    path = [amount_by(amount, curve, day) for day in range(service[0].toordinal(), service[1].toordinal() + 1)]
    assert sorted(path) == path
    assert [0, amount] == [path[0], path[-1]]
    assert [-one for one in path] == [
        amount_by(-amount, curve, day) for day in range(service[0].toordinal(), service[1].toordinal() + 1)
    ]


@given(units, services(), st.sampled_from(Method), days)
def test_cumulative_rounding_is_never_more_than_half_a_unit_off(
    amount: int, service: tuple[date, date], method: Method, on: date
) -> None:
    """Cumulative rounding: order-free, never more than half a unit off."""
    curve = ratable(*service, method)
    day = on.toordinal()
    exact = amount * _progress(curve, day)
    assert abs(amount_by(amount, curve, day) - exact) <= Fraction(1, 2)


def _progress(curve: Curve, day: int) -> Fraction:
    """The slow, obvious way to walk a curve: day by day."""
    pairs = zip(pairwise(curve.days), pairwise(curve.weights), strict=True)
    rises = (
        Fraction(high - low, right - left)
        for (left, right), (low, high) in pairs
        for one in range(left, right)
        if one < day
    )
    return sum(rises, Fraction(0)) / curve.whole


CALENDARS: tuple[tuple[object, ...], ...] = (
    CALENDAR.periods,
    period_range(Period.parse("2024-Q1"), Period.parse("2026-Q4")),
    period_range(Period.parse("FY2024", 7), Period.parse("FY2027", 7)),
    sum((weeks_calendar(START + timedelta(days=364 * year), f"FY{24 + year}") for year in range(4)), ()),
)


@given(files(), st.sampled_from(range(len(CALENDARS))))
def test_the_sum_over_periods_is_the_price(dossier: Dossier, which: int) -> None:
    """The sum over periods is the price, whatever the calendar (months, quarters, 4-4-5)."""
    plan = planned(dossier)
    for line in plan.lines:
        everything = recognised(line, END_OF_TIME)
        assert everything == sum(by_period(line, CALENDARS[which]))  # type: ignore[arg-type]  # all are posting periods


@given(files(), days, days, days)
def test_slicing_and_adding_gives_the_whole(dossier: Dossier, one: date, two: date, three: date) -> None:
    """Slicing a period and adding gives the whole."""
    first, middle, last = sorted(day.toordinal() for day in (one, two, three))
    for line in planned(dossier).lines:
        parts = [recognised(line, middle) - recognised(line, first), recognised(line, last) - recognised(line, middle)]
        assert recognised(line, last) - recognised(line, first) == sum(parts)


@given(contracts())
def test_allocation_sums_to_the_price(contract: Contract) -> None:
    """Allocation sums to the price, no share more than one minor unit off."""
    found = allocate_price(contract)
    price = in_minor_units(contract.price, contract.currency)
    assert price == sum(found.shares.values())
    whole = sum(found.basis.values())
    for name, share in found.shares.items():
        assert abs(share - price * found.basis[name] / whole) < 1


@given(files())
def test_posting_again_posts_nothing(dossier: Dossier) -> None:
    """Re-running on the same facts posts nothing."""
    once = posted(dossier)
    assert once == post_period(once, [dossier], CALENDAR.periods[-1])


@given(files(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(dossier: Dossier, chance: random.Random) -> None:
    """Order of facts doesn't matter."""
    groups = [list(group) for group in (dossier.invoices, dossier.deliveries, dossier.changes)]
    for group in groups:
        chance.shuffle(group)
    (shuffled,) = dossiers([dossier.contract], *groups)  # type: ignore[arg-type]  # three lists of facts
    assert sorted(map(str, posted(dossier).postings)) == sorted(map(str, posted(shuffled).postings))


@given(files(), st.sampled_from(Grouping))
def test_every_entry_balances(dossier: Dossier, grouping: Grouping) -> None:
    """Every entry and every journal file balances."""
    for entry in journal(posted(dossier).postings, grouping=grouping):
        assert sum(line.debit for line in entry.lines) == sum(line.credit for line in entry.lines) > 0
        assert all((line.debit == 0) != (line.credit == 0) for line in entry.lines)


@given(files())
def test_deferred_is_billed_less_recognised_per_line(dossier: Dossier) -> None:
    """Deferred = billed − recognised, per line."""
    ledger = posted(dossier)
    for name in {one.obligation for one in ledger.postings if one.obligation}:
        own = [one for one in ledger.postings if one.obligation == name]
        sides = {role: sum(one.units for one in own if one.role is role) for role in Role}
        position = -(sides[Role.DEFERRED] + sides[Role.CONTRACT_ASSET] + sides[Role.UNBILLED])
        earned = -sum(sides[role] for role in EARNED)
        billed = sides[Role.RECEIVABLE] + sides[Role.CASH] + sides[Role.TAX]
        assert billed - earned == position


EARNED = (Role.REVENUE, Role.CONTRA_REVENUE, Role.REFUNDS, Role.BAD_DEBT, Role.VOIDS, Role.DISPUTES)


@given(files())
def test_the_books_end_where_the_facts_say(dossier: Dossier) -> None:
    """Money, tax and what customers owe, added up from the invoices alone."""
    ledger = post_period(Ledger(LONG), [dossier], LONG.periods[-1])
    sides = {role: sum(one.units for one in ledger.postings if one.role is role) for role in Role}
    cash, owed, tax = (sum(column) for column in zip((0, 0, 0), *map(_end_of, dossier.invoices), strict=True))
    assert cash == sides[Role.CASH]
    if dossier.contract.binding is not None:
        assert (owed, -tax) == (sides[Role.RECEIVABLE], sides[Role.TAX])
    assert sides[Role.DEFERRED] + sides[Role.CONTRACT_ASSET] + sides[Role.UNBILLED] == -(
        cash + sides[Role.RECEIVABLE] + sides[Role.TAX] + sum(sides[role] for role in EARNED)
    )


LONG = Calendar(period_range(Period.parse("2024-01"), Period.parse("2028-12")))


def _end_of(invoice: Invoice) -> tuple[int, int, int]:
    """Money, what is owed, and tax of an invoice in the end, in minor units."""
    tax = invoice.gross - invoice.net
    cash = sum((one.amount for one in (*invoice.payments, *invoice.recoveries)), Decimal(0))
    owed = invoice.gross - sum((one.amount for one in invoice.payments), Decimal(0))
    left, tax_left = invoice.gross, tax
    for one in invoice.credits:
        money = one.amount + one.tax
        back = one.kind in (CreditKind.REFUND, CreditKind.DISPUTE)
        cash, owed = (cash - money, owed) if back else (cash, owed - money)
        left, tax_left = left - money, tax_left - one.tax
    if invoice.void is not None:
        owed, left, tax_left = owed - left, Decimal(0), Decimal(0)
    # The strategy recovers the first loss whole, and with it its tax.
    tax_left += losses(invoice)[0].tax if invoice.recoveries else 0
    cents = [in_minor_units(one, invoice.currency) for one in (cash, owed, tax_left)]
    return cents[0], cents[1], cents[2]


@given(files())
def test_the_roll_forward_rolls(dossier: Dossier) -> None:
    """Opening + billed − recognised − credited = closing, and each closing is the next opening."""
    ledger = posted(dossier)
    for by in ("total", "product", "customer"):
        last: dict[str, Decimal] = {}
        for row in roll_forward(ledger, by):
            assert row.opening + row.billed - row.recognised - row.credited == row.closing
            assert last.get(row.segment, Decimal(0)) == row.opening
            last[row.segment] = row.closing
        books = -sum(one.units for one in ledger.postings if one.role is Role.DEFERRED)
        assert books == in_minor_units(sum(last.values(), Decimal(0)), dossier.contract.currency)


@given(files(), st.integers(0, 20))
def test_closing_with_late_facts_ends_where_posting_at_once_does(dossier: Dossier, days_to_close: int) -> None:
    """What lands in a closed month is posted in the first open one as a correction that names the month."""
    ledger = Ledger(CALENDAR)
    for period in CALENDAR.periods[:-1]:
        known = period.end + timedelta(days=days_to_close)
        before = ledger.postings
        ledger = close_period(post_period(ledger, [dossier], period, known), period, known)
        new = ledger.postings[len(before) :]
        assert {period.label} >= {one.posted for one in new}
        assert all(one.corrects is None or one.corrects < period.label for one in new)
    ledger = post_period(ledger, [dossier], CALENDAR.periods[-1])
    at_once = posted(dossier)
    assert _by_account(at_once, lambda one: one.belongs) == _by_account(ledger, lambda one: one.belongs)


def _by_account(ledger: Ledger, period: Callable[..., str]) -> dict[tuple[str, ...], int]:
    sums: dict[tuple[str, ...], int] = {}
    for one in ledger.postings:
        key = (one.role.value, one.obligation, one.document, period(one))
        sums[key] = sums.get(key, 0) + one.units
    return {key: amount for key, amount in sums.items() if amount}


@given(files(), days)
def test_a_schedule_is_a_function_of_what_is_known(dossier: Dossier, known: date) -> None:
    """A schedule is a pure function of the contract's facts as known at a date."""
    later = Modification(id="Z", contract="C-1", on=START, price_change=Decimal(0), recorded=known + timedelta(days=1))
    more = evolve(dossier, changes=(*dossier.changes, later))
    assert schedule(dossier, known) == schedule(more, known)


def test_months_have_their_grain() -> None:
    """The calendar of these tests is one of months, so that labels sort like the periods."""
    assert {Grain.MONTH} == {period.grain for period in CALENDAR.periods if isinstance(period, Period)}
