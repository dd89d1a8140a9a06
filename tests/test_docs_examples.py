"""Every example in README.md and docs/ runs and shows what it says it shows.

How an example is written is seen from the language of its code block:

- `python` blocks of one page run one after the other in one namespace. A `text` block right after one is what
  it prints.
- `console` blocks hold commands after `$ `, each followed by what it prints on both channels, if that is of
  interest; a command must succeed (`…; echo $?` shows another exit code).
- `text` elsewhere, and the languages in `NOT_RUN`, are shown only. `...` in expected output is any text.

A page runs in a temporary folder that holds a copy of `examples/`. Optional dependencies that it needs are
named at its top: `<!-- extras: cli, pandas -->`.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_RUN = {"csv", "html", "json", "sh", "toml"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


class Block(NamedTuple):
    """A code block: its language, its text, the line it begins on, whether python stands right before it."""

    language: str
    body: str
    line: int
    after_code: bool


def blocks_of(text: str) -> list[Block]:
    """The code blocks of a page, in order."""
    blocks: list[Block] = []
    end = 0
    for match in FENCE.finditer(text):
        body = re.sub(f"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        follows = bool(blocks) and blocks[-1].language == "python" and not text[end : match.start()].strip()
        blocks.append(Block(match["language"], body, text.count("\n", 0, match.start("body")), follows))
        end = match.end()
    return blocks


def extras_of(text: str) -> list[str]:
    """The extras that a page names at its top."""
    named = re.match(r"<!-- extras: ([\w, ]+) -->", text)
    return named[1].split(", ") if named else []


def pages() -> list[object]:
    """One parameter set per page that has something to run, marked with the extras that it needs."""
    texts = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
    return [
        pytest.param(name, marks=[pytest.mark.extra(*extras_of(text))] if extras_of(text) else [])
        for name, text in texts.items()
        if any(block.language in {"python", "console"} for block in blocks_of(text))
    ]


def agree(expected: str, actual: str) -> bool:
    """Whether output is as expected, where `...` stands for any text."""
    strip = "\n".join(line.rstrip() for line in actual.splitlines()) + "\n"
    return doctest.OutputChecker().check_output(expected, strip, doctest.ELLIPSIS)


def run_python(block: Block, page: str, namespace: dict[str, object]) -> str:
    """What a block prints; its traceback, should it fail, points at the line of the page."""
    printed = io.StringIO()
    code = compile("\n" * block.line + block.body, page, "exec")
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)  # noqa: S102 - running the examples is what this file is for
    return printed.getvalue()


def run_console(block: Block, page: str) -> None:
    """Run each command of a block and compare what it prints, on both channels, with what follows it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command, expected in COMMAND.findall(block.body):
        done = subprocess.run(  # noqa: S602 - the examples are ours, and they are written for a shell
            command,
            shell=True,
            env={**os.environ, "PATH": path, "COLUMNS": "120"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{page}: $ {command}\n{done.stdout}"
        if expected.strip():
            assert agree(expected, done.stdout), f"{page}: $ {command}\nprints\n{done.stdout}"


@pytest.mark.parametrize("page", pages())
def test_the_examples_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who copies the examples of a page, in order, gets what the page shows."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for block in blocks_of((ROOT / page).read_text(encoding="utf-8")):
        if block.language == "python":
            printed = run_python(block, page, namespace)
        elif block.language == "console":
            run_console(block, page)
        elif block.language == "text" and block.after_code:
            assert agree(block.body, printed), f"{page}:{block.line}: the block before it prints\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_says_what_it_is(page: Path) -> None:
    """A misspelt language would take an example out of the tests without a word."""
    languages = {block.language for block in blocks_of(page.read_text(encoding="utf-8"))}
    assert set() == languages - NOT_RUN - {"python", "console", "text"}
