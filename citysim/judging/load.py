"""What there was to do, what is left, and how busy people were."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.judging.summaries import count, in_order, p90, ratio
from citysim.judging.view import View
from citysim.log import Log
from citysim.units import HOUR, YEAR


def recorded_cases(view: View) -> float:
    """Cases that came in, per week."""
    return ratio(len(view), view.weeks)


def recorded_cases_per_1000_year(view: View) -> float:
    """Cases that came in, per 1,000 residents and year; nan if the residents are not known (domain brief 4.7)."""
    return ratio(len(view), view.residents / 1000 * view.log.span / YEAR)


def repeat_reports(view: View) -> float:
    """Further reports of an incident that has a case already, per week; for a view of all cases."""
    return ratio(count(view.repeat), view.weeks)


def false_alarms(view: View) -> float:
    """Cases behind which there was no incident, per week; for a view of all cases."""
    return ratio(count(~view.real), view.weeks)


def backlog(view: View) -> float:
    """Cases open at the end of the run (积压)."""
    return float(count(view.open))


def backlog_all(view: View) -> float:
    """Cases open at the end of the run, with repeats and false alarms, as on the desks; for a view of all cases."""
    return backlog(view)


def backlog_mean(view: View) -> float:
    """Cases open at an average moment of the run: case-hours open / hours of the run."""
    return ratio(float(view.open_time.sum()), view.log.span / HOUR)


def backlog_age_p90(view: View) -> float:
    """Age in hours at the end of the run that nine of ten open cases do not exceed: P90 of until - reported."""
    return p90(in_order(view.open_time[view.open]))


@dataclass(frozen=True)
class Pools:
    """Some pools of one log (all, those of a family, or those of a level), by row of log.pool_columns."""

    log: Log
    rows: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column of these pools."""
        return self.log.pool_columns[name][self.rows]

    @property
    def people(self) -> "Pools":
        """Those with people in them."""
        return Pools(self.log, self.rows[~self._is_gate])

    @property
    def gates(self) -> "Pools":
        """Those that are sittings with an agenda."""
        return Pools(self.log, self.rows[self._is_gate])

    @property
    def _is_gate(self) -> npt.NDArray[np.bool_]:
        return (np.array(self.log.agendas, np.int64) > 0)[self.column("family")]

    def total(self, name: str) -> float:
        """Sum of one column over these pools."""
        return float(self.column(name).sum())


def utilisation(pools: Pools) -> float:
    """Share of the scheduled time of people that is spent on cases (利用率): busy / scheduled unit-seconds.

    Can exceed 1 where crews finish their work after the end of their shift.
    """
    return ratio(pools.people.total("busy"), pools.people.total("scheduled"))


def saturation_time(pools: Pools) -> float:
    """Hours per week in which somebody waits for an average one of these pools (饱和).

    Seconds with a line / (pools x seconds of the run) x 168. Hours in which nobody is on shift and a case waits count
    too. The brief's "hours with utilisation above .95" cannot be read off a log; a line that does not empty is what it
    is about.
    """
    return 168 * ratio(pools.people.total("saturated"), len(pools.people) * pools.log.span)


def queue_wait(pools: Pools) -> float:
    """Hours in line for each request served, those still in line counted in: request-seconds in line / served.

    Sittings are left out, see `meetings.agenda_wait`.
    """
    return ratio(pools.people.total("waiting") / HOUR, pools.people.total("served"))
