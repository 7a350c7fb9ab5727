"""Who is on duty and which body sits in the one policy and in the other: headcounts by level and shift."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from citysim.policy.staffing import Gate, PoolFamily, Shift, Tally
from citysim.report.quantities import plain, quantity
from citysim.units import DAY, HOUR, MINUTE
from citysim.words import Words

UNITS = {
    "cycle": "seconds", "first": "seconds", "period": "seconds", "since": "seconds", "until": "seconds",
    "unit_cost_per_hour": "yuan an hour", "cost_per_sitting": "yuan", "agenda": "items", "memory_hours": "hours",
}  # fmt: skip


def staffing_differences(before: Sequence[PoolFamily], after: Sequence[PoolFamily], words: Words) -> Iterator[str]:
    """A line for each family of pools that is new, gone, or has other people on duty."""
    left, right = ({family.name: family for family in families} for families in (before, after))
    for name in dict.fromkeys([*left, *right]):
        one, other = left.get(name), right.get(name)
        if one == other:
            continue
        whose = words("diff.whose", name=pool_name(name, words), where=_where(other or one, words))
        if one is None or other is None:
            family = other or one
            people = words(_unit(name), value=_shifts(family.shifts, family.cycle, words))  # type: ignore[union-attr]
            yield words("diff.new_record" if one is None else "diff.gone_record", name=whose, what=people)
        else:
            yield from _changed_family(one, other, whose, words)


def _changed_family(one: PoolFamily, other: PoolFamily, whose: str, words: Words) -> Iterator[str]:
    unit, same_clock = _unit(one.name), one.cycle == other.cycle
    if same_clock and [shift.start for shift in one.shifts] == [shift.start for shift in other.shifts]:
        pairs = zip(one.shifts, other.shifts, strict=True)
        told = [
            _from(old.start, one.cycle, words) + f"{plain(old.headcount)} → {plain(new.headcount)}"
            for old, new in pairs
            if old != new
        ]
        if told:
            yield words("diff.people", name=whose, what=words(unit, value=words("sentence.comma").join(told)))
    elif one.shifts != other.shifts or not same_clock:
        texts = (words(unit, value=_shifts(family.shifts, family.cycle, words)) for family in (one, other))
        yield words("diff.people", name=whose, what=" → ".join(texts))
    yield from _fields(one, other, whose, words)


def record_differences(before: Sequence[Gate | Tally], after: Sequence[Gate | Tally], words: Words) -> Iterator[str]:
    """A line for each sitting, or number that is kept, that is new, gone or otherwise."""
    left, right = ({record.name: record for record in records} for records in (before, after))
    for name in dict.fromkeys([*left, *right]):
        one, other = left.get(name), right.get(name)
        if one is None or other is None:
            record = other or one
            whose = words("diff.whose", name=name, where=_where(record, words))
            what = words("sentence.comma").join(_terms(record, words))
            yield words("diff.new_record" if one is None else "diff.gone_record", name=whose, what=what)
        elif one != other:
            yield from _fields(one, other, words("diff.whose", name=name, where=_where(other, words)), words)


def pool_name(name: str, words: Words) -> str:
    """What people call a family of pools: duty officers, crews of CGJ."""
    kind, _, department = name.partition(":")
    return words("diff.crews", department=department) if department and kind == "crew" else words.name("group", name)


def _fields(one: Any, other: Any, whose: str, words: Words) -> Iterator[str]:
    """The terms of a record that differ, shifts aside."""
    for field in fields(one):
        old, new = getattr(one, field.name), getattr(other, field.name)
        if field.name not in ("shifts", "cycle") and old != new:
            texts = (_term(field.name, value, words) for value in (old, new))
            yield words("diff.term", name=whose, term=words.name("term", field.name), change=" → ".join(texts))


def _terms(record: Any, words: Words) -> Iterator[str]:
    for field in fields(record):
        if field.name not in ("name", "level"):
            value = _term(field.name, getattr(record, field.name), words)
            yield f"{words.name('term', field.name)} {value}"


def _term(name: str, value: Any, words: Words) -> str:
    if UNITS.get(name) == "seconds" and value is not None:
        return _clock(value) if value < DAY and name == "first" else quantity(value / HOUR, "hours", words)
    return words.name("term", value) if isinstance(value, str) else quantity(value, UNITS.get(name, ""), words)


def _where(record: Any, words: Words) -> str:
    where = words(f"diff.every_{record.level}")
    return where + words("diff.per_100k") if getattr(record, "per_100k", False) else where


def _unit(name: str) -> str:
    return "quantity.crews" if name.startswith("crew:") else "quantity.people"


def _shifts(shifts: Sequence[Shift], cycle: int, words: Words) -> str:
    if len(shifts) == 1:
        return plain(shifts[0].headcount)
    told = (_from(shift.start, cycle, words) + plain(shift.headcount) for shift in shifts)
    return words("sentence.comma").join(told)


def _from(start: int, cycle: int, words: Words) -> str:
    """When a shift begins; nothing where it is the only moment that there is."""
    if cycle == DAY:
        return words("diff.from", moment=_clock(start))
    day, second = divmod(start, DAY)
    return words("diff.from", moment=words("diff.day", day=day + 1, clock=_clock(second)))


def _clock(second: int) -> str:
    return f"{second // HOUR}:{second % HOUR // MINUTE:02}"
