"""Who gets the crews of the municipal pool, and who goes to a task force. Crews are moved, never made or lost."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.streams import FloatArray
from citysim.world.geography import City

FIRE = "crew:XFJ"
"""Fire crews are there by coverage; nobody moves them."""
TASK_FORCE = "task_force"
MOST = 3.0
"""A department has at most so many times its usual crews [asm]."""
HALVINGS = 30

Heads = Callable[[float], float]
"""People on duty of a family, over all places and the mean of its cycle, at a factor on its headcounts."""


def residents_by_level(city: City) -> Mapping[str, FloatArray]:
    """Residents of each place of each level."""
    streets = city.street_population
    districts = np.bincount(city.district_of_street, streets, minlength=city.n_districts)
    return {"city": np.array([streets.sum()]), "district": districts, "street": streets}


def movable(staffing: Staffing, residents: Mapping[str, FloatArray], codes: tuple[str, ...]) -> dict[str, Heads]:
    """The departments whose crews the city may move: those for so many residents, but not the fire brigade.

    Args:
        residents: of each place, by level. codes: of the departments that count.
    """
    families = {family.name: family for family in staffing.families}
    found = {}
    for code in codes:
        family = families.get(f"crew:{code}")
        if family is not None and family.per_100k and family.name != FIRE:
            found[code] = _heads(family, residents[family.level])
    return found


def shared_out(crews: Mapping[str, Heads], pool: float, claims: Mapping[str, float]) -> dict[str, float]:
    """Factor on the crews of each department once the pool has been given out by claims.

    Every department gives the share `pool` of its headcounts. Places have whole crews and a fewest that stays, so what
    is there to be given is counted after rounding; it is shared by claims, the largest first, and what rounding or the
    cap leaves over goes back to those that gave most. So there are never more crews in all than before.
    """
    usual = {code: heads(1.0) for code, heads in crews.items()}
    factors = dict.fromkeys(crews, 1.0 - pool)
    have = {code: heads(1.0 - pool) for code, heads in crews.items()}
    spare = sum(usual.values()) - sum(have.values())
    whole = sum(claims.get(code, 0.0) for code in crews)
    if whole <= 0.0 or spare <= 0.0:
        return dict.fromkeys(crews, 1.0)
    over = 0.0
    claiming = [code for code in crews if claims.get(code, 0.0) > 0.0]
    for code in sorted(claiming, key=lambda code: (-claims[code], code)):
        may = have[code] + spare * claims[code] / whole + over
        factors[code] = _largest(crews[code], 1.0 - pool, MOST, may)
        over = may - crews[code](factors[code])
        have[code] = may - over
    for code in sorted(crews, key=lambda code: (have[code] - usual[code], code)):  # who is short of most comes first
        if have[code] < usual[code] and over > 0.0:
            factors[code] = _largest(crews[code], factors[code], 1.0, have[code] + over)
            now = crews[code](factors[code])
            have[code], over = now, over - (now - have[code])
    return factors


def seconded(staffing: Staffing, residents: Mapping[str, FloatArray], homes: tuple[str, ...], share: float) -> Staffing:
    """Crews of the home families go to the task force: as many hours there as the homes lose, counted in whole crews.

    What the task force cannot take, since its places have whole crews too, stays with the homes, the first ones first.
    Without a task force for so many residents nobody goes.

    Args:
        share: of the homes' headcounts.
    """
    force = staffing.family(TASK_FORCE)
    if force is None or not force.per_100k or share <= 0.0:
        return staffing
    families = [family for name in homes if (family := staffing.family(name)) is not None]
    heads = [_heads(family, residents[family.level]) for family in families]
    left = [count(1.0 - share) for count in heads]
    gone = sum(count(1.0) for count in heads) - sum(left)
    own, people = _reinforced(force, 0.0), residents[force.level]
    before = _on_duty(own, people)
    low, high = 0.0, sum(max(shift.headcount for shift in family.shifts) for family in families)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if _on_duty(_reinforced(force, middle), people) <= before + gone:
            low = middle
        else:
            high = middle
    larger = _reinforced(force, low)
    over = gone - (_on_duty(larger, people) - before)
    changed = [larger]
    for family, count, have in zip(families, heads, left, strict=True):
        factor = _largest(count, 1.0 - share, 1.0, have + over)
        over -= count(factor) - have
        changed.append(times(family, factor))
    return staffing.with_(*changed)


def _reinforced(force: PoolFamily, crews: float) -> PoolFamily:
    """The task force with so many crews for 100,000 residents more in each shift."""
    return replace(force, shifts=tuple(Shift(s.start, round(s.headcount + crews, 3)) for s in force.shifts))


def _on_duty(family: PoolFamily, residents: FloatArray) -> float:
    """People on duty, over all places and the mean of the cycle."""
    return _heads(family, residents)(1.0)


def _heads(family: PoolFamily, residents: FloatArray) -> Heads:
    """People on duty by factor."""
    starts = np.array([shift.start for shift in family.shifts] + [family.cycle])
    share = np.diff(starts) / family.cycle

    def heads(factor: float) -> float:
        return float((times(family, factor).headcounts(residents) * share).sum())

    return heads


def _largest(heads: Heads, low: float, high: float, may: float) -> float:
    """Largest factor between two that needs no more people than there may be; `low` needs no more."""
    if heads(high) <= may:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if heads(middle) <= may:
            low = middle
        else:
            high = middle
    return low


def times(family: PoolFamily, factor: float) -> PoolFamily:
    """So many times the headcounts, if they are for so many residents."""
    if factor == 1.0 or not family.per_100k:
        return family
    return replace(family, shifts=tuple(Shift(s.start, round(s.headcount * factor, 3)) for s in family.shifts))
