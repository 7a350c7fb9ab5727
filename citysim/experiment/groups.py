"""Whether the groups that an experiment asks about exist, in every arm, before anything is simulated."""

from collections.abc import Sequence
from difflib import get_close_matches

from citysim.experiment.arms import Arm
from citysim.experiment.spec import Experiment, Measure
from citysim.judging.roster import SEVERITIES, quarters
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, PoolFamily
from citysim.units import GRADES
from citysim.world.scenario import Scenario


def groups_of(scenario: Scenario, policy: Policy, stratum: str, weeks: int) -> tuple[str, ...]:
    """The groups of a stratum of indicators, as the scorecard of so many judged weeks of this policy in this city names
    them.
    """
    match stratum:
        case "severity":
            return SEVERITIES
        case "risk_grade":
            return (*GRADES, "ungraded")
        case "joint":
            return "joint", "single"
        case "group":
            return tuple(dict.fromkeys(kind.group for kind in scenario.kinds))
        case "district":
            return scenario.city.district_ids
        case "quarter":
            return quarters(weeks)
    owners: tuple[PoolFamily | Gate, ...] = (*policy.staffing.families, *policy.gates)
    names = {"family": [one.name for one in owners], "level": [one.level for one in owners]}
    return tuple(dict.fromkeys(names.get(stratum, ["all"])))


def check_groups(experiment: Experiment, arms: Sequence[Arm]) -> None:
    """Refuse an indicator of a group that some arm does not have: it would be undefined in every world.

    Raises:
        InputError: the message names the line of the experiment.
    """
    asked: list[tuple[tuple[str | int, ...], Measure]] = [(("primary",), experiment.primary)]
    asked += [(("shown",), measure) for measure in experiment.shown]
    asked += [(("predictions", k), m) for k, p in enumerate(experiment.predictions) for m in p.measures]
    for key, measure in asked:
        for arm in arms:
            known = groups_of(arm.scenario, arm.policy, measure.stratum, experiment.weeks)
            if measure.group not in known:
                near = get_close_matches(measure.group, known, n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known[:30])}"
                if not known:  # of quarters alone, in a short run
                    hint = f"quarters need a run of 26 judged weeks or more, this one has {experiment.weeks}"
                what = "/".join(measure.key)
                raise experiment.problem(key, f": {what}: arm {arm.name} has no such group; {hint}")
