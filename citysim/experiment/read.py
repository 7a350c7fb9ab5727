"""Reading an experiment from its folder: checked key by key before anything is simulated."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from citysim.errors import InputError
from citysim.experiment.spec import BY_MSER5, Experiment, Factor, Measure, Prediction, Term, Worlds
from citysim.judging.scorecard import BY_ID, STRATA
from citysim.yamlfile import Document, KeyPath, load_yaml, show, validate

FILE = "experiment.yaml"
SIDES = ("city", "design")
"""What a factor may change: the scenario, as a patch on it would say it, or the policy, as a policy file would."""


def load_experiment(folder: str | os.PathLike[str]) -> Experiment:
    """An experiment from its folder, or from its file.

    Raises:
        InputError: one line for each problem, `file:line: key = value, accepted range`.
    """
    from citysim.experiment.file import ExperimentFile

    path = Path(folder)
    path = path / FILE if path.is_dir() else path
    document = load_yaml(path, InputError)
    if not isinstance(document.data, dict):
        raise document.problems([((), "the file must be a mapping with question, scenario, designs, predictions")])
    file = validate(document, ExperimentFile)
    problems: list[tuple[KeyPath, str]] = []
    factors = tuple(_factor(name, given, document, problems) for name, given in file.factors.items())
    known = {"design": list(file.designs), **{f.name: list(f.levels) for f in factors}}
    if "design" in file.factors:
        problems.append((("factors", "design"), " is the name of the designs; give the factor another"))
    primary = _measure(file.primary, ("primary",), problems)
    shown = [_measure(text, ("shown", k), problems) for k, text in enumerate(file.shown)]
    predictions = [
        _prediction(given, ("predictions", k), primary, known, problems) for k, given in enumerate(file.predictions)
    ]
    _check_sample(file, factors, problems)
    if not (path.parent / file.scenario).is_file():
        problems.append((("scenario",), f" = '{file.scenario}', no such file beside the experiment"))
    if problems:
        raise document.problems(problems)
    return Experiment(
        name=path.parent.resolve().name,
        folder=path.parent,
        question=file.question.model_dump(),
        hypothesis=file.hypothesis,
        caveat={} if file.caveat is None else file.caveat.model_dump(),
        scenario=path.parent / file.scenario,
        weeks=file.weeks,
        seed=file.seed,
        worlds=_worlds(file.worlds, document),
        primary=primary,
        shown=tuple(dict.fromkeys([primary, *shown])),
        designs={name: _inside(document, ("designs", name)) for name in file.designs},
        factors=factors,
        sample=file.sample,
        points=file.points or 0,
        predictions=tuple(predictions),
        level=file.level,
        document=document,
        warm_up=BY_MSER5 if isinstance(file.warm_up, str) else file.warm_up,
    )


def _factor(name: str, given: Any, document: Document, problems: list[tuple[KeyPath, str]]) -> Factor:
    """One factor; it says levels, or a path with values, or a path with a range."""
    here: KeyPath = ("factors", name)
    paths = tuple(tuple(path.split(".")) for path in ([given.path] if isinstance(given.path, str) else given.path))
    ways = [given.levels is not None, given.values is not None, given.low is not None or given.high is not None]
    if sum(ways) != 1 or (given.levels is None) != bool(paths):
        problems.append((here, ": must give levels, or path with values, or path with low and high"))
        return Factor(name, {}, {})
    for path in paths:
        if path[0] not in SIDES or len(path) < 2:
            problems.append(((*here, "path"), f"{show('.'.join(path))}, must begin with city. or design."))
    if given.levels is not None:
        levels = {level: _inside(document, (*here, "levels", level)) for level in given.levels}
        for level, patch in levels.items():
            if strange := [key for key in patch.data if key not in SIDES]:
                problems.append(((*here, "levels", level, strange[0]), " is not a known key; known: city, design"))
        sides = {key for patch in levels.values() for key in patch.data}
        return Factor(name, levels, {}, is_lever=_is_lever(given.kind, sides))
    sides = {path[0] for path in paths}
    if given.values is None:
        if given.low is None or given.high is None or not given.low < given.high:
            problems.append((here, ": low and high must be numbers, low below high"))
            return Factor(name, {}, {})
        return Factor(name, {}, {}, paths, float(given.low), float(given.high), _is_lever(given.kind, sides))
    texts = {level_name(value): value for value in given.values}
    if len(texts) < len(given.values):
        problems.append(((*here, "values"), f"{show(given.values)}, must differ"))
    levels = {text: value_patch(document, here, paths, value) for text, value in texts.items()}
    numbers = {text: float(value) for text, value in texts.items() if not isinstance(value, str)}
    return Factor(name, levels, numbers, paths, is_lever=_is_lever(given.kind, sides))


def level_name(value: Any) -> str:
    """How a value is written as the name of a level, and in a prediction: 3, 0.5, yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"


def value_patch(document: Document, here: KeyPath, paths: tuple[tuple[str, ...], ...], value: Any) -> Document:
    """The patch that puts one value at all paths; a complaint about it names the line of the factor."""
    data: dict[str, Any] = {}
    for path in paths:
        inside = data
        for part in path[:-1]:
            inside = inside.setdefault(part, {})
        inside[path[-1]] = value
    path_name, line = document.place(here)
    return Document(path_name, data, {(): line}, document.error, here)


def _is_lever(kind: str | None, sides: set[str]) -> bool:
    return kind == "lever" if kind else "city" not in sides


def _inside(document: Document, key: KeyPath) -> Document:
    for part in key:
        document = document.part(str(part))
    return document


def measure(text: str) -> Measure:
    """An indicator as people write it: `indicator`, or `indicator/stratum/group`.

    Raises:
        InputError: there is none.
    """
    problems: list[tuple[KeyPath, str]] = []
    found = _measure(text, (), problems)
    if problems:
        raise InputError(f"indicator{problems[0][1]}")
    return found


def _measure(text: str, key: KeyPath, problems: list[tuple[KeyPath, str]]) -> Measure:
    """`indicator`, or `indicator/stratum/group`."""
    parts = text.split("/")
    if parts[0] not in BY_ID:
        near = get_close_matches(parts[0], list(BY_ID), n=1)
        problems.append((key, f" = '{text}', is not an indicator; {f'did you mean {near[0]!r}?' if near else ''}"))
    elif len(parts) not in (1, 3):
        problems.append((key, f" = '{text}', must be indicator or indicator/stratum/group"))
    elif len(parts) == 3 and parts[1] not in BY_ID[parts[0]].strata:
        strata = ", ".join(stratum for stratum in STRATA if stratum in BY_ID[parts[0]].strata)
        problems.append((key, f" = '{text}', stratum of {parts[0]} must be one of {strata}"))
    return Measure(*parts) if len(parts) == 3 else Measure(parts[0])


def _prediction(
    given: Any, key: KeyPath, primary: Measure, known: Mapping[str, list[str]], problems: list[tuple[KeyPath, str]]
) -> Prediction:
    if (given.sum is None) == (given.of is None) or (given.minus is not None and given.of is None):
        problems.append((key, ": must give `of` (and `minus`), or `sum`"))
    measure = primary if given.indicator is None else _measure(given.indicator, (*key, "indicator"), problems)
    terms = [
        Term(
            float(term.weight),
            _selection(term.of, (*key, "sum", k, "of"), known, problems),
            _measure_of(term, (*key, "sum", k, "indicator"), measure, problems),
        )
        for k, term in enumerate(given.sum or ())
    ]
    for weight, side in ((1.0, "of"), (-1.0, "minus")):
        if (of := getattr(given, side)) is not None:
            terms.append(Term(weight, _selection(of, (*key, side), known, problems), measure))
    if given.expect == "same" and not given.relevant:
        problems.append(((*key, "relevant"), " is missing: how large a difference would still count as the same?"))
    return Prediction(given.says.model_dump(), measure, tuple(terms), given.expect, float(given.relevant))


def _measure_of(term: Any, key: KeyPath, usual: Measure, problems: list[tuple[KeyPath, str]]) -> Measure:
    """What a term is a mean of; only one unit can be summed."""
    if term.indicator is None:
        return usual
    found = _measure(term.indicator, key, problems)
    units = [BY_ID[one.indicator].unit for one in (usual, found) if one.indicator in BY_ID]
    if len(set(units)) > 1:
        problems.append((key, f" = '{term.indicator}', must be in {units[0]} like the prediction, not {units[1]}"))
    return found


def _selection(
    of: Mapping[str, Any], key: KeyPath, known: Mapping[str, list[str]], problems: list[tuple[KeyPath, str]]
) -> dict[str, str]:
    """Which arms: a level for each factor that is named."""
    found = {}
    for name, value in of.items():
        level = level_name(value)
        if name not in known:
            problems.append(((*key, name), f" is not a factor; known: {', '.join(known)}"))
        elif level not in known[name]:
            problems.append(((*key, name), f"{show(value)}, must be one of {', '.join(known[name]) or '(a range)'}"))
        found[name] = level
    return found


def _check_sample(file: Any, factors: tuple[Factor, ...], problems: list[tuple[KeyPath, str]]) -> None:
    ranges = [factor.name for factor in factors if not factor.levels]
    if file.sample == "full" and ranges:
        problems.append((("factors", ranges[0]), ": a range needs sample: latin_hypercube or sobol"))
    if file.sample != "full" and file.points is None:
        problems.append((("points",), f" is missing: how many points has the {file.sample}?"))
    if file.sample == "full" and file.points is not None:
        problems.append((("points",), f" = {file.points}, a full sample has as many points as there are combinations"))
    if file.sample == "full" and not file.predictions:
        problems.append((("predictions",), " is missing: what is expected? Only a sample over ranges may do without"))
    if file.sample != "full" and file.predictions:
        problems.append(
            (("predictions",), ": only a full sample has predictions; over ranges each answer is judged point by point")
        )
    if file.sample != "full" and not isinstance(file.worlds, int):
        problems.append((("worlds",), ": must be a number where points are spread over ranges"))
    if file.sample != "full" and not factors:
        problems.append((("sample",), f" = '{file.sample}', needs factors to spread points over"))
    if file.sample in ("sobol", "saltelli") and file.points is not None and file.points & (file.points - 1):
        problems.append((("points",), f" = {file.points}, must be a power of 2 for {file.sample}"))


def _worlds(given: Any, document: Document) -> Worlds:
    if isinstance(given, int):
        return Worlds(given, given)
    if given.most < given.least:
        raise document.problems([(("worlds", "most"), f" = {given.most}, must be >= least = {given.least}")])
    return Worlds(given.least, given.most, float(given.half_width))
