"""What an incident is, given its type, place and moment: true severity, supports needed, exposure; keyed by luck."""

from dataclasses import dataclass
from math import exp
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray, U64Array, purpose_code, uniforms
from citysim.units import DAY, HOUR, IntArray
from citysim.world.demand import night_severity
from citysim.world.scenario import Scenario
from citysim.world.surroundings import exposed_shares, is_exposed

Rows = dict[str, npt.NDArray[Any]]
"""Incidents that are not sorted yet: columns by name; `parent` is a position among all rows drawn so far."""

FURTHER_DEPARTMENTS = 0.6
"""Mean of the Poisson number of supporting departments beyond the first, where any is needed (asm)."""
MOST_SUPPORTS = 20
NIGHT_ENDS = 6 * HOUR


@dataclass(frozen=True, eq=False)
class Traits:
    """What traits are drawn with.

    Args:
        severity: cumulated shares of I, II, III by day and by night, shape (3, 2 x kinds), each night after its day.
        joint_share, supports, is_exposed: by kind. exposed_share: by street.
    """

    key: int
    severity: FloatArray
    joint_share: FloatArray
    supports: IntArray
    is_exposed: npt.NDArray[np.bool_]
    exposed_share: FloatArray


def traits_of(scenario: Scenario, key: int) -> Traits:
    """The traits of a scenario's types under the luck of one world."""
    kinds = scenario.kinds
    shares = [night_severity(kind.severity, kind.patterns, scenario.climate, scenario.almanac) for kind in kinds]
    return Traits(
        key=key,
        severity=np.cumsum(np.array(shares).reshape(-1, 4), axis=1)[:, :3].T.copy(),
        joint_share=np.array([kind.joint_share for kind in kinds]),
        supports=np.array([len(kind.supports) for kind in kinds], dtype=np.int64),
        is_exposed=np.array([kind.is_exposed for kind in kinds], dtype=np.bool_),
        exposed_share=exposed_shares(scenario.surroundings, scenario.city),
    )


def with_traits(rows: Rows, traits: Traits, parents: Rows | None = None, offset: int = 0) -> Rows:
    """The rows with severity, n_support and exposed; fires are worse in the night.

    Args:
        parents, offset: those of `bred`; what is bred in the street of its parent is at the same place, so as exposed.
    """
    kind, luck = rows["kind"], rows["luck"]
    exposed = is_exposed(traits.key, luck, traits.exposed_share[rows["street"]])
    if parents is not None:
        at = rows["parent"] - offset
        exposed = np.where(parents["street"][at] == rows["street"], parents["exposed"][at] == 1, exposed)
    exposed = exposed | traits.is_exposed[kind]
    return {
        **rows,
        "severity": _severities(traits, kind, rows["occurred"], luck),
        "n_support": _supports_needed(traits, kind, luck),
        "exposed": exposed.astype(np.int8),
    }


def _severities(traits: Traits, kind: IntArray, occurred: IntArray, luck: U64Array) -> npt.NDArray[np.int8]:
    cell = 2 * kind.astype(np.int64) + (occurred % DAY < NIGHT_ENDS)
    u = uniforms(traits.key, luck, purpose_code("severity"))
    severity = np.zeros(len(luck), np.int8)
    for cumulated in traits.severity:
        severity += cumulated[cell] <= u
    return severity


def _supports_needed(traits: Traits, kind: IntArray, luck: U64Array) -> npt.NDArray[np.int8]:
    """0, or with chance `joint_share` 1 + Poisson(0.6) supporting departments, at most as many as the kind lists."""
    needed = np.zeros(len(luck), np.int8)
    joint = np.flatnonzero(uniforms(traits.key, luck, purpose_code("joint")) < traits.joint_share[kind])
    u = uniforms(traits.key, luck[joint], purpose_code("n_support"))
    further = np.searchsorted(poisson_table(FURTHER_DEPARTMENTS, MOST_SUPPORTS), u)
    needed[joint] = np.minimum(1 + further, traits.supports[kind[joint]])
    return needed


def poisson_table(mean: float, length: int) -> FloatArray:
    """Chances of at most 0, 1, … length - 1 events."""
    terms = [exp(-mean)]
    for k in range(1, length):
        terms.append(terms[-1] * mean / k)
    return np.cumsum(terms)


def joined(parts: list[Rows]) -> Rows:
    """Rows one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def bred(
    parents: Rows, chosen: IntArray, offset: int, after: FloatArray, luck: U64Array, link: int, **changed: IntArray
) -> Rows:
    """Children of the chosen parents, without traits: of the same type and street unless `changed` says otherwise.

    Args:
        chosen: positions in `parents`, the first of which has number `offset` among all rows.
        after: seconds from the parent's onset; a child comes at least one second later.
    """
    same = {name: parents[name][chosen] for name in ("kind", "street", "generation")} | changed
    return {
        "occurred": parents["occurred"][chosen] + 1 + after.astype(np.int64),
        "kind": same["kind"].astype(np.int16),
        "street": same["street"].astype(np.int32),
        "luck": luck,
        "parent": (chosen + offset).astype(np.int32),
        "generation": (same["generation"] + 1).astype(np.int8),
        "link": np.full(len(chosen), link, np.int8),
    }


def selected(rows: Rows, keep: npt.NDArray[Any]) -> Rows:
    """The rows that a mask or an index array names."""
    return {name: column[keep] for name, column in rows.items()}
