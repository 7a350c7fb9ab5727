"""Which of k designs is best, with a stated chance of being right, and no more worlds than that takes.

`draw(designs, first, count)` gives the values of these designs in the worlds first .. first + count - 1, as an array of
shape (count, designs). The search's own mean of the winner is too good to be true (it won by luck too), so the winner
is estimated again on worlds that the search has not seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError, InputError, whole_number
from citysim.statistics.constants import kn_constants, rinott_constant
from citysim.statistics.intervals import FloatArray, Interval, complete, line, positive, t_interval

Draw = Callable[[tuple[int, ...], int, int], npt.ArrayLike]


@dataclass(frozen=True)
class Selected:
    """What a search found.

    Args:
        best: number of the design with the best mean. alive: designs that were not ruled out, best among them.
        worlds: how many each design went through. means: of these, optimistic for the best.
        guaranteed: whether the stated chance of a correct selection holds: if the best is better than any other by the
            indifference or more, it was selected with that chance.
        next_world: the first world that the search has not seen.
    """

    best: int
    alive: tuple[int, ...]
    worlds: tuple[int, ...]
    means: tuple[float, ...]
    guaranteed: bool
    next_world: int


def kn(
    draw: Draw,
    k: int,
    *,
    indifference: float,
    chance: float = 0.95,
    n0: int = 10,
    most: int = 1_000,
    batch: int = 1,
    larger_is_better: bool = True,
) -> Selected:
    """Fully sequential selection: after each world designs that are surely not best are dropped.

    For designs on common worlds: it uses the variance of differences, so common luck shortens it.

    Args:
        indifference: smallest difference worth detecting, > 0. n0: worlds before the first look.
        most: worlds after which it stops without guarantee. batch: worlds drawn at a time; screening is after each.

    Raises:
        DataError: an argument is out of range, or draw hands back another shape or a missing value.

    Source: Kim and Nelson (2001), ACM Transactions on Modeling and Computer Simulation 11, 251-273.
    """
    delta = positive("indifference", indifference)
    _, h2 = kn_constants(chance, n0, k)
    whole_number("most", most, n0, 10**9, DataError)
    whole_number("batch", batch, 1, 10**6, DataError)
    sign = 1.0 if larger_is_better else -1.0
    values = sign * _drawn(draw, tuple(range(k)), 0, n0)
    spread = np.array([[float(np.var(values[:, i] - values[:, j], ddof=1)) for j in range(k)] for i in range(k)])
    sums, counts, seen, drawn = values.sum(axis=0), np.full(k, n0), n0, n0
    alive = _screened(list(range(k)), sums, seen, spread, delta, h2)
    while len(alive) > 1 and seen < most:
        names, step = tuple(alive), min(batch, most - seen)
        more = sign * _drawn(draw, names, seen, step)
        drawn = seen + step
        for row in more:
            if len(alive) == 1:
                break
            seen += 1
            for name in alive:
                sums[name] += row[names.index(name)]
                counts[name] = seen
            alive = _screened(alive, sums, seen, spread, delta, h2)
    means = sums / counts
    best = max(alive, key=lambda i: float(means[i]))
    return Selected(best, tuple(alive), tuple(counts.tolist()), tuple((sign * means).tolist()), len(alive) == 1, drawn)


def _screened(alive: list[int], sums: FloatArray, seen: int, spread: FloatArray, delta: float, h2: float) -> list[int]:
    """Designs that no other alive one surely beats; with no room for doubt left, the one with the best mean."""
    mean = sums / seen

    def survives(i: int) -> bool:
        for j in alive:
            width = max(0.0, (h2 * spread[i, j] / delta - delta * seen) / (2 * seen))
            if i != j and mean[i] < mean[j] - width:
                return False
        return True

    kept = [i for i in alive if survives(i)]
    if len(kept) > 1 and all(h2 * spread[i, j] <= seen * delta**2 for i in kept for j in kept):
        return [max(kept, key=lambda i: (float(mean[i]), -i))]
    return kept


def rinott(
    draw: Draw,
    k: int,
    *,
    indifference: float,
    chance: float = 0.95,
    n0: int = 20,
    most: int = 100_000,
    larger_is_better: bool = True,
) -> Selected:
    """Two stages, for designs that each go through worlds of their own: the first stage says how long the second is.

    Design i is given the worlds from i · most on, so that no two share any.

    Raises:
        DataError: an argument is out of range, or draw hands back another shape or a missing value.

    Source: Rinott (1978), Communications in Statistics A 7, 799-811.
    """
    delta, h = positive("indifference", indifference), rinott_constant(chance, n0, k)
    whole_number("most", most, n0, 10**9, DataError)
    means, counts, enough = [], [], True
    for i in range(k):
        first = _drawn(draw, (i,), i * most, n0)[:, 0]
        root = h * float(first.std(ddof=1)) / delta
        needed = max(root * root, float(n0))
        enough = enough and needed <= most
        count = ceil(min(needed, float(most)))
        rest = _drawn(draw, (i,), i * most + n0, count - n0)[:, 0] if count > n0 else first[:0]
        means.append(float(np.concatenate([first, rest]).mean()))
        counts.append(count)
    best = int(np.argmax(means) if larger_is_better else np.argmin(means))
    alive = (best,) if enough else tuple(range(k))
    return Selected(best, alive, tuple(counts), tuple(means), enough, k * most)


def ocba_fractions(means: npt.ArrayLike, deviations: npt.ArrayLike, *, larger_is_better: bool = True) -> FloatArray:
    """Shares of a budget that each design should get so that the best is most probably seen to be so.

    Args:
        deviations: standard deviations, > 0.

    Raises:
        DataError: fewer than two designs, a deviation is not positive, or two designs share the best mean.

    Source: Chen, Lin, Yücesan and Chick (2000), Discrete Event Dynamic Systems 10, 251-270.
    """
    mean, sd = complete("means", line("means", means)), complete("deviations", line("deviations", deviations))
    if len(mean) != len(sd) or len(mean) < 2 or not (sd > 0).all():
        raise DataError(f"means and deviations = {len(mean)} and {len(sd)} values, must be 2 or more, deviations > 0")
    best = int(np.argmax(mean) if larger_is_better else np.argmin(mean))
    gap = np.abs(mean - mean[best])
    others = np.arange(len(mean)) != best
    if (gap[others] == 0).any():
        raise DataError("means: two designs share the best mean; no budget tells them apart")
    weight = np.zeros(len(mean))
    weight[others] = (sd[others] / gap[others]) ** 2
    weight[best] = sd[best] * float(np.sqrt((weight[others] ** 2 / sd[others] ** 2).sum()))
    shares: FloatArray = weight / weight.sum()
    return shares


def ocba(draw: Draw, k: int, *, budget: int, n0: int = 10, step: int = 10, larger_is_better: bool = True) -> Selected:
    """Spend a fixed number of runs where they help most to see the best; without a guarantee.

    Args:
        budget: runs in all, at least k · n0. step: runs between two looks.

    Raises:
        DataError: an argument is out of range, or draw hands back another shape or a missing value.

    Source: as of `ocba_fractions`.
    """
    whole_number("k", k, 2, 100_000, DataError)
    whole_number("n0", n0, 2, 10**6, DataError)
    whole_number("budget", budget, k * n0, 10**9, DataError)
    whole_number("step", step, 1, budget, DataError)
    values = [column.tolist() for column in _drawn(draw, tuple(range(k)), 0, n0).T]
    spent = k * n0
    while spent < budget:
        means = np.array([np.mean(column) for column in values])
        sds = np.maximum([np.std(column, ddof=1) for column in values], 1e-12)
        best = means.max() if larger_is_better else means.min()
        if (means == best).sum() > 1:  # nothing to tell them apart yet: all alike
            share = np.full(k, 1 / k)
        else:
            share = ocba_fractions(means, sds, larger_is_better=larger_is_better)
        now = min(step, budget - spent)
        short = share * (spent + now) - np.array([len(column) for column in values])
        for _ in range(now):
            i = int(np.argmax(short))
            values[i].append(float(_drawn(draw, (i,), len(values[i]), 1)[0, 0]))
            short[i] -= 1
        spent += now
    means = np.array([np.mean(column) for column in values])
    best_one = int(np.argmax(means) if larger_is_better else np.argmin(means))
    counts = tuple(len(column) for column in values)
    return Selected(best_one, tuple(range(k)), counts, tuple(means.tolist()), False, max(counts))


def estimate_again(draw: Draw, found: Selected, count: int, level: float = 0.95) -> Interval:
    """The mean of the selected design on worlds that the search has not seen, with its t interval."""
    return t_interval(_drawn(draw, (found.best,), found.next_world, count)[:, 0], level)


def _drawn(draw: Draw, designs: tuple[int, ...], first: int, count: int) -> FloatArray:
    try:
        values = np.asarray(draw(designs, first, count), dtype=np.float64)
    except InputError:  # draw itself says what is wrong
        raise
    except (TypeError, ValueError) as error:
        raise DataError(f"draw has handed back what is no table of numbers: {error}") from error
    if values.shape != (count, len(designs)):
        raise DataError(f"draw has handed back shape {values.shape}, must be ({count}, {len(designs)})")
    if not np.isfinite(values).all():
        raise DataError("draw has handed back a value that is missing or infinite; a design without one cannot win")
    return values
