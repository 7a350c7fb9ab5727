"""All programmes of the digital side at once: stretches, files, costs, governed runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citysim.committee.govern import govern
from citysim.intake import FIELDS
from citysim.policy.catalog import DESIGNS, load_policy
from citysim.policy.files import dump_policy
from citysim.policy.programmes import AS_NOW, DataLibrary, GarbageTwin, Network, SecondSite, SewageTwin
from citysim.policy.programmes.agents import FAMILIES, Agent, Agents
from citysim.policy.sensors import Sensing
from citysim.sensing import CITY_NAMES, sense
from citysim.sensing.rows import COLUMNS
from citysim.sensing.unfold import Noticing
from citysim.units import WEEK
from citysim.world.unfold import Unfolding
from tests.mechanisms.test_digital_side import EVERYTHING
from tests.prevention.small import toy, without_cloud

AGENT = Agent(adopts=0.8, half_weeks=2.0)
STRONG = {
    "agents": Agents(**dict.fromkeys(FAMILIES, AGENT)),
    "data_library": DataLibrary(error=0.01),
    "garbage_twin": GarbageTwin(spares=0.4, routed=0.3),
    "network": Network(redundant=0.7),
    "second_site": SecondSite(takes_over=0.8),
    "sewage_twin": SewageTwin(hits=0.8),
}
ALL = replace(AS_NOW, **STRONG)


def test_what_is_noticed_week_by_week_is_what_is_noticed_at_once() -> None:
    world = without_cloud(100.0)
    whole = sense(world, Sensing(unmapped=0.1), ALL)
    unfolding = Unfolding(world.scenario, seed=world.seed, replication=0, weeks=8)
    noticing = Noticing(unfolding.world)
    cut = [noticing.next(unfolding.next(week * WEEK), Sensing(unmapped=0.1), ALL) for week in range(1, 9)]
    luck = np.concatenate([intake.luck for intake in cut])
    kept = np.isin(whole.luck, luck)

    assert len(luck) == kept.sum() > 0.998 * len(whole)
    for name in FIELDS.keys() - {"parent", "cause", "escapes", "returns"}:
        np.testing.assert_array_equal(np.concatenate([getattr(i, name) for i in cut]), getattr(whole, name)[kept], name)
    for name in COLUMNS:
        np.testing.assert_array_equal(np.concatenate([i.columns[name] for i in cut]), whole.columns[name][kept], name)
    for name, hours in whole.settings.items():
        np.testing.assert_array_equal(cut[3].settings[name], hours, name)


@pytest.mark.parametrize("name", STRONG)
def test_what_is_done_more_than_now_costs_more(name: str) -> None:
    programmes = replace(AS_NOW, **{name: STRONG[name]})

    assert programmes.active == (name,)
    assert programmes.yuan_per_week(2e6) == pytest.approx(2 * programmes.yuan_per_week(1e6))
    assert programmes.yuan_per_week(1e6) > 0.0


@pytest.mark.parametrize("design", ["fragmented", "unified_command_ai", "committee_integrated"])
def test_a_file_holds_all_levers_of_the_digital_side(design: str, tmp_path: Path) -> None:
    """Also those of a governed design, which is written as levers and not as a sentence."""
    policy = DESIGNS[design].policy(replace(DESIGNS[design].levers, **EVERYTHING)).with_(programmes=ALL)
    file = tmp_path / "policy.yaml"
    file.write_text(dump_policy(policy))

    assert load_policy(file, CITY_NAMES).digest == policy.digest


@pytest.mark.slow
@pytest.mark.study
def test_both_engines_agree_on_a_governed_run_with_everything_on() -> None:
    design = DESIGNS["committee_integrated"]
    policy = design.policy(replace(design.levers, **EVERYTHING)).with_(programmes=ALL)
    often = [kind.id for kind in toy(1).scenario.kinds if kind.rate_per_100k_year > 300]
    city = toy(1, **dict.fromkeys(often, 0.2)).scenario  # a thousand cases of all types, and few are litter
    fast, slow = (
        govern(city, policy, seed=3, replication=0, weeks=3, engine=engine, steps=True).log
        for engine in ("kernel", "reference")
    )

    assert len(fast) > 800
    assert fast.digest() == slow.digest()
