"""Losses of a run and what could be prevented, by hand, with the numbers of the scenarios' incident types."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from citysim.intake import SIGNALS, Kinds, plain_kinds
from citysim.judging import losses
from citysim.judging.view import view
from citysim.log import Log
from citysim.units import HOUR, WEEK, YEAR
from citysim.world.scenario import load_scenario
from tests.judging.logs import case, make_log

ROOT = Path(__file__).parents[2]
DAMAGE = {kind.id: kind.damage for kind in load_scenario(ROOT / "scenarios" / "million.yaml").kinds}
FIRE, BURST = DAMAGE["other_building_fire"], DAMAGE["water_burst_small"]
RESIDENTS = [150_000.0, 50_000.0]


def kinds() -> Kinds:
    facts = {name: getattr(plain_kinds(2), name) for name in Kinds.__dataclass_fields__}
    return Kinds(
        **facts
        | {
            "ids": ("other_building_fire", "water_burst_small"),
            "supports": np.full((2, 1), -1),
            "damage": (FIRE, BURST),
        }
    )


def log_of(*cases: dict[str, int], until: int = WEEK, **facts: Any) -> Log:
    return make_log(cases, until, kinds=kinds(), **facts)


def test_casualties_per_resident_and_year() -> None:
    """A fire of severity II, safe after 2 h, in a week of a city of 200,000."""
    seen = view(log_of(case(severity=1, safe=2 * HOUR)), RESIDENTS)
    scale = 1 / 2 / (WEEK / YEAR)

    assert losses.deaths(seen) == pytest.approx(100 * (FIRE.deaths + 2 * FIRE.deaths_hour) * scale)
    assert losses.casualties(seen) == pytest.approx(losses.deaths(seen) + losses.injured(seen))
    assert np.isnan(losses.deaths(view(log_of(case()))))


def test_a_loss_two_years_later_counts_less_by_two_times_five_percent() -> None:
    """Two bursts made safe after an hour, at once and two years on, in three years."""
    late = {"occurred": 2 * YEAR, "reported": 2 * YEAR, "safe": 2 * YEAR + HOUR, "fixed": 2 * YEAR + HOUR}
    log = log_of(case(kind=1, safe=HOUR, fixed=HOUR), case(kind=1, **late), until=3 * YEAR)
    one = BURST.loss + BURST.loss_hour

    assert losses.direct_loss(view(log)) == pytest.approx(2.0 * one / (3 * YEAR / WEEK))
    assert losses.direct_loss_discounted(view(log)) == pytest.approx(one * (1.0 + 1.05**-2) / (3 * YEAR / WEEK))


def test_loss_outage_lanes_and_nuisance_per_week() -> None:
    """A small burst of severity IV, safe after 1 h, fixed after 5, in two weeks; its traffic signal took place."""
    traffic = 1 << SIGNALS.index("traffic")
    seen = view(log_of(case(kind=1, safe=HOUR, fixed=5 * HOUR, signals=traffic), until=2 * WEEK))

    assert losses.direct_loss(seen) == pytest.approx((BURST.loss + BURST.loss_hour) / 2)
    assert losses.outage_household_hours(seen) == 200 * 5 / 2
    assert losses.lane_hours(seen) == pytest.approx((0.25 * 5 + 2 * 1) / 2)
    assert losses.nuisance_person_hours(seen) == 50 * 5 / 2


def test_false_alarms_and_repeats_do_nothing() -> None:
    seen = view(log_of(case(severity=0, genuine=0), case(severity=0, parent=0)))

    assert losses.direct_loss(seen) == 0


def test_an_outage_of_thirty_hours_is_an_accident_of_its_grade() -> None:
    """Severity III: 1,000 households for 30 h is general (IV), by 52 of them a year."""
    seen = view(log_of(case(kind=1, severity=2, safe=HOUR, fixed=30 * HOUR)))

    assert losses.accidents(seen, (3,)) == pytest.approx(YEAR / WEEK, rel=0.01)
    assert losses.accidents(seen, (0, 1, 2, 3)) == pytest.approx(YEAR / WEEK, rel=0.01)


def test_preventable_is_the_difference_to_instant_response() -> None:
    """The fire burns 3 h instead of none, and what sprang from it does not happen."""
    slow = log_of(case(safe=3 * HOUR, fixed=3 * HOUR), case(kind=1, cause=0, safe=0, fixed=2 * HOUR))
    spared = losses.preventable_loss(slow, log_of(case(safe=0, fixed=0)))

    assert spared.deaths == pytest.approx(3 * FIRE.deaths_hour)
    assert spared.loss == pytest.approx(3 * FIRE.loss_hour + BURST.loss)
    assert spared.household_hours == 400
    assert spared.person_hours == pytest.approx(3 * FIRE.people + 2 * BURST.people)


def test_preventable_loss_is_for_one_world() -> None:
    this, other = ({"origin": MappingProxyType({"scenario": "toy", "replication": k})} for k in (0, 1))
    with pytest.raises(ValueError, match=r"replication differs: 0 and 1"):
        losses.preventable_loss(log_of(case(), **this), log_of(case(), **other))
    with pytest.raises(ValueError, match=r"until differs"):
        losses.preventable_loss(log_of(case()), log_of(case(), until=2 * WEEK))
