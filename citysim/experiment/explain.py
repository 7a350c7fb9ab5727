"""Where a difference between two policies comes from: shares of the mechanisms in which they differ, on common luck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citysim.errors import InputError
from citysim.evaluation import manifest as manifests
from citysim.evaluation.chunks import Job
from citysim.evaluation.gather import Hands, Progress, gather
from citysim.evaluation.replicate import Replicated, Study, replicate
from citysim.evaluation.store import Store
from citysim.experiment.mechanisms import Between
from citysim.experiment.spec import Measure
from citysim.policy.policy import Policy
from citysim.statistics.attribution import MOST_PLAYERS, Share, shapley
from citysim.statistics.intervals import Interval, t_interval
from citysim.statistics.pairs import LEAST_PAIRS
from citysim.world.scenario import Scenario


@dataclass(frozen=True)
class Explained:
    """A difference and its parts.

    Args:
        whole: after minus before, over the worlds. shares: of each mechanism, in the order of `between.mechanisms`;
            they add up to the whole. left_out: worlds in which some policy in between has no value.
        level: of the intervals. troubles: runs that failed, as the store tells them; their worlds are left out.
        command: the command line that makes it again; None if none can.
    """

    measure: Measure
    between: Between
    scenario: str
    weeks: int
    worlds: int
    left_out: int
    whole: Interval
    before: Interval
    shares: tuple[Share, ...]
    level: float
    troubles: tuple[Mapping[str, Any], ...]
    command: str | None


class TooManyFailedError(RuntimeError):
    """So many runs failed that nothing can be said of the others."""

    def __init__(self, troubles: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(f"{len(troubles)} runs failed, the first with: {troubles[0]['error']}")
        self.troubles = troubles


def explain(
    scenario: Scenario,
    between: Between,
    measures: Sequence[Measure],
    *,
    worlds: int,
    store: Store,
    hands: Hands,
    weeks: int | None = None,
    seed: int = 1,
    level: float = 0.95,
    progress: Progress | None = None,
    command: str | None = None,
) -> Mapping[Measure, Explained]:
    """Simulate every policy in between and share the difference out.

    Args:
        worlds: on each of which 2^mechanisms policies are simulated. command: that makes it again.

    Raises:
        InputError: the policies differ in too many mechanisms, or fewer than LEAST_PAIRS worlds have a value for all.
        TooManyFailedError: the same, because runs failed.
    """
    policies = policies_of(between)
    study = Study(scenario, policies, seed, scenario.weeks if weeks is None else weeks)
    job = Job(study, manifests.describe(study, range(worlds), level, command))
    store.note_plan(job.manifest)
    gather([job], store, hands, Progress() if progress is None else progress)
    rows = store.collect(job.plan, "scores", indicators=sorted({measure.indicator for measure in measures}))
    position = {policy.name: k for k, policy in enumerate(policies)}
    values = {measure.key: np.full((len(policies), worlds), np.nan) for measure in measures}
    for design, number, *key, value, _ in zip(*rows.values(), strict=True):
        if (found := values.get((key[0], key[1], key[2]))) is not None:
            found[position[design], number] = value
    troubles = tuple(store.troubles(job.plan))
    return {m: _explained(m, between, job, values[m.key], troubles) for m in measures}


def policies_of(between: Between) -> tuple[Policy, ...]:
    """All policies in between, from `before` to `after`.

    Raises:
        InputError: there are too many.
    """
    count = len(between.mechanisms)
    if count > MOST_PLAYERS:
        raise InputError(f"the policies differ in {count} mechanisms, must be at most {MOST_PLAYERS}")
    return tuple(between.policy(changed) for changed in range(2**count))


def explain_alone(
    scenario: Scenario, between: Between, arm: str, replication: int, weeks: int | None, seed: int
) -> Replicated:
    """One policy in between on one world, in this process, past the store: what a debugger wants to see.

    Raises:
        InputError: there is no such policy.
    """
    policies = {policy.name: policy for policy in policies_of(between)}
    if arm not in policies:
        raise InputError(f"arm = {arm!r}, must be one of {', '.join(policies)}")
    return replicate(Study(scenario, (policies[arm],), seed, scenario.weeks if weeks is None else weeks), replication)


def _explained(
    measure: Measure, between: Between, job: Job, values: np.ndarray, troubles: tuple[Mapping[str, Any], ...]
) -> Explained:
    study, level = job.study, job.manifest["level"]
    whole = ~np.isnan(values).any(axis=0)
    if whole.sum() < LEAST_PAIRS:
        if troubles:
            raise TooManyFailedError(troubles)
        raise InputError(
            f"{measure.indicator}: {whole.sum()} of {len(whole)} worlds have a value under all policies in between,"
            f" must be at least {LEAST_PAIRS}; give more worlds or longer ones"
        )
    kept = values[:, whole]
    return Explained(
        measure=measure,
        between=between,
        scenario=study.scenario.name,
        weeks=study.weeks,
        worlds=len(whole),
        left_out=int(len(whole) - whole.sum()),
        whole=t_interval(kept[-1] - kept[0], level),
        before=t_interval(kept[0], level),
        shares=shapley(kept, level),
        level=level,
        troubles=troubles,
        command=job.manifest["command"],
    )
