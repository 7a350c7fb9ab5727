"""Luck and time in the kernel: draws, durations, deadlines, and what a condition reads."""

from types import FunctionType
from typing import Any, cast

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    A_CHANNEL, A_EMERGENCY, A_GENUINE, A_KIND, A_PARENT, A_SEVERITY, A_NEED, GRADE_NOW, NOW, PRIORITY, REWORKS,
    ROW, TRANSFERS, TURN, WEEK_END, WEEK_START, hot, part,
)
from citysim.engines.ordering import TURNS
from citysim.engines.program import BY_GRADE, BY_KIND, COUNTER
from citysim.policy.durations import FROM_CASE, TIME_LIMIT, seconds
from citysim.policy.grading import risk_grade
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


@hot
def number(values, numbers, index, grade, kind):
    """A value of the program for a case of this grade (blue if not graded) and kind."""
    mode, offset = values[index, 0], values[index, 1]
    if mode == BY_GRADE:
        return numbers[offset + (grade if grade >= 0 else 3)]
    if mode == BY_KIND:
        return numbers[offset + kind]
    return numbers[offset]


@hot
def visit_index(visits, row, counter, turn):
    """Index of the next draw of a case at an instruction, counting the visit (law, section 6)."""
    if counter < 0:
        return np.uint64(turn)
    cell = counter + turn
    visit = visits[row, cell]
    visits[row, cell] = visit + 1
    return np.uint64(TURNS * np.int64(visit) + turn)


@part
def working_end(now, left, days, start, end):
    """When `left` working seconds have passed since now; the compiled twin of `WorkingWeek.add`."""
    if left <= 0:
        return now
    while True:
        day = (now // DAY) % 7
        second = now % DAY
        if days[day] == 1 and second < end:
            begin = max(second, start)
            if end - begin >= left:
                return now - second + begin + left
            left -= end - begin
        now += DAY - second


@part
def limit_time(limit, clock, now, days, start, end):
    """Seconds until a deadline whose clock starts now; NEVER if the type has none."""
    if limit < 0:
        return np.int64(NEVER)
    if clock == 0:
        return limit
    return working_end(now, limit, days, start, end) - now


@hot
def luck_at(t, visits, code, purposes, luck, lane, pc):
    """The luck of a lane's case at an instruction, counting the visit."""
    row = t[lane, ROW]
    return uniform(luck[row], purposes[pc], visit_index(visits, row, code[pc, COUNTER], t[lane, TURN]))


@hot
def length_at(t, c, a, extra, s, visits, code, purposes, tables, deadlines, luck, lane, pc, index):
    """Seconds that a duration takes for a lane's case; NEVER for a deadline that the type does not have."""
    values, numbers, durations = tables
    row = t[lane, ROW]
    shape = durations[index, 0]
    if shape == FROM_CASE:
        return extra[row, durations[index, 1]]
    if shape == TIME_LIMIT:
        limits, clocks, days = deadlines
        kind = a[row, A_KIND]
        return limit_time(limits[kind, durations[index, 1]], clocks[kind], s[NOW], days, s[WEEK_START], s[WEEK_END])
    u = luck_at(t, visits, code, purposes, luck, lane, pc)
    first = number(values, numbers, durations[index, 1], c[row, GRADE_NOW], a[row, A_KIND])
    second = number(values, numbers, durations[index, 2], c[row, GRADE_NOW], a[row, A_KIND])
    return np.int64(compiled_seconds(shape, first, second, u))


@part
def field_value(c, a, extra, row, field):
    """What a condition reads; the order is that of `blocks.FIELDS`, then the extra columns."""
    if field == 0:
        return c[row, GRADE_NOW] if c[row, GRADE_NOW] >= 0 else 3
    if field == 1:
        return c[row, PRIORITY]
    if field == 2:
        return np.int64(a[row, A_SEVERITY])
    if field == 3:
        return np.int64(a[row, A_CHANNEL])
    if field == 4:
        return np.int64(a[row, A_NEED])
    if field == 5:
        return np.int64(a[row, A_GENUINE])
    if field == 6:
        return np.int64(1) if a[row, A_PARENT] >= 0 else np.int64(0)
    if field == 7:
        return np.int64(a[row, A_EMERGENCY])
    if field == 8:
        return c[row, TRANSFERS]
    if field == 9:
        return c[row, REWORKS]
    return extra[row, field - 10]


@part
def compare(left, operator, right):
    """Operators in the order of `blocks.OPERATORS`."""
    if operator == 0:
        return left == right
    if operator == 1:
        return left != right
    if operator == 2:
        return left < right
    if operator == 3:
        return left <= right
    if operator == 4:
        return left > right
    return left >= right
