"""Credits, refunds, voids, disputes, write-offs and terminations: what they take back, and what they give up.

| for | takes back revenue | gives up deferred revenue |
|---|---|---|
| past service | all | – |
| future service | – | all |
| pro rata (Stripe) | × recognised / total | × deferred / total |
| recognised first (ERPNext) | as far as there is revenue | the rest |
| release all deferred (Business Central) | all, after all that is deferred became revenue | – |

House rules.

1. Revenue is taken back on an account of its own, by kind; revenue itself is never booked backwards.
2. What is given up leaves the schedule from that day on: days before keep what they earned.
3. No `abs()`, no `max(0, …)`: a credit that doesn't fit is an error that says by how much.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.errors import CreditAboveInvoice
from subscription_metrics.facts.invoices import CreditFor, CreditKind
from subscription_metrics.money import allocate
from subscription_metrics.recognition.allocation import share_among
from subscription_metrics.recognition.contracts import Ending
from subscription_metrics.recognition.curves import at_once
from subscription_metrics.recognition.modifications import Treatment, rescaled, with_contra
from subscription_metrics.recognition.schedule import Piece, Role, cut, recognised, undelivered
from subscription_metrics.recognition.standards import Topic, cite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from subscription_metrics.recognition.contracts import Termination
    from subscription_metrics.recognition.modifications import Course, Promise

CONTRA_ROLES: Mapping[CreditKind, Role] = {
    CreditKind.CREDIT_NOTE: Role.CONTRA_REVENUE,
    CreditKind.REFUND: Role.REFUNDS,
    CreditKind.VOID: Role.VOIDS,
    CreditKind.DISPUTE: Role.DISPUTES,
    CreditKind.WRITE_OFF: Role.BAD_DEBT,
}
"""The account on which revenue is taken back."""

COUNTER_ROLES: Mapping[CreditKind, Role] = {
    CreditKind.CREDIT_NOTE: Role.RECEIVABLE,
    CreditKind.REFUND: Role.CASH,
    CreditKind.VOID: Role.RECEIVABLE,
    CreditKind.DISPUTE: Role.CASH,
    CreditKind.WRITE_OFF: Role.RECEIVABLE,
}
"""The account that the credit is paid from: what the customer owes, or the bank."""


@frozen(kw_only=True)
class Reduction:
    """A credit as it falls on one obligation, in minor units; `future` is what it gave up, once applied."""

    id: str
    on: date
    invoice: str
    obligation: str
    units: int
    kind: CreditKind
    purpose: CreditFor
    tax: int = 0
    future: int = 0


def _pro_rata(units: int, done: int, left: int) -> int:
    return allocate(units, [abs(done), abs(left)])[0] if done or left else units


PAST_PART: Mapping[CreditFor, Callable[[int, int, int], int]] = {
    CreditFor.PAST: lambda units, _, __: units,
    CreditFor.FUTURE: lambda _, __, ___: 0,
    CreditFor.PRO_RATA: _pro_rata,
    CreditFor.RECOGNISED_FIRST: lambda units, done, _: min(units, done),
    CreditFor.RELEASE_ALL_DEFERRED: lambda units, _, __: units,
}
"""How much of a credit takes back revenue, of the units of the credit, those recognised and those left."""


def reduce(one: Promise, credit: Reduction) -> tuple[Promise, Reduction]:
    """A promise after a credit, and the credit with what it gave up.

    Raises:
        CreditAboveInvoice: it gives up more than is left to deliver.
    """
    day = credit.on.toordinal()
    left = 0 if one.line.is_usage else undelivered(one.line, day)
    past = PAST_PART[credit.purpose](credit.units, recognised(one.line, day), left)
    future = credit.units - past
    if abs(future) > abs(left):
        rule = f"of credit {credit.id} gives up more than the {left} minor units left to deliver of {credit.obligation}"
        raise CreditAboveInvoice("amount", future, rule, "say that it is for past service, or credit less")
    if future:
        one = _given_up(one, future, credit.id, day)
    if credit.purpose is CreditFor.RELEASE_ALL_DEFERRED and left:
        one = _at_once(one, credit.on, credit.id)
    return with_contra(one, past, CONTRA_ROLES[credit.kind], credit), evolve(credit, future=future)


def _given_up(one: Promise, units: int, cause: str, day: int) -> Promise:
    kept, left = cut(one.line.pieces, day)
    pieces = rescaled(left, undelivered(one.line, day) - units, cause)
    return evolve(one, line=evolve(one.line, pieces=(*kept, *pieces)))


def _at_once(one: Promise, on: date, cause: str) -> Promise:
    """A promise whose undelivered part is recognised on a day."""
    day = on.toordinal()
    kept, _ = cut(one.line.pieces, day)
    released = Piece(undelivered(one.line, day), at_once(on), cause=cause)
    return evolve(one, line=evolve(one.line, pieces=(*kept, released)))


_REASONS: Mapping[Ending, str] = {
    Ending.KEEP: "paid and not refunded, the service goes on: the schedule stays",
    Ending.ACCELERATE: "paid and not refunded, nothing is left to deliver: the rest is revenue",
    Ending.RELEASE: "the customer owes no more: the rest falls out of the price",
}


def terminate(course: Course, change: Termination) -> Course:
    """The course after an early termination."""
    open_promises = {name: one for name, one in course.promises.items() if not one.ended and not one.line.is_usage}
    changed = {name: _terminated(one, change) for name, one in open_promises.items()}
    paragraph = cite(Topic.TERMINATION, course.standard)
    treatment = Treatment(change.id, change.on, change.ending.value, paragraph, _REASONS[change.ending])
    treatments = (*course.treatments, treatment)
    return evolve(course, promises={**course.promises, **changed}, treatments=treatments)


def _terminated(one: Promise, change: Termination) -> Promise:
    if change.ending is Ending.KEEP or not undelivered(one.line, change.on.toordinal()):
        return one
    if change.ending is Ending.ACCELERATE:
        return _at_once(one, change.on, change.id)
    kept, _ = cut(one.line.pieces, change.on.toordinal())
    return evolve(one, line=evolve(one.line, pieces=kept), ended=True)


def shared_by_promise(course: Course, units: int, on: date) -> dict[str, int]:
    """A credit of a whole contract by obligation: by what each earns in all."""
    weights = {
        name: Fraction(abs(recognised(one.line, on.toordinal())) + abs(undelivered(one.line, on.toordinal())))
        for name, one in course.promises.items()
    }
    return {name: share for name, share in share_among(units, weights).items() if share}
