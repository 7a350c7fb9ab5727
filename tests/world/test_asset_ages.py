"""An old district has more failures than a young one, and a city in which nothing is renewed has more every year."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citysim.errors import ScenarioError
from citysim.units import WEEK, YEAR
from citysim.world.assets import CLASSES, AssetAges, rate_factors
from citysim.world.geography import build_city
from citysim.world.incidents import COLUMNS
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario, load_scenario
from citysim.world.unfold import Unfolding

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FIVE_YEARS = 261
ONE = load_scenario(SCENARIOS / "toy.yaml").city


def gas_city(ages: dict[str, AssetAges], often: float = 3_000.0) -> Scenario:
    """Two districts of 60,000 residents in which gas pipes fail and nothing else happens, evenly over the year."""
    toy = load_scenario(SCENARIOS / "toy.yaml")
    plain = {"patterns": ("flat",), "recurrence_chance": 0.0, "escalations": (), "rate_per_100k_year": often}
    kinds = tuple(replace(kind, **plain) for kind in toy.kinds if kind.id == "gas_leak_outdoor")
    two = tuple(replace(toy.districts[0], id=name, population=60_000) for name in ("old", "young"))
    return replace(toy, kinds=kinds, city=build_city("two", two, {}, 1.0), asset_ages=ages)


def failures(world: World, district: int, year: int) -> int:
    of = world.scenario.city.district_of_street[world.incidents.street]
    return int(((of == district) & (world.incidents.occurred // YEAR == year)).sum())


def test_failures_follow_the_mean_age_where_the_hazard_is_linear_in_it() -> None:
    """Shape 2: the rate is mean age + years over the city's mean age at the start, here (30 + 10) / 2."""
    assert CLASSES["gas"].shape == 2.0
    ages = {"gas": AssetAges(youngest=(20.0, 0.0), oldest=(40.0, 20.0))}
    world = sample_world(gas_city(ages), seed=2, replication=0, weeks=FIVE_YEARS)

    for district, mean in ((0, 30.0), (1, 10.0)):
        for year in (0, 4):
            expected = 0.6 * 3_000.0 * (mean + year + 0.5) / 20.0
            assert abs(failures(world, district, year) - expected) < 4.0 * expected**0.5


def test_rates_may_hold_for_a_stock_of_another_age() -> None:
    """Shape 2 and a mean age of 30 where the rates hold at 15: twice as many, in the first weeks."""
    scenario = gas_city({"gas": AssetAges((30.0, 30.0), (30.0, 30.0), rates_hold_at=15.0)}, often=50_000.0)
    expected = 2.0 * 1.2 * 50_000.0 * 4 * WEEK / YEAR
    assert abs(len(sample_world(scenario, seed=1, replication=0, weeks=4).incidents) - expected) < 4.0 * expected**0.5


def test_a_longer_run_and_cuts_leave_the_earlier_incidents_as_they_are() -> None:
    million = load_scenario(SCENARIOS / "million.yaml")
    n = len(million.districts)
    ages = AssetAges(tuple(5.0 * k for k in range(n)), tuple(20.0 + 5.0 * k for k in range(n)))
    million = replace(million, asset_ages=dict.fromkeys(("gas", "water", "lift"), ages))
    long = sample_world(million, seed=3, replication=1, weeks=9).incidents
    short = sample_world(million, seed=3, replication=1, weeks=4).incidents
    unfolding = Unfolding(million, seed=3, replication=1, weeks=9)
    parts = [unfolding.next(end * WEEK).world.incidents for end in (2, 5, 9)]

    assert (long.luck[long.occurred < 4 * WEEK] == short.luck).all()
    for name in COLUMNS:
        together = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(together, getattr(long, name), err_msg=name)


def test_ages_of_one_class_move_no_other_types() -> None:
    toy = load_scenario(SCENARIOS / "toy.yaml")
    aged = replace(toy, asset_ages={"water": AssetAges((10.0,), (50.0,), rates_hold_at=10.0)})
    before, after = (sample_world(city, seed=1, replication=0, weeks=4).incidents for city in (toy, aged))
    water = {k for k, kind in enumerate(toy.kinds) if kind.id in CLASSES["water"].types}

    lucks = [set(one.luck[(one.link <= 1) & ~np.isin(one.kind, list(water))].tolist()) for one in (before, after)]
    assert lucks[0] == lucks[1]
    assert aged.digest != toy.digest


def test_a_scenario_may_give_the_shape_of_a_class() -> None:
    """Shape 3, all 20 years old, rates that hold for ages even over 0 to 20: 20^2 over their mean square, 3 times."""
    cubes = rate_factors({"gas": AssetAges((20.0,), (20.0,), 10.0, shape=3.0)}, ONE, "gas_leak_outdoor", 1)
    usual = rate_factors({"gas": AssetAges((20.0,), (20.0,), 10.0)}, ONE, "gas_leak_outdoor", 1)

    assert cubes is not None
    assert usual is not None
    assert abs(cubes[0, 0] - 3.0) < 1e-3
    assert abs(usual[0, 0] - 2.0) < 1e-3


def test_the_shape_of_the_class_said_again_is_the_same_scenario(tmp_path: Path) -> None:
    def digest(shape: str) -> str:
        return load_scenario(write(tmp_path, f"asset_ages:\n  gas: {{mean: 20, spread: 15{shape}}}")).digest

    assert digest("") == digest(", shape: 2") == digest(", shape: null, shape_source: asm")
    assert digest(", shape: 2.4, shape_source: asm") != digest("")


def write(folder: Path, text: str) -> Path:
    for name in ("toy.yaml", "incident-types.yaml"):
        (folder / name).write_text((SCENARIOS / name).read_text("utf8"), "utf8")
    (folder / "mine.yaml").write_text(f"based_on: toy.yaml\n{text}\n", "utf8")
    return folder / "mine.yaml"


def test_ages_are_read_by_class_and_district(tmp_path: Path) -> None:
    text = (
        "asset_ages:\n  gas: {mean: 20, spread: 15, source: asm, districts: {centre: {mean: 30, spread: 5}}}\n"
        "  lift: {mean: 8, spread: 8, rates_hold_at: 6}"
    )
    ages = load_scenario(write(tmp_path, text)).asset_ages

    assert ages["gas"] == AssetAges((25.0,), (35.0,))
    assert ages["lift"] == AssetAges((0.0,), (16.0,), 6.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("gass: {mean: 9, spread: 1}", "asset_ages.gass is no class of assets, must be one of gas, water"),
        ("gas: {mean: 9, spread: 10}", "asset_ages.gas.spread = 10, must be within 0..9, the mean age"),
        ("gas: {mean: 0, spread: 0}", "asset_ages.gas.mean = 0, must be > 0 and <= 500"),
        ("gas: {mean: 9, spread: 1, shape: 0.5}", "asset_ages.gas.shape = 0.5, must be >= 1 and <= 6"),
        ("gas: {mean: 9, spread: 1, districts: {moon: {mean: 1, spread: 1}}}", "moon is not a district"),
        ("gas: {mean: 9, spread: 1, districts: {centre: {mean: 1, spread: 2}}}", "spread = 2, must be within 0..1"),
    ],
)
def test_ages_that_cannot_be_are_refused_with_file_and_line(tmp_path: Path, given: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=r"mine\.yaml:3") as error:
        load_scenario(write(tmp_path, f"asset_ages:\n  {given}"))
    assert said in str(error.value)
