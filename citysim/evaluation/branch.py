"""A run that goes on under another policy from some moment on, on the same luck: what would have been otherwise?

Luck is drawn by the identity of the case and the purpose of the draw, so no position in a stream has to be remembered:
what happens before the moment is the same to the last bit, and so is everything after it if the policy stays.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from citysim.committee.turning import Turn, check_turn
from citysim.engines.simulate import Engine, advance, after, change_policy, finish, simulate, start
from citysim.errors import InputError
from citysim.evaluation.replicate import warm_up
from citysim.evaluation.workers import run_all
from citysim.intake import Intake
from citysim.judging.scorecard import judge
from citysim.log import Log
from citysim.policy.change import check_change
from citysim.policy.policy import Policy
from citysim.sensing import sense
from citysim.statistics.intervals import Interval, shared_level, t_interval
from citysim.statistics.pairs import paired_difference
from citysim.units import DAY, HOUR, MINUTE, WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario

MOMENT = re.compile(r"day (\d{1,4})(?: (\d{1,2}):(\d{2}))?")
"""`day 3 14:00`: days are counted from 1, the first Monday."""


@dataclass(frozen=True)
class Branched:
    """What the change did, for one indicator: values as they were and would have been, and the paired difference."""

    indicator: str
    stayed: Interval
    changed: Interval
    difference: Interval


def moment(text: str) -> int:
    """Seconds since the start for `day 3 14:00`.

    Raises:
        InputError: it is not written so.
    """
    found = MOMENT.fullmatch(text.strip())
    day, hour, minute = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if not found or day < 1 or hour > 23 or minute > 59:
        raise InputError(f"at = {text!r}, must be like 'day 3 14:00' (days from 1, hours 0:00 to 23:59)")
    return (day - 1) * DAY + hour * HOUR + minute * MINUTE


@dataclass(frozen=True)
class Fork:
    """A run, and the moment from which on another policy holds.

    Args:
        at: seconds since the start, that of the warm-up if there is one.
        weeks: length of each world that is judged. warm_up: weeks before those, simulated and not judged.
    """

    scenario: Scenario
    policy: Policy
    other: Policy
    at: int
    weeks: int
    seed: int = 1
    warm_up: int = 0
    engine: Engine = "kernel"

    @property
    def length(self) -> int:
        """Weeks that are simulated."""
        return self.warm_up + self.weeks

    @property
    def has_other_prices(self) -> bool:
        """Whether the other policy pays other prices for people, sittings or itself; they then hold for all weeks."""
        return _prices(self.policy) != _prices(self.other)

    def check(self) -> None:
        """Refuse a moment outside the run and a policy that cannot follow, before anything is simulated.

        Raises:
            InputError: the moment lies outside the run.
            PolicyError: as `branch` says.
        """
        end = self.length * WEEK
        if not 0 < self.at < end:
            much = f"{self.length} weeks" + (f", {self.warm_up} of them warm-up" if self.warm_up else "")
            raise InputError(f"at = {_written(self.at)}, must be within the run ({much}): {_written(MINUTE)} to"
                             f" {_written(end - MINUTE)}")  # fmt: skip
        check_turn(self.policy, Turn(self.at, self.other), end)
        check_change(self.policy.ungoverned, self.other.ungoverned)


def branch(fork: Fork, replication: int, *, steps: bool = False) -> tuple[Log, Log]:
    """The log of a run, and of the one that goes on under the other policy from the moment on.

    Both are priced as the policy says that each is under at its end. For runs under a committee see
    `committee.turning`.

    Raises:
        PolicyError: the policies differ in more than numbers, gradings and headcounts, only one has a committee, or a
            lever of the committee differs that cannot change on the way.
        InputError: the moment lies outside the run.
    """
    fork.check()
    turn = Turn(fork.at, fork.other)
    if fork.policy.governance.on:
        return _governed(fork, replication, None, steps), _governed(fork, replication, turn, steps)
    world = sample_world(fork.scenario, seed=fork.seed, replication=replication, weeks=fork.length)
    intake = sense(world, fork.policy.sensing, fork.policy.programmes)
    begin = fork.warm_up * WEEK
    return simulate(intake, fork.policy, fork.engine, steps=steps, begin=begin), _turned(fork, intake, begin, steps)


def _governed(fork: Fork, replication: int, turn: Turn | None, steps: bool) -> Log:
    from citysim.committee.govern import govern  # loads Mesa, which other runs never need

    return govern(
        fork.scenario,
        fork.policy,
        seed=fork.seed,
        replication=replication,
        weeks=fork.length,
        engine=fork.engine,
        steps=steps,
        warm_up=fork.warm_up,
        turn=turn,
    ).log


def _turned(fork: Fork, intake: Intake, begin: int, steps: bool) -> Log:
    """The log of the run that goes on under the other policy; its warm-up may end before the moment or after it."""
    run, early = start(intake, fork.policy, fork.engine, steps=steps), None
    if 0 < begin <= fork.at:
        early = finish(advance(run, begin), steps=False)
    change_policy(advance(run, fork.at), fork.other)
    if fork.at < begin:
        early = finish(advance(run, begin), steps=False)
    return after(finish(advance(run, intake.horizon), steps=steps), early)


def branch_worlds(
    fork: Fork,
    indicators: tuple[str, ...],
    *,
    worlds: Sequence[int],
    level: float = 0.95,
    workers: int = 1,
    say: Callable[[int, int], None] = lambda done, asked: None,
) -> tuple[Branched, ...]:
    """The same over several worlds; the intervals of all differences hold together at the level (Bonferroni).

    Args:
        worlds: their numbers. workers: processes; no number depends on how many.
        say: called with (finished, asked for).

    Raises:
        InputError, PolicyError: what `branch` raises.
        InputError: a process died twice in the same world.
    """
    fork.check()
    shared, place = shared_level(level, max(len(indicators), 1)), {number: k for k, number in enumerate(worlds)}
    values = np.full((2, len(indicators), len(worlds)), np.nan)
    say(0, len(worlds))
    task, prepare = partial(_scores, fork, indicators), partial(warm_up, fork.engine)
    for count, done in enumerate(run_all(task, worlds, min(workers, len(worlds)), prepare), 1):
        if done.result is None:
            raise InputError(f"world {done.number}: the process died twice, perhaps for lack of memory; fewer workers")
        values[:, :, place[done.number]] = done.result
        say(count, len(worlds))
    return tuple(
        Branched(
            name,
            t_interval(values[0, k], level),
            t_interval(values[1, k], level),
            paired_difference(values[1, k], values[0, k], shared),
        )
        for k, name in enumerate(indicators)
    )


def _written(at: int) -> str:
    """A moment as `moment` reads it."""
    return f"day {at // DAY + 1} {at % DAY // HOUR}:{at % HOUR // MINUTE:02}"


def _prices(policy: Policy) -> tuple[object, ...]:
    people = [(family.name, family.unit_cost_per_hour) for family in policy.staffing.families]
    sittings = [(gate.name, gate.cost_per_sitting) for gate in policy.gates]
    return people, sittings, policy.overhead_per_week


def _scores(fork: Fork, indicators: tuple[str, ...], replication: int) -> list[list[float]]:
    """Values of the indicators in one world, as it was and as it would have been."""
    scores = [judge(log) for log in branch(fork, replication)]
    return [[one.get(name) for name in indicators] for one in scores]
