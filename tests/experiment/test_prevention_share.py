"""The levels of H14 are what its script finds now, and all of them cost what running the city costs today."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from citysim.policy.catalog import DESIGNS
from experiments.prevention_share import levels

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GIVEN = yaml.safe_load((ROOT / "experiments" / "prevention_share" / "experiment.yaml").read_text("utf8"))
USUAL = DESIGNS["unified_command"].policy()


@pytest.mark.parametrize("share", [levels.SHARES[0], pytest.param(levels.SHARES[-1], marks=pytest.mark.study)])
def test_a_share_of_the_money_is_moved_and_the_sum_stays(share: float) -> None:
    world = levels.quiet_week()
    money = levels.yuan_a_week(world, USUAL)
    factor = levels.factor_for(world, USUAL, (1.0 - share) * money)
    people = levels.yuan_a_week(world, levels.with_people(USUAL, factor))

    assert people / money == pytest.approx(1.0 - share, abs=0.01)
    assert GIVEN["factors"]["share"]["levels"][share] == levels.level(world, share)


def test_prevention_gets_what_it_is_given() -> None:
    programmes = levels.prevention(200.0)
    assert programmes.yuan_per_week(1.0) * 365 / 7 == pytest.approx(200.0, rel=1e-6)
    assert programmes.begun == ()
    assert replace(programmes, renewal=levels.AS_NOW.renewal) != programmes


def test_levels_can_be_read_as_the_experiment_says_them() -> None:
    found = {
        "0": {},
        "0.2": {"design": {"staffing": [{"name": "crew:A", "minimum": 1}], "programmes": {"a": {"b": 1.5}}}},
    }
    assert yaml.safe_load(levels.as_yaml(found)) == {0: {}, 0.2: found["0.2"]}
