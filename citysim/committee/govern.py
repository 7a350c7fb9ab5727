"""Runs a governed policy: the world unfolds week by week, the engine goes on, the committee changes the rules."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from citysim.committee.allocating import residents_by_level
from citysim.committee.decisions import policy_under, sensing_under, weekly_rules
from citysim.committee.innovation import sharing_figures
from citysim.committee.model import CityCommittee, Note
from citysim.committee.review import review, weekly_figures
from citysim.committee.spending import programmes_under
from citysim.committee.turning import Turn, check_turn
from citysim.committee.watching import watch_under
from citysim.engines.simulate import Engine, Run, advance, after, change_policy, extend, finish, retire, start
from citysim.errors import PolicyError
from citysim.intake import Intake
from citysim.log import CASE_DTYPES, Columns, Log
from citysim.policy.policy import Policy, same_sentence
from citysim.sensing.unfold import Noticing
from citysim.streams import FloatArray
from citysim.units import NEVER, WEEK
from citysim.world.scenario import Scenario
from citysim.world.unfold import Stretch, Unfolding


@dataclass(frozen=True)
class Governed:
    """What came of a governed run.

    Args:
        log: of the whole run; its overhead is the mean of what the weeks cost. If cases were not kept, it holds those
            of the last week and those still open.
        minutes: what the bodies did. weeks: for each week what came in and was done, and the rules at its end, as plain
            numbers. seconds: of this process for drawing worlds, sensing, simulating, and the committee.
    """

    log: Log
    minutes: tuple[Note, ...]
    weeks: tuple[dict[str, Any], ...]
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)


def govern(
    scenario: Scenario,
    policy: Policy,
    *,
    seed: int,
    replication: int,
    weeks: int | None = None,
    engine: Engine = "kernel",
    steps: bool = False,
    keep: bool = True,
    warm_up: int = 0,
    turn: Turn | None = None,
) -> Governed:
    """Simulate a policy with its committee on a world of the scenario; the same world as `sample_world` draws.

    Args:
        keep: whether the log keeps all cases; if not, memory does not grow with the number of weeks.
        warm_up: weeks at the start that are simulated and not judged; what they cost is in no mean.
        turn: from when on another policy holds; see `committee.turning` for what that means.

    Raises:
        PolicyError: the policy has no governance that is on, does not fit the scenario, or the other cannot follow it.
        InputError: the turn lies outside the run.
    """
    if not policy.governance.on:
        raise PolicyError(f"policy {policy.name!r} has no committee: governance.on must be true; use simulate")
    unfolding = Unfolding(scenario, seed=seed, replication=replication, weeks=weeks)
    if turn is not None:
        check_turn(policy, turn, unfolding.world.horizon)
    loop = _Loop(scenario, policy, unfolding, _Books(scenario, warm_up), engine, steps=steps, keep=keep)
    for week in range(unfolding.world.horizon // WEEK):
        loop.week(week, turn if turn is not None and turn.at // WEEK == week else None)
    return loop.governed()


class _Loop:
    """A governed run on its way."""

    def __init__(
        self, scenario: Scenario, policy: Policy, unfolding: Unfolding, books: "_Books", engine: Engine, *,
        steps: bool, keep: bool,
    ) -> None:  # fmt: skip
        self._clock, self._books = _Clock(), books
        self._policy, self._people = policy, scenario.city.street_population
        self._unfolding, self._noticing = unfolding, Noticing(unfolding.world)
        self._committee = CityCommittee(scenario, policy, unfolding.world.key)
        self._engine, self._steps, self._keep = engine, steps, keep
        self._run: Run | None = None
        self._now = self._following = policy_under(policy.ungoverned, self._committee.rules, self._committee.names)
        self._history: list[dict[str, Any]] = []
        self._forgotten: list[Columns] = []

    def week(self, week: int, turn: Turn | None) -> None:
        """One week of the world, of the engine and of the committee; with a turn if there is one in it."""
        stretch = self._unfolding.next((week + 1) * WEEK)
        self._clock.lap("sample")
        more = self._noticed(stretch)
        self._books.open_week(week, self._policy, self._committee)
        self._clock.lap("sense")
        run = self._run = self._given(more)
        if turn is not None:
            self._turn(advance(run, turn.at), turn.policy)
        advance(run, stretch.end)
        if not self._steps:
            self._forgotten = [*(self._forgotten if self._keep else ()), retire(run, self._noticing.needed)]
        self._clock.lap("simulate")
        self._review(week, finish(run, steps=False))
        self._clock.lap("committee")

    def _noticed(self, stretch: Stretch) -> Intake:
        """What comes in during a week, under the rules as they stand at its beginning."""
        policy, rules = self._policy, self._committee.rules
        programmes = replace(programmes_under(policy.programmes, rules.bought), reach=rules.reach)
        sensing = sensing_under(policy.sensing, rules)
        watch = watch_under(sensing, rules, self._people)
        return self._noticing.next(stretch, sensing, programmes, watch)

    def _given(self, more: Intake) -> Run:
        """The run with the rows of a week, under the rules that the last one left."""
        if self._run is None:
            return start(more, self._now, self._engine, steps=self._steps)
        changed = self._following != self._now
        self._now = self._following
        return extend(self._run, more, self._now if changed else None)

    def _turn(self, run: Run, other: Policy) -> None:
        """From where the run has come another policy holds, under the present rules."""
        self._committee.take_over(other)
        self._policy, self._now = other, self._ruled(other)
        change_policy(run, self._now)

    def _review(self, week: int, held: Log) -> None:
        """The committee looks at the week and changes the rules."""
        seen = _active(held if self._steps else _joined(held, self._forgotten[-1:]), week * WEEK)
        found = review(seen, week, onset=self._policy.governance.evaluation.ranking == "onset")
        self._committee.step(found)
        self._history.append({"week": week, **weekly_figures(found), **weekly_rules(self._committee.rules)})
        self._following = self._ruled(self._policy)
        self._books.close_week(len(self._history), held, self._committee)

    def _ruled(self, policy: Policy) -> Policy:
        """A policy under the rules as they stand; the engine compares its sentence with the one it began with."""
        with same_sentence():
            return policy_under(policy.ungoverned, self._committee.rules, self._committee.names)

    def governed(self) -> Governed:
        """What came of it."""
        assert self._run is not None
        log = _joined(finish(self._run, steps=self._steps), self._forgotten)
        log = self._books.signed(log, self._policy, self._committee, len(self._history))
        return Governed(log, tuple(self._committee.minutes), tuple(self._history), dict(self._clock.seconds))


class _Books:
    """What the slow loop cost, decided and shared after the warm-up, and where people stood at its end."""

    def __init__(self, scenario: Scenario, warm_up: int) -> None:
        city = scenario.city
        self._residents = residents_by_level(city)["district"]
        self._villagers = np.bincount(city.district_of_street, city.rural_population).astype(np.float64)
        self._warm_up, self._unreached = warm_up, 0.0
        self._early: Log | None = None
        self._spent, self._decided = 0.0, 0
        self._effects: list[FloatArray] = []
        self._unshared = 0

    def open_week(self, week: int, policy: Policy, committee: CityCommittee) -> None:
        """Note what of this week's programmes is not paid, as they do not reach everybody, and what they do."""
        reach = committee.rules.reach
        self._unreached += policy.programmes.yuan_unreached(reach, self._residents, self._villagers)
        if week >= self._warm_up:
            if committee.spreading.models:
                self._effects.append(committee.spreading.city_effects)
            else:
                self._unshared += 1

    def close_week(self, week: int, log: Log, committee: CityCommittee) -> None:
        """At the end of the last week of the warm-up, note how things stand."""
        if week == self._warm_up:
            self._early, self._decided = log, committee.decided
            self._spent = committee.cost - self._unreached

    def signed(self, log: Log, policy: Policy, committee: CityCommittee, weeks: int) -> Log:
        """The log with what the slow loop did and cost a week, under the name of the governed policy."""
        yuan = (committee.cost - self._unreached - self._spent) / (weeks - self._warm_up)
        return replace(
            after(log, self._early),
            committee=asdict(committee.closing.loop)
            | {"decisions": float(committee.decided - self._decided)}
            | sharing_figures(self._effects, self._unshared),
            overhead_per_week=log.overhead_per_week + yuan,
            origin={**log.origin, "policy": policy.name, "policy_digest": policy.digest},
        )


class _Clock:
    """Seconds of this process by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._at = time.process_time()

    def lap(self, part: str) -> None:
        """What has passed since the last lap belongs to this part."""
        now = time.process_time()
        self.seconds[part] += now - self._at
        self._at = now


def _joined(log: Log, parts: Sequence[Columns]) -> Log:
    """The log with the cases that the run has forgotten, in order of their numbers."""
    if not parts:
        return log
    columns = {name: np.concatenate([*(part[name] for part in parts), log.case_columns[name]]) for name in CASE_DTYPES}
    order = np.argsort(columns["case"], kind="stable")
    return replace(log, case_columns={name: column[order] for name, column in columns.items()})


def _active(log: Log, since: int) -> Log:
    """The log with only those cases that ended since then or are still open."""
    ended = log.case_columns["ended"]
    rows = np.flatnonzero((ended >= since) | (ended == NEVER))
    return replace(log, case_columns={name: column[rows] for name, column in log.case_columns.items()})
