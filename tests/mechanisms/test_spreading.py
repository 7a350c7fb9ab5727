"""What policy contains: children of incidents, signals to the city, losses that a quick response prevents."""

from dataclasses import dataclass

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.judging.scorecard import judge
from citysim.log import Log
from citysim.policy.designs.instant import instant_response
from citysim.statistics.pairs import paired_difference
from citysim.units import NEVER
from citysim.world.incidents import ESCALATION
from tests.mechanisms.pairs import WORLDS, Arm, Move, clear, difference, worked, world

pytestmark = [pytest.mark.slow, pytest.mark.study]

FRAGMENTED, COMMAND = "fragmented", "unified_command"
SLOW = {"friction.triage_minutes": 120.0, "friction.bounce_hours": 48.0, "friction.misroute": 0.9}

MOVES = [
    Move("children", FRAGMENTED, {}, SLOW, "cascade_rate", 1, worlds=3),
    Move("stopped traffic", FRAGMENTED, {}, SLOW, "signals_traffic", 1),
    Move("outages of households", FRAGMENTED, {}, SLOW, "outage_household_hours", 1, worlds=3),
    Move("blocked lanes", FRAGMENTED, {}, SLOW, "lane_hours", 1, worlds=3),
    Move("nuisance", FRAGMENTED, {}, SLOW, "nuisance_person_hours", 1, worlds=3),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_a_slow_response_lets_it_spread(move: Move) -> None:
    found = move.difference()

    assert clear(found, move.sign), found


@pytest.mark.parametrize("indicator", ["cascade_rate", "signals_traffic", "outage_household_hours"])
def test_unified_command_contains_more_than_fragmentation(indicator: str) -> None:
    assert clear(difference(Arm(FRAGMENTED), Arm(COMMAND), lambda scores: scores.get(indicator)), -1)


def test_a_child_strikes_unless_its_cause_was_made_safe_before() -> None:
    """Both designs meet the same latent children at the same moments; each is switched on by what is not contained."""
    links = world(0).incidents.link
    slow, quick = (_firsts(worked(Arm(design), 0)) for design in (FRAGMENTED, COMMAND))
    children = {number for number in (*slow, *quick) if number < len(links) and links[number] == ESCALATION}

    assert 0 < len(children - slow.keys()) < len(children - quick.keys()), "more are contained by the quick one"
    for number in children:
        struck = [cases[number] for cases in (slow, quick) if number in cases]
        assert len({(case.occurred, case.kind, case.street) for case in struck}) == 1
        for cases, others in ((slow, quick), (quick, slow)):
            if number in cases and cases[number].cause == NEVER:
                assert number in others, "nobody noticed its cause, so no design can contain it"
            elif number in cases:
                cause = cases[cases[number].cause]
                assert cause.safe == NEVER or cause.safe > cases[number].occurred
            elif others[number].cause in cases:
                assert NEVER < cases[others[number].cause].safe <= others[number].occurred


@pytest.mark.parametrize("indicator", ["preventable_loss", "preventable_casualties"])
def test_less_is_preventable_under_unified_command(indicator: str) -> None:
    """Against the same worlds under instant response; nothing is preventable there."""
    spared = [simulate(world(k), instant_response(), steps=False) for k in range(WORLDS)]
    slow, quick = (
        np.array([judge(worked(arm, k), instant=spared[k]).get(indicator) for k in range(WORLDS)])
        for arm in (Arm(FRAGMENTED, tuple(SLOW.items())), Arm(COMMAND))
    )

    assert clear(paired_difference(quick, slow), -1)
    assert quick.min() > 0 == judge(spared[0], instant=spared[0]).get(indicator)


@dataclass(frozen=True)
class _Case:
    occurred: int
    kind: int
    street: int
    safe: int
    cause: int
    """Number of the incident that it sprang from."""


def _firsts(log: Log) -> dict[int, _Case]:
    """The first case of each noticed incident, by the incident's number."""
    columns, found = log.case_columns, {}
    for k in np.flatnonzero((columns["parent"] < 0) & (columns["genuine"] == 1)):
        cause = columns["cause"][k]
        sprang = int(columns["incident"][np.searchsorted(columns["case"], cause)]) if cause >= 0 else NEVER
        place = (int(columns[name][k]) for name in ("occurred", "kind", "street", "safe"))
        found[int(columns["incident"][k])] = _Case(*place, sprang)
    return found
