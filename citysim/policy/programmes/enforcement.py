"""One enforcement crew for matters of several departments: the list of matters, and who has the skill for which."""

from collections.abc import Collection
from dataclasses import dataclass
from math import exp

from citysim.errors import PolicyError
from citysim.policy.ranges import Checked, chance, number

MATTERS = "zhatu, order, illegal_build"
UNSKILLED = ("department", "slower", "sent_up", "waits")
"""What becomes of a case on the list whose crew lacks the skill: the department comes as now; the crew does it alone
and takes longer; it goes up to the district, whose department does it; it waits for the department's day there."""
LAST_WEEK = 520
Cells = dict[tuple[str, str], float]
"""A matrix by (matter, district); "" stands for the districts that are not named."""


@dataclass(frozen=True)
class Enforcement(Checked):
    """One enforcement crew for matters of several departments (行政执法大综合一体化, brief item 47).

    The skill matrix is matter x district. A matter comes on the list of what crews of the streets enforce in a week of
    its own; from then on a case of it is theirs, whether or not they have been trained.

    Args:
        degree: matters that a crew is trained in; 1 as now.
        matters: the list, as types or groups of incidents, in the order in which they come on it.
        from_week: in which the first of them comes on the list; before, nobody is asked less.
        every_weeks: after which the next one follows; with 0 all come at once.
        weeks, ends: own weeks of single matters, as "order 8, zhatu yubei 12": in which they come on the list, and in
            which they are off it again; with a district only there. An own entry of a type goes before that of its
            group, one of a district before that of all.
        skills: share of the crews that have the skill, as "order 0.9, zhatu yubei 0.3"; others have it by `degree`.
        training_weeks: from coming on the list until all who are to have the skill have it; evenly, one after the
            other.
        unskilled: what becomes of a case on the list whose crew lacks the skill: department (as now), slower, sent_up
            or waits.
        unskilled_loss: by how much such a crew is slower. sent_up_hours: until the district has taken such a case; its
            department then comes as now. visit_days: from one day of the department in a street to the next, on which
            it need not be called.
        slower: by how much a crew that knows all matters of the list is slower than specialists (0-0.2).
        losses: the same for single matters of the list, as "order 0.2, zhatu 0.05"; the others have `slower`.
        yuan_per_training: a year, for one resident in 1,000 and each further matter; for a matter of `skills`, times
            its share. yuan_per_district: a year, for a matter and all crews of a district named in `skills`.
    """

    degree: float = number(1.0, "matters", 1.0, 5.0, "1-5 brief item 47 asm")
    matters: str = MATTERS
    from_week: int = number(0, "week", 0, LAST_WEEK)
    every_weeks: int = number(0, "weeks", 0, 104)
    weeks: str = ""
    ends: str = ""
    skills: str = ""
    training_weeks: int = number(0, "weeks", 0, 104)
    unskilled: str = "department"
    unskilled_loss: float = chance(0.5, high=2.0)
    sent_up_hours: float = number(24.0, "hours", 0.0, 240.0)
    visit_days: float = number(7.0, "days", 0.5, 30.0)
    slower: float = chance(0.1, "0-0.2 brief item 47 asm", high=0.5)
    losses: str = ""
    yuan_per_training: float = number(500.0, "yuan", 0.0, 50_000.0)
    yuan_per_district: float = number(400_000.0, "yuan", 0.0, 10_000_000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.matters, str) or not self.names:
            raise PolicyError(f"enforcement.matters = {self.matters!r}, must name types or groups, with commas between")
        if len(self.names) < len(_parts(self.matters)):
            raise PolicyError(f"enforcement.matters = {self.matters!r}, must name each type or group once")
        if unknown := sorted(self.loss_of.keys() - self.names):
            raise PolicyError(
                f"enforcement.losses = {unknown[0]!r}, must be one of enforcement.matters: {self.matters}"
            )
        if self.unskilled not in UNSKILLED:
            raise PolicyError(f"enforcement.unskilled = {self.unskilled!r}, must be one of {', '.join(UNSKILLED)}")
        _cells("skills", self.skills, self.names, 1)
        self._check_ends(self.own_weeks, self.own_ends)

    def _check_ends(self, weeks: Cells, ends: Cells) -> None:
        """Refuse a matter that is off the list before it is on it."""
        for (name, district), end in ends.items():
            begin = weeks.get((name, district), weeks.get((name, ""), self.week_of[name]))
            if end <= begin:
                what = f"enforcement.ends = '{' '.join(filter(None, (name, district)))} {end:g}'"
                raise PolicyError(f"{what}, must be later than the week in which it comes on the list, {begin:g}")

    @property
    def names(self) -> frozenset[str]:
        """Types and groups on the list."""
        return frozenset(_parts(self.matters))

    @property
    def week_of(self) -> dict[str, int]:
        """Week in which each type or group comes on the list, unless it has one of its own."""
        return {name: self.from_week + k * self.every_weeks for k, name in enumerate(_parts(self.matters))}

    @property
    def own_weeks(self) -> Cells:
        """Weeks in which matters come on the list at a time of their own."""
        return _cells("weeks", self.weeks, self.names, LAST_WEEK, whole=True)

    @property
    def own_ends(self) -> Cells:
        """Weeks from which matters are off the list again."""
        return _cells("ends", self.ends, self.names, LAST_WEEK, whole=True)

    @property
    def skill_of(self) -> Cells:
        """Share of the crews that have the skill, where it does not follow from the degree."""
        return _cells("skills", self.skills, self.names, 1)

    @property
    def districts(self) -> frozenset[str]:
        """Districts with an entry of their own."""
        cells = (*self.own_weeks, *self.own_ends, *self.skill_of)
        return frozenset(district for _, district in cells if district)

    @property
    def loss_of(self) -> dict[str, float]:
        """By how much a crew that knows the whole list is slower, for types and groups with a loss of their own."""
        if not isinstance(self.losses, str):
            raise PolicyError(f"enforcement.losses = {self.losses!r}, must be text such as 'order 0.2, zhatu 0.05'")
        found: dict[str, float] = {}
        for part in _parts(self.losses):
            name, _, value = part.partition(" ")
            try:
                found[name] = float(value)
            except ValueError:
                found[name] = -1.0
            if not 0.0 <= found[name] <= 0.5:
                raise PolicyError(f"enforcement.losses = {part!r}, must be a name and a share within 0..0.5")
        return found

    @property
    def trained(self) -> float:
        """Share of the crews that need no second department: a chain of a few matters gives most of it (L09)."""
        return 1.0 - exp(1.0 - self.degree)

    @property
    def is_as_now(self) -> bool:
        """Whether nobody has a further skill, and what is on the list is worked as now."""
        return self.degree == 1.0 and not self.skills and self.unskilled == "department"

    def yuan_a_year(self, residents: float) -> float:
        """Training; crews of a district that is named are paid for by what they have beyond those of all."""
        skills = self.skill_of
        city = sum(share for (_, district), share in skills.items() if not district)
        named = sum(s - skills.get((name, ""), 0.0) for (name, district), s in skills.items() if district)
        further = (self.degree - 1.0) + city
        return residents / 1_000.0 * further * self.yuan_per_training + named * self.yuan_per_district


def _cells(lever: str, text: str, names: Collection[str], high: int, whole: bool = False) -> Cells:
    """The matrix that a text such as "order 8, zhatu yubei 12" says.

    Raises:
        PolicyError: names the lever, the entry and what it must be.
    """
    what = f"a matter of the list, a district or none, and a {'week' if whole else 'share'} within 0..{high}"
    if not isinstance(text, str):
        raise PolicyError(f"enforcement.{lever} = {text!r}, must be text: {what}, with commas between")
    found: Cells = {}
    for part in _parts(text):
        name, *district, value = [*part.split(), ""] if len(part.split()) == 1 else part.split()
        try:
            value_of = float(int(value) if whole else float(value))
        except ValueError:
            value_of = -1.0
        cell = (name, district[0] if district else "")
        if name not in names or len(district) > 1 or not 0.0 <= value_of <= high:
            raise PolicyError(f"enforcement.{lever} = {part!r}, must be {what}")
        if cell in found:
            raise PolicyError(f"enforcement.{lever} = {part!r}, must name each matter and district once")
        found[cell] = value_of
    return found


def _parts(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
