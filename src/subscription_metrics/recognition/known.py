"""A dossier as it was known on a day.

House rules.

1. A fact is known from the day on which it was recorded, whatever it is about.
2. What depends on a change that is not known yet waits for it: deliveries of a promise that nobody knew of, changes of
   it. An invoice that bills one is known, and bills the contract as a whole until then.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attrs import evolve

from subscription_metrics.facts.known import invoice_known_at, recorded_by, with_parts
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
    return with_parts(
        dossier,
        invoices=tuple(_invoice_at(one, known, unheard) for one in recorded_by(dossier.invoices, known)),
        deliveries=tuple(one for one in recorded_by(dossier.deliveries, known) if one.obligation not in unheard),
        changes=changes,
        commissions=tuple(_cost_at(one, known) for one in recorded_by(dossier.commissions, known)),
    )


def _understood(dossier: Dossier, known: date) -> tuple[tuple[Change, ...], AbstractSet[str]]:
    """The changes that were known and made sense by then, and the promises that nobody knew of."""
    changes = recorded_by(dossier.changes, known)
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
    seen = invoice_known_at(invoice, known)
    return with_parts(seen, lines=tuple(_line_at(line, unheard) for line in seen.lines))


def _line_at(line: InvoiceLine, unheard: AbstractSet[str]) -> InvoiceLine:
    return evolve(line, obligation=None) if line.obligation in unheard else line


def _cost_at(cost: Commission, known: date) -> Commission:
    return with_parts(cost, impairments=recorded_by(cost.impairments, known))
