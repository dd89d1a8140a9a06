"""The formats that are recognised by their header, as data, and where the columns of a file are.

Names in headers are compared without regard to capitals and surrounding space. A column that no field claims becomes an
attribute of the span, under its name in the file; a column without a name is not read.
"""

from __future__ import annotations

from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING

from attrs import frozen

from subscription_metrics.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from subscription_metrics.errors import Fault


@frozen(eq=False)
class Format:
    """A kind of file, in names of fields.

    `headers` are the names that the column of a field may have; the columns of `required` must be there, and the cells
    of `filled` must not be empty; `inclusive_end` says whether an end date is the last day of service.
    """

    name: str
    headers: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    filled: tuple[str, ...]
    inclusive_end: bool = False


FORMATS = (
    Format(
        "dbt subscription_periods",
        {
            "subscription": ("subscription_id",),
            "customer": ("customer_id",),
            "start": ("start_date",),
            "end": ("end_date",),
            "monthly_amount": ("monthly_amount",),
        },
        required=("subscription", "customer", "start", "end", "monthly_amount"),
        filled=("subscription", "customer", "start", "monthly_amount"),
    ),
    Format(
        "SaaS Tracker",
        {
            "customer": ("external_org_id", "org_id", "organization_id", "customer_org_id"),
            "plan": ("product_code",),
            "monthly_amount": ("mrr",),
            "currency": ("currency",),
            "start": ("start_at",),
            "end": ("end_at",),
            "status": ("status",),
            "subscription": ("source_subscription_id",),
        },
        required=("customer", "plan", "monthly_amount", "currency", "start", "end"),
        filled=("customer", "plan", "monthly_amount", "currency", "start"),
    ),
    Format(
        "Revenue Tracker",
        {
            "customer": ("customer_id",),
            "plan": ("plan_name",),
            "monthly_amount": ("mrr",),
            "start": ("start_date",),
            "end": ("end_date",),
            "currency": ("currency",),
            "interval": ("billing_interval",),
        },
        required=("customer", "plan", "monthly_amount", "start", "end"),
        filled=("customer", "plan", "monthly_amount", "start"),
        inclusive_end=True,
    ),
)

WELL_KNOWN: Mapping[str, str] = {
    "plan": "plan",
    "currency": "currency",
    "status": "status",
    "quantity": "quantity",
    "recurring": "recurring",
    "interval": "billing_interval",
    "parent": "parent",
    "cancellation_reason": "cancellation_reason",
    "voluntary": "voluntary",
}
"""Columns that any file may have, whatever its format."""

FIELDS = ("customer", "subscription", "monthly_amount", "start", "end", *WELL_KNOWN)


@frozen
class Layout:
    """Where in a file of a `format` the fields and the attributes are, by position; and which cells must be filled."""

    format: str
    header: tuple[str, ...]
    fields: Mapping[str, int]
    attributes: Mapping[str, int]
    filled: frozenset[str]
    inclusive_end: bool


def mapped_format(columns: Mapping[str, str]) -> Format:
    """The format that a caller describes: the column name of each field.

    Raises:
        InvalidValue: `columns` names no such field, or leaves out one that every span has.
    """
    always = ("customer", "monthly_amount", "start")
    for field in columns:
        if field not in FIELDS:
            raise InvalidValue("columns", field, "must map fields of a span", f"choose from {', '.join(FIELDS)}")
    for field in always:
        if field not in columns:
            raise InvalidValue("columns", dict(columns), f"must name the column of {field}", f"add {field!r}: …")
    return Format(
        "the given columns",
        {field: (_key(name),) for field, name in columns.items()},
        required=tuple(columns),
        filled=(*always, *({"subscription"} & set(columns))),
    )


def header_faults(
    header: Sequence[str], formats: Sequence[Format], fault: Callable[[str | None, str, str, str], Fault]
) -> Iterator[Fault]:
    """Everything that keeps a header from fitting exactly one of `formats`; `fault` knows file and line."""
    keys = [_key(name) for name in header]
    for key, count in Counter(filter(None, keys)).items():
        if count > 1:
            name = header[keys.index(key)].strip()
            yield fault(name, name, f"stands {count} times in the header", "rename or delete all but one")
    missing = {kind: _missing(kind, keys) for kind in formats}
    fitting = [kind for kind in formats if not missing[kind]]
    if not fitting:
        nearest = min(formats, key=lambda kind: len(missing[kind]))
        rule = f"the header lacks {', '.join(missing[nearest])}, which {nearest.name} has"
        remedy = "add the columns, or say where the fields are with columns={'customer': 'name of the column', …}"
        yield fault(None, ", ".join(name.strip() for name in header), rule, remedy)
    if len(fitting) > 1:
        rule = f"the header fits {' and '.join(kind.name for kind in fitting)}"
        yield fault(None, ", ".join(header), rule, "say where the fields are with columns={'customer': …, …}")
    for kind in fitting[:1]:
        for field, names in kind.headers.items():
            if len(there := [name for name in names if name in keys]) > 1:
                rule = f"several columns hold {field}: {', '.join(there)}"
                yield fault(there[1], there[1], rule, "rename or delete all but one")


def layout_of(header: Sequence[str], formats: Sequence[Format]) -> Layout:
    """Where the columns are, in a header without faults."""
    keys = [_key(name) for name in header]
    (kind,) = (kind for kind in formats if not _missing(kind, keys))
    fields = {field: keys.index(name) for field, names in kind.headers.items() for name in names if name in keys}
    for field, name in WELL_KNOWN.items():
        if field not in fields and name in keys and keys.index(name) not in fields.values():
            fields[field] = keys.index(name)
    attributes = {
        name.strip(): position
        for position, name in enumerate(header)
        if name.strip() and position not in fields.values()
    }
    in_order = dict(sorted(fields.items(), key=itemgetter(1)))
    return Layout(kind.name, tuple(header), in_order, attributes, frozenset(kind.filled), kind.inclusive_end)


def _key(name: str) -> str:
    return name.strip().lower()


def _missing(kind: Format, keys: Sequence[str]) -> list[str]:
    """The required columns that a header lacks, each by its first name."""
    return [kind.headers[field][0] for field in kind.required if not set(kind.headers[field]) & set(keys)]
