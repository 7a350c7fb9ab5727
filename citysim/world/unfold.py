"""A world drawn stretch by stretch: the same incidents as when it is drawn at once, in memory that does not grow.

What a stretch breeds for later (aftershocks, escalations, recurrences) waits until its time has come. All luck is keyed
by the incident and the processes of first incidents go on from the sums they have reached, so the cuts leave no trace.
"""

from dataclasses import dataclass, replace

import numpy as np

from citysim.errors import ScenarioError, whole_number
from citysim.intake import Signals
from citysim.streams import STEP, uniforms
from citysim.units import HOUR, IntArray
from citysim.world.cascades import arrows_of, children_of, signals_of, worsening
from citysim.world.clusters import aftershocks_of, first_profile, share_come_back, shocks_of
from citysim.world.demand import hourly_multiplier, hours_of
from citysim.world.incidents import COLUMNS, ESCALATION, FIRST, Incidents
from citysim.world.onset import ONSET, Pieces, cumulative_intensity, invert
from citysim.world.sample import World, ageing, empty_world, in_order, rates_per_hour, street_streams
from citysim.world.scenario import Scenario
from citysim.world.traits import Rows, joined, selected, traits_of, with_traits

BREEDING = {name: COLUMNS[name] for name in ("occurred", "kind", "street", "luck", "parent", "generation", "link")}
"""Columns of rows that have no traits yet."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """What happens from `begin` until `end` (seconds).

    Args:
        world: its incidents are those of the stretch, and their parents numbers counted over all stretches; its signals
            are those of these incidents, also the later ones, and their causes such numbers.
        first: number of its first incident.
        breeding: numbers of all incidents, of this stretch or before, that have children in later stretches; sorted.
    """

    world: World
    begin: int
    end: int
    first: int
    breeding: IntArray


class Unfolding:
    """A world on its way: `next(end)` draws what happens from where it has come until `end`.

    Raises:
        InputError: as `sample_world`.
    """

    def __init__(self, scenario: Scenario, *, seed: int, replication: int, weeks: int | None = None) -> None:
        world = self._world = empty_world(scenario, seed=seed, replication=replication, weeks=weeks)
        self.now, self._drawn = 0, 0
        self._arrows, self._shocks = arrows_of(scenario.kinds, scenario.cascades), shocks_of(scenario.kinds)
        self._traits = traits_of(scenario, world.key)
        hours = hours_of(scenario.almanac, world.weather)
        back = share_come_back(scenario.cascades, len(hours.hour))
        self._cumulative = [
            (k, where, cumulative_intensity(profile))
            for k, kind in enumerate(scenario.kinds)
            for where, profile in ageing(
                scenario,
                kind,
                hourly_multiplier(kind.patterns, hours, scenario.climate, scenario.almanac)
                * first_profile(kind, scenario.cascades, back),
            )
        ]
        self._streams = street_streams(scenario)
        self._per_hour = np.array([rates_per_hour(scenario, kind) for kind in scenario.kinds])
        flat = self._streams.ravel()
        self._processes = Pieces(len(flat), lambda at, k: uniforms(world.key, flat[at], ONSET, k))
        nothing: Rows = {name: np.empty(0, dtype) for name, dtype in BREEDING.items()}
        self._shocks_to_come = nothing | {"elder": np.empty(0, np.int64)}
        bred = with_traits({name: nothing[name] for name in BREEDING}, self._traits)
        self._children_to_come = bred | {"worsens": np.empty(0, np.int64), "elder": np.empty(0, np.int64)}

    @property
    def world(self) -> World:
        """What holds for the whole time: scenario, key, horizon, weather, settings; without incidents."""
        return self._world

    def next(self, end: int) -> Stretch:
        """Draw until `end`, a whole hour after where it has come; more than the horizon counts as the horizon."""
        begin = self.now
        end = min(whole_number("end", end, begin + 1, 2**62, ScenarioError), self._world.horizon)
        if end % HOUR:
            raise ScenarioError(f"end = {end}, must be a whole hour")
        scenario, key = self._world.scenario, self._world.key
        exogenous = with_traits(self._with_aftershocks(self._first_incidents(end), end), self._traits)
        exogenous["worsens"] = worsening(key, exogenous, self._arrows, scenario.cascades)
        rows = self._with_children(exogenous, end)
        rows = in_order(key, rows | {"drawn": np.arange(len(rows["luck"]))})
        numbers = np.empty(len(rows["luck"]), np.int64)
        numbers[rows.pop("drawn")] = self._drawn + np.arange(len(numbers))
        elder = rows.pop("elder")
        rows["parent"] = np.where(rows["parent"] >= 0, rows["parent"] + self._drawn, elder).astype(np.int32)
        for waiting in (self._shocks_to_come, self._children_to_come):
            new = waiting["parent"] >= 0
            waiting["elder"][new] = numbers[waiting["parent"][new]]
            waiting["parent"][:] = -1
        signals = signals_of(key, rows, self._arrows, scenario.cascades, self._world.horizon)
        signals = Signals(signals.at, (signals.cause + self._drawn).astype(np.int32), signals.signal)
        incidents = Incidents(**{name: rows[name] for name in COLUMNS})
        first, self.now, self._drawn = self._drawn, end, self._drawn + len(incidents)
        breeding = np.unique(self._children_to_come["elder"])
        return Stretch(replace(self._world, incidents=incidents, signals=signals), begin, end, first, breeding)

    def _first_incidents(self, end: int) -> Rows:
        reached = np.empty_like(self._per_hour)
        for k, where, cumulative in self._cumulative:
            reached[k, where] = cumulative[end // HOUR]
        process, ordinal, time = self._processes.until((self._per_hour * reached).ravel())
        n_streets = self._per_hour.shape[1]
        kind, street = process // n_streets, process % n_streets
        hour = np.empty(len(process))
        per_hour = self._per_hour[kind, street]
        by_kind = np.argsort(kind, kind="stable")
        first = np.searchsorted(kind[by_kind], np.arange(len(self._per_hour) + 1))
        for k, where, cumulative in self._cumulative:
            mine = by_kind[first[k] : first[k + 1]]
            if len(where) < n_streets:
                mine = mine[np.isin(street[mine], where)]
            hour[mine] = invert(cumulative, np.minimum(time[mine] / per_hour[mine], np.nextafter(cumulative[-1], 0.0)))
        with np.errstate(over="ignore"):
            luck = self._streams[kind, street] + np.uint64(STEP) * ordinal.astype(np.uint64)
        n = len(process)
        return {
            "occurred": np.clip((hour * HOUR).astype(np.int64), self.now, end - 1),
            "kind": kind.astype(np.int16),
            "street": street.astype(np.int32),
            "luck": luck,
            "parent": np.full(n, -1, np.int32),
            "generation": np.zeros(n, np.int8),
            "link": np.full(n, FIRST, np.int8),
            "elder": np.full(n, -1, np.int64),
        }

    def _with_aftershocks(self, first: Rows, end: int) -> Rows:
        """First incidents and the aftershocks of this stretch; later ones wait."""
        scenario = self._world.scenario
        due, later = _split(self._shocks_to_come, end)
        latest = joined([first, due])
        parts, waiting, offset = [latest], [later], 0
        while len(latest["luck"]):
            able = selected(latest, latest["generation"] < scenario.cascades.generations)
            numbers = offset + np.flatnonzero(latest["generation"] < scenario.cascades.generations)
            children = aftershocks_of(self._world.key, able, 0, self._shocks, scenario.city)
            children["parent"] = numbers[children["parent"]].astype(np.int32)
            children["elder"] = np.full(len(children["luck"]), -1, np.int64)
            offset += len(latest["luck"])
            latest, later = _split(selected(children, children["occurred"] < self._world.horizon), end)
            parts.append(latest)
            waiting.append(later)
        self._shocks_to_come = joined(waiting)
        return joined(parts)

    def _with_children(self, exogenous: Rows, end: int) -> Rows:
        """These and what springs from them in this stretch; later children wait."""
        rules, city = self._world.scenario.cascades, self._world.scenario.city
        due, later = _split(self._children_to_come, end)
        latest = joined([exogenous, due])
        parts, waiting, offset = [latest], [later], 0
        while len(latest["luck"]):
            links = np.where(latest["link"] < ESCALATION, 0, latest["generation"]).astype(np.int8)
            able = np.flatnonzero(links < rules.generations)
            parents = selected(latest | {"generation": links}, able)
            children = children_of(parents, 0, self._traits, self._arrows, rules, city)
            children["parent"] = (offset + able)[children["parent"]].astype(np.int32)
            children["elder"] = np.full(len(children["luck"]), -1, np.int64)
            offset += len(latest["luck"])
            latest, later = _split(selected(children, children["occurred"] < self._world.horizon), end)
            parts.append(latest)
            waiting.append(later)
        self._children_to_come = joined(waiting)
        return joined(parts)


def _split(rows: Rows, end: int) -> tuple[Rows, Rows]:
    """The rows that occur before `end`, and the others."""
    due = rows["occurred"] < end
    return selected(rows, due), selected(rows, ~due)
