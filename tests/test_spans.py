from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import asdict, fields
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from tests.spans import span

from subscription_metrics.errors import (
    EmptyIdentifier,
    EndNotAfterStart,
    FloatAmount,
    InvalidValue,
    NegativeAmount,
    UnknownCurrency,
)
from subscription_metrics.mrr.spans import (
    SEGMENT_FIELDS,
    UNIT_OF,
    Attributes,
    Cancellation,
    Exclusion,
    ExclusionReason,
    Level,
    Span,
    segment_by,
    trusted,
)
from subscription_metrics.periods import BillingInterval
from subscription_metrics.testing.strategies import histories

PLAIN: dict[str, Any] = {
    "customer": "ann",
    "subscription": "s1",
    "monthly_amount": Decimal("41.58333333"),
    "currency": "EUR",
    "start": date(2025, 1, 31),
}

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)

REFUSED = [
    ("monthly_amount", 10.5, FloatAmount, "must not be a float"),
    ("monthly_amount", 10, InvalidValue, "must be a Decimal"),
    ("monthly_amount", "10", InvalidValue, "must be a Decimal"),
    ("monthly_amount", Decimal("NaN"), InvalidValue, "must be finite"),
    ("monthly_amount", Decimal("Infinity"), InvalidValue, "must be finite"),
    ("monthly_amount", Decimal("0.123456789"), InvalidValue, "at most 8 decimals"),
    ("monthly_amount", Decimal("-0.01"), NegativeAmount, "must not be negative"),
    ("end", date(2025, 1, 31), EndNotAfterStart, "must be after start"),
    ("end", date(2025, 1, 30), EndNotAfterStart, "first day without service"),
    ("end", NOON, InvalidValue, "must be a date"),
    ("start", NOON, InvalidValue, "named time zone"),
    ("start", "2025-01-31", InvalidValue, "must be a date"),
    ("start", None, InvalidValue, "must be a date"),
    ("currency", "EURO", UnknownCurrency, "ISO 4217"),
    ("currency", "eur", UnknownCurrency, "write 'EUR'"),
    ("currency", None, UnknownCurrency, "ISO 4217"),
    ("customer", "", EmptyIdentifier, "not blank"),
    ("customer", " \t", EmptyIdentifier, "not blank"),
    ("customer", 17, EmptyIdentifier, "pass the id as text"),
    ("subscription", "", EmptyIdentifier, "not blank"),
    ("subscription", None, EmptyIdentifier, "not blank"),
    ("quantity", 0, InvalidValue, "above 0"),
    ("quantity", -1, InvalidValue, "above 0"),
    ("quantity", True, InvalidValue, "above 0"),
    ("quantity", 1.5, InvalidValue, "int or Decimal"),
    ("quantity", Decimal("NaN"), InvalidValue, "above 0"),
    ("quantity", Decimal("Infinity"), InvalidValue, "above 0"),
]


@pytest.mark.parametrize(("field", "value", "error", "message"), REFUSED)
def test_what_no_span_can_hold_is_refused(field: str, value: object, error: type[InvalidValue], message: str) -> None:
    """The error is of its own kind and names the field, the value, the rule and what to do."""
    with pytest.raises(error, match=message) as caught:
        Span(**{**PLAIN, field: value})
    assert type(caught.value) is error
    assert caught.value.value is value
    assert caught.value.field in {field, "amount"}
    assert caught.value.remedy


def test_a_span_of_one_day_and_a_free_one_are_spans() -> None:
    """The shortest interval holds its start; 0 is an amount."""
    assert span("2025-01-31", "0", "2025-02-01").active_on(date(2025, 1, 31))


@pytest.mark.parametrize(
    ("day", "active"),
    [
        (date(2025, 1, 30), False),
        (date(2025, 1, 31), True),
        (date(2025, 2, 27), True),
        (date(2025, 2, 28), False),
        (date(2025, 3, 1), False),
    ],
)
def test_a_span_is_active_from_its_start_to_the_day_before_its_end(day: date, *, active: bool) -> None:
    """§1: “`[start, end)`. `end` is the first day *without* service”."""
    assert active is span("2025-01-31", "10", "2025-02-28").active_on(day)


def test_an_open_span_never_ends() -> None:
    """§1: “`None` is open”."""
    assert span("2025-01-31", "10").active_on(date.max)


def test_the_amount_as_an_integer_is_exact() -> None:
    """Units of 10^-8, of any size."""
    assert 4158333333 == Span(**PLAIN).units
    assert 10**38 == span("2025-01-01", "1" + "0" * 30).units


def test_a_span_leads_back_to_its_row() -> None:
    """§1: “source row (file and line, or object id)”; where it came from doesn't make it another fact."""
    assert "periods.csv:17" == Span(**PLAIN, source="periods.csv", line=17).origin
    assert "sub_123" == Span(**PLAIN, source="sub_123").origin
    assert Span(**PLAIN).origin is None
    assert Span(**PLAIN, source="a.csv", line=1) == Span(**PLAIN, source="b.csv", line=2)


def test_a_span_cannot_be_changed() -> None:
    """Facts are immutable, their attributes too."""
    one = Span(**PLAIN, attributes={"country": "DE"})
    with pytest.raises(FrozenInstanceError):
        one.customer = "bob"  # type: ignore[misc]  # what a type checker refuses is refused at run time too
    with pytest.raises(TypeError):
        one.attributes["country"] = "FR"  # type: ignore[index]  # the same


def test_attributes_don_t_follow_the_mapping_they_came_from() -> None:
    """A copy is taken, so that nobody else can change a fact."""
    given = {"country": "DE"}
    one = Span(**PLAIN, attributes=given)
    given["country"] = "FR"
    assert {"country": "DE"} == dict(one.attributes)


def test_attributes_are_values() -> None:
    """Equal in any order, hashable, readable, and they survive pickling."""
    one, other = Attributes({"a": "1", "b": "2"}), Attributes({"b": "2", "a": "1"})
    assert one == other
    assert hash(one) == hash(other)
    assert 2 == len(one)
    assert "Attributes({'a': '1', 'b': '2'})" == repr(one)
    assert one == pickle.loads(pickle.dumps(one))  # noqa: S301  # our own bytes


@given(histories())
def test_a_trusted_span_is_the_span(history: list[Span]) -> None:
    """A reader that has checked the values itself gets what the constructor gives, in every respect."""
    for one in history:
        twin = trusted(*(getattr(one, attribute.name) for attribute in fields(Span)))
        assert type(twin) is Span
        assert one == twin
        assert hash(one) == hash(twin)
        assert repr(one) == repr(twin)
        assert asdict(one) == asdict(twin)
        assert one.units == twin.units
        with pytest.raises(FrozenInstanceError):
            twin.customer = "bob"  # type: ignore[misc]  # a trusted span is as immutable as any other
        assert one == pickle.loads(pickle.dumps(twin))  # noqa: S301  # our own bytes


def test_the_unit_of_a_level() -> None:
    """§3: “customer (the default level; subscription and parent account are options)”; without parent one's own."""
    child, alone = Span(**PLAIN, parent="group"), Span(**PLAIN)
    assert ["ann", "s1", "group"] == [UNIT_OF[level](child) for level in Level]
    assert ["ann", "s1", "ann"] == [UNIT_OF[level](alone) for level in Level]


def test_a_span_is_segmented_by_a_field_or_an_attribute() -> None:
    """A field comes first; what a span doesn't have is no segment."""
    one = Span(
        **PLAIN,
        plan="pro",
        quantity=3,
        interval=BillingInterval.parse("year"),
        attributes={"country": "DE", "plan": "x"},
    )
    expected = {
        "customer": "ann",
        "subscription": "s1",
        "parent": None,
        "plan": "pro",
        "currency": "EUR",
        "quantity": "3",
        "interval": "1 year",
        "recurring": "recurring",
    }
    assert expected == {name: segment_by(name)(one) for name in SEGMENT_FIELDS}
    assert "not recurring" == segment_by("recurring")(Span(**PLAIN, recurring=False))
    assert "DE" == segment_by("country")(one)
    assert segment_by("channel")(one) is None
    assert segment_by("interval")(Span(**PLAIN)) is None


def test_nothing_is_known_of_a_cancellation_unless_it_is_said() -> None:
    """Neither a reason nor a will is invented."""
    assert (None, None) == (Cancellation().reason, Cancellation().voluntary)


def test_an_exclusion_leads_back_to_its_row() -> None:
    """What contributes nothing has an origin too."""
    known: dict[str, Any] = {
        "customer": "ann",
        "subscription": "s1",
        "plan": None,
        "reason": ExclusionReason.TRIALING,
        "start": date(2025, 1, 1),
        "end": None,
    }
    assert "a.csv:3" == Exclusion(**known, source="a.csv", line=3).origin
    assert "sub_1" == Exclusion(**known, source="sub_1").origin
