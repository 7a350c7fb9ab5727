"""D4 三级中心统一指挥 and D5, with the intelligent hub: one inbox, orders to all at once, officers who saturate."""

from dataclasses import replace

from citysim.policy.blocks import Chance, Is
from citysim.policy.crews import default_staffing, desk
from citysim.policy.designs.assisted import computed, made_safe
from citysim.policy.designs.everyday import People
from citysim.policy.designs.levers import Candour, Disputes, Friction, Levers, Supervision, Surge
from citysim.policy.designs.peers import supervisors
from citysim.policy.designs.pieces import (
    BLUE,
    GRADING,
    ORANGE,
    YELLOW,
    asked,
    called_in,
    come,
    each_support,
    easy_first,
    ended,
    filed,
    in_vain,
    judged,
    led,
    looked_at,
    misrouted,
    on_the_road,
    pressed,
    put_off,
    reception,
    refused,
    take_part,
    taken_seriously,
    tallies,
    watched,
    work,
)
from citysim.policy.durations import Drifting, Fixed, Lognormal
from citysim.policy.policy import Policy
from citysim.policy.staffing import PoolFamily
from citysim.policy.workflow import Workflow
from citysim.units import DAY, HOUR, MINUTE

COMMAND = Levers(
    friction=Friction(
        misroute=0.05, refuse=0.02, bounce_hours=0.3, triage_minutes=6.0, mobilise_hours=1.5,
        mobilise_serious_hours=0.3, recognised=0.8, fails=0.003, merge_recall=0.85,
    ),
    disputes=Disputes(settle_hours=0.5),
    supervision=Supervision(steps=4),
    candour=Candour(false_closure=0.002, caught=0.9),
    surge=Surge(waiting=4),
)  # fmt: skip
HUB = Levers(
    friction=Friction(
        misroute=0.05, refuse=0.02, bounce_hours=0.1, triage_minutes=6.0, mobilise_hours=1.2,
        mobilise_serious_hours=0.25, recognised=0.85, fails=0.003, merge_recall=0.95, wrong_merge=0.01,
    ),
    disputes=Disputes(settle_hours=0.25),
    supervision=Supervision(steps=4),
    candour=Candour(false_closure=0.002, caught=0.9),
    surge=Surge(waiting=4),
)  # fmt: skip

SPREAD = 0.4
DIFFICULT_MOST = 1.3
"""The highest difficulty of a type (sensing.DIFFICULTIES): two chances in turn give difficulty x misroute."""
EXERCISES, MODEL_TEAM = 30_000.0, 60_000.0
"""Yuan a week: joint exercises and upkeep of pre-plans; the people and the computing of the models [asm]."""


def commanded(levers: Levers) -> Workflow:
    """Beside the lead crew, an officer decides and calls all supports; urgent orders may skip the district."""
    command, disputes, practice = levers.command, levers.disputes, levers.practice
    conflict = Lognormal(command.conflict_hours * HOUR, 0.5)
    # Without an end to it an officer who waits for a street's only crew, which waits for him elsewhere, waits for days.
    patience = Fixed(round(command.alone_after * HOUR))
    bring = take_part if levers.contact.in_turn else come  # who comes one by one does not wait for the others
    call_all = bring(asked(levers, "at_once"), levers)
    return (
        Workflow().route(Is("grade", "==", BLUE), to="send").route(Is("grade", "<=", ORANGE), to="city_decides")
        .seize("duty_officer", patience=patience, otherwise="decide").go_to("decide")
        .at("city_decides").seize("city_officer", patience=patience, otherwise="decide")
        .route(Chance(command.skips), to="skip", luck="skip")
        .delay(practice.sent_up, luck="passed_down").go_to("decide")
        .at("skip").route(Chance(1.0 - command.conflicts), to="decide", luck="conflict")
        .count("conflicts").delay(conflict, luck="conflict")
        .at("decide").route(Chance(command.preplanned), to="by_plan", luck="preplan")
        .delay(Lognormal(command.no_plan_minutes * MINUTE, SPREAD), luck="decision").go_to("decided")
        .at("by_plan").delay(Lognormal(command.decision_minutes * MINUTE, SPREAD), luck="decision")
        .at("decided").route(Is("n_support", "==", 0), to="stand_down")
        .route(Chance(disputes.share), to="at_odds", luck="dispute").go_to("send")
        .at("at_odds").delay(disputes.settling, luck="settling")
        .at("send").route(Is("n_support", "==", 0), to="stand_down").then(each_support(call_all, levers))
        .at("stand_down").release("duty_officer", "city_officer")
    )  # fmt: skip


def _unwilling(levers: Levers) -> Workflow:
    """The neighbour may keep its crews; a sentence that is governed asks in any case, since districts change."""
    if levers.command.willing == 1.0 and not levers.standing.has_districts:
        return Workflow()
    return Workflow().route(levers.standing.unwilling(levers.command.willing), to="own", luck="willing")


def first_on_site(levers: Levers) -> Workflow:
    """The lead crew of an urgent case: it takes others off their work, or comes from the next district, and stays."""
    command, pace = levers.command, pressed(levers)
    practice, road = levers.practice, on_the_road(levers)
    helped = Workflow()
    if command.aid:
        far = practice.travel_by(command.aid_travel)
        helped = (
            Workflow().route(Is("free:crew.lead", ">", 0), to="own").route(Is("free:crew.lead@1", "==", 0), to="own")
            .then(_unwilling(levers))
            .seize("crew.lead@1").delay(far, pace=road, luck="travel").go_to("there")
        )  # fmt: skip
    return (
        helped.at("own").route(Is("priority", "<=", ORANGE), to="at_once").seize("crew.lead").go_to("on_the_way")
        .at("at_once").seize("crew.lead", preempt=True)
        .at("on_the_way").delay(practice.travel, pace=road, luck="travel")
        .at("there").mark("arrived").then(looked_at(levers, set_priority=True))
        .then(made_safe(levers, work, pace, "urgent")).mark("safe")
        .delay(work(practice.alone, levers), pace=pace, luck="work")
    )  # fmt: skip


def sentence(levers: Levers, inbox: Workflow, aside: Workflow, further: Workflow) -> Workflow:
    """Cases of one inbox go out at once; urgent ones pre-empt and are worked on together under an officer.

    Args:
        inbox: from the label `desk` to a filed, graded case that goes on to `dispatch`, or to `accepted` where the
            order has been given; ends in `void`.
        aside: what is asked of a case that is not urgent before it goes its usual way, and `further`: the sentence that
            follows a route from there (a task force).
    """
    friction, pace = levers.friction, pressed(levers)
    practice, road = levers.practice, on_the_road(levers)
    supports = (
        Workflow().route(Chance(levers.disputes.share), to="dispute", luck="dispute").go_to("order")
        .at("dispute").seize("duty_officer").delay(levers.disputes.settling, luck="settling").release("duty_officer")
        .at("order").then(each_support(take_part(asked(levers, "in_parallel"), levers), levers))
    )  # fmt: skip
    crews = ["crew.lead"] + ["crew.support"] * (not levers.contact.in_turn) + ["crew.lead@1"] * levers.command.aid
    return (
        reception(levers)
        .at("emergency").mark("filed").grade(luck="risk").mark("graded").raise_priority(3).mark("dispatched")
        .go_to("turn_out")
        .then(inbox)
        .at("dispatch").mark("dispatched")
        .route(misrouted(levers), to="returned", luck="misroute")
        .at("accepted").mark("dispatched").route(refused(levers), to="returned", luck="refuse")
        .at("turn_out").then(taken_seriously(levers)).then(called_in(levers))
        .route(Is("priority", "<=", YELLOW), to="urgent").then(aside).then(easy_first(levers))
        .route(Is("n_support", ">", 0), to="joint").then(led(levers, "alone"))
        .at("done").then(ended(levers, again="return"))
        .at("joint").split(led(levers, "joint"), supports).go_to("done")
        .at("urgent").split(first_on_site(levers), commanded(levers))
        .delay(work(practice.joint, levers), pace=pace, luck="work").release(*crews).go_to("done")
        .at("return").seize("crew.lead").delay(practice.travel, pace=road, luck="travel_again")
        .delay(work(practice.joint, levers), pace=pace, luck="work").release("crew.lead").go_to("done")
        .at("returned").bounce(friction.bounce, to="dispatch", luck="bounce")
        .then(further).then(in_vain(levers)).then(put_off(levers)).at("void").leave()
    )  # fmt: skip


def by_people(levers: Levers) -> Workflow:
    """Every report is sorted at the district's desk."""
    friction = levers.friction
    return (
        Workflow().at("desk").seize("district_seat").delay(friction.triage, luck="triage").release("district_seat")
        .route(Is("genuine", "==", 1), to="file").route(Chance(friction.recognised), to="void", luck="sham")
        .at("file").then(filed(levers)).then(watched(levers)).then(judged(levers, set_priority=True))
    )  # fmt: skip


def by_machine(levers: Levers) -> Workflow:
    """The hub sorts, merges and routes; what it does alone, what a person confirms and what a person decides goes by
    grade. Without the cloud people do it all. Its errors grow until it is trained again.
    """
    friction, machine = levers.friction, levers.machine
    first, per_day = DIFFICULT_MOST * machine.first_order_wrong, DIFFICULT_MOST * machine.drift_per_day
    wrong = Drifting(first, per_day, machine.retrain_days)
    found_again = Lognormal(levers.practice.found_again_days * DAY, 0.8)
    confirm = Lognormal(machine.confirm_minutes * MINUTE, SPREAD)
    hard = levers.standing.difficult(1.0 / DIFFICULT_MOST, levers.standing.misroute)
    return (
        Workflow().at("desk").route(Is("setting:cloud_down", "==", 1), to="by_hand")
        .then(computed(levers))
        .delay(Lognormal(machine.triage_minutes * MINUTE, SPREAD), interruptible=False, luck="triage")
        .route(Chance(friction.wrong_merge), to="wrongly_merged", luck="wrong_merge")
        .grade(error=machine.score_error, luck="risk").mark("graded")
        .route(Is("grade", ">=", machine.auto_from), to="sorted")
        .route(Is("grade", ">=", machine.confirm_from), to="confirm")
        .at("by_hand").seize("district_seat").delay(friction.triage, luck="triage").release("district_seat")
        .route(Is("genuine", "==", 1), to="file").route(Chance(friction.recognised), to="void", luck="sham")
        .at("file").then(filed(levers)).then(watched(levers)).then(judged(levers, set_priority=True)).go_to("dispatch")
        .at("confirm").seize("district_seat").delay(confirm, luck="confirm").release("district_seat")
        .route(Is("genuine", "==", 1), to="confirmed").route(Chance(friction.recognised), to="void", luck="sham")
        .at("confirmed").then(filed(levers, "confirmed")).then(watched(levers, "confirmed"))
        .route(Chance(1.0 - machine.confirms_wrongly), to="accepted", luck="confirms").go_to("routed")
        .at("sorted").route(Is("genuine", "==", 1), to="ordered")
        .route(Chance(friction.recognised), to="void", luck="sham")
        .at("ordered").then(filed(levers, "sorted")).then(watched(levers, "sorted"))
        .at("routed").route(hard, to="hard", luck="hard")
        .go_to("accepted")
        .at("hard").route(Chance(wrong), to="returned", luck="misroute").go_to("accepted")
        .at("wrongly_merged").count("wrong_merges").delay(found_again, interruptible=False, luck="found_again")
        .go_to("by_hand")
    )  # fmt: skip


def officers(levers: Levers) -> tuple[PoolFamily, ...]:
    """Duty officers by day and night, and who supervises."""
    district, city = levers.command.district_officers, levers.command.city_officers
    return (
        desk("duty_officer", "district", day=district, night=district, cost=150.0),  # [asm]
        desk("city_officer", "city", day=city, night=city, cost=200.0),  # [asm]
        supervisors(levers),
    )


def computing(levers: Levers) -> tuple[PoolFamily, ...]:
    """The share of each district in the cloud, where its power has a limit."""
    return (desk("cloud", "district", day=1, night=1, cost=0.0),) if levers.cloud.cases_per_hour else ()


def fewer_seats(levers: Levers) -> People:
    """People with the district seats that the machine leaves."""
    people, seats = levers.people, levers.machine.seats
    return replace(
        people, district_day=round(people.district_day * seats), district_night=round(people.district_night * seats)
    )


def unified_command(levers: Levers = COMMAND) -> Policy:
    """D4: unified command through the three levels of centers, with duty officers who can saturate."""
    return Policy(
        "unified_command",
        sentence(levers, by_people(levers), Workflow(), Workflow()),
        default_staffing(levers.people, *officers(levers)),
        tallies=tallies(levers),
        grading=GRADING,
        overhead_per_week=EXERCISES,
        title=(("en", "unified command"), ("zh", "三级中心统一指挥")),
    )


def unified_command_ai(levers: Levers = HUB) -> Policy:
    """D5: unified command with the intelligent hub at the desk, fewer seats and people as its fallback."""
    return Policy(
        "unified_command_ai",
        sentence(levers, by_machine(levers), Workflow(), Workflow()),
        default_staffing(fewer_seats(levers), *officers(levers), *computing(levers)),
        tallies=tallies(levers),
        grading=GRADING,
        overhead_per_week=EXERCISES + MODEL_TEAM,
        title=(("en", "unified command with AI"), ("zh", "统一指挥加智能中枢")),
    )
