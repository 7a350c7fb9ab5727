"""The warm-up of an experiment: as many weeks as it says, or as a pilot run says by MSER-5."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from citysim.errors import InputError
from citysim.evaluation.chunks import Job
from citysim.evaluation.settling import Settled, settled
from citysim.evaluation.store import Store


@dataclass(frozen=True)
class WarmUp:
    """Weeks at the start of each world that are simulated and not judged.

    Args:
        pilot: when each arm of the pilot run had settled, in the order of its jobs; empty if there was none.
    """

    weeks: int
    pilot: tuple[Settled, ...] = ()


def by_pilot(jobs: Sequence[Job], store: Store) -> WarmUp:
    """Whole weeks after which every arm of the pilot run had settled.

    Raises:
        InputError: an arm had not, so nobody can say after how many.
    """
    found: list[Settled] = []
    for job in jobs:
        rows = store.collect(job.plan, "series")
        for design in job.plan.policies:
            mine = (rows["design"] == design) & (rows["series"] == "backlog")
            worlds = len(np.unique(rows["replication"][mine]))
            hours = rows["position"][mine].reshape(worlds, -1)[0]
            one = settled(hours, rows["value"][mine].reshape(worlds, -1))
            if not one.reliable:
                raise InputError(
                    f"warm_up: mser5 finds no end of the start in {job.study.weeks} weeks of “{design}”; give more"
                    " weeks, or warm_up as a number of weeks (open cases may never settle where there is too much work)"
                )
            found.append(one)
    return WarmUp(ceil(max(one.days for one in found) / 7.0), tuple(found))
