"""What surrounds a case: tallies, settings, pace, fields, days (law, sections 5, 6 and 9)."""

import numpy as np
import pytest

from citysim.engines.simulate import Engine, start
from citysim.errors import PolicyError
from citysim.policy.blocks import (
    AddTo,
    Among,
    Chance,
    Delay,
    Is,
    Practised,
    Route,
    Setting,
    SetTo,
    Slower,
    Spurred,
)
from citysim.policy.durations import (
    LOGNORMAL,
    UNIFORM,
    Drifting,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
    seconds,
)
from citysim.policy.policy import Policy
from citysim.policy.staffing import Gate, Staffing, Tally
from citysim.policy.workflow import Workflow
from citysim.streams import purpose_code, uniform
from citysim.units import DAY, HOUR
from tests.contract.story import CITY, KEY, TRIANGLE, WORK, Tell, asked, departments, exercises, limited, rows, shifts

PLAIN = Workflow()
JOINT = "tally:joint"


def tally(level: str = "city", memory: int | None = None) -> dict[str, tuple[Tally, ...]]:
    return {"tallies": (Tally("joint", level, memory),)}


# --- tallies ----------------------------------------------------------------------------------------------------------


@exercises(AddTo)
@pytest.mark.parametrize(
    ("memory", "seen"),
    [
        (None, [1, 2, 3, 4, 5]),
        (0, [1, 1, 2, 1, 1]),  # only what was added in this hour
        (1, [1, 2, 3, 3, 2]),
        (2, [1, 2, 3, 4, 4]),
        (100, [1, 2, 3, 4, 5]),
    ],
)
def test_a_tally_remembers_so_many_hours(tell: Tell, memory: int | None, seen: list[int]) -> None:
    times = [3_599, 3_600, 7_199, 7_200, 10_800]  # hours 0, 1, 1, 2, 3
    story = tell(rows(*times), asked(JOINT, PLAIN.add_to("joint")), until=20_000, **tally(memory=memory))
    assert [end - 1 - time for end, time in zip(story.ended, times, strict=True)] == seen


@exercises(AddTo, SetTo)
def test_a_tally_is_what_was_added_since_it_was_last_set_and_that(tell: Tell) -> None:
    flow = (
        PLAIN
        .route(Is("do", "==", 1), to="set").route(Is("do", "==", 2), to="less").add_to("joint", 2).go_to("end")
        .at("set").set_to("joint", 10).go_to("end")
        .at("less").add_to("joint", -3)
        .at("end").mark("filed")
    )  # fmt: skip
    story = tell(rows(0, 10, 20, 4_000, 4_001, do=[0, 1, 2, 0, 1]), asked(JOINT, flow), until=9_000, **tally())
    assert story.ended == [0 + 3, 10 + 11, 20 + 8, 4_000 + 10, 4_001 + 11]


def test_a_tally_may_fall_below_0(tell: Tell) -> None:
    flow = (
        PLAIN.set_to("joint", -5).add_to("joint", 2).route(Is(JOINT, "==", -3), to="end").leave().at("end").mark("safe")
    )
    assert tell(rows(0), asked(JOINT, flow), **tally()).ended == [0]  # 1 + -3 seconds count as 0


@pytest.mark.parametrize(
    ("level", "seen"), [("city", [1, 2, 3, 4]), ("district", [1, 2, 1, 3]), ("street", [1, 1, 1, 2])]
)
def test_a_tally_is_kept_in_each_place_of_its_level(tell: Tell, level: str, seen: list[int]) -> None:
    cases = rows(0, 0, 0, 0, street=[0, 1, 2, 0], **CITY)
    # One instant, one phase: each finds it as the case before has left it.
    assert tell(cases, asked(JOINT, PLAIN.add_to("joint")), **tally(level)).ended == [1 + count for count in seen]


def test_a_tally_can_be_written_in_any_body(tell: Tell) -> None:
    flow = (
        PLAIN
        .watch(Fixed(3), PLAIN.add_to("joint", 5))
        .split(PLAIN.add_to("joint"), PLAIN.delay(Fixed(4)).add_to("joint"))
    )  # fmt: skip
    assert tell(rows(0), asked(JOINT, flow), **tally()).ended == [4 + 1 + 7]


# --- pace -------------------------------------------------------------------------------------------------------------


def paced(tell: Tell, *pace: object, length: float = 10.0, **fields: object) -> int:
    """Seconds that a delay of ten takes at this pace."""
    flow = PLAIN.delay(Fixed(length), pace=tuple(pace)).close()  # type: ignore[arg-type]
    return int(tell(rows(0, **fields), flow).ended[0])


@exercises(Delay)
@pytest.mark.parametrize(("x", "taken"), [(0, 10), (1, 13), (2, 15), (-4, 0), (-5, 0), (-2, 5)])
def test_every_one_more_slows_by_the_same(tell: Tell, x: int, taken: int) -> None:
    assert paced(tell, Slower("x", 0.25), x=x) == taken  # 12.5 is rounded up, below 0 counts as 0


@pytest.mark.parametrize(("x", "taken"), [(0, 10), (-3, 10), (2, 8), (6, 6), (1_000, 5)])
def test_practice_saves_at_most_its_share(tell: Tell, x: int, taken: int) -> None:
    # 1 - 0.5 x / (x + 2): 0.75, 0.625, 0.501; 7.5 and 6.25 are rounded half up
    assert paced(tell, Practised("x", most=0.5, half=2.0), x=x) == taken


@pytest.mark.parametrize(
    ("x", "y", "taken"), [(0, 0, 10), (1, 0, 5), (4, 0, 2), (1, 2, 7), (1, 6, 8), (-1, 0, 10), (1, -2, 5), (-1, -2, 10)]
)
def test_what_spurs_on_wears_off(tell: Tell, x: int, y: int, taken: int) -> None:
    # y = 2: 1 / (1 + 0.5) is 6.67 s; y = 6: 1 / (1 + 0.25); below 0 both count as 0
    assert paced(tell, Spurred("x", 1.0, worn_by="y", half=2.0), x=x, y=y) == taken


def test_what_does_not_wear_off_spurs_on_for_ever(tell: Tell) -> None:
    assert paced(tell, Spurred("x", 0.25), x=4) == 5


def test_factors_multiply_and_only_the_product_is_rounded(tell: Tell) -> None:
    # 6 x 1.25 x 1.25 = 9.375, not 8 x 1.25 = 10; 5 x 0.5 x 1.25 = 3.125, not 3 x 1.25 = 3.75
    assert paced(tell, Slower("x", 0.25), Slower("x", 0.25), x=1, length=6.0) == 9
    assert paced(tell, Practised("x", 0.75, 2.0), Slower("y", 0.25), x=4, y=1, length=5.0) == 3


def test_the_seconds_of_the_draw_are_whole_before_they_are_multiplied(tell: Tell) -> None:
    assert paced(tell, Slower("x", 0.5), x=1, length=2.6) == 5  # 3 x 1.5 = 4.5; 2.6 x 1.5 is 3.9


@pytest.mark.parametrize("factors", [1, 5, 60])
def test_no_pace_makes_a_delay_longer_than_any_horizon(tell: Tell, factors: int) -> None:
    # Five factors of a million on 10^12 seconds are more than an int64 holds, sixty more than a float64 does.
    flow = PLAIN.delay(Fixed(1e12), pace=(Slower("x", 1000.0),) * factors, off_clock=True).close()
    story = tell(rows(0, x=1_000), flow, until=10**12 + 1)
    assert (story.ended, story.column("off_clock")) == ([10**12], [10**12])


def test_a_drawn_time_takes_the_luck_it_would_take_without_a_pace(tell: Tell) -> None:
    flow = (
        PLAIN
        .delay(Lognormal(60.0, 0.5), luck="a").delay(Lognormal(60.0, 0.5), pace=(Slower("x", 1.0),), luck="a")
        .close()
    )  # fmt: skip
    ended = tell(rows(*[0] * 20, x=1), flow).ended
    lengths = [seconds(LOGNORMAL, 60.0, 0.5, uniform(KEY, 100 + row, purpose_code("a"))) for row in range(20)]
    assert ended == [3 * length for length in lengths]


def test_times_from_the_case_and_limits_are_paced_likewise(tell: Tell) -> None:
    pace = (Slower("x", 1.0),)
    flow = PLAIN.delay(WORK, pace=pace).delay(TimeLimit("close"), pace=pace, off_clock=True).close()
    story = tell(rows(0, 0, 0, kind=[0, 1, 2], kinds=limited(7), work=5, x=1, **CITY), flow, until=20 * DAY)
    # No limit: no time. The working clock starts at 8 and limits the second to 8:00:07.
    assert story.column("off_clock") == [14, 2 * (8 * HOUR + 7 - 10), 0]
    assert story.ended == [24, 10 + 2 * (8 * HOUR + 7 - 10), 10]


def test_a_pace_is_what_it_was_when_the_delay_began(tell: Tell) -> None:
    flow = (
        PLAIN
        .route(Is("priority", "==", 0), to="urgent")
        .seize("server").at("work").delay(Fixed(10), pace=(Slower(JOINT, 1.0),)).release("server").close()
        .at("urgent").add_to("joint").seize("server", preempt=True).delay(Fixed(3)).release("server").close()
    )  # fmt: skip
    story = tell(rows(0, 4, 20, priority=[5, 0, 5]), flow, **tally())
    assert story.ended == [13, 7, 40]


def hours(**settings: list[list[float]]) -> dict[str, object]:
    return {"settings": {name: np.array(values) for name, values in settings.items()}, **CITY}


def test_a_setting_is_that_of_the_hour_and_the_district(tell: Tell) -> None:
    travel = [[1.0, 2.0], [1.5, 3.0], [0.5, 4.0]]
    times = [3_599, 3_600, 7_200, 90_000]
    flow = PLAIN.delay(Fixed(10), pace=(Setting("travel"),)).close()
    for street, factors in ((0, [1.0, 1.5, 0.5, 0.5]), (1, [1.0, 1.5, 0.5, 0.5]), (2, [2.0, 3.0, 4.0, 4.0])):
        story = tell(rows(*times, street=street, **hours(travel=travel)), flow, until=100_000)
        assert story.ended == [int(time + 10 * factor) for time, factor in zip(times, factors, strict=True)]


def test_a_setting_of_one_column_is_so_everywhere(tell: Tell) -> None:
    flow = PLAIN.delay(Fixed(10), pace=(Setting("travel"),)).close()
    cases = rows(0, 0, 3_600, street=[0, 2, 2], **hours(travel=[[2.0], [0.0]]))
    assert tell(cases, flow, until=9_000).ended == [20, 20, 3_600]


@pytest.mark.parametrize(("says", "reads"), [(1.7, 1), (2.0, 2), (0.0, 0), (-0.5, -1), (-2.0, -2)])
def test_a_field_rounds_a_setting_down(tell: Tell, says: float, reads: int) -> None:
    flow = PLAIN.route(Is("setting:rain", "==", reads), to="yes").leave().at("yes").close()
    assert tell(rows(0, **hours(rain=[[says]])), flow).column("outcome") == ["closed"]


# --- fields -----------------------------------------------------------------------------------------------------------


@exercises(Route)
@pytest.mark.parametrize(
    ("time", "day", "weekday", "hour", "working"),
    [
        (0, 0, 0, 0, 0),
        (8 * HOUR - 1, 0, 0, 7, 0),
        (8 * HOUR, 0, 0, 8, 1),
        (18 * HOUR - 1, 0, 0, 17, 1),
        (18 * HOUR, 0, 0, 18, 0),
        (5 * DAY + 9 * HOUR, 5, 5, 9, 0),
        (11 * DAY - 1, 10, 3, 23, 0),
        (11 * DAY + 12 * HOUR, 11, 4, 12, 1),
    ],
)
def test_a_case_knows_the_calendar(tell: Tell, time: int, day: int, weekday: int, hour: int, working: int) -> None:
    for field, value in (("day", day), ("weekday", weekday), ("hour", hour), ("working", working)):
        story = tell(rows(time, **CITY), asked(field), until=20 * DAY)
        assert story.ended == [time + 1 + value], field


def test_age_is_the_time_since_the_report(tell: Tell) -> None:
    story = tell(rows(7, occurred=3, work=12), asked("age", PLAIN.delay(WORK)))
    assert story.ended == [7 + 12 + 1 + 12]


def test_a_field_of_the_law_comes_before_a_column_of_its_name(tell: Tell) -> None:
    assert tell(rows(7, age=99, work=2), asked("age", PLAIN.delay(WORK))).ended == [9 + 1 + 2]


def test_repeats_are_counted_as_they_merge(tell: Tell) -> None:
    repeated = (
        PLAIN.route(Is("repeat", "==", 1), to="merge")
        .delay(Fixed(5))
        .go_to("ask")
        .at("merge")
        .merge()
        .at("ask")
        .mark("safe")
    )
    story = tell(rows(0, 2, 3, 6, parent=[-1, 0, 0, 0]), asked("repeats", repeated))
    assert story.ended[0] == 5 + 1 + 2
    assert story.column("repeats")[0] == 3


def test_waiting_is_the_number_in_line(tell: Tell) -> None:
    flow = (
        PLAIN.route(Is("asks", "==", 1), to="ask")
        .seize("server")
        .delay(Fixed(100))
        .release("server")
        .at("ask")
        .mark("safe")
    )
    story = tell(rows(0, 1, 2, 3, 4, asks=[0, 0, 0, 1, 1]), asked("waiting:server", flow))
    assert story.ended[3:] == [3 + 1 + 2, 4 + 1 + 2]


def test_who_asks_in_the_instant_of_joining_finds_those_who_joined_before(tell: Tell) -> None:
    flow = (
        PLAIN.route(Is("asks", "==", 1), to="ask")
        .seize("server")
        .delay(Fixed(9))
        .release("server")
        .at("ask")
        .mark("safe")
    )
    # Dispatch comes last: the requests of this very instant still stand in line, and both servers are free.
    story = tell(rows(3, 3, 3, asks=[0, 0, 1]), asked("waiting:server", flow), Staffing.of(server=2))
    assert story.ended[2] == 3 + 1 + 2
    story = tell(rows(3, 3, 3, asks=[0, 0, 1]), asked("free:server", flow), Staffing.of(server=2))
    assert story.ended[2] == 3 + 1 + 2


def test_free_is_never_below_0(tell: Tell) -> None:
    flow = (
        PLAIN.route(Is("asks", "==", 1), to="ask")
        .seize("server")
        .delay(Fixed(15))
        .release("server")
        .at("ask")
        .mark("safe")
    )
    # Three on duty until 10, then one; two are lent until 15 and 16.
    story = tell(rows(0, 1, 2, 12, 15, asks=[0, 0, 1, 1, 1]), asked("free:server", flow), shifts((0, 3), (10, 1)))
    assert [story.ended[k] for k in (2, 3, 4)] == [2 + 1 + 1, 12 + 1, 15 + 1]


def test_a_role_can_be_asked_for_its_line(tell: Tell) -> None:
    crews = Staffing.of(**{"crew:L": 3, "crew:X": 2, "crew:Y": 1, "crew:Z": 0})
    body = PLAIN.delay(Fixed(1), pace=(Slower("free:crew.support", 1.0),))
    for parallel, ends in ((False, [(1 + 2) + (1 + 1) + (1 + 0)]), (True, [3])):
        cases = rows(0, n_support=3, kinds=departments())
        assert tell(cases, PLAIN.for_each_support(body, parallel=parallel).close(), crews).ended == ends
    assert tell(rows(0, kinds=departments()), asked("free:crew.lead"), crews).ended == [1 + 3]


@pytest.mark.parametrize(
    ("names", "outcomes"),
    [
        (("kind-1",), ["left", "closed", "left"]),
        (("kind-0", "kind-2"), ["closed", "left", "closed"]),
        (("kind-8", "kind-7"), ["left", "left", "left"]),
    ],
)
def test_among_asks_for_the_type(tell: Tell, names: tuple[str, ...], outcomes: list[str]) -> None:
    flow = PLAIN.route(Among(names), to="yes").leave().at("yes").close()
    assert tell(rows(0, 1, 2, kind=[0, 1, 2]), flow).column("outcome") == outcomes


@pytest.mark.parametrize("names", [("leak",), ("gas",), ("leak", "gas")])
def test_among_asks_for_the_group_too(tell: Tell, names: tuple[str, ...]) -> None:
    flow = PLAIN.route(Among(names), to="yes").leave().at("yes").close()
    assert tell(rows(0, kinds=departments()), flow).column("outcome") == ["closed"]


def test_a_drifting_number_is_set_back(tell: Tell) -> None:
    drift = Drifting(start=10.0, per_day=5.0, every_days=4, most=18.0)
    times = [0, DAY, 2 * DAY, 3 * DAY + 5, 4 * DAY, 5 * DAY]
    story = tell(rows(*times), PLAIN.delay(Fixed(drift)).close(), until=9 * DAY)
    assert [end - time for end, time in zip(story.ended, times, strict=True)] == [10, 15, 18, 18, 10, 15]
    falling = Drifting(start=4.0, per_day=-3.0, every_days=9, most=5.0)
    story = tell(rows(*times), PLAIN.delay(Uniform(0.0, falling), luck="u").close(), until=9 * DAY)
    lucks = [uniform(KEY, 100 + row, purpose_code("u")) for row in range(6)]
    tops = [4.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    found = [seconds(UNIFORM, 0.0, top, luck) for top, luck in zip(tops, lucks, strict=True)]
    assert [end - time for end, time in zip(story.ended, times, strict=True)] == found


def test_a_chance_may_drift(tell: Tell) -> None:
    flow = PLAIN.route(Chance(Drifting(0.0, 0.5, 3)), to="yes", luck="coin").leave().at("yes").close()
    times = [0] * 5 + [DAY] * 20 + [2 * DAY] * 5 + [3 * DAY] * 5
    story = tell(rows(*times), flow, until=9 * DAY)
    shares = [0.0] * 5 + [0.5] * 20 + [1.0] * 5 + [0.0] * 5
    coins = [uniform(KEY, 100 + row, purpose_code("coin")) for row in range(35)]
    expected = ["closed" if coin < share else "left" for coin, share in zip(coins, shares, strict=True)]
    assert story.column("outcome") == expected


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        (asked("nowhere"), ("delay/0", "nowhere")),
        (asked("setting:snow"), ("delay/0", "snow")),
        (asked("waiting:fireman"), ("delay/0", "fireman")),
        (asked("free:meeting"), ("delay/0", "meeting")),
        (asked("free:crew.support"), ("delay/0", "for-each")),
        (PLAIN.at("go").delay(WORK, pace=(Setting("snow"),)).close(), ("go", "snow")),
        (PLAIN.at("go").delay(WORK, pace=(Spurred("age", 1.0, worn_by="nowhere"),)).close(), ("go", "nowhere")),
        (PLAIN.at("call").call_in("fireman", 1, WORK).close(), ("call", "fireman")),
        (PLAIN.at("call").call_in("meeting", 1, WORK).close(), ("call", "meeting")),
        (PLAIN.at("ask").route(Among(("leak", "fire")), to="end").at("end").close(), ("ask", "fire")),
        (PLAIN.at("take").seize("crew.lead", "crew:L").release("crew.lead", "crew:L").close(), ("take", "crew:L")),
        (
            PLAIN.at("take").seize("crew:L@1", "crew.lead@2").release("crew:L@1", "crew.lead@2").close(),
            ("take", "crew"),
        ),
        (PLAIN.at("wait").extend(FromCase("nowhere")).close(), ("wait", "nowhere")),
    ],
)
def test_new_names_that_mean_nothing_are_refused_before_the_run(
    engine: Engine, workflow: Workflow, words: tuple[str, ...]
) -> None:
    cases = rows(0, kinds=departments(), places=TRIANGLE, work=1)
    policy = Policy("wrong", workflow, Staffing.of(**{"server": 1, "crew:L": 1}), gates=(Gate("meeting", 0, 10, 1),))
    with pytest.raises(PolicyError) as refusal:
        start(cases, policy, engine)
    assert [word for word in words if word not in str(refusal.value)] == []
