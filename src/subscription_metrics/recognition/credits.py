"""Credits, refunds, voids, disputes, write-offs and terminations: what they take back, and what they give up.

| for | takes back revenue | gives up deferred revenue |
|---|---|---|
| past service | all | – |
| future service | – | all |
| pro rata (Stripe) | × recognised / total | × deferred / total |
| recognised first (ERPNext) | as far as there is revenue | the rest |
| release all deferred (Business Central) | all, after all that is deferred became revenue | – |
| billing only | – | all, and nothing of the schedule: the price has fallen before |

House rules.

1. Revenue is taken back on an account of its own, by kind; revenue itself is never booked backwards.
2. What is given up leaves the schedule from that day on: days before keep what they earned.
3. No `abs()`, no `max(0, …)`: a credit that doesn't fit is an error that says by how much.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from subscription_metrics.errors import CreditAboveInvoice
from subscription_metrics.facts.invoices import CreditFor, CreditKind
from subscription_metrics.money import allocate
from subscription_metrics.recognition.allocation import share_among
from subscription_metrics.recognition.contracts import Ending
from subscription_metrics.recognition.curves import at_once, rest
from subscription_metrics.recognition.modifications import Treatment, rescaled, with_contra
from subscription_metrics.recognition.schedule import Piece, Role, cut, recognised, undelivered
from subscription_metrics.recognition.standards import Topic, cite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from subscription_metrics.recognition.contracts import Termination
    from subscription_metrics.recognition.modifications import Course, Promise
    from subscription_metrics.recognition.takings import Regained, Taking

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
    """A credit as it falls on one obligation, in minor units; `future` is what it gave up, once applied.

    A recovery is one, too, with amounts below 0: `of` names the credit that money came back of.
    """

    id: str
    on: date
    invoice: str
    line: str
    obligation: str
    units: int
    kind: CreditKind
    purpose: CreditFor
    tax: int = 0
    future: int = 0
    of: str = ""


def _pro_rata(units: int, done: int, left: int) -> int:
    # What was taken back beyond what had been earned is nothing that a credit could take back again.
    parts = [_alike(part, units) for part in (done, left)]
    return allocate(units, parts)[0] if any(parts) else units


def _alike(part: int, units: int) -> Fraction:
    """The size of a part that has the sign of `units`; a part of the other sign has nothing that could be credited."""
    return Fraction(abs(part) if (part > 0) == (units > 0) else 0)


PAST_PART: Mapping[CreditFor, Callable[[int, int, int], int]] = {
    CreditFor.PAST: lambda units, _, __: units,
    CreditFor.FUTURE: lambda _, __, ___: 0,
    CreditFor.PRO_RATA: _pro_rata,
    CreditFor.RECOGNISED_FIRST: lambda units, done, _: min(units, max(done, 0)),
    CreditFor.RELEASE_ALL_DEFERRED: lambda units, _, __: units,
    CreditFor.BILLING: lambda _, __, ___: 0,
}
"""How much of a credit takes back revenue, of the units of the credit, those recognised and those left."""


def reduce(one: Promise, credit: Reduction) -> tuple[Promise, Reduction]:
    """A promise after a credit, and the credit with what it gave up.

    Raises:
        CreditAboveInvoice: it gives up more than is left to deliver.
    """
    if credit.purpose is CreditFor.BILLING:
        return one, evolve(credit, future=credit.units)
    day = credit.on.toordinal()
    left = 0 if one.line.is_usage else undelivered(one.line, day)
    past = PAST_PART[credit.purpose](credit.units, recognised(one.line, day), left)
    future = credit.units - past
    if abs(future) > abs(left):
        rule = f"of credit {credit.id} gives up more than the {left} minor units left to deliver of {credit.obligation}"
        remedy = "say that it is for past service, or for billing only if the price has fallen already, or credit less"
        raise CreditAboveInvoice("amount", future, rule, remedy)
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
    if change.ending is Ending.ACCELERATE or one.apart:
        return _at_once(one, change.on, change.id)
    kept, _ = cut(one.line.pieces, change.on.toordinal())
    return evolve(one, line=evolve(one.line, pieces=kept), ended=True)


def shared_by_promise(course: Course, units: int, purpose: CreditFor, on: date) -> dict[str, int]:
    """A credit of a whole contract by obligation: by what each has earned, has left to earn, or both, as it is for."""
    day = on.toordinal()
    done = {name: _alike(recognised(one.line, day), units) for name, one in course.promises.items()}
    left = {name: _alike(undelivered(one.line, day), units) for name, one in course.promises.items()}
    both = {name: done[name] + left[name] for name in done}
    if purpose is CreditFor.RECOGNISED_FIRST:
        first = min(units, int(sum(done.values())))
        shares, rest = share_among(first, done), share_among(units - first, left)
        return {name: share for name in done if (share := shares[name] + rest[name])}
    weights = {CreditFor.PAST: done, CreditFor.FUTURE: left}.get(purpose, both)
    shares = share_among(units, weights if any(weights.values()) else both)
    releases = purpose is CreditFor.RELEASE_ALL_DEFERRED
    fallen = {name: share for name, share in shares.items() if share or (releases and left[name])}
    return fallen or dict.fromkeys(list(shares)[:1], units)


def recover(course: Course, money: Regained, before: Sequence[Reduction]) -> tuple[Course, list[Reduction]]:
    """The course after money came back of a credit, and that as reductions below 0.

    First comes back what the credit took of revenue, then what it gave up; `before` are the reductions so far.
    """
    promises = dict(course.promises)
    lost = _outstanding(money.of, before)
    parts = _filled(money.units, [*(one.units - one.future for one in lost), *(one.future for one in lost)])
    back: list[Reduction] = []
    for one, past, future in zip(lost, parts, parts[len(lost) :], strict=False):
        promises[one.obligation] = _regained(promises[one.obligation], one, past, future, money)
        tax = 0 if back else money.tax
        back.append(evolve(one, id=money.id, on=money.on, units=-past - future, future=-future, tax=-tax, of=one.id))
    return evolve(course, promises=promises), back


def _outstanding(taking: Taking, before: Sequence[Reduction]) -> list[Reduction]:
    """What a credit took by obligation, less what came back of it before."""
    own = [one for one in before if (one.invoice, one.line) == (taking.invoice, taking.line.id)]
    found = []
    for lost in (one for one in own if one.id == taking.id):
        back = [one for one in own if one.of == taking.id and one.obligation == lost.obligation]
        units, future = (sum(amounts) for amounts in ((one.units for one in back), (one.future for one in back)))
        found.append(evolve(lost, units=lost.units + units, future=lost.future + future))
    return found


def _filled(units: int, limits: Sequence[int]) -> list[int]:
    """`units` in turn, up to each limit."""
    sums = [min(units, reached) for reached in accumulate(limits, initial=0)]
    return [right - left for left, right in pairwise(sums)]


def _regained(one: Promise, lost: Reduction, past: int, future: int, money: Regained) -> Promise:
    """What had been given up is back: what was delivered since is caught up; where nothing is left, all is earned."""
    if future and lost.purpose is not CreditFor.BILLING:
        curve = None if one.ended or one.curve is None else rest(one.curve, lost.on.toordinal())
        piece = Piece(future, curve or at_once(money.on), since=money.on.toordinal(), cause=money.id)
        one = evolve(one, line=evolve(one.line, pieces=(*one.line.pieces, piece)))
    return with_contra(one, -past, CONTRA_ROLES[lost.kind], money)
