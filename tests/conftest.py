"""What every test relies on: the hypothesis profiles and the marker `extra`.

**Profiles.** `HYPOTHESIS_PROFILE` picks how long the property tests look: `dev` (default), `ci`, `nightly`.

**Extras.** A test that needs optional dependencies says so, and imports them inside its body:

    @pytest.mark.extra("pandas")
    def test_a_table_becomes_a_frame() -> None:
        import pandas as pd

A test whose extra is not installed is deselected, and the run ends by saying how many were.
`--extras cli,pandas` demands that these extras are installed, `--extras all` demands every one: a missing one
ends the run before the first test. What an extra consists of is read from the metadata of the installed
library, so there is no second list.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

DISTRIBUTION = "subscription-metrics"
DESELECTED = pytest.StashKey[Counter[str]]()

settings.register_profile("dev", max_examples=60, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def known_extras() -> list[str]:
    """The extras that the installed library offers; `all` is all of them together and no extra of its own."""
    return [name for name in metadata(DISTRIBUTION).get_all("Provides-Extra", []) if name != "all"]


def distributions_of(extra: str) -> Iterator[str]:
    """The names of the distributions that an extra installs, without their own dependencies."""
    for requirement in map(Requirement, requires(DISTRIBUTION) or ()):
        if requirement.marker and requirement.marker.evaluate({"extra": extra}):
            yield requirement.name


@cache
def is_installed(extra: str) -> bool:
    """Whether everything that an extra consists of is installed."""
    try:
        return all(version(name) for name in distributions_of(extra))
    except PackageNotFoundError:
        return False


def missing_extras(item: pytest.Item) -> list[str]:
    """The extras that a test is marked with and that are not installed."""
    wanted = [name for marker in item.iter_markers("extra") for name in marker.args]
    if unknown := set(wanted) - set(known_extras()):
        message = f"{item.nodeid}: extra(…) names {sorted(unknown)}, the library offers {known_extras()}"
        raise pytest.UsageError(message)
    return [name for name in wanted if not is_installed(name)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--extras`."""
    parser.addoption("--extras", default="", help="extras that must be installed, comma-separated, or all")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start without an extra that `--extras` demands."""
    config.stash[DESELECTED] = Counter()
    asked: str = config.getoption("--extras")
    demanded = known_extras() if asked == "all" else [name for name in asked.split(",") if name]
    if unusable := [name for name in demanded if name not in known_extras() or not is_installed(name)]:
        message = f"--extras demands {unusable}, which the library doesn't offer or which are not installed"
        raise pytest.UsageError(message)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose extras are not installed, and count them by extra."""
    without = {item: ", ".join(missing) for item in items if (missing := missing_extras(item))}
    config.stash[DESELECTED].update(without.values())
    config.hook.pytest_deselected(items=list(without))
    items[:] = [item for item in items if item not in without]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over the count of a pytest-xdist worker: each collects everything, so one count is the count."""
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # pytest-xdist types no nodes
    output: dict[str, dict[str, int]] = node.workeroutput  # type: ignore[attr-defined]  # the same
    config.stash[DESELECTED] = Counter(output["deselected"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the count of a pytest-xdist worker to the process that prints the summary."""
    if hasattr(session.config, "workeroutput"):
        deselected = session.config.stash[DESELECTED]
        session.config.workeroutput["deselected"] = dict(deselected)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which extras are there, and how many tests did not run for want of one."""
    there = [name for name in known_extras() if is_installed(name)]
    terminalreporter.write_line(f"extras installed: {', '.join(there) or 'none'}")
    for extras, count in sorted(config.stash[DESELECTED].items()):
        terminalreporter.write_line(f"{count} tests did not run, they need the extra {extras}")
