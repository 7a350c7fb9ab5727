"""The four named difficulties as independent dials: valid data, capable crews, feedback, models that share."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.committee.decisions import policy_under
from citysim.engines.simulate import simulate
from citysim.policy.catalog import DESIGNS
from citysim.policy.designs.everyday import People
from citysim.units import NEVER
from tests.committee.bodies import committee, integrated, run
from tests.prevention.small import toy

HUB = "unified_command_ai"


def test_less_valid_data_misgrades_all_that_better_data_misgrade_and_more() -> None:
    policy, wrong = DESIGNS[HUB].policy(), []
    for validity in (0.98, 0.75, 0.5):
        grading = replace(policy.grading, data_validity=validity, exposed=0.0)
        cases = simulate(toy(2), policy.with_(grading=grading), steps=False).case_columns
        graded = (cases["first_grade"] != NEVER) & (cases["genuine"] == 1) & (cases["upgraded"] == 0)
        wrong.append(set(cases["case"][graded & (cases["first_grade"] != cases["severity"])].tolist()))

    assert wrong[0] < wrong[1] < wrong[2]


def test_less_capable_crews_make_cases_wait_though_the_work_takes_as_long() -> None:
    waits, work = [], []
    for productivity in (1.2, 0.6):
        log = simulate(toy(4), DESIGNS["fragmented"].policy(_with(People(productivity=productivity))), steps=False)
        cases, pools = log.case_columns, log.pool_columns
        is_crew = np.array([log.families[k] == "crew:CGJ" for k in pools["family"]])
        waits.append(pools["waiting"][is_crew].sum())
        done = (cases["safe"] != NEVER) & (cases["arrived"] != NEVER) & (cases["transfers"] == 0)
        work.append(dict(zip(cases["case"][done].tolist(), (cases["safe"] - cases["arrived"])[done], strict=True)))
    same = [work[0][case] == work[1][case] for case in work[0].keys() & work[1].keys()]

    assert waits[1] > 1.5 * waits[0]
    assert np.mean(same) > 0.95


def _with(people: People) -> object:
    return replace(DESIGNS["fragmented"].levers, people=people)


@pytest.mark.parametrize("dial", ["feedback", "interop"])
def test_the_more_outcomes_return_and_the_more_models_share_the_rarer_wrong_orders_become(dial: str) -> None:
    usual = {"feedback": 0.5, "interop": 0.3, "learning": 0.02}
    misroute = [run(committee(digital=usual | {dial: share}), 4).rules.misroute for share in (0.0, 0.4, 0.9)]

    assert (misroute[2] <= misroute[1]).all()
    assert (misroute[1] <= misroute[0]).all()
    assert misroute[2].sum() < misroute[1].sum() < misroute[0].sum()


def test_without_feedback_nothing_is_learned_however_well_models_could_share() -> None:
    digital = {"feedback": 0.0, "interop": 0.9, "learning": 0.02}
    nobody_meets = {"street_agenda": 0, "district_agenda": 0}  # else streets and districts make some orders clearer
    alone = run(committee(digital=digital, committee=nobody_meets), 4).rules.misroute

    assert (alone == 1.0).all()


def test_the_hub_pays_where_its_data_are_valid_and_errs_more_than_people_where_they_are_not() -> None:
    """Hypothesis H7 of the domain brief, on the first order alone."""
    usual = DESIGNS[HUB].levers
    machine = replace(usual.machine, auto_from=0, drift_per_day=0.0)
    built = [DESIGNS["unified_command"].policy()]
    built += [
        DESIGNS[HUB].policy(replace(usual, machine=replace(machine, valid=valid), friction=usual.friction))
        for valid in (1.0, 0.8, 0.5)
    ]
    share = []
    for policy in built:
        cases = simulate(toy(4), policy, steps=False).case_columns
        ordered = (cases["dispatched"] != NEVER) & (cases["genuine"] == 1) & (cases["parent"] < 0)
        share.append((cases["transfers"] > 0)[ordered].mean())
    people, valid, poor, worst = share

    assert valid < people < worst
    assert valid < poor < worst


def test_the_committees_data_reach_the_hub_too() -> None:
    """What the digital officer keeps valid is what the hub reads, not only what the risk score rests on."""
    model = run(committee(), 1)
    fresh, stale = (
        policy_under(integrated(), replace(model.rules, validity=validity), model.names) for validity in (1.0, 0.6)
    )

    assert stale.grading.data_validity == pytest.approx(0.6 * fresh.grading.data_validity)
    assert stale.workflow != fresh.workflow
