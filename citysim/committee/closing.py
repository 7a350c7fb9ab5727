"""Closing the loop (复盘改进), measured: what became of the problems that the committee put on its focus list."""

from dataclasses import dataclass

import numpy as np

from citysim.streams import FloatArray

BEFORE, SETTLING = 8, 4
"""Weeks of harm that a problem is judged by before it was listed; weeks that a remedy is given to work [asm]."""
IMPROVED = 0.9
"""A problem is closed if it does at most this share of the harm that it did before [asm]."""


@dataclass(frozen=True)
class Loop:
    """Problems (types of incident) that were listed; that a decision acts on; and that do clearly less harm since."""

    listed: int
    answered: int
    improved: int


class Closing:
    """Follows every type from the focus list to its harm after a remedy; memory does not grow with time."""

    def __init__(self, types: int) -> None:
        self._recent: list[FloatArray] = []
        self._harm_before, self._harm_since = np.full(types, np.nan), np.zeros(types)
        self._weeks_since = np.full(types, -1)

    def add(self, harm: FloatArray) -> None:
        """The weighted hours of a week, by type."""
        self._recent = [*self._recent[1 - BEFORE :], harm]
        acting = self._weeks_since >= 0
        settled = self._weeks_since >= SETTLING
        self._harm_since[settled] += harm[settled]
        self._weeks_since[acting] += 1

    def put_on_list(self, kind: int) -> None:
        """The type is on the focus list; what counts is the first time."""
        if np.isnan(self._harm_before[kind]):
            self._harm_before[kind] = float(np.mean([week[kind] for week in self._recent]))

    def act(self, kinds: list[int]) -> None:
        """A decision about these types acts from now on."""
        for kind in kinds:
            if not np.isnan(self._harm_before[kind]) and self._weeks_since[kind] < 0:
                self._weeks_since[kind] = 0

    @property
    def loop(self) -> Loop:
        """How far the loop has closed so far."""
        listed = ~np.isnan(self._harm_before)
        judged = self._weeks_since > SETTLING
        since = np.divide(self._harm_since, self._weeks_since - SETTLING, out=np.zeros(len(listed)), where=judged)
        improved = judged & (since <= IMPROVED * self._harm_before)
        return Loop(int(listed.sum()), int((self._weeks_since >= 0).sum()), int(improved.sum()))
