"""Running an experiment: every arm on the same worlds, as many as its rule asks for; what is in the store stays."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError, InputError
from citysim.evaluation import manifest as manifests
from citysim.evaluation.chunks import Job
from citysim.evaluation.gather import Hands, Progress, gather
from citysim.evaluation.replicate import Replicated, Study, replicate
from citysim.evaluation.shards import Shard, Share, share_of
from citysim.evaluation.store import OK, STATES, Store
from citysim.experiment.arms import Arm, arms_of
from citysim.experiment.groups import check_groups
from citysim.experiment.spec import BY_MSER5, Experiment, Measure, Prediction, Worlds
from citysim.experiment.warming import WarmUp, by_pilot
from citysim.statistics.intervals import Interval, shared_level, t_interval
from citysim.statistics.pairs import LEAST_PAIRS, replications_needed
from citysim.statistics.sequential import Precision, Step, next_step

FloatArray = npt.NDArray[np.float64]

HOLDS, FAILS, TOO_SMALL, DIRECTION, OPEN = "holds", "fails", "too_small", "direction", "cannot_tell"
VERDICTS = (HOLDS, FAILS, TOO_SMALL, DIRECTION, OPEN)
"""holds: surely as predicted, and by as much as matters where that is said. fails: surely not. too_small: as predicted,
but surely less than what matters. direction: as predicted, but whether by as much as matters is open. cannot_tell: the
interval allows both."""


@dataclass(frozen=True)
class Outcome:
    """What became of a prediction.

    Args:
        interval: of the sum of its terms over the worlds, all predictions together at the experiment's level; of
            "same" that of two one-sided tests (TOST), which is narrower.
        worlds: the sum in each world; nan where an arm has no value, and left out.
        gain: variance with worlds of each term's own over that with common worlds; nan if neither varies.
        needed: worlds after which the interval would be as narrow as the mean is far from zero; None = out of reach.
    """

    prediction: Prediction
    interval: Interval
    verdict: str
    worlds: tuple[float, ...]
    gain: float
    needed: int | None


@dataclass(frozen=True)
class Found:
    """What an experiment found.

    Args:
        values: of each measure, an array of shape (arms, worlds); nan where an arm has no value in a world.
        troubles: replications that failed, as the store tells them, with the arm.
    """

    experiment: Experiment
    arms: tuple[Arm, ...]
    worlds: int
    values: Mapping[Measure, FloatArray]
    troubles: tuple[Mapping[str, Any], ...]
    warm_up: WarmUp = WarmUp(0)

    @property
    def complete(self) -> bool:
        """Whether every arm was run on every world."""
        return not self.troubles

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each prediction."""
        return tuple(self._outcome(prediction) for prediction in self.experiment.predictions)

    def level_of(self, prediction: Prediction) -> float:
        """Level of its interval, so that all predictions hold together at the experiment's (Bonferroni)."""
        level = shared_level(self.experiment.level, len(self.experiment.predictions))
        return 2 * level - 1 if prediction.expect == "same" else level

    def _outcome(self, prediction: Prediction) -> Outcome:
        terms, level = self.terms(prediction), self.level_of(prediction)
        sums = terms.sum(axis=0)
        interval = t_interval(sums, level)
        known = terms[:, ~np.isnan(sums)]
        paired = float(np.var(known.sum(axis=0))) if known.shape[1] > 1 else np.nan
        gain = float(np.var(known, axis=1).sum()) / paired if paired > 0 else np.nan
        worlds = tuple(float(x) for x in sums)
        return Outcome(
            prediction, interval, verdict(interval, prediction), worlds, gain, _needed(sums, interval, level)
        )

    def terms(self, prediction: Prediction) -> FloatArray:
        """The terms of the prediction in each world, weighted, shape (terms, worlds); each is the mean of its arms."""
        chosen = [[k for k, arm in enumerate(self.arms) if arm.matches(term.of)] for term in prediction.terms]
        weighted = zip(prediction.terms, chosen, strict=True)
        return np.array([term.weight * self.values[term.measure][rows].mean(axis=0) for term, rows in weighted])

    @property
    def precision(self) -> Step | None:
        """How narrow the first prediction's interval is, against what was asked for; None if nothing was."""
        rule = self.experiment.worlds
        if not rule.half_width:
            return None
        first = self.experiment.predictions[0]
        goal = Precision(rule.half_width, level=self.level_of(first), start=rule.least, most=rule.most)
        return next_step(self.terms(first).sum(axis=0), goal)

    def mean(self, arm: int, measure: Measure) -> Interval:
        """Mean of an arm over the worlds, with its interval."""
        return t_interval(self.values[measure][arm], self.experiment.level)

    def against(self, arm: int, measure: Measure) -> Interval:
        """An arm minus the first, world by world."""
        values = self.values[measure]
        return t_interval(values[arm] - values[0], self.experiment.level)


def verdict(interval: Interval, prediction: Prediction) -> str:
    """One of VERDICTS."""
    if np.isnan(interval.low) or interval.n < LEAST_PAIRS:
        return OPEN
    low, high, least = interval.low, interval.high, prediction.relevant
    if prediction.expect == "same":
        if -least < low and high < least:
            return HOLDS
        return FAILS if low > least or high < -least else OPEN
    if prediction.expect == "lower":
        low, high = -high, -low
    if high < 0 or (least > 0 and low <= 0 and high < least):
        return FAILS
    if low > 0:
        return HOLDS if low >= least else TOO_SMALL if high < least else DIRECTION
    return OPEN


def _needed(sums: FloatArray, interval: Interval, level: float) -> int | None:
    if interval.n < 2 or not interval.mean:
        return None
    try:
        return replications_needed(sums, abs(interval.mean), level)
    except DataError:  # more worlds than anybody can run
        return None


def run_experiment(experiment: Experiment, store: Store, hands: Hands, progress: Progress | None = None) -> Found:
    """Run what is not in the store yet, and judge the predictions.

    Raises:
        InputError: an arm does not fit.
        KeyboardInterrupt: Ctrl-C; what was finished is in the store, and the next run goes on from there.
    """
    found = _run(experiment, store, replace(hands, shard=None), Progress() if progress is None else progress)
    assert isinstance(found, Found)
    return found


def run_shard(
    shard: Shard, experiment: Experiment, store: Store, hands: Hands, progress: Progress | None = None
) -> Share:
    """Do a shard's share of what is not in the store yet; `run_experiment` then gathers.

    Where a pilot run or the rule of precision says what is to be done next, a shard stops if that cannot be told before
    others have done their share; it goes on when it is run again.

    Raises:
        InputError: an arm does not fit.
        KeyboardInterrupt: Ctrl-C; what was finished is in the store.
    """
    found = _run(experiment, store, replace(hands, shard=shard), Progress() if progress is None else progress)
    if isinstance(found, Share):
        return found
    return share_of(shard, jobs_of(found.experiment, found.arms, found.worlds), store)


def _run(experiment: Experiment, store: Store, hands: Hands, progress: Progress) -> Found | Share:
    """All of it, or of a shard its share as far as it goes."""
    arms = arms_of(experiment)
    check_groups(experiment, arms)
    worlds = experiment.worlds.least
    warm_up = WarmUp(experiment.warm_up)
    if experiment.warm_up == BY_MSER5:
        pilot = jobs_of(experiment, arms, worlds)
        gather(pilot, store, hands, progress)
        if (open_share := _unfinished(pilot, store, hands)) is not None:
            return open_share
        warm_up = by_pilot(pilot, store)
        experiment = replace(experiment, warm_up=warm_up.weeks)
        progress.asked = progress.finished = 0
    while True:
        jobs = jobs_of(experiment, arms, worlds)
        store.note_plans(experiment.name, [job.manifest for job in jobs])
        gather(jobs, store, hands, progress)
        if (open_share := _unfinished(jobs, store, hands)) is not None:
            return open_share
        found = collect(experiment, arms, worlds, store)
        wanted = next_worlds(found)
        if wanted <= worlds:
            return replace(found, warm_up=warm_up)
        progress.asked = progress.finished = 0
        worlds = wanted


def _unfinished(jobs: Sequence[Job], store: Store, hands: Hands) -> Share | None:
    """What a shard has done, if it cannot tell what comes next; None if all is there, or if this is no shard."""
    if hands.shard is None:
        return None
    share = share_of(hands.shard, jobs, store)
    return share if share.rest or share.done < share.asked else None


def next_worlds(found: Found) -> int:
    """How many worlds the rule asks for, after these; no more than now if it is content or at its end."""
    step = found.precision
    return found.worlds if step is None or not found.complete else found.worlds + step.more


def jobs_of(experiment: Experiment, arms: Sequence[Arm], worlds: int) -> list[Job]:
    """A job for each city: all its arms on the same worlds."""
    by_city: dict[str, list[Arm]] = {}
    for arm in arms:
        by_city.setdefault(arm.scenario.digest, []).append(arm)
    jobs = []
    for group in by_city.values():
        policies = tuple(arm.policy for arm in group)
        warm_up = max(experiment.warm_up, 0)  # before a pilot run has said how long
        study = Study(group[0].scenario, policies, experiment.seed, experiment.weeks, warm_up=warm_up)
        manifest = manifests.describe(study, range(worlds), experiment.level, _command_of_job(experiment, warm_up))
        jobs.append(Job(study, manifest | {"experiment": experiment.name}))
    return jobs


def options_of(experiment: Experiment) -> list[str]:
    """The options of `citysim run` that make this experiment of its file; none if it is as the file says."""
    file = experiment.document.data
    shorter = experiment.worlds.least == experiment.worlds.most != file["worlds"]
    weeks = ["--weeks", str(experiment.weeks)] if experiment.weeks != file["weeks"] else []
    if file.get("warm_up") == "mser5" and experiment.warm_up >= 0:  # a pilot run has said how long
        weeks += ["--warm-up", str(experiment.warm_up)]
    return weeks + (["--worlds", str(experiment.worlds.most)] if shorter else [])


def command_of(experiment: Experiment) -> str:
    """The command line that runs it."""
    return experiment.command or shlex.join(["citysim", "run", str(experiment.folder), *options_of(experiment)])


def _command_of_job(experiment: Experiment, warm_up: int) -> str:
    """The command line that runs it, with the warm-up of its runs where a pilot says it: the pilot's own have none."""
    command = command_of(replace(experiment, warm_up=warm_up))
    if experiment.document.data.get("warm_up") == "mser5" and "--warm-up" not in command:
        command += f" --warm-up {warm_up}"
    return command


def run_alone(experiment: Experiment, arm: str, replication: int) -> Replicated:
    """One arm on one world, in this process, past the store: what a debugger wants to see.

    Raises:
        InputError: there is no such arm, or nobody says how long the warm-up is.
    """
    if experiment.warm_up == BY_MSER5:
        raise InputError("warm_up: mser5 needs a pilot run; say how long it was with --warm-up W")
    arms = {one.name: one for one in arms_of(experiment)}
    if arm not in arms:
        raise InputError(f"arm = {arm!r}, must be one of {', '.join(arms)}")
    warm_up = experiment.warm_up
    study = Study(arms[arm].scenario, (arms[arm].policy,), experiment.seed, experiment.weeks, warm_up=warm_up)
    return replicate(study, replication)


def collect(experiment: Experiment, arms: Sequence[Arm], worlds: int, store: Store) -> Found:
    """What the store has of these arms on these worlds."""
    measures = tuple(dict.fromkeys([*experiment.shown, *(m for p in experiment.predictions for m in p.measures)]))
    values = {measure: np.full((len(arms), worlds), np.nan) for measure in measures}
    position = {arm.name: k for k, arm in enumerate(arms)}
    troubles: list[Mapping[str, Any]] = []
    for job in jobs_of(experiment, arms, worlds):
        rows = store.collect(job.plan, "scores", indicators=sorted({m.indicator for m in measures}))
        wanted = {measure.key: measure for measure in measures}
        for design, number, *key, value, _ in zip(*rows.values(), strict=True):
            if (measure := wanted.get(tuple(key))) is not None:  # type: ignore[arg-type]
                values[measure][position[design], number] = value
        troubles += store.troubles(job.plan)
    return Found(experiment, tuple(arms), worlds, values, tuple(troubles))


def worlds_asked(experiment: Experiment, store: Store) -> int:
    """How many worlds its rule has asked for so far; at the beginning the least."""
    of_it = (plan for plan in store.plans() if plan.get("experiment") == experiment.name)
    asked = max((len(plan["replications"]) for plan in of_it), default=0)
    return min(max(asked, experiment.worlds.least), experiment.worlds.most)


def state_of(experiment: Experiment, store: Store) -> dict[str, int]:
    """How many runs (arm by world) of an experiment are in each state, for the worlds that its rule has asked for."""
    arms = arms_of(experiment)
    worlds = worlds_asked(experiment, store)
    if experiment.warm_up == BY_MSER5:  # as the last run's pilot said
        noted = (plan.get("warm_up", 0) for plan in store.plans() if plan.get("experiment") == experiment.name)
        experiment = replace(experiment, warm_up=next(noted, 0))
    counts = dict.fromkeys(STATES, 0)
    for job in jobs_of(experiment, arms, worlds):
        plan = job.plan
        done = sum(len(numbers) for numbers in store.finished(plan).values())
        counts[OK] += done
        for trouble in store.troubles(plan):
            counts[trouble["status"]] += 1
    counts["PENDING"] = len(arms) * worlds - sum(counts.values())
    return counts


def shortened(experiment: Experiment, weeks: int | None, worlds: int | None) -> Experiment:
    """The same question asked of fewer weeks or worlds, to see whether it runs; under a name of its own, so that no
    query by experiment mixes the two."""
    rule = experiment.worlds if worlds is None else Worlds(worlds, worlds)
    weeks = experiment.weeks if weeks is None else weeks
    changed = [f"{weeks} weeks"] * (weeks != experiment.weeks) + [f"{worlds} worlds"] * (rule != experiment.worlds)
    name = f"{experiment.name} ({', '.join(changed)})" if changed else experiment.name
    return replace(experiment, name=name, weeks=weeks, worlds=rule)
