"""May a run go on under another policy? Only if both say the same sentence with other numbers."""

from dataclasses import fields, is_dataclass
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.blocks import Block, Seize
from citysim.policy.policy import Policy
from citysim.policy.workflow import walk

FREE = frozenset({"headcount", "minimum", "per_100k", "unit_cost_per_hour", "cost_per_sitting"})
"""Fields of pools and gates that may differ; all other numbers of theirs may not."""


def check_change(old: Policy, new: Policy) -> None:
    """Refuse a change of policy during a run that is more than a change of numbers (law, section 8).

    Free are the numbers inside blocks, but for how many units a request asks for and how long its line may be; grading;
    headcounts and costs. The blocks, their names and order, pools, gates and tallies must be the same, and what the
    policy notices, since that decided what comes in before the run began.

    Raises:
        PolicyError: names the block or the part that differs, and both values.
    """
    what = f"policy {new.name!r} cannot follow {old.name!r} in a run"
    before, after = walk(old.workflow.blocks), walk(new.workflow.blocks)
    for k, (one, other) in enumerate(zip(before, after, strict=False)):
        if one == other:  # most blocks keep their numbers, and equality is quicker than looking for a difference
            continue
        found = _difference(one.label, other.label) or _difference(_asked(one.block), _asked(other.block))
        if found := found or _difference(one.block, other.block, free=True, left_out=frozenset({"body", "branches"})):
            raise PolicyError(f"{what}: block {k} ({one.label!r}) differs: {found}")
    if len(before) != len(after):
        raise PolicyError(f"{what}: it has {len(after)} blocks, not {len(before)}")
    for part in ("staffing", "gates", "tallies", "sensing", "programmes"):
        if found := _difference(getattr(old, part), getattr(new, part), left_out=FREE):
            raise PolicyError(f"{what}: {part} differs: {found}")


def _asked(block: Block) -> tuple[int, int | None]:
    """How many units a seize asks for, and how long its line may be."""
    return (block.units, block.room) if isinstance(block, Seize) else (0, None)


def _difference(one: Any, other: Any, *, free: bool = False, left_out: frozenset[str] = frozenset()) -> str:
    """Where two values differ, in words; empty if they do not.

    Args:
        free: numbers may differ. left_out: fields that may.
    """
    if free and _is_number(one) and _is_number(other):
        return ""
    if type(one) is not type(other):
        return f"{one!r} against {other!r}"
    if is_dataclass(one):
        for field in fields(one):
            if field.name not in left_out:
                parts = getattr(one, field.name), getattr(other, field.name)
                if found := _difference(*parts, free=free, left_out=left_out):
                    return f"{field.name}: {found}"
        return ""
    if isinstance(one, tuple):
        if len(one) != len(other):
            return f"{one!r} against {other!r}"
        pairs = zip(one, other, strict=True)
        return next((found for a, b in pairs if (found := _difference(a, b, free=free, left_out=left_out))), "")
    return "" if one == other else f"{one!r} against {other!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
