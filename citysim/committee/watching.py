"""Patrols and sensors that the committee sends to hot spots: the same people and devices, where more happens."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from citysim.committee.decisions import MOST_COVERED, Decision, Rules
from citysim.policy.governance import Guidance
from citysim.policy.sensors import Sensing
from citysim.sensing.watch import HOURS, TIMES, Watch
from citysim.streams import FloatArray

Beats = tuple[tuple[str, tuple[int, ...]], ...]
Rounds = tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
"""As in `Rules`."""
MOST_PATROLLED = 3.0
"""No street is patrolled more often than so many times as often as usual [asm]."""


def patrolled(rules: Rules, decision: Decision, factor: float) -> Rules:
    """The rules once patrols go to the spots of a type, or, if it has none, a little more often everywhere.

    Args:
        factor: by which the whole city is patrolled more if the new people are spread over it.
    """
    if not decision.places:
        return replace(rules, patrol=factor)
    beats = dict(rules.beats) | {decision.name: decision.places}
    rounds = dict(rules.rounds) | {decision.name: decision.times}
    return replace(rules, patrol=factor, beats=tuple(sorted(beats.items())), rounds=tuple(sorted(rounds.items())))


def equipped(rules: Rules, decision: Decision, share: float, usual: float, residents: FloatArray) -> Rules:
    """The rules once sensors of a class are built: as many as cover a share of the city, in the spots if there are any.

    Args:
        usual: coverage of the class without a committee. residents: by street; devices are counted by them.
    """
    room = max(0.0, MOST_COVERED - usual - dict(rules.coverage).get(decision.name, 0.0))
    share = min(share, room)
    if not decision.places:
        built = dict(rules.coverage)
        built[decision.name] = built.get(decision.name, 0.0) + share
        return replace(rules, coverage=tuple(sorted(built.items())))
    more = share * float(residents.sum()) / float(residents[list(decision.places)].sum())
    sited = {(group, street): built for group, street, built in rules.sited}
    for street in decision.places:
        sited[decision.name, street] = min(room, sited.get((decision.name, street), 0.0) + more)
    return replace(rules, sited=tuple((*place, built) for place, built in sorted(sited.items())))


def beat(rules: Rules) -> tuple[int, ...]:
    """Streets that the new patrols go round; none = all."""
    return tuple(sorted({street for _, streets in rules.beats for street in streets}))


def watch_under(sensing: Sensing, rules: Rules, residents: FloatArray) -> Watch:
    """Where the rules make the city watch more; `sensing` is that of the whole city under the rules."""
    extra, times = _on_beat(rules, residents), _times_on_beat(rules)
    mean = {street: 1.0 + extra * _part(at) for street, at in times.items()}
    rounds = {street: (1.0 + extra * (at > 0.0)) / mean[street] for street, at in times.items() if not at.all()}
    sensors = []
    for group, street, built in rules.sited:
        usual = sensing.devices(group).coverage
        if usual > 0.0:
            sensors.append((group, street, max(1.0, min(MOST_COVERED, usual + built) / usual)))
    at_times = tuple((street, tuple(at.tolist())) for street, at in rounds.items())
    return Watch(tuple(mean.items()), tuple(sensors), at_times)


@lru_cache(maxsize=4)  # the same in most weeks
def _hours_on_beat(beats: Beats, rounds: Rounds) -> Mapping[int, FloatArray]:
    """For each street of the beat the hours of the week that each of TIMES has, 0 for those at which nobody goes more.

    A street that is on the beat for several types is gone round at the times of all of them.
    """
    kept: dict[int, set[int]] = {street: set() for street in sorted({street for _, of in beats for street in of})}
    for name, streets in beats:
        of_type = dict(rounds).get(name, ())
        for street in streets:
            kept[street] |= {time for where, time in of_type if where == street} or set(range(len(TIMES)))
    return {street: np.where(np.isin(np.arange(len(TIMES)), list(at)), HOURS, 0.0) for street, at in kept.items()}


def _times_on_beat(rules: Rules) -> Mapping[int, FloatArray]:
    return _hours_on_beat(rules.beats, rules.rounds)


def _part(at: FloatArray) -> float:
    """Share of the week."""
    return float(at.sum() / HOURS.sum())


def _on_beat(rules: Rules, residents: FloatArray) -> float:
    """By how many times the usual the beat is patrolled more, at its times, by the people that would make the whole
    city `patrol` times as patrolled.
    """
    times = _times_on_beat(rules)
    if not times:
        return rules.patrol - 1.0
    watched_over = sum(float(residents[street]) * _part(at) for street, at in times.items())
    return float(min(MOST_PATROLLED - 1.0, (rules.patrol - 1.0) * residents.sum() / watched_over))


def watched(rules: Rules, residents: FloatArray) -> tuple[float, float]:
    """Residents who are patrolled once more than usual, and those whom new sensors cover, summed over the classes."""
    times = _times_on_beat(rules)
    where = sum(float(residents[street]) * _part(at) for street, at in times.items()) if times else residents.sum()
    more_often = _on_beat(rules, residents) * float(where)
    covered = sum(share for _, share in rules.coverage) * float(residents.sum())
    covered += sum(built * float(residents[street]) for _, street, built in rules.sited)
    return more_often, covered


def may_be_patrolled(places: tuple[int, ...], rules: Rules, guidance: Guidance) -> bool:
    """Whether sending patrols there would change anything: most of the places are not on their beat already."""
    if guidance.patrols <= 1.0:
        return False
    if not places:
        return not rules.beats and rules.patrol < guidance.patrols
    return 2 * len(set(places) - set(beat(rules))) > len(places)


def may_be_equipped(group: str, places: tuple[int, ...], rules: Rules, guidance: Guidance, sensing: Sensing) -> bool:
    """Whether more sensors of a class there would change anything."""
    everywhere = sensing.devices(group).coverage + dict(rules.coverage).get(group, 0.0)
    sited = {street: built for name, street, built in rules.sited if name == group}
    lowest = everywhere + min((sited.get(street, 0.0) for street in places), default=0.0)
    return guidance.sensors > 0.0 and lowest < MOST_COVERED
