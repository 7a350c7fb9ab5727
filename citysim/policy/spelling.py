"""How blocks are spelled in a policy file: one table of verbs, read in both directions."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from citysim.policy.blocks import (
    AddTo,
    Always,
    Block,
    Bounce,
    CallIn,
    Close,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Leave,
    Mark,
    Merge,
    RaisePriority,
    Release,
    Route,
    Seize,
    SetTo,
    Split,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.spelling_values import (
    CONDITION,
    DURATION,
    NAMES,
    NUMBER,
    PACE,
    TEXT,
    VALUE,
    WHOLE,
    YES_NO,
    Spelling,
    WrongError,
    near,
    read_list,
)
from citysim.yamlfile import KeyPath, show


def _read_body(value: Any, key: KeyPath) -> tuple[Block, ...]:
    return tuple(read_block(block, (*key, i)) for i, block in enumerate(read_list(value, key)))


def _read_branches(value: Any, key: KeyPath) -> tuple[tuple[Block, ...], ...]:
    return tuple(_read_body(branch, (*key, i)) for i, branch in enumerate(read_list(value, key)))


def _read_nothing(value: Any, key: KeyPath) -> None:
    if value is not None:
        raise WrongError(key, f"{show(value)}, must be empty")


BODY = Spelling(_read_body, lambda body: [write_block(block) for block in body])
BRANCHES = Spelling(_read_branches, lambda branches: [BODY.write(branch) for branch in branches])


@dataclass(frozen=True)
class Verb:
    """One verb of the language: the block it makes, its first argument (None = none), and how all are spelled."""

    block: type
    first: str | None
    spelled: Mapping[str, Spelling] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        return [name for name in self.spelled if name != self.first]


_LUCK = {"luck": TEXT}
VERBS: Mapping[str, Verb] = {
    "seize": Verb(
        Seize, "pools",
        {
            "pools": NAMES, "units": WHOLE, "preempt": YES_NO, "patience": DURATION, "room": WHOLE, "otherwise": TEXT,
            **_LUCK,
        },
    ),
    "delay": Verb(
        Delay, "duration",
        {"duration": DURATION, "interruptible": YES_NO, "off_clock": YES_NO, "pace": PACE, **_LUCK},
    ),
    "call_in": Verb(CallIn, "pool", {"pool": TEXT, "units": WHOLE, "lasts": DURATION, **_LUCK}),
    "release": Verb(Release, "pools", {"pools": NAMES}),
    "go_to": Verb(Route, "to", {"to": TEXT, **_LUCK}, {"when": Always()}),
    "route": Verb(Route, "when", {"when": CONDITION, "to": TEXT, **_LUCK}),
    "split": Verb(Split, "branches", {"branches": BRANCHES}),
    "for_each_support": Verb(ForEach, "body", {"body": BODY, "parallel": YES_NO}),
    "wait_for_slot": Verb(WaitForSlot, "gate", {"gate": TEXT}),
    "watch": Verb(Watch, "after", {"after": DURATION, "body": BODY, **_LUCK}),
    "raise_priority": Verb(RaisePriority, "by", {"by": WHOLE}),
    "mark": Verb(Mark, "milestone", {"milestone": TEXT, "last": YES_NO}),
    "count": Verb(Count, "counter", {"counter": TEXT}),
    "add_to": Verb(AddTo, "tally", {"tally": TEXT, "by": WHOLE}),
    "set_to": Verb(SetTo, "tally", {"tally": TEXT, "value": WHOLE}),
    "extend": Verb(Extend, "by", {"by": DURATION, **_LUCK}),
    "grade": Verb(Grade, None, {"set_priority": YES_NO, "rule": TEXT, "error": NUMBER, **_LUCK}),
    "bounce": Verb(Bounce, "after", {"after": DURATION, "to": TEXT, **_LUCK}),
    "verify": Verb(Verify, "fails", {"fails": VALUE, "to": TEXT, **_LUCK}),
    "merge": Verb(Merge, None),
    "close": Verb(Close, None),
    "leave": Verb(Leave, None),
}  # fmt: skip
"""The verbs of `Workflow`, in the same words. `at` (a label) may stand beside any of them."""


def read_block(data: Any, key: KeyPath) -> Block:
    """One block from plain data: a mapping with one verb, its options and perhaps a label, or a bare verb."""
    if isinstance(data, str):
        data = {data: None}
    if not isinstance(data, dict):
        raise WrongError(key, f"{show(data)}, must be a block such as 'mark: filed'")
    verbs = [name for name in data if name in VERBS]
    if len(verbs) != 1:
        others = [name for name in data if name != "at" and name not in VERBS]
        if verbs or not others:
            raise WrongError(key, f" has {len(verbs)} verbs ({', '.join(verbs) or 'none'}), must have one")
        raise WrongError((*key, others[0]), f" is not a block; {near(others[0], list(VERBS))}")
    verb = VERBS[verbs[0]]
    unknown = [name for name in data if name not in (verbs[0], "at", *verb.options)]
    if unknown:
        text = f" is not an option of {verbs[0]}; {near(unknown[0], ['at', *verb.options])}"
        raise WrongError((*key, unknown[0]), text)
    values: dict[str, Any] = dict(verb.given)
    if verb.first is None:
        _read_nothing(data[verbs[0]], (*key, verbs[0]))
    required = {f.name for f in fields(verb.block) if f.default is MISSING}
    for name, spelling in verb.spelled.items():
        written = verbs[0] if name == verb.first else name
        if written in data:
            values[name] = spelling.read(data[written], (*key, written))
        elif name in required:
            raise WrongError((*key, written), " is missing")
    if "at" in data:
        values["name"] = TEXT.read(data["at"], (*key, "at"))
    return verb.block(**values)  # type: ignore[no-any-return]


def write_block(block: Block) -> dict[str, Any]:
    """The plain data that `read_block` reads as this block; what equals its default is left out."""
    name, verb = next(
        (name, verb)
        for name, verb in VERBS.items()
        if verb.block is type(block) and all(getattr(block, key) == value for key, value in verb.given.items())
    )
    data: dict[str, Any] = {"at": block.name} if block.name is not None else {}
    data[name] = verb.spelled[verb.first].write(getattr(block, verb.first)) if verb.first else None
    defaults = {f.name: f.default for f in fields(verb.block)}
    for option in verb.options:
        if getattr(block, option) != defaults[option]:
            data[option] = verb.spelled[option].write(getattr(block, option))
    return data
