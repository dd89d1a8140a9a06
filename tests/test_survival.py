from __future__ import annotations

import json
from decimal import Decimal, localcontext
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from subscription_metrics.cohorts.sbg import Renewals, Sbg, fit
from subscription_metrics.cohorts.survival import Lifetime, kaplan_meier, median_lifetime, normal_quantile
from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import round_to
from subscription_metrics.quotients import Undefined

GOLDEN = Path(__file__).parent / "golden"
KAPLAN_MEIER: dict[str, Any] = json.loads((GOLDEN / "kaplan_meier.json").read_text(encoding="utf-8"))["cases"]
PUBLISHED: dict[str, Any] = json.loads((GOLDEN / "fader_hardie.json").read_text(encoding="utf-8"))
PAPER: dict[str, Any] = PUBLISHED["cases"]

each_data_set = pytest.mark.parametrize("name", PAPER)


def fitted(name: str) -> tuple[Sbg, Renewals]:
    """The model of a data set of the paper, and what it was fitted to."""
    shares = [Decimal(percent).scaleb(-2) for percent in PAPER[name]["percent"]]
    renewals = Renewals.of_survival(shares[: PUBLISHED["fitted_years"] + 1])
    model = fit(renewals)
    assert isinstance(model, Sbg)
    return model, renewals


@pytest.mark.parametrize("name", KAPLAN_MEIER)
def test_kaplan_meier_and_its_limits_are_those_of_lifelines(name: str) -> None:
    """At every age of three of its data sets, to 1e-9."""
    case = KAPLAN_MEIER[name]
    curve = kaplan_meier(Lifetime(age, bool(left)) for age, left in case["lifetimes"])
    assert [age for age, *_ in case["rows"]] == [point.age for point in curve]
    for (_, *theirs), point in zip(case["rows"], curve, strict=True):
        for expected, actual in zip(theirs, (point.survival, point.lower, point.upper), strict=True):
            assert abs(Decimal(expected) - actual) < Decimal("1e-9")


def test_a_curve_by_hand() -> None:
    """Five customers: one leaves at 1, one is censored at 1, one leaves at 2, two are still there at 3."""
    lives = [Lifetime(1, left=True), Lifetime(1, left=False), Lifetime(2, left=True), *[Lifetime(3, left=False)] * 2]
    curve = kaplan_meier(lives)
    assert [(0, 5, 0, 0), (1, 5, 1, 1), (2, 3, 1, 0), (3, 2, 0, 2)] == [
        (one.age, one.at_risk, one.left, one.censored) for one in curve
    ]
    assert ["1", "0.8", "0.5333333333333333333333333333", "0.5333333333333333333333333333"] == [
        str(one.survival) for one in curve
    ]
    assert isinstance(median_lifetime(curve), Undefined)


def test_nobody_has_no_curve() -> None:
    """No row, and no division by the number of nobody."""
    assert 0 == len(kaplan_meier([]))


def test_the_median_is_the_first_age_at_which_half_are_gone() -> None:
    """Of four, two leave at 2."""
    lives = [Lifetime(2, left=True), Lifetime(2, left=True), Lifetime(5, left=True), Lifetime(9, left=False)]
    assert 2 == median_lifetime(kaplan_meier(lives))


@pytest.mark.parametrize("probability", ["0.51", "0.75", "0.975", "0.995", "0.9995"])
def test_quantiles_of_the_normal_distribution(probability: str) -> None:
    """A second way: the standard library's, as far as its digits go."""
    theirs = Decimal(NormalDist().inv_cdf(float(probability)))
    assert abs(theirs - normal_quantile(Decimal(probability))) < Decimal("1e-12")


@pytest.mark.parametrize("level", ["0", "1", "1.5", "-0.1"])
def test_a_level_is_a_probability(level: str) -> None:
    """No limits at 0 % or at 100 %."""
    with pytest.raises(InvalidValue, match="level must lie between 0 and 1"):
        kaplan_meier([Lifetime(1, left=True)], Decimal(level))


@pytest.mark.parametrize("age", [-1, 1.5, True, "3"])
def test_an_age_counts_whole_periods(age: Any) -> None:  # noqa: ANN401  # what a constructor is given
    """From 0 on."""
    with pytest.raises(InvalidValue, match="age must be an int of 0 or more"):
        Lifetime(age, left=True)


@each_data_set
def test_the_parameters_are_those_of_the_paper(name: str) -> None:
    """As printed, to three decimals."""
    model, _ = fitted(name)
    assert [PAPER[name]["alpha"], PAPER[name]["beta"]] == [
        str(round_to(model.alpha, 3)),
        str(round_to(model.beta, 3)),
    ]


def test_the_likelihood_is_that_of_the_paper() -> None:
    """At its maximum, and at the starting values of the spreadsheet, whose -2.1155 the paper cuts to -2.115."""
    model, renewals = fitted("High End")
    assert PAPER["High End"]["log_likelihood"] == str(round_to(model.log_likelihood(renewals), 3))
    start = Sbg(Decimal(1), Decimal(1)).log_likelihood(renewals)
    assert abs(Decimal(PAPER["High End"]["log_likelihood_at_1_1"]) - start) < Decimal("0.001")


def test_the_projection_is_that_which_is_printed() -> None:
    """Years 8 to 12, to three decimals, and the residual lifetime after seven renewals."""
    model, _ = fitted("High End")
    case = PAPER["High End"]
    assert case["projected_years_8_to_12"] == [str(round_to(model.survival(age), 3)) for age in range(8, 13)]
    residual = model.residual_lifetime(7, Decimal(case["discount"]))
    assert case["residual_lifetime_after_7"] == str(round_to(residual, 3))


@each_data_set
def test_year_12_is_missed_by_what_the_paper_says(name: str) -> None:
    """“Only 4% and 2%”."""
    model, _ = fitted(name)
    actual = Decimal(PAPER[name]["percent"][12]) / 100
    assert PAPER[name]["year_12_error_percent"] == str(round_to(abs(1 - model.survival(12) / actual) * 100, 0))


@each_data_set
def test_an_independent_fit_finds_and_projects_the_same(name: str) -> None:
    """Parameters, and survival in each of the years 1 to 12, to a tenth of a thousandth."""
    model, _ = fitted(name)
    theirs = PAPER[name]["retenmod"]
    expected = [theirs["alpha"], theirs["beta"], *theirs["survival"]]
    for number, ours in zip(
        expected, (model.alpha, model.beta, *(model.survival(age) for age in range(1, 13))), strict=True
    ):
        assert abs(Decimal(number) - ours) < Decimal("1e-4")


def test_the_model_at_given_parameters_is_that_of_another() -> None:
    """Survival and its differences to twelve digits, and the likelihood of a thousand customers as printed."""
    theirs = PAPER["High End"]["khitalishvili"]
    model = Sbg(Decimal("0.668"), Decimal("3.806"))
    survival = [Decimal(1), *(model.survival(age) for age in range(1, 8))]
    leaving = [before - after for before, after in pairwise(survival)]
    for expected, actual in zip(theirs["survival"] + theirs["leaving"], survival[1:] + leaving, strict=True):
        assert abs(Decimal(expected) - actual) < Decimal("1e-12")
    best, renewals = fitted("High End")
    likelihoods = [1000 * one.log_likelihood(renewals) for one in (best, Sbg(Decimal(1), Decimal(1)))]
    expected = [theirs["log_likelihood"], theirs["log_likelihood_at_1_1"]]
    assert expected == [str(round_to(likelihood, 3)) for likelihood in likelihoods]


@each_data_set
def test_retention_is_what_survival_keeps(name: str) -> None:
    """Equation 8 of the paper; it rises with age."""
    model, _ = fitted(name)
    rates = [model.retention(age) for age in range(1, 13)]
    for age, rate in enumerate(rates, 1):
        assert abs(model.survival(age) / model.survival(age - 1) - rate) < Decimal("1e-25")
    assert sorted(set(rates)) == rates


@each_data_set
def test_residual_lifetimes_are_those_of_the_closed_form(name: str) -> None:
    """A second way: Gauss's hypergeometric function, from before the first renewal to before the eighth."""
    model = Sbg(Decimal(PAPER[name]["alpha"]), Decimal(PAPER[name]["beta"]))
    for renewed, expected in enumerate(PAPER[name]["residual_lifetimes"]):
        actual = model.residual_lifetime(renewed, Decimal(PAPER[name]["discount"]))
        assert abs(Decimal(expected) - actual) < Decimal("1e-9")


def test_single_customers_are_fitted_as_by_another() -> None:
    """A thousand, of whom a third are still there: as far as R's search goes, and no less likely."""
    case = PUBLISHED["lifetimes"]
    ages = range(1, len(case["left"]) + 1)
    lives = [
        Lifetime(age, left)
        for left, counts in ((True, case["left"]), (False, case["still_there"]))
        for age, count in zip(ages, counts, strict=True)
        for _ in range(count)
    ]
    renewals = Renewals.of_lifetimes(lives)
    model = fit(renewals)
    theirs = Sbg(Decimal(case["alpha"]), Decimal(case["beta"]))
    assert isinstance(model, Sbg)
    assert abs(theirs.alpha - model.alpha) < Decimal("1e-3") > abs(theirs.beta - model.beta)
    assert model.log_likelihood(renewals) >= theirs.log_likelihood(renewals)


def test_several_cohorts_are_fitted_together() -> None:
    """Cohorts of different ages."""
    case = PUBLISHED["several_cohorts"]
    steps = [list(pairwise(kept)) for kept in case["kept"]]
    ages = range(max(map(len, steps)))
    left = tuple(Decimal(sum(one[age][0] - one[age][1] for one in steps if age < len(one))) for age in ages)
    kept = tuple(Decimal(sum(one[age][1] for one in steps if age < len(one))) for age in ages)
    model = fit(Renewals(left, kept))
    assert isinstance(model, Sbg)
    assert [case["alpha"], case["beta"]] == [str(round_to(model.alpha, 2)), str(round_to(model.beta, 2))]


@each_data_set
def test_the_fit_is_a_maximum(name: str) -> None:
    """Nothing nearby is more likely."""
    model, renewals = fitted(name)
    best = model.log_likelihood(renewals)
    step = Decimal("0.0001")
    for alpha, beta in ((step, 0), (-step, 0), (0, step), (0, -step)):
        assert Sbg(model.alpha + alpha, model.beta + beta).log_likelihood(renewals) < best


@pytest.mark.parametrize(
    ("left", "kept", "reason"),
    [
        ((0, 0), (9, 9), "nobody has left yet"),
        ((9,), (0,), "nobody was kept"),
        ((1,), (9,), "one age only"),
        ((10, 90), (90, 0), "churn does not fall with age"),
        ((10, 0, 0), (90, 90, 90), "leave at once or never"),
    ],
)
def test_where_there_is_no_maximum_the_answer_says_why(
    left: tuple[int, ...], kept: tuple[int, ...], reason: str
) -> None:
    """An `Undefined`, no parameters at the edge of a search."""
    found = fit(Renewals(tuple(map(Decimal, left)), tuple(map(Decimal, kept))))
    assert isinstance(found, Undefined)
    assert reason in found.reason


def test_the_context_of_the_caller_changes_nothing() -> None:
    """Not its precision, not its rounding."""
    expected = fitted("Regular"), kaplan_meier([Lifetime(1, left=True), Lifetime(2, left=False)])
    with localcontext(prec=3):
        found = fitted("Regular")[0], kaplan_meier([Lifetime(1, left=True), Lifetime(2, left=False)])
    assert (expected[0][0], expected[1]) == found


def test_money_that_keeps_its_worth_has_no_residual_sum() -> None:
    """Without a discount the sum of all periods to come may have no end."""
    with pytest.raises(InvalidValue, match="discount must be above 0"):
        fitted("Regular")[0].residual_lifetime(1, Decimal(0))


def test_survival_only_falls() -> None:
    """A share above the one before is a mistake of the source."""
    with pytest.raises(InvalidValue, match="none above the one before"):
        Renewals.of_survival([Decimal(1), Decimal("0.5"), Decimal("0.6")])


def test_lifetimes_become_renewals() -> None:
    """Who is censored at an age was kept at it."""
    lives = [Lifetime(1, left=True), Lifetime(1, left=False), Lifetime(2, left=True), Lifetime(3, left=False)]
    expected = Renewals(left=tuple(map(Decimal, (1, 1, 0))), kept=tuple(map(Decimal, (3, 1, 1))))
    assert expected == Renewals.of_lifetimes(lives)
