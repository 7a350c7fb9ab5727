"""Which pools each event of a case has to do with: those in whose line it stands, and those whose units it holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from citysim.exchange.names import ALONE, IN_PARALLEL, IN_TURN, Names, Spot
from citysim.exchange.trail import Moment, Trails
from citysim.log import CANCELLED, DONE, STARTED, Log
from citysim.units import LEVELS

Pools = tuple[str, ...]
Find = Callable[[str, int | None], str]
"""The pool that a name of the workflow means for a case, with the turn of the enclosing for-each if it is known; ""
if it cannot be told."""


@dataclass
class _Hands:
    """What the lanes of a case hold while its story is told: (name in the workflow, pool)."""

    held: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    turn: dict[int, int] = field(default_factory=dict)


def pools_of(trails: Trails, moments: list[Moment], spots: tuple[Spot, ...], find: Find) -> list[Pools]:
    """The pools of each moment of one case.

    Of a seize or a wait for a slot: those it asks for. Of a release: those given back. Of all else: those whose units
    the lane holds. A pool that cannot be told is left out.
    """
    hands = _Hands()
    found = []
    for _, row, begins in moments:
        lane, spot, event = trails.lane[row], spots[trails.block[row]], trails.event[row]
        if event == STARTED:
            hands.held[lane] = []
        if begins or event != DONE:
            asked = bool(spot.pools) and spot.verb != "release"
            pools = _asked(hands, spot, lane, find) if asked else hands.held.get(lane, [])
        else:
            pools = _left(hands, spot, lane, find)
        found.append(tuple(dict.fromkeys(pool for _, pool in pools if pool)))
        if event == CANCELLED and not begins:
            hands.held.pop(lane, None)
    return found


def finder(log: Log, names: Names) -> Callable[[int, int, int], Find]:
    """For a case of a kind, street and district (numbers): the way from names to pools."""
    level_of = dict(zip(log.families, log.levels, strict=True))
    kinds, supports = log.kinds, log.kinds.supports.tolist()
    known: dict[tuple[int, int, int], Find] = {}

    def make(kind: int, street: int, district: int) -> Find:
        def find(name: str, turn: int | None) -> str:
            family, _, rank = name.partition("@")
            base, dot, role = family.partition(".")
            if dot and role in ("lead", "support"):
                department = _department(int(kinds.lead[kind]) if role == "lead" else _nth(supports[kind], turn))
                family = f"{base}:{department}" if department else ""
            level = level_of.get(family)
            if level is None:
                return ""
            near = names.neighbours[district] if rank and level != LEVELS[2] else ()
            there = near[int(rank) - 1] if rank and int(rank) <= len(near) else district
            place = {LEVELS[0]: LEVELS[0], LEVELS[1]: log.district_ids[there], LEVELS[2]: street_name(names, street)}
            return f"{family}/{place[level]}"

        return cache(find)

    def _department(number: int) -> str:
        return kinds.departments[number] if number >= 0 else ""

    def once(kind: int, street: int, district: int) -> Find:
        key = kind, street, district
        if key not in known:
            known[key] = make(*key)
        return known[key]

    return once


def street_name(names: Names, street: int) -> str:
    """Its id, or its number where streets have no names."""
    return names.streets[street] if names.streets else str(street)


def _nth(supports: list[int], turn: int | None) -> int:
    return supports[turn] if turn is not None and turn < len(supports) else -1


def _turn(hands: _Hands, spot: Spot, lane: int) -> int | None:
    if spot.turns == ALONE or not spot.knows_turn:
        return None
    return lane - spot.lane if spot.turns == IN_PARALLEL else hands.turn.get(lane, 0)


def _asked(hands: _Hands, spot: Spot, lane: int, find: Find) -> list[tuple[str, str]]:
    turn = _turn(hands, spot, lane)
    return [(name, find(name, turn)) for name in spot.pools]


def _left(hands: _Hands, spot: Spot, lane: int, find: Find) -> list[tuple[str, str]]:
    """The lane leaves the block: units come and go."""
    held = hands.held.setdefault(lane, [])
    if spot.verb == "seize":
        pools = _asked(hands, spot, lane, find)
        held += pools
    elif spot.verb == "release":
        pools = _given_back(held, _asked(hands, spot, lane, find), outside=spot.turns == ALONE)
        hands.held[lane] = [unit for unit in held if unit not in pools]
    elif spot.pools:
        pools = _asked(hands, spot, lane, find)
    else:
        for inner in spot.inner:  # what a branch still holds at its end passes to the lane that started it
            held += hands.held.pop(inner, [])
        pools = list(held)
    if spot.verb == "foreach":
        hands.turn[lane] = 0
    elif spot.turns == IN_TURN and spot.ends_turn:
        hands.turn[lane] = hands.turn.get(lane, 0) + 1
    return pools


def _given_back(held: list[tuple[str, str]], asked: list[tuple[str, str]], *, outside: bool) -> list[tuple[str, str]]:
    """Outside a for-each a release goes by the name and so gives back those of all turns (law, section 5)."""
    names = {name for name, _ in asked}
    return [unit for unit in held if (unit[0] in names if outside else unit in asked)]
