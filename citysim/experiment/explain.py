"""Where a difference between two policies comes from: shares of the mechanisms in which they differ, on common luck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from citysim.errors import InputError
from citysim.evaluation import manifest as manifests
from citysim.evaluation.chunks import Job
from citysim.evaluation.gather import Hands, Progress, gather
from citysim.evaluation.replicate import Study
from citysim.evaluation.store import Store
from citysim.experiment.mechanisms import Between
from citysim.experiment.spec import Measure
from citysim.statistics.attribution import MOST_PLAYERS, Share, shapley
from citysim.statistics.intervals import Interval, t_interval
from citysim.world.scenario import Scenario


@dataclass(frozen=True)
class Explained:
    """A difference and its parts.

    Args:
        whole: after minus before, over the worlds. shares: of each mechanism, in the order of `between.mechanisms`;
            they add up to the whole. left_out: worlds in which some policy in between has no value.
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
) -> Mapping[Measure, Explained]:
    """Simulate every policy in between and share the difference out.

    Args:
        worlds: on each of which 2^mechanisms policies are simulated.

    Raises:
        InputError: the policies differ in too many mechanisms, or too few worlds have a value for all of them.
    """
    count = len(between.mechanisms)
    if count > MOST_PLAYERS:
        raise InputError(f"the policies differ in {count} mechanisms, must be at most {MOST_PLAYERS}")
    policies = tuple(between.policy(changed) for changed in range(2**count))
    study = Study(scenario, policies, seed, scenario.weeks if weeks is None else weeks)
    job = Job(study, manifests.describe(study, range(worlds), level, None))
    store.note_plan(job.manifest)
    gather([job], store, hands, Progress() if progress is None else progress)
    rows = store.collect(job.plan, "scores", indicators=sorted({measure.indicator for measure in measures}))
    position = {policy.name: k for k, policy in enumerate(policies)}
    values = {measure.key: np.full((2**count, worlds), np.nan) for measure in measures}
    for design, number, *key, value, _ in zip(*rows.values(), strict=True):
        if (found := values.get((key[0], key[1], key[2]))) is not None:
            found[position[design], number] = value
    return {m: _explained(m, between, study, values[m.key], level) for m in measures}


def _explained(measure: Measure, between: Between, study: Study, values: np.ndarray, level: float) -> Explained:
    whole = ~np.isnan(values).any(axis=0)
    if whole.sum() < 2:
        raise InputError(
            f"{measure.indicator}: {whole.sum()} of {len(whole)} worlds have a value under all policies in between,"
            " must be at least 2; give more worlds or longer ones"
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
    )
