"""The index of a book: for each currency and day, whose MRR changes by how much.

Every question about movements walks the days in order, so spans are laid out by day once and asked many times. A unit
(customer, subscription or parent account) is a small number here, its position in `names`: balances are then plain
lists, which is what makes a bridge of a million spans a matter of seconds.

House rules: linear in the spans, no arithmetic but sign, nothing depends on the order of the input.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from subscription_metrics.mrr.spans import Span

Batch = tuple[list[int], list[int]]
"""Unit numbers, and beside them the signed changes of MRR in units of 10⁻⁸; a unit may occur more than once."""

Days = dict["date", Batch]


@frozen
class Timeline:
    """The changes of a set of spans: `names[i]` is unit i, `days[currency][day]` the batch of that day."""

    names: tuple[str, ...]
    days: Mapping[str, Days]


def timeline(spans: Iterable[Span], unit_of: Callable[[Span], str]) -> Timeline:
    """Lay out `spans` by currency and day, for the units that `unit_of` tells."""
    number: defaultdict[str, int] = defaultdict(count().__next__)
    days: defaultdict[str, defaultdict[date, Batch]] = defaultdict(lambda: defaultdict(lambda: ([], [])))
    paid = [span for span in spans if span.units]
    # Naming and numbering are half of the work of a million spans: here they run without a line of Python for each.
    for span, unit in zip(paid, map(number.__getitem__, map(unit_of, paid)), strict=True):
        of_currency = days[span.currency]
        ids, changes = of_currency[span.start]
        ids.append(unit)
        changes.append(span.units)
        if span.end is not None:
            ids, changes = of_currency[span.end]
            ids.append(unit)
            changes.append(-span.units)
    return Timeline(tuple(number), {currency: dict(of_currency) for currency, of_currency in days.items()})


@frozen(eq=False)
class Part:
    """One segment: its recurring spans, those that do not recur apart, and the index of the recurring ones."""

    segment: str | None
    currencies: frozenset[str]
    spans: Sequence[Span]
    one_off: Sequence[Span]
    line: Timeline


def parts(
    spans: Iterable[Span], segment_of: Callable[[Span], str | None], unit_of: Callable[[Span], str]
) -> list[Part]:
    """Index `spans` segment by segment, in order of the segments' names; what has no segment comes last."""
    segments: defaultdict[str | None, list[Span]] = defaultdict(list)
    for span in spans:
        segments[segment_of(span)].append(span)
    return [part(name, segments[name], unit_of) for name in sorted(segments, key=lambda name: (name is None, name))]


def part(segment: str | None, spans: Sequence[Span], unit_of: Callable[[Span], str]) -> Part:
    """Index the spans of one segment."""
    recurring = [span for span in spans if span.recurring]
    one_off = [span for span in spans if not span.recurring]
    return Part(
        segment=segment,
        currencies=frozenset(span.currency for span in spans),
        spans=recurring,
        one_off=one_off,
        line=timeline(recurring, unit_of),
    )
