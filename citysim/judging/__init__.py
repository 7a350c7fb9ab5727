"""Judging a log: one function, one indicator, with its formula and source; numpy only."""
