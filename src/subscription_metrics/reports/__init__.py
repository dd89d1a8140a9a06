"""Results put together for people: what of a table fits a terminal, what a file holds, and the monthly report."""
