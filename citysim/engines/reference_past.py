"""What the reference engine knows of all that has happened: causes, containment, severity, tallies (law, section 9)."""

from collections import Counter, defaultdict

from citysim.engines.reference_state import Case
from citysim.intake import Intake
from citysim.log import CLOSED, NEVER
from citysim.policy.staffing import Tally
from citysim.units import HOUR, LEVELS


class Past:
    """All cases that came in so far, and what follows from how they went for other rows of the intake.

    Attributes:
        cases: by row of the intake. signals: for each row the bits of the signals that took place through it.
    """

    def __init__(self, intake: Intake) -> None:
        self.cases: dict[int, Case] = {}
        self.signals: defaultdict[int, int] = defaultdict(int)
        self._parent, self._cause = intake.parent.tolist(), intake.cause.tolist()
        self._escapes, self._returns = intake.escapes.tolist(), intake.returns.tolist()
        self._severity, self._worsens = intake.severity.tolist(), intake.worsens.tolist()

    def comes_in(self, row: int, now: int) -> bool:
        """Whether the row becomes a case: it happened, and the report that it repeats, if any, is open."""
        return self.happened(row) and (self._parent[row] < 0 or self.open_parent(row, now) is not None)

    def open_parent(self, row: int, now: int) -> Case | None:
        """The case that the row repeats, if it came in and did not end before now (ending right now, it is open)."""
        parent = self.cases.get(self._parent[row])
        return parent if parent is not None and (parent.ended == NEVER or parent.ended >= now) else None

    def happened(self, row: int) -> bool:
        """Whether nothing on the way back to the first cause was prevented, as far as is known by now."""
        while self._cause[row] >= 0:
            cause, escapes = self._cause[row], self._escapes[row]
            if self._returns[row]:
                if not self._was_closed(cause, escapes) or self._was_marked(cause, "rooted", escapes):
                    return False
            elif self.was_contained(cause, escapes):
                return False
            row = cause
        return True

    def was_contained(self, row: int, before: int) -> bool:
        return self._was_marked(row, "safe", before) or self._was_closed(row, before)

    def severity(self, row: int, now: int) -> int:
        """How severe it is now, 0 (I) to 3 (IV)."""
        worsens = self._worsens[row]
        has_worsened = worsens != NEVER and worsens <= now and not self.was_contained(row, worsens)
        return max(0, self._severity[row] - has_worsened)

    def _was_marked(self, row: int, milestone: str, before: int) -> bool:
        case = self.cases.get(row)
        return case is not None and milestone in case.first_marks and case.first_marks[milestone] < before

    def _was_closed(self, row: int, before: int) -> bool:
        case = self.cases.get(row)
        return case is not None and case.outcome == CLOSED and case.ended < before


class Tallies:
    """The numbers kept in each place of a level: what was added, hour by hour where there is a memory limit."""

    def __init__(self, tallies: tuple[Tally, ...]) -> None:
        self._tallies = {tally.name: tally for tally in tallies}
        self._added: defaultdict[tuple[str, int], Counter[int]] = defaultdict(Counter)

    def __contains__(self, name: str) -> bool:
        return name in self._tallies

    def add(self, name: str, places: tuple[int, int, int], by: int, now: int) -> None:
        """Add in the place of a case; `places` is that place at the three levels, `now` in seconds."""
        self._added[self._key(name, places)][now // HOUR] += by

    def set(self, name: str, places: tuple[int, int, int], value: int) -> None:
        """Forget what was there; only for tallies without memory limit, where the hour of a value means nothing."""
        self._added[self._key(name, places)] = Counter({0: value})

    def value(self, name: str, places: tuple[int, int, int], now: int) -> int:
        memory, added = self._tallies[name].memory_hours, self._added[self._key(name, places)]
        if memory is not None:
            for hour in [hour for hour in added if hour < now // HOUR - memory]:
                del added[hour]
        return sum(added.values())

    def _key(self, name: str, places: tuple[int, int, int]) -> tuple[str, int]:
        return name, places[LEVELS.index(self._tallies[name].level)]
