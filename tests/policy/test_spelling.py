"""Every block, duration, condition and pace is read back as it was written, also in words."""

import pytest

from citysim.policy.blocks import (
    BLOCKS,
    AddTo,
    Always,
    Among,
    Bounce,
    CallIn,
    Chance,
    Close,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Is,
    Leave,
    Mark,
    Merge,
    Practised,
    RaisePriority,
    Release,
    Route,
    Seize,
    Setting,
    SetTo,
    Slower,
    Split,
    Spurred,
    Verify,
    WaitForSlot,
    Watch,
)
from citysim.policy.durations import (
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Drifting,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
)
from citysim.policy.spelling import read_block, write_block

SPELLED = [
    Seize(("desk",)),
    Seize(("a", "b"), units=2, luck="x", name="y"),
    Seize(("desk",), preempt=True, patience=Uniform(1, 2.5), room=3, otherwise="z"),
    Delay(Fixed(ByGrade(1, 2, 3, 4)), interruptible=False, off_clock=True, luck="w"),
    Delay(Exponential(ByKind("work_median", 0.25))),
    Delay(Lognormal(600, ByKind("work_sigma"))),
    Delay(FromCase("length")),
    Release(("a", "b")),
    Route(Is("grade", "<=", 1), "z"),
    Route(Chance(ByGrade(0.1, 0.2, 0.3, 0.4)), "z", luck="c"),
    Route(Always(), "z", name="here"),
    Split(((Delay(Fixed(1)),), (Delay(Fixed(2)), Mark("safe")))),
    ForEach((Delay(Fixed(1)),), parallel=True, name="all"),
    WaitForSlot("meeting"),
    Watch(TimeLimit("close"), (RaisePriority(2),), luck="v"),
    RaisePriority(),
    Mark("filed"),
    Grade(set_priority=False, luck="risk"),
    Bounce(Exponential(60), "z", luck="b"),
    Verify(0.04, "z", luck="v"),
    Delay(Fixed(Drifting(60.0, 6.5, 30, 90.0)), pace=(Setting("travel"),)),
    Delay(Fixed(1), pace=(Slower("waiting:crew.lead@1", 0.1), Practised("tally:joint", 0.3, 50))),
    Delay(Fixed(1), pace=(Spurred("count:notices", 0.5), Spurred("age", 0.5, "tally:tired", 3.5))),
    CallIn("crew.lead@2", 3, Exponential(60), luck="c", name="call"),
    Route(Is("waiting:crew:U_GAS@1", ">=", 3), "z"),
    Route(Is("channel", "==", 2), "z"),
    Route(Is("severity", ">", -1), "z"),
    Route(Among(("gas",)), "z"),
    Route(Among(("gas", "fire")), "z"),
    Route(Chance(Drifting(0.1, -0.01, 30)), "z"),
    Route(Chance(ByName((("CGJ", 0.1), ("gas", 0.5)), 0.25, "difficulty")), "z"),
    Delay(Fixed(ByName((("CGJ", 60.0),), 30.0))),
    Delay(Fixed(ByDistrict((("yuzhong", 60.0),), 30.0, "work_median"))),
    Route(Chance(ByDistrict((("yuzhong", 0.5),), 0.25)), "z"),
    ForEach((Delay(Fixed(BySupport((("ZJW", 60.0),), 30.0, "work_median"))),), parallel=True),
    Mark("safe", last=True),
    Count("notices"),
    AddTo("joint"),
    AddTo("joint", -3),
    SetTo("joint", 0),
    Extend(Lognormal(60, 0.5), luck="e"),
    Grade(rule="storm", error=0.5),
    Merge(),
    Close(name="end"),
    Leave(),
]


@pytest.mark.parametrize("block", SPELLED, ids=lambda block: type(block).__name__)
def test_every_block_survives_the_way_out_and_back(block: object) -> None:
    assert read_block(write_block(block), ()) == block  # type: ignore[arg-type]


def test_every_block_is_spelled() -> None:
    assert set(BLOCKS) <= {type(block) for block in SPELLED}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("grade <= orange", Is("grade", "<=", 1)),
        ("grade <= 1", Is("grade", "<=", 1)),
        ("severity!=red", Is("severity", "!=", 0)),
        ("channel == hotline", Is("channel", "==", 2)),
        ("age > 2 h", Is("age", ">", 7_200)),
        ("age > 90", Is("age", ">", 90)),
        ("count:notices >= 2", Is("count:notices", ">=", 2)),
        ("free:crew.lead@1 == 0", Is("free:crew.lead@1", "==", 0)),
    ],
)
def test_conditions_may_be_written_in_words(text: str, condition: Is) -> None:
    assert read_block({"route": text, "to": "z"}, ()) == Route(condition, "z")


def test_grades_and_channels_are_written_in_words() -> None:
    assert write_block(Route(Is("grade", "<=", 1), "z"))["route"] == "grade <= orange"
    assert write_block(Route(Is("channel", "!=", 2), "z"))["route"] == "channel != hotline"
    assert write_block(Route(Is("grade", "<=", 7), "z"))["route"] == "grade <= 7"
