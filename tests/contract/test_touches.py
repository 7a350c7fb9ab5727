"""Which pools a sweep looks at (law, section 2): seen where a seize names several pools and a delay reads a line."""

import pytest

from citysim.policy.blocks import Delay, Is, Seize, Slower
from citysim.policy.durations import Fixed
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from tests.contract.story import Tell, exercises, rows

PAIR_THEN_ONE = (
    Workflow()
    .route(Is("pair", "==", 0), to="one")
    .seize("desk", "van")
    .then(Delay(Fixed(5), pace=(Slower("waiting:desk", 1.0),), name="work"))
    .release("desk", "van")
    .close()
    .at("one")
    .seize("desk")
    .delay(Fixed(1))
    .release("desk")
    .close()
)
"""The pair's work takes 5 s more for each request that waits for a desk when it begins."""


@exercises(Seize, Delay)
@pytest.mark.parametrize(("desks_before", "ends"), [(3, 20), (2, 15)])
def test_a_shift_with_as_many_people_touches_nothing(tell: Tell, desks_before: int, ends: int) -> None:
    # At 10 the van comes. With 3 desks before and after only the van is looked at: the pair takes both and begins,
    # and the other case still stands in the desk's line. With 2 before, the desk is looked at first and serves both.
    staffing = Staffing(
        (
            PoolFamily("desk", "city", (Shift(0, desks_before), Shift(10, 3)), cycle=100),
            PoolFamily("van", "city", (Shift(0, 0), Shift(10, 1)), cycle=100),
        )
    )
    story = tell(rows(0, 1, pair=[1, 0]), PAIR_THEN_ONE, staffing, until=50)
    assert story.ended == [ends, 11]
