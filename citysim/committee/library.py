"""The full problem library: what was recorded week by week, and the problems that stand out of it.

A *frequent* problem is a type that came more often at a place than its share explains: each type and street of the
window is held against a Poisson count with the street's share of all cases, and those that stay significant when the
many comparisons are allowed for (Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289) are hot spots. A *common* one
has hot spots in several districts. Both are ranked by how often they come or by the harm that they do.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import pdtrc

from citysim.committee.review import Findings
from citysim.streams import FloatArray

FALSE_DISCOVERIES = 0.05
"""Share of the hot spots that may be none."""
COMMON = 2
"""A problem with hot spots in so many districts is a common one."""


@dataclass(frozen=True)
class Problem:
    """A type of incident that the library puts on the focus list.

    Args:
        kind: position of the type. count, harm: in the window (cases, weighted hours). trend: cases of its second half
            against its first, 1 = steady. spots: streets where it came significantly more often than elsewhere.
        districts: that have such streets. returned: share of its orders that came back. late: weighted hours unnoticed.
        overdue: share of its cases that were not closed in time.
    """

    kind: int
    count: float
    harm: float
    trend: float
    spots: tuple[int, ...]
    districts: int
    returned: float
    late: float
    overdue: float

    @property
    def is_common(self) -> bool:
        return self.districts >= COMMON


class ProblemLibrary:
    """The findings of the last weeks; `focus` mines them."""

    def __init__(self, window_weeks: int, district_of_street: npt.NDArray[np.integer], share: FloatArray) -> None:
        self._window: deque[Findings] = deque(maxlen=window_weeks)
        self._district, self._share = district_of_street, share

    def add(self, findings: Findings) -> None:
        """Keep a week; the oldest goes once the window is full."""
        self._window.append(findings)

    def __len__(self) -> int:
        return len(self._window)

    def total(self, name: str) -> FloatArray:
        """Sum of a figure over the window."""
        return np.sum([getattr(findings, name) for findings in self._window], axis=0)  # type: ignore[no-any-return]

    def latest(self, name: str) -> FloatArray:
        """A figure of the last week."""
        return getattr(self._window[-1], name)  # type: ignore[no-any-return]

    def weekly(self) -> FloatArray:
        """Cases that came in, shape (weeks, types)."""
        return np.array([findings.reported.sum(axis=1) for findings in self._window])

    def focus(self, top: int, by: str) -> tuple[Problem, ...]:
        """The problems that the committee should look at, worst first; at most `top`.

        Args:
            by: "frequency" or "harm".
        """
        count, harm = self.total("reported").sum(axis=1), self.total("harm")
        ordered, returned, late = self.total("ordered"), self.total("returned"), self.total("late")
        limited, overdue = self.total("limited"), self.total("overdue")
        spots = self._hot_spots(count)
        weekly, half = self.weekly(), len(self._window) // 2
        order = np.argsort(-(count if by == "frequency" else harm), kind="stable")
        return tuple(
            Problem(
                kind=int(k),
                count=float(count[k]),
                harm=float(harm[k]),
                trend=_ratio(weekly[half:, k].mean(), weekly[:half, k].mean()) if half else 1.0,
                spots=spots[k],
                districts=len(set(self._district[list(spots[k])].tolist())),
                returned=_ratio(float(returned[k]), float(ordered[k]), 0.0),
                late=float(late[k]),
                overdue=_ratio(float(overdue[k]), float(limited[k]), 0.0),
            )
            for k in order[:top]
            if count[k] > 0
        )

    def _hot_spots(self, count: FloatArray) -> Sequence[tuple[int, ...]]:
        """Streets of each type with significantly more cases than the street's share of all cases explains."""
        n_types, n_streets = len(count), len(self._share)
        cells = np.zeros(n_types * n_streets)
        for findings in self._window:
            kind, street = findings.hot
            cells += np.bincount(kind * n_streets + street, minlength=len(cells))
        seen = cells.reshape(n_types, n_streets)
        chance = pdtrc(seen - 1.0, np.maximum(count[:, None] * self._share, 1e-12))
        chance[seen < 2] = 1.0
        is_hot = significant(chance.ravel(), FALSE_DISCOVERIES).reshape(seen.shape)
        return [tuple(np.flatnonzero(row).tolist()) for row in is_hot]


def significant(chance: FloatArray, rate: float) -> npt.NDArray[np.bool_]:
    """Which of many tests are significant if a share `rate` of them may be false, by Benjamini and Hochberg."""
    order = np.argsort(chance, kind="stable")
    passed = chance[order] <= rate * (np.arange(len(chance)) + 1) / len(chance)
    result = np.zeros(len(chance), np.bool_)
    if passed.any():
        result[order[: int(np.flatnonzero(passed)[-1]) + 1]] = True
    return result


def _ratio(part: float, whole: float, otherwise: float = 1.0) -> float:
    return float(part / whole) if whole > 0 else otherwise
