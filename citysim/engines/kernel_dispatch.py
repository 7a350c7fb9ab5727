"""Dispatch in the kernel: phases 1 and 5 of an instant, and what changes a case's place in the order."""

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_holdings import give_back_all, lend, take, touch_held, worst_holding
from citysim.engines.kernel_lanes import free_lane, let_go, note_here
from citysim.engines.kernel_layout import (
    ACTIVE, CALLED, CAP, CHANGE, CYCLE_BEGAN, DELAYED, ENDED, EXTRA, H_LANE, IN_LINE, KEEP_LIST, LANES, LEFT,
    LENGTH, LENT, MAIN, MOST_POOLS, NEXT_SHIFT, NOW, OPENED, OUTCOME, PC, POOL_CALLED, PRIORITY, Q_LANE, Q_NAME,
    Q_POOL, ROW, SERVED, SHIFT_NEXT, SHIFT_NO, SIBLING, SINCE, SERVED_NOW, STATE, TURNED_AWAY, UNITS, hot, part,
)
from citysim.engines.kernel_lines import (
    first_in_line, last_in_line, leave_lines, line_join, line_leave, places_in_line, touch,
)
from citysim.engines.program import (
    B, CALL_IN, D, FAR, F_AGENDA, F_COUNT, F_CYCLE, F_FIRST, F_HEADS, F_N_SHIFTS, F_SHIFTS, F_SINCE, F_UNTIL, OP,
)
from citysim.log import CANCELLED, PREEMPTED, RELIEVED
# fmt: on
# isort: on


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
def serve(t, q, ends, p, h, s, touched, free_holdings, code, work, lane):
    """Take the lane out of its lines, lend it the units and let it go (an interrupted one resumes as it moves)."""
    first = lane * s[MOST_POOLS]
    n = places_in_line(t, code, lane)
    for place in range(first, first + n):
        pool = q[place, Q_POOL]
        line_leave(q, ends, p, place, s[NOW])
        if s[MOST_POOLS] > 1:  # otherwise nothing in this line can be served any more
            touch(p, s, touched, pool)
        lend(t, p, h, s, free_holdings, pool, t[lane, UNITS], q[place, Q_NAME], lane, s[KEEP_LIST] == 1, s[NOW])
    let_go(t, s, work, lane)
    t[lane, STATE] = SERVED_NOW


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
        serve(t, q, ends, p, h, s, touched, free_holdings, code, work, lane)
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
        serve(t, q, ends, p, h, s, touched, free_holdings, code, work, lane)
    while p[pool, LENGTH] > 0:
        lane = q[last_in_line(p, ends, pool), Q_LANE]
        pc = t[lane, PC]
        if t[lane, LEFT] >= 0 or code[pc, D] < 0 or p[pool, LENGTH] <= code[pc, D]:
            break
        leave_lines(t, q, ends, p, s, touched, code, lane)
        let_go(t, s, work, lane)
        t[lane, STATE] = TURNED_AWAY  # it is in its seize until it moves on


@part
def open_gate(t, q, ends, p, s, work, gate):
    """A sitting lets cases through while it has places; outside a sitting there are none."""
    if p[gate, OPENED] != s[NOW]:
        return
    while p[gate, CAP] > 0 and p[gate, LENGTH] > 0:
        place = first_in_line(p, ends, gate)
        line_leave(q, ends, p, place, s[NOW])
        p[gate, CAP] -= 1
        p[gate, SERVED] += 1
        lane = q[place, Q_LANE]
        let_go(t, s, work, lane)
        t[lane, STATE] = SERVED_NOW


@part
def change_shifts(p, s, touched, families, clock, shifts, heads):
    """Phase 1: capacities of the pools whose shift or life begins or ends now, agendas of the gates that sit now."""
    now = s[NOW]
    soonest = np.int64(FAR)
    for f in range(families.shape[0]):
        if clock[f, CHANGE] == now:
            first, count = families[f, F_FIRST], families[f, F_COUNT]
            if families[f, F_AGENDA] > 0:
                for pool in range(first, first + count):
                    p[pool, CAP] = families[f, F_AGENDA]
                    p[pool, OPENED] = now
                    touch(p, s, touched, pool)
                clock[f, CHANGE] = now + families[f, F_CYCLE]
            else:
                n = families[f, F_N_SHIFTS]
                if clock[f, NEXT_SHIFT] == now:
                    begin_shift(families, clock, shifts, f, n)
                exists = families[f, F_SINCE] <= now and now < families[f, F_UNTIL]
                for k in range(count):
                    on_duty = heads[families[f, F_HEADS] + k * n + clock[f, SHIFT_NO]] if exists else np.int64(0)
                    if p[first + k, CAP] != on_duty + p[first + k, CALLED]:
                        p[first + k, CAP] = on_duty + p[first + k, CALLED]
                        touch(p, s, touched, first + k)
                clock[f, CHANGE] = next_change(families, clock, f, now)
        soonest = min(soonest, clock[f, CHANGE])
    s[SHIFT_NEXT] = soonest


@part
def begin_shift(families, clock, shifts, f, n):
    """Turn a family's clock to the shift that starts now, one of n."""
    shift = (clock[f, SHIFT_NO] + 1) % n
    if shift == 0:
        clock[f, CYCLE_BEGAN] += families[f, F_CYCLE]
    clock[f, SHIFT_NO] = shift
    if shift + 1 < n:
        clock[f, NEXT_SHIFT] = clock[f, CYCLE_BEGAN] + shifts[families[f, F_SHIFTS] + shift + 1]
    else:
        clock[f, NEXT_SHIFT] = clock[f, CYCLE_BEGAN] + families[f, F_CYCLE]


@part
def next_change(families, clock, f, now):
    """When a family's next shift starts, or it begins or ceases to exist."""
    soonest = clock[f, NEXT_SHIFT]
    if families[f, F_SINCE] > now:
        soonest = min(soonest, families[f, F_SINCE])
    if families[f, F_UNTIL] > now:
        soonest = min(soonest, families[f, F_UNTIL])
    return soonest


@part
def call_in(p, s, touched, pool, units):
    """The pool has so many units more from now on (fewer when those called in leave again: units below 0)."""
    p[pool, CAP] += units
    p[pool, CALLED] += units
    p[pool, EXTRA] -= units * s[NOW]
    touch(p, s, touched, pool)


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


@hot
def is_open(c, row, now):
    """Whether a case has come in and had not ended before now (law, section 2)."""
    return c[row, ACTIVE] == 1 and (c[row, ENDED] < 0 or c[row, ENDED] >= now)


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
        elif t[other, STATE] == DELAYED and code[t[other, PC], OP] == CALL_IN:
            call_in(p, s, touched, t[other, POOL_CALLED], -code[t[other, PC], D])
        give_back_all(t, p, h, s, free_holdings, touched, other)
        note_here(t, rows, times, s, code, other, CANCELLED)
        free_lane(t, c, s, free_lanes, other)
        other = c[row, LANES]
