"""Laws of cohorts, each with the sentence of the semantics that it proves (§5 unless said otherwise)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from subscription_metrics.cohorts.curves import Weighting, average_curve
from subscription_metrics.cohorts.membership import SizeBands
from subscription_metrics.cohorts.tables import Cohort, CohortMeasure, CohortTable, Shape
from subscription_metrics.money import exact_sum
from subscription_metrics.mrr.spans import UNIT_OF, Level
from subscription_metrics.periods import Grain, Period
from subscription_metrics.testing.strategies import LAST_DAY, books, rate_tables

if TYPE_CHECKING:
    from subscription_metrics.book import Book
    from subscription_metrics.cohorts.membership import By
    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.rates import RateTable

BANDS = SizeBands((Decimal(20), Decimal(40)))
GRAINS = st.sampled_from(Grain).filter(lambda grain: grain is not Grain.DAY)
BYS = st.sampled_from((None, "plan", "country", BANDS))
LEVELS = st.sampled_from(Level)


def key(cohort: Cohort) -> tuple[str, str | None, Period]:
    """What names a cohort."""
    return cohort.currency, cohort.segment, cohort.period


def slow(book: Book, grain: Grain, level: Level) -> dict[tuple[str, Period], list[dict[str, Decimal]]]:
    """For each currency and cohort the MRR of each member at each close, straight from the spans."""
    last = book.last_full(grain)
    units = defaultdict(list)
    for span in book.spans:
        if span.recurring:
            units[span.currency, UNIT_OF[level](span)].append(span)
    found: dict[tuple[str, Period], list[dict[str, Decimal]]] = {}
    for (currency, unit), own in units.items():
        period, first = Period.containing(min(span.start for span in own), grain, book.year_start), None
        while period <= last:
            mrr = exact_sum(span.monthly_amount for span in own if span.active_on(period.last_day))
            first = first or (period if mrr else None)
            if first:
                cells = found.setdefault((currency, first), [{} for _ in range(last.index - first.index + 1)])
                cells[period.index - first.index][unit] = mrr
            period = period.next()
    return found


@given(books(), GRAINS, LEVELS)
def test_a_row_sums_the_mrr_of_its_members(book: Book, grain: Grain, level: Level) -> None:
    """“A customer joins the cohort of the first period with MRR > 0 […] It stays there through pauses and returns”."""
    expected = {
        name: tuple(exact_sum(cell.values()) for cell in cells) for name, cells in slow(book, grain, level).items()
    }
    table = book.cohorts(measure=CohortMeasure.MRR, grain=grain, level=level)
    assert expected == {(one.currency, one.period): one.cells for one in table.cohorts}


@given(books(), GRAINS, LEVELS)
def test_active_members_and_capped_mrr_are_those_of_the_obvious_way(book: Book, grain: Grain, level: Level) -> None:
    """“Active customers, […] retained share of customers, of MRR, capped (gross)”."""
    members = {
        (one.currency, one.period): one
        for one in book.cohorts(measure=CohortMeasure.CUSTOMERS, grain=grain, level=level).cohorts
    }
    capped = {
        (one.currency, one.period): one
        for one in book.cohorts(measure=CohortMeasure.GROSS_RETENTION, grain=grain, level=level).cohorts
    }
    for name, cells in slow(book, grain, level).items():
        assert tuple(sum(1 for mrr in cell.values() if mrr) for cell in cells) == members[name].cells
        kept = [exact_sum(min(cells[0][unit], mrr) for unit, mrr in cell.items()) for cell in cells]
        for amount, share in zip(kept, capped[name].cells, strict=True):
            assert abs(Fraction(amount) / Fraction(capped[name].opening) - Fraction(share)) < Fraction(1, 10**26)


def entered_by(by: By, units: list[Span], close: date) -> str | None:
    """The segment of a unit with these spans at its first close, the obvious way."""
    paid = [span for span in units if span.active_on(close) and span.monthly_amount]
    if isinstance(by, SizeBands):
        return by.label(exact_sum(span.monthly_amount for span in paid))
    if by is None:
        return None
    first = min(paid, key=lambda span: (-span.monthly_amount, span.subscription, span.plan or ""))
    return first.plan if by == "plan" else first.attributes.get(by)


@given(books(), GRAINS, LEVELS, BYS)
def test_a_segment_is_settled_at_the_first_close(book: Book, grain: Grain, level: Level, by: By) -> None:
    """“Drill-down by any attribute”: of the span that pays most then, or of what is paid then; and the rows add up."""
    expected: defaultdict[tuple[str, str | None, Period], list[str]] = defaultdict(list)
    for (currency, period), cells in slow(book, grain, level).items():
        for unit in cells[0]:
            own = [
                span
                for span in book.spans
                if span.recurring and span.currency == currency and UNIT_OF[level](span) == unit
            ]
            expected[currency, entered_by(by, own, period.last_day), period].append(unit)
    table = book.cohorts(measure=CohortMeasure.MRR, grain=grain, level=level, by=by)
    assert {name: len(units) for name, units in expected.items()} == {key(one): one.size for one in table.cohorts}
    found = slow(book, grain, level)
    for one in table.cohorts:
        own_cells = found[one.currency, one.period]
        mine = expected[key(one)]
        assert one.cells == tuple(exact_sum(cell[unit] for unit in mine) for cell in own_cells)


@given(books(), GRAINS, BYS)
def test_the_column_of_age_0_is_all_of_the_cohort(book: Book, grain: Grain, by: By) -> None:
    """“Retained share of customers, of MRR” begin at 100 %."""
    for measure in (CohortMeasure.CUSTOMER_RETENTION, CohortMeasure.GROSS_RETENTION, CohortMeasure.NET_RETENTION):
        assert {Decimal(1)} >= {one.cells[0] for one in book.cohorts(measure=measure, grain=grain, by=by).cohorts}


@given(books(), GRAINS, BYS)
def test_gross_is_at_most_net_and_at_most_1(book: Book, grain: Grain, by: By) -> None:
    """“Capped (gross) and uncapped (net)”; §4: GRR is “never above 1”."""
    gross = book.cohorts(measure=CohortMeasure.GROSS_RETENTION, grain=grain, by=by).cohorts
    net = book.cohorts(measure=CohortMeasure.NET_RETENTION, grain=grain, by=by).cohorts
    for low, high in zip(gross, net, strict=True):
        assert all(kept <= min(all_, 1) for kept, all_ in zip(low.cells, high.cells, strict=True))


@given(books(), GRAINS, BYS)
def test_everybody_who_ever_paid_is_in_one_cohort(book: Book, grain: Grain, by: By) -> None:
    """“A customer joins the cohort of the first period with MRR > 0”: as many as were ever new."""
    table = book.cohorts(measure=CohortMeasure.CUSTOMERS, grain=grain, by=by)
    last = book.last_full(grain)
    new: defaultdict[tuple[str, Period], int] = defaultdict(int)
    for row in book.bridge(grain=grain):
        if row.new_customers and row.period <= last:
            new[row.currency, row.period] += row.new_customers
    found: defaultdict[tuple[str, Period], int] = defaultdict(int)
    for one in table.cohorts:
        found[one.currency, one.period] += one.size
    assert new == found


@given(books(), GRAINS, BYS, st.integers(0, 14), st.integers(0, 6))
def test_a_window_moves_nobody(book: Book, grain: Grain, by: By, skip: int, length: int) -> None:
    """“A report window never moves a customer to a later cohort”."""
    everything = book.cohorts(measure=CohortMeasure.MRR, grain=grain, by=by).cohorts
    first = Period.containing(date(2023, 11, 1), grain, book.year_start).shift(skip)
    last = first.shift(length)
    inside = tuple(one for one in everything if first <= one.period <= last)
    assert inside == book.cohorts(first, last, measure=CohortMeasure.MRR, grain=grain, by=by).cohorts


@given(books(), GRAINS, BYS, st.sampled_from(CohortMeasure), st.integers(0, 500), st.integers(0, 200))
def test_a_later_day_only_fills_blanks(  # noqa: PLR0917 - what hypothesis draws
    book: Book, grain: Grain, by: By, measure: CohortMeasure, back: int, ahead: int
) -> None:
    """“Cells of periods that have not ended are blank, never 0”, and none that is filled changes."""
    early = LAST_DAY - timedelta(days=back)
    before = evolve(book, as_of=early).cohorts(measure=measure, grain=grain, by=by)
    after = {
        key(one): one
        for one in evolve(book, as_of=early + timedelta(days=ahead))
        .cohorts(measure=measure, grain=grain, by=by)
        .cohorts
    }
    for one in before.cohorts:
        later = after[key(one)]
        assert (one.size, one.opening) == (later.size, later.opening)
        assert one.cells == later.cells[: len(one.cells)]
        assert one.period.shift(len(one.cells) - 1).last_day <= early
        assert one.period.shift(len(one.cells)).last_day > early


@given(books(), GRAINS, BYS, st.data())
def test_a_cell_leads_to_its_customers(book: Book, grain: Grain, by: By, data: st.DataObject) -> None:
    """§1: “Every figure can be traced”."""
    table = book.cohorts(measure=CohortMeasure.MRR, grain=grain, by=by)
    if not table.cohorts:
        return
    one = data.draw(st.sampled_from(table.cohorts))
    age = data.draw(st.integers(0, len(one.cells) - 1))
    own = [
        row
        for row in book.cohort_members(one.period, age, by=by)
        if (row.currency, row.segment) == (one.currency, one.segment)
    ]
    assert one.size == len(own)
    assert one.opening == exact_sum(row.opening for row in own)
    assert one.cells[age] == exact_sum(row.mrr for row in own)


@given(books(), rate_tables(), GRAINS)
def test_cohorts_of_a_close_add_up_to_its_mrr_in_one_currency(book: Book, rates: RateTable, grain: Grain) -> None:
    """§1: “With rates and a reporting currency it answers in that one”."""
    converted = book.in_currency("EUR", rates)
    table = converted.cohorts(measure=CohortMeasure.MRR, grain=grain)
    last = converted.last_full(grain)
    total = exact_sum(Decimal(one.cells[-1]) for one in table.cohorts)
    assert (converted.mrr(last) if table.cohorts else Decimal(0)) == total


@given(books(), rate_tables(), GRAINS, BYS)
def test_moving_rates_retain_and_lose_nothing(book: Book, rates: RateTable, grain: Grain, by: By) -> None:
    """§1: “The effect of moving rates is its own line, never expansion or contraction”: both sides at one rate."""
    converted = book.in_currency("EUR", rates)
    tables = {
        measure: {key(one): one.cells for one in converted.cohorts(measure=measure, grain=grain, by=by).cohorts}
        for measure in (CohortMeasure.NET_RETENTION, CohortMeasure.GROSS_RETENTION)
    }

    def worth(customer: str, day: date, close: date) -> Fraction:
        """What a customer paid on a day, at the rates of another."""
        own = (one for one in book.spans if one.customer == customer and one.recurring and one.active_on(day))
        rated = (Fraction(one.monthly_amount) * Fraction(rates.rate(one.currency, "EUR", close)) for one in own)
        return sum(rated, Fraction(0))

    for name, cells in tables[CohortMeasure.NET_RETENTION].items():
        _, segment, period = name
        own = [one.customer_id for one in converted.cohort_members(period, 0, by=by) if one.segment == segment]
        for age, shares in enumerate(zip(cells, tables[CohortMeasure.GROSS_RETENTION][name], strict=True)):
            close = period.shift(age).last_day
            pairs = [(worth(one, period.last_day, close), worth(one, close, close)) for one in own]
            first = sum(then for then, _ in pairs)
            expected = sum(now for _, now in pairs), sum(min(pair) for pair in pairs)
            for amount, share in zip(expected, shares, strict=True):
                exact = Fraction(amount) / first
                assert abs(exact - Fraction(share)) <= exact / 10**27


@given(books(), st.sampled_from(Weighting), st.integers(1, 4))
def test_an_average_lies_between_its_cells(book: Book, weighting: Weighting, least: int) -> None:
    """“Average curve weighted by cohort size, with a minimum number of cohorts per column”."""
    table = book.cohorts(measure=CohortMeasure.NET_RETENTION)
    for point in average_curve(table, weighting, least):
        cells = [
            one.cells[point.age]
            for one in table.cohorts
            if one.currency == point.currency and point.age < len(one.cells)
        ]
        assert len(cells) == point.cohorts
        if len(cells) < least:
            assert point.undefined == f"fewer than {least} cohorts are that old"
        else:
            assert isinstance(point.value, Decimal)
            slack = Decimal("1e-20")
            assert min(cells) - slack <= point.value <= max(cells) + slack


@given(books(), st.none() | st.integers(1, 5))
def test_a_rectangle_has_no_blanks(book: Book, ages: int | None) -> None:
    """Every row of a rectangle is as long as every other."""
    table: CohortTable = book.cohorts(measure=CohortMeasure.MRR).shaped(Shape.RECTANGULAR, ages)
    assert len({len(one.cells) for one in table.cohorts}) <= 1
    assert ages is None or all(len(one.cells) == ages for one in table.cohorts)
