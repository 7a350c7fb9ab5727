"""Who is on duty: families of pools (seats, officers, crews) over the three levels, and gates that sit in turns."""

from dataclasses import dataclass

import numpy as np

from citysim.errors import PolicyError, whole_number
from citysim.streams import FloatArray
from citysim.units import DAY, LEVELS, IntArray

FINISH, HAND_OVER = "finish", "hand_over"
MOST_OF_A_GATE = 10**12
"""Seconds or cases: far beyond any horizon, and sums of it stay within 64 bits."""


@dataclass(frozen=True)
class Shift:
    """From `start` (second of the cycle) this many people are on duty, until the next shift starts."""

    start: int
    headcount: float


@dataclass(frozen=True)
class PoolFamily:
    """One pool in each place of a level: in the city, in every district or in every street.

    Args:
        name: "street_seat", or "crew:CGJ" for the crews of a department.
        level: "city", "district" or "street".
        shifts: at least one; the first starts at 0.
        cycle: length in seconds after which shifts repeat.
        per_100k: headcounts are for 100,000 residents of the place and are rounded half up to whole people.
        minimum: fewest people in any place and shift (coverage), where headcounts are per 100,000.
        at_shift_end: "finish" (surplus people finish the job in hand) or "hand_over" (it returns to the line, resumes).
        unit_cost_per_hour: cost of one person or crew on duty for an hour, in yuan [asm].
        since, until: seconds between which the family exists at all; outside nobody is on duty (None = for ever).
    """

    name: str
    level: str
    shifts: tuple[Shift, ...]
    cycle: int = DAY
    per_100k: bool = False
    minimum: int = 0
    at_shift_end: str = FINISH
    unit_cost_per_hour: float = 0.0
    since: int = 0
    until: int | None = None

    def __post_init__(self) -> None:
        what = f"staffing {self.name!r}"
        if self.level not in LEVELS:
            raise PolicyError(f"{what}: level = {self.level!r}, must be one of {', '.join(LEVELS)}")
        if self.at_shift_end not in (FINISH, HAND_OVER):
            raise PolicyError(f"{what}: at_shift_end = {self.at_shift_end!r}, must be {FINISH!r} or {HAND_OVER!r}")
        starts = [shift.start for shift in self.shifts]
        if not starts or starts[0] != 0 or sorted(set(starts)) != starts or starts[-1] >= self.cycle:
            raise PolicyError(f"{what}: shifts start at {starts}, must rise from 0 and stay below {self.cycle}")
        if self.since < 0 or (self.until is not None and self.until <= self.since):
            raise PolicyError(f"{what}: since = {self.since}, until = {self.until}, must be >= 0 and rise")
        for shift in self.shifts:
            if not 0 <= shift.headcount <= 1_000_000 or (not self.per_100k and shift.headcount % 1):
                raise PolicyError(f"{what}: headcount = {shift.headcount}, must be a whole number within 0..1000000")

    def headcounts(self, population: FloatArray) -> IntArray:
        """People on duty, shape (n_places, n_shifts), for places with the given residents."""
        counts = np.array([shift.headcount for shift in self.shifts])[None, :]
        if not self.per_100k:
            return np.repeat(counts, len(population), axis=0).astype(np.int64)
        scaled = np.floor(np.asarray(population)[:, None] * counts / 1e5 + 0.5)
        return np.maximum(scaled, self.minimum).astype(np.int64)


@dataclass(frozen=True)
class Gate:
    """A sitting that takes up to `agenda` cases each time: first at `first` (second), then every `period` seconds.

    Each sitting costs `cost_per_sitting` yuan (attendance) [asm].
    """

    name: str
    first: int
    period: int
    agenda: int
    level: str = "city"
    cost_per_sitting: float = 0.0

    def __post_init__(self) -> None:
        what = f"gate {self.name!r}"
        for name, value, least in (("first", self.first, 0), ("period", self.period, 1), ("agenda", self.agenda, 1)):
            whole_number(f"{what}: {name}", value, least, MOST_OF_A_GATE, PolicyError)
        if self.level not in LEVELS:
            raise PolicyError(f"{what}: level = {self.level!r}, must be one of {', '.join(LEVELS)}")


@dataclass(frozen=True)
class Tally:
    """A number kept in each place of a level, that workflows add to and read, and that signals of the world feed.

    Args:
        name: a tally that bears the name of a signal (intake.SIGNALS) counts that signal too.
        memory_hours: only what was added in the present hour and so many hours before it counts; None = all.
    """

    name: str
    level: str = "district"
    memory_hours: int | None = None

    def __post_init__(self) -> None:
        if not self.name or self.level not in LEVELS or not (self.memory_hours is None or self.memory_hours >= 0):
            raise PolicyError(f"tally {self.name!r}: needs a name, a level and memory_hours >= 0 or none; got {self}")


@dataclass(frozen=True)
class Staffing:
    """All families of pools. Pools are numbered family by family in this order, then place by place."""

    families: tuple[PoolFamily, ...]

    def __post_init__(self) -> None:
        names = [family.name for family in self.families]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise PolicyError(f"staffing names {', '.join(sorted(doubled))} twice")

    @staticmethod
    def of(**headcounts: int | PoolFamily) -> "Staffing":
        """Pools of fixed size for the whole city, or families given in full: `Staffing.of(server=5)`."""
        families = []
        for name, count in headcounts.items():
            if isinstance(count, PoolFamily):
                families.append(count)
            else:
                families.append(PoolFamily(name, "city", (Shift(0, count),)))
        return Staffing(tuple(families))

    def with_(self, *families: PoolFamily) -> "Staffing":
        """The same staffing with these families in the place of those of the same name, or after all others."""
        changed = {family.name: family for family in (*self.families, *families)}
        return Staffing(tuple(changed.values()))

    def family(self, name: str) -> PoolFamily | None:
        return next((family for family in self.families if family.name == name), None)
