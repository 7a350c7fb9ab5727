"""Who finds no place goes elsewhere: loss, finite sources, several units, overflow, admission, hypercube.

`room=0` is no line at all.
"""

from math import exp, log, sqrt

import numpy as np
import pytest

import citysim
from citysim.intake import Intake
from citysim.log import DONE, NO_ROOM, Log
from tests.theory.formulas import birth_death, erlang_a, erlang_b, kaufman_roberts, mean, stationary
from tests.theory.models import (
    UNIT,
    exponential,
    loss_station,
    over_time,
    poisson,
    served_by,
    streams,
    take,
)
from tests.theory.verdict import Model, claim, says

pytestmark = pytest.mark.slow


def _steps(log: Log, label: str, event: int) -> int:
    """How many steps of a block ended in the event (done, no_room …)."""
    columns = log.step_columns
    return int(((columns["block"] == log.blocks.index(label)) & (columns["event"] == event)).sum())


@claim("M/M/c/K", "M/M/2/3, lam = 3, mu = 4", "birth-death chain; Gross & Harris (1974), ch. 2", replications=40,
       strong=("L", "busy"))  # fmt: skip
def test_two_servers_and_one_chair_turn_away_a_twentieth() -> Model:
    """A line with `room=1` has one chair."""
    p = birth_death(lambda n: 3, lambda n: 4 * min(n, 2), 3)
    visit = (
        citysim.Workflow().seize("server", room=1, otherwise="full").delay(exponential(1 / 4)).release("server").close()
        .at("full").leave()
    )  # fmt: skip
    policy = served_by("finite", visit, server=2)

    def run(replication: int) -> dict:
        intake = take(poisson(3, 15_000, replication), replication, 15_000)
        seen = over_time(intake, policy, 100)
        line, busy = float(seen.line[0]), float(seen.busy[0])
        return {"p_block": seen.left(), "Lq": line, "L": line + busy, "busy": busy}

    n = np.arange(4)
    return {
        "p_block": says(p[3], 0.0493601463),
        "Lq": says(float(p @ np.maximum(n - 2, 0)), 0.0493601463),
        "L": says(float(p @ n), 0.762340037),
        "busy": says(float(p @ np.minimum(n, 2)), 2 * 0.356489945),
    }, run


def _erlang_loss(service: citysim.Exponential | citysim.Lognormal) -> Model:
    policy = loss_station(service, 10)

    def run(replication: int) -> dict:
        seen = over_time(take(poisson(8, 6_000, replication), replication, 6_000), policy, 60)
        return {"p_block": seen.left(), "busy": float(seen.busy[0])}

    blocked = says(erlang_b(8, 10), 0.121661064)
    return {"p_block": blocked, "busy": 8 * (1 - blocked)}, run


@claim("Erlang loss", "M/M/10/10, load 8", "Erlang (1917), formula B", replications=40, strong=("p_block", "busy"))
def test_ten_lines_lose_as_erlang_b_says() -> Model:
    return _erlang_loss(exponential(1))


@claim("Erlang loss", "M/LN/10/10, load 8, cv = 2", "Sevastyanov (1957): insensitive to the shape of service",
       replications=40, strong=("busy",))  # fmt: skip
def test_ten_lines_lose_the_same_however_service_is_spread() -> Model:
    sigma = sqrt(log(1 + 2**2))
    return _erlang_loss(citysim.Lognormal(exp(-(sigma**2) / 2) * UNIT, sigma))


@claim("finite sources", "Engset: 10 sources, 3 lines, lam = 0.3, mu = 1", "Engset (1918)", replications=40,
       strong=("call_congestion", "busy"))  # fmt: skip
def test_ten_callers_who_call_again_lose_as_engset_says() -> Model:
    """A closed model: the same ten cases think and call for ever."""
    p = birth_death(lambda n: (10 - n) * 0.3, lambda n: n, 3)
    lost = p[3] * 7 / float(p @ (10 - np.arange(4)))
    visit = (
        citysim.Workflow().at("think").delay(exponential(1 / 0.3)).route(citysim.Chance(0.0), to="never")
        .at("call").seize("line", room=0, otherwise="think").delay(exponential(1)).release("line")
        .go_to("think").at("never").close()
    )  # fmt: skip
    policy = served_by("engset", visit, line=3)

    def run(replication: int) -> dict:
        result = citysim.simulate(take(np.zeros(10), replication, 10_000), policy)
        refused, served = _steps(result, "call", NO_ROOM), _steps(result, "call", DONE)
        return {
            "call_congestion": refused / (refused + served),
            "busy": result.pool_columns["busy"][0] / result.until,
        }

    return {"call_congestion": says(lost, 0.246307559), "busy": says(float(p @ np.arange(4)), 1.84410983)}, run


@claim("several units", "calls of 1 and of 3 units, loads 2 and 1, 6 units", "Kaufman (1981); Roberts (1981)",
       replications=40, strong=("p_block one", "p_block three", "busy"))  # fmt: skip
def test_calls_of_one_and_three_units_are_lost_as_kaufman_and_roberts_say() -> Model:
    one, three = kaufman_roberts([2, 1], [1, 3], 6)
    visit = (
        citysim.Workflow().route(citysim.Is("size", "==", 3), to="large")
        .seize("unit", room=0, otherwise="lost").delay(exponential(1)).release("unit").close()
        .at("large").seize("unit", units=3, room=0, otherwise="lost").delay(exponential(1)).release("unit")
        .close().at("lost").leave()
    )  # fmt: skip
    policy = served_by("units", visit, unit=6)

    def run(replication: int) -> dict:
        times, classes = streams([2, 1], 17_000, replication)
        seen = over_time(take(times, replication, 17_000, size=np.array([1, 3])[classes]), policy, 60)
        return {
            "p_block one": seen.left(classes == 0),
            "p_block three": seen.left(classes == 1),
            "busy": float(seen.busy[0]),
        }

    return {
        "p_block one": says(one, 0.135473767),
        "p_block three": says(three, 0.483163665),
        "busy": says(2 * (1 - one) + 3 * (1 - three), 6 * 0.5465935787),
    }, run


@claim("guard channels", "2 of 6 lines kept for the urgent, lam = 2 and 3", "Hong & Rappaport (1986): birth-death",
       replications=40, strong=("p_block low", "busy"))  # fmt: skip
def test_two_lines_kept_free_guard_the_urgent_calls() -> Model:
    """A plain call looks first whether three lines are free, by taking and returning them at one instant."""
    p = birth_death(lambda n: 5 if n < 4 else 2, lambda n: n, 6)
    visit = (
        citysim.Workflow().route(citysim.Is("priority", "==", 0), to="call")
        .seize("line", units=3, room=0, otherwise="lost").release("line")
        .at("call").seize("line", room=0, otherwise="lost").delay(exponential(1)).release("line").close()
        .at("lost").leave()
    )  # fmt: skip
    policy = served_by("guard", visit, line=6)

    def run(replication: int) -> dict:
        times, classes = streams([2, 3], 10_000, replication)
        seen = over_time(take(times, replication, 10_000, priority=classes), policy, 100)
        return {
            "p_block high": seen.left(classes == 0),
            "p_block low": seen.left(classes == 1),
            "busy": float(seen.busy[0]),
        }

    return {
        "p_block high": says(p[6], 0.0438058525),
        "p_block low": says(float(p[4:].sum()), 0.503767303),
        "busy": says(float(p @ np.arange(7)), 6 * 0.566847731),
    }, run


@claim("overflow", "load 8 on 6 lines, then on 5 more", "Brockmeyer (1954): all lost = B(11, 8)", replications=40,
       strong=("busy first", "busy second"))  # fmt: skip
def test_a_second_group_takes_what_the_first_turns_away() -> Model:
    first, both = erlang_b(8, 6), erlang_b(8, 11)
    visit = (
        citysim.Workflow().seize("near", room=0, otherwise="far").delay(exponential(1)).release("near")
        .close().at("far").seize("next", room=0, otherwise="lost").delay(exponential(1))
        .release("next").close().at("lost").leave()
    )  # fmt: skip
    policy = served_by("overflow", visit, near=6, next=5)

    def run(replication: int) -> dict:
        seen = over_time(take(poisson(8, 6_000, replication), replication, 6_000), policy, 60)
        return {"p_block": seen.left(), "busy first": seen.busy[0], "busy second": seen.busy[1]}

    return {
        "p_block": says(both, 0.0812883205),
        "busy first": 8 * (1 - first),
        "busy second": says(8 * (first - both), 5 * 0.493541704),
    }, run


@claim("overflow", "load 8 on 6 lines, the rest to lines without end", "Riordan and Kosten; Wilkinson (1956)",
       replications=60, strong=("mean",), slow=True)  # fmt: skip
def test_the_overflow_is_more_peaked_than_poisson() -> Model:
    """Mean and variance of the busy lines of the second group, sampled every 5 units of time."""
    lost = 8 * erlang_b(8, 6)
    variance = lost * (1 - lost + 8 / (6 + 1 - 8 + lost))
    visit = (
        citysim.Workflow().seize("near", room=0, otherwise="far").delay(exponential(1)).release("near")
        .close().at("far").mark("dispatched").delay(exponential(1)).leave()
    )  # fmt: skip
    policy = served_by("peaked", visit, near=6)
    looks = np.arange(20, 6_000, 5) * UNIT

    def run(replication: int) -> dict:
        cases = citysim.simulate(take(poisson(8, 6_000, replication), replication, 6_000), policy).case_columns
        came = np.sort(cases["dispatched"][cases["dispatched"] >= 0])
        gone = np.sort(cases["ended"][(cases["dispatched"] >= 0) & (cases["ended"] >= 0)])
        inside = np.searchsorted(came, looks, "right") - np.searchsorted(gone, looks, "right")
        return {"mean": inside.mean(), "variance": ((inside - lost) ** 2).mean()}

    return {"mean": says(lost, 3.11801508), "variance": says(variance, 5.17311839)}, run


@claim("admission", "M/M/1, lam = 0.8, at most 3 or 4 or 8 inside, reward 8, cost 1", "Naor (1969)", replications=40,
       strong=("welfare 3", "welfare 4", "welfare 8"))  # fmt: skip
def test_society_admits_three_where_each_would_join_as_the_eighth() -> Model:
    def welfare(most: int) -> float:
        p = birth_death(lambda n: 0.8, lambda n: 1, most)
        return float(0.8 * (1 - p[most]) * 8 - p @ np.arange(most + 1))

    def policy(most: int) -> citysim.Policy:
        visit = (
            citysim.Workflow().seize("server", room=most - 1, otherwise="balk").delay(exponential(1)).release("server")
            .close().at("balk").leave()
        )  # fmt: skip
        return served_by("naor", visit, server=1)

    policies = {most: policy(most) for most in (3, 4, 8)}

    def run(replication: int) -> dict:
        intake = take(poisson(0.8, 20_000, replication), replication, 20_000)
        found = {}
        for most, rule in policies.items():
            seen = over_time(intake, rule, 200)
            found[f"welfare {most}"] = float(8 * seen.served[0] - seen.busy[0] - seen.line[0])
        return found

    stated = {3: 4.06504065, 4: 4.05711566, 8: 3.54718355795}
    return {f"welfare {most}": says(welfare(most), number) for most, number in stated.items()}, run


@claim("staffing", "M/M/c+M, lam = 10, cost 1 a server, 0.5 a wait, 3 an abandonment", "Palm (1957); 12 is best",
       replications=40, strong=("cost 11", "cost 12", "cost 13"))  # fmt: skip
def test_twelve_servers_cost_least() -> Model:
    def cost(c: int) -> float:
        exact = erlang_a(10, 1, c, 0.5)
        return c + 0.5 * exact["Lq"] + 3 * 10 * exact["p_abandon"]

    def policy(c: int) -> citysim.Policy:
        visit = (
            citysim.Workflow().seize("server", patience=exponential(2), otherwise="gone").delay(exponential(1))
            .release("server").close().at("gone").leave()
        )  # fmt: skip
        return served_by("staffing", visit, server=c)

    policies = {c: policy(c) for c in (11, 12, 13)}

    def run(replication: int) -> dict:
        intake = take(poisson(10, 1_000, replication), replication, 1_000)
        found = {}
        for c, rule in policies.items():
            seen = over_time(intake, rule, 50)
            found[f"cost {c}"] = c + 0.5 * float(seen.line[0]) + 3 * 10 * seen.left()
        return found

    assert min(range(1, 23), key=cost) == 12
    stated = {11: 13.609971813, 12: 13.5672459394, 13: 13.9024435751}
    return {f"cost {c}": says(cost(c), number) for c, number in stated.items()}, run


ATOMS = (0.25, 0.25, 0.05, 0.25, 0.15, 0.15, 0.1, 0.1, 0.1, 0.1)
PREFERENCES = ("012", "012", "102", "021", "102", "102", "201", "201", "201", "201")
ORDERS = tuple(sorted(set(PREFERENCES)))


def _hypercube(line: int) -> dict[str, float]:
    """Larson & Odoni's three units: workloads, share of time all busy, share sent outside the own area."""

    def moves(state):
        busy, waiting = state
        if all(busy):
            if waiting < line:
                yield (busy, waiting + 1), sum(ATOMS)
        else:
            for rate, order in zip(ATOMS, PREFERENCES, strict=True):
                sent = next(int(unit) for unit in order if not busy[int(unit)])
                yield (tuple(b or k == sent for k, b in enumerate(busy)), waiting), rate
        for unit in range(3):
            if busy[unit]:
                rest = tuple(b and k != unit for k, b in enumerate(busy))
                yield ((busy, waiting - 1) if waiting else (rest, 0)), 1.0

    chain = stationary(((False,) * 3, 0), moves)
    found = {f"busy {k + 1}": mean(chain, lambda busy, n, k=k: busy[k]) for k in range(3)}
    return found | {"p_all_busy": mean(chain, lambda busy, n: all(busy)), "Lq": mean(chain, lambda busy, n: n)}


def _hypercube_policy(waits: bool) -> citysim.Policy:
    """Each unit a pool, each order of preference a chain of tries; who may wait first holds a token of the city."""
    visit = citysim.Workflow()
    if waits:
        visit = visit.at("line").seize("any")
    for k, order in enumerate(ORDERS[1:], 1):
        visit = visit.route(citysim.Is("order", "==", k), to=f"try {order} 0")
    for order in ORDERS:
        for place, unit in enumerate(order):
            after = f"try {order} {place + 1}" if place < 2 else "none"
            visit = visit.at(f"try {order} {place}").seize(f"unit{unit}", room=0, otherwise=after)
            visit = visit.delay(exponential(1)).release(f"unit{unit}", *(("any",) if waits else ())).close()
    visit = visit.at("none")
    visit = (visit.release("any") if waits else visit).leave()
    return served_by("hypercube", visit, unit0=1, unit1=1, unit2=1, any=3)


def _hypercube_intake(replication: int, units: float) -> Intake:
    times, atoms = streams(ATOMS, units, replication)
    return take(times, replication, units, order=np.array([ORDERS.index(p) for p in PREFERENCES])[atoms])


@claim("hypercube", "3 units, 10 atoms, no line", "Larson & Odoni (1981), problem 5.7", replications=40,
       strong=("busy 1", "busy 2", "busy 3", "p_loss"))  # fmt: skip
def test_three_patrol_cars_without_a_line_work_as_the_hypercube_says() -> Model:
    exact = _hypercube(0)
    policy = _hypercube_policy(False)

    def run(replication: int) -> dict:
        seen = over_time(_hypercube_intake(replication, 17_000), policy, 50)
        return {f"busy {k + 1}": seen.busy[k] for k in range(3)} | {"p_loss": seen.left()}

    return {
        "busy 1": says(exact["busy 1"], 0.497905447),
        "busy 2": says(exact["busy 2"], 0.40263125),
        "busy 3": says(exact["busy 3"], 0.397970766),
        "p_loss": says(exact["p_all_busy"], 0.134328358),
    }, run


@claim("hypercube", "3 units, 10 atoms, a common line", "Larson & Odoni (1981), section 5.4", replications=40,
       strong=("busy 1", "busy 2", "busy 3"))  # fmt: skip
def test_three_patrol_cars_with_a_common_line_work_as_the_hypercube_says() -> Model:
    exact = _hypercube(200)
    policy = _hypercube_policy(True)

    def run(replication: int) -> dict:
        seen = over_time(_hypercube_intake(replication, 12_000), policy, 50)
        return {f"busy {k + 1}": seen.busy[k] for k in range(3)} | {"Lq": seen.line[3]}

    return {
        "busy 1": says(exact["busy 1"], 0.557364012),
        "busy 2": says(exact["busy 2"], 0.473372286),
        "busy 3": says(exact["busy 3"], 0.469263702),
        "Lq": says(exact["Lq"], 0.236842105),
    }, run


@claim("retrial", "M/M/1, lam = 0.6, who finds it busy tries again after a mean of 1.25", "Falin & Templeton (1997)",
       replications=40, strong=("busy",))  # fmt: skip
def test_who_finds_the_line_engaged_calls_again() -> Model:
    orbit = 0.6**2 / 0.4 * (1 + 1 / 0.8)
    visit = (
        citysim.Workflow().at("call").seize("line", room=0, otherwise="later").delay(exponential(1))
        .release("line").close().at("later").delay(exponential(1 / 0.8)).go_to("call")
    )  # fmt: skip
    policy = served_by("retrial", visit, line=1)

    def run(replication: int) -> dict:
        intake = take(poisson(0.6, 40_000, replication), replication, 40_000)
        seen = over_time(intake, policy, 500)
        times = np.where(seen.cases["ended"] >= 0, seen.cases["ended"] - seen.cases["reported"], np.nan)
        return {"W": float(np.nanmean(times[500:])) / UNIT, "busy": float(seen.busy[0])}

    return {"W": says(orbit / 0.6 + 1, 4.375), "busy": 0.6}, run
