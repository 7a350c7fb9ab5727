"""The risk assessment memo (风险研判书): a forecast with its interval, and how right memos have been."""

from dataclasses import dataclass

import numpy as np

from citysim.streams import FloatArray, normal_quantile

Z80 = normal_quantile(0.9)
"""An 80 % interval reaches so many standard deviations to each side."""
WRITTEN = 0.25
"""Spread of the logarithm of what those who write a memo read wrongly out of the figures [asm]."""
SMOOTHING = 0.3
"""Weight of the last week in the forecast [asm]."""


@dataclass(frozen=True)
class Memo:
    """A forecast of the cases of a week, by type; all arrays over types.

    Args:
        week: in which it was written. mean, low, high: cases a week, with an 80 % interval. usual: before.
        clarity: by how many standard deviations the forecast is above the usual, worst type; 0 if none rises.
        worst: that type.
    """

    week: int
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    usual: FloatArray
    clarity: float
    worst: int


def forecast(weekly: FloatArray, luck: FloatArray, week: int, sharper: float) -> Memo:
    """Forecast the next week from the weeks of the library by exponential smoothing.

    Args:
        weekly: cases, shape (weeks, types), at least one week. luck: uniform, by type: what is read wrongly.
        sharper: share of the reading error that experts take away.
    """
    usual = weekly.mean(axis=0)
    level = weekly[0].astype(np.float64)
    for row in weekly[1:]:
        level = (1.0 - SMOOTHING) * level + SMOOTHING * row
    error = WRITTEN * (1.0 - sharper)
    read = np.array([normal_quantile(float(u)) for u in luck])
    mean = level * np.exp(error * read - error**2 / 2.0)
    spread = np.maximum(weekly.std(axis=0), np.sqrt(np.maximum(usual, 1.0)))
    width = Z80 * np.sqrt(spread**2 + (error * mean) ** 2)
    off = np.abs(mean - usual) / np.maximum(width / Z80, 1e-9)
    rise = np.where(mean > usual, off, 0.0)
    return Memo(week, mean, np.maximum(mean - width, 0.0), mean + width, usual, float(rise.max()), int(np.argmax(rise)))


class Record:
    """How often what came lay inside the interval that a memo gave: what the committee trusts the next one by."""

    def __init__(self) -> None:
        self.inside = self.given = 0.0

    @property
    def accuracy(self) -> float:
        """Share of forecasts that were right so far, begun with what is promised: 8 of 10."""
        return (8.0 + self.inside) / (10.0 + self.given)

    def judge(self, memo: Memo, came: FloatArray) -> None:
        """Hold a memo against the cases of the week that it was about."""
        self.inside += float(((memo.low <= came) & (came <= memo.high)).sum())
        self.given += len(came)
