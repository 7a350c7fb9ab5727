"""The full problem library: what was recorded week by week, and the problems that stand out of it.

Its entries are all cases, the near misses among them once more, and what is open over its limit.

A *frequent* problem is a type that came more often at a place than the place's share explains: each type and street is
held against a Poisson count with the street's share of the cases of all types, and those that stay significant when the
many comparisons are allowed for (Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289) are hot spots. A spot *lasts*
if it is significant in the whole window and would by itself be in the newer half; it is *new* if it is significant
among all in the newer half alone. What has ceased is none. A *common* problem has hot spots in several districts.
A *cluster* comes back at one place and at one time of the week: it is held against a Poisson count with the shares of
its street and of its time, and against a binomial one of what comes there at all with the share of its time; only what
is too much for both counts (the larger chance is taken), lastingly or newly as above.
Problems are ranked by how often they come, by the harm that they do, or by harm that is rising.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc, pdtrc

from citysim.committee.review import Findings
from citysim.sensing.watch import TIMES
from citysim.streams import FloatArray

FALSE_DISCOVERIES = 0.05
"""Share of the hot spots that may be none."""
LATELY = 0.05
"""A spot of the whole window lasts if so many cases in the newer half alone had at most this chance."""
COMMON = 2
"""A problem with hot spots in so many districts is a common one."""


@dataclass(frozen=True)
class Problem:
    """A type of incident that the library puts on the focus list.

    Args:
        kind: position of the type. count, harm: in the window (cases, weighted hours). trend: cases a week of its newer
            half against its older one, 1 = steady. spots: streets where it came significantly more often than others.
        times: clusters, as (street, which of sensing.watch.TIMES).
        districts: that have such streets. returned: share of its orders that came back. late: weighted hours unnoticed.
        overdue: share of its cases that were not closed in time. near: near misses of the window. unresolved: its open
            cases over their limit, at the end of the window.
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
    near: float
    unresolved: float
    times: tuple[tuple[int, int], ...] = ()

    @property
    def is_common(self) -> bool:
        return self.districts >= COMMON


class ProblemLibrary:
    """The findings of the last weeks; `focus` mines them."""

    def __init__(self, window_weeks: int, district_of_street: npt.NDArray[np.integer]) -> None:
        self._window: deque[Findings] = deque(maxlen=window_weeks)
        self._district = district_of_street
        self._seen: tuple[FloatArray, FloatArray] | None = None
        self._clusters: Sequence[tuple[tuple[int, int], ...]] | None = None

    def keep(self, window_weeks: int) -> None:
        """From now on keep so many weeks; a longer window fills up week by week."""
        self._window = deque(self._window, maxlen=window_weeks)
        self._seen = self._clusters = None

    def add(self, findings: Findings) -> None:
        """Keep a week; the oldest goes once the window is full."""
        self._window.append(findings)
        self._seen = self._clusters = None

    def __len__(self) -> int:
        return len(self._window)

    def total(self, name: str) -> FloatArray:
        """Sum of a figure over the window."""
        return np.sum([getattr(findings, name) for findings in self._window], axis=0)  # type: ignore[no-any-return]

    def weekly_harm(self) -> FloatArray:
        """Weighted hours a week of the window, by type."""
        harm: FloatArray = self.total("harm") / len(self)
        return harm

    def latest(self, name: str) -> FloatArray:
        """A figure of the last week."""
        return getattr(self._window[-1], name)  # type: ignore[no-any-return]

    def weekly(self) -> FloatArray:
        """Cases that came in, shape (weeks, types)."""
        return np.array([findings.reported.sum(axis=1) for findings in self._window])

    def focus(self, top: int, by: str) -> tuple[Problem, ...]:
        """The problems that the committee should look at, worst first; at most `top`.

        Args:
            by: one of governance.CHOICES: "frequency" counts entries, "rising" is harm times trend.
        """
        count, harm = self.total("reported").sum(axis=1), self.total("harm")
        near, unresolved, trend = self.total("near"), self.latest("unresolved"), self.trend()
        ordered, returned, late = self.total("ordered"), self.total("returned"), self.total("late")
        limited, overdue = self.total("limited"), self.total("overdue")
        spots, clusters = self._hot_spots(), self.clusters()
        worth = {"frequency": count + near + unresolved, "harm": harm, "rising": harm * trend}[by]
        order = np.argsort(-worth, kind="stable")
        return tuple(
            Problem(
                kind=int(k),
                count=float(count[k]),
                harm=float(harm[k]),
                trend=float(trend[k]),
                spots=spots[k],
                districts=len(set(self._district[list(spots[k])].tolist())),
                returned=_ratio(float(returned[k]), float(ordered[k])),
                late=float(late[k]),
                overdue=_ratio(float(overdue[k]), float(limited[k])),
                near=float(near[k]),
                unresolved=float(unresolved[k]),
                times=clusters[k],
            )
            for k in order[:top]
            if count[k] + unresolved[k] > 0
        )

    def trend(self) -> FloatArray:
        """Cases a week in the newer half of the window against the older one, by type; one case more in each half, so
        that a type that hardly ever comes does not look as if it rose.
        """
        weekly, half = self.weekly(), len(self._window) // 2
        if not half:
            return np.ones(weekly.shape[1])
        newer, older = weekly[half:], weekly[:half]
        trend: FloatArray = ((newer.sum(axis=0) + 1.0) / len(newer)) / ((older.sum(axis=0) + 1.0) / half)
        return trend

    def _hot_spots(self) -> Sequence[tuple[int, ...]]:
        """Streets of each type with significantly more cases than the street's share of all cases explains."""
        older, newer = self._halves()
        chance, lately = (_chances(seen.sum(axis=2)) for seen in (older + newer, newer))
        return [tuple(np.flatnonzero(row).tolist()) for row in _stands_out(chance, lately)]

    def clusters(self) -> Sequence[tuple[tuple[int, int], ...]]:
        """(Street, which of TIMES) of each type where it comes back at one place and at one time."""
        if self._clusters is None:
            older, newer = self._halves()
            chance, lately = (_chances_at_times(seen) for seen in (older + newer, newer))
            found = _stands_out(chance, lately)
            self._clusters = [tuple((int(s), int(t)) for s, t in np.argwhere(of_type)) for of_type in found]
        return self._clusters

    def _halves(self) -> tuple[FloatArray, FloatArray]:
        """Cases of the older and of the newer half of the window, shape (types, streets, TIMES)."""
        if self._seen is None:
            weeks, half = list(self._window), len(self._window) // 2
            self._seen = self._cells(weeks[:half]), self._cells(weeks[half:])
        return self._seen

    def _cells(self, weeks: Sequence[Findings]) -> FloatArray:
        """Cases of some weeks, shape (types, streets, TIMES)."""
        shape = len(self._window[-1].reported), len(self._district), len(TIMES)
        cells = np.zeros(shape[0] * shape[1] * shape[2])
        for findings in weeks:
            cells += np.bincount(np.ravel_multi_index((*findings.hot, findings.when), shape), minlength=len(cells))
        return cells.reshape(shape)


def _stands_out(chance: FloatArray, lately: FloatArray) -> npt.NDArray[np.bool_]:
    """Which cells last or are new, by their chance in the whole window and in its newer half."""
    is_new = significant(lately.ravel(), FALSE_DISCOVERIES).reshape(lately.shape)
    lasts = significant(chance.ravel(), FALSE_DISCOVERIES).reshape(chance.shape) & (lately <= LATELY)
    found: npt.NDArray[np.bool_] = lasts | is_new
    return found


def _expected(seen: FloatArray) -> FloatArray:
    """Cases of each type and street if every street had its share of all cases in each type."""
    result: FloatArray = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0) / max(seen.sum(), 1.0)
    return result


def _chances(seen: FloatArray) -> FloatArray:
    """Chance of so many cases or more in each type and street if its share were no larger; 1 where there is one."""
    chance: FloatArray = pdtrc(seen - 1.0, np.maximum(_expected(seen), 1e-12))
    chance[seen < 2] = 1.0
    return chance


def _chances_at_times(seen: FloatArray) -> FloatArray:
    """Chance of so many cases or more in each type, street and time; the larger of two, see the top; 1 where there is
    one.

    A type's share of each time is that of its cases in the whole city.
    """
    at_place, of_type = seen.sum(axis=2), seen.sum(axis=(1, 2))
    of_time = seen.sum(axis=1) / np.maximum(of_type, 1.0)[:, None]
    expected = _expected(at_place)[:, :, None] * of_time[:, None, :]
    frequent = pdtrc(seen - 1.0, np.maximum(expected, 1e-12))
    at_this_time = bdtrc(seen - 1.0, at_place[:, :, None].astype(np.int64), of_time[:, None, :])
    chance: FloatArray = np.maximum(frequent, at_this_time)
    chance[seen < 2] = 1.0
    return chance


def significant(chance: FloatArray, rate: float) -> npt.NDArray[np.bool_]:
    """Which of many tests are significant if a share `rate` of them may be false, by Benjamini and Hochberg."""
    order = np.argsort(chance, kind="stable")
    passed = chance[order] <= rate * (np.arange(len(chance)) + 1) / len(chance)
    result = np.zeros(len(chance), np.bool_)
    if passed.any():
        result[order[: int(np.flatnonzero(passed)[-1]) + 1]] = True
    return result


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
