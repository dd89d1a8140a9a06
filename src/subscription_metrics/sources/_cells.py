"""Reading one cell: a text becomes a date, an amount, a flag, a status, or an error that says why not.

House rules.

1. A spelling is accepted only where it can be read in one way. What has two readings (`1.234`, `01/02/2025`) is settled
   by the unambiguous cells of the same file or by the caller, otherwise it is an error: never by habit or by locale.
2. Nothing that can't be read becomes 0, today, or absent. Absent is what is written in `NULL_WORDS`, and only that.
3. Errors are `InvalidValue`: `field` is the field of the span that is being read, `value` is the text of the cell.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import Factory, define, field, frozen

from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import NO_CURRENCY, minor_units
from subscription_metrics.mrr.spans import ExclusionReason
from subscription_metrics.periods import BillingInterval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

K = TypeVar("K")
V = TypeVar("V")


_WORDS = ("null", "(null)", "none", "n/a", "#n/a", "nan", "nat")
NULL_WORDS = frozenset(
    ["", r"\N", "NaN", "NaT", *_WORDS, *(word.upper() for word in _WORDS), *(word.title() for word in _WORDS)]
)
"""Spellings of “nothing here”. `NA` and `-` are not among them: they are names of a region and of many a plan."""

_DAMAGED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Remembered(dict[K, V]):
    """The answers of a function, by argument: a file repeats its dates, amounts and plans many times.

    Holds at most `LIMIT` answers, so that a file in which nothing repeats costs no memory.
    """

    LIMIT = 1 << 17

    def __init__(self, answer: Callable[[K], V]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, question: K) -> V:
        if len(self) >= self.LIMIT:
            self.clear()
        found = self[question] = self._answer(question)
        return found


class Ambiguous(InvalidValue):
    """A cell has several readings, and so far nothing says which one is meant."""


@define
class Choice(Generic[K]):
    """One choice that holds for a whole file: `given` by the caller, or `settled` by the cells that have one reading.

    `seen` are the choices which such cells show; `parameter` is the name under which a caller gives the choice.
    """

    parameter: str
    given: K | None
    settled: K | None = field(init=False)
    seen: set[K] = field(init=False, default=Factory(set))

    @settled.default
    def _settled(self) -> K | None:
        return self.given

    def settle(self) -> None:
        """Conclude from all cells seen, if they agree."""
        if self.given is None and len(self.seen) == 1:
            (self.settled,) = self.seen


@frozen
class Rules:
    """How the cells of one file are read: what the caller said, and what the file has shown so far."""

    decimal: Choice[str]
    day_first: Choice[bool]
    zone: tzinfo | None


def the_reading(refused: InvalidValue, readings: Mapping[K, V], choice: Choice[K]) -> V:
    """The one reading out of all possible `readings` of a cell, by the choice that each follows from.

    Raises:
        InvalidValue: there is none: `refused`; or, as `Ambiguous`, there are several.
    """
    if choice.given is not None:
        readings = {key: value for key, value in readings.items() if key == choice.given}
    elif len(readings) == 1:
        choice.seen.update(readings)
    if not readings:
        raise refused
    if len(set(readings.values())) == 1:
        return next(iter(readings.values()))
    if choice.settled is not None:
        return readings[choice.settled]
    several = " or as ".join(str(value) for value in readings.values())
    why = "the other cells of the file contradict each other" if choice.seen else "no other cell of the file tells"
    options = " or ".join(f"{choice.parameter}={key!r}" for key in readings)
    raise Ambiguous(refused.field, refused.value, f"can be read as {several}, and {why}", f"pass {options}")


def read_text(name: str, text: str) -> str:
    """The text of a cell without the space around it."""
    if _DAMAGED.search(text):
        rule = "holds bytes that are no text in this encoding"
        remedy = 'pass the encoding of the file, for example encoding="latin-1"'
        raise InvalidValue(name, escaped(text), rule, remedy)
    return text.strip()


def escaped(text: str) -> str:
    """`text` with each byte that could not be decoded, and each control character, written in hexadecimal."""
    return _DAMAGED.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


def read_currency(name: str, text: str) -> str:
    """An ISO 4217 code, in any case.

    Raises:
        UnknownCurrency: no such code.
    """
    code = read_text(name, text).upper()
    if code != NO_CURRENCY:
        minor_units(code)
    return code


_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_VOLUNTARY: Mapping[str, bool] = {**_FLAGS, "voluntary": True, "involuntary": False}


class Counted(Enum):
    """Whether a row counts, as far as its status says, when it is not excluded."""

    YES = "counts"
    UNTIL_END = "counts until it ended"


Status = Counted | ExclusionReason

STATUSES: Mapping[str, Status] = {
    "active": Counted.YES,
    "past_due": Counted.YES,
    **dict.fromkeys(("canceled", "cancelled", "churned", "ended", "expired"), Counted.UNTIL_END),
    **dict.fromkeys(("trial", "trialing"), ExclusionReason.TRIALING),
    "paused": ExclusionReason.PAUSED,
    **dict.fromkeys(("unpaid", "incomplete", "incomplete_expired"), ExclusionReason.UNPAID),
}
"""What each status means for MRR; spaces and hyphens stand for underscores, capitals don't matter."""


def _lookup(name: str, text: str, words: Mapping[str, V]) -> V:
    word = re.sub(r"[\s-]+", "_", read_text(name, text).lower())
    if word not in words:
        raise InvalidValue(name, text, "must be one of the known words", f"write one of: {', '.join(words)}")
    return words[word]


def read_status(name: str, text: str) -> Status:
    """What a status means, see `STATUSES`."""
    return _lookup(name, text, STATUSES)


def read_flag(name: str, text: str) -> bool:
    """Yes or no."""
    return _lookup(name, text, _FLAGS)


def read_voluntary(name: str, text: str) -> bool:
    """Whether a cancellation was voluntary: yes or no, or the word itself."""
    return _lookup(name, text, _VOLUNTARY)


def read_interval(name: str, text: str) -> BillingInterval:
    """A billing interval, as `BillingInterval.parse` reads it."""
    try:
        return BillingInterval.parse(read_text(name, text))
    except InvalidValue as problem:
        raise InvalidValue(name, text, problem.rule, problem.remedy) from None
