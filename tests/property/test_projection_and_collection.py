"""Laws of projections, trials, losses and collection, each with the sentence that it proves."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from subscription_metrics.analyses.collection import ageing, collection
from subscription_metrics.analyses.losses import LossBy, losses, losses_by
from subscription_metrics.cohorts.sbg import Sbg
from subscription_metrics.facts.invoices import Credit, CreditFor, Invoice, InvoiceLine, Payment
from subscription_metrics.money import exact_sum, from_units, to_units
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind
from subscription_metrics.projection import DRAWN, bootstrap, by_cohorts, mrr_by_age, six_month_average
from subscription_metrics.testing.strategies import books

if TYPE_CHECKING:
    from subscription_metrics.book import Book
    from subscription_metrics.mrr.bridge import BridgeRow

FIRST = date(2025, 1, 1)
DAYS = st.integers(0, 200).map(lambda days: FIRST + timedelta(days=days))
CENTS = st.integers(1, 500).map(lambda cents: from_units(cents, 2))


def history(book: Book) -> list[BridgeRow]:
    """A monthly bridge of euros, long enough to project."""
    assume("EUR" in book.currencies)
    rows = list(book.bridge(currency="EUR"))
    assume(len(rows) >= 6)
    return rows


@given(books())
def test_the_first_month_follows_from_the_last_closing(book: Book) -> None:
    """§4: “the average of the last 6 months of new, expansion and lost MRR”, beginning where the last month ended."""
    rows = history(book)
    flow = sum((Fraction(part) for row in rows[-6:] for part in (row.new, row.expansion, row.lost)), Fraction(0)) / 6
    expected = max(Fraction(0), Fraction(rows[-1].closing) + flow)
    first = six_month_average(rows)[0]
    assert rows[-1].period.next() == first.period
    assert abs(expected - Fraction(first.mrr)) <= Fraction(1, 10**8)


@given(books(), st.integers(), st.integers(1, 12))
def test_a_bootstrap_is_its_seed(book: Book, seed: int, horizon: int) -> None:
    """§4: “Ours is a bootstrap over the observed months with a stated level and a required seed”."""
    rows = history(book)
    assume(any(row.opening for row in rows[-DRAWN:]))
    found = bootstrap(rows, seed=seed, horizon=horizon, paths=50)
    assert found == bootstrap(rows, seed=seed, horizon=horizon, paths=50)
    assert horizon == len(found)
    for row in found:
        assert row.lower is not None
        assert row.upper is not None
        assert 0 <= row.lower <= row.mrr <= row.upper


@given(books(), st.integers())
def test_one_month_of_a_bootstrap_is_an_observed_one(book: Book, seed: int) -> None:
    """What is drawn is a month that was there, applied to the last closing."""
    rows = history(book)
    closing = to_units(rows[-1].closing)
    months = [
        (joined, Fraction(to_units(row.closing) - joined, to_units(row.opening)))
        for row in rows[-DRAWN:]
        if row.opening
        for joined in (to_units(row.new) + to_units(row.reactivation),)
    ]
    assume(months)
    possible = {joined + closing * kept.numerator // kept.denominator for joined, kept in months}
    (first,) = bootstrap(rows, seed=seed, horizon=1, paths=1)
    assert to_units(first.mrr) in possible


@given(books())
def test_cohorts_that_lose_nobody_keep_their_mrr(book: Book) -> None:
    """With all retained, the projection is the last closing and what joins on average."""
    rows = history(book)
    ages = mrr_by_age(book, "EUR")
    assume(exact_sum(ages.values()) == rows[-1].closing)
    nearly_all = Sbg(Decimal("1e-12"), Decimal("1e12"))
    joining = sum((Fraction(row.new) for row in rows[-6:]), Fraction(0)) / 6
    for month, row in enumerate(by_cohorts(rows, ages, nearly_all), 1):
        expected = Fraction(rows[-1].closing) + month * joining
        assert abs(expected - Fraction(row.mrr)) <= Fraction(1, 10**7)


@given(books(), st.sampled_from(LossBy))
def test_losses_are_those_of_the_gross_bridge(book: Book, by: LossBy) -> None:
    """§3: “The gross view classifies day by day and sums the days of a period”."""
    found = losses(book)
    for code in book.currencies:
        expected = exact_sum(row.lost for row in book.bridge(view=View.GROSS, currency=code))
        assert expected == exact_sum(row.amount for row in losses_by(found, by) if row.currency == code)
    back = exact_sum(loss.won_back for loss in found)
    came = exact_sum(
        row.amount for row in book.movements("2023-10", "2030-12", view=View.GROSS, kind=MovementKind.REACTIVATION)
    )
    assert 0 <= back <= came
    assert all(0 <= loss.won_back for loss in found)


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    """An invoice with some payments and perhaps a credit, in all not more than it asks for."""
    issued = draw(DAYS)
    parts = draw(st.lists(CENTS, min_size=1, max_size=3))
    later = st.integers(0, 200).map(lambda days: issued + timedelta(days=days))
    paid = tuple(Payment(on=draw(later), amount=part) for part in parts[1:])
    credit = Credit(id="c", on=draw(later), amount=parts[0], purpose=CreditFor.PAST)
    return Invoice(
        id=str(draw(st.integers(0, 10**9))),
        customer=draw(st.sampled_from(("ann", "bob"))),
        currency=draw(st.sampled_from(("EUR", "USD"))),
        issued=issued,
        due=draw(st.none() | later),
        lines=(InvoiceLine(id="1", amount=exact_sum([*parts, draw(CENTS)])),),
        payments=paid,
        credits=(credit,) if draw(st.booleans()) else (),
        void=draw(st.none() | st.none() | later),
    )


@given(st.lists(invoices(), max_size=8), DAYS)
def test_buckets_sum_to_the_open_balance(many: list[Invoice], on: date) -> None:
    """§4: “Open balance by age” is the open balance, all of it, once; and customers sum to all of them."""
    everybody, each = ageing(many, on), ageing(many, on, per_customer=True)
    for row in (*everybody, *each):
        aged = (row.current, row.days_1_30, row.days_31_60, row.days_61_90, row.over_90)
        assert row.open_balance == exact_sum(aged)
    for row in everybody:
        assert row.open_balance == exact_sum(one.open_balance for one in each if one.currency == row.currency)
        opened = (one.open_amount for one in collection(many, on) if one.currency == row.currency)
        assert row.open_balance == exact_sum(opened)


@given(st.lists(invoices(), max_size=8), DAYS)
def test_who_pays_on_time_pays_in_the_end(many: list[Invoice], on: date) -> None:
    """§4: “Invoices paid on or before due / invoices issued”, never more than all that were paid."""
    for row in collection(many, on):
        for less, more in ((row.on_time, row.in_the_end), (row.on_time_amount, row.in_the_end_amount)):
            assert isinstance(less, Decimal)
            assert isinstance(more, Decimal)
            assert 0 <= less <= more <= 1
