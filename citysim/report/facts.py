"""What a scenario or policy file holds, in a few lines."""

import os
from collections.abc import Iterator

from citysim.errors import InputError
from citysim.units import DAY, YEAR
from citysim.words import Words
from citysim.world.scenario import Scenario, load_scenario
from citysim.yamlfile import load_yaml


def facts_of_file(path: str | os.PathLike[str], words: Words) -> Iterator[str]:
    """Lines about a valid file.

    Raises:
        InputError: the file is no scenario and no policy, or a wrong one; one line for each problem.
    """
    if not os.path.exists(path):
        raise InputError(words("error.not_a_file", file=path))
    data = load_yaml(path, InputError).data
    keys = set(data) if isinstance(data, dict) else set()
    if keys & {"workflow", "based_on"}:
        return _policy_lines(path, words)
    if not keys & {"districts", "incident_types", "name"}:
        raise InputError(words("error.neither", file=path))
    return _scenario_lines(path, load_scenario(path), words)


def _scenario_lines(path: str | os.PathLike[str], scenario: Scenario, words: Words) -> Iterator[str]:
    residents = sum(district.population for district in scenario.districts)
    yield words("validate.scenario", file=path, title=words.title(scenario.title, scenario.name))
    yield words(
        "validate.districts",
        districts=len(scenario.districts),
        streets=f"{scenario.city.n_streets:,}",
        residents=f"{residents:,}",
    )
    yield words(
        "validate.types",
        types=len(scenario.kinds),
        groups=len({kind.group for kind in scenario.kinds}),
        departments=len(scenario.departments),
    )
    yield words("validate.incidents", incidents=f"{incidents_per_day(scenario):,.0f}")
    yield words("validate.weeks", weeks=scenario.weeks, start=scenario.start.isoformat())
    yield words("validate.digest", digest=scenario.digest)


def _policy_lines(path: str | os.PathLike[str], words: Words) -> Iterator[str]:
    from citysim.policy.catalog import load_policy
    from citysim.policy.workflow import walk
    from citysim.sensing import CITY_NAMES

    policy = load_policy(path, CITY_NAMES)
    yield words("validate.policy", file=path, title=words.title(dict(policy.title), policy.name), name=policy.name)
    yield words(
        "validate.workflow",
        blocks=sum(1 for _ in walk(policy.workflow.blocks)),
        families=len(policy.staffing.families),
        gates=len(policy.gates),
    )
    yield words("validate.digest", digest=policy.digest)


def incidents_per_day(scenario: Scenario) -> float:
    """Expected true incidents a day by the yearly rates alone, without weather, season and rhythm."""
    total = 0.0
    for kind in scenario.kinds:
        residents = scenario.city.rural_population if kind.rural_only else scenario.city.street_population
        total += kind.rate_per_100k_year / 1e5 * float(residents.sum())
    return total * DAY / YEAR
