"""Drawing a world stretch by stretch leaves no trace of the cuts."""

from pathlib import Path

import numpy as np
import pytest

from citysim.errors import ScenarioError
from citysim.units import DAY, WEEK
from citysim.world.incidents import COLUMNS
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario, load_scenario
from citysim.world.unfold import Stretch, Unfolding

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def _unfold(scenario: Scenario, weeks: int, ends: list[int]) -> list[Stretch]:
    unfolding = Unfolding(scenario, seed=3, replication=1, weeks=weeks)
    return [unfolding.next(end) for end in ends]


@pytest.mark.parametrize("ends", [[12], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [5, 12], [11, 12]])
def test_the_stretches_together_are_the_world_drawn_at_once(ends: list[int]) -> None:
    scenario = load_scenario(SCENARIOS / "million.yaml")
    whole = sample_world(scenario, seed=3, replication=1, weeks=12)
    parts = _unfold(scenario, 12, [end * WEEK for end in ends])
    for name in COLUMNS:
        together = np.concatenate([getattr(part.world.incidents, name) for part in parts])
        np.testing.assert_array_equal(together, getattr(whole.incidents, name), err_msg=name)
    signals = [
        np.concatenate([getattr(part.world.signals, name) for part in parts]) for name in ("at", "cause", "signal")
    ]
    order = np.lexsort((signals[2], signals[1], signals[0]))
    for mine, name in zip(signals, ("at", "cause", "signal"), strict=True):
        np.testing.assert_array_equal(mine[order], getattr(whole.signals, name), err_msg=name)


def test_a_stretch_holds_what_occurs_in_it_and_names_who_will_breed() -> None:
    scenario = load_scenario(SCENARIOS / "million.yaml")
    parts = _unfold(scenario, 8, [3 * DAY, 4 * WEEK, 8 * WEEK])
    later_parents = np.unique(
        np.concatenate([p.world.incidents.parent[p.world.incidents.is_latent] for p in parts[1:]])
    )
    for part in parts:
        occurred = part.world.incidents.occurred
        assert part.begin <= occurred.min()
        assert occurred.max() < part.end
    named = later_parents[later_parents < parts[1].first]
    assert len(named) > 10
    assert set(named) <= set(parts[0].breeding)
    assert len(parts[2].breeding) == 0


def test_an_end_that_is_no_whole_hour_or_no_later_is_refused() -> None:
    unfolding = Unfolding(load_scenario(SCENARIOS / "toy.yaml"), seed=0, replication=0, weeks=1)
    with pytest.raises(ScenarioError, match="whole hour"):
        unfolding.next(DAY + 1)
    unfolding.next(DAY)
    with pytest.raises(ScenarioError, match="end"):
        unfolding.next(DAY)
