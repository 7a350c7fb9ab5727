"""Grid workers who walk the grids of a street, as Mesa agents: what the laws of rounds leave out shows here.

Far too slow for a study, and not needed there: sensing uses the laws (sensing.rounds), and a test holds the two against
each other. This module loads Mesa, so nothing that must start quickly imports it.
"""

from dataclasses import dataclass
from math import exp

import mesa
import numpy as np
from mesa.discrete_space import Cell, CellAgent, OrthogonalVonNeumannGrid

from citysim.policy.sensors import ROUNDS
from citysim.streams import FloatArray, derive, purpose_code, uniform, uniforms
from citysim.units import IntArray

WARM_UP_ROUNDS = 2
"""Rounds before the first incident, so that the walk has settled."""


@dataclass(frozen=True)
class Walk:
    """A street and how it is walked.

    Args:
        dwell: seconds in each grid, the way there included, shape (rows, columns): the map of the street.
        workers: how many walk, each where the others are not if the rounds are regular.
        rounds: "regular" or "roaming".
        looks: mean number of times that one pass would see an incident; it is seen with chance 1 - exp(-looks).
    """

    dwell: FloatArray
    workers: int
    rounds: str
    looks: float

    def __post_init__(self) -> None:
        if self.rounds not in ROUNDS[1:]:
            raise ValueError(f"walk: rounds = {self.rounds!r}, must be one of {', '.join(ROUNDS[1:])}")
        if self.dwell.ndim != 2 or not (self.dwell > 0).all() or not 1 <= self.workers < self.dwell.size:
            raise ValueError("walk: dwell must have rows and columns of numbers above 0, and fewer workers than grids")

    @property
    def revisit(self) -> float:
        """Mean seconds between two passes through the same grid."""
        return float(self.dwell.sum()) / self.workers


class Incident(CellAgent):
    """Something to be seen at one place of a grid: `place` is how far through the grid's dwell its worker passes it."""

    def __init__(self, street: "Street", number: int, onset: float, place: float, cell: Cell) -> None:
        super().__init__(street)
        self.number, self.onset, self.place, self.passes = number, onset, place, 0
        self.cell = cell

    def is_seen(self) -> bool:
        """Whether this pass sees it; the luck is that of the incident and the pass, whoever walks."""
        luck = uniform(self.model.key, self.number, purpose_code("seen"), self.passes)
        self.passes += 1
        return luck < 1.0 - exp(-self.model.walk.looks)


class GridWorker(CellAgent):
    """Walks grid after grid; stays in each for its dwell and passes each of its places once."""

    def __init__(self, street: "Street", number: int) -> None:
        super().__init__(street)
        self.number, self.turn = number, 0
        self.came = self.leaves = 0.0

    def look(self) -> None:
        """See what the visit that ends now has passed."""
        for incident in [agent for agent in self.cell.agents if isinstance(agent, Incident)]:
            passed = self.came + incident.place * (self.leaves - self.came)
            if incident.onset <= passed and incident.is_seen():
                self.model.seen[incident.number] = passed
                incident.cell = None
                incident.remove()

    def go_on(self) -> None:
        """Enter the next grid."""
        street = self.model
        cells = list(street.grids.all_cells)
        if street.walk.rounds == "roaming":
            luck = uniform(street.key, self.number, purpose_code("next grid"), self.turn)
            self.cell = cells[int(luck * len(cells))]
        else:
            free = [cell for cell in cells if not any(isinstance(agent, GridWorker) for agent in cell.agents)]
            self.cell = min(free, key=lambda cell: (street.passed[cell.coordinate], self._far(cell), cell.coordinate))
        self.turn += 1
        self.came = self.leaves
        self.leaves += float(street.walk.dwell[self.cell.coordinate])
        street.passed[self.cell.coordinate] = self.came

    def _far(self, cell: Cell) -> int:
        here = self.cell.coordinate if self.cell is not None else (0, 0)
        return sum(abs(a - b) for a, b in zip(cell.coordinate, here, strict=True))


class Street(mesa.Model):
    """A street with its grid workers and the incidents that happen while they walk."""

    def __init__(self, walk: Walk, key: int) -> None:
        super().__init__(seed=0)
        self.walk, self.key = walk, key
        self.grids = OrthogonalVonNeumannGrid(walk.dwell.shape, torus=False, random=self.random)
        self.passed = dict.fromkeys((cell.coordinate for cell in self.grids.all_cells), -1.0)
        self.seen: dict[int, float] = {}
        self.workers = [GridWorker(self, number) for number in range(walk.workers)]
        for worker in self.workers:
            worker.go_on()

    def watch(self, onsets: FloatArray, cells: IntArray, places: FloatArray) -> FloatArray:
        """Walk until all incidents are seen; seconds at which each was. Onsets must rise."""
        coming, all_cells = 0, list(self.grids.all_cells)
        while len(self.seen) < len(onsets):
            worker = min(self.workers, key=lambda one: (one.leaves, one.number))
            while coming < len(onsets) and onsets[coming] < worker.leaves:
                Incident(self, coming, float(onsets[coming]), float(places[coming]), all_cells[cells[coming]])
                coming += 1
            worker.look()
            worker.go_on()
        return np.array([self.seen[number] for number in range(len(onsets))])


def times_until_seen(walk: Walk, *, incidents: int, rounds: int, seed: int) -> FloatArray:
    """Seconds from onset until a worker saw it, for incidents at uniform moments of so many rounds, by agents.

    An incident is as likely in a grid as the grid takes long to walk.
    """
    key = derive(seed, "patrol")
    who = np.arange(incidents)
    moment, where, place = (uniforms(key, who, purpose_code(name)) for name in ("onset", "grid", "place"))
    onsets = np.sort((WARM_UP_ROUNDS + moment * rounds) * walk.revisit)
    share = np.cumsum(walk.dwell.ravel()) / walk.dwell.sum()
    cells = np.minimum(np.searchsorted(share, where, side="right"), walk.dwell.size - 1)
    return Street(walk, key).watch(onsets, cells, place) - onsets
