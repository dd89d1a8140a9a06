"""The rules of ARCHITECTURE.md that a program can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
MODULES = sorted(SRC.rglob("*.py"))
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CHECKED_FOLDERS = ("src", "tests", "docs", "examples", "benchmarks", "tools")

CORE = {"attr", "attrs", "dateutil", "six"}  # six comes with python-dateutil 2.9
ITSELF = "subscription_metrics"

# Calls that would let a figure depend on something other than its arguments, or lose digits.
BANNED_NAMES = {"float": "amounts are Decimal or scaled integers"}
BANNED_ATTRIBUTES = {
    "today": "reads the clock",
    "now": "reads the clock",
    "utcnow": "reads the clock",
    "environ": "reads the environment",
    "getenv": "reads the environment",
}
BANNED_MODULES = {
    "locale": "depends on the machine",
    "time": "reads the clock",
    "random": "is not repeatable",
    "subprocess": "leaves the process",
}


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def tree_in_architecture() -> dict[str, str]:
    """Path → annotation of each line of the first code block of ARCHITECTURE.md."""
    block = ARCHITECTURE.split("```")[1].removeprefix("text")
    entries: dict[str, str] = {}
    folders: list[str] = []
    for line in filter(str.strip, block.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, annotation = line.strip().partition(" ")
        folders[depth:] = [name]
        entries["".join(folders)] = annotation.strip()
    return entries


def tree_on_disk() -> set[str]:
    """Every folder, and every file of code or prose: data files are described by their folder's line."""
    found: set[str] = set()
    for path in (path for folder in CHECKED_FOLDERS for path in (ROOT / folder).rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if "__pycache__" in name:
            continue
        if path.is_dir():
            found.add(name + "/")
        elif path.suffix in {".py", ".md", ".typed"}:
            found.add(name)
    return found | {folder + "/" for folder in CHECKED_FOLDERS if (ROOT / folder).is_dir()}


def modules_loaded_by(statement: str) -> set[str]:
    """The names of the modules that a fresh interpreter has after a statement."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own text
    return set(done.stdout.split())


def imports_on_loading(module: ast.Module) -> set[str]:
    """The modules whose import runs when the module is loaded: at its top, and not only for type checkers."""
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_the_tree_in_architecture_is_the_tree_on_disk() -> None:
    """Nothing is described that is not there, nothing is there that is not described."""
    described = set(tree_in_architecture())
    assert set() == described - tree_on_disk(), "described, not on disk"
    assert set() == tree_on_disk() - described, "on disk, not described"


def test_every_line_of_the_tree_says_what_its_file_is_for() -> None:
    """An entry without a word after it tells nothing that `ls` doesn't."""
    assert [] == [path for path, annotation in tree_in_architecture().items() if not annotation]


def test_the_layers_in_architecture_are_those_that_are_checked() -> None:
    """The table of layers is the contract of import-linter, line by line."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = configuration["tool"]["importlinter"]["contracts"]
    block = ARCHITECTURE.split("<!-- layers -->")[1].split("```")[1].removeprefix("text").strip()
    assert [re.findall(r"\w+", layer) for layer in contract["layers"]] == [
        re.findall(r"\w+", line) for line in block.splitlines()
    ]


def test_importing_the_package_loads_little() -> None:
    """Nothing that attrs and dateutil don't load anyway: names are loaded when they are asked for."""
    loaded = modules_loaded_by("import subscription_metrics")
    assert {ITSELF} == loaded - modules_loaded_by("import attrs, dateutil.relativedelta")


def test_loading_every_public_name_loads_no_extra() -> None:
    """Optional dependencies are imported by the functions that need them, when they are called."""
    loaded = modules_loaded_by(f"from {ITSELF} import *") - modules_loaded_by("pass")
    packages = {name.partition(".")[0] for name in loaded}
    assert set() == packages - set(sys.stdlib_module_names) - CORE - {ITSELF}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SRC / ITSELF).as_posix())
def test_a_module_loads_core_dependencies_only(path: Path) -> None:
    """What is neither core nor standard library is imported inside the function that needs it."""
    for_test_suites = {"hypothesis"} if "testing" in path.parts else set()
    allowed = CORE | {ITSELF} | set(sys.stdlib_module_names) | for_test_suites
    assert set() == {name.partition(".")[0] for name in imports_on_loading(parsed(path))} - allowed


def test_only_periods_uses_dateutil() -> None:
    """One module knows how months are added, so that there is one answer."""
    users = {path.name for path in MODULES for name in all_imports(path) if name.startswith("dateutil")}
    assert {"periods.py"} == users


def all_imports(path: Path) -> set[str]:
    """The modules that a module imports anywhere."""
    nodes = list(ast.walk(parsed(path)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SRC / ITSELF).as_posix())
def test_a_calculation_depends_on_its_arguments_only(path: Path) -> None:
    """No clock, no locale, no environment, no chance; and no float."""
    faults = [f"{name}: {why}" for name, why in BANNED_MODULES.items() if name in all_imports(path)]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BANNED_NAMES:
            faults.append(f"line {node.lineno}: {node.func.id}() {BANNED_NAMES[node.func.id]}")
        if isinstance(node, ast.Attribute) and node.attr in BANNED_ATTRIBUTES:
            faults.append(f"line {node.lineno}: .{node.attr} {BANNED_ATTRIBUTES[node.attr]}")
    assert [] == faults


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SRC / ITSELF).as_posix())
def test_a_module_fits_in_a_head(path: Path) -> None:
    """A docstring that says what the module is about, and at most 400 lines."""
    assert ast.get_docstring(parsed(path))
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400


@pytest.mark.parametrize("folder", CHECKED_FOLDERS)
def test_every_exemption_carries_its_code_and_its_reason(folder: str) -> None:
    """`# noqa: CODE - why` and `# type: ignore[code]  # why`."""
    exemption = re.compile(r"# ?(noqa|type: ignore|pragma: no cover|pyright: ignore)(?P<rest>.*)")
    explained = re.compile(r"(: [A-Z]+\d+(, [A-Z]+\d+)*|\[[\w, -]+\])\s*[-–#].*\w{3}")
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := exemption.search(line)) and path != Path(__file__) and not explained.match(found["rest"])
    ]
    assert [] == bare
