"""Exchange rates: what one currency is worth in another on a day, from the caller's own tables.

House rules.

1. A rate is the one that was given for this pair and this direction: never inverted, never chained.
2. What a table answers for a day that it doesn't hold is a stated policy, and every policy ends in an error that
   names the pair and the day, never in a guess.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from attrs import Attribute, field, frozen

from subscription_metrics.errors import InvalidValue, MissingRate
from subscription_metrics.money import minor_units, require_decimal

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping


class Rates(Protocol):
    """Where exchange rates come from."""

    def rate(self, source: str, target: str, on: date) -> Decimal:
        """Units of `target` for one unit of `source` on the day `on`; 1 for a currency into itself.

        Raises:
            MissingRate: the rate is not known.
        """


def _copied(rates: Mapping[tuple[str, str], Decimal]) -> dict[tuple[str, str], Decimal]:
    return dict(rates)


@frozen
class ConstantRates:
    """The same rates on every day, by (source, target): amounts move only because customers do.

    Raises:
        InvalidValue: a rate is no `Decimal` above 0.
        UnknownCurrency: see `minor_units`.
    """

    rates: Mapping[tuple[str, str], Decimal] = field(converter=_copied)

    def __attrs_post_init__(self) -> None:
        for (source, target), value in self.rates.items():
            _check_rate(source, target, value)

    def rate(self, source: str, target: str, on: date) -> Decimal:
        """See `Rates.rate`; `on` changes nothing here."""
        if source == target:
            return Decimal(1)
        try:
            return self.rates[source, target]
        except KeyError:
            remedy = _remedy(source, target, self.rates)
            raise _missing(source, target, on, "constant rates", remedy) from None


class MissingRatePolicy(Enum):
    """What a `RateTable` answers for a day that it holds no rate of."""

    EXACT = "exact"
    """Nothing: the rate of another day is an error."""
    LAST_KNOWN = "last known"
    """The latest rate before that day, unless it is older than the table's `max_age_days`."""


class QuotedRate(NamedTuple):
    """On the day `on`, one unit of `source` was worth `value` units of `target`."""

    on: date
    source: str
    target: str
    value: Decimal


def _quotes(rows: Iterable[tuple[date, str, str, Decimal]]) -> tuple[QuotedRate, ...]:
    return tuple(QuotedRate(*row) for row in rows)


def _check_age(table: RateTable, _: Attribute[int | None], value: object) -> None:
    if value is None:
        return
    if table.policy is MissingRatePolicy.EXACT:
        rule, remedy = "must be None under the policy EXACT", "leave it out, or use LAST_KNOWN"
        raise InvalidValue("max_age_days", value, rule, remedy)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidValue("max_age_days", value, "must be an int, 0 or more", "pass None for any age")


_Series = tuple[list[date], list[Decimal]]


@frozen
class RateTable:
    """Rates by day, from rows of (day, source, target, rate), with a stated policy for the days between them.

    Raises:
        InvalidValue: a rate is no `Decimal` above 0, a day is no date, or one pair has two rates on one day.
        UnknownCurrency: see `minor_units`.
    """

    rows: tuple[QuotedRate, ...] = field(converter=_quotes, repr=lambda rows: f"<{len(rows)} rates>")
    policy: MissingRatePolicy
    max_age_days: int | None = field(default=None, validator=_check_age)
    _series: Mapping[tuple[str, str], _Series] = field(init=False, eq=False, repr=False)

    @_series.default
    def _sorted_series(self) -> dict[tuple[str, str], _Series]:
        series: dict[tuple[str, str], _Series] = {}
        for on, source, target, value in sorted(map(_checked, self.rows)):
            days, values = series.setdefault((source, target), ([], []))
            if days and days[-1] == on:
                rule = f"must hold one rate of {source} in {target} on {on}"
                raise InvalidValue("rows", value, rule, f"keep this one or {values[-1]}")
            days.append(on)
            values.append(value)
        return series

    def rate(self, source: str, target: str, on: date) -> Decimal:
        """See `Rates.rate`; the policy decides whether the rate of an earlier day may stand in."""
        if source == target:
            return Decimal(1)
        days, values = self._series.get((source, target), ([], []))
        place = bisect_right(days, on)
        limit = 0 if self.policy is MissingRatePolicy.EXACT else self.max_age_days
        if place and (limit is None or (on - days[place - 1]).days <= limit):
            return values[place - 1]
        raise _missing(source, target, on, self._stated_policy(), self._remedy(source, target, on))

    def _stated_policy(self) -> str:
        limit = "" if self.max_age_days is None else f", at most {self.max_age_days} days old"
        return f"policy {self.policy.name}{limit}"

    def _remedy(self, source: str, target: str, on: date) -> str:
        days, _ = self._series.get((source, target), ([], []))
        if not days:
            return _remedy(source, target, self._series)
        nearest = min(days, key=lambda day: abs(day - on))
        return f"the nearest known day is {nearest}: add the rate of {on}, or choose a policy that reaches it"


def _checked(quote: QuotedRate) -> QuotedRate:
    if isinstance(quote.on, datetime) or not isinstance(quote.on, date):
        remedy = "turn an instant into a date in a named time zone first"
        raise InvalidValue("on", quote.on, "must be a date", remedy)
    _check_rate(quote.source, quote.target, quote.value)
    return quote


def _check_rate(source: str, target: str, value: Decimal) -> None:
    minor_units(source)
    minor_units(target)
    name = f"rate of {source} in {target}"
    require_decimal(name, value)
    if value <= 0:
        raise InvalidValue(name, value, "must be above 0", "leave out what is not known")


def _missing(source: str, target: str, on: date, policy: str, remedy: str) -> MissingRate:
    return MissingRate(f"no rate of {source} in {target} on {on} ({policy}); {remedy}")


def _remedy(source: str, target: str, known: Container[tuple[str, str]]) -> str:
    if (target, source) in known:
        return f"only {target} in {source} is known, and rates are never inverted: add {source} in {target}"
    return f"add {source} in {target}: rates are never chained through a third currency"
