"""Closing the loop (复盘改进), measured: what became of the problems that the committee put on its focus list.

A problem is listed because it is bad just then, and would mostly look better later whatever is done. So it is judged
not by the weeks before it was listed but by those after it, until a remedy acts; and a year later by the same weeks of
the year before, if those were without the remedy. What happened meanwhile to the types that were never listed is taken
off (difference in differences). What is judged is harm for each case: how many there are, the season decides too.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from citysim.streams import FloatArray

BEFORE, SETTLING = 8, 4
"""Weeks that a problem is judged by if its remedy acts at once; weeks that a remedy is given to work [asm]."""
IMPROVED = 0.9
"""A problem is closed if it does at most this share of the harm that is expected of it without remedy [asm]."""
YEAR_WEEKS = 52


@dataclass(frozen=True)
class Loop:
    """Problems (types of incident) that were listed; that a decision acts on; and that do clearly less harm since."""

    listed: int
    answered: int
    improved: int


class Closing:
    """Follows every type from the focus list to its harm after a remedy; memory does not grow with time.

    Sums have shape (2, types, types): of harm and of cases, for each problem (second axis) those of all types.
    """

    def __init__(self, types: int) -> None:
        self._weeks: deque[FloatArray] = deque(maxlen=YEAR_WEEKS)
        self._is_listed = np.zeros(types, np.bool_)
        self._now, self._since_week = 0, np.full(types, -1)
        self._usual, self._n_usual = np.zeros((2, types, types)), np.zeros(types)
        self._expected, self._seen = np.zeros((2, types, types)), np.zeros((2, types, types))

    def add(self, harm: FloatArray, cases: FloatArray) -> None:
        """The weighted hours and the cases of a week, by type."""
        week = np.array([harm, cases])
        waiting = self._is_listed & (self._since_week < 0)
        self._usual[:, waiting] += week[:, None]
        self._n_usual[waiting] += 1.0
        for k in np.flatnonzero((self._since_week >= 0) & (self._now - self._since_week >= SETTLING)):
            is_known = len(self._weeks) == YEAR_WEEKS and self._now - YEAR_WEEKS < self._since_week[k]
            self._expected[:, k] += self._weeks[0] if is_known else self._usual[:, k] / self._n_usual[k]
            self._seen[:, k] += week
        self._weeks.append(week)
        self._now += 1

    def put_on_list(self, kind: int) -> None:
        """The type is on the focus list; what counts is the first time."""
        self._is_listed[kind] = True

    def act(self, kinds: list[int]) -> None:
        """A decision about these types acts from now on."""
        for kind in kinds:
            if self._is_listed[kind] and self._since_week[kind] < 0:
                self._since_week[kind] = self._now
                if self._n_usual[kind] == 0.0:
                    recent = list(self._weeks)[-BEFORE:]
                    self._usual[:, kind], self._n_usual[kind] = np.sum(recent, axis=0), len(recent)

    @property
    def loop(self) -> Loop:
        """How far the loop has closed so far."""
        answered = self._since_week >= 0
        judged = np.flatnonzero(answered & (self._now - self._since_week > SETTLING))
        return Loop(int(self._is_listed.sum()), int(answered.sum()), sum(self._improved(int(k)) for k in judged))

    def _improved(self, kind: int) -> bool:
        """Whether harm for each case fell clearly more than that of the types that were never listed."""
        own = _change(self._seen[:, kind, kind], self._expected[:, kind, kind])
        others = ~self._is_listed
        seen, expected = self._seen[:, kind, others].sum(axis=1), self._expected[:, kind, others].sum(axis=1)
        return own <= IMPROVED * _change(seen, expected)


def _change(seen: FloatArray, expected: FloatArray) -> float:
    """Harm for each case against what was expected; 1 where nothing was."""
    if expected[0] <= 0.0 or expected[1] <= 0.0:
        return 1.0
    return float(seen[0] / max(seen[1], 1.0) / (expected[0] / expected[1]))
