"""Golden: Active Collab's daily MRR and ARPU; `activecollab_insight/README.md` says where the numbers come from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

from tests.golden.cases import load
from tests.spans import span

from subscription_metrics.book import Book
from subscription_metrics.quotients import Undefined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from subscription_metrics.mrr.spans import Span

CASES = load("activecollab_insight")

# What their ceil() hides: the exact MRR of the days whose total is not whole.
EXACT = {"2016-01-15": Decimal("41.583"), "2016-01-16": Decimal("140.583")}

ONE_DAY = timedelta(days=1)


def spans_of(events: list[dict[str, Any]]) -> list[Span]:
    """The spans that their events open and close: a plan from its day on, the day of a cancellation included."""
    accounts = {event.get("account", 1) for event in events}
    return [one for account in sorted(accounts) for one in _of_account(account, events)]


def _of_account(account: int, events: Iterable[dict[str, Any]]) -> Iterator[Span]:
    # Of several events on one day the last one holds: an inclusive end becomes exclusive once, here.
    last_of_day = {_day(event): event for event in events if event.get("account", 1) == account}
    days = sorted(last_of_day)
    for day, following in zip(days, [*days[1:], None], strict=True):
        event = last_of_day[day]
        if event["event"] != "plan" or not Decimal(event["mrr"]):
            continue
        ended = following is not None and last_of_day[following]["event"] in {"cancel", "retire"}
        end = following + ONE_DAY if following and ended else following
        name = f"account {account}"
        amount = Decimal(event["mrr"])
        yield span(str(day), amount, str(end) if end else None, customer=name, subscription=name)


def _day(event: dict[str, Any]) -> date:
    return datetime.fromisoformat(event["at"]).date()


def ceiling(amount: Decimal) -> int:
    """Their rounding."""
    return int(amount.to_integral_value(ROUND_CEILING))


def test_every_case_is_tested() -> None:
    """All three apply."""
    assert {"mrr_on_day", "arpu_on_day", "mrr_spans_of_one_account"} == CASES.keys()


def test_mrr_on_day() -> None:
    """The MRR of eight days: exact where ours and theirs are whole, rounded up where theirs is."""
    case = CASES["mrr_on_day"]
    book = Book(spans_of(case["input"]))
    for day, expected in case["expected"].items():
        assert EXACT.get(day, Decimal(expected)) == book.mrr(day)
        assert expected == ceiling(book.mrr(day))


def test_arpu_on_day() -> None:
    """Paying accounts and revenue per account of nine days; where nobody pays ours is undefined, theirs 0."""
    case = CASES["arpu_on_day"]
    book = Book(spans_of(case["input"]))
    for day, expected in case["expected"].items():
        found = {row.name: row.value for row in book.metrics(day)}
        assert expected["paid"] == found["subscribers"]
        arpa = found["arpa"]
        if isinstance(arpa, Undefined):
            assert expected == {"paid": 0, "arpu": 0}
        else:
            assert expected["arpu"] == ceiling(arpa)


def test_mrr_spans_of_one_account() -> None:
    """The MRR of every day of the ledger: a trial and a free plan are nothing, and coming back opens a new span."""
    case = CASES["mrr_spans_of_one_account"]
    book = Book(spans_of(case["input"]))
    expected: dict[date, Decimal] = {}
    for one in case["expected"]:
        start, end = (datetime.fromisoformat(one[name]).date() for name in ("start", "end"))
        # Both ends count; where one span ends on the day on which another starts, the later one holds.
        expected |= {start + timedelta(days=n): Decimal(one["mrr"]) for n in range((end - start).days + 1)}
    first = date(2016, 1, 1)
    for day in (first + timedelta(days=n) for n in range(300)):
        assert expected.get(day, Decimal(0)) == book.mrr(str(day))
    kinds = [one.kind.value for one in book.movements("2016-01-01", "2016-12-31")]
    assert ["new", "expansion", "lost", "reactivation", "lost"] == kinds
