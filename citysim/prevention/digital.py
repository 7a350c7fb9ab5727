"""The digital base: outages that a second site ends, sensors heard over another link, records that lead astray."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from citysim.policy.programmes import AS_NOW, Programmes
from citysim.policy.programmes.digital import DataLibrary, Network, SecondSite
from citysim.prevention.agents import guided
from citysim.prevention.effects import Effects
from citysim.prevention.rows import check_known
from citysim.streams import FloatArray, derive, derive_array, purpose_code, uniforms
from citysim.units import HOUR, MINUTE
from citysim.world.sample import World

LOST_MINUTES = (15.0, 60.0)
"""How long a crew looks for a place that its record does not show, uniform (brief item 22, asm)."""
OWNER_HOURS = (1.0, 8.0)
"""How long it takes to find out who owns what the record gives to another, uniform [asm]."""
OWNER = 0.5
"""Share of the wrong records that name the wrong owner; the others show the wrong place [asm]."""


def without_outage(world: World, site: SecondSite, down: FloatArray) -> FloatArray:
    """The hours without the cloud, of each district, that are left with a second site.

    Luck belongs to the outage, so a site that takes over more, or sooner, spares all the hours of one that does less.
    Hours are whole: 20 minutes of failover are one hour in a third of the outages.
    """
    if site.takes_over == 0.0:
        return down
    left = down.copy()
    for district in range(down.shape[1]):
        is_down = down[:, district] > 0.0
        hour = np.arange(len(is_down))
        begins = is_down & ~np.concatenate([[False], is_down[:-1]])
        begin = np.maximum.accumulate(np.where(begins, hour, 0))
        outage = derive_array(derive(0, "second site", world.scenario.city.district_ids[district]), begin)
        taken = uniforms(world.key, outage, purpose_code("second site takes over")) < site.takes_over
        part = uniforms(world.key, outage, purpose_code("minutes of failover"))
        over = hour - begin >= np.floor(site.failover_minutes * MINUTE / HOUR + part)
        left[is_down & taken & over, district] = 0.0
    return left


def settings_under(world: World, programmes: Programmes) -> Mapping[str, FloatArray]:
    """What is so in each hour under the programmes, in place of what the world says."""
    if (programmes.second_site, programmes.agents) == (AS_NOW.second_site, AS_NOW.agents):
        return world.settings
    settings = dict(world.settings)
    if programmes.second_site != AS_NOW.second_site:
        settings["cloud_down"] = without_outage(world, programmes.second_site, settings["cloud_down"])
    if programmes.agents != AS_NOW.agents:
        settings["travel"] = guided(world, programmes.agents)
    return settings


def link(world: World, network: Network, effects: Effects) -> None:
    """Sensors with a second link are heard while the network is down."""
    if network.redundant:
        effects.linked |= uniforms(world.key, world.incidents.luck, purpose_code("second link")) < network.redundant


def record(world: World, library: DataLibrary, effects: Effects) -> None:
    """Records that are wrong beyond the usual make crews search, or hand the case to who does not own the matter.

    What the usual errors cost is in the times of the incident types. Fewer of them spare a crew the search for a point
    that is on no map, where the library knows it.
    """
    if library.of != "all":
        check_known(world, {library.of}, "data_library.of")
    usual, now = DataLibrary(changes=library.changes).wrong, library.wrong
    if now == usual:
        return
    luck = world.incidents.luck
    mark = uniforms(world.key, luck, purpose_code("record"))
    ours = np.array([library.of in ("all", kind.group) for kind in world.scenario.kinds], np.bool_)
    meant = ours[world.incidents.kind] & (mark >= min(usual, now)) & (mark < max(usual, now))
    if now < usual:
        effects.search[meant] -= int(LOST_MINUTES[1] * MINUTE)
        return
    of_owner = meant & (uniforms(world.key, luck, purpose_code("wrong owner")) < OWNER)
    effects.clearance += _between(world, OWNER_HOURS, HOUR, "owner", of_owner)
    effects.search += _between(world, LOST_MINUTES, MINUTE, "wrong place", meant & ~of_owner)


def _between(
    world: World, limits: tuple[float, float], unit: int, what: str, where: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Seconds between two limits by the luck of each incident, 0 elsewhere."""
    luck = uniforms(world.key, world.incidents.luck, purpose_code(what))
    return np.where(where, np.floor((limits[0] + (limits[1] - limits[0]) * luck) * unit + 0.5), 0.0).astype(np.int64)
