"""In which mechanisms two policies differ, and the policies in between that have some of one and some of the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from citysim.errors import PolicyError
from citysim.policy.catalog import DESIGNS
from citysim.policy.policy import Policy

STRUCTURE = "structure"
"""Who decides and who works with whom: the sentence itself, with the levers that only it knows."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "mobilisation": ("contact", "friction.mobilise_hours", "friction.mobilise_serious_hours"),
    "authority": ("friction.refuse", "friction.bounce_hours"),
    "routing": ("friction.misroute", "friction.triage_minutes", "friction.recognised"),
    "merging": ("friction.merge_recall", "friction.wrong_merge"),
    "quality": ("friction.fails", "friction.ownership", "candour", "verification"),
    "supervision": ("supervision", "clocks"),
    "calling_in": ("surge", "whistle"),
    "grading": ("risk",),
    "ai": ("machine", "cloud", "hotline_agent", "gas_twin", "water_twin", "sharing"),
    "staffing": ("people", "practice"),
}
"""Levers that belong together, by mechanism; each is one player. What is not named here goes with the structure."""

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
        one, other = self.before.source, self.after.source
        assert one is not None  # seen to by `between`
        assert other is not None
        moved = STRUCTURE in names
        levers = other.levers if moved else one.levers
        for name, paths in GROUPS.items():
            giver = other.levers if name in names else one.levers
            for path in paths:
                levers = _with(levers, path.split("."), _at(giver, path.split(".")))
        design = (other if moved else one).design
        parts = {part: getattr(self.after if part in names else self.before, part) for part in PARTS}
        bits = f"{changed:0{len(self.mechanisms)}b}"[::-1]
        return DESIGNS[design].policy(levers).with_(**parts, name=f"coalition {bits}")


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
    one, other = before.source, after.source
    assert one is not None
    assert other is not None
    names = [
        name
        for name, paths in GROUPS.items()
        if any(_at(one.levers, path.split(".")) != _at(other.levers, path.split(".")) for path in paths)
    ]
    rest = replace(other.levers)
    for path in (path for paths in GROUPS.values() for path in paths):
        rest = _with(rest, path.split("."), _at(one.levers, path.split(".")))
    if one.design != other.design or rest != one.levers:
        names.append(STRUCTURE)
    names += [part for part in PARTS if getattr(before, part) != getattr(after, part)]
    if not names:
        raise PolicyError(f"policies {before.name!r} and {after.name!r} do the same")
    return Between(before, after, tuple(names))


def _at(record: Any, path: Sequence[str]) -> Any:
    for name in path:
        record = getattr(record, name)
    return record


def _with(record: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    return replace(record, **{path[0]: _with(getattr(record, path[0]), path[1:], value)})


def differences(one: Any, other: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two records differ, field by field at any depth: path, value of the one, value of the other."""
    if is_dataclass(one) and type(one) is type(other):
        found: list[tuple[str, Any, Any]] = []
        for field in fields(one):
            here = f"{path}.{field.name}" if path else field.name
            found += differences(getattr(one, field.name), getattr(other, field.name), here)
        return found
    return [] if one == other else [(path, one, other)]
