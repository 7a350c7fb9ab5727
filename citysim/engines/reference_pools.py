"""The reference engine's pools and gates: lines, lending, and one sweep of dispatch (law, sections 3 and 4)."""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from citysim.engines.ordering import DISPATCH
from citysim.engines.reference_state import Case, Clock, Holding, Lane, Request, order_in_line
from citysim.errors import PolicyError
from citysim.intake import Places
from citysim.log import NO_ROOM, PREEMPTED, RELIEVED, RESUMED
from citysim.units import LEVELS

BY_ORDER: Callable[[Request], tuple[int, ...]] = attrgetter("order")
LetGo = tuple[Lane, int]


@dataclass(slots=True)
class Gauge:
    """A whole number that changes in time, and its integral over seconds since time 0."""

    value: int = 0
    changed: int = 0
    total: int = 0

    def set(self, now: int, value: int) -> None:
        self.total += self.value * (now - self.changed)
        self.changed, self.value = now, value

    def until(self, end: int) -> int:
        return self.total + self.value * (end - self.changed)


@dataclass(eq=False, slots=True)
class Station:
    """A place where requests wait in line: a pool, or a gate (which lends nothing).

    Attributes:
        family, place: its number among families and gates, and that of its place at the level of the family.
        agenda: places at a sitting of a gate, 0 for a pool; places_left of the sitting at the time sat_at.
        offered: places of all sittings of a gate so far.
        served, unserved, lent, capacity, waiting, saturated: as in section 7 of the law; the last two follow the line.
        by_shift: what the shift gives; the capacity has the units called in on top.
    """

    number: int
    family: int
    place: int
    hands_over: bool = False
    agenda: int = 0
    places_left: int = 0
    sat_at: int = -1
    offered: int = 0
    line: list[Request] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    served: int = 0
    unserved: int = 0
    lent: Gauge = field(default_factory=Gauge)
    by_shift: int = 0
    capacity: Gauge = field(default_factory=Gauge)
    waiting: Gauge = field(default_factory=Gauge)
    saturated: Gauge = field(default_factory=Gauge)

    @property
    def free(self) -> int:
        """Units that can be lent; negative while more people finish their job than the shift has."""
        return self.capacity.value - self.lent.value

    def note_line(self, now: int) -> None:
        self.waiting.set(now, len(self.line))
        self.saturated.set(now, 1 if self.line else 0)


class Floor:
    """All pools and gates of one run, in the order of the law, and what moves requests and units between them.

    `note(lane, event)` writes a row; `let_go(lanes)` moves on those that a sweep let go.
    """

    def __init__(self, clock: Clock, note: Callable[[Lane, int], None], let_go: Callable[[list[LetGo]], None]) -> None:
        self.clock = clock
        self.stations: list[Station] = []
        self._note = note
        self._let_go = let_go
        self._touched: set[int] = set()

    def touch(self, station: Station) -> None:
        """Have the station swept in the next dispatch of this instant."""
        if not self._touched:
            self.clock.plan(DISPATCH, 0, self._sweep)
        self._touched.add(station.number)

    def join(self, request: Request) -> None:
        """Stand in every wanted line."""
        if request.lane.request is not None:
            self.clock.bug("a lane waits for two things", request.lane)
        request.lane.request = request
        request.order = order_in_line(request.lane, request.since)
        for _, station in request.wants:
            insort(station.line, request, key=BY_ORDER)
            station.note_line(self.clock.now)
            self.touch(station)

    def leave(self, request: Request) -> None:
        """Leave every wanted line."""
        request.lane.request = None
        for _, station in request.wants:
            station.line.remove(request)
            station.note_line(self.clock.now)
            self.touch(station)

    def give_up(self, request: Request) -> None:
        """Leave every wanted line, and be served in none."""
        for _, station in request.wants:
            station.unserved += 1
        self.leave(request)

    def give_back(self, holding: Holding) -> None:
        pool = holding.pool
        holding.lane.holdings.remove(holding)
        pool.holdings.remove(holding)
        pool.lent.set(self.clock.now, pool.lent.value - holding.units)
        if pool.lent.value < 0:
            self.clock.bug(f"pool {pool.number} has lent {pool.lent.value} units", holding.lane)
        self.touch(pool)

    def set_shift(self, pool: Station, units: int) -> None:
        """From now on the shift gives the pool so many units."""
        self._add_capacity(pool, units - pool.by_shift)
        pool.by_shift = units

    def call_in(self, lane: Lane, pool: Station, units: int) -> None:
        """The pool has more units until they are sent home."""
        lane.called_in = pool, units
        self._add_capacity(pool, units)

    def send_home(self, lane: Lane) -> None:
        """The units that the lane has called in leave the pool, if there are any."""
        if lane.called_in is not None:
            pool, units = lane.called_in
            lane.called_in = None
            self._add_capacity(pool, -units)

    def _add_capacity(self, pool: Station, units: int) -> None:
        pool.capacity.set(self.clock.now, pool.capacity.value + units)
        self.touch(pool)

    def sit(self, gate: Station) -> None:
        """Open the gate: its places last until this instant is over."""
        gate.places_left, gate.sat_at = gate.agenda, self.clock.now
        gate.offered += gate.agenda
        self.touch(gate)

    def _sweep(self) -> None:
        touched, self._touched = sorted(self._touched), set()
        gone: list[LetGo] = []
        for number in touched:
            station = self.stations[number]
            if station.agenda:
                self._pass_gate(station, gone)
                continue
            if station.hands_over:
                self._relieve(station)
            self._serve_line(station, gone)
            self._preempt(station, gone)
            self._clear_room(station, gone)
        self._let_go(gone)

    def _pass_gate(self, gate: Station, gone: list[LetGo]) -> None:
        while gate.sat_at == self.clock.now and gate.places_left > 0 and gate.line:
            gate.places_left -= 1
            gate.served += 1
            first = gate.line[0]
            self.leave(first)
            gone.append((first.lane, first.signal))

    def _relieve(self, pool: Station) -> None:
        while pool.free < 0:
            victim = _last([h for h in pool.holdings if h.lane.is_takeable])
            if victim is None:
                break
            self._take(victim, RELIEVED)

    def _serve_line(self, pool: Station, gone: list[LetGo]) -> None:
        while pool.line and _can_be_served(pool.line[0]):
            self._serve(pool.line[0], gone)

    def _preempt(self, pool: Station, gone: list[LetGo]) -> None:
        while pool.line:
            first = pool.line[0]
            if not first.preempt or _can_be_served(first):
                break
            urgency = first.lane.case.priority
            weaker = [h for h in pool.holdings if h.units == 1 and h.lane.is_takeable]
            victim = _last([h for h in weaker if h.lane.case.priority > urgency])
            if victim is None:
                break
            self._take(victim, PREEMPTED)
            self._serve(first, gone)

    def _clear_room(self, pool: Station, gone: list[LetGo]) -> None:
        while pool.line:
            last = pool.line[-1]
            if last.room is None or len(pool.line) <= last.room:
                break
            self.give_up(last)
            gone.append((last.lane, NO_ROOM))

    def _serve(self, request: Request, gone: list[LetGo]) -> None:
        self.leave(request)
        for name, pool in request.wants:
            holding = Holding(request.lane, name, pool, request.units, request.since)
            request.lane.holdings.append(holding)
            pool.holdings.append(holding)
            pool.served += 1
            pool.lent.set(self.clock.now, pool.lent.value + request.units)
        gone.append((request.lane, request.signal))

    def _take(self, victim: Holding, event: int) -> None:
        """Stop the delay of the lane that holds the units, take them, and send the lane back into this one line."""
        lane = victim.lane
        lane.is_takeable = False
        lane.left = lane.ends_at - self.clock.now
        self.clock.cancel(lane)
        self._note(lane, event)
        self.give_back(victim)
        self.join(Request(lane, ((victim.name, victim.pool),), victim.since, victim.units, signal=RESUMED))


def _can_be_served(request: Request) -> bool:
    return all(pool.line[0] is request and pool.free >= request.units for _, pool in request.wants)


def _last(holdings: list[Holding]) -> Holding | None:
    """The one whose request is last in the order of a line, by its case's present priority; of equals the lent last."""
    return max(reversed(holdings), key=lambda h: order_in_line(h.lane, h.since), default=None)


class Directory:
    """Which station a case means by a name: for each family and gate its level and its stations, place by place."""

    def __init__(self, places: Places) -> None:
        self.families: dict[str, tuple[int, list[Station]]] = {}
        self.gates: dict[str, tuple[int, list[Station]]] = {}
        self._places = places

    def pool(self, name: str, case: Case, turn: int) -> Station:
        """The pool that the case takes at this turn of a for-each: its own, or that of a neighbouring district."""
        family, rank = family_name(name, case.lead, case.supports, turn)
        level, pools = self.families[family]
        place = case.places[level]
        if rank and LEVELS[level] == "district":
            place = self._places.neighbour(place, rank)
        return pools[place]

    def gate(self, name: str, places: tuple[int, ...]) -> Station:
        level, gates = self.gates[name]
        return gates[places[level]]


def family_name(name: str, lead: str | None, supports: tuple[str, ...], turn: int) -> tuple[str, int]:
    """What a pool name means for a case with these departments, at this turn of a for-each.

    Returns:
        The family, and which of the nearest other districts is meant (0 = its own) if it is one of districts.

    Raises:
        PolicyError: the name is a role that the case has nobody for.
    """
    here, _, rank = name.partition("@")
    family, _, role = here.partition(".")
    if role == "lead" and lead is not None:
        family = f"{family}:{lead}"
    elif role == "support" and turn < len(supports):
        family = f"{family}:{supports[turn]}"
    elif role:
        raise PolicyError(f"no {role} department")
    return family, int(rank or 0)
