"""Logs written by hand: only what a test is about has to be said."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from citysim.intake import Kinds
from citysim.log import CASE_DTYPES, OPEN, POOL_DTYPES, Log
from citysim.units import CALENDAR, HOUR, NEVER, WORKING, WorkingWeek

KINDS = Kinds(
    ids=("leak", "litter", "survey"),
    groups=("gas", "street", "street"),
    lead=np.zeros(3, np.int16),
    supports=np.array([[1, 2], [-1, -1], [-1, -1]], np.int16),
    on_site_limit=np.full(3, NEVER, np.int64),
    close_limit=np.array([10 * HOUR, 10 * HOUR, NEVER]),
    clock=np.array([CALENDAR, WORKING, CALENDAR], np.int8),
    emergency=np.array([1, 0, 0], np.int8),
)
"""leak: 10 calendar hours, an emergency, two supports; litter: 10 working hours (Mon to Sat, 8 to 18); survey: none."""

NOT_COME = (
    "filed", "graded", "dispatched", "arrived", "assembled", "safe", "fixed", "rooted", "verified",
    "ended",
)  # fmt: skip
DEFAULTS: dict[str, int] = {
    "incident": 0, "parent": -1, "cause": -1, "severity": 3, "channel": 2, "genuine": 1, "grade": NEVER,
} | dict.fromkeys(NOT_COME, NEVER)  # fmt: skip


def case(**columns: int) -> dict[str, int]:
    """One genuine, open, ungraded case of severity IV, reported at 0; whatever is given replaces that.

    The onset is the report unless given.
    """
    row = dict.fromkeys(CASE_DTYPES, 0) | DEFAULTS | {"outcome": OPEN} | columns
    row["first_grade"] = columns.get("first_grade", row["grade"])
    return row if "occurred" in columns else row | {"occurred": row["reported"]}


def make_log(cases: Sequence[dict[str, int]], until: int, pools: Sequence[dict[str, int]] = (), **facts: Any) -> Log:
    """A log with these cases and pools; two families (seats of the city, crews of a district), two districts."""
    columns = {name: np.array([row[name] for row in cases], dtype=dtype) for name, dtype in CASE_DTYPES.items()}
    columns["case"] = np.arange(len(cases), dtype=np.int32)
    defaults: dict[str, Any] = {
        "step_columns": None,
        "blocks": (),
        "families": ("seat", "crew"),
        "levels": ("city", "district"),
        "unit_costs": (50.0, 200.0),
        "agendas": (0, 0),
        "overhead_per_week": 1000.0,
        "kinds": KINDS,
        "district_ids": ("north", "south"),
        "working_week": WorkingWeek(),
    }
    return Log(
        case_columns=columns,
        pool_columns={name: np.array([row.get(name, 0) for row in pools], dtype=d) for name, d in POOL_DTYPES.items()},
        until=until,
        **(defaults | facts),
    )
