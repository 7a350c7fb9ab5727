"""What each incident did by its closing or by the end of the run: casualties, loss, supply, roads, nuisance.

All are EXPECTED values given the incident's type, its severity and how long it lasted: the log says nothing of who
stood beside it, and drawing it would add noise to what is compared. So they are sums without luck, and fractions of a
death are what they should be. Source of the measures: domain brief 4.2, item 10; of the numbers: the
incident types of the scenario [asm].
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.damage import SERVICES, Damage
from citysim.intake import SIGNALS, Kinds
from citysim.streams import FloatArray

Array = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Exposure:
    """How bad incidents were and how long they lasted; arrays of one length.

    Args:
        kind: position in the kinds. severity: the worst that the incident reached, 0 (I) to 3 (IV).
        unsafe_hours: from onset until safe, broken_hours: until mended; or until the end of the run.
        signals: bit k set if the case gave off intake.SIGNALS[k].

    The whole time counts at the worst severity, since the log does not say when an incident worsened: for an upgraded
    one this is an upper bound.
    """

    kind: Array
    severity: Array
    unsafe_hours: FloatArray
    broken_hours: FloatArray
    signals: Array


@dataclass(frozen=True)
class Consequences:
    """Expected consequences of each incident; arrays of one length, nowhere negative.

    Args:
        deaths, injured: people (injured: seriously). loss: yuan, direct.
        household_hours, lane_hours, person_hours: hours until mended x households cut off, lanes blocked, people
            disturbed.
        households, outage_hours: how many were cut off and for how long. service: position in damage.SERVICES.
    """

    deaths: FloatArray
    injured: FloatArray
    loss: FloatArray
    household_hours: FloatArray
    lane_hours: FloatArray
    person_hours: FloatArray
    households: FloatArray
    outage_hours: FloatArray
    service: Array


@dataclass(frozen=True)
class Totals:
    """Consequences of a whole run: people, yuan, household-hours, lane-hours, person-hours."""

    deaths: float
    injured: float
    loss: float
    household_hours: float
    lane_hours: float
    person_hours: float

    def minus(self, other: "Totals") -> "Totals":
        """What this run had more than the other."""
        return Totals(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))


def consequences(kinds: Kinds, exposure: Exposure) -> Consequences:
    """Expected consequences of incidents.

    casualties and loss = severity factor x (at once + by the hour x min(hours until safe, cap)); injuries also 1 where
    somebody was hurt by a signal. household-, lane- and person-hours = how many at this severity x hours until mended;
    lanes also those of a traffic signal until safe.
    """
    damage, rules = kinds.damage or (Damage(),) * len(kinds.ids), kinds.damage_rules
    kind, severity = exposure.kind, exposure.severity
    cell = kind.astype(np.int64) * 4 + severity
    capped = np.minimum(exposure.unsafe_hours, _column(damage, "cap_hours")[kind])
    gave_off = {name: (exposure.signals >> k & 1).astype(np.float64) for k, name in enumerate(SIGNALS)}

    def grown(at_once: str, hourly: str) -> FloatArray:
        by_severity = np.array(rules.severity_factors)
        start = np.outer(_column(damage, at_once), by_severity).ravel()[cell]
        each_hour = np.outer(_column(damage, hourly), by_severity).ravel()[cell]
        total: FloatArray = start + each_hour * capped
        return total

    households = np.array([one.households for one in damage], np.float64).ravel()[cell]
    lanes = np.array([one.lanes for one in damage], np.float64).ravel()[cell]
    people = np.outer(_column(damage, "people"), rules.nuisance_factors).ravel()[cell]
    return Consequences(
        deaths=grown("deaths", "deaths_hour"),
        injured=grown("injured", "injured_hour") + rules.injured_by_signal * gave_off["injury"],
        loss=grown("loss", "loss_hour"),
        household_hours=households * exposure.broken_hours,
        lane_hours=lanes * exposure.broken_hours + rules.lanes_by_signal * gave_off["traffic"] * exposure.unsafe_hours,
        person_hours=people * exposure.broken_hours,
        households=households,
        outage_hours=np.where(households > 0, exposure.broken_hours, 0.0),
        service=np.array([SERVICES.index(one.service) for one in damage], np.int8)[kind],
    )


def _column(damage: Sequence[Damage], name: str) -> FloatArray:
    return np.array([getattr(one, name) for one in damage], np.float64)
