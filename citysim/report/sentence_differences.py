"""In what two sentences differ: which step, in which branch, under which condition. Labels and luck's names are no
difference, nor is a jump to the same step by another label.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from citysim.policy.blocks import Block, Bounce, ForEach, Is, Route, Seize, Split, Verify, Watch
from citysim.policy.workflow import bodies
from citysim.report.sentence import INDENT, say, sentence_lines
from citysim.words import Words

Body = tuple[Block, ...]
TARGETS = {Route: "to", Bounce: "to", Verify: "to", Seize: "otherwise"}
"""The label that a block may jump to."""
ASIDE = ("name", "luck", "branches", "body", *TARGETS.values())


@dataclass(frozen=True)
class Step:
    """A step of the one sentence, of the other, or of both; one that is None is not there."""

    before: Block | None
    after: Block | None


def sentence_differences(before: Body, after: Body, words: Words) -> Iterator[str]:
    """Lines for people: steps that are changed, new or gone, each with its place."""
    yield from _differences(before, after, "", words)


def _differences(before: Body, after: Body, where: str, words: Words) -> Iterator[str]:
    steps = _matched(before, after)
    same_label = {s.before.name: s.after.name for s in steps if s.before and s.after and s.before.name}
    last, gone, new = "", [], []  # type: str, list[Block], list[Block]
    for step in [*steps, None]:
        if step is None or (step.before and step.after):
            yield from _runs(gone, new, _place(where, last, words), words)
            gone, new = [], []
        if step is None:
            return
        if step.before and step.after:
            last = step.after.name or last
            yield from _changed(step.before, step.after, same_label, _place(where, last, words), words)
        elif step.before:
            gone.append(step.before)
        elif step.after:
            new.append(step.after)


def _runs(gone: Sequence[Block], new: Sequence[Block], place: str, words: Words) -> Iterator[str]:
    """Steps that one sentence alone has, those that stand together under one head."""
    for key, run in (("gone", gone), ("new", new)):
        if run:
            yield words(f"diff.{key}", place=place)
            yield from sentence_lines(run, words, INDENT)


def _changed(one: Block, other: Block, same_label: Mapping[str, str | None], place: str, words: Words) -> Iterator[str]:
    jump, other_jump = _target(one), _target(other)
    moved = jump != other_jump and same_label.get(jump, jump) != other_jump
    if moved or type(one) is not type(other) or _told(one) != _told(other):
        yield words("diff.changed", place=place, before=say(one, words), after=say(other, words))
    inside = list(zip_longest(bodies(one), bodies(other), fillvalue=()))
    for number, (left, right) in enumerate(inside, 1):
        deeper = words("diff.inside", place=place, what=_container(other, number, len(inside), words))
        yield from _differences(left, right, deeper, words)


def _target(block: Block) -> str:
    """The label that a block may jump to; "" if none."""
    return getattr(block, TARGETS.get(type(block), ""), None) or ""


def _told(block: Block) -> dict[str, Any]:
    """What a block does itself, without what is inside it and where it jumps."""
    own = {field.name: getattr(block, field.name) for field in fields(block) if field.name not in ASIDE}
    return own | ({"branches": len(block.branches)} if isinstance(block, Split) else {})


def _container(block: Block, number: int, count: int, words: Words) -> str:
    if isinstance(block, Split):
        return words("diff.split", number=number, count=count)
    return words("diff.for_each" if isinstance(block, ForEach) else "diff.watch")


def _place(where: str, label: str, words: Words) -> str:
    step = words("diff.at", label=label) if label else words("diff.at_first")
    return where + step


def _matched(before: Body, after: Body) -> list[Step]:
    """The steps of both in one order: the longest run of alike ones first, then what is like it by kind or label."""
    steps: list[Step] = []
    matcher = SequenceMatcher(None, [_whole(b) for b in before], [_whole(b) for b in after], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            steps += [Step(one, other) for one, other in zip(before[i:j], after[k:m], strict=True)]
        else:
            steps += _likened(before[i:j], after[k:m])
    return steps


def _likened(before: Body, after: Body) -> list[Step]:
    """Steps that are not the same, those set beside each other that are of one kind."""
    steps: list[Step] = []
    matcher = SequenceMatcher(None, [_kind(b) for b in before], [_kind(b) for b in after], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        left, right = before[i:j], after[k:m]
        if tag == "equal":
            steps += [Step(one, other) for one, other in zip(left, right, strict=True)]
        elif len(left) == len(right) == 1 and left[0].name and left[0].name == right[0].name:
            steps.append(Step(left[0], right[0]))  # another verb at the same label
        else:
            steps += _with_other_luck(left, right)
    return steps


def _with_other_luck(before: Body, after: Body) -> list[Step]:
    """Steps that differ in more than numbers, but for those that only take another luck."""
    steps: list[Step] = []
    old, new = ([_whole(block, luck=False) for block in body] for body in (before, after))
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left, right = before[i:j], after[k:m]
        if tag == "equal":
            steps += [Step(one, other) for one, other in zip(left, right, strict=True)]
        else:
            steps += [Step(one, None) for one in left] + [Step(None, other) for other in right]
    return steps


def _whole(block: Block, *, luck: bool = True) -> str:
    """A block with all that is inside it, without labels; with the luck that it names, which tells chances apart."""
    return repr(_bare(block, luck))


def _bare(block: Block, luck: bool) -> Any:
    aside = ("name",) if luck else ("name", "luck")
    inside: dict[str, Any] = {name: None for name in aside if hasattr(block, name)}
    if isinstance(block, Split):
        inside["branches"] = tuple(tuple(_bare(one, luck) for one in branch) for branch in block.branches)
    elif isinstance(block, ForEach | Watch):
        inside["body"] = tuple(_bare(one, luck) for one in block.body)
    return replace(block, **inside)


def _kind(block: Block) -> tuple[Any, ...]:
    """What makes two steps the same step with other numbers: the verb and what it is about, or its luck or label."""
    match block:
        case Route(when):
            return "route", type(when), when.field if isinstance(when, Is) else block.luck or block.name
        case Split() | ForEach() | Watch():
            return (type(block),)
    about = [getattr(block, name, None) for name in ("pools", "pool", "gate", "milestone", "counter", "tally")]
    if any(about):
        return type(block), *about
    return type(block), getattr(block, "luck", None) or block.name
