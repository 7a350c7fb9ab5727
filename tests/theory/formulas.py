"""Exact values from the literature: closed forms, birth-death chains and small Markov chains. Nothing here simulates.

lam: arrivals per unit of time; mu: services per unit of time of one server; c: servers. Lq and L are means over time,
Wq and W means over customers.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from math import exp, factorial

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm
from scipy.sparse import csc_matrix, lil_matrix
from scipy.sparse.linalg import spsolve
from scipy.stats import poisson

Floats = npt.NDArray[np.float64]


def erlang_b(load: float, c: int) -> float:
    """Share of calls lost by c lines (Erlang 1917, formula B)."""
    blocked = 1.0
    for k in range(1, c + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(lam: float, mu: float, c: int) -> dict[str, float]:
    """M/M/c: share that waits, mean wait and mean time in system (Erlang 1917; Gross & Harris 1974, ch. 2)."""
    load = lam / mu
    blocked = erlang_b(load, c)
    p_wait = blocked / (1 - load / c * (1 - blocked))
    wq = p_wait / (c * mu - lam)
    return {"p_wait": p_wait, "Wq": wq, "W": wq + 1 / mu, "Lq": lam * wq, "L": lam * wq + load}


def wait_exceeds(lam: float, mu: float, c: int, t: float) -> float:
    """P(Wq > t) in M/M/c (Gross & Harris 1974, ch. 2)."""
    return erlang_c(lam, mu, c)["p_wait"] * exp(-(c * mu - lam) * t)


def pollaczek_khinchine(lam: float, m1: float, m2: float) -> dict[str, float]:
    """M/G/1 from the moments of the service time (Kleinrock 1975, ch. 5)."""
    wq = lam * m2 / (2 * (1 - lam * m1))
    return {"p_wait": lam * m1, "Wq": wq, "W": wq + m1, "Lq": lam * wq, "L": lam * (wq + m1)}


def birth_death(birth: Callable[[int], float], death: Callable[[int], float], top: int) -> Floats:
    """Stationary probabilities of the states 0..top."""
    weights = [1.0]
    for n in range(1, top + 1):
        weights.append(weights[-1] * birth(n - 1) / death(n))
    result: Floats = np.array(weights) / sum(weights)
    return result


State = Hashable


def stationary(start: State, moves: Callable[[State], Iterable[tuple[State, float]]]) -> tuple[list[State], Floats]:
    """States that can be reached and their stationary probabilities, for a finite Markov chain in continuous time."""
    states: list[State] = [start]
    number = {start: 0}
    arrows: list[tuple[int, int, float]] = []
    for state in states:  # grows while we walk
        for target, rate in moves(state):
            if rate > 0:
                if target not in number:
                    number[target] = len(states)
                    states.append(target)
                arrows.append((number[state], number[target], rate))
    n = len(states)
    rows, columns, rates = (np.array(part) for part in zip(*arrows, strict=True))
    generator = csc_matrix((rates, (columns, rows)), shape=(n, n)).tolil()
    generator.setdiag(generator.diagonal() - np.bincount(rows.astype(int), rates, minlength=n))
    system = lil_matrix(generator)
    system[0, :] = 1.0
    right = np.zeros(n)
    right[0] = 1.0
    return states, np.asarray(spsolve(csc_matrix(system), right))


def mean(chain: tuple[list[State], Floats], value: Callable[..., float]) -> float:
    """Expected value of a function of the state; the state is a tuple."""
    states, shares = chain
    return float(sum(p * value(*s) for s, p in zip(states, shares, strict=True)))  # type: ignore[misc]


def mdc(lam: float, c: int, service: float, top: int = 400) -> dict[str, float]:
    """M/D/c by Crommelin (1932): whoever is served at t is gone at t + D, whoever comes in between is there."""
    jumps = poisson.pmf(np.arange(top), lam * service)
    shares = np.zeros(top)
    shares[0] = 1.0
    for _ in range(20_000):
        rest = np.concatenate([[shares[: c + 1].sum()], shares[c + 1 :]])
        new = np.convolve(rest, jumps)[:top]
        if abs(new - shares).max() < 1e-15:
            break
        shares = new / new.sum()
    waiting = np.maximum(np.arange(top) - c, 0)
    lq = float(shares @ waiting)
    return {"p_wait": float(shares[c:].sum()), "Lq": lq, "Wq": lq / lam, "W": lq / lam + service}


def dmc(gap: float, mu: float, c: int, top: int = 120) -> dict[str, float]:
    """D/M/c from the chain of customers found by an arrival (Takacs 1962; Gross & Harris 1974, ch. 5)."""
    dying = np.zeros((top + 1, top + 1))
    for n in range(1, top + 1):
        dying[n, n - 1], dying[n, n] = min(n, c) * mu, -min(n, c) * mu
    step = expm(dying * gap)
    chain = np.vstack([step[min(n + 1, top)] for n in range(top + 1)])
    found = np.full(top + 1, 1.0 / (top + 1))
    for _ in range(5_000):
        found = found @ chain
    places = np.arange(top + 1)
    wq = float(found @ (np.maximum(places - c + 1, 0) / (c * mu)))
    return {"p_wait": float(found[c:].sum()), "Wq": wq, "W": wq + 1 / mu}


def erlang_a(lam: float, mu: float, c: int, theta: float) -> dict[str, float]:
    """M/M/c+M (Palm 1957; Garnett, Mandelbaum & Reiman 2002): a birth-death chain."""
    p = birth_death(lambda n: lam, lambda n: min(n, c) * mu + max(n - c, 0) * theta, c + 600)
    n = np.arange(len(p))
    lq = float(p @ np.maximum(n - c, 0))
    return {
        "p_wait": float(p[c:].sum()),
        "Lq": lq,
        "Wq": lq / lam,
        "p_abandon": theta * lq / lam,
        "busy": float(p @ np.minimum(n, c)),
    }


def fixed_patience(lam: float, mu: float, c: int, tau: float) -> dict[str, float]:
    """M/M/c+D (Barrer 1957; Zeltyn & Mandelbaum 2005): density of the offered wait in closed form."""
    rate = lam - c * mu
    below = (np.exp(rate * tau) - 1) / rate
    above = np.exp(lam * tau) * np.exp(-c * mu * tau) / (c * mu)
    weights = np.array([(lam / mu) ** j / factorial(j) for j in range(c)])
    scale = weights[-1] / (weights.sum() + lam * weights[-1] * (below + above))
    p_abandon = lam * scale * above
    inside = lam * scale * (tau * np.exp(rate * tau) - below) / rate
    return {
        "p_wait": lam * scale * (below + above),
        "p_abandon": p_abandon,
        "Wq": float(inside + tau * p_abandon),
    }


def cobham(lams: Sequence[float], mu: float, c: int) -> list[float]:
    """Mean wait of each class, no pre-emption, equal service rates (Cobham 1954; Kella & Yechiali 1985)."""
    p_wait = erlang_c(sum(lams), mu, c)["p_wait"]
    used = np.concatenate([[0.0], np.cumsum(lams) / (c * mu)])
    return [p_wait / (c * mu * (1 - used[k]) * (1 - used[k + 1])) for k in range(len(lams))]


def kaufman_roberts(loads: Sequence[float], sizes: Sequence[int], capacity: int) -> list[float]:
    """Share of calls of each class that find too few units (Kaufman 1981; Roberts 1981)."""
    weights = [1.0]
    for n in range(1, capacity + 1):
        weights.append(sum(a * b * weights[n - b] for a, b in zip(loads, sizes, strict=True) if n >= b) / n)
    return [sum(weights[capacity - b + 1 :]) / sum(weights) for b in sizes]
