"""How one cell is read: every spelling that is accepted, and the reason given for every one that is not."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from subscription_metrics._currencies import MINOR_UNITS
from subscription_metrics.errors import InvalidValue, NegativeAmount, UnknownCurrency
from subscription_metrics.money import NO_CURRENCY
from subscription_metrics.mrr.spans import ExclusionReason
from subscription_metrics.periods import BillingInterval, IntervalUnit
from subscription_metrics.sources import _amounts
from subscription_metrics.sources._amounts import SIGNS, agreed_currency, read_amount, read_quantity
from subscription_metrics.sources._cells import (
    NULL_WORDS,
    STATUSES,
    Ambiguous,
    Choice,
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
    from datetime import tzinfo

BERLIN = ZoneInfo("Europe/Berlin")


def decimals(sign: str | None = None) -> Choice[str]:
    """A choice of the decimal sign."""
    return Choice("decimal", sign)


def rules(*, day_first: bool | None = None, zone: tzinfo | None = None) -> Rules:
    """Rules that nothing has been learnt for."""
    return Rules(decimals(), Choice("day_first", day_first), zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("99", "99"),
        (" 99 ", "99"),
        ("0", "0"),
        ("-0.00", "0"),
        ("007", "7"),
        ("29.9", "29.9"),
        ("29.99", "29.99"),
        ("29,99", "29.99"),
        ("1234.50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1\u202f234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1’234", "1234"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        ("1234.567", "1234.567"),
        ("1234,567", "1234.567"),
        (".5", "0.5"),
        ("+5", "5"),
        ("41.58333333", "41.58333333"),
        ("41.583333333", "41.58333333"),
        ("0.000000005", "0"),
        ("0.000000015", "0.00000002"),
    ],
)
def test_an_amount_that_can_be_read_in_one_way(text: str, expected: str) -> None:
    """Whatever the signs between its digits, and rounded half-even to 8 decimals."""
    amount = Decimal(expected)
    assert (amount, int(amount * 10**8), None) == read_amount("monthly_amount", text, decimals())


@pytest.mark.parametrize("text", ["1,234", "1.234", "12,345", "999.000"])
def test_an_amount_that_can_be_read_in_two_ways(text: str) -> None:
    """Waits for what the rest of the file shows, and is then read in that way."""
    choice = decimals()
    with pytest.raises(Ambiguous, match="can be read as"):
        read_amount("monthly_amount", text, choice)
    read_amount("monthly_amount", "29,99", choice)
    choice.settle()
    assert Decimal(text.replace(".", "").replace(",", ".")) == read_amount("monthly_amount", text, choice)[0]


def test_a_file_that_contradicts_itself_settles_nothing() -> None:
    """Each clear cell keeps its one reading, the others stay ambiguous."""
    choice = decimals()
    assert Decimal("29.99") == read_amount("monthly_amount", "29,99", choice)[0]
    assert Decimal("29.99") == read_amount("monthly_amount", "29.99", choice)[0]
    choice.settle()
    with pytest.raises(Ambiguous, match="contradict each other"):
        read_amount("monthly_amount", "1,234", choice)


@pytest.mark.parametrize(("sign", "expected"), [(".", "1234"), (",", "1.234")])
def test_the_decimal_sign_that_the_caller_gives_settles_everything(sign: str, expected: str) -> None:
    """Also against what a cell would be read as on its own."""
    assert Decimal(expected) == read_amount("monthly_amount", "1,234", decimals(sign))[0]
    other = {".": "29,99", ",": "29.99"}[sign]
    with pytest.raises(InvalidValue, match="must be a number"):
        read_amount("monthly_amount", other, decimals(sign))


@pytest.mark.parametrize(
    "text",
    ["1e3", "1E-2", "Infinity", "--5", "5-", "(5.00)", "1_000", "1,23,456", "1,2345.00", "1.234.50", "12 34", "5.",
     "0x10", "٣", "9.99.", "$", "EUR", "€9 EUR", "9 per month", "50%", "", "1" * 65, "- -5", "9,99,", "free",
     "-€-5", "+€-5"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Nothing that can't be read becomes 0."""
    with pytest.raises(InvalidValue) as refused:
        read_amount("monthly_amount", text, decimals())
    assert (text, "monthly_amount") == (refused.value.value, refused.value.field)


@pytest.mark.parametrize("text", ["-5", "−5.00", "-€5", "€-5", "- 5 EUR"])
def test_an_amount_below_zero_is_refused(text: str) -> None:
    """Credits and refunds are not MRR."""
    with pytest.raises(NegativeAmount):
        read_amount("monthly_amount", text, decimals())


@pytest.mark.parametrize("text", ["0", "12", "12.5", "12.50", "12.1234", "12.12345678", "00.10", "1234567.89"])
@pytest.mark.parametrize("sign", [None, ".", ","])
def test_the_short_way_to_read_an_amount_gives_what_the_long_way_gives(
    text: str, sign: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same value, units, and evidence, or the same refusal."""

    def outcome() -> object:
        choice = decimals(sign)
        try:
            return read_amount("monthly_amount", text, choice), sign or choice.seen
        except InvalidValue as error:
            return str(error)

    short = outcome()
    monkeypatch.setattr(_amounts, "_PLAIN", re.compile("(?!)"))
    assert outcome() == short


@pytest.mark.parametrize(
    ("text", "currencies"),
    [
        ("€99", "EUR"),
        ("99 €", "EUR"),
        ("99USD", "USD"),
        ("usd 99", "USD"),
        ("R$ 1.234,50", "BRL"),
        ("¥9", "JPY CNY"),
    ],
)
def test_a_currency_sign_beside_an_amount(text: str, currencies: str) -> None:
    """Limits what the currency of the row may be."""
    assert frozenset(currencies.split()) == read_amount("monthly_amount", text, decimals())[2]


def test_every_currency_sign_stands_for_currencies() -> None:
    """The table of signs names active ISO 4217 codes only."""
    assert set() == frozenset().union(*SIGNS.values()) - set(MINOR_UNITS)


def test_the_sign_and_the_row_agree_on_a_currency() -> None:
    """A sign confirms what is stated; alone, it states a currency if it stands for one only."""
    assert "CAD" == agreed_currency("monthly_amount", "$9", SIGNS["$"], "CAD")
    assert "EUR" == agreed_currency("monthly_amount", "€9", SIGNS["€"], NO_CURRENCY)
    with pytest.raises(InvalidValue, match="stands for several currencies"):
        agreed_currency("monthly_amount", "$9", SIGNS["$"], NO_CURRENCY)
    with pytest.raises(InvalidValue, match="is not in USD"):
        agreed_currency("monthly_amount", "€9", SIGNS["€"], "USD")


@pytest.mark.parametrize(("text", "expected"), [("3", 3), ("3.0", 3), ("2.5", Decimal("2.5")), ("1 000", 1000)])
def test_a_quantity(text: str, expected: object) -> None:
    """An int if it is whole, so that it is shown as one."""
    quantity = read_quantity("quantity", text, decimals())
    assert (expected, type(expected)) == (quantity, type(quantity))


@pytest.mark.parametrize("text", ["0", "-1", "many"])
def test_a_quantity_of_nothing_is_refused(text: str) -> None:
    """It would be a span that isn't there."""
    with pytest.raises(InvalidValue, match="quantity must be"):
        read_quantity("quantity", text, decimals())


@pytest.mark.parametrize(
    "text",
    ["2025-01-31", "20250131", "31.01.2025", "31.1.2025", "2025/01/31", "2025.1.31", "31/01/2025", "01/31/2025",
     "31-01-2025", "2025-01-31 00:00", "2025-01-31T23:59:58", "2025-01-31T09:30:00.123", "31.01.2025 10:00",
     " 2025-01-31 "],
)  # fmt: skip
def test_a_date_that_can_be_read_in_one_way(text: str) -> None:
    """An instant without an offset is taken to be in the reporting time zone."""
    assert date(2025, 1, 31) == read_start("start", text, rules())


@pytest.mark.parametrize(
    "text",
    ["2025-02-30", "2025-13-01", "31/31/2025", "01.31.2025", "31.01.25", "1/2/25", "2025-01", "0000-01-01",
     "2025-W05-1", "2025-01-31T25:00", "2025-01-31 later", "2025-01-31T10", "yesterday", "45688", "1735689600",
     "2025-01/31", "", "٣٣-01-2025"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    """Serial numbers of spreadsheets and epochs among it."""
    with pytest.raises(InvalidValue, match="start must be a date") as refused:
        read_start("start", text, rules())
    assert text == refused.value.value


@pytest.mark.parametrize(("other", "expected"), [("31/01/2025", date(2025, 2, 1)), ("01/31/2025", date(2025, 1, 2))])
def test_the_clear_dates_of_a_file_settle_the_others(other: str, expected: date) -> None:
    """Whether the day comes first is one choice for a whole file."""
    file = rules()
    with pytest.raises(Ambiguous, match="2025-02-01 or as 2025-01-02"):
        read_start("start", "01/02/2025", file)
    read_start("start", other, file)
    file.day_first.settle()
    assert expected == read_start("start", "01/02/2025", file)


def test_the_same_day_and_month_is_one_date() -> None:
    """Both readings are the same, and neither is evidence for other dates."""
    file = rules()
    assert date(2025, 5, 5) == read_start("start", "05/05/2025", file)
    assert date(2025, 2, 1) == read_start("start", "01.02.2025", file)
    assert set() == file.day_first.seen


def test_the_order_that_the_caller_gives_refuses_the_other_one() -> None:
    """A date that fits the other order only is no date then."""
    assert date(2025, 1, 2) == read_start("start", "01/02/2025", rules(day_first=False))
    with pytest.raises(InvalidValue, match="must be a date"):
        read_start("start", "31/01/2025", rules(day_first=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-31T23:30:00Z", date(2025, 2, 1)),
        ("2025-01-31T23:30:00+01:00", date(2025, 1, 31)),
        ("2025-01-31 23:30:00 UTC", date(2025, 2, 1)),
        ("2025-01-31T18:30-0500", date(2025, 2, 1)),
        ("2025-07-31T22:30:00+00", date(2025, 8, 1)),
    ],
)
def test_an_instant_becomes_a_date_in_the_reporting_time_zone(text: str, expected: date) -> None:
    """“Instants become dates once, on entry, in a *named* reporting time zone.” (semantics §1)."""
    assert expected == read_start("start", text, rules(zone=BERLIN))


def test_an_instant_needs_a_reporting_time_zone() -> None:
    """The message says how to name one."""
    with pytest.raises(InvalidValue, match="timezone='Europe/Berlin'"):
        read_start("start", "2025-01-31T23:30:00Z", rules())


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "2025-01-01T00:00:00+99:00"])
def test_an_instant_outside_the_calendar_is_no_date(text: str) -> None:
    """It is refused like any other text that is no date."""
    with pytest.raises(InvalidValue, match="must be a date"):
        read_start("start", text, rules(zone=BERLIN))


@pytest.mark.parametrize(
    ("text", "inclusive", "expected"),
    [
        ("2025-01-31", False, date(2025, 1, 31)),
        ("2025-01-31", True, date(2025, 2, 1)),
        ("2025-01-31T23:59:59", False, date(2025, 2, 1)),
        ("2025-01-31T23:59:59.999", True, date(2025, 2, 1)),
        ("2025-01-31T15:00", False, date(2025, 1, 31)),
        ("9999-12-31", False, None),
        ("9999-12-31", True, None),
        ("9999-12-31T23:59:59-05:00", True, None),
        ("9999-12-30", True, date(9999, 12, 31)),
    ],
)
def test_an_end_is_the_first_day_without_service(text: str, *, inclusive: bool, expected: date | None) -> None:
    """“Sources whose end dates are inclusive convert once, on entry.” (semantics §1); 9999-12-31 means open."""
    assert expected == read_end("end", text, rules(zone=BERLIN), inclusive=inclusive)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("active", Counted.YES),
        ("Past Due", Counted.YES),
        ("past-due", Counted.YES),
        ("CANCELED", Counted.UNTIL_END),
        ("cancelled", Counted.UNTIL_END),
        ("trialing", ExclusionReason.TRIALING),
        ("paused", ExclusionReason.PAUSED),
        ("unpaid", ExclusionReason.UNPAID),
    ],
)
def test_a_status(text: str, expected: object) -> None:
    """Spelt in any case, with spaces, hyphens or underscores."""
    assert expected == read_status("status", text)


def test_an_unknown_status_is_answered_with_the_known_ones() -> None:
    """All of them, so that the right one can be chosen."""
    with pytest.raises(InvalidValue) as refused:
        read_status("status", "asleep")
    assert f"write one of: {', '.join(STATUSES)}" == refused.value.remedy


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("Yes", True), ("0", False), ("n", False)])
def test_a_flag(text: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Yes or no, in the words of databases and spreadsheets."""
    assert (expected, expected) == (read_flag("recurring", text), read_voluntary("voluntary", text))


def test_the_words_for_voluntary_and_not() -> None:
    """As billing systems write them; they say nothing about other flags."""
    assert (True, False) == (read_voluntary("voluntary", "Voluntary"), read_voluntary("voluntary", "involuntary"))
    with pytest.raises(InvalidValue, match="known words"):
        read_flag("recurring", "voluntary")


def test_a_currency() -> None:
    """In any case; what is no active code is refused."""
    assert ("EUR", NO_CURRENCY) == (read_currency("currency", " eur "), read_currency("currency", "xxx"))
    with pytest.raises(UnknownCurrency):
        read_currency("currency", "USDT")


def test_an_interval() -> None:
    """As `BillingInterval.parse` reads it, with the name of the field in the error."""
    assert BillingInterval(IntervalUnit.YEAR) == read_interval("interval", "yearly")
    with pytest.raises(InvalidValue) as refused:
        read_interval("interval", "now and then")
    assert ("interval", "now and then") == (refused.value.field, refused.value.value)


@pytest.mark.parametrize("text", ["caf\udce9", "nul\0", "bell\a", "\x85"])
def test_what_is_not_text_is_refused_in_a_form_that_can_be_shown(text: str) -> None:
    """The error can be written to any stream: it holds neither control characters nor lone surrogates."""
    with pytest.raises(InvalidValue, match=r'encoding="latin-1"') as refused:
        read_text("plan", text)
    assert str(refused.value.value).isprintable()


def test_text_keeps_line_breaks_and_tabs_inside() -> None:
    """Only the space around it goes."""
    assert "Pro\nplan\twith\u00a0care" == read_text("plan", " Pro\nplan\twith\u00a0care ")


def test_words_for_nothing_leave_out_what_could_be_something() -> None:
    """`NA` is North America and Namibia, `-` and `0` are values."""
    assert {"NA", "-", "0", "no"}.isdisjoint(NULL_WORDS)
    assert {"", "NULL", "null", "N/A", "n/a", "None", "NaN", "#N/A", r"\N"} <= NULL_WORDS


def test_what_is_remembered_is_bounded() -> None:
    """A file in which nothing repeats costs no more memory than one in which everything does."""
    asked: list[int] = []

    def answer(question: int) -> int:
        asked.append(question)
        return question

    answers = Remembered(answer)
    assert [0, 0, 1] == [answers[0], answers[0], answers[1]]
    assert [0, 1] == asked
    assert all(answers[number] == number for number in range(Remembered.LIMIT + 10))
    assert len(answers) <= Remembered.LIMIT
