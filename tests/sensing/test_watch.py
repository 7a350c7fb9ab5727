"""Streets that are watched more: what is there is found sooner and by whom, and nothing else moves."""

import numpy as np
import pytest

from citysim.policy.programmes import AS_NOW
from citysim.policy.sensors import Sensing
from citysim.prevention import effects_of
from citysim.sensing.false_alarms import FalseAlarms
from citysim.sensing.race import race
from citysim.sensing.watch import Watch
from citysim.units import WEEK
from tests.sensing.places import PATROL, SENSOR, Z_LIMIT, kind, scenario, world, z_of_share

LITTER = kind("litter", group="sanitation")
GAS = kind("leak", group="gas")


@pytest.mark.parametrize(
    ("of", "watch", "channel"),
    [(LITTER, Watch(patrols=((1, 3.0),)), PATROL), (GAS, Watch(sensors=(("gas", 1, 3.0),)), SENSOR)],
)
def test_a_channel_wins_more_often_in_the_street_that_it_watches_more(of: object, watch: Watch, channel: int) -> None:
    """The channel has a tenth or two fifths of the hazard; three times that is 0.3 / 1.2 or 1.2 / 1.8 of it."""
    place = world(scenario(of))  # type: ignore[arg-type]
    effects = effects_of(place, AS_NOW)
    usual, watched = race(place, Sensing(), effects), race(place, Sensing(), effects, watch)
    street = place.incidents.street
    there, elsewhere = (street[watched.incident] == 1), (street[watched.incident] != 1)
    share = {SENSOR: 0.1, PATROL: 0.4}[channel]
    early = place.incidents.occurred[watched.incident] < place.horizon - WEEK
    won = watched.channel[there & early] == channel
    assert abs(z_of_share(int(won.sum()), len(won), 3 * share / (1 + 2 * share))) < Z_LIMIT
    same = dict(zip(usual.incident.tolist(), usual.reported.tolist(), strict=True))
    assert all(same[i] == at for i, at in zip(watched.incident[elsewhere], watched.reported[elsewhere], strict=True))
    sooner = watched.reported[there] <= np.array([same.get(i, place.horizon) for i in watched.incident[there]])
    assert sooner.all()


def test_more_sensors_in_a_street_raise_more_false_alarms_there_and_nowhere_else() -> None:
    place = world(scenario(GAS, false_alarms=(60_000.0, 0.0, 0.0, 0.0)))
    usual, watched = (
        FalseAlarms(place).until(4 * WEEK, Sensing(), watch) for watch in (Watch(), Watch(sensors=(("gas", 1, 3.0),)))
    )
    before, after = (np.bincount(rows["street"], minlength=3) for rows in (usual, watched))
    assert after[[0, 2]].tolist() == before[[0, 2]].tolist()
    assert after[1] == pytest.approx(3 * before[1], rel=0.2)
