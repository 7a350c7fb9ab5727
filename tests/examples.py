"""The gallery: small policies that together use every block, run by tests on the toy city. Add one with a new block."""

from citysim.policy.blocks import Among, Chance, Is, Practised, Slower, Spurred
from citysim.policy.catalog import CATALOG, load_policy
from citysim.policy.crews import default_staffing
from citysim.policy.designs.everyday import People
from citysim.policy.durations import ByGrade, ByKind, Drifting, Exponential, Fixed, Lognormal, TimeLimit, Uniform
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, PoolFamily, Shift, Tally
from citysim.policy.workflow import Workflow
from citysim.units import DAY, HOUR, MINUTE

WORK = Lognormal(ByKind("work_median"), ByKind("work_sigma"))
TRAVEL = Lognormal(20 * MINUTE, 0.5)


def _policy(
    name: str, workflow: Workflow, *gates: Gate, further: tuple[PoolFamily, ...] = (), tallies: tuple[Tally, ...] = ()
) -> Policy:
    return Policy(name, workflow, default_staffing(People(), *further), gates=gates, tallies=tallies)


def _worked() -> Workflow:
    """The lead crew comes, works and leaves."""
    return Workflow().seize("crew.lead").delay(TRAVEL, luck="travel").delay(WORK, luck="work").release("crew.lead")


EXAMPLES: tuple[Policy, ...] = (
    *(load_policy(name).ungoverned for name in CATALOG),
    _policy(
        "impatient_callers",  # seize with patience and room, merge, leave
        Workflow()
        .seize("hotline_seat", patience=Exponential(30), room=2, otherwise="gone")
        .delay(Fixed(10 * MINUTE)).release("hotline_seat").merge().mark("filed").close()
        .at("gone").leave(),
    ),
    _policy(
        "urgent_first",  # grade, pre-emption, route
        Workflow()
        .grade().mark("graded").route(Is("grade", "<=", 2), to="now")
        .seize("crew.lead").go_to("work")
        .at("now").seize("crew.lead", preempt=True)
        .at("work").delay(WORK).release("crew.lead").mark("fixed").close(),
    ),
    _policy(
        "one_after_the_other",  # a sequential for-each
        Workflow()
        .for_each_support(
            Workflow().delay(Exponential(HOUR)).seize("crew.support").delay(WORK).release("crew.support"),
            parallel=False,
        )
        .mark("assembled").close(),
    ),
    _policy(
        "all_together",  # split, a parallel for-each, holdings that pass to the case
        Workflow()
        .split(
            Workflow().seize("crew.lead").delay(TRAVEL).mark("arrived"),
            Workflow().for_each_support(Workflow().seize("crew.support").delay(TRAVEL), parallel=True),
        )
        .delay(WORK).release("crew.lead", "crew.support").mark("fixed").close(),
    ),
    _policy(
        "returned_and_redone",  # bounce, verify
        Workflow()
        .at("order").route(Chance(ByKind("difficulty", 0.3)), to="returned")
        .at("work").seize("crew.lead").delay(WORK, luck="work").release("crew.lead")
        .verify(ByGrade(0.1, 0.1, 0.1, 0.2), to="work").close()
        .at("returned").bounce(Exponential(2 * HOUR), to="order"),
    ),
    _policy(
        "supervised",  # watches, one on a deadline; raising the priority
        Workflow()
        .watch(TimeLimit("close"), Workflow().raise_priority(2))
        .watch(Uniform(HOUR, 4 * HOUR), Workflow().seize("district_seat").delay(Fixed(600)).release("district_seat"))
        .seize("crew.lead").delay(WORK).release("crew.lead").close(),
    ),
    _policy(
        "daily_meeting",  # a gate with an agenda
        Workflow()
        .route(Is("n_support", "==", 0), to="work").wait_for_slot("meeting")
        .at("work").seize("crew.lead").delay(WORK).release("crew.lead").close(),
        Gate("meeting", 9 * HOUR, DAY, agenda=5, level="district"),
    ),
    _policy(
        "two_desks_at_once",  # all or nothing, several units, uninterruptible and off the clock
        Workflow()
        .seize("street_seat", "district_seat", units=2)
        .delay(Exponential(20 * MINUTE), interruptible=False, off_clock=True)
        .release("street_seat", "district_seat").close(),
    ),
    _policy(
        "help_from_next_door",  # the nearest districts' crews, people called in where nobody is free
        Workflow()
        .route(Is("free:crew.lead", ">", 0), to="own").route(Is("free:crew.lead@1", ">", 0), to="next_door")
        .watch(Fixed(HOUR), Workflow().call_in("crew.lead", 2, Fixed(8 * HOUR)).count("callouts"))
        .at("own").seize("crew.lead").delay(WORK).release("crew.lead").close()
        .at("next_door").seize("crew.lead@1").delay(TRAVEL).delay(WORK).release("crew.lead@1").close(),
    ),
    _policy(
        "practice_and_routine",  # tallies with and without memory, paces, counters
        Workflow()
        .add_to("joint").add_to("recent")
        .route(Is("tally:recent", ">=", 3), to="tired").go_to("work")
        .at("tired").count("conflicts").set_to("joint", 0)
        .at("work").seize("crew.lead")
        .delay(TRAVEL, pace=(Slower("tally:recent", 0.01),))
        .delay(WORK, pace=(Practised("tally:joint", most=0.3, half=50), Spurred("count:notices", 0.5, "repeats")))
        .release("crew.lead").mark("fixed", last=True).close(),
        tallies=(Tally("joint"), Tally("recent", "city", memory_hours=2)),
    ),
    _policy(
        "new_evidence",  # grading again on a watch, by an expert panel; extensions; a model that is trained again
        Workflow()
        .grade().watch(Exponential(HOUR), Workflow().grade(error=0.5))
        .route(Among(("gas", "fire")), to="work").route(Chance(Drifting(0.1, 0.02, 30)), to="late").go_to("work")
        .at("late").extend(Fixed(DAY))
        .at("work").seize("crew.lead").delay(WORK, luck="work").release("crew.lead").close(),
    ),
    _policy(
        "for_a_season",  # a family that exists for some days only
        Workflow()
        .route(Is("day", ">=", 3), to="after").seize("flood_post", patience=Fixed(HOUR), otherwise="after")
        .delay(Fixed(20 * MINUTE)).release("flood_post")
        .at("after").route(Is("working", "==", 1), to="work").delay(Exponential(HOUR))
        .at("work").seize("crew.lead").delay(WORK).release("crew.lead").close(),
        further=(PoolFamily("flood_post", "district", (Shift(0, 1),), since=DAY, until=3 * DAY),),
    ),
    _policy("plain_work", _worked().close()),
)  # fmt: skip
