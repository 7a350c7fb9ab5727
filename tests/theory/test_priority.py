"""Who goes first: non-preemptive and preemptive priority, interruptions, triage that errs, the c-mu rule."""

import numpy as np
import pytest

import citysim
from citysim.policy.grading import Grading
from tests.theory.formulas import cobham, erlang_c
from tests.theory.models import (
    UNIT,
    Policy,
    exponential,
    over_time,
    served_by,
    settled,
    sojourns,
    streams,
    take,
    until_all_left,
)
from tests.theory.verdict import Model, claim, says


def _line(mean: float, servers: int, *, preempt: bool = False) -> Policy:
    visit = citysim.Workflow().at("line").seize("server", preempt=preempt).delay(exponential(mean)).release("server")
    return served_by("priority", visit.close(), server=servers)


def _by_class(values: np.ndarray, classes: np.ndarray, which: int) -> float:
    """Mean of one class without the first twentieth of all cases."""
    late = np.arange(len(values)) >= len(values) // 20
    return float(values[late & (classes == which)].mean())


def _waits_by_class(lams: list[float], servers: int, units: float) -> Model:
    policy = _line(1, servers)

    def run(replication: int) -> dict:
        times, classes = streams(lams, units, replication)
        waits = until_all_left(take(times, replication, units, priority=classes), policy).waits("line") / UNIT
        found = {f"Wq {k}": _by_class(waits, classes, k) for k in range(2)}
        return found | {f"W {k}": found[f"Wq {k}"] + 1 for k in range(2)}

    exact = cobham(lams, 1, servers)
    return {f"Wq {k}": exact[k] for k in range(2)} | {f"W {k}": exact[k] + 1 for k in range(2)}, run


@claim("priority", "M/M/1, lam = 0.2 and 0.6, no pre-emption", "Cobham (1954)", replications=40, strong=("W 0",))
def test_the_urgent_wait_a_fifth_of_the_others_on_one_server() -> Model:
    theory, run = _waits_by_class([0.2, 0.6], 1, 40_000)
    says(theory["W 0"], 2)
    says(theory["W 1"], 6)
    return theory, run


@pytest.mark.slow
@claim("priority", "M/M/3, lam = 0.6 and 1.2, no pre-emption", "Kella & Yechiali (1985)", replications=40,
       strong=("W 0", "W 1"))  # fmt: skip
def test_the_urgent_wait_less_on_three_servers() -> Model:
    theory, run = _waits_by_class([0.6, 1.2], 3, 20_000)
    says(theory["Wq 0"], 0.147810219)
    says(theory["Wq 1"], 0.369525547)
    return theory, run


def _two_rates(means: tuple[float, float], *, preempt: bool = False) -> Policy:
    visit = (
        citysim.Workflow().at("line").seize("server", preempt=preempt).route(citysim.Is("second", "==", 1), to="second")
        .delay(exponential(means[0])).release("server").close()
        .at("second").delay(exponential(means[1])).release("server").close()
    )  # fmt: skip
    return served_by("two rates", visit, server=1)


@claim("pre-emption", "M/M/1, lam = 0.3 and 0.2, mean service 1 and 2, resumed", "Kleinrock (1976), eq. 3.39",
       replications=40, strong=("W 0",))  # fmt: skip
def test_preempted_work_goes_on_where_it_stopped() -> Model:
    rho0, rho1 = 0.3, 0.4
    first = 1 / (1 - rho0)
    rest = 0.3 * 2 / 2 + 0.2 * 8 / 2
    second = 2 / (1 - rho0) + rest / ((1 - rho0) * (1 - rho0 - rho1))
    policy = _two_rates((1, 2), preempt=True)

    def run(replication: int) -> dict:
        times, classes = streams([0.3, 0.2], 40_000, replication)
        result = until_all_left(take(times, replication, 40_000, priority=classes, second=classes), policy)
        inside = sojourns(result)
        return {"W 0": _by_class(inside, classes, 0), "W 1": _by_class(inside, classes, 1)}

    return {"W 0": says(first, 1.42857143), "W 1": says(second, 8.09523810)}, run


@claim("pre-emption", "M/M/2, lam = 0.6 and 1, resumed", "nested M/M/c; Buzen & Bondi (1983)", replications=40,
       strong=("W 0",), slow=True)  # fmt: skip
def test_two_servers_serve_the_urgent_as_if_they_were_alone() -> Model:
    first, both = erlang_c(0.6, 1, 2)["W"], erlang_c(1.6, 1, 2)["L"]
    second = (both - 0.6 * first) / 1.0
    policy = _line(1, 2, preempt=True)

    def run(replication: int) -> dict:
        times, classes = streams([0.6, 1], 25_000, replication)
        inside = sojourns(until_all_left(take(times, replication, 25_000, priority=classes), policy))
        return {"W 0": _by_class(inside, classes, 0), "W 1": _by_class(inside, classes, 1)}

    return {"W 0": says(first, 1.09890110), "W 1": says(second, 3.78510379)}, run


@pytest.mark.slow
@claim("interruptions", "one job uniform on 0.5..3.5, broken off at rate 0.4 for a mean of 0.7, resumed",
       "Gaver (1962)", replications=4, strong=("completion",))  # fmt: skip
def test_a_job_that_is_broken_off_takes_its_work_and_its_interruptions() -> Model:
    """Each street is one independent trial: a job, and a machine fault that pre-empts it again and again."""
    trials = 12_000
    visit = (
        citysim.Workflow().route(citysim.Is("priority", "==", 0), to="fault")
        .seize("machine").delay(citysim.Uniform(UNIT // 2, 7 * UNIT // 2)).release("machine").close()
        .at("fault").delay(exponential(1 / 0.4)).seize("machine", preempt=True).delay(exponential(0.7))
        .release("machine").go_to("fault")
    )  # fmt: skip
    machine = citysim.PoolFamily("machine", "street", (citysim.Shift(0, 1),))
    policy = served_by("interruptions", visit, machine=machine)

    def run(replication: int) -> dict:
        streets = np.repeat(np.arange(trials), 2)
        urgent = np.tile([5, 0], trials)
        intake = take(np.zeros(2 * trials), replication, 40, street=streets, priority=urgent)
        ended = sojourns(citysim.simulate(intake, policy))[intake.priority == 5]
        assert not np.isnan(ended).any()
        return {"completion": ended}

    return {"completion": says(2 * (1 + 0.4 * 0.7), 2.56)}, run


@claim("triage", "M/M/2, lam = 0.7 and 1.1, a fifth and three tenths are graded wrong", "splitting; Cobham (1954)",
       replications=40, strong=("share red",), slow=True)  # fmt: skip
def test_triage_that_errs_makes_the_urgent_wait() -> Model:
    """A normal score around 0.584 or 0.448 with deviation 0.1 passes the threshold 0.5 with chance 0.8 or 0.3."""
    red = 0.7 * 0.8 + 1.1 * 0.3
    first, second = cobham([red, 1.8 - red], 1, 2)
    grading = Grading((0.5, 0.5, 0.5), (0.5841621233572914, 0.5, 0.5, 0.447559948729196), 0.1)
    visit = citysim.Workflow().grade().at("line").seize("server").delay(exponential(1)).release("server").close()
    policy = served_by("triage", visit, server=2).with_(grading=grading)

    def run(replication: int) -> dict:
        times, classes = streams([0.7, 1.1], 30_000, replication)
        result = until_all_left(take(times, replication, 30_000, severity=3 * classes), policy)
        waits, red = result.waits("line") / UNIT, result.case_columns["grade"] == 0
        return {
            "share red": red.mean(),
            "Wq red": _by_class(waits, red, 1), "Wq blue": _by_class(waits, red, 0),
            "Wq severe": _by_class(waits, classes, 0), "Wq mild": _by_class(waits, classes, 1),
            "Wq": settled(result.waits("line")).mean(),
        }  # fmt: skip

    return {
        "share red": says(red, 0.89) / 1.8,
        "Wq red": says(first, 0.768136558),
        "Wq blue": says(second, 7.68136558),
        "Wq severe": says(0.8 * first + 0.2 * second, 2.15078236),
        "Wq mild": says(0.3 * first + 0.7 * second, 5.60739687),
        "Wq": says(erlang_c(1.8, 1, 2)["Wq"], 4.26315789),
    }, run


@claim("c-mu rule", "M/M/1, lam = 0.4 and 0.3, mu = 1 and 1.2, cost 1 and 3", "Cox & Smith (1961)",
       replications=40, slow=True)  # fmt: skip
def test_the_c_mu_order_costs_least() -> Model:
    lams, means, costs = (0.4, 0.3), (1.0, 1 / 1.2), (1.0, 3.0)
    rho = [lam * m for lam, m in zip(lams, means, strict=True)]
    rest = sum(lam * m**2 for lam, m in zip(lams, means, strict=True))

    def cost(order: tuple[int, ...], *, preempt: bool) -> float:
        total, ahead, seen = 0.0, 0.0, 0.0
        for k in order:
            seen += lams[k] * means[k] ** 2
            gap = (1 - ahead) * (1 - ahead - rho[k])
            inside = means[k] / (1 - ahead) + seen / gap if preempt else means[k] + rest / gap
            total += costs[k] * lams[k] * inside
            ahead += rho[k]
        return total

    fcfs = sum(c * lam * (m + rest / (1 - sum(rho))) for c, lam, m in zip(costs, lams, means, strict=True))
    theory = {
        "first come": says(fcfs, 3.40952381),
        "cheap first": says(cost((0, 1), preempt=False), 4.16269841),
        "cheap first, pre-emptive": says(cost((0, 1), preempt=True), 4.52380952),
        "dear first": says(cost((1, 0), preempt=False), 2.80698413),
        "dear first, pre-emptive": says(cost((1, 0), preempt=True), 2.46031746),
    }
    plain, preemptive = _two_rates((1, 1 / 1.2)), _two_rates((1, 1 / 1.2), preempt=True)

    def run(replication: int) -> dict:
        times, classes = streams(lams, 16_000, replication)
        found = {}
        for name in theory:
            priority = 0 if name == "first come" else classes if name.startswith("cheap") else 1 - classes
            intake = take(times, replication, 16_000, priority=priority, second=classes)
            seen = over_time(intake, preemptive if "pre-emptive" in name else plain, 0)
            cases = seen.cases
            until = np.where(cases["ended"] >= 0, cases["ended"], intake.horizon)
            spent = (until - cases["reported"]) * np.array(costs)[intake.columns["second"][: len(until)]]
            found[name] = float(spent.sum()) / intake.horizon
        return found

    return theory, run
