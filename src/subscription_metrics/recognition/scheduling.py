"""From a dossier to its schedule: a fold over what changed, in the order in which it holds.

    allocate at inception → promises → modification · price change · credit · termination, by day → lines

The result is a function of the dossier. To see it as known at an earlier day, take the dossier back first
(`known_at`), or pass `known`.

House rules.

1. Same-day order is fixed: modifications, price changes, credits, recoveries, terminations; then by id. What comes
   first is what the others are measured on.
2. A set-up fee with a life of its own is a promise that stands apart; the interest of a financing is a line, too.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.errors import InvalidValue, OverlappingObligations, UnknownContract
from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.recognition.allocation import allocate_price, standalone
from subscription_metrics.recognition.contracts import Ending, Modification, PriceChange, Termination
from subscription_metrics.recognition.credits import Reduction, recover, reduce, shared_by_promise, terminate
from subscription_metrics.recognition.financing import interest_curve
from subscription_metrics.recognition.known import known_at
from subscription_metrics.recognition.measures import curve_of, deliveries_of, usage_pieces
from subscription_metrics.recognition.modifications import Course, Promise, Treatment, modify, promised, reprice
from subscription_metrics.recognition.promises import PerformanceObligation, Ratable
from subscription_metrics.recognition.schedule import Line, Piece, Role, cut
from subscription_metrics.recognition.standards import Standard
from subscription_metrics.recognition.takings import Regained, Taking, regained, takings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from subscription_metrics.recognition.contracts import Contract, Dossier
    from subscription_metrics.recognition.curves import Curve

SET_UP_FEE, FINANCING = "set-up fee", "financing"


@frozen
class Schedule:
    """The lines of a contract, how its changes were treated, and how its credits fell on obligations."""

    contract: str
    customer: str
    currency: str
    lines: tuple[Line, ...]
    treatments: tuple[Treatment, ...] = ()
    reductions: tuple[Reduction, ...] = ()


def schedule(dossier: Dossier, known: date = date.max, standard: Standard = Standard.ASC_606) -> Schedule | None:
    """The schedule of a contract as known at the end of the day `known`; `None` while the contract was unknown.

    Raises:
        SubscriptionMetricsError: facts contradict each other; the leaf says which and how.
    """
    seen = known_at(dossier, known)
    if seen is None:
        return None
    contract = seen.contract
    course, reductions = _run(seen, _begun(seen, standard))
    promises = sorted(course.promises.values(), key=lambda one: one.apart)
    lines = (*(one.line for one in promises), *_interest_line(seen))
    return Schedule(contract.id, contract.customer, contract.currency, lines, course.treatments, reductions)


def _begun(dossier: Dossier, standard: Standard) -> Course:
    contract = dossier.contract
    curves: Callable[[PerformanceObligation, int], Curve] = lambda one, units: curve_of(  # noqa: E731 - see Course
        one, units, deliveries_of(dossier, one.id)
    )
    course = Course({}, curves, partial(usage_pieces, dossier), contract.currency, standard)
    allocation = allocate_price(contract)
    promises = {
        one.id: promised(
            course,
            one,
            allocation.shares.get(one.id, 0),
            allocation.basis.get(one.id, standalone(one) or Fraction(0)),
            "inception",
        )
        for one in contract.obligations
    }
    return Course(promises | _fee(course, contract), curves, course.usage_of, contract.currency, standard)


def _run(dossier: Dossier, course: Course) -> tuple[Course, tuple[Reduction, ...]]:
    reductions: list[Reduction] = []
    steps = [*dossier.changes, *_takings(dossier)]
    for step in sorted(steps, key=lambda one: (one.on, _ORDER[type(one)], one.id)):
        match step:
            case Modification():
                course = modify(course, step)
            case PriceChange():
                course = reprice(course, step)
            case Termination():
                course = terminate(course, step)
            case Taking():
                course, fallen = _taken(course, step)
                reductions += fallen
            case Regained():
                course, fallen = recover(course, step, reductions)
                reductions += fallen
    return course, tuple(reductions)


_ORDER: Mapping[type, int] = {Modification: 0, PriceChange: 1, Taking: 2, Regained: 3, Termination: 4}


def _takings(dossier: Dossier) -> Iterator[Taking | Regained]:
    own = dossier.contract.id
    for invoice in dossier.invoices:
        yield from (one for one in takings(invoice) if one.line.contract == own)
        yield from (one for one in regained(invoice) if one.of.line.contract == own)


def _taken(course: Course, taking: Taking) -> tuple[Course, list[Reduction]]:
    promises = dict(course.promises)
    fallen: list[Reduction] = []
    tax = taking.tax
    for name, units in _by_promise(course, taking).items():
        reduction = Reduction(
            id=taking.id,
            on=taking.on,
            invoice=taking.invoice,
            line=taking.line.id,
            obligation=name,
            units=units,
            kind=taking.kind,
            purpose=taking.purpose,
            tax=tax,
        )
        promises[name], reduction = reduce(promises[name], reduction)
        fallen.append(reduction)
        tax = 0
    return evolve(course, promises=promises), fallen


def _by_promise(course: Course, taking: Taking) -> dict[str, int]:
    name = taking.line.obligation
    if name is None:
        return shared_by_promise(course, taking.units, taking.purpose, taking.on)
    if name not in course.promises:
        rule = f"of line {taking.line.id} of invoice {taking.invoice} must be promised by its contract"
        raise UnknownContract("obligation", name, rule, f"one of {sorted(course.promises)}")
    return {name: taking.units}


def _fee(course: Course, contract: Contract) -> dict[str, Promise]:
    fee = contract.set_up_fee
    if fee is None or fee.until is None:
        return {}
    if fee.until <= contract.inception:
        raise InvalidValue("until", fee.until, f"must be after the inception, {contract.inception}")
    if any(one.id == SET_UP_FEE for one in contract.obligations):
        rule = f"of contract {contract.id} must not be the name of its set-up fee"
        raise OverlappingObligations("obligations", SET_UP_FEE, rule, "name the obligation apart")
    way = Ratable(start=contract.inception, end=fee.until, method=fee.method)
    units = in_minor_units(fee.amount, contract.currency)
    one = PerformanceObligation(id=SET_UP_FEE, satisfaction=way)
    return {SET_UP_FEE: evolve(promised(course, one, units, Fraction(0), SET_UP_FEE), apart=True)}


def _interest_line(dossier: Dossier) -> Iterator[Line]:
    financing, currency = dossier.contract.financing, dossier.contract.currency
    if financing is None:
        return
    units = in_minor_units(financing.promised, currency) - in_minor_units(financing.cash_price, currency)
    role = Role.INTEREST_INCOME if units > 0 else Role.INTEREST_EXPENSE
    pieces: tuple[Piece, ...] = (Piece(units, interest_curve(financing, units), role=role, cause=FINANCING),)
    released = [one.on for one in dossier.changes if isinstance(one, Termination) and one.ending is Ending.RELEASE]
    if released:
        pieces, _ = cut(pieces, min(released).toordinal())
    yield Line(FINANCING, FINANCING, pieces)
