"""How an application spreads over districts, and that it acts only where it works."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.committee.govern import govern
from citysim.committee.innovation import Diffusion, Spreading, diffuse, sharing_figures
from citysim.errors import PolicyError
from citysim.judging.scorecard import judge
from citysim.policy.innovation import SHARING, Innovation
from citysim.policy.programmes import AS_NOW, Parking
from citysim.prevention import effects_of
from citysim.units import WEEK
from tests.committee.bodies import city, integrated
from tests.judging.logs import make_log
from tests.prevention.places import city as busy_city

SURE = Innovation(sharing="mandated", effect_sd=0.0, fit_loss=0.0, noise=0.0, mandated_month=2, adoption_months=2.0)


def test_all_rules_of_sharing_meet_the_same_pilot() -> None:
    first = [diffuse(41, replace(SURE, sharing=rule, pilots=1), 5, 1)[0] for rule in SHARING[1:]]
    for effects in first:
        np.testing.assert_array_equal(effects, first[0])
    assert np.count_nonzero(first[0]) == 1


def test_a_mandate_reaches_all_when_it_has_been_built() -> None:
    working = np.count_nonzero(diffuse(41, SURE, 5, 6), axis=1)
    assert working.tolist() == [1, 1, 1, 41, 41, 41]


def test_transfer_loses_what_incubation_and_learning_save() -> None:
    plain, taught = (diffuse(41, replace(SURE, incubation=n), 5, 6)[-1] for n in (0.0, 8.0))
    pilot = plain.argmax()
    others = np.arange(41) != pilot
    assert plain[pilot] == taught[pilot] == pytest.approx(0.10)
    assert plain[others] == pytest.approx(0.10 * (1.0 - 0.3 * (1.0 - 0.3)))
    assert (taught[others] > plain[others]).all()


def test_the_ledger_shortens_adoption_and_makes_it_cheaper() -> None:
    levers = replace(SURE, adoption_months=6.0)
    slow, quick = Diffusion(41, levers, 5), Diffusion(41, replace(levers, ledger=True), 5)
    for _ in range(5):
        slow.step()
        quick.step()
    assert slow.spread < quick.spread == 1.0
    built = [model.levers.yuan_to_adopt for model in (slow, quick)]
    assert built[1] == pytest.approx(0.6 * built[0])


def test_a_tournament_takes_the_variant_that_looked_best() -> None:
    levers = Innovation(sharing="tournament", pilots=3, noise=0.0, fit_loss=0.0, adoption_months=0.0)
    for key in range(5):
        model = Diffusion(41, levers, key)
        for _ in range(8):
            model.step()
        chosen = {a.variant for a in model.adopters if not a.own}
        assert chosen == {int(np.argmax([model.effect(v) for v in range(3)]))}


def test_volunteers_follow_the_better_a_pilot_looked() -> None:
    spread = []
    for mean in (0.02, 0.20):
        levers = replace(SURE, sharing="voluntary", effect_mean=mean)
        model = Diffusion(41, levers, 5)
        model._reading = {0: 0.20}
        for _ in range(12):
            model.step()
        spread.append(model.spread)
    shown = [Diffusion(41, replace(SURE, sharing="voluntary", convinced=c), 5) for c in (0.0, 0.5)]
    for model in shown:
        for _ in range(18):
            model.step()
    assert shown[0].spread < shown[1].spread
    assert min(spread) > 0.0


def test_who_is_isolated_builds_its_own_sooner_or_later() -> None:
    working = np.count_nonzero(diffuse(41, replace(SURE, sharing="isolated"), 5, 36), axis=1)
    assert (np.diff(working) >= 0).all()
    assert 10 < working[-1] < 41


def test_strength_grows_with_the_effect_and_harm_counts_as_none() -> None:
    model = Diffusion(5, replace(SURE, effect_mean=-0.1), 5)
    assert (model.strengths(model.effects()) == 0.0).all()
    assert (model.effects() <= 0.0).all()


def test_a_programme_acts_only_as_far_as_it_reaches_and_more_reach_is_a_superset() -> None:
    world = busy_city("illegal_parking", weeks=8)
    parking = Parking(shared=1.0, guidance=1.0)
    none, half, most, all_ = (
        ~effects_of(world, replace(AS_NOW, parking=parking, reach=reach)).happens
        for reach in ((("parking", (0.0,)),), (("parking", (0.5,)),), (("parking", (0.9,)),), ())
    )
    assert not none.any()
    assert (half <= most).all()
    assert (most <= all_).all()
    assert half.sum() == pytest.approx(0.5 * all_.sum(), rel=0.1)


def test_unknown_applications_and_rules_are_refused() -> None:
    with pytest.raises(PolicyError, match="trucks"):
        Innovation(applications="trucks")
    with pytest.raises(PolicyError, match="sharing"):
        Innovation(sharing="forced")
    assert Spreading.of(Innovation(), 3, 1).reach() == ()


@pytest.mark.slow
def test_in_a_governed_run_an_application_acts_where_it_works() -> None:
    """With it in all districts from the second month on, all but the pilot's district have fewer cases."""
    levers = {"sharing": "mandated", "applications": "parking", "effect_sd": 0.0, "effect_mean": 0.2, "fit_loss": 0.0}
    soon = levers | {"mandated_month": 1, "adoption_months": 0.0, "transfer": 1.0}
    programmes = replace(AS_NOW, parking=Parking(shared=1.0, guidance=1.0, lots=0.2))
    counts = []
    for given in (levers | {"mandated_month": 48}, soon):
        policy = integrated(innovation=given).with_(programmes=programmes)
        log = govern(city("million"), policy, seed=3, replication=0, weeks=7).log
        columns = log.case_columns
        mine = (columns["kind"] == log.kinds.ids.index("illegal_parking")) & (columns["occurred"] > 5 * WEEK)
        counts.append(np.bincount(columns["district"][mine]))
    assert (counts[1] < 0.9 * counts[0]).sum() == 2
    assert (counts[1] == counts[0]).sum() == 1


FIGURES = ("application_effect", "application_effect_end", "harmful_applications")


def test_the_figures_of_sharing_are_means_over_weeks_and_applications() -> None:
    weeks = [np.array([0.1, 0.3]), np.array([-0.1, 0.2])]
    found = sharing_figures(weeks)

    assert list(found) == list(FIGURES)
    assert list(found.values()) == pytest.approx([0.125, 0.05, 0.5])
    done = {"listed": 1, "answered": 1, "improved": 0, "decisions": 1.0} | found
    assert [judge(make_log([], WEEK, committee=done)).get(name) for name in FIGURES] == list(found.values())


def test_judged_weeks_before_the_committee_begins_count_as_nothing_done() -> None:
    weeks = [np.array([0.1, 0.3]), np.array([-0.1, 0.2])]
    found = sharing_figures(weeks, unshared=3)

    assert list(found.values()) == pytest.approx([0.125 * 2 / 5, 0.05, 0.5])
    assert sharing_figures([], unshared=3) == {}


def test_without_sharing_they_are_not_known() -> None:
    assert sharing_figures([]) == {}
    assert Spreading.of(Innovation(), 3, 1).city_effects.size == 0
    for done in ({}, {"listed": 1, "answered": 1, "improved": 0, "decisions": 1.0}):
        assert np.isnan([judge(make_log([], WEEK, committee=done)).get(name) for name in FIGURES]).all()


def test_the_effect_on_the_city_is_the_mean_of_its_districts_and_follows_each_month() -> None:
    levers = replace(SURE, applications="parking, manholes", effect_sd=0.1)
    spreading, alone = Spreading.of(levers, 41, 5), Spreading.of(replace(levers, applications="manholes"), 41, 5)
    for _ in range(6):
        spreading.step()
        alone.step()
    model = spreading.models["manholes"]

    assert spreading.city_effects[0] == alone.city_effects[0] == model.effects().mean()  # in the order of their names
    assert dict(spreading.reach())["manholes"] == tuple(model.strengths(model.effects()).tolist())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("warm_up", "starts", "effect"),
    [
        (0, 0, (4 * 0.1 / 3 + 0.1) / 5),
        (4, 0, 0.1),
        (0, 3, (0.1 / 3 + 0.1) / 5),
        (2, 3, (0.1 / 3 + 0.1) / 3),
    ],
)
def test_a_governed_run_tells_what_sharing_did_in_the_judged_weeks(warm_up: int, starts: int, effect: float) -> None:
    """One of three districts has it in the first four weeks, and all of them in the fifth; nobody before the committee
    begins.
    """
    levers = {"sharing": "mandated", "mandated_month": 1, "adoption_months": 0.0, "transfer": 1.0}
    levers = levers | {"effect_mean": 0.1, "effect_sd": 0.0, "fit_loss": 0.0}
    policy = integrated(innovation=levers, starts_weeks=starts)
    log = govern(city("million"), policy, seed=3, replication=0, weeks=5, warm_up=warm_up).log

    assert [log.committee[name] for name in FIGURES] == pytest.approx([effect, 0.1, 0.0])
    assert not set(FIGURES) & set(govern(city("toy"), integrated(), seed=3, replication=0, weeks=1).log.committee)
