"""A workflow as text that people read, and as a Mermaid flowchart."""

from citysim.policy.blocks import (
    AddTo,
    Always,
    Among,
    Block,
    Bounce,
    CallIn,
    Chance,
    Close,
    Condition,
    Count,
    Delay,
    Extend,
    ForEach,
    Grade,
    Is,
    Leave,
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
from citysim.policy.workflow import Workflow, bodies
from citysim.units import CHANNELS, GRADES, HOUR, MINUTE

INDENT = "    "


def describe(workflow: Workflow) -> str:
    """The sentence, one block a line; branches are indented, times are in minutes or hours where seconds are many."""
    return "\n".join(_lines(workflow.blocks, ""))


def _lines(body: tuple[Block, ...], margin: str) -> list[str]:
    width = max((len(block.name) + 2 for block in body if block.name), default=0)
    lines = []
    for block in body:
        label = f"{block.name}: " if block.name else ""
        lines.append(f"{margin}{label:{width}}{say(block)}".rstrip())
        inside = bodies(block)
        for number, branch in enumerate(inside):
            deeper = margin + " " * width + INDENT
            if isinstance(block, Split):
                lines.append(f"{deeper}branch {number + 1} of {len(inside)}")
            lines += _lines(branch, deeper + INDENT)
    return lines


def say(block: Block) -> str:
    """One block in words, without its label and without what is inside it."""
    match block:
        case Seize():
            return _say_seize(block)
        case Delay():
            return _say_delay(block)
        case CallIn(pool, units, lasts):
            return f"call in {units} more of {_say_pool(pool)}, for {say_duration(lasts)}"
        case Release(pools):
            return f"release {' and '.join(map(_say_pool, pools))}"
        case Route(when, to):
            return f"go to {to}" if isinstance(when, Always) else f"{say_condition(when)} go to {to}"
        case Split(branches):
            return f"split into {len(branches)} branches, go on when all have ended"
        case ForEach(_, parallel):
            return f"for each support {'all at the same time' if parallel else 'one after the other'}"
        case WaitForSlot(gate):
            return f"wait for a slot of {gate}"
        case Watch(after):
            return f"watch: after {say_duration(after)}, unless the case has ended"
        case Bounce(after, to):
            return f"bounce: after {say_duration(after)} off the clock, go to {to}"
        case Verify(fails, to):
            return f"verify: with chance {say_value(fails)} it fails, go to {to}"
        case Close() | Leave():
            return type(block).__name__.lower()
        case _:
            return _say_note(block)


def _say_note(block: Block) -> str:
    """A block that takes no time and writes something down."""
    match block:
        case RaisePriority(by):
            return f"raise priority by {by}"
        case Mark(milestone, last):
            return f"mark {milestone}" + (" (again each time)" if last else "")
        case Count(counter):
            return f"count one of {counter.replace('_', ' ')}"
        case AddTo(tally, by):
            return f"add {by} to {tally}" if by > 0 else f"take {-by} from {tally}"
        case SetTo(tally, value):
            return f"set {tally} to {value}"
        case Extend(by):
            return f"extend: {say_duration(by)} off the clock"
        case Grade(set_priority, rule, error):
            notes = [f"rule {rule}"] * bool(rule) + [f"error x {error:g}"] * (error != 1)
            return f"grade the risk{_bracket(notes)}" + (" and set the priority" if set_priority else "")
        case _:
            return "merge a repeat into its open original"


def _say_delay(block: Delay) -> str:
    notes = ["off the clock"] * block.off_clock + ["not to be interrupted"] * (not block.interruptible)
    pace = "".join(f", times {say_pace(factor)}" for factor in block.pace)
    return f"delay {say_duration(block.duration)}{pace}{_bracket(notes)}"


def say_pace(pace: Pace) -> str:
    """A factor on a length in words."""
    match pace:
        case Setting(name):
            return name
        case Slower(by, each):
            return f"(1 + {each:g} for each {_say_field(by)})"
        case Practised(by, most, half):
            return f"(1 - up to {most:g} by {_say_field(by)}, half of it at {half:g})"
        case Spurred(by, each, worn_by, half):
            worn = f", half worn off at {half:g} {_say_field(worn_by)}" if worn_by is not None else ""
            return f"1 / (1 + {each:g} for each {_say_field(by)}{worn})"


def _say_pool(name: str) -> str:
    """`crew.lead`, or `crew.lead of the nearest district` for crew.lead@1, `of the 2nd nearest` for @2."""
    pool, at, rank = name.partition("@")
    nth = {"1": "", "2": "2nd ", "3": "3rd "}.get(rank, f"{rank}th ")
    return f"{pool} of the {nth}nearest district" if at else pool


def _say_field(field: str) -> str:
    """A field in words: `waiting for street_seat`, `notices so far`, `rain`."""
    prefix, colon, name = field.partition(":")
    match prefix if colon else "":
        case "waiting":
            return f"waiting for {_say_pool(name)}"
        case "free":
            return f"free {_say_pool(name)}"
        case "count":
            return f"{name.replace('_', ' ')} so far"
        case "tally" | "setting":
            return name
        case _:
            return field


def _say_seize(block: Seize) -> str:
    what = " and ".join(map(_say_pool, block.pools)) + (" at once" if len(block.pools) > 1 else "")
    notes = [f"{block.units} units"] * (block.units > 1) + ["pre-empting"] * block.preempt
    if block.patience is not None:
        notes.append(f"patience {say_duration(block.patience)}")
    if block.room is not None:
        notes.append(f"room to wait for {block.room}")
    if block.otherwise is not None:
        notes.append(f"else go to {block.otherwise}")
    return f"seize {what}{_bracket(notes)}"


def _bracket(notes: list[str]) -> str:
    return f" ({', '.join(notes)})" if notes else ""


def say_condition(when: Condition) -> str:
    """A condition as the beginning of a clause."""
    match when:
        case Chance(share):
            return f"with chance {say_value(share)}"
        case Is():
            return f"if {_say_comparison(when)}"
        case Among(names):
            return f"if the type is among {', '.join(names)}"
        case _:
            return "always"


_WORSE = {"<=": "is {} or worse", "<": "is worse than {}", ">=": "is {} or milder", ">": "is milder than {}"}


def _say_comparison(when: Is) -> str:
    """`grade is orange or worse`, `channel is not hotline`, `not genuine`, `n_support == 0`."""
    names = {"grade": GRADES, "severity": GRADES, "channel": CHANNELS}.get(when.field, ())
    equal = {"==": "is {}", "!=": "is not {}"}
    if 0 <= when.value < len(names):
        words = equal | (_WORSE if names is GRADES else {})
        if when.operator in words:
            return f"{when.field} {words[when.operator].format(names[when.value])}"
    if (
        when.field in ("genuine", "repeat", "emergency", "bred", "working")
        and when.operator in equal
        and when.value in (0, 1)
    ):
        return when.field if (when.operator == "==") == (when.value == 1) else f"not {when.field}"
    if when.field == "age":
        return f"age {when.operator} {say_time(when.value)}"
    return f"{_say_field(when.field)} {when.operator} {when.value}"


def say_duration(duration: Duration) -> str:
    """A duration in words."""
    match duration:
        case Fixed(length):
            return say_value(length, is_time=True)
        case Exponential(mean):
            return f"exponential, mean {say_value(mean, is_time=True)}"
        case Lognormal(median, sigma):
            return f"lognormal, median {say_value(median, is_time=True)}, sigma {say_value(sigma)}"
        case Uniform(low, high):
            return f"uniform, {say_value(low, is_time=True)} to {say_value(high, is_time=True)}"
        case FromCase(column):
            return f"the case's {column}"
        case TimeLimit(which):
            return f"the {which.replace('_', '-')} limit of the type"


def say_value(value: Value, *, is_time: bool = False) -> str:
    """A number in words; a factor on a type's column is a time where it is too large for a mere factor."""
    match value:
        case ByGrade():
            words = [f"{grade} {say_value(value.at(i), is_time=is_time)}" for i, grade in enumerate(GRADES)]
            return f"({', '.join(words)})"
        case ByKind(column, times):
            if times == 1:
                return column
            return f"{say_value(times, is_time=is_time and times >= MINUTE)} x {column}"
        case (
            ByName(numbers, otherwise, column)
            | ByDistrict(numbers, otherwise, column)
            | BySupport(numbers, otherwise, column)
        ):
            words = [f"{name} {say_value(number, is_time=is_time)}" for name, number in numbers]
            words.append(f"others {say_value(otherwise, is_time=is_time)}")
            return f"({', '.join(words)})" + (f" x {column}" if column else "")
        case Drifting(start, per_day, every_days, most):
            first, last = (say_value(number, is_time=is_time) for number in (start, most))
            change = f"{'+' if per_day >= 0 else '-'} {say_value(abs(per_day), is_time=is_time)}"
            return f"{first} {change} a day, anew every {every_days} days, at most {last}"
        case _:
            return say_time(value) if is_time else f"{value:g}"


def say_time(seconds: float) -> str:
    """Seconds below two minutes, minutes below an hour, else hours."""
    if seconds < 2 * MINUTE:
        return f"{seconds:g} s"
    return f"{seconds / MINUTE:g} min" if seconds < HOUR else f"{seconds / HOUR:g} h"


def diagram(workflow: Workflow) -> str:
    """The sentence as a Mermaid flowchart (text); jumps are labelled arrows, branches are boxes."""
    drawing = _Drawing()
    drawing.body(workflow.blocks, [])
    return "\n".join(["flowchart TD", *drawing.lines])


class _Drawing:
    """Collects the lines of a flowchart; nodes are numbered in reading order, as in the log."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def body(self, body: tuple[Block, ...], sources: list[str]) -> list[str]:
        """Draw a body that `sources` lead into; returns the nodes that run off its end."""
        numbers: list[str] = []
        jumps: list[tuple[str, str, str]] = []
        for block in body:
            node = f"b{self.count}"
            self.count += 1
            numbers.append(node)
            self.lines.append(f"{INDENT}{node}{_shape(block)}")
            self.lines += [f"{INDENT}{source} --> {node}" for source in sources]
            sources = self.inside(block, node)
            if (jump := _jump(block)) is not None:
                jumps.append((node, *jump))
            if isinstance(block, Close | Leave | Bounce) or (
                isinstance(block, Route) and isinstance(block.when, Always)
            ):
                sources = []
        target = {block.name: node for block, node in zip(body, numbers, strict=True) if block.name}
        self.lines += [f"{INDENT}{node} -->|{_quoted(text)}| {target[to]}" for node, text, to in jumps]
        return sources

    def inside(self, block: Block, node: str) -> list[str]:
        """Draw what is inside a block; returns the nodes from which the sentence goes on."""
        ends: list[str] = []
        inside = bodies(block)
        for number, branch in enumerate(inside):
            title = f"branch {number + 1}" if isinstance(block, Split) else type(block).__name__.lower()
            self.lines.append(f"{INDENT}subgraph {node}_{number} [{_quoted(title)}]")
            ends += self.body(branch, [node])
            self.lines.append(f"{INDENT}end")
        return ends if isinstance(block, Split | ForEach) else [node]


def _jump(block: Block) -> tuple[str, str] | None:
    """(words on the arrow, label it leads to) of a block that may jump."""
    match block:
        case Route(when, to):
            return say_condition(when), to
        case Bounce(_, to):
            return "returned", to
        case Verify(_, to):
            return "fails", to
        case Seize() if block.otherwise is not None:
            return "unserved", block.otherwise
        case _:
            return None


def _shape(block: Block) -> str:
    """The node of a block: rounded where a case ends, a rhombus where ways part."""
    text = _quoted((f"{block.name}: " if block.name else "") + say(block))
    if isinstance(block, Close | Leave):
        return f"([{text}])"
    return f"{{{text}}}" if isinstance(block, Route | Verify) and _jump(block) else f"[{text}]"


def _quoted(text: str) -> str:
    for sign, entity in (('"', "#quot;"), ("<=", "≤"), (">=", "≥"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, entity)
    return f'"{text}"'
