"""The numeric side of a scenario's incident types, as the engines and workflows read it."""

from collections.abc import Callable

import numpy as np

from citysim.damage import DamageRules
from citysim.intake import Kinds
from citysim.units import HOUR, NEVER
from citysim.world.incidents import IncidentKind

DIFFICULTY_STEPS = (0.1, 0.5)
DIFFICULTIES = (0.35, 1.0, 1.3)
"""How hard a type is to route: easy below a joint share of 0.1, normal up to 0.5, strongly joint above [asm]."""


COLUMNS: dict[str, Callable[[IncidentKind], float]] = {
    "work_median": lambda kind: kind.work_median_hours * HOUR,
    "work_sigma": lambda kind: kind.work_sigma,
    "crew_size": lambda kind: kind.crew_size,
    "joint_share": lambda kind: kind.joint_share,
    "difficulty": lambda kind: difficulty(kind.joint_share),
    "travel": lambda kind: kind.travel,
    "put_off": lambda kind: difficulty(kind.joint_share),
    "unrooted": lambda kind: 1.0,
}
"""What a workflow may read of an incident type, with `ByKind`.

`put_off` and `unrooted` are factors on the chances that a case is shelved and that its root cause is left. Without
programmes the one is the type's difficulty, the other 1."""


def kinds_of(kinds: tuple[IncidentKind, ...], departments: tuple[str, ...], damage_rules: DamageRules) -> Kinds:
    """What engines and judges read of the types; `lead` and `supports` are positions in `departments`."""
    code = {department: position for position, department in enumerate(departments)}
    supports = np.full((len(kinds), max((len(kind.supports) for kind in kinds), default=0)), -1, np.int16)
    for row, kind in enumerate(kinds):
        supports[row, : len(kind.supports)] = [code[department] for department in kind.supports]
    return Kinds(
        ids=tuple(kind.id for kind in kinds),
        groups=tuple(kind.group for kind in kinds),
        departments=departments,
        lead=np.array([code[kind.lead] for kind in kinds], np.int16),
        supports=supports,
        on_site_limit=np.array([_limit(kind.on_site_limit_hours) for kind in kinds], np.int64),
        close_limit=np.array([_limit(kind.close_limit_hours) for kind in kinds], np.int64),
        clock=np.array([kind.clock for kind in kinds], np.int8),
        emergency=np.array([kind.emergency_line for kind in kinds], np.int8),
        columns={name: np.array([read(kind) for kind in kinds], np.float64) for name, read in COLUMNS.items()},
        damage=tuple(kind.damage for kind in kinds),
        damage_rules=damage_rules,
    )


def difficulty(joint_share: float) -> float:
    """Factor on misrouting and refusal by how joint a type is (brief 4.2.5)."""
    easy, normal = DIFFICULTY_STEPS
    return DIFFICULTIES[0] if joint_share < easy else DIFFICULTIES[1] if joint_share <= normal else DIFFICULTIES[2]


def _limit(hours: float | None) -> int:
    return NEVER if hours is None else round(hours * HOUR)
