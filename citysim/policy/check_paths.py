"""Follows every path through a workflow: jumps stay in their body, no loop is timeless, what is seized is released."""

from collections.abc import Callable

from citysim.errors import PolicyError
from citysim.policy.blocks import (
    Always,
    Block,
    Bounce,
    CallIn,
    Close,
    Delay,
    ForEach,
    Leave,
    Merge,
    Release,
    Route,
    Seize,
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.workflow import all_bodies

Held = frozenset[str]


def check_paths(blocks: tuple[Block, ...]) -> None:
    """Raise PolicyError unless all blocks can be reached and every path ends, takes time in loops, and releases."""
    for body in all_bodies(blocks):
        _check_paths(body, is_main=body is blocks)
    _held_after(blocks, frozenset())


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
    timeless = [i for i, b in enumerate(body) if not isinstance(b, Seize | Delay | CallIn | Bounce | WaitForSlot)]
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
