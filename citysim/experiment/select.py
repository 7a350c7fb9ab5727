"""Which design is best, with a stated chance of being right: selection on simulations that a store keeps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from citysim.errors import InputError, SimulationBug
from citysim.evaluation import manifest as manifests
from citysim.evaluation.chunks import Job
from citysim.evaluation.gather import Hands, Progress, gather
from citysim.evaluation.replicate import Study
from citysim.evaluation.store import Store
from citysim.experiment.groups import groups_of
from citysim.experiment.spec import Measure
from citysim.judging.scorecard import BY_ID
from citysim.policy.policy import Policy
from citysim.statistics.intervals import FloatArray, Interval
from citysim.statistics.selection import Draw, Selected, estimate_again, kn, ocba, rinott
from citysim.world.scenario import Scenario

Method = Literal["kn", "ocba", "rinott"]
LEVEL = 0.95
"""Of the manifests, where no number depends on it."""
FIRST = 10
"""Worlds of each design before the first look."""


@dataclass(frozen=True)
class Search:
    """What is looked for, and how hard.

    Args:
        indifference: smallest difference worth detecting, in the indicator's own unit (a share, hours, yuan).
        chance: of being right, where the best is better than any other by the indifference or more.
        most: worlds of each design after which kn and rinott stop without guarantee. budget: runs in all of ocba.
        fresh: worlds on which the winner is estimated again. batch: worlds that kn asks for at a time.
    """

    measure: Measure
    indifference: float
    method: Method = "kn"
    chance: float = 0.95
    most: int = 200
    budget: int = 100
    fresh: int = 20
    batch: int = 2


@dataclass(frozen=True)
class Chosen:
    """What the search found, and the winner's mean on worlds that it has not seen."""

    search: Search
    scenario: str
    weeks: int
    seed: int
    designs: tuple[str, ...]
    found: Selected
    fresh: Interval

    @property
    def winner(self) -> str:
        """Name of the selected design."""
        return self.designs[self.found.best]


def select(
    scenario: Scenario,
    policies: Sequence[Policy],
    search: Search,
    *,
    store: Store,
    hands: Hands,
    weeks: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    files: tuple[str, Sequence[str]] | None = None,
) -> Chosen:
    """Simulate what the method asks for, design by design and world by world; what is in the store is not run again.

    Args:
        files: the scenario's file, and the name or file of each design, for the lines that make a run alone again;
            None = there are none.

    Raises:
        InputError: there are fewer than two designs or two of one name, neither way of the indicator is better, its
            group does not exist, an argument is out of range, or a design has no value in some world.
        SimulationBug: a replication failed.
    """
    names = tuple(policy.name for policy in policies)
    better = BY_ID[search.measure.indicator].better
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"designs = {', '.join(names)}, must be two or more, each once")
    if better == "neither":
        raise InputError(f"indicator = {search.measure.indicator}, must be one of which higher or lower is better")
    length = scenario.weeks if weeks is None else weeks
    for policy in policies:
        known = groups_of(scenario, policy, search.measure.stratum, length)
        if search.measure.group not in known:
            raise InputError(
                f"{'/'.join(search.measure.key)}: {policy.name} has no such group; known: {', '.join(known) or 'none'}"
            )
    progress = Progress() if progress is None else progress

    def draw(designs: tuple[int, ...], first: int, count: int) -> FloatArray:
        study, worlds = Study(scenario, tuple(policies[i] for i in designs), seed, length), range(first, first + count)
        command = None
        if files is not None:
            command = manifests.remake_command(files[0], [files[1][i] for i in designs], worlds, seed, length, LEVEL)
        job = Job(study, manifests.describe(study, worlds, LEVEL, command))
        return _values(job, worlds, search.measure, store, hands, progress)

    found = _searched(draw, len(names), search, better == "higher")
    fresh = estimate_again(draw, found, search.fresh)
    return Chosen(search, scenario.name, length, seed, names, found, fresh)


def _searched(draw: Draw, k: int, search: Search, larger: bool) -> Selected:
    if search.method == "ocba":
        return ocba(draw, k, budget=search.budget, n0=FIRST, larger_is_better=larger)
    how = {"indifference": search.indifference, "chance": search.chance, "n0": FIRST, "most": search.most}
    if search.method == "rinott":
        return rinott(draw, k, larger_is_better=larger, **how)  # type: ignore[arg-type]
    return kn(draw, k, larger_is_better=larger, batch=search.batch, **how)  # type: ignore[arg-type]


def _values(job: Job, worlds: range, measure: Measure, store: Store, hands: Hands, progress: Progress) -> FloatArray:
    """The indicator, shape (worlds, designs)."""
    study = job.study
    store.note_plan(job.manifest)
    gather([job], store, hands, progress)
    if troubles := store.troubles(job.plan):
        first = troubles[0]
        where = f"{first['design']}, world {first['replication']}"
        line = f"replay: {first['replay']}" if first["replay"] else ""
        raise SimulationBug(f"{where}: {first['error']}\n{first['traceback']}{line}")
    rows = store.collect(job.plan, "scores", indicators=[measure.indicator])
    position = {policy.name: k for k, policy in enumerate(study.policies)}
    values = np.full((len(worlds), len(position)), math.nan)
    for design, number, *key, value, _ in zip(*rows.values(), strict=True):
        if tuple(key) == measure.key:
            values[number - worlds.start, position[design]] = value
    if np.isnan(values).any():
        row, column = (int(at[0]) for at in np.nonzero(np.isnan(values)))
        raise InputError(
            f"{'/'.join(measure.key)}: {study.policies[column].name} has no value in world {worlds[row]}; give longer"
            " worlds (--weeks) or another indicator"
        )
    return values
