"""What the reference engine knows of all that has happened: causes, containment, severity, tallies (law, section 9)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from citysim.engines.reference_state import Case
from citysim.errors import DataError
from citysim.intake import FIELDS, Intake
from citysim.log import CLOSED, NEVER
from citysim.policy.staffing import Tally
from citysim.units import HOUR, LEVELS


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an intake, in plain numbers; `Intake` says what they mean. `columns` has the further ones by name."""

    number: int
    columns: dict[str, int]
    reported: int
    occurred: int
    incident: int
    parent: int
    kind: int
    street: int
    severity: int
    channel: int
    priority: int
    n_support: int
    genuine: int
    luck: int
    tiebreak: int
    cause: int
    escapes: int
    returns: int
    worsens: int


def read_rows(intake: Intake) -> Iterator[Row]:
    """The rows of an intake, in their order."""
    fields = zip(*(getattr(intake, name).tolist() for name in FIELDS), strict=True)
    columns = [values.tolist() for values in intake.columns.values()]
    for position, values in enumerate(fields):
        further = {name: column[position] for name, column in zip(intake.columns, columns, strict=True)}
        yield Row(intake.first_row + position, further, **dict(zip(FIELDS, values, strict=True)))


class Past:
    """All rows known so far, the cases that came in, and what follows from how they went for other rows.

    Attributes:
        rows, cases: by number of the row. signals: for each row the bits of the signals that took place through it.
    """

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.cases: dict[int, Case] = {}
        self.signals: defaultdict[int, int] = defaultdict(int)

    def learn(self, rows: Iterable[Row]) -> None:
        """From now on these rows are known too."""
        self.rows |= {row.number: row for row in rows}

    def check_knows(self, intake: Intake) -> None:
        """Refuse further rows or signals that name a row which is neither known nor among them.

        Raises:
            DataError: names the row.
        """
        for names in (intake.parent, intake.cause, intake.signals.cause):
            for number in np.asarray(names).tolist():
                if 0 <= number < intake.first_row and number not in self.rows:
                    raise DataError(f"intake: row {number} is named, which the run has forgotten")

    def with_named(self, rows: Iterable[int]) -> set[int]:
        """The rows, and all that they name as parent or cause, directly or through others."""
        known: set[int] = set()
        todo = list(rows)
        while todo:
            number = todo.pop()
            if number not in known:
                known.add(number)
                todo += [named for named in (self.rows[number].parent, self.rows[number].cause) if named >= 0]
        return known

    def forget(self, rows: Iterable[int]) -> None:
        """Nobody will ask for these rows again."""
        for number in rows:
            del self.rows[number]
            self.cases.pop(number, None)
            self.signals.pop(number, None)

    def comes_in(self, row: int, now: int) -> bool:
        """Whether the row becomes a case: it happened, and the report that it repeats, if any, is open."""
        return self.happened(row) and (self.rows[row].parent < 0 or self.open_parent(row, now) is not None)

    def open_parent(self, row: int, now: int) -> Case | None:
        """The case that the row repeats, if it came in and did not end before now (ending right now, it is open)."""
        parent = self.cases.get(self.rows[row].parent)
        return parent if parent is not None and (parent.ended == NEVER or parent.ended >= now) else None

    def happened(self, row: int) -> bool:
        """Whether nothing on the way back to the first cause was prevented, as far as is known by now."""
        while (this := self.rows[row]).cause >= 0:
            cause, escapes = this.cause, this.escapes
            if this.returns:
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
        worsens = self.rows[row].worsens
        has_worsened = worsens != NEVER and worsens <= now and not self.was_contained(row, worsens)
        return max(0, self.rows[row].severity - has_worsened)

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
