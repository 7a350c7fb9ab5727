"""The fast engine: one compiled loop over flat arrays that obeys docs/background/semantics.md.

Only the loop is here; what it is made of is in the other kernel files, and arrays are made and grown in
kernel_run.py. It can stop between any two things it does (no room left, step rows full) and go on, because all state is
in the arrays.
"""

import numpy as np
from numba import njit

# isort: off
# fmt: off
from citysim.engines.kernel_dispatch import (
    call_in, change_shifts, clear_case, dispatch, end_case, is_open, open_gate, set_priority, sort_pools,
)
from citysim.engines.kernel_fields import asked, compare, field_value, paced
from citysim.engines.kernel_holdings import give_back_named, lend, pass_to_parent, touch_held
from citysim.engines.kernel_lanes import event_of, free_lane, heap_drop, heap_push, lane_of, let_go, new_lane, note
from citysim.engines.kernel_layout import (
    ACTIVE, ALWAYS_TOUCH, A_CAUSE, A_KIND, A_PARENT, A_PRIORITY, A_SUPPORT, BEGAN, CAP, CHILDREN, CONTAINED, DELAYED,
    ENDED, ENDS, FAMILY, FIRST_GRADE, FREE_HOLDINGS, FREE_LANES, GEN, GRADE_NOW, HEAP, HELD, IN_LINE, JOINING,
    KEEP_LIST, LANES, LANE_NO, LEFT, LENGTH, LENT, MAIN, MOST_POOLS, MOVES, NEXT_ROW, NOW, OPTIONS, OFF_CLOCK, PARENT,
    PC, POOL_CALLED, PRIORITY, Q_LANE, Q_NAME, REPEATS, REWORKS, ROW, SERVED_NOW, SHIFT_NEXT, SIBLING, SIGNAL_NEXT,
    SINCE, STATE, STEPS, TOUCHED, TOUCHES, TRANSFERS, TURN, TURNED_AWAY, UNITS, WATCHING, WORK,
)
from citysim.engines.kernel_lines import leave_lines, line_join, place_of, pool_of, touch
from citysim.engines.kernel_luck import length_at, luck_at, number, risk
from citysim.engines.kernel_world import add_to_tally, give_signals, happened, present_severity, set_tally
from citysim.engines.ordering import COMPLETION, EXPIRY
from citysim.engines.program import (
    A, ADD_TO, AMONG, B, BLOCK, BOUNCE, C, CALL_IN, CHANCE, COMPARE, COUNT, D, DELAY, E, EACH_AT_ONCE, EACH_IN_TURN,
    EXTEND, F_HAND_OVER, GRADE, JUMP, LANE, LANE_END, MARK, MERGE, NEXT_TURN, OF_CASE, OP, RAISE, RELEASE, SEIZE,
    SET_TO, SEVERAL, SLOT, SPLIT, VERIFY, WATCH, WATCH_END,
)
from citysim.log import DONE, EXPIRED, MERGED, NO_ROOM, RENEGED, RESUMED, STARTED
# fmt: on
# isort: on

FINISHED, NO_ROOM_LEFT, STEPS_FULL, STUCK = range(4)
"""Why the loop returned."""

MOVES_PER_INSTANT = 1_000_000
"""More lane moves than this in one instant: the simulation does not come to rest."""

LOW = (1 << 32) - 1


@njit(nogil=True, cache=True, **OPTIONS)
def advance(program, world, state, until, margin):
    """Process every instant before `until`; returns FINISHED or why it stopped (then call it again).

    Args:
        program, world, state: tuples of arrays, made by kernel_run.
        margin: free rows, lanes and holdings that one move may use up.
    """
    code, purposes, lists, tables, maps, paces, centres, families, shifts, heads, n_pools, preempts = program
    luck, tie, a, extra, facts, signals = world
    (t, q, ends, p, h, c, milestones, visits, counters, sums, buckets, spring, free_lanes, free_holdings, work, touched,
     swept, keys, events, clock, s, rows, times) = state  # fmt: skip
    values, numbers, _ = tables
    names, entries, tallies = maps
    reported, springs, deadlines, _ = facts
    memory = counters, sums, buckets, spring
    n_rows = reported.shape[0]
    keep_list = s[KEEP_LIST] == 1
    # where nobody takes units, a further touch can only let a request for several pools be looked at sooner
    touches_held = keep_list or s[MOST_POOLS] > 1
    heap = s[HEAP]
    never = np.int64(1) << 62
    while True:
        # ---- lanes that may move walk on until they wait, start a delay or end --------------------------------------
        while s[WORK] > 0:
            if s[STEPS] + margin > rows.shape[0]:
                s[HEAP] = heap
                return STEPS_FULL
            if s[FREE_LANES] < margin or heap + margin > keys.shape[0]:
                s[HEAP] = heap
                return NO_ROOM_LEFT
            s[MOVES] += 1
            if s[MOVES] > MOVES_PER_INSTANT:
                s[HEAP] = heap
                return STUCK
            now = s[NOW]
            s[WORK] -= 1
            lane = work[s[WORK]] & LOW
            if t[lane, GEN] != work[s[WORK]] >> 32:
                continue  # its case ended while it stood here
            row, pc, no = t[lane, ROW], t[lane, PC], t[lane, LANE_NO]
            if t[lane, LEFT] >= 0:
                note(rows, times, s, row, no, code[pc, BLOCK], RESUMED)
                t[lane, ENDS] = now + t[lane, LEFT]
                t[lane, LEFT] = -1
                t[lane, STATE] = DELAYED
                heap = heap_push(keys, events, heap, t[lane, ENDS] * 8 + COMPLETION, event_of(t, lane))
                touch_held(t, p, h, s, touched, lane)
                continue
            if t[lane, STATE] == SERVED_NOW:
                note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                pc += 1
            elif t[lane, STATE] == TURNED_AWAY:
                note(rows, times, s, row, no, code[pc, BLOCK], NO_ROOM)
                pc = code[pc, C]
            while True:
                op = code[pc, OP]
                if op == SEIZE:
                    packed = code[pc, B]
                    t[lane, SINCE] = now
                    t[lane, UNITS] = packed % SEVERAL // 2
                    several = packed >= 2 * SEVERAL
                    if not several:
                        # Most requests find a free unit while nothing else happens: a sweep would only serve this one.
                        name = lists[code[pc, A]]
                        pool = pool_of(names, entries, a, row, t[lane, TURN], name)
                        if (
                            p[pool, LENGTH] == 0
                            and p[pool, CAP] - p[pool, LENT] >= t[lane, UNITS]
                            and code[pc, E] < 0
                            and s[WORK] == 0
                            and s[TOUCHES] == 0
                            and (heap == 0 or keys[0] >> 3 != now)
                            and s[SHIFT_NEXT] != now
                            and s[SIGNAL_NEXT] != now
                            and (s[NEXT_ROW] >= n_rows or reported[s[NEXT_ROW]] != now)
                            and s[FREE_HOLDINGS] > 0
                        ):
                            lend(t, p, h, s, free_holdings, pool, t[lane, UNITS], name, lane, keep_list, now)
                            note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                            pc += 1
                            continue
                    first = lane * s[MOST_POOLS]
                    for i in range(packed // SEVERAL):
                        name = lists[code[pc, A] + i]
                        pool = pool_of(names, entries, a, row, t[lane, TURN], name)
                        q[first + i, Q_LANE] = lane
                        q[first + i, Q_NAME] = name
                        line_join(t, q, ends, p, tie, first + i, pool, c[row, PRIORITY], now)
                        # a sweep without a free unit does nothing, unless it may pre-empt or a line has a limit
                        if several or p[pool, CAP] > p[pool, LENT] or s[ALWAYS_TOUCH] == 1:
                            touch(p, s, touched, pool)
                    t[lane, PC] = pc
                    t[lane, STATE] = IN_LINE
                    if code[pc, E] >= 0:
                        length = length_at(
                            t, c, a, extra, s, visits, code, purposes, tables, deadlines, luck, lane, pc, code[pc, E]
                        )  # fmt: skip
                        heap = heap_push(keys, events, heap, (now + length) * 8 + EXPIRY, event_of(t, lane))
                    break
                if op == DELAY or op == BOUNCE or op == CALL_IN or op == EXTEND:
                    length = length_at(
                            t, c, a, extra, s, visits, code, purposes, tables, deadlines, luck, lane, pc, code[pc, A]
                        )  # fmt: skip
                    length = max(length, np.int64(0))  # a deadline that the type does not have takes no time
                    if op == DELAY:
                        if code[pc, E] > 0:
                            length = paced(
                                t, p, c, a, extra, s, memory, maps, facts, paces, numbers, lane, code[pc, E] - 1, length
                            )  # fmt: skip
                    elif op == BOUNCE:
                        c[row, TRANSFERS] += 1
                    elif op == EXTEND:
                        c[row, OFF_CLOCK] += length
                        counters[row, code[pc, B]] += 1
                        note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                        pc += 1
                        continue
                    else:
                        pool = pool_of(names, entries, a, row, t[lane, TURN], code[pc, C])
                        t[lane, POOL_CALLED] = pool
                        call_in(p, s, touched, pool, code[pc, D])
                    t[lane, PC] = pc
                    t[lane, BEGAN] = now
                    t[lane, ENDS] = now + length
                    t[lane, STATE] = DELAYED
                    heap = heap_push(keys, events, heap, (now + length) * 8 + COMPLETION, event_of(t, lane))
                    if touches_held and code[pc, B] == 1:
                        touch_held(t, p, h, s, touched, lane)
                    break
                if op == RELEASE:
                    for i in range(code[pc, B]):
                        give_back_named(t, p, h, s, free_holdings, touched, lane, lists[code[pc, A] + i])
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc += 1
                elif op == CHANCE or op == VERIFY:
                    u = luck_at(t, c, visits, code, purposes, luck, lane, pc)
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    if u < number(values, numbers, code[pc, A], c, a, row, t[lane, TURN], now):
                        if op == VERIFY:
                            c[row, REWORKS] += 1
                        pc = code[pc, C]
                    else:
                        pc += 1
                elif op == COMPARE:
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    if code[pc, E] == OF_CASE:
                        value = field_value(c, a, extra, row, code[pc, A])
                    else:
                        value = asked(t, p, c, a, extra, s, memory, maps, facts, lane, code[pc, E], code[pc, A])
                    if compare(value, code[pc, B], code[pc, D]):
                        pc = code[pc, C]
                    else:
                        pc += 1
                elif op == JUMP:
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc = code[pc, C]
                elif op == MARK:
                    if milestones[row, code[pc, A]] < 0 or code[pc, B] == 1:
                        milestones[row, code[pc, A]] = now
                    if code[pc, D] > 0 and spring[row, code[pc, D] - 1] < 0:
                        spring[row, code[pc, D] - 1] = now
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc += 1
                elif op == SPLIT or (op == EACH_AT_ONCE and a[row, A_SUPPORT] > 0):
                    count = code[pc, B] if op == SPLIT else np.int64(a[row, A_SUPPORT])
                    t[lane, PC] = pc
                    t[lane, STATE] = JOINING
                    t[lane, CHILDREN] = count
                    for k in range(count - 1, -1, -1):  # the stack turns them round: the first moves first
                        start = lists[code[pc, A] + k] if op == SPLIT else pc + 1
                        turn = np.int64(0) if op == SPLIT else k
                        child = new_lane(t, c, s, free_lanes, row, start, code[start, LANE] + turn, lane, turn)
                        note(rows, times, s, row, t[child, LANE_NO], code[pc, BLOCK], STARTED)
                        let_go(t, s, work, child)
                    break
                elif op == EACH_IN_TURN and a[row, A_SUPPORT] > 0:
                    t[lane, TURN] = 0
                    pc += 1
                elif op == EACH_IN_TURN or op == EACH_AT_ONCE:
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc = code[pc, C]
                elif op == NEXT_TURN:
                    if t[lane, TURN] + 1 < a[row, A_SUPPORT]:
                        t[lane, TURN] += 1
                        pc = code[pc, C]
                    else:
                        t[lane, TURN] = 0
                        note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                        pc += 1
                elif op == LANE_END:
                    parent = t[lane, PARENT]
                    pass_to_parent(t, h, lane, parent)
                    free_lane(t, c, s, free_lanes, lane)
                    t[parent, CHILDREN] -= 1
                    if t[parent, CHILDREN] == 0:
                        started = t[parent, PC]
                        note(rows, times, s, row, t[parent, LANE_NO], code[started, BLOCK], DONE)
                        t[parent, PC] = code[started, C]
                        let_go(t, s, work, parent)
                    break
                elif op == WATCH_END:
                    free_lane(t, c, s, free_lanes, lane)
                    break
                elif op == SLOT:
                    place = lane * s[MOST_POOLS]
                    gate = place_of(entries, a, row, code[pc, A])
                    t[lane, SINCE] = now
                    t[lane, UNITS] = 1
                    q[place, Q_LANE] = lane
                    line_join(t, q, ends, p, tie, place, gate, c[row, PRIORITY], now)
                    touch(p, s, touched, gate)
                    t[lane, PC] = pc
                    t[lane, STATE] = IN_LINE
                    break
                elif op == WATCH:
                    other = c[row, LANES]
                    while other >= 0 and t[other, LANE_NO] != code[pc, B]:
                        other = t[other, SIBLING]
                    if other < 0:
                        length = length_at(
                            t, c, a, extra, s, visits, code, purposes, tables, deadlines, luck, lane, pc, code[pc, A]
                        )  # fmt: skip
                        if length >= 0:
                            child = new_lane(t, c, s, free_lanes, row, pc, code[pc, B], -1, 0)
                            t[child, STATE] = WATCHING
                            note(rows, times, s, row, t[child, LANE_NO], code[pc, BLOCK], STARTED)
                            heap = heap_push(keys, events, heap, (now + length) * 8 + EXPIRY, event_of(t, child))
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc = code[pc, C]
                elif op == GRADE:
                    u = luck_at(t, c, visits, code, purposes, luck, lane, pc)
                    severity = present_severity(a, spring, springs, row, now)
                    grade = risk(a, extra, code, numbers, centres, row, pc, severity, u)
                    if c[row, GRADE_NOW] < 0:
                        c[row, FIRST_GRADE] = grade
                    elif c[row, GRADE_NOW] != grade:
                        counters[row, code[pc, C]] += 1
                    c[row, GRADE_NOW] = grade
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    if code[pc, A] == 1 and c[row, PRIORITY] != grade:
                        set_priority(t, q, ends, p, h, c, s, tie, touched, code, row, np.int64(grade))
                    pc += 1
                elif op == RAISE:
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    raised = max(np.int64(0), c[row, PRIORITY] - code[pc, A])
                    set_priority(t, q, ends, p, h, c, s, tie, touched, code, row, raised)
                    pc += 1
                elif op == MERGE:
                    original = np.int64(a[row, A_PARENT])
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    if original >= 0 and is_open(c, original, now):
                        c[original, REPEATS] += 1
                        if t[lane, HELD] >= 0 or c[row, LANES] >= 0:
                            clear_case(
                                t, q, ends, p, h, c, s, touched, free_lanes, free_holdings, code, rows, times, lane
                            )  # fmt: skip
                        end_case(t, c, s, free_lanes, lane, MERGED)
                        break
                    pc += 1
                elif op == AMONG:
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc = code[pc, C] if lists[code[pc, A] + a[row, A_KIND]] == 1 else pc + 1
                elif op == COUNT:
                    counters[row, code[pc, A]] += 1
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc += 1
                elif op == ADD_TO or op == SET_TO:
                    if op == ADD_TO:
                        add_to_tally(a, sums, buckets, entries, tallies, row, code[pc, A], code[pc, B], now)
                    else:
                        set_tally(a, sums, entries, tallies, row, code[pc, A], code[pc, B])
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    pc += 1
                else:
                    note(rows, times, s, row, no, code[pc, BLOCK], DONE)
                    if code[pc, B] == 1 and spring[row, CONTAINED] < 0:
                        spring[row, CONTAINED] = now
                    if t[lane, HELD] >= 0 or c[row, LANES] >= 0:
                        clear_case(
                            t, q, ends, p, h, c, s, touched, free_lanes, free_holdings, code, rows, times, lane
                        )  # fmt: skip
                    end_case(t, c, s, free_lanes, lane, code[pc, A])
                    break
        # ---- the lowest phase that has anything left at this instant ------------------------------------------------
        now = s[NOW]
        if s[SHIFT_NEXT] == now:
            change_shifts(p, s, touched, families, clock, shifts, heads)
            continue
        first_key = keys[0] if heap > 0 else never
        if first_key == now * 8 + COMPLETION:
            lane = lane_of(t, c, events[0])
            heap = heap_drop(keys, events, heap)
            if lane >= 0:
                row, pc = t[lane, ROW], t[lane, PC]
                if code[pc, OP] == DELAY:
                    c[row, OFF_CLOCK] += (now - t[lane, BEGAN]) * code[pc, D]
                    t[lane, PC] = pc + 1
                elif code[pc, OP] == BOUNCE:
                    c[row, OFF_CLOCK] += now - t[lane, BEGAN]
                    t[lane, PC] = code[pc, C]
                else:
                    call_in(p, s, touched, t[lane, POOL_CALLED], -code[pc, D])
                    t[lane, PC] = pc + 1
                note(rows, times, s, row, t[lane, LANE_NO], code[pc, BLOCK], DONE)
                let_go(t, s, work, lane)
            continue
        if s[SIGNAL_NEXT] == now:
            give_signals(c, a, s, memory, springs, signals, entries, tallies)
            continue
        row = s[NEXT_ROW]
        if row < n_rows and reported[row] == now:
            s[NEXT_ROW] = row + 1
            original = np.int64(a[row, A_PARENT])
            if original >= 0 and not is_open(c, original, now):
                continue
            if a[row, A_CAUSE] >= 0 and not happened(c, a, spring, springs, row):
                continue
            c[row, ACTIVE] = 1
            c[row, PRIORITY] = a[row, A_PRIORITY]
            c[row, GRADE_NOW] = -1
            c[row, FIRST_GRADE] = -1
            c[row, ENDED] = -1
            c[row, LANES] = -1
            for k in range(milestones.shape[1]):
                milestones[row, k] = -1
            lane = new_lane(t, c, s, free_lanes, row, 0, 0, -1, 0)
            c[row, MAIN] = lane
            for i in range(visits.shape[1]):
                visits[lane, i] = 0
            let_go(t, s, work, lane)
            continue
        if first_key == now * 8 + EXPIRY:
            lane = lane_of(t, c, events[0])
            heap = heap_drop(keys, events, heap)
            if lane >= 0:
                pc = t[lane, PC]
                if t[lane, STATE] == WATCHING:
                    note(rows, times, s, t[lane, ROW], t[lane, LANE_NO], code[pc, BLOCK], EXPIRED)
                    t[lane, PC] = pc + 1
                else:
                    leave_lines(t, q, ends, p, s, touched, code, lane)
                    note(rows, times, s, t[lane, ROW], t[lane, LANE_NO], code[pc, BLOCK], RENEGED)
                    t[lane, PC] = code[pc, C]
                let_go(t, s, work, lane)
            continue
        if s[TOUCHES] > 0:
            live_lanes = t.shape[0] - s[FREE_LANES]
            if s[STEPS] + margin + h.shape[0] - s[FREE_HOLDINGS] + live_lanes > rows.shape[0]:
                s[HEAP] = heap
                return STEPS_FULL
            if s[FREE_HOLDINGS] < live_lanes * s[MOST_POOLS] + margin:
                s[HEAP] = heap
                return NO_ROOM_LEFT
            count = s[TOUCHES]
            s[TOUCHES] = 0
            for i in range(count):
                pool = touched[i]
                p[pool, TOUCHED] = 0
                j = i
                if count < 24:
                    while j > 0 and swept[j - 1] > pool:
                        swept[j] = swept[j - 1]
                        j -= 1
                swept[j] = pool
            if count >= 24:
                sort_pools(swept, count)
            for i in range(count):
                pool = swept[i]
                if pool >= n_pools:
                    open_gate(t, q, ends, p, s, work, pool)
                else:
                    relieves = families[p[pool, FAMILY], F_HAND_OVER] == 1 and p[pool, LENT] > p[pool, CAP]
                    dispatch(
                        t, q, ends, p, h, c, s, tie, touched, free_holdings, code, work, rows, times, pool, relieves,
                        preempts,
                    )  # fmt: skip
            for i in range(s[WORK] // 2):  # a stack, but the first let go moves first
                work[i], work[s[WORK] - 1 - i] = work[s[WORK] - 1 - i], work[i]
            continue
        # ---- the instant has come to rest: on to the next one -------------------------------------------------------
        following = min(first_key >> 3, s[SHIFT_NEXT], s[SIGNAL_NEXT])
        if row < n_rows and reported[row] < following:
            following = reported[row]
        if following >= until:
            s[HEAP] = heap
            return FINISHED
        s[NOW] = following
        s[MOVES] = 0
