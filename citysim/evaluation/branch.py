"""A run that goes on under another policy from some moment on, on the same luck: what would have been otherwise?

Luck is drawn by the identity of the case and the purpose of the draw, so no position in a stream has to be remembered:
what happens before the moment is the same to the last bit, and so is everything after it if the policy stays.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from citysim.engines.simulate import Engine, advance, change_policy, finish, simulate, start
from citysim.errors import InputError, PolicyError
from citysim.judging.scorecard import judge
from citysim.log import Log
from citysim.policy.policy import Policy
from citysim.sensing import sense
from citysim.statistics.intervals import Interval, t_interval
from citysim.statistics.pairs import paired_difference
from citysim.units import DAY, HOUR, MINUTE
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


def branch(
    scenario: Scenario, policy: Policy, other: Policy, at: int, *, weeks: int, seed: int, replication: int,
    engine: Engine = "kernel", steps: bool = False,
) -> tuple[Log, Log]:  # fmt: skip
    """The log of a run, and of the one that goes on under the other policy from `at` on.

    Raises:
        PolicyError: the policies differ in more than numbers, gradings and headcounts, or a committee governs.
        InputError: the moment lies outside the run.
    """
    if policy.governance.on or other.governance.on:
        raise PolicyError("a run under a committee changes its policy every week by itself; branch one without")
    world = sample_world(scenario, seed=seed, replication=replication, weeks=weeks)
    intake = sense(world, policy.sensing, policy.programmes)
    if not 0 < at < intake.horizon:
        raise InputError(f"at = {at} s, must be within the run of {weeks} weeks")
    stayed = simulate(intake, policy, engine, steps=steps)
    run = advance(start(intake, policy, engine, steps=steps), at)
    return stayed, finish(advance(change_policy(run, other), intake.horizon), steps=steps)


def branch_worlds(
    scenario: Scenario, policy: Policy, other: Policy, at: int, indicators: tuple[str, ...], *, worlds: int, weeks: int,
    seed: int = 1, level: float = 0.95, say: Callable[[int, int], None] = lambda done, asked: None,
) -> tuple[Branched, ...]:  # fmt: skip
    """The same over several worlds; the intervals of all differences hold together at the level (Bonferroni)."""
    shared = 1 - (1 - level) / max(len(indicators), 1)
    values = np.full((2, len(indicators), worlds), np.nan)
    for number in range(worlds):
        say(number, worlds)
        logs = branch(scenario, policy, other, at, weeks=weeks, seed=seed, replication=number)
        for k, log in enumerate(logs):
            scores = judge(log)
            values[k, :, number] = [scores.get(name) for name in indicators]
    say(worlds, worlds)
    return tuple(
        Branched(
            name,
            t_interval(values[0, k], level),
            t_interval(values[1, k], level),
            paired_difference(values[1, k], values[0, k], shared),
        )
        for k, name in enumerate(indicators)
    )
