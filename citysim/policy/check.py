"""Refuses a workflow that could not run to an end: called once when a policy is built, so engines need not look."""

import re
from math import isfinite

from citysim.errors import PolicyError
from citysim.policy.blocks import (
    COUNTERS,
    FIELDS,
    MILESTONES,
    OPERATORS,
    PREFIXES,
    AddTo,
    Always,
    Among,
    Block,
    Bounce,
    CallIn,
    Chance,
    Close,
    Condition,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Is,
    Leave,
    Mark,
    Merge,
    Pace,
    Practised,
    RaisePriority,
    Release,
    Route,
    Seize,
    Setting,
    SetTo,
    Slower,
    Split,
    Spurred,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.check_paths import check_paths
from citysim.policy.durations import BySupport, TimeLimit, check_duration, check_value
from citysim.policy.workflow import Place, bodies, lanes, parts, walk

MAX_BLOCKS = 1_000
MAX_LANES = 250
MOST_UNITS = 10_000
MOST_PACE = 1_000.0
"""Largest share by which one more of a field may slow or spur on."""
MOST_TALLIED = 1_000
"""Largest number that a workflow adds to a tally at once, sets it to, or takes from it."""
MOST_COMPARED = 2**31
"""Largest number that a condition compares with."""


def check_workflow(blocks: tuple[Block, ...]) -> None:
    """Raise PolicyError unless every path through the blocks is well formed and comes to an end.

    Checked: parameters in range; labels unique and jumps within their body; every block reachable; the main sequence
    ends in close or leave; no loop that takes no time; every seize released on every path before the case ends.
    """
    places = walk(blocks)
    if not blocks:
        raise PolicyError("workflow is empty, must end in close or leave")
    if len(places) > MAX_BLOCKS or lanes(blocks) > MAX_LANES:
        size = f"{len(places)} blocks and {lanes(blocks)} lanes"
        raise PolicyError(f"workflow has {size}, at most {MAX_BLOCKS} and {MAX_LANES}")
    _check_labels(places)
    for place in places:
        _check_block(place)
    _check_turns(places)
    check_paths(blocks)


def _check_labels(places: tuple[Place, ...]) -> None:
    seen: dict[str, Place] = {}
    for place in places:
        if place.block.name is None:
            continue
        if place.block.name in seen:
            raise PolicyError(f"label {place.block.name!r} is used twice, must be unique")
        seen[place.block.name] = place


def _check_turns(places: tuple[Place, ...]) -> None:
    """A number by supporting department stands inside a for-each, which holds no other bodies."""
    in_turn = 0
    for place in places:
        if isinstance(place.block, ForEach):
            in_turn = len(place.block.body)
        elif in_turn:
            in_turn -= 1
        elif any(isinstance(part, BySupport) for part in parts(place.block)):
            raise PolicyError(f"block {place.label!r}: a number by support outside a for-each: nobody has a turn there")


def _check_block(place: Place) -> None:
    """Parameters of one block in range, and the block allowed where it stands."""
    block, what = place.block, f"block {place.label!r}"
    if place.depth > 0 and isinstance(block, Close | Leave | Merge | Watch):
        raise PolicyError(f"{what}: {type(block).__name__.lower()} must stand in the main sequence")
    match block:
        case Split() | ForEach() | Watch():
            _check_inside(block, what)
        case Mark() | Count() | RaisePriority() | AddTo() | SetTo() | Extend() | Grade():
            _check_note(block, what)
        case Seize():
            _check_seize(block, what)
        case Delay(duration):
            check_duration(duration, f"{what}: duration")
            for pace in block.pace:
                _check_pace(pace, what)
        case CallIn(pool, units, lasts):
            _check_pools((pool,), what)
            _check_within(units, 1, MOST_UNITS, f"{what}: units")
            check_duration(lasts, f"{what}: lasts")
        case Release(pools):
            _check_pools(pools, what)
        case Route(when):
            _check_condition(when, what)
        case WaitForSlot(gate):
            if not gate:
                raise PolicyError(f"{what}: gate is empty, must name a gate of the policy")
        case Bounce(after):
            check_duration(after, f"{what}: after")
        case Verify(fails):
            check_value(fails, f"{what}: fails", 0.0, 1.0)
        case _:
            pass


def _check_inside(block: Split | ForEach | Watch, what: str) -> None:
    """Bodies are there, and a for-each holds none."""
    match block:
        case Split(branches):
            if len(branches) < 2 or not all(branches):
                raise PolicyError(f"{what}: split needs at least two branches, none empty")
        case ForEach(body):
            if not body:
                raise PolicyError(f"{what}: the body of a for-each is empty")
            if any(bodies(inner) for inner in body):
                raise PolicyError(f"{what}: a for-each must not hold a split, a watch or another for-each")
        case Watch(after, body):
            check_duration(after, f"{what}: after")
            if not body:
                raise PolicyError(f"{what}: the body of a watch is empty")


def _check_note(block: Mark | Count | RaisePriority | AddTo | SetTo | Extend | Grade, what: str) -> None:
    """Blocks that take no time and write something down."""
    match block:
        case Mark(milestone):
            if milestone not in MILESTONES:
                raise PolicyError(f"{what}: milestone = {milestone!r}, must be one of {', '.join(MILESTONES)}")
        case Count(counter):
            if counter not in COUNTERS:
                raise PolicyError(f"{what}: counter = {counter!r}, must be one of {', '.join(COUNTERS)}")
        case RaisePriority(by):
            _check_within(by, 1, 7, f"{what}: by")
        case AddTo(_, by):
            _check_within(by, -MOST_TALLIED, MOST_TALLIED, f"{what}: by")
            if by == 0:
                raise PolicyError(f"{what}: by = 0, must not be 0")
        case SetTo(_, value):
            _check_within(value, -MOST_TALLIED, MOST_TALLIED, f"{what}: value")
        case Extend(by):
            check_duration(by, f"{what}: by")
        case Grade():
            _check_number(block.error, 0.0, 10.0, f"{what}: error")


def _check_within(number: int, low: int, high: int, what: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
        raise PolicyError(f"{what} = {number!r}, must be within {low}..{high}, a whole number")


def _check_number(number: float, low: float, high: float, what: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:  # nan: refused
        raise PolicyError(f"{what} = {number!r}, must be within {low:g}..{high:g}")


def _check_seize(block: Seize, what: str) -> None:
    _check_pools(block.pools, what)
    _check_within(block.units, 1, MOST_UNITS, f"{what}: units")
    if block.preempt and (len(block.pools) > 1 or block.units > 1):
        raise PolicyError(f"{what}: preempt works for one unit of one pool")
    if block.room is not None and (block.room < 0 or len(block.pools) > 1):
        raise PolicyError(f"{what}: room = {block.room}, must be >= 0 and for one pool")
    if (block.patience is not None or block.room is not None) != (block.otherwise is not None):
        raise PolicyError(f"{what}: patience or room, and otherwise, must be given together")
    if block.patience is not None:
        check_duration(block.patience, f"{what}: patience")
        if isinstance(block.patience, TimeLimit):
            raise PolicyError(f"{what}: patience must not be a time limit; use a watch for deadlines")
    families = [pool.partition("@")[0] for pool in block.pools]
    if len(set(families)) < len(families):  # where there are no neighbours both are the same pool
        raise PolicyError(f"{what}: pools = {block.pools!r}, must not ask for one family in two places at once")


def _check_pools(pools: tuple[str, ...], what: str) -> None:
    if not pools or len(set(pools)) < len(pools) or not all(isinstance(p, str) and p for p in pools):
        raise PolicyError(f"{what}: pools = {pools!r}, must name one pool or several different ones")
    for pool in pools:
        name, at, rank = pool.partition("@")
        if at and not (name and re.fullmatch("[1-8]", rank)):
            raise PolicyError(f"{what}: pool {pool!r}, a neighbour must be '@1' (nearest) to '@8'")
        if "." in name and name.split(".")[1] not in ("lead", "support"):
            raise PolicyError(f"{what}: pool {pool!r}, a role must be '.lead' or '.support'")


def _check_pace(pace: Pace, what: str) -> None:
    match pace:
        case Setting(name):
            if not isinstance(name, str) or not name:
                raise PolicyError(f"{what}: pace setting {name!r}, must name a setting of the intake")
        case Slower(by, each):
            _check_field(by, f"{what}: pace")
            _check_number(each, 0.0, MOST_PACE, f"{what}: pace.each")
        case Practised(by, most, half):
            _check_field(by, f"{what}: pace")
            _check_number(most, 0.0, MOST_PACE, f"{what}: pace.most")
            if most >= 1.0:
                raise PolicyError(f"{what}: pace.most = {most!r}, must be below 1")
            _check_half(half, what)
        case Spurred(by, each, worn_by, half):
            _check_field(by, f"{what}: pace")
            _check_number(each, 0.0, MOST_PACE, f"{what}: pace.each")
            if worn_by is not None:
                _check_field(worn_by, f"{what}: pace")
            _check_half(half, what)
        case _:
            raise PolicyError(f"{what}: pace {pace!r} is none of Setting, Slower, Practised, Spurred")


def _check_half(half: float, what: str) -> None:
    if isinstance(half, bool) or not isinstance(half, int | float) or not (isfinite(half) and half > 0):
        raise PolicyError(f"{what}: pace.half = {half!r}, must be above 0")


def _check_field(field: str, what: str) -> None:
    """A field is one of FIELDS, a prefix with a name, or the name of a column that only the intake knows."""
    if not isinstance(field, str) or not field:
        raise PolicyError(f"{what} needs a field ({', '.join(FIELDS)} or a column) and a whole number")
    prefix, colon, name = field.partition(":")
    if not colon:
        return
    if prefix not in PREFIXES or not name:
        raise PolicyError(f"{what}: field {field!r}, must begin with one of {', '.join(p + ':' for p in PREFIXES)}")
    if prefix == "count" and name not in COUNTERS:
        raise PolicyError(f"{what}: field {field!r}, counters are {', '.join(COUNTERS)}")
    if prefix in ("waiting", "free"):
        _check_pools((name,), what)


def _check_condition(when: Condition, what: str) -> None:
    match when:
        case Chance(share):
            check_value(share, f"{what}: chance", 0.0, 1.0)
        case Is(field, operator, value):
            if operator not in OPERATORS:
                raise PolicyError(f"{what}: operator {operator!r}, must be one of {' '.join(OPERATORS)}")
            if not field or isinstance(value, bool) or not isinstance(value, int):
                raise PolicyError(f"{what}: needs a field ({', '.join(FIELDS)} or a column) and a whole number")
            if abs(value) > MOST_COMPARED:
                raise PolicyError(f"{what}: {field} {operator} {value}, the number must be within ±{MOST_COMPARED}")
            _check_field(field, what)
        case Among(names):
            if not names or isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
                raise PolicyError(f"{what}: among {names!r}, must name at least one type or group")
        case Always():
            pass
        case _:
            raise PolicyError(f"{what}: condition {when!r} is none of Chance, Is, Among, Always")
