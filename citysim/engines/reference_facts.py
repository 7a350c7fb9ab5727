"""What a block of the reference engine may read about a case: its row, its luck, what surrounds it (law, 5, 6, 9)."""

import operator
from collections.abc import Callable
from math import floor

from citysim.engines.ordering import TURNS
from citysim.engines.reference_past import Past, Tallies
from citysim.engines.reference_pools import Directory
from citysim.engines.reference_state import Case, Clock, Step
from citysim.intake import Intake
from citysim.log import NEVER
from citysim.policy.blocks import (
    FIELDS,
    Always,
    Among,
    Chance,
    Condition,
    Delay,
    Grade,
    Is,
    Pace,
    Practised,
    Setting,
    Slower,
    Spurred,
)
from citysim.policy.durations import (
    LONGEST,
    SHAPES,
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Drifting,
    Duration,
    FromCase,
    TimeLimit,
    Value,
    parameters,
    seconds,
)
from citysim.policy.grading import Grading, risk_grade
from citysim.streams import uniform
from citysim.units import DAY, GRADES, HOUR, WORKING

BLUE = len(GRADES) - 1
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Facts:
    """The answers to what blocks ask about a case, now."""

    def __init__(
        self, intake: Intake, grading: Grading, clock: Clock, past: Past, tallies: Tallies, directory: Directory
    ) -> None:
        self._intake, self._clock = intake, clock
        self._past, self._tallies, self._directory = past, tallies, directory
        self.grade_by(grading)
        self.surround_by(intake)
        self._kind_columns = {name: values.tolist() for name, values in intake.kinds.columns.items()}

    def grade_by(self, grading: Grading) -> None:
        """From now on risk is graded so."""
        self._grading = grading
        self._rules = {"": grading.thresholds, **dict(grading.rules)}

    def surround_by(self, intake: Intake) -> None:
        """From now on the settings are these."""
        self._settings = intake.settings

    # Luck, values and durations.

    def draw(self, case: Case, step: Step, turn: int) -> float:
        """The luck of this visit of the case to this block."""
        visit = case.visits.get((step.number, turn), 0)
        case.visits[step.number, turn] = visit + 1
        return uniform(self._intake.key, case.luck, step.purpose, TURNS * visit + turn)

    def value(self, case: Case, value: Value, turn: int) -> float:
        """A number for the case; `turn` of the enclosing for-each decides who supports."""
        match value:
            case ByGrade():
                return value.at(BLUE if case.grade == NEVER else case.grade)
            case ByKind(column, times):
                return float(self._kind_columns[column][case.kind] * times)
            case ByName(_, _, column):
                kinds = self._intake.kinds
                lead = kinds.departments[kinds.lead[case.kind]] if kinds.lead[case.kind] >= 0 else ""
                number = value.of(kinds.ids[case.kind], kinds.groups[case.kind], lead)
                return float(number if column is None else self._kind_columns[column][case.kind] * number)
            case ByDistrict(_, _, column):
                number = value.of(self._intake.places.district_ids[case.places[1]])
                return float(number if column is None else self._kind_columns[column][case.kind] * number)
            case BySupport(_, _, column):
                number = value.of(case.supports[turn])
                return float(number if column is None else self._kind_columns[column][case.kind] * number)
            case Drifting():
                return value.at(self._clock.now // DAY)
            case _:
                return value

    def length(self, case: Case, duration: Duration, step: Step, turn: int) -> int | None:
        """Seconds that the duration takes if it begins now; None for a time limit that the type does not have."""
        match duration:
            case FromCase(column):
                return self._past.rows[case.number].columns[column]
            case TimeLimit(which):
                kinds, now = self._intake.kinds, self._clock.now
                limit = int((kinds.on_site_limit if which == "on_site" else kinds.close_limit)[case.kind])
                if limit == NEVER:
                    return None
                return self._intake.working_week.add(now, limit) - now if kinds.clock[case.kind] == WORKING else limit
            case _:
                first, second = (self.value(case, parameter, turn) for parameter in parameters(duration))
                return seconds(SHAPES[type(duration)], first, second, self.draw(case, step, turn))

    def delay(self, case: Case, delay: Delay, step: Step, turn: int) -> int:
        """Seconds that a delay takes if it begins now, with its pace."""
        factors = [self._factor(case, pace, turn) for pace in delay.pace]
        length = self.length(case, delay.duration, step, turn) or 0
        if not factors:
            return length
        product = float(length)
        for factor in factors:
            product *= factor
        return int(min(product, LONGEST) + 0.5) if product > 0.0 else 0

    def _factor(self, case: Case, pace: Pace, turn: int) -> float:
        match pace:
            case Setting(name):
                return self._setting(case, name)
            case Slower(by, each):
                return 1.0 + each * self.field(case, by, turn)
            case Practised(by, most, half):
                x = self.field(case, by, turn)
                return 1.0 - most * x / (x + half) if x > 0 else 1.0
            case Spurred(by, each, worn_by, half):
                x = max(0, self.field(case, by, turn))
                y = max(0, self.field(case, worn_by, turn)) if worn_by is not None else 0
                return 1.0 / (1.0 + each * x * (half / (half + y)))

    def _setting(self, case: Case, name: str) -> float:
        """What the intake says of this hour in the district of the case."""
        hours = self._settings[name]
        values = hours[min(self._clock.now // HOUR, len(hours) - 1)]
        return float(values[case.places[1] if len(values) > 1 else 0])

    # Conditions and fields.

    def holds(self, case: Case, when: Condition, step: Step, turn: int) -> bool:
        match when:
            case Always():
                return True
            case Chance(share):
                return self.draw(case, step, turn) < self.value(case, share, turn)
            case Is(field, sign, value):
                return COMPARE[sign](self.field(case, field, turn), value)
            case Among(names):
                kinds = self._intake.kinds
                return kinds.ids[case.kind] in names or kinds.groups[case.kind] in names

    def field(self, case: Case, name: str, turn: int) -> int:
        """The whole number that a field has now; `turn` of the enclosing for-each decides who supports."""
        prefix, colon, rest = name.partition(":")
        match prefix if colon else None:
            case "count":
                return case.counters[rest]
            case "tally":
                return self._tallies.value(rest, case.places, self._clock.now)
            case "waiting":
                return len(self._directory.pool(rest, case, turn).line)
            case "free":
                return max(0, self._directory.pool(rest, case, turn).free)
            case "setting":
                return floor(self._setting(case, rest))
        return self._plain_field(case, name) if name in FIELDS else self._past.rows[case.number].columns[name]

    def _plain_field(self, case: Case, name: str) -> int:
        """One of `FIELDS`."""
        intake, row, now = self._intake, self._past.rows[case.number], self._clock.now
        match name:
            case "grade":
                return BLUE if case.grade == NEVER else case.grade
            case "severity":
                return self._past.severity(case.number, now)
            case "repeat":
                return int(row.parent >= 0)
            case "bred":
                return int(row.cause >= 0)
            case "emergency":
                return int(intake.kinds.emergency[case.kind])
            case "age":
                return now - row.reported
            case "day":
                return now // DAY
            case "weekday":
                return now // DAY % 7
            case "hour":
                return now % DAY // HOUR
            case "working":
                return int(intake.working_week.runs_at(now))
            case "channel" | "n_support" | "genuine":
                return int(getattr(row, name))
        return int(getattr(case, name))  # priority, transfers, reworks, repeats: what the case itself remembers

    def risk_grade(self, case: Case, grade: Grade, step: Step, turn: int) -> int:
        """A new grade of the case, by the luck of this visit."""
        grading, row = self._grading, self._past.rows[case.number]
        centre = grading.centres[self._past.severity(case.number, self._clock.now)]
        if row.columns.get("exposure") == 1:
            centre += grading.exposed
        spread = grading.noise_sd * grading.channel_factors[row.channel] * grade.error
        return risk_grade(centre, spread / grading.data_validity, *self._rules[grade.rule], self.draw(case, step, turn))
