"""Facts as they were known on a day: what was recorded later does not exist yet.

House rule: a fact of which everything is known is itself, not a copy: most facts have long been known, and are valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from attrs import evolve

if TYPE_CHECKING:
    from datetime import date

    from subscription_metrics.facts.invoices import Invoice


class Recorded(Protocol):
    """A fact that says since when it is known."""

    @property
    def recorded(self) -> date:
        """The day."""


F = TypeVar("F", bound=Recorded)
A = TypeVar("A")


def recorded_by(facts: tuple[F, ...], known: date) -> tuple[F, ...]:
    """The facts that were known at the end of the day `known`."""
    return tuple(one for one in facts if one.recorded <= known)


def with_parts(value: A, **parts: Any) -> A:  # noqa: ANN401  # whatever its fields hold
    """The value with other parts; itself where none differs."""
    if all(getattr(value, name) == part for name, part in parts.items()):
        return value
    return evolve(value, **parts)  # type: ignore[misc]  # mypy asks for one class, and this is for each


def invoice_known_at(invoice: Invoice, known: date) -> Invoice:
    """An invoice with the payments, credits and void that were known at the end of the day `known`."""
    void_known = invoice.void_recorded is not None and invoice.void_recorded <= known
    return with_parts(
        invoice,
        payments=recorded_by(invoice.payments, known),
        credits=recorded_by(invoice.credits, known),
        recoveries=recorded_by(invoice.recoveries, known),
        paid_back=recorded_by(invoice.paid_back, known),
        void=invoice.void if void_known else None,
        void_recorded=invoice.void_recorded if void_known else None,
        replaced_by=invoice.replaced_by if void_known else None,
    )
