"""Incidents: the types that a city knows, and the table of those that happened in one world."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.damage import Damage
from citysim.streams import U64Array
from citysim.units import IntArray

SmallIntArray = npt.NDArray[np.integer[Any]]

SEVERITY_UPGRADE = "severity_upgrade"
"""Escalation target that raises the grade of the incident itself by one."""

FIRST, AFTERSHOCK, ESCALATION, RECURRENCE = range(4)
"""How an incident was bred: by nothing, by excitation (it happens under every policy), by an incident that was not
contained in time, or at the place of one whose root cause was not mended."""


@dataclass(frozen=True)
class Escalation:
    """What an incident may become while it is not contained.

    Args:
        target: incident type, flag of the city or SEVERITY_UPGRADE.
        hazard_per_hour: at severity IV.
        buffer_hours: nothing happens before a time drawn evenly from this range (a battery, a roof tank).
        spread: chance that the child is in another street of the district, as along a network.
    """

    target: str
    hazard_per_hour: float
    buffer_hours: tuple[float, float] = (0.0, 0.0)
    spread: float = 0.0


@dataclass(frozen=True)
class Excitation:
    """How an incident calls forth others of its type, whatever anybody does about it.

    Args:
        ratio: mean number of direct offspring; hours: their mean lag; spread: as for an escalation.
    """

    ratio: float = 0.0
    hours: float = 24.0
    spread: float = 0.0


@dataclass(frozen=True)
class CascadeRules:
    """What all escalations and recurrences of a city obey.

    Args:
        severity_factors: on every hazard, by severity I to IV (domain brief 4.2.9).
        window_hours: what has not escalated so long after its onset never does.
        generations: links of a chain of escalations and recurrences, and of a chain of aftershocks.
        recurrence_median_days, recurrence_sigma: lognormal time from an onset to the next one at the same place.
        flags: (escalation target, name of the signal in `intake.SIGNALS` that it gives).
    """

    severity_factors: tuple[float, float, float, float] = (8.0, 4.0, 2.0, 1.0)
    window_hours: float = 168.0
    generations: int = 3
    recurrence_median_days: float = 14.0
    recurrence_sigma: float = 0.7
    flags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class IncidentKind:
    """One type of incident and everything that is true of it under any policy.

    Args:
        rate_per_100k_year: true incidents per 100,000 residents and year (rural residents if `rural_only`).
        rate_range: plausible low and high of the rate, for sensitivity analysis.
        severity: shares of true severity, worst first (units.GRADES).
        channel_shares: who notices first (units.CHANNELS).
        mean_hidden_hours: mean hours until somebody notices, by severity, under the default sensing.
        repeats: mean number of further citizen reports while the incident is open for its nominal time.
        lead, supports: department codes; supports come in the order in which they are asked.
        joint_share: chance that at least one supporting department is really needed.
        work_median_hours, work_sigma: lognormal on-site work, without travel, queue and verification.
        on_site_limit_hours, close_limit_hours: deadlines on `clock` (units.CALENDAR or units.WORKING); None = no limit.
        escalations: what it may become until made safe, each target once.
        excitation: its aftershocks; the rate above includes them.
        recurrence_chance: chance that it comes back at the same place unless its root cause is mended; on top of the
            rate.
        is_exposed: always near a school, a hospital or a crowd.
        patterns: names of intensity patterns (world/demand.py).
        asset: (inventory unit, events per unit and year) where the rate is asset driven.
        emergency_line: the fire and rescue line takes the call directly.
        damage: what it does to people, money, supply and roads. travel: factor on travel time, for crews that are near.
        sources: reference keys of the incident-type file; assumed: which numbers are assumptions ("asm …").
    """

    id: str
    name_en: str
    name_zh: str
    group: str
    rate_per_100k_year: float
    rate_range: tuple[float, float]
    severity: tuple[float, float, float, float]
    channel_shares: tuple[float, float, float, float]
    mean_hidden_hours: tuple[float, float, float, float]
    repeats: float
    lead: str
    supports: tuple[str, ...]
    joint_share: float
    skills: tuple[str, ...]
    work_median_hours: float
    work_sigma: float
    crew_size: int
    on_site_limit_hours: float | None
    close_limit_hours: float | None
    clock: int
    escalations: tuple[Escalation, ...] = ()
    excitation: Excitation = Excitation()
    recurrence_chance: float = 0.0
    is_exposed: bool = False
    patterns: tuple[str, ...] = ("flat",)
    asset: tuple[str, float] | None = None
    rural_only: bool = False
    emergency_line: bool = False
    damage: Damage = Damage()
    travel: float = 1.0
    sources: tuple[str, ...] = ()
    assumed: str = "asm"


COLUMNS: dict[str, type[np.generic]] = {
    "occurred": np.int64, "kind": np.int16, "street": np.int32, "severity": np.int8, "n_support": np.int8,
    "luck": np.uint64, "tiebreak": np.int64, "parent": np.int32, "generation": np.int8,
    "link": np.int8, "worsens": np.int64, "exposed": np.int8,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Incidents:
    """All incidents of one world, one row each, sorted by (occurred, tiebreak, luck); read-only arrays of one length.

    Args:
        occurred: onset, seconds.
        kind, street: positions in the scenario's kinds and streets.
        severity: true severity, 0 (red) to 3 (blue).
        n_support: supporting departments really needed, the first so many of the kind's list.
        luck: stable identity of the incident for all its draws; tiebreak: 0 to 2**31 - 1.
        parent: row that bred this one, always an earlier one, -1 = none; link: how (FIRST, AFTERSHOCK, ESCALATION,
            RECURRENCE).
        generation: for an aftershock the links since the first incident; for an escalation or recurrence the links of
            these two sorts since the last incident that happens under every policy; 0 for a first incident.
        worsens: when it becomes one severity worse unless contained before, NEVER = does not.
        exposed: 1 near a school, a hospital or a crowd.
    """

    occurred: IntArray
    kind: SmallIntArray
    street: SmallIntArray
    severity: SmallIntArray
    n_support: SmallIntArray
    luck: U64Array
    tiebreak: IntArray
    parent: SmallIntArray
    generation: SmallIntArray
    link: SmallIntArray
    worsens: IntArray
    exposed: SmallIntArray

    def __post_init__(self) -> None:
        for name, dtype in COLUMNS.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=dtype)
            if array.shape != self.occurred.shape or array.ndim != 1:
                raise ValueError(f"incidents: {name} has shape {array.shape}, must be {self.occurred.shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.occurred)

    @property
    def is_latent(self) -> npt.NDArray[np.bool_]:
        """Whether the incident happens only if its parent was not contained, or not mended, in time."""
        return self.link >= ESCALATION
