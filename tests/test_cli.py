from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from subscription_metrics import cli
from subscription_metrics.book import Book
from subscription_metrics.cli import cohorts, commands
from subscription_metrics.cli.commands import FACTS
from subscription_metrics.cohorts.membership import SizeBands
from subscription_metrics.cohorts.tables import CohortMeasure
from subscription_metrics.periods import Grain
from subscription_metrics.reports.investors import FIGURES

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.extra("cli")

COMMANDS = (*commands.COMMANDS, *cohorts.COMMANDS)

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = str(ROOT / "examples" / "subscription_periods.csv")
COMMAND = shutil.which("subscription-metrics", path=sysconfig.get_path("scripts"))

BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""The environment in which Python collects what it writes, as it does by itself."""

FLOWS = ["opening", "new", "expansion", "reactivation", "contraction", "lost", "fx", "closing"]
COUNTS = [f"{name}_customers" for name in (*FLOWS[:6], "closing")]

TWO_CURRENCIES = """\
customer_id,plan_name,mrr,start_date,end_date,currency
a,basic,100,2024-01-01,,EUR
b,basic,50,2024-02-10,2024-03-31,USD
b,pro,80,2024-04-01,,USD
"""
RATES = "date,from,to,rate\n2023-12-31,USD,EUR,0.80\n2024-04-30,USD,EUR,0.90\n"


class Run(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:  # noqa: ANN401  # whatever JSON holds
        """Standard output as JSON."""
        return json.loads(self.out)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Run a command in this process."""

    def run(*arguments: object, stdin: str | bytes = b"") -> Run:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = cli.main([str(one) for one in arguments])
        return Run(code, *capsys.readouterr())

    return run


def command(*arguments: object, stdin: bytes = b"", **environment: str) -> Run:
    """Run the installed command."""
    assert COMMAND is not None
    done = subprocess.run(  # noqa: S603  # the command is ours
        [COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=BUFFERED | environment,
        check=False,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A file in two currencies."""
    path = tmp_path / "mixed.csv"
    path.write_text(TWO_CURRENCIES, encoding="utf-8")
    return path


# The rows of four months in the rollup of dbt's mrr-playbook (its output; churn is lost, upgrade expansion).
PLAYBOOK = {
    "2018-11": ["335.00", "240.00", "0.00", "0.00", "0.00", "0.00", "0.00", "575.00", 6, 5, 0, 0, 0, 0, 11],
    "2019-04": ["660.00", "120.00", "65.00", "50.00", "0.00", "0.00", "0.00", "895.00", 14, 2, 3, 1, 0, 0, 17],
    "2019-08": ["1350.00", "105.00", "0.00", "0.00", "-55.00", "-160.00", "0.00", "1240.00", 26, 3, 0, 0, 3, 3, 26],
    "2020-02": ["175.00", "0.00", "0.00", "0.00", "0.00", "-175.00", "0.00", "0.00", 4, 0, 0, 0, 0, 4, 0],
}


def test_the_contract_of_bridge() -> None:
    """`rows` of signed amounts as text and of counts; the figures are those of the playbook's own code."""
    run = command("bridge", EXAMPLE, "--from", "2018-01", "--to", "2020-02", "--format", "json")
    assert Run(0, run.out, "") == run
    rows = {row["period"]: row for row in run.answer["rows"]}
    assert 26 == len(rows)
    assert PLAYBOOK == {period: [rows[period][name] for name in (*FLOWS, *COUNTS)] for period in PLAYBOOK}


def test_the_contract_of_movements() -> None:
    """`rows` with who, what kind, how much, from what to what, and causes that lead to lines of the file."""
    run = command("movements", EXAMPLE, "--period", "2019-06", "--format", "json")
    assert Run(0, run.out, "") == run
    rows = {row["customer_id"]: row for row in run.answer["rows"]}
    assert 9 == len(rows)
    first = rows["1"]
    causes = first.pop("causes")
    expected = {"period": "2019-06", "customer_id": "1", "kind": "expansion", "currency": "XXX"}
    assert expected | {"amount": "25.00", "opening": "50.00", "closing": "75.00"} == first
    parts = [(one["kind"], one["amount"], one["origins"]) for one in causes]
    assert [
        ("ended subscription", "-50.00", [f"{EXAMPLE}:3"]),
        ("new subscription", "75.00", [f"{EXAMPLE}:4"]),
    ] == parts


def test_the_contract_of_metrics() -> None:
    """`metrics` with name, value, unit, formula and inputs, or why there is no value."""
    run = command("metrics", EXAMPLE, "--period", "2019-06", "--format", "json")
    assert Run(0, run.out, "") == run
    metrics = {row["name"]: row for row in run.answer["metrics"]}
    assert "1135.00" == metrics["mrr"]["value"]
    assert "13620.00" == metrics["arr"]["value"]
    grr = metrics["grr"]
    assert ("fraction", "(opening + contraction + lost) / opening", None) == (
        grr["unit"],
        grr["formula"],
        grr["undefined"],
    )
    assert {"opening": "965", "contraction": "-30", "lost": "0"} == grr["inputs"]
    assert grr["value"].startswith("0.96891191")  # 935 / 965
    assert metrics["cac"]["value"] is None
    assert "needs spend" in metrics["cac"]["undefined"]


def test_a_file_can_come_from_standard_input() -> None:
    """`-` is standard input."""
    run = command("bridge", "-", "--format", "json", stdin=Path(EXAMPLE).read_bytes())
    assert (0, "") == (run.code, run.err)
    assert "2017-09" == run.answer["rows"][0]["period"]


def test_output_is_utf_8_whatever_the_locale() -> None:
    """The minus of a formula survives LANG=C."""
    run = command("metrics", EXAMPLE, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert 0 == run.code
    assert "−(lost + contraction) / opening" in run.out


@pytest.mark.parametrize("name", ["check", "movements"])
def test_a_closed_pipe_is_no_error(name: str) -> None:
    """What `| head` does when it has had enough, with an answer that fits the buffers and with one that doesn't."""
    assert COMMAND is not None
    question = [name, EXAMPLE, "--format", "json", *(["--from", "2017-09"] if name == "movements" else [])]
    with subprocess.Popen(  # noqa: S603  # the command is ours
        [COMMAND, *question], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=BUFFERED
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"" == process.stderr.read()
    assert 0 == process.returncode


def through_a_shell(line: str) -> Run:
    """Run the installed command as part of a shell's line."""
    done = subprocess.run(  # noqa: S602  # the command is ours
        f"'{COMMAND}' {line}", shell=True, capture_output=True, text=True, check=False, env=BUFFERED
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("name", ["check", "bridge"])
def test_a_full_disk_is_said_once(name: str) -> None:
    """An answer that can't be written is no success, and Python doesn't complain once more when it exits."""
    run = through_a_shell(f"{name} '{EXAMPLE}' > /dev/full")
    assert Run(2, "", "subscription-metrics: no space left on device\n") == run


@pytest.mark.skipif(os.name == "nt", reason="its shell can't close a stream")
def test_closed_streams_are_no_defect() -> None:
    """Without standard output there is nowhere to answer, without standard input there is nothing in it."""
    assert Run(2, "", "subscription-metrics: standard output is closed\n") == through_a_shell(f"check '{EXAMPLE}' >&-")
    assert 1 == through_a_shell("check - <&-").code
    assert Run(2, "", "") == through_a_shell("check nowhere.csv 2>&-")


def test_csv_has_the_rows_of_json(shell: Callable[..., Run]) -> None:
    """The same rows, in lines that end in one CR LF."""
    question = ("bridge", EXAMPLE, "--from", "2019-01", "--to", "2019-03", "--format")
    written = shell(*question, "csv").out
    assert 4 == written.count("\r\n") == written.count("\n") == written.count("\r")
    rows = [{k: str(v) for k, v in row.items()} for row in shell(*question, "json").answer["rows"]]
    assert rows == list(csv.DictReader(io.StringIO(written)))


def test_without_a_window_the_bridge_shows_all_periods(shell: Callable[..., Run]) -> None:
    """From the first start to the last full period, as amounts and as counts."""
    run = shell("bridge", EXAMPLE)
    amounts, _, counts = run.out.partition("Customers")
    assert ["2017-09", "2019-12"] == [amounts.split("\n\n")[1].splitlines()[i].split()[0] for i in (2, -1)]
    assert "customers" in counts


WINDOWS = {
    "--from 2019-11": ["2019-11", "2019-12"],
    "--from 2018-Q4 --to 2019-Q1": ["2018-Q4", "2019-Q1"],
    "--from 2019-11 --to 2019-12 --grain quarter": ["2019-Q4"],
    "--from FY2019-Q4 --to FY2020-Q1 --fiscal-year-start 7": ["FY2019-Q4", "FY2020-Q1"],
    "--from 2018-12 --as-of 2019-02-15": ["2018-12", "2019-01"],
    "--from 2018-12 --as-of 2019-02": ["2018-12", "2019-01", "2019-02"],
}


ROWS = {"bridge": ("rows",), "metrics": ("metrics",), "movements": ("rows",), "report": ("bridge", "rows")}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("options", WINDOWS)
def test_a_window_means_the_same_in_every_command(shell: Callable[..., Run], name: str, options: str) -> None:
    """--from without --to ends with the last full period; grain, fiscal year and the day of the book are options."""
    rows = shell(name, EXAMPLE, *options.split(), "--format", "json").answer
    for key in ROWS[name]:
        rows = rows[key]
    assert WINDOWS[options] == list(dict.fromkeys(row["period"] for row in rows))


def test_movements_of_one_kind(shell: Callable[..., Run]) -> None:
    """--kind keeps the others away."""
    rows = shell("movements", EXAMPLE, "--period", "2019-08", "--kind", "lost", "--format", "json").answer["rows"]
    assert [("lost", True)] * 3 == [(row["kind"], row["amount"].startswith("-")) for row in rows]


def test_segments_are_answered_one_by_one(shell: Callable[..., Run], mixed: Path) -> None:
    """--by adds the segment to every row."""
    run = shell("bridge", mixed, "--by", "plan", "--from", "2024-04", "--to", "2024-04", "--format", "json")
    found = {(row["segment"], row["currency"]): row["closing"] for row in run.answer["rows"]}
    assert {("basic", "EUR"): "100.00", ("basic", "USD"): "0.00", ("pro", "USD"): "80.00"} == found


def test_level_and_view_are_options(shell: Callable[..., Run]) -> None:
    """A plan switch is an expansion of the customer; of its subscriptions one is new and one lost."""
    question = ("bridge", EXAMPLE, "--from", "2019-06", "--to", "2019-06", "--format", "json")
    (customers,) = shell(*question).answer["rows"]
    (subscriptions,) = shell(*question, "--level", "subscription").answer["rows"]
    assert ("150.00", "50.00") == (customers["expansion"], customers["new"])
    assert ("0.00", customers["closing"]) == (subscriptions["expansion"], subscriptions["closing"])


def test_the_gross_view_is_an_option(shell: Callable[..., Run]) -> None:
    """Who joined and left within a month is two movements there, and none in the net view."""
    guest = "customer_id,plan_name,mrr,start_date,end_date\na,pro,10,2024-01-05,2024-01-20\n"
    question = ("bridge", "-", "--to", "2024-01", "--format", "json")
    flows = [
        [row[name] for row in shell(*question, *view, stdin=guest).answer["rows"] for name in ("new", "lost")]
        for view in ([], ["--view", "gross"])
    ]
    assert [["0.00", "0.00"], ["10.00", "-10.00"]] == flows


def test_currency_states_what_a_file_does_not(shell: Callable[..., Run]) -> None:
    """In a file without currencies, --currency is that of all amounts."""
    row = shell("bridge", EXAMPLE, "--currency", "JPY", "--from", "2019-12", "--format", "json").answer["rows"][0]
    assert ("JPY", "1255") == (row["currency"], row["closing"])


def test_currency_picks_one_of_several(shell: Callable[..., Run], mixed: Path) -> None:
    """In a file with currencies, --currency is the only one that is answered for."""
    rows = shell("bridge", mixed, "--currency", "USD", "--format", "json").answer["rows"]
    assert {"USD"} == {row["currency"] for row in rows}
    assert 2 == shell("bridge", mixed, "--currency", "JPY").code


def test_rates_convert_into_the_currency(shell: Callable[..., Run], mixed: Path, tmp_path: Path) -> None:
    """With --rates, --currency is the reporting currency, and moving rates have a line of their own."""
    rates = tmp_path / "rates.csv"
    rates.write_text(RATES, encoding="utf-8")
    question = ("bridge", mixed, "--currency", "EUR", "--rates", rates, "--to", "2024-04", "--format", "json")
    last = shell(*question).answer["rows"][-1]
    # 80 USD at 0.90 and 100 EUR; the 50 USD at the opening gain 0.10 each.
    assert ("EUR", "140.00", "5.00", "27.00", "172.00") == tuple(
        last[name] for name in ("currency", "opening", "fx", "expansion", "closing")
    )
    missing = shell(*question, "--rate-policy", "exact")
    assert Run(1, "", missing.err) == missing
    # Nothing is in USD before February, so no rate is needed before its close.
    assert "no rate of USD in EUR on 2024-02-29" in missing.err


def test_rates_need_stated_currencies(shell: Callable[..., Run], tmp_path: Path) -> None:
    """--currency names what to convert to then: it is no guess at what an empty cell means."""
    rates, path = tmp_path / "rates.csv", tmp_path / "blank.csv"
    rates.write_text(RATES, encoding="utf-8")
    path.write_text(f"{TWO_CURRENCIES}c,pro,1,2024-01-01,,\n", encoding="utf-8")
    assert 0 == shell("bridge", path, "--currency", "EUR").code
    run = shell("bridge", path, "--currency", "EUR", "--rates", rates)
    assert (1, f"{path}:5: currency") == (run.code, run.err[: len(f"{path}:5: currency")])


BAD_RATES = """\
date,from,to,rate
2024-01-32,USD,EUR,0.9
2024-01-01,USD,EUR,"0,9"
2024-01-01,USD,EUR,0
2024-01-01,Dollar,EUR,0.9
2024-01-01,USD,EUR,0.9
2024-01-01,USD,EUR,0.8
2024-01-02,USD,EUR
"""


def test_faults_of_a_rate_file_are_all_told(shell: Callable[..., Run], mixed: Path, tmp_path: Path) -> None:
    """Each with its line; the good rate between them is not used alone."""
    rates = tmp_path / "rates.csv"
    rates.write_text(BAD_RATES, encoding="utf-8")
    run = shell("bridge", mixed, "--currency", "EUR", "--rates", rates)
    assert Run(1, "", run.err) == run
    *faults, count = run.err.splitlines()
    assert [f"{rates}:{line}" for line in (2, 3, 4, 5, 7, 8)] == [fault.partition(": ")[0] for fault in faults]
    assert "6 faults, nothing was read" == count


def test_explain_says_what_counts_and_why(shell: Callable[..., Run]) -> None:
    """Every row of the customer, with its line."""
    rows = shell("explain", EXAMPLE, "1", "--period", "2019-05", "--format", "json").answer["rows"]
    assert [("0.00", f"{EXAMPLE}:2"), ("50.00", f"{EXAMPLE}:3"), ("0.00", f"{EXAMPLE}:4")] == [
        (row["mrr"], row["origin"]) for row in rows
    ]
    assert ["left out", "counted", "left out"] == [row["why"].partition(":")[0] for row in rows]


def test_facts_beside_the_file_are_passed_by_name(shell: Callable[..., Run]) -> None:
    """--set may be repeated; what follows from the facts is known then."""
    facts = [f"--set={name}=1200" for name in FACTS]
    run = shell("metrics", EXAMPLE, "--period", "2019-06", *facts, "--format", "json")
    metrics = {row["name"]: row for row in run.answer["metrics"]}
    assert "1200.00" == metrics["cac"]["value"]
    assert [] == [name for name, row in metrics.items() if (row["undefined"] or "").startswith("needs")]


def test_check_says_what_is_in_a_file(shell: Callable[..., Run], mixed: Path) -> None:
    """Rows, customers, currencies and dates."""
    answer = shell("check", mixed, "--format", "json").answer
    items = {row["item"]: row["value"] for row in answer["rows"]}
    assert ("3", "2", "EUR, USD", "2024-01-01") == tuple(
        items[name] for name in ("rows", "customers", "currencies", "first start")
    )


def test_reading_options_reach_the_reader(shell: Callable[..., Run]) -> None:
    """A German export with its own column names, whose cells alone could be read in two ways."""
    kunden = "Kunde;Betrag;Beginn;Ende\nMüller;1.234;01/02/2024;10/03/2024\n".encode("latin-1")
    options = [
        *("--columns", "customer=Kunde,monthly_amount=Betrag,start=Beginn,end=Ende", "--encoding", "latin-1"),
        *("--decimal", ",", "--day-first", "--end", "inclusive"),
    ]
    assert 1 == shell("explain", "-", "Müller", *options[:4], stdin=kunden).code
    (row,) = shell("explain", "-", "Müller", *options, "--format", "json", stdin=kunden).answer["rows"]
    assert ("1234.00", "2024-02-01", "2024-03-11") == (row["monthly_amount"], row["start"], row["end"])


def test_an_instant_is_a_date_in_the_time_zone(shell: Callable[..., Run]) -> None:
    """--timezone names the reporting time zone."""
    instants = "customer_id,plan_name,mrr,start_date,end_date\na,pro,10,2024-01-31T23:30:00Z,\n"
    question = ("explain", "-", "a", "--format", "json", "--timezone")
    starts = [shell(*question, zone, stdin=instants).answer["rows"][0]["start"] for zone in ("UTC", "Europe/Berlin")]
    assert ["2024-01-31", "2024-02-01"] == starts


def test_the_report_is_one_object(shell: Callable[..., Run]) -> None:
    """Its tables by name, each like that of the command of its own."""
    report = shell("report", EXAMPLE, "--as-of", "2019-12-01", "--format", "json").answer
    assert ["bridge", "metrics", "movers", "losses"] == list(report)
    assert report["metrics"] == shell("metrics", EXAMPLE, "--period", "2019-11", "--format", "json").answer
    assert "MRR bridge" in shell("report", EXAMPLE).out


WRONG_USES = {
    "brigde FILE": "Unknown command",
    "bridge": "requires an argument",
    "bridge FILE --colour red": "Unknown option",
    "bridge FILE --grain decade": "decade",
    "bridge FILE --format xml": "xml",
    "bridge FILE --from 2019-13": "2019-13",
    "bridge FILE --from 2019-06 --to 2019-01": "must not be before 2019-06",
    "bridge FILE --as-of yesterday": "yesterday",
    "bridge FILE --fiscal-year-start 13": "13",
    "bridge FILE --currency EURO": "EURO",
    "bridge FILE --rates rates.csv": "--currency",
    "bridge FILE --rates nowhere.csv --currency EUR": "nowhere.csv: no such file or directory",
    "bridge FILE --encoding klingon": "klingon",
    "bridge FILE --timezone Mars/One": "Mars/One",
    "bridge FILE --columns customer": "--columns takes name=value",
    "bridge nowhere.csv": "nowhere.csv: no such file or directory",
    "bridge FOLDER": "is a directory",
    "metrics FILE --period 2019-06 --from 2019-01": "--period is one period",
    "metrics FILE --to 2019-06": "--to needs a --from",
    "metrics FILE --set spnd=1": "spnd",
    "metrics FILE --set spend=1e9": "1e9",
    "movements FILE --kind sideways": "sideways",
    "explain FILE nobody": "nobody",
    "report FILE --format csv": "several tables",
}


@pytest.mark.parametrize("line", WRONG_USES)
def test_wrong_use_ends_with_2(shell: Callable[..., Run], tmp_path: Path, line: str) -> None:
    """One line says what is wrong; nothing is written to standard output."""
    paths = {"FILE": EXAMPLE, "FOLDER": str(tmp_path)}
    run = shell(*(paths.get(word, word) for word in line.split()))
    assert Run(2, "", run.err) == run
    assert 1 == run.err.count("\n")
    assert WRONG_USES[line] in run.err


HEADER = b"subscription_id,customer_id,start_date,end_date,monthly_amount\n"
RUBBISH = {
    "nothing": b"",
    "white space": b" \n\n",
    "a byte order mark": "\ufeff".encode(),
    "a program": b"\x7fELF\x02\x01\x00\x00\xff\xfe" * 100,
    "zeros": bytes(5000),
    "another encoding": (HEADER.decode() + "1,1,2019-01-01,,5\n").encode("utf-16"),
    "one endless line": b"x" * 300_000,
    "an open quote": HEADER + b'1,"1,2019-01-01,,5\n2,2,2019-01-01,,5\n',
    "a row cut off": HEADER + b"1,1,2019-01-01,,5\n2,2,2019-",
    "terminal commands": HEADER + b"\x1b[2J1,1,2019-01-01,,\x1b]0;owned\x07\n",
}


@pytest.mark.parametrize("kind", RUBBISH)
@pytest.mark.parametrize("name", ["check", "bridge", "metrics", "movements", "report"])
def test_rubbish_ends_with_1(shell: Callable[..., Run], tmp_path: Path, name: str, kind: str) -> None:
    """Whatever is in the file: faults with their place and their count, no answer, no traceback."""
    path = tmp_path / "rubbish.csv"
    path.write_bytes(RUBBISH[kind])
    run = shell(name, path)
    assert Run(1, "", run.err) == run
    *faults, count = run.err.splitlines()
    assert faults
    assert all(fault.startswith(str(path)) for fault in faults)
    assert f"{len(faults)} fault{'s' * (len(faults) > 1)}, nothing was read" == count
    assert run.err.replace("\n", "").isprintable()


def test_a_message_drives_no_terminal(shell: Callable[..., Run], tmp_path: Path) -> None:
    """Not even if the name of the file would."""
    path = tmp_path / "a\x1b[2Jb.csv"
    path.write_bytes(b"")
    for named in (path, f"{path}.gone"):
        assert shell("check", named).err.replace("\n", "").isprintable()


def test_an_interruption_ends_with_130(shell: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a file is read says nothing more."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("subscription_metrics.sources.csv.load_csv", interrupted)
    assert Run(130, "", "") == shell("check", EXAMPLE)


def test_a_defect_names_itself(shell: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody thought of is no traceback either, and it is not the data's fault."""

    def defective(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("subscription_metrics.sources.csv.load_csv", defective)
    run = shell("check", EXAMPLE)
    assert Run(70, "", run.err) == run
    assert f"ZeroDivisionError('oh') in {__file__}:" in run.err
    assert "Traceback" not in run.err


def test_without_cyclopts_the_shell_says_what_to_install(
    shell: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is installed with the library, its dependency is not."""
    monkeypatch.setitem(sys.modules, "cyclopts", None)
    run = shell("check", EXAMPLE)
    assert Run(2, "", run.err) == run
    assert "pip install 'subscription-metrics[cli]'" in run.err


def test_progress_is_shown_to_a_terminal_only(shell: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is gone when the answer comes."""
    assert "" == shell("check", EXAMPLE).err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = shell("check", EXAMPLE).err
    assert "\r122 lines read" in shown
    assert "" == shown.rpartition("\r")[2]


def test_help_lists_the_commands_and_the_page_every_option(shell: Callable[..., Run]) -> None:
    """What can be asked is written in the help and in docs/reference/shell.md."""
    page = (ROOT / "docs" / "reference" / "shell.md").read_text(encoding="utf-8")
    listed = shell("--help").out
    assert Run(0, listed, "") == shell()
    for one in COMMANDS:
        assert one.__name__ in listed
        helped = shell(one.__name__, "--help").out
        assert [] == [option for option in re.findall(r"--[a-z][a-z-]+", helped) if f"`{option}`" not in page]


def test_cohorts_are_those_of_the_book(shell: Callable[..., Run]) -> None:
    """Drawn as the library draws them, and as rows for programs."""
    table = Book.from_csv(EXAMPLE).cohorts(measure=CohortMeasure.CUSTOMERS, grain=Grain.QUARTER)
    asked = ("cohorts", EXAMPLE, "--measure", "customers", "--grain", "quarter")
    assert Run(0, f"{table}\n", "") == shell(*asked)
    rows = shell(*asked, "--format", "json").answer["rows"]
    assert [(row.cohort.label, row.age, row.value) for row in table.rows()] == [
        (row["cohort"], row["age"], int(row["value"])) for row in rows
    ]


def test_bands_tell_cohorts_apart_by_size(shell: Callable[..., Run]) -> None:
    """As the library does; every customer is in one of them."""
    bands = SizeBands((Decimal(50), Decimal("99.5")))
    table = Book.from_csv(EXAMPLE).cohorts(measure=CohortMeasure.CUSTOMERS, by=bands)
    asked = ("cohorts", EXAMPLE, "--measure", "customers", "--bands", "50, 99.5", "--format", "json")
    rows = [row for row in shell(*asked).answer["rows"] if row["age"] == 0]
    assert [(row.segment, row.size) for row in table.cohorts] == [(row["segment"], row["size"]) for row in rows]
    assert {"1: below 50", "2: 50 to below 99.5", "3: 99.5 and more"} == {row["segment"] for row in rows}


@pytest.mark.parametrize(
    "bands", ["", "100,", "ten", "100;500", "500,100", "100,100", "0,100", "-5", "1e3", "0.123456789"]
)
def test_bands_that_hold_nobody_are_refused(bands: str, shell: Callable[..., Run]) -> None:
    """Before the file is read, in the words of the shell."""
    run = shell("cohorts", "no such file", f"--bands={bands}")
    expected = "--bands takes amounts above 0, each above the one before, with up to 8 decimals"
    assert (2, "", f"subscription-metrics: {expected} (got {bands!r}); write it as 100,500,1000\n") == run
    both = shell("cohorts", "no such file", "--bands", "100", "--by", "plan")
    assert (2, "subscription-metrics: --by and --bands both tell cohorts apart: leave out one or the other\n") == both[
        ::2
    ]


@pytest.mark.parametrize("name", [one.__name__ for one in COMMANDS])
def test_every_answer_can_be_a_page(name: str, shell: Callable[..., Run], tmp_path: Path) -> None:
    """One file that loads nothing, light or dark as its reader likes it; what comes from outside is escaped."""
    book = tmp_path / "book.csv"
    rows = "customer_id,plan_name,mrr,start_date,end_date\n<b>,<script>,100,2024-01-01,\nc,pro,5,2024-01-01,\n"
    book.write_text(rows, encoding="utf-8")
    run = shell(name, book, *(["<b>"] if name == "explain" else []), "--as-of", "2024-06-30", "--format", "html")
    assert (0, "") == (run.code, run.err)
    assert run.out.startswith("<!doctype html>")
    assert run.out.endswith("</html>\n")
    assert '<meta name="color-scheme" content="light dark">' in run.out
    assert not re.search(r"<script|<b>|href|url\(", run.out)


@pytest.mark.parametrize("command", ["bridge", "metrics", "movements", "report", "cohorts", "projection", "summary"])
def test_a_file_without_rows_has_nothing_to_answer(command: str, shell: Callable[..., Run]) -> None:
    """Nothing is wrong with the command; the data are not there."""
    run = shell(command, "-", stdin="customer_id,plan_name,mrr,start_date,end_date\n")
    assert (1, "") == (run.code, run.out)
    assert "book is empty, so it has no" in run.err


AVERAGE = "Average cohort, weighted by size"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", [f"{AVERAGE}, where 2 or more are that old", "How long customers stay"]),
        ("--by plan", [f"{AVERAGE} · <b>", f"{AVERAGE} · pro"]),
        ("--from 2024-02", [AVERAGE]),
        ("--level subscription", [f"{AVERAGE}, where 2 or more are that old"]),
    ],
)
def test_the_page_of_cohorts_has_their_curves(options: str, expected: list[str], shell: Callable[..., Run]) -> None:
    """Under the heatmap; survival, which knows no segments, only where all customers were asked for."""
    rows = "customer_id,plan_name,mrr,start_date,end_date\na,<b>,100,2024-01-01,\nb,pro,50,2024-02-10,2024-03-31\n"
    run = shell("cohorts", "-", *options.split(), "--as-of", "2024-06-30", "--format", "html", stdin=rows)
    assert expected == [html.unescape(title) for title in re.findall(r'font-weight="600">(.*?)</text>', run.out)]
    assert 1 == run.out.count("<table")


def test_the_curves_of_each_currency_name_it(mixed: Path, shell: Callable[..., Run]) -> None:
    """Where there are several."""
    titles = re.findall(r'font-weight="600">(.*?)</text>', shell("cohorts", mixed, "--format", "html").out)
    assert [f"{what} · {code}" for what in (AVERAGE, "How long customers stay") for code in ("EUR", "USD")] == titles


def test_a_bootstrap_needs_a_seed_and_repeats_itself(shell: Callable[..., Run]) -> None:
    """Wrong usage without one; with one the same figures again."""
    asked = ("projection", EXAMPLE, "--method", "bootstrap", "--months", "3", "--format", "csv")
    refused = shell(*asked)
    assert (2, "") == (refused.code, refused.out)
    assert "--method bootstrap needs a --seed" in refused.err
    first, again = shell(*asked, "--seed", "7"), shell(*asked, "--seed", "7")
    assert first == again
    assert 4 == len(first.out.splitlines())
    assert 2 == shell(*asked, "--seed", "7", "--level", "high").code


@pytest.mark.parametrize("options", ["--seed 7", "--level 0.8", "--method cohort --seed 7"])
def test_what_only_a_bootstrap_has_is_refused_elsewhere(options: str, shell: Callable[..., Run]) -> None:
    """Limits that don't move with --level would be taken for those that do."""
    run = shell("projection", "no such file", *options.split())
    expected = "--seed and --level are for a bootstrap: add --method bootstrap, or leave them out"
    assert (2, "", f"subscription-metrics: {expected}\n") == run


@pytest.mark.parametrize("to", ["2019-Q2", "2019", "2019-06-30"])
def test_the_last_month_of_a_summary_is_a_month(to: str, shell: Callable[..., Run]) -> None:
    """Twelve quarters are another summary."""
    run = shell("summary", EXAMPLE, "--to", to)
    assert (2, "", f"subscription-metrics: last must be a month (got {to!r}); write it as 2025-12\n") == run


def test_cohorts_can_be_cut_to_the_width_of_a_terminal(shell: Callable[..., Run]) -> None:
    """At most so many columns, in each form; the curves of a page end where its heatmap does."""
    asked = ("cohorts", EXAMPLE, "--from", "2019-01", "--ages", "6")
    assert "cohort   customers  month 0      1      2      3      4      5" == shell(*asked).out.splitlines()[2]
    assert set(range(6)) == {row["age"] for row in shell(*asked, "--format", "json").answer["rows"]}
    page = shell(*asked, "--format", "html").out
    assert ["1", "2", "3", "4", "5"] == re.findall(r'<th scope="col" class="">(\d+)</th>', page)
    assert ["0", "1", "2", "3", "4", "5"] == re.findall(r'text-anchor="middle" opacity=".8">(\d+)<', page)
    assert "ages must be an int above 0" in shell("cohorts", EXAMPLE, "--ages", "0").err


def test_a_summary_has_twelve_months_of_each_figure(shell: Callable[..., Run]) -> None:
    """The last of them as asked, with facts that the file doesn't hold."""
    rows = shell("summary", EXAMPLE, "--to", "2019-06", "--set", "spend=1200", "--format", "json").answer["rows"]
    own = [row for row in rows if row["name"] == "cac"]
    assert ("2018-07", "2019-06", 12) == (own[0]["period"], own[-1]["period"], len(own))
    assert "1200.00" == own[-1]["value"]


SPEND = "month,channel,amount,currency,purpose\n2019-05,ads,600,USD,marketing\n2019-06,ads,120,USD,marketing\n"


def test_a_summary_charges_each_month_with_its_own_spend(tmp_path: Path, shell: Callable[..., Run]) -> None:
    """From a file; in May and June four customers and one were won."""
    spend = tmp_path / "spend.csv"
    spend.write_text(SPEND, encoding="utf-8")
    asked = ("summary", EXAMPLE, "--to", "2019-06", "--spend", spend, "--format", "json")
    rows = shell(*asked, "--currency", "USD").answer["rows"]
    assert ["150.00", "120.00"] == [row["value"] for row in rows if row["name"] == "cac"][-2:]
    refused = shell(*asked)
    assert (2, "") == (refused.code, refused.out)
    assert "spend.csv holds USD, the answer is in XXX; say with --currency what both are in" in refused.err


def test_spend_that_is_wrong_is_wrong_data(tmp_path: Path, shell: Callable[..., Run]) -> None:
    """With every fault of its file."""
    spend = tmp_path / "spend.csv"
    spend.write_text(SPEND.replace("600", "much").replace("2019-06", "June"), encoding="utf-8")
    run = shell("summary", EXAMPLE, "--spend", spend)
    assert (1, "", 3) == (run.code, run.out, len(run.err.splitlines()))


def test_a_summary_reads_well_and_is_complete_for_programs(shell: Callable[..., Run]) -> None:
    """The last month and the months by group for people, on a terminal and on a page; every row for programs."""
    text = shell("summary", EXAMPLE, "--to", "2019-06").out
    titles = ["Twelve months to 2019-06", "Growth", "Customers", "Churn", "Retention", "Efficiency", "Investment"]
    assert [f"{title} · currency not stated" for title in titles] == re.findall(r"^.* · .*$", text, re.MULTILINE)
    page = shell("summary", EXAMPLE, "--to", "2019-06", "--format", "html").out
    assert titles == [title.partition(" · ")[0] for title in re.findall(r"<strong>(.*?)</strong>", page)]
    rows = list(csv.DictReader(io.StringIO(shell("summary", EXAMPLE, "--to", "2019-06", "--format", "csv").out)))
    assert 12 * len(FIGURES) == len(rows)
