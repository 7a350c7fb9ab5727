"""Streets that are watched more: what is there is found sooner and by whom, and nothing else moves."""

import numpy as np
import pytest

from citysim.policy.programmes import AS_NOW
from citysim.policy.sensors import Sensing
from citysim.prevention import effects_of
from citysim.sensing.false_alarms import FalseAlarms
from citysim.sensing.race import race
from citysim.sensing.watch import HOURS, TIMES, Watch, time_of_week
from citysim.units import DAY, HOUR, WEEK
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


def test_a_moment_has_its_time_of_the_week() -> None:
    """Monday 05:59, 06:00, 22:00; Saturday 00:00 and 12:00; Sunday 21:59; the next Monday at noon."""
    moments = [6 * HOUR - 1, 6 * HOUR, 22 * HOUR, 5 * DAY, 5 * DAY + 12 * HOUR, 7 * DAY - 2 * HOUR - 1, WEEK + DAY // 2]
    names = [TIMES[k] for k in time_of_week(np.array(moments))]
    of = {"d": "working day", "n": "working night", "D": "weekend day", "N": "weekend night"}
    assert names == [of[letter] for letter in "ndnNDDd"]
    assert HOURS.tolist() == [80.0, 40.0, 32.0, 16.0]


def test_patrols_that_keep_to_a_time_look_as_much_in_a_week_and_only_then() -> None:
    """By hand: all of the week's looks are at weekend days, 168 / 32 = 5.25 times as dense. From Monday on, what would
    take 21 h comes 4 h into Saturday's day; what would take 84 h when Saturday's 16 h are over; a week ends on Sunday.
    """
    watch = Watch(rounds=((1, (0.0, 0.0, 5.25, 0.0)),))
    begin, hours = np.zeros(5, np.int64), np.array([21.0, 84.0, 168.0, 168.0 + 21.0, np.inf])
    lasts = watch.patrolled_until(np.ones(5, np.int64), begin, hours * HOUR) / HOUR
    assert lasts[0] == pytest.approx(5 * 24 + 6 + 4)
    assert 5 * 24 + 22 - 1e-6 <= lasts[1] <= 6 * 24 + 6 + 1e-6  # no look in between
    assert lasts[3] == pytest.approx(168 + 5 * 24 + 6 + 4)
    assert np.isinf(lasts[4])
    elsewhere = watch.patrolled_until(np.zeros(5, np.int64), begin, hours * HOUR)
    np.testing.assert_array_equal(elsewhere, hours * HOUR)


@pytest.mark.parametrize("rounds", ["steady", "regular", "roaming"])
def test_what_begins_when_patrols_go_more_is_found_sooner(rounds: str) -> None:
    place = world(scenario(LITTER))
    effects, street = effects_of(place, AS_NOW), place.incidents.street
    usual = Watch(patrols=((1, 3.0),))
    kept = Watch(patrols=((1, 3.0),), rounds=((1, tuple((np.array([0.5, 2.0, 0.5, 2.25]) / 0.9).tolist())),))
    before, after = (race(place, Sensing(rounds=rounds), effects, watch) for watch in (usual, kept))
    delay = [dict(zip(n.incident.tolist(), n.reported.tolist(), strict=True)) for n in (before, after)]
    both = np.array(sorted(delay[0].keys() & delay[1].keys()))
    change = np.array([delay[1][i] - delay[0][i] for i in both.tolist()])
    night = np.isin(time_of_week(place.incidents.occurred[both]), (1, 3)) & (street[both] == 1)
    assert not change[street[both] != 1].any()
    assert change[night].mean() < 0.0 < change[(street[both] == 1) & ~night].mean()
