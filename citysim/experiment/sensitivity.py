"""Which answers hold over the ranges of the assumptions, which flip within them, and what decides it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from citysim.errors import InputError
from citysim.experiment.arms import unit_factors, unit_points
from citysim.experiment.run import Found
from citysim.experiment.spec import Experiment, Measure, Worlds
from citysim.judging.scorecard import BY_ID
from citysim.statistics.cart import Rule, rules, tree
from citysim.statistics.intervals import FloatArray, shared_level
from citysim.statistics.prim import Box, Criterion, cases, densest, membership, paste, peel
from citysim.statistics.sensitivity import (
    Flips,
    MorrisEffects,
    NoiseShare,
    SobolIndices,
    flips,
    morris,
    noise_share,
    sobol,
)
from citysim.yamlfile import Document

BETTER, WORSE, FLIPS, OPEN = "better", "worse", "flips", "open"
ROBUST = (BETTER, WORSE, FLIPS, OPEN)
"""better, worse: so at every point where it can be told. flips: better at some points and worse at others. open: it
can be told at none."""

DEFAULT_POINTS: Mapping[str, int] = {"latin_hypercube": 64, "sobol": 64, "morris": 6, "saltelli": 32}
"""Points of a sample, trajectories of morris, blocks of saltelli, where nobody says how many [asm]."""

LEAST_COVERAGE = 0.5
"""A box that is shown holds at least this share of the cases of interest."""
LEAST_POINTS = 5
"""Fewest points of each kind for which conditions are looked for, and of a leaf of the tree."""
DEEPEST, LEAF_COST = 3, 0.02
"""Most questions in a row, and what a further leaf must take off the impurity [asm]: a rule is to be read."""


@dataclass(frozen=True)
class Answer:
    """How one design does against the first by one indicator, at every point of the assumptions.

    Args:
        differences: design - first, shape (points, worlds); worlds in which either has no value anywhere are left out.
        verdict: one of ROBUST. flips: by point, all points together at the experiment's level (Bonferroni).
        noise: how much of the variance of the differences is luck; None if they never vary.
        box, rules: conditions under which it is the other way round than at most points; none if it never is.
        effects: of each factor, if the points were laid out for them.
    """

    measure: Measure
    design: str
    differences: FloatArray
    left_out: int
    verdict: str
    flips: Flips
    noise: NoiseShare | None
    box: Box | None
    rules: tuple[Rule, ...]
    effects: tuple[MorrisEffects, ...] | tuple[SobolIndices, ...]

    @property
    def less_is_better(self) -> bool:
        """Whether a negative difference speaks for the design."""
        return BY_ID[self.measure.indicator].better == "lower"

    @property
    def is_reversed(self) -> bool:
        """Whether the design is worse more often than better, so that conditions are those of being better."""
        return self.flips.worse > self.flips.better


@dataclass(frozen=True)
class Sensitivity:
    """All answers of an experiment over ranges.

    Args:
        points: shape (points, factors), in the factors' own units. untold: indicator and design of answers for which
            fewer than two worlds have a value at every point.
    """

    found: Found
    points: FloatArray
    answers: tuple[Answer, ...]
    untold: tuple[tuple[Measure, str], ...] = ()

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the columns of `points`."""
        return tuple(factor.name for factor in self.found.experiment.factors)


def sensitivity(found: Found) -> Sensitivity:
    """Compare every further design with the first, point by point.

    Raises:
        InputError: the experiment has one design only, or no sample of points; runs failed; or no answer has two worlds
            with a value at every point.
    """
    experiment = found.experiment
    check_asked(experiment)
    if not found.complete:
        raise InputError(
            f"{len(found.troubles)} runs failed, so some points have no answer; `citysim query` tells which"
        )
    width = len(experiment.designs)
    points = np.array([[arm.values[f.name] for f in experiment.factors] for arm in found.arms[::width]])
    asked = [
        (measure, k, design)
        for measure in experiment.shown
        for k, design in enumerate(experiment.designs)
        if k and BY_ID[measure.indicator].better != "neither"
    ]
    told = {(measure, design): _answer(found, points, measure, k, design) for measure, k, design in asked}
    answers = tuple(answer for answer in told.values() if answer is not None)
    untold = tuple(key for key, answer in told.items() if answer is None)
    if not answers:
        names = ", ".join(dict.fromkeys(measure.indicator for measure, _ in untold))
        raise InputError(
            f"{names}: fewer than 2 worlds have a value at every point; ask for more worlds or longer ones"
        )
    return Sensitivity(found, points, answers, untold)


def check_asked(experiment: Experiment) -> None:
    """Whether the experiment asks of two designs or more over points of its ranges.

    Raises:
        InputError: it does not.
    """
    if len(experiment.designs) < 2:
        raise experiment.problem(("designs",), ": must be two or more, the first is what the others are compared with")
    if experiment.sample == "full" or not experiment.factors:
        raise experiment.problem(("sample",), " = full, must spread points over ranges of factors: latin_hypercube, …")
    if all(BY_ID[measure.indicator].better == "neither" for measure in experiment.shown):
        raise experiment.problem(("primary",), ": neither higher nor lower is better, so no answer can flip")


def _answer(found: Found, points: FloatArray, measure: Measure, position: int, design: str) -> Answer | None:
    """None if fewer than two worlds have a value at every point."""
    experiment, width = found.experiment, len(found.experiment.designs)
    values = found.values[measure]
    differences = values[position::width] - values[::width]
    known = np.asarray(~np.isnan(differences).any(axis=0))
    if known.sum() < 2:
        return None
    kept = np.ascontiguousarray(differences[:, known])
    less = BY_ID[measure.indicator].better == "lower"
    level = shared_level(experiment.level, len(kept))
    found_flips = flips(points, kept, less_is_better=less, level=level, seed=_small(experiment.seed))
    verdict = verdict_of(found_flips)
    box, told = _conditions(experiment, points, kept, less, found_flips) if verdict == FLIPS else (None, ())
    return Answer(
        measure=measure,
        design=design,
        differences=kept,
        left_out=int((~known).sum()),
        verdict=verdict,
        flips=found_flips,
        noise=noise_share(kept) if np.ptp(kept) else None,
        box=box,
        rules=told,
        effects=_effects(experiment, kept),
    )


def verdict_of(found: Flips) -> str:
    """One of ROBUST."""
    if found.better and found.worse:
        return FLIPS
    return BETTER if found.better else WORSE if found.worse else OPEN


def _conditions(
    experiment: Experiment, points: FloatArray, differences: FloatArray, less: bool, found: Flips
) -> tuple[Box | None, tuple[Rule, ...]]:
    """Box and rules of the rarer side, each point by the probability that its mean over all worlds is on it."""
    below = less == (found.better < found.worse)
    criterion = Criterion(below=below, by="mean")
    belongs = membership(differences, criterion)
    if not LEAST_POINTS <= belongs.sum() <= len(points) - LEAST_POINTS:
        return None, ()
    of = cases(points, differences, criterion, seed=_small(experiment.seed), level=experiment.level)
    box = paste(densest(peel(of), LEAST_COVERAGE), of)
    told = rules(tree(points, belongs, least=LEAST_POINTS, deepest=DEEPEST, cost=LEAF_COST))
    return box, told


def _effects(experiment: Experiment, values: FloatArray) -> tuple[MorrisEffects, ...] | tuple[SobolIndices, ...]:
    count = values.shape[1]
    left_out = [np.delete(values, k, axis=1).mean(axis=1) for k in range(count)]  # as the jackknife will
    if any(not np.ptp(mean) for mean in (values.mean(axis=1), *left_out)):
        return ()
    named = unit_factors(experiment)
    if experiment.sample == "morris":
        return morris(named, unit_points(experiment), values, experiment.level)
    if experiment.sample == "saltelli":
        return sobol(named, values, experiment.level)
    return ()


def _small(seed: int) -> int:
    return seed % 2**32


def flipping(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Those that are not the same everywhere."""
    return tuple(answer for answer in answers if answer.verdict == FLIPS)


def chosen(
    experiment: Experiment,
    *,
    designs: Mapping[str, Document] | None = None,
    scenario: Path | None = None,
    measures: Sequence[Measure] = (),
    sample: str | None = None,
    points: int | None = None,
) -> Experiment:
    """The same ranges asked of other designs, another city, by other indicators or laid out in another way.

    It has a name of its own if it is another question.

    Args:
        sample: one of spec.SAMPLES; then `points` is asked for too, or DEFAULT_POINTS.
    """
    changed = replace(
        experiment,
        designs=experiment.designs if designs is None else designs,
        scenario=experiment.scenario if scenario is None else scenario,
        primary=measures[0] if measures else experiment.primary,
        shown=tuple(measures) or experiment.shown,
        sample=sample or experiment.sample,
        predictions=(),
        worlds=Worlds(experiment.worlds.least, experiment.worlds.least),
        points=points or (DEFAULT_POINTS[sample] if sample else experiment.points),
    )
    if changed.sample in ("sobol", "saltelli") and changed.points & (changed.points - 1):
        raise InputError(f"points = {changed.points}, must be a power of 2")
    return changed if changed == experiment else replace(changed, name=f"{experiment.name} ({_digest(changed)})")


def _digest(experiment: Experiment) -> str:
    """Another name for another question: of what was chosen otherwise."""
    designs = {name: document.data for name, document in experiment.designs.items()}
    asked = (designs, str(experiment.scenario), experiment.shown, experiment.sample, experiment.points)
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:8]
