"""What must hold between the keys of a scenario file; each problem is a key path and what is wrong with it."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from citysim.world.assets import CLASSES
from citysim.world.demand import PATTERNS
from citysim.world.incidents import SEVERITY_UPGRADE
from citysim.world.scenario_file import (
    AgesFile,
    AssetAgesFile,
    ClimateFile,
    IncidentTypesFile,
    KindFile,
    ScenarioFile,
    SurroundingsFile,
    WindowFile,
)
from citysim.world.weather import HOURS_OF_MONTH
from citysim.yamlfile import KeyPath, show

Problem = tuple[KeyPath, str]

SHARE_TOLERANCE = 1e-6
ASSET_TOLERANCE = 0.07


def type_problems(file: IncidentTypesFile) -> Iterator[Problem]:
    """Problems between the keys of the incident types."""
    kinds = file.incident_types
    yield from _repeated(("incident_types",), [kind.id for kind in kinds])
    ids = {kind.id for kind in kinds}
    for flag in file.escalation_flags:
        if flag in ids or flag == SEVERITY_UPGRADE:
            yield ("escalation_flags", flag), " must not be the name of an incident type or of the upgrade"
    for part, name in (
        ("cascades", "severity_factors"), ("damage_rules", "severity_factors"), ("damage_rules", "nuisance_factors"),
    ):  # fmt: skip
        factors = getattr(getattr(file, part), name)
        if factors != sorted(factors, reverse=True):
            yield (part, name), f"{show(factors)}, must not rise from I to IV"
    for code in file.travel_by_lead:
        if code not in file.departments:
            yield ("travel_by_lead", code), " is not one of departments"
    targets = ids | set(file.escalation_flags) | {SEVERITY_UPGRADE}
    for position, kind in enumerate(kinds):
        here: KeyPath = ("incident_types", position)
        yield from _share_problems(here, kind)
        yield from _reference_problems(here, kind, file, targets)
        low, high = kind.rate_range
        if not low <= kind.rate_per_100k_year <= high:
            yield (
                (*here, "rate_per_100k_year"),
                f" = {kind.rate_per_100k_year:g}, must be within rate_range {low:g} to {high:g}",
            )
        if kind.joint_share > 0 and not kind.supports:
            yield (*here, "joint_share"), f" = {kind.joint_share:g}, must be 0 without supports"


def demand_problems(file: ScenarioFile, types: IncidentTypesFile) -> Iterator[Problem]:
    """Demand factors and positions that name nothing."""
    kinds = types.incident_types
    known = {"all", *(f"group:{kind.group}" for kind in kinds), *(kind.id for kind in kinds)}
    for key in ("demand_factors", "demand_positions"):
        for name in getattr(file, key):
            if name not in known:
                near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
                hint = f"did you mean '{near[0]}'?" if near else "must be all, group:NAME or the id of an incident type"
                yield (key, name), f" is no incident type; {hint}"


def _share_problems(here: KeyPath, kind: KindFile) -> Iterator[Problem]:
    channels = kind.channel_shares
    for name, shares in (
        ("severity_shares", kind.severity_shares),
        ("channel_shares", [channels.sensor, channels.video, channels.hotline, channels.patrol]),
    ):
        if abs(sum(shares) - 1) > SHARE_TOLERANCE:
            yield (*here, name), f"{show(shares)}, must add up to 1, adds up to {sum(shares):g}"


def _reference_problems(here: KeyPath, kind: KindFile, file: IncidentTypesFile, targets: set[str]) -> Iterator[Problem]:
    for name, codes in (("lead", [kind.lead]), ("supports", kind.supports)):
        for code in codes:
            if code not in file.departments:
                yield (*here, name), f" = '{code}', must be one of departments"
    yield from _repeated((*here, "supports"), [kind.lead, *kind.supports], first=-1)
    yield from _escalation_problems((*here, "escalations"), kind, targets)
    for number, pattern in enumerate(kind.patterns):
        if pattern not in PATTERNS:
            yield (*here, "patterns", number), f" = '{pattern}', must be one of {', '.join(PATTERNS)}"
    for number, source in enumerate(kind.sources):
        if source not in file.sources:
            yield (*here, "sources", number), f" = '{source}', must be a key of sources"
    if kind.asset is not None:
        yield from _asset_problems((*here, "asset"), kind, file)


def _escalation_problems(here: KeyPath, kind: KindFile, targets: set[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, escalation in enumerate(kind.escalations):
        place = (*here, number, "target")
        if escalation.target not in targets:
            yield place, f" = '{escalation.target}', must be an incident type, an escalation flag or {SEVERITY_UPGRADE}"
        elif escalation.target in seen:
            yield place, f" = '{escalation.target}', is given twice"
        seen.add(escalation.target)
        low, high = escalation.buffer_hours
        if low > high:
            yield (*here, number, "buffer_hours"), f"{show(escalation.buffer_hours)}, must rise"


def _asset_problems(here: KeyPath, kind: KindFile, file: IncidentTypesFile) -> Iterator[Problem]:
    assert kind.asset is not None
    stock = file.inventories_per_100k.get(kind.asset.unit)
    if stock is None:
        yield (*here, "unit"), f" = '{kind.asset.unit}', must be one of inventories_per_100k"
        return
    product = stock * kind.asset.events_per_year
    if abs(product - kind.rate_per_100k_year) > ASSET_TOLERANCE * kind.rate_per_100k_year:
        yield (
            (*here, "events_per_year"),
            f" = {kind.asset.events_per_year:g}, times {stock:g} {kind.asset.unit} is {product:g}, must be within "
            f"{ASSET_TOLERANCE:.0%} of rate_per_100k_year {kind.rate_per_100k_year:g}",
        )


def scenario_problems(file: ScenarioFile) -> Iterator[Problem]:
    """Problems between the keys of the scenario itself."""
    if file.start.weekday() != 0:
        yield ("start",), f" = {file.start}, must be a Monday"
    week = file.working_week
    if week.start_hour >= week.end_hour:
        yield ("working_week", "end_hour"), f" = {week.end_hour}, must be > start_hour {week.start_hour}"
    yield from _repeated(("working_week", "days"), week.days)
    yield from _window_problems("school_terms", file.school_terms)
    yield from _window_problems("festivals", file.festivals)
    yield from _repeated(("districts",), [district.id for district in file.districts])
    streets = {district.id: district.n_streets for district in file.districts}
    for district, weights in file.street_weights.items():
        place: KeyPath = ("street_weights", district)
        if district not in streets:
            yield place, " is not a district"
        elif len(weights) != streets[district]:
            yield place, f" has {len(weights)} entries, must have one for each of {streets[district]} streets"
        elif sum(weights) <= 0:
            yield place, f"{show(weights)}, must not all be 0"
    for name, ages in file.asset_ages.items():
        yield from _age_problems(name, ages, set(streets))
    yield from _climate_problems(file.climate)
    yield from _surroundings_problems(file.surroundings)


def _age_problems(name: str, ages: AssetAgesFile, districts: set[str]) -> Iterator[Problem]:
    place: KeyPath = ("asset_ages", name)
    if name not in CLASSES:
        yield place, f" is no class of assets, must be one of {', '.join(CLASSES)}"
    given: list[tuple[KeyPath, AgesFile]] = [(place, ages)]
    for district, differs in ages.districts.items():
        if district not in districts:
            yield (*place, "districts", district), " is not a district"
        given.append(((*place, "districts", district), differs))
    for where, one in given:
        if one.spread > one.mean:
            yield (*where, "spread"), f" = {one.spread:g}, must be within 0..{one.mean:g}, the mean age"


def _surroundings_problems(given: SurroundingsFile) -> Iterator[Problem]:
    for low, high in (
        ("heavy_rain_mm", "torrential_rain_mm"),
        ("travel_in_heavy_rain", "travel_in_torrential_rain"),
        ("travel_in_wind", "travel_in_torrential_rain"),
        ("warm_c", "hot_c"),
    ):
        least, value = getattr(given, low), getattr(given, high)
        sign = ">" if low == "heavy_rain_mm" else ">="
        if value < least or (value == least and sign == ">"):
            yield ("surroundings", high), f" = {value:g}, must be {sign} {low} {least:g}"


def _climate_problems(climate: ClimateFile) -> Iterator[Problem]:
    """Spells of a mean length L can fill at most a share 1 - 1/L of a month, else hours would be drawn against it."""
    for name, hours, length in (
        ("rain_hours", climate.rain_hours, climate.wet_spell_hours),
        ("wind_warning_hours", climate.wind_warning_hours, climate.wind_spell_hours),
    ):
        for number, value in enumerate(hours):
            most = (1 - 1 / length) * HOURS_OF_MONTH[number]
            if value > most:
                yield ("climate", name, number), f" = {value:g}, must be <= {most:g} with spells of {length:g} hours"
    for number, (rain, wet) in enumerate(zip(climate.rain_mm, climate.rain_hours, strict=True)):
        if rain > 0 and wet == 0:
            yield ("climate", "rain_hours", number), " = 0, must be > 0 in a month with rain_mm"


def _window_problems(name: str, windows: Sequence[WindowFile]) -> Iterator[Problem]:
    for position, window in enumerate(windows):
        if window.last < window.first:
            yield (name, position, "last"), f" = {window.last}, must be >= first {window.first}"


def _repeated(place: KeyPath, values: Sequence[object], first: int = 0) -> Iterator[Problem]:
    """Entries that were given before; `first` = -1 where the list in the file lacks the first value."""
    for position, value in enumerate(values):
        if value in values[:position]:
            yield (*place, position + first), f" = {value!r}, is given twice"
