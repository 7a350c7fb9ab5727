"""The compiled parts that the kernel's loop is made of: the event heap, the lines, holdings and luck.

State lives in a few int64 arrays with named columns, so that a lane or a pool sits in one or two cache lines and a
function needs few arguments.
"""

import numpy as np
from numba import njit

from citysim.engines.ordering import PRIORITIES, TURNS
from citysim.engines.program import (
    BLOCK,
    BY_GRADE,
    BY_KIND,
    COUNTER,
    F_AGENDA,
    F_COUNT,
    F_CYCLE,
    F_FIRST,
    F_HEADS,
    F_N_SHIFTS,
    F_SHIFTS,
    LEAD,
    OP,
    SEIZE,
    SEVERAL,
    SUPPORT,
    B,
    C,
    D,
)
from citysim.log import CANCELLED, DONE, NO_ROOM, PREEMPTED, RELIEVED
from citysim.policy.durations import FROM_CASE, TIME_LIMIT, seconds
from citysim.policy.grading import risk_grade
from citysim.policy.workflow import MAX_SUPPORT
from citysim.streams import MIX1, MIX2, STEP, TO_UNIT, normal_quantile
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
(
    A_KIND, A_STREET, A_DISTRICT, A_SEVERITY, A_CHANNEL, A_SUPPORT, A_GENUINE, A_PARENT, A_EMERGENCY, A_PRIORITY,
) = range(10)  # fmt: skip

# Scalars: s[...]
(
    NOW, HEAP, NEXT_ROW, FREE_LANES, FREE_HOLDINGS, STEPS, TOUCHES, MOVES, SHIFT_NEXT, WORK, KEEP_STEPS, KEEP_LIST,
    MOST_POOLS, WEEK_START, WEEK_END,
) = range(15)  # fmt: skip

U_STEP, U_MIX1, U_MIX2 = (np.uint64(x) for x in (STEP, MIX1, MIX2))
U11, U27, U30, U31 = (np.uint64(x) for x in (11, 27, 30, 31))

part = njit(_nrt=False)
hot = njit(_nrt=False, forceinline=True)
"""Compiles a part. Without reference counting: parts only read and write arrays that the caller owns, and counting
references to a dozen arrays in each call takes ten times as long as the work (measured on an M/M/5 line)."""

quantile = part(normal_quantile)
# The functions below call these names; the compiled versions replace the plain ones in this file only.
compiled_seconds = part(
    type(seconds)(seconds.__code__, {**seconds.__globals__, "normal_quantile": quantile}, "seconds")
)
compiled_grade = part(
    type(risk_grade)(risk_grade.__code__, {**risk_grade.__globals__, "normal_quantile": quantile}, "risk_grade")
)


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
def heap_push(keys, values, n, key, value):
    """Add an event to the 4-ary heap of n events, ordered by key, then value; returns n + 1."""
    j = n
    while j > 0:
        parent = (j - 1) >> 2
        if keys[parent] < key or (keys[parent] == key and values[parent] < value):
            break
        keys[j] = keys[parent]
        values[j] = values[parent]
        j = parent
    keys[j] = key
    values[j] = value
    return n + 1


@hot
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
            if keys[k] < keys[best] or (keys[k] == keys[best] and values[k] < values[best]):
                best = k
        if keys[best] > key or (keys[best] == key and values[best] > value):
            break
        keys[j] = keys[best]
        values[j] = values[best]
        j = best
    keys[j] = key
    values[j] = value
    return n


@hot
def touch(p, s, touched, pool):
    if p[pool, TOUCHED] == 0:
        p[pool, TOUCHED] = 1
        touched[s[TOUCHES]] = pool
        s[TOUCHES] += 1


@hot
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


@hot
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


@hot
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


@hot
def first_in_line(p, ends, pool):
    mask = p[pool, MASK]
    priority = 0
    while (mask >> priority) & 1 == 0:
        priority += 1
    return ends[pool * PRIORITIES + priority, 0]


@hot
def last_in_line(p, ends, pool):
    mask = p[pool, MASK]
    priority = PRIORITIES - 1
    while (mask >> priority) & 1 == 0:
        priority -= 1
    return ends[pool * PRIORITIES + priority, 1]


@hot
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


@hot
def give_back(t, p, h, s, free_holdings, touched, holding, before, keep_list, now):
    """Take units back from a lane; `before` is the holding before this one in the lane's list, -1 = it is the first."""
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
    if p[pool, LENGTH] > 0:
        touch(p, s, touched, pool)


@part
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


@part
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
def note(rows, times, s, row, lane_no, block, event):
    """Write a step row: case, lane, block and event share one int64 (see `unpack_steps`), the time another."""
    if s[KEEP_STEPS] == 1:
        i = s[STEPS]
        rows[i] = (row << 28) | (lane_no << 20) | (block << 4) | event
        times[i] = s[NOW]
        s[STEPS] = i + 1


@hot
def new_lane(t, c, s, free_lanes, row, pc, lane_no, parent, turn):
    s[FREE_LANES] -= 1
    lane = free_lanes[s[FREE_LANES]]
    t[lane, PC] = pc
    t[lane, ROW] = row
    t[lane, LANE_NO] = lane_no
    t[lane, TURN] = turn
    t[lane, PARENT] = parent
    t[lane, STATE] = MOVING
    t[lane, HELD] = -1
    t[lane, LEFT] = -1
    if lane_no > 0:
        after = c[row, LANES]
        t[lane, SIBLING] = after
        t[lane, BEFORE] = -1
        if after >= 0:
            t[after, BEFORE] = lane
        c[row, LANES] = lane
    return lane


@hot
def free_lane(t, c, s, free_lanes, lane):
    """Forget a lane; raising its generation makes its events in the heap void."""
    t[lane, GEN] += 1
    t[lane, STATE] = FREE
    if t[lane, LANE_NO] > 0:
        before, after = t[lane, BEFORE], t[lane, SIBLING]
        if before >= 0:
            t[before, SIBLING] = after
        else:
            c[t[lane, ROW], LANES] = after
        if after >= 0:
            t[after, BEFORE] = before
    free_lanes[s[FREE_LANES]] = lane
    s[FREE_LANES] += 1


@hot
def pool_of(names, entries, a, row, turn, name):
    """The pool that a name means for a case, at this turn of a for-each."""
    mode, offset = names[name, 0], names[name, 1]
    if mode == LEAD:
        offset += a[row, A_KIND]
    elif mode == SUPPORT:
        offset += a[row, A_KIND] * MAX_SUPPORT + turn
    return place_of(entries, a, row, offset)


@hot
def place_of(entries, a, row, offset):
    level = entries[offset, 1]
    pool = entries[offset, 0]
    if level == 2:
        return pool + a[row, A_STREET]
    if level == 1:
        return pool + a[row, A_DISTRICT]
    return pool


@hot
def places_in_line(t, code, lane):
    """How many lines the lane waits in: several only for a seize of several pools that was never served."""
    pc = t[lane, PC]
    if t[lane, LEFT] >= 0 or code[pc, OP] != SEIZE:
        return 1
    return code[pc, B] // SEVERAL


@part
def leave_lines(t, q, ends, p, s, touched, code, lane):
    first = lane * s[MOST_POOLS]
    for place in range(first, first + places_in_line(t, code, lane)):
        line_leave(q, ends, p, place, s[NOW])
        touch(p, s, touched, q[place, Q_POOL])


@hot
def servable(t, q, ends, p, s, code, lane):
    """Whether the first request in a line can be served now (law, section 4.2)."""
    first = lane * s[MOST_POOLS]
    n = places_in_line(t, code, lane)
    for place in range(first, first + n):
        pool = q[place, Q_POOL]
        if p[pool, CAP] - p[pool, LENT] < t[lane, UNITS]:
            return False
        if n > 1 and first_in_line(p, ends, pool) != place:
            return False
    return True


@hot
def serve(t, q, ends, p, h, s, touched, free_holdings, code, work, rows, times, lane):
    """Take the lane out of its lines, lend it the units and let it go (an interrupted one resumes as it moves)."""
    first = lane * s[MOST_POOLS]
    n = places_in_line(t, code, lane)
    for place in range(first, first + n):
        pool = q[place, Q_POOL]
        line_leave(q, ends, p, place, s[NOW])
        if n > 1:
            touch(p, s, touched, pool)
        lend(t, p, h, s, free_holdings, pool, t[lane, UNITS], q[place, Q_NAME], lane, s[KEEP_LIST] == 1, s[NOW])
    if t[lane, LEFT] < 0:
        note_here(t, rows, times, s, code, lane, DONE)
        t[lane, PC] += 1
    let_go(t, s, work, lane)


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


@hot
def let_go(t, s, work, lane):
    """Put a lane on the stack of those that may move; whatever it waited for is void."""
    t[lane, GEN] += 1
    t[lane, STATE] = MOVING
    work[s[WORK]] = lane | (t[lane, GEN] << 32)
    s[WORK] += 1


@hot
def event_of(t, lane):
    """The value of a lane's event: case, lane number and generation, so that simultaneous events have one order."""
    return (t[lane, ROW] << 32) | (t[lane, LANE_NO] << 24) | (t[lane, GEN] & 0xFFFFFF)


@hot
def lane_of(t, c, value):
    """The lane that an event is for; -1 if the event is void."""
    row, number_of_lane = value >> 32, (value >> 24) & 0xFF
    if c[row, ENDED] >= 0:
        return np.int64(-1)
    lane = c[row, MAIN]
    if number_of_lane > 0:
        lane = c[row, LANES]
        while lane >= 0 and t[lane, LANE_NO] != number_of_lane:
            lane = t[lane, SIBLING]
        if lane < 0:
            return lane
    if (t[lane, GEN] & 0xFFFFFF) != (value & 0xFFFFFF):
        return np.int64(-1)
    return lane


@hot
def note_here(t, rows, times, s, code, lane, event):
    note(rows, times, s, t[lane, ROW], t[lane, LANE_NO], code[t[lane, PC], BLOCK], event)


@part
def take(t, q, ends, p, h, c, s, tie, touched, free_holdings, holding):
    """Take a holding from its lane, whose delay stops and whose request goes back into the line."""
    lane, pool = h[holding, H_LANE], h[holding, H_POOL]
    before = np.int64(-1)
    at = t[lane, HELD]
    while at != holding:
        before = at
        at = h[at, H_NEXT]
    place = lane * s[MOST_POOLS]
    t[lane, LEFT] = t[lane, ENDS] - s[NOW]
    t[lane, SINCE] = h[holding, H_SINCE]
    t[lane, UNITS] = h[holding, H_UNITS]
    q[place, Q_NAME] = h[holding, H_NAME]
    q[place, Q_LANE] = lane
    give_back(t, p, h, s, free_holdings, touched, holding, before, True, s[NOW])
    t[lane, GEN] += 1
    t[lane, STATE] = IN_LINE
    line_join(t, q, ends, p, tie, place, pool, c[t[lane, ROW], PRIORITY], s[NOW])


@hot
def touch_held(t, p, h, s, touched, lane):
    """Touch the pools whose units the lane holds: from now on they may be taken."""
    holding = t[lane, HELD]
    while holding >= 0:
        touch(p, s, touched, h[holding, H_POOL])
        holding = h[holding, H_NEXT]


@hot
def give_back_all(t, p, h, s, free_holdings, touched, lane):
    while t[lane, HELD] >= 0:
        give_back(t, p, h, s, free_holdings, touched, t[lane, HELD], -1, s[KEEP_LIST] == 1, s[NOW])


@hot
def give_back_named(t, p, h, s, free_holdings, touched, lane, name):
    before = np.int64(-1)
    holding = t[lane, HELD]
    while holding >= 0:
        after = h[holding, H_NEXT]
        if h[holding, H_NAME] == name:
            give_back(t, p, h, s, free_holdings, touched, holding, before, s[KEEP_LIST] == 1, s[NOW])
        else:
            before = holding
        holding = after


@part
def pass_to_parent(t, h, lane, parent):
    """What a lane holds when it ends passes to the lane that started it."""
    holding = t[lane, HELD]
    if holding < 0:
        return
    last = holding
    while True:
        h[last, H_LANE] = parent
        if h[last, H_NEXT] < 0:
            break
        last = h[last, H_NEXT]
    h[last, H_NEXT] = t[parent, HELD]
    t[parent, HELD] = holding
    t[lane, HELD] = -1


@part
def refile(t, q, ends, p, s, tie, touched, code, lane, priority):
    """Move a lane's waiting requests to the line of the new priority, and touch what it holds."""
    if t[lane, STATE] == IN_LINE:
        first = lane * s[MOST_POOLS]
        n = places_in_line(t, code, lane)
        for place in range(first, first + n):
            line_leave(q, ends, p, place, s[NOW])
        t[lane, SINCE] = s[NOW]
        for place in range(first, first + n):
            line_join(t, q, ends, p, tie, place, q[place, Q_POOL], priority, s[NOW])
            touch(p, s, touched, q[place, Q_POOL])


@part
def set_priority(t, q, ends, p, h, c, s, tie, touched, code, row, priority):
    """Change a case's priority (law, section 5)."""
    if c[row, PRIORITY] == priority:
        return
    c[row, PRIORITY] = priority
    refile(t, q, ends, p, s, tie, touched, code, c[row, MAIN], priority)
    touch_held(t, p, h, s, touched, c[row, MAIN])
    lane = c[row, LANES]
    while lane >= 0:
        refile(t, q, ends, p, s, tie, touched, code, lane, priority)
        touch_held(t, p, h, s, touched, lane)
        lane = t[lane, SIBLING]


@hot
def is_open(c, row, now):
    """Whether a case has come in and had not ended before now (law, section 2)."""
    return c[row, ACTIVE] == 1 and (c[row, ENDED] < 0 or c[row, ENDED] >= now)


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
        return np.int64(a[row, A_SUPPORT])
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


@hot
def end_case(t, c, s, free_lanes, lane, outcome):
    """End a case whose main lane is at its end."""
    row = t[lane, ROW]
    c[row, OUTCOME] = outcome
    c[row, ENDED] = s[NOW]
    free_lane(t, c, s, free_lanes, lane)


@part
def clear_case(t, q, ends, p, h, c, s, touched, free_lanes, free_holdings, code, rows, times, lane):
    """Give back what the case's main lane holds; cancel its watches and what they started."""
    row = t[lane, ROW]
    give_back_all(t, p, h, s, free_holdings, touched, lane)
    other = c[row, LANES]
    while other >= 0:
        if t[other, STATE] == IN_LINE:
            leave_lines(t, q, ends, p, s, touched, code, other)
        give_back_all(t, p, h, s, free_holdings, touched, other)
        note_here(t, rows, times, s, code, other, CANCELLED)
        free_lane(t, c, s, free_lanes, other)
        other = c[row, LANES]


@part
def change_shifts(p, s, touched, families, clock, shifts, heads):
    """Phase 1: capacities of the pools whose shift starts now, agendas of the gates that sit now."""
    now = s[NOW]
    soonest = np.int64(1) << 62
    for f in range(families.shape[0]):
        if clock[f, 0] == now:
            first, count = families[f, F_FIRST], families[f, F_COUNT]
            if families[f, F_AGENDA] > 0:
                for pool in range(first, first + count):
                    p[pool, CAP] = families[f, F_AGENDA]
                    p[pool, OPENED] = now
                    touch(p, s, touched, pool)
                clock[f, 0] = now + families[f, F_CYCLE]
            else:
                n = families[f, F_N_SHIFTS]
                shift = (clock[f, 1] + 1) % n
                if shift == 0:
                    clock[f, 2] += families[f, F_CYCLE]
                clock[f, 1] = shift
                for k in range(count):
                    p[first + k, CAP] = heads[families[f, F_HEADS] + k * n + shift]
                    touch(p, s, touched, first + k)
                if shift + 1 < n:
                    clock[f, 0] = clock[f, 2] + shifts[families[f, F_SHIFTS] + shift + 1]
                else:
                    clock[f, 0] = clock[f, 2] + families[f, F_CYCLE]
        soonest = min(soonest, clock[f, 0])
    s[SHIFT_NEXT] = soonest


@hot
def dispatch(t, q, ends, p, h, c, s, tie, touched, free_holdings, code, work, rows, times, pool, relieves, may_preempt):
    """Dispatch one pool: relief, serving, pre-emption, room (law, section 4)."""
    if relieves:
        while p[pool, LENT] > p[pool, CAP]:
            holding = worst_holding(t, p, h, c, tie, code, pool, -1, False)
            if holding < 0:
                break
            lane = h[holding, H_LANE]
            take(t, q, ends, p, h, c, s, tie, touched, free_holdings, holding)
            note_here(t, rows, times, s, code, lane, RELIEVED)
    while p[pool, LENGTH] > 0:
        lane = q[first_in_line(p, ends, pool), Q_LANE]
        if not servable(t, q, ends, p, s, code, lane):
            break
        serve(t, q, ends, p, h, s, touched, free_holdings, code, work, rows, times, lane)
    while may_preempt and p[pool, LENGTH] > 0:
        lane = q[first_in_line(p, ends, pool), Q_LANE]
        pc = t[lane, PC]
        if t[lane, LEFT] >= 0 or code[pc, B] % 2 == 0:
            break
        holding = worst_holding(t, p, h, c, tie, code, pool, c[t[lane, ROW], PRIORITY], True)
        if holding < 0:
            break
        victim = h[holding, H_LANE]
        take(t, q, ends, p, h, c, s, tie, touched, free_holdings, holding)
        note_here(t, rows, times, s, code, victim, PREEMPTED)
        serve(t, q, ends, p, h, s, touched, free_holdings, code, work, rows, times, lane)
    while p[pool, LENGTH] > 0:
        lane = q[last_in_line(p, ends, pool), Q_LANE]
        pc = t[lane, PC]
        if t[lane, LEFT] >= 0 or code[pc, D] < 0 or p[pool, LENGTH] - 1 <= code[pc, D]:
            break
        leave_lines(t, q, ends, p, s, touched, code, lane)
        note_here(t, rows, times, s, code, lane, NO_ROOM)
        t[lane, PC] = code[pc, C]
        let_go(t, s, work, lane)


@part
def open_gate(t, q, ends, p, s, code, work, rows, times, gate):
    """A sitting lets cases through while it has places; outside a sitting there are none."""
    if p[gate, OPENED] != s[NOW]:
        return
    while p[gate, CAP] > 0 and p[gate, LENGTH] > 0:
        place = first_in_line(p, ends, gate)
        line_leave(q, ends, p, place, s[NOW])
        p[gate, CAP] -= 1
        lane = q[place, Q_LANE]
        note_here(t, rows, times, s, code, lane, DONE)
        t[lane, PC] += 1
        let_go(t, s, work, lane)


@part
def sort_pools(pools, count):
    """Sort the first `count` pool numbers (heapsort: no memory, no bad case)."""
    for start in range(count // 2 - 1, -1, -1):
        sift_down(pools, start, count)
    for end in range(count - 1, 0, -1):
        pools[0], pools[end] = pools[end], pools[0]
        sift_down(pools, 0, end)


@part
def sift_down(pools, root, end):
    while True:
        child = 2 * root + 1
        if child >= end:
            return
        if child + 1 < end and pools[child + 1] > pools[child]:
            child += 1
        if pools[root] >= pools[child]:
            return
        pools[root], pools[child] = pools[child], pools[root]
        root = child
