"""The digital side of a design: cloud, twins of pipes, shared data, hotline agent, plan, verification, stages."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citysim.engines.simulate import simulate
from citysim.errors import PolicyError
from citysim.log import Log
from citysim.policy.catalog import DESIGNS
from citysim.policy.designs.calls import CALLS
from citysim.policy.designs.digital import SCENES, Cloud, LocatingTwin, Maturity, Plan, Sharing, Verification
from citysim.policy.designs.everyday import People
from citysim.policy.designs.levers import Candour
from citysim.policy.designs.stages import at_stage
from citysim.policy.policy import Policy
from citysim.policy.programmes.agents import Agent
from citysim.units import DAY, HOUR, NEVER
from citysim.world.sample import World
from tests.calls import shares
from tests.prevention.small import toy

HUB, PLAIN = "unified_command_ai", "fragmented"
AGENT = Agent(adopts=1.0, half_weeks=0.1, accuracy=1.0, drift=0.0)
EVERYTHING: dict[str, Any] = {
    "cloud": Cloud(cases_per_hour=20.0, patience_minutes=10.0),
    "gas_twin": LocatingTwin(on=True),
    "water_twin": LocatingTwin(on=True, lag_minutes=30.0),
    "sharing": Sharing(pairs=("CGJ-ZZ", "GAJ-CGJ", "U_GAS-XFJ")),
    "hotline_agent": Agent(adopts=0.7, half_weeks=0.3, accuracy=0.8),
    "plan": Plan(on=True, first=3, more=4, every_weeks=1),
    "verification": Verification(share=0.4, separate=False),
    "maturity": Maturity(3),
}


def policy(design: str, **levers: Any) -> Policy:
    return DESIGNS[design].policy(replace(DESIGNS[design].levers, **levers))


def run(design: str, world: World, **levers: Any) -> Log:
    return simulate(world, policy(design, **levers), steps=False)


def of(log: Log, *kinds: str) -> Any:
    return np.isin(log.case_columns["kind"], [log.kinds.ids.index(kind) for kind in kinds])


@pytest.mark.parametrize("design", ["fragmented", "joint_meeting", "task_force", HUB])
def test_both_engines_agree_with_everything_on(design: str) -> None:
    built = policy(design, **EVERYTHING)
    fast, slow = (simulate(toy(1), built, engine=engine) for engine in ("kernel", "reference"))

    assert fast.digest() == slow.digest()


def test_a_cloud_that_is_too_small_lets_cases_wait_and_the_more_so_the_smaller_it_is() -> None:
    world = toy(1)
    waits = []
    for cases_per_hour in (0.0, 60.0, 15.0):
        log = run(HUB, world, cloud=Cloud(cases_per_hour=cases_per_hour, patience_minutes=1_000.0))
        cases = log.case_columns
        chosen = (cases["graded"] != NEVER) & (cases["genuine"] == 1) & (cases["channel"] != 2)
        waits.append((cases["graded"] - cases["reported"])[chosen].mean())

    assert waits[0] < waits[1] < waits[2]
    assert waits[2] - waits[0] > HOUR / 15.0


def test_who_waits_too_long_for_the_cloud_is_sorted_by_a_person() -> None:
    """With a cloud for one case a day, nearly all go to the desks."""
    log = run(HUB, toy(1), cloud=Cloud(cases_per_hour=1 / 24, patience_minutes=1.0))
    families = [log.families[k] for k in log.pool_columns["family"]]
    served = dict(zip(families, log.pool_columns["served"].tolist(), strict=True))

    assert 1 <= served["cloud"] <= 8
    assert served["district_seat"] > 20 * served["cloud"]


def on_site(log: Log, *kinds: str) -> Any:
    """Seconds from arrival until safe, of cases of these types."""
    cases = log.case_columns
    chosen = of(log, *kinds) & (cases["safe"] != NEVER) & (cases["arrived"] != NEVER)
    return dict(zip(cases["case"][chosen].tolist(), (cases["safe"] - cases["arrived"])[chosen].tolist(), strict=True))


@pytest.mark.parametrize(
    ("lever", "leaks", "others"),
    [
        ("gas_twin", ["gas_leak_outdoor"], ["water_burst_small"]),
        ("water_twin", ["water_burst_small"], ["gas_leak_outdoor"]),
    ],
)
def test_a_twin_that_is_always_right_shortens_the_work_by_its_share_and_that_of_no_other_pipe(
    lever: str, leaks: list[str], others: list[str]
) -> None:
    world = toy(4, gas_leak_outdoor=30.0, water_burst_small=15.0)
    log = run(PLAIN, world)
    right = run(PLAIN, world, **{lever: LocatingTwin(on=True, cut=0.5, accuracy=1.0, lag_minutes=0.0)})
    usual, found = on_site(log, *leaks), on_site(right, *leaks)
    both = sorted(usual.keys() & found.keys())
    factor = np.array([found[case] / usual[case] for case in both])

    assert len(both) > 20
    assert np.median(factor) == pytest.approx(1 - 0.6 * 0.5, abs=0.01)
    usual, found = on_site(log, *others), on_site(right, *others)
    same = [found[case] == usual[case] for case in sorted(usual.keys() & found.keys())]
    assert np.mean(same) > 0.9


def test_a_twin_that_is_always_wrong_costs_time() -> None:
    world, wrong = toy(4, gas_leak_outdoor=30.0), LocatingTwin(on=True, accuracy=0.0, lag_minutes=0.0)
    usual, slower = (on_site(run(PLAIN, world, **twin), "gas_leak_outdoor") for twin in ({}, {"gas_twin": wrong}))
    factor = [slower[case] / usual[case] for case in usual.keys() & slower.keys()]

    assert np.median(factor) == pytest.approx(1.3, abs=0.01)


def test_a_crew_that_is_there_before_the_twin_knows_works_as_ever() -> None:
    world, late = toy(4, gas_leak_outdoor=30.0), LocatingTwin(on=True, accuracy=1.0, lag_minutes=240.0)
    usual, log = run(PLAIN, world), run(PLAIN, world, gas_twin=late)
    before, after = on_site(usual, "gas_leak_outdoor"), on_site(log, "gas_leak_outdoor")
    cases = log.case_columns
    early = dict(zip(cases["case"].tolist(), (cases["arrived"] - cases["reported"] < 240 * 60).tolist(), strict=True))
    both = before.keys() & after.keys()
    factor = {known: [after[case] / before[case] for case in both if early[case] != known] for known in (True, False)}

    assert np.median(factor[False]) == 1.0
    assert np.median(factor[True]) == pytest.approx(0.7, abs=0.01)


def test_the_table_of_calls_is_that_of_the_incident_types() -> None:
    assert shares() == CALLS


def test_a_connected_pair_shortens_the_hand_off_between_its_departments() -> None:
    assert Sharing(pairs=("XFJ-U_GAS",)).connected == (
        ("U_GAS", CALLS["U_GAS"]["XFJ"]),
        ("XFJ", CALLS["XFJ"]["U_GAS"]),
    )
    lead = tuple(f"U_GAS-{other}" for other in CALLS["U_GAS"])
    world = toy(4, gas_leak_outdoor=30.0)
    means = []
    for pairs in ((), lead[:2], lead):
        log = run("lead_department", world, sharing=Sharing(pairs=pairs, cut=0.6))
        cases = log.case_columns
        chosen = of(log, "gas_leak_outdoor") & (cases["assembled"] != NEVER) & (cases["dispatched"] != NEVER)
        means.append((cases["assembled"] - cases["dispatched"])[chosen].mean())

    assert means[2] < means[1] < means[0]


def test_an_agent_answers_calls_without_a_seat_as_far_as_it_is_adopted_and_right() -> None:
    busy = []
    for agent in (Agent(), replace(AGENT, adopts=0.5), AGENT, replace(AGENT, accuracy=0.0)):
        log = run(HUB, toy(2), hotline_agent=agent)
        is_seat = np.array([log.families[k] == "hotline_seat" for k in log.pool_columns["family"]])
        busy.append(log.pool_columns["served"][is_seat].sum())

    assert busy[0] > busy[1] > busy[2]
    assert busy[2] < 0.2 * busy[0]
    assert busy[3] == pytest.approx(busy[0], rel=0.05)


def test_scenes_come_one_after_the_other_in_the_order_of_the_plan() -> None:
    assert Plan(on=True, first=1, more=7, every_weeks=1).waves == (
        (0, SCENES["volume"][:1]),
        (7, SCENES["volume"][1:8]),
        (14, SCENES["volume"][8:]),
    )
    log = run(HUB, toy(3), plan=Plan(on=True, first=1, more=14, every_weeks=2), machine=_alone())
    cases = log.case_columns
    groups = np.array(log.kinds.groups)[cases["kind"]]
    quick = (cases["graded"] - cases["reported"] < 60) & (cases["graded"] != NEVER) & (cases["channel"] == 3)
    patrolled = (cases["channel"] == 3) & (cases["genuine"] == 1) & (cases["graded"] != NEVER)
    early = patrolled & (cases["reported"] < 14 * DAY)

    assert quick[early & (groups == "order")].mean() > 0.9
    assert quick[early & (groups == "sanitation")].mean() < 0.1
    assert quick[patrolled & (cases["reported"] >= 14 * DAY) & (groups == "sanitation")].mean() > 0.9


def _alone() -> Any:
    return replace(DESIGNS[HUB].levers.machine, auto_from=0, confirm_from=0)


def test_groups_of_both_orders_are_the_same_and_are_those_of_the_city() -> None:
    groups = {kind.group for kind in toy(1).scenario.kinds}

    assert set(SCENES["volume"]) == set(SCENES["harm"]) == groups
    assert len(SCENES["volume"]) == len(SCENES["harm"]) == len(groups)


@pytest.mark.parametrize(
    ("weak", "strong"),
    [(Verification(share=0.2), Verification()), (Verification(separate=False), Verification())],
    ids=["few", "own eyes"],
)
def test_who_looks_at_more_or_at_others_work_finds_more(weak: Verification, strong: Verification) -> None:
    pretending = Candour(false_closure=0.3, caught=0.9)
    caught, again = [], []
    for verification in (weak, strong):
        cases = run(PLAIN, toy(2), verification=verification, candour=pretending).case_columns
        lied = cases["false_closures"] > 0
        caught.append((cases["reworks"] > 0)[lied].mean())
        again.append(cases["off_clock"][lied].mean())

    assert caught[0] < caught[1]
    assert again[0] > again[1]


def test_what_is_taken_on_trust_is_never_marked_as_verified() -> None:
    cases = run(PLAIN, toy(1), verification=Verification(share=0.5)).case_columns
    fixed = (cases["fixed"] != NEVER) & (cases["ended"] != NEVER)

    assert (cases["verified"][fixed] != NEVER).mean() == pytest.approx(0.5, abs=0.1)


def test_a_stage_is_a_bundle_that_is_worse_before_and_better_after_the_usual() -> None:
    usual = DESIGNS[HUB].levers
    key, system = (at_stage(replace(usual, maturity=Maturity(stage))) for stage in (1, 3))

    assert at_stage(usual) is usual
    for name in ("misroute", "refuse", "bounce_hours", "mobilise_hours", "mobilise_serious_hours"):
        assert getattr(key.friction, name) > getattr(usual.friction, name) > getattr(system.friction, name)
    for name in ("recognised", "merge_recall"):
        assert getattr(key.friction, name) < getattr(usual.friction, name) < getattr(system.friction, name)
    assert key.command.preplanned < usual.command.preplanned < system.command.preplanned
    assert at_stage(key) == key


def test_less_productive_crews_are_fewer_for_the_same_money() -> None:
    usual, poor = (
        dict((family.name, family) for family in policy(HUB, people=People(productivity=p)).staffing.families)
        for p in (1.0, 0.7)
    )
    crew, fewer = usual["crew:CGJ"], poor["crew:CGJ"]

    assert fewer.shifts[1].headcount == pytest.approx(0.7 * crew.shifts[1].headcount, abs=0.001)
    paid = [family.shifts[1].headcount * family.unit_cost_per_hour for family in (crew, fewer)]
    assert paid[1] == pytest.approx(paid[0], rel=0.01)
    assert poor["district_seat"] == usual["district_seat"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Sharing(pairs=("U_GAS-XXX",)), r"sharing\.pairs = 'U_GAS-XXX', must be two departments"),
        (lambda: Plan(first=0, more=0), "must not both be 0"),
        (lambda: Plan(order="luck"), r"plan\.order = 'luck', must be one of volume, harm"),
        (lambda: Verification(share=0.0), r"verification\.share = 0\.0, must be within 0\.01\.\.1 share"),
        (lambda: Maturity(stage=4), r"maturity\.stage = 4, must be within 1\.\.3"),
    ],
)
def test_nonsense_is_refused(wrong: Any, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        wrong()
