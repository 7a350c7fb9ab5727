"""Who is on duty by default: seats of the three levels of centers, the hotline, and the crews of every department.

All designs of the catalog start from this same staffing: a comparison compares ways of working, not numbers of people.
"""

from dataclasses import dataclass

from citysim.policy.designs.everyday import People
from citysim.policy.staffing import HAND_OVER, PoolFamily, Shift, Staffing
from citysim.units import HOUR

DAY_START, NIGHT_START = 8 * HOUR, 20 * HOUR
"""Two shifts, 08-20 and 20-08 [asm]."""


@dataclass(frozen=True)
class Crews:
    """Sizing of one department's crews.

    Args:
        busy: crews busy round the clock per 100,000 residents: leading (brief 4.6) and supporting work with travel,
            computed from the rates, joint shares and work of the incident types [calc].
        cost: yuan for an hour of one crew on duty, people and vehicle [asm].
        minimum: fewest crews of a place in any shift; below two, one long job would leave a district bare [asm].
    """

    busy: float
    cost: float = 200.0
    minimum: int = 2
    level: str = "district"


CREWS = {
    "CGJ": Crews(1.26),  # urban management
    "GAJ": Crews(0.50, cost=250.0),  # police and traffic
    "U_SANI": Crews(0.52, cost=150.0),  # sanitation
    "U_DRAIN": Crews(0.40, cost=300.0),  # drains
    "ZZ": Crews(0.27, cost=120.0, minimum=1, level="street"),  # street office
    "SQ": Crews(0.15, cost=100.0, minimum=1, level="street"),  # community and grid
    "ZJW": Crews(0.20, cost=250.0),  # housing and construction
    "GHJ": Crews(0.19, cost=250.0),  # planning and natural resources
    "U_PROP": Crews(0.40, cost=150.0, minimum=4),  # property managers; three times the load, to cover lift rescue [asm]
    "U_WATER": Crews(0.075, cost=300.0),
    "U_BIKE": Crews(0.063, cost=120.0),
    "STJ": Crews(0.054, cost=250.0),  # ecology
    "U_GAS": Crews(0.045, cost=300.0),
    "XFJ": Crews(0.72, cost=1_500.0, minimum=3),  # fire: by coverage, 1.2 engines on duty per 100,000 [asm], load < 5 %
    "U_POWER": Crews(0.034, cost=300.0),
    "JTW": Crews(0.024, cost=250.0),  # transport
    "SFJ": Crews(0.020, cost=200.0),  # justice
    "U_TEL": Crews(0.014, cost=300.0),
    "JXW": Crews(0.007, cost=250.0),  # economy and information technology
    "SLJ": Crews(0.006, cost=250.0),  # water resources
    "WJW": Crews(0.006, cost=400.0),  # health, ambulances
    "JYW": Crews(0.005, cost=150.0),  # education
    "NYW": Crews(0.005, cost=150.0),  # agriculture and rural affairs
    "U_PARK": Crews(0.004, cost=120.0),
    "SCJ": Crews(0.003, cost=200.0),  # market supervision
    "YJJ": Crews(0.003, cost=300.0),  # emergency management
    "SJJ": Crews(0.001, cost=200.0),  # big data
    "WLW": Crews(0.001, cost=200.0),  # culture and tourism
    "U_METRO": Crews(0.001, cost=200.0),
}
"""Every department and provider that an incident type names as leading or supporting."""


def shifts(day: float, night: float) -> tuple[Shift, ...]:
    """Night until 08, day until 20, night again."""
    return Shift(0, night), Shift(DAY_START, day), Shift(NIGHT_START, night)


def crew_family(department: str, crews: Crews, people: People) -> PoolFamily:
    """The crews of one department; who is in the middle of a job when the shift ends finishes it. Those who are not fit
    for work are paid all the same.
    """
    day = crews.busy * people.day_load / people.utilisation * people.productivity
    return PoolFamily(
        f"crew:{department}",
        crews.level,
        shifts(round(day, 3), round(people.night_share * day, 3)),
        per_100k=True,
        minimum=crews.minimum,
        unit_cost_per_hour=crews.cost / people.productivity,
    )


def desk(name: str, level: str, day: int, night: int, cost: float) -> PoolFamily:
    """Seats or officers of a center, the same number in each place of its level; work in hand is handed over."""
    return PoolFamily(name, level, shifts(day, night), at_shift_end=HAND_OVER, unit_cost_per_hour=cost)


def default_staffing(people: People, *further: PoolFamily) -> Staffing:
    """Seats of all levels and crews of all departments, and what a design adds to them."""
    hotline = people.hotline_per_million * people.city_share / 10.0
    seats = (
        PoolFamily(
            "hotline_seat",
            "city",
            shifts(round(hotline, 3), round(hotline / 2, 3)),
            per_100k=True,
            minimum=2,
            at_shift_end=HAND_OVER,
            unit_cost_per_hour=60.0,
        ),
        desk("street_seat", "street", people.street_day, people.street_night, cost=60.0),
        desk("district_seat", "district", people.district_day, people.district_night, cost=80.0),
        desk("municipal_seat", "city", people.city_day, people.city_night, cost=100.0),
    )
    return Staffing((*seats, *further, *(crew_family(code, crews, people) for code, crews in CREWS.items())))
