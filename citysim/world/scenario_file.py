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
Pair = Annotated[list[Annotated[float, Field(ge=0, le=8760)]], Field(min_length=2, max_length=2)]
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
    enquiries_per_1000_year: Annotated[
        NotNegative, Field(description="calls on city operation that only ask, per 1,000 residents and year")
    ] = 0


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
    temperature_c: Annotated[
        list[Annotated[float, Field(ge=-60, le=60)]],
        Field(min_length=12, max_length=12, description="monthly means, degrees Celsius"),
    ]
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
    buffer_hours: Annotated[Pair, Field(description="what is stored lasts so long at least and at most")] = [0.0, 0.0]
    spread: Annotated[Share, Field(description="chance that it is in another street of the district")] = 0.0


class ExcitationFile(Part):
    """Incidents of the same type that this one calls forth near by, whatever anybody does."""

    ratio: Annotated[float, Field(ge=0, le=0.95, description="mean number of direct offspring")]
    hours: Annotated[float, Field(gt=0, le=8760, description="mean lag of an offspring")] = 24.0
    spread: Annotated[Share, Field(description="chance that one is in another street of the district")] = 0.0


Amount = Annotated[float, Field(ge=0, le=1e12)]
FourAmounts = Annotated[list[Amount], Field(min_length=4, max_length=4)]


class DamageFile(Part):
    """What one incident does; casualties, loss and people are at severity IV, lists go from severity I to IV."""

    deaths: Annotated[Amount, Field(description="expected, at once")] = 0.0
    deaths_hour: Annotated[Amount, Field(description="expected, for each hour until safe")] = 0.0
    injured: Annotated[Amount, Field(description="seriously, expected, at once")] = 0.0
    injured_hour: Annotated[Amount, Field(description="for each hour until safe")] = 0.0
    loss: Annotated[Amount, Field(description="yuan, at once")] = 0.0
    loss_hour: Annotated[Amount, Field(description="yuan for each hour until safe")] = 0.0
    cap_hours: Annotated[Hours, Field(description="another unsafe hour after so many adds nothing")] = 72.0
    households: Annotated[FourAmounts, Field(description="cut off until the repair")] = [0.0, 0.0, 0.0, 0.0]
    service: Annotated[
        Literal["water", "gas", "power", "telecom"] | None, Field(description="of which they are cut off")
    ] = None
    lanes: Annotated[FourAmounts, Field(description="blocked until the repair")] = [0.0, 0.0, 0.0, 0.0]
    people: Annotated[Amount, Field(description="disturbed until the repair")] = 0.0


class DamageRulesFile(Part):
    """What scales the damage of all types."""

    severity_factors: Annotated[
        FourAmounts, Field(description="on casualties and loss, by severity I to IV; plausible 5-20 a grade")
    ] = [1000.0, 100.0, 10.0, 1.0]
    nuisance_factors: Annotated[FourAmounts, Field(description="on people disturbed, by severity I to IV")] = [
        8.0, 4.0, 2.0, 1.0,
    ]  # fmt: skip
    injured_by_signal: Annotated[Amount, Field(description="people hurt by the signal injury")] = 1.0
    lanes_by_signal: Annotated[Amount, Field(description="lanes blocked until safe by the signal traffic; 1-4")] = 2.0


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
    excitation: ExcitationFile | None = None
    recurrence_chance: Annotated[Share, Field(description="comes back at the same place, unless mended")] = 0.0
    is_exposed: Annotated[bool, Field(description="always near a school, a hospital or a crowd")] = False
    patterns: Annotated[list[Id], Field(min_length=1, max_length=10)]
    rural_only: bool = False
    emergency_line: Annotated[bool, Field(description="the fire and rescue line takes the call directly")] = False
    damage: DamageFile = DamageFile()
    travel: Annotated[
        Positive | None, Field(description="factor on travel time; null = that of the lead department")
    ] = None
    sources: list[str] = []
    assumed: str = "asm"


class CascadesFile(Part):
    """What all escalations and recurrences obey."""

    severity_factors: Annotated[
        list[Annotated[float, Field(gt=0, le=1000)]],
        Field(min_length=4, max_length=4, description="on every hazard, by severity I to IV"),
    ] = [8.0, 4.0, 2.0, 1.0]
    window_hours: Annotated[float, Field(gt=0, le=8760, description="later than this after its onset none is left")] = (
        168.0
    )
    generations: Annotated[int, Field(ge=0, le=10, description="links of a chain")] = 3
    recurrence_median_days: Annotated[
        float, Field(gt=0, le=3650, description="from an onset to the next at the same place, lognormal")
    ] = 14.0
    recurrence_sigma: Annotated[float, Field(ge=0, le=3, description="sigma of its logarithm")] = 0.7


class IncidentTypesFile(Part):
    """Incident types with the departments, inventories and sources that they refer to."""

    departments: dict[Department, NameFile]
    inventories_per_100k: dict[Id, Positive]
    escalation_flags: Annotated[
        dict[Id, Literal["traffic", "sensor_net", "injury"]],
        Field(description="escalation targets that are no incidents, and the signal that each gives"),
    ] = {}
    cascades: CascadesFile = CascadesFile()
    damage_rules: DamageRulesFile = DamageRulesFile()
    travel_by_lead: Annotated[
        dict[Department, Positive], Field(description="factor on travel time of a department's crews; 1 if not named")
    ] = {}
    sources: dict[str, str] = {}
    incident_types: Annotated[list[KindFile], Field(min_length=1, max_length=1000)]


class SurroundingsFile(Part):
    """How weather, outages and density act on everything."""

    heavy_rain_mm: Annotated[float, Field(gt=0, le=500, description="mm an hour; more is a storm")] = 20.0
    torrential_rain_mm: Annotated[float, Field(gt=0, le=500, description="mm an hour; slows no further")] = 60.0
    travel_in_heavy_rain: Annotated[float, Field(ge=1, le=20, description="factor on travel time")] = 1.3
    travel_in_torrential_rain: Annotated[float, Field(ge=1, le=20, description="the most")] = 2.5
    travel_in_wind: Annotated[float, Field(ge=1, le=20, description="under a wind warning")] = 1.3
    warm_c: Annotated[float, Field(ge=-60, le=60, description="heat is 1 above")] = 35.0
    hot_c: Annotated[float, Field(ge=-60, le=60, description="heat is 2 above")] = 40.0
    cloud_outages_per_year: Annotated[float, Field(ge=0, le=1000, description="of each district")] = 1.5
    cloud_outage_median_hours: Annotated[float, Field(gt=0, le=8760, description="length, lognormal")] = 4.0
    cloud_outage_sigma: Annotated[float, Field(ge=0, le=3, description="sigma of its logarithm")] = 0.8
    hot_streets_90_10: Annotated[
        float, Field(ge=1, le=100, description="incidents of a group for each resident, 90 % street to 10 % street")
    ] = 1.0
    hospital_visitors: Annotated[
        float, Field(ge=0, le=10, description="from elsewhere, for each resident of a street with a large hospital")
    ] = 0.0
    exposed_share: Annotated[Share, Field(description="near a school, a hospital or a crowd")] = 0.15
    exposed_at_density: Annotated[float, Field(gt=0, le=1e6, description="residents a km2 where it is that share")] = (
        3200.0
    )
    exposed_by_density: Annotated[float, Field(ge=0, le=2, description="power of the density of residents")] = 0.5


Years = Annotated[float, Field(ge=0, le=500, description="years")]


class AgesFile(Part):
    """Ages of a class of assets when a run begins: even from mean - spread to mean + spread."""

    mean: Annotated[float, Field(gt=0, le=500, description="years")]
    spread: Years
    source: str = ""


class AssetAgesFile(AgesFile):
    """Of all districts, and of those that differ."""

    rates_hold_at: Annotated[
        float | None,
        Field(gt=0, le=500, description="mean age, years, for which the rates hold; null = this city when it begins"),
    ] = None
    shape: Annotated[
        float | None,
        Field(ge=1, le=6, description="k of the hazard age^(k-1), 1 = no ageing; null = that of the class"),
    ] = None
    shape_source: str = ""
    districts: dict[Id, AgesFile] = {}


class WeatherFile(Part):
    """Hourly weather from the first day on, instead of the generator's; what is not given is generated."""

    rain_mm_per_hour: Annotated[list[Annotated[float, Field(ge=0, le=500)]], Field(max_length=200_000)] = []
    temperature_c: Annotated[list[Annotated[float, Field(ge=-60, le=60)]], Field(max_length=200_000)] = []
    wind_warning: Annotated[list[Annotated[int, Field(ge=0, le=1)]], Field(max_length=200_000)] = []


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
    weather: Annotated[
        str | WeatherFile | None, Field(description="a CSV file beside this one with hourly series, or the series")
    ] = None
    surroundings: SurroundingsFile = SurroundingsFile()
    inventories_per_100k: Annotated[
        dict[Id, Positive], Field(description="replaces those of the incident types; rates follow")
    ] = {}
    demand_factors: Annotated[
        dict[str, Annotated[float, Field(ge=0, le=1000)]],
        Field(description="on the rates of `all` types, of a group (`group:gas`) or of one type, multiplied together"),
    ] = {}
    demand_positions: Annotated[
        dict[str, Annotated[float, Field(ge=-1, le=1)]],
        Field(description="where rates lie in their rate_range, by the same names: -1 low end, 0 as given, 1 high end"),
    ] = {}
    asset_ages: Annotated[
        dict[Id, AssetAgesFile], Field(description="by class of assets; a class without has rates that stay the same")
    ] = {}
    incident_types: Annotated[
        str | IncidentTypesFile, Field(description="a file, relative to this one, or the same mapping written here")
    ]
