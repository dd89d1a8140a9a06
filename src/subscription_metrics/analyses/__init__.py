"""Questions that need a book and something beside it: spend, trials, invoices, a discount rate.

Each module answers one kind of question with tables. Where a question needs no more than spans, it is a method of the
book; what stands here takes the book as an argument.
"""
