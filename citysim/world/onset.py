"""Onset times of a Poisson process whose intensity changes every hour, by exact inversion of the cumulative intensity.

The rate is never frozen at the last arrival: a gap that starts in a quiet hour ends sooner if a busy hour follows.

Source: inversion of the cumulative rate, Cinlar (1975), Introduction to Stochastic Processes, section 4.7.
"""

import numpy as np
import numpy.typing as npt

from citysim.streams import FloatArray, U64Array, purpose_code, uniforms

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
