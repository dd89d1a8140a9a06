"""Revenue recognition: contracts → schedules → journal entries → balances. Knows nothing of MRR.

ASC 606 and IFRS 15 for subscription contracts. Paragraphs are cited by number and told in our own words.

1. A schedule is a pure function of a contract's facts as known at a day. It is exact: whole minor units on every day.
2. Posting is the difference between what the facts say should have been posted by now, and what has been.
3. Every entry balances, and every line of it can be followed to the facts it comes from.
"""
