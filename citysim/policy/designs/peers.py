"""D1 牵头部门 and D2 联席会议: a lead department asks its peers, and settles disputes itself or tables them."""

from citysim.policy.blocks import Chance, Is
from citysim.policy.crews import default_staffing, desk
from citysim.policy.designs.levers import Candour, Disputes, Friction, Levers, Supervision, Whistle
from citysim.policy.designs.pieces import (
    BLUE,
    GRADING,
    ORANGE,
    YELLOW,
    asked,
    called_in,
    each_support,
    easy_first,
    ended,
    filed,
    in_vain,
    judged,
    led,
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
from citysim.policy.durations import Fixed, Lognormal
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, PoolFamily
from citysim.policy.workflow import Workflow
from citysim.units import DAY, HOUR

LEAD = Levers(
    friction=Friction(
        misroute=0.20, refuse=0.15, bounce_hours=4.0, triage_minutes=15.0, mobilise_hours=5.0,
        mobilise_serious_hours=2.0, recognised=0.7, fails=0.02, merge_recall=0.7, ownership=0.97,
    ),
    disputes=Disputes(settle_hours=24.0),
    supervision=Supervision(steps=2),
    candour=Candour(false_closure=0.01),
    whistle=Whistle(share=0.1),
)  # fmt: skip
MEETING = Levers(
    friction=Friction(
        misroute=0.25, refuse=0.20, bounce_hours=5.0, triage_minutes=15.0, mobilise_hours=4.0,
        mobilise_serious_hours=2.0, recognised=0.7, fails=0.02, merge_recall=0.7,
    ),
    disputes=Disputes(settle_hours=24.0),
    supervision=Supervision(steps=3),
    candour=Candour(false_closure=0.01),
)  # fmt: skip

LEAD_HOURS_PER_WEEK, LEADS, YUAN_PER_HOUR = 5.0, 13, 100.0
"""Each lead department spends 5 hours a week on coordination (brief 5.1); leads of the incident types; pay [asm]."""


def settled_by_lead(levers: Levers) -> Workflow:
    """A dispute is settled by the lead department; leads on to the label `order`."""
    return (
        Workflow().route(Chance(1.0 - levers.disputes.share), to="order", luck="dispute")
        .delay(levers.disputes.settling, luck="settling")
    )  # fmt: skip


def tabled(levers: Levers) -> Workflow:
    """A dispute over a serious case waits for the meeting and is carried over until it is settled.

    The worst are settled at once without a sitting, most blue ones by the lead; leads on to the label `order`. An item
    is settled, or not, when the sitting ends: one that fails must not take a place that is left at the same sitting.
    """
    meeting = levers.meeting
    sitting = Fixed(meeting.attendance_hours * HOUR)
    convened = Workflow().at("table")
    if meeting.period_days == 0:
        convened = convened.delay(Lognormal(meeting.convene_days * DAY, 0.4), luck="convened")
    return (
        Workflow().route(Chance(1.0 - levers.disputes.share), to="order", luck="dispute")
        .route(Is("grade", "<=", ORANGE), to="bypass").route(Is("grade", "==", YELLOW), to="table")
        .route(Chance(meeting.blue_share), to="table", luck="tabled")
        .delay(levers.disputes.settling, luck="settling").go_to("order")
        .at("bypass").delay(Lognormal(meeting.bypass_hours * HOUR, 0.5), luck="bypass").go_to("order")
        .then(convened).wait_for_slot("joint_meeting").count("meetings").delay(sitting)
        .route(Chance(1.0 - meeting.resolves), to="table", luck="resolved")
    )  # fmt: skip


def sentence(levers: Levers, dispute: Workflow, aside: Workflow, further: Workflow) -> Workflow:
    """The lead department makes safe while its supports are asked.

    Args:
        dispute: what happens to a joint case in dispute. aside: what is asked of a filed case before it is dispatched
            as usual, and `further`: the sentence that follows a route from there (a task force).
    """
    friction, pace = levers.friction, pressed(levers)
    practice, road = levers.practice, on_the_road(levers)
    supports = dispute.at("order").then(each_support(take_part(asked(levers, "at_once"), levers), levers))
    whistle = Workflow()
    if levers.whistle.share:
        whistle = whistle.route(Chance(1.0 - levers.whistle.share), to="joint", luck="whistle").count("whistles")
    return (
        reception(levers)
        .at("emergency").raise_priority(3).mark("filed").grade(luck="risk").mark("graded").raise_priority(3)
        .mark("dispatched").go_to("turn_out")
        .at("desk").seize("street_seat").delay(friction.triage, luck="triage").release("street_seat")
        .route(Is("genuine", "==", 1), to="file").route(Chance(friction.recognised), to="void", luck="sham")
        .at("file").then(filed(levers)).then(watched(levers)).then(judged(levers, set_priority=True))
        .then(aside)
        .route(Is("grade", "==", BLUE), to="dispatch")
        .seize("district_seat").delay(practice.sent_up, luck="sent_up").release("district_seat")
        .at("dispatch").mark("dispatched")
        .route(misrouted(levers), to="returned", luck="misroute")
        .route(refused(levers), to="returned", luck="refuse")
        .at("turn_out").then(taken_seriously(levers)).then(called_in(levers)).then(easy_first(levers))
        .route(Is("n_support", "==", 0), to="alone").then(whistle)
        .at("joint").split(led(levers, "joint"), supports).go_to("done")
        .at("alone").then(led(levers, "alone"))
        .at("done").then(ended(levers, again="return"))
        .at("return").seize("crew.lead").delay(practice.travel, pace=road, luck="travel_again")
        .delay(work(practice.joint, levers), pace=pace, luck="work").release("crew.lead").go_to("done")
        .at("returned").bounce(friction.bounce, to="dispatch", luck="bounce")
        .then(further)
        .then(in_vain(levers)).then(put_off(levers)).at("void").leave()
    )  # fmt: skip


def supervisors(levers: Levers) -> PoolFamily:
    """Those who look into late cases by day, so many in each district."""
    return desk("supervisor", "district", day=levers.supervision.staff, night=0, cost=80.0)


def lead_department(levers: Levers = LEAD) -> Policy:
    """D1: the type's lead department asks its peers, who may refuse, and settles small disputes."""
    return Policy(
        "lead_department",
        sentence(levers, settled_by_lead(levers), Workflow(), Workflow()),
        default_staffing(levers.people, supervisors(levers)),
        tallies=tallies(levers),
        grading=GRADING,
        overhead_per_week=LEADS * LEAD_HOURS_PER_WEEK * YUAN_PER_HOUR,
        title=(("en", "lead department"), ("zh", "牵头部门")),
    )


def joint_meeting(levers: Levers = MEETING) -> Policy:
    """D2: as with a lead department, but disputes over serious cases wait for the district's joint meeting."""
    meeting = levers.meeting
    period = round(meeting.period_days * DAY)
    sitting = Gate(
        "joint_meeting", 9 * HOUR, period or DAY // 4, meeting.agenda if period else 1, "district", meeting.cost
    )
    return Policy(
        "joint_meeting",
        sentence(levers, tabled(levers), Workflow(), Workflow()),
        default_staffing(levers.people, supervisors(levers)),
        gates=(sitting,),
        tallies=tallies(levers),
        grading=GRADING,
        title=(("en", "periodic joint meeting"), ("zh", "联席会议")),
    )
