"""The coordination designs that can be compared by name, from the least to the most coordinated."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType

from citysim.errors import PolicyError
from citysim.policy.designs.command import COMMAND, HUB, unified_command, unified_command_ai
from citysim.policy.designs.fragmented import LEVERS as FRAGMENTED
from citysim.policy.designs.fragmented import fragmented
from citysim.policy.designs.integrated import INTEGRATED, committee_integrated
from citysim.policy.designs.levers import Levers
from citysim.policy.designs.peers import LEAD, MEETING, joint_meeting, lead_department
from citysim.policy.designs.stages import at_stage
from citysim.policy.designs.task_force import task_force
from citysim.policy.files import read_policy
from citysim.policy.names import CityNames
from citysim.policy.policy import Policy, Source


@dataclass(frozen=True)
class Design:
    """A coordination design: how its sentence is built from numbers, and its usual numbers."""

    build: Callable[[Levers], Policy]
    levers: Levers

    def policy(self, levers: Levers | None = None) -> Policy:
        """The design with its usual numbers, or with others."""
        used = at_stage(self.levers if levers is None else levers)
        policy = self.build(used)
        return policy.with_(source=Source(policy.name, used, self.levers))


def _meeting_every(name: str, days: float, zh: str) -> Design:
    """A variant of the joint meeting with another period; 0 = on demand."""
    en = f"joint meeting, {name.removeprefix('joint_meeting_').replace('_', ' ')}"

    def build(levers: Levers) -> Policy:
        return joint_meeting(levers).with_(name=name, title=(("en", en), ("zh", f"联席会议（{zh}）")))

    return Design(build, replace(MEETING, meeting=replace(MEETING.meeting, period_days=days)))


DESIGNS: MappingProxyType[str, Design] = MappingProxyType(
    {
        "fragmented": Design(fragmented, FRAGMENTED),
        "lead_department": Design(lead_department, LEAD),
        "joint_meeting": Design(joint_meeting, MEETING),
        "task_force": Design(task_force, LEAD),
        "unified_command": Design(unified_command, COMMAND),
        "unified_command_ai": Design(unified_command_ai, HUB),
        "committee_integrated": Design(committee_integrated, INTEGRATED),
        "joint_meeting_fortnightly": _meeting_every("joint_meeting_fortnightly", 14.0, "双周"),
        "joint_meeting_monthly": _meeting_every("joint_meeting_monthly", 28.0, "每月"),
        "joint_meeting_on_demand": _meeting_every("joint_meeting_on_demand", 0.0, "专题"),
    }
)
CATALOG = tuple(DESIGNS)
"""Names of the designs, from the least to the most coordinated; then variants."""


def load_policy(name_or_path: str | PathLike[str], city: CityNames | None = None) -> Policy:
    """A design of the catalog by name, or a policy written in a YAML file by path.

    Args:
        city: what a policy in a file may ask of cases, else it is refused; None = anything.

    Raises:
        PolicyError: there is no such design or file, or the file is malformed (file, line and key are named).
    """
    name = fspath(name_or_path)
    if name in DESIGNS:
        return DESIGNS[name].policy()
    if name.endswith((".yaml", ".yml")) or Path(name).is_file():
        return read_policy(name, DESIGNS, city)
    near = get_close_matches(name, CATALOG, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise PolicyError(f"no design {name!r}: {hint}designs are {', '.join(CATALOG)}; or give the path of a .yaml file")
