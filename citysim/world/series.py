"""Weather that a scenario gives hour by hour instead of leaving it to the generator."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citysim.errors import ScenarioError
from citysim.streams import FloatArray
from citysim.world.weather import Weather

RANGES = {"rain_mm_per_hour": (0.0, 500.0), "temperature_c": (-60.0, 60.0), "wind_warning": (0.0, 1.0)}
"""Accepted values of the three series; a wind warning is 0 or 1."""
MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class WeatherSeries:
    """One value an hour from the scenario's start, all of one length; an empty series is left to the generator."""

    rain_mm_per_hour: tuple[float, ...] = ()
    temperature_c: tuple[float, ...] = ()
    wind_warning: tuple[float, ...] = ()

    def __len__(self) -> int:
        return max(len(self.rain_mm_per_hour), len(self.temperature_c), len(self.wind_warning))


def overlaid(scenario: str, given: WeatherSeries | None, drawn: Weather) -> Weather:
    """The drawn weather with the given series in its place.

    Raises:
        ScenarioError: the series are shorter than the world.
    """
    if given is None:
        return drawn
    n = len(drawn)
    if len(given) < n:
        raise ScenarioError(
            f"{scenario}: a world of {n // 168} weeks needs {n} hours of weather, {len(given)} are given"
        )

    def first(values: tuple[float, ...]) -> FloatArray:
        return np.array(values[:n], np.float64)

    changed = {}
    if given.rain_mm_per_hour:
        changed["rain_mm_per_hour"] = first(given.rain_mm_per_hour)
    if given.temperature_c:
        changed["temperature_c"] = first(given.temperature_c)
    if given.wind_warning:
        changed["has_wind_warning"] = first(given.wind_warning).astype(np.int8)
    return dataclasses.replace(drawn, **changed)  # type: ignore[arg-type]


def read_weather(path: Path, name: str) -> WeatherSeries:
    """Read a CSV file: a head with the names of one to three series, then one row an hour.

    Args:
        name: of the file in messages.

    Raises:
        ScenarioError: every problem with its line.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ScenarioError(f"{name}:1: the file has {path.stat().st_size} bytes, must be <= {MOST_BYTES}")
    try:
        lines = path.read_text("utf8").splitlines()
    except UnicodeDecodeError:
        raise ScenarioError(f"{name}:1: the file is not UTF-8") from None
    head = [cell.strip() for cell in lines[0].split(",")] if lines else []
    if not head or len(set(head)) < len(head) or not set(head) <= set(RANGES):
        raise ScenarioError(f"{name}:1: the head must name some of {', '.join(RANGES)}, each once, separated by commas")
    columns: dict[str, list[float]] = {column: [] for column in head}
    problems = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split(",")
        if len(cells) != len(head):
            problems.append(f"{name}:{number}: has {len(cells)} values, must have {len(head)}")
            continue
        for column, cell in zip(head, cells, strict=True):
            columns[column].append(value := _number(cell))
            if complaint := out_of_range(column, value):
                problems.append(f"{name}:{number}: {column} = {cell.strip()!r}, {complaint}")
    if not columns[head[0]] and not problems:
        problems.append(f"{name}:1: has no hours below the head")
    if problems:
        raise ScenarioError("\n".join(problems[:20]))
    return WeatherSeries(**{column: tuple(values) for column, values in columns.items()})


def _number(cell: str) -> float:
    """The value of a cell; not a number where it is none, which is out of every range."""
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def out_of_range(column: str, value: float) -> str:
    """What is wrong with a value of a series; empty if nothing is."""
    low, high = RANGES[column]
    if column == "wind_warning":
        return "" if value in (0.0, 1.0) else "must be 0 or 1"
    return "" if low <= value <= high else f"must be a number >= {low:g} and <= {high:g}"


def series_problems(hours: dict[str, int], weeks: int) -> Iterator[tuple[str, str]]:
    """(series, what is wrong) where series of so many hours do not cover the weeks of the scenario."""
    for column, count in hours.items():
        if count != max(hours.values()):
            yield column, f" has {count} hours, must have as many as the longest series, {max(hours.values())}"
        elif count < 168 * weeks:
            yield column, f" has {count} hours, must have {168 * weeks} for {weeks} weeks"
