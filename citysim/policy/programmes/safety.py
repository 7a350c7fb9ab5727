"""Programmes against rare and grave events: high-rise fires, confined spaces, listed risks, stocks for storms."""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number

HIGHRISES = 0.0032
"""High-rise buildings for each resident: 320 per 100,000 (R21, calc)."""
WITHOUT_WATER = 0.15
"""Share of the high-rises whose fire water does not work now [asm, 0.05-0.3]."""
LANE_BLOCKED = 0.2
"""Share of the high-rises whose fire lane is blocked at a moment now [asm, 0.1-0.4]."""
JOBS = 0.002
"""Jobs in a confined space for each resident and year [asm, 0.0005-0.005]."""
HOURS_A_YEAR = 1_760.0
"""An inspector inspects so long in a year: 220 days of 8 h [asm]."""


@dataclass(frozen=True)
class HighRise(Checked):
    """Fire water and fire lanes of high-rise buildings (高层建筑消防专项, brief item 65).

    Args:
        water: share of the high-rises without working fire water where it is put right. lanes: share of those with a
            blocked fire lane where it is kept clear. Both are reached within half a year, evenly.
        yuan_water, yuan_lane: for one building a year.
    """

    water: float = chance(0.0)
    lanes: float = chance(0.0)
    yuan_water: float = number(60_000.0, "yuan", 0.0, 10_000_000.0)
    yuan_lane: float = number(15_000.0, "yuan", 0.0, 10_000_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """For the buildings that are put right."""
        water, lanes = WITHOUT_WATER * self.water * self.yuan_water, LANE_BLOCKED * self.lanes * self.yuan_lane
        return residents * HIGHRISES * (water + lanes)


@dataclass(frozen=True)
class ConfinedSpace(Checked):
    """Work in septic tanks, sewers and pits (密闭空间专项整治, brief item 67).

    Args:
        permits: share of the jobs under a work permit, beyond now. meters: share of the crews that carry a gas meter
            and look at it, beyond now. rescue: share of the crews with a tripod, air and drill, so that nobody goes
            after a victim blindly, beyond now.
        inspections: visits to a job site for each day of work, beyond now.
        yuan_permit, yuan_meter, yuan_rescue, yuan_visit: for one job.
    """

    permits: float = chance(0.0)
    meters: float = chance(0.0)
    rescue: float = chance(0.0)
    inspections: float = number(0.0, "per day", 0.0, 8.0)
    yuan_permit: float = number(100.0, "yuan", 0.0, 100_000.0)
    yuan_meter: float = number(150.0, "yuan", 0.0, 100_000.0)
    yuan_rescue: float = number(300.0, "yuan", 0.0, 100_000.0)
    yuan_visit: float = number(200.0, "yuan", 0.0, 100_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """For all jobs of a year."""
        made = self.permits * self.yuan_permit + self.meters * self.yuan_meter + self.rescue * self.yuan_rescue
        return residents * JOBS * (made + self.inspections * self.yuan_visit)


@dataclass(frozen=True)
class RiskList(Checked):
    """A list of risk points, each reviewed in turn by a fixed number of inspectors (风险清单, brief item 60).

    Args:
        inspectors: for the list, per 100,000 residents; 0 = no list, as now.
        points: on the list, per 100,000 residents, the most dangerous first.
        hours: that an inspector spends on the review of one point, the way included.
        yuan_per_inspector: and year.
    """

    inspectors: float = number(0.0, "per 100,000", 0.0, 50.0)
    points: float = number(800.0, "per 100,000", 20.0, 2_000.0, "700-900 brief item 60 calc")
    hours: float = number(4.0, "hours", 0.75, 40.0)
    yuan_per_inspector: float = number(200_000.0, "yuan", 0.0, 2_000_000.0)

    @property
    def reviews_a_year(self) -> float:
        """How often each point on the list is reviewed; 1-12 are plausible (30-365 days, brief item 60)."""
        return self.inspectors * HOURS_A_YEAR / (self.points * self.hours)

    def yuan_a_year(self, residents: float) -> float:
        """Inspectors."""
        return residents / 1e5 * self.inspectors * self.yuan_per_inspector


@dataclass(frozen=True)
class DisasterStocks(Checked):
    """Depots with pumps, generators and water trucks (城市防灾救灾基础设施, brief item 63).

    Args:
        depots: in each district, beyond the one as now.
        pumps: sets of equipment in each of these depots.
        yuan_per_depot, yuan_per_set: a year.
    """

    depots: float = number(0.0, "per district", 0.0, 20.0)
    pumps: float = number(4.0, "sets", 0.0, 50.0, "2-6 per district, brief item 63 asm")
    yuan_per_depot: float = number(500_000.0, "yuan", 0.0, 100_000_000.0)
    yuan_per_set: float = number(60_000.0, "yuan", 0.0, 10_000_000.0)

    def yuan_a_year(self, districts: float) -> float:
        """Of so many districts: each has its depots, however many live there."""
        return districts * self.depots * (self.yuan_per_depot + self.pumps * self.yuan_per_set)
