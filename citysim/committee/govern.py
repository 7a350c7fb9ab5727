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
from citysim.committee.watching import watch_under
from citysim.engines.simulate import Engine, Run, advance, after, extend, finish, retire, start
from citysim.errors import PolicyError
from citysim.log import CASE_DTYPES, Columns, Log
from citysim.policy.policy import Policy, same_sentence
from citysim.sensing.unfold import Noticing
from citysim.streams import FloatArray
from citysim.units import NEVER, WEEK
from citysim.world.scenario import Scenario
from citysim.world.unfold import Unfolding


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
) -> Governed:
    """Simulate a policy with its committee on a world of the scenario; the same world as `sample_world` draws.

    Args:
        keep: whether the log keeps all cases; if not, memory does not grow with the number of weeks.
        warm_up: weeks at the start that are simulated and not judged; what they cost is in no mean.

    Raises:
        PolicyError: the policy has no governance that is on, or does not fit the scenario.
    """
    if not policy.governance.on:
        raise PolicyError(f"policy {policy.name!r} has no committee: governance.on must be true; use simulate")
    unfolding = Unfolding(scenario, seed=seed, replication=replication, weeks=weeks)
    noticing, clock = Noticing(unfolding.world), _Clock()
    committee = CityCommittee(scenario, policy, unfolding.world.key)
    plain, rules, books = policy.ungoverned, committee.rules, _Books(scenario, warm_up)
    now = following = policy_under(plain, rules, committee.names)
    run: Run | None = None
    history: list[dict[str, Any]] = []
    forgotten: list[Columns] = []
    for week in range(unfolding.world.horizon // WEEK):
        stretch = unfolding.next((week + 1) * WEEK)
        clock.lap("sample")
        programmes = replace(programmes_under(policy.programmes, rules.bought), reach=rules.reach)
        sensing = sensing_under(policy.sensing, rules)
        watch = watch_under(sensing, rules, scenario.city.street_population)
        more = noticing.next(stretch, sensing, programmes, watch)
        books.open_week(week, policy, committee)
        clock.lap("sense")
        if run is None:
            run = start(more, now, engine, steps=steps)
        else:
            extend(run, more, following if following != now else None)
            now = following
        advance(run, stretch.end)
        if not steps:
            forgotten = [*(forgotten if keep else ()), retire(run, noticing.needed)]
        clock.lap("simulate")
        held = finish(run, steps=False)
        seen = _active(held if steps else _joined(held, forgotten[-1:]), week * WEEK)
        found = review(seen, week, onset=policy.governance.evaluation.ranking == "onset")
        committee.step(found)
        rules = committee.rules
        history.append({"week": week, **weekly_figures(found), **weekly_rules(rules)})
        with same_sentence():
            following = policy_under(plain, rules, committee.names)
        books.close_week(len(history), held, committee)
        clock.lap("committee")
    assert run is not None
    log = books.signed(_joined(finish(run, steps=steps), forgotten), policy, committee, len(history))
    return Governed(log, tuple(committee.minutes), tuple(history), dict(clock.seconds))


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

    def open_week(self, week: int, policy: Policy, committee: CityCommittee) -> None:
        """Note what of this week's programmes is not paid, as they do not reach everybody, and what they do."""
        reach = committee.rules.reach
        self._unreached += policy.programmes.yuan_unreached(reach, self._residents, self._villagers)
        if week >= self._warm_up and committee.spreading.models:
            self._effects.append(committee.spreading.city_effects)

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
            | sharing_figures(self._effects),
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
