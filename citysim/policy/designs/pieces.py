"""Pieces of sentence that several designs share: how reports come in, how a case is graded, watched and ended.

Facts of a case carry the same luck name in all designs (risk, misroute, travel, work …), so that on the same world two
designs differ by what they do, not by the luck they meet.
"""

from citysim.policy.blocks import Chance, Is, Setting, Slower, Spurred
from citysim.policy.designs.assisted import answered_by_agent, connected, made_safe, verified
from citysim.policy.designs.levers import Levers
from citysim.policy.durations import ByKind, Duration, Fixed, FromCase, Lognormal, TimeLimit
from citysim.policy.grading import Grading
from citysim.policy.staffing import Tally
from citysim.policy.workflow import Workflow
from citysim.units import CHANNELS, DAY, HOUR, MINUTE

HOTLINE, SENSOR = CHANNELS.index("hotline"), CHANNELS.index("sensor")
RED, ORANGE, YELLOW, BLUE = range(4)

EVIDENCE = Fixed(0.5 * HOUR)  # the desk looks again at what has come in since [asm]
NO_TIME = Fixed(0.0)

GRADING = Grading(
    rules=(("alert", (0.80, 0.58, 0.32)),),  # on alert more is taken seriously [asm]
    channel_factors=(0.8, 0.9, 1.2, 1.0),  # sensors see sharper than callers [asm]
    exposed=0.05,  # near a school, a hospital or a crowd [asm]
)


def on_the_road(levers: Levers) -> tuple[Setting, Slower]:
    """Pace of travel: rain slows the roads, and so does each incident that stopped the district's traffic lately."""
    return Setting("travel"), Slower("tally:traffic", levers.practice.traffic_slows)


def tallies(levers: Levers) -> tuple[Tally, ...]:
    """What every district keeps count of."""
    return (
        Tally("traffic", memory_hours=3),  # an incident stops traffic for about three hours [asm]
        Tally("sensor_net", memory_hours=4),
        Tally("alert"),
        Tally("pressed", memory_hours=24 * levers.supervision.memory_days),
        Tally("called_in", memory_hours=levers.surge.hours),
        Tally("joint_cases"),
    )


def difficult(chance: float) -> Chance:
    """A chance that grows with how hard the type is to route (brief 4.2.5)."""
    return Chance(ByKind("difficulty", chance))


def misrouted(levers: Levers) -> Chance:
    """The chance that the first order goes to the wrong unit."""
    return levers.standing.difficult(levers.friction.misroute, levers.standing.misroute)


def refused(levers: Levers) -> Chance:
    """The chance that a unit returns a request."""
    return levers.standing.difficult(levers.friction.refuse, levers.standing.refuse)


def pressed(levers: Levers) -> tuple[Spurred, ...]:
    """Pace of work: notices spur on, and wear off the more of them the district has had."""
    if not levers.supervision.on:
        return ()
    return (Spurred("count:notices", levers.supervision.effort, "tally:pressed", levers.supervision.worn_half),)


def work(part: float, levers: Levers) -> Duration:
    """A share of the type's on-site work, at the design's own speed."""
    return Lognormal(levers.standing.worked(part, levers.friction.ownership), ByKind("work_sigma"))


def filed(levers: Levers, by: str = "people") -> Workflow:
    """A case is accepted, which starts the official clock; where that pays, it lies before (late acceptance).

    What has been graded worse than blue is accepted at once.

    Args:
        by: who files the case; a sentence may file in several places, whose labels must differ.
    """
    candour, standing = levers.candour, levers.standing
    if not candour.late and not standing.has_districts:
        return Workflow().mark("filed")
    return (
        Workflow().route(Is("grade", "!=", BLUE), to=f"accept_{by}")
        .route(Chance(standing.pretended(candour.late, standing.late)), to=f"lie_{by}", luck="late_acceptance")
        .go_to(f"accept_{by}")
        .at(f"lie_{by}").delay(Lognormal(candour.late_hours * HOUR, 0.5), interruptible=False, luck="accepted_late")
        .at(f"accept_{by}").mark("filed")
    )  # fmt: skip


def easy_first(levers: Levers) -> Workflow:
    """Where that pays, blue cases of a type with short work are put before the other blue ones, as a notice does."""
    if not levers.standing.has_districts:
        return Workflow()
    return (
        Workflow().route(Is("grade", "!=", BLUE), to="in_order")
        .route(levers.standing.not_quick(), to="in_order", luck="quick")
        .route(levers.standing.in_order(), to="in_order", luck="easy_first").raise_priority(1)
        .at("in_order").delay(NO_TIME)
    )  # fmt: skip


def reception(levers: Levers) -> Workflow:
    """How reports reach the desk in every design; leads on to the labels `desk` and `emergency`.

    A caller whom nobody answers in time hangs up. A repeat is lost then, and so is who only asks; a first finder calls
    again later, so that no incident vanishes. Who asks is answered on the phone. A repeat that finds its original
    solved while on the phone needs nothing more; one that nobody recognises goes to the desk like a new case. While the
    sensor network is down, its reports come in when somebody else has noticed.
    """
    to_agent, by_agent = answered_by_agent(levers.hotline_agent)
    heard = Workflow().at("heard") if by_agent.blocks else Workflow()
    return (
        Workflow()
        .route(Is("repeat", "==", 1), to="call")
        .route(Is("emergency", "==", 1), to="emergency")
        .route(Is("channel", "==", HOTLINE), to="call")
        .route(Is("channel", "!=", SENSOR), to="desk")
        .route(Is("tally:sensor_net", "==", 0), to="desk")
        .delay(FromCase("heard_later"), interruptible=False).go_to("desk")
        .at("call")
        .then(to_agent)
        .seize("hotline_seat", patience=levers.practice.patience, otherwise="hung_up", luck="patience")
        .delay(levers.practice.call, luck="call")
        .release("hotline_seat")
        .then(heard)
        .route(Is("enquiry", "==", 1), to="answered")
        .route(Is("repeat", "==", 0), to="desk")
        .route(Chance(1.0 - levers.friction.merge_recall), to="desk", luck="unmerged")
        .merge()
        .at("call_ends")
        .leave()
        .at("answered")
        .close()
        .at("hung_up")
        .route(Is("enquiry", "==", 1), to="call_ends")
        .route(Is("repeat", "==", 1), to="call_ends")
        .delay(Lognormal(levers.practice.calls_again_hours * HOUR, 1.0), luck="calls_again")
        .go_to("call")
        .then(by_agent)
    )  # fmt: skip


def judged(levers: Levers, *, set_priority: bool) -> Workflow:
    """The risk is graded by the design's rule, and graded again when more is known."""
    usual = Workflow().grade(set_priority=set_priority, luck="risk")
    on_alert = Workflow().at("on_alert").grade(set_priority=set_priority, rule="alert", luck="risk")
    match levers.risk.rule:
        case "static":
            first = usual
        case "weather":
            first = Workflow().route(Is("setting:storm", "==", 1), to="on_alert")
            first = first.then(usual).go_to("judged").then(on_alert).at("judged")
        case _:
            first = (
                Workflow().route(Is("waiting:district_seat", ">=", levers.risk.crowded), to="crowded")
                .route(Is("waiting:district_seat", ">", levers.risk.relaxed), to="as_before").set_to("alert", 0)
                .go_to("as_before").at("crowded").set_to("alert", 1)
                .at("as_before").route(Is("tally:alert", "==", 1), to="on_alert")
            )  # fmt: skip
            first = first.then(usual).go_to("judged").then(on_alert).at("judged")
    graded = first.mark("graded")
    if levers.risk.evidence:
        again = (
            Workflow().route(Is("repeats", "<", levers.risk.evidence), to="no_news")
            .grade(set_priority=set_priority, error=levers.risk.evidence_error, luck="risk_by_evidence")
            .at("no_news").delay(NO_TIME)
        )  # fmt: skip
        graded = graded.watch(EVIDENCE, again)
    if levers.risk.panel:
        panel = (
            Workflow().route(Is("grade", "==", BLUE), to="not_for_experts")
            .grade(set_priority=set_priority, error=levers.risk.panel_error, luck="risk_by_panel")
            .at("not_for_experts").delay(NO_TIME)
        )  # fmt: skip
        graded = graded.watch(Lognormal(levers.risk.panel_hours * HOUR, 0.5), panel, luck="panel")
    return graded


def looked_at(levers: Levers, *, set_priority: bool) -> Workflow:
    """The crew on site finds the place and tells the desk what it sees."""
    return (
        Workflow()
        .delay(FromCase("search"))
        .grade(set_priority=set_priority, error=levers.risk.on_site_error, luck="risk_on_site")
    )


def led(levers: Levers, where: str) -> Workflow:
    """The lead crew of a case that is not urgent makes safe, does its own part and works on with its supports."""
    practice, pace = levers.practice, pressed(levers)
    return (
        Workflow().seize("crew.lead").delay(practice.travel, pace=on_the_road(levers), luck="travel").mark("arrived")
        .then(looked_at(levers, set_priority=True)).then(made_safe(levers, work, pace, where)).mark("safe")
        .delay(work(practice.alone, levers), pace=pace, luck="work")
        .delay(work(practice.joint, levers), pace=pace, luck="work").release("crew.lead")
    )  # fmt: skip


def watched(levers: Levers, by: str = "people") -> Workflow:
    """What happens when the limit of a case runs out: an extension, or notice upon notice; and where the committee has
    set a deadline of its own for a type, one notice when that runs out.

    Args:
        by: who filed the case; a sentence may ask in several places, whose labels must differ.
    """
    overdue = f"overdue_{by}"
    rung = (
        Workflow().seize("supervisor").delay(Fixed(levers.supervision.minutes * MINUTE)).release("supervisor")
        .count("notices").add_to("pressed").raise_priority(1)
    )  # fmt: skip
    late = (
        Workflow().route(levers.standing.not_extended(levers.clocks.extended), to=overdue, luck="extended")
        .extend(levers.clocks.extension, luck="extension").delay(levers.clocks.extension, luck="extension")
    )  # fmt: skip
    if not levers.supervision.on:
        return Workflow().watch(TimeLimit("close"), late.at(overdue).delay(NO_TIME))
    ladder = late.at(overdue)
    for step in range(levers.supervision.steps):
        ladder = ladder.then(rung)
        if step + 1 < levers.supervision.steps:
            ladder = ladder.delay(Fixed(levers.supervision.gap_days * (step + 1) * DAY))
    watch = Workflow().watch(TimeLimit("close"), ladder)
    if not levers.standing.asked:
        return watch
    set_by, usual = levers.standing.has_deadline(), f"no_deadline_{by}"
    return (
        watch.route(set_by, to=f"deadline_{by}", luck="deadline").go_to(usual)
        .at(f"deadline_{by}").watch(levers.standing.until_deadline(), rung).at(usual).delay(NO_TIME)
    )  # fmt: skip


def called_in(levers: Levers) -> Workflow:
    """Somebody is called in when too many wait for the leading crews; the case itself waits like the others."""
    if not levers.surge.waiting:
        return Workflow()
    come = (
        Workflow().add_to("called_in").count("callouts")
        .delay(Lognormal(levers.surge.ready_hours * HOUR, 0.4), luck="called_in")
        .call_in("crew.lead", levers.surge.crews, Fixed(levers.surge.hours * HOUR))
    )  # fmt: skip
    return (
        Workflow().route(Is("waiting:crew.lead", "<", levers.surge.waiting), to="enough")
        .route(Is("tally:called_in", ">=", levers.surge.most), to="enough")
        .watch(NO_TIME, come)
        .at("enough")
    )  # fmt: skip


def asked(levers: Levers, when: str) -> Workflow:
    """Within a for-each: a supporting department is asked, may refuse and be asked anew, and gets a crew ready."""
    friction, whistle = levers.friction, levers.whistle
    ask = Workflow().at(f"ask_{when}")
    if whistle.share:
        ask = ask.route(Is("count:whistles", ">", 0), to=f"whistled_{when}")
    ask = (
        ask.route(levers.standing.refused_support(friction.refuse), to=f"refused_{when}", luck="refuse_support")
        .go_to(f"agreed_{when}")
        .at(f"refused_{when}").bounce(friction.bounce, to=f"ask_{when}", luck="bounce_support")
    )  # fmt: skip
    if whistle.share:
        must = Lognormal(whistle.mobilise_hours * HOUR, 0.8)
        ask = ask.at(f"whistled_{when}").delay(must, luck="mobilise").go_to(f"ready_{when}")
    ask = ask.at(f"agreed_{when}").then(connected(levers, when))
    return ask.at(f"ready_{when}") if whistle.share else ask


def come(piece: Workflow, levers: Levers) -> Workflow:
    """Within a for-each: a crew of the supporting department comes; the last to arrive completes the party."""
    return (
        piece.seize("crew.support")
        .delay(levers.practice.travel_support, pace=on_the_road(levers), luck="travel_support")
        .mark("assembled", last=True)
    )


def take_part(piece: Workflow, levers: Levers) -> Workflow:
    """Within a for-each: a crew of the supporting department comes, does its own part and leaves."""
    return come(piece, levers).delay(work(levers.practice.joint, levers), luck="work_support").release("crew.support")


def each_support(piece: Workflow, levers: Levers) -> Workflow:
    """A piece for every supporting department, all at the same time or one after the other."""
    return Workflow().for_each_support(piece, parallel=not levers.contact.in_turn)


def ended(levers: Levers, *, again: str) -> Workflow:
    """Work is done: the root cause may be mended too, the result is verified, and redone from `again` if it fails."""
    return (
        Workflow().mark("fixed", last=True)
        .route(levers.standing.patched(levers.candour.root_cause), to="patched", luck="root_cause").mark("rooted")
        .at("patched").then(verified(levers, again))
    )  # fmt: skip


def taken_seriously(levers: Levers) -> Workflow:
    """Where a unit that was ordered out has nothing to find, does nothing, or puts it off; leads on to `go`, where it
    waits until it is clear whose the matter is and what the law allows.

    Needs the labels `in_vain`, and those of `put_off` after it.
    """
    standing = levers.standing
    untouched = standing.pretended(levers.candour.false_closure, standing.false_closure)
    shelved = standing.pretended(levers.clocks.shelved, standing.off_clock, "put_off")
    return (
        Workflow().route(Is("genuine", "==", 0), to="in_vain").route(Is("repeat", "==", 1), to="in_vain")
        .route(Is("grade", "!=", BLUE), to="go").route(Is("emergency", "==", 1), to="go")
        .route(Chance(untouched), to="pretended", luck="false_closure")
        .route(Chance(shelved), to="shelved", luck="shelved")
        .at("go").delay(FromCase("clearance"), interruptible=False)
    )  # fmt: skip


def put_off(levers: Levers) -> Workflow:
    """A unit reports done what it has not touched, until verification or chance finds out; or the case is shelved."""
    found_out = Lognormal(levers.candour.found_out_days * DAY, 0.5)
    caught = levers.candour.caught * levers.verification.share * levers.verification.finds
    return (
        Workflow().at("pretended").count("false_closures").delay(levers.practice.inspection, luck="audit")
        .verify(caught, to="go", luck="caught")
        .delay(found_out, off_clock=True, luck="found_out").go_to("go")
        .at("shelved").count("shelvings").delay(levers.clocks.shelving, off_clock=True, luck="shelving").go_to("go")
    )  # fmt: skip


def in_vain(levers: Levers) -> Workflow:
    """A crew goes out for nothing: a false alarm, or a repeat that nobody recognised."""
    return (
        Workflow().at("in_vain").seize("crew.lead")
        .delay(levers.practice.travel, pace=on_the_road(levers), luck="travel").mark("arrived")
        .release("crew.lead").close()
    )  # fmt: skip
