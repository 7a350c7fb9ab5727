"""The levers on the slow loop: the committee, its office, members, experts and districts, and how it learns.

Every number is an assumption [asm] with the range of the domain brief (section 1, the items named as sources). `on`
makes a policy a governed one: `committee.govern` then reviews the log every week and changes the policy between weeks.
"""

from dataclasses import dataclass, fields

from citysim.errors import PolicyError
from citysim.policy.innovation import Innovation
from citysim.policy.ranges import Checked, chance, number, switch

RANKINGS = ("none", "official", "verified", "onset")
"""What districts are ranked by: nothing; on time by the official clock; on time since the report, verified on site; on
time since the onset, verified."""
INDICATORS = ("on_time", "honest", "lasting", "heard", "joint", "found")
"""What the score of a district is made of, see `Evaluation`."""
ALLOCATIONS = ("equal", "need", "performance")
"""Who gets the municipal pool of crews: all departments in equal parts; where most wait; whose waiting fell most since
the last plenary."""
CHOICES = ("frequency", "harm", "rising")
"""What problems are chosen by: entries of the library; weighted hours; weighted hours times how fast cases rise."""


@dataclass(frozen=True)
class Committee(Checked):
    """The municipal committee and those of districts (brief items 2, 3, 4, 9).

    Args:
        plenary_weeks, district_weeks, street_weeks: from meeting to meeting of the municipal committee, of those of the
            districts and of the streets.
        street_lag_weeks, district_lag_weeks: from what a street's or a district's meeting settles until it acts; a
            street's so many whole weeks (0 = at once), a district's the median, with the spread `lag_sigma`.
        agenda: items of a plenary; what does not fit waits for the next. district_agenda, street_agenda: of a
            district's and of a street's meeting; what does not fit waits, what is not settled goes a level up.
        street_settles, district_settles: chance that such a meeting settles an item.
        lag_days, lag_sigma: median and spread of the logarithm of the time from a plenary's decision until it acts.
        authority: factor on the odds that a member department accepts a request, by who is in the chair; it takes the
            governance members (personnel, money, party and government offices) to bring it to bear.
        members: how many of the 32 member departments sit on it, in the order of the roll (committee/roll.py).
        overhead_hours: more mobilisation time for each ten members, for all must be heard.
        task_forces: most standing task forces at a time. task_force_weeks: until the sunset of one.
        deadline: share of the official limit after which a type that is often late is reminded of; 1 = never sooner.
    """

    plenary_weeks: int = number(4, "weeks", 1, 26, "30-120 d brief item 2 asm")
    district_weeks: int = number(2, "weeks", 1, 26, "brief item 2 asm")
    street_weeks: int = number(1, "weeks", 1, 26)
    street_lag_weeks: int = number(1, "weeks", 0, 26)
    district_lag_weeks: float = number(2.0, "weeks", 0.0, 26.0, "as the plenary's 14 days asm")
    agenda: int = number(10, "items", 0, 50, "5-15 brief item 2 asm")
    district_agenda: int = number(4, "items", 0, 50)
    street_agenda: int = number(2, "items", 0, 50)
    street_settles: float = chance(0.2)
    district_settles: float = chance(0.6, "0.6-0.9 brief item 10 asm")
    lag_days: float = number(14.0, "days", 0.0, 180.0, "brief item 2 asm")
    lag_sigma: float = number(0.8, "-", 0.0, 2.0, "brief item 2 asm")
    authority: float = number(2.5, "factor", 1.0, 10.0, "1.5-4 brief item 3 asm")
    members: int = number(32, "departments", 0, 32, "article")
    overhead_hours: float = number(0.02, "hours", 0.0, 0.5, "0-0.5 brief item 4 asm")
    task_forces: int = number(1, "task forces", 0, 6)
    task_force_weeks: int = number(26, "weeks", 4, 104, "3-24 months brief item 9 asm")
    deadline: float = chance(0.6, low=0.05)


@dataclass(frozen=True)
class Office(Checked):
    """The committee's office at its host department (brief item 6).

    Args:
        people: full time. item_hours: work on one item; what they do not manage waits.
        host_bias: share of places of the agenda that go to the host's matters first.
    """

    people: int = number(6, "people per million", 0, 200, "20-60 FTE brief item 6 asm")
    item_hours: float = number(40.0, "hours", 0.5, 200.0, "a study of a problem, asm")
    host_bias: float = chance(0.1, "0-0.3 brief item 6 asm")


@dataclass(frozen=True)
class Experts(Checked):
    """The expert committee as a panel that looks at memos before the plenary (brief item 7).

    Args:
        on: whether there is one. sharper: share of the error of a forecast that they take away. weeks: that it takes.
    """

    on: bool = switch(True)
    sharper: float = chance(0.35, "0.2-0.5 brief item 7 asm")
    weeks: int = number(1, "weeks", 0, 8, "2-10 d brief item 7 asm")


@dataclass(frozen=True)
class DigitalOfficer(Checked):
    """The chief digital officer's budget for the quality of data and models (brief items 8, 38-40).

    Args:
        budget: units a quarter, each `yuan_per_unit`. gain: share of the invalid data that a unit mends in a quarter;
            decay: share of the valid ones that go stale. So more budget always helps, and less and less.
        start: factor on the data validity of the grading when the committee starts; before, it is 1 (`starts_weeks`).
        feedback: share of closed cases whose verified outcome returns to the rules and models. learning: by how much a
            hundred of them make misrouting of a type rarer (share).
        interop: chance that what one model knows another can use: closed cases of the type's group teach it too.
    """

    budget: float = number(1.0, "units a quarter", 0.0, 10.0)
    gain: float = chance(0.2, "0.02-0.10 of all where a quarter is invalid, brief item 8 asm")
    decay: float = number(0.02, "share a quarter", 0.0, 0.2, "0.01-0.03 brief item 8 asm")
    start: float = chance(1.0, "0.5-0.98 brief item 37 asm", low=0.3)
    yuan_per_unit: float = number(100_000.0, "yuan per million and quarter", 0.0, 10_000_000.0)
    feedback: float = chance(0.5, "0-0.9 brief item 39 asm")
    learning: float = chance(0.005, "0.1-1 point brief item 39 asm", high=0.1)
    interop: float = chance(0.3, "0-0.9 brief item 40 asm")


@dataclass(frozen=True)
class Evaluation(Checked):
    """Effectiveness evaluation: a set of indicators, a ranking of districts by it, the effort that calls forth, and the
    gaming (brief item 12).

    A district's score is the mean of the shares below, by weight; each is of the cases of the library's window.

    Args:
        ranking: one of RANKINGS, what is in time. target: score; who falls short of it is under pressure whatever its
            rank. by_target: share of the pressure that goes by the target; the rest goes by rank.
        weight_on_time: of cases in time by the clock of the ranking. weight_honest: of those that left without having
            been found reported done untouched. weight_lasting: of those whose work was not sent back.
        weight_heard: of cases from the hotline that nobody had to report again (satisfaction). weight_joint: of cases
            that need supports, in time since the report, verified. weight_found: of cases no citizen had to report.
        effort: more speed of work under full pressure; less below it. incentive: share of their refusals that
            departments spare districts under full pressure.
        gaming: share of cases that a district under full pressure reports done untouched, and of those that it puts off
            the clock, as far as its ranking makes either pay. late: likewise of those that it accepts late, and
            easy_first: of easy ones that it puts before others.
        verified: chance that a ranking finds a false closure, where it verifies on site: a verified one, one from the
            onset, or any that weighs what was found (honest, lasting) or counts joint cases.
        wears: share of the effort that is lost from one review to the next unless the rank became worse, which renews
            it.
    """

    ranking: str = "verified"
    target: float = chance(0.9, "0.85-0.98 published on-time rates R44 asm", low=0.5)
    by_target: float = chance(0.5)
    weight_on_time: float = number(1.0, "weight", 0.0, 10.0, "50 of 100 points R45 asm")
    weight_honest: float = number(0.0, "weight", 0.0, 10.0, "rework and shirking are deducted R45 asm")
    weight_lasting: float = number(0.0, "weight", 0.0, 10.0, "rework is deducted R45 asm")
    weight_heard: float = number(0.0, "weight", 0.0, 10.0, "satisfaction, brief 5.2 asm")
    weight_joint: float = number(0.0, "weight", 0.0, 10.0)
    weight_found: float = number(0.0, "weight", 0.0, 10.0)
    effort: float = chance(0.10, "0.05-0.20 brief item 11 asm")
    incentive: float = chance(0.2, high=1.0)
    gaming: float = chance(0.10, "0-0.3 brief item 12 asm", high=0.5)
    late: float = chance(0.10, "0-0.3 brief item 12 asm", high=0.5)
    easy_first: float = chance(0.20, "0-0.3 brief item 12 asm", high=1.0)
    verified: float = chance(0.95, "0.5-0.95 brief item 12 asm")
    wears: float = chance(0.1, high=1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ranking != "none" and not sum(self.weights.values()):
            names = ", ".join(f"weight_{name}" for name in self.weights)
            raise PolicyError(
                f"governance.evaluation: {names} = 0, one must be above 0, or nothing ranks (ranking = none)"
            )

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each indicator by name."""
        return {name: getattr(self, f"weight_{name}") for name in INDICATORS}

    @property
    def verifies(self) -> bool:
        """Whether cases are looked at on site for the ranking."""
        weighed = self.weight_honest + self.weight_lasting + self.weight_joint
        return self.ranking != "none" and (self.ranking != "official" or weighed > 0.0)


@dataclass(frozen=True)
class Library(Checked):
    """The full problem library, its mining, the memo and the advice (brief items 28-30, 33).

    Args:
        window_weeks: of cases that are mined. top: problems on the focus list. chosen_by: one of CHOICES.
        root_cause: share of the recurrences that crews leave of a problem on the list that root-cause work takes away.
        root_cause_hours: of contractors for each case of it, at `yuan_per_hour`; it takes no crew off the line.
        memo_weeks: from memo to memo. reads: chance that a memo that is as clear as can be is acted on.
        advice_weeks: from advice to advice, of at most `advice_lines` lines. adoption: chance that a center adopts a
            line at each advice; those that have keep it, so all have it in the end. advice_lag_days: median.
        listed: share of misrouting that a line of the responsibility list takes away where it is adopted.
        patrol_yuan, sensor_yuan: what patrolling or covering a resident's surroundings once more costs: a grid worker
            for about 1,500 residents; about 0.05 assets of a class for each, at 400 yuan a device and year.
    """

    window_weeks: int = number(8, "weeks", 1, 26, "30-90 d brief item 29 asm")
    top: int = number(10, "problems", 0, 60, "5-30 brief item 29 asm")
    chosen_by: str = "harm"
    root_cause: float = chance(0.55, "0.3-0.8 brief item 28 asm")
    root_cause_hours: float = number(20.0, "hours", 0.0, 500.0, "10-200 brief item 28 asm")
    yuan_per_hour: float = number(120.0, "yuan", 0.0, 2_000.0)
    memo_weeks: int = number(2, "weeks", 1, 26, "7-30 d brief item 30 asm")
    reads: float = chance(0.5, "0.2-0.7 brief item 30 asm")
    advice_weeks: int = number(4, "weeks", 1, 26, "30-90 d brief item 33 asm")
    advice_lines: int = number(4, "lines", 0, 50)
    adoption: float = chance(0.6, "0.3-0.9 brief item 33 asm")
    advice_lag_days: float = number(21.0, "days", 0.0, 180.0, "7-45 d brief item 33 asm")
    listed: float = chance(0.6)
    patrol_yuan: float = number(60.0, "yuan per resident and year", 0.0, 1_000.0)
    sensor_yuan: float = number(20.0, "yuan per resident and year", 0.0, 1_000.0)


@dataclass(frozen=True)
class Guidance(Checked):
    """Guidance of the central districts: a municipal pool of crews, and mutual aid (brief items 5, 13).

    Args:
        pool: share of all crews that the city may move between departments. allocation: one of ALLOCATIONS.
        willing: chance that a district at rest sends crews to a neighbour. hoarding: by how much of it a district under
            load, or at the bottom of the ranking, sends less.
        patrols: factor by which patrol may be moved to what is found late; sensors: shares of coverage a quarter that
            are built where late finding did most harm.
    """

    pool: float = chance(0.05, "0.05-0.15 brief item 13 asm", high=0.3)
    allocation: str = "need"
    willing: float = chance(0.7, "0.2-0.8 brief item 5 asm")
    hoarding: float = chance(0.5)
    patrols: float = number(1.1, "factor", 1.0, 3.0)
    sensors: float = chance(0.02, high=0.2)


@dataclass(frozen=True)
class Prevention(Checked):
    """The budget of prevention, which the plenary gives to programmes by the harm that the library shows.

    Args:
        budget: a year; running the centers and crews costs about 600 [calc].
        known: share of it that goes by the harm in the library; the rest goes to all programmes alike.
    """

    budget: float = number(6.0, "yuan per resident", 0.0, 400.0, "0-60 % of all money H14 asm")
    known: float = chance(0.8)


@dataclass(frozen=True)
class Governance:
    """The slow loop of a policy; off unless `on`.

    Args:
        on: whether there is a committee that reviews and changes the policy at all.
        starts_weeks: before this week it changes nothing, costs nothing, and data are as valid as the policy says.
    """

    on: bool = False
    starts_weeks: int = 0
    committee: Committee = Committee()
    office: Office = Office()
    experts: Experts = Experts()
    digital: DigitalOfficer = DigitalOfficer()
    evaluation: Evaluation = Evaluation()
    library: Library = Library()
    guidance: Guidance = Guidance()
    prevention: Prevention = Prevention()
    innovation: Innovation = Innovation()

    def __post_init__(self) -> None:
        if not isinstance(self.on, bool):
            raise PolicyError(f"governance.on = {self.on!r}, must be true or false")
        if isinstance(self.starts_weeks, bool) or not isinstance(self.starts_weeks, int) or self.starts_weeks < 0:
            raise PolicyError(f"governance.starts_weeks = {self.starts_weeks!r}, must be a whole number from 0 on")
        for what, value, known in (
            ("evaluation.ranking", self.evaluation.ranking, RANKINGS),
            ("guidance.allocation", self.guidance.allocation, ALLOCATIONS),
            ("library.chosen_by", self.library.chosen_by, CHOICES),
        ):
            if value not in known:
                raise PolicyError(f"governance.{what} = {value!r}, must be one of {', '.join(known)}")

    @property
    def bodies(self) -> tuple[Checked, ...]:
        """The groups of levers, in order."""
        return tuple(getattr(self, f.name) for f in fields(self) if f.name not in ("on", "starts_weeks"))
