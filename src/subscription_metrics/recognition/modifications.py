"""Modifications: which treatment a change of a contract gets, and why (606-10-25-10 to 25-13).

| what is added | what is left of the old | treatment | |
|---|---|---|---|
| distinct, at its selling price, nothing else changed | – | separate contract | 25-12 |
| anything else | all distinct from what was delivered | prospective: ends the old, begins a new contract | 25-13(a) |
| anything else | nothing distinct | cumulative catch-up | 25-13(b) |
| anything else | some of each | mixed: each its own way | 25-13(c) |

Upgrades, downgrades, co-terming, early renewals, blending and extending of subscriptions are prospective: what is
left of a series of days is distinct from the days before.

House rules.

1. A treatment is never asked for, it follows from the facts; the reason is part of the result.
2. The price is kept: what was recognised, what is pooled and what the change adds make up the new price exactly.
3. A credit for past performance is separated first; it reduces revenue on its day and is no new price.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from attrs import evolve, field, frozen

from subscription_metrics.errors import (
    CreditAboveInvoice,
    InvalidValue,
    OverlappingObligations,
    PricesDontSum,
    UnknownContract,
)
from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.money import NO_CURRENCY, allocate
from subscription_metrics.recognition.allocation import share_among, standalone
from subscription_metrics.recognition.curves import Curve, at_once, reached, rest
from subscription_metrics.recognition.promises import PerformanceObligation, Usage
from subscription_metrics.recognition.schedule import Line, Piece, Role, cut, recognised, undelivered
from subscription_metrics.recognition.standards import Standard, Topic, cite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from subscription_metrics.recognition.contracts import Modification, PriceChange


class Kind(Enum):
    """How a modification is treated."""

    SEPARATE = "separate contract"
    PROSPECTIVE = "prospective"
    CATCH_UP = "cumulative catch-up"
    MIXED = "mixed"


@frozen
class Treatment:
    """How a change was treated, from when, and the reason, with its paragraph."""

    change: str
    on: date
    kind: str
    paragraph: str
    reason: str


@frozen
class Promise:
    """An obligation at work: its line, its weight in the allocation, and its curve for amounts that come later.

    One that stands `apart`, a set-up fee, keeps its price: no modification and no change of the price touches it.
    """

    obligation: PerformanceObligation
    line: Line
    weight: Fraction = Fraction(0)
    curve: Curve | None = None
    ended: bool = False
    apart: bool = False


@frozen
class Course:
    """A contract under way: its promises by id, and how each change was treated."""

    promises: Mapping[str, Promise]
    curve_of: Callable[[PerformanceObligation, int], Curve] = field(eq=False)
    usage_of: Callable[[PerformanceObligation, Usage], tuple[Piece, ...]] = field(eq=False)
    currency: str = NO_CURRENCY
    standard: Standard = Standard.ASC_606
    treatments: tuple[Treatment, ...] = ()


def promised(course: Course, obligation: PerformanceObligation, units: int, weight: Fraction, cause: str) -> Promise:
    """An obligation with `units` of the price, not begun."""
    way = obligation.satisfaction
    is_usage = isinstance(way, Usage)
    curve = None if isinstance(way, Usage) else course.curve_of(obligation, units)
    pieces = course.usage_of(obligation, way) if isinstance(way, Usage) else ()
    if curve is not None:
        pieces = (Piece(units, curve, cause=cause),)
    line = Line(obligation.id, obligation.product, pieces, obligation.unconditional, is_usage)
    return Promise(obligation, line, weight, curve)


def modify(course: Course, change: Modification) -> Course:
    """The course after a modification, with the reason for its treatment.

    Raises:
        UnknownContract: it ends an obligation that is not promised.
        OverlappingObligations: it adds one under an id that is taken.
        PricesDontSum: nothing is left that its price could be for.
        InvalidValue: an added obligation has no standalone price, or an amount is finer than the currency.
    """
    _check_names(course, change)
    day = change.on.toordinal()
    kind, reason = _judged(course, change, day)
    promises = dict(course.promises)
    if kind is Kind.SEPARATE:
        promises |= _taken_on(course, change, _units(course, change.price_change))
    else:
        promises |= _replaced(course, change, day)
        promises |= _made_good(promises, course, change, day)
    treatment = Treatment(change.id, change.on, kind.value, cite(_TOPICS[kind], course.standard), reason)
    return evolve(course, promises=promises, treatments=(*course.treatments, treatment))


_TOPICS: Mapping[Kind, Topic] = {
    Kind.SEPARATE: Topic.SEPARATE_CONTRACT,
    Kind.PROSPECTIVE: Topic.PROSPECTIVE,
    Kind.CATCH_UP: Topic.CATCH_UP,
    Kind.MIXED: Topic.MIXED,
}


def _check_names(course: Course, change: Modification) -> None:
    if unknown := set(change.end) - {name for name, one in course.promises.items() if not one.apart}:
        rule = f"must be promised by contract {change.contract}"
        raise UnknownContract("end", sorted(unknown), rule, f"one of {sorted(course.promises)}")
    if taken := {one.id for one in change.add} & set(course.promises):
        rule = f"must be new to contract {change.contract}"
        raise OverlappingObligations("add", sorted(taken), rule, "name it apart, as in 'seats-2'")


def _units(course: Course, amount: Decimal) -> int:
    return in_minor_units(amount, course.currency)


def _live(course: Course, day: int) -> dict[str, Promise]:
    return {
        name: one
        for name, one in course.promises.items()
        if not (one.ended or one.apart or one.line.is_usage) and undelivered(one.line, day)
    }


def _is_stuck(one: Promise, day: int) -> bool:
    """Whether what is left is not distinct from what was delivered: one job, under way."""
    return not one.obligation.remaining_distinct and recognised(one.line, day) != 0


def _judged(course: Course, change: Modification, day: int) -> tuple[Kind, str]:
    alone = [standalone(one) for one in change.add]
    full_price = sum((price for price in alone if price is not None), Fraction(0))
    unchanged = not change.end and not change.credit_for_past
    if change.add and unchanged and None not in alone and full_price == change.price_change:
        return Kind.SEPARATE, "what is added is distinct and sold at its standalone price; nothing else changes"
    live = _live(course, day)
    stuck = [name for name, one in live.items() if name not in change.end and _is_stuck(one, day)]
    others = [name for name in live if name not in stuck] + [one.id for one in change.add]
    if not stuck:
        why = "what is left to deliver is distinct from what was delivered, and not all is sold at its standalone price"
        return Kind.PROSPECTIVE, why
    if not others:
        return Kind.CATCH_UP, f"what is left of {', '.join(stuck)} is not distinct from what was delivered"
    why = f"{', '.join(stuck)}: not distinct, caught up; {', '.join(others)}: distinct, prospective"
    return Kind.MIXED, why


def _taken_on(course: Course, change: Modification, units: int) -> dict[str, Promise]:
    weights = {one.id: _weight(one) for one in change.add}
    shares = share_among(units, {name: weight for name, weight in weights.items() if weight is not None})
    return {one.id: _new(course, one, shares, change.id) for one in change.add}


def _weight(one: PerformanceObligation) -> Fraction | None:
    """What an added promise weighs; `None` for usage, which takes no part of a price."""
    if isinstance(one.satisfaction, Usage):
        return None
    price = standalone(one)
    if price is None:
        rule = f"of the added obligation {one.id} must be known at the modification"
        raise InvalidValue("standalone_price", None, rule, "state what it sells for alone at that time")
    return price


def _new(course: Course, one: PerformanceObligation, shares: Mapping[str, int], cause: str) -> Promise:
    return promised(course, one, shares.get(one.id, 0), _weight(one) or Fraction(0), cause)


def _replaced(course: Course, change: Modification, day: int) -> dict[str, Promise]:
    live = _live(course, day)
    stuck = {name: one for name, one in live.items() if name not in change.end and _is_stuck(one, day)}
    going = {name: one for name, one in live.items() if name not in stuck}
    pool = sum(undelivered(one.line, day) for one in going.values())
    onward = {name: _weight_left(one, day) for name, one in going.items() if name not in change.end}
    onward |= {one.id: weight for one in change.add if (weight := _weight(one)) is not None}
    to_stuck, to_onward = _divided(course, change, pool, stuck, onward)
    shares = share_among(to_onward, onward) if onward else {}
    return {
        **{name: _continued(one, shares.get(name), change.id, day) for name, one in going.items()},
        **_caught_up(stuck, to_stuck, change.id, day),
        **{one.id: _new(course, one, shares, change.id) for one in change.add},
    }


def _weight_left(one: Promise, day: int) -> Fraction:
    done, whole = (0, 1) if one.curve is None else reached(one.curve, day)
    return one.weight * max(Fraction(whole - done, whole), Fraction(0))


def _divided(
    course: Course, change: Modification, pool: int, stuck: Mapping[str, Promise], onward: Mapping[str, Fraction]
) -> tuple[int, int]:
    """The units that go to what is under way, and to what begins anew."""
    delta = _units(course, change.price_change)
    if not stuck and not onward and pool + delta:
        rule = f"must take back the undelivered {pool} minor units if nothing is left to deliver"
        raise PricesDontSum("price_change", change.price_change, rule, "or add what the price is for")
    if not stuck:
        return 0, pool + delta
    if not onward:
        return pool + delta, 0
    weights = {"stuck": sum((one.weight for one in stuck.values()), Fraction(0)), "onward": sum(onward.values())}
    parts = share_among(delta, {name: Fraction(weight) for name, weight in weights.items()})
    return parts["stuck"], pool + parts["onward"]


def _continued(one: Promise, units: int | None, cause: str, day: int) -> Promise:
    """A promise whose undelivered part has `units` from now on; `None` ends it."""
    kept, left = cut(one.line.pieces, day)
    if units is None:
        return evolve(one, line=evolve(one.line, pieces=kept), ended=True)
    curve = None if one.curve is None else rest(one.curve, day)
    pieces = (*kept, *rescaled(left, units, cause))
    return evolve(one, line=evolve(one.line, pieces=pieces), weight=_weight_left(one, day), curve=curve)


def rescaled(pieces: tuple[Piece, ...], units: int, cause: str) -> tuple[Piece, ...]:
    """The same pieces with `units` together, in their proportion."""
    shares = allocate(units, [abs(piece.units) for piece in pieces])
    return tuple(evolve(piece, units=share, cause=cause) for piece, share in zip(pieces, shares, strict=True))


def _caught_up(stuck: Mapping[str, Promise], units: int, cause: str, day: int) -> dict[str, Promise]:
    shares = share_among(units, {name: one.weight for name, one in stuck.items()}) if stuck else {}
    return {name: raised(one, shares[name], cause, day) for name, one in stuck.items()}


def raised(one: Promise, units: int, cause: str, day: int) -> Promise:
    """A promise with `units` more, the delivered part of which is caught up after the beginning of `day`.

    Of one that was ended all that is ever delivered has been.
    """
    curve = one.curve if one.curve is not None and not one.ended else at_once(date.fromordinal(day))
    piece = Piece(units, curve, since=day, cause=cause)
    return evolve(one, line=evolve(one.line, pieces=(*one.line.pieces, piece)))


def _made_good(promises: Mapping[str, Promise], course: Course, change: Modification, day: int) -> dict[str, Promise]:
    """The credit for past performance, spread over what was delivered."""
    units = _units(course, change.credit_for_past)
    earned = {name: recognised(one.line, day) for name, one in promises.items() if not one.apart}
    delivered = {name: Fraction(done) for name, done in earned.items() if done > 0}
    if not units:
        return {}
    if units > sum(delivered.values()):
        rule = "must not be above what was recognised before"
        raise CreditAboveInvoice("credit_for_past", change.credit_for_past, rule, "the rest is a lower price")
    shares = share_among(units, delivered)
    return {name: with_contra(promises[name], share, Role.CONTRA_REVENUE, change) for name, share in shares.items()}


class Cause(Protocol):
    """A fact that takes back revenue on a day."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def on(self) -> date:
        """Its day."""


def with_contra(one: Promise, units: int, role: Role, cause: Cause) -> Promise:
    """A promise of which `units` of revenue are taken back on the day of `cause`."""
    piece = Piece(-units, at_once(cause.on), role=role, cause=cause.id)
    return evolve(one, line=evolve(one.line, pieces=(*one.line.pieces, piece))) if units else one


def reprice(course: Course, change: PriceChange) -> Course:
    """The course after a change of the price alone: by the basis of inception, the delivered part at once (32-43).

    Raises:
        UnknownContract: it belongs to an obligation that is not promised, or a unit price to one without usage.
        PricesDontSum: nothing takes part in the price.
    """
    day = change.on.toordinal()
    if unknown := set(change.to) - set(course.promises):
        rule = f"must be promised by contract {change.contract}"
        raise UnknownContract("to", sorted(unknown), rule, f"one of {sorted(course.promises)}")
    priced = [name for name in change.to if change.unit_price is not None and not course.promises[name].line.is_usage]
    if priced:
        raise UnknownContract("to", priced, f"of price change {change.id} must be usage", "state an amount instead")
    topic = Topic.TARGETED_PRICE_CHANGE if change.to else Topic.PRICE_CHANGE
    reason = "the price changed, the promises did not: delivered parts are caught up at once"
    treatment = Treatment(change.id, change.on, "price change", cite(topic, course.standard), reason)
    treatments = (*course.treatments, treatment)
    units = _units(course, change.amount)
    if not units:
        return evolve(course, treatments=treatments)
    promises = course.promises.items()
    names = change.to or [name for name, one in promises if not (one.ended or one.apart or one.line.is_usage)]
    if not names:
        raise PricesDontSum("amount", change.amount, "must belong to a promise that is not ended", "name it in `to`")
    shares = share_among(units, {name: course.promises[name].weight for name in names})
    changed = {name: raised(course.promises[name], share, change.id, day) for name, share in shares.items()}
    return evolve(course, promises={**course.promises, **changed}, treatments=treatments)
