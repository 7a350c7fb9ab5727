"""The levels of `share` in experiment.yaml: the money for running the city, divided between people and prevention.

`python -m experiments.prevention_share.levels` prints them. Whatever prevention gets is taken from all people on shift
alike: every headcount is multiplied by the same factor, down to one of each kind. The money of prevention is split
alike over the programmes that a committee may buy, and what the levers of some cannot take goes to the others.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from citysim.committee.spending import Bought, fitted, programmes_under, split
from citysim.engines.simulate import simulate
from citysim.judging.scorecard import judge
from citysim.policy.catalog import DESIGNS
from citysim.policy.files import _differences as differences
from citysim.policy.policy import Policy
from citysim.policy.programmes import AS_NOW, Programmes
from citysim.policy.staffing import PoolFamily, Staffing
from citysim.units import WEEK, YEAR
from citysim.world.sample import World, empty_world
from citysim.world.scenario import load_scenario

SHARES = (0.02, 0.05, 0.1, 0.2)
SCENARIO = Path(__file__).parents[2] / "scenarios" / "million.yaml"
POOLED = 0.3
"""Below this factor the crews of streets work for their whole district."""
HALVINGS = 12
"""Of the factor on headcounts; whole people only, so cost moves in steps and more is of no use."""


def quiet_week() -> World:
    """A week in which nothing happens, for counting people; it costs what any week costs."""
    return empty_world(load_scenario(SCENARIO), seed=1, replication=0, weeks=1)


def cut(family: PoolFamily, factor: float, turn: float) -> PoolFamily:
    """The family with its headcounts multiplied by the factor; where anybody was on shift, one still is.

    Args:
        turn: its place among all families, 0 to 1: the smallest shifts fall to one family by family, not all at once.
    """

    def fewer(headcount: float) -> float:
        if family.per_100k:
            return float(f"{headcount * factor:.4g}")
        return float(max(round(headcount * factor), min(headcount, 1)))

    shifts = tuple(replace(shift, headcount=fewer(shift.headcount)) for shift in family.shifts)
    minimum = family.minimum if factor > 1.0 - 0.6 * turn else min(family.minimum, 1)
    pooled = family.level == "street" and family.name.startswith("crew:") and factor < POOLED
    return replace(family, shifts=shifts, minimum=minimum, level="district" if pooled else family.level)


def with_people(policy: Policy, factor: float) -> Policy:
    """The policy with all headcounts multiplied."""
    families = policy.staffing.families
    fewer = (cut(family, factor, (k + 1) / len(families)) for k, family in enumerate(families))
    return policy.with_(staffing=Staffing(tuple(fewer)))


def yuan_a_week(world: World, policy: Policy) -> float:
    """What the policy costs in this world."""
    return judge(simulate(world, policy)).get("cost_total")


def factor_for(world: World, policy: Policy, yuan: float) -> float:
    """The largest factor on headcounts at which the policy costs no more a week."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if yuan_a_week(world, with_people(policy, middle)) > yuan else (middle, high)
    return low


def prevention(yuan: float) -> Programmes:
    """What so many yuan per resident and year buy."""
    bought = programmes_under(AS_NOW, Bought(fitted(AS_NOW, split({}, yuan, 0.0))))
    return replace(bought, begun=())


def level(world: World, share: float) -> dict[str, Any]:
    """What a share of the money in prevention changes in the design."""
    usual, residents = DESIGNS["unified_command"].policy(), float(sum(world.scenario.city.district_population))
    money = yuan_a_week(world, usual)
    programmes = prevention(share * money * YEAR / WEEK / residents)
    left = money - programmes.yuan_per_week(residents, len(world.scenario.districts))
    people = with_people(usual, factor_for(world, usual, left)).staffing.families
    staffing = [
        {
            "name": family.name,
            "level": family.level,
            "minimum": family.minimum,
            "shifts": [{"start": shift.start, "headcount": shift.headcount} for shift in family.shifts],
        }
        for family, before in zip(people, usual.staffing.families, strict=True)
        if family != before
    ]
    more = differences(programmes, AS_NOW).items()
    bought = {name: {lever: float(f"{value:.4g}") for lever, value in of.items()} for name, of in more}
    return {"design": {"staffing": staffing, "programmes": bought}}


def levels() -> dict[str, Any]:
    """All levels of the factor, by name."""
    world = quiet_week()
    return {"0": {}, **{f"{share:g}": level(world, share) for share in SHARES}}


def as_yaml(found: Mapping[str, Any]) -> str:
    """The levels as they stand in experiment.yaml, one family of people or programme on a line."""
    lines = ["0: {}"]
    for share, changes in found.items():
        if not changes:
            continue
        lines += [f"{share}:", "  design:", "    staffing:"]
        lines += [f"    - {_flow(family)}" for family in changes["design"]["staffing"]]
        lines += ["    programmes:"]
        lines += [f"      {name}: {_flow(levers)}" for name, levers in changes["design"]["programmes"].items()]
    return "\n".join(lines)


def _flow(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, default_flow_style=True, width=1_000).strip()


if __name__ == "__main__":
    print(as_yaml(levels()))  # noqa: T201 - a script
