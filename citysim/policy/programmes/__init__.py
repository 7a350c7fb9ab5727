"""The levers on what happens at all: programmes of prevention, renewal and service, each for its own incident types.

A scenario's rates hold for programmes *as they are now*, which is the default of every lever here, so the defaults
change nothing. A programme acts on single incidents of the common world (citysim/prevention): the more of it, the more
of the same incidents it spares. Every number is an assumption [asm] with the range of the domain brief, section 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TypeVar

from citysim.policy.programmes.agents import Agents
from citysim.policy.programmes.assets import HealthCheck, Maintenance, Renewal
from citysim.policy.programmes.community import Corridors, Desks, IllegalBuilding, MicroRenewal
from citysim.policy.programmes.digital import DataLibrary, Network, SecondSite
from citysim.policy.programmes.enforcement import Enforcement
from citysim.policy.programmes.lifelines import LifelineLoop
from citysim.policy.programmes.pipes import OneMap, PlantNetwork, SepticCleaning
from citysim.policy.programmes.roads import Cavities, Digging, Manholes
from citysim.policy.programmes.safety import ConfinedSpace, DisasterStocks, HighRise, RiskList
from citysim.policy.programmes.traffic import Bikes, Hospitals, Parking, Schools
from citysim.policy.programmes.twins import GarbageTwin, SewageTwin
from citysim.policy.programmes.waste import BuildingWaste, MuckTrucks, RuralWaste
from citysim.streams import FloatArray
from citysim.units import WEEK, YEAR

__all__ = [
    "AS_NOW",
    "Agents",
    "Bikes",
    "BuildingWaste",
    "Cavities",
    "ConfinedSpace",
    "Corridors",
    "DataLibrary",
    "Desks",
    "Digging",
    "DisasterStocks",
    "Enforcement",
    "GarbageTwin",
    "HealthCheck",
    "HighRise",
    "Hospitals",
    "IllegalBuilding",
    "LifelineLoop",
    "Maintenance",
    "Manholes",
    "MicroRenewal",
    "MuckTrucks",
    "Network",
    "OneMap",
    "Parking",
    "PlantNetwork",
    "Programmes",
    "Renewal",
    "RiskList",
    "RuralWaste",
    "Schools",
    "SecondSite",
    "SepticCleaning",
    "SewageTwin",
]


People = TypeVar("People", float, Sequence[float] | FloatArray)
Reach = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True)
class Programmes:
    """All programmes of a policy.

    Args:
        begun: week from which on a programme runs, by name; the others run from the beginning.
        since: week from which on a programme would have had to run at its present strength to have built what stands,
            by name, where that is not `begun`: its strength was another one before.
        reach: share of the incidents of each district that a programme reaches, by name; the others reach all.
    """

    agents: Agents = Agents()
    bikes: Bikes = Bikes()
    building_waste: BuildingWaste = BuildingWaste()
    cavities: Cavities = Cavities()
    confined_space: ConfinedSpace = ConfinedSpace()
    corridors: Corridors = Corridors()
    data_library: DataLibrary = DataLibrary()
    desks: Desks = Desks()
    digging: Digging = Digging()
    disaster_stocks: DisasterStocks = DisasterStocks()
    enforcement: Enforcement = Enforcement()
    garbage_twin: GarbageTwin = GarbageTwin()
    health_check: HealthCheck = HealthCheck()
    high_rise: HighRise = HighRise()
    hospitals: Hospitals = Hospitals()
    illegal_building: IllegalBuilding = IllegalBuilding()
    lifeline_loop: LifelineLoop = LifelineLoop()
    maintenance: Maintenance = Maintenance()
    manholes: Manholes = Manholes()
    micro_renewal: MicroRenewal = MicroRenewal()
    muck_trucks: MuckTrucks = MuckTrucks()
    network: Network = Network()
    one_map: OneMap = OneMap()
    parking: Parking = Parking()
    plant_network: PlantNetwork = PlantNetwork()
    renewal: Renewal = Renewal()
    risk_list: RiskList = RiskList()
    rural_waste: RuralWaste = RuralWaste()
    schools: Schools = Schools()
    second_site: SecondSite = SecondSite()
    septic_cleaning: SepticCleaning = SepticCleaning()
    sewage_twin: SewageTwin = SewageTwin()
    begun: tuple[tuple[str, int], ...] = field(default=(), metadata={"decided_by": "committee"})
    since: tuple[tuple[str, float], ...] = field(default=(), metadata={"decided_by": "committee"})
    reach: Reach = field(default=(), metadata={"decided_by": "committee"})

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the programmes that differ from what is done now."""
        names = (f.name for f in fields(self) if f.name not in DECIDED)
        return tuple(name for name in names if getattr(self, name) != getattr(AS_NOW, name))

    def yuan_per_week(self, residents: float, villagers: float | None = None, districts: int = 1) -> float:
        """What the programmes that differ from what is done now cost more in a city of so many residents.

        Args:
            villagers: those of them who live in villages, for whom a programme of villages is paid; by default all.
        """
        sizes = {name: districts if name in BY_DISTRICT else _whom(name, residents, villagers) for name in self.active}
        return sum(self._yuan_of(name, size) for name, size in sizes.items())

    def yuan_unreached(
        self,
        reach: Reach,
        residents: Sequence[float] | FloatArray,
        villagers: Sequence[float] | FloatArray | None = None,
    ) -> float:
        """What of `yuan_per_week` is not spent because a programme does not reach the whole of each district.

        Args:
            reach: see `reach`. residents, villagers: of each district; see `yuan_per_week`.
        """
        unspent = 0.0
        for name, strength in reach:
            if name in self.active:
                each = [1.0] * len(residents) if name in BY_DISTRICT else _whom(name, residents, villagers)
                reached, whole = sum(part * some for part, some in zip(strength, each, strict=True)), float(sum(each))
                unspent += self._yuan_of(name, whole) * (1.0 - reached / whole) if whole else 0.0
        return unspent

    def _yuan_of(self, name: str, size: float) -> float:
        """What a programme costs more a week than as it is now, for so many residents, villagers or districts."""
        now, usual = getattr(self, name), getattr(AS_NOW, name)
        return float(now.yuan_a_year(size) - usual.yuan_a_year(size)) * WEEK / YEAR


def _whom(name: str, residents: People, villagers: People | None) -> People:
    """For whom a programme is paid."""
    return villagers if name in OF_VILLAGES and villagers is not None else residents


OF_VILLAGES = ("rural_waste",)
"""Programmes that are paid for villagers only."""
BY_DISTRICT = ("disaster_stocks",)
"""Programmes that cost by the district; the others cost by the resident."""
DECIDED = ("begun", "since", "reach")
"""Fields that are no programme: what a committee has decided about programmes."""
AS_NOW = Programmes()
