"""What a block of the reference engine may read about a case: its row of the intake and its luck (law, section 6)."""

import operator
from collections.abc import Callable

from citysim.engines.ordering import TURNS
from citysim.engines.reference_state import Case, Step
from citysim.intake import Intake
from citysim.log import NEVER
from citysim.policy.blocks import Always, Chance, Condition, Is
from citysim.policy.durations import SHAPES, ByGrade, ByKind, Duration, FromCase, TimeLimit, Value, parameters, seconds
from citysim.policy.grading import Grading, risk_grade
from citysim.streams import uniform
from citysim.units import GRADES, WORKING

BLUE = len(GRADES) - 1
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Facts:
    """The answers to what blocks ask about a case."""

    def __init__(self, intake: Intake, grading: Grading) -> None:
        self._intake, self._grading = intake, grading
        self._kind_columns = {name: values.tolist() for name, values in intake.kinds.columns.items()}
        self._columns = {name: values.tolist() for name, values in intake.columns.items()}

    def draw(self, case: Case, step: Step, turn: int) -> float:
        """The luck of this visit of the case to this block."""
        visit = case.visits.get((step.number, turn), 0)
        case.visits[step.number, turn] = visit + 1
        return uniform(self._intake.key, case.luck, step.purpose, TURNS * visit + turn)

    def value(self, case: Case, value: Value) -> float:
        match value:
            case ByGrade():
                return value.at(BLUE if case.grade == NEVER else case.grade)
            case ByKind(column, times):
                return float(self._kind_columns[column][case.kind] * times)
            case _:
                return value

    def length(self, case: Case, duration: Duration, step: Step, turn: int, now: int) -> int | None:
        """Seconds that the duration takes if it begins now; None for a time limit that the type does not have."""
        match duration:
            case FromCase(column):
                return int(self._columns[column][case.number])
            case TimeLimit(which):
                kinds = self._intake.kinds
                limit = int((kinds.on_site_limit if which == "on_site" else kinds.close_limit)[case.kind])
                if limit == NEVER:
                    return None
                return self._intake.working_week.add(now, limit) - now if kinds.clock[case.kind] == WORKING else limit
            case _:
                first, second = (self.value(case, parameter) for parameter in parameters(duration))
                return seconds(SHAPES[type(duration)], first, second, self.draw(case, step, turn))

    def holds(self, case: Case, when: Condition, step: Step, turn: int) -> bool:
        match when:
            case Always():
                return True
            case Chance(share):
                return self.draw(case, step, turn) < self.value(case, share)
            case Is(field, sign, value):
                return COMPARE[sign](self.field(case, field), value)

    def field(self, case: Case, name: str) -> int:
        intake, row = self._intake, case.number
        match name:
            case "grade":
                return BLUE if case.grade == NEVER else case.grade
            case "priority" | "transfers" | "reworks":
                return int(getattr(case, name))
            case "severity" | "channel" | "n_support" | "genuine":
                return int(getattr(intake, name)[row])
            case "repeat":
                return int(intake.parent[row] >= 0)
            case "emergency":
                return int(intake.kinds.emergency[case.kind])
            case _:
                return int(self._columns[name][row])

    def risk_grade(self, case: Case, step: Step, turn: int) -> int:
        centre = self._grading.centres[self.field(case, "severity")]
        return risk_grade(centre, self._grading.noise_sd, *self._grading.thresholds, self.draw(case, step, turn))
