"""Blocks of a workflow in the words of `citysim show`, in the reader's language; English is that of policy/describe."""

from collections.abc import Iterator, Sequence

from citysim.policy.blocks import (
    AddTo,
    Always,
    Among,
    Block,
    Bounce,
    CallIn,
    Chance,
    Condition,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Is,
    Mark,
    Pace,
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
    Duration,
    Exponential,
    Fixed,
    FromCase,
    Lognormal,
    TimeLimit,
    Uniform,
    Value,
)
from citysim.policy.workflow import bodies
from citysim.units import CHANNELS, GRADES, HOUR, MINUTE
from citysim.words import Words

INDENT = "    "
FLAGS = ("genuine", "repeat", "emergency", "bred", "working")
"""Fields that are yes or no."""
WORSE = {"==": "is", "!=": "is_not", "<=": "or_worse", "<": "worse_than", ">=": "or_milder", ">": "milder_than"}


def sentence_lines(body: Sequence[Block], words: Words, margin: str = "") -> Iterator[str]:
    """A body and what is inside it, one block a line, with labels."""
    for block in body:
        yield f"{margin}{block.name}: {say(block, words)}" if block.name else f"{margin}{say(block, words)}"
        inside = bodies(block)
        for number, branch in enumerate(inside, 1):
            if isinstance(block, Split):
                yield margin + INDENT + words("sentence.branch", number=number, count=len(inside))
            yield from sentence_lines(branch, words, margin + INDENT * (2 if isinstance(block, Split) else 1))


def say(block: Block, words: Words) -> str:
    """One block, without its label and without what is inside it."""

    def it(key: str, **values: object) -> str:
        return words(f"sentence.{key}", **values)

    match block:
        case Seize():
            return _say_seize(block, words)
        case Delay():
            notes = ["off_clock"] * block.off_clock + ["uninterruptible"] * (not block.interruptible)
            pace = "".join(it("pace", factor=say_pace(factor, words)) for factor in block.pace)
            time = say_duration(block.duration, words)
            return it("delay", time=time, pace=pace, notes=_bracket([it(note) for note in notes], words))
        case CallIn(pool, units, lasts):
            return it("call_in", count=units, pool=_say_pool(pool, words), time=say_duration(lasts, words))
        case Release(pools):
            return it("release", pools=it("and").join(_say_pool(pool, words) for pool in pools))
        case Route(when, to):
            return it("go_to", to=to) if isinstance(when, Always) else it("route", when=say_when(when, words), to=to)
        case Split(branches):
            return it("split", count=len(branches))
        case ForEach(_, parallel):
            return it("each_together" if parallel else "each_in_turn")
        case WaitForSlot(gate):
            return it("wait_for_slot", gate=gate)
        case Watch(after):
            return it("watch", time=say_duration(after, words))
        case Bounce(after, to):
            return it("bounce", time=say_duration(after, words), to=to)
        case Verify(fails, to):
            return it("verify", share=say_value(fails, words), to=to)
        case _:
            return _say_note(block, words)


def _say_note(block: Block, words: Words) -> str:
    """A block that takes no time and writes something down, or ends the case."""

    def it(key: str, **values: object) -> str:
        return words(f"sentence.{key}", **values)

    match block:
        case RaisePriority(by):
            return it("raise_priority", by=by)
        case Mark(milestone, last):
            return it("mark_again" if last else "mark", milestone=milestone)
        case Count(counter):
            return it("count", counter=counter.replace("_", " "))
        case AddTo(tally, by):
            return it("add" if by > 0 else "take", by=abs(by), tally=tally)
        case SetTo(tally, value):
            return it("set", tally=tally, value=value)
        case Extend(by):
            return it("extend", time=say_duration(by, words))
        case Grade(set_priority, rule, error):
            notes = [it("rule", rule=rule)] * bool(rule) + [it("error", factor=f"{error:g}")] * (error != 1)
            return it("grade_priority" if set_priority else "grade", notes=_bracket(notes, words))
        case _:
            return it(type(block).__name__.lower())


def _say_seize(block: Seize, words: Words) -> str:
    def it(key: str, **values: object) -> str:
        return words(f"sentence.{key}", **values)

    what = it("and").join(_say_pool(pool, words) for pool in block.pools)
    what = it("at_once", pools=what) if len(block.pools) > 1 else what
    notes = [it("units", count=block.units)] * (block.units > 1) + [it("preempting")] * block.preempt
    if block.patience is not None:
        notes.append(it("patience", time=say_duration(block.patience, words)))
    if block.room is not None:
        notes.append(it("room", count=block.room))
    if block.otherwise is not None:
        notes.append(it("otherwise", to=block.otherwise))
    return it("seize", pools=what, notes=_bracket(notes, words))


def _bracket(notes: list[str], words: Words) -> str:
    return words("sentence.bracket", notes=words("sentence.comma").join(notes)) if notes else ""


def say_pace(pace: Pace, words: Words) -> str:
    """A factor on a length."""

    def field(name: str) -> str:
        return _say_field(name, words)

    match pace:
        case Setting(name):
            return name
        case Slower(by, each):
            return words("sentence.slower", each=f"{each:g}", field=field(by))
        case Practised(by, most, half):
            return words("sentence.practised", most=f"{most:g}", field=field(by), half=f"{half:g}")
        case Spurred(by, each, worn_by, half):
            worn = "" if worn_by is None else words("sentence.worn", half=f"{half:g}", field=field(worn_by))
            return words("sentence.spurred", each=f"{each:g}", field=field(by), worn=worn)


def _say_pool(name: str, words: Words) -> str:
    pool, at, rank = name.partition("@")
    nth = {"2": "2nd", "3": "3rd"}.get(rank, f"{rank}th")
    key = "" if not at else "sentence.nearest" if rank == "1" else "sentence.nth_nearest"
    return words(key, pool=pool, nth=nth if words.language == "en" else rank) if key else pool


def _say_field(field: str, words: Words) -> str:
    prefix, colon, name = field.partition(":")
    match prefix if colon else "":
        case "waiting" | "free":
            return words(f"sentence.{prefix}", pool=_say_pool(name, words))
        case "count":
            return words("sentence.so_far", name=name.replace("_", " "))
        case "tally" | "setting":
            return name
        case _:
            return field


def say_when(when: Condition, words: Words) -> str:
    """A condition as the beginning of a clause."""
    match when:
        case Chance(share):
            return words("sentence.chance", share=say_value(share, words))
        case Is():
            return words("sentence.if", what=_say_comparison(when, words))
        case Among(names):
            return words("sentence.among", names=words("sentence.comma").join(names))
        case _:
            return words("sentence.always")


def _say_comparison(when: Is, words: Words) -> str:
    names = {"grade": GRADES, "severity": GRADES, "channel": CHANNELS}.get(when.field, ())
    if 0 <= when.value < len(names) and (names is GRADES or when.operator in ("==", "!=")):
        value = words.name("group", names[when.value])
        return words(f"sentence.{WORSE[when.operator]}", field=when.field, value=value)
    if when.field in FLAGS and when.operator in ("==", "!=") and when.value in (0, 1):
        is_so = (when.operator == "==") == (when.value == 1)
        return when.field if is_so else words("sentence.not", field=when.field)
    value = say_time(when.value, words) if when.field == "age" else str(when.value)
    return f"{_say_field(when.field, words)} {when.operator} {value}"


def say_duration(duration: Duration, words: Words) -> str:
    """A duration."""

    def time(value: Value) -> str:
        return say_value(value, words, is_time=True)

    match duration:
        case Fixed(length):
            return time(length)
        case Exponential(mean):
            return words("sentence.exponential", mean=time(mean))
        case Lognormal(median, sigma):
            return words("sentence.lognormal", median=time(median), sigma=say_value(sigma, words))
        case Uniform(low, high):
            return words("sentence.uniform", low=time(low), high=time(high))
        case FromCase(column):
            return words("sentence.from_case", column=column)
        case TimeLimit(which):
            return words("sentence.time_limit", which=which.replace("_", "-"))


def say_value(value: Value, words: Words, *, is_time: bool = False) -> str:
    """A number; a factor on a type's column is a time where it is too large for a mere factor."""

    def one(number: float) -> str:
        return say_value(number, words, is_time=is_time)

    match value:
        case ByGrade():
            said = [f"{words.name('group', grade)} {one(value.at(i))}" for i, grade in enumerate(GRADES)]
            return f"({words('sentence.comma').join(said)})"
        case ByKind(column, times):
            factor = say_value(times, words, is_time=is_time and times >= MINUTE)
            return column if times == 1 else f"{factor} x {column}"
        case (
            ByName(numbers, otherwise, column)
            | ByDistrict(numbers, otherwise, column)
            | BySupport(numbers, otherwise, column)
        ):
            said = [f"{name} {one(number)}" for name, number in numbers]
            said.append(words("sentence.others", value=one(otherwise)))
            return f"({words('sentence.comma').join(said)})" + (f" x {column}" if column else "")
        case Drifting(start, per_day, every_days, most):
            change = f"{'+' if per_day >= 0 else '-'} {one(abs(per_day))}"
            return words("sentence.drifting", first=one(start), change=change, days=every_days, most=one(most))
        case _:
            return say_time(value, words) if is_time else f"{value:g}"


def say_time(seconds: float, words: Words) -> str:
    """Seconds below two minutes, minutes below an hour, else hours."""
    if seconds < 2 * MINUTE:
        return words("sentence.seconds", count=f"{seconds:g}")
    if seconds < HOUR:
        return words("sentence.minutes", count=f"{seconds / MINUTE:g}")
    return words("sentence.hours", count=f"{seconds / HOUR:g}")
