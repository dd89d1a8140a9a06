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
    for span in spans:
        units = span.units
        if not units:
            continue
        unit = number[unit_of(span)]
        of_currency = days[span.currency]
        ids, changes = of_currency[span.start]
        ids.append(unit)
        changes.append(units)
        end = span.end
        if end is not None:
            ids, changes = of_currency[end]
            ids.append(unit)
            changes.append(-units)
    return Timeline(tuple(number), {currency: dict(of_currency) for currency, of_currency in days.items()})


@frozen(eq=False)
class Part:
    """One segment: its recurring spans, those that do not recur apart, and the index of the recurring ones."""

    segment: str | None
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
    return [_part(name, segments[name], unit_of) for name in sorted(segments, key=lambda name: (name is None, name))]


def _part(segment: str | None, spans: Sequence[Span], unit_of: Callable[[Span], str]) -> Part:
    recurring = [span for span in spans if span.recurring]
    one_off = [span for span in spans if not span.recurring]
    return Part(segment, recurring, one_off, timeline(recurring, unit_of))
