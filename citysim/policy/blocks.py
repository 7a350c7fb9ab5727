"""The closed set of blocks that a workflow is written in. Each is a frozen value; what it does is in semantics.md.

A block may carry a label (`name`) that jumps refer to. Jumps stay inside their own body (the main sequence, one branch
of a split, the body of a for-each or of a watch).
"""

from dataclasses import dataclass

from citysim.policy.durations import Duration, Value

MILESTONES = ("filed", "graded", "dispatched", "arrived", "assembled", "safe", "fixed", "verified")
"""Moments of a case that a workflow can mark; the first time counts."""

FIELDS = (
    "grade", "priority", "severity", "channel", "n_support", "genuine", "repeat", "emergency", "transfers", "reworks",
)  # fmt: skip
"""What a condition may ask about a case besides its own extra columns; grade and severity are 0 (red) to 3 (blue)."""

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


Condition = Chance | Is | Always


@dataclass(frozen=True)
class Seize:
    """Wait in line for units of one pool, or of several pools all at once, and take them.

    Args:
        pools: a family ("street_seat") or a role ("crew.lead", "crew.support"); more than one means all or nothing.
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

    `off_clock` time is taken off the official clock. Two delays with the same `luck` name take the same luck.
    """

    duration: Duration
    interruptible: bool = True
    off_clock: bool = False
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
    """Note the first time that the case reaches a milestone."""

    milestone: str
    name: str | None = None


@dataclass(frozen=True)
class Grade:
    """Grade the risk by a noisy score against the policy's thresholds; optionally make the grade the priority."""

    set_priority: bool = True
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
    Seize | Delay | Release | Route | Split | ForEach | WaitForSlot | Watch
    | RaisePriority | Mark | Grade | Bounce | Verify | Merge | Close | Leave
)  # fmt: skip

BLOCKS: tuple[type, ...] = (
    Seize, Delay, Release, Route, Split, ForEach, WaitForSlot, Watch,
    RaisePriority, Mark, Grade, Bounce, Verify, Merge, Close, Leave,
)  # fmt: skip
"""Every block type; the contract tests fail for one without a case."""
