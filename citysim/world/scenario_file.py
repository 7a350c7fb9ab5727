"""The shape of scenario files: what may be written, in which unit and range. Only `world/scenario.py` reads this.

Kept apart because it needs pydantic, which costs a fifth of a second to import.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _iso_date(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2025-06-02")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date such as 2025-06-02") from None


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Department = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]*$", max_length=20)]
IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
NotNegative = Annotated[float, Field(ge=0, le=1e9)]
Hours = Annotated[float, Field(ge=0, le=87_600)]
Monthly = Annotated[list[NotNegative], Field(min_length=12, max_length=12)]


class Part(BaseModel):
    """Strict: unknown keys, text for numbers and infinite numbers are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class NameFile(Part):
    """A name in both languages."""

    en: Annotated[str, Field(min_length=1, max_length=200)]
    zh: Annotated[str, Field(min_length=1, max_length=200)]


class DistrictFile(Part):
    """One district."""

    id: Id
    name: NameFile
    population: Annotated[int, Field(ge=1, le=100_000_000, description="residents")]
    area_km2: Annotated[float, Field(gt=0, le=1e6)]
    lon: Annotated[float, Field(ge=-180, le=180, description="centroid, degrees east")]
    lat: Annotated[float, Field(ge=-90, le=90, description="centroid, degrees north")]
    n_streets: Annotated[int, Field(ge=1, le=500, description="streets and towns")]
    rural_share: Annotated[Share, Field(description="share of residents outside the built-up area")] = 0.0
    source: str = ""


class WorkingWeekFile(Part):
    """The hours that count on the working clock."""

    days: Annotated[
        list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7, description="0 = Monday")
    ]
    start_hour: Annotated[int, Field(ge=0, le=23)]
    end_hour: Annotated[int, Field(ge=1, le=24)]


class WindowFile(Part):
    """A run of days, both ends included."""

    first: IsoDate
    last: IsoDate


class FestivalFile(WindowFile):
    """A festival; Spring Festival brings fireworks, other holidays crowds at hotspots."""

    kind: Literal["spring_festival", "hotspot_holiday"]


class ReportingFile(Part):
    """How residents report."""

    nominal_open_hours: Annotated[Positive, Field(description="hours over which `repeats` further reports come in")]
    repeat_window: Annotated[Positive, Field(description="citizens may repeat for so many nominal open times")]
    neighbourhood_ratio_90_10: Annotated[float, Field(ge=1, le=100, description="readiness to report, 90 % to 10 %")]


class FalseAlarmsFile(Part):
    """False alarms per 100,000 residents and year, by the channel through which they come."""

    sensor: NotNegative
    video: NotNegative
    hotline: NotNegative
    patrol: NotNegative


class ClimateFile(Part):
    """Monthly climate normals, January first."""

    rain_mm: Annotated[Monthly, Field(description="mm a month")]
    rain_hours: Annotated[Monthly, Field(description="hours with rain a month")]
    rain_sigma: Annotated[float, Field(ge=0, le=3, description="sigma of the logarithm of an hour's rain")]
    wet_spell_hours: Annotated[float, Field(ge=1, le=200, description="mean length of a rain spell")]
    temperature_c: Annotated[list[Annotated[float, Field(ge=-60, le=60)]], Field(min_length=12, max_length=12)]
    daily_amplitude_c: Annotated[Monthly, Field(description="half the span from early morning to afternoon")]
    day_sd_c: Annotated[float, Field(ge=0, le=20, description="standard deviation of a day around the monthly mean")]
    day_memory: Annotated[float, Field(ge=0, lt=1, description="correlation from day to day")]
    wind_warning_hours: Annotated[Monthly, Field(description="hours under a wind warning a month")]
    wind_spell_hours: Annotated[float, Field(ge=1, le=200, description="mean length of a wind warning")]


class AssetFile(Part):
    """For a type whose rate follows an inventory."""

    unit: Id
    events_per_year: Annotated[Positive, Field(description="per unit of the inventory")]


class ChannelSharesFile(Part):
    """Who notices first under the default sensing; shares that add up to 1."""

    sensor: Share
    video: Share
    hotline: Share
    patrol: Share


class WorkFile(Part):
    """On-site work, lognormal, without travel, queue and verification."""

    median_hours: Annotated[float, Field(gt=0, le=10_000)]
    sigma: Annotated[float, Field(ge=0, le=3)]


class DeadlineFile(Part):
    """Time limits from the report; null = no limit."""

    on_site_hours: Annotated[float, Field(gt=0, le=10_000)] | None
    close_hours: Annotated[float, Field(gt=0, le=10_000)] | None
    clock: Literal["calendar", "working"]


class EscalationFile(Part):
    """What an uncontrolled incident may turn into."""

    target: Id
    hazard_per_hour: Annotated[float, Field(gt=0, le=1000, description="at severity IV, until made safe")]


class KindFile(Part):
    """One incident type; four-part lists go from severity I (red) to IV (blue)."""

    id: Id
    name: NameFile
    group: Id
    rate_per_100k_year: Annotated[NotNegative, Field(description="true incidents per 100,000 residents and year")]
    rate_range: Annotated[list[NotNegative], Field(min_length=2, max_length=2, description="plausible low and high")]
    asset: AssetFile | None = None
    severity_shares: Annotated[list[Share], Field(min_length=4, max_length=4)]
    channel_shares: ChannelSharesFile
    mean_hidden_hours: Annotated[list[Annotated[float, Field(gt=0, le=87_600)]], Field(min_length=4, max_length=4)]
    repeats: Annotated[float, Field(ge=0, le=1000, description="further citizen reports per nominal open time")]
    lead: Department
    supports: Annotated[list[Department], Field(max_length=20)] = []
    joint_share: Annotated[Share, Field(description="chance that a supporting department is really needed")]
    skills: Annotated[list[Id], Field(min_length=1, max_length=20)]
    work: WorkFile
    crew_size: Annotated[int, Field(ge=1, le=1000, description="persons")]
    deadline: DeadlineFile
    escalations: list[EscalationFile] = []
    patterns: Annotated[list[Id], Field(min_length=1, max_length=10)]
    rural_only: bool = False
    emergency_line: Annotated[bool, Field(description="the fire and rescue line takes the call directly")] = False
    sources: list[str] = []
    assumed: str = "asm"


class IncidentTypesFile(Part):
    """Incident types with the departments, inventories and sources that they refer to."""

    departments: dict[Department, NameFile]
    inventories_per_100k: dict[Id, Positive]
    escalation_flags: Annotated[list[Id], Field(description="escalation targets that are states, not incidents")] = []
    sources: dict[str, str] = {}
    incident_types: Annotated[list[KindFile], Field(min_length=1, max_length=1000)]


class ScenarioFile(Part):
    """A city, its climate and its incident types."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
    title: NameFile
    start: Annotated[IsoDate, Field(description="first day, a Monday")]
    weeks: Annotated[int, Field(ge=1, le=1040, description="default length")]
    working_week: WorkingWeekFile
    holidays: list[IsoDate] = []
    school_terms: list[WindowFile] = []
    festivals: list[FestivalFile] = []
    districts: Annotated[list[DistrictFile], Field(min_length=1, max_length=1000)]
    street_weights: Annotated[
        dict[Id, list[NotNegative]], Field(description="relative populations of a district's streets; else even")
    ] = {}
    reporting: ReportingFile
    false_alarms_per_100k_year: FalseAlarmsFile
    climate: ClimateFile
    inventories_per_100k: Annotated[
        dict[Id, Positive], Field(description="replaces those of the incident types; rates follow")
    ] = {}
    incident_types: Annotated[
        str | IncidentTypesFile, Field(description="a file, relative to this one, or the same mapping written here")
    ]
