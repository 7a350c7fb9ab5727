"""Is a world what its scenario says, and the same whatever else is drawn?"""

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citysim.errors import InputError
from citysim.units import DAY, HOUR, WEEK
from citysim.world.assets import rate_factors
from citysim.world.clusters import first_profile, share_come_back
from citysim.world.demand import hourly_multiplier, hours_of, long_run
from citysim.world.geography import District, build_city
from citysim.world.hotspots import street_weights
from citysim.world.incidents import COLUMNS, ESCALATION, FIRST, Incidents
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario
from citysim.world.traits import FURTHER_DEPARTMENTS


@pytest.fixture(scope="module")
def month(central: Scenario) -> World:
    return sample_world(central, seed=7, replication=0)


@pytest.fixture(scope="module")
def year(central: Scenario) -> World:
    return sample_world(central, seed=8, replication=0, weeks=52)


def digest(world: World) -> str:
    parts = [getattr(world.incidents, name).tobytes() for name in COLUMNS]
    parts += [getattr(world.weather, name).tobytes() for name in world.weather.__dataclass_fields__]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def rows(incidents: Incidents, keep: np.ndarray | slice = slice(None)) -> list[tuple[int, ...]]:
    """All facts of incidents as tuples; kind and street as positions, the parent by its luck."""
    facts = {name: getattr(incidents, name) for name in COLUMNS}
    facts["parent"] = np.where(incidents.parent >= 0, incidents.luck[incidents.parent], 0)
    return list(zip(*(column[keep].tolist() for column in facts.values()), strict=True))


def first_ones(world: World) -> tuple[np.ndarray, ...]:
    """Kind, street, severity and onset of what nothing has bred."""
    incidents, first = world.incidents, world.incidents.link == FIRST
    return tuple(getattr(incidents, name)[first] for name in ("kind", "street", "severity", "occurred"))


def only_kinds(scenario: Scenario, *ids: str) -> Scenario:
    return dataclasses.replace(scenario, kinds=tuple(kind for kind in scenario.kinds if kind.id in ids))


def test_rows_are_sorted_typed_read_only_and_within_the_horizon(month: World) -> None:
    incidents = month.incidents

    keys = list(zip(incidents.occurred.tolist(), incidents.tiebreak.tolist(), incidents.luck.tolist(), strict=True))
    assert keys == sorted(keys)
    assert len(np.unique(incidents.luck)) == len(incidents)
    assert month.horizon == 4 * WEEK
    assert incidents.occurred[0] >= 0
    assert incidents.occurred[-1] < month.horizon
    assert 0 <= incidents.tiebreak.min() <= incidents.tiebreak.max() < 2**31
    assert ((incidents.parent >= 0) == (incidents.link != FIRST)).all()
    assert (incidents.parent < np.arange(len(incidents))).all()
    for name, dtype in COLUMNS.items():
        assert getattr(incidents, name).dtype == dtype
        with pytest.raises(ValueError, match="read-only"):
            getattr(incidents, name)[0] = 0


@pytest.mark.slow
def test_every_kind_happens_as_often_as_its_rate_and_its_weather_say(year: World, central: Scenario) -> None:
    hours = hours_of(central.almanac, year.weather)
    counts = np.bincount(first_ones(year)[0], minlength=len(central.kinds))
    back = share_come_back(central.cascades, len(hours.hour))
    z = []
    for count, kind in zip(counts, central.kinds, strict=True):
        people = (central.city.rural_population if kind.rural_only else central.city.street_population).sum()
        multiplier = hourly_multiplier(kind.patterns, hours, central.climate, central.almanac)
        multiplier = multiplier * first_profile(kind, central.cascades, back)
        ageing = rate_factors(central.asset_ages, central.city, kind.id, len(multiplier))
        if ageing is not None:
            residents = central.city.district_population
            multiplier = multiplier * (residents / residents.sum() @ ageing)
        expected = kind.rate_per_100k_year * people / 1e5 * multiplier.sum() / 8760
        z.append((count - expected) / np.sqrt(expected))
    assert np.abs(z).max() < 4
    assert 0.7 < np.std(z) < 1.3  # neither more nor less spread than Poisson counts


@pytest.mark.slow
def test_flat_kinds_have_exactly_poisson_counts_over_replications(toy: Scenario) -> None:
    scenario = only_kinds(toy, "pavement_defect", "illegal_building_new", "appearance_defect_16p3")
    scenario = dataclasses.replace(
        scenario,
        kinds=tuple(dataclasses.replace(kind, patterns=("flat",), recurrence_chance=0.0) for kind in scenario.kinds),
    )
    expected = sum(kind.rate_per_100k_year for kind in scenario.kinds) * 1.8 * 28 / 365

    counts = np.array([len(sample_world(scenario, seed=1, replication=r).incidents) for r in range(200)])
    assert abs(counts.mean() - expected) / np.sqrt(expected / 200) < 4
    assert abs(counts.var(ddof=1) / expected - 1) < 4 * np.sqrt(2 / 199)


def test_incidents_follow_the_hour_of_the_day(year: World, central: Scenario) -> None:
    hours = hours_of(central.almanac, year.weather)
    for kind_id in ("exposed_garbage", "illegal_parking", "street_vending", "zhatu_truck_violation", "highrise_fire"):
        position = next(p for p, kind in enumerate(central.kinds) if kind.id == kind_id)
        kind = central.kinds[position]
        kinds, _, _, occurred = first_ones(year)
        hour = occurred[kinds == position] % DAY // HOUR
        multiplier = hourly_multiplier(kind.patterns, hours, central.climate, central.almanac)
        share = np.bincount(hours.hour, multiplier) / multiplier.sum()

        seen = np.bincount(hour, minlength=24)
        chi_square = ((seen - share * len(hour)) ** 2 / (share * len(hour))).sum()
        assert chi_square < 23 + 4 * np.sqrt(2 * 23), kind_id


def test_streets_have_incidents_in_proportion_to_their_residents_and_how_hot_they_are(
    year: World, central: Scenario
) -> None:
    kinds, streets, _, _ = first_ones(year)
    urban = ~np.array([kind.rural_only for kind in central.kinds])[kinds]
    seen = np.bincount(streets[urban], minlength=central.city.n_streets)

    expected = np.zeros(central.city.n_streets)
    for position, kind in enumerate(central.kinds):
        if not kind.rural_only:
            weight = street_weights(central.city, kind.group, central.surroundings.hot_streets_90_10)
            weight = weight * central.city.street_population
            expected += (kinds == position).sum() * weight / weight.sum()
    z = (seen - expected) / np.sqrt(expected)
    assert np.abs(z).max() < 4.5
    assert (z**2).sum() < 160 + 4 * np.sqrt(2 * 160)


def test_rural_kinds_happen_only_where_rural_residents_are(year: World, central: Scenario) -> None:
    rural = np.array([kind.rural_only for kind in central.kinds])[year.incidents.kind]
    seen = np.bincount(year.incidents.street[rural], minlength=central.city.n_streets)

    assert seen[central.city.rural_population == 0].sum() == 0
    assert seen.sum() > 3000


def test_severities_have_the_given_shares(year: World, central: Scenario) -> None:
    """Over a year; kinds with the fire pattern too, although their nights are worse."""
    kinds, _, severities, _ = first_ones(year)
    for position, kind in enumerate(central.kinds):
        seen = np.bincount(severities[kinds == position], minlength=4)
        n = seen.sum()
        for count, share in zip(seen, kind.severity, strict=True):
            tolerance = 4 * np.sqrt(n * share * (1 - share)) + 3
            assert abs(count - n * share) <= tolerance, (kind.id, seen)


def test_fires_of_the_night_are_worse(toy: Scenario) -> None:
    fires = only_kinds(toy, "other_building_fire").kinds[0]
    often = dataclasses.replace(fires, rate_per_100k_year=200_000.0, severity=(0.01, 0.02, 0.07, 0.9))
    incidents = sample_world(dataclasses.replace(toy, kinds=(often,)), seed=2, replication=0).incidents

    night = incidents.occurred % DAY < 6 * HOUR
    odds = [(incidents.severity[at] < 3).mean() / (incidents.severity[at] == 3).mean() for at in (night, ~night)]
    assert odds[0] / odds[1] == pytest.approx(4, rel=0.1)
    assert (incidents.severity < 3).mean() == pytest.approx(0.1, abs=0.005)


def test_joint_need_has_the_given_share_and_number(year: World, central: Scenario) -> None:
    for position, kind in enumerate(central.kinds):
        needed = year.incidents.n_support[year.incidents.kind == position]
        n, p = len(needed), kind.joint_share
        assert abs((needed > 0).sum() - n * p) <= 4 * np.sqrt(n * p * (1 - p)) + 1e-9, kind.id
        assert needed.max(initial=0) <= len(kind.supports)
    big = [p for p, kind in enumerate(central.kinds) if len(kind.supports) >= 4]
    further = year.incidents.n_support[np.isin(year.incidents.kind, big)]
    further = further[further > 0] - 1
    assert abs((further == 0).mean() - np.exp(-FURTHER_DEPARTMENTS)) < 4 * 0.5 / np.sqrt(len(further))


def test_a_longer_horizon_keeps_the_earlier_rows(month: World, central: Scenario, year: World) -> None:
    longer = sample_world(central, seed=7, replication=0, weeks=9)

    n = len(month.incidents)
    for name in COLUMNS:
        assert np.array_equal(getattr(longer.incidents, name)[:n], getattr(month.incidents, name)), name
    assert longer.incidents.occurred[n] >= month.horizon


def test_a_further_kind_moves_nobody(toy: Scenario) -> None:
    few = only_kinds(toy, "exposed_garbage", "highrise_fire", "waterlogging")
    garbage = next(kind for kind in few.kinds if kind.id == "exposed_garbage")
    twin = dataclasses.replace(garbage, id="twin_of_garbage")
    more = dataclasses.replace(few, kinds=(*few.kinds, twin))

    before = sample_world(few, seed=3, replication=1).incidents
    after = sample_world(more, seed=3, replication=1).incidents
    assert rows(after, after.kind < 3) == rows(before)
    assert (after.kind == 3).sum() > 100


def test_a_further_district_moves_nobody(toy: Scenario) -> None:
    harbour = District("harbour", "Harbour", "港区", 60_000, 5.0, 106.6, 29.5, 2)
    larger = dataclasses.replace(toy, city=build_city(toy.name, (*toy.districts, harbour), {}, 3.0))

    before = sample_world(toy, seed=3, replication=1).incidents
    after = sample_world(larger, seed=3, replication=1).incidents
    assert rows(after, after.street < 3) == rows(before)
    assert (after.street >= 3).sum() > 100


def test_the_order_of_kinds_does_not_move_an_incident(toy: Scenario) -> None:
    turned = dataclasses.replace(toy, kinds=toy.kinds[::-1])

    before = sample_world(toy, seed=3, replication=1).incidents
    after = sample_world(turned, seed=3, replication=1).incidents
    assert np.array_equal(after.luck, before.luck)
    assert np.array_equal(after.occurred, before.occurred)
    assert np.array_equal(len(toy.kinds) - 1 - after.kind, before.kind)


def test_a_replication_alone_is_the_one_of_many(toy: Scenario) -> None:
    many = [digest(sample_world(toy, seed=5, replication=r)) for r in range(4)]

    assert digest(sample_world(toy, seed=5, replication=2)) == many[2]
    assert len(set(many)) == 4
    assert digest(sample_world(toy, seed=6, replication=2)) != many[2]


def test_replications_are_not_correlated(toy: Scenario) -> None:
    """Daily counts of two replications, weekdays removed by the fixed calendar both share."""
    daily = [
        np.bincount(sample_world(toy, seed=5, replication=r, weeks=26).incidents.occurred // DAY, minlength=182)
        for r in range(6)
    ]
    centred = np.array(daily) - np.mean(daily, axis=0)
    correlations = np.corrcoef(centred)[np.triu_indices(6, 1)]
    assert abs(correlations.mean() + 1 / 5) < 4 * np.sqrt(1 / 182 / 15)  # -1/5: the common mean was removed


@pytest.mark.slow
@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_with_another_hash_seed_gives_the_same_bytes(
    hash_seed: str, toy: Scenario, scenario_folder: Path
) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_sample_world import digest, load, sample_world\n"
        "print(digest(sample_world(load(sys.argv[2]), seed=5, replication=3)), hash('a'))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(scenario_folder / "toy.yaml")],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert output[0] == digest(sample_world(toy, seed=5, replication=3))
    assert int(output[1]) != hash("a") or os.environ.get("PYTHONHASHSEED") == hash_seed


def load(path: str) -> Scenario:
    from citysim.world.scenario import load_scenario

    return load_scenario(path)


def test_the_three_cities_have_the_incidents_a_day_that_their_size_asks_for(
    toy: Scenario, million: Scenario, month: World
) -> None:
    """162 incidents per 1,000 residents and year, less the rural kind where nobody is rural; escalations on top."""

    def a_day(world: World) -> float:
        return float((world.incidents.link != ESCALATION).sum() / 28)

    for scenario, expected in ((toy, 78), (million, 427)):
        counts = [a_day(sample_world(scenario, seed=1, replication=r)) for r in range(5)]
        assert np.mean(counts) == pytest.approx(expected, rel=0.06)
    assert a_day(month) == pytest.approx(4470, rel=0.06)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"seed": -1}, r"seed = -1, must be a whole number within 0\.\.18446744073709551615"),
        ({"seed": 2**64}, "seed = 18446744073709551616"),
        ({"seed": 1.0}, "seed = 1.0"),
        ({"seed": None}, "seed = None"),
        ({"replication": -1}, "replication = -1"),
        ({"replication": 0.5}, "replication = 0.5"),
        ({"weeks": 0}, r"weeks = 0, must be a whole number within 1\.\.1040"),
        ({"weeks": "2"}, "weeks = '2'"),
        ({"weeks": True}, "weeks = True"),
    ],
)
def test_impossible_requests_are_refused(toy: Scenario, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sample_world(toy, **{"seed": 1, "replication": 0, **asked})


def test_numbers_of_numpy_are_the_same_numbers(toy: Scenario) -> None:
    world = sample_world(toy, seed=np.uint8(7), replication=np.int64(0), weeks=np.int32(1))  # type: ignore[arg-type]

    assert world.key == sample_world(toy, seed=7, replication=0, weeks=1).key
    assert type(world.seed) is type(world.replication) is type(world.horizon) is int


def test_long_run_means_are_not_recomputed(central: Scenario, month: World) -> None:
    long_run.cache_clear()
    sample_world(central, seed=1, replication=0, weeks=1)
    first = long_run.cache_info().misses
    sample_world(central, seed=1, replication=1, weeks=1)

    assert long_run.cache_info().misses == first
