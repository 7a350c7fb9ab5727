"""Lines in the kernel: who waits for which pool or gate, in the order of the law."""

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    A_DISTRICT, A_KIND, A_STREET, LANE_NO, LEFT, LENGTH, MASK, MOST_POOLS, NOW, PC, Q_CLASS, Q_LANE, Q_NEXT, Q_POOL,
    Q_PREV, ROW, SATURATED, SINCE, TOUCHED, TOUCHES, UNSERVED, WAITING, hot, part,
)
from citysim.engines.ordering import PRIORITIES
from citysim.engines.program import B, LEAD, NEIGHBOUR, OP, SEIZE, SEVERAL, SUPPORT
from citysim.policy.workflow import MAX_SUPPORT
# fmt: on
# isort: on


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
    if level == NEIGHBOUR:
        return entries[pool + a[row, A_DISTRICT], 0]
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
    """Leave every wanted line, and be served in none."""
    first = lane * s[MOST_POOLS]
    for place in range(first, first + places_in_line(t, code, lane)):
        line_leave(q, ends, p, place, s[NOW])
        p[q[place, Q_POOL], UNSERVED] += 1
        touch(p, s, touched, q[place, Q_POOL])
