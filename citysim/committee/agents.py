"""Who acts in the slow loop beside the members, as Mesa agents: districts, the office and the digital officer."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import mesa
import numpy as np

from citysim.committee.conduct import Conduct, Pays, pays
from citysim.committee.decisions import Decision
from citysim.committee.members import against_usual
from citysim.committee.roll import HOST
from citysim.streams import FloatArray

if TYPE_CHECKING:
    from citysim.committee.model import CityCommittee

HOURS_A_WEEK = 40.0
QUARTER_WEEKS = 13.0
LEAST_MISROUTE = 0.3
"""No learning and no list makes wrong orders of a type rarer than this share [asm]."""


class District(mesa.Agent):
    """A district with an aim of its own: to stand well in the ranking, and on target."""

    def __init__(self, model: "CityCommittee", position: int) -> None:
        super().__init__(model)
        self.position = position
        self.pressure = self.effort = 0.0
        self.rank: float | None = None
        self.winnable = self.load = 1.0
        self.usual: float | None = None

    def look(self, held: float) -> None:
        """Notice how many cases are open against what is usual."""
        self.usual, self.load = against_usual(held, self.usual)

    def ranked(self, rank: float, pressure: float, winnable: float = 1.0) -> None:
        """Hear where it stands: a fall renews its effort, and who hears the same again gets used to it.

        Args:
            rank: 1 = best. pressure: 0 where nothing is amiss, 1 at the bottom. winnable: see `conduct.pays`.
        """
        evaluation = self.model.governance.evaluation
        full, fell = evaluation.effort * pressure, self.rank is None or rank > self.rank
        self.effort = full if fell else min(full, self.effort * (1.0 - evaluation.wears))
        self.rank, self.pressure, self.winnable = rank, pressure, winnable

    def left_alone(self) -> None:
        """No ranking is kept any more: there is nothing to stand well in."""
        self.rank, self.pressure, self.effort, self.winnable = None, 0.0, 0.0, 1.0

    @property
    def pretends(self) -> Pays:
        """Share of its cases that it makes look better than they are, by what that pays."""
        evaluation = self.model.governance.evaluation
        worth, press = pays(evaluation, self.winnable), self.pressure
        return Pays(
            false_closure=evaluation.gaming * press * worth.false_closure,
            off_clock=evaluation.gaming * press * worth.off_clock,
            late=evaluation.late * press * worth.late,
            easy_first=evaluation.easy_first * press * worth.easy_first,
        )

    @property
    def willing(self) -> float:
        """Chance that it sends crews to a neighbour: it hoards under load (all it can at twice the usual), or when it
        stands badly.
        """
        guidance, load = self.model.governance.guidance, float(np.clip(self.load - 1.0, 0.0, 1.0))
        return guidance.willing * (1.0 - guidance.hoarding * max(self.pressure, load))


def conduct_of(districts: Sequence[District], helpers: Sequence[int]) -> Conduct:
    """How the districts act, each in its own way.

    Args:
        helpers: position of the district that each may ask for crews.
    """
    pretended = [district.pretends for district in districts]
    return Conduct(
        effort=tuple(district.effort for district in districts),
        false_closure=tuple(one.false_closure for one in pretended),
        off_clock=tuple(one.off_clock for one in pretended),
        late=tuple(one.late for one in pretended),
        easy_first=tuple(one.easy_first for one in pretended),
        willing=tuple(districts[helper].willing for helper in helpers),
    )


class Office(mesa.Agent):
    """The committee's office: prepares items one after the other; its host's matters come first more often."""

    def __init__(self, model: "CityCommittee") -> None:
        super().__init__(model)
        self.inbox: deque[Decision] = deque()
        self.ready: list[Decision] = []
        self.hours = 0.0

    def take(self, items: list[Decision]) -> None:
        """Put items into the inbox that are neither there, nor ready, nor decided and about to act."""
        known = {(item.topic, item.name) for item in (*self.inbox, *self.ready, *self.model.pending)}
        for item in items:
            if (item.topic, item.name) not in known:
                known.add((item.topic, item.name))
                self.inbox.append(item)

    def forget(self, is_done: Callable[[Decision], bool]) -> None:
        """Drop items that no longer need a decision."""
        self.inbox = deque(item for item in self.inbox if not is_done(item))
        self.ready = [item for item in self.ready if not is_done(item)]

    def work(self) -> None:
        """A week's work on the inbox; hours that are left are lost once it is empty."""
        office = self.model.governance.office
        self.hours += office.people * self.model.millions * HOURS_A_WEEK
        while self.inbox and self.hours >= office.item_hours:
            self.hours -= office.item_hours
            self.ready.append(self.inbox.popleft())
        if not self.inbox:
            self.hours = 0.0

    def agenda(self, places: int) -> list[Decision]:
        """Up to so many prepared items, the most harmful first; a share of the places is the host's."""
        own = round(self.model.governance.office.host_bias * places)
        by_harm = sorted(self.ready, key=lambda item: (-item.harm, item.topic, item.name))
        first = [item for item in by_harm if item.host][:own]
        chosen = (first + [item for item in by_harm if item not in first])[:places]
        self.ready = [item for item in self.ready if item not in chosen]
        return chosen


class DigitalOfficer(mesa.Agent):
    """The chief digital officer: keeps data valid, and brings verified outcomes back to rules and models."""

    def __init__(self, model: "CityCommittee") -> None:
        super().__init__(model)
        self.validity = model.governance.digital.start
        self.learned = np.zeros(len(model.names.types))

    def work(self, closed: FloatArray) -> None:
        """A week's upkeep and learning.

        Args:
            closed: cases closed, by type.
        """
        digital = self.model.governance.digital
        mended, stale = digital.budget * digital.gain * (1.0 - self.validity), digital.decay * self.validity
        self.validity = float(np.clip(self.validity + (mended - stale) / QUARTER_WEEKS, 0.3, 1.0))
        groups = np.array(self.model.names.groups)
        of_group = {group: closed[groups == group].sum() for group in self.model.names.all_groups}
        shared = np.array([of_group[group] for group in groups]) - closed
        self.learned += digital.feedback * (closed + digital.interop * shared)

    def factor(self) -> FloatArray:
        """Factor on misrouting by what was learned, by type."""
        rate = self.model.governance.digital.learning
        factor: FloatArray = (1.0 - rate) ** (self.learned / 100.0)
        return factor


def is_of_host(lead: str) -> bool:
    """Whether a matter is the host department's own."""
    return lead == HOST
