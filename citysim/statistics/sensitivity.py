"""Which factors matter for an outcome that is noisy: Morris, Sobol', regional sensitivity, and where an answer flips.

Outputs have shape (points, replications), and replication k is the same world at every point. What is asked for is the
sensitivity of the mean over all worlds; with noise of each point's own, variances of the mean over a few replications
are too high by a share of 1 / replications. The jackknife over replications takes that off, and its interval says what
other worlds would change; with one replication there is none. `pip install 'citysim[analysis]'` for Morris and Sobol'.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import hypot, pi
from types import ModuleType
from typing import Literal

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError, InputError, whole_number
from citysim.statistics.intervals import (
    NAN,
    FloatArray,
    Interval,
    complete,
    deviation,
    proportion,
    t_interval,
    table,
)
from citysim.statistics.prim import BELOW_ZERO, Criterion, membership
from citysim.statistics.sampling import Factor, distinct, power_of_two, scaled

GRID = 4
"""Levels of a Morris design: 0, 1/3, 2/3 and 1 of a range, steps of 2/3 (Morris 1991, p. 163)."""

PERMUTATIONS = 999
RESAMPLES = 200

Verdict = Literal["better", "worse", "cannot_tell"]


@dataclass(frozen=True)
class SobolIndices:
    """Shares of the variance of the mean outcome that go back to one factor.

    Args:
        first: by this factor alone; total: with all it does together with others. May lie a little below 0, and are nan
            if noise explains all variance over points. Half-widths from points and replications are added as squares;
            luck of each point's own counts in both, so the intervals then hold more often than they say.
        first_points, total_points: half-width from having only so many points; the rest of the interval is luck.
    """

    factor: str
    first: Interval
    total: Interval
    first_points: float
    total_points: float


@dataclass(frozen=True)
class MorrisEffects:
    """What a factor does over its whole range, as seen from many places.

    Args:
        mu: mean effect; mu_star: mean size of the effect; sigma: how much it differs from place to place (it bends or
            works together with others). In the outcome's unit. Intervals over replications, for these places.
        by_noise: the mu_star that noise alone would give a factor without effect; near it mu_star says nothing, and its
            interval does not hold, as a size cannot fall below 0.
    """

    factor: str
    mu: Interval
    mu_star: Interval
    sigma: Interval
    by_noise: float


@dataclass(frozen=True)
class NoiseShare:
    """How much of all variance over points and worlds is luck: common + own.

    Args:
        common: luck that moves all points alike, which falls out of comparisons on the same worlds. own: luck of each
            point by itself, which does not.
    """

    total: float
    common: float
    own: float


@dataclass(frozen=True)
class Separation:
    """How differently a factor is distributed in two groups of points.

    Args:
        distance: greatest difference of the two distribution functions (Kolmogorov and Smirnov), 0 to 1. at: the value
            where it is found. p: how often points dealt to the groups by chance are at least so far apart.
    """

    factor: int
    distance: float
    at: float
    p: float


@dataclass(frozen=True)
class Flips:
    """Where one design is better than another, and what decides it.

    Args:
        verdicts: of each point. better, worse, cannot_tell: their shares of the points. Each point is judged by itself
            at the level asked for: where nothing differs, a share of 1 - level is called all the same.
        separations: of better from worse points, best first; if there are none of one kind, of the other kind from
            those where one cannot tell; empty if all points are alike.
    """

    verdicts: tuple[Verdict, ...]
    better: float
    worse: float
    cannot_tell: float
    separations: tuple[Separation, ...]


def sobol_design(factors: Sequence[Factor], n: int, seed: int) -> FloatArray:
    """Points for `sobol`: n · (factors + 2) rows.

    Raises:
        DataError: factors repeat, or n is no power of 2.
        InputError: SALib is not installed.

    Source: Saltelli and others (2010), Computer Physics Communications 181, 259-270.
    """
    named = distinct(factors)
    whole_number("seed", seed, 0, 2**63 - 1, DataError)
    sample = _salib("SALib.sample.sobol").sample
    draw = np.random.default_rng(seed)
    return scaled(named, sample(_problem(named), power_of_two("n", n), calc_second_order=False, seed=draw))


def sobol(factors: Sequence[Factor], outputs: npt.ArrayLike, level: float = 0.95) -> tuple[SobolIndices, ...]:
    """First and total Sobol' indices of each factor from the outputs of `sobol_design`, in the order of its points.

    Raises:
        DataError: outputs are not n · (factors + 2) rows, miss a value, or do not vary over points (all
            replications together, and with any one left out).
        InputError: SALib is not installed.
    """
    named = distinct(factors)
    values = _outputs(outputs, len(named) + 2, level)
    analyze = _salib("SALib.analyze.sobol").analyze

    def parts(mean: FloatArray, resamples: int = 2) -> FloatArray:
        """Variance by each factor first and total, their half-widths, and the whole variance in the last row."""
        if np.ptp(mean) == 0:
            raise DataError("outputs: the mean over replications is the same at every point, must vary")
        found = analyze(_problem(named), mean, False, resamples, level, seed=1)
        ends = mean.reshape(-1, len(named) + 2)[:, [0, -1]]  # the two independent points that SALib takes for the whole
        shares = [found[key] for key in ("S1", "ST", "S1_conf", "ST_conf")]
        return np.array([*shares, np.ones(len(named))]) * ends.var()

    # parts are quadratic in the mean, so the jackknife takes off all that noise adds; from their ratio it would not
    jack = _jackknife(values, parts)
    whole = float(jack[:, 4].mean())
    half = parts(values.mean(axis=1), RESAMPLES)[2:4] / (whole if whole > 0 else NAN)
    return tuple(
        SobolIndices(
            factor.name,
            _ratio(jack[:, 0, j], jack[:, 4, j], half[0, j], level),
            _ratio(jack[:, 1, j], jack[:, 4, j], half[1, j], level),
            float(half[0, j]),
            float(half[1, j]),
        )
        for j, factor in enumerate(named)
    )


def morris_design(factors: Sequence[Factor], trajectories: int, seed: int) -> FloatArray:
    """Points for `morris` in the unit cube, trajectories · (factors + 1) rows: run them as `scaled(factors, design)`.

    Raises:
        DataError: factors repeat, or trajectories is not within 2..100,000.
        InputError: SALib is not installed.

    Source: Morris (1991), Factorial sampling plans, Technometrics 33, 161-174.
    """
    named = distinct(factors)
    whole_number("trajectories", trajectories, 2, 100_000, DataError)
    whole_number("seed", seed, 0, 2**32 - 1, DataError)
    sample = _salib("SALib.sample.morris").sample
    return np.asarray(sample(_problem(named), trajectories, GRID, seed=np.random.default_rng(seed)), np.float64)


def morris(
    factors: Sequence[Factor], design: npt.ArrayLike, outputs: npt.ArrayLike, level: float = 0.95
) -> tuple[MorrisEffects, ...]:
    """Elementary effects of each factor, from the outputs at the points of `morris_design`.

    Raises:
        DataError: design or outputs are not trajectories · (factors + 1) rows, or miss a value.
        InputError: SALib is not installed.

    Source: mu_star from Campolongo, Cariboni and Saltelli (2007), Environmental Modelling & Software 22, 1509-1518.
    """
    named = distinct(factors)
    values = _outputs(outputs, len(named) + 1, level)
    cube = complete("design", table("design", design))
    if cube.shape != (len(values), len(named)):
        raise DataError(f"design has shape {cube.shape}, must be {(len(values), len(named))} as outputs say")
    analyze = _salib("SALib.analyze.morris").analyze

    def effects(mean: FloatArray) -> FloatArray:
        found = analyze(_problem(named), cube, mean, 2, level, num_levels=GRID, seed=1)
        return np.array([np.asarray(found[key], np.float64) for key in ("mu", "mu_star", "sigma")])

    jack = _jackknife(values, effects)
    noise = _effect_noise(cube, values)
    return tuple(
        MorrisEffects(
            factor.name,
            t_interval(jack[:, 0, j], level),
            t_interval(jack[:, 1, j], level),
            t_interval(jack[:, 2, j], level),
            float(noise[j]),
        )
        for j, factor in enumerate(named)
    )


def noise_share(outputs: npt.ArrayLike) -> NoiseShare:
    """Share of the variance over points and worlds that is luck, by two-way analysis of variance.

    Raises:
        DataError: fewer than two points or replications, a value is missing, or nothing varies.

    Source: Searle, Casella and McCulloch, Variance Components (1992), 4.3 (crossed, one observation a cell).
    """
    values = complete("outputs", table("outputs", outputs))
    points, worlds = values.shape
    if points < 2 or worlds < 2 or np.ptp(values) == 0:
        raise DataError(f"outputs = {values.shape}, must be two or more points and replications, and vary")
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    rest = values - rows[:, None] - columns + values.mean()
    own = float((rest**2).sum() / ((points - 1) * (worlds - 1)))
    common = max(0.0, deviation(columns) ** 2 - own / points)
    factors = max(0.0, deviation(rows) ** 2 - own / worlds)
    whole = own + common + factors
    return NoiseShare((own + common) / whole, common / whole, own / whole)


def regional(
    points: npt.ArrayLike, outputs: npt.ArrayLike, criterion: Criterion = BELOW_ZERO, seed: int = 0
) -> tuple[Separation, ...]:
    """How each factor separates points of interest from the others, in the order of columns.

    A point counts in the first group by its probability of being of interest and in the second by the rest of it, so
    noise draws the groups together: distances are those of what can be told apart. Points must be drawn independently
    for p to hold (a Latin hypercube or Sobol' points make it somewhat too large).

    Raises:
        DataError: shapes do not fit, a value is missing, or one of the groups is empty.

    Source: Hornberger and Spear (1981), Journal of Environmental Management 12, 7-18.
    """
    belongs = membership(outputs, criterion)
    where = complete("points", table("points", points))
    if len(where) != len(belongs):
        raise DataError(f"points and outputs have {len(where)} and {len(belongs)} rows, must be the same")
    if not 0 < belongs.sum() < len(belongs):
        raise DataError(f"outputs: {belongs.sum():g} of {len(belongs)} are of interest, must be some and not all")
    return _separations(where, belongs, seed)


def flips(
    points: npt.ArrayLike,
    differences: npt.ArrayLike,
    less_is_better: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> Flips:
    """Where a design is better than another, where worse, and which factor decides.

    Args:
        differences: design - other, shape (points, replications), the worlds paired; two replications or more.

    Raises:
        DataError: shapes do not fit, a value is missing, there are fewer than two replications, or level is not
            within (0, 1).
    """
    values = complete("differences", table("differences", differences))
    where = complete("points", table("points", points))
    if len(where) != len(values) or values.shape[1] < 2:
        raise DataError(f"differences has shape {values.shape}, must be ({len(where)} as points, 2 or more)")
    good = -values if less_is_better else values
    intervals = [t_interval(row, level) for row in good]
    sides = np.array([(one.low > 0) - (one.high < 0) for one in intervals], dtype=np.int64)
    kinds = [kind for kind in (1, -1, 0) if (sides == kind).any()]
    separations: tuple[Separation, ...] = ()
    if len(kinds) > 1:
        among = np.isin(sides, kinds[:2])
        found = _separations(where[among], (sides[among] == kinds[0]).astype(np.float64), seed)
        separations = tuple(sorted(found, key=lambda one: -one.distance))
    names: dict[int, Verdict] = {1: "better", -1: "worse", 0: "cannot_tell"}
    shares = {kind: float((sides == kind).mean()) for kind in names}
    return Flips(tuple(names[int(side)] for side in sides), shares[1], shares[-1], shares[0], separations)


def _separations(points: FloatArray, belongs: FloatArray, seed: int) -> tuple[Separation, ...]:
    whole_number("seed", seed, 0, 2**63 - 1, DataError)
    draw = np.random.default_rng(seed)
    dealt = np.array([belongs, *(draw.permutation(belongs) for _ in range(PERMUTATIONS))])
    return tuple(_separation(j, points[:, j], dealt) for j in range(points.shape[1]))


def _separation(factor: int, values: FloatArray, dealt: FloatArray) -> Separation:
    """Of the first row of `dealt`, among the others."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    ends = np.append(ordered[1:] > ordered[:-1], True)  # equal values count together
    first = dealt[:, order].cumsum(axis=1)
    other = np.arange(1, len(values) + 1) - first
    apart = np.abs(first / first[:, -1:] - other / other[:, -1:])[:, ends]
    distances = apart.max(axis=1)
    p = (distances >= distances[0] - 1e-12).mean()  # itself among them, so never 0
    return Separation(factor, float(distances[0]), float(ordered[ends][apart[0].argmax()]), float(p))


def _jackknife(values: FloatArray, figure: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Pseudo-values n F - (n - 1) F(without one) of figures of the mean over replications, one row each."""
    n = values.shape[1]
    whole, total = figure(values.mean(axis=1)), values.sum(axis=1)
    if n == 1:
        return whole[None]
    return np.array([n * whole - (n - 1) * figure((total - values[:, k]) / (n - 1)) for k in range(n)])


def _ratio(part: FloatArray, whole: FloatArray, half_points: float, level: float) -> Interval:
    """Ratio of two means with a t interval of what is linear in it (Law 2015, 9.5.3), widened by that from points."""
    total = float(whole.mean())
    if total <= 0:
        return Interval(len(whole), NAN, NAN, NAN)
    ratio = float(part.mean()) / total
    spread = t_interval((part - ratio * whole) / total, level)
    half = hypot((spread.high - spread.low) / 2, half_points)
    return Interval(spread.n, ratio, ratio - half, ratio + half)


def _effect_noise(cube: FloatArray, values: FloatArray) -> FloatArray:
    """Mean size of an elementary effect of nothing but noise, √(2 / π) of its standard error; nan with one world."""
    n, factors = values.shape[1], cube.shape[1]
    steps = np.diff(cube.reshape(-1, factors + 1, factors), axis=1)
    rises = np.diff(values.reshape(-1, factors + 1, n), axis=1)
    if n == 1:
        return np.full(factors, NAN)
    moved = np.abs(steps).argmax(axis=2)
    errors = rises.std(axis=2, ddof=1) / n**0.5 / np.abs(steps).max(axis=2)
    return np.array([(2 / pi) ** 0.5 * errors[moved == j].mean() for j in range(factors)])


def _outputs(outputs: npt.ArrayLike, block: int, level: float) -> FloatArray:
    values = complete("outputs", table("outputs", outputs))
    if len(values) % block or len(values) < 2 * block:
        raise DataError(f"outputs has {len(values)} rows, must be {block} times 2 or more, as the design says")
    proportion("level", level)
    return values


def _problem(factors: Sequence[Factor]) -> dict[str, object]:
    """The unit cube, as SALib wants it; levels are made of it afterwards."""
    return {"num_vars": len(factors), "names": [f.name for f in factors], "bounds": [[0.0, 1.0]] * len(factors)}


def _salib(module: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError:
        raise InputError(f"{module} is not installed: pip install 'citysim[analysis]'") from None
