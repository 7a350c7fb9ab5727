"""The compiled parts that the kernel's loop is made of: the event heap, the lines, holdings and luck.

State lives in a few int64 arrays with named columns, so that a lane or a pool sits in one or two cache lines and a
function needs few arguments.
"""

import numpy as np
from numba import njit

from citysim.engines.ordering import PRIORITIES, TURNS
from citysim.engines.program import BY_GRADE, BY_KIND
from citysim.policy.durations import FROM_CASE, TIME_LIMIT, seconds
from citysim.policy.grading import risk_grade
from citysim.streams import GOLDEN, MIX1, MIX2, STEP, TO_UNIT, normal_quantile
from citysim.units import DAY, NEVER

# Lanes: t[lane, column]
(
    PC, ROW, LANE_NO, TURN, PARENT, CHILDREN, STATE, GEN, ENDS, BEGAN, SINCE, LEFT, HELD, SIBLING, BEFORE, UNITS,
) = range(16)  # fmt: skip
FREE, MOVING, DELAYED, IN_LINE, JOINING, WATCHING = range(6)

# Places in line: q[place, column]; place = lane * most_pools + i
Q_NEXT, Q_PREV, Q_LANE, Q_POOL, Q_NAME, Q_CLASS = range(6)

# Pools and gates: p[pool, column]
CAP, LENT, LENGTH, MASK, TOUCHED, BUSY, WAITING, SATURATED, SERVED, HOLDINGS, FAMILY, OPENED = range(12)

# Holdings: h[holding, column]
H_POOL, H_UNITS, H_NAME, H_LANE, H_SINCE, H_NEXT, H_AHEAD, H_BEHIND = range(8)

# Cases: c[row, column]
GRADE_NOW, PRIORITY, OUTCOME, TRANSFERS, REWORKS, REPEATS, OFF_CLOCK, ENDED, LANES, MAIN, ACTIVE = range(11)

# Facts of a case: a[row, column]
A_KIND, A_STREET, A_DISTRICT, A_SEVERITY, A_CHANNEL, A_SUPPORT, A_GENUINE, A_PARENT, A_EMERGENCY = range(9)

# Scalars: s[...]
(
    NOW, HEAP, NEXT_ROW, FREE_LANES, FREE_HOLDINGS, STEPS, TOUCHES, MOVES, SHIFT_NEXT, WORK, LIVE_HOLDINGS, WHAT_ROW,
    WHAT_PC,
) = range(13)  # fmt: skip

U_GOLDEN, U_STEP, U_MIX1, U_MIX2 = (np.uint64(x) for x in (GOLDEN, STEP, MIX1, MIX2))
U1, U11, U27, U30, U31 = (np.uint64(x) for x in (1, 11, 27, 30, 31))

quantile = njit(normal_quantile)
# The functions below call these names; the compiled versions replace the plain ones in this file only.
compiled_seconds = njit(
    type(seconds)(seconds.__code__, {**seconds.__globals__, "normal_quantile": quantile}, "seconds")
)
compiled_grade = njit(
    type(risk_grade)(risk_grade.__code__, {**risk_grade.__globals__, "normal_quantile": quantile}, "risk_grade")
)


@njit
def mix(z):
    z = (z ^ (z >> U30)) * U_MIX1
    z = (z ^ (z >> U27)) * U_MIX2
    return z ^ (z >> U31)


@njit
def uniform(key, entity, purpose, index):
    """The compiled twin of `streams.uniform`; all arguments uint64."""
    z = mix(key + U_GOLDEN * (entity + U1))
    return np.float64(mix(z + purpose + U_STEP * index) >> U11) * TO_UNIT


@njit
def heap_push(keys, values, n, key, value):
    """Add an event to the 4-ary heap of n events; returns n + 1."""
    j = n
    while j > 0:
        parent = (j - 1) >> 2
        if keys[parent] <= key:
            break
        keys[j] = keys[parent]
        values[j] = values[parent]
        j = parent
    keys[j] = key
    values[j] = value
    return n + 1


@njit
def heap_drop(keys, values, n):
    """Remove the first event of the heap of n events; returns n - 1."""
    n -= 1
    key = keys[n]
    value = values[n]
    j = 0
    while True:
        child = 4 * j + 1
        if child >= n:
            break
        best = child
        for k in range(child + 1, min(child + 4, n)):
            if keys[k] < keys[best]:
                best = k
        if keys[best] >= key:
            break
        keys[j] = keys[best]
        values[j] = values[best]
        j = best
    keys[j] = key
    values[j] = value
    return n


@njit
def touch(p, s, touched, pool):
    if p[pool, TOUCHED] == 0:
        p[pool, TOUCHED] = 1
        touched[s[TOUCHES]] = pool
        s[TOUCHES] += 1


@njit
def stands_before(t, tie, lane, other):
    """Whether a lane's request stands before another's in the same class of a line (law, section 3)."""
    if t[lane, SINCE] != t[other, SINCE]:
        return t[lane, SINCE] < t[other, SINCE]
    row, other_row = t[lane, ROW], t[other, ROW]
    if row == other_row:
        return t[lane, LANE_NO] < t[other, LANE_NO]
    if tie[row] != tie[other_row]:
        return tie[row] < tie[other_row]
    return row < other_row


@njit
def line_join(t, q, ends, p, tie, place, pool, priority, now):
    """Put a place into the pool's line of its class, from the end forward (most requests belong at the end)."""
    cell = pool * PRIORITIES + priority
    lane = q[place, Q_LANE]
    q[place, Q_POOL] = pool
    q[place, Q_CLASS] = priority
    behind = np.int64(-1)
    ahead = ends[cell, 1]
    while ahead >= 0 and stands_before(t, tie, lane, q[ahead, Q_LANE]):
        behind = ahead
        ahead = q[ahead, Q_PREV]
    q[place, Q_PREV] = ahead
    q[place, Q_NEXT] = behind
    if ahead >= 0:
        q[ahead, Q_NEXT] = place
    else:
        ends[cell, 0] = place
    if behind >= 0:
        q[behind, Q_PREV] = place
    else:
        ends[cell, 1] = place
    p[pool, MASK] |= 1 << priority
    if p[pool, LENGTH] == 0:
        p[pool, SATURATED] -= now
    p[pool, LENGTH] += 1
    p[pool, WAITING] -= now


@njit
def line_leave(q, ends, p, place, now):
    pool = q[place, Q_POOL]
    cell = pool * PRIORITIES + q[place, Q_CLASS]
    ahead, behind = q[place, Q_PREV], q[place, Q_NEXT]
    if ahead >= 0:
        q[ahead, Q_NEXT] = behind
    else:
        ends[cell, 0] = behind
    if behind >= 0:
        q[behind, Q_PREV] = ahead
    else:
        ends[cell, 1] = ahead
    if ends[cell, 0] < 0:
        p[pool, MASK] &= ~(1 << q[place, Q_CLASS])
    p[pool, LENGTH] -= 1
    if p[pool, LENGTH] == 0:
        p[pool, SATURATED] += now
    p[pool, WAITING] += now


@njit
def first_in_line(p, ends, pool):
    mask = p[pool, MASK]
    priority = 0
    while (mask >> priority) & 1 == 0:
        priority += 1
    return ends[pool * PRIORITIES + priority, 0]


@njit
def last_in_line(p, ends, pool):
    mask = p[pool, MASK]
    priority = PRIORITIES - 1
    while (mask >> priority) & 1 == 0:
        priority -= 1
    return ends[pool * PRIORITIES + priority, 1]


@njit
def lend(t, p, h, s, free_holdings, pool, units, name, lane, keep_list, now):
    """Give units of a pool to a lane; returns the holding."""
    s[FREE_HOLDINGS] -= 1
    holding = free_holdings[s[FREE_HOLDINGS]]
    h[holding, H_POOL] = pool
    h[holding, H_UNITS] = units
    h[holding, H_NAME] = name
    h[holding, H_LANE] = lane
    h[holding, H_SINCE] = t[lane, SINCE]
    h[holding, H_NEXT] = t[lane, HELD]
    t[lane, HELD] = holding
    p[pool, LENT] += units
    p[pool, BUSY] -= units * now
    p[pool, SERVED] += 1
    if keep_list:
        head = p[pool, HOLDINGS]
        h[holding, H_BEHIND] = head
        h[holding, H_AHEAD] = -1
        if head >= 0:
            h[head, H_AHEAD] = holding
        p[pool, HOLDINGS] = holding


@njit
def give_back(t, p, h, s, free_holdings, touched, holding, before, keep_list, now):
    """Take units back from the lane that holds them; `before` is the holding before it in the lane's list, -1 = first."""
    pool, lane, units = h[holding, H_POOL], h[holding, H_LANE], h[holding, H_UNITS]
    if before >= 0:
        h[before, H_NEXT] = h[holding, H_NEXT]
    else:
        t[lane, HELD] = h[holding, H_NEXT]
    p[pool, LENT] -= units
    p[pool, BUSY] += units * now
    if keep_list:
        ahead, behind = h[holding, H_AHEAD], h[holding, H_BEHIND]
        if ahead >= 0:
            h[ahead, H_BEHIND] = behind
        else:
            p[pool, HOLDINGS] = behind
        if behind >= 0:
            h[behind, H_AHEAD] = ahead
    free_holdings[s[FREE_HOLDINGS]] = holding
    s[FREE_HOLDINGS] += 1
    touch(p, s, touched, pool)


@njit
def worst_holding(t, p, h, c, tie, code, pool, worse_than, one_unit):
    """The holding that can be taken and stands last in order; -1 if none has a priority above `worse_than`."""
    best = np.int64(-1)
    holding = p[pool, HOLDINGS]
    while holding >= 0:
        lane = h[holding, H_LANE]
        row = t[lane, ROW]
        # column B (4) of a delay says whether it can be interrupted; other states never can
        takes = t[lane, STATE] == DELAYED and code[t[lane, PC], 4] == 1 and t[lane, LEFT] < 0
        if takes and c[row, PRIORITY] > worse_than and (not one_unit or h[holding, H_UNITS] == 1):
            if best < 0 or holding_stands_before(t, h, c, tie, best, holding):
                best = holding
        holding = h[holding, H_BEHIND]
    return best


@njit
def holding_stands_before(t, h, c, tie, one, other):
    lane, other_lane = h[one, H_LANE], h[other, H_LANE]
    row, other_row = t[lane, ROW], t[other_lane, ROW]
    if c[row, PRIORITY] != c[other_row, PRIORITY]:
        return c[row, PRIORITY] < c[other_row, PRIORITY]
    if h[one, H_SINCE] != h[other, H_SINCE]:
        return h[one, H_SINCE] < h[other, H_SINCE]
    if row != other_row:
        if tie[row] != tie[other_row]:
            return tie[row] < tie[other_row]
        return row < other_row
    if t[lane, LANE_NO] != t[other_lane, LANE_NO]:
        return t[lane, LANE_NO] < t[other_lane, LANE_NO]
    return h[one, H_NAME] < h[other, H_NAME]


@njit
def number(values, numbers, index, grade, kind):
    """A value of the program for a case of this grade (blue if not graded) and kind."""
    mode, offset = values[index, 0], values[index, 1]
    if mode == BY_GRADE:
        return numbers[offset + (grade if grade >= 0 else 3)]
    if mode == BY_KIND:
        return numbers[offset + kind]
    return numbers[offset]


@njit
def visit_index(visits, row, counter, turn, in_turn):
    """Index of the next draw of a case at an instruction, counting the visit (law, section 6)."""
    if counter < 0:
        return np.uint64(turn)
    cell = counter + (turn if in_turn else 0)
    visit = visits[row, cell]
    visits[row, cell] = visit + 1
    return np.uint64(TURNS * np.int64(visit) + turn)


@njit
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


@njit
def drawn_time(durations, values, numbers, index, luck, grade, kind):
    """Whole seconds of a random duration."""
    first = number(values, numbers, durations[index, 1], grade, kind)
    second = number(values, numbers, durations[index, 2], grade, kind)
    return np.int64(compiled_seconds(durations[index, 0], first, second, luck))


@njit
def takes_luck(durations, index):
    return durations[index, 0] != FROM_CASE and durations[index, 0] != TIME_LIMIT


@njit
def limit_time(durations, index, kind, limits, clocks, now, days, start, end):
    """Seconds until a deadline whose clock starts now; NEVER if the type has none."""
    limit = limits[kind, durations[index, 1]]
    if limit < 0:
        return np.int64(NEVER)
    if clocks[kind] == 0:
        return limit
    return working_end(now, limit, days, start, end) - now
