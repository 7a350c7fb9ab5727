"""The levers of a design on its digital side: the cloud's capacity, twins that locate, shared data, verification, and
how far the three-level centers have come. Marked and ranged as in levers.py.
"""

from dataclasses import dataclass

from citysim.errors import PolicyError
from citysim.policy.designs.calls import CALLS
from citysim.policy.ranges import Checked, chance, number, switch

SCENES = {
    "volume": (
        "order", "sanitation", "livelihood", "fire", "drainage", "road", "zhatu", "power", "gas", "water", "manhole",
        "illegal_build", "septic", "structure", "excavation",
    ),
    "harm": (
        "fire", "gas", "water", "drainage", "road", "structure", "septic", "power", "manhole", "zhatu", "excavation",
        "livelihood", "order", "sanitation", "illegal_build",
    ),
}  # fmt: skip
"""In which order the hub learns the groups of incident types: those with most cases first, or with most at stake [asm];
within a plan each group is a scene."""
KEY, BASIC, SYSTEM = 1, 2, 3
"""Stages of the road map: key capability after one year, basic after three, system after five (R99)."""


@dataclass(frozen=True)
class Cloud(Checked):
    """Computing power of the cloud for the hub (一朵云, brief item 17).

    Args:
        cases_per_hour: that the share of each district can sort, one after the other; 0 = as many as there are.
        patience_minutes: a case that the hub has not begun by then is sorted by a person.
    """

    cases_per_hour: float = number(0.0, "cases per hour", 0.0, 100_000.0)
    patience_minutes: float = number(30.0, "minutes", 0.1, 1_440.0)


@dataclass(frozen=True)
class LocatingTwin(Checked):
    """A twin of the pipes that tells a crew on site where the leak is and which valves to close (brief items 23, 24).

    Args:
        on: whether there is one. cut: share of the time for finding the place that it takes away where it is right.
        accuracy: share of the cases in which it is. lag_minutes: age of its picture; a crew that is there before it
            has caught up searches as ever.
    """

    on: bool = switch(False)
    cut: float = chance(0.5, "0.3-0.7 brief item 23 asm")
    accuracy: float = chance(0.85, "0.75-0.95 brief item 23 asm")
    lag_minutes: float = number(5.0, "minutes", 0.0, 240.0, "1-15 brief item 23 asm")


@dataclass(frozen=True)
class Sharing(Checked):
    """Pairs of departments whose data are connected, so that one need not explain a case to the other (brief item 27).

    Args:
        pairs: names like "U_GAS-XFJ", in either order. cut: share of the hand-off that a connected pair saves.
    """

    pairs: tuple[str, ...] = ()
    cut: float = chance(0.4, "0.2-0.6 brief item 27 asm")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "pairs", tuple(self.pairs) if isinstance(self.pairs, list) else self.pairs)
        codes = {*CALLS, *(code for partners in CALLS.values() for code in partners)}
        if not isinstance(self.pairs, tuple) or not all(isinstance(pair, str) for pair in self.pairs):
            raise PolicyError(f"sharing.pairs = {self.pairs!r}, must be a list of pairs such as U_GAS-XFJ")
        for pair in self.pairs:
            if len(pair.split("-")) != 2 or not set(pair.split("-")) <= codes:
                known = ", ".join(sorted(codes))
                raise PolicyError(f"sharing.pairs = {pair!r}, must be two departments such as U_GAS-XFJ, of {known}")

    @property
    def connected(self) -> tuple[tuple[str, float], ...]:
        """Share of the hand-offs of each leading department that go to one that it is connected with."""
        pairs = {frozenset(pair.split("-")) for pair in self.pairs}
        shares = (
            (lead, min(sum(share for other, share in partners.items() if frozenset((lead, other)) in pairs), 1.0))
            for lead, partners in CALLS.items()
        )
        return tuple((lead, round(share, 4)) for lead, share in shares if share)


@dataclass(frozen=True)
class Verification(Checked):
    """Who looks whether a case is really done (监督中心与指挥中心分设, brief item 41).

    Args:
        share: of the cases that are looked at; the others are taken on trust.
        separate: whether a supervision center does, apart from the command that ordered the work. If the command looks
            at its own work it overlooks a share, `own_eyes`, of what is wrong.
    """

    share: float = chance(1.0, "0.1-1 brief item 41 asm", low=0.01)
    separate: bool = switch(True)
    own_eyes: float = chance(0.5)

    @property
    def finds(self) -> float:
        """Share of what is wrong with a case that is looked at that is found."""
        return 1.0 if self.separate else 1.0 - self.own_eyes


@dataclass(frozen=True)
class Plan(Checked):
    """The three-year plan for AI (AI赋能三年行动计划, brief item 35): which scenes the hub works in, and since when.

    Args:
        on: whether scenes come one after the other; else the hub works in all of them from the beginning.
        first: scenes at the beginning. more: every `every_weeks`. order: of SCENES.
    """

    on: bool = switch(False)
    first: int = number(2, "scenes", 0, 15, "7 by 2027 R32")
    more: int = number(1, "scenes", 0, 15)
    every_weeks: int = number(13, "weeks", 1, 104)
    order: str = "volume"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.first and not self.more:
            raise PolicyError("plan.first = plan.more = 0, must not both be 0: no scene would ever come")
        if self.order not in SCENES:
            raise PolicyError(f"plan.order = {self.order!r}, must be one of {', '.join(SCENES)}")

    @property
    def waves(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """First day of each wave, and its groups of incident types."""
        order, found, done, day = SCENES[self.order], [], self.first, 0
        if self.first:
            found.append((0, order[: self.first]))
        while self.more and done < len(order):
            day += 7 * self.every_weeks
            found.append((day, order[done : done + self.more]))
            done += self.more
        return tuple(found)


@dataclass(frozen=True)
class Maturity(Checked):
    """How far the three-level centers have come: key, basic or system capability (形成基本能力, brief item 34).

    Args:
        stage: 1 key, 2 basic (the usual numbers of the design), 3 system; see stages.py.
    """

    stage: int = number(BASIC, "stage", KEY, SYSTEM, "R99")
