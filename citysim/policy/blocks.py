"""The closed set of blocks that a workflow is written in. Each is a frozen value; what it does is in semantics.md.

A block may carry a label (`name`) that jumps refer to. Jumps stay inside their own body (the main sequence, one branch
of a split, the body of a for-each or of a watch).
"""

from dataclasses import dataclass

from citysim.policy.durations import Duration, Value

MILESTONES = ("filed", "graded", "dispatched", "arrived", "assembled", "safe", "fixed", "rooted", "verified")
"""Moments of a case that a workflow can mark. From `safe` on an incident spreads no further; from `rooted` on, when its
root cause is mended, it does not come back."""

COUNTERS = (
    "regrades", "notices", "extensions", "shelvings", "meetings", "whistles", "conflicts", "wrong_merges",
    "false_closures", "callouts",
)  # fmt: skip
"""What a workflow can count about a case; `Grade` and `Extend` count regrades and extensions themselves."""

FIELDS = (
    "grade", "priority", "severity", "channel", "n_support", "genuine", "repeat", "emergency", "transfers", "reworks",
    "repeats", "bred", "age", "day", "weekday", "hour", "working",
)  # fmt: skip
"""Whole numbers that a condition may ask for. grade and severity (the present one) are 0 (red) to 3 (blue); repeats
counts the reports merged into it so far; bred is 1 for a case that another one caused; age is seconds since the report;
day counts from 0, weekday from 0 = Monday, hour is that of the day; working is 1 in the hours of the working clock."""

PREFIXES = ("count", "tally", "waiting", "free", "setting")
"""Further fields: "count:notices" is a counter of the case; "tally:joint" the present value of a tally in the place of
the case; "waiting:street_seat" and "free:crew.lead" the requests in line and the free units (never below 0) of the pool
that the case would take; "setting:rain" what the intake says of the present hour in the district, rounded down. Any
other name is an extra column of the intake."""

OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Chance:
    """True with the given probability, by the luck of the block that asks."""

    share: Value


@dataclass(frozen=True)
class Is:
    """Compare a field of the case, or one of its extra columns, with a whole number."""

    field: str
    operator: str
    value: int


@dataclass(frozen=True)
class Always:
    """True."""


@dataclass(frozen=True)
class Among:
    """True if the case's type, or the group of its type, is one of these."""

    names: tuple[str, ...]


Condition = Chance | Is | Always | Among


@dataclass(frozen=True)
class Setting:
    """Pace: what the intake says of this hour in the district, for example "travel" in rain; 1 = usual."""

    name: str


@dataclass(frozen=True)
class Slower:
    """Pace: 1 + each x, with x a field: every one more slows by the same."""

    by: str
    each: float


@dataclass(frozen=True)
class Practised:
    """Pace: 1 - most x / (x + half), with x a field: half of the gain is there at x = half."""

    by: str
    most: float
    half: float


@dataclass(frozen=True)
class Spurred:
    """Pace: 1 / (1 + each x half / (half + y)), with fields x (what spurs on) and y (what it has worn off by)."""

    by: str
    each: float
    worn_by: str | None = None
    half: float = 1.0


Pace = Setting | Slower | Practised | Spurred


@dataclass(frozen=True)
class Seize:
    """Wait in line for units of one pool, or of several pools all at once, and take them.

    Args:
        pools: a family ("street_seat") or a role ("crew.lead", "crew.support"); more than one means all or nothing.
            "@2" behind it means that pool in the second nearest other district (law, section 5).
        units: how many of each.
        preempt: if none is free, take a unit from the least urgent case that is less urgent than this one.
        patience: leave the line after this time.
        room: places to wait: leave at once if, after serving, this many others are ahead in line (0: no line at all).
        otherwise: label to go to when leaving the line unserved.
    """

    pools: tuple[str, ...]
    units: int = 1
    preempt: bool = False
    patience: Duration | None = None
    room: int | None = None
    otherwise: str | None = None
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Delay:
    """Let time pass. While it does, units held by this lane can be pre-empted or relieved if `interruptible`.

    `off_clock` time is taken off the official clock. Two delays with the same `luck` name take the same luck. `pace`
    factors, as they are when the delay begins, multiply its length.
    """

    duration: Duration
    interruptible: bool = True
    off_clock: bool = False
    pace: tuple[Pace, ...] = ()
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class CallIn:
    """For a time the pool of the case has more units: people called in from home or sent by others."""

    pool: str
    units: int
    lasts: Duration
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Release:
    """Give back all units that the lane holds under these names, its own and those of branches that have ended."""

    pools: tuple[str, ...]
    name: str | None = None


@dataclass(frozen=True)
class Route:
    """Go to a label if the condition holds, else to the next block."""

    when: Condition
    to: str
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Split:
    """Walk several branches at the same time; go on when the last has ended."""

    branches: tuple[tuple["Block", ...], ...]
    name: str | None = None


@dataclass(frozen=True)
class ForEach:
    """Walk the body once for each supporting department: one after the other, or all at the same time."""

    body: tuple["Block", ...]
    parallel: bool
    name: str | None = None


@dataclass(frozen=True)
class WaitForSlot:
    """Wait for a place on the agenda of the gate's next sitting."""

    gate: str
    name: str | None = None


@dataclass(frozen=True)
class Watch:
    """Start a clock beside the case; when it runs out the body is walked, unless the case has ended by then."""

    after: Duration
    body: tuple["Block", ...]
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class RaisePriority:
    """Make the case more urgent, down to 0; its places in line move to the end of the more urgent line."""

    by: int = 1
    name: str | None = None


@dataclass(frozen=True)
class Mark:
    """Note the first time that the case reaches a milestone; with `last`, the last time."""

    milestone: str
    last: bool = False
    name: str | None = None


@dataclass(frozen=True)
class Count:
    """Add one to a counter of the case."""

    counter: str
    name: str | None = None


@dataclass(frozen=True)
class AddTo:
    """Add to a tally in the place of the case, now."""

    tally: str
    by: int = 1
    name: str | None = None


@dataclass(frozen=True)
class SetTo:
    """Set a tally without memory limit in the place of the case to a value."""

    tally: str
    value: int
    name: str | None = None


@dataclass(frozen=True)
class Extend:
    """Grant an extension: a time is taken off the official clock at once, and counted."""

    by: Duration
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Grade:
    """Grade the risk by a noisy score against thresholds; optionally make the grade the priority.

    Args:
        rule: name of one of the grading's further threshold rules; "" = its usual thresholds.
        error: factor on the error of the score (an expert panel: below 1).
    """

    set_priority: bool = True
    rule: str = ""
    error: float = 1.0
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Bounce:
    """Return the case (退单): count a transfer, let the duration pass off the official clock, go to the label."""

    after: Duration
    to: str
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Verify:
    """Check the result: with probability `fails` count a rework and go to the label, else go on."""

    fails: Value
    to: str
    luck: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Merge:
    """End a repeat report here if the case it repeats is still open, else go on."""

    name: str | None = None


@dataclass(frozen=True)
class Close:
    """End the case as done."""

    name: str | None = None


@dataclass(frozen=True)
class Leave:
    """End the case undone: not filed, a false alarm, a caller who hung up."""

    name: str | None = None


Block = (
    Seize | Delay | CallIn | Release | Route | Split | ForEach | WaitForSlot | Watch | RaisePriority
    | Mark | Count | AddTo | SetTo | Extend | Grade | Bounce | Verify | Merge | Close | Leave
)  # fmt: skip

BLOCKS: tuple[type, ...] = (
    Seize, Delay, CallIn, Release, Route, Split, ForEach, WaitForSlot, Watch, RaisePriority,
    Mark, Count, AddTo, SetTo, Extend, Grade, Bounce, Verify, Merge, Close, Leave,
)  # fmt: skip
"""Every block type; the contract tests fail for one without a case."""
