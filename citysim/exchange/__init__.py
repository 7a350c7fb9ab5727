"""The case log of a run for other programs: XES, OCEL 2.0 and CSV."""
