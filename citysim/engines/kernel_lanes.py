"""Lanes in the kernel: the heap of their events, their birth and end, and the step rows they leave."""

import numpy as np
from numba import njit

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    BEFORE, ENDED, FREE, FREE_LANES, GEN, HELD, KEEP_STEPS, LANES, LANE_NO, LEFT, MAIN, MOVING, NOW, PARENT, PC,
    ROW, SIBLING, STATE, STEPS, TURN, WORK, hot,
)
from citysim.engines.program import BLOCK
# fmt: on
# isort: on


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
def note(rows, times, s, row, lane_no, block, event):
    """Write a step row: case, lane, block and event share one int64 (see `unpack_steps`), the time another."""
    if s[KEEP_STEPS] == 1:
        i = s[STEPS]
        rows[i] = (row << 28) | (lane_no << 20) | (block << 4) | event
        times[i] = s[NOW]
        s[STEPS] = i + 1


@hot
def note_here(t, rows, times, s, code, lane, event):
    note(rows, times, s, t[lane, ROW], t[lane, LANE_NO], code[t[lane, PC], BLOCK], event)


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
def let_go(t, s, work, lane):
    """Put a lane on the stack of those that may move; whatever it waited for is void."""
    t[lane, GEN] += 1
    t[lane, STATE] = MOVING
    work[s[WORK]] = lane | (t[lane, GEN] << 32)
    s[WORK] += 1


@njit(cache=True)
def sort_steps(rows, times, ends, cases, lanes, blocks, events, sorted_times):
    """Unpack step rows by case, then lane, in order of time within a lane: a counting sort, then insertion by lane.

    Args:
        rows, times: as `note` wrote them. cases, lanes, blocks, events, sorted_times: the columns to fill.
        ends: zeros, one for each case and one more; used for counting.
    """
    for i in range(rows.shape[0]):
        ends[(rows[i] >> 28) + 1] += 1
    for case in range(1, ends.shape[0]):
        ends[case] += ends[case - 1]
    for i in range(rows.shape[0]):
        packed = rows[i]
        case, lane = packed >> 28, (packed >> 20) & 0xFF
        j = ends[case]
        ends[case] += 1
        while j > 0 and cases[j - 1] == case and lanes[j - 1] > lane:
            cases[j], lanes[j], blocks[j], events[j] = case, lanes[j - 1], blocks[j - 1], events[j - 1]
            sorted_times[j] = sorted_times[j - 1]
            j -= 1
        cases[j], lanes[j], blocks[j], events[j] = case, lane, (packed >> 4) & 0xFFFF, packed & 0xF
        sorted_times[j] = times[i]
