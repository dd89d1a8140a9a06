"""Formula cards: the docstring of a formula, read into data.

The grammar. A docstring is a sentence, paragraphs of explanation if any, then these sections, each with its
text indented below its name, in this order and no other:

    Formula · Args · Returns · Undefined when · Example · Source

- An argument is `name: meaning [unit]`; Returns is `meaning [unit]`.
- Formula and Source are one line, or one line per convention: `MEMBER: …`.
- A formula is written in the names of the arguments and in numbers, with + − × / ^ ² ( ) and `… if … else …`.

House rule: a card that breaks the grammar is an error, never a card with a hole. A convention that is strict
enough to be parsed can't rot.
"""

from __future__ import annotations

import re
from functools import cache
from inspect import cleandoc
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import frozen

from subscription_metrics.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subscription_metrics.quotients import Quotient

SECTIONS: Final = ("Formula", "Args", "Returns", "Undefined when", "Example", "Source")

_TITLE = re.compile(r"^(\S.*):$", re.MULTILINE)
_MEASURED = re.compile(r"(?P<meaning>.+) \[(?P<unit>.+)\]")
_ARGUMENT = re.compile(r"^(\w+): ", re.MULTILINE)
_MEMBER = re.compile(r"([A-Z0-9_]+): (.+)")


@frozen
class Measure:
    """A quantity: what it means and in what unit it is. The unit of a convention is the name of its enum."""

    meaning: str
    unit: str


@frozen
class Card:
    """What a formula says about itself; `formulas` and `sources` by convention, or under "" if there is one only."""

    name: str
    sentence: str
    explanation: str
    formulas: Mapping[str, str]
    arguments: Mapping[str, Measure]
    returns: Measure
    undefined_when: str
    example: str
    sources: Mapping[str, str]


@cache
def card_of(function: Callable[..., Quotient]) -> Card:
    """The card of a formula.

    Raises:
        InvalidValue: the docstring is missing or breaks the grammar of cards.
    """
    if not function.__doc__:
        remedy = "run python without -OO, which strips the docstrings that the cards are read from"
        raise InvalidValue(function.__name__, None, "must have a docstring", remedy)
    return parse_card(function.__name__, function.__doc__)


def parse_card(name: str, text: str) -> Card:
    """Read the docstring `text` of the formula `name`.

    Raises:
        InvalidValue: `text` breaks the grammar of cards.
    """
    head, *rest = _TITLE.split(cleandoc(text))
    titles, bodies = rest[::2], [cleandoc("\n" + body) for body in rest[1::2]]
    complete = tuple(titles) == SECTIONS and all(bodies)
    _require(complete, name, titles, f"must have the sections {', '.join(SECTIONS)}, none of them empty")
    section = dict(zip(titles, bodies, strict=True))
    sentence, _, explanation = head.strip().partition("\n\n")
    example = section["Example"]
    _require(example.startswith(">>> "), name, example, "must have an example that runs")
    return Card(
        name=name,
        sentence=_one_line(sentence),
        explanation=explanation,
        formulas=_by_convention(section["Formula"]),
        arguments=_arguments(name, section["Args"]),
        returns=_measure(name, section["Returns"]),
        undefined_when=section["Undefined when"],
        example=example,
        sources=_by_convention(section["Source"]),
    )


def _arguments(name: str, text: str) -> Mapping[str, Measure]:
    head, *rest = _ARGUMENT.split(text)
    _require(not head, name, head, "must describe each argument as `name: meaning [unit]`")
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return MappingProxyType({argument: _measure(f"{name}, {argument}", body) for argument, body in pairs})


def _measure(field: str, text: str) -> Measure:
    found = _MEASURED.fullmatch(_one_line(text))
    if not found:
        rule = "must end with a unit in brackets"
        raise InvalidValue(f"card of {field}", text, rule, "write `meaning [unit]`")
    return Measure(found["meaning"], found["unit"])


def _by_convention(text: str) -> Mapping[str, str]:
    lines = [_MEMBER.fullmatch(line) for line in text.splitlines()]
    if not all(lines):
        return MappingProxyType({"": _one_line(text)})
    return MappingProxyType({line[1]: line[2] for line in lines if line})


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _require(holds: object, name: str, value: object, rule: str) -> None:
    if not holds:
        raise InvalidValue(f"card of {name}", value, rule, "see metrics/cards.py for the grammar")
