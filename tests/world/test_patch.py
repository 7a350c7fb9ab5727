"""Does a scenario that only says what differs from another become that other, with the differences?"""

from dataclasses import replace
from pathlib import Path

import pytest

from citysim.errors import ScenarioError
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TOY = SCENARIOS / "toy.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("toy.yaml", "incident-types.yaml"):
        (tmp_path / name).write_text((SCENARIOS / name).read_text())
    return tmp_path


def write(folder: Path, text: str, name: str = "mine.yaml", base: str = "toy.yaml") -> Path:
    (folder / name).write_text(f"based_on: {base}\n{text}")
    return folder / name


def test_a_patch_that_says_nothing_is_the_baseline(folder: Path) -> None:
    assert load_scenario(write(folder, "weeks: 2\n")) == replace(load_scenario(TOY), weeks=2)


def test_records_are_named_and_numbers_replaced_or_multiplied(folder: Path) -> None:
    usual = load_scenario(TOY)
    first = usual.districts[0]
    kind = next(k for k in usual.kinds if k.group == "gas")
    mine = load_scenario(
        write(
            folder,
            f"districts:\n  {first.id}: {{area_km2: {{times: 2}}}}\n"
            f"incident_types:\n  all: {{joint_share: 0}}\n  {kind.id}: {{work: {{median_hours: 9}}}}\n"
            "  group:gas: {recurrence_chance: 0.25}\n",
        )
    )

    assert mine.districts[0].area_km2 == 2 * first.area_km2
    assert mine.districts[1:] == usual.districts[1:]
    changed = next(k for k in mine.kinds if k.id == kind.id)
    assert changed.work_median_hours == 9
    assert {k.joint_share for k in mine.kinds} == {0}
    assert {k.recurrence_chance for k in mine.kinds if k.group == "gas"} == {0.25}
    assert changed.severity == kind.severity


def test_demand_factors_multiply_rates_and_are_multiplied_together(folder: Path) -> None:
    usual = {k.id: k for k in load_scenario(TOY).kinds}
    gas = next(k for k in usual.values() if k.group == "gas")
    mine = load_scenario(write(folder, f"demand_factors: {{all: 2, group:gas: 1.5, {gas.id}: 4}}\n"))

    for kind in mine.kinds:
        times = 2 * (1.5 if kind.group == "gas" else 1) * (4 if kind.id == gas.id else 1)
        assert kind.rate_per_100k_year == pytest.approx(times * usual[kind.id].rate_per_100k_year, rel=1e-12)


def test_a_position_puts_a_rate_into_its_range_and_the_narrowest_name_counts(folder: Path) -> None:
    usual = {k.id: k for k in load_scenario(TOY).kinds}
    gas = next(k for k in usual.values() if k.group == "gas")
    mine = load_scenario(write(folder, f"demand_positions: {{all: 0, group:gas: -1, {gas.id}: 0.5}}\n"))

    for kind in mine.kinds:
        was = usual[kind.id]
        rate, (low, high) = was.rate_per_100k_year, was.rate_range
        wanted = (rate * high) ** 0.5 if kind.id == gas.id else low if kind.group == "gas" else rate
        assert kind.rate_per_100k_year == pytest.approx(wanted, rel=1e-12)
        assert kind.rate_range == was.rate_range


def test_a_renamed_patch_is_the_same_city_with_the_same_luck(folder: Path) -> None:
    mine = load_scenario(write(folder, "name: elsewhere\n"))
    one, other = (sample_world(city, seed=1, replication=0, weeks=1) for city in (load_scenario(TOY), mine))

    assert mine.name == "elsewhere"
    assert (mine.city.reporting_factor == load_scenario(TOY).city.reporting_factor).all()
    assert (one.incidents.luck == other.incidents.luck).all()


def test_patches_may_be_stacked(folder: Path) -> None:
    write(folder, "demand_factors: {all: 2}\n")
    top = load_scenario(write(folder, "weeks: 3\n", "top.yaml", "mine.yaml"))

    assert top.weeks == 3
    assert top.kinds[0].rate_per_100k_year == 2 * load_scenario(TOY).kinds[0].rate_per_100k_year


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weeks: 0\n", r"mine\.yaml:2: weeks = 0, must be >= 1"),
        ("title: {en: Mine, zh: 我的}\nweeks: many\n", r"mine\.yaml:3: weeks = 'many', must be a whole number"),
        ("wekes: 2\n", r"mine\.yaml:2: wekes is not a known key; did you mean 'weeks'"),
        ("districts:\n  nowhere: {population: 1}\n", r"mine\.yaml:3: districts\.nowhere is not one of these records"),
        ("incident_types:\n  all: {repeats: -1}\n", r"mine\.yaml:3: incident_types\.0\.repeats = -1, must be >= 0"),
        ("incident_types: {group:gsa: {repeats: 1}}\n", r"group:gsa is not one of these .* mean 'group:gas'"),
        ("reporting: {repeat_window: {times: -1}}\n", r"mine\.yaml:2: reporting\.repeat_window\.times = -1, must be"),
        ("title: {times: 2}\n", r"mine\.yaml:2: title\.times: the baseline has no number there"),
        ("demand_factors: {gas: 2}\n", r"mine\.yaml:2: demand_factors\.gas is no incident type; did you mean"),
        ("demand_factors: {all: -2}\n", r"mine\.yaml:2: demand_factors\.all = -2, must be >= 0"),
        ("demand_positions: {all: 2}\n", r"mine\.yaml:2: demand_positions\.all = 2, must be >= -1 and <= 1"),
        ("demand_positions: {gas: 1}\n", r"mine\.yaml:2: demand_positions\.gas is no incident type; did you mean"),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(folder: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        load_scenario(write(folder, text))


def test_a_ring_and_a_missing_base_are_told(folder: Path) -> None:
    write(folder, "", "a.yaml", "b.yaml")
    write(folder, "", "b.yaml", "a.yaml")
    with pytest.raises(ScenarioError, match=r"a\.yaml.*based on itself|b\.yaml.*based on itself"):
        load_scenario(folder / "a.yaml")
    with pytest.raises(ScenarioError, match=r"mine\.yaml:1: based_on = 'gone\.yaml', no such file"):
        load_scenario(write(folder, "", base="gone.yaml"))
