"""The inputs of the metrics: everything a formula card asks for, read off a book for each period.

The names are those of the nomenclature; a metric takes its inputs by the names of its parameters. Most are the lines
of the bridge. The others need the balances of every customer at two closes (trailing twelve months, concentration),
the number of paying customers day by day (average and rolling churn), or the marks on cancellations.

House rule: one walk through the days for each kind of input, however many periods are asked for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, groupby, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, cast

from attrs import evolve, fields, frozen

from subscription_metrics.money import exact_sum, from_units
from subscription_metrics.mrr.balances import Leaders, Pairs
from subscription_metrics.mrr.bridge import View, bridge_rows, walks
from subscription_metrics.mrr.listing import movements
from subscription_metrics.mrr.movements import MovementKind, sweep
from subscription_metrics.mrr.timeline import timeline
from subscription_metrics.periods import Period, period_range, shift_months
from subscription_metrics.quotients import quotient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from subscription_metrics.mrr.bridge import Question
    from subscription_metrics.mrr.movements import Step
    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.mrr.timeline import Batch, Days, Timeline
    from subscription_metrics.quotients import Quotient

MONTHS = 12
"""A year, for the trailing metrics and for contracts."""

MONTHS_OF_A_QUARTER = 3

DAYS_OF_A_YEAR = 365
"""No year has fewer, and none more than one more: what decides most contracts without a look at the calendar."""

WINDOWS = (30, 90)
"""Days that rolling churn looks back (semantics §4)."""

Figures = dict[str, "int | Quotient"]


def figures(question: Question, subscriptions: Question) -> dict[tuple[str, Period], Figures]:
    """The inputs of every currency and period of `question`, by name; `subscriptions` asks the same of their level."""
    found = dict(lines(question))
    for more in (_balances(question), _presence(question, found), _marks(question), _sums(question)):
        for key, inputs in more:
            found[key].update(inputs)
    for row in bridge_rows(subscriptions):
        found[row.currency, row.period]["closing_subscriptions"] = row.closing_customers
    return found


Found = Iterator[tuple[tuple[str, Period], Figures]]

NOT_INPUTS = ("period", "currency", "segment")
"""The fields of a bridge row that name it; the others are inputs of metrics under their own names."""


def lines(question: Question) -> Found:
    """The lines of the bridge, and customers lost and customers at the opening summed over all periods up to each.

    The opening is valued at the rates of the period, like everything that happens in it: ratios are free of fx.
    """
    for _, of_currency in groupby(bridge_rows(_from_the_start(question)), key=lambda row: row.currency):
        lost = opening = 0
        for row in of_currency:
            lost += row.lost_customers
            opening += row.opening_customers
            if row.period >= question.window[0]:
                inputs = {one.name: getattr(row, one.name) for one in fields(type(row)) if one.name not in NOT_INPUTS}
                revalued = exact_sum((row.opening, row.fx))
                history = {"churned_to_date": lost, "active_to_date": opening}
                yield (row.currency, row.period), {**inputs, "opening": revalued, **history}


def _from_the_start(question: Question) -> Question:
    """The same question over all periods on record; with rates, those before the window are valued at its opening."""
    example = question.window[0]
    first = min((day for days in question.timeline.days.values() for day in days), default=example.start)
    start = Period.containing(min(first, example.start), example.grain, example.year_start)
    return evolve(question, window=period_range(start, question.window[-1]))


def _sums(question: Question) -> Found:
    """Sums at the closes: total MRR, growth over a quarter, contracts of a year or more."""
    one_off = timeline(question.one_off, question.unit_of)
    of_a_year = timeline(_contracted(question.spans), question.unit_of)
    closes = [period.last_day for period in question.window]
    for currency in walks(question):
        sums = zip(
            question.window,
            _sum_at(question, question.timeline, currency, closes),
            _sum_at(question, question.timeline, currency, _earlier(question, MONTHS_OF_A_QUARTER)),
            _sum_at(question, one_off, currency, closes),
            _sum_at(question, of_a_year, currency, closes),
            strict=True,
        )
        for period, closing, quarter_ago, extra, yearly in sums:
            yield (
                (currency, period),
                {
                    "total_closing": from_units(closing + extra, question.places),
                    "quarter_growth": from_units(closing - quarter_ago, question.places),
                    "contracted": from_units(MONTHS * yearly, question.places),
                },
            )


def _sum_at(question: Question, line: Timeline, currency: str, closes: Sequence[date]) -> Iterator[int]:
    """The sum of the balances of `line` at each of `closes`, one close for each period of the window."""
    rates = question.rates
    native = {code: _running_sum(days) for code, days in line.days.items() if rates is not None or code == currency}
    for period, close in zip(question.window, closes, strict=True):
        yield sum(
            sums[bisect_right(days, close)] * (1 if rates is None else rates.rate(code, period.index))
            for code, (days, sums) in native.items()
        )


def _running_sum(days: Days) -> tuple[Sequence[date], Sequence[int]]:
    """The days in order, and the balance before the first and at the close of each."""
    ordered = sorted(days)
    return ordered, list(accumulate((sum(days[day][1]) for day in ordered), initial=0))


def _earlier(question: Question, months: int) -> list[date]:
    """The closes of `months` before those of the window: the last day of February follows that of January."""
    return [shift_months(period.end, -months) - timedelta(days=1) for period in question.window]


def _contracted(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans that are billed by the year or longer, or belong to a subscription that was agreed for that long.

    Spans of a subscription that follow one another without a gap are one agreement: a new price doesn't end it.
    """
    firsts: dict[tuple[str, str], Span] = {}
    others: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans:
        if span.interval is not None and span.interval.months >= MONTHS:
            yield span
        elif firsts.setdefault(key := (span.customer, span.subscription), span) is not span:
            others[key].append(span)
    for key, first in firsts.items():
        # Most subscriptions are one span: theirs is the time of a million spans.
        agreements = _agreements([first, *others[key]]) if key in others else [([first], first.end)]
        for agreement, end in agreements:
            if end is not None and _lasts_a_year(agreement[0].start, end):
                yield from agreement


def _agreements(own: list[Span]) -> Iterator[tuple[list[Span], date | None]]:
    """The spans of one subscription in runs without a gap, each with its end."""
    run: list[Span] = []
    end = date.min
    for span in sorted(own, key=attrgetter("start")):
        if run and span.start > end:
            yield run, end
            run, end = [], date.min
        run.append(span)
        end = max(end, span.end or date.max)
    yield run, None if end == date.max else end


def _lasts_a_year(start: date, end: date) -> bool:
    days = (end - start).days
    return days > DAYS_OF_A_YEAR or (days == DAYS_OF_A_YEAR and end >= shift_months(start, MONTHS))


def _balances(question: Question) -> Found:
    """What needs every customer's MRR at two closes: the cohort of a year ago, and concentration."""
    net = evolve(question, view=View.NET)
    earlier = walks(evolve(net, timeline=_year_later(question)))
    for currency, walk in walks(net).items():
        pairs, leaders = Pairs(len(question.timeline.names)), Leaders()
        steps = zip(question.window, _until(walk, question), _until(earlier[currency], question), strict=True)
        for period, batches, batches_of_then in steps:
            for batch in batches_of_then:
                pairs.change_then(batch)
            for batch in batches:
                pairs.change_now(batch)
            largest = leaders.largest(pairs.paying, (ids for ids, _ in batches))
            yield (
                (currency, period),
                {
                    "closing_year_ago": from_units(pairs.opening, question.places),
                    "cohort_opening": from_units(pairs.opening, question.places),
                    "cohort_closing": from_units(pairs.closing, question.places),
                    "cohort_kept": from_units(pairs.kept, question.places),
                    "largest": from_units(sum(largest), question.places),
                    "sum_of_squares": from_units(pairs.squares, 2 * question.places),
                },
            )


def _year_later(question: Question) -> Timeline:
    """The same timeline a year later: what changed up to the close a year before that of a period, on its first day.

    In a reporting currency it is valued at the rates of that period: growth is free of fx.
    """
    closes, starts = _earlier(question, MONTHS), [period.start for period in question.window]
    shifted: dict[str, Days] = {code: {} for code in question.timeline.days}
    for code, days in question.timeline.days.items():
        for day, (ids, changes) in days.items():
            if day <= closes[-1]:
                all_ids, all_changes = shifted[code].setdefault(starts[bisect_left(closes, day)], ([], []))
                all_ids += ids
                all_changes += changes
    return evolve(question.timeline, days=shifted)


def _until(walk: Iterator[Step], question: Question) -> Iterator[list[Batch]]:
    """The changes up to the close of each period of the window since the one before, revaluations among them."""
    ahead = next(walk, None)
    for period in question.window:
        batches: list[Batch] = []
        while ahead is not None and ahead.period <= period.index:
            batches += _batches(ahead)
            ahead = next(walk, None)
        yield batches


def _batches(step: Step) -> Iterator[Batch]:
    if step.revaluation is not None:
        yield step.revaluation
    yield from step.batches


@frozen
class _Headcount:
    """How many units pay, day by day: what holds from `days[i]` on, and sums of everything before that day."""

    days: Sequence[date]
    paying: Sequence[int]
    paid_days: Sequence[int]
    lost: Sequence[int]

    def until(self, day: date) -> tuple[int, int]:
        """Paid days and losses of all days before `day`."""
        i = bisect_left(self.days, day)
        if not i:
            return 0, 0
        return self.paid_days[i - 1] + self.paying[i - 1] * (day - self.days[i - 1]).days, self.lost[i - 1]

    def between(self, start: date, end: date) -> tuple[Quotient, int]:
        """The average number of paying units on the days of `[start, end)`, and the losses on them."""
        paid, lost = (b - a for a, b in zip(self.until(start), self.until(end), strict=True))
        return quotient(paid, (end - start).days, "the window has no days"), lost

    def daily_churn(self, start: date, end: date) -> Quotient:
        """Σ lost / opening over the days of `[start, end)`."""
        first, last = bisect_left(self.days, start), bisect_left(self.days, end)
        rates = (
            Fraction(self.lost[i] - self.lost[i - 1], self.paying[i - 1])
            for i in range(max(first, 1), last)
            if self.paying[i - 1]
        )
        total = sum(rates, Fraction(0))
        return quotient(total.numerator, total.denominator, "never: a fraction has a denominator")


def _headcount(walk: Iterable[Step], size: int) -> _Headcount:
    joined: list[int] = []
    lost: list[int] = []
    days: list[date] = []
    for step, flows, _ in sweep(walk, size):
        gone = len(flows[MovementKind.LOST][0])
        days.append(step.day)
        lost.append(gone)
        joined.append(len(flows[MovementKind.NEW][0]) + len(flows[MovementKind.REACTIVATION][0]) - gone)
    paying = list(accumulate(joined))
    lengths = ((after - day).days for day, after in pairwise(days))
    areas = (count * length for count, length in zip(paying, lengths, strict=False))
    return _Headcount(days, paying, list(accumulate(areas, initial=0)), list(accumulate(lost)))


def _presence(question: Question, found: Mapping[tuple[str, Period], Figures]) -> Found:
    """What needs the number of paying customers day by day: average customers and the churn of windows of days."""
    daily = evolve(question, view=View.GROSS)
    everyone = daily
    if question.one_off:
        spans = (*question.spans, *question.one_off)
        line = timeline(spans, question.unit_of)
        quiet: dict[str, Days] = {currency: {} for currency in question.timeline.days}
        everyone = evolve(daily, spans=spans, timeline=evolve(line, days=quiet | dict(line.days)))
    net = found if question.view is View.NET else dict(lines(evolve(question, view=View.NET)))
    for currency, walk in walks(daily).items():
        own = _headcount(walk, len(daily.timeline.names))
        total = _headcount(walks(everyone)[currency], len(everyone.timeline.names)) if question.one_off else own
        for period in question.window:
            average, lost = own.between(period.start, period.end)
            inputs: Figures = {
                "average_customers": average,
                "gross_lost_customers": lost,
                "round_trip_losses": lost - cast("int", net[currency, period]["lost_customers"]),
                "daily_churn": own.daily_churn(period.start, period.end),
            }
            for days in WINDOWS:
                active, churned = total.between(period.end - timedelta(days=days), period.end)
                inputs |= {f"average_active_{days}": active, f"churned_{days}": churned}
            yield (currency, period), inputs


def _marks(question: Question) -> Found:
    """What of the lost MRR was cancelled by the customer's will and against it, where cancellations are marked."""
    marked = any(span.cancellation is not None and span.cancellation.voluntary is not None for span in question.spans)
    parts: defaultdict[tuple[str, Period, bool | None], list[Decimal]] = defaultdict(list)
    for one in movements(question, {MovementKind.LOST}) if marked else ():
        for cause in one.causes:
            parts[one.currency, one.period, cause.voluntary].append(cause.amount)
    for currency in walks(question):
        for period in question.window:
            yield (
                (currency, period),
                {
                    "lost_voluntary": exact_sum(parts[currency, period, True]),
                    "lost_involuntary": exact_sum(parts[currency, period, False]),
                },
            )
