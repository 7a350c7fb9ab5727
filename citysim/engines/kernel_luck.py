"""Luck and time in the kernel: draws, values, durations, deadlines, risk grades."""

from types import FunctionType
from typing import Any, cast

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    A_CHANNEL, A_DISTRICT, A_KIND, GRADE_NOW, MAIN, NOW, ROW, TURN, WEEK_END, WEEK_START, hot, part,
)
from citysim.engines.ordering import TURNS
from citysim.engines.program import B, BY_DISTRICT, BY_GRADE, BY_KIND, BY_SUPPORT, COUNTER, D, DRIFTING
from citysim.policy.durations import FROM_CASE, TIME_LIMIT, seconds
from citysim.policy.grading import risk_grade
from citysim.policy.workflow import MAX_SUPPORT
from citysim.streams import MIX1, MIX2, STEP, TO_UNIT, normal_quantile
from citysim.units import DAY, NEVER
# fmt: on
# isort: on

U_STEP, U_MIX1, U_MIX2 = (np.uint64(x) for x in (STEP, MIX1, MIX2))
U11, U27, U30, U31 = (np.uint64(x) for x in (11, 27, 30, 31))

quantile = part(normal_quantile)


def _compiled(function: FunctionType) -> Any:
    """A plain function compiled as it stands, with the compiled quantile in place of the plain one that it calls."""
    names = {**function.__globals__, "normal_quantile": quantile}
    return part(FunctionType(function.__code__, names, function.__name__))


compiled_seconds = _compiled(cast(FunctionType, seconds))
compiled_grade = _compiled(cast(FunctionType, risk_grade))


@hot
def mix(z):
    z = (z ^ (z >> U30)) * U_MIX1
    z = (z ^ (z >> U27)) * U_MIX2
    return z ^ (z >> U31)


@hot
def uniform(mixed, purpose, index):
    """The compiled second half of `streams.uniform`; the first half, `mixed`, is the same for all draws of a case."""
    return np.float64(mix(mixed + purpose + U_STEP * index) >> U11) * TO_UNIT


@part
def drifted(numbers, offset, day):
    """The compiled twin of `durations.Drifting.at`."""
    since = day % np.int64(numbers[offset + 2])
    return min(max(numbers[offset] + numbers[offset + 1] * since, 0.0), numbers[offset + 3])


@hot
def number(values, numbers, index, c, a, row, turn, now):
    """A value of the program for a case as it is graded now (blue if it is not), its kind and district, on this day;
    `turn` of the enclosing for-each decides who supports.
    """
    mode, offset = values[index, 0], values[index, 1]
    if mode == BY_GRADE:
        grade = c[row, GRADE_NOW]
        return numbers[offset + (grade if grade >= 0 else 3)]
    if mode == BY_KIND:
        return numbers[offset + a[row, A_KIND]]
    if mode == DRIFTING:
        return drifted(numbers, offset, now // DAY)
    if mode == BY_DISTRICT:
        by_type = offset + 1 + np.int64(numbers[offset])
        return numbers[offset + 1 + a[row, A_DISTRICT]] * numbers[by_type + a[row, A_KIND]]
    if mode == BY_SUPPORT:
        return numbers[offset + a[row, A_KIND] * MAX_SUPPORT + turn]
    return numbers[offset]


@hot
def visit_index(visits, main, counter, turn):
    """Index of the next draw of a case at an instruction, counting the visit (law, section 6).

    Visits are kept by the case's main lane, which lives as long as the case is open.
    """
    if counter < 0:
        return np.uint64(turn)
    cell = counter + turn
    visit = visits[main, cell]
    visits[main, cell] = visit + 1
    return np.uint64(TURNS * np.int64(visit) + turn)


@hot
def is_working_day(days, holidays, day):
    """Whether anybody works on a day (0 = the first); holidays has a 1 for each, up to the last."""
    return days[day % 7] == 1 and (day >= holidays.shape[0] or holidays[day] == 0)


@part
def working_end(now, left, days, holidays, start, end):
    """When `left` working seconds have passed since now; the compiled twin of `WorkingWeek.add`."""
    if left <= 0:
        return now
    while True:
        second = now % DAY
        if second < end and is_working_day(days, holidays, now // DAY):
            begin = max(second, start)
            if end - begin >= left:
                return now - second + begin + left
            left -= end - begin
        now += DAY - second


@part
def limit_time(limit, clock, now, days, holidays, start, end):
    """Seconds until a deadline whose clock starts now; NEVER if the type has none."""
    if limit < 0:
        return np.int64(NEVER)
    if clock == 0:
        return limit
    return working_end(now, limit, days, holidays, start, end) - now


@hot
def luck_at(t, c, visits, code, purposes, luck, lane, pc):
    """The luck of a lane's case at an instruction, counting the visit."""
    row = t[lane, ROW]
    return uniform(luck[row], purposes[pc], visit_index(visits, c[row, MAIN], code[pc, COUNTER], t[lane, TURN]))


@hot
def length_at(t, c, a, extra, s, visits, code, purposes, tables, deadlines, luck, lane, pc, index):
    """Seconds that a duration takes for a lane's case; NEVER for a deadline that the type does not have."""
    values, numbers, durations = tables
    row = t[lane, ROW]
    shape = durations[index, 0]
    if shape == FROM_CASE:
        return extra[row, durations[index, 1]]
    if shape == TIME_LIMIT:
        limits, clocks, days, holidays = deadlines
        kind = a[row, A_KIND]
        limit, clock = limits[kind, durations[index, 1]], clocks[kind]
        return limit_time(limit, clock, s[NOW], days, holidays, s[WEEK_START], s[WEEK_END])
    u = luck_at(t, c, visits, code, purposes, luck, lane, pc)
    first = number(values, numbers, durations[index, 1], c, a, row, t[lane, TURN], s[NOW])
    second = number(values, numbers, durations[index, 2], c, a, row, t[lane, TURN], s[NOW])
    return np.int64(compiled_seconds(shape, first, second, u))


@part
def risk(a, extra, code, numbers, centres, row, pc, severity, luck):
    """The grade that a draw gives to a case of this present severity (law, section 5)."""
    if code[pc, D] >= 0 and extra[row, code[pc, D]] == 1:
        severity += 4  # the second half of the centres is for exposed places
    at = code[pc, B]
    error = numbers[at + a[row, A_CHANNEL]]
    return compiled_grade(centres[severity], error, numbers[at + 4], numbers[at + 5], numbers[at + 6], luck)
