from __future__ import annotations

import doctest
import re
from decimal import Decimal
from enum import Enum
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tools.generate_formulas import TARGET, render

import subscription_metrics.metrics
from subscription_metrics.errors import InvalidValue
from subscription_metrics.metrics import CATALOGUE, Measure, card_of
from subscription_metrics.metrics.cards import SECTIONS, parse_card

if TYPE_CHECKING:
    from collections.abc import Callable

    from subscription_metrics.quotients import Quotient

NOMENCLATURE = Path(__file__).resolve().parents[1] / "docs/reference/nomenclature.md"
FORMULAS = sorted({metric.function for metric in CATALOGUE}, key=lambda function: function.__name__)
GIVEN = {**vars(subscription_metrics.metrics), "Decimal": Decimal}

CARD = """Share of the opening MRR that is still there.

    Of the same customers.

    Formula:
        (opening + lost) / opening

    Args:
        opening: MRR at the start of
            the period [currency per month]
        lost: MRR of customers who left [currency per month]

    Returns:
        retained share [fraction]

    Undefined when:
        opening is 0

    Example:
        >>> retained(opening=100, lost=-10)
        Decimal('0.9')

    Source:
        nobody
    """

each_formula = pytest.mark.parametrize("function", FORMULAS, ids=lambda function: function.__name__)


def convention_of(function: Callable[..., Quotient]) -> type[Enum] | None:
    """The enum that a formula lets its caller choose from."""
    default = getattr(signature(function).parameters.get("convention"), "default", None)
    return type(default) if isinstance(default, Enum) else None


def nomenclature() -> dict[str, str]:
    """Name → unit of each row of the tables of the page."""
    text = NOMENCLATURE.read_text(encoding="utf-8")
    return {row[1]: row[2] for row in re.finditer(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", text, re.MULTILINE)}


def test_a_card_is_read_whole() -> None:
    """Every part of the grammar."""
    card = parse_card("retained", CARD)
    assert ("retained", "Of the same customers.") == (card.name, card.explanation)
    assert "Share of the opening MRR that is still there." == card.sentence
    assert {"": "(opening + lost) / opening"} == card.formulas
    assert Measure("MRR at the start of the period", "currency per month") == card.arguments["opening"]
    assert ["opening", "lost"] == list(card.arguments)
    assert Measure("retained share", "fraction") == card.returns
    assert "opening is 0" == card.undefined_when
    assert ">>> retained(opening=100, lost=-10)\nDecimal('0.9')" == card.example
    assert {"": "nobody"} == card.sources


def test_conventions_have_a_line_each() -> None:
    """`MEMBER: …`."""
    card = parse_card("retained", CARD.replace("nobody", "GROSS: one\n        NET_12: another"))
    assert {"GROSS": "one", "NET_12": "another"} == card.sources


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        *((f"    {name}:", "", "must have the sections") for name in SECTIONS),
        ("    Formula:", "    Formel:", "must have the sections"),
        ("        nobody\n", "", "must have the sections"),
        (" [fraction]", "", "must end with a unit in brackets"),
        ("lost: MRR of customers who left [currency per month]", "lost: MRR", "must end with a unit"),
        ("        opening: MRR at the start of\n            the", "        the", "must describe each argument"),
        (">>> retained(opening=100, lost=-10)", "see above", "must have an example that runs"),
    ],
)
def test_a_card_with_a_hole_is_refused(old: str, new: str, rule: str) -> None:
    """By the name of the formula and the rule of the grammar."""
    assert old in CARD
    with pytest.raises(InvalidValue, match=rf"card of retained.* {rule}"):
        parse_card("retained", CARD.replace(old, new))


def test_sections_have_one_order() -> None:
    """A reader finds the source where it always is."""
    head, source = CARD.split("    Source:")
    moved = head.replace("    Formula:", f"    Source:{source}\n    Formula:")
    with pytest.raises(InvalidValue, match="must have the sections"):
        parse_card("retained", moved)


def test_without_docstrings_there_are_no_cards() -> None:
    """`python -OO` strips them; the message says so."""

    def stripped() -> Quotient:
        return Decimal(0)

    with pytest.raises(InvalidValue, match=r"stripped must have a docstring .* without -OO"):
        card_of(stripped)


@each_formula
def test_a_card_describes_the_parameters_of_its_function(function: Callable[..., Quotient]) -> None:
    """The same names; in order, but for the keyword `convention`, which comes last on the card, too."""
    assert list(signature(function).parameters) == list(card_of(function).arguments)


@each_formula
def test_a_card_has_a_formula_for_each_convention(function: Callable[..., Quotient]) -> None:
    """One per member of the enum, or a single one; the same goes for sources that differ."""
    convention = convention_of(function)
    members = [member.name for member in convention] if convention else [""]
    card = card_of(function)
    assert members == list(card.formulas)
    assert list(card.sources) in ([""], members)
    assert (convention.__name__ if convention else None) == getattr(card.arguments.get("convention"), "unit", None)


@each_formula
def test_a_formula_is_written_in_its_parameters(function: Callable[..., Quotient]) -> None:
    """Every name in it is a parameter, and every parameter is in one of its formulas."""
    card = card_of(function)
    used = {name for text in card.formulas.values() for name in re.findall(r"[a-z_]+[a-z0-9_]*", text)}
    assert set(card.arguments) - {"convention"} == used - {"if", "else"}


@each_formula
def test_the_example_of_a_card_runs(function: Callable[..., Quotient]) -> None:
    """And shows what it says."""
    card = card_of(function)
    example = doctest.DocTestParser().get_doctest(card.example, dict(GIVEN), card.name, None, None)
    shown: list[str] = []
    failed = doctest.DocTestRunner().run(example, out=shown.append).failed
    assert (0, []) == (failed, shown)


def test_the_example_of_the_package_runs() -> None:
    """The docstring that a newcomer reads first."""
    assert 0 == doctest.testmod(subscription_metrics.metrics).failed


def test_every_formula_is_in_the_catalogue_with_every_convention() -> None:
    """A formula that no metric uses would be tested and never shown."""
    formulas = {
        thing
        for name in subscription_metrics.metrics.__all__
        if "Formula:" in ((thing := getattr(subscription_metrics.metrics, name)).__doc__ or "")
    }
    assert formulas == set(FORMULAS)
    wanted = {(one, member) for one in FORMULAS for member in convention_of(one) or [None]}
    assert wanted == {(metric.function, metric.option) for metric in CATALOGUE}


def test_every_name_is_in_the_nomenclature() -> None:
    """Parameters and inputs; and nothing is explained that doesn't exist."""
    parameters = {name for function in FORMULAS for name in signature(function).parameters}
    inputs = {name for metric in CATALOGUE for name in metric.inputs.values()}
    assert parameters | inputs == set(nomenclature())


@each_formula
def test_units_are_those_of_the_nomenclature(function: Callable[..., Quotient]) -> None:
    """One name, one unit."""
    units = {name: one.unit for name, one in card_of(function).arguments.items() if name != "convention"}
    assert {name: nomenclature()[name] for name in units} == units


def test_the_page_of_formulas_is_up_to_date() -> None:
    """If this fails: python tools/generate_formulas.py."""
    assert render() == TARGET.read_text(encoding="utf-8")
