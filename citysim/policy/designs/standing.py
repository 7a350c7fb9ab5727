"""What a committee has decided, and how its districts act: numbers by type, department or district, until it meets."""

from dataclasses import dataclass

from citysim.policy.blocks import Chance
from citysim.policy.durations import ByDistrict, ByKind, ByName, BySupport, Duration, Fixed, Value
from citysim.units import HOUR

Named = tuple[tuple[str, float], ...]
"""A number by name of an incident type, a group or a department; or by id of a district."""
MOST_PRETENDED = 0.5
"""No district pretends in more than this share of its cases [asm]."""
LEAST_OWNED = 0.5
"""No effort makes work shorter than this factor on its usual time [asm]."""


@dataclass(frozen=True)
class Standing:
    """Decisions by name. A design that is never governed has none, and its sentence asks for none.

    Args:
        asked: whether the sentence asks for decisions by name at all.
        refuse: factor on refusals, by department, leading or supporting.
        misroute: factor on wrong first orders, by type.
        rooted: chance that the root cause is mended too, by type. scope: share of the cases that the task force takes
            off the line, by group. deadline: hours from filing until a reminder, by type, 0 = none.
        quick: 1 for the types whose work is short.
        effort, false_closure, off_clock, late, easy_first: by district, what its ranking adds to speed of work, to the
            shares of cases that are reported done untouched, shelved or extended, accepted late, and of easy ones that
            go first. willing: chance that the nearest other district
            sends it crews.
    """

    asked: bool = False
    refuse: Named = ()
    misroute: Named = ()
    rooted: Named = ()
    scope: Named = ()
    deadline: Named = ()
    quick: Named = ()
    effort: Named = ()
    false_closure: Named = ()
    off_clock: Named = ()
    late: Named = ()
    easy_first: Named = ()
    willing: Named = ()

    @property
    def has_districts(self) -> bool:
        """Whether districts may act in ways of their own: the sentence then asks, whatever the numbers are."""
        return self.asked or bool(self.willing)

    def worked(self, part: float, ownership: float) -> Value:
        """A share of the type's on-site work, shorter where the district tries harder."""
        if not self.has_districts:
            return ByKind("work_median", part * ownership)
        by = tuple((d, part * max(LEAST_OWNED, ownership / (1.0 + effort))) for d, effort in self.effort)
        return ByDistrict(by, part * ownership, "work_median")

    def pretended(self, usual: float, added: Named, column: str | None = None) -> Value:
        """A chance that a district adds to."""
        if not self.has_districts:
            return usual if column is None else ByKind(column, usual)
        return ByDistrict(tuple((d, min(max(MOST_PRETENDED, usual), usual + more)) for d, more in added), usual, column)

    def unwilling(self, willing: float) -> Chance:
        """The chance that the neighbour keeps its crews."""
        if not self.has_districts:
            return Chance(1.0 - willing)
        return Chance(ByDistrict(tuple((d, 1.0 - share) for d, share in self.willing), 1.0 - willing))

    def not_extended(self, usual: float) -> Chance:
        """The chance that a case at its limit is granted no extension."""
        if not self.has_districts:
            return Chance(1.0 - usual)
        by = tuple((d, max(0.0, 1.0 - usual - more)) for d, more in self.off_clock)
        return Chance(ByDistrict(by, 1.0 - usual))

    def not_quick(self) -> Chance:
        """Whether the work of the type is not short."""
        return Chance(ByName(tuple((name, 1.0 - is_quick) for name, is_quick in self.quick), 1.0))

    def in_order(self) -> Chance:
        """The chance that an easy case waits its turn."""
        return Chance(ByDistrict(tuple((d, 1.0 - share) for d, share in self.easy_first), 1.0))

    def difficult(self, chance: float, factors: Named) -> Chance:
        """A chance that grows with how hard the type is to route (brief 4.2.5), and goes by what is decided."""
        if not self.asked:
            return Chance(ByKind("difficulty", chance))
        return Chance(ByName(tuple((name, chance * factor) for name, factor in factors), chance, "difficulty"))

    def refused_support(self, chance: float) -> Chance:
        """The chance that the supporting department whose turn it is returns a request, for how hard the type is."""
        if not self.asked:
            return Chance(ByKind("difficulty", chance))
        by = tuple((name, chance * factor) for name, factor in self.refuse)
        return Chance(BySupport(by, chance, "difficulty"))

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
