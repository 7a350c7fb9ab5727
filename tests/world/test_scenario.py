"""Is a scenario file read as written, and is every bad one refused with one clear error?"""

import dataclasses
import json
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from citysim.errors import ScenarioError
from citysim.units import CALENDAR, HOUR, WORKING
from citysim.world.demand import PATTERNS
from citysim.world.scenario import Scenario, load_scenario, scenario_schema

Edit = Callable[[str], str]


def replaced(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text, f"the test edits {old!r}, which is no longer in the file"
        return text.replace(old, new, 1)

    return edit


@pytest.fixture
def write(tmp_path: Path, scenario_folder: Path) -> Callable[..., Path]:
    """Writes edited copies of the toy city and its incident types and returns the path of the city."""

    def writer(city: Edit = str, types: Edit = str) -> Path:
        for name, edit in (("toy.yaml", city), ("incident-types.yaml", types)):
            (tmp_path / name).write_text(edit((scenario_folder / name).read_text("utf8")), "utf8")
        return tmp_path / "toy.yaml"

    return writer


def refusal(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_the_sixty_types_have_the_rates_and_shares_they_were_designed_to(central: Scenario) -> None:
    """Sums that the taxonomy was checked by: incidents, grades, channels and groups per 100,000 residents and year."""
    kinds = central.kinds
    total = sum(kind.rate_per_100k_year for kind in kinds)
    groups = Counter[str]()
    for kind in kinds:
        groups[kind.group] += kind.rate_per_100k_year

    assert len(kinds) == len({kind.id for kind in kinds}) == 60
    assert total == pytest.approx(16_155, abs=10)
    grades = [sum(kind.severity[g] * kind.rate_per_100k_year for kind in kinds) for g in range(4)]
    assert grades == pytest.approx([0.33, 4.4, 56, 16_094], rel=0.02)
    channels = [sum(kind.channel_shares[c] * kind.rate_per_100k_year for kind in kinds) / total for c in range(4)]
    assert channels == pytest.approx([0.055, 0.183, 0.227, 0.535], abs=0.001)
    assert sum(kind.joint_share * kind.rate_per_100k_year for kind in kinds) / total == pytest.approx(0.144, abs=0.001)
    assert len(groups) == 15
    assert [round(groups[g]) for g in ("order", "sanitation", "road", "fire", "gas")] == [7360, 4640, 630, 526, 129]


def test_a_type_reads_as_it_is_written(central: Scenario) -> None:
    kind = next(kind for kind in central.kinds if kind.id == "excavation_unpermitted")

    assert (kind.name_en, kind.name_zh, kind.group) == ("unpermitted road excavation", "违规占道挖掘", "excavation")
    assert (kind.lead, kind.supports, kind.skills) == ("CGJ", ("GAJ", "ZJW", "ZZ"), ("law_enf",))
    assert (kind.on_site_limit_hours, kind.close_limit_hours, kind.clock) == (4.0, 56.0, WORKING)
    assert [(e.target, e.hazard_per_hour) for e in kind.escalations] == [
        ("gas_third_party_damage", 0.0015),
        ("power_outage_local", 0.001),
        ("telecom_outage", 0.001),
    ]
    assert kind.patterns == ("d_work", "x_excavation")
    assert kind.channel_shares == (0.0, 0.2, 0.3, 0.5)
    assert "asm" in kind.assumed


def test_branching_ratios_flags_and_buffers_are_those_of_the_file(central: Scenario) -> None:
    kinds = {kind.id: kind for kind in central.kinds}

    ratios = {kind.id: kind.excitation.ratio for kind in central.kinds if kind.excitation.ratio}
    assert ratios == {
        "waterlogging": 0.25, "sewer_blockage_overflow": 0.15, "water_burst_large": 0.1, "water_burst_small": 0.1,
        "power_outage_local": 0.15, "exposed_garbage": 0.1, "illegal_parking": 0.2, "zhatu_truck_violation": 0.3,
        "ebike_charging_hazard": 0.05, "highrise_fire": 0.05, "other_building_fire": 0.05,
    }  # fmt: skip
    hours = {
        name: kinds[name].excitation.hours for name in ("illegal_parking", "zhatu_truck_violation", "waterlogging")
    }
    assert hours == {"illegal_parking": 2.0, "zhatu_truck_violation": 12.0, "waterlogging": 24.0}
    buffers = {arrow.target: arrow.buffer_hours for arrow in kinds["power_outage_local"].escalations}
    assert buffers["secondary_supply_failure"] == (2.0, 6.0)
    assert buffers["telecom_outage"] == (2.0, 4.0)
    assert buffers["traffic_signal_fault"] == (0.0, 2.0)
    assert dict(central.cascades.flags) == {
        "pedestrian_injury_flag": "injury",
        "sensor_net_degraded_flag": "sensor_net",
        "traffic_disruption_flag": "traffic",
    }
    assert {kind.recurrence_chance for kind in central.kinds} == {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}


def test_holidays_of_the_scenario_stop_the_working_clock(toy: Scenario) -> None:
    """The toy city begins on Dragon Boat Festival; the next holidays are 2025-10-01 to 03, days 121 to 123."""
    assert toy.working_week.holidays[:4] == (0, 121, 122, 123)
    assert not toy.working_week.runs_at(10 * HOUR)
    assert toy.working_week.runs_at(34 * HOUR)


def test_the_emergency_line_takes_fires_explosions_and_lifts(central: Scenario) -> None:
    taken = {kind.id for kind in central.kinds if kind.emergency_line}

    assert taken == {kind.id for kind in central.kinds if kind.lead == "XFJ"} | {"elevator_entrapment"}
    assert {"highrise_fire", "gas_explosion", "septic_explosion"} <= taken


def test_hidden_times_follow_their_rules(central: Scenario) -> None:
    hidden = {kind.id: kind.mean_hidden_hours for kind in central.kinds}

    for kind in central.kinds:
        assert list(kind.mean_hidden_hours) == sorted(kind.mean_hidden_hours), "the worse the sooner noticed"
        if kind.emergency_line:
            assert max(kind.mean_hidden_hours) <= 0.25
    for survey in ("sewer_structural_defect", "road_cavity_hazard", "water_leak_hidden"):
        assert 30 * 24 <= min(hidden[survey]) <= max(hidden[survey]) <= 180 * 24
    for nuisance in ("exposed_garbage", "illegal_parking", "piling_and_hanging", "street_vending"):
        assert 6 <= hidden[nuisance][3] <= 18


def test_the_scenario_says_when_it_starts_and_how_people_report(central: Scenario) -> None:
    assert (central.name, central.weeks, central.start.isoformat()) == ("central-chongqing", 4, "2025-06-02")
    assert central.start.weekday() == 0
    assert central.working_week.days == (0, 1, 2, 3, 4, 5)
    assert (central.working_week.start, central.working_week.end) == (8 * HOUR, 18 * HOUR)
    assert dataclasses.astuple(central.reporting) == (15.0, 3.0, 3.0, 118.0)
    assert central.false_alarms_per_100k_year == (2100.0, 985.0, 193.0, 0.0)
    assert central.departments == tuple(sorted(central.departments))
    assert len(central.departments) == 29
    assert set(central.departments) == set(central.department_names)
    assert {kind.clock for kind in central.kinds} == {CALENDAR, WORKING}
    assert {pattern for kind in central.kinds for pattern in kind.patterns} <= set(PATTERNS)


def test_the_digest_does_not_depend_on_layout_or_path(write: Callable[..., Path], toy: Scenario) -> None:
    other = load_scenario(
        write(
            lambda text: replaced("weeks: 4", "weeks:    4 # same")(text).replace("day_sd_c: 2.8", "day_sd_c: 2.80"),
            replaced("rate_per_100k_year: 6\n", "rate_per_100k_year: 6.0\n\n"),
        )
    )

    assert other.digest == toy.digest
    assert other == toy
    assert hash(other) == hash(toy)


@pytest.mark.parametrize(
    ("city", "types"),
    [
        (replaced("population: 180000", "population: 180001"), str),
        (replaced("weeks: 4", "weeks: 5"), str),
        (replaced("  rain_mm: [20,", "  rain_mm: [21,"), str),
        (str, replaced("rate_per_100k_year: 120\n", "rate_per_100k_year: 121\n")),
        (str, replaced("mean_hidden_hours: [0.2, 0.2, 0.3, 0.5]", "mean_hidden_hours: [0.2, 0.2, 0.3, 0.6]")),
    ],
)
def test_the_digest_changes_with_anything_that_matters(
    write: Callable[..., Path], toy: Scenario, city: Edit, types: Edit
) -> None:
    assert load_scenario(write(city, types)).digest != toy.digest


def test_a_scenario_survives_the_way_to_another_process(toy: Scenario) -> None:
    copy = pickle.loads(pickle.dumps(toy))

    assert copy == toy
    assert copy.digest == toy.digest


def test_incident_types_may_be_written_into_the_scenario_itself(
    write: Callable[..., Path], scenario_folder: Path, toy: Scenario
) -> None:
    types = (scenario_folder / "incident-types.yaml").read_text("utf8").replace("\n", "\n  ")
    inline = replaced("incident_types: incident-types.yaml", "incident_types:\n  " + types)
    path = write(inline)

    assert load_scenario(path).digest == toy.digest
    bad = write(lambda text: replaced("repeats: 1.5", "repeats: -1.5")(inline(text)))
    line = bad.read_text("utf8").split("repeats: -1.5")[0].count("\n") + 1
    assert refusal(bad) == (
        f"toy.yaml:{line}: incident_types.incident_types.0.repeats = -1.5, must be >= 0 and <= 1000"
    )


def test_rates_follow_the_inventories_of_the_city(write: Callable[..., Path], toy: Scenario) -> None:
    changed = load_scenario(write(lambda text: text + "inventories_per_100k: {gas_main_km: 300}\n"))

    rates = [{kind.id: kind.rate_per_100k_year for kind in scenario.kinds} for scenario in (toy, changed)]
    assert rates[1]["gas_leak_outdoor"] == pytest.approx(2 * rates[0]["gas_leak_outdoor"])
    assert rates[1]["water_burst_small"] == rates[0]["water_burst_small"]


BAD_CITIES = {
    "unknown key": (
        replaced("population:", "populaton:"),
        "districts.0.populaton is not a known key; did you mean 'population'?",
    ),
    "wrong unit": (
        replaced("wet_spell_hours: 4", "wet_spell_hours: 4 h"),
        "climate.wet_spell_hours = '4 h', must be a number >= 1 and <= 200",
    ),
    "no street": (replaced("n_streets: 3", "n_streets: 0"), "districts.0.n_streets = 0, must be >= 1 and <= 500"),
    "missing street": (replaced("    n_streets: 3\n", ""), "districts.0.n_streets is missing"),
    "negative": (
        replaced("sensor: 2100", "sensor: -1"),
        "false_alarms_per_100k_year.sensor = -1, must be >= 0 and <= 1e+09",
    ),
    "a Tuesday": (replaced("start: 2025-06-02", "start: 2025-06-03"), "start = 2025-06-03, must be a Monday"),
    "no date": (
        replaced("start: 2025-06-02", "start: 2025-06-31"),
        "start = '2025-06-31', must be a date such as 2025-06-02",
    ),
    "rain without end": (
        replaced("rain_hours: [95, 90,", "rain_hours: [95, 600,"),
        "climate.rain_hours.1 = 600, must be <= 504 with spells of 4 hours",
    ),
    "dry rain": (replaced("rain_hours: [95,", "rain_hours: [0,"), "climate.rain_hours.0 = 0, must be > 0 in a month"),
    "eleven months": (replaced("rain_mm: [20, 22,", "rain_mm: [20,"), "must have 12 entries, has 11"),
    "tag": (replaced("weeks: 4", "weeks: !!int '4'"), "weeks: tag 'tag:yaml.org,2002:int' is not allowed"),
    "alias": (replaced("weeks: 4", "weeks: *four"), "weeks: alias *four is not allowed"),
    "duplicate": (replaced("weeks: 4", "weeks: 4\nweeks: 4"), "key 'weeks' is given twice"),
    "no types": (
        replaced("incident_types: incident-types.yaml", "incident_types: no.yaml"),
        "incident_types = 'no.yaml', no such file beside the scenario",
    ),
    "types a number": (
        replaced("incident_types: incident-types.yaml", "incident_types: 3"),
        "incident_types = 3, must be a file name or a mapping",
    ),
    "ends before it begins": (
        replaced("start_hour: 8", "start_hour: 19"),
        "working_week.end_hour = 18, must be > start_hour 19",
    ),
    "foreign inventory": (
        lambda text: text + "inventories_per_100k: {camel: 3}\n",
        "inventories_per_100k.camel is not an inventory of the incident types",
    ),
    "rain that slows less": (
        replaced("travel_in_heavy_rain: 1.3", "travel_in_heavy_rain: 3"),
        "surroundings.travel_in_torrential_rain = 2.5, must be >= travel_in_heavy_rain 3",
    ),
    "travel sped up": (
        replaced("travel_in_wind: 1.3", "travel_in_wind: 0.5"),
        "surroundings.travel_in_wind = 0.5, must be >= 1 and <= 20",
    ),
    "endless outages": (
        replaced("cloud_outages_per_year: 1.5", "cloud_outages_per_year: -1"),
        "surroundings.cloud_outages_per_year = -1, must be >= 0 and <= 1000",
    ),
    "hot below warm": (replaced("hot_c: 40", "hot_c: 30"), "surroundings.hot_c = 30, must be >= warm_c 35"),
    "all exposed twice": (
        replaced("exposed_share: 0.15 ", "exposed_share: 1.5 "),
        "surroundings.exposed_share = 1.5, must be >= 0 and <= 1",
    ),
    "weights": (
        lambda text: text + "street_weights: {centre: [1, 2]}\n",
        "street_weights.centre has 2 entries, must have one for each of 3 streets",
    ),
}


@pytest.mark.parametrize("name", BAD_CITIES)
def test_a_bad_city_gives_one_clear_error(write: Callable[..., Path], name: str) -> None:
    edit, message = BAD_CITIES[name]
    text = refusal(write(edit))

    assert text.startswith("toy.yaml:")
    assert text.split(":")[1].isdigit()
    assert message in text
    assert len(text.splitlines()) == 1


BAD_TYPES = {
    "negative rate": (
        replaced("rate_per_100k_year: 120\n", "rate_per_100k_year: -3\n"),
        "incident_types.1.rate_per_100k_year = -3, must be >= 0 and <= 1e+09",
    ),
    "wrong unit": (
        replaced("median_hours: 0.7,", "median_hours: 42 min,"),
        "incident_types.1.work.median_hours = '42 min', must be a number > 0 and <= 10000",
    ),
    "severity shares": (
        replaced("[0.001, 0.01, 0.09, 0.899]", "[0.001, 0.01, 0.09, 0.8]"),
        "incident_types.0.severity_shares = [0.001, 0.01, 0.09, 0.8], must add up to 1, adds up to 0.901",
    ),
    "channel shares": (
        replaced("{sensor: 0.3,", "{sensor: 0.4,"),
        "incident_types.0.channel_shares = [0.4, 0.0, 0.5, 0.2], must add up to 1, adds up to 1.1",
    ),
    "rate out of its range": (
        replaced("rate_per_100k_year: 120\n", "rate_per_100k_year: 1200\n"),
        "incident_types.1.rate_per_100k_year = 1200, must be within rate_range 50 to 300",
    ),
    "escalation": (
        replaced("target: gas_explosion", "target: gas_exploson"),
        "incident_types.0.escalations.0.target = 'gas_exploson', must be an incident type",
    ),
    "supercritical": (
        replaced("excitation: {ratio: 0.1, hours: 24}", "excitation: {ratio: 1, hours: 24}"),
        ".excitation.ratio = 1, must be >= 0 and <= 0.95",
    ),
    "no lag": (
        replaced("excitation: {ratio: 0.1, hours: 24}", "excitation: {ratio: 0.1, hours: 0}"),
        ".excitation.hours = 0, must be > 0 and <= 8760",
    ),
    "certain and more": (
        replaced("recurrence_chance: 0.1\n", "recurrence_chance: 1.1\n"),
        "incident_types.0.recurrence_chance = 1.1, must be >= 0 and <= 1",
    ),
    "buffer that falls": (
        replaced("buffer_hours: [2, 6]", "buffer_hours: [6, 2]"),
        ".escalations.1.buffer_hours = [6.0, 2.0], must rise",
    ),
    "spread": (replaced("spread: 0.3}", "spread: 3}"), ".spread = 3, must be >= 0 and <= 1"),
    "same target twice": (
        replaced(
            "target: telecom_outage, hazard_per_hour: 0.001", "target: power_outage_local, hazard_per_hour: 0.001"
        ),
        ".escalations.2.target = 'power_outage_local', is given twice",
    ),
    "signal": (
        replaced("sensor_net_degraded_flag: sensor_net", "sensor_net_degraded_flag: sensors"),
        "escalation_flags.sensor_net_degraded_flag = 'sensors', must be one of traffic, sensor_net, injury",
    ),
    "flag like a type": (
        replaced("  traffic_disruption_flag: traffic", "  traffic_disruption_flag: traffic\n  gas_explosion: injury"),
        "escalation_flags.gas_explosion must not be the name of an incident type",
    ),
    "factors": (
        replaced("severity_factors: [8, 4, 2, 1]", "severity_factors: [1, 2, 4, 8]"),
        "cascades.severity_factors = [1.0, 2.0, 4.0, 8.0], must not rise from I to IV",
    ),
    "damage factors": (
        replaced("nuisance_factors: [8, 4, 2, 1]", "nuisance_factors: [1, 4, 2, 1]"),
        "damage_rules.nuisance_factors = [1.0, 4.0, 2.0, 1.0], must not rise from I to IV",
    ),
    "damage": (
        replaced("damage: {loss: 5000,", "damage: {loss: -5000,"),
        "damage.loss = -5000, must be >= 0 and <= 1e+12",
    ),
    "service": (replaced("service: gas,", "service: gaz,"), "damage.service = 'gaz', must be one of water, gas, power"),
    "travel": (replaced("\n  SQ: 0.6", "\n  QS: 0.6"), "travel_by_lead.QS is not one of departments"),
    "window": (replaced("window_hours: 168", "window_hours: 0"), "cascades.window_hours = 0, must be > 0 and <= 8760"),
    "generations": (
        replaced("generations: 3 ", "generations: 30 "),
        "cascades.generations = 30, must be >= 0 and <= 10",
    ),
    "department": (
        replaced("lead: U_GAS\n", "lead: U_GASS\n"),
        "incident_types.0.lead = 'U_GASS', must be one of departments",
    ),
    "pattern": (
        replaced("patterns: [d_meal]", "patterns: [d_meel]"),
        "incident_types.1.patterns.0 = 'd_meel', must be one of flat, d_day",
    ),
    "clock": (
        replaced("clock: calendar", "clock: lunar"),
        "incident_types.0.deadline.clock = 'lunar', must be one of calendar, working",
    ),
    "asset": (
        replaced("events_per_year: 0.04}", "events_per_year: 0.05}"),
        "incident_types.0.asset.events_per_year = 0.05, times 150 gas_main_km is 7.5, must be within 7%",
    ),
    "same type twice": (
        replaced("id: gas_leak_indoor", "id: gas_leak_outdoor"),
        "incident_types.1 = 'gas_leak_outdoor', is given twice",
    ),
    "cut off": (lambda text: text[: text.index("vehicle: 22500") + 4], "not valid YAML or cut off: could not find"),
    "cut off in a list": (
        lambda text: text[: text.index("rate_range: [1.5,") + 17],
        "not valid YAML or cut off: did not find expected",
    ),
}


@pytest.mark.parametrize("name", BAD_TYPES)
def test_bad_incident_types_give_one_clear_error_that_names_their_own_file(
    write: Callable[..., Path], name: str
) -> None:
    edit, message = BAD_TYPES[name]
    text = refusal(write(types=edit))

    assert text.startswith("incident-types.yaml:")
    assert message in text
    assert len(text.splitlines()) == 1


def test_all_problems_of_a_file_are_listed_in_order_of_the_file(write: Callable[..., Path]) -> None:
    path = write(lambda t: replaced("weeks: 4", "weeks: 0")(replaced("day_memory: 0.7", "day_memory: 1")(t)))
    lines = refusal(path).splitlines()

    assert [line.split(" ", 1)[1] for line in lines] == [
        "weeks = 0, must be >= 1 and <= 1040",
        "climate.day_memory = 1, must be >= 0 and < 1",
    ]


def test_the_schema_is_json_and_describes_the_units(toy: Scenario) -> None:
    schema = json.loads(json.dumps(scenario_schema()))

    assert schema["$defs"]["DistrictFile"]["properties"]["n_streets"]["minimum"] == 1
    assert schema["additionalProperties"] is False
    assert "mm a month" in json.dumps(schema)
