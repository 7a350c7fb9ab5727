"""The comparison for other programs: comparison.csv, a line for each indicator, group and design."""

import csv
import os
from collections.abc import Iterable
from math import isnan
from pathlib import Path

from citysim.evaluation.compare import Row

FIRST = (
    "indicator", "stratum", "group", "design", "mean", "low", "high", "difference", "difference_low", "difference_high",
    "verdict", "needed", "variance_factor",
)  # fmt: skip
"""The columns of table.md, in its order; needed may be less than the five pairs that a verdict takes."""

COLUMNS = (*FIRST, *(name for name in Row.__dataclass_fields__ if name not in FIRST))


def write_spreadsheet(rows: Iterable[Row], path: Path) -> None:
    """Fields as in `Row`, in stored units (a share is 0.93, a time is in hours), to the last digit; unknown = empty.

    The file appears complete or not at all.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in rows)
    os.replace(temporary, path)


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return "" if isnan(value) else repr(value)
