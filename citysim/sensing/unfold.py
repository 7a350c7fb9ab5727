"""What is noticed of a world that is drawn stretch by stretch: the reports of each stretch, under the levers in force.

The levers in force at its onset decide when an incident is noticed; false alarms and enquiries follow the levers of
the stretch in which they come in. What is reported later than its own stretch waits here, and what is known of
incidents that later ones may spring from is kept, and no more: memory does not grow with the number of stretches.

The rows are those that `sense` makes of the whole world, with two exceptions that no case can tell. A row whose cause
comes in in a later stretch names the nearest ancestor that has come in before (a cause that has not come in is
neither contained nor closed: law, section 9), and is left out where it could only have come back after that cause was
closed. A signal of an incident that comes in in a later stretch is given at the moment of its report.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.intake import FIELDS, Intake, Signals
from citysim.policy.programmes import AS_NOW, Programmes
from citysim.policy.sensors import Sensing
from citysim.prevention import effects_of, settings_under
from citysim.sensing.enquiries import Enquiries
from citysim.sensing.false_alarms import FalseAlarms, false_forecasts
from citysim.sensing.race import race
from citysim.sensing.repeats import repeats
from citysim.sensing.rows import COLUMNS, Noticed, Rows, first_reports, in_order, intake_of
from citysim.sensing.watch import EVERYWHERE_ALIKE, Watch
from citysim.units import IntArray
from citysim.world.incidents import RECURRENCE
from citysim.world.sample import World
from citysim.world.unfold import Stretch

KNOWN: dict[str, type[np.generic]] = {
    "number": np.int64, "row": np.int64, "noticed": np.bool_, "possible": np.bool_, "cause": np.int64,
    "escapes": np.int64, "returns": np.int8,
}  # fmt: skip
"""What is known of an incident: its number in the world; its row in the intake, -1 = not reported yet; whether it will
be; whether it may happen at all; and its lineage (world/lineage.py), the cause as a number in the world."""


class Noticing:
    """The reports of a world on its way: `next(stretch, sensing)` gives those that come in during the stretch."""

    def __init__(self, world: World) -> None:
        self._world, self._rows = world, 0
        self._alarms, self._enquiries = FalseAlarms(world), Enquiries(world)
        self._known: Rows = {name: np.empty(0, dtype) for name, dtype in KNOWN.items()}
        empty: Rows = {name: np.empty(0, dtype) for name, dtype in FIELDS.items()}
        self._waiting: Rows = empty | {name: np.empty(0, np.int64) for name in (*COLUMNS, "cause", "parent")}
        self._signals = np.empty((3, 0), np.int64)

    @property
    def needed(self) -> IntArray:
        """Numbers of the rows given so far that later rows may still name, sorted."""
        rows = self._known["row"]
        return np.unique(rows[rows >= 0])

    def next(
        self, stretch: Stretch, sensing: Sensing, programmes: Programmes = AS_NOW, watch: Watch = EVERYWHERE_ALIKE
    ) -> Intake:
        """Rows that are reported from the begin to the end of the stretch; `first_row` counts those before."""
        self._learn(stretch, sensing, programmes, watch)
        end, rows = stretch.end, self._waiting
        due = rows["reported"] < end
        self._waiting = _some(rows, ~due)
        rows = self._linked(_some(rows, due))
        first_row, self._rows = self._rows, self._rows + len(rows["luck"])
        settings = settings_under(self._world, programmes)
        signals = self._due_signals(stretch.begin, end)
        intake = intake_of(self._world, rows, signals, settings, programmes, first_row)
        self._forget(stretch.breeding)
        return intake

    def _learn(self, stretch: Stretch, sensing: Sensing, programmes: Programmes, watch: Watch) -> None:
        """All that will come of a stretch joins what waits."""
        part = stretch.world
        effects = effects_of(part, programmes)
        noticed = race(part, sensing, effects, watch)
        is_noticed = np.zeros(len(part.incidents), np.bool_)
        is_noticed[noticed.incident] = True
        before = len(self._known["number"])
        self._known = _descended(self._known, stretch, is_noticed, effects.happens)
        lineage = _some(self._known, np.arange(before, before + len(part.incidents)))
        noticed = _which(noticed, lineage["possible"][noticed.incident])
        again = repeats(part, noticed, effects)
        again["parent"] = stretch.first + noticed.incident[again["parent"]]
        first = first_reports(part, noticed, effects)
        for name in ("cause", "escapes", "returns"):
            first[name] = lineage[name][noticed.incident]
        first["worsens"] = part.incidents.worsens[noticed.incident]
        for table in (first, again):
            table["incident"] = table["incident"] + stretch.first
        about_nothing = [self._alarms.until(stretch.end, sensing, watch), self._enquiries.until(stretch.end, sensing)]
        about_nothing.append(false_forecasts(part, effects))
        self._waiting = _joined([self._waiting, first, again, *about_nothing])
        given = part.signals
        new = np.array([given.at, given.cause, given.signal], np.int64)
        self._signals = np.concatenate(
            [self._signals, new[:, (is_noticed & effects.happens)[given.cause - stretch.first]]], axis=1
        )

    def _linked(self, rows: Rows) -> Rows:
        """The rows in order, without those that can no longer happen; parents and causes as numbers of rows."""
        known, is_first = self._known, (rows["incident"] >= 0) & (rows["parent"] < 0)
        coming = np.zeros(len(known["number"]), np.bool_)
        coming[self._at(rows["incident"][is_first])] = True
        while True:
            sprung = np.flatnonzero(rows["cause"] >= 0)
            above = self._at(rows["cause"][sprung])
            late = known["possible"][above] & (known["row"][above] < 0) & ~coming[above]
            never = ~known["possible"][above] | (late & (rows["returns"][sprung] == 1))
            if not (late | never).any():
                break
            known["possible"][self._at(rows["incident"][sprung[never]])] = False
            skips, to = sprung[late & ~never], above[late & ~never]
            for name in ("cause", "escapes", "returns"):
                rows[name][skips] = known[name][to]
            of = np.where(rows["parent"] >= 0, rows["parent"], rows["incident"])
            lost = of >= 0
            lost[lost] = ~known["possible"][self._at(of[lost])]
            rows = _some(rows, ~lost)
        rows = _some(rows, in_order(rows))
        is_first = (rows["incident"] >= 0) & (rows["parent"] < 0)
        known["row"][self._at(rows["incident"][is_first])] = self._rows + np.flatnonzero(is_first)
        for relation in ("parent", "cause"):
            related = rows[relation] >= 0
            rows[relation][related] = known["row"][self._at(rows[relation][related])]
        return rows

    def _due_signals(self, begin: int, end: int) -> Signals:
        """Signals up to `end` of incidents that have come in; `cause` is their row. Those that are late come first."""
        at, cause, signal = self._signals
        position = self._at(cause)
        row, possible = self._known["row"][position], self._known["possible"][position]
        due = (at < end) & (row >= 0) & possible
        self._signals = self._signals[:, ~due & possible]
        at, row, signal = np.maximum(at[due], begin), row[due], signal[due]
        order = np.lexsort((signal, row, at))
        return Signals(at[order], row[order].astype(np.int32), signal[order].astype(np.int8))

    def _forget(self, breeding: IntArray) -> None:
        """Keep of the known incidents only those that later rows or signals may name, and what these spring from."""
        waiting = self._waiting
        named = [breeding, waiting["incident"], waiting["parent"], waiting["cause"], self._signals[1]]
        numbers = np.unique(np.concatenate(named))
        numbers = numbers[numbers >= 0]
        while True:
            causes = self._known["cause"][self._at(numbers)]
            more = np.union1d(numbers, causes[causes >= 0])
            if len(more) == len(numbers):
                break
            numbers = more
        self._known = _some(self._known, self._at(numbers))

    def _at(self, number: npt.NDArray[Any]) -> IntArray:
        """Positions of incidents among the known ones."""
        return np.searchsorted(self._known["number"], number)


def _descended(
    known: Rows, stretch: Stretch, is_noticed: npt.NDArray[np.bool_], happens: npt.NDArray[np.bool_]
) -> Rows:
    """What is known with the incidents of a stretch; the lineage of each follows from that of its parent."""
    incidents, n, before = stretch.world.incidents, len(stretch.world.incidents), len(known["number"])
    fresh: Rows = {
        "number": stretch.first + np.arange(n),
        "row": np.full(n, -1, np.int64),
        "noticed": is_noticed,
        "possible": happens,
        "cause": np.full(n, -1, np.int64),
        "escapes": np.zeros(n, np.int64),
        "returns": np.zeros(n, np.int8),
    }
    rows = _joined([known, fresh])
    latent = np.flatnonzero(incidents.is_latent)
    generation = incidents.generation[latent]
    for links in range(1, int(generation.max(initial=0)) + 1):
        mine = latent[generation == links]
        above = np.searchsorted(rows["number"], incidents.parent[mine])
        comes_back = incidents.link[mine] == RECURRENCE
        seen, at = rows["noticed"][above], before + mine
        rows["possible"][at] &= rows["possible"][above] & (seen | ~comes_back)
        rows["cause"][at] = np.where(seen, rows["number"][above], rows["cause"][above])
        rows["escapes"][at] = np.where(seen, incidents.occurred[mine], rows["escapes"][above])
        rows["returns"][at] = np.where(seen, comes_back, rows["returns"][above])
    no_cause = rows["cause"] < 0
    rows["escapes"][no_cause] = 0
    rows["returns"][no_cause] = 0
    return rows


def _which(noticed: Noticed, keep: npt.NDArray[np.bool_]) -> Noticed:
    return Noticed(*(column[keep] for column in vars(noticed).values()))


def _some(rows: Rows, keep: npt.NDArray[Any]) -> Rows:
    return {name: column[keep] for name, column in rows.items()}


def _joined(tables: list[Rows]) -> Rows:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
