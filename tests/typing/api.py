"""What type checkers make of the public names: checked by mypy and pyright, never run.

A line here fails the type check when the declared type of something public changes.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import assert_type

import subscription_metrics as sm

assert_type(sm.__version__, str)


def amounts_are_decimals(rates: sm.Rates) -> None:
    """No float comes in where an amount is due, and none comes out."""
    assert_type(sm.round_money(Decimal("9.995"), "EUR"), Decimal)
    assert_type(sm.allocate(100, [1, 1, 1]), tuple[int, ...])
    assert_type(rates.rate("USD", "EUR", date(2025, 1, 1)), Decimal)
    sm.round_money(9.995, "EUR")  # type: ignore[arg-type]  # a float is a type error already


def rates_are_a_protocol() -> sm.Rates:
    """Both kinds of rates are what a function that takes rates asks for."""
    constant: sm.Rates = sm.ConstantRates({("USD", "EUR"): Decimal("0.9")})
    return constant


def periods_are_ordered_values(period: sm.Period) -> None:
    """A period knows its days and its neighbours."""
    assert_type(sm.Period.parse("2025-01"), sm.Period)
    assert_type(period.start, date)
    assert_type(period.next(), sm.Period)
    assert_type(sm.period_range(period, period), tuple[sm.Period, ...])


def undefined_is_to_be_dealt_with(quotient: sm.Quotient) -> Decimal:
    """A quotient is no number until it is known to be one."""
    quotient + 1  # type: ignore[operator]  # it may be undefined
    return Decimal(0) if isinstance(quotient, sm.Undefined) else quotient


def tables_know_their_rows(table: sm.Table[sm.BridgeRow]) -> None:
    """Iterating a table of bridge rows gives bridge rows, and a slice of a table is a table."""
    assert_type(table[0], sm.BridgeRow)
    assert_type(table[:3], sm.Table[sm.BridgeRow])
    assert_type([row.closing for row in table], list[Decimal])


def errors_carry_data(error: sm.InvalidValue, batch: sm.InvalidInput) -> None:
    """What was wrong, where, and what to do is there without parsing a message."""
    assert_type(error.field, str)
    assert_type(error.value, object)
    assert_type(batch.faults[0].line, int | None)


def a_book_answers_in_typed_tables(book: sm.Book) -> None:
    """Each question has its own kind of row; periods are given as values or as labels."""
    assert_type(sm.Book.from_csv("subscriptions.csv"), sm.Book)
    assert_type(book.mrr("2025-12"), Decimal)
    assert_type(book.bridge("2025-01", "2025-12"), sm.Table[sm.BridgeRow])
    assert_type(book.movements("2025-12", kind=sm.MovementKind.EXPANSION), sm.Table[sm.Movement])
    assert_type(book.causes(sm.Period.parse("2025-12")), sm.Table[sm.CauseRow])
    assert_type(book.metrics("2025-12", inputs={"spend": Decimal(1200)}), sm.Table[sm.MetricRow])
    assert_type(book.top_movers("2025-12", 5), sm.Table[sm.Movement])
    assert_type(book.top_customers("2025-12"), sm.Table[sm.CustomerRow])
    assert_type(book.segments("plan", "2025-12"), sm.Table[sm.SegmentRow])
    assert_type(book.explain("cus_42", "2025-12"), sm.Table[sm.ExplanationRow])


def a_question_has_a_known_scope(book: sm.Book, scope: sm.Scope) -> None:
    """The keywords of a question can be handed on as one typed dict; a misspelt one is a type error."""
    book.bridge(**scope)
    book.bridge(grain=sm.Grain.QUARTER, view=sm.View.GROSS, level=sm.Level.PARENT, by="plan", currency="EUR")
    book.bridge(segment="plan")  # type: ignore[call-arg]  # it is called `by`


def a_live_book_changes(live: sm.LiveBook, span: sm.Span) -> None:
    """Changes return nothing; the bridge is the one of a book."""
    live.end(span, date(2025, 3, 1), sm.Cancellation("too expensive", voluntary=True))
    assert_type(live.bridge(), sm.Table[sm.BridgeRow])


def a_reading_keeps_what_counts_apart(reading: sm.Reading) -> None:
    """Good rows, rows that are left out, and faults."""
    assert_type(reading.spans, tuple[sm.Span, ...])
    assert_type(reading.exclusions, tuple[sm.Exclusion, ...])
    assert_type(reading.faults, tuple[sm.Fault, ...])


def a_metric_is_a_quotient(row: sm.MetricRow) -> None:
    """Its value may be undefined, and the reason is at hand."""
    assert_type(row.value, sm.Quotient)
    assert_type(row.undefined, str | None)
    assert_type([value.name for value in sm.evaluate({"closing": 100})], list[str])
