"""The commands: plain functions that read a file, ask the book and write the answer to standard output.

cyclopts makes the command line of their signatures and docstrings: a parameter is an option, an underscore at the end
of its name is dropped, and the types of parameters are imported at run time because they are read then. `Options` and
`Asked` are vocabularies that commands share.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TextIO

from attrs import frozen

from subscription_metrics.cli import WrongUsage
from subscription_metrics.exporters import write_csv, write_json
from subscription_metrics.mrr.bridge import View
from subscription_metrics.mrr.movements import MovementKind  # noqa: TC001  # cyclopts reads the annotations
from subscription_metrics.mrr.spans import Level
from subscription_metrics.periods import Grain, Period
from subscription_metrics.rates import MissingRatePolicy
from subscription_metrics.reports.excerpts import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from subscription_metrics.book import Book
    from subscription_metrics.rates import Rates
    from subscription_metrics.scope import Scope
    from subscription_metrics.sources.csv import Reading
    from subscription_metrics.tables import Table


class File(str):
    """A CSV file of subscription periods; `-` is standard input."""

    __slots__ = ()


@frozen(kw_only=True)
class Options:
    """How the file is read and the answer written.

    Attributes:
        format_: table (default), json, csv or html, a page for the browser
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

    format_: Literal["table", "json", "csv", "html"] = "table"
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

    write(contents(_reading(file, options)), options)


def bridge(file: File, /, *, asked: Asked = ASKED, options: Options = OPTIONS) -> None:
    """MRR from period to period: opening + new + expansion + reactivation + contraction + lost = closing."""
    book = book_of(file, options)
    write(book.bridge(asked.from_, asked.to, **_scope(asked, options)), options)


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
    inputs = inputs_of(set_ or ())
    book = book_of(file, options)
    window = _window(book, period, asked)
    write(book.metrics(*window, inputs=inputs, **_scope(asked, options)), options)


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
    book = book_of(file, options)
    window = _window(book, period, asked)
    write(book.movements(*window, kind=kind, **_scope(asked, options)), options)


def explain(  # noqa: D417  # files and options are described at their types
    file: File, customer: str, /, *, period: str | None = None, options: Options = OPTIONS
) -> None:
    """Every row of a customer at the close of a period: counted because, or left out because.

    Args:
        customer: the id of the customer
        period: the period (default: the last full month)
    """
    write(book_of(file, options).explain(customer, period), options)


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
    inputs = inputs_of(set_ or ())
    book = book_of(file, options)
    answer = summary(book, asked.from_, asked.to, inputs=inputs, **_scope(asked, options))
    if options.format_ == "json":
        write_object(answer, sys.stdout)
    elif options.format_ == "html":
        from subscription_metrics.reports.pages import report_page  # noqa: PLC0415  # only pages need pictures

        sys.stdout.write(report_page(answer))
    else:
        sys.stdout.write(f"{answer}\n")


COMMANDS = (check, bridge, metrics, movements, explain, report)

FACTS = (
    *("spend", "marketing_spend", "previous_marketing_spend", "gross_margin"),
    *("net_burn", "revenue_growth", "ebitda_margin", "discount_rate"),
    *("converted_trials", "ended_trials", "paid_on_time", "issued", "open_balance", "invoiced", "days"),
)
"""What metrics take beside the subscriptions, by the names of the nomenclature."""

NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def _write_text(table: Table[Any], stream: TextIO) -> None:
    stream.write(f"{in_words([table])}\n")


def _write_page(table: Table[Any], stream: TextIO) -> None:
    from subscription_metrics.reports.pages import table_page  # noqa: PLC0415  # only pages need pictures

    stream.write(table_page(table))


WRITERS: Mapping[str, Callable[[Table[Any], TextIO], None]] = {
    "table": _write_text,
    "json": write_json,
    "csv": write_csv,
    "html": _write_page,
}


def write(table: Table[Any], options: Options) -> None:
    """Write the answer of a command in the format that was asked for."""
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


def book_of(file: File, options: Options) -> Book:
    """The book of a file, in the currency that was asked for."""
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


def inputs_of(given: Sequence[str]) -> dict[str, Decimal]:
    """The facts that were given by `--set`.

    Raises:
        WrongUsage: a name is that of no fact, or a value no number.
    """
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
