"""One row becomes a span, an exclusion, or faults.

There are two ways to read rows. `common_spans` is for what nearly all rows are: it reads many at once, by columns,
looks the cells up among those that were read before, and gives up on anything else. `read_row` reads any one row, and
reports everything that is wrong with it. Both read a cell with the same function, so a cell has one meaning.
"""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from attrs import frozen

from subscription_metrics.errors import EndNotAfterStart, InvalidValue
from subscription_metrics.money import NO_CURRENCY
from subscription_metrics.mrr.spans import (
    NO_ATTRIBUTES,
    Attributes,
    Cancellation,
    Exclusion,
    ExclusionReason,
    trusted,
)
from subscription_metrics.sources._amounts import Amount, agreed_currency, read_amount, read_quantity
from subscription_metrics.sources._cells import (
    NULL_WORDS,
    Counted,
    Remembered,
    Rules,
    read_currency,
    read_flag,
    read_interval,
    read_status,
    read_text,
    read_voluntary,
)
from subscription_metrics.sources._dates import read_end, read_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date
    from decimal import Decimal

    from subscription_metrics.mrr.spans import Span
    from subscription_metrics.periods import BillingInterval
    from subscription_metrics.sources._cells import Status
    from subscription_metrics.sources._formats import Layout

    CellReader = Callable[[str, str], Any]

V = TypeVar("V")

_CORE = ("customer", "subscription", "monthly_amount", "start", "end")
"""The fields that differ from row to row. The others repeat, so they are read together: see `Terms`."""


class Terms(NamedTuple):
    """What the rows of one offer have in common: the currency, whether it counts, and fields of a span in its order."""

    currency: str
    status: Status
    plan: str | None
    quantity: Decimal | int
    recurring: bool
    interval: BillingInterval | None
    parent: str | None
    cancellation: Cancellation | None
    attributes: Attributes


class Problem(NamedTuple):
    """What is wrong with one cell: the name of its column, and why it was refused."""

    column: str
    error: InvalidValue


@frozen
class RowReader:
    """What it takes to read the rows of one file: where its cells are, how they are read, and those read before.

    `read` reads the cell of a field, `currency` is that of rows that don't state one, `composes` says whether an absent
    subscription id is made of customer and plan. `core` and `others` are positions of columns; what has no column is
    found behind the last one, where all cells are empty.
    """

    source: str
    layout: Layout
    currency: str
    composes: bool
    read: CellReader
    core: tuple[int, ...]
    others: tuple[int, ...]
    amounts: Remembered[str, Amount]
    starts: Remembered[str, date]
    ends: Remembered[str, date | None]
    terms: Remembered[tuple[str, ...], Terms]


def row_reader(source: str, layout: Layout, rules: Rules, currency: str | None) -> RowReader:
    """Prepare to read rows that are laid out like `layout`, in `currency` where they don't state another."""
    filled = layout.filled | ({"currency"} & set(layout.fields))
    read = partial(_read_cell, _readers(rules, layout), filled if currency is None else filled - {"currency"})
    stated = NO_CURRENCY if currency is None else currency
    absent = len(layout.header)
    others = [position for name, position in layout.fields.items() if name not in _CORE]
    return RowReader(
        source,
        layout,
        stated,
        "subscription" not in filled,
        read,
        core=tuple(layout.fields.get(name, absent) for name in _CORE),
        others=(*others, *layout.attributes.values()),
        amounts=Remembered(partial(read, "monthly_amount")),
        starts=Remembered(partial(read, "start")),
        ends=Remembered(partial(read, "end")),
        terms=Remembered(partial(_read_terms, read, layout, stated)),
    )


def _readers(rules: Rules, layout: Layout) -> Mapping[str, CellReader]:
    return {
        "customer": read_text,
        "subscription": read_text,
        "monthly_amount": partial(read_amount, decimal=rules.decimal),
        "start": partial(read_start, rules=rules),
        "end": partial(read_end, rules=rules, inclusive=layout.inclusive_end),
        "currency": read_currency,
        "status": read_status,
        "plan": read_text,
        "quantity": partial(read_quantity, decimal=rules.decimal),
        "recurring": read_flag,
        "interval": read_interval,
        "parent": read_text,
        "cancellation_reason": read_text,
        "voluntary": read_voluntary,
    }


def _read_cell(readers: Mapping[str, CellReader], filled: AbstractSet[str], name: str, text: str) -> Any:  # noqa: ANN401 - each field has its own type
    """What the cell of a field says; `None` if it says nothing and need not."""
    if text.strip() not in NULL_WORDS:
        return readers[name](name, text)
    if name in filled:
        raise InvalidValue(name, text, "must not be empty", "fill the cell, or leave out the row")
    return None


def _read_attribute(name: str, text: str) -> str | None:
    return None if text.strip() in NULL_WORDS else read_text(name, text)


def _read_terms(read: CellReader, layout: Layout, currency: str, cells: Sequence[str]) -> Terms:
    """The terms in the cells of those fields that aren't core, and of the attributes."""
    fields = [name for name in layout.fields if name not in _CORE]
    values = {name: read(name, text) for name, text in zip(fields, cells, strict=False)}
    texts = zip(layout.attributes, cells[len(fields) :], strict=False)
    return _terms(values, {name: _read_attribute(name, text) for name, text in texts}, currency)


def _terms(values: Mapping[str, Any], attributes: Mapping[str, str | None], currency: str) -> Terms:
    reason, voluntary = values.get("cancellation_reason"), values.get("voluntary")
    stated = {name: value for name, value in attributes.items() if value is not None}
    return Terms(
        values.get("currency") or currency,
        values.get("status") or Counted.YES,
        values.get("plan"),
        values.get("quantity") or 1,
        values.get("recurring") is not False,
        values.get("interval"),
        values.get("parent"),
        None if reason is None and voluntary is None else Cancellation(reason, voluntary),
        Attributes(stated) if stated else NO_ATTRIBUTES,
    )


def common_spans(reader: RowReader, lines: Sequence[int], rows: Sequence[Sequence[str]]) -> list[Span] | None:
    """The spans in `rows` that begin on `lines`; `None` if anything in any of them is unusual.

    Raises:
        InvalidValue: a cell can't be read.
    """
    if not rows:
        return []
    columns = (*zip(*rows, strict=True), ("",) * len(rows))
    customers, subscriptions, amount_texts, start_texts, end_texts = (columns[at] for at in reader.core)
    currencies, statuses, plans, *rest = _terms_of(reader, [columns[at] for at in reader.others], len(rows))
    amounts, units, signs = zip(*map(reader.amounts.__getitem__, amount_texts), strict=True)
    starts = tuple(map(reader.starts.__getitem__, start_texts))
    ends = tuple(map(reader.ends.__getitem__, end_texts))
    customers, subscriptions = tuple(map(str.strip, customers)), tuple(map(str.strip, subscriptions))
    if reader.composes:
        ids = zip(subscriptions, customers, plans, strict=True)
        subscriptions = tuple(_composed(*others) if given in NULL_WORDS else given for given, *others in ids)
    usual = (
        _are_ids(customers)
        and _are_ids(subscriptions)
        and all(end is None or start < end for start, end in zip(starts, ends, strict=True))
        and (statuses.count(Counted.YES) == len(rows) or all(map(_counts, statuses, ends)))
        and (not any(signs) or all(map(_agree, signs, currencies)))
    )
    fields = (customers, subscriptions, amounts, currencies, starts, ends, plans, *rest)
    return list(map(trusted, *fields, repeat(reader.source), lines, units)) if usual else None


def _terms_of(reader: RowReader, columns: Sequence[Sequence[str]], count: int) -> Sequence[tuple[Any, ...]]:
    """The terms of `count` rows, as columns, from those of the file that aren't core."""
    if not columns:
        return [(value,) * count for value in reader.terms[()]]
    return tuple(zip(*map(reader.terms.__getitem__, zip(*columns, strict=True)), strict=True))


def _are_ids(texts: Sequence[str]) -> bool:
    return NULL_WORDS.isdisjoint(texts) and "".join(texts).isprintable()


def _counts(status: Status, end: date | None) -> bool:
    return status is Counted.YES or (status is Counted.UNTIL_END and end is not None)


def _agree(signs: AbstractSet[str] | None, currency: str) -> bool:
    return signs is None or currency in signs


def _composed(customer: str, plan: str | None) -> str:
    """The id of a subscription whose source gives it none."""
    return customer if plan is None else f"{customer}/{plan}"


def read_row(reader: RowReader, line: int, row: Sequence[str], problems: list[Problem]) -> Span | Exclusion | None:
    """The span or exclusion in a row; or `None`, and all that is wrong with it is added to `problems`.

    A row without any text holds nothing, and nothing is wrong with that.
    """
    if not any(map(str.strip, row)):
        return None
    fields, header = reader.layout.fields, reader.layout.header
    values: dict[str, Any] = {
        name: _attempt(problems, header[at], partial(reader.read, name, row[at])) for name, at in fields.items()
    }
    attributes = {
        name: _attempt(problems, name, partial(_read_attribute, name, row[at]))
        for name, at in reader.layout.attributes.items()
    }
    terms = _terms(values, attributes, reader.currency)
    if isinstance(terms.status, ExclusionReason):
        # What doesn't count needs no amount: exports leave it out, or write what it will be.
        values["monthly_amount"] = None
        problems[:] = [problem for problem in problems if problem.column != header[fields["monthly_amount"]]]
    unread = {problem.column for problem in problems}
    problems += _conflicts(reader, row, values, terms, unread)
    return None if problems else _outcome(reader, line, values, terms)


def _attempt(problems: list[Problem], column: str, read: Callable[[], V]) -> V | None:
    try:
        return read()
    except InvalidValue as error:
        problems.append(Problem(column, error))
        return None


def _conflicts(
    reader: RowReader, row: Sequence[str], values: Mapping[str, Any], terms: Terms, unread: AbstractSet[str]
) -> Iterator[Problem]:
    """What is wrong with cells that can be read, each by itself, but don't fit together."""
    column = {name: reader.layout.header[at] for name, at in reader.layout.fields.items()}
    text = {name: row[at] for name, at in reader.layout.fields.items()}
    start, end = values["start"], values.get("end")
    _, _, signs = values["monthly_amount"] or (None, None, None)
    if start and end and end <= start:
        rule = f"leaves no day of service after the start, {start}"
        remedy = "correct one of the two, or say with inclusive_end whether the end is the last day of service"
        yield Problem(column["end"], EndNotAfterStart("end", text["end"], rule, remedy))
    if terms.status is Counted.UNTIL_END and end is None and column.get("end") not in unread:
        rule = "has no end date and would count for ever"
        yield Problem(column["status"], InvalidValue("status", text["status"], rule, "fill in the end date"))
    if signs and column.get("currency") not in unread:
        try:
            agreed_currency("monthly_amount", text["monthly_amount"], signs, terms.currency)
        except InvalidValue as error:
            yield Problem(column["monthly_amount"], error)


def _outcome(reader: RowReader, line: int, values: Mapping[str, Any], terms: Terms) -> Span | Exclusion:
    customer, start, end = values["customer"], values["start"], values.get("end")
    subscription = values.get("subscription") or _composed(customer, terms.plan)
    if isinstance(terms.status, ExclusionReason):
        return Exclusion(
            customer=customer,
            subscription=subscription,
            plan=terms.plan,
            reason=terms.status,
            start=start,
            end=end,
            source=reader.source,
            line=line,
        )
    amount, units, signs = values["monthly_amount"]
    currency = agreed_currency("monthly_amount", "", signs, terms.currency) if signs else terms.currency
    return trusted(customer, subscription, amount, currency, start, end, *terms[2:], reader.source, line, units)
