"""What is noticed stretch by stretch is what is noticed at once; levers act from the stretch on."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from citysim.engines.simulate import advance, extend, finish, simulate, start
from citysim.intake import FIELDS, Intake
from citysim.log import CASE_DTYPES, Log
from citysim.policy.catalog import load_policy
from citysim.policy.sensors import Sensing
from citysim.sensing import sense
from citysim.sensing.rows import COLUMNS
from citysim.sensing.unfold import Noticing
from citysim.units import CHANNELS, WEEK
from citysim.world.sample import sample_world
from citysim.world.scenario import Scenario, load_scenario
from citysim.world.unfold import Unfolding

WEEKS = 10
PATROL = CHANNELS.index("patrol")
POLICY = load_policy("unified_command")


@cache
def million() -> Scenario:
    return load_scenario(Path(__file__).parents[2] / "scenarios" / "million.yaml")


@cache
def quiet() -> Scenario:
    """Without signals, the one thing that a cut may move: see the module's own words."""
    return replace(million(), cascades=replace(million().cascades, flags=()))


def pieces(scenario: Scenario, levers: list[Sensing], every: int = 1) -> tuple[list[Intake], list[int]]:
    """An intake for every so many weeks, and the number of known incidents after each."""
    unfolding = Unfolding(scenario, seed=5, replication=0, weeks=WEEKS)
    noticing = Noticing(unfolding.world)
    found, known = [], []
    for k, sensing in enumerate(levers):
        found.append(noticing.next(unfolding.next(min(k + 1, WEEKS) * every * WEEK), sensing))
        known.append(len(noticing._known["number"]))
    return found, known


def run(intakes: list[Intake], every: int = 1) -> Log:
    going = start(intakes[0], POLICY, steps=False)
    for k, intake in enumerate(intakes):
        if k:
            extend(going, intake)
        advance(going, (k + 1) * every * WEEK)
    return finish(going, steps=False)


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 5])
def test_the_cuts_leave_no_trace_in_what_happens_to_any_case(every: int) -> None:
    whole = simulate(sense(sample_world(quiet(), seed=5, replication=0, weeks=WEEKS), Sensing()), POLICY, steps=False)
    cut = run(pieces(quiet(), [Sensing()] * (WEEKS // every), every)[0], every)
    for name in CASE_DTYPES.keys() - {"case", "parent", "cause"}:  # numbers of rows
        np.testing.assert_array_equal(cut.case_columns[name], whole.case_columns[name], err_msg=name)
    assert len(whole) > 50_000


def test_rows_are_those_of_the_whole_world_but_for_what_can_no_longer_happen() -> None:
    whole = sense(sample_world(million(), seed=5, replication=0, weeks=WEEKS), Sensing())
    cut, _ = pieces(million(), [Sensing()] * WEEKS)
    luck = np.concatenate([intake.luck for intake in cut])
    kept = np.isin(whole.luck, luck)
    assert len(luck) == kept.sum() > 0.999 * len(whole)
    assert (whole.cause[~kept] >= 0).all()
    for name in FIELDS.keys() - {"parent", "cause", "escapes", "returns"}:
        np.testing.assert_array_equal(np.concatenate([getattr(i, name) for i in cut]), getattr(whole, name)[kept], name)
    for name in COLUMNS:
        np.testing.assert_array_equal(np.concatenate([i.columns[name] for i in cut]), whole.columns[name][kept], name)


def test_a_signal_is_given_in_time_or_at_the_begin_of_the_stretch_in_which_its_incident_is_reported() -> None:
    whole = sense(sample_world(million(), seed=5, replication=0, weeks=WEEKS), Sensing())
    cut, _ = pieces(million(), [Sensing()] * WEEKS)
    luck = np.concatenate([intake.luck for intake in cut])
    was = {(int(whole.luck[c]), int(s)): int(t) for t, c, s in zip(*_signals([whole]), strict=True)}
    now = {(int(luck[c]), int(s)): int(t) for t, c, s in zip(*_signals(cut), strict=True)}
    assert now.keys() <= was.keys()
    assert len(now) > 0.99 * len(was)
    late = {row: t for row, t in now.items() if t != was[row]}
    assert len(late) < 0.01 * len(now)
    assert all(t % WEEK == 0 and t > was[row] for row, t in late.items())


def _signals(intakes: list[Intake]) -> list[np.ndarray]:
    names = ("at", "cause", "signal")
    return [np.concatenate([getattr(intake.signals, name) for intake in intakes]) for name in names]


def test_other_levers_change_nothing_of_the_stretches_before() -> None:
    usual, _ = pieces(million(), [Sensing()] * WEEKS)
    more, _ = pieces(million(), [Sensing()] * 6 + [Sensing(patrol=3.0)] * 4)
    for before, after in zip(usual[:6], more[:6], strict=True):
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(before, name), getattr(after, name), name)
    by_patrol = [sum(int((i.channel == PATROL).sum()) for i in some[6:]) for some in (usual, more)]
    assert by_patrol[1] > 1.2 * by_patrol[0]


def test_what_is_remembered_does_not_grow_with_the_number_of_stretches() -> None:
    _, known = pieces(million(), [Sensing()] * WEEKS)
    assert max(known[6:9]) < 1.3 * max(known[3:6])
    assert known[-1] == 0


def test_the_horizon_need_not_be_a_whole_number_of_stretches() -> None:
    unfolding = Unfolding(million(), seed=5, replication=0, weeks=3)
    noticing = Noticing(unfolding.world)
    sizes = [len(noticing.next(unfolding.next(end * WEEK), Sensing())) for end in (2, 4)]
    assert unfolding.now == 3 * WEEK
    assert sizes[0] > 1.5 * sizes[1]
