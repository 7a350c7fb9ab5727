"""Laws that hold on every single run, to the second: no statistics and no tolerance."""

import numpy as np
import numpy.typing as npt
import pytest

import citysim
from citysim.log import CLOSED, LEFT, MERGED, OPEN, RENEGED, Log
from tests.theory.models import UNIT, Policy, exponential, poisson, served_by, take

SEEDS = range(5)


def _work(replication: int, count: int = 3_000) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Arrivals in whole seconds, often several at once, and the work of each, sometimes none."""
    rng = np.random.default_rng(replication)
    return np.sort(rng.integers(0, 11 * count, count)), rng.integers(0, 20, count)


def _server(name: str, *, preempt: bool = False, servers: int = 1) -> Policy:
    visit = citysim.Workflow().seize("server", preempt=preempt).delay(citysim.FromCase("work")).release("server")
    return served_by(name, visit.close(), server=servers)


def _workload(log: Log, work: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Unfinished work at each second: what has come less what was done, from the steps."""
    end = log.until
    came = np.bincount(log.case_columns["reported"], work, minlength=end).cumsum()
    steps = log.step_columns
    served = np.zeros(end + 1, dtype=np.int64)
    for case, rows in _by_case(steps):
        since, block = None, rows["block"]
        for k in range(len(block)):
            event, time = citysim.log.EVENTS[rows["event"][k]], rows["time"][k]
            if (block[k] == 0 and event == "done") or event == "resumed":
                since = time
            elif since is not None and block[k] == 1 and event in ("done", "preempted"):
                served[since] += 1
                served[time] -= 1
                since = None
        assert since is None, f"case {case} was not finished"
    done = np.concatenate([[0], served.cumsum().cumsum()])[:end]
    return (came - done).astype(np.int64)


def _by_case(steps):
    case = steps["case"]
    edges = np.flatnonzero(np.diff(case)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(case))
    for begin, end in zip(starts, ends, strict=True):
        yield case[begin], {name: column[begin:end] for name, column in steps.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_workload_of_one_server_does_not_depend_on_the_order_of_service(seed: int) -> None:
    """Work conservation: Kleinrock (1976), ch. 3, at every second, and so does the total busy time."""
    times, work = _work(seed)
    classes = np.random.default_rng(seed + 100).integers(0, 4, len(times))
    end = int(times[-1] + work.sum() + 1)
    runs = {
        "first come": citysim.simulate(take(times, 0, work=work), _server("fcfs"), until=end),
        "priority": citysim.simulate(take(times, 0, work=work, priority=classes), _server("np"), until=end),
        "pre-emption": citysim.simulate(
            take(times, 0, work=work, priority=classes), _server("pr", preempt=True), until=end
        ),
    }
    load = {name: _workload(log, take(times, 0, work=work).columns["work"]) for name, log in runs.items()}
    assert (load["first come"] >= 0).all()
    assert (load["first come"] == load["priority"]).all()
    assert (load["first come"] == load["pre-emption"]).all()
    assert {int(log.pool_columns["busy"][0]) for log in runs.values()} == {int(work.sum())}


@pytest.mark.parametrize("seed", SEEDS)
def test_littles_law_holds_on_every_log_to_the_second(seed: int) -> None:
    """Little (1961): the time that cases spend inside is the integral of their number, with those still inside."""
    visit = (
        citysim.Workflow().at("a").seize("a", patience=exponential(2), otherwise="gone").delay(exponential(1))
        .release("a").at("b").seize("b", preempt=True).delay(exponential(1.5)).release("b")
        .verify(0.2, to="a").close().at("gone").leave()
    )  # fmt: skip
    policy = served_by("little", visit, a=1, b=2)
    times = poisson(0.9, 500, seed)
    intake = take(times, seed, 400, priority=np.arange(len(times)) % 3)
    log = citysim.simulate(intake, policy)
    cases, steps, pools, end = log.case_columns, log.step_columns, log.pool_columns, log.until
    gone = np.where(cases["ended"] >= 0, cases["ended"], end)
    moments = np.unique(np.concatenate([cases["reported"], gone, [end]]))
    inside = np.searchsorted(np.sort(cases["reported"]), moments, "right") - np.searchsorted(
        np.sort(gone), moments, "right"
    )
    assert int((inside[:-1] * np.diff(moments)).sum()) == int((gone - cases["reported"]).sum())
    # all of it is time in some line or in some unit's hands
    assert int(pools["waiting"].sum() + pools["busy"].sum()) == int((gone - cases["reported"]).sum())
    assert (steps["event"] == RENEGED).sum() == (cases["outcome"] == LEFT).sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_came_is_closed_left_merged_or_still_inside(seed: int) -> None:
    visit = (
        citysim.Workflow().seize("server", room=2, patience=exponential(3), otherwise="gone").delay(exponential(1))
        .release("server").close().at("gone").leave()
    )  # fmt: skip
    times = poisson(3, 500, seed)
    log = citysim.simulate(take(times, seed, 400), served_by("count", visit, server=2))
    outcome = log.case_columns["outcome"]
    assert len(log) == (times < 400 * UNIT).sum()
    assert len(log) == sum(int((outcome == kind).sum()) for kind in (OPEN, CLOSED, LEFT, MERGED))
    assert ((log.case_columns["ended"] < 0) == (outcome == OPEN)).all()
    assert (outcome == OPEN).sum() <= 5  # two at work and three in line


@pytest.mark.parametrize("factor", [2, 60, 1_000_003])
def test_a_longer_second_makes_every_time_longer_and_nothing_else(factor: int) -> None:
    """Fixed times and those of the cases multiplied by k: all times of the log are multiplied by k."""

    def run(k: int) -> Log:
        times, work = _work(7)
        family = citysim.PoolFamily(
            "desk", "city", (citysim.Shift(0, 2), citysim.Shift(90 * k, 1)), cycle=150 * k, at_shift_end="hand_over"
        )
        visit = (
            citysim.Workflow().seize("desk", preempt=True, patience=citysim.Fixed(40 * k), otherwise="gone")
            .delay(citysim.FromCase("work")).release("desk").wait_for_slot("sitting").delay(citysim.Fixed(3 * k))
            .close().at("gone").leave()
        )  # fmt: skip
        gate = citysim.Gate("sitting", 10 * k, 35 * k, agenda=4)
        policy = citysim.Policy("scale", visit, citysim.Staffing.of(desk=family), gates=(gate,))
        classes = np.random.default_rng(1).integers(0, 3, len(times))
        return citysim.simulate(take(times * k, 0, work=work * k, priority=classes), policy, until=30_000 * k)

    short, long = run(1), run(factor)
    assert (short.step_columns["time"] * factor == long.step_columns["time"]).all()
    for name in ("case", "lane", "block", "event"):
        assert (short.step_columns[name] == long.step_columns[name]).all()
    desk, sitting = 0, 1
    for name in ("busy", "waiting", "saturated"):
        assert (short.pool_columns[name] * factor == long.pool_columns[name]).all()
    assert short.pool_columns["scheduled"][desk] * factor == long.pool_columns["scheduled"][desk]
    assert short.pool_columns["scheduled"][sitting] == long.pool_columns["scheduled"][sitting], "items, not time"
    for name in ("reported", "ended"):
        time = short.case_columns[name]
        assert (np.where(time < 0, time, time * factor) == long.case_columns[name]).all()


@pytest.mark.parametrize("servers", [1, 3])
def test_each_class_waits_first_come_first_served_as_lindley_says(servers: int) -> None:
    """Kiefer & Wolfowitz (1955): whoever comes takes the server that is free first; Lindley (1952) for one server."""
    times, work = _work(3)
    times, work = np.unique(times), work[: len(np.unique(times))] * servers
    log = citysim.simulate(
        take(times, 0, work=work), _server("lindley", servers=servers), until=int(times[-1] + work.sum() + 1)
    )
    free = np.zeros(servers, dtype=np.int64)
    for k, (time, length) in enumerate(zip(times, work, strict=True)):
        begin = max(time, free.min())
        free[free.argmin()] = begin + length
        assert log.case_columns["ended"][k] == begin + length
