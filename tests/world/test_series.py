"""Is given weather used hour by hour, and every bad series refused with file, line and range?"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from citysim.errors import ScenarioError
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario, load_scenario

HOURS = 4 * 168
HEAD = "rain_mm_per_hour,temperature_c,wind_warning"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, scenario_folder: Path) -> Write:
    """Writes a copy of the toy city with the given `weather` key, and perhaps a CSV file; returns the city's path."""

    def writer(weather: str, csv: str | None = None) -> Path:
        for name in ("toy.yaml", "incident-types.yaml"):
            text = (scenario_folder / name).read_text("utf8")
            if name == "toy.yaml":
                text = text.replace("\nincident_types:", f"\nweather: {weather}\nincident_types:")
            (tmp_path / name).write_text(text, "utf8")
        if csv is not None:
            (tmp_path / "rain.csv").write_text(csv, "utf8")
        return tmp_path / "toy.yaml"

    return writer


def refusal(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def rows(*cells: str, hours: int = HOURS) -> str:
    """A CSV file with these rows and calm hours after them."""
    return "\n".join([HEAD, *cells, *["0,20,0"] * (hours - len(cells))])


def test_a_csv_file_beside_the_scenario_is_the_weather(write: Write) -> None:
    city = load_scenario(write("rain.csv", rows("12.5, 31, 1", "30,32.5,0")))
    weather = sample_world(city, seed=1, replication=0).weather

    assert weather.rain_mm_per_hour[:3].tolist() == [12.5, 30, 0]
    assert weather.temperature_c[:3].tolist() == [31, 32.5, 20]
    assert weather.has_wind_warning[:3].tolist() == [1, 0, 0]
    assert weather.rain_mm_per_hour[3:].max() == 0


def test_series_in_the_scenario_are_the_weather_and_what_is_not_given_is_drawn(write: Write, toy: Scenario) -> None:
    city = load_scenario(write(f"{{rain_mm_per_hour: {[80] * 5 + [0] * (HOURS - 5)}}}"))
    one, other = (sample_world(scenario, seed=1, replication=0).weather for scenario in (city, toy))

    assert one.rain_mm_per_hour[:6].tolist() == [80] * 5 + [0]
    assert np.array_equal(one.temperature_c, other.temperature_c)
    assert np.array_equal(one.has_wind_warning, other.has_wind_warning)


def test_a_given_storm_floods_more_than_the_climate(write: Write, toy: Scenario) -> None:
    """Rates are per mean weather: a wet month is worse than the mean, it is not scaled back to it."""
    city = load_scenario(write(f"{{rain_mm_per_hour: {[60] * 48 + [0] * (HOURS - 48)}}}"))
    flood = next(p for p, kind in enumerate(toy.kinds) if kind.id == "waterlogging")
    counts = [
        sum((sample_world(s, seed=1, replication=r).incidents.kind == flood).sum() for r in range(5))
        for s in (city, toy)
    ]
    assert counts[0] > 5 * counts[1]


def test_the_series_count_in_the_digest(write: Write, toy: Scenario) -> None:
    one, other = (load_scenario(write("rain.csv", rows(f"{rain},20,0"))).digest for rain in (1, 2))

    assert len({one, other, toy.digest}) == 3


def test_a_world_longer_than_its_weather_is_refused(write: Write) -> None:
    city = load_scenario(write("rain.csv", rows()))

    with pytest.raises(ScenarioError, match="toy: a world of 5 weeks needs 840 hours of weather, 672 are given"):
        sample_world(city, seed=1, replication=0, weeks=5)


BAD_FILES = {
    "no such file": ("storm.csv", rows(), "weather = 'storm.csv', no such file beside the scenario"),
    "foreign column": ("rain.csv", "rain,snow\n1,2", "rain.csv:1: the head must name some of rain_mm_per_hour"),
    "empty": ("rain.csv", "", "rain.csv:1: the head must name some of"),
    "twice": ("rain.csv", "temperature_c,temperature_c\n1,2", "rain.csv:1: the head must name some of"),
    "no hours": ("rain.csv", HEAD, "rain.csv:1: has no hours below the head"),
    "text": (
        "rain.csv",
        rows("0,20,0", "0,warm,0"),
        "rain.csv:3: temperature_c = 'warm', must be a number >= -60 and <= 60",
    ),
    "negative rain": (
        "rain.csv",
        rows("-1,20,0"),
        "rain.csv:2: rain_mm_per_hour = '-1', must be a number >= 0 and <= 500",
    ),
    "not a number": (
        "rain.csv",
        rows("nan,20,0"),
        "rain.csv:2: rain_mm_per_hour = 'nan', must be a number >= 0 and <= 500",
    ),
    "half a warning": ("rain.csv", rows("0,20,0.5"), "rain.csv:2: wind_warning = '0.5', must be 0 or 1"),
    "a cell missing": ("rain.csv", rows("0,20"), "rain.csv:2: has 2 values, must have 3"),
    "too short": (
        "rain.csv",
        rows(hours=100),
        "rain.csv:101: rain_mm_per_hour has 100 hours, must have 672 for 4 weeks",
    ),
    "short in the scenario": (
        "{rain_mm_per_hour: [1, 2]}",
        None,
        "weather.rain_mm_per_hour has 2 hours, must have 672 for 4 weeks",
    ),
    "unequal": (
        f"{{rain_mm_per_hour: {[0] * HOURS}, temperature_c: [20]}}",
        None,
        "weather.temperature_c has 1 hours, must have as many as the longest series, 672",
    ),
    "nothing given": ("{}", None, "weather gives no series"),
    "cold": (
        f"{{temperature_c: {[-273] * HOURS}}}",
        None,
        "weather.temperature_c.0 = -273, must be >= -60 and <= 60",
    ),
    "misspelt": ("{rain: [1]}", None, "weather.rain is not a known key"),
    "a number": ("7", None, "weather = 7, must be a file name or a mapping"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_weather_gives_a_clear_error(name: str, write: Write) -> None:
    weather, csv, message = BAD_FILES[name]
    text = refusal(write(weather, csv)).splitlines()

    assert any(message in line for line in text), text
    for line in text:
        if not line.endswith("more problems"):
            assert line.split(":")[1].isdigit(), "names file and line"
