"""What a condition asks, in the kernel, and the factors by which a delay is paced."""

# mypy: allow-untyped-defs, no-check-untyped-defs

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    A_CAUSE, A_CHANNEL, A_EMERGENCY, A_GENUINE, A_NEED, A_PARENT, A_SEVERITY, CAP, GRADE_NOW, LENGTH, LENT, NOW,
    PRIORITY, REPEATS, REWORKS, ROW, TRANSFERS, TURN, WEEK_END, WEEK_START, part,
)
from citysim.engines.kernel_lines import pool_of
from citysim.engines.kernel_luck import is_working_day
from citysim.engines.kernel_world import present_severity, setting_value, tally_value
from citysim.engines.program import (
    BY_SETTING, COUNTED, IN_LINE_AT, OF_CASE, OF_NOW, PRACTISED, P_KIND, P_LAST, P_NUMBERS, P_X, P_X_WHAT,
    P_Y, P_Y_WHAT, SETTING_IS, SLOWER, TALLIED,
)
from citysim.policy.blocks import FIELDS
from citysim.policy.durations import LONGEST
from citysim.units import DAY, HOUR
# fmt: on
# isort: on

COLUMNS = len(FIELDS)
"""From this position on a field is an extra column."""

SEVERITY, AGE, DAY_NO, WEEKDAY, HOUR_NO = (FIELDS.index(name) for name in ("severity", "age", "day", "weekday", "hour"))


@part
def field_value(c, a, extra, row, field):
    """What a condition reads of the case alone; the order is that of `blocks.FIELDS`, then the extra columns."""
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
    if field == 10:
        return c[row, REPEATS]
    if field == 11:
        return np.int64(1) if a[row, A_CAUSE] >= 0 else np.int64(0)
    return extra[row, field - COLUMNS]


@part
def field_now(a, s, spring, facts, row, field):
    """What changes with time: severity, age, day, weekday, hour, working."""
    reported, springs, deadlines, _ = facts
    now = s[NOW]
    if field == SEVERITY:
        return present_severity(a, spring, springs, row, now)
    if field == AGE:
        return now - reported[row]
    if field == DAY_NO:
        return now // DAY
    if field == WEEKDAY:
        return (now // DAY) % 7
    if field == HOUR_NO:
        return now % DAY // HOUR
    _, _, days, holidays = deadlines
    in_hours = s[WEEK_START] <= now % DAY and now % DAY < s[WEEK_END]
    return np.int64(1) if in_hours and is_working_day(days, holidays, now // DAY) else np.int64(0)


@part
def asked(t, p, c, a, extra, s, memory, maps, facts, lane, where, what):
    """The value of any field for a lane's case, now.

    Args:
        memory: counters, sums and buckets of tallies, spring. maps: pool names, entries, tallies.
        facts: reported, springs, deadlines, settings.
        where, what: as `lowering_tables.Tables.field` wrote them.
    """
    counters, sums, buckets, spring = memory
    names, entries, tallies = maps
    row = t[lane, ROW]
    if where == OF_CASE:
        return field_value(c, a, extra, row, what)
    if where == OF_NOW:
        return field_now(a, s, spring, facts, row, what)
    if where == COUNTED:
        return counters[row, what]
    if where == TALLIED:
        return tally_value(a, sums, buckets, entries, tallies, row, what, s[NOW])
    if where == SETTING_IS:
        return np.int64(np.floor(setting_value(a, facts[3], row, what, s[NOW])))
    pool = pool_of(names, entries, a, row, t[lane, TURN], what)
    if where == IN_LINE_AT:
        return p[pool, LENGTH]
    return max(p[pool, CAP] - p[pool, LENT], np.int64(0))


@part
def paced(t, p, c, a, extra, s, memory, maps, facts, paces, numbers, lane, first, length):
    """Seconds of a delay after its factors, from the first to the last of them (law, section 9)."""
    value = np.float64(length)
    i = first
    while True:
        value *= factor(t, p, c, a, extra, s, memory, maps, facts, paces, numbers, lane, i)
        if paces[i, P_LAST] == 1:
            return np.int64(min(value, LONGEST) + 0.5) if value > 0.0 else np.int64(0)
        i += 1


@part
def factor(t, p, c, a, extra, s, memory, maps, facts, paces, numbers, lane, i):
    kind, at = paces[i, P_KIND], paces[i, P_NUMBERS]
    if kind == BY_SETTING:
        return setting_value(a, facts[3], t[lane, ROW], paces[i, P_X_WHAT], s[NOW])
    x = np.float64(asked(t, p, c, a, extra, s, memory, maps, facts, lane, paces[i, P_X], paces[i, P_X_WHAT]))
    if kind == SLOWER:
        return 1.0 + numbers[at] * x
    if kind == PRACTISED:
        return 1.0 - (numbers[at] * x) / (x + numbers[at + 1]) if x > 0.0 else 1.0
    y = 0.0
    if paces[i, P_Y] >= 0:
        y = np.float64(asked(t, p, c, a, extra, s, memory, maps, facts, lane, paces[i, P_Y], paces[i, P_Y_WHAT]))
    x, y, half = max(x, 0.0), max(y, 0.0), numbers[at + 1]
    return 1.0 / (1.0 + numbers[at] * x * (half / (half + y)))


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
