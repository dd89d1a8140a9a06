"""The currency of an answer that is in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscription_metrics.errors import EmptyBook, SeveralCurrencies

if TYPE_CHECKING:
    from subscription_metrics.book import Book


def one_currency(book: Book, currency: str | None) -> str:
    """The currency that is asked for, or the only one of the book.

    Raises:
        SeveralCurrencies: the book holds several and none is named.
        EmptyBook: it holds none.
    """
    if currency is not None:
        return currency
    if not book.currencies:
        raise EmptyBook("book", "no spans", "is empty, so it has no currency of its own", "load spans first")
    if len(book.currencies) > 1:
        raise SeveralCurrencies(book.currencies)
    return book.currencies[0]
