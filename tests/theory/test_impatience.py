"""People who do not wait for ever: Erlang-A, fixed patience, and waiting cases that become more urgent."""

import pytest

import citysim
from citysim.log import LEFT, OPEN, RENEGED
from tests.theory.formulas import erlang_a, erlang_c, fixed_patience, mean, stationary
from tests.theory.models import UNIT, Policy, exponential, over_time, poisson, served_by, streams, take
from tests.theory.verdict import Model, claim, says

pytestmark = pytest.mark.slow


def _impatient(patience: citysim.Exponential | citysim.Fixed, servers: int) -> Policy:
    visit = (
        citysim.Workflow().at("line").seize("server", patience=patience, otherwise="gone").delay(exponential(1))
        .release("server").close().at("gone").leave()
    )  # fmt: skip
    return served_by("impatient", visit, server=servers)


def _erlang_a(lam: float, servers: int, theta: float, units: float) -> Model:
    exact = erlang_a(lam, 1, servers, theta)
    policy = _impatient(exponential(1 / theta), servers)

    def run(replication: int) -> dict:
        seen = over_time(take(poisson(lam, units, replication), replication, units), policy, 50)
        return {"p_abandon": seen.left(), "Lq": float(seen.line[0]), "busy": float(seen.busy[0])}

    return {name: exact[name] for name in ("p_abandon", "Lq", "busy")}, run


@claim("Erlang-A", "M/M/50+M, lam = 48, theta = 0.5", "Garnett, Mandelbaum & Reiman (2002)", replications=40,
       strong=("busy",))  # fmt: skip
def test_a_call_centre_with_impatient_callers_loses_three_percent() -> Model:
    theory, run = _erlang_a(48, 50, 0.5, 700)
    says(theory["p_abandon"], 0.0309122492)
    says(theory["Lq"], 2.96757592)
    says(theory["busy"], 50 * 0.930324241)
    return theory, run


@claim("Erlang-A", "M/M/4+M, lam = 3.6, theta = 0.5", "Palm (1957)", replications=40,
       strong=("p_abandon", "busy"))  # fmt: skip
def test_four_servers_with_impatient_callers_lose_as_palm_says() -> Model:
    theory, run = _erlang_a(3.6, 4, 0.5, 17_000)
    says(theory["p_abandon"], 0.127236299)
    says(theory["Lq"], 0.916101349)
    return theory, run


@claim("fixed patience", "M/M/4+D, lam = 3.6, everybody leaves after 0.5", "Barrer (1957); Zeltyn & Mandelbaum (2005)",
       replications=40, strong=("p_wait", "Wq"))  # fmt: skip
def test_a_timeout_of_half_a_service_loses_as_barrer_says() -> Model:
    exact = fixed_patience(3.6, 1, 4, 0.5)
    policy = _impatient(citysim.Fixed(UNIT // 2), 4)

    def run(replication: int) -> dict:
        intake = take(poisson(3.6, 13_000, replication), replication, 13_000)
        result = citysim.simulate(intake, policy)
        steps = result.step_columns
        at_line = steps["block"] == result.blocks.index("line")
        waits = (steps["time"] - result.entered())[at_line][200:]
        left = result.case_columns["outcome"]
        return {
            "p_wait": (waits > 0).mean(),
            "p_abandon": (left[left != OPEN] == LEFT).mean(),
            "Wq": waits.mean() / UNIT,
        }

    return {
        "p_wait": says(exact["p_wait"], 0.494094083),
        "p_abandon": says(exact["p_abandon"], 0.153730505),
        "Wq": says(exact["Wq"], 0.159121673),
    }, run


@claim("escalation", "two classes, M/M/3, lam = 0.6 and 1.8, a waiting plain case is raised at rate 0.3",
       "Markov chain; in total M/M/3, as work is conserved", replications=40, strong=("busy",))  # fmt: skip
def test_waiting_cases_that_are_raised_join_the_urgent_line_at_its_end() -> Model:
    top = 90

    def moves(state):
        busy, urgent, plain = state
        if busy < 3:
            yield (busy + 1, 0, 0), 2.4
        else:
            if urgent + plain < top:
                yield (3, urgent + 1, plain), 0.6
                yield (3, urgent, plain + 1), 1.8
            yield (3, urgent + 1, plain - 1), 0.3 * plain
        if busy and not urgent + plain:
            yield (busy - 1, 0, 0), busy
        elif urgent:
            yield (3, urgent - 1, plain), 3
        elif plain:
            yield (3, urgent, plain - 1), 3

    chain = stationary((0, 0, 0), moves)
    urgent = mean(chain, lambda busy, urgent, plain: urgent)
    plain = mean(chain, lambda busy, urgent, plain: plain)
    assert abs(urgent + plain - erlang_c(2.4, 1, 3)["Lq"]) < 1e-6
    visit = (
        citysim.Workflow().route(citysim.Is("priority", "==", 0), to="urgent")
        .at("plain").seize("server", patience=exponential(1 / 0.3), otherwise="raised").go_to("work")
        .at("raised").raise_priority(1).at("urgent").seize("server")
        .at("work").delay(exponential(1)).release("server").close()
    )  # fmt: skip
    policy = served_by("escalation", visit, server=3)

    def run(replication: int) -> dict:
        times, classes = streams([0.6, 1.8], 12_000, replication)
        intake = take(times, replication, 12_000, priority=classes)
        result = citysim.simulate(intake, policy)
        steps = result.step_columns
        block, waits = steps["block"], steps["time"] - result.entered()
        in_plain = float(waits[block == result.blocks.index("plain")].sum()) / result.until
        in_urgent = float(waits[block == result.blocks.index("urgent")].sum()) / result.until
        escalated = (steps["event"] == RENEGED).sum() / (classes == 1).sum()
        busy = result.pool_columns["busy"][0] / result.until
        return {"Lq urgent": in_urgent, "Lq plain": in_plain, "p_escalate": escalated, "busy": busy}

    return {
        "Lq urgent": says(urgent, 0.918497198),
        "Lq plain": says(plain, 1.67026685),
        "p_escalate": says(0.3 * plain / 1.8, 0.278377808),
        "busy": 2.4,
    }, run
