"""Onset times of a Poisson process whose intensity changes every hour, by exact inversion of the cumulative intensity.

The rate is never frozen at the last arrival: a gap that starts in a quiet hour ends sooner if a busy hour follows.

Source: inversion of the cumulative rate, Cinlar (1975), Introduction to Stochastic Processes, section 4.7.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray, U64Array, purpose_code, uniforms
from citysim.units import IntArray

ONSET = purpose_code("onset")


def cumulative_intensity(hourly: FloatArray) -> FloatArray:
    """Expected counts from the start to each full hour; shape (hours + 1,), begins with 0."""
    return np.concatenate([[0.0], np.cumsum(hourly)])


def invert(cumulative: FloatArray, targets: FloatArray) -> FloatArray:
    """The hour at which a piecewise linear cumulative intensity reaches each target; any shape.

    Hours without intensity are skipped. Targets must be below `cumulative[-1]`.
    """
    hour = np.searchsorted(cumulative, targets, side="right") - 1
    result: FloatArray = hour + (targets - cumulative[hour]) / (cumulative[hour + 1] - cumulative[hour])
    return result


def onset_hours(
    key: int, streams: U64Array, scale: FloatArray, cumulative: FloatArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Onset times of many independent processes that share one profile.

    Args:
        streams: identity of each process; its k-th gap is the luck of (key, stream, "onset", k).
        scale: factor of each process on the profile, >= 0.
        cumulative: see `cumulative_intensity`.

    Returns:
        (position of the process, ordinal in its process from 0, hour), process by process in order of time.
    """
    running = np.flatnonzero(scale * cumulative[-1] > 0)
    most = float((scale * cumulative[-1]).max(initial=0.0))
    gaps = int(most + 3 * most**0.5 + 2)  # enough for nearly all; the rest is drawn again with twice as many
    found: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]] = []
    while len(running):
        luck = uniforms(key, streams[running, None], ONSET, np.arange(gaps)[None, :])
        # cumulated over a whole row and from its start, so that a longer row begins with the same bits
        targets = np.cumsum(-np.log1p(-luck), axis=1) / scale[running, None]
        is_past = targets[:, -1] >= cumulative[-1]
        rows, ordinals = np.nonzero(targets[is_past] < cumulative[-1])
        found.append((running[is_past][rows], ordinals, invert(cumulative, targets[is_past][rows, ordinals])))
        running, gaps = running[~is_past], 2 * gaps
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    return (
        np.concatenate([processes for processes, _, _ in found]),
        np.concatenate([ordinals for _, ordinals, _ in found]),
        np.concatenate([hours for _, _, hours in found]),
    )


class Pieces:
    """Many independent Poisson processes of unit rate, drawn piece by piece with the bits that they have in one go.

    Args:
        gap: uniform luck of the k-th gap of each process: (positions of processes, k) to numbers in [0, 1).
    """

    def __init__(self, n: int, gap: Callable[[IntArray, IntArray], FloatArray]) -> None:
        self._gap = gap
        self._ordinal = np.zeros(n, np.int64)
        self._reached = np.zeros(n)

    def until(self, end: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """(process, ordinal, unit time) of the events up to `end`, the unit time of each process, that are new."""
        running = np.flatnonzero(end > self._reached)
        most = float((end - self._reached)[running].max(initial=0.0))
        gaps = int(most + 3.0 * most**0.5 + 2.0)
        found: list[tuple[IntArray, IntArray, FloatArray]] = []
        while len(running):
            ordinals = self._ordinal[running, None] + np.arange(gaps)
            luck = self._gap(running[:, None], ordinals)
            steps = np.concatenate([self._reached[running, None], -np.log1p(-luck)], axis=1)
            times = np.cumsum(steps, axis=1)[:, 1:]
            is_past = times[:, -1] >= end[running]
            done = running[is_past]
            rows, at = np.nonzero(times[is_past] < end[done, None])
            found.append((done[rows], ordinals[is_past][rows, at], times[is_past][rows, at]))
            self._take(*found[-1])
            running, gaps = running[~is_past], 2 * gaps
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        process, ordinal, time = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return process, ordinal, time

    def _take(self, process: IntArray, ordinal: IntArray, time: FloatArray) -> None:
        """Remember the last event of each process; its time is the sum that the next gap is added to."""
        np.maximum.at(self._ordinal, process, ordinal + 1)
        np.maximum.at(self._reached, process, time)
