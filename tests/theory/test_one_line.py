"""One line and several servers, all who come are served: M/M/c, M/G/1, M/G/c, D/M/c, batches, vacations."""

from math import exp, log, sqrt

import numpy as np
import pytest

import citysim
from tests.theory.formulas import dmc, erlang_c, mdc, mean, pollaczek_khinchine, stationary, wait_exceeds
from tests.theory.models import UNIT, exponential, over_time, poisson, served_by, settled, station, take, until_all_left
from tests.theory.verdict import Model, claim, says

pytestmark = pytest.mark.slow


def _waits(times: np.ndarray, replication: int, policy: citysim.Policy, units: float, past: float = 0.0) -> dict:
    """Share that waits, mean wait, and share that waits longer than `past`, after the warm-up."""
    result = until_all_left(take(times, replication, units), policy)
    waits = settled(result.waits("line"))
    return {"p_wait": (waits > 0).mean(), "Wq": waits.mean(), f"P(Wq>{past:.4g})": (waits > past).mean()}


def _mmc(lam: float, mu: float, c: int, units: float, past: float) -> Model:
    exact = erlang_c(lam, mu, c)
    theory = {name: exact[name] for name in ("p_wait", "Wq")} | {f"P(Wq>{past:.4g})": wait_exceeds(lam, mu, c, past)}
    policy = station(exponential(1 / mu), c)
    return theory, lambda r: _waits(poisson(lam, units, r), r, policy, units, past)


@claim(
    "M/M/c", "M/M/3, lam = 6, mu = 3", "Erlang (1917); Gross & Harris (1974), ch. 2",
    replications=40, strong=("p_wait",),
)  # fmt: skip
def test_three_servers_make_people_wait_as_erlang_c_says() -> Model:
    theory, run = _mmc(6, 3, 3, 7_000, 0.25)
    says(theory["p_wait"], 4 / 9)
    says(theory["Wq"], 0.148148148)
    says(theory["P(Wq>0.25)"], 0.209940690)
    return theory, run


@claim(
    "M/M/c", "M/M/3, lam = 6, mu = 3, a long run", "Erlang (1917); Gross & Harris (1974), ch. 2",
    replications=48, strong=("p_wait", "Wq", "P(Wq>0.25)"), slow=True,
)  # fmt: skip
def test_three_servers_make_people_wait_as_erlang_c_says_to_a_third_of_a_percent() -> Model:
    return _mmc(6, 3, 3, 40_000, 0.25)


@claim(
    "M/M/c", "M/M/2, lam = 2, mu = 3", "Hillier & Lieberman (2015), ch. 17, county hospital with two doctors",
    replications=40, strong=("p_wait",),
)  # fmt: skip
def test_a_second_doctor_leaves_a_sixth_of_the_patients_waiting() -> Model:
    theory, run = _mmc(2, 3, 2, 20_000, 0.5)
    says(theory["p_wait"], 1 / 6)
    says(theory["Wq"], 1 / 24)
    says(theory["P(Wq>0.5)"], 0.0225558805)
    return theory, run


@claim(
    "M/M/c", "M/M/1, lam = 2, mu = 3", "Hillier & Lieberman (2015), ch. 17, county hospital with one doctor",
    replications=40, strong=("p_wait",),
)  # fmt: skip
def test_one_doctor_makes_patients_wait_as_erlang_c_says() -> Model:
    theory, run = _mmc(2, 3, 1, 15_000, 1)
    says(theory["Wq"], 2 / 3)
    says(theory["P(Wq>1)"], 0.245252961)
    return theory, run


@claim(
    "M/M/c", "M/M/50, lam = 48, mu = 1", "Gans, Koole & Mandelbaum (2003), Erlang-C column", replications=30, slow=True
)
def test_a_large_call_centre_at_96_percent_waits_as_erlang_c_says() -> Model:
    theory, run = _mmc(48, 1, 50, 4_000, 0.9689790297)
    says(theory["p_wait"], 0.694455611)
    says(theory["P(Wq>0.969)"], 0.1)
    return theory, run


@claim(
    "M/M/c", "M/M/3, lam = 0.2, mu = 0.1: in line and in service, over time", "Gross & Harris (1974), ch. 2",
    replications=40, strong=("L", "busy"),
)  # fmt: skip
def test_the_pools_account_of_line_and_work_is_that_of_erlang_c() -> Model:
    exact = erlang_c(0.2, 0.1, 3)
    policy = station(exponential(10), 3)

    def run(replication: int) -> dict:
        seen = over_time(take(poisson(0.2, 300_000, replication), replication, 300_000), policy, 3_000)
        line, busy = float(seen.line[0]), float(seen.busy[0])
        return {"Lq": line, "L": line + busy, "busy": busy}

    return {"Lq": says(exact["Lq"], 8 / 9), "L": says(exact["L"], 26 / 9), "busy": 2.0}, run


@claim(
    "M/G/1", "M/D/1, lam = 0.7", "Pollaczek-Khinchine; Kleinrock (1975), ch. 5", replications=40,
    strong=("p_wait", "W"),
)  # fmt: skip
def test_fixed_service_halves_the_wait() -> Model:
    exact = pollaczek_khinchine(0.7, 1, 1)
    policy = station(citysim.Fixed(UNIT), 1)

    def run(replication: int) -> dict:
        found = _waits(poisson(0.7, 45_000, replication), replication, policy, 45_000)
        return {"p_wait": found["p_wait"], "Wq": found["Wq"], "W": found["Wq"] + 1}

    return {"p_wait": 0.7, "Wq": says(exact["Wq"], 7 / 6), "W": says(exact["W"], 13 / 6)}, run


@claim(
    "M/G/1", "M/E3/1, lam = 0.8, three exponential delays in a row", "Pollaczek-Khinchine; Kleinrock (1975), ch. 5",
    replications=40, strong=("p_wait", "busy"),
)  # fmt: skip
def test_three_delays_in_a_row_are_an_erlang_service() -> Model:
    exact = pollaczek_khinchine(0.8, 1, 4 / 3)
    third = exponential(1 / 3)
    visit = citysim.Workflow().at("line").seize("server").delay(third).delay(third).delay(third).release("server")
    policy = served_by("erlang", visit.close(), server=1)

    def run(replication: int) -> dict:
        times = poisson(0.8, 20_000, replication)
        found = _waits(times, replication, policy, 20_000)
        seen = over_time(take(times, replication, 20_000), policy, 200)
        return {"p_wait": found["p_wait"], "Wq": found["Wq"], "busy": float(seen.busy[0])}

    return {"p_wait": says(exact["p_wait"], 0.8), "Wq": says(exact["Wq"], 8 / 3), "busy": 0.8}, run


@claim(
    "M/G/1", "M/LN/1, lam = 0.6, cv = 1.5", "Pollaczek-Khinchine; Kleinrock (1975), ch. 5", replications=40,
    strong=("p_wait",),
)  # fmt: skip
def test_lognormal_service_waits_by_its_second_moment() -> Model:
    sigma = sqrt(log(1 + 1.5**2))
    exact = pollaczek_khinchine(0.6, 1, 1 + 1.5**2)
    policy = station(citysim.Lognormal(exp(-(sigma**2) / 2) * UNIT, sigma), 1)

    def run(replication: int) -> dict:
        found = _waits(poisson(0.6, 30_000, replication), replication, policy, 30_000)
        return {"p_wait": found["p_wait"], "Wq": found["Wq"]}

    return {"p_wait": 0.6, "Wq": says(exact["Wq"], 2.4375)}, run


@claim("M/G/c", "M/D/3, lam = 2.4", "Crommelin (1932); Franx (2001)", replications=40, strong=("p_wait",))
def test_three_servers_with_fixed_service_wait_as_crommelin_says() -> Model:
    exact = mdc(2.4, 3, 1)
    policy = station(citysim.Fixed(UNIT), 3)

    def run(replication: int) -> dict:
        return _waits(poisson(2.4, 12_000, replication), replication, policy, 12_000, 0.5)

    says(exact["Lq"], 1.32936054)
    return {
        "p_wait": says(exact["p_wait"], 0.632542245),
        "Wq": says(exact["Wq"], 0.553900225),
        "P(Wq>0.5)": 0.388757819962,  # Franx (2001), waiting-time distribution of M/D/c
    }, run


def _phases(lam: float, k: int, c: int, top: int = 150) -> dict[str, float]:
    """M/Ek/c with mean service 1 as a Markov chain: busy servers by phase, and the line."""

    def moves(state):
        busy, line = state
        work = sum(busy)
        if work < c:
            yield ((busy[0] + 1, *busy[1:]), line), lam
        elif line < top:
            yield (busy, line + 1), lam
        for phase, n in enumerate(busy):
            after = list(busy)
            after[phase] -= 1
            if phase + 1 < k:
                after[phase + 1] += 1
            elif line > 0:
                after[0] += 1
            yield (tuple(after), line - (phase + 1 == k and line > 0)), n * k

    chain = stationary(((0,) * k, 0), moves)
    lq = mean(chain, lambda busy, line: line)
    return {"p_wait": mean(chain, lambda busy, line: sum(busy) == c), "Wq": lq / lam, "Lq": lq}


def _erlang_station(k: int, c: int) -> citysim.Policy:
    visit = citysim.Workflow().at("line").seize("server")
    for _ in range(k):
        visit = visit.delay(exponential(1 / k))
    return served_by("phases", visit.release("server").close(), server=c)


@claim("M/G/c", "M/E2/3, lam = 2.4", "Markov chain of phases; cf. Tijms (1994)", replications=40,
       strong=("p_wait",))  # fmt: skip
def test_three_servers_with_two_phases_wait_as_their_markov_chain_says() -> Model:
    exact = _phases(2.4, 2, 3)
    policy = _erlang_station(2, 3)

    def run(replication: int) -> dict:
        found = _waits(poisson(2.4, 12_000, replication), replication, policy, 12_000)
        return {"p_wait": found["p_wait"], "Wq": found["Wq"]}

    return {"p_wait": says(exact["p_wait"], 0.64323852), "Wq": says(exact["Wq"], 0.818261739)}, run


@claim("M/G/c", "M/E4/3, lam = 2.4 (cv2 = 0.25), a band of 3 %", "Kimura (1986); Cosmetatos (1976)",
       replications=30, band=0.03)  # fmt: skip
def test_the_published_approximations_of_m_g_c_bracket_four_phases() -> Model:
    policy = _erlang_station(4, 3)

    def run(replication: int) -> dict:
        return {"Wq": _waits(poisson(2.4, 12_000, replication), replication, policy, 12_000)["Wq"]}

    return {"Wq": 0.686505425}, run


@claim("GI/M/c", "D/M/2, an arrival every 0.625", "Takacs (1962); Gross & Harris (1974), ch. 5",
       replications=40, strong=("p_wait", "W"))  # fmt: skip
def test_scheduled_arrivals_wait_as_the_arrival_chain_says() -> Model:
    exact = dmc(0.625, 1, 2)
    policy = station(exponential(1), 2)
    times = np.arange(1, 48_000) * 625_000

    def run(replication: int) -> dict:
        found = _waits(times, replication, policy, 30_000, 2.24069545943)  # the 90 % quantile
        return found | {"W": found["Wq"] + 1}

    return {
        "p_wait": says(exact["p_wait"], 0.528173719),
        "Wq": says(exact["Wq"], 0.711114831),
        "W": exact["W"],
        "P(Wq>2.241)": 0.1,
    }, run


@claim("batches", "M^[X]/M/1, batches of 1 or 3, 0.3 batches", "Gross & Harris (1974), ch. 3", replications=40,
       strong=("busy",))  # fmt: skip
def test_batches_wait_for_each_other_too() -> Model:
    m1, m2 = 2.0, 5.0
    rho = 0.3 * m1
    number = rho * (1 + m2 / m1) / (2 * (1 - rho))
    policy = station(exponential(1), 1)

    def run(replication: int) -> dict:
        batches = poisson(0.3, 40_000, replication)
        sizes = np.random.default_rng(replication).choice([1, 3], len(batches))
        seen = over_time(take(np.repeat(batches, sizes), replication, 40_000), policy, 400)
        return {"busy": float(seen.busy[0]), "L": float(seen.busy[0] + seen.line[0])}

    return {"busy": 0.6, "L": says(number, 2.625)}, run


@claim("vacations", "M/M/1, lam = 0.6, exponential vacations of mean 2 whenever idle", "Fuhrmann & Cooper (1985)",
       replications=40, strong=("W",))  # fmt: skip
def test_a_server_on_vacation_adds_the_rest_of_its_vacation_to_the_wait() -> Model:
    """The vacation is a case of the lowest priority that takes the server again and again."""
    wait = 0.6 * 2 / (2 * (1 - 0.6)) + 8 / (2 * 2)
    visit = (
        citysim.Workflow().route(citysim.Is("priority", "==", 7), to="vacation")
        .at("line").seize("server").delay(exponential(1)).release("server").close()
        .at("vacation").seize("server").delay(exponential(2)).release("server").go_to("vacation")
    )  # fmt: skip
    policy = served_by("vacations", visit, server=1)

    def run(replication: int) -> dict:
        times = np.concatenate([[0], poisson(0.6, 30_000, replication)])
        intake = take(times, replication, 30_000, priority=np.where(times == 0, 7, 0))
        waits = settled(until_all_left(intake, policy).waits("line"))
        return {"Wq": waits.mean(), "W": waits.mean() + 1}

    return {"Wq": says(wait, 3.5), "W": wait + 1}, run
