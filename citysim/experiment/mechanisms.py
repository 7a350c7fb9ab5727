"""In which mechanisms two policies differ, and the policies in between that have some of one and some of the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.catalog import DESIGNS
from citysim.policy.designs.levers import Levers
from citysim.policy.policy import Policy
from citysim.policy.workflow import walk

STRUCTURE = "structure"
"""Who decides and who works with whom: the sentence itself, with the levers that only it knows."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "mobilisation": ("contact",),
    "authority": (
        "friction.refuse", "friction.bounce_hours", "friction.mobilise_hours", "friction.mobilise_serious_hours",
    ),
    "pooling": ("command.aid", "command.aid_travel", "command.willing"),
    "routing": ("friction.misroute", "friction.triage_minutes", "friction.recognised"),
    "merging": ("friction.merge_recall", "friction.wrong_merge"),
    "quality": ("friction.fails", "friction.ownership", "candour", "verification"),
    "supervision": ("supervision", "clocks"),
    "calling_in": ("surge", "whistle"),
    "grading": ("risk",),
    "ai": ("machine", "cloud", "hotline_agent", "gas_twin", "water_twin", "sharing"),
    "staffing": ("people", "practice"),
}  # fmt: skip
"""Levers that belong together, by mechanism; each is one player. What is not named here goes with the structure.

Mobilisation is whether supports are asked all at once, authority how they answer: refusals, and how soon they send a
crew. So `experiments/parallel_or_authority` (H2) separates the two, and a test holds these names to its arms.
"""

PARTS = ("sensing", "programmes", "governance")
"""Parts of a policy beside its levers; each that differs is a mechanism of its own."""


@dataclass(frozen=True)
class Between:
    """Two policies and the mechanisms in which they differ, in a fixed order."""

    before: Policy
    after: Policy
    mechanisms: tuple[str, ...]

    def policy(self, changed: int) -> Policy:
        """The policy with those mechanisms of `after` whose bits are set; 0 is `before`, all bits are `after`."""
        names = {name for k, name in enumerate(self.mechanisms) if changed >> k & 1}
        one, other = _levers(self.before), _levers(self.after)
        moved = STRUCTURE in names
        levers = other if moved else one
        for name, paths in GROUPS.items():
            giver = other if name in names else one
            for path in paths:
                levers = _with(levers, path.split("."), _at(giver, path.split(".")))
        source = (self.after if moved else self.before).source
        assert source is not None  # seen to by `between`
        parts = {part: getattr(self.after if part in names else self.before, part) for part in PARTS}
        bits = f"{changed:0{len(self.mechanisms)}b}"[::-1]
        return DESIGNS[source.design].policy(levers).with_(**parts, name=f"coalition {bits}")


def between(before: Policy, after: Policy) -> Between:
    """What two policies differ in.

    Raises:
        PolicyError: they differ in nothing, or one of them is not a design of the catalog with other levers, sensing,
            programmes or governance.
    """
    for policy in (before, after):
        built = None if policy.source is None else DESIGNS[policy.source.design].policy(policy.source.levers)
        parts = {part: getattr(policy, part) for part in PARTS}
        if built is None or built.with_(**parts, name=policy.name).digest != policy.digest:
            raise PolicyError(
                f"policy {policy.name!r} cannot be taken apart, must be a design of the catalog"
                " (based_on) that differs in levers, sensing, programmes or governance only"
            )
    one, other = _levers(before), _levers(after)
    names = [
        name
        for name, paths in GROUPS.items()
        if any(_at(one, path.split(".")) != _at(other, path.split(".")) for path in paths)
    ]
    rest = other
    for path in (path for paths in GROUPS.values() for path in paths):
        rest = _with(rest, path.split("."), _at(one, path.split(".")))
    assert before.source is not None  # seen to above
    assert after.source is not None
    if before.source.design != after.source.design or rest != one:
        names.append(STRUCTURE)
    names += [part for part in PARTS if getattr(before, part) != getattr(after, part)]
    if not names:
        raise PolicyError(f"policies {before.name!r} and {after.name!r} do the same")
    return Between(before, after, tuple(names))


def _levers(policy: Policy) -> Levers:
    """The levers of a policy of the catalog; a sentence that asks no neighbour for crews has their help off.

    The lever is on in every design by default, and read by some; else their pooling would count as structure.
    """
    assert policy.source is not None
    levers: Levers = policy.source.levers
    pools = (pool for place in walk(policy.workflow.blocks) for pool in getattr(place.block, "pools", ()))
    if any("@" in pool for pool in pools):
        return levers
    return replace(levers, command=replace(levers.command, aid=False))


def _at(record: Any, path: Sequence[str]) -> Any:
    for name in path:
        record = getattr(record, name)
    return record


def _with(record: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    return replace(record, **{path[0]: _with(getattr(record, path[0]), path[1:], value)})
