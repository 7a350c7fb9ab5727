"""The committee's 32 members and those whom they oversee, as Mesa agents: who refuses, who oversees, who bears down.

Operational and regulatory members, providers and street offices answer requests (`Department`), to lead or to support.
Governance members answer none and make others answer (`Governing`). A member that no type of the scenario names has no
crews there, no backlog and nobody who asks it: what is left of it is its seat, which costs time, and whom it oversees.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import mesa
import numpy as np

from citysim.committee.roll import GOVERNANCE, HEARING, OVERSEEN, ROLL

if TYPE_CHECKING:
    from citysim.committee.model import CityCommittee

RAMP = 0.5
"""How much of the way to its new load a department's willingness goes in a week [asm]."""
LISTED_WEEKS, LISTED_ODDS = 8, 0.6
"""A department that was called to account refuses with these odds against before, for so many weeks [asm]."""
NOISE = 10.0
"""So many cases more than usual are no trouble where few wait: they are added to both sides of the comparison [asm]."""
STRAIN = (0.5, 2.0)
"""Least and most factor on the odds of refusal by load against the usual [asm]."""
MOST_HEED = 2.0
"""No attention is more than so many times what it is where all have their usual load [asm]."""


def against_usual(now: float, usual: float | None) -> tuple[float, float]:
    """What is usual from now on, and how much there is now against it (1 = as usual)."""
    usual = now if usual is None else 0.9 * usual + 0.1 * now
    return usual, (now + NOISE) / (usual + NOISE)


class Party(mesa.Agent):
    """Who has a seat on the committee, or does what those ask who have one.

    Args:
        seat: place on the roll; None = no member.
    """

    def __init__(self, model: "CityCommittee", code: str, seat: int | None) -> None:
        super().__init__(model)
        self.code, self.seat = code, seat
        self.strain = 1.0
        self.overseen: list[Department] = []

    @property
    def sits(self) -> bool:
        """Whether it has one of the seats that there are; all who sit must be heard."""
        return self.seat is not None and self.seat < self.model.governance.committee.members

    def heed(self, provider: "Department") -> float:
        """Its attention to a provider that it oversees: 1 where nobody has more waiting than usual.

        It turns to the one with most beyond the usual, at the cost of its others; its own cases take it off them all.
        """
        mean = sum(one.strain for one in self.overseen) / len(self.overseen)
        return min(provider.strain / mean / self.strain, MOST_HEED)


class Department(Party):
    """A department or provider that types of the scenario name; it refuses more often the more it has waiting.

    Authority, being listed or called up, and the pressure on the districts that it works for make it refuse less. What
    authority and pressure do at a provider is what its overseer's attention makes of them.

    Args:
        position: in the scenario's departments. leads: whether it leads a type; else it only supports.
    """

    def __init__(self, model: "CityCommittee", code: str, seat: int | None, position: int, leads: bool) -> None:
        super().__init__(model, code, seat)
        self.position, self.leads = position, leads
        self.overseer: Party | None = None
        self.usual: float | None = None
        self.listed_until, self.called_up = -1, 0.0
        """`called_up` is the share of the districts whose meeting has called it up."""

    def look(self, waiting: float) -> None:
        """Notice how much waits against what is usual: cases that it leads, and calls for its support."""
        self.usual, load = against_usual(waiting, self.usual)
        self.strain += RAMP * (float(np.clip(load, *STRAIN)) - self.strain)

    @property
    def reached(self) -> bool:
        """Whether authority acts on it: it sits, or who oversees it does."""
        return self.sits or (self.overseer is not None and self.overseer.sits)

    def factor(self, chance: float, borne: float, pressure: float) -> float:
        """Factor on its chance to return a request, usually `chance`.

        Args:
            borne: what governance members bring to bear on it, see `brought_to_bear`; 0 where authority does not reach.
            pressure: on the districts, mean.
        """
        g, odds = self.model.governance, chance / (1.0 - chance) * self.strain
        heed = 1.0 if self.overseer is None else self.overseer.heed(self)
        odds /= 1.0 + (g.committee.authority - 1.0) * borne * heed
        odds *= max(0.0, 1.0 - g.evaluation.incentive * pressure * heed)
        if self.model.week < self.listed_until:
            odds *= LISTED_ODDS
        odds *= LISTED_ODDS**self.called_up
        return odds / (1.0 + odds) / chance


class Governing(Party):
    """A governance member: it has no crews and answers no requests, and it is by those that sit that authority acts.

    Offices, personnel and money bear on all alike. Those who hear the public (`roll.HEARING`) turn to whom most waits
    on, at the cost of the others.
    """

    def bears(self, strain: float) -> float:
        """How hard it bears on a department; 1 on all where none has more waiting than usual.

        Args:
            strain: of the department, against the mean of those whom authority reaches.
        """
        return min(strain, MOST_HEED) if self.code in HEARING else 1.0


def brought_to_bear(departments: Sequence[Department], members: Sequence[Party]) -> dict[str, float]:
    """What the governance members that sit bring to bear on each department reached, 1 = all of them as usual [asm].

    Each of them has the same part in it.
    """
    governing = [member for member in members if isinstance(member, Governing)]
    sitting, reached = [member for member in governing if member.sits], [one for one in departments if one.reached]
    whole = sum(one.strain for one in reached)
    return {
        one.code: sum(member.bears(one.strain * len(reached) / whole) for member in sitting) / len(governing)
        for one in reached
    }


def gathered(
    model: "CityCommittee", codes: Sequence[str], leads: frozenset[str], supports: frozenset[str]
) -> tuple[list[Department], tuple[Party, ...]]:
    """Those who answer requests, in the order of the scenario's departments; and the members in that of the roll.

    Args:
        codes: the scenario's departments. leads, supports: those of them that a type names.
    """
    seats = {member.code: k for k, member in enumerate(ROLL) if member.kind != GOVERNANCE}
    departments = {
        code: Department(model, code, seats.get(code), k, code in leads)
        for k, code in enumerate(codes)
        if code in leads | supports
    }
    members = tuple(
        Governing(model, member.code, k)
        if member.kind == GOVERNANCE
        else departments.get(member.code) or Party(model, member.code, k)
        for k, member in enumerate(ROLL)
    )
    for member in members:
        member.overseen = [departments[code] for code in OVERSEEN.get(member.code, ()) if code in departments]
        for provider in member.overseen:
            provider.overseer = member
    return list(departments.values()), members
