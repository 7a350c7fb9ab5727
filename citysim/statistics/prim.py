"""Under what conditions does it happen? A box of factor values found by peeling (Patient Rule Induction Method).

Outcomes are noisy, so a point is not in or out: it belongs to the cases of interest with a probability, estimated from
its replications. Density is the mean probability in a box, coverage the share of all probability that the box holds.
Sources: Friedman and Fisher (1999), Bump hunting in high-dimensional data, Statistics and Computing 9, 123-143; Bryant
and Lempert (2010), Thinking inside the box, Technological Forecasting & Social Change 77, 34-49.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtr, stdtr

from citysim.errors import DataError, whole_number
from citysim.statistics.intervals import NAN, FloatArray, Interval, complete, proportion, t_quantile, table

Belonging = Literal["share", "mean"]
"""share: in what share of its replications the point is of interest. mean: how probable it is, by Student's t, that its
mean over all worlds is; with few replications close to one half where the point lies near the threshold."""

Bounds = npt.NDArray[np.float64]
"""Lowest and highest value of each factor, both included; shape (factors, 2); infinite where nothing was cut."""

Mask = npt.NDArray[np.bool_]
RESAMPLES = 1000


@dataclass(frozen=True)
class Criterion:
    """Of interest are outputs below (or above) the threshold, not on it.

    Raises:
        DataError: threshold is not finite, or by is unknown.
    """

    threshold: float = 0.0
    below: bool = True
    by: Belonging = "share"

    def __post_init__(self) -> None:
        if not isfinite(self.threshold):
            raise DataError(f"threshold = {self.threshold!r}, must be finite")
        if self.by not in ("share", "mean"):
            raise DataError(f"by = {self.by!r}, must be 'share' or 'mean'")


BELOW_ZERO = Criterion()


@dataclass(frozen=True, eq=False)
class Cases:
    """Points and how much each belongs to the cases of interest, made by `cases`.

    Args:
        points: shape (points, factors). belongs: a probability for each.
        resampled: these probabilities in each resample of the worlds; shape (resamples, points), empty with one world.
    """

    points: FloatArray
    belongs: FloatArray
    resampled: FloatArray
    worlds: int
    level: float


@dataclass(frozen=True)
class Limit:
    """One factor held within low and high, both included; infinite on a side that is free.

    Args:
        factor: its column. quasi_p: how probable it is that chance alone would make the box at least as dense as it is,
            compared with the same box without this limit. Quasi, as the limit was chosen because it looks good.
    """

    factor: int
    low: float
    high: float
    quasi_p: float


@dataclass(frozen=True)
class Box:
    """Conditions that all must hold, and how well they tell the cases of interest from the others.

    Args:
        limits: of the limited factors only, in the order of columns.
        density: mean probability of the points in the box; coverage: share of all probability that lies in the box.
            Intervals over resampled worlds with the box held fixed, so they do not say how else it might have been cut.
        mass: share of the points in the box; points: their number.
    """

    limits: tuple[Limit, ...]
    coverage: Interval
    density: Interval
    mass: float
    points: int


def membership(outputs: npt.ArrayLike, criterion: Criterion = BELOW_ZERO) -> FloatArray:
    """Probability with which each point is of interest.

    Args:
        outputs: shape (points, replications).

    Raises:
        DataError: outputs have another shape, or a value is missing or infinite.
    """
    values = complete("outputs", table("outputs", outputs))
    return _belonging(_margins(values, criterion), np.ones((1, values.shape[1])), criterion.by)[0]


def cases(
    points: npt.ArrayLike,
    outputs: npt.ArrayLike,
    criterion: Criterion = BELOW_ZERO,
    seed: int = 0,
    level: float = 0.95,
) -> Cases:
    """What to look for and where.

    Args:
        points: shape (points, factors). outputs: shape (points, replications); replication k must be the same world at
            every point. seed, level: of the resampling behind all intervals.

    Raises:
        DataError: shapes do not fit, a value is missing, no point is of interest, or an argument is out of range.
    """
    where = complete("points", table("points", points))
    belongs = membership(outputs, criterion)
    if len(where) != len(belongs):
        raise DataError(f"points and outputs have {len(where)} and {len(belongs)} rows, must be the same")
    if belongs.sum() == 0:
        raise DataError(f"outputs: not one is of interest, must be some: {criterion}")
    proportion("level", level)
    whole_number("seed", seed, 0, 2**63 - 1, DataError)
    margins = _margins(np.asarray(outputs, dtype=np.float64), criterion)
    worlds = margins.shape[1]
    resampled = np.empty((0, len(where)))
    if worlds > 1:  # whole worlds are drawn, the same at every point, as luck is common to all
        counts = np.random.default_rng(seed).multinomial(worlds, np.full(worlds, 1 / worlds), RESAMPLES)
        resampled = _belonging(margins, counts.astype(np.float64), criterion.by)
    return Cases(where, belongs, resampled, worlds, level)


def peel(of: Cases, share: float = 0.05, least_mass: float = 0.05) -> tuple[Box, ...]:
    """Ever smaller boxes, from all points to the last that holds the least mass or nothing but cases of interest.

    Each step cuts from one factor the lowest or highest share of the points left, whichever raises density most for
    each point lost; so a factor with few levels, of which a cut takes many points, has no advantage.

    Args:
        share: cut at each step; the smaller, the more patient. least_mass: share of all points the last box must hold.

    Raises:
        DataError: share or least_mass is not within (0, 1).
    """
    proportion("share", share)
    proportion("least_mass", least_mass)
    bounds = np.tile([-inf, inf], (of.points.shape[1], 1))
    boxes = [_described(of, bounds)]
    while (found := _best_cut(of, bounds, share, least_mass)) is not None:
        bounds = found
        boxes.append(_described(of, bounds))
    return tuple(boxes)


def paste(box: Box, of: Cases, share: float = 0.05) -> Box:
    """The box after moving its limits out again wherever that raises density, which mends cuts made needless later.

    Args:
        share: of the points in the box, how many more are let in at each step.
    """
    proportion("share", share)
    bounds = _bounds(box, of.points)
    while True:
        density = of.belongs[_inside(of.points, bounds)].mean()
        wider = [(of.belongs[_inside(of.points, one)].mean(), one) for one in _pastes(of, bounds, share)]
        best = max(wider, key=lambda pair: pair[0], default=(-inf, bounds))
        if best[0] <= density:
            return _described(of, bounds)
        bounds = best[1]


def judged(box: Box, by: Cases) -> Box:
    """The same limits, with the figures they have in other cases.

    A box looks denser on the worlds it was found with than it is, as it was cut to suit their luck: find it with half
    of the worlds and judge it by the others.
    """
    return _described(by, _bounds(box, by.points))


def densest(boxes: Sequence[Box], least_coverage: float) -> Box:
    """The densest of the boxes that cover enough; the larger of two equally dense.

    Raises:
        DataError: least_coverage is not within (0, 1), or no box covers so much.
    """
    proportion("least_coverage", least_coverage)
    enough = [box for box in boxes if box.coverage.mean >= least_coverage]
    if not enough:
        raise DataError(f"least_coverage = {least_coverage}, none of {len(boxes)} boxes covers so much")
    return max(enough, key=lambda box: (box.density.mean, box.mass))


def inside(box: Box, points: npt.ArrayLike) -> Mask:
    """Which of the points, shape (points, factors), lie in the box."""
    values = complete("points", table("points", points))
    return _inside(values, _bounds(box, values))


def _bounds(box: Box, points: FloatArray) -> Bounds:
    bounds = np.tile([-inf, inf], (points.shape[1], 1))
    for limit in box.limits:
        if limit.factor >= len(bounds):
            raise DataError(f"points have {len(bounds)} columns, must have more than {limit.factor}, which is limited")
        bounds[limit.factor] = limit.low, limit.high
    return bounds


def _margins(values: FloatArray, criterion: Criterion) -> FloatArray:
    return (criterion.threshold - values) * (1.0 if criterion.below else -1.0)


def _belonging(margins: FloatArray, counts: FloatArray, by: Belonging) -> FloatArray:
    """Probability of each point that its margin is positive, with each world counted so often; (rows, points)."""
    n = counts.shape[1]
    if by == "share" or n == 1:
        return counts @ (margins > 0).T / n
    center = margins.mean(axis=1, keepdims=True)  # taken off first, as a difference of squares would lose digits
    off = counts @ (margins - center).T / n
    mean = off + center.T
    variance = np.maximum(counts @ ((margins - center) ** 2).T / n - off**2, 0) / (n - 1)  # of the mean
    sure = variance <= 1e-24 * mean**2
    t = mean / np.sqrt(np.where(sure, 1.0, variance))
    return np.where(sure, (mean > 0).astype(np.float64), stdtr(n - 1, t))


def _best_cut(of: Cases, bounds: Bounds, share: float, least_mass: float) -> Bounds | None:
    """Bounds after the cut that raises density most for each point lost; none if nothing is left to gain or to cut."""
    held = _inside(of.points, bounds)
    n, density = held.sum(), of.belongs[held].mean()
    if density == 1:
        return None
    best, found = -inf, None
    for cut in _cuts(of.points[held], bounds, share):
        left = _inside(of.points, cut)
        if not least_mass * len(held) <= left.sum() < n:
            continue
        gain = (of.belongs[left].mean() - density) / (n - left.sum())
        if gain > best:
            best, found = gain, cut
    return found


def _cuts(held: FloatArray, bounds: Bounds, share: float) -> Iterator[Bounds]:
    """For each factor the bounds without the lowest, and without the highest, share of the points held."""
    take = max(1, int(share * len(held)))
    for factor in range(held.shape[1]):
        values = np.sort(held[:, factor])
        kept = values[values > values[take - 1]]
        if len(kept):
            yield _with(bounds, factor, 0, (kept[0] + values[len(values) - len(kept) - 1]) / 2)
        kept = values[values < values[-take]]
        if len(kept):
            yield _with(bounds, factor, 1, (kept[-1] + values[len(kept)]) / 2)


def _pastes(of: Cases, bounds: Bounds, share: float) -> Iterator[Bounds]:
    """For each limit the bounds after letting in about a share of the points now inside."""
    take = ceil(share * _inside(of.points, bounds).sum())
    for factor, side in np.argwhere(np.isfinite(bounds)):
        sign = 1 if side else -1
        free = _with(bounds, factor, side, sign * inf)
        away = sign * (of.points[_inside(of.points, free), factor] - bounds[factor, side])
        outside = np.sort(away[away > 0])  # nearest first
        if len(outside):
            last = outside[min(take, len(outside)) - 1]
            beyond = outside[outside > last]
            edge = bounds[factor, side] + sign * (last + beyond[0]) / 2 if len(beyond) else sign * inf
            yield _with(bounds, factor, side, edge)


def _with(bounds: Bounds, factor: int, side: int, limit: float) -> Bounds:
    changed = bounds.copy()
    changed[factor, side] = limit
    return changed


def _inside(points: FloatArray, bounds: Bounds) -> Mask:
    return np.asarray(((points >= bounds[:, 0]) & (points <= bounds[:, 1])).all(axis=1), dtype=np.bool_)


def _described(of: Cases, bounds: Bounds) -> Box:
    """What there is to say of a box; a box without points has no density."""
    held = _inside(of.points, bounds)
    limited = np.flatnonzero(np.isfinite(bounds).any(axis=1))
    limits = tuple(
        Limit(int(j), float(bounds[j, 0]), float(bounds[j, 1]), _quasi_p(of, bounds, held, int(j))) for j in limited
    )
    inside_sums, sums = of.resampled[:, held].sum(axis=1), of.resampled.sum(axis=1)
    mine, whole = of.belongs[held].sum(), of.belongs.sum()
    coverages = inside_sums[sums > 0] / sums[sums > 0]
    return Box(
        limits,
        _percentiles(mine / whole, coverages, of),
        _percentiles(mine / held.sum(), inside_sums / held.sum(), of),
        float(held.mean()),
        int(held.sum()),
    )


def _quasi_p(of: Cases, bounds: Bounds, held: Mask, factor: int) -> float:
    """Binomial tail P(at least so many | points in the box, rate of the box without the limit), Bryant and Lempert A.2.

    Sums of probabilities are no whole numbers: the incomplete beta function is the tail for whole ones and joins them.
    """
    free = bounds.copy()
    free[factor] = -inf, inf
    rate = of.belongs[_inside(of.points, free)].mean()
    hits, n = of.belongs[held].sum(), held.sum()
    return 1.0 if hits <= 0 else float(betainc(hits, n - hits + 1, min(rate, 1.0)))


def _percentiles(value: float, resampled: FloatArray, of: Cases) -> Interval:
    """Percentile interval, wider by what few worlds need: Hesterberg (2015), The American Statistician 69, 371-386."""
    if not len(resampled):
        return Interval(of.worlds, float(value), NAN, NAN)
    n = of.worlds
    tail = float(ndtr(-t_quantile(n - 1, (1 + of.level) / 2) * (n / (n - 1)) ** 0.5))
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Interval(of.worlds, float(value), float(low), float(high))
