"""Several stations: Jackson networks, rework, lines without buffers, fork and join, precedence, rival lines, races."""

from fractions import Fraction

import numpy as np
import pytest

import citysim
from citysim.streams import purpose_code, uniforms
from tests.theory.formulas import erlang_c, mean, stationary
from tests.theory.models import (
    UNIT,
    Policy,
    exponential,
    over_time,
    poisson,
    served_by,
    settled,
    sojourns,
    streams,
    take,
    until_all_left,
)
from tests.theory.verdict import Model, claim, says


@claim("network", "three stations with feedback, arrivals at two of them", "Jackson (1957)", replications=80,
       strong=("busy 0", "busy 1", "busy 2"), slow=True)  # fmt: skip
def test_a_network_with_feedback_has_the_lines_of_jacksons_product_form() -> Model:
    lam = np.linalg.solve(np.eye(3) - np.array([[0, 0.6, 0.3], [0, 0, 0.5], [0.2, 0, 0]]).T, [2, 0, 0.5])
    mus, servers = (2.0, 1.0, 2.5), (2, 2, 1)
    exact = [erlang_c(rate, mu, c) for rate, mu, c in zip(lam, mus, servers, strict=True)]
    visit = (
        citysim.Workflow().route(citysim.Is("entry", "==", 1), to="third")
        .at("first").seize("a").delay(exponential(1 / 2)).release("a")
        .route(citysim.Chance(0.6), to="second").route(citysim.Chance(0.75), to="third").close()
        .at("second").seize("b").delay(exponential(1)).release("b").route(citysim.Chance(0.5), to="third").close()
        .at("third").seize("c").delay(exponential(1 / 2.5)).release("c").route(citysim.Chance(0.2), to="first").close()
    )  # fmt: skip
    policy = served_by("jackson", visit, a=2, b=2, c=1)

    def run(replication: int) -> dict:
        times, entry = streams([2, 0.5], 10_000, replication)
        seen = over_time(take(times, replication, 10_000, entry=entry), policy, 100)
        inside = seen.line + seen.busy
        return (
            {f"busy {k}": seen.busy[k] for k in range(3)}
            | {f"L {k}": inside[k] for k in range(3)}
            | {"T": inside.sum() / 2.5}
        )

    stated = (1.85253872, 2.93721854, 3.4)
    return (
        {f"busy {k}": lam[k] / mus[k] for k in range(3)}
        | {f"L {k}": says(exact[k]["L"], stated[k]) for k in range(3)}
        | {"T": says(sum(e["L"] for e in exact) / 2.5, 3.27590291)}
    ), run


@pytest.mark.slow
@claim("rework", "M/M/1, lam = 0.5, three tenths of the work is done again", "Takacs (1963)", replications=40,
       strong=("visits",))  # fmt: skip
def test_failed_checks_bring_work_back_to_the_end_of_the_line() -> Model:
    visit = (
        citysim.Workflow().at("work").seize("server").delay(exponential(1)).release("server")
        .verify(0.3, to="work").close()
    )  # fmt: skip
    policy = served_by("rework", visit, server=1)

    def run(replication: int) -> dict:
        result = until_all_left(take(poisson(0.5, 50_000, replication), replication, 50_000), policy)
        return {"visits": 1 + result.case_columns["reworks"].mean(), "T": sojourns(result)[1_000:].mean()}

    return {"visits": 1 / 0.7, "T": says(1 / (0.7 - 0.5), 5)}, run


def _blocking_line(stations: int) -> float:
    """Throughput of a saturated line without buffers: each station works, is blocked, or (not the first) is empty."""

    def settle(state):
        moved = True
        while moved:
            moved = False
            for k in reversed(range(stations)):
                if state[k] == "done" and (k == stations - 1 or state[k + 1] == "empty"):
                    state[k], moved = "empty", True
                    if k < stations - 1:
                        state[k + 1] = "work"
            if state[0] == "empty":
                state[0], moved = "work", True
        return (tuple(state),)

    def moves(wrapped):
        (state,) = wrapped
        for k in range(stations):
            if state[k] == "work":
                yield settle([*state[:k], "done", *state[k + 1 :]]), 1.0

    chain = stationary(settle(["empty"] * stations), moves)
    return mean(chain, lambda state: state[-1] == "work")


@claim("blocking", "saturated lines of 2, 3 and 4 equal stations without buffers", "Hunt (1956): 2/3, 22/39, 0.5148",
       replications=30, strong=("2 stations", "3 stations", "4 stations"))  # fmt: skip
def test_stations_without_buffers_block_each_other() -> Model:
    """A case gives a station back only when it has the next one."""

    def policy(stations: int) -> Policy:
        visit = citysim.Workflow().seize("s0").delay(exponential(1))
        for k in range(1, stations):
            visit = visit.seize(f"s{k}").release(f"s{k - 1}").delay(exponential(1))
        return served_by("line", visit.release(f"s{stations - 1}").close(), **{f"s{k}": 1 for k in range(stations)})

    policies = {stations: policy(stations) for stations in (2, 3, 4)}

    def run(replication: int) -> dict:
        intake = take(np.arange(3_000), replication, 4_000)
        found = {}
        for stations, rule in policies.items():
            ended = citysim.simulate(intake, rule, steps=False).case_columns["ended"]
            ended = np.sort(ended[ended >= 0])
            found[f"{stations} stations"] = (len(ended) - 101) / (ended[-1] - ended[100]) * UNIT
        return found

    stated = {2: float(Fraction(2, 3)), 3: float(Fraction(22, 39)), 4: 0.514775489}
    return {f"{n} stations": says(_blocking_line(n), number) for n, number in stated.items()}, run


def _fork(ways: int) -> Policy:
    branches = [citysim.Workflow().seize(f"s{k}").delay(exponential(1)).release(f"s{k}") for k in range(ways)]
    return served_by("fork", citysim.Workflow().split(*branches).close(), **{f"s{k}": 1 for k in range(ways)})


def _fork_times(policy: Policy, replication: int, units: float) -> float:
    intake = take(poisson(0.7, units, replication), replication, units)
    result = citysim.simulate(intake, policy, until=intake.horizon + 500 * UNIT, steps=False)
    return float(sojourns(result)[500:].mean())


@claim("fork-join", "two M/M/1 in parallel, lam = 0.7", "Flatto & Hahn (1984); Nelson & Tantawi (1988)",
       replications=40, strong=("T",), slow=True)  # fmt: skip
def test_a_case_with_two_departments_takes_as_long_as_flatto_and_hahn_say() -> Model:
    policy = _fork(2)
    return (
        {"T": says((12 - 0.7) / 8 / (1 - 0.7), 4.70833333)},
        lambda replication: {"T": _fork_times(policy, replication, 62_000)},
    )


@claim("fork-join", "3, 5 and 8 M/M/1 in parallel, lam = 0.7, a band of 5 %", "Nelson & Tantawi (1988)",
       replications=20, band=0.05)  # fmt: skip
def test_more_departments_take_longer_within_the_band_of_nelson_and_tantawi() -> Model:
    def harmonic(n: int) -> float:
        return sum(1 / k for k in range(1, n + 1))

    def approximate(n: int) -> float:
        share = harmonic(n) / harmonic(2)
        return (share + 4 / 11 * (1 - share) * 0.7) * (12 - 0.7) / 8 / (1 - 0.7)

    policies = {n: _fork(n) for n in (3, 5, 8)}
    stated = {3: 5.48829966, 5: 6.54125421, 8: 7.55799603}
    return (
        {f"T {n}": says(approximate(n), number) for n, number in stated.items()},
        lambda r: {f"T {n}": _fork_times(policy, r, 4_000) for n, policy in policies.items()},
    )


@pytest.mark.slow
@claim("precedence", "a bridge of five exponential tasks", "Kulkarni & Adlakha (1986)", replications=4,
       strong=("mean", "P(T>4)"))  # fmt: skip
def test_a_bridge_of_tasks_takes_its_longest_path() -> Model:
    """Splits nest and a bridge does not; but its three paths can be split, if the same task takes the same luck."""

    def moves(state):
        """Kulkarni & Adlakha: each task waits, runs or is done; done means that the project starts again."""
        for k, task in enumerate(state):
            if task == "run":
                after = list(state)
                after[k] = "done"
                if after[0] == "done":
                    after[2] = "run" if after[2] == "wait" else after[2]
                    after[3] = "run" if after[3] == "wait" else after[3]
                if after[1] == after[2] == "done" and after[4] == "wait":
                    after[4] = "run"
                yield ((start if after[3] == after[4] == "done" else tuple(after)), 1.0)

    start = ("run", "run", "wait", "wait", "wait")
    chain = stationary(start, moves)
    ends = mean(chain, lambda a, b, c, d, e: (d, e).count("run") if "done" in (d, e) else 0)
    task = exponential(1)
    visit = citysim.Workflow().split(
        citysim.Workflow().delay(task, luck="a").delay(task, luck="d"),
        citysim.Workflow().delay(task, luck="a").delay(task, luck="c").delay(task, luck="e"),
        citysim.Workflow().delay(task, luck="b").delay(task, luck="e"),
    )
    policy = served_by("bridge", visit.close())

    def run(replication: int) -> dict:
        result = citysim.simulate(take(np.zeros(50_000), replication, 100), policy, steps=False)
        length = sojourns(result)
        return {"mean": length, "variance": (length - 1 / ends) ** 2, "P(T>4)": length > 4}

    return {
        "mean": says(1 / ends, 3.45833333),
        "variance": 2.88715277778,  # Kulkarni & Adlakha (1986), second moment of the absorption time
        "P(T>4)": 0.313720243716,
    }, run


@claim("routing", "lam = 1.6 to two servers: by chance to two lines, or one line for both", "M/M/1 and M/M/2",
       replications=40, slow=True)  # fmt: skip
def test_one_line_for_two_servers_beats_a_line_chosen_by_chance() -> Model:
    pooled = served_by(
        "pooled", citysim.Workflow().seize("a").delay(exponential(1), luck="work").release("a").close(), a=2
    )
    visit = (
        citysim.Workflow().route(citysim.Chance(0.5), to="other").seize("a").delay(exponential(1), luck="work")
        .release("a").close()
        .at("other").seize("b").delay(exponential(1), luck="work").release("b").close()
    )  # fmt: skip
    apart = served_by("apart", visit, a=1, b=1)

    def run(replication: int) -> dict:
        intake = take(poisson(1.6, 20_000, replication), replication, 20_000)
        found = {}
        for name, policy in (("W by chance", apart), ("W one line", pooled)):
            result = citysim.simulate(intake, policy, until=intake.horizon + 500 * UNIT, steps=False)
            found[name] = float(sojourns(result)[1_000:].mean())
        return found

    return {"W by chance": says(1 / (1 - 0.8), 5), "W one line": says(erlang_c(1.6, 1, 2)["W"], 2.77777778)}, run


@claim("race", "three reports with rates 0.5, 1.5 and 0.2, the first counts", "competing exponentials; Ross (2014)",
       replications=4, strong=("p 0", "p 1", "mean"))  # fmt: skip
def test_the_first_of_three_reports_comes_as_competing_exponentials_say() -> Model:
    """The luck of `sensing`: one keyed uniform for each channel; the language itself has no race of delays."""
    rates = np.array([0.5, 1.5, 0.2])

    def run(replication: int) -> dict:
        people = np.arange(100_000)
        times = np.stack([
            -np.log1p(-uniforms(replication, people, purpose_code(f"report {k}"))) / rate
            for k, rate in enumerate(rates)
        ])  # fmt: skip
        first = times.argmin(axis=0)
        return {"mean": times.min(axis=0)} | {f"p {k}": (first == k).astype(float) for k in range(3)}

    return {"mean": says(1 / rates.sum(), 0.454545455)} | {f"p {k}": rates[k] / rates.sum() for k in range(3)}, run


@claim("inspection", "a patrol every 7 that notices six tenths", "geometric number of rounds and uniform phase",
       replications=4, strong=("mean",))  # fmt: skip
def test_a_periodic_patrol_finds_what_it_missed_on_a_later_round() -> Model:
    """The patrol is a gate: who has come by its sitting is looked at, and waits for the next if it is missed
    (one second later, else it would be looked at again at the same sitting)."""
    visit = (
        citysim.Workflow().at("round").wait_for_slot("patrol").route(citysim.Chance(0.6), to="found")
        .delay(citysim.Fixed(1)).go_to("round").at("found").close()
    )  # fmt: skip
    gate = citysim.Gate("patrol", 7 * UNIT, 7 * UNIT, agenda=1_000_000)
    policy = citysim.Policy("patrol", visit, citysim.Staffing(()), gates=(gate,))
    average, variance = 3.5 + 7 * 0.4 / 0.6, 49 / 12 + 49 * 0.4 / 0.36

    def run(replication: int) -> dict:
        times = np.random.default_rng(replication).integers(0, 70_000 * UNIT, 50_000)
        intake = take(np.sort(times), replication, 70_000)
        delay = sojourns(until_all_left(intake, policy))
        return {"mean": delay, "variance": (delay - average) ** 2}

    return {"mean": says(average, 8.16666667), "variance": says(variance, 58.5277778)}, run


@claim("simulation optimisation", "SimOpt MM1-1, lam = 1.5 at the best mu", "SimOpt, MM1-1; M/M/1", replications=40,
       strong=("value",))  # fmt: skip
def test_the_best_service_rate_costs_what_simopt_says() -> Model:
    mu = 2.82935576311
    visit = citysim.Workflow().at("line").seize("server").delay(exponential(1 / mu)).release("server").close()
    policy = served_by("simopt", visit, server=1)

    def run(replication: int) -> dict:
        result = until_all_left(take(poisson(1.5, 5_000, replication), replication, 5_000), policy)
        return {"value": settled(result.waits("line")).mean() + 1 / mu + 0.1 * mu**2}

    return {"value": says(1 / (mu - 1.5) + 0.1 * mu**2, 1.55276948)}, run
