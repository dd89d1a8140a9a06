from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from subscription_metrics.analyses.collection import ageing, balance, bucket, collection, settled
from subscription_metrics.analyses.economics import Over, acquisition_costs, cohort_payback, efficiency
from subscription_metrics.analyses.losses import LossBy, losses, losses_by
from subscription_metrics.analyses.retention import lifetime_values, projected_retention, retention_model, survival
from subscription_metrics.analyses.trials import FunnelBy, Outcome, outcome, time_to_convert, trial_funnel
from subscription_metrics.book import Book
from subscription_metrics.errors import (
    CreditAboveInvoice,
    EmptyBook,
    EmptyIdentifier,
    EndNotAfterStart,
    FloatAmount,
    InvalidInput,
    InvalidPeriod,
    InvalidValue,
    SeveralCurrencies,
    UnknownCurrency,
)
from subscription_metrics.facts.invoices import Credit, CreditFor, CreditKind, Invoice, InvoiceLine, Payment
from subscription_metrics.facts.spend import Purpose, Spend
from subscription_metrics.facts.trials import Trial
from subscription_metrics.mrr.spans import Cancellation, Span
from subscription_metrics.periods import Period
from subscription_metrics.projection import project
from subscription_metrics.quotients import Undefined
from subscription_metrics.reports.investors import FIGURES, investor_summary
from subscription_metrics.sources.facts import load_spend, load_trials

if TYPE_CHECKING:
    from pathlib import Path


def span(customer: str, amount: str, start: date, end: date | None = None, **more: Any) -> Span:  # noqa: ANN401  # the other fields of a span
    """One span of a customer's only subscription."""
    return Span(
        customer=customer,
        subscription=f"{customer}/1",
        monthly_amount=Decimal(amount),
        currency="USD",
        start=start,
        end=end,
        **more,
    )


def of_month(month: int, day: int = 1) -> date:
    """A day of 2025."""
    return date(2025, month, day)


PRICE, CARD = Cancellation("price", voluntary=True), Cancellation("card expired", voluntary=False)
ADS = {"channel": "ads"}

BOOK = Book(
    (
        span("ann", "100", of_month(1), attributes=ADS),
        span("bob", "60", of_month(1), of_month(3, 10), plan="pro", cancellation=PRICE),
        span("bob", "40", of_month(4, 5), plan="basic"),
        span("cat", "50", of_month(2), of_month(5, 20), plan="basic", cancellation=CARD, attributes=ADS),
        span("dan", "30", of_month(4)),
    ),
    as_of=of_month(6, 30),
)

SPEND = (
    Spend(month=Period.parse("2025-01"), channel="ads", amount=Decimal(150), currency="USD"),
    Spend(month=Period.parse("2025-02"), channel="ads", amount=Decimal(90), currency="USD"),
    Spend(month=Period.parse("2025-02"), channel="team", amount=Decimal(60), currency="USD", purpose=Purpose.SALES),
    Spend(month=Period.parse("2025-02"), channel="rent", amount=Decimal(999), currency="USD", purpose=Purpose.OTHER),
    Spend(month=Period.parse("2025-02"), channel="ads", amount=Decimal(999), currency="EUR"),
)


# Losses


def test_losses_one_by_one() -> None:
    """Bob left on the 10th of March at the age of two months and came back after 26 days with less."""
    first, second = losses(BOOK)
    assert (of_month(3, 10), "bob", "pro", "price", True, 2) == (
        first.day,
        first.customer_id,
        first.plan,
        first.reason,
        first.voluntary,
        first.age,
    )
    assert (Decimal(-60), Decimal(40), 26) == (first.amount, first.won_back, first.days_away)
    assert (Decimal(-50), Decimal(0), None) == (second.amount, second.won_back, second.days_away)


def test_a_loss_of_the_first_or_last_day_is_in_the_window() -> None:
    """Two customers of February, one lost on its first day, one on its last."""
    days = of_month(2), of_month(2, 28)
    spans = [span(name, "1", of_month(1), day) for name, day in zip(("ann", "bob"), days, strict=True)]
    assert list(days) == [loss.day for loss in losses(Book(spans, as_of=of_month(3, 31)), "2025-02", "2025-02")]


def test_no_more_is_won_back_than_was_lost() -> None:
    """Who comes back with more has grown: 60.00 are won back of 60.00, shared among what was lost on that day."""
    spans = [
        span("bob", "20", of_month(1), of_month(2), plan="a"),
        evolve(span("bob", "40", of_month(1), of_month(2), plan="b"), subscription="bob/2"),
        span("bob", "90", of_month(3)),
    ]
    found = losses(Book(spans, as_of=of_month(4, 30)))
    assert [(Decimal(-20), Decimal(20), "a"), (Decimal(-40), Decimal(40), "b")] == [
        (one.amount, one.won_back, one.plan) for one in found
    ]


def test_a_window_of_losses_looks_ahead_for_returns() -> None:
    """What was lost in March was won back in April."""
    (only,) = losses(BOOK, "2025-03", "2025-03")
    assert Decimal(40) == only.won_back


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (LossBy.VOLUNTARY, {"involuntary": -50, "voluntary": -60}),
        (LossBy.REASON, {"card expired": -50, "price": -60}),
        (LossBy.PLAN, {"basic": -50, "pro": -60}),
        (LossBy.DAY, {"2025-03-10": -60, "2025-05-20": -50}),
        (LossBy.MONTH, {"2025-03": -60, "2025-05": -50}),
        (LossBy.AGE, {"0–2 months": -60, "3–5 months": -50}),
    ],
)
def test_losses_by(by: LossBy, expected: dict[str, int]) -> None:
    """Every grouping sums to the same 110.00."""
    rows = losses_by(losses(BOOK), by)
    assert list(expected) == [row.group for row in rows]
    assert list(expected.values()) == [row.amount for row in rows]


def test_an_empty_window_has_no_losses() -> None:
    """A table without rows."""
    assert 0 == len(losses(BOOK, "2025-06", "2025-06"))


# Lifetime values and retention


def test_survival_of_a_book() -> None:
    """Bob left at the age of two, Cat at three; who came back starts no second life."""
    expected = {0: "1", 2: "0.75", 3: "0.375", 5: "0.375"}
    assert expected == {point.age: str(point.survival) for point in survival(BOOK)}


def test_only_the_first_life_counts_in_survival() -> None:
    """Bob left after one month, came back, and left again: he lived for one."""
    spans = [
        span("bob", "10", of_month(1), of_month(2)),
        span("bob", "10", of_month(3), of_month(5)),
        span("ann", "10", of_month(1)),
    ]
    points = survival(Book(spans, as_of=of_month(6, 30)))
    assert [(0, 0), (1, 1), (5, 0)] == [(point.age, point.left) for point in points]


def test_every_value_of_a_customer_has_its_row() -> None:
    """Also those that have no value; and observed values need no facts beside the book."""
    rows = {row.method: row for row in lifetime_values(BOOK)}
    assert ["observed", "observed_median"] == list(rows)[:2]
    # Ann 600, Bob 2 × 60 + 3 × 40, Cat 3 × 50, Dan 3 × 30: 1080 / 4; by cohort 420, 150, 90.
    assert (Decimal(270), Decimal(150)) == (rows["observed"].value, rows["observed_median"].value)
    assert "needs gross_margin" in str(rows["ltv_discounted"].undefined)
    assert all(row.trust and row.formula for row in rows.values())


def test_the_projected_value_discounts_what_comes_late() -> None:
    """The higher the rate, the less is the future worth; without one the sum may have no end."""
    lives = [span(f"c{n}", "10", of_month(1), of_month(2 + n // 8) if n % 8 < 8 - n // 8 else None) for n in range(40)]
    book = Book(lives, as_of=of_month(12, 31))
    assert not isinstance(retention_model(book), Undefined)
    dear, cheap = (
        {row.method: row.value for row in lifetime_values(book, gross_margin=Decimal(1), discount_rate=Decimal(rate))}
        for rate in ("0.05", "0.01")
    )
    assert isinstance(dear["projected"], Decimal)
    assert isinstance(cheap["projected"], Decimal)
    assert Decimal(10) < dear["projected"] < cheap["projected"]
    free = lifetime_values(book, gross_margin=Decimal(1), discount_rate=Decimal(0))
    assert "may have no end" in str(free[-1].undefined)


def test_retention_is_observed_as_far_as_it_goes() -> None:
    """And projected beyond, or not at all, with the reason."""
    table = projected_retention(BOOK, 8)
    observed = [*map(Decimal, ("1", "0.75", "0.375", "0.375", "0.375")), None, None, None]
    assert observed == [row.observed for row in table]
    nobody_left = Book([span("ann", "1", of_month(1))], as_of=of_month(6, 30))
    assert "nobody has left yet" in projected_retention(nobody_left, 2).caption


def test_several_currencies_are_asked_one_by_one() -> None:
    """Nothing is added up over currencies."""
    book = Book(
        [
            *BOOK.spans,
            Span(customer="eve", subscription="e", monthly_amount=Decimal(1), currency="EUR", start=of_month(1)),
        ]
    )
    for ask in (survival, lifetime_values):
        with pytest.raises(SeveralCurrencies):
            ask(book)


def test_an_empty_book_has_no_currency_to_answer_in() -> None:
    """It is no book of several currencies, and names none."""
    for ask in (survival, retention_model, lifetime_values, project):
        with pytest.raises(EmptyBook, match="has no currency of its own"):
            ask(Book([]))


# Unit economics


def test_blended_and_paid_cost() -> None:
    """February: 150.00 were spent to win Cat, 90.00 of it on ads, through which she came."""
    rows = {(row.period.label, row.channel): row for row in acquisition_costs(BOOK, SPEND, attribute="channel")}
    assert (Decimal(150), 1, Decimal(150)) == (
        rows["2025-02", "all channels"].spend,
        rows["2025-02", "all channels"].new_customers,
        rows["2025-02", "all channels"].cac,
    )
    assert Decimal(90) == rows["2025-02", "paid channels"].cac == rows["2025-02", "ads"].cac
    assert (2, Decimal(75)) == (rows["2025-01", "all channels"].new_customers, rows["2025-01", "all channels"].cac)
    assert isinstance(rows["2025-03", "all channels"].cac, Undefined)
    assert Decimal(0) == rows["2025-04", "all channels"].cac


def test_what_a_customer_cost_is_read_as_an_amount() -> None:
    """In the minor units of its currency, as everything that is money."""
    shown = str(acquisition_costs(BOOK, SPEND).where(period="2025-02").select("period", "cac"))
    assert "150.00" in shown


def test_paid_counts_marketing_only() -> None:
    """What sales cost on a channel is in the blended cost and in no other."""
    sales = Spend(
        month=Period.parse("2025-02"), channel="ads", amount=Decimal(500), currency="USD", purpose=Purpose.SALES
    )
    costs = acquisition_costs(BOOK, (*SPEND, sales), attribute="channel")
    rows = {row.channel: row.spend for row in costs if row.period.label == "2025-02"}
    assert {"all channels": Decimal(650), "paid channels": Decimal(90), "ads": Decimal(90)} == rows


def test_a_quarter_whose_first_month_is_not_on_record_has_no_row() -> None:
    """Two months are no quarter."""
    book = Book([span("ann", "100", of_month(2))], as_of=of_month(9, 30))
    quarters = [row.period.label for row in acquisition_costs(book, (), over=Over.QUARTER)]
    assert ["2025-Q2", "2025-Q3"] == quarters


def test_quarters_and_trailing_years() -> None:
    """A row needs all its months: half a year has no trailing one."""
    quarters = [(row.period.label, row.cac) for row in acquisition_costs(BOOK, SPEND, over=Over.QUARTER)]
    assert [("2025-Q1", Decimal(100)), ("2025-Q2", Decimal(0))] == quarters
    assert 0 == len(acquisition_costs(BOOK, SPEND, over=Over.TRAILING_12))


def test_the_payback_of_a_cohort() -> None:
    """January: 75.00 each, 80 a head in the first month, of which half is left; February never within its months."""
    rows = {row.cohort.label: row for row in cohort_payback(BOOK, SPEND, Decimal("0.5"))}
    assert Decimal(2) == rows["2025-01"].payback_months
    assert "not paid back within 5 months" == rows["2025-02"].undefined
    assert Decimal(1) == rows["2025-04"].payback_months
    # What has come in to the last cent is paid back: 80.00 × 0.9375 = 75.00.
    assert Decimal(1) == cohort_payback(BOOK, SPEND, Decimal("0.9375"))[0].payback_months


def test_efficiency_takes_the_spend_of_its_period() -> None:
    """A quarter's spend for a quarter, whose net view doesn't know Bob; the magic number takes its marketing."""
    (row,) = (one for one in efficiency(BOOK, SPEND, "2025-Q1") if one.name == "cac")
    assert (Decimal(150), Decimal(300)) == (row.value, row.inputs["spend"])
    (magic,) = (one for one in efficiency(BOOK, SPEND, "2025-03") if one.name == "magic_number")
    assert Decimal(240) == magic.inputs["marketing_spend"]
    (magic,) = (one for one in efficiency(BOOK, SPEND, "2025-04") if one.name == "magic_number_previous_spend")
    assert Decimal(150) == magic.inputs["previous_marketing_spend"]


@pytest.mark.parametrize(
    ("period", "needs"),
    [("2025-W10", "spend is known by month, and the period is a week"), ("2025-03-10", "the period is a day")],
)
def test_spend_of_a_month_is_none_of_a_week(period: str, needs: str) -> None:
    """A month's spend over the customers of a week would be four times what each cost."""
    found = {row.name: str(row.undefined) for row in efficiency(BOOK, SPEND, period)}
    assert all(needs in found[name] for name in ("cac", "magic_number", "magic_number_previous_spend"))


def test_efficiency_of_twelve_months() -> None:
    """Ann joins in January and pays 60.00, ten more in December; Bob, 30.00, in June: 300.00 were spent, 240.00 burnt.

    Net new MRR is 100.00. Who has no eleven months before has no such year.
    """
    spans = [
        span("ann", "60", date(2024, 1, 1), date(2024, 12, 1)),
        span("ann", "70", date(2024, 12, 1)),
        span("bob", "30", date(2024, 6, 1)),
    ]
    spend = [
        Spend(month=Period.parse(f"2024-{month:02}"), channel="ads", amount=Decimal(25), currency="USD")
        for month in range(1, 13)
    ]
    given = {"gross_margin": Decimal("0.5"), "net_burn": Decimal(240)}
    year = efficiency(Book(spans, as_of=date(2025, 1, 31)), spend, "2024-11", "2025-01", trailing=True, inputs=given)
    found = {(row.name, row.period.label): row for row in year}
    cost = found["cac", "2024-12"]
    assert (Decimal(150), "trailing 12 months") == (cost.value, cost.convention)
    # 150.00 of cost over half of 50.00 a month
    assert Decimal(6) == found["payback_months", "2024-12"].value
    assert (Decimal("2.4"), Decimal("0.2")) == (
        found["burn_multiple", "2024-12"].value,
        found["burn_multiple_arr", "2024-12"].value,
    )
    assert "BurnBasis.MRR, trailing 12 months" == found["burn_multiple", "2024-12"].convention
    # January 2025: Ann is kept and pays a sixth more; MRR rose from 60.00 to 100.00; 275.00 bought Bob alone
    assert Decimal(275) == found["cac", "2025-01"].value
    forty = found["rule_of_40_nrr", "2025-01"].value
    assert isinstance(forty, Decimal)
    assert abs(Decimal(7) / 6 + Decimal(4) / 6 - forty) < Decimal("1e-26")
    assert "fewer than 12 months are on record" == found["cac", "2024-11"].undefined
    assert Decimal(4 * 10) / 75 == found["magic_number", "2024-12"].value
    with pytest.raises(InvalidPeriod, match="must be a month where trailing is asked"):
        efficiency(BOOK, SPEND, "2025-Q1", trailing=True)


def test_several_months_of_efficiency_are_those_of_each() -> None:
    """All inputs are of their own month, and what is passed comes first."""
    given = {"gross_margin": Decimal("0.5")}
    together = efficiency(BOOK, SPEND, "2025-01", "2025-04", inputs=given)
    apart = [row for month in range(1, 5) for row in efficiency(BOOK, SPEND, f"2025-0{month}", inputs=given)]
    assert apart == list(together)
    spent = {"spend": Decimal(150), "marketing_spend": Decimal(240), "previous_marketing_spend": Decimal(0)}
    by_hand = {row.name: row for row in BOOK.metrics("2025-02", inputs={**spent, **given})}
    assert all(by_hand[row.name] == row for row in efficiency(BOOK, SPEND, "2025-02", inputs=given))
    (cost, *_) = efficiency(BOOK, SPEND, "2025-02", inputs={"spend": Decimal(7)})
    assert Decimal(7) == cost.value


def test_a_margin_is_no_float() -> None:
    """As everywhere."""
    with pytest.raises(FloatAmount, match="gross_margin"):
        cohort_payback(BOOK, SPEND, 0.5)  # type: ignore[arg-type]  # the mistake under test


def test_spend_belongs_to_a_month() -> None:
    """No quarter, no day."""
    with pytest.raises(InvalidPeriod, match="month must be a month"):
        Spend(month=Period.parse("2025-Q1"), channel="ads", amount=Decimal(1), currency="USD")


# Trials

TRIALS = (
    Trial(customer="ann", start=of_month(1, 1), end=of_month(1, 15), converted=of_month(1, 15), plan="pro"),
    Trial(customer="bob", start=of_month(1, 5), end=of_month(1, 19), converted=of_month(2, 18)),
    Trial(customer="cat", start=of_month(1, 5), end=of_month(1, 19), converted=of_month(2, 19)),
    Trial(customer="dan", start=of_month(1, 20), end=of_month(2, 3)),
    Trial(customer="eve", start=of_month(2, 1), end=of_month(3, 31)),
    Trial(customer="fay", start=of_month(2, 1)),
)


@pytest.mark.parametrize(
    ("number", "expected"),
    list(
        enumerate((Outcome.CONVERTED, Outcome.CONVERTED, Outcome.LATE, Outcome.LOST, Outcome.RUNNING, Outcome.RUNNING))
    ),
)
def test_what_became_of_a_trial(number: int, expected: Outcome) -> None:
    """The thirtieth day after the end is in time, the next is late."""
    assert expected is outcome(TRIALS[number], of_month(3, 15))


def test_a_trial_is_over_on_its_end_and_none_before_its_start() -> None:
    """The end is the first day after it; who begins tomorrow is in no funnel today."""
    dan = TRIALS[3]
    assert [Outcome.RUNNING, Outcome.LOST] == [outcome(dan, of_month(2, day)) for day in (2, 3)]
    for by in FunnelBy:
        assert [0, 1] == [len(trial_funnel([dan], of_month(1, day), by=by)) for day in (19, 20)]


def test_running_trials_are_in_no_rate() -> None:
    """January: two of four; February's two still run."""
    first, second = trial_funnel(TRIALS, of_month(3, 15))
    assert (4, 0, 4, 2, 1, 1, Decimal("0.5")) == (
        first.started,
        first.running,
        first.ended,
        first.converted,
        first.late,
        first.lost,
        first.conversion,
    )
    assert (2, 2, 0) == (second.started, second.running, second.ended)
    assert Undefined("no trial has ended") == second.conversion
    assert Decimal(44) == first.median_days


def test_what_happened_later_is_not_known_yet() -> None:
    """On the 1st of February one had converted, and two were waited for no more than for those who never came."""
    (row, _) = trial_funnel(TRIALS, of_month(2, 1))
    assert (4, 1, 1, 2) == (row.started, row.running, row.converted, row.lost)


def test_the_funnel_by_end_and_plan() -> None:
    """A trial without an end ends in no month, as long as it runs."""
    rows = trial_funnel(TRIALS, of_month(3, 15), by=FunnelBy.END, per_plan=True)
    assert [("2025-01", "pro", 1), ("2025-01", None, 2), ("2025-02", None, 1), ("2025-03", None, 1)] == [
        (row.period.label, row.plan, row.started) for row in rows
    ]


def test_who_converts_has_ended_its_trial() -> None:
    """On that day, though the trial could have gone on: it belongs to January, and to March before it is known."""
    trials = [
        Trial(customer="ann", start=of_month(1), end=of_month(3), converted=of_month(1, 20)),
        Trial(customer="bob", start=of_month(1), converted=of_month(1, 31)),
    ]
    (both,) = trial_funnel(trials, of_month(1, 31), by=FunnelBy.END)
    assert ("2025-01", 2, 0, 2) == (both.period.label, both.started, both.running, both.converted)
    (open_,) = trial_funnel(trials, of_month(1, 19), by=FunnelBy.END)
    assert ("2025-03", 1, 1) == (open_.period.label, open_.started, open_.running)


def test_time_to_convert() -> None:
    """14, 44 and 45 days."""
    rows = time_to_convert(TRIALS, of_month(3, 15))
    assert [(14, 1), (44, 1), (45, 1)] == [(row.days, row.converted) for row in rows]
    assert Decimal(1) == rows[-1].cumulative


def test_nobody_converts_before_the_trial() -> None:
    """And a trial holds a day."""
    with pytest.raises(InvalidValue, match="converted must not be before the trial"):
        Trial(customer="ann", start=of_month(2), converted=of_month(1))
    with pytest.raises(EndNotAfterStart):
        Trial(customer="ann", start=of_month(2), end=of_month(2))


# Files


def test_trials_and_spend_from_files(tmp_path: Path) -> None:
    """With the line of each."""
    trials, spend = tmp_path / "trials.csv", tmp_path / "spend.csv"
    trials.write_text("customer_id,start_date,end_date,converted_at,note\nann,2025-01-01,2025-01-15,,x\n", "utf-8")
    spend.write_text("monat,channel,amount,currency,purpose\n2025-01,ads,1200.50,eur,Sales\n", "utf-8")
    assert (Trial(customer="ann", start=of_month(1), end=of_month(1, 15)),) == load_trials(str(trials))
    (read,) = load_spend(str(spend), {"month": "monat"})
    assert (
        Spend(
            month=Period.parse("2025-01"),
            channel="ads",
            amount=Decimal("1200.50"),
            currency="EUR",
            purpose=Purpose.SALES,
        )
        == read
    )
    assert f"{spend}:2" == read.origin


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    """Each with its line, column, value and rule; nothing that can't be read becomes 0."""
    file = tmp_path / "spend.csv"
    rows = ("2025-13,ads,1,USD,", "2025-01,,-5,USX,", '2025-01,ads,"1,2",USD,', "2025-01,ads,1,USD,more,cells")
    file.write_text("month,channel,amount,currency,purpose\n" + "\n".join(rows) + "\n", "utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_spend(str(file))
    assert [(2, "month"), (3, "channel"), (3, "amount"), (3, "currency"), (4, "amount"), (5, None)] == [
        (fault.line, fault.column) for fault in caught.value.faults
    ]


def test_what_breaks_a_rule_of_the_fact_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """Dates that can be read may still not fit together."""
    file = tmp_path / "trials.csv"
    file.write_text("customer_id,start_date,end_date\nann,2025-01-15,2025-01-15\n", "utf-8")
    with pytest.raises(InvalidInput, match=r"trials.csv:2: end_date: must be after start"):
        load_trials(str(file))


def test_a_header_that_lacks_a_column_is_one_fault(tmp_path: Path) -> None:
    """Not one for each row."""
    file = tmp_path / "trials.csv"
    file.write_text("customer,start_date\nann,2025-01-15\n", "utf-8")
    with pytest.raises(InvalidInput, match="the header lacks customer_id"):
        load_trials(str(file))
    with pytest.raises(InvalidValue, match="must name fields of the fact"):
        load_trials(str(file), {"kunde": "customer"})


# Collection


def invoice(number: int, amount: str, issued: date, due: date | None = None, **more: Any) -> Invoice:  # noqa: ANN401  # the other fields of an invoice
    """An invoice of one line to Ann, or to whom `more` says."""
    line = InvoiceLine(id="1", amount=Decimal(amount))
    facts: dict[str, Any] = {"customer": "ann", "currency": "USD", **more}
    return Invoice(id=str(number), issued=issued, due=due, lines=(line,), **facts)


def paid(amount: str, on: date) -> Payment:
    """A payment."""
    return Payment(on=on, amount=Decimal(amount))


NOTE = Credit(id="c", on=of_month(2, 1), amount=Decimal(40), purpose=CreditFor.PAST)

INVOICES = (
    invoice(1, "100", of_month(1), of_month(1, 31), payments=[paid("100", of_month(1, 31))]),
    invoice(2, "100", of_month(1), of_month(1, 31), payments=[paid("60", of_month(1, 20))], credits=[NOTE]),
    invoice(3, "100", of_month(1), of_month(1, 31), payments=[paid("30", of_month(1, 20))], customer="bob"),
    invoice(4, "500", of_month(1), of_month(1, 31), void=of_month(1, 10)),
    invoice(5, "80", of_month(2), of_month(4, 30), customer="bob"),
    invoice(6, "10", of_month(2), of_month(2, 10), currency="EUR"),
    invoice(7, "-20", of_month(2)),
)


def test_rates_of_collection() -> None:
    """January: one of three on time, two in the end, one asked for less later; the void one never was."""
    row = collection(INVOICES, of_month(3, 31))[1]
    assert ("2025-01", "USD", 3, Decimal(260), Decimal(70)) == (
        row.period.label,
        row.currency,
        row.issued,
        row.issued_amount,
        row.open_amount,
    )
    # By amount what was paid in part counts, too: 100.00, 60.00 and 30.00 came by the day they were due, and no more.
    assert (Decimal(1) / 3, Decimal(2) / 3) == (row.on_time, row.in_the_end)
    assert Decimal(190) / 260 == row.on_time_amount == row.in_the_end_amount
    # On the 31st of January 40.00 and 70.00 were open of 300.00 invoiced in 31 days.
    assert Decimal(110) * 31 / 300 == row.days_sales_outstanding


@pytest.mark.parametrize(("on", "expected"), [(of_month(1, 19), "100"), (of_month(1, 20), "40"), (of_month(2, 1), "0")])
def test_a_balance_is_as_it_was_known(on: date, expected: str) -> None:
    """Partial payments and credits count from their day."""
    assert Decimal(expected) == balance(INVOICES[1], on)
    assert (of_month(2, 1) if expected == "0" else None) == settled(INVOICES[1], on)


DUE = {"issued": of_month(1), "due": of_month(1, 31)}
LATE = of_month(3)


def credit(kind: CreditKind, amount: str, on: date = LATE, number: str = "c") -> Credit:
    """A credit of a kind."""
    return Credit(id=number, on=on, amount=Decimal(amount), purpose=CreditFor.PAST, kind=kind)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        # what is paid in part
        (invoice(1, "100", **DUE, payments=[paid("60", of_month(1, 20))]), ("100", "60", "60", "40", None)),
        (invoice(1, "100", **DUE, payments=[paid("60", of_month(1, 31)), paid("40", of_month(2, 1))]),
         ("100", "60", "100", "0", of_month(2, 1))),
        # what customers need not pay is not asked for
        (invoice(1, "100", **DUE, payments=[paid("60", of_month(1))], credits=[credit(CreditKind.CREDIT_NOTE, "40")]),
         ("60", "60", "60", "0", LATE)),
        (invoice(1, "100", **DUE, credits=[credit(CreditKind.CREDIT_NOTE, "100")]), None),
        (invoice(1, "100", **DUE, payments=[paid("60", of_month(1))], credits=[credit(CreditKind.VOID, "40")]),
         ("60", "60", "60", "0", LATE)),
        # a note on what was paid in full is owed to the customer, and makes nothing late
        (invoice(1, "100", **DUE, payments=[paid("100", of_month(1))], credits=[credit(CreditKind.CREDIT_NOTE, "40")]),
         ("60", "60", "60", "0", of_month(1))),
        # a write-off closes the balance and collects nothing, until something comes after all
        (invoice(1, "100", **DUE, payments=[paid("60", of_month(1))], credits=[credit(CreditKind.WRITE_OFF, "40")]),
         ("100", "60", "60", "0", None)),
        (invoice(1, "100", **DUE, credits=[credit(CreditKind.WRITE_OFF, "100")],
                 recoveries=[paid("30", of_month(3, 2)), paid("70", of_month(3, 5))]),
         ("100", "0", "100", "0", of_month(3, 5))),
        # a refund gives back what had come in
        (invoice(1, "100", **DUE, payments=[paid("100", of_month(1))], credits=[credit(CreditKind.REFUND, "40")]),
         ("100", "100", "100", "0", of_month(1))),
        (invoice(1, "100", **DUE, payments=[paid("60", of_month(1))], credits=[credit(CreditKind.REFUND, "20")]),
         ("100", "60", "60", "40", None)),
        # the bank takes it back, and gives it again
        (invoice(1, "100", **DUE, payments=[paid("100", of_month(1))], credits=[credit(CreditKind.DISPUTE, "100")]),
         ("100", "0", "0", "0", None)),
        (invoice(1, "100", **DUE, payments=[paid("100", of_month(1))], credits=[credit(CreditKind.DISPUTE, "100")],
                 recoveries=[paid("100", of_month(3, 9))]),
         ("100", "100", "100", "0", of_month(3, 9))),
    ],
)  # fmt: skip
def test_what_is_collected_of_an_invoice(one: Invoice, expected: tuple[Any, ...] | None) -> None:
    """Asked for, received on time and at all, open, and since when nothing is missing."""
    on = of_month(3, 31)
    rows = list(collection([one], on))
    if expected is None:
        assert [] == rows
        return
    *amounts, day = expected
    asked, in_time, in_the_end, open_ = map(Decimal, amounts)
    (row,) = rows
    assert (asked, open_) == (row.issued_amount, row.open_amount) == (row.issued_amount, balance(one, on))
    assert (in_time / asked, in_the_end / asked) == (row.on_time_amount, row.in_the_end_amount)
    assert day == settled(one, on)
    assert Decimal(day is not None and day <= of_month(1, 31)) == row.on_time
    assert Decimal(day is not None) == row.in_the_end


def test_tax_is_asked_for_and_credited() -> None:
    """119.00 gross; a note takes back 50.00 and 9.50 of tax; 59.50 are left, and the day on which they came counts."""
    note = Credit(id="c", on=of_month(1, 5), amount=Decimal(50), tax=Decimal("9.50"), purpose=CreditFor.PAST)
    line = InvoiceLine(id="1", amount=Decimal(100), tax=Decimal(19))
    facts: dict[str, Any] = {"customer": "ann", "currency": "USD", "lines": [line], "credits": [note], **DUE}
    one = Invoice(id="1", **facts, payments=(paid("59.50", of_month(1, 20)),))
    (row,) = collection([one], of_month(1, 31))
    assert (Decimal("59.50"), Decimal(0), Decimal(1)) == (row.issued_amount, row.open_amount, row.on_time)
    whole = evolve(one, credits=(), payments=(paid("119", of_month(1, 20)),))
    assert Decimal(119) == collection([whole], of_month(1, 31))[0].issued_amount


def test_an_invoice_without_a_due_day_is_due_at_once() -> None:
    """On the day it is issued; a day later is late, and overdue by one day."""
    at_once, later = (invoice(n, "100", of_month(1, 5), payments=[paid("100", of_month(1, 4 + n))]) for n in (1, 2))
    assert [Decimal(1), Decimal(0)] == [collection([one], of_month(1, 31))[0].on_time for one in (at_once, later)]
    (aged,) = ageing([later], of_month(1, 5))
    assert (Decimal(100), Decimal(0)) == (aged.current, aged.days_1_30)


def test_a_void_invoice_is_none_from_its_day_on() -> None:
    """The day before it still was one."""
    assert [1, 0] == [len(collection([INVOICES[3]], of_month(1, day))) for day in (9, 10)]


def test_days_sales_outstanding_of_a_month_that_runs() -> None:
    """20 days of January, in dollars only: all 300.00 were invoiced, 40.00 and 70.00 are open by the 20th."""
    euros = invoice(8, "999", of_month(1, 2), currency="EUR")
    _, row = collection((*INVOICES[:4], euros), of_month(1, 20))
    assert "USD" == row.currency
    # 100.00 of the first invoice are paid on the 31st.
    assert Decimal(210) * 20 / 300 == row.days_sales_outstanding


@pytest.mark.parametrize(
    ("facts", "error", "says"),
    [
        ({"amount": Decimal("-0.01")}, InvalidValue, "amount must not be negative"),
        ({"amount": 1.5}, FloatAmount, "amount must not be a float"),
        ({"channel": " "}, EmptyIdentifier, "channel must be a text that is not blank"),
        ({"currency": "USX"}, UnknownCurrency, "USX"),
    ],
)
def test_spend_that_is_none(facts: dict[str, Any], error: type[Exception], says: str) -> None:
    """Each rule by its field."""
    whole = {"month": Period.parse("2025-01"), "channel": "ads", "amount": Decimal(0), "currency": "USD"}
    assert Decimal(0) == Spend(**whole).amount  # type: ignore[arg-type]  # fields of several types
    with pytest.raises(error, match=says):
        Spend(**{**whole, **facts})


def test_what_happens_on_the_first_day_is_in_time() -> None:
    """Who converts as the trial begins; an invoice that is due, credited and void when it is issued."""
    assert of_month(1) == Trial(customer="ann", start=of_month(1), converted=of_month(1)).converted
    note = credit(CreditKind.CREDIT_NOTE, "100", of_month(1))
    assert invoice(1, "100", of_month(1), of_month(1), credits=[note], void=of_month(1)).void == of_month(1)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"amount": Decimal(0)}, InvalidValue),
        ({"tax": Decimal("-0.50")}, InvalidValue),
        ({"id": " "}, EmptyIdentifier),
    ],
)
def test_credits_that_are_none(facts: dict[str, Any], error: type[Exception]) -> None:
    """Nothing, less than nothing, or nobody's."""
    with pytest.raises(error):
        evolve(NOTE, **facts)


def test_no_more_is_credited_than_was_invoiced() -> None:
    """Not by a cent."""
    with pytest.raises(CreditAboveInvoice, match="must not be above 100"):
        invoice(1, "100", of_month(1), credits=[credit(CreditKind.CREDIT_NOTE, "100.01")])


def test_nobody_pays_more_than_is_asked_for() -> None:
    """Nor at an instant, which would be another day elsewhere."""
    with pytest.raises(CreditAboveInvoice, match="must not sum to more than 100"):
        invoice(1, "100", **DUE, payments=[paid("60", of_month(1)), paid("40.01", of_month(1))])
    with pytest.raises(InvalidValue, match="on must be a date"):
        paid("1", datetime(2025, 1, 1, tzinfo=UTC))


def test_what_was_recorded_later_is_not_known_yet() -> None:
    """A payment of January that the books learnt of in March; an invoice and a void likewise."""
    late = Payment(on=of_month(1, 10), amount=Decimal(100), recorded=of_month(3, 1))
    one = invoice(1, "100", **DUE, payments=[late])
    assert [Decimal(0), Decimal(1)] == [collection([one], of_month(*on))[0].on_time for on in ((2, 28), (3, 1))]
    assert [Decimal(100)] == [row.open_balance for row in ageing([one], of_month(2, 28))]
    assert [] == list(ageing([one], of_month(3, 1)))
    void = invoice(1, "100", **DUE, void=of_month(1, 5), void_recorded=of_month(3, 1))
    assert [1, 0] == [len(collection([void], of_month(*on))) for on in ((2, 28), (3, 1))]
    unseen = invoice(1, "100", **DUE, recorded=of_month(2, 15))
    assert [0, 1] == [len(collection([unseen], of_month(*on))) for on in ((1, 31), (2, 28))]
    # What is given back for a void is known no earlier than the void, or an invoice would owe more than was paid.
    given_back = (Payment(on=of_month(1, 10), amount=Decimal(100), recorded=of_month(3, 1)),)
    facts: dict[str, Any] = {"replaced_by": "2", "payments": [paid("100", of_month(1, 4))], "paid_back": given_back}
    void = invoice(1, "100", **DUE, void=of_month(1, 5), void_recorded=of_month(3, 1), **facts)
    assert [1, 0] == [len(collection([void], of_month(*on))) for on in ((2, 28), (3, 1))]
    # … and once it is known, January closes with it.
    assert Decimal(31) == collection([unseen], of_month(2, 28))[0].days_sales_outstanding


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ((1, 31), "current"),
        ((2, 1), "1–30"),
        ((3, 2), "1–30"),
        ((3, 3), "31–60"),
        ((4, 1), "31–60"),
        ((4, 2), "61–90"),
        ((5, 1), "61–90"),
        ((5, 2), "over 90"),
    ],
)
def test_buckets_of_age(day: tuple[int, int], expected: str) -> None:
    """0, 1, 30, 31, 60, 61, 90 and 91 days after the 31st of January."""
    assert expected == bucket(INVOICES[0], of_month(*day))


def test_ageing() -> None:
    """Bob's 70.00 are 59 days overdue, his 80.00 not yet; Ann's 10.00 are euros."""
    euros, dollars = ageing(INVOICES, of_month(3, 31))
    assert ("EUR", Decimal(10), Decimal(10)) == (euros.currency, euros.days_31_60, euros.open_balance)
    assert (Decimal(80), Decimal(70), Decimal(150)) == (dollars.current, dollars.days_31_60, dollars.open_balance)
    assert ["ann", "bob"] == [row.customer_id for row in ageing(INVOICES, of_month(3, 31), per_customer=True)]


# Investor summary


def test_a_summary_has_every_figure_of_every_month() -> None:
    """Growth of amounts is relative, that of ratios in points, and each row says by which convention."""
    table = investor_summary(BOOK)
    assert len(FIGURES) * 12 == len(table)
    rows = {(row.name, row.period.label): row for row in table}
    june = rows["mrr", "2025-06"]
    assert (Decimal(170), Decimal(0), "relative") == (june.value, june.mom, june.compared)
    assert Undefined("it was 0") == june.yoy
    # Net new MRR went from −50.00 in May to nothing: a rise, of which −100 % would say the opposite.
    assert (Decimal(-50), Undefined("it was below 0")) == (
        rows["net_new_mrr", "2025-05"].value,
        rows["net_new_mrr", "2025-06"].mom,
    )
    churn = rows["customer_churn", "2025-05"]
    assert ("points", "ChurnBase.OPENING", Decimal("0.25"), Decimal("0.25")) == (
        churn.compared,
        churn.convention,
        churn.value,
        churn.mom,
    )
    assert "needs spend" in str(rows["cac", "2025-04"].undefined)
    # March fell from 210.00 to 150.00; January grew from nothing.
    assert ["weak", None] == [rows["growth_rate", f"2025-0{month}"].band for month in (3, 1)]


def test_a_summary_takes_the_spend_of_each_month() -> None:
    """150.00 for two in January, 150.00 for Cat in February, nothing since: the same figures as by themselves."""
    given = {"gross_margin": Decimal("0.5"), "net_burn": Decimal(100)}
    rows = {(row.name, row.period.label): row for row in investor_summary(BOOK, spend=SPEND, inputs=given)}
    assert [Decimal(75), Decimal(150)] == [rows["cac", f"2025-0{month}"].value for month in (1, 2)]
    assert Decimal(1) == rows["cac", "2025-02"].mom
    for month in range(1, 7):
        for one in efficiency(BOOK, SPEND, f"2025-0{month}", inputs=given):
            found = rows.get((one.name, one.period.label))
            assert found is None or (one.value, one.band) == (found.value, found.band)
    assert "needs revenue_growth" in str(rows["rule_of_40", "2025-06"].undefined)
