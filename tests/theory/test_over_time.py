"""What changes over the day: uneven arrivals, shifts with both rules, and systems that start empty."""

from functools import cache
from math import cos, exp, pi, sin

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.sparse import csr_matrix

import citysim
from citysim.policy.staffing import FINISH, HAND_OVER
from citysim.streams import derive_array
from citysim.world.onset import cumulative_intensity, onset_hours
from tests.theory.models import UNIT, Policy, exponential, served_by, take
from tests.theory.verdict import Model, claim, says

pytestmark = pytest.mark.slow

DAY = 24
"""Units of time in a day: the models of this page count in hours."""


def _daily_rate(t: float) -> float:
    return 10 + 8 * sin(2 * pi * (t - 6) / DAY)


def _uneven_times(days: int, phase: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Arrivals on [0, 24) with rate 10 + 8 sin(2 pi (t - phase) / 24) by inversion, and the day of each."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(240, days)
    grid = np.linspace(0, DAY, 20_001)
    turn = 2 * pi / DAY
    expected = 10 * grid - 8 / turn * (np.cos(turn * (grid - phase)) - cos(turn * phase))
    times = np.interp(rng.random(counts.sum()) * expected[-1], expected, grid)
    return (times * UNIT).astype(np.int64), np.repeat(np.arange(days), counts)


SHIFTS = ((0, 6), (8, 18), (20, 8))
LOOKS = (21, 24)
TOP = 110
"""Most cases that the equations count; more have a chance below 1e-12."""


@cache
def _kolmogorov(rule: str) -> dict[str, float]:
    """Expected hours in line and at work, by the forward equations, Runge-Kutta of order 4 (Ingolfsson et al. 2007).

    A state is (people at work, people in line); with rule "finish" more may work than are on duty.
    """
    states = [(busy, line) for busy in range(19) for line in range(TOP)]
    number = {state: k for k, state in enumerate(states)}

    def generator(servers: int) -> tuple[csr_matrix, csr_matrix]:
        arrive, serve = [], []
        for (busy, line), k in number.items():
            into = (busy + 1, line) if busy < servers else (busy, min(line + 1, TOP - 1))
            arrive += [(number[into], k, 1.0), (k, k, -1.0)]
            if busy:
                after = (busy, line - 1) if line and busy <= servers else (busy - 1, line)
                serve += [(number[after], k, float(busy)), (k, k, -float(busy))]
        return tuple(
            csr_matrix((np.array([v for *_, v in part]), ([i for i, *_ in part], [j for _, j, _ in part])),
                       shape=(len(states), len(states)))
            for part in (arrive, serve)
        )  # fmt: skip

    busy = np.array([b for b, _ in states], dtype=float)
    line = np.array([w for _, w in states], dtype=float)
    p = np.zeros(len(states))
    p[number[0, 0]] = 1.0
    found, in_line, at_work = {}, 0.0, 0.0
    step = 1 / 50
    for begin, end, servers in ((0, 8, 6), (8, 20, 18), (20, 24, 8)):
        p = _change(p, states, number, servers, rule)
        arrive, serve = generator(servers)
        for k in range(round((end - begin) / step)):
            t = begin + k * step
            before = (p @ line, p @ busy)
            k1 = _daily_rate(t) * (arrive @ p) + serve @ p
            k2 = _daily_rate(t + step / 2) * (arrive @ (p + step / 2 * k1)) + serve @ (p + step / 2 * k1)
            k3 = _daily_rate(t + step / 2) * (arrive @ (p + step / 2 * k2)) + serve @ (p + step / 2 * k2)
            k4 = _daily_rate(t + step) * (arrive @ (p + step * k3)) + serve @ (p + step * k3)
            middle = p + step / 2 * (k1 + k2) / 2
            p = p + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            in_line += step / 6 * (before[0] + 4 * (middle @ line) + p @ line)
            at_work += step / 6 * (before[1] + 4 * (middle @ busy) + p @ busy)
            if round((t + step) * 50) == 1_050:
                found |= {"line by 21": in_line, "work by 21": at_work}
    return found | {"line by 24": in_line, "work by 24": at_work, "inside at 24": float(p @ (line + busy))}


def _change(p: np.ndarray, states: list, number: dict, servers: int, rule: str) -> np.ndarray:
    """A new shift: free servers take from the line; with "hand_over" surplus work goes back into it."""
    result = np.zeros_like(p)
    for share, (busy, line) in zip(p, states, strict=True):
        if busy < servers:
            moved = min(servers - busy, line)
            target = (busy + moved, line - moved)
        elif rule == HAND_OVER:
            target = (servers, min(line + busy - servers, TOP - 1))
        else:
            target = (busy, line)
        result[number[target]] += share
    return result


def _shift_policy(rule: str) -> Policy:
    shifts = tuple(citysim.Shift(start * UNIT, heads) for start, heads in SHIFTS)
    family = citysim.PoolFamily("desk", "street", shifts, cycle=DAY * UNIT, at_shift_end=rule)
    visit = citysim.Workflow().seize("desk").delay(exponential(1)).release("desk").close()
    return served_by("shifts", visit, desk=family)


def _day(rule: str, days: int, seed: int) -> dict:
    """Hours in line and at work on each of many independent days: each street is one day."""
    from citysim.engines.simulate import start

    times, day = _uneven_times(days, 6, seed)
    streets = np.append(day, days - 1)
    run = start(take(np.append(times, 0), seed, DAY, street=streets), _shift_policy(rule), steps=False)
    found = {}
    for look in LOOKS:
        run.advance(look * UNIT)
        pools = run.columns()[2]
        found |= {f"line by {look}": pools["waiting"] / UNIT, f"work by {look}": pools["busy"] / UNIT}
    cases = run.columns()[0]
    found["inside at 24"] = np.bincount(cases["street"], cases["ended"] < 0, minlength=days)
    return {name: sample[: days - 1] for name, sample in found.items()}


def _shift_theory(rule: str, hours_in_line: float, hours_at_work: float, inside: float) -> dict[str, float]:
    exact = _kolmogorov(rule)
    says(exact["line by 24"] / 24, hours_in_line)
    says(exact["work by 24"] / 24, hours_at_work)
    says(exact["inside at 24"], inside)
    return exact


SHIFT_MODEL = "M(t)/M/c(t) from empty, 6 desks, 18 from 8 h, 8 from 20 h"


@claim("shifts", f"{SHIFT_MODEL}; surplus desks finish", "forward equations; Green & Kolesar (1991)", replications=3,
       strong=("work by 21", "work by 24"))  # fmt: skip
def test_desks_that_finish_their_case_at_shift_end_obey_the_forward_equations() -> Model:
    theory = _shift_theory(FINISH, 3.57375631, 9.88224289, 2.82617074)
    return theory, lambda replication: _day(FINISH, 1_500, 10 + replication)


@claim("shifts", f"{SHIFT_MODEL}; surplus desks hand over", "forward equations; Ingolfsson et al. (2007)",
       replications=3, strong=("work by 21", "work by 24"))  # fmt: skip
def test_desks_that_hand_over_their_case_at_shift_end_obey_the_forward_equations() -> Model:
    theory = _shift_theory(HAND_OVER, 3.63410485, 9.87599389, 2.97614662)
    return theory, lambda replication: _day(HAND_OVER, 1_500, 10 + replication)


@claim("shifts", f"{SHIFT_MODEL}; hours in line that handing over adds", "forward equations, the same days for both",
       replications=3, slow=True)  # fmt: skip
def test_handing_over_makes_the_line_longer_by_as_much_as_the_forward_equations_say() -> Model:
    def run(replication: int) -> dict:
        first, second = (_day(rule, 5_000, 50 + replication) for rule in (FINISH, HAND_OVER))
        return {name: second[name] - first[name] for name in ("line by 21", "line by 24")}

    finish, over = _kolmogorov(FINISH), _kolmogorov(HAND_OVER)
    return {name: over[name] - finish[name] for name in ("line by 21", "line by 24")}, run


@claim("M_t/G/inf", "rate 10 + 8 sin(2 pi t / 24), mean service 3 h, no lines", "Eick, Massey & Whitt (1993), eq. 1",
       replications=3, strong=("exponential at 6", "exponential at 12", "fixed at 6"))  # fmt: skip
def test_people_at_work_lag_behind_uneven_arrivals() -> Model:
    """Each street is one trial of five days; the count on the last day is as if there had been days for ever."""
    turn, trials = 2 * pi / DAY, 750
    policies = {
        "exponential": served_by("endless", citysim.Workflow().delay(exponential(3)).close()),
        "fixed": served_by("endless", citysim.Workflow().delay(citysim.Fixed(3 * UNIT)).close()),
    }

    def exact(shape: str, t: float) -> float:
        if shape == "fixed":
            return quad(lambda u: 10 + 8 * sin(turn * (t - u)), 0, 3)[0]
        return quad(lambda u: (10 + 8 * sin(turn * (t - u))) * exp(-u / 3), 0, 200, limit=200)[0]

    def run(replication: int) -> dict:
        times, day = _uneven_times(3 * trials, 0, 90 + replication)
        trial, day = np.divmod(day, 3)
        times = times + day * DAY * UNIT
        found = {}
        for shape, policy in policies.items():
            intake = take(times, replication, 3 * DAY, street=trial)
            cases = citysim.simulate(intake, policy, steps=False).case_columns
            for hour in (6, 12, 18):
                now = (2 * DAY + hour) * UNIT
                inside = (cases["reported"] <= now) & ((cases["ended"] > now) | (cases["ended"] < 0))
                found[f"{shape} at {hour}"] = np.bincount(cases["street"], inside, minlength=trials)
        return found

    stated = {
        "exponential": (44.8436750, 41.6581951, 15.1563250),
        "fixed": (51.6075916, 38.9501575, 8.39240841),
    }
    return {
        f"{shape} at {hour}": says(exact(shape, hour), number)
        for shape, numbers in stated.items()
        for hour, number in zip((6, 12, 18), numbers, strict=True)
    }, run


def _clinic_rates() -> np.ndarray:
    return np.array([
        2.36666666667, 2.8, 8.83333333333, 10.4333333333, 14.8, 26.2666666667, 31.4, 18.0666666667, 16.4666666667,
        12.0333333333, 11.6, 28.8666666667, 18.0333333333, 11.5, 5.3, 4.06666666667, 2.2, 2.1,
    ])  # fmt: skip


@claim("uneven arrivals", "hourly rates of a clinic, 18 h", "Nelson (2013), ex. 13; frozen at the last arrival: 224.49",
       replications=1, strong=("count",))  # fmt: skip
def test_onset_counts_what_the_rates_add_up_to_and_does_not_freeze_them() -> Model:
    def run(replication: int) -> dict:
        streams = derive_array(2026, np.arange(6_000))
        rows, _, _ = onset_hours(2026, streams, np.ones(6_000), cumulative_intensity(_clinic_rates()))
        return {"count": np.bincount(rows, minlength=6_000)}

    return {"count": says(_clinic_rates().sum(), 227.133333)}, run


def _first_delays(lam: float, count: int) -> np.ndarray:
    """Mean delay of customer 1, 2, ... of M/M/1 with mu = 1 from empty, by the chain of customers found."""
    found = np.zeros(count + 1)
    found[0] = 1.0
    delays = []
    for _ in range(count):
        delays.append(float(found @ np.arange(count + 1)))
        inside = np.roll(found, 1)
        inside[0] = 0.0
        left = 1 / (1 + lam)  # chance that a service ends before the next arrival
        after = np.zeros(count + 1)
        carried = 0.0
        for n in range(count, 0, -1):
            carried = inside[n] + carried * left
            after[n] = carried * (1 - left)
        after[0] = carried * left
        found = after
    return np.array(delays)


@claim("transient", "M/M/1, lam = 0.9, from empty: mean delay of the i-th customer", "Kelton & Law (1985)",
       replications=2, strong=("delay 10",))  # fmt: skip
def test_the_first_customers_of_an_empty_queue_wait_as_kelton_and_law_say() -> Model:
    trials = 70_000
    exact = _first_delays(0.9, 10)
    family = citysim.PoolFamily("server", "street", (citysim.Shift(0, 1),))
    visit = citysim.Workflow().at("line").seize("server").delay(exponential(1)).release("server").close()
    policy = served_by("transient", visit, server=family)

    def run(replication: int) -> dict:
        gaps = np.random.default_rng(replication).exponential(UNIT / 0.9, (trials, 10))
        times = np.cumsum(gaps, axis=1).astype(np.int64)
        number, street = np.tile(np.arange(10), trials), np.repeat(np.arange(trials), 10)
        intake = take(times.ravel(), replication, 500, street=street, number=number)
        waits = citysim.simulate(intake, policy).waits("line") / UNIT
        return {f"delay {i}": waits[intake.columns["number"] == i - 1] for i in (2, 5, 10)}

    stated = {2: 0.473684211, 5: 1.32946480, 10: 2.19500344}
    return {f"delay {i}": says(exact[i - 1], number) for i, number in stated.items()}, run


@claim("transient", "five tellers, an arrival a minute, mean service 4, doors open for 480 minutes",
       "Law (2015), bank with five tellers (10 days: 2.03 +- 0.32)", replications=3, slow=True)  # fmt: skip
def test_a_bank_that_closes_serves_those_inside() -> Model:
    trials, top, step = 2_500, 150, 0.02
    n = np.arange(top + 1)
    deaths = np.minimum(n, 5) / 4
    p = np.zeros(top + 1)
    p[0] = 1.0

    def slope(p: np.ndarray) -> np.ndarray:
        change = -deaths * p
        change[:-1] += (deaths * p)[1:] - p[:-1]
        change[1:] += p[:-1]
        return change

    line = np.maximum(n - 5, 0)
    minutes = 0.0
    for _ in range(round(480 / step)):
        k1 = slope(p)
        k2 = slope(p + step / 2 * k1)
        k3 = slope(p + step / 2 * k2)
        new = p + step / 6 * (k1 + 2 * k2 + 2 * k3 + slope(p + step * k3))
        minutes += step / 2 * float((p + new) @ line)
        p = new
    says(minutes / 480, 2.05964809)
    after_closing = float(p @ np.array([sum(k - 5 for k in range(6, m + 1)) / 1.25 for m in n]))
    family = citysim.PoolFamily("teller", "street", (citysim.Shift(0, 5),))
    visit = citysim.Workflow().seize("teller").delay(exponential(4)).release("teller").close()
    policy = served_by("bank", visit, teller=family)

    def run(replication: int) -> dict:
        rng = np.random.default_rng(replication)
        counts = rng.poisson(480, trials)
        times = np.sort(rng.integers(0, 480 * UNIT, counts.sum()))
        street = rng.permutation(np.repeat(np.arange(trials), counts))
        intake = take(times, replication, 480, street=street)
        result = citysim.simulate(intake, policy, until=800 * UNIT, steps=False)
        return {"delays of a day / arrivals": result.pool_columns["waiting"] / UNIT / 480}

    return {"delays of a day / arrivals": says((minutes + after_closing) / 480, 2.07811561)}, run


@pytest.mark.parametrize("rule", [FINISH, HAND_OVER])
def test_the_forward_equations_lose_nobody(rule: str) -> None:
    exact = _kolmogorov(rule)
    assert exact["work by 24"] + exact["inside at 24"] == pytest.approx(240, rel=1e-6)
