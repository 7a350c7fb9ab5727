"""The law of simultaneous events, as the two numbers that order everything. See docs/background/semantics.md."""

SHIFT, COMPLETION, ARRIVAL, EXPIRY, DISPATCH = 1, 2, 3, 4, 5
"""Phases of one instant, lowest first."""

PRIORITIES = 8
"""Lines have this many classes, 0 (first) to 7."""

TURNS = 16
"""Draw index = TURNS * visit + turn of the for-each."""
