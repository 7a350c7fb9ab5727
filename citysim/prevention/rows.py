"""Which incidents a programme reaches, and the ways in which it acts that several programmes share."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from citysim.errors import PolicyError
from citysim.prevention.effects import Effects
from citysim.streams import FloatArray, purpose_code, uniforms
from citysim.units import CHANNELS, HOUR, YEAR, IntArray
from citysim.world.incidents import ESCALATION
from citysim.world.sample import World

BoolArray = npt.NDArray[np.bool_]
PATROL = CHANNELS.index("patrol")


def rows_of(world: World, types: tuple[str, ...]) -> IntArray:
    """Rows of the incidents of these types; types that the city does not have are passed over."""
    chosen = [k for k, kind in enumerate(world.scenario.kinds) if kind.id in types]
    return np.flatnonzero(np.isin(world.incidents.kind, chosen))


def beginnings(world: World, types: tuple[str, ...]) -> IntArray:
    """Rows of the incidents of these types that nothing uncontained has bred.

    What a programme spares takes with it what would have sprung from it; what springs from one that it did not reach
    is at the same place, so it is not spared a second time.
    """
    rows = rows_of(world, types)
    return rows[world.incidents.link[rows] < ESCALATION]


def check_known(world: World, names: Collection[str], what: str) -> None:
    """Refuse names that are neither an incident type nor a group of the city.

    Raises:
        PolicyError: names the lever, the name and the groups that there are.
    """
    kinds = world.scenario.kinds
    groups = sorted({kind.group for kind in kinds})
    if unknown := sorted(set(names) - {kind.id for kind in kinds} - set(groups)):
        city = world.scenario.name
        raise PolicyError(
            f"programmes.{what} = {unknown[0]!r}, must be an incident type of {city} or one of {', '.join(groups)}"
        )


def luck_of(world: World, rows: IntArray, purpose: str) -> FloatArray:
    """The luck of each incident for one purpose, on [0, 1); the same under every policy."""
    return uniforms(world.key, world.incidents.luck[rows], purpose_code(purpose))


def years_at(world: World, rows: IntArray, effects: Effects) -> FloatArray:
    """Years for which the programme has run at its present strength at each incident; 0 before it began."""
    occurred = world.incidents.occurred[rows]
    years: FloatArray = np.where(occurred >= effects.begun, occurred - effects.since, 0.0) / YEAR
    return np.maximum(years, 0.0)


def hour_of(world: World, rows: IntArray) -> IntArray:
    """Row of the weather at each incident."""
    return np.minimum(world.incidents.occurred[rows] // HOUR, len(world.weather) - 1)


def spare(effects: Effects, rows: IntArray, spared: BoolArray) -> None:
    """These do not happen."""
    effects.happens[rows[spared]] = False


def look_more(world: World, rows: IntArray, effects: Effects, looks_a_year: FloatArray | float) -> None:
    """People on foot find these sooner: so many looks a year besides those as now, at moments that nobody can learn.

    Types that nobody finds on foot as now are not found so either.
    """
    kinds, kind = world.scenario.kinds, world.incidents.kind[rows]
    share = np.array([one.channel_shares[PATROL] for one in kinds])[kind]
    hidden = np.array([one.mean_hidden_hours for one in kinds])[kind, effects.severity[rows]] * HOUR
    more = np.asarray(looks_a_year) / YEAR * hidden
    effects.noticing[rows, PATROL] *= 1.0 + np.divide(more, share, out=np.zeros(len(rows)), where=share > 0.0)
