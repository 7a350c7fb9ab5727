"""Lifelines: what each arc of their loop (监管防处评) does better once the lessons of cases go round.

Each arc acts where its gate is read (judging/lifelines.py): two on single incidents, three on all cases of a type,
since orders, repairs and root causes are drawn from numbers of the type. Where lessons need an earlier case of the same
group at the place, the two act on what happens after it, and the three in proportion to the share of the type's
incidents in the run that do.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from citysim.policy.programmes import LifelineLoop, Programmes
from citysim.policy.sensors import ASSETS
from citysim.prevention.effects import Effects
from citysim.prevention.rows import BoolArray, luck_of, spare
from citysim.streams import FloatArray
from citysim.units import CHANNELS, WEEK, IntArray
from citysim.world.clusters import share_come_back
from citysim.world.demand import hours_of
from citysim.world.sample import World, first_incidents, street_streams
from citysim.world.scenario import Scenario
from citysim.world.weather import Weather

ARCS = ("monitor", "manage", "prevent", "dispose", "evaluate")
"""监、管、防、处、评."""
SENSOR = CHANNELS.index("sensor")
WATCHED = 4.0
"""Factor on the hazard that a sensor notices what happens at a place that is watched for its lessons [asm, 2-10]."""
SPARED = 0.4
"""Share of what would come back or spring from a lifeline case that a lesson handed on spares [asm, 0.2-0.7]."""
QUICKER = 0.4
"""Share of the work on site that a plan and the right equipment save [asm, 0.1-0.5]."""


def hand_round(world: World, loop: LifelineLoop, effects: Effects) -> None:
    """Monitor: sensors look where it happened before. Prevent: spare what would come back or spring from a case."""
    if not loop.closed:
        return
    rows = np.flatnonzero(_of_lifeline(world)[world.incidents.kind])
    rows = rows[taught(world, rows, loop)]
    watched = luck_of(world, rows, "lesson handed on: monitor") < loop.monitor
    effects.noticing[rows[watched], SENSOR] *= WATCHED
    bred = rows[world.incidents.is_latent[rows]]
    spare(effects, bred, luck_of(world, bred, "lesson handed on: prevent") < SPARED * loop.prevent)


def types_under(world: World, programmes: Programmes) -> Mapping[str, FloatArray]:
    """Factors on the columns of the incident types (world/kinds.py), by name; one entry for each type.

    Manage: the share of orders that go by a list of who owns what cannot go wrong. Dispose: repairs
    go by a plan, and that share of the cases that would be shelved is not.
    Evaluate: that share of the root causes that would be left is mended after all.
    """
    loop = programmes.lifeline_loop
    if not loop.closed:
        return {}
    share = _of_lifeline(world) * taught_share(world, loop)
    left = {
        "difficulty": loop.manage,
        "work_median": QUICKER * loop.dispose,
        "put_off": loop.dispose,
        "unrooted": loop.evaluate,
    }
    return {name: 1.0 - share * part for name, part in left.items()}


def taught(world: World, rows: IntArray, loop: LifelineLoop) -> BoolArray:
    """Whether there is a lesson for each of these lifeline cases: an earlier one of its group at its place.

    By the order of onset in the world, of incidents that nothing has bred, so that it is the same under every policy.
    """
    if loop.lessons == "everywhere":
        return np.ones(len(rows), np.bool_)
    earliest, _ = _lessons_of(world, loop)
    group = _groups(world.scenario)[world.incidents.kind[rows]]
    place = _places(world.scenario, loop.lessons)[world.incidents.street[rows]]
    since: BoolArray = world.incidents.occurred[rows] > earliest[group, place] + loop.lesson_weeks * WEEK
    return since


def taught_share(world: World, loop: LifelineLoop) -> FloatArray:
    """Share of the incidents of each lifeline type in the whole run for which there is a lesson."""
    if loop.lessons == "everywhere":
        return np.ones(len(world.scenario.kinds))
    return _lessons_of(world, loop)[1]


def _lessons_of(world: World, loop: LifelineLoop) -> tuple[FloatArray, FloatArray]:
    return _lessons(world.scenario, world.weather, world.key, loop.lessons, loop.lesson_weeks * WEEK)


@lru_cache(maxsize=4)
def _lessons(scenario: Scenario, weather: Weather, key: int, lessons: str, lag: int) -> tuple[FloatArray, FloatArray]:
    """Onset of the earliest case of each group at each place, never = infinite; share of each type that has a lesson.

    Drawn again from the world's luck, so that a stretch of a world knows what was before it.
    """
    hours, streams = hours_of(scenario.almanac, weather), street_streams(scenario)
    back = share_come_back(scenario.cascades, len(hours.hour))
    place, group = _places(scenario, lessons), _groups(scenario)
    earliest = np.full((len(ASSETS), int(place.max()) + 1), np.inf)
    onsets = {}
    for k in np.flatnonzero(group >= 0):
        first = first_incidents(scenario, int(k), key, hours, streams[k], back)
        onsets[k] = first["occurred"], place[first["street"]]
        np.minimum.at(earliest[group[k]], onsets[k][1], onsets[k][0])
    share = np.zeros(len(scenario.kinds))
    for k, (occurred, where) in onsets.items():
        if len(occurred):
            share[k] = float((occurred > earliest[group[k], where] + lag).mean())
    return earliest, share


def _groups(scenario: Scenario) -> IntArray:
    """Position of the group of each type in ASSETS; -1 = not of the lifelines."""
    return np.array([ASSETS.index(kind.group) if kind.group in ASSETS else -1 for kind in scenario.kinds], np.int64)


def _places(scenario: Scenario, lessons: str) -> IntArray:
    """The place of each street within which lessons are handed round."""
    city = scenario.city
    return np.arange(city.n_streets) if lessons == "street" else city.district_of_street.astype(np.int64)


def _of_lifeline(world: World) -> BoolArray:
    return np.array([kind.group in ASSETS for kind in world.scenario.kinds], dtype=np.bool_)
