"""What a committee has decided by type and by department: numbers that stand until it meets again."""

from dataclasses import dataclass

from citysim.policy.blocks import Chance
from citysim.policy.durations import ByKind, ByName, Duration, Fixed
from citysim.units import HOUR

Named = tuple[tuple[str, float], ...]
"""A number by name of an incident type, a group or a leading department."""


@dataclass(frozen=True)
class Standing:
    """Decisions by name. A design that is never governed has none, and its sentence asks for none.

    Args:
        asked: whether the sentence asks for decisions by name at all.
        refuse: factor on refusals, by leading department. misroute: factor on wrong first orders, by type.
        rooted: chance that the root cause is mended too, by type. scope: share of the cases that the task force takes
            off the line, by group. deadline: hours from filing until a reminder, by type, 0 = none.
    """

    asked: bool = False
    refuse: Named = ()
    misroute: Named = ()
    rooted: Named = ()
    scope: Named = ()
    deadline: Named = ()

    def difficult(self, chance: float, factors: Named) -> Chance:
        """A chance that grows with how hard the type is to route (brief 4.2.5), and goes by what is decided."""
        if not self.asked:
            return Chance(ByKind("difficulty", chance))
        return Chance(ByName(tuple((name, chance * factor) for name, factor in factors), chance, "difficulty"))

    def patched(self, root_cause: float) -> Chance:
        """The chance that only the damage is mended, not its cause; programmes may lower it for some types."""
        left = 1.0 - root_cause
        if not self.asked:
            return Chance(ByKind("unrooted", left))
        return Chance(ByName(tuple((name, 1.0 - share) for name, share in self.rooted), left, "unrooted"))

    def taken_over(self) -> Chance:
        """The chance that the task force takes a case."""
        return Chance(ByName(self.scope, 0.0))

    def has_deadline(self) -> Chance:
        """Whether the committee has set a deadline of its own for the type."""
        return Chance(ByName(tuple((name, float(hours > 0.0)) for name, hours in self.deadline), 0.0))

    def until_deadline(self) -> Duration:
        """From filing until it runs out."""
        return Fixed(ByName(tuple((name, hours * HOUR) for name, hours in self.deadline), 0.0))
