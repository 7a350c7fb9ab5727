"""Small cities for the tests of sensing, and how to read an intake."""

from dataclasses import replace
from functools import cache
from math import sqrt
from pathlib import Path

import numpy as np

from citysim.intake import Intake
from citysim.units import CALENDAR
from citysim.world.incidents import IncidentKind
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario, load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SENSOR, VIDEO, HOTLINE, PATROL = range(4)
Z_LIMIT = 4.0


@cache
def toy() -> Scenario:
    return load_scenario(SCENARIOS / "toy.yaml")


def kind(name: str, **changes: object) -> IncidentKind:
    """A plain type that happens 40,000 times in 100,000 person-years: 5,500 times in 4 weeks of the toy city."""
    plain = IncidentKind(
        id=name, name_en=name, name_zh=name, group="plain", rate_per_100k_year=40_000.0, rate_range=(1.0, 90_000.0),
        severity=(0.0, 0.0, 0.0, 1.0), channel_shares=(0.1, 0.2, 0.3, 0.4), mean_hidden_hours=(2.0, 2.0, 2.0, 2.0),
        repeats=0.0, lead="CGJ", supports=("GAJ",), joint_share=0.0, skills=(), work_median_hours=1.0, work_sigma=0.5,
        crew_size=1, on_site_limit_hours=None, close_limit_hours=24.0, clock=CALENDAR,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def scenario(*kinds: IncidentKind, false_alarms: tuple[float, ...] = (0.0,) * 4, ready: float = 1.0) -> Scenario:
    """The toy city with these types only, where every street reports equally readily."""
    city = replace(toy().city, reporting_factor=np.full(toy().city.n_streets, ready))
    return replace(toy(), city=city, kinds=kinds, false_alarms_per_100k_year=false_alarms)  # type: ignore[arg-type]


def world(place: Scenario, replication: int = 0, weeks: int = 4) -> World:
    return sample_world(place, seed=3, replication=replication, weeks=weeks)


def first_reports(intake: Intake) -> np.ndarray:
    return (intake.genuine == 1) & (intake.parent < 0)


def by_incident(intake: Intake, column: str) -> dict[int, int]:
    rows = first_reports(intake)
    return dict(zip(intake.luck[rows].tolist(), getattr(intake, column)[rows].tolist(), strict=True))


def z_of_share(count: int, n: int, share: float) -> float:
    return (count - n * share) / sqrt(n * share * (1.0 - share))
