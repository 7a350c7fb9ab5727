"""Programmes for streets and communities: premium corridors, desks, small projects and illegal building."""

from dataclasses import dataclass
from math import exp

from citysim.policy.ranges import Checked, chance, number, switch

COMMUNITIES = 0.0002
"""Communities for each resident: one for 5,000 [asm; R90: about 11,000 villages and communities]."""


@dataclass(frozen=True)
class Corridors(Checked):
    """Corridors and areas of high quality ("16+3" 风貌品质提升, brief item 68).

    Args:
        share: of the streets that are tagged as one of the 16 corridors. service: looks of patrols there, against as
            many as now.
        areas: share of the streets in the 3 kinds of areas (fringe of the city, gates of traffic, famous spots), chosen
            after the corridors. area_service: looks of patrols there.
        extra: whether these are additional people; if not they are taken from the other streets.
        surveyed: share of the boundaries in both that have been surveyed, so that nobody disputes whose it is.
        yuan_per_street: a year, for a tagged street's own people, if they are extra, for each time the service of now.
    """

    share: float = chance(0.0, high=0.5)
    service: float = number(1.5, "times now", 1.0, 2.0, "1.2-2 brief item 68 asm")
    areas: float = chance(0.0, high=0.3)
    area_service: float = number(1.2, "times now", 1.0, 2.0, "1.2-2 brief item 68 asm")
    extra: bool = switch(False)
    surveyed: float = chance(0.0)
    yuan_per_street: float = number(600_000.0, "yuan", 0.0, 20_000_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """Streets of 31,000 residents; a survey costs a tenth of a year's people, once in ten years [asm]."""
        zones = ((self.share, self.service), (self.areas, self.area_service))
        survey = 0.01 * self.surveyed * self.yuan_per_street
        each = [(share, (level - 1.0) * self.yuan_per_street if self.extra else 0.0) for share, level in zones]
        return sum(share * residents / 31_000.0 * (people + survey) for share, people in each)


@dataclass(frozen=True)
class Desks(Checked):
    """Officers of the city's departments who sit in the community's office (城管进社区, brief item 71).

    Args:
        hours: a week at each community's desk. closes: share of the small requests brought there that are settled on
            the spot and never become a case.
        trust: by how much more people report where a desk is known, in a street that reports as much as the mean; in
            one that reports little it is more by as much as that one reports less.
        zones: share of the streets that have desks; those that report least come first, or with `premium` those that
            somebody chose.
        extra: whether the officers are additional people; if not they are taken from the patrols of other streets.
        yuan_per_hour: of an officer.
    """

    hours: float = number(0.0, "hours a week", 0.0, 40.0, "4-20 brief item 71 asm")
    closes: float = chance(0.45, "0.3-0.6 brief item 71 asm")
    trust: float = chance(0.25, "0.1-0.5 brief item 71 asm")
    zones: float = chance(1.0, low=0.05)
    premium: bool = switch(False)
    extra: bool = switch(True)
    yuan_per_hour: float = number(60.0, "yuan", 0.0, 1_000.0)

    @property
    def reached(self) -> float:
        """Share of the people for whom it is open when they want it; 20 hours reach two thirds [asm]."""
        return 1.0 - exp(-self.hours / 20.0)

    def yuan_a_year(self, residents: float) -> float:
        """One desk in each community of the streets that have them; who is taken from the patrols is paid already."""
        hours = self.hours * 52.0 if self.extra else 0.0
        return residents * self.zones * COMMUNITIES * hours * self.yuan_per_hour


@dataclass(frozen=True)
class MicroRenewal(Checked):
    """Small projects that residents decide on (小微空间更新, brief item 72).

    Args:
        projects: a year for 100,000 residents. million_yuan: each. A larger one covers more ground, though not in
            proportion, and does more where it is.
    """

    projects: float = number(0.0, "a year", 0.0, 200.0)
    million_yuan: float = number(0.5, "million yuan", 0.1, 3.0, "0.1-3 brief item 72 asm")

    @property
    def km2(self) -> float:
        """Ground covered by one project: 200 m around for half a million [asm]."""
        return 0.126 * (self.million_yuan / 0.5) ** 0.6

    @property
    def lowers(self) -> float:
        """Share of the nuisance that it takes away there: 0.1 to 0.4 (brief item 72)."""
        return 0.1 + 0.3 * (1.0 - exp(-self.million_yuan))

    def yuan_a_year(self, residents: float) -> float:
        """For all projects of a year."""
        return residents / 1e5 * self.projects * self.million_yuan * 1e6


@dataclass(frozen=True)
class IllegalBuilding(Checked):
    """Illegal building found early, dealt with by stages, and the old stock cleared (违建治理, brief item 54).

    Args:
        looks: at each place in a week, beyond now, from the air and on foot.
        staged: whether what is found finished goes through stop-work, penalty, order and demolition with their limits,
            instead of being torn down when a crew is there: slower and more work, but it does not come back.
        mediated: share of the appeals against an order that a mediator settles before.
        cleared: share of the old stock cleared in a year, beyond now.
        yuan_per_look: at a square kilometre. yuan_per_mediation: of one dispute. yuan_per_clearing: of one building.
    """

    looks: float = number(0.0, "per week", 0.0, 14.0)
    staged: bool = switch(False)
    mediated: float = chance(0.0)
    cleared: float = chance(0.0, high=0.5)
    yuan_per_look: float = number(30.0, "yuan", 0.0, 10_000.0)
    yuan_per_mediation: float = number(3_000.0, "yuan", 0.0, 100_000.0)
    yuan_per_clearing: float = number(8_000.0, "yuan", 0.0, 1_000_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """10,000 residents live on a square kilometre; the stock shows 60 cases in 100,000 and year (scenarios).

        Of 45 new buildings in 100,000 and year some 7 come to an appeal.
        """
        looking = residents / 1e4 * self.looks * 52.0 * self.yuan_per_look
        looking += residents / 1e5 * 7.0 * self.mediated * self.yuan_per_mediation
        return looking + residents / 1e5 * 60.0 * self.cleared * self.yuan_per_clearing
