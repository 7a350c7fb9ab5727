"""Holdings in the kernel: units lent to lanes, given back, taken by the more urgent, passed to a parent lane."""

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    BUSY, DELAYED, ENDS, FREE_HOLDINGS, GEN, HELD, HOLDINGS, H_AHEAD, H_BEHIND, H_LANE, H_NAME, H_NEXT, H_POOL,
    H_SINCE, H_UNITS, IN_LINE, KEEP_LIST, LANE_NO, LEFT, LENGTH, LENT, MOST_POOLS, NOW, PC, PRIORITY, Q_LANE,
    Q_NAME, ROW, SERVED, SINCE, STATE, UNITS, hot, part,
)
from citysim.engines.kernel_lines import line_join, touch
# fmt: on
# isort: on


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
    if p[pool, LENGTH] > 0 or s[MOST_POOLS] > 1:
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
    # of equals the first in the pool's list, the one lent last, counts as the last
    return t[lane, LANE_NO] < t[other_lane, LANE_NO]


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
    if s[MOST_POOLS] > 1:
        touch(p, s, touched, pool)


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
