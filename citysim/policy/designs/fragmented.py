"""D0 各自为政: every department for itself."""

from citysim.policy.blocks import Chance, Is
from citysim.policy.crews import default_staffing, desk
from citysim.policy.designs.assisted import made_safe
from citysim.policy.designs.levers import Contact, Friction, Levers, Supervision
from citysim.policy.designs.pieces import (
    BLUE,
    GRADING,
    YELLOW,
    asked,
    each_support,
    ended,
    filed,
    in_vain,
    judged,
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
from citysim.policy.durations import Uniform
from citysim.policy.policy import Policy
from citysim.policy.workflow import Workflow
from citysim.units import HOUR

LEVERS = Levers(friction=Friction(merge_recall=0.6), supervision=Supervision(steps=1), contact=Contact(in_turn=True))


def sentence(levers: Levers) -> Workflow:
    """Street desks, every department its own line, supports one after the other, disputes age."""
    friction, disputes, pace = levers.friction, levers.disputes, pressed(levers)
    practice, road = levers.practice, on_the_road(levers)
    ageing = Uniform(disputes.ageing_low_hours * HOUR, disputes.ageing_high_hours * HOUR)
    return (
        reception(levers)
        .at("emergency").raise_priority(3).mark("filed").grade(set_priority=False, luck="risk").mark("graded")
        .mark("dispatched").go_to("turn_out")

        .at("desk").seize("street_seat").delay(friction.triage, luck="triage").release("street_seat")
        .route(Is("genuine", "==", 1), to="file")
        .route(Chance(friction.recognised), to="void", luck="sham")
        .at("file").then(filed(levers)).then(watched(levers)).then(judged(levers, set_priority=False))
        .route(Is("grade", "==", BLUE), to="dispatch")
        .seize("district_seat").delay(practice.sent_up, luck="sent_up").release("district_seat")
        .route(Is("grade", "==", YELLOW), to="dispatch")
        .seize("municipal_seat").delay(practice.sent_up, luck="sent_up_again").release("municipal_seat")

        .at("dispatch").mark("dispatched")
        .route(misrouted(levers), to="returned", luck="misroute")
        .route(refused(levers), to="returned", luck="refuse")
        .at("turn_out").then(taken_seriously(levers))
        .seize("crew.lead").delay(practice.travel, pace=road, luck="travel").mark("arrived")
        .then(looked_at(levers, set_priority=False))
        .then(made_safe(levers, work, pace, "on_site")).mark("safe")
        .delay(work(practice.alone, levers), pace=pace, luck="work")
        .route(Is("n_support", "==", 0), to="finish")

        .release("crew.lead")
        .route(Is("emergency", "==", 1), to="request")
        .route(Chance(disputes.share), to="dispute", luck="dispute")
        .at("request").then(each_support(take_part(asked(levers, "in_turn"), levers), levers))
        .at("return").seize("crew.lead").delay(practice.travel, pace=road, luck="travel_again")
        .at("finish").delay(work(practice.joint, levers), pace=pace, luck="work").release("crew.lead")
        .then(ended(levers, again="return"))

        .at("dispute").delay(ageing, luck="settling").go_to("request")
        .at("returned").bounce(friction.bounce, to="dispatch", luck="bounce")
        .then(in_vain(levers))
        .then(put_off(levers))
        .at("void").leave()
    )  # fmt: skip


def fragmented(levers: Levers = LEVERS) -> Policy:
    """D0: every department has its own line and its own order of things."""
    return Policy(
        "fragmented",
        sentence(levers),
        default_staffing(
            levers.people, desk("supervisor", "district", day=levers.supervision.staff, night=0, cost=80.0)
        ),
        tallies=tallies(levers),
        grading=GRADING,
        title=(("en", "fragmented"), ("zh", "各自为政")),
    )
