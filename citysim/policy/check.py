"""Refuses a workflow that could not run to an end: called once when a policy is built, so engines need not look."""

from collections.abc import Callable

from citysim.errors import PolicyError
from citysim.policy.blocks import (
    FIELDS,
    MILESTONES,
    OPERATORS,
    Always,
    Block,
    Bounce,
    Chance,
    Close,
    Condition,
    Delay,
    ForEach,
    Grade,
    Is,
    Leave,
    Mark,
    Merge,
    RaisePriority,
    Release,
    Route,
    Seize,
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.durations import TimeLimit, check_duration, check_value
from citysim.policy.workflow import Place, all_bodies, bodies, lanes, walk

MAX_BLOCKS = 1_000
MAX_LANES = 250
MOST_COMPARED = 2**31
Held = frozenset[str]


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
    for body in all_bodies(blocks):
        _check_paths(body, is_main=body is blocks)
    _held_after(blocks, frozenset())


def _check_labels(places: tuple[Place, ...]) -> None:
    seen: dict[str, Place] = {}
    for place in places:
        if place.block.name is None:
            continue
        if place.block.name in seen:
            raise PolicyError(f"label {place.block.name!r} is used twice, must be unique")
        seen[place.block.name] = place


def _check_block(place: Place) -> None:
    """Parameters of one block in range, and the block allowed where it stands."""
    block, what = place.block, f"block {place.label!r}"
    if place.depth > 0 and isinstance(block, Close | Leave | Merge | Grade | Watch):
        raise PolicyError(f"{what}: {type(block).__name__.lower()} must stand in the main sequence")
    match block:
        case Seize():
            _check_seize(block, what)
        case Delay(duration):
            check_duration(duration, f"{what}: duration")
        case Release(pools):
            _check_pools(pools, what)
        case Route(when):
            _check_condition(when, what)
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
        case WaitForSlot(gate):
            if not gate:
                raise PolicyError(f"{what}: gate is empty, must name a gate of the policy")
        case RaisePriority(by):
            if not 1 <= by <= 7:
                raise PolicyError(f"{what}: by = {by}, must be within 1..7")
        case Mark(milestone):
            if milestone not in MILESTONES:
                raise PolicyError(f"{what}: milestone = {milestone!r}, must be one of {', '.join(MILESTONES)}")
        case Bounce(after):
            check_duration(after, f"{what}: after")
        case Verify(fails):
            check_value(fails, f"{what}: fails", 0.0, 1.0)
        case _:
            pass


def _check_seize(block: Seize, what: str) -> None:
    _check_pools(block.pools, what)
    if not 1 <= block.units <= 10_000:
        raise PolicyError(f"{what}: units = {block.units}, must be within 1..10000")
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


def _check_pools(pools: tuple[str, ...], what: str) -> None:
    if not pools or len(set(pools)) < len(pools) or not all(isinstance(p, str) and p for p in pools):
        raise PolicyError(f"{what}: pools = {pools!r}, must name one pool or several different ones")
    for pool in pools:
        if "." in pool and pool.split(".")[1] not in ("lead", "support"):
            raise PolicyError(f"{what}: pool {pool!r}, a role must be '.lead' or '.support'")


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
        case Always():
            pass
        case _:
            raise PolicyError(f"{what}: condition {when!r} is none of Chance, Is, Always")


def _jump(block: Block) -> str | None:
    match block:
        case Route(_, to) | Bounce(_, to) | Verify(_, to):
            return to
        case Seize():
            return block.otherwise
        case _:
            return None


def _successors(body: tuple[Block, ...]) -> list[list[int]]:
    """For each block the positions it may lead to; `len(body)` is the end of the body."""
    position = {block.name: i for i, block in enumerate(body) if block.name}
    result = []
    for i, block in enumerate(body):
        is_jump = isinstance(block, Route) and isinstance(block.when, Always)
        ends = is_jump or isinstance(block, Close | Leave | Bounce)
        steps = [] if ends else [i + 1]
        to = _jump(block)
        if to is not None:
            if to not in position:
                raise PolicyError(
                    f"{type(block).__name__.lower()} leads to {to!r}, which is no label of the same body"
                    f" (labels there: {', '.join(position) or 'none'})"
                )
            steps.append(position[to])
        result.append(steps)
    return result


def _check_paths(body: tuple[Block, ...], *, is_main: bool) -> None:
    graph = _successors(body)
    reached = _reach(graph, lambda i: True)
    for i, block in enumerate(body):
        if i not in reached:
            raise PolicyError(f"block {block.name or type(block).__name__.lower()!r} can never be reached")
    if is_main and len(body) in reached:
        raise PolicyError("the workflow runs off its end; it must end in close, leave or go_to")
    if not is_main and len(body) not in reached:
        raise PolicyError("a branch never comes to its end")
    if is_main and not any(isinstance(block, Close | Leave) for block in body):
        raise PolicyError("no path ends in close or leave")
    timeless = [i for i, b in enumerate(body) if not isinstance(b, Seize | Delay | Bounce | WaitForSlot)]
    for start in timeless:
        if start in _reach(graph, lambda i: i < len(body) and i in timeless, graph[start]):
            label = body[start].name or type(body[start]).__name__.lower()
            raise PolicyError(f"block {label!r} stands in a loop that takes no time")


def _reach(graph: list[list[int]], passes: Callable[[int], bool], start: list[int] | None = None) -> set[int]:
    """Positions that can be reached through positions that `passes` accepts."""
    todo, seen = list([0] if start is None else start), set()
    while todo:
        i = todo.pop()
        if i in seen or not passes(i):
            continue
        seen.add(i)
        if i < len(graph):
            todo.extend(graph[i])
    return seen


def _held_after(body: tuple[Block, ...], held: Held, *, is_final: bool = True) -> Held:
    """What may be held at the end of a body that starts with `held`; raises where seize and release do not pair.

    First all paths are followed until nothing new may be held anywhere; only then (`is_final`) is a block judged, for
    another path may yet bring what it releases.
    """
    graph = _successors(body)
    before: dict[int, Held] = {0: held}
    todo = [0]
    while todo:
        i = todo.pop()
        if i == len(body):
            continue
        served, unserved = _step(body[i], before[i], is_final=False)
        for target in graph[i]:
            is_jump_unserved = isinstance(body[i], Seize) and target != i + 1
            after = (unserved if is_jump_unserved else served) | before.get(target, frozenset())
            if target not in before or after != before[target]:
                before[target] = after
                todo.append(target)
    if is_final:
        for i in sorted(before.keys() - {len(body)}):
            _step(body[i], before[i], is_final=True)
    return before.get(len(body), frozenset())


def _step(block: Block, held: Held, *, is_final: bool) -> tuple[Held, Held]:
    """What may be held after a block, and after it when a seize was left unserved."""
    label = block.name or type(block).__name__.lower()
    match block:
        case Seize(pools):
            if is_final and (again := held & set(pools)):
                raise PolicyError(f"block {label!r} seizes {', '.join(sorted(again))}, which may be held already")
            return held | set(pools), held
        case Release(pools):
            if is_final and (missing := set(pools) - held):
                raise PolicyError(f"block {label!r} releases {', '.join(sorted(missing))}, which is not held there")
            return held - set(pools), held
        case Split(branches):
            for branch in branches:
                taken = _held_after(branch, frozenset(), is_final=is_final)
                if is_final and taken & held:
                    raise PolicyError(f"block {label!r}: {', '.join(sorted(taken & held))} may be held twice")
                held |= taken
        case ForEach(body, parallel):
            taken = _held_after(body, frozenset() if parallel else held, is_final=is_final)
            if is_final and not parallel and taken - held:
                raise PolicyError(f"block {label!r} must release {', '.join(sorted(taken - held))} in its body")
            if is_final and parallel and taken & held:
                raise PolicyError(f"block {label!r}: {', '.join(sorted(taken & held))} may be held twice")
            held |= taken
        case Watch(_, body):
            left = _held_after(body, frozenset(), is_final=is_final)
            if is_final and left:
                raise PolicyError(f"block {label!r} must release {', '.join(sorted(left))} in its body")
        case Close() | Leave():
            if is_final and held:
                raise PolicyError(f"block {label!r} ends the case while {', '.join(sorted(held))} may still be held")
        case Merge():
            if is_final and held:
                raise PolicyError(f"block {label!r} may end the case while {', '.join(sorted(held))} may still be held")
        case _:
            pass
    return held, held
