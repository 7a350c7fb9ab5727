"""The arms of an experiment: every combination that is simulated, as a scenario and a policy."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from citysim.errors import PolicyError, ScenarioError
from citysim.experiment.read import value_patch
from citysim.experiment.spec import Experiment, Factor
from citysim.patch import TIMES, patched
from citysim.policy.catalog import DESIGNS
from citysim.policy.files import read_document
from citysim.policy.policy import Policy
from citysim.sensing import CITY_NAMES
from citysim.statistics import sampling
from citysim.statistics.intervals import FloatArray
from citysim.world.scenario import Scenario, load_scenario
from citysim.yamlfile import Document

LONGEST = 60


@dataclass(frozen=True)
class Arm:
    """One thing to simulate.

    Args:
        levels: of each factor by name, the design first; of a range the value as text. values: those that are numbers.
    """

    name: str
    levels: Mapping[str, str]
    values: Mapping[str, float]
    scenario: Scenario
    policy: Policy

    def matches(self, of: Mapping[str, str]) -> bool:
        """Whether it is one of the arms that have these levels."""
        return all(self.levels.get(name) == level for name, level in of.items())


@dataclass(frozen=True)
class _Point:
    """One combination of levels, with the patches that make it."""

    levels: Mapping[str, str]
    values: Mapping[str, float]
    patches: tuple[Document, ...]


def arms_of(experiment: Experiment) -> tuple[Arm, ...]:
    """All arms, the designs of each point together.

    Raises:
        InputError: a patch does not fit; the message names the line of the experiment that says it.
    """
    cities: dict[tuple[tuple[str, str, float | None], ...], Scenario] = {}
    arms: list[Arm] = []
    names: set[str] = set()
    for point in _points(experiment):
        changed = [name for name in point.levels if _changes(experiment, name, "city")]
        of_city = tuple((name, point.levels[name], point.values.get(name)) for name in changed)
        if of_city not in cities:
            cities[of_city] = _city(experiment, point)
        for design, document in experiment.designs.items():
            levels = {"design": design, **point.levels}
            name = _name(levels, len(experiment.designs), len(arms))
            if name in names:  # two points whose values look alike in four digits
                name = f"arm {len(arms):04}"
            names.add(name)
            arms.append(Arm(name, levels, point.values, cities[of_city], _policy(name, document, point)))
    return tuple(arms)


def _points(experiment: Experiment) -> Iterator[_Point]:
    if experiment.sample == "full":
        names = [factor.name for factor in experiment.factors]
        for combination in product(*(factor.levels.items() for factor in experiment.factors)):
            levels = {name: level for name, (level, _) in zip(names, combination, strict=True)}
            values = {f.name: f.values[levels[f.name]] for f in experiment.factors if levels[f.name] in f.values}
            yield _Point(levels, values, tuple(patch for _, patch in combination))
        return
    for row in unit_points(experiment).tolist():
        levels, values, patches = {}, {}, []
        for factor, share in zip(experiment.factors, row, strict=True):
            level, value, patch = _at(experiment, factor, float(share))
            levels[factor.name], values[factor.name] = level, value
            patches.append(patch)
        yield _Point(levels, values, tuple(patches))


def unit_factors(experiment: Experiment) -> tuple[sampling.Factor, ...]:
    """The factors as shares of their ranges."""
    return tuple(sampling.Factor(factor.name, 0.0, 1.0) for factor in experiment.factors)


def unit_points(experiment: Experiment) -> FloatArray:
    """Points within the unit cube, shape (points, factors); the same for the same seed.

    Raises:
        InputError: SALib is not installed, which morris and saltelli need.
    """
    named: Sequence[sampling.Factor] = unit_factors(experiment)
    count, seed = experiment.points, experiment.seed % 2**32
    match experiment.sample:
        case "sobol":
            return sampling.sobol_points(named, count, seed)
        case "latin_hypercube":
            return sampling.latin_hypercube(named, count, seed)
    from citysim.statistics.sensitivity import morris_design, sobol_design

    return morris_design(named, count, seed) if experiment.sample == "morris" else sobol_design(named, count, seed)


def _at(experiment: Experiment, factor: Factor, share: float) -> tuple[str, float, Document]:
    """Level, value and patch of a factor at a share of its range; levels are taken in equal parts."""
    if factor.levels:
        names = list(factor.levels)
        level = names[min(int(share * len(names)), len(names) - 1)]
        return level, factor.values.get(level, float(names.index(level))), factor.levels[level]
    value = factor.low + share * (factor.high - factor.low)
    return f"{value:.4g}", value, value_patch(experiment.document, ("factors", factor.name), factor.paths, value)


def _changes(experiment: Experiment, name: str, side: str) -> bool:
    factor = next(factor for factor in experiment.factors if factor.name == name)
    return any(side in patch.data for patch in factor.levels.values()) or any(p[0] == side for p in factor.paths)


def _city(experiment: Experiment, point: _Point) -> Scenario:
    """The baseline with all that the point changes in it."""
    patches = [_side(patch, "city", ScenarioError) for patch in point.patches if "city" in patch.data]
    whole: Document | None = None
    for patch in patches:
        whole = patch if whole is None else patched(*_multiplied(whole, patch), later=True)
    return load_scenario(experiment.scenario, whole)


def _policy(name: str, design: Document, point: _Point) -> Policy:
    """The design with all that the point changes in it, called by the name of the arm."""
    whole = Document(design.path, {**design.data}, design.lines, PolicyError, design.prefix, design.places)
    for patch in point.patches:
        if "design" in patch.data:
            whole = patched(*_multiplied(whole, _side(patch, "design", PolicyError)), later=True)
    whole.data["name"] = name
    return read_document(whole, DESIGNS, CITY_NAMES)


def _multiplied(whole: Document, patch: Document) -> tuple[Document, Document]:
    """The two without a factor in both: where each multiplies the same number, the patch multiplies by both."""
    old, new = copy.deepcopy(whole.data), copy.deepcopy(patch.data)
    _multiply(old, new)
    return replace(whole, data=old), replace(patch, data=new)


def _multiply(old: dict[str, Any], new: dict[str, Any]) -> None:
    for key in old.keys() & new.keys():
        one, other = old[key], new[key]
        if not isinstance(one, dict) or not isinstance(other, dict):
            continue
        if set(one) == set(other) == {TIMES}:
            new[key] = {TIMES: one[TIMES] * other[TIMES]}
            del old[key]
        else:
            _multiply(one, other)


def _side(patch: Document, side: str, error: type[ScenarioError] | type[PolicyError]) -> Document:
    part = patch.part(side)
    lines = part.lines if () in part.lines else {**part.lines, (): patch.place((side,))[1]}
    return Document(part.path, part.data, lines, error, part.prefix, part.places)


def _name(levels: Mapping[str, str], designs: int, number: int) -> str:
    """The levels in a row; the design only where there are several; a number where that gets too long."""
    words = [level if name == "design" else f"{name} {level}" for name, level in levels.items()]
    name = " ".join(words if designs > 1 or len(words) == 1 else words[1:])
    return name if len(name) <= LONGEST else f"arm {number:04}"
