"""Each arc of the lifelines' loop acts where its own gate is read, and moves that gate more than the others'."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.errors import PolicyError
from citysim.judging.lifelines import GATES, gate_passed
from citysim.judging.view import view
from citysim.policy.catalog import DESIGNS
from citysim.policy.programmes import AS_NOW, LifelineLoop
from citysim.prevention.lifelines import ARCS, QUICKER, SENSOR, SPARED, WATCHED, types_under
from citysim.sensing import sense
from citysim.units import WEEK
from citysim.world.incidents import ESCALATION, FIRST
from citysim.world.sample import World, sample_world
from citysim.world.scenario import load_scenario
from tests.prevention.places import TOY, assert_superset, assert_untouched, city, under

PLACE = city("sewer_blockage_overflow", "piling_and_hanging", weeks=26)
OF_LIFELINE = np.array([kind.group == "drainage" for kind in PLACE.scenario.kinds])[PLACE.incidents.kind]
BRED = PLACE.incidents.link >= ESCALATION
SILENT = dict.fromkeys(ARCS, 0.0)


def one_arc(arc: str, share: float) -> LifelineLoop:
    """Only this arc hands on anything."""
    return LifelineLoop(closed=True, **{**SILENT, arc: share})


def test_lessons_keep_their_share_of_lifeline_cases_from_coming_back_and_breeding() -> None:
    effects = under(PLACE, lifeline_loop=one_arc("prevent", 0.9))

    assert abs((~effects.happens)[BRED & OF_LIFELINE].mean() - SPARED * 0.9) < 0.02
    assert effects.happens[~BRED | ~OF_LIFELINE].all()
    assert (effects.noticing == 1.0).all()
    assert_superset(PLACE, *({"lifeline_loop": one_arc("prevent", share)} for share in (0.3, 0.9)))


def test_sensors_look_closer_at_the_share_of_places_that_is_watched() -> None:
    effects = under(PLACE, lifeline_loop=one_arc("monitor", 0.6))
    factor = effects.noticing[:, SENSOR]

    assert set(np.unique(factor)) == {1.0, WATCHED}
    assert abs((factor[OF_LIFELINE] == WATCHED).mean() - 0.6) < 0.02
    assert (factor[~OF_LIFELINE] == 1.0).all()
    assert effects.happens.all()


def test_orders_repairs_and_root_causes_of_lifeline_types_only_are_drawn_from_other_numbers() -> None:
    loop = LifelineLoop(closed=True, manage=0.5, dispose=0.5, evaluate=0.25)
    now, then = (
        sense(PLACE, DESIGNS["unified_command"].policy().sensing, replace(AS_NOW, lifeline_loop=one))
        for one in (LifelineLoop(), loop)
    )

    left = {"difficulty": 0.5, "work_median": 1.0 - 0.5 * QUICKER, "put_off": 0.5, "unrooted": 0.75}
    for name, column in now.kinds.columns.items():
        expected = [
            column[k] * (left.get(name, 1.0) if group == "drainage" else 1.0)
            for k, group in enumerate(now.kinds.groups)
        ]
        assert then.kinds.columns[name].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(("lessons", "weeks"), [("street", 3), ("district", 0)])
def test_a_lesson_is_there_only_after_an_earlier_case_of_the_group_at_the_place(lessons: str, weeks: int) -> None:
    """With sensors that look closer at all places: at those, and from so many weeks after the first onset on."""
    few = city("sewer_blockage_overflow", "gas_leak_outdoor", "piling_and_hanging", weeks=26, often=60.0)
    loop = replace(one_arc("monitor", 1.0), lessons=lessons, lesson_weeks=weeks)
    watched = under(few, lifeline_loop=loop).noticing[:, SENSOR] == WATCHED
    occurred, street = few.incidents.occurred, few.incidents.street
    groups = np.array([kind.group for kind in few.scenario.kinds])[few.incidents.kind]
    place = street if lessons == "street" else few.scenario.city.district_of_street[street]
    for group in ("drainage", "gas"):
        for where in np.unique(place):
            here = (groups == group) & (place == where)
            first = occurred[here & (few.incidents.link == FIRST)].min(initial=few.horizon)
            assert (watched[here] == (occurred[here] > first + weeks * WEEK)).all()
    assert 0 < watched.sum() < (groups != "order").sum()
    assert not watched[groups == "order"].any()


def test_arcs_on_types_act_by_the_share_of_cases_for_which_there_is_a_lesson() -> None:
    """16 gas leaks or so in half a year: those after the first by two weeks, street by street."""
    few = city("gas_leak_outdoor", "piling_and_hanging", weeks=26, often=60.0)
    loop = LifelineLoop(closed=True, manage=0.5, lessons="street")
    gas = [kind.id for kind in few.scenario.kinds].index("gas_leak_outdoor")
    rows = np.flatnonzero((few.incidents.kind == gas) & (few.incidents.link == FIRST))
    street, occurred = few.incidents.street[rows], few.incidents.occurred[rows]
    firsts = np.array([occurred[street == s].min() for s in street])
    share = float((occurred > firsts + 2 * WEEK).mean())

    assert 0.0 < share < 1.0
    factors = types_under(few, replace(AS_NOW, lifeline_loop=loop))["difficulty"]
    assert factors[gas] == pytest.approx(1.0 - 0.5 * share)
    assert factors[1 - gas] == 1.0
    with pytest.raises(PolicyError, match="everywhere, district, street"):
        LifelineLoop(lessons="city")


@cache
def worlds() -> tuple[World, ...]:
    """Three worlds of sixteen weeks; all that the city has to do is in them, since crews are shared."""
    toy = load_scenario(TOY)
    return tuple(sample_world(toy, seed=1, replication=r, weeks=16) for r in range(3))


@cache
def gates(loop: LifelineLoop) -> dict[str, float]:
    """Share of the cases that passes each gate under unified command."""
    policy = DESIGNS["unified_command"].policy().with_(programmes=replace(AS_NOW, lifeline_loop=loop))
    views = [view(simulate(world, policy)) for world in worlds()]
    return {gate: sum(gate_passed(one, gate) for one in views) / len(views) for gate in GATES}


@pytest.mark.parametrize("arc", ARCS)
def test_a_weak_arc_lowers_its_own_gate_more_than_the_others(arc: str) -> None:
    strong = LifelineLoop(closed=True, **dict.fromkeys(ARCS, 0.9))
    whole, weak = gates(strong), gates(replace(strong, **{arc: 0.1}))
    fall = {gate: whole[gate] - weak[gate] for gate in GATES}

    assert fall[f"gate_{arc}"] > 0.0
    assert max(fall, key=lambda gate: fall[gate]) == f"gate_{arc}"


def test_a_loop_that_is_not_closed_changes_nothing_and_costs_nothing() -> None:
    open_loop = LifelineLoop(monitor=1.0)
    assert_untouched(under(PLACE, lifeline_loop=open_loop), PLACE)
    assert not types_under(PLACE, replace(AS_NOW, lifeline_loop=open_loop))
    assert open_loop.yuan_a_year(1e6) == 0.0 < replace(open_loop, closed=True).yuan_a_year(1e6)
