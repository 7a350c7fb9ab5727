"""Random intakes for the agreement of engines: small integers everywhere, so that times tie."""

from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import strategies as st

from citysim.intake import SIGNALS, Intake, Kinds, Places, Signals
from citysim.streams import derive_array
from citysim.units import HOUR, NEVER, IntArray, WorkingWeek

DEPARTMENTS = ("X", "Y", "Z")
LENGTH = 150
"""Seconds that a scene lasts from its base on."""

BASES = (0, 0, 0, HOUR - 40, 2 * HOUR - 20, 24 * HOUR - 30)
"""Where a scene may begin, so that hours and days change while it lasts (second 30 is in the working hours)."""

KINDS = Kinds(
    ids=("a", "b", "c"),
    groups=("g", "g", "h"),
    departments=DEPARTMENTS,
    lead=np.array([0, 1, 2], np.int16),
    supports=np.array([[1, 2, -1], [0, -1, -1], [-1, -1, -1]], np.int16),
    on_site_limit=np.array([3, NEVER, 8], np.int64),
    close_limit=np.array([NEVER, 5, 12], np.int64),
    clock=np.array([0, 1, 1], np.int8),
    emergency=np.array([0, 0, 1], np.int8),
    columns=MappingProxyType({"slow": np.array([1.0, 2.0, 4.0]), "odds": np.array([0.0, 0.5, 1.2])}),
)


@st.composite
def intakes(draw: Any, base: int = 0) -> Intake:
    """A few dozen cases from `base` on: repeats, chains of causes, returns, signals; in one to three districts."""
    n = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    reported = base + np.sort(rng.integers(0, draw(st.sampled_from([4, 20, 60])), n))
    tiebreak = rng.integers(0, 3, n)
    luck = derive_array(int(rng.integers(2**62)), np.arange(n))
    order = np.lexsort((luck, tiebreak, reported))
    parent = np.where(rng.random(n) < 0.3, rng.integers(0, np.arange(n) + 1) - 1, -1)
    cause = _causes(rng, n) if draw(st.booleans()) else np.full(n, -1)
    places = _places(rng, draw(st.integers(1, 3)))
    return Intake(
        reported=reported,
        occurred=np.maximum(reported - rng.integers(0, 5, n), 0),
        incident=np.full(n, -1),
        parent=parent,
        kind=rng.integers(0, 3, n),
        street=rng.integers(0, 4, n),
        severity=rng.integers(0, 4, n),
        channel=rng.integers(0, 4, n),
        priority=rng.integers(0, 4, n),
        n_support=rng.integers(0, 4, n),
        genuine=rng.integers(0, 2, n),
        luck=luck[order],
        tiebreak=tiebreak[order],
        cause=cause,
        escapes=_escapes(rng, reported, cause),
        returns=rng.integers(0, 4, n) == 0,
        worsens=np.where(rng.random(n) < 0.6, np.maximum(reported + rng.integers(-3, 12, n), 0), NEVER),
        key=int(rng.integers(2**62)),
        horizon=base + LENGTH,
        kinds=KINDS,
        places=places,
        working_week=WorkingWeek(days=(0, 1), start=2, end=30),
        signals=_signals(rng, n, base),
        settings=_settings(rng, base, len(places.district_ids)),
        columns=_columns(rng, n),
        origin={"scenario": "random", "seed": 0, "replication": 0},
    )


def _causes(rng: np.random.Generator, n: int) -> IntArray:
    """A forest over the rows in any order: chains may run backwards in time."""
    cause = np.full(n, -1)
    ranks = rng.permutation(n)
    for place in range(1, n):
        if rng.random() < 0.6:
            near = rng.integers(max(0, place - 3), place)
            cause[ranks[place]] = ranks[near]
    return cause


def _escapes(rng: np.random.Generator, reported: IntArray, cause: IntArray) -> IntArray:
    """Soon after the cause came in, when it may just be safe or closed, or just before the report.

    What is reported by now has not come of what could still be prevented: along a chain no row escapes after the report
    of one that springs from it.
    """
    soon = reported[cause] + rng.integers(0, 12, len(cause))
    late = reported - rng.integers(0, 8, len(cause))
    escapes = np.maximum(np.minimum(np.where(rng.random(len(cause)) < 0.7, soon, late), reported), 0)
    for row, at in enumerate(reported.tolist()):
        while cause[row] >= 0:
            row = int(cause[row])
            escapes[row] = min(escapes[row], at)
    return escapes


def _places(rng: np.random.Generator, count: int) -> Places:
    """Four streets in one to three districts, each with all other districts as neighbours, or with fewer."""
    others = [rng.permutation([other for other in range(count) if other != district]) for district in range(count)]
    known = int(rng.integers(0, count))
    return Places(
        rng.integers(0, count, 4).astype(np.int32),
        np.array([10.0, 20.0, 30.0, 40.0]),
        ("east", "west", "south")[:count],
        np.array([near[:known] for near in others], np.int32).reshape(count, known),
    )


def _signals(rng: np.random.Generator, n: int, base: int) -> Signals:
    count = int(rng.integers(0, 12))
    at = np.sort(base + rng.integers(0, 80, count)).astype(np.int64)
    return Signals(at, rng.integers(0, n, count).astype(np.int32), rng.integers(0, len(SIGNALS), count).astype(np.int8))


def _settings(rng: np.random.Generator, base: int, districts: int) -> Any:
    """Rain is the same everywhere, travel is not; sometimes the last row holds for the hours that change."""
    hours = int(rng.integers(1, base // HOUR + 3))
    levels = np.array([0.0, 0.5, 1.0, 1.7, 2.5, -0.5])
    travel = rng.choice([0.0, 0.5, 1.0, 1.3, 3.0], (hours, districts))
    return MappingProxyType({"rain": rng.choice(levels, (hours, 1)), "travel": travel})


def _columns(rng: np.random.Generator, n: int) -> dict[str, IntArray]:
    columns = {"work": rng.integers(0, 5, n), "flag": rng.integers(-3, 5, n), "worn": rng.integers(-3, 5, n)}
    return columns | ({"exposure": rng.integers(0, 3, n)} if rng.random() < 0.5 else {})
