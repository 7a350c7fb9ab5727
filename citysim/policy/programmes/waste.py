"""Programmes for muck trucks, building waste and rural waste."""

from dataclasses import dataclass
from math import log

from citysim.errors import PolicyError
from citysim.policy.ranges import Checked, chance, number

TRUCKS = 0.0006
"""Muck trucks for each resident: 60 per 100,000 (brief item 49)."""
LOADS = 0.05
"""Loads of building waste for each resident and year: half a tonne, ten tonnes a load [asm]."""
POINTS = 0.01
"""Collecting points for each villager [asm]."""


@dataclass(frozen=True)
class MuckTrucks(Checked):
    """Supervision of muck trucks by one app over all districts (工程渣土治理, brief item 49).

    Args:
        detection: share of the offences that cameras at gates and on roads catch; as now 0.4.
        evidence: share of what they catch of a truck of the same district that stands up as evidence; as now 0.75.
        cross_district: share of the files on trucks of other districts that are handed over in one system, so that they
            stand up as often and are closed as soon as those at home; as now none.
        relapse: how often a truck offends after it was punished once, against before, at a fine of 2,000 yuan.
        fine: in yuan. It deters little against certainty: relapse x (2,000 / fine)^0.1.
        closed_hours: of a day, in which no muck truck may run, from the hour closed_from on; 0 = as now. Loads that
            wait are not added at other hours, so what is spared is the most that it can be.
        obeys: share of the trucks that then stand still; one that does not is an offence to whoever sees it.
        yuan_per_camera: a year; a hundred cameras for each tenth of detection in a million residents.
        yuan_per_handover: a year, for all files of 100,000 residents. yuan_per_wait: for a load that waits until the
            roads are open.
    """

    detection: float = chance(0.4, "0.2-0.9 brief item 49 asm", low=0.4)
    evidence: float = chance(0.75, "0.6-0.95 brief item 49 asm", low=0.75)
    cross_district: float = chance(0.0)
    relapse: float = chance(0.7, "0.5-0.9 brief item 49 asm", high=0.9)
    fine: float = number(2_000.0, "yuan", 2_000.0, 100_000.0, "R10")
    closed_from: float = number(22.0, "o'clock", 0.0, 24.0)
    closed_hours: float = number(0.0, "hours", 0.0, 23.0)
    obeys: float = chance(0.8, "0.5-0.95 asm")
    yuan_per_camera: float = number(8_000.0, "yuan", 0.0, 200_000.0)
    yuan_per_handover: float = number(30_000.0, "yuan", 0.0, 1_000_000.0)
    yuan_per_wait: float = number(40.0, "yuan", 0.0, 2_000.0)

    @property
    def after(self) -> float:
        """Factor on a truck's offences for each time that it was punished."""
        return self.relapse * (2_000.0 / self.fine) ** 0.1

    def yuan_a_year(self, residents: float) -> float:
        """Cameras, people who make files of what they see, the system in which districts hand them over, waiting."""
        cameras = residents / 1e6 * (1_000.0 * self.detection + 300.0 * self.evidence) * self.yuan_per_camera
        waiting = residents * LOADS * self.closed_hours / 24.0 * self.obeys * self.yuan_per_wait
        return cameras + residents / 1e5 * self.cross_district * self.yuan_per_handover + waiting


@dataclass(frozen=True)
class BuildingWaste(Checked):
    """The way of building waste from the site to where it is used again (建筑垃圾全链条, brief item 45).

    A driver chooses the licensed way or the roadside by what each costs him; levers change these costs. Before the
    sites of each district loads wait from day to day, and a full site turns them away.

    Args:
        reused: share of the waste that is avoided or used again on the building site, and needs no truck.
        km: to the nearest licensed site. capacity: of the sites, against now, when they are 90 % busy.
        price: for a load at the site. checks: share of the loads that are checked on the road.
        yuan_per_reused: for a load. yuan_per_capacity: a year for as much capacity again as now, for each resident.
        yuan_per_check: of one load.
    """

    reused: float = chance(0.0, "0.1-0.5 brief item 45 asm", high=0.5)
    km: float = number(25.0, "km", 1.0, 25.0)
    capacity: float = number(1.0, "times now", 1.0, 5.0, "R11: 33 % of capacity treated")
    price: float = number(100.0, "yuan", 0.0, 100.0)
    checks: float = chance(0.02, low=0.02)
    yuan_per_reused: float = number(60.0, "yuan", 0.0, 1_000.0)
    yuan_per_capacity: float = number(3.0, "yuan", 0.0, 100.0)
    yuan_per_check: float = number(40.0, "yuan", 0.0, 1_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """Nearer sites are more sites: as many more as the square of the distance falls."""
        sites = (25.0 / self.km) ** 2 - 1.0
        lost = (100.0 - self.price) * LOADS
        by_load = self.checks * self.yuan_per_check + self.reused * self.yuan_per_reused
        return residents * ((self.capacity + 0.2 * sites) * self.yuan_per_capacity + lost + LOADS * by_load)


@dataclass(frozen=True)
class RuralWaste(Checked):
    """Collection of waste in villages (农村生活垃圾收运, brief item 56).

    Args:
        missed: share of the stops of a route that are missed because the crew breaks off; as now 0.04.
        every_days: from round to round; as now 3.5.
        truck_tonnes: that a truck carries until it must unload, and misses the stops that are left of its route.
        sensors: share of the points that report how full they are and are emptied out of turn.
        yuan_per_round, yuan_per_sensor: a year, for a point visited once a day; for a sensor.
        yuan_per_tonne: a year, for each tonne more on a truck, by point.
    """

    missed: float = chance(0.04, "0.01-0.08 brief item 56 asm", high=0.04)
    every_days: float = number(3.5, "days", 0.5, 3.5)
    truck_tonnes: float = number(6.0, "t", 6.0, 12.0, "5-8 brief item 56 asm")
    sensors: float = chance(0.0)
    yuan_per_round: float = number(900.0, "yuan", 0.0, 50_000.0)
    yuan_per_sensor: float = number(200.0, "yuan", 0.0, 10_000.0)
    yuan_per_tonne: float = number(40.0, "yuan", 0.0, 10_000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.missed <= 0.0:
            raise PolicyError(f"ruralwaste.missed = {self.missed:g}, must be within 0.0001..0.04 share")

    def yuan_a_year(self, residents: float) -> float:
        """Rounds, care that none is broken off (twice the care for half of them), sensors and trucks, for villagers."""
        care = 0.1 * (1.0 + log(0.04 / self.missed, 2.0)) / self.every_days
        rounds = (1.0 / self.every_days + care) * self.yuan_per_round
        return (
            residents
            * POINTS
            * (rounds + self.sensors * self.yuan_per_sensor + self.truck_tonnes * self.yuan_per_tonne)
        )
