"""What springs from a case, and what surrounds it, in the kernel: causes, worsening, signals, tallies, settings."""

# mypy: allow-untyped-defs, no-check-untyped-defs

import numpy as np

# isort: off
# fmt: off
from citysim.engines.kernel_layout import (
    A_CAUSE, A_DISTRICT, A_SEVERITY, CONTAINED, ENDED, HOUR_NOW, NEXT_SIGNAL, NOW, OUTCOME, ROOTED, SIGNALLED,
    SIGNAL_NEXT, TOTAL, part,
)
from citysim.engines.kernel_lines import place_of
from citysim.engines.program import FAR, T_BUCKET, T_CELL, T_MEMORY, T_PLACE
from citysim.log import CLOSED
from citysim.units import HOUR, NEVER
# fmt: on
# isort: on


@part
def is_before(moment, time):
    """Whether something came, and strictly before a time (law, section 9)."""
    return moment != NEVER and moment < time


@part
def happened(c, a, spring, springs, row):
    """Whether a row happened, as far as can be known now; goes back through its causes (law, section 9)."""
    escapes, returns, _ = springs
    cause = np.int64(a[row, A_CAUSE])
    while cause >= 0:
        if returns[row] == 1:
            if c[cause, OUTCOME] != CLOSED or c[cause, ENDED] >= escapes[row]:
                return False
            if is_before(spring[cause, ROOTED], escapes[row]):
                return False
        elif is_before(spring[cause, CONTAINED], escapes[row]):
            return False
        row = cause
        cause = np.int64(a[row, A_CAUSE])
    return True


@part
def present_severity(a, spring, springs, row, now):
    """The intake's severity, or one less if the case has worsened by now; without worsening `springs[2]` is empty."""
    severity = np.int64(a[row, A_SEVERITY])
    worsens = springs[2]
    if worsens.shape[0] > 0 and severity > 0 and worsens[row] != NEVER and worsens[row] <= now:
        if not is_before(spring[row, CONTAINED], worsens[row]):
            return severity - 1
    return severity


@part
def give_signals(c, a, s, memory, springs, signals, entries, tallies):
    """Let the signals due now take place, and find the time of the next; nothing can come between them."""
    _, sums, buckets, spring = memory
    times, rows, kinds, heard = signals
    i = s[NEXT_SIGNAL]
    while i < times.shape[0] and times[i] == s[NOW]:
        row, kind = rows[i], kinds[i]
        if happened(c, a, spring, springs, row) and not is_before(spring[row, CONTAINED], s[NOW]):
            spring[row, SIGNALLED] |= 1 << kind
            if heard[kind] >= 0:
                add_to_tally(a, sums, buckets, entries, tallies, row, heard[kind], 1, s[NOW])
        i += 1
    s[NEXT_SIGNAL] = i
    s[SIGNAL_NEXT] = times[i] if i < times.shape[0] else FAR


@part
def forget(sums, buckets, first, hours, cell, hour):
    """Take out of a cell's sum what was added longer ago than it remembers.

    Args:
        first, hours: where the cell's buckets begin and how many it has: one for each hour that still counts, used in
            turn, so that an hour's bucket is that of the hour that has just gone out.
        hour: now, in hours.
    """
    last = sums[cell, HOUR_NOW]
    for i in range(1, min(hour - last, hours) + 1):
        bucket = first + (last + i) % hours
        sums[cell, TOTAL] -= buckets[bucket]
        buckets[bucket] = 0
    sums[cell, HOUR_NOW] = hour


@part
def tally_value(a, sums, buckets, entries, tallies, row, tally, now):
    """The value of a tally in the place of a case (law, section 9)."""
    cell = place_of(entries, a, row, tallies[tally, T_PLACE])
    if tallies[tally, T_MEMORY] >= 0:
        hours = tallies[tally, T_MEMORY] + 1
        first = tallies[tally, T_BUCKET] + (cell - tallies[tally, T_CELL]) * hours
        forget(sums, buckets, first, hours, cell, now // HOUR)
    return sums[cell, TOTAL]


@part
def add_to_tally(a, sums, buckets, entries, tallies, row, tally, by, now):
    cell = place_of(entries, a, row, tallies[tally, T_PLACE])
    if tallies[tally, T_MEMORY] >= 0:
        hours = tallies[tally, T_MEMORY] + 1
        first = tallies[tally, T_BUCKET] + (cell - tallies[tally, T_CELL]) * hours
        forget(sums, buckets, first, hours, cell, now // HOUR)
        buckets[first + (now // HOUR) % hours] += by
    sums[cell, TOTAL] += by


@part
def set_tally(a, sums, entries, tallies, row, tally, value):
    sums[place_of(entries, a, row, tallies[tally, T_PLACE]), TOTAL] = value


@part
def setting_value(a, settings, row, setting, now):
    """What the intake says of this hour in the district of a case; the last hour's number holds on."""
    rows, levels = settings
    first, hours, width = rows[setting, 0], rows[setting, 1], rows[setting, 2]
    column = np.int64(a[row, A_DISTRICT]) if width > 1 else np.int64(0)
    return levels[first + min(now // HOUR, hours - 1) * width + column]
