"""Cohorts: customers by the period in which they began to pay, what stays of them, how long, and what it is worth."""
