"""The levels of `share` in experiment.yaml: programmes paid by crews, at equal cost.

`python -m experiments.prevention_share.levels` prints them. Money can be moved from crews above the smallest shifts
that a district must have; fire engines stay, since they are there by coverage. A share of that money is split alike
over the programmes that the committee may buy, and what the levers of some cannot take goes into pipes.
"""

from dataclasses import replace

import yaml

from citysim.committee.spending import programmes_under, split
from citysim.engines.simulate import simulate
from citysim.judging.scorecard import judge
from citysim.policy.catalog import DESIGNS
from citysim.policy.files import _differences as differences
from citysim.policy.policy import Policy
from citysim.policy.programmes import AS_NOW
from citysim.policy.staffing import Staffing
from citysim.world.sample import sample_world
from citysim.world.scenario import load_scenario

SHARES = (0.25, 0.5, 1.0)
USUAL, FULL = 0.65, 1.0
"""Use of crews by day: as usual, and where nobody is idle and only the smallest shifts are left to move."""

RESIDENTS, YEAR_WEEKS = 1e6, 365 / 7
DESIGN = DESIGNS["unified_command"]
FIRE = next(family for family in DESIGN.policy().staffing.families if family.name == "crew:XFJ")
WORLD = sample_world(load_scenario("scenarios/million.yaml"), seed=1, replication=0, weeks=1)


def policy(use: float) -> Policy:
    """Unified command with crews that are busy so much of the day."""
    built = DESIGN.policy(replace(DESIGN.levers, people=replace(DESIGN.levers.people, utilisation=use)))
    families = tuple(FIRE if family.name == FIRE.name else family for family in built.staffing.families)
    return built.with_(staffing=Staffing(families))


def cost(use: float) -> float:
    """Yuan per resident and year; whole crews only, so it moves in small steps."""
    return judge(simulate(WORLD, policy(use))).get("cost_total") * YEAR_WEEKS / RESIDENTS


def use_for(money: float) -> float:
    """The use at which the crews cost no more."""
    low, high = USUAL, FULL
    for _ in range(10):
        middle = (low + high) / 2.0
        low, high = (middle, high) if cost(middle) > money else (low, middle)
    return high


def levels() -> dict[str, object]:
    """What each share changes in the design."""
    usual, movable = cost(USUAL), cost(USUAL) - cost(FULL)
    found: dict[str, object] = {"0": {}}
    for share in SHARES:
        yuan = share * movable
        budget = split({}, yuan, 0.0)
        spent = programmes_under(AS_NOW, budget, 0).yuan_per_week(1.0) * YEAR_WEEKS
        budget = tuple((name, part + (yuan - spent if name == "renewal" else 0.0)) for name, part in budget)
        bought = replace(programmes_under(AS_NOW, budget, 0), begun=())
        more = {name: {k: float(f"{v:.4g}") for k, v in of.items()} for name, of in differences(bought, AS_NOW).items()}
        shifts = [{"start": shift.start, "headcount": shift.headcount} for shift in FIRE.shifts]
        found[f"{share:g}"] = {
            "design": {
                "levers": {"people": {"utilisation": round(use_for(usual - yuan), 4)}},
                "staffing": [{"name": FIRE.name, "shifts": shifts}],
                "programmes": more,
            }
        }
    return found


if __name__ == "__main__":
    print(yaml.safe_dump(levels(), sort_keys=False, default_flow_style=None, width=110))  # noqa: T201 - a script
