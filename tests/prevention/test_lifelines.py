"""Lessons that go round keep the same from coming back, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.policy.programmes import LifelineLoop
from citysim.prevention.lifelines import ARCS
from citysim.world.incidents import RECURRENCE
from tests.prevention.places import assert_superset, assert_untouched, city, under

PLACE = city("sewer_blockage_overflow", "piling_and_hanging", weeks=26)
OF_LIFELINE = np.array([kind.group == "drainage" for kind in PLACE.scenario.kinds])[PLACE.incidents.kind]
BACK = PLACE.incidents.link == RECURRENCE


def test_as_many_come_back_less_as_lessons_pass_all_five_arcs() -> None:
    gone = ~under(PLACE, lifeline_loop=LifelineLoop(closed=True, prevent=0.9)).happens

    assert abs(gone[BACK & OF_LIFELINE].mean() - 0.8**4 * 0.9) < 0.02
    assert not gone[~BACK | ~OF_LIFELINE].any()


@pytest.mark.parametrize("arc", ARCS)
def test_one_broken_arc_breaks_the_loop(arc: str) -> None:
    whole = LifelineLoop(closed=True)

    assert_untouched(under(PLACE, lifeline_loop=replace(whole, **{arc: 0.0})), PLACE)
    assert_superset(PLACE, {"lifeline_loop": whole}, {"lifeline_loop": replace(whole, **{arc: 1.0})})


def test_a_loop_that_is_not_closed_changes_nothing_and_costs_nothing() -> None:
    open_loop = LifelineLoop(monitor=1.0)
    assert_untouched(under(PLACE, lifeline_loop=open_loop), PLACE)
    assert open_loop.yuan_a_year(1e6) == 0.0 < replace(open_loop, closed=True).yuan_a_year(1e6)
