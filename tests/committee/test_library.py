"""Hot spots, the focus list, what became of it, and what a budget buys."""

from dataclasses import replace

import numpy as np
import pytest

from citysim.committee.closing import SETTLING, Closing, Loop
from citysim.committee.library import significant
from citysim.committee.model import CityCommittee
from citysim.committee.spending import BUYS, Bought, programmes_under, split
from citysim.policy.programmes import AS_NOW
from citysim.sensing.watch import TIMES
from tests.committee.bodies import committee, one, run, week


def test_frequent_and_harmful_problems_are_not_the_same() -> None:
    model = committee()
    types = len(model.names.types)
    reported = np.full((types, 3), 2.0)
    reported[4] = 50.0
    model.library.add(week(model, 0, reported=reported, harm=one(types, 9, 500.0)))
    assert model.library.focus(1, "frequency")[0].kind == 4
    assert model.library.focus(1, "harm")[0].kind == 9
    assert len(model.library.focus(20, "harm")) == 20


def test_the_library_keeps_its_window_and_no_more() -> None:
    model = run(committee(library={"window_weeks": 3}), 8)
    assert len(model.library) == 3
    assert model.library.total("notices") == 0.0


def test_significance_is_by_benjamini_and_hochberg() -> None:
    """Their own example of 15 tests (1995, section 4.1): at 0.05 four are significant, where Bonferroni finds three."""
    chances = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ]  # fmt: skip
    found = significant(np.array(chances[::-1]), 0.05)
    assert found[::-1].tolist() == [True] * 4 + [False] * 11


def spotted(model: CityCommittee, *weeks: dict[tuple[int, int], int]) -> list[tuple[int, ...]]:
    """Hot spots of each type after weeks in which every type came twice in every street, and so many more in some."""
    types, streets = len(model.names.types), len(model.library._district)
    for number, more in enumerate(weeks):
        seen = np.full((types, streets), 2)
        for place, count in more.items():
            seen[place] += count
        kind, street = (np.repeat(index.ravel(), seen.ravel()) for index in np.indices(seen.shape))
        model.library.add(week(model, number, hot=(kind, street)))
    return [tuple(spots) for spots in model.library._hot_spots()]


def test_a_spot_has_more_of_a_type_than_its_share_of_all_cases() -> None:
    """Street 3 has three times as many cases of every type: busy, and hot for none. Street 5 is hot for type 0."""
    model = committee()
    types = len(model.names.types)
    busy = {(kind, 3): 4 for kind in range(types)}
    spots = spotted(model, *[busy | {(0, 5): 20}] * 4)
    assert spots[0] == (5,)
    assert not any(spots[1:])


def test_a_spot_that_has_ceased_is_none_and_one_that_has_begun_is() -> None:
    before, after = {(0, 5): 30}, {(1, 6): 30}
    assert spotted(committee(), before, before, before, before)[0] == (5,)
    spots = spotted(committee(), before, before, after, after)
    assert spots[0] == ()
    assert spots[1] == (6,)


def crowded(luck: np.random.Generator, model: CityCommittee, **planted: tuple[int, int, int, float]) -> None:
    """Eight weeks of Poisson counts with the margins of streets, types and times; some cells have more, by the week."""
    types, streets = len(model.names.types), len(model.library._district)
    usual = luck.uniform(0.2, 2.0, types)[:, None, None] * luck.uniform(0.5, 3.0, streets)[None, :, None]
    usual = usual * luck.dirichlet(np.full(len(TIMES), 50.0), types)[:, None, :]
    for kind, street, time, more in planted.values():
        usual[kind, street, time] += more
    for number in range(8):
        seen = luck.poisson(usual)
        kind, street, time = (np.repeat(index.ravel(), seen.ravel()) for index in np.indices(seen.shape))
        model.library.add(week(model, number, hot=(kind, street), when=time))


def test_planted_clusters_are_found_with_their_time_and_what_is_hot_at_all_times_is_none() -> None:
    model = committee()
    always = {f"always{time}": (9, 6, time, 5.0) for time in range(len(TIMES))}
    crowded(np.random.default_rng(5), model, night=(3, 5, 1, 6.0), weekend=(4, 2, 2, 6.0), **always)
    clusters = model.library.clusters()
    assert (clusters[3], clusters[4]) == (((5, 1),), ((2, 2),))
    assert (6, 0) not in clusters[9]
    assert 6 in model.library._hot_spots()[9]
    (problem,) = [p for p in model.library.focus(60, "frequency") if p.kind == 3]
    assert problem.times == ((5, 1),)


def test_where_there_is_none_few_clusters_are_found() -> None:
    """In 20 cities, each of 60 x 18 x 4 cells and two tests, fewer than one in ten has any."""
    found = 0
    for seed in range(20):
        model = committee()
        crowded(np.random.default_rng(seed), model)
        found += any(model.library.clusters())
    assert found <= 2


def test_a_cluster_that_has_ceased_is_none() -> None:
    model = committee()
    types, streets = len(model.names.types), len(model.library._district)
    for number in range(8):
        seen = np.full((types, streets, len(TIMES)), 1)
        seen[3, 5, 1] += 12 if number < 4 else 0
        kind, street, time = (np.repeat(index.ravel(), seen.ravel()) for index in np.indices(seen.shape))
        model.library.add(week(model, number, hot=(kind, street), when=time))
        if number == 3:
            assert model.library.clusters()[3] == ((5, 1),)
    assert not any(model.library.clusters())


def test_near_misses_and_what_is_open_over_its_limit_are_entries_beside_every_case() -> None:
    model = committee()
    types, k = len(model.names.types), 4
    model.library.add(week(model, 0, near=one(types, k, 3.0), unresolved=one(types, k, 9.0)))
    model.library.add(week(model, 1, near=one(types, k, 2.0), unresolved=one(types, k, 7.0)))
    (first,) = model.library.focus(1, "frequency")
    assert (first.kind, first.near, first.unresolved) == (k, 5.0, 7.0)


def test_rising_problems_come_before_steady_ones_of_more_harm() -> None:
    model = committee()
    types = len(model.names.types)
    harm = one(types, 4, 100.0) + one(types, 9, 60.0)
    for number, count in enumerate((2.0, 2.0, 20.0, 20.0)):
        reported = np.full((types, 3), 2.0)
        reported[9] = count
        model.library.add(week(model, number, harm=harm, reported=reported))
    assert model.library.trend()[9] == pytest.approx((120.0 + 1.0) / (12.0 + 1.0))
    assert model.library.focus(1, "harm")[0].kind == 4
    assert model.library.focus(1, "rising")[0].kind == 9


def closed(*weeks: tuple[list[float], int], listed: list[int], act_in: int) -> Loop:
    """The loop after so many weeks of harm each, two cases of every type a week; listed after the first weeks."""
    closing = Closing(len(weeks[0][0]))
    number = 0
    for position, (harm, times) in enumerate(weeks):
        for _ in range(times):
            closing.add(np.array(harm), np.full(len(harm), 2.0))
            number += 1
            if number == act_in:
                closing.act(listed)
        if position == 0:
            for kind in listed:
                closing.put_on_list(kind)
    return closing.loop


def test_the_loop_is_closed_where_a_remedy_acts_and_harm_falls() -> None:
    closing = Closing(5)
    even = np.full(5, 2.0)
    closing.add(np.full(5, 10.0), even)
    for kind in (0, 1, 2):
        closing.put_on_list(kind)
    closing.act([0, 1, 3])
    for _ in range(SETTLING):
        closing.add(np.full(5, 1.0), even)
    assert closing.loop == Loop(listed=3, answered=2, improved=0)  # not settled yet
    for _ in range(4):
        closing.add(np.array([8.0, 9.9, 1.0, 10.0, 10.0]), even)
    assert closing.loop == Loop(listed=3, answered=2, improved=1)


def test_what_was_bad_only_when_it_was_listed_has_not_improved() -> None:
    """Types 0 and 1 are listed in bad weeks; 0 is well again before its remedy acts, 1 only afterwards."""
    weeks = ([30.0, 30.0, 10.0], 4), ([10.0, 30.0, 10.0], 4), ([10.0, 10.0, 10.0], 12)
    assert closed(*weeks, listed=[0, 1], act_in=8) == Loop(listed=2, answered=2, improved=1)


def test_what_fell_like_everything_else_has_not_improved() -> None:
    both, alone = ([10.0, 10.0], 8), ([5.0, 5.0], 12)
    assert closed(both, both, alone, listed=[0], act_in=12).improved == 0
    assert closed(both, both, ([5.0, 10.0], 12), listed=[0], act_in=12).improved == 1


def test_a_season_is_judged_by_the_same_weeks_of_the_year_before() -> None:
    """From summer to winter harm falls by itself and in winter it is what it was in the winter before: no success."""
    summer, winter = ([20.0, 10.0], 26), ([10.0, 10.0], 26)
    assert closed(winter, summer, winter, listed=[0], act_in=45).improved == 0
    assert closed(winter, summer, ([7.0, 10.0], 26), listed=[0], act_in=45).improved == 1


def test_fewer_cases_of_the_same_harm_each_are_no_success_of_their_own() -> None:
    closing = Closing(2)
    closing.add(np.array([10.0, 10.0]), np.array([2.0, 2.0]))
    closing.put_on_list(0)
    closing.act([0])
    for _ in range(SETTLING + 4):
        closing.add(np.array([5.0, 10.0]), np.array([1.0, 2.0]))
    assert closing.loop.improved == 0


def test_a_budget_is_split_by_harm_and_buys_what_it_costs() -> None:
    every = {group: 0.0 for group in BUYS}
    gas = BUYS["gas"][0]
    shares = dict(split(every | {"gas": 100.0}, 10.0, known=1.0))
    assert shares[gas] == pytest.approx(10.0)
    assert sum(dict(split(every, 10.0, known=0.8)).values()) == pytest.approx(10.0)
    bought = programmes_under(AS_NOW, Bought((("renewal", 9.6),)))  # 0.0048 km x 2 M yuan for each resident
    assert bought.renewal.share == pytest.approx(0.001)
    assert replace(bought, renewal=AS_NOW.renewal, begun=()) == AS_NOW
    most = programmes_under(AS_NOW, Bought((("renewal", 1e9),)))
    assert most.renewal.share == pytest.approx(0.2)


def test_a_budget_that_is_decided_changes_the_programmes() -> None:
    model = run(committee(prevention={"budget": 30.0}, office={"people": 50}), 10)
    assert sum(yuan for _, yuan in model.rules.bought.budget) == pytest.approx(30.0)
    none = run(committee(prevention={"budget": 0.0}, office={"people": 50}), 10)
    assert none.rules.bought.budget == ()
    assert model.cost > none.cost


def test_a_budget_runs_from_the_week_in_which_it_is_given() -> None:
    bought = programmes_under(AS_NOW, Bought((("renewal", 6.8), ("cavities", 3.0)), 9))
    assert dict(bought.begun) == {"renewal": 9, "cavities": 9}
    already = replace(AS_NOW, renewal=replace(AS_NOW.renewal, share=0.01))
    assert dict(programmes_under(already, Bought((("renewal", 6.8),), 9)).begun) == {}
