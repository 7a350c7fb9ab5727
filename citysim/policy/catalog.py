"""The coordination designs that can be compared by name: each one readable sentence, with its numbers beside it.

Facts of a case carry the same luck name in all designs (risk, misroute, travel, work …), so that on the same world two
designs differ by what they do, not by the luck they meet.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType

from citysim.errors import PolicyError
from citysim.policy.blocks import Chance, Is
from citysim.policy.crews import default_staffing, desk
from citysim.policy.durations import ByGrade, ByKind, Duration, Exponential, Lognormal, Uniform
from citysim.policy.files import read_policy
from citysim.policy.policy import Policy
from citysim.policy.workflow import Workflow
from citysim.units import CHANNELS, HOUR, MINUTE

HOTLINE = CHANNELS.index("hotline")
RED, ORANGE, YELLOW, BLUE = range(4)

CALL = Lognormal(6 * MINUTE, 0.4)  # 6 min from call to order (R55); spread [asm]
PATIENCE = Exponential(3 * MINUTE)  # of a caller in the hotline's line [asm]
CALLS_AGAIN = Lognormal(1 * HOUR, 1.0)  # until the first finder who hung up calls again [asm]
TRAVEL = Lognormal(ByKind("travel", 0.35 * HOUR), 0.5)  # brief 4.2.7 [asm]; near crews and fire by the type's factor
TRAVEL_SUPPORT = Lognormal(0.35 * HOUR, 0.5)  # brief 4.2.7 [asm]
INSPECTION = Uniform(0.1 * HOUR, 2 * HOUR)  # verification on site, brief 4.2.8
SHARE_SAFE, SHARE_ALONE, SHARE_JOINT = 0.25, 0.15, 0.60  # of the work; brief 4.2.6 and 4.2.8 [asm]
BOUNCE_SIGMA, MOBILISE_SIGMA = 0.8, 0.8  # brief 4.8 [asm]
DISPUTED = Chance(0.20)  # share of joint cases in dispute over who does what, brief 4.8 [asm]


@dataclass(frozen=True)
class Friction:
    """What coordination costs a design: the rows of brief 5.1 (all [asm], anchors in brackets).

    Args:
        misroute: chance that the first order goes to the wrong unit, for a type of difficulty 1 [R62, R58].
        refuse: chance that a unit returns a request (退单), leading or supporting, for difficulty 1 [.10-.38 R62].
        bounce: time that a returned case lies until it is ordered anew.
        triage: time at the desk [6 min R55].
        mobilise: time until a supporting department has a crew ready to go.
        recognised: share of false alarms that the desk recognises; else a crew goes out in vain [asm].
        fails: chance that the result fails verification, 1-6 % [R42] against 0.05-0.5 % [R38].
    """

    misroute: float
    refuse: float
    bounce: Duration
    triage: Duration
    mobilise: Duration
    recognised: float
    fails: float


D0 = Friction(
    misroute=0.30,
    refuse=0.25,
    bounce=Lognormal(6 * HOUR, BOUNCE_SIGMA),
    triage=Lognormal(20 * MINUTE, 0.4),
    mobilise=Lognormal(ByGrade(3 * HOUR, 3 * HOUR, 3 * HOUR, 8 * HOUR), MOBILISE_SIGMA),
    recognised=0.6,
    fails=0.04,
)
D4 = Friction(
    misroute=0.05,
    refuse=0.02,
    bounce=Lognormal(0.3 * HOUR, BOUNCE_SIGMA),
    triage=Lognormal(6 * MINUTE, 0.4),
    mobilise=Lognormal(ByGrade(0.3 * HOUR, 0.3 * HOUR, 0.3 * HOUR, 1.5 * HOUR), MOBILISE_SIGMA),
    recognised=0.8,
    fails=0.003,
)
SENT_UP = Uniform(5 * MINUTE, 30 * MINUTE)  # D0: a yellow case through the district, orange and red also the city [asm]
AGEING = Uniform(72 * HOUR, 240 * HOUR)  # D0: a dispute ages until it hits the district leader
SETTLING = Lognormal(0.5 * HOUR, 0.5)  # D4: the duty officer settles a dispute
DECISION = Lognormal(6 * MINUTE, 0.4)  # D4: the duty officer picks the plan and orders [asm]


def work(share: float) -> Duration:
    """A share of the type's on-site work."""
    return Lognormal(ByKind("work_median", share), ByKind("work_sigma"))


def difficult(chance: float) -> Chance:
    """A chance that grows with how hard the type is to route (brief 4.2.5)."""
    return Chance(ByKind("difficulty", chance))


def reception() -> Workflow:
    """How reports reach the desk in every design; leads on to the labels `desk` and `emergency`.

    A caller whom nobody answers in time hangs up. A repeat is lost then; a first finder calls again later, so that
    no incident vanishes. A repeat that finds its original solved while on the phone needs nothing more.
    """
    return (
        Workflow()
        .route(Is("repeat", "==", 1), to="call")
        .route(Is("emergency", "==", 1), to="emergency")
        .route(Is("channel", "!=", HOTLINE), to="desk")
        .at("call")
        .seize("hotline_seat", patience=PATIENCE, otherwise="hung_up", luck="patience")
        .delay(CALL, luck="call")
        .release("hotline_seat")
        .merge()
        .route(Is("repeat", "==", 0), to="desk")
        .at("call_ends")
        .leave()
        .at("hung_up")
        .route(Is("repeat", "==", 1), to="call_ends")
        .delay(CALLS_AGAIN, luck="calls_again")
        .go_to("call")
    )


def asked(friction: Friction, when: str) -> Workflow:
    """Within a for-each: a supporting department is asked, may refuse and be asked anew, and gets a crew ready."""
    return (
        Workflow()
        .at(f"ask_{when}").route(difficult(friction.refuse), to=f"refused_{when}", luck="refuse_support")
        .go_to(f"agreed_{when}")
        .at(f"refused_{when}").bounce(friction.bounce, to=f"ask_{when}", luck="bounce_support")
        .at(f"agreed_{when}").delay(friction.mobilise, luck="mobilise")
    )  # fmt: skip


def take_part(piece: Workflow) -> Workflow:
    """Within a for-each: a crew of the supporting department comes, does its own part and leaves."""
    return (
        piece.seize("crew.support").delay(TRAVEL_SUPPORT, luck="travel_support")
        .delay(work(SHARE_JOINT), luck="work_support").release("crew.support")
    )  # fmt: skip


def _fragmented() -> Workflow:
    """D0 各自为政: street desks, every department its own line, supports one after the other, disputes age."""
    return (
        reception()
        .at("emergency").raise_priority(3).mark("filed").grade(set_priority=False, luck="risk").mark("graded")
        .mark("dispatched").go_to("turn_out")

        .at("desk").seize("street_seat").delay(D0.triage, luck="triage").release("street_seat")
        .route(Is("genuine", "==", 1), to="file")
        .route(Chance(D0.recognised), to="void", luck="sham")
        .at("file").mark("filed").grade(set_priority=False, luck="risk").mark("graded")
        .route(Is("grade", "==", BLUE), to="dispatch")
        .seize("district_seat").delay(SENT_UP, luck="sent_up").release("district_seat")
        .route(Is("grade", "==", YELLOW), to="dispatch")
        .seize("municipal_seat").delay(SENT_UP, luck="sent_up_again").release("municipal_seat")

        .at("dispatch").mark("dispatched")
        .route(difficult(D0.misroute), to="returned", luck="misroute")
        .route(difficult(D0.refuse), to="returned", luck="refuse")
        .at("turn_out").seize("crew.lead").delay(TRAVEL, luck="travel").mark("arrived")
        .route(Is("genuine", "==", 0), to="in_vain")
        .delay(work(SHARE_SAFE), luck="work").mark("safe").delay(work(SHARE_ALONE), luck="work")
        .route(Is("n_support", "==", 0), to="finish")

        .release("crew.lead")
        .route(Is("emergency", "==", 1), to="request").route(DISPUTED, to="dispute", luck="dispute")
        .at("request").for_each_support(take_part(asked(D0, "in_turn")), parallel=False).mark("assembled")
        .at("return").seize("crew.lead").delay(TRAVEL, luck="travel_again")
        .at("finish").delay(work(SHARE_JOINT), luck="work").release("crew.lead").mark("fixed")
        .delay(INSPECTION, luck="inspection").verify(D0.fails, to="return", luck="verify").mark("verified").close()

        .at("dispute").delay(AGEING, luck="settling").go_to("request")
        .at("returned").bounce(D0.bounce, to="dispatch", luck="bounce")
        .at("in_vain").release("crew.lead").close()
        .at("void").leave()
    )  # fmt: skip


def _unified_command() -> Workflow:
    """D4 三级中心统一指挥: one inbox; orders go to all at once; urgent cases pre-empt and are worked on together."""
    stay = (
        Workflow()
        .route(Is("priority", "<=", ORANGE), to="at_once").seize("crew.lead").go_to("on_the_way")
        .at("at_once").seize("crew.lead", preempt=True)
        .at("on_the_way").delay(TRAVEL, luck="travel").mark("arrived")
        .delay(work(SHARE_SAFE), luck="work").mark("safe").delay(work(SHARE_ALONE), luck="work")
    )  # fmt: skip
    come = asked(D4, "at_once").seize("crew.support").delay(TRAVEL_SUPPORT, luck="travel_support")
    command = (
        Workflow()
        .route(Is("grade", "==", BLUE), to="send").route(Is("grade", "<=", ORANGE), to="city_decides")
        .seize("duty_officer").go_to("decide")
        .at("city_decides").seize("city_officer")
        .at("decide").delay(DECISION, luck="decision")
        .route(Is("n_support", "==", 0), to="stand_down").route(DISPUTED, to="at_odds", luck="dispute").go_to("send")
        .at("at_odds").delay(SETTLING, luck="settling")
        .at("send").route(Is("n_support", "==", 0), to="stand_down")
        .for_each_support(come, parallel=True).mark("assembled")
        .at("stand_down").release("duty_officer", "city_officer")
    )  # fmt: skip
    lead = (
        Workflow().seize("crew.lead").delay(TRAVEL, luck="travel").mark("arrived")
        .delay(work(SHARE_SAFE), luck="work").mark("safe").delay(work(SHARE_ALONE), luck="work")
        .delay(work(SHARE_JOINT), luck="work").release("crew.lead")
    )  # fmt: skip
    supports = (
        Workflow().route(DISPUTED, to="dispute", luck="dispute").go_to("order")
        .at("dispute").seize("duty_officer").delay(SETTLING, luck="settling").release("duty_officer")
        .at("order").for_each_support(take_part(asked(D4, "in_parallel")), parallel=True).mark("assembled")
    )  # fmt: skip
    return (
        reception()
        .at("emergency").mark("filed").grade(luck="risk").mark("graded").raise_priority(3).mark("dispatched")
        .go_to("turn_out")
        .at("desk").seize("district_seat").delay(D4.triage, luck="triage").release("district_seat")
        .route(Is("genuine", "==", 1), to="file").route(Chance(D4.recognised), to="void", luck="sham")
        .at("file").mark("filed").grade(luck="risk").mark("graded")
        .at("dispatch").mark("dispatched")
        .route(difficult(D4.misroute), to="returned", luck="misroute")
        .route(difficult(D4.refuse), to="returned", luck="refuse")

        .at("turn_out").route(Is("genuine", "==", 0), to="in_vain")
        .route(Is("priority", "<=", YELLOW), to="urgent").route(Is("n_support", ">", 0), to="joint")
        .seize("crew.lead").delay(TRAVEL, luck="travel").mark("arrived")
        .delay(work(SHARE_SAFE), luck="work").mark("safe").delay(work(SHARE_ALONE), luck="work")
        .delay(work(SHARE_JOINT), luck="work").release("crew.lead")
        .at("done").mark("fixed")
        .delay(INSPECTION, luck="inspection").verify(D4.fails, to="return", luck="verify").mark("verified").close()

        .at("joint").split(lead, supports).go_to("done")
        .at("urgent").split(stay, command).delay(work(SHARE_JOINT), luck="work")
        .release("crew.lead", "crew.support").go_to("done")
        .at("return").seize("crew.lead").delay(TRAVEL, luck="travel_again")
        .delay(work(SHARE_JOINT), luck="work").release("crew.lead").go_to("done")
        .at("returned").bounce(D4.bounce, to="dispatch", luck="bounce")
        .at("in_vain").seize("crew.lead").delay(TRAVEL, luck="travel").mark("arrived").release("crew.lead").close()
        .at("void").leave()
    )  # fmt: skip


def fragmented() -> Policy:
    """D0: every department for itself."""
    return Policy("fragmented", _fragmented(), default_staffing(), title=(("en", "fragmented"), ("zh", "各自为政")))


def unified_command() -> Policy:
    """D4: unified command through the three levels of centers, with duty officers who can saturate."""
    officers = (
        desk("duty_officer", "district", day=2, night=2, cost=150.0),  # [asm]
        desk("city_officer", "city", day=3, night=3, cost=200.0),  # [asm]
    )
    return Policy(
        "unified_command",
        _unified_command(),
        default_staffing(*officers),
        overhead_per_week=30_000.0,  # joint exercises and upkeep of pre-plans [asm]
        title=(("en", "unified command"), ("zh", "三级中心统一指挥")),
    )


DESIGNS: MappingProxyType[str, Callable[[], Policy]] = MappingProxyType(
    {"fragmented": fragmented, "unified_command": unified_command}
)
CATALOG = tuple(DESIGNS)
"""Names of the designs, from the least to the most coordinated."""


def load_policy(name_or_path: str | PathLike[str], columns: Collection[str] | None = None) -> Policy:
    """A design of the catalog by name, or a policy written in a YAML file by path.

    Args:
        columns: those of the incident types that a file may read, else it is refused; None = any.

    Raises:
        PolicyError: there is no such design or file, or the file is malformed (file, line and key are named).
    """
    name = fspath(name_or_path)
    if name in DESIGNS:
        return DESIGNS[name]()
    if name.endswith((".yaml", ".yml")) or Path(name).is_file():
        return read_policy(name, DESIGNS, columns)
    near = get_close_matches(name, CATALOG, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise PolicyError(f"no design {name!r}: {hint}designs are {', '.join(CATALOG)}; or give the path of a .yaml file")
