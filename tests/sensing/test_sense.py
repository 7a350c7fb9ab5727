"""What is noticed, when and by whom: shares, delays, repeats, false alarms, and draws that nobody can disturb."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from citysim.policy.sensors import Sensing
from citysim.sensing import sense
from citysim.sensing.race import NETWORK_BACK, detection_hazards
from citysim.units import CHANNELS, HOUR, NEVER, WEEK, YEAR
from citysim.world.incidents import (
    AFTERSHOCK,
    ESCALATION,
    RECURRENCE,
    SEVERITY_UPGRADE,
    CascadeRules,
    Escalation,
    Excitation,
)
from citysim.world.kinds import difficulty
from citysim.world.sample import World, sample_world
from citysim.world.scenario import load_scenario
from tests.sensing.places import (
    HOTLINE,
    PATROL,
    SCENARIOS,
    SENSOR,
    VIDEO,
    Z_LIMIT,
    by_incident,
    first_reports,
    kind,
    scenario,
    toy,
    world,
    z_of_share,
)


def test_at_the_usual_coverage_channels_win_by_their_shares() -> None:
    intake = sense(world(scenario(kind("plain")), weeks=12), Sensing())
    early = intake.occurred < intake.horizon - 40 * HOUR  # nearly all of these are noticed in time
    for channel, share in enumerate((0.1, 0.2, 0.3, 0.4)):
        count = int((intake.channel[early] == channel).sum())
        assert abs(z_of_share(count, int(early.sum()), share)) < Z_LIMIT, CHANNELS[channel]


def test_the_mean_detection_delay_is_the_mean_hidden_time() -> None:
    intake = sense(world(scenario(kind("plain", mean_hidden_hours=(1.0, 1.0, 1.0, 5.0)))), Sensing())
    early = intake.occurred < intake.horizon - 100 * HOUR
    delay = (intake.reported - intake.occurred)[early] / HOUR
    assert abs(delay.mean() - 5.0) / (5.0 / sqrt(early.sum())) < Z_LIMIT


def test_shares_and_delay_move_together_with_coverage() -> None:
    # patrol 0.4 doubled: total hazard 1.4 of before, so patrol wins 0.8 / 1.4 and the mean delay is 2 h / 1.4
    intake = sense(world(scenario(kind("plain"))), Sensing(patrol=2.0))
    early = intake.occurred < intake.horizon - 40 * HOUR
    n = int(early.sum())
    assert abs(z_of_share(int((intake.channel[early] == PATROL).sum()), n, 0.8 / 1.4)) < Z_LIMIT
    delay = (intake.reported - intake.occurred)[early] / HOUR
    assert abs(delay.mean() - 2.0 / 1.4) / (2.0 / 1.4 / sqrt(n)) < Z_LIMIT


def test_more_patrol_changes_only_what_patrol_now_finds_sooner() -> None:
    place = world(scenario(kind("plain"), false_alarms=(500.0, 500.0, 500.0, 0.0)))
    usual, more = sense(place, Sensing()), sense(place, Sensing(patrol=2.0))
    before, after = by_incident(usual, "reported"), by_incident(more, "reported")
    found_by = by_incident(more, "channel")
    assert set(before) <= set(after)
    assert all(after[k] <= before[k] for k in before)
    moved = [k for k in before if after[k] != before[k]]
    assert moved
    assert all(found_by[k] == PATROL for k in moved)
    for column in ("reported", "luck", "kind", "street"):
        sham = [getattr(i, column)[i.genuine == 0] for i in (usual, more)]
        assert np.array_equal(*sham), f"false alarms of other channels moved: {column}"


def test_a_further_kind_moves_no_draw_of_the_others() -> None:
    one = kind("plain", repeats=1.0)
    alone = sense(world(scenario(one)), Sensing())
    both = sense(world(scenario(kind("another"), one)), Sensing())
    plain = both.kind == 1
    for column in ("reported", "occurred", "street", "channel", "luck", "tiebreak"):
        assert np.array_equal(getattr(alone, column), getattr(both, column)[plain]), column


def test_a_channel_that_is_switched_off_finds_nothing() -> None:
    intake = sense(world(scenario(kind("plain"), false_alarms=(0.0, 900.0, 0.0, 0.0))), Sensing(video=0.0))
    assert not (intake.channel == VIDEO).any()


def test_what_nobody_notices_before_the_horizon_is_not_in_the_intake() -> None:
    place = world(scenario(kind("plain", mean_hidden_hours=(2.0, 2.0, 2.0, 400.0))))
    intake = sense(place, Sensing())
    assert 0 < len(intake) < len(place.incidents)
    assert int(intake.reported.max()) < place.horizon


def test_readier_streets_report_sooner_and_more_by_hotline() -> None:
    place = scenario(kind("plain"), ready=3.0)
    hazard = detection_hazards(place.kinds, Sensing())[0, 3]
    assert hazard * 2 * HOUR == pytest.approx([0.1, 0.2, 0.3, 0.4])
    intake = sense(world(place), Sensing())
    early = intake.occurred < intake.horizon - 40 * HOUR
    count, n = int((intake.channel[early] == HOTLINE).sum()), int(early.sum())
    assert abs(z_of_share(count, n, 0.9 / 1.6)) < Z_LIMIT


def test_repeats_are_poisson_with_the_mean_of_the_window() -> None:
    # rate 0.8 / 15 h x readiness 1.5 over 3 x 15 h: 3.6 candidates a case if it stays open throughout
    intake = sense(world(scenario(kind("plain", repeats=0.8), ready=1.5)), Sensing())
    window = 45 * HOUR
    original = np.flatnonzero(first_reports(intake) & (intake.reported < intake.horizon - window - 2))
    counts = np.bincount(intake.parent[intake.parent >= 0], minlength=len(intake))[original]
    n = len(original)
    assert abs(counts.mean() - 3.6) / sqrt(3.6 / n) < Z_LIMIT
    assert abs(counts.var() / counts.mean() - 1.0) < Z_LIMIT * sqrt(2.0 / n)
    after = (intake.reported - intake.reported[intake.parent])[intake.parent >= 0]
    assert after.min() >= 1
    assert after.max() <= window + 1


def test_a_repeat_comes_after_its_original_by_hotline_and_shares_its_facts() -> None:
    intake = sense(world(scenario(kind("plain", repeats=2.0, joint_share=0.5))), Sensing())
    repeat = np.flatnonzero(intake.parent >= 0)
    parent = intake.parent[repeat]
    assert (parent < repeat).all()
    assert (intake.parent[parent] == -1).all()
    assert (intake.channel[repeat] == HOTLINE).all()
    for column in ("incident", "occurred", "kind", "street", "severity", "n_support"):
        assert np.array_equal(getattr(intake, column)[repeat], getattr(intake, column)[parent]), column
    assert len(np.unique(intake.luck)) == len(intake)


def test_false_alarms_come_at_their_rate_and_look_like_what_their_channel_detects() -> None:
    kinds = (kind("seen", channel_shares=(0.0, 1.0, 0.0, 0.0)), kind("measured", channel_shares=(1.0, 0.0, 0.0, 0.0)))
    rates = (3_000.0, 1_500.0, 0.0, 0.0)
    intake = sense(world(scenario(*kinds, false_alarms=rates)), Sensing(sensor=2.0))
    sham = intake.genuine == 0
    people = toy().city.street_population.sum()
    for channel, factor, looks_like in ((SENSOR, 2.0, 1), (VIDEO, 1.0, 0)):
        of_channel = sham & (intake.channel == channel)
        expected = rates[channel] * factor * people / 1e5 * 4 * WEEK / YEAR
        assert abs(of_channel.sum() - expected) / sqrt(expected) < Z_LIMIT
        assert (intake.kind[of_channel] == looks_like).all()
    assert (intake.incident[sham] == -1).all()
    assert (intake.severity[sham] == 3).all()
    assert (intake.n_support[sham] == 0).all()
    assert np.array_equal(intake.reported[sham], intake.occurred[sham])


def test_kinds_of_false_alarms_follow_rate_times_share() -> None:
    kinds = (kind("often", rate_per_100k_year=3_000.0), kind("seldom", rate_per_100k_year=1_000.0))
    intake = sense(world(scenario(*kinds, false_alarms=(0.0, 20_000.0, 0.0, 0.0)), weeks=8), Sensing())
    sham = intake.genuine == 0
    assert abs(z_of_share(int((intake.kind[sham] == 0).sum()), int(sham.sum()), 0.75)) < Z_LIMIT


def test_rows_are_sorted_by_time_tiebreak_and_luck() -> None:
    intake = sense(sample_world(toy(), seed=1, replication=0), Sensing())
    rows = list(zip(intake.reported.tolist(), intake.tiebreak.tolist(), intake.luck.tolist(), strict=True))
    assert rows == sorted(rows)
    assert (intake.priority == 3).all()


def test_the_same_world_and_coverage_give_the_same_intake() -> None:
    first, second = (sense(sample_world(toy(), seed=1, replication=2), Sensing()) for _ in range(2))
    assert all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("reported", "luck", "parent"))


def test_an_empty_world_gives_an_empty_intake() -> None:
    assert len(sense(world(scenario(kind("plain", rate_per_100k_year=0.0))), Sensing())) == 0


def bred_world(replication: int = 0) -> World:
    """Half of the parents are noticed in time; they escalate, and what they become escalates and comes back."""
    hidden = (60.0, 60.0, 60.0, 400.0)
    grandchild = kind("grandchild", rate_per_100k_year=1.0, repeats=1.0)
    child = kind(
        "child", rate_per_100k_year=1.0, mean_hidden_hours=hidden, recurrence_chance=0.4, repeats=1.0,
        escalations=(Escalation("grandchild", 0.05), Escalation("traffic_disruption_flag", 0.5)),
    )  # fmt: skip
    parent = kind(
        "parent", mean_hidden_hours=hidden, recurrence_chance=0.3, excitation=Excitation(0.3, 12.0),
        escalations=(Escalation("child", 0.02), Escalation(SEVERITY_UPGRADE, 0.05)),
    )  # fmt: skip
    place = replace(
        scenario(parent, child, grandchild, false_alarms=(500.0, 0.0, 0.0, 0.0)),
        cascades=CascadeRules(recurrence_median_days=4.0, flags=(("traffic_disruption_flag", "traffic"),)),
    )
    return world(place, replication)


def test_rows_that_spring_from_others_obey_the_law() -> None:
    place = bred_world()
    intake, incidents = sense(place, Sensing()), place.incidents
    child = np.flatnonzero(intake.cause >= 0)
    cause = intake.cause[child]

    assert len(child) > 500
    assert (intake.escapes[child] <= intake.reported[child]).all()
    assert (intake.escapes[child] <= intake.occurred[child]).all()
    assert (intake.escapes[child] > intake.occurred[cause]).all(), "nothing springs from what has not happened"
    assert (intake.parent[child] == -1).all()
    assert (intake.parent[cause] == -1).all(), "causes are first reports"
    assert (intake.genuine[cause] == 1).all()
    assert (intake.escapes[intake.cause < 0] == 0).all()
    assert (intake.returns[intake.cause < 0] == 0).all()
    assert (incidents.is_latent[intake.incident[child]]).all()
    seen = set(intake.incident[first_reports(intake)].tolist())
    for row in child[:400].tolist():  # the chain upwards, told once more and slowly
        below = int(intake.incident[row])
        while int(incidents.parent[below]) not in seen:
            below = int(incidents.parent[below])
        assert intake.incident[intake.cause[row]] == incidents.parent[below]
        assert intake.escapes[row] == incidents.occurred[below]
        assert intake.returns[row] == (incidents.link[below] == RECURRENCE)
    assert 0 < intake.returns.sum() < len(child)


def test_a_latent_row_without_a_cause_has_no_noticed_ancestor() -> None:
    place = bred_world()
    intake, incidents = sense(place, Sensing()), place.incidents
    seen = set(intake.incident[first_reports(intake)].tolist())
    free = np.flatnonzero((intake.cause < 0) & first_reports(intake))
    free = free[incidents.is_latent[intake.incident[free]]]

    assert len(free) > 20
    for row in free.tolist():
        now = int(intake.incident[row])
        while incidents.is_latent[now]:
            assert incidents.link[now] == ESCALATION, "nothing comes back that nobody closed"
            now = int(incidents.parent[now])
            assert now not in seen


def test_aftershocks_and_repeats_spring_from_nobody() -> None:
    place = bred_world()
    intake, incidents = sense(place, Sensing()), place.incidents
    shock = first_reports(intake) & (incidents.link[intake.incident] == AFTERSHOCK)
    repeat = intake.parent >= 0

    assert shock.sum() > 100
    assert (intake.cause[shock] == -1).all()
    assert repeat.sum() > 20
    assert (intake.cause[repeat] == -1).all()
    assert (intake.worsens[repeat] == NEVER).all()
    assert (incidents.is_latent[intake.incident[repeat]]).any(), "a child is reported again like any other"


def test_worsening_and_signals_reach_the_row_of_the_incident() -> None:
    place = bred_world()
    intake, incidents = sense(place, Sensing()), place.incidents
    first = first_reports(intake)

    assert np.array_equal(intake.worsens[first], incidents.worsens[intake.incident[first]])
    assert (intake.worsens[first] != NEVER).any()
    signals = intake.signals
    assert 0 < len(signals) < len(place.signals), "those of what nobody noticed are left out"
    assert (np.diff(signals.at) >= 0).all()
    assert first[signals.cause].all()
    known = set(zip(place.signals.at.tolist(), place.signals.cause.tolist(), strict=True))
    assert set(zip(signals.at.tolist(), intake.incident[signals.cause].tolist(), strict=True)) <= known


def test_better_sensing_moves_no_child_it_only_tells_other_causes() -> None:
    """A child is the same incident at the same moment under every policy."""
    place = bred_world()
    poor, good = sense(place, Sensing()), sense(place, Sensing(sensor=20.0, video=20.0, hotline=20.0, patrol=20.0))
    facts = [by_incident(intake, "occurred") for intake in (poor, good)]

    assert facts[0].items() <= facts[1].items()
    assert len(facts[0]) < len(facts[1])
    assert (good.cause >= 0).sum() > (poor.cause >= 0).sum()


def test_a_sensor_that_is_not_heard_waits_for_the_next_best_channel_or_the_network() -> None:
    # without sensors the hazard is 0.9 / 2 h, and it begins anew at the sensor's report: no memory
    intake = sense(world(scenario(kind("plain", repeats=1.0), false_alarms=(500.0,) * 4)), Sensing())
    later = intake.columns["heard_later"]
    by_sensor = first_reports(intake) & (intake.channel == SENSOR)
    rate, back = 0.9 / 2, NETWORK_BACK / HOUR
    n = int(by_sensor.sum())
    mean = (1 - np.exp(-rate * back)) / rate
    assert abs(later[by_sensor].mean() / HOUR - mean) < Z_LIMIT * 2.0 / sqrt(n)
    assert later.max() == NETWORK_BACK
    assert (later[by_sensor] > 0).all()
    assert not later[intake.channel != SENSOR].any()
    sham = (intake.genuine == 0) & (intake.channel == SENSOR)
    assert (later[sham] == NETWORK_BACK).all()


def test_what_only_sensors_notice_is_heard_when_the_network_is_back() -> None:
    alone = kind("alone", channel_shares=(1.0, 0.0, 0.0, 0.0))
    intake = sense(world(scenario(alone)), Sensing())

    assert set(intake.columns["heard_later"].tolist()) == {NETWORK_BACK}


def test_exposure_goes_with_the_place() -> None:
    place = sample_world(toy(), seed=1, replication=0)
    intake = sense(place, Sensing())
    exposure, genuine = intake.columns["exposure"], intake.genuine == 1

    assert np.array_equal(exposure[genuine], place.incidents.exposed[intake.incident[genuine]])
    share = 0.15 * sqrt(180_000 / 12 / 3_200)  # of the toy city's density
    n = int((~genuine).sum())
    assert abs(z_of_share(int(exposure[~genuine].sum()), n, share)) < Z_LIMIT


def test_settings_neighbours_and_holidays_reach_the_intake() -> None:
    million = load_scenario(SCENARIOS / "million.yaml")
    place = sample_world(million, seed=1, replication=0, weeks=1)
    intake = sense(place, Sensing())

    assert intake.settings is place.settings
    assert set(intake.settings) == {"travel", "rain", "heat", "storm", "festival", "cloud_down"}
    assert intake.settings["cloud_down"].shape == (168, 3)
    assert np.array_equal(intake.places.neighbours, million.city.neighbours)
    assert intake.working_week.holidays == million.working_week.holidays != ()


def test_types_reach_the_engines_with_limits_in_seconds_and_their_columns() -> None:
    place = toy()
    kinds = sense(sample_world(place, seed=1, replication=0), Sensing()).kinds
    row = kinds.ids.index("exposed_garbage")
    given = place.kinds[row]
    assert kinds.on_site_limit[row] == NEVER
    assert kinds.close_limit[row] == given.close_limit_hours * HOUR
    assert kinds.departments[kinds.lead[row]] == given.lead
    assert [kinds.departments[k] for k in kinds.supports[row] if k >= 0] == list(given.supports)
    assert kinds.columns["work_median"][row] == given.work_median_hours * HOUR
    assert kinds.columns["travel"][kinds.ids.index("highrise_fire")] == 0.31
    assert kinds.emergency[kinds.ids.index("highrise_fire")] == 1


@pytest.mark.parametrize(("share", "factor"), [(0.0, 0.35), (0.09, 0.35), (0.1, 1.0), (0.5, 1.0), (0.51, 1.3)])
def test_joint_types_are_harder_to_route(share: float, factor: float) -> None:
    assert difficulty(share) == factor
