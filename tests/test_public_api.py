"""The names that users may rely on: changing this file is changing the public interface."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import subscription_metrics

API_PAGE = Path(__file__).resolve().parents[1] / "docs/reference/api.md"

PUBLIC_NAMES = [
    "InvalidInput",
    "InvalidValue",
    "SubscriptionMetricsError",
]


def test_the_public_names_are_pinned() -> None:
    """A name appears or goes only on purpose."""
    assert sorted(PUBLIC_NAMES) == sorted(subscription_metrics.__all__)


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    """Each can be imported from the package itself, and comes with a docstring."""
    assert getattr(subscription_metrics, name).__doc__


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_is_on_the_reference_page(name: str) -> None:
    """What isn't documented doesn't exist for a user."""
    assert f"::: subscription_metrics.{name}" in API_PAGE.read_text(encoding="utf-8").splitlines()


def test_the_version_is_the_one_of_the_installed_package() -> None:
    """One place says which version this is."""
    assert version("subscription-metrics") == subscription_metrics.__version__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The module answers for `__version__` and for nothing else that it doesn't have."""
    with pytest.raises(AttributeError, match="has no attribute 'bridge_of_sighs'"):
        _ = subscription_metrics.bridge_of_sighs


def test_the_installed_package_says_that_it_is_typed() -> None:
    """Type checkers read annotations only of packages that carry this mark."""
    assert files("subscription_metrics").joinpath("py.typed").is_file()
