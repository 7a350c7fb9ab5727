"""Where things are in the kernel's arrays, and how its parts are compiled.

State lives in a few int64 arrays with named columns, so that a lane or a pool sits in one or two cache lines and a
function needs few arguments.
"""

from typing import Any

from numba import njit

# Lanes: t[lane, column]
(
    PC, ROW, LANE_NO, TURN, PARENT, CHILDREN, STATE, GEN, ENDS, BEGAN, SINCE, LEFT, HELD, SIBLING, BEFORE, UNITS,
) = range(16)  # fmt: skip
FREE, MOVING, DELAYED, IN_LINE, JOINING, WATCHING, SERVED_NOW, TURNED_AWAY = range(8)
POOL_CALLED = UNITS
"""A lane that has called units in waits in no line meanwhile: here it keeps the pool that it called them in to."""

# Places in line: q[place, column]; place = lane * most_pools + i
Q_NEXT, Q_PREV, Q_LANE, Q_POOL, Q_NAME, Q_CLASS = range(6)

# Pools and gates: p[pool, column]; EXTRA: unit-seconds called in
(
    CAP, LENT, LENGTH, MASK, TOUCHED, BUSY, WAITING, SATURATED, SERVED, HOLDINGS, FAMILY, OPENED, CALLED, EXTRA,
    UNSERVED,
) = range(15)  # fmt: skip

# Holdings: h[holding, column]
H_POOL, H_UNITS, H_NAME, H_LANE, H_SINCE, H_NEXT, H_AHEAD, H_BEHIND = range(8)

# Cases: c[row, column]
(
    GRADE_NOW, PRIORITY, OUTCOME, TRANSFERS, REWORKS, REPEATS, OFF_CLOCK, ENDED, LANES, MAIN, FIRST_GRADE, ACTIVE,
) = range(12)  # fmt: skip

# Facts of a case: a[row, column]
(
    A_KIND, A_STREET, A_DISTRICT, A_SEVERITY, A_CHANNEL, A_SUPPORT, A_GENUINE, A_PARENT, A_EMERGENCY, A_PRIORITY,
    A_NEED, A_CAUSE,
) = range(12)  # fmt: skip

# What decides what springs from a case: spring[row, column]; two moments (NEVER = not yet), bits of intake.SIGNALS
CONTAINED, ROOTED, SIGNALLED = range(3)

# Cells of tallies: sums[cell, column]
TOTAL, HOUR_NOW = range(2)

# Shifts: clock[family, column]; next change of any kind, shift, begin of the cycle, begin of the next shift
CHANGE, SHIFT_NO, CYCLE_BEGAN, NEXT_SHIFT = range(4)

# Scalars: s[...]
(
    NOW, HEAP, NEXT_ROW, FREE_LANES, FREE_HOLDINGS, STEPS, TOUCHES, MOVES, SHIFT_NEXT, WORK, KEEP_STEPS, KEEP_LIST,
    MOST_POOLS, WEEK_START, WEEK_END, ALWAYS_TOUCH, NEXT_SIGNAL, SIGNAL_NEXT,
) = range(18)  # fmt: skip

OPTIONS: Any = {"_nrt": False}
"""Without numba's reference counting: parts only read and write arrays that the caller owns, and counting references to
a dozen arrays in each call takes longer than the work itself (an M/M/5 line ran at half the speed)."""

part = njit(**OPTIONS)
"""Compiles a part that is called now and then."""

hot = njit(forceinline=True, **OPTIONS)
"""Compiles a part into its callers: for what every case runs through."""
