"""Renewal, maintenance and health check spare what their sentences say."""

from dataclasses import replace
from math import erfc

import numpy as np
import pytest

from citysim.errors import PolicyError
from citysim.policy.programmes import AS_NOW, HealthCheck, Maintenance, Renewal
from citysim.policy.programmes.assets import OPENED_A_YEAR, PIPE_KM
from citysim.prevention import assets, effects_of
from citysim.prevention.assets import LATENT
from citysim.prevention.units import FRAILTY, units_at
from citysim.units import WEEK, YEAR
from citysim.world.assets import CLASSES, AssetAges
from citysim.world.geography import build_city
from citysim.world.sample import sample_world
from tests.prevention.places import assert_share, assert_superset, assert_untouched, city, rows_of, spared, under

PIPES = city("gas_leak_outdoor", "sewer_structural_defect", weeks=52)
HOUSES = city("elevator_entrapment", "bridge_tunnel_abnormal", "illegal_parking", weeks=52)


def test_programmes_as_now_change_nothing() -> None:
    assert_untouched(effects_of(PIPES, AS_NOW), PIPES)
    assert_untouched(under(HOUSES, maintenance=Maintenance(shows=0.9, yuan_overhaul=1.0)), HOUSES)


def test_oldest_first_spares_the_share_that_the_weibull_law_gives() -> None:
    """At time t the oldest share d = s t is new, where 1 - (1 - d)^k of the failures come from; mean over the year."""
    share, years = 0.2, np.linspace(0.0, 52 * 7 / 365, 2_001)
    k = CLASSES["sewer"].shape
    expected = float(np.mean(1.0 - (1.0 - share * years) ** k))

    assert_share(PIPES, "sewer_structural_defect", 0.85 * expected, renewal=Renewal(share=share, choice="oldest"))


AGED = sample_world(
    replace(PIPES.scenario, asset_ages={"gas": AssetAges((0.0,), (40.0,))}), seed=7, replication=0, weeks=156
)


def test_in_an_ageing_city_oldest_first_spares_what_the_oldest_would_have_done() -> None:
    """Shape 2, ages even over 0 to 40: at time t the oldest 0.05 t are new; those aged x at the start fail as x + t.

    Those aged x are new at (1 - x / 40) / 0.05, and from then on fail as what they are old, with the share 0.85.
    """
    t = np.linspace(0.0, 156 * WEEK / YEAR, 2_001)
    border = 40.0 * (1.0 - 0.05 * t)
    all_of_it, old = (((40.0 + t) ** 2 - (low + t) ** 2) / 2.0 for low in (0.0, border))
    new = 40.0 * 0.05 * t**2 / 2.0
    expected = 0.85 * float((old - new).sum() / all_of_it.sum())

    assert_share(AGED, "gas_leak_outdoor", expected, renewal=Renewal(share=0.05, choice="oldest"))


def test_worst_first_acts_on_the_condition_that_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The better the inspection, the more is spared; whoever sees nothing spares as many as by renewing any pipe."""
    spares = []
    for error in (0.0, 0.5, 2.0, 1e6):
        monkeypatch.setattr(assets, "INSPECTION_ERROR", error)
        spares.append(spared(AGED, "gas_leak_outdoor", renewal=Renewal(share=0.03, choice="worst")))
    any_pipe = 0.85 * 0.03 * 156 * WEEK / YEAR / 2.0

    assert spares[0] > spares[1] + 0.01 > spares[2] + 0.02 > spares[3]
    assert abs(spares[3] - any_pipe) < 0.01


def test_the_worst_share_of_the_pipes_has_the_share_of_failures_that_two_lognormals_give() -> None:
    """All of one age and seen without error: log Z of pipes and of failures are normals that lie s^2 apart."""
    even = replace(PIPES.scenario, asset_ages={"gas": AssetAges((30.0,), (30.0,))})
    world = sample_world(even, seed=7, replication=0, weeks=52)
    rows = rows_of(world, "gas_leak_outdoor")
    rank = assets._rank(world, "worst", rows, "gas", units_at(world, rows, "gas"))
    sd = np.hypot(FRAILTY, assets.INSPECTION_ERROR)
    worst_tenth = 1.2816  # quantile of the standard normal
    z = (sd * worst_tenth - FRAILTY**2) / sd
    expected = 0.5 * erfc(z / 2**0.5)

    assert abs((rank < 0.1).mean() - expected) < 0.015


def test_oldest_first_begins_in_the_old_district() -> None:
    two = tuple(replace(PIPES.scenario.districts[0], id=name) for name in ("old", "young"))
    city = build_city("two", two, {}, 1.0)
    ages = {"gas": AssetAges((30.0, 5.0), (40.0, 15.0))}
    world = sample_world(replace(PIPES.scenario, city=city, asset_ages=ages), seed=7, replication=0, weeks=52)
    gone = ~under(world, renewal=Renewal(share=0.2, choice="oldest")).happens
    district = city.district_of_street[world.incidents.street]

    gas = rows_of(world, "gas_leak_outdoor")
    assert gone[gas][district[gas] == 0].mean() > 0.1
    assert not gone[gas][district[gas] == 1].any()


def test_more_renewal_spares_a_superset() -> None:
    for choice in ("oldest", "worst", "risk", "with_digs"):
        weak, strong = (Renewal(share=share, choice=choice) for share in (0.005, 0.015))
        assert_superset(PIPES, {"renewal": weak}, {"renewal": strong})


def test_the_worst_pipes_fail_more_than_the_oldest_and_those_more_than_any() -> None:
    worst, oldest, any_pipe = (
        spared(PIPES, "gas_leak_outdoor", renewal=Renewal(share=0.02, choice=choice))
        for choice in ("worst", "oldest", "with_digs")
    )

    assert worst > oldest > any_pipe > 0.0


def test_risk_first_spares_more_of_what_is_serious_than_oldest_first() -> None:
    rows = rows_of(PIPES, "gas_leak_outdoor")
    serious = rows[PIPES.incidents.severity[rows] <= 2]
    left = [under(PIPES, renewal=Renewal(share=0.1, choice=choice)).happens for choice in ("risk", "oldest")]

    assert left[0][serious].mean() < left[1][serious].mean() - 0.01


def test_renewal_with_the_digs_costs_half_and_ends_with_them() -> None:
    much, enough = Renewal(share=0.1, choice="with_digs"), Renewal(share=OPENED_A_YEAR, choice="with_digs")

    assert (under(PIPES, renewal=much).happens == under(PIPES, renewal=enough).happens).all()
    assert much.yuan_a_year(1e6) == enough.yuan_a_year(1e6) == OPENED_A_YEAR * PIPE_KM * 1e6 * 1e6


def test_renewal_pays_for_the_pipes_that_the_city_has() -> None:
    stock = PIPES.scenario.inventories_per_100k
    mains = stock["gas_main_km"] + stock["water_main_km"] + stock["sewer_km"]
    assert Renewal(share=0.01).yuan_a_year(1e5) == pytest.approx(0.01 * mains * 2_000_000.0)


def test_what_springs_from_a_pipe_that_was_not_reached_still_may() -> None:
    """Else a recurrence would be spared twice: with its parent, and by itself."""
    happens = under(PIPES, renewal=Renewal(share=0.2)).happens
    assert happens[PIPES.incidents.is_latent].all()


def test_overhaul_in_half_the_time_leaves_the_power_that_the_weibull_law_gives() -> None:
    """(1/2)^(k-1) is left once a unit's turn has come: evenly within the first half year."""
    for kind, name in (("elevator_entrapment", "lift"), ("bridge_tunnel_abnormal", "bridge")):
        years = HOUSES.incidents.occurred[rows_of(HOUSES, kind)] / YEAR
        in_force = float(np.minimum(years / 0.5, 1.0).mean())
        gain = 1.0 - 0.5 ** (CLASSES[name].shape - 1.0)
        assert_share(HOUSES, kind, in_force * gain, maintenance=Maintenance(interval_months=6.0))


def test_inspection_spares_what_shows_whatever_the_shape() -> None:
    year = 52 * 7 / 365
    by_condition = Maintenance(interval_months=6.0, by="condition", shows=0.6)
    for kind in ("elevator_entrapment", "bridge_tunnel_abnormal"):
        assert_share(HOUSES, kind, (year - 0.25) / year * 0.6 * 0.5, maintenance=by_condition)


def test_more_frequent_maintenance_spares_a_superset_and_no_other_types() -> None:
    for by in ("time", "condition"):
        weak, strong = (Maintenance(interval_months=months, by=by) for months in (9.0, 3.0))
        assert_superset(HOUSES, {"maintenance": weak}, {"maintenance": strong})
        assert spared(HOUSES, "illegal_parking", maintenance=strong) == 0.0


def test_overhaul_pays_for_what_wears_steeply_and_inspection_for_what_does_not() -> None:
    def gain(kind: str, by: str) -> float:
        return spared(HOUSES, kind, maintenance=Maintenance(interval_months=3.0, by=by))

    assert gain("bridge_tunnel_abnormal", "time") > gain("bridge_tunnel_abnormal", "condition")
    ratio = [gain(kind, "time") / gain(kind, "condition") for kind in ("bridge_tunnel_abnormal", "elevator_entrapment")]
    assert ratio[0] > ratio[1]


def test_a_health_check_spares_what_is_found_and_repaired() -> None:
    """Latent defects are mended at the rate r = surveyed x detection: LATENT x mean of 1 - exp(-r t) over the year."""
    years = np.linspace(0.0, 52 * 7 / 365, 2_001)
    expected = LATENT * float(np.mean(1.0 - np.exp(-0.5 * years)))

    assert_share(HOUSES, "elevator_entrapment", expected, health_check=HealthCheck(surveyed=1.0, repairs=1.0))


def test_surveys_without_repair_money_and_money_without_surveys_do_nothing() -> None:
    for useless in (HealthCheck(surveyed=1.0), HealthCheck(repairs=1.0)):
        assert_untouched(under(HOUSES, health_check=useless), HOUSES)
    scarce, deep = (HealthCheck(surveyed=1.0, detection=d, repairs=0.2) for d in (0.3, 0.8))
    assert (under(HOUSES, health_check=scarce).happens == under(HOUSES, health_check=deep).happens).all()
    assert deep.yuan_a_year(1e6) > scarce.yuan_a_year(1e6)


def test_a_better_health_check_spares_a_superset() -> None:
    weak, strong = HealthCheck(surveyed=0.3, repairs=1.0), HealthCheck(surveyed=0.6, repairs=1.0)
    assert_superset(HOUSES, {"health_check": weak}, {"health_check": strong})


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        (Renewal, {"share": 0.5}, "renewal.share = 0.5, must be within 0..0.2 share"),
        (Renewal, {"choice": "any"}, "renewal.choice = 'any', must be one of oldest"),
        (Maintenance, {"interval_months": 24.0}, "must be within 1..12 months"),
        (Maintenance, {"by": "age"}, "maintenance.by = 'age', must be one of time, condition"),
    ],
)
def test_levers_out_of_range_are_refused(record: type, changes: dict[str, object], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        record(**changes)


def test_a_programme_that_begins_in_mid_run_has_its_ramp_still_before_it() -> None:
    spares = [~under(PIPES, renewal=Renewal(share=0.2), begun=begun).happens for begun in ((), (("renewal", 26),))]
    assert (spares[0] | ~spares[1]).all()
    assert 0 < spares[1].sum() < spares[0].sum() / 2
    assert not spares[1][PIPES.incidents.occurred < 26 * WEEK].any()
