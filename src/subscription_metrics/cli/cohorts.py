"""The commands `cohorts`, `projection` and `summary`: who stays, where MRR is going, and a year of it for investors.

House rule: as in `commands`, nothing is calculated here, and a command writes when it has the whole answer.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from subscription_metrics.cli import WrongUsage
from subscription_metrics.cli.commands import NUMBER, OPTIONS, File, Options, book_of, inputs_of, write
from subscription_metrics.cohorts.membership import SizeBands
from subscription_metrics.cohorts.tables import CohortMeasure, Shape
from subscription_metrics.errors import InvalidValue
from subscription_metrics.mrr.spans import Level
from subscription_metrics.periods import Grain  # noqa: TC001  # cyclopts reads the annotations
from subscription_metrics.projection import HORIZON, ProjectionMethod, project
from subscription_metrics.sources.facts import load_spend

if TYPE_CHECKING:
    from subscription_metrics.cohorts.asked import CohortScope


def cohorts(  # noqa: D417  # files and options are described at their types
    file: File,
    /,
    *,
    measure: CohortMeasure = CohortMeasure.NET_RETENTION,
    from_: str | None = None,
    to: str | None = None,
    grain: Grain | None = None,
    level: Level = Level.CUSTOMER,
    by: str | None = None,
    bands: str | None = None,
    ages: int | None = None,
    options: Options = OPTIONS,
) -> None:
    """Customers by the period of their first payment, and what is left of them in each period since.

    Args:
        measure: what the cells tell
        from_: the first cohort: 2025-01, 2025-Q1, 2025-W03 or 2025
        to: the last cohort (default: the last full period)
        grain: the length of the periods (default: that of the cohort given, else month)
        level: who joins a cohort: customers (default), subscriptions or parents
        by: a column, such as plan: tell cohorts apart by its value at the first payment
        bands: amounts such as 100,500: tell cohorts apart by MRR at the first payment, below 100, from 100 to below
            500, 500 and more
        ages: how many columns at most (default: all)
    """
    if by is not None and bands is not None:
        raise WrongUsage("--by and --bands both tell cohorts apart: leave out one or the other")
    apart = by if bands is None else _bands(bands)
    scope: CohortScope = {"level": level, "by": apart, "currency": None if options.rates else options.currency}
    if grain is not None:
        scope["grain"] = grain
    book = book_of(file, options)
    if options.format_ == "html":
        from subscription_metrics.reports.pages import cohort_page  # noqa: PLC0415  # only pages need pictures

        sys.stdout.write(cohort_page(book, from_, to, measure=measure, ages=ages, **scope))
        return
    table = book.cohorts(from_, to, measure=measure, **scope).shaped(Shape.TRIANGULAR, ages)
    if options.format_ == "table":
        sys.stdout.write(f"{table.coloured() if sys.stdout.isatty() else table}\n")
    else:
        write(table.rows(), options)


def projection(  # noqa: D417  # files and options are described at their types
    file: File,
    /,
    *,
    method: ProjectionMethod = ProjectionMethod.SIX_MONTH_AVERAGE,
    months: int = HORIZON,
    seed: int | None = None,
    level: str | None = None,
    options: Options = OPTIONS,
) -> None:
    """Where MRR is going in the months to come.

    Args:
        method: the average of six months (default), a bootstrap of the observed months, or the survival of cohorts
        months: how many (default: 12)
        seed: of the bootstrap, which has no default: the same seed gives the same figures
        level: of the limits of the bootstrap, such as 0.9 (default)
    """
    if method is ProjectionMethod.BOOTSTRAP and seed is None:
        raise WrongUsage("--method bootstrap needs a --seed: any whole number, and the same one next time")
    if method is not ProjectionMethod.BOOTSTRAP and (seed is not None or level is not None):
        raise WrongUsage("--seed and --level are for a bootstrap: add --method bootstrap, or leave them out")
    if level is not None and not NUMBER.fullmatch(level):
        raise WrongUsage(f"--level must be a number between 0 and 1 (got {level!r}); write it as 0.9")
    currency = None if options.rates else options.currency
    book = book_of(file, options)
    share = Decimal(level or "0.9")
    write(project(book, method, horizon=months, seed=seed, level=share, currency=currency), options)


def summary(  # noqa: D417  # files and options are described at their types
    file: File,
    /,
    *,
    to: str | None = None,
    spend: str | None = None,
    set_: list[str] | None = None,
    options: Options = OPTIONS,
) -> None:
    """Twelve months of the figures that investors ask for, with growth and the convention behind each.

    Args:
        to: the last month (default: the last full one)
        spend: a CSV file of spend by month and channel: each month is charged with its own
        set_: a fact that no file holds, such as gross_margin=0.8; may be repeated
    """
    from subscription_metrics.reports.investors import investor_summary, readable  # noqa: PLC0415  # no other needs it

    inputs = inputs_of(set_ or ())
    currency = None if options.rates else options.currency
    spent = () if spend is None else load_spend(spend)
    book = book_of(file, options)
    if spend is not None and {one.currency for one in spent}.isdisjoint(book.currencies):
        held = ", ".join(sorted({one.currency for one in spent})) or "nothing"
        answered = ", ".join(book.currencies) or "no currency"
        raise WrongUsage(f"{spend} holds {held}, the answer is in {answered}; say with --currency what both are in")
    answer = investor_summary(book, to, spend=spent, inputs=inputs, currency=currency)
    if options.format_ == "table":
        sys.stdout.write("\n\n".join(map(str, readable(answer))) + "\n")
    elif options.format_ == "html":
        from subscription_metrics.reports.pages import tables_page  # noqa: PLC0415  # only pages need pictures

        sys.stdout.write(tables_page(answer.title, readable(answer)))
    else:
        write(answer, options)


COMMANDS = (cohorts, projection, summary)


def _bands(text: str) -> SizeBands:
    bounds = [bound.strip() for bound in text.split(",")]
    try:
        if all(map(NUMBER.fullmatch, bounds)):
            return SizeBands(tuple(map(Decimal, bounds)))
    except InvalidValue:
        pass
    rule = "--bands takes amounts above 0, each above the one before, with up to 8 decimals"
    raise WrongUsage(f"{rule} (got {text!r}); write it as 100,500,1000")
