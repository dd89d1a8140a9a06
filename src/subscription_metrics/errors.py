"""Every way this library says no.

House rules.

1. One base, `SubscriptionMetricsError`; every leaf also is the builtin a caller would expect, such as `ValueError`.
2. An error carries data, not only text: the field, the offending value, the rule it breaks and the remedy.
3. A batch is read to its end: its problems are `Fault` values, and `InvalidInput` raises them all at once.
4. Nothing that can't be read ever becomes 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class SubscriptionMetricsError(Exception):
    """Base of all errors raised on purpose by this library."""


class InvalidValue(SubscriptionMetricsError, ValueError):
    """A value breaks a rule: `field`, the offending `value`, the `rule`, and the `remedy`."""

    def __init__(self, field: str, value: object, rule: str, remedy: str = "") -> None:
        self.field, self.value, self.rule, self.remedy = field, value, rule, remedy
        hint = f"; {remedy}" if remedy else ""
        super().__init__(f"{field} {rule} (got {value!r}){hint}")

    def __reduce__(self) -> tuple[type[InvalidValue], tuple[str, object, str, str]]:
        return type(self), (self.field, self.value, self.rule, self.remedy)


class FloatAmount(InvalidValue, TypeError):
    """An amount came as a float: binary fractions can't hold most cents."""


class NegativeAmount(InvalidValue):
    """A monthly amount is below zero."""


class UnknownCurrency(InvalidValue):
    """A currency code is not an active ISO 4217 code."""


class EmptyIdentifier(InvalidValue):
    """An id is missing, empty or blank."""


class EndNotAfterStart(InvalidValue):
    """An interval `[start, end)` holds no day."""


class InvalidPeriod(InvalidValue):
    """A period can't be read, or periods of different grains meet."""


class EmptyBook(InvalidValue):
    """A book without spans was asked for what only spans tell."""


class OverlappingObligations(InvalidValue):
    """Two promises of one contract bear one id: what is delivered could count for either."""


class PricesDontSum(InvalidValue):
    """Parts of a price don't add up to the price."""


class ImplausibleResidual(InvalidValue):
    """The residual approach gives a price that nobody would take for a selling price."""


class CreditAboveInvoice(InvalidValue):
    """More was credited, refunded or paid than was invoiced or is left to deliver."""


class BeforeInception(InvalidValue):
    """A contract is changed before it exists."""


class ClosedPeriod(InvalidValue):
    """A closed period was to be posted to, or periods to be closed or reopened out of order."""


class UnknownContract(InvalidValue):
    """A fact names a contract or an obligation that no contract states."""


class MissingAccount(InvalidValue):
    """The chart of accounts names no account for a role."""


class MissingRate(SubscriptionMetricsError, LookupError):
    """An exchange rate is not known and the stated policy forbids to go on."""


class SeveralCurrencies(SubscriptionMetricsError, ValueError):
    """One figure was asked of a book that holds several currencies."""

    def __init__(self, currencies: Sequence[str]) -> None:
        self.currencies = tuple(currencies)
        listed = ", ".join(self.currencies)
        super().__init__(
            f"the book holds {listed} and different currencies are never added; "
            f"pass currency={self.currencies[0]!r}, or convert with book.in_currency(…, rates)"
        )

    def __reduce__(self) -> tuple[type[SeveralCurrencies], tuple[tuple[str, ...]]]:
        return type(self), (self.currencies,)


class MissingExtra(SubscriptionMetricsError, ImportError):
    """An optional dependency is not installed; the message is the command that installs it."""

    def __init__(self, extra: str) -> None:
        self.extra = extra
        super().__init__(f"this needs an optional dependency: pip install 'subscription-metrics[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str]]:
        return type(self), (self.extra,)


@frozen
class Fault:
    """One problem of one place in an input: what stands there, which rule it breaks, what to do.

    `line` counts physical lines from 1; `column` is the column's name in the file, `None` when the whole row or file is
    meant.
    """

    source: str
    line: int | None
    column: str | None
    value: str | None
    rule: str
    remedy: str

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        where = f"{place}: {self.column}" if self.column else place
        got = "" if self.value is None else f" (got {self.value!r})"
        return f"{where}: {self.rule}{got}; {self.remedy}"


FAULTS_SHOWN = 20
"""A message of a batch shows at most so many faults; the error holds them all."""


class InvalidInput(SubscriptionMetricsError, ValueError):
    """An input has faults; `faults` holds them all, in the order of the input."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        head = "1 fault" if count == 1 else f"{count} faults"
        lines = [f"{head} in the input, nothing was read from it", *map(str, self.faults[:FAULTS_SHOWN])]
        if count > FAULTS_SHOWN:
            lines.append(f"… and {count - FAULTS_SHOWN} more, in .faults")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)
