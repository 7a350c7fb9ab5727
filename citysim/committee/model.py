"""The committee as a Mesa model: one step a week, from what the centers found to the rules of the weeks to come."""

from dataclasses import dataclass, replace

import mesa
import numpy as np

from citysim.committee.agents import (
    LEAST_MISROUTE,
    QUARTER_WEEKS,
    DigitalOfficer,
    District,
    Office,
    conduct_of,
)
from citysim.committee.allocating import movable, residents_by_level, shared_out
from citysim.committee.closing import Closing
from citysim.committee.conduct import quick_types, reviewed
from citysim.committee.costs import YEAR_WEEKS, bodies_yuan, root_cause_yuan, watching_yuan
from citysim.committee.decisions import (
    CREWS,
    LIST,
    Decision,
    Names,
    Rules,
    limits_moved,
)
from citysim.committee.innovation import Spreading
from citysim.committee.library import ProblemLibrary
from citysim.committee.meetings import LowerMeetings
from citysim.committee.members import LISTED_WEEKS, brought_to_bear, gathered
from citysim.committee.memo import Memo, Record, forecast
from citysim.committee.proposing import advised, at_most, prevention, staffing, thresholds
from citysim.committee.remedies import calendar_limit, done_already, remedies
from citysim.committee.review import Findings
from citysim.committee.spending import buy, fitted, split
from citysim.committee.watching import equipped, patrolled, watched
from citysim.policy.governance import Governance
from citysim.policy.policy import Policy
from citysim.sensing.watch import TIMES
from citysim.streams import FloatArray, derive, normal_quantile, purpose_code, uniform, uniforms
from citysim.world.scenario import Scenario

WEEK_DAYS, MONTH_WEEKS = 7.0, 4


@dataclass(frozen=True)
class Note:
    """A line of the minutes: what a body did in a week, about what, and how much."""

    week: int
    body: str
    what: str
    about: str
    size: float


class CityCommittee(mesa.Model):
    """The municipal committee with its agents. All luck is keyed by the world, the week and who it is about."""

    def __init__(self, scenario: Scenario, policy: Policy, key: int) -> None:
        super().__init__(seed=0)  # Mesa's own random numbers are not used
        self.governance: Governance = policy.governance
        self.week, self._key = 0, derive(key, "committee")
        kinds = scenario.kinds
        self.names = Names(
            tuple(k.id for k in kinds),
            tuple(k.group for k in kinds),
            scenario.departments,
            tuple(k.lead for k in kinds),
            residents_by_level(scenario.city),
            quick_types(kinds),
            scenario.city.district_ids,
            tuple(k.supports for k in kinds),
        )
        self._residents = scenario.city.street_population
        self.millions = float(self._residents.sum()) / 1e6
        self.library = ProblemLibrary(self.governance.library.window_weeks, scenario.city.district_of_street)
        self.meetings = LowerMeetings(self.governance.committee, scenario.city, self.names, self._key)
        leads, supports = frozenset(self.names.leads), frozenset(code for k in kinds for code in k.supports)
        self.departments, self.members = gathered(self, self.names.departments, leads, supports)
        self.districts = [District(self, k) for k in range(scenario.city.n_districts)]
        self._helpers = [int(near[0]) if len(near) else k for k, near in enumerate(scenario.city.neighbours)]
        self.office, self.officer = Office(self), DigitalOfficer(self)
        n_types, n_departments = len(self.names.types), len(self.names.departments)
        self.spreading = Spreading({})
        if self.governance.starts_weeks == 0:
            self._share_applications()
        self._hold(policy)
        ones, nothing = np.ones(n_departments), np.zeros(n_types)
        valid = self.governance.digital.start if self.governance.starts_weeks == 0 else 1.0
        reach = self.spreading.reach()
        self._first = Rules(ones, np.ones(n_types), nothing, ones.copy(), validity=valid, reach=reach)
        self.rules = self._first
        self.minutes: list[Note] = []
        self.record = Record()
        self._memo: Memo | None = None
        self.pending: list[Decision] = []
        self._listed, self._cost, self.decided = np.ones(n_types), 0.0, 0
        self._adopted = np.zeros((n_types, len(self.districts)))
        self._was_waiting: FloatArray | None = None
        self.closing = Closing(len(kinds))
        self._limits = [calendar_limit(kind, scenario.working_week) for kind in kinds]

    def _hold(self, policy: Policy) -> None:
        """The levers of a policy hold; agents read them here, the library and the lower meetings are told."""
        self.governance, self._policy = policy.governance, policy
        self.library.keep(policy.governance.library.window_weeks)
        self.meetings.levers = policy.governance.committee
        self._refuse = 0.02 if policy.source is None else policy.source.levers.friction.refuse
        self._crews = movable(policy.staffing, self.names.residents, tuple(d.code for d in self.departments if d.leads))

    def take_over(self, policy: Policy) -> None:
        """From the next step on act by the levers of another policy, which `turning.check_turn` has let pass."""
        if self.week < self.governance.starts_weeks:
            self.officer.validity = policy.governance.digital.start
        self._hold(policy)

    @property
    def cost(self) -> float:
        """Yuan that the slow loop has cost so far."""
        return self._cost + self.spreading.cost * self.millions / len(self.districts)

    def step(self, findings: Findings) -> None:
        """Take in the findings of a week; `rules` are those from its end on."""
        self.week = findings.week + 1
        self.library.add(findings)
        self.closing.add(findings.harm, findings.reported.sum(axis=1))
        if self._memo is not None:
            self.record.judge(self._memo, findings.reported.sum(axis=1))
            self._memo = None
        if self.week < self.governance.starts_weeks:
            return
        if self.week == self.governance.starts_weeks:
            self._share_applications()
        backlog = findings.waiting + findings.asked
        for department in self.departments:
            department.look(float(backlog[department.position]))
        for district, held in zip(self.districts, findings.held.sum(axis=0).tolist(), strict=True):
            district.look(held)
        self.officer.work(findings.closed)
        self.office.work()
        self._meetings(findings)
        if self._due(MONTH_WEEKS):
            self.spreading.step()
        self._act()
        self._spend()
        self.rules = self._stand()

    def _share_applications(self) -> None:
        self.spreading = Spreading.of(self.governance.innovation, len(self.districts), self._key)

    # --- the bodies, each in its weeks --------------------------------------------------------------------------

    def _meetings(self, findings: Findings) -> None:
        g = self.governance
        if self._due(g.library.memo_weeks):
            self._write_memo()
        if self._due(g.library.advice_weeks):
            self._advise()
        self._districts_meet(findings)
        if self._due(g.committee.plenary_weeks):
            self._evaluate(findings)
            self._propose()
            for item in self.office.agenda(g.committee.agenda):
                self._decide(item)
            self._was_waiting = self.library.total("waiting") / len(self.library)

    def _due(self, weeks: int) -> bool:
        return self.week % weeks == 0

    def _write_memo(self) -> None:
        """A forecast; whether it is acted on at once depends on how clear it is and how right the last ones were."""
        g = self.governance
        sharper = g.experts.sharper if g.experts.on else 0.0
        luck = uniforms(self._key, np.arange(len(self.names.types)), purpose_code("memo"), self.week)
        self._memo = memo = forecast(self.library.weekly(), luck, self.week, sharper)
        chance = g.library.reads * min(1.0, memo.clarity / 2.0) * min(1.0, self.record.accuracy / 0.8)
        lead = self.names.leads[memo.worst]
        self._note("office", "memo", self.names.types[memo.worst], memo.clarity)
        self._name_clusters()
        if lead in self._crews and self._luck("memo is read") < chance:
            wait = g.experts.weeks if g.experts.on else 0
            self.pending.append(Decision(CREWS, lead, self.week, self.week + wait, size=0.5))
            self._note("committee", "memo acted on", lead, chance)

    def _name_clusters(self) -> None:
        """The memo says of each type at which times of the week it comes back, and at how many places."""
        for k, clusters in enumerate(self.library.clusters()):
            at_times = [time for _, time in clusters]
            for time in sorted(set(at_times)):
                self._note("office", f"comes back: {TIMES[time]}", self.names.types[k], float(at_times.count(time)))

    def _advise(self) -> None:
        """A line of the responsibility list for types that come back with most harm; more and more centers adopt it."""
        library = self.governance.library
        for k in advised(self.library, self._adopted, library.advice_lines):
            had = float(self._adopted[k].sum())
            new = [self._luck(f"adopts {k} {d.position}") < library.adoption for d in self.districts]
            self._adopted[k] = np.maximum(self._adopted[k], new)
            if self._adopted[k].sum() == had:
                continue
            acts = self.week + self._lag(library.advice_lag_days, f"advice {k}")
            name, adopted = self.names.types[k], float(self._adopted[k].mean())
            harm = float(self.library.weekly_harm()[k])
            self.pending.append(Decision(LIST, name, self.week, acts, size=adopted, harm=harm))
            self._note("centers", "advice adopted", name, adopted)

    def _districts_meet(self, findings: Findings) -> None:
        """Streets and districts meet, each level in its weeks; what no district settles goes to the office."""
        sat, harm = self.meetings.step(self.week, findings), self.library.total("harm")
        for note in sat.notes(self.names):
            self._note(*note)
        unclear = [k for k in sat.passed_up if self._listed[k] == 1.0]
        self.office.take([Decision(LIST, self.names.types[k], self.week, 0, harm=float(harm[k])) for k in unclear])
        called_up = self.meetings.called_up(self.week)
        for department in self.departments:
            department.called_up = float(called_up[department.position])

    def _evaluate(self, findings: Findings) -> None:
        """Rank the districts and tell them; the lower they stand, the harder they try, and the more they pretend."""
        ranking = self.governance.evaluation.ranking
        if ranking == "none":
            for district in self.districts:
                district.left_alone()
            return
        told, score = reviewed(self.library, self.governance.evaluation)
        for district, (rank, pressure, winnable) in zip(self.districts, told, strict=True):
            district.ranked(rank, pressure, winnable)
        self._note("committee", "ranking", ranking, score)

    def _propose(self) -> None:
        """What the office is to prepare for the next plenaries: problems of the focus list, each with its remedy."""
        library, guidance = self.governance.library, self.governance.guidance
        self.office.forget(lambda item: done_already(item, self.names, self.rules, guidance))
        problems = self.library.focus(library.top, library.chosen_by)
        for problem in problems:
            self.closing.put_on_list(problem.kind)
        g, names, harm = self.governance, self.names, self.library.weekly_harm()
        items = [
            item
            for problem in problems
            for item in remedies(problem, names, self.rules, g, self._policy.sensing, self._limits, self.week, harm)
        ]
        on_its_way = (*self.office.inbox, *self.office.ready, *self.pending)
        items = at_most(items, on_its_way, g.committee.task_forces - len(self.rules.scope))
        items += thresholds(self.library, self.week)
        items += staffing(self.library, self.departments, tuple(self._crews), names, g, self.week)
        items += prevention(self.library, names, g, self.week)
        self.office.take(items)

    def _decide(self, item: Decision) -> None:
        committee = self.governance.committee
        lag = self._lag(committee.lag_days, f"{item.topic} {item.name}")
        self.pending.append(replace(item, week=self.week, acts=self.week + lag))
        self.decided += 1
        self._note("committee", f"decided: {item.topic}", item.name, item.harm)

    # --- what decisions do --------------------------------------------------------------------------------------

    def _act(self) -> None:
        """Carry out the decisions whose time has come."""
        due = [decision for decision in self.pending if decision.acts <= self.week]
        self.pending = [decision for decision in self.pending if decision.acts > self.week]
        for decision in sorted(due, key=lambda d: (d.acts, d.week, d.topic, d.name)):
            self._carry_out(decision)
            self.closing.act(self._about(decision))
            self._note("centers", f"acts: {decision.topic}", decision.name, decision.size)

    def _about(self, decision: Decision) -> list[int]:
        """Types that a decision is about."""
        names = self.names
        return [k for k, (kind, group) in enumerate(zip(names.types, names.groups, strict=True))
                if decision.name in (kind, group)]  # fmt: skip

    def _carry_out(self, decision: Decision) -> None:
        rules, names, g = self.rules, self.names, self.governance
        match decision.topic:
            case "root_cause":
                self.rules = replace(
                    rules, rooted=_with(rules.rooted, names.types.index(decision.name), g.library.root_cause)
                )
            case "list":
                k = names.types.index(decision.name)
                self._listed[k] = min(self._listed[k], 1.0 - g.library.listed * decision.size)
            case "task_force":
                scope = dict(rules.scope) | {decision.name: self.week + g.committee.task_force_weeks}
                self.rules = replace(rules, scope=tuple(sorted(scope.items())))
            case "sensors":
                share = g.guidance.sensors * g.committee.plenary_weeks / QUARTER_WEEKS
                usual = self._policy.sensing.devices(decision.name).coverage
                self.rules = equipped(rules, decision, share, usual, self._residents)
            case "patrols":
                self.rules = patrolled(rules, decision, g.guidance.patrols)
            case "crews":
                self.rules = replace(rules, crews=self._allocated(decision))
            case "thresholds":
                begun = self._policy.grading.thresholds
                self.rules = replace(rules, limits=limits_moved(begun, rules.limits, decision.name, decision.size))
            case "deadline":
                limit = self._limits[names.types.index(decision.name)]
                assert limit is not None
                hours = dict(rules.deadline) | {decision.name: round(limit * g.committee.deadline, 2)}
                self.rules = replace(rules, deadline=tuple(sorted(hours.items())))
            case "prevention":
                by_group = _by_group(self.library.total("harm"), names)
                programmes = self._policy.programmes
                budget = fitted(programmes, split(by_group, g.prevention.budget, g.prevention.known))
                self.rules = replace(rules, bought=buy(programmes, rules.bought, budget, self.week))
            case "department":
                chosen = next(d for d in self.departments if d.code == decision.name)
                chosen.listed_until = self.week + LISTED_WEEKS

    def _allocated(self, decision: Decision) -> FloatArray:
        """Factor on the crews of each department once the municipal pool has been given out."""
        guidance = self.governance.guidance
        if guidance.pool == 0.0:
            return np.ones(len(self.names.departments))
        waiting = self.library.total("waiting") / len(self.library)
        if guidance.allocation == "equal":
            claim = np.ones(len(waiting))
        elif guidance.allocation == "performance" and self._was_waiting is not None:
            claim = np.maximum(self._was_waiting - waiting, 0.0)
        else:
            claim = waiting.copy()
        if guidance.allocation != "equal":
            claim[self.names.departments.index(decision.name)] *= 1.0 + decision.size
        codes = self.names.departments
        factors = shared_out(self._crews, guidance.pool, dict(zip(codes, claim.tolist(), strict=True)))
        return np.array([factors.get(code, 1.0) for code in codes])

    def _stand(self) -> Rules:
        """The rules after this week."""
        g, chance = self.governance, min(max(self._refuse, 1e-6), 0.99)
        refuse, factors = np.ones(len(self.names.departments)), self.refusals(chance)
        for department in self.departments:
            refuse[department.position] = factors[department.code]
        listed = np.minimum(self._listed, 1.0 - g.library.listed * self.meetings.clear())
        scope = tuple((group, until) for group, until in self.rules.scope if until > self.week)
        return replace(
            self.rules,
            refuse=refuse,
            misroute=np.maximum(listed * self.officer.factor(), LEAST_MISROUTE),
            validity=self.officer.validity,
            conduct=conduct_of(self.districts, self._helpers),
            caught=g.evaluation.verified if g.evaluation.verifies else 0.0,
            overhead=g.committee.overhead_hours * sum(member.sits for member in self.members) / 10.0,
            scope=scope,
            reach=self.spreading.reach(),
        )

    def refusals(self, chance: float) -> dict[str, float]:
        """Factor on each department's chance to return a request, usually `chance`, by its code."""
        borne = brought_to_bear(self.departments, self.members)
        pressure = sum(district.pressure for district in self.districts) / len(self.districts)
        return {one.code: one.factor(chance, borne.get(one.code, 0.0), pressure) for one in self.departments}

    def _spend(self) -> None:
        """Yuan of this week."""
        library, source = self.governance.library, self._policy.source
        self._cost += bodies_yuan(self.governance, self.millions)
        self._cost += watching_yuan(library, *watched(self.rules, self._residents))
        self._cost += sum(yuan for _, yuan in self.rules.bought.budget) * 1e6 / YEAR_WEEKS * self.millions
        if source is not None:  # else nothing is mended by decision
            base = source.levers.candour.root_cause
            self._cost += root_cause_yuan(library, self.library.latest("closed"), self.rules.rooted, base)

    # --- luck and minutes ---------------------------------------------------------------------------------------

    def _luck(self, what: str) -> float:
        return float(uniform(self._key, self.week, purpose_code(what)))

    def _lag(self, median_days: float, what: str) -> int:
        """Whole weeks until something acts, at least one."""
        days = median_days * np.exp(self.governance.committee.lag_sigma * normal_quantile(self._luck(f"lag {what}")))
        return max(1, int(np.ceil(days / WEEK_DAYS)))

    def _note(self, body: str, what: str, about: str, size: float) -> None:
        self.minutes.append(Note(self.week, body, what, about, size))


def _with(values: FloatArray, position: int, value: float) -> FloatArray:
    changed = values.copy()
    changed[position] = max(changed[position], value)
    return changed


def _by_group(values: FloatArray, names: Names) -> dict[str, float]:
    """Sums by group of types."""
    groups = np.array(names.groups)
    return {group: float(values[groups == group].sum()) for group in names.all_groups}
