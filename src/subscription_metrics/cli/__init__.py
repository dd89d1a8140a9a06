"""The shell: `subscription-metrics COMMAND FILE`.

The commands are check, bridge, metrics, movements, explain, report, cohorts, projection, summary and recognize.

A thin user of the library: it reads a file, asks the book and writes the answer. Results go to standard output,
problems to standard error, and the exit code is 0 if all is well, 1 if something is wrong with the data, 2 if the
command was used wrongly.

House rules.

1. Nothing is calculated here: a figure in the shell is the figure of the library.
2. No traceback reaches a user, whatever is in the file: `ENDINGS` says how each error ends.
3. A command writes when it has the whole answer: a file with faults writes nothing.
4. cyclopts is an extra, so it is imported when the shell is used, and everything else with it.
"""

from __future__ import annotations

import os
import sys
from io import FileIO, TextIOWrapper
from typing import TYPE_CHECKING

from subscription_metrics.errors import EmptyBook, InvalidInput, MissingExtra, MissingRate, SubscriptionMetricsError
from subscription_metrics.rendering import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import App


class WrongUsage(SubscriptionMetricsError):
    """The command line asks for something that can't be answered, whatever is in the file."""


FINE, WRONG_DATA, WRONG_USE, DEFECT, INTERRUPTED = 0, 1, 2, 70, 130

ENDINGS: tuple[tuple[type[Exception], int], ...] = (
    (InvalidInput, WRONG_DATA),
    (MissingRate, WRONG_DATA),
    (EmptyBook, WRONG_DATA),
    (SubscriptionMetricsError, WRONG_USE),
    (OSError, WRONG_USE),
    (Exception, DEFECT),
)
"""How an error ends: by the first row that it is an instance of."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the command line, and give its exit code."""
    try:
        _prepare_streams()
        _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_output()  # the reader, `head` for one, has had enough: nothing is wrong
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the row for `Exception` names it as a defect
        for line in _said(error):
            sys.stderr.write(f"{line}\n")
        _let_go_of_output()
        return next(code for kind, code in ENDINGS if isinstance(error, kind))
    return FINE


def _run(arguments: Sequence[str]) -> None:
    try:
        from cyclopts import CycloptsError  # noqa: PLC0415  # an extra
    except ImportError:
        raise MissingExtra("cli") from None
    try:
        _app()(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        raise WrongUsage(f"{error} See subscription-metrics --help.") from None


def _app() -> App:
    from cyclopts import App, Parameter  # noqa: PLC0415  # an extra

    import subscription_metrics  # noqa: PLC0415  # its version is looked up when it is asked for
    from subscription_metrics.cli import cohorts, commands, recognition  # noqa: PLC0415  # not needed to say no

    Parameter(allow_leading_hyphen=True, help="a CSV file of subscription periods; - is standard input")(commands.File)
    for group in (commands.Options, commands.Asked):
        Parameter(name="*")(group)
    app = App(
        name="subscription-metrics",
        help="Exact, explained subscription revenue from a file of subscription periods.",
        version=lambda: subscription_metrics.__version__,
        default_parameter=Parameter(negative_iterable=(), show_default=False),
        suppress_keyboard_interrupt=False,  # `main` says how it ends
    )
    for command in (*commands.COMMANDS, *cohorts.COMMANDS, recognition.recognize):
        app.command(command)
    return app


def _prepare_streams() -> None:
    """Write UTF-8 whatever the locale says, and line ends as they are.

    Raises:
        WrongUsage: there is no standard output; a missing standard input is empty.
    """
    missing = [name for name in ("stdin", "stdout", "stderr") if getattr(sys, name) is None]
    for name in missing:
        setattr(sys, name, TextIOWrapper(FileIO(os.devnull, "r+")))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    if "stdout" in missing:
        raise WrongUsage("standard output is closed")


def _let_go_of_output() -> None:
    """Give up what can't be written any more: Python would try again when it exits, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: Exception) -> list[str]:
    """The lines that tell a user what is wrong."""
    if isinstance(error, InvalidInput):
        count = len(error.faults)
        return [*map(clean, map(str, error.faults)), f"{count} {'fault' if count == 1 else 'faults'}, nothing was read"]
    if isinstance(error, OSError) and error.strerror and not isinstance(error, SubscriptionMetricsError):
        message = f"{error.filename}: {error.strerror.lower()}" if error.filename else error.strerror.lower()
    elif isinstance(error, SubscriptionMetricsError):
        message = str(error)
    else:
        message = f"a defect of this program, please report it: {error!r} in {_place(error)}"
    return [f"subscription-metrics: {clean(message)}"]


def _place(error: Exception) -> str:
    """Where an error was raised: what a report of a defect needs."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
