"""Pieces of sentence in which the digital side acts; each is empty, or what it was without it, while its lever is off.

Labels of pieces that a sentence uses in several places end with where that is.
"""

from collections.abc import Callable

from citysim.policy.blocks import Among, Chance, Is, Pace
from citysim.policy.designs.levers import Levers
from citysim.policy.durations import ByName, Drifting, Duration, Fixed, Lognormal
from citysim.policy.programmes.agents import Agent
from citysim.policy.workflow import Workflow
from citysim.units import DAY, HOUR, MINUTE

PIPES = {
    "gas_twin": ("gas_leak_outdoor",),
    "water_twin": ("water_burst_large", "water_burst_small", "water_leak_hidden"),
}
"""Leaks that are somewhere along a pipe, by the twin that finds them."""
LOCATING = 0.6
"""Share of the work until such a leak is safe that goes into finding it and the valves to close [asm]."""
ASTRAY = 0.5
"""Share of the time for finding the place that is lost besides where the twin is wrong [asm]."""
AGENT_MINUTES, AGENT_SIGMA = 2.0, 0.4
"""A call that an agent takes [asm]."""


Work = Callable[[float, Levers], Duration]
"""How long a share of the work takes those who do it."""


def made_safe(levers: Levers, work: Work, pace: tuple[Pace, ...], where: str) -> Workflow:
    """The crew's own work until the place is safe; with a twin of the pipes it is shorter
    where the twin is right, longer where it leads astray, and as ever where the crew is there before it knows.
    """
    part = levers.practice.safe
    usual = Workflow().delay(work(part, levers), pace=pace, luck="work")
    twins = [(name, getattr(levers, name)) for name in PIPES if getattr(levers, name).on]
    if not twins:
        return usual
    asked, helped = Workflow(), Workflow()
    for name, twin in twins:
        right, wrong = part * (1.0 - LOCATING * twin.cut), part * (1.0 + LOCATING * ASTRAY)
        asked = asked.route(Among(PIPES[name]), to=f"{name}_{where}")
        helped = (
            helped.at(f"{name}_{where}").route(Is("age", "<", round(twin.lag_minutes * MINUTE)), to=f"usual_{where}")
            .route(Chance(1.0 - twin.accuracy), to=f"astray_{name}_{where}", luck=name)
            .delay(work(right, levers), pace=pace, luck="work").go_to(f"found_{where}")
            .at(f"astray_{name}_{where}").delay(work(wrong, levers), pace=pace, luck="work").go_to(f"found_{where}")
        )  # fmt: skip
    return asked.at(f"usual_{where}").then(usual).go_to(f"found_{where}").then(helped).at(f"found_{where}")


def connected(levers: Levers, when: str) -> Workflow:
    """Within a for-each, before the usual hand-off: a partner whose data are connected is ready sooner."""
    sharing, friction = levers.sharing, levers.friction
    if not sharing.connected:
        return Workflow().delay(friction.mobilise, luck="mobilise")
    usual, sooner = friction.mobilise, friction.mobilise_by(1.0 - sharing.cut)
    return (
        Workflow().route(Chance(ByName(sharing.connected, 0.0)), to=f"connected_{when}", luck="connected")
        .delay(usual, luck="mobilise").go_to(f"handed_over_{when}")
        .at(f"connected_{when}").delay(sooner, luck="mobilise")
        .at(f"handed_over_{when}").delay(Fixed(0.0))
    )  # fmt: skip


def computed(levers: Levers) -> Workflow:
    """Before the hub sorts: is the scene one of its own by now, and is there computing power? Else to `by_hand`."""
    piece = Workflow()
    if levers.plan.on:
        waves = levers.plan.waves
        for k, (_, groups) in enumerate(waves):
            piece = piece.route(Among(groups), to=f"scene_{k}")
        piece = piece.go_to("by_hand")
        for k, (day, _) in enumerate(waves):
            piece = piece.at(f"scene_{k}").route(Is("day", ">=", day), to="in_its_scenes").go_to("by_hand")
        piece = piece.at("in_its_scenes")
    cloud = levers.cloud
    if cloud.cases_per_hour:
        patience = Fixed(cloud.patience_minutes * MINUTE)
        piece = (
            piece.seize("cloud", patience=patience, otherwise="by_hand")
            .delay(Fixed(HOUR / cloud.cases_per_hour), interruptible=False).release("cloud")
        )  # fmt: skip
    return piece


def answered_by_agent(agent: Agent) -> tuple[Workflow, Workflow]:
    """Who takes a call: what leads it to an agent, to be put before a seat is taken; and the agent's own line, which
    leads on to `heard`, or back to `person` where it has not understood.
    """
    if agent.adopts == 0.0:
        return Workflow(), Workflow()
    # a straight line until all have adopted it: numbers of a sentence drift in straight lines. It shares nothing with
    # the other families, which are programmes
    per_day = agent.adopts / (14.0 * agent.half_weeks)
    adopted = Drifting(-7.0 * agent.starts_weeks * per_day, per_day, 1_000_000, agent.adopts)
    errs = Drifting(1.0 - agent.accuracy, agent.drift * 12.0 / 365.0, 7 * agent.retrain_weeks)
    return (
        Workflow().route(Chance(adopted), to="agent", luck="agent").at("person"),
        Workflow().at("agent").delay(Lognormal(AGENT_MINUTES * MINUTE, AGENT_SIGMA), luck="call")
        .route(Chance(errs), to="person", luck="agent_errs").go_to("heard"),
    )  # fmt: skip


def verified(levers: Levers, again: str) -> Workflow:
    """The result is looked at by the supervision center, or by the command itself, or taken on trust.

    What is wrong and was not found comes to light later, while the case counts as done.
    """
    wrong, look = levers.friction.fails, levers.verification
    if look.share == 1.0 and look.separate:
        return (
            Workflow().delay(levers.practice.inspection, luck="inspection").verify(wrong, to=again, luck="verify")
            .mark("verified").close()
        )  # fmt: skip
    late = Lognormal(levers.candour.found_out_days * DAY, 0.5)
    found = wrong * look.finds
    left = (wrong - found) / (1.0 - found) if found < 1.0 else 0.0
    return (
        Workflow().route(Chance(1.0 - look.share), to="on_trust", luck="sampled")
        .delay(levers.practice.inspection, luck="inspection").verify(found, to=again, luck="verify")
        .route(Chance(left), to="comes_to_light", luck="overlooked").mark("verified").close()
        .at("on_trust").route(Chance(wrong), to="comes_to_light", luck="verify").close()
        .at("comes_to_light").delay(late, off_clock=True, luck="found_out").verify(1.0, to=again, luck="verify_late")
        .close()
    )  # fmt: skip
