"""Programmes for assets with an age and a condition: renewal of pipes, maintenance, the health check of the city."""

from dataclasses import dataclass
from math import log

from citysim.errors import PolicyError
from citysim.policy.ranges import Checked, chance, number

CHOICES = ("oldest", "worst", "risk", "with_digs")
"""Which pipes are renewed first: the oldest; those in the worst condition; those with most harm at stake; those where
the road is dug up anyway, which costs half."""
PIPE_KM = 0.0048
"""Kilometres of pipes for each resident that renewal acts on and pays for: mains of gas (150), of water (180) and
sewers (150) per 100,000 residents, as in the inventories of the incident types; 180,000 km for 32 million are 0.0056
(R24)."""
OPENED_A_YEAR = 0.02
"""Share of the pipes above which the road is dug up in a year anyway: 20 permits per 100 road-km and year (brief item
53), 100 m each [asm]. Renewal that follows the digs gets no further."""
REGIMES = ("time", "condition")
"""What a further round of maintenance does: overhaul each unit by the calendar, or inspect it and mend what shows."""


@dataclass(frozen=True)
class Renewal(Checked):
    """Renewal of old pipes (老旧管线升级改造, brief item 64).

    Args:
        share: of the pipes of gas, water and drainage renewed in a year, beyond what is renewed now.
        removes: share of the hazard that a pipe loses when it is renewed; it ages again from there. choice: one of
            oldest, worst, risk, with_digs; where it follows the digs it costs half, and reaches at most the 0.02 of the
            pipes above which the road is opened.
        yuan_per_km: of pipe.
    """

    share: float = chance(0.0, "0.005-0.03 brief item 64 asm", high=0.2)
    removes: float = chance(0.85, "0.7-0.95 brief item 64 asm")
    choice: str = "worst"
    yuan_per_km: float = number(2_000_000.0, "yuan", 0.0, 20_000_000.0, "1-4 M brief item 64 asm")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.choice not in CHOICES:
            raise PolicyError(f"renewal.choice = {self.choice!r}, must be one of {', '.join(CHOICES)}")

    @property
    def reached(self) -> float:
        """Share of the pipes that are really renewed in a year."""
        return min(self.share, OPENED_A_YEAR) if self.choice == "with_digs" else self.share

    def yuan_a_year(self, residents: float) -> float:
        """What it costs in a city of so many residents."""
        half = 0.5 if self.choice == "with_digs" else 1.0
        return self.reached * PIPE_KM * residents * self.yuan_per_km * half


@dataclass(frozen=True)
class Maintenance(Checked):
    """Inspection and maintenance of municipal facilities (市政设施安全运行保障, brief item 59).

    Args:
        interval_months: each unit has its turn so often; as now once a year.
        by: what the turns beyond now's do: `time` = overhaul each unit, `condition` = inspect and mend what shows.
        shows: share of the failures that show beforehand.
        yuan_overhaul, yuan_inspection: of all facilities once, for each resident.
    """

    interval_months: float = number(12.0, "months", 1.0, 12.0, "1-12 brief item 59 asm")
    by: str = "time"
    shows: float = chance(0.6, "0.3-0.9 asm")
    yuan_overhaul: float = number(12.0, "yuan", 0.0, 1_000.0)
    yuan_inspection: float = number(3.0, "yuan", 0.0, 1_000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by not in REGIMES:
            raise PolicyError(f"maintenance.by = {self.by!r}, must be one of {', '.join(REGIMES)}")

    def yuan_a_year(self, residents: float) -> float:
        """What the turns beyond now's cost, with the repairs that they lead to."""
        further = 12.0 / self.interval_months - 1.0
        return residents * further * (self.yuan_overhaul if self.by == "time" else self.yuan_inspection)


@dataclass(frozen=True)
class HealthCheck(Checked):
    """The health check of the city that drives its renewal (城市体检带动城市更新, brief item 44).

    Args:
        surveyed: share of houses, estates, streets and structures surveyed in a year, beyond now.
        detection: chance that a survey finds a latent defect; a survey twice as deep misses its square.
        repairs: share of all assets with a latent defect that the year's money can repair. The smaller of what is found
            and what can be repaired counts.
        survey_yuan: all of them surveyed once at a detection of 0.5, for each resident. repair_yuan: all latent
            defects repaired, for each resident.
    """

    surveyed: float = chance(0.0)
    detection: float = chance(0.5, "0.3-0.8 brief item 44 asm", high=0.99)
    repairs: float = chance(0.0)
    survey_yuan: float = number(4.0, "yuan", 0.0, 1_000.0, "0.5-2 % of the renewal budget, brief item 44 asm")
    repair_yuan: float = number(300.0, "yuan", 0.0, 10_000.0)

    @property
    def mended_a_year(self) -> float:
        """Rate at which a latent defect is found and repaired."""
        return min(self.surveyed * self.detection, self.repairs)

    def yuan_a_year(self, residents: float) -> float:
        """Surveys, and repairs of what they find as far as the money goes."""
        depth = log(1.0 - self.detection) / log(0.5)
        return residents * (self.surveyed * depth * self.survey_yuan + self.mended_a_year * self.repair_yuan)
