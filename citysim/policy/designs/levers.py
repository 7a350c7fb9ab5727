"""The numbers of the coordination designs, each with unit, plausible range and source: what tuning may move.

Every number is an assumption [asm] unless its source names a page; keys are those of docs/background/sources.md. The
range is what a committee would find plausible, and what is refused beyond.
"""

from dataclasses import dataclass, field

from citysim.errors import PolicyError
from citysim.policy.designs.digital import Cloud, LocatingTwin, Maturity, Plan, Sharing, Verification
from citysim.policy.designs.everyday import People, Practice
from citysim.policy.designs.standing import Standing
from citysim.policy.durations import ByGrade, Duration, Lognormal
from citysim.policy.programmes.agents import Agent
from citysim.policy.ranges import Checked, chance, number, switch
from citysim.units import DAY, HOUR, MINUTE

BOUNCE_SIGMA = MOBILISE_SIGMA = 0.8
TRIAGE_SIGMA = 0.4
"""Spread of the logarithm [asm]."""
A_GUESS = 0.5
"""Chance that an order that the hub gives without valid data goes to the wrong unit [asm]."""


@dataclass(frozen=True)
class Friction(Checked):
    """What coordination costs a design: the rows of brief 5.1.

    Args:
        misroute: chance that the first order goes to the wrong unit, for a type of difficulty 1.
        refuse: chance that a unit returns a request (退单), leading or supporting, for difficulty 1.
        bounce_hours: median time that a returned case lies until it is ordered anew.
        triage_minutes: median time at the desk.
        mobilise_hours, mobilise_serious_hours: median time until a supporting department has a crew ready to go, for a
            blue case and for a worse one.
        recognised: share of false alarms that the desk recognises; else a crew goes out in vain.
        fails: chance that the result fails verification.
        merge_recall: share of repeat reports that are seen to be repeats; the others are sent out again.
        wrong_merge: share of first reports that are taken for repeats of another and lie until found again.
        ownership: factor on work time, below 1 where people own their cases.
    """

    misroute: float = chance(0.30, "R62, R58")
    refuse: float = chance(0.25, ".10-.38 R62")
    bounce_hours: float = number(6.0, "hours", 0.01, 48)
    triage_minutes: float = number(20.0, "minutes", 0.05, 120, "6 min R55")
    mobilise_hours: float = number(8.0, "hours", 0.05, 72)
    mobilise_serious_hours: float = number(3.0, "hours", 0.05, 24)
    recognised: float = chance(0.6)
    fails: float = chance(0.04, "1-6 % R42, 0.05-0.5 % R38")
    merge_recall: float = chance(0.8, "0.5-0.95 asm")
    wrong_merge: float = chance(0.0, "0.1-3 % asm", high=0.2)
    ownership: float = number(1.0, "factor", 0.5, 1.5, "0.83-1 L10")

    @property
    def bounce(self) -> Duration:
        return Lognormal(self.bounce_hours * HOUR, BOUNCE_SIGMA)

    @property
    def triage(self) -> Duration:
        return Lognormal(self.triage_minutes * MINUTE, TRIAGE_SIGMA)

    @property
    def mobilise(self) -> Duration:
        return self.mobilise_by(1.0)

    def mobilise_by(self, factor: float) -> Duration:
        """The hand-off to a supporting department, so many times as long."""
        serious = self.mobilise_serious_hours * HOUR * factor
        return Lognormal(ByGrade(serious, serious, serious, self.mobilise_hours * HOUR * factor), MOBILISE_SIGMA)


@dataclass(frozen=True)
class Disputes(Checked):
    """Who does what: joint cases in dispute, and how long it takes to settle one.

    Args:
        share: of joint cases that are in dispute.
        settle_hours, settle_sigma: median and spread of the logarithm where a person settles it (lead, duty officer).
        ageing_low_hours, ageing_high_hours: where nobody does, until it hits the district leader.
    """

    share: float = chance(0.20)
    settle_hours: float = number(24.0, "hours", 0.05, 240)
    settle_sigma: float = number(0.5, "-", 0.0, 2.0)
    ageing_low_hours: float = number(72.0, "hours", 1, 720)
    ageing_high_hours: float = number(240.0, "hours", 1, 2_160)

    @property
    def settling(self) -> Duration:
        return Lognormal(self.settle_hours * HOUR, self.settle_sigma)


@dataclass(frozen=True)
class Meeting(Checked):
    """The joint meeting of a district (联席会议).

    Args:
        period_days: from sitting to sitting; 0 = on demand, a single topic at a time.
        agenda: items of one sitting.
        resolves: chance that a sitting settles an item; else it is carried over.
        blue_share: share of blue disputes that are tabled; the lead settles the others. All of them would exceed any
            agenda: about 15 a day in a district of a million [calc].
        bypass_hours: time in which red and orange disputes are settled without waiting for a sitting.
        convene_days: median time to convene a single-topic meeting on demand.
        attendees, attendance_hours: of one sitting; each hour costs `yuan_per_hour`.
    """

    period_days: float = number(7.0, "days", 0.0, 90.0, "3-30 d asm")
    agenda: int = number(20, "items", 1, 200, "6-20 asm")
    resolves: float = chance(0.75, "0.6-0.9 asm", low=0.05)
    blue_share: float = chance(0.01)
    bypass_hours: float = number(4.0, "hours", 0.1, 48)
    convene_days: float = number(2.0, "days", 0.1, 14)
    attendees: int = number(10, "people", 2, 60)
    attendance_hours: float = number(2.5, "hours", 0.5, 8, "2-3 h asm")
    yuan_per_hour: float = number(100.0, "yuan", 0, 1_000)

    @property
    def cost(self) -> float:
        """Yuan for one sitting."""
        return self.attendees * self.attendance_hours * self.yuan_per_hour


@dataclass(frozen=True)
class TaskForce(Checked):
    """A standing task force (专班): multi-skill crews seconded from the line for chosen groups of incidents.

    Args:
        seconded: share of the crews of the leading departments that leave the line for the task force.
        misroute, refuse: as of friction, for cases in its scope.
        bounce_hours, mobilise_hours, mobilise_serious_hours: likewise; its departments sit together.
        ownership: factor on work time: it owns its cases.
        generalist: factor on work time for doing others' work.
        learns: most that familiarity shortens the hand-off; half of it is learned after `half_learned` joint cases.
        sunset_days: until when it takes new cases, 0 = for ever. The seconded crews do not come back by themselves.
        staff: people of the office for each district, at `yuan_per_week`.
    """

    seconded: float = chance(0.15, "0.05-0.25 asm", high=0.6)
    misroute: float = chance(0.10)
    refuse: float = chance(0.05)
    bounce_hours: float = number(1.0, "hours", 0.01, 48)
    mobilise_hours: float = number(1.0, "hours", 0.01, 72)
    mobilise_serious_hours: float = number(0.5, "hours", 0.01, 24)
    ownership: float = number(0.85, "factor", 0.5, 1.5, "0.83-1 L10")
    generalist: float = number(1.05, "factor", 1.0, 1.5)
    learns: float = chance(0.5, "asm, L18b", high=0.95)
    half_learned: float = number(50.0, "cases", 1, 10_000)
    sunset_days: int = number(0, "days", 0, 3_650, "3-24 months asm")
    staff: int = number(2, "people", 0, 60, "10-30 FTE in a city asm")
    yuan_per_week: float = number(4_000.0, "yuan", 0, 50_000)


@dataclass(frozen=True)
class Command(Checked):
    """Duty officers of the district and municipal centers, who can saturate.

    Args:
        district_officers, city_officers: on duty in each shift.
        decision_minutes: median time to pick a pre-plan and order; `no_plan_minutes` where none fits.
        preplanned: share of serious cases for which a pre-plan fits.
        skips: share of red and orange cases in which the city orders crews directly, past the district.
        conflicts: chance that such an order collides with one of the district; `conflict_hours`: median time lost.
        alone_after: hours for which those on site wait for an officer; then they call the departments themselves.
        aid: whether a neighbouring district with a free crew helps when the own district has none.
        aid_travel: factor on travel from there. willing: chance that the neighbour sends it.
    """

    district_officers: int = number(2, "people", 0, 50)
    city_officers: int = number(3, "people", 0, 100)
    decision_minutes: float = number(6.0, "minutes", 0.1, 120)
    no_plan_minutes: float = number(20.0, "minutes", 0.1, 240)
    preplanned: float = chance(0.8)
    skips: float = chance(0.2)
    conflicts: float = chance(0.1)
    conflict_hours: float = number(0.5, "hours", 0.05, 12)
    alone_after: float = number(12.0, "hours", 0.5, 720)
    aid: bool = switch(True)
    aid_travel: float = number(2.0, "factor", 1.0, 10.0)
    willing: float = chance(1.0, "0.2-0.8 brief item 5 asm")


@dataclass(frozen=True)
class Machine(Checked):
    """What the intelligent hub does at the desk, by grade, and how it fails.

    Args:
        triage_minutes: median time of an automatic triage; `confirm_minutes` where a person confirms it.
        auto_from, confirm_from: grades from which on (0 red … 3 blue, 4 none) it acts alone, or with one key press;
            worse cases are only advised on and wait for a person.
        misroute: chance of a wrong first order for difficulty 1 just after training; it grows by `drift_per_day`
            until the model is trained again every `retrain_days`.
        score_error: factor on the error of the risk score against a person's.
        confirms_wrongly: share of its wrong orders that the confirming person lets pass (automation bias).
        valid: share of the data that it reads that are fresh and right; from others its order is a guess, which is
            wrong half of the time for difficulty 1 (动态有效数据不足).
        seats: factor on the district seats.
    """

    triage_minutes: float = number(0.1, "minutes", 0.01, 10, "1 s R60")
    confirm_minutes: float = number(3.0, "minutes", 0.1, 30)
    auto_from: int = number(3, "grade", 0, 4)
    confirm_from: int = number(2, "grade", 0, 4)
    misroute: float = chance(0.02, "R58")
    drift_per_day: float = number(0.0003, "share per day", 0.0, 0.05)
    retrain_days: int = number(90, "days", 1, 3_650)
    score_error: float = number(0.7, "factor", 0.05, 3.0)
    confirms_wrongly: float = chance(0.6)
    valid: float = chance(1.0, "0.5-0.98 brief item 37 asm", low=0.3)
    seats: float = number(0.7, "factor", 0.1, 1.5, "0.6-0.8 asm")

    @property
    def first_order_wrong(self) -> float:
        """Chance of a wrong first order for difficulty 1 just after training."""
        return self.valid * self.misroute + (1.0 - self.valid) * A_GUESS


@dataclass(frozen=True)
class Supervision(Checked):
    """The ladder of notices (催办、督办、挂牌、通报) on a case past its limit, and what it does to effort.

    Args:
        on: whether there is any. steps: rungs that the design knows, 1 reminder to 4 criticism.
        staff: supervisors of a district; a notice takes each `minutes` of one.
        gap_days: days from a notice to the next rung, for each rung further one more time this.
        effort: more speed for each notice [5-20 %].
        worn_half: notices of the last `memory_days` in the district at which a notice has half its effect.
    """

    on: bool = switch(True)
    steps: int = number(2, "rungs", 1, 4)
    staff: int = number(2, "people", 1, 50, "1 per 100-300 overdue cases asm")
    minutes: float = number(15.0, "minutes", 1, 240)
    gap_days: float = number(1.0, "days", 0.1, 30, "R65")
    effort: float = number(0.12, "share", 0.0, 1.0, "0.05-0.20 asm")
    worn_half: float = number(300.0, "notices", 1, 100_000)
    memory_days: int = number(60, "days", 1, 365, "half-life 30-90 d asm")


@dataclass(frozen=True)
class Clocks(Checked):
    """What is taken off the official clock.

    Args:
        extended: chance that a case that reaches its limit is granted an extension of `extension_days` (median).
        shelved: chance that a normal or hard blue case is shelved (缓办) for `shelving_days` (median).
    """

    extended: float = chance(0.15, "R45")
    extension_days: float = number(2.0, "days", 0.1, 60)
    shelved: float = chance(0.01, "R45", high=0.5)
    shelving_days: float = number(10.0, "days", 0.5, 180)

    @property
    def extension(self) -> Duration:
        return Lognormal(self.extension_days * DAY, 0.5)

    @property
    def shelving(self) -> Duration:
        return Lognormal(self.shelving_days * DAY, 0.5)


@dataclass(frozen=True)
class Candour(Checked):
    """How honestly and thoroughly work ends.

    Args:
        false_closure: chance that a blue case is reported done without work.
        caught: chance that verification finds that out; else it lies, officially closed, for `found_out_days` (median).
        root_cause: chance that the root cause is mended too, so that the problem does not come back.
        late: chance that a blue case lies for `late_hours` (median) before it is accepted and its clock starts.
    """

    false_closure: float = chance(0.02, "15 % claimed in one community R62", high=0.5)
    caught: float = chance(0.7, "0.5-0.95 asm")
    found_out_days: float = number(3.0, "days", 0.1, 60)
    root_cause: float = chance(0.5)
    late: float = chance(0.0, "0-0.3 brief item 12 asm", high=0.5)
    late_hours: float = number(8.0, "hours", 0.1, 168)


@dataclass(frozen=True)
class Risk(Checked):
    """When the thresholds of risk grading move, and when a case is graded again.

    Args:
        rule: "static"; "weather" (the rule `alert` in storms); "load" (`alert` from `crowded` requests at the
            district's desk on until `relaxed`: hysteresis).
        panel: whether experts grade serious cases again, after `panel_hours` (median), with error x `panel_error`.
        evidence: repeat reports after half an hour that make the desk grade again (0 = never), with `evidence_error`.
        on_site_error: factor on the error of the score when a crew has looked.
    """

    rule: str = "static"
    crowded: int = number(12, "requests", 1, 10_000)
    relaxed: int = number(3, "requests", 0, 10_000)
    panel: bool = switch(False)
    panel_hours: float = number(2.0, "hours", 0.1, 240, "1-4 h on call asm")
    panel_error: float = number(0.65, "factor", 0.05, 1.0, "0.5-0.8 asm")
    evidence: int = number(3, "reports", 0, 100)
    evidence_error: float = number(0.8, "factor", 0.05, 2.0)
    on_site_error: float = number(0.3, "factor", 0.0, 2.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rule not in ("static", "weather", "load"):
            raise PolicyError(f"risk.rule = {self.rule!r}, must be one of static, weather, load")
        if self.relaxed >= self.crowded:
            raise PolicyError(f"risk.relaxed = {self.relaxed}, must be below risk.crowded = {self.crowded}")


@dataclass(frozen=True)
class Surge(Checked):
    """Crews called in when a line grows.

    Args:
        waiting: requests in line for the leading crews from which on somebody is called in; 0 = never.
        crews: called at a time, at most `most` calls in a district within the `hours` that they stay.
        ready_hours: median time until they are there.
    """

    waiting: int = number(0, "requests", 0, 1_000)
    crews: int = number(1, "crews", 1, 100)
    most: int = number(3, "calls", 1, 100)
    ready_hours: float = number(1.0, "hours", 0.1, 12)
    hours: int = number(8, "hours", 1, 24)


@dataclass(frozen=True)
class Whistle(Checked):
    """The street's whistle (吹哨报到), at which departments must come.

    Args:
        share: of blue joint cases for which the street blows it.
        mobilise_hours: median time until a department called so has a crew ready.
    """

    share: float = chance(0.0)
    mobilise_hours: float = number(2.0, "hours", 0.05, 24)


@dataclass(frozen=True)
class Contact(Checked):
    """How supporting departments are reached (横向联系).

    Args:
        in_turn: one after the other, each when the one before is done, instead of all at the same time.
    """

    in_turn: bool = switch(False)


@dataclass(frozen=True)
class Levers:
    """All numbers of a design; a design uses those that concern it."""

    practice: Practice = Practice()
    people: People = People()
    friction: Friction = Friction()
    disputes: Disputes = Disputes()
    contact: Contact = Contact()
    meeting: Meeting = Meeting()
    task_force: TaskForce = TaskForce()
    command: Command = Command()
    machine: Machine = Machine()
    supervision: Supervision = Supervision()
    clocks: Clocks = Clocks()
    candour: Candour = Candour()
    risk: Risk = Risk()
    surge: Surge = Surge()
    whistle: Whistle = Whistle()
    cloud: Cloud = Cloud()
    gas_twin: LocatingTwin = LocatingTwin()
    water_twin: LocatingTwin = LocatingTwin()
    sharing: Sharing = Sharing()
    hotline_agent: Agent = Agent()
    plan: Plan = Plan()
    verification: Verification = Verification()
    maturity: Maturity = Maturity()
    standing: Standing = field(default=Standing(), metadata={"decided_by": "committee"})
