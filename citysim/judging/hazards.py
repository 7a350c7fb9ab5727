"""What one incident does to people, money, supply and roads: numbers by incident type. EVERY NUMBER IS AN ASSUMPTION.

[asm] for all of them: starting values, each plausible within a factor of SPREAD up and down, meant for comparing
designs on the same world, never for forecasting losses. Where a public total exists the row is set so that the mean
over the type's severities comes near it; such an anchor stands behind the row. Anchors marked [gk] are general
knowledge that was not checked.

A type that names its child in `escalations` (a cavity that may become a collapse, a leak that may become an explosion)
does little here itself: the child is a case of its own, and what it does is counted there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SPREAD = 3.0
"""Every number of HAZARDS is plausible between itself / SPREAD and itself x SPREAD [asm]."""

SEVERITY_FACTOR = (1000.0, 100.0, 10.0, 1.0)
"""Casualties and loss of a severity I-IV incident against severity IV: a decade a grade [asm], as in HARM_WEIGHTS.

Plausible 5-20 a grade. With 10 the mean fire keeps near the national means (.0022 deaths, 8,500 yuan) and a
severity I building fire expects 3 deaths, the step to a larger accident.
"""
NUISANCE_FACTOR = (8.0, 4.0, 2.0, 1.0)
"""People disturbed by a severity I-IV incident against severity IV [asm]; the factors of domain brief 4.2, item 9."""


@dataclass(frozen=True)
class Hazard:
    """What an incident of one type does. Casualties and loss are for severity IV, see SEVERITY_FACTOR.

    Args:
        deaths, injured: expected people killed and seriously hurt at once; no dispatch can change it.
        deaths_hour, injured_hour: expected people for each hour until safe.
        loss, loss_hour: yuan at once, and for each hour until safe.
        cap_hours: hours until safe after which another hour adds nothing: it has burnt out, or people have left.
        households: cut off until the repair, at severity I-IV. service: rule of its outage grade (accidents.OUTAGES).
        lanes: lanes blocked until the repair, at severity I-IV.
        people: disturbed until the repair, at severity IV, see NUISANCE_FACTOR.
    """

    deaths: float = 0.0
    deaths_hour: float = 0.0
    injured: float = 0.0
    injured_hour: float = 0.0
    loss: float = 0.0
    loss_hour: float = 0.0
    cap_hours: float = 72.0
    households: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    service: str = ""
    lanes: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    people: float = 0.0


WIDE, ROAD, HALF = (4.0, 3.0, 2.0, 1.0), (2.0, 2.0, 1.0, 0.5), (1.0, 1.0, 0.5, 0.25)
"""Lanes blocked at severity I-IV: a whole road, part of it, a strip."""

HAZARDS: Mapping[str, Hazard] = MappingProxyType({
    # gas: some 500 accidents a year with 60 deaths and 450 injured in the press [gk]
    "gas_leak_outdoor": Hazard(loss=5e3, loss_hour=500, households=(5e3, 3e3, 1e3, 100), service="gas", lanes=HALF),
    "gas_leak_indoor": Hazard(deaths_hour=2e-5, injured_hour=1e-4, loss=300),
    "gas_third_party_damage": Hazard(
        injured=1e-3, loss=3e4, loss_hour=2e3, households=(10e3, 5e3, 2e3, 300), service="gas", lanes=ROAD, people=100
    ),
    "gas_explosion": Hazard(  # mean .15 deaths, .7 injured
        deaths=6e-3, deaths_hour=5e-4, injured=.03, injured_hour=2e-3, loss=1e5, loss_hour=5e3, cap_hours=12,
        households=(10e3, 5e3, 2e3, 300), service="gas", lanes=ROAD, people=300,
    ),
    "gas_supply_outage": Hazard(loss=1e4, loss_hour=500, households=(50e3, 30e3, 10e3, 1e3), service="gas"),
    # water
    "water_burst_large": Hazard(
        injured=2e-3, loss=2e5, loss_hour=2e4, cap_hours=24, households=(50e3, 30e3, 10e3, 2e3), service="water",
        lanes=WIDE, people=200,
    ),
    "water_burst_small": Hazard(
        loss=1e4, loss_hour=2e3, cap_hours=48, households=(5e3, 3e3, 1e3, 200), service="water", lanes=HALF, people=50
    ),
    "water_leak_hidden": Hazard(loss=2e3, loss_hour=30),
    "secondary_supply_failure": Hazard(loss=2e3, loss_hour=100, households=(3e3, 2e3, 1e3, 300), service="water"),
    # drainage
    "sewer_blockage_overflow": Hazard(loss=500, loss_hour=20, people=50),
    "sewer_structural_defect": Hazard(loss=5e3, lanes=(1, 1, .5, .1)),
    "waterlogging": Hazard(
        deaths_hour=3e-5, injured_hour=6e-5, loss=3e3, loss_hour=1.5e3, cap_hours=12, lanes=WIDE, people=500
    ),
    "pump_or_plant_upset": Hazard(loss=2e4, loss_hour=2e3, people=200),
    "river_water_exceedance": Hazard(loss=2e4, loss_hour=500, people=300),
    # septic tanks
    "septic_gas_alarm": Hazard(injured_hour=1e-4, people=30),
    "septic_overflow": Hazard(loss=500, loss_hour=20, people=60),
    "septic_explosion": Hazard(
        deaths=8e-3, deaths_hour=5e-4, injured=.03, injured_hour=1e-3, loss=1e5, cap_hours=12, people=100
    ),
    "unsafe_confined_space_entry": Hazard(injured_hour=5e-4),
    "confined_space_poisoning": Hazard(  # mean 1.5 deaths with one hour until safe
        deaths=.1, deaths_hour=.08, injured=.1, injured_hour=.05, loss=5e4, cap_hours=2
    ),
    # manholes: who falls in is a signal of the world, see INJURED_BY_SIGNAL
    "manhole_missing": Hazard(loss=1e3, lanes=(1, 1, .5, .25), people=20),
    "manhole_defect": Hazard(injured_hour=1e-6, loss=500, people=10),
    "manhole_sensor_alarm": Hazard(people=5),
    # roads: 76 deaths in 1,723 reported underground accidents of 2021 (R67), 347 of them collapses
    "road_collapse": Hazard(  # mean .04 deaths
        deaths=8e-3, deaths_hour=2e-4, injured=.02, injured_hour=5e-4, loss=5e4, loss_hour=1e3, cap_hours=24,
        lanes=WIDE, people=300,
    ),
    "road_cavity_hazard": Hazard(lanes=(2, 1, 1, .5)),
    "pavement_defect": Hazard(injured_hour=1e-6, loss=500, lanes=(1, .5, .25, .1), people=20),
    "streetlight_fault": Hazard(injured_hour=1e-6, loss=300, people=50),
    # excavation
    "excavation_unpermitted": Hazard(loss=2e3, lanes=HALF, people=30),
    "excavation_overdue": Hazard(loss=1e3, lanes=(2, 1, 1, .5), people=50),
    # structures
    "bridge_tunnel_abnormal": Hazard(deaths_hour=1e-5, injured_hour=5e-5, loss=1e4, loss_hour=500, lanes=WIDE),
    # slopes: 3,668 disasters of 2023 with 63 deaths, some 50,000 yuan each [gk]
    "slope_deformation": Hazard(deaths_hour=4e-5, injured_hour=6e-5, loss=2e3, loss_hour=50, lanes=ROAD),
    "tree_fall": Hazard(deaths=3e-5, injured=1e-3, loss=3e3, lanes=(2, 1, 1, .5), people=20),
    # fire: 908,000 fires of 2024 with 2,001 deaths, 2,665 injured, 7.74 billion yuan [gk]: half at once, half hourly
    "highrise_fire": Hazard(
        deaths=1.5e-3, deaths_hour=1.5e-3, injured=2e-3, injured_hour=2e-3, loss=5e3, loss_hour=5e3, cap_hours=8,
        lanes=(2, 1, 1, 1), people=300,
    ),
    "other_building_fire": Hazard(
        deaths=1e-3, deaths_hour=1e-3, injured=1e-3, injured_hour=1e-3, loss=3e3, loss_hour=3e3, cap_hours=8,
        lanes=(1, 1, 1, .5), people=100,
    ),
    "outdoor_or_forest_fire": Hazard(
        deaths=5e-5, deaths_hour=5e-5, injured=2e-4, injured_hour=2e-4, loss=1e3, loss_hour=1e3, cap_hours=24, people=30
    ),
    "fire_water_fault": Hazard(loss=500),
    "fire_lane_blocked": Hazard(lanes=(1, 1, .5, .25)),
    "ebike_charging_hazard": Hazard(loss=100),
    "elevator_entrapment": Hazard(deaths_hour=1e-5, injured=5e-4, injured_hour=1e-3, loss=300, cap_hours=12, people=2),
    # power and telecom
    "power_outage_local": Hazard(loss=2e3, loss_hour=1e3, households=(30e3, 10e3, 3e3, 300), service="power"),
    "telecom_outage": Hazard(loss=5e3, loss_hour=1e3, households=(50e3, 20e3, 5e3, 1e3), service="telecom"),
    "traffic_signal_fault": Hazard(injured_hour=1e-4, loss=500, lanes=(4, 3, 2, 1), people=100),
    # construction waste
    "zhatu_truck_violation": Hazard(deaths=2e-5, injured=1e-4, loss=500, lanes=(2, 1, .5, .1), people=30),
    "waste_illegal_dumping": Hazard(loss=2e3, loss_hour=10, people=30),
    "disposal_site_failure": Hazard(
        deaths=5e-3, deaths_hour=2e-4, injured=5e-3, injured_hour=2e-4, loss=5e5, loss_hour=5e3, lanes=WIDE, people=200
    ),
    # nuisances: no harm to life, many people a little
    "exposed_garbage": Hazard(people=20),
    "rural_waste_missed": Hazard(people=30),
    "transfer_station_odour": Hazard(people=300),
    "illegal_parking": Hazard(lanes=(1, 1, .5, .2), people=10),
    "parking_app_mismatch": Hazard(people=5),
    "shared_bike_cluster": Hazard(people=20),
    "street_vending": Hazard(lanes=(1, 1, .5, .1), people=20),
    "piling_and_hanging": Hazard(people=10),
    "noise_night_works": Hazard(people=150),
    "illegal_building_new": Hazard(loss=2e3, people=20),
    "illegal_building_stock": Hazard(people=5),
    "school_gate_disorder": Hazard(injured_hour=5e-5, lanes=(2, 1, 1, .5), people=200),
    "hospital_access_block": Hazard(deaths_hour=3e-6, injured_hour=3e-6, lanes=(2, 1, 1, .5), people=50),
    "scenic_crowd_surge": Hazard(
        deaths_hour=5e-4, injured_hour=3e-3, loss=1e4, loss_hour=5e3, cap_hours=6, lanes=WIDE, people=5e3
    ),
    "appearance_defect_16p3": Hazard(people=20),
    "community_micro_request": Hazard(people=5),
})  # fmt: skip
"""By incident type. A type that is not here does nothing that is counted."""

INJURED_BY_SIGNAL = 1.0
"""People seriously hurt where a case gave off the signal "injury" [asm]: one, as a fall into an open manhole."""
LANES_BY_SIGNAL = 2.0
"""Further lanes blocked until safe where a case gave off the signal "traffic" [asm]; plausible 1-4."""
