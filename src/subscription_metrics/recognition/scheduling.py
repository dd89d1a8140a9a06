"""From a dossier to its schedule: a fold over what changed, in the order in which it holds.

    allocate at inception → promises → modification · price change · credit · termination, by day → lines

The result is a function of the dossier. To see it as known at an earlier day, take the dossier back first
(`known_at`), or pass `known`.

House rules.

1. Same-day order is fixed: modifications, price changes, credits, recoveries, terminations; then by id. What comes
   first is what the others are measured on.
2. A set-up fee with a life of its own and the interest of a financing component are lines, too.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.errors import InvalidValue, UnknownContract
from subscription_metrics.facts.checks import in_minor_units
from subscription_metrics.recognition.allocation import allocate_price, standalone
from subscription_metrics.recognition.contracts import Modification, PriceChange, Termination, known_at
from subscription_metrics.recognition.credits import Reduction, recover, reduce, shared_by_promise, terminate
from subscription_metrics.recognition.curves import Curve, ratable
from subscription_metrics.recognition.financing import interest_curve
from subscription_metrics.recognition.measures import curve_of, deliveries_of, usage_piece
from subscription_metrics.recognition.modifications import Course, Treatment, modify, promised, reprice
from subscription_metrics.recognition.schedule import Line, Piece, Role
from subscription_metrics.recognition.standards import Standard
from subscription_metrics.recognition.takings import Regained, Taking, regained, takings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from subscription_metrics.recognition.contracts import Contract, Dossier
    from subscription_metrics.recognition.promises import PerformanceObligation

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
    lines = (*(one.line for one in course.promises.values()), *_fee_line(contract), *_interest_line(contract))
    return Schedule(contract.id, contract.customer, contract.currency, lines, course.treatments, reductions)


def _begun(dossier: Dossier, standard: Standard) -> Course:
    contract = dossier.contract
    curves: Callable[[PerformanceObligation, int], Curve] = lambda one, units: curve_of(  # noqa: E731 - see Course
        one, units, deliveries_of(dossier, one.id)
    )
    course = Course({}, curves, partial(usage_piece, dossier), contract.currency, standard)
    allocation = allocate_price(contract)
    return evolve(
        course,
        promises={
            one.id: promised(
                course,
                one,
                allocation.shares.get(one.id, 0),
                allocation.basis.get(one.id, standalone(one) or Fraction(0)),
                "inception",
            )
            for one in contract.obligations
        },
    )


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
        if taking.rebilled:
            reduction = evolve(reduction, future=units)
        else:
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


def _fee_line(contract: Contract) -> Iterator[Line]:
    fee = contract.set_up_fee
    if fee is not None and fee.until is not None:
        if fee.until <= contract.inception:
            raise InvalidValue("until", fee.until, f"must be after the inception, {contract.inception}")
        units = in_minor_units(fee.amount, contract.currency)
        yield Line(
            SET_UP_FEE,
            SET_UP_FEE,
            (Piece(units, ratable(contract.inception, fee.until, fee.method), cause=SET_UP_FEE),),
        )


def _interest_line(contract: Contract) -> Iterator[Line]:
    financing = contract.financing
    if financing is not None:
        units = in_minor_units(financing.promised, contract.currency)
        units -= in_minor_units(financing.cash_price, contract.currency)
        role = Role.INTEREST_INCOME if units > 0 else Role.INTEREST_EXPENSE
        yield Line(FINANCING, FINANCING, (Piece(units, interest_curve(financing, units), role=role, cause=FINANCING),))
