"""Patrols and sensors that the committee sends to hot spots: the same people and devices, where more happens."""

from dataclasses import replace

from citysim.committee.decisions import MOST_COVERED, Decision, Rules
from citysim.policy.governance import Guidance
from citysim.policy.sensors import Sensing
from citysim.sensing.watch import Watch
from citysim.streams import FloatArray

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
    return replace(rules, patrol=factor, beats=tuple(sorted(beats.items())))


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
    streets = beat(rules)
    factor = _on_beat(rules, residents)
    sensors = []
    for group, street, built in rules.sited:
        usual = sensing.devices(group).coverage
        if usual > 0.0:
            sensors.append((group, street, max(1.0, min(MOST_COVERED, usual + built) / usual)))
    return Watch(tuple((street, factor) for street in streets), tuple(sensors))


def _on_beat(rules: Rules, residents: FloatArray) -> float:
    """Factor on the patrols of the beat, by the people that would make the whole city `patrol` times as patrolled."""
    streets = list(beat(rules))
    if not streets:
        return rules.patrol
    return float(min(MOST_PATROLLED, 1.0 + (rules.patrol - 1.0) * residents.sum() / residents[streets].sum()))


def watched(rules: Rules, residents: FloatArray) -> tuple[float, float]:
    """Residents who are patrolled once more than usual, and those whom new sensors cover, summed over the classes."""
    streets = list(beat(rules)) or slice(None)
    more_often = (_on_beat(rules, residents) - 1.0) * float(residents[streets].sum())
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
