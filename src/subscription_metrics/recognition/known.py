"""A dossier as it was known on a day.

House rules.

1. A fact is known from the day on which it was recorded, whatever it is about.
2. What depends on a change that is not known yet waits for it: deliveries of a promise that nobody knew of, changes of
   it. An invoice that bills one is known, and bills the contract as a whole until then.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from attrs import evolve

from subscription_metrics.recognition.contracts import Modification, PriceChange, promised_by

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from subscription_metrics.facts.invoices import Invoice, InvoiceLine
    from subscription_metrics.recognition.contracts import Change, Commission, Dossier


def known_at(dossier: Dossier, known: date) -> Dossier | None:
    """The dossier as it was at the end of the day `known`; `None` while the contract itself was unknown."""
    if dossier.contract.recorded > known:
        return None
    if known == date.max or not (dossier.invoices or dossier.deliveries or dossier.changes or dossier.commissions):
        return dossier
    changes, unheard = _understood(dossier, known)
    return _with(
        dossier,
        invoices=tuple(_invoice_at(one, known, unheard) for one in _known(dossier.invoices, known)),
        deliveries=tuple(one for one in _known(dossier.deliveries, known) if one.obligation not in unheard),
        changes=changes,
        commissions=tuple(
            _with(one, impairments=_known(one.impairments, known)) for one in _known(dossier.commissions, known)
        ),
    )


def _understood(dossier: Dossier, known: date) -> tuple[tuple[Change, ...], AbstractSet[str]]:
    """The changes that were known and made sense by then, and the promises that nobody knew of."""
    changes = _known(dossier.changes, known)
    everything = promised_by(dossier.contract, dossier.changes)
    while True:
        unheard = everything - promised_by(dossier.contract, changes)
        clear = tuple(one for one in changes if not unheard & _named(one))
        if clear == changes:
            return changes, unheard
        changes = clear


def _named(change: Change) -> set[str]:
    """The promises that a change is about, those that it adds left aside."""
    match change:
        case Modification():
            return set(change.end)
        case PriceChange():
            return set(change.to)
        case _:
            return set()


def _invoice_at(invoice: Invoice, known: date, unheard: AbstractSet[str]) -> Invoice:
    void_known = invoice.void_recorded is not None and invoice.void_recorded <= known
    return _with(
        invoice,
        lines=tuple(_line_at(line, unheard) for line in invoice.lines),
        payments=_known(invoice.payments, known),
        credits=_known(invoice.credits, known),
        recoveries=_known(invoice.recoveries, known),
        paid_back=_known(invoice.paid_back, known),
        void=invoice.void if void_known else None,
        void_recorded=invoice.void_recorded if void_known else None,
        replaced_by=invoice.replaced_by if void_known else None,
    )


def _line_at(line: InvoiceLine, unheard: AbstractSet[str]) -> InvoiceLine:
    return evolve(line, obligation=None) if line.obligation in unheard else line


A = TypeVar("A", "Dossier", "Invoice", "Commission")


def _with(value: A, **parts: Any) -> A:  # noqa: ANN401  # whatever its fields hold
    """The value with other parts; itself where none differs: most facts have long been known, and are valid."""
    if all(getattr(value, name) == part for name, part in parts.items()):
        return value
    return evolve(value, **parts)


class _Recorded(Protocol):
    @property
    def recorded(self) -> date:
        """Since when the fact is known."""


F = TypeVar("F", bound=_Recorded)


def _known(facts: tuple[F, ...], known: date) -> tuple[F, ...]:
    return tuple(one for one in facts if one.recorded <= known)
