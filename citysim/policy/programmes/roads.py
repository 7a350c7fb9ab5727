"""Programmes for streets: digging planned jointly, radar surveys for cavities, manhole covers with a known owner."""

from dataclasses import dataclass
from math import exp

from citysim.policy.ranges import Checked, chance, number, switch

ROAD_KM = 0.0006
"""Kilometres of road for each resident (scenarios, 60 per 100,000)."""
COVERS = 0.06
"""Manhole covers for each resident: 6,000 per 100,000 (brief item 51)."""
SIX = 6
"""Utilities that dig: gas, water, drainage, power, telecom, others (brief item 53)."""
WORKS_NEAR = 0.35
"""Works of the six utilities in a year that share the road section of another work [asm]; with a window of a year 30 %
of the works can be merged (10-40 %, brief item 53)."""
KNOWN_NOW = 0.6
"""Share of the covers whose owner stands in the ledger now [asm, 0.3-1, brief item 51]."""


@dataclass(frozen=True)
class Digging(Checked):
    """One yearly plan for all digging in the streets, against the "road zipper" (马路拉链, brief item 53).

    Args:
        window_months: works on the same road section that lie no further apart are done in one trench; 0 = as now.
        utilities: how many of the six utilities keep to the plan.
        checks: visits to each road section in a week that look for digs without permit or overdue, beyond now: tighter
            permits rather than a better plan.
        yuan_per_merge: for each work that another one takes in: talks, waiting, a wider trench. yuan_per_check: of one
            kilometre of road.
    """

    window_months: float = number(0.0, "months", 0.0, 36.0)
    utilities: int = number(6, "utilities", 2, 6, "brief item 53 asm")
    checks: float = number(0.0, "per week", 0.0, 21.0)
    yuan_per_merge: float = number(20_000.0, "yuan", 0.0, 1_000_000.0)
    yuan_per_check: float = number(5.0, "yuan", 0.0, 1_000.0)

    @property
    def works_near(self) -> float:
        """Works a year on the same section by utilities that keep to the plan."""
        return WORKS_NEAR * self.utilities / SIX

    def yuan_a_year(self, residents: float) -> float:
        """20 permits per 100 road-km and year (5-40, brief item 53), of which some are merged."""
        merged = (1.0 - exp(-self.works_near * self.window_months / 12.0)) * self.utilities / SIX
        return residents * ROAD_KM * (0.2 * merged * self.yuan_per_merge + 52.0 * self.checks * self.yuan_per_check)


@dataclass(frozen=True)
class Cavities(Checked):
    """Radar surveys for cavities under roads, which are filled when found (道路塌陷隐患专项, brief item 66).

    Args:
        surveys: of the whole length of road in a year, beyond now. recall: share of the cavities under it that a
            passing radar finds.
        graded: whether the same length of survey goes mostly to the fifth of the roads with the highest risk.
        yuan_per_km: surveyed, with the filling of what is found.
    """

    surveys: float = number(0.0, "per year", 0.0, 12.0)
    recall: float = chance(0.7, "0.6-0.85 brief item 66 asm")
    graded: bool = switch(False)
    yuan_per_km: float = number(15_000.0, "yuan", 0.0, 1_000_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """The same length costs the same, graded or not."""
        return residents * ROAD_KM * self.surveys * self.yuan_per_km


@dataclass(frozen=True)
class Manholes(Checked):
    """Covers in a ledger with their owner, mended whoever owns them, and checked on rounds (数治窨井盖, brief item 51).

    Sensors on covers are a matter of `sensing.manhole`.

    Args:
        ledger: share of the covers whose owner is on record; 0.6 as now.
        bottom_line: share of the covers without known owner that the road authority mends at once by itself (托底).
        checks: rounds past each cover in a year, beyond now.
        yuan_per_code: to put a cover into the ledger, spread over ten years. yuan_per_check: of one cover.
        yuan_mended: for a cover mended for others, after what can be recovered.
    """

    ledger: float = chance(KNOWN_NOW, "0.3-1 brief item 51 asm")
    bottom_line: float = chance(0.0)
    checks: float = number(0.0, "per year", 0.0, 52.0)
    yuan_per_code: float = number(50.0, "yuan", 0.0, 10_000.0)
    yuan_per_check: float = number(2.0, "yuan", 0.0, 1_000.0)
    yuan_mended: float = number(400.0, "yuan", 0.0, 100_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """About one cover in sixty is mended in a year (scenarios: 106 cases for 6,000 covers)."""
        alone = self.bottom_line * (1.0 - self.ledger) / 60.0 * self.yuan_mended
        return (
            residents * COVERS * (self.ledger * self.yuan_per_code / 10.0 + alone + self.checks * self.yuan_per_check)
        )
