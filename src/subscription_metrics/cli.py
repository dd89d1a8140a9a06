"""The shell: `subscription-metrics check | bridge | metrics | movements | explain | report FILE`.

A thin user of the library: it reads a file, asks the book and writes the answer. Results go to standard output,
problems to standard error, and the exit code is 0 if all is well, 1 if something is wrong with the data, 2 if the
command was used wrongly.

House rules.

1. Nothing is calculated here: a figure in the shell is the figure of the library.
2. No traceback reaches a user, whatever is in the file: `ENDINGS` says how each error ends.
3. A command writes when it has the whole answer: a file with faults writes nothing.
4. cyclopts is an extra, so it is imported when the shell is used. The commands are plain functions, which it reads by
   their signatures and docstrings, so the types of their parameters are imported at run time.
"""

from __future__ import annotations

import os
import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TextIO

from attrs import frozen

from subscription_metrics.errors import InvalidInput, MissingExtra, MissingRate, SubscriptionMetricsError
from subscription_metrics.exporters import write_csv, write_json
from subscription_metrics.money import MissingRatePolicy
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind  # noqa: TC001  # cyclopts reads the annotations
from subscription_metrics.mrr.spans import Level
from subscription_metrics.periods import Grain, Period
from subscription_metrics.rendering import clean
from subscription_metrics.reports.excerpts import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cyclopts import App

    from subscription_metrics.book import Book, Scope
    from subscription_metrics.money import Rates
    from subscription_metrics.sources.csv import Reading
    from subscription_metrics.tables import Table

class WrongUsage(SubscriptionMetricsError):
    """The command line asks for something that can't be answered, whatever is in the file."""


class File(str):
    """A CSV file of subscription periods; `-` is standard input."""

    __slots__ = ()


@frozen(kw_only=True)
class Options:
    """How the file is read and the answer written.

    Attributes:
        format_: table (default), json or csv
        currency: the currency of amounts that state none, and the only one to answer for; with --rates, the one to
            convert to
        rates: exchange rates, a CSV file with the columns date, from, to, rate
        rate_policy: for a day without a rate take the last known one (last-known, the default) or none (exact)
        as_of: the day the book speaks of, such as 2025-12-31; the last full period is the last one that was over at
            its end (default: the day of the latest start)
        fiscal_year_start: the month in which fiscal years start, 1 (default) to 12
        columns: where the fields of a file of no known format are: customer=Kunde,monthly_amount=Betrag,start=Beginn
        end: whether an end date is the last day of service (inclusive) or the first without (default: by the format)
        decimal: the decimal sign of the file, "." or "," (default: what its cells show)
        day_first: 01/02/2025 is the first of February (default: what the dates of the file show)
        timezone: the time zone in which an instant becomes a date, such as Europe/Berlin
        encoding: the encoding of the file (default: utf-8)
    """

    format_: Literal["table", "json", "csv"] = "table"
    currency: str | None = None
    rates: str | None = None
    rate_policy: MissingRatePolicy = MissingRatePolicy.LAST_KNOWN
    as_of: str | None = None
    fiscal_year_start: int = 1
    columns: str | None = None
    end: Literal["inclusive", "exclusive"] | None = None
    decimal: str | None = None
    day_first: bool | None = None
    timezone: str | None = None
    encoding: str = "utf-8"


@frozen(kw_only=True)
class Asked:
    """What is asked.

    Attributes:
        from_: the first period: 2025-01, 2025-Q1, 2025-W03, 2025 or 2025-01-31
        to: the last period (default: the last full one)
        grain: the length of the periods (default: that of the period given, else month)
        view: compare the closes of periods (net, the default) or of days (gross)
        level: whose MRR is compared: each customer's (default), subscription's or parent's
        by: a column, such as plan: answer for each of its values by itself
    """

    from_: str | None = None
    to: str | None = None
    grain: Grain | None = None
    view: View = View.NET
    level: Level = Level.CUSTOMER
    by: str | None = None


OPTIONS, ASKED = Options(), Asked()


def check(file: File, /, *, options: Options = OPTIONS) -> None:
    """Say what is in a file, or everything that is wrong with it."""
    from subscription_metrics.reports.contents import contents  # noqa: PLC0415  # no other command needs it

    _write(contents(_reading(file, options)), options)


def bridge(file: File, /, *, asked: Asked = ASKED, options: Options = OPTIONS) -> None:
    """MRR from period to period: opening + new + expansion + reactivation + contraction + lost = closing."""
    book = _book(file, options)
    _write(book.bridge(asked.from_, asked.to, **_scope(asked, options)), options)


def metrics(  # noqa: D417  # files and options are described at their types
    file: File,
    /,
    *,
    period: str | None = None,
    set_: list[str] | None = None,
    asked: Asked = ASKED,
    options: Options = OPTIONS,
) -> None:
    """Every metric of a period, or of each from --from to --to: its value, or why it has none.

    Args:
        period: the period (default: the last full one)
        set_: a fact that the file doesn't hold, such as spend=1200 or gross_margin=0.8; may be repeated
    """
    inputs = _inputs(set_ or ())
    book = _book(file, options)
    window = _window(book, period, asked)
    _write(book.metrics(*window, inputs=inputs, **_scope(asked, options)), options)


def movements(  # noqa: D417  # files and options are described at their types
    file: File,
    /,
    *,
    period: str | None = None,
    kind: MovementKind | None = None,
    asked: Asked = ASKED,
    options: Options = OPTIONS,
) -> None:
    """Who joined, grew, came back, shrank or left in a period, or from --from to --to, and because of which rows.

    Args:
        period: the period (default: the last full one)
        kind: only movements of this kind
    """
    book = _book(file, options)
    window = _window(book, period, asked)
    _write(book.movements(*window, kind=kind, **_scope(asked, options)), options)


def explain(  # noqa: D417  # files and options are described at their types
    file: File, customer: str, /, *, period: str | None = None, options: Options = OPTIONS
) -> None:
    """Every row of a customer at the close of a period: counted because, or left out because.

    Args:
        customer: the id of the customer
        period: the period (default: the last full month)
    """
    _write(_book(file, options).explain(customer, period), options)


def report(  # noqa: D417  # files and options are described at their types
    file: File, /, *, set_: list[str] | None = None, asked: Asked = ASKED, options: Options = OPTIONS
) -> None:
    """The bridge of a year, the metrics and the top movers of its last period, and the causes of losses.

    Args:
        set_: a fact that the file doesn't hold, such as spend=1200 or gross_margin=0.8; may be repeated
    """
    from subscription_metrics.reports.summary import summary, write_object  # noqa: PLC0415  # no other command needs it

    if options.format_ == "csv":
        raise WrongUsage("a report has several tables, a CSV file one: use bridge, metrics or movements")
    inputs = _inputs(set_ or ())
    book = _book(file, options)
    answer = summary(book, asked.from_, asked.to, inputs=inputs, **_scope(asked, options))
    if options.format_ == "json":
        write_object(answer, sys.stdout)
    else:
        sys.stdout.write(f"{answer}\n")


COMMANDS = (check, bridge, metrics, movements, explain, report)

FACTS = (
    *("spend", "marketing_spend", "previous_marketing_spend", "gross_margin"),
    *("net_burn", "revenue_growth", "ebitda_margin"),
)
"""What metrics take beside the subscriptions, by the names of the nomenclature."""

NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def _write_text(table: Table[Any], stream: TextIO) -> None:
    stream.write(f"{in_words([table])}\n")


WRITERS: Mapping[str, Callable[[Table[Any], TextIO], None]] = {
    "table": _write_text,
    "json": write_json,
    "csv": write_csv,
}


def _write(table: Table[Any], options: Options) -> None:
    WRITERS[options.format_](table, sys.stdout)


def _reading(file: File, options: Options) -> Reading:
    from subscription_metrics.sources.csv import load_csv  # noqa: PLC0415  # --help and wrong usage don't need it

    columns = _pairs("--columns", options.columns.split(",")) if options.columns else None
    is_terminal = sys.stderr.isatty()
    try:
        return load_csv(
            sys.stdin.buffer if file == "-" else str(file),
            columns=columns,
            inclusive_end=None if options.end is None else options.end == "inclusive",
            currency=None if options.rates else options.currency,
            decimal=options.decimal,
            day_first=options.day_first,
            timezone=options.timezone,
            encoding=options.encoding,
            name="<stdin>" if file == "-" else None,
            progress=_show_progress if is_terminal else None,
        )
    finally:
        if is_terminal:
            sys.stderr.write("\r" + " " * 40 + "\r")


def _show_progress(lines: int) -> None:
    sys.stderr.write(f"\r{lines:,} lines read")
    sys.stderr.flush()


def _book(file: File, options: Options) -> Book:
    from subscription_metrics.book import Book  # noqa: PLC0415  # --help and wrong usage don't need it

    rates = _rates(options)
    as_of = None if options.as_of is None else Period.parse(options.as_of).last_day
    reading = _reading(file, options)
    year_start = options.fiscal_year_start
    book = Book(reading.spans, exclusions=reading.exclusions, as_of=as_of, year_start=year_start)
    return book if rates is None else book.in_currency(str(options.currency), rates)


def _rates(options: Options) -> Rates | None:
    if options.rates is None:
        return None
    if options.currency is None:
        raise WrongUsage("--rates needs the currency to convert to: add --currency EUR, for example")
    from subscription_metrics.sources.rates import load_rates  # noqa: PLC0415  # few books have rates

    return load_rates(options.rates, options.rate_policy)


def _scope(asked: Asked, options: Options) -> Scope:
    scope: Scope = {"view": asked.view, "level": asked.level, "by": asked.by, "currency": options.currency}
    if asked.grain is not None:
        scope["grain"] = asked.grain
    return scope


def _window(book: Book, period: str | None, asked: Asked) -> tuple[str | None, str | None]:
    """The first and last period of a question about one, or about those from --from to --to."""
    if period and (asked.from_ or asked.to):
        raise WrongUsage("--period is one period, --from and --to are several: leave out one or the other")
    if asked.from_ is None:
        if asked.to is not None:
            raise WrongUsage("--to needs a --from; for one period write --period")
        return period, period
    grain = asked.grain or Period.parse(asked.from_, book.year_start).grain
    return asked.from_, asked.to or str(book.last_full(grain))


def _inputs(given: Sequence[str]) -> dict[str, Decimal]:
    inputs = {}
    for name, text in _pairs("--set", given).items():
        if name not in FACTS:
            raise WrongUsage(f"--set: {name!r} is none of the facts that metrics take: {', '.join(FACTS)}")
        if not NUMBER.fullmatch(text):
            raise WrongUsage(f"--set: {name} must be a number (got {text!r}); write it as 1200.50")
        inputs[name] = Decimal(text)
    return inputs


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if any(not (name and equals and value) for name, equals, value in pairs):
        raise WrongUsage(f"{option} takes name=value (got {','.join(texts)!r})")
    return {name.strip(): value.strip() for name, _, value in pairs}


FINE, WRONG_DATA, WRONG_USE, DEFECT, INTERRUPTED = 0, 1, 2, 70, 130

ENDINGS: tuple[tuple[type[Exception], int], ...] = (
    (InvalidInput, WRONG_DATA),
    (MissingRate, WRONG_DATA),
    (SubscriptionMetricsError, WRONG_USE),
    (OSError, WRONG_USE),
    (Exception, DEFECT),
)
"""How an error ends: by the first row that it is an instance of."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the command line, and give its exit code."""
    _prepare_streams()
    try:
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

    import subscription_metrics  # noqa: PLC0415  # for its version, which is looked up when it is asked for

    Parameter(allow_leading_hyphen=True, help="a CSV file of subscription periods; - is standard input")(File)
    for group in (Options, Asked):
        Parameter(name="*")(group)
    app = App(
        name="subscription-metrics",
        help="Exact, explained subscription revenue from a file of subscription periods.",
        version=lambda: subscription_metrics.__version__,
        default_parameter=Parameter(negative_iterable=(), show_default=False),
    )
    for command in COMMANDS:
        app.command(command)
    return app


def _prepare_streams() -> None:
    """Write UTF-8 whatever the locale says, and line ends as they are."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


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
