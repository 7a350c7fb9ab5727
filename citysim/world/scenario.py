"""A scenario: everything about a city that no policy can choose. Read from a file once, checked, then frozen."""

import dataclasses
import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from citysim.damage import Damage, DamageRules
from citysim.errors import ScenarioError
from citysim.pickled import Pickled
from citysim.units import CALENDAR, HOUR, WORKING, WorkingWeek
from citysim.world.almanac import Almanac
from citysim.world.assets import CLASSES, AssetAges
from citysim.world.geography import City, District, build_city
from citysim.world.incidents import CascadeRules, Escalation, Excitation, IncidentKind
from citysim.world.scenario_read import read_files
from citysim.world.series import WeatherSeries, read_weather, series_problems
from citysim.world.surroundings import Surroundings
from citysim.world.weather import Climate
from citysim.yamlfile import Document, show, validate


@dataclass(frozen=True)
class Reporting:
    """How residents report.

    Args:
        nominal_open_hours: hours over which a kind's `repeats` further reports come in on average.
        repeat_window: citizens may repeat for so many nominal open times.
        neighbourhood_ratio_90_10: readiness to report of the 90 % street over the 10 % street.
        enquiries_per_1000_year: calls on city operation that report nothing, per 1,000 residents and year.
    """

    nominal_open_hours: float = 15.0
    repeat_window: float = 3.0
    neighbourhood_ratio_90_10: float = 3.0
    enquiries_per_1000_year: float = 0.0


@dataclass(frozen=True, eq=False)
class Scenario(Pickled):
    """One city with its climate and its incident types; equal if the digests are.

    Args:
        weeks: default length of a world.
        false_alarms_per_100k_year: by channel, in the order of units.CHANNELS.
        cascades: what escalations and recurrences obey. damage_rules: what scales the damage of all types.
        weather: hourly series, None = drawn from the climate.
        inventories_per_100k: stock of assets per 100,000 residents, by unit.
        asset_ages: by class of assets; a class that is not in it has rates that stay the same.
        department_names: (en, zh) by code; sources: reference by key, for reports only.
    """

    name: str
    title: Mapping[str, str]
    weeks: int
    working_week: WorkingWeek
    almanac: Almanac
    city: City
    kinds: tuple[IncidentKind, ...]
    reporting: Reporting
    false_alarms_per_100k_year: tuple[float, float, float, float]
    climate: Climate
    surroundings: Surroundings = Surroundings()
    cascades: CascadeRules = CascadeRules()
    damage_rules: DamageRules = DamageRules()
    weather: WeatherSeries | None = None
    inventories_per_100k: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    asset_ages: Mapping[str, AssetAges] = field(default_factory=lambda: MappingProxyType({}))
    department_names: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def start(self) -> date:
        """The first day, a Monday; time 0 is its 00:00 local time."""
        return self.almanac.start

    @property
    def districts(self) -> tuple[District, ...]:
        """The districts, in the order of the file."""
        return self.city.districts

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """Sorted codes of all departments that lead or support some kind."""
        return tuple(sorted({code for kind in self.kinds for code in (kind.lead, *kind.supports)}))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that can change a result or its labels; layout of the file, sources and path do not count."""
        content = {f.name: _canonical(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "sources"}
        if not self.asset_ages:  # a city without ages is the one it was before there were any
            del content["asset_ages"]
        for name, ages in self.asset_ages.items():
            if ages.shape is None:  # that of the class: the scenario is the one it was before it could say another
                del content["asset_ages"][name]["shape"]
        if not self.surroundings.hospital_visitors:  # likewise
            del content["surroundings"]["hospital_visitors"]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def __repr__(self) -> str:
        size = f"districts: {len(self.districts)}, streets: {self.city.n_streets:,}, incident types: {len(self.kinds)}"
        return f"<Scenario {self.name}: {size}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def _canonical(value: Any) -> Any:
    """Plain data in one spelling: 6 and 6.0 are the same number in a float field because the builder converts it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        skipped = ("sources", "assumed")
        return {f.name: _canonical(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name not in skipped}
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_canonical(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.isoformat() if isinstance(value, date) else value


def load_scenario(path: str | os.PathLike[str], patch: Document | None = None) -> Scenario:
    """Read, check and build a scenario from its YAML file and the incident-type file that it names.

    Args:
        patch: what is to be otherwise, as a scenario file that is `based_on` this one would say it.

    Raises:
        ScenarioError: one line for each problem, `file:line: key = value, accepted range`.
    """
    from citysim.world.scenario_checks import demand_problems, scenario_problems, type_problems
    from citysim.world.scenario_file import IncidentTypesFile, ScenarioFile

    read = read_files(path, patch)
    document, included = read.scenario, read.types
    weather = _weather(document)
    file = validate(document, ScenarioFile)
    assert included is not None  # else the file had no incident_types
    types = validate(included, IncidentTypesFile)
    if problems := [*scenario_problems(file), *demand_problems(file, types)]:
        raise document.problems(problems)
    if problems := list(type_problems(types)):
        raise included.problems(problems)
    for unit in file.inventories_per_100k:
        if unit not in types.inventories_per_100k:
            raise document.problems([(("inventories_per_100k", unit), " is not an inventory of the incident types")])
    _check_length(document, weather, file.weeks)
    return _build(file, types, None if weather is None else weather[1], read.city)


def _weather(document: Document) -> tuple[str, WeatherSeries] | None:
    """The file that the weather's series stand in, and the series; what was checked here is taken out of the data."""
    from citysim.world.scenario_file import WeatherFile

    given = document.data.get("weather") if isinstance(document.data, dict) else None
    if isinstance(given, dict):
        series = validate(document.part("weather"), WeatherFile)
        document.data["weather"] = "inline"
        return document.path, WeatherSeries(**_floats(series))
    if given is None:
        return None
    if not isinstance(given, str):
        raise document.problems([(("weather",), f"{show(given)}, must be a file name or a mapping")])
    path = Path(document.place(("weather",))[0]).parent / given
    if not path.is_file():
        raise document.problems([(("weather",), f" = '{given}', no such file beside the scenario")])
    return str(path), read_weather(path, str(path))


def _check_length(document: Document, weather: tuple[str, WeatherSeries] | None, weeks: int) -> None:
    if weather is None:
        return
    place, series = weather
    hours = {name: len(values) for name, values in vars(series).items() if values}
    problems = list(series_problems(hours, weeks))
    if not hours:
        problems = [("", " gives no series")]
    if problems and place == document.path:
        raise document.problems([(("weather", name) if name else ("weather",), text) for name, text in problems])
    if problems:
        raise ScenarioError(f"{place}:{len(series) + 1}: {problems[0][0]}{problems[0][1]}")


def _build(file: Any, types: Any, weather: WeatherSeries | None, city: str) -> Scenario:
    districts = tuple(
        District(
            d.id, d.name.en, d.name.zh, d.population, float(d.area_km2), float(d.lon), float(d.lat), d.n_streets,
            float(d.rural_share),
        )
        for d in file.districts
    )  # fmt: skip
    weights = {district: tuple(map(float, values)) for district, values in file.street_weights.items()}
    reporting = Reporting(**_floats(file.reporting))
    inventories = {**types.inventories_per_100k, **file.inventories_per_100k}
    alarms = file.false_alarms_per_100k_year
    week = file.working_week
    return Scenario(
        name=file.name,
        title=MappingProxyType({"en": file.title.en, "zh": file.title.zh}),
        weeks=file.weeks,
        working_week=WorkingWeek(
            tuple(sorted(week.days)), week.start_hour * HOUR, week.end_hour * HOUR, _days_off(file.start, file.holidays)
        ),
        almanac=_almanac(file),
        city=build_city(city, districts, weights, reporting.neighbourhood_ratio_90_10),
        kinds=tuple(_kind(kind, types, inventories, file) for kind in types.incident_types),
        reporting=reporting,
        false_alarms_per_100k_year=(
            float(alarms.sensor), float(alarms.video), float(alarms.hotline), float(alarms.patrol),
        ),
        climate=Climate(**_floats(file.climate)),
        surroundings=Surroundings(**_floats(file.surroundings)),
        cascades=_cascades(types),
        damage_rules=_damage_rules(types.damage_rules),
        weather=weather,
        inventories_per_100k=MappingProxyType({unit: float(stock) for unit, stock in inventories.items()}),
        asset_ages=MappingProxyType({name: _ages(name, given, districts) for name, given in file.asset_ages.items()}),
        department_names=MappingProxyType({code: (n.en, n.zh) for code, n in types.departments.items()}),
        sources=MappingProxyType(dict(types.sources)),
    )  # fmt: skip


def _days_off(start: date, holidays: Sequence[date]) -> tuple[int, ...]:
    """Holidays as days counted from the scenario's start, as the working clock wants them; earlier ones left out."""
    return tuple(sorted({(day - start).days for day in holidays if day >= start}))


def _cascades(types: Any) -> CascadeRules:
    given = types.cascades
    return CascadeRules(
        severity_factors=_four(given.severity_factors),
        window_hours=float(given.window_hours),
        generations=given.generations,
        recurrence_median_days=float(given.recurrence_median_days),
        recurrence_sigma=float(given.recurrence_sigma),
        flags=tuple(sorted(types.escalation_flags.items())),
    )


def _almanac(file: Any) -> Almanac:
    def windows(kind: str) -> tuple[tuple[date, date], ...]:
        return tuple((f.first, f.last) for f in file.festivals if f.kind == kind)

    return Almanac(
        start=file.start,
        holidays=tuple(file.holidays),
        school_terms=tuple((term.first, term.last) for term in file.school_terms),
        spring_festivals=windows("spring_festival"),
        hotspot_holidays=windows("hotspot_holiday"),
    )


def _within_range(kind: Any, position: float) -> float:
    """Factor on a type's rate that puts it at a position of its range: -1 low end, 0 as given, 1 high end.

    In between by equal ratios, as rates are known within a factor.
    """
    low, high = (float(end) / float(kind.rate_per_100k_year) for end in kind.rate_range)
    return float(high**position if position >= 0 else low**-position)


def _kind(kind: Any, types: Any, inventories: Mapping[str, float], file: Any) -> IncidentKind:
    """One incident type; its rate follows the scenario's own inventory where it has one, its demand factors, and its
    position in its range, of which the narrowest name counts."""
    asset = None if kind.asset is None else (kind.asset.unit, float(kind.asset.events_per_year))
    growth = 1.0 if asset is None else inventories[asset[0]] / types.inventories_per_100k[asset[0]]
    names = ("all", f"group:{kind.group}", kind.id)
    growth *= math.prod(float(file.demand_factors.get(name, 1.0)) for name in names)
    positions = [file.demand_positions[name] for name in names if name in file.demand_positions]
    moved = _within_range(kind, float(positions[-1])) if positions and kind.rate_per_100k_year else 1.0
    channels, limits = kind.channel_shares, kind.deadline
    return IncidentKind(
        id=kind.id,
        name_en=kind.name.en,
        name_zh=kind.name.zh,
        group=kind.group,
        rate_per_100k_year=float(kind.rate_per_100k_year) * growth * moved,
        rate_range=(float(kind.rate_range[0]) * growth, float(kind.rate_range[1]) * growth),
        severity=_four(kind.severity_shares),
        channel_shares=_four((channels.sensor, channels.video, channels.hotline, channels.patrol)),
        mean_hidden_hours=_four(kind.mean_hidden_hours),
        repeats=float(kind.repeats),
        lead=kind.lead,
        supports=tuple(kind.supports),
        joint_share=float(kind.joint_share),
        skills=tuple(kind.skills),
        work_median_hours=float(kind.work.median_hours),
        work_sigma=float(kind.work.sigma),
        crew_size=kind.crew_size,
        on_site_limit_hours=None if limits.on_site_hours is None else float(limits.on_site_hours),
        close_limit_hours=None if limits.close_hours is None else float(limits.close_hours),
        clock=CALENDAR if limits.clock == "calendar" else WORKING,
        escalations=tuple(map(_escalation, kind.escalations)),
        excitation=Excitation() if kind.excitation is None else Excitation(**_floats(kind.excitation)),
        recurrence_chance=float(kind.recurrence_chance),
        is_exposed=kind.is_exposed,
        patterns=tuple(kind.patterns),
        asset=asset,
        rural_only=kind.rural_only,
        emergency_line=kind.emergency_line,
        damage=_damage(kind.damage),
        travel=float(types.travel_by_lead.get(kind.lead, 1.0) if kind.travel is None else kind.travel),
        sources=tuple(kind.sources),
        assumed=kind.assumed,
    )


def _ages(name: str, given: Any, districts: Sequence[District]) -> AssetAges:
    of = [given.districts.get(district.id, given) for district in districts]
    youngest, oldest = (tuple(float(one.mean + sign * one.spread) for one in of) for sign in (-1.0, 1.0))
    rates_hold_at, shape = (None if x is None else float(x) for x in (given.rates_hold_at, given.shape))
    return AssetAges(youngest, oldest, rates_hold_at, None if shape == CLASSES[name].shape else shape)


def _escalation(given: Any) -> Escalation:
    buffer = float(given.buffer_hours[0]), float(given.buffer_hours[1])
    return Escalation(given.target, float(given.hazard_per_hour), buffer, float(given.spread))


def _damage(given: Any) -> Damage:
    numbers = given.model_dump(exclude={"service", "households", "lanes"})
    return Damage(
        service=given.service or "",
        households=_four(given.households),
        lanes=_four(given.lanes),
        **{name: float(value) for name, value in numbers.items()},
    )


def _damage_rules(given: Any) -> DamageRules:
    return DamageRules(
        _four(given.severity_factors),
        _four(given.nuisance_factors),
        float(given.injured_by_signal),
        float(given.lanes_by_signal),
    )


def _four(values: Any) -> tuple[float, float, float, float]:
    a, b, c, d = map(float, values)
    return a, b, c, d


def _floats(part: Any) -> dict[str, Any]:
    """The numbers of a validated mapping, lists as tuples, whole numbers as floats."""
    return {n: tuple(map(float, v)) if isinstance(v, list) else float(v) for n, v in vars(part).items()}


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, for editors that check while you type."""
    from citysim.world.scenario_file import ScenarioFile

    schema = ScenarioFile.model_json_schema()
    based_on = {"type": "string", "description": "the scenario file that this one only says the differences from"}
    needed = schema.pop("required")
    schema["properties"] = {"based_on": based_on, **schema["properties"]}
    schema["anyOf"] = [{"required": needed}, {"required": ["based_on"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
