"""How readily each area reports, from the log alone: repeat reports give the rate without knowing what went unreported.

After the first report the further reports of an incident are Poisson(rate x time until its end), whoever came first and
however long nobody noticed it (Liu, Bhandaram and Garg 2023, Nat. Comput. Sci., arXiv 2204.08620; source key L01). So

    rate of an area = sum(N_i - 1) / sum(T_end,i - T_first,i), and 1 / rate is the mean time until a citizen reports.
"""

from dataclasses import dataclass
from math import exp, log1p, nan

import numpy as np
import numpy.typing as npt

from citysim.judging.summaries import mean, ratio
from citysim.judging.view import View, view_all
from citysim.log import Log, never
from citysim.streams import FloatArray
from citysim.units import CHANNELS, HOUR, IntArray

WINDOW_HOURS = 45.0
"""So long after the first report citizens repeat it at most, plausible 15-150 [asm]: repeat_window x nominal_open_hours
of a scenario. Liu and Garg cut at 100 days or the inspection; here an incident stops being new to those who pass it."""
HOTLINE = CHANNELS.index("hotline")
Z_90 = 1.2815515655446004
"""Standard normal 90 % quantile: two of it lie between the 10 % and the 90 % street."""
SWEEPS, PRECISION = 100, 1e-6
"""Most rounds of the fit of types and streets, and when it may end: nothing moves by more than this share."""


@dataclass(frozen=True)
class Rates:
    """Reporting rates of areas; arrays of one length, an area without observed hours has rate nan.

    Args:
        area: number of the street. reports: further reports; hours: time during which they could come.
        rate: reports an hour while an incident is open; low, high: its exact Poisson interval (Garwood 1936).
    """

    area: IntArray
    reports: IntArray
    hours: FloatArray
    rate: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def delay_hours(self) -> FloatArray:
        """Expected hours from onset until a citizen reports, if nobody else notices; inf where nobody ever repeated."""
        with np.errstate(divide="ignore"):
            return 1.0 / self.rate


@dataclass(frozen=True)
class _Followed:
    """The first reports of a view, one entry each: how many further reports came in how many hours."""

    street: IntArray
    kind: IntArray
    reports: IntArray
    hours: FloatArray


def reporting_rates(log: Log, *, window_hours: float = WINDOW_HOURS, confidence: float = 0.95) -> Rates:
    """Reporting rate of every street of a log that has genuine first reports, with an interval.

    Streets with other kinds of incidents have other rates; `readiness` compares like with like.
    """
    followed = _follow(view_all(log), window_hours)
    area, position = np.unique(followed.street, return_inverse=True)
    hours = np.bincount(position, followed.hours, minlength=len(area)).astype(np.float64)
    reports = np.bincount(position, followed.reports, minlength=len(area)).astype(np.int64)
    low, high = poisson_interval(reports, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Rates(area, reports, hours, reports / hours, low / hours, high / hours)


def poisson_interval(count: IntArray, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Exact limits for the mean of a Poisson count (Garwood 1936, Biometrika 28)."""
    from scipy.special import gammaincinv  # slow to load, and only asked for here

    tail = (1.0 - confidence) / 2.0
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    return low, np.asarray(gammaincinv(count + 1.0, 1.0 - tail))


@dataclass(frozen=True)
class Readiness:
    """How many further reports each street gave against what the same types give in the whole view.

    Args:
        area: number of the street. reports: further reports. expected: what they would be at the mean readiness.
        rate: mean reports an hour in the view.
    """

    area: IntArray
    reports: FloatArray
    expected: FloatArray
    rate: float

    @property
    def factor(self) -> FloatArray:
        """Readiness of each street, relative to the mean 1 (weighted by what is expected of each)."""
        return self.reports / self.expected

    @property
    def variance(self) -> float:
        """Variance of readiness between streets, freed of chance; nan with fewer than two streets.

        Method of moments for a mixed Poisson count: E[(N - E)^2] = E + E^2 variance.
        """
        streets = len(self.area)
        if streets < 2:
            return nan
        excess = ((self.reports - self.expected) ** 2).sum() * streets / (streets - 1) - self.reports.sum()
        return max(0.0, float(excess / (self.expected**2).sum()))

    @property
    def shrunk(self) -> FloatArray:
        """Readiness of each street, drawn towards 1 as far as chance demands: the mean of a gamma after Poisson counts.

        (N + 1/v) / (E + 1/v) with v the variance: never 0, so 1 / rate is finite also where nobody repeated anything.
        """
        spread = self.variance
        if not spread > 0.0:
            return np.ones(len(self.area))
        return (self.reports + 1.0 / spread) / (self.expected + 1.0 / spread)


def readiness(view: View, window_hours: float = WINDOW_HOURS) -> Readiness:
    """Readiness of the streets of a view of all cases, like types compared with like.

    Rate of a case = rate of its type x readiness of its street; the maximum of that likelihood, by turns.
    """
    followed = _follow(view, window_hours)
    shape = int(followed.street.max(initial=-1)) + 1, int(followed.kind.max(initial=-1)) + 1
    cell = followed.street * shape[1] + followed.kind
    hours = np.bincount(cell, followed.hours, minlength=shape[0] * shape[1]).reshape(shape)
    reports = np.bincount(cell, followed.reports, minlength=shape[0] * shape[1]).reshape(shape)
    of_street, of_kind = reports.sum(axis=1), reports.sum(axis=0)
    factor, expected = np.ones(shape[0]), np.zeros(shape[0])
    for _ in range(SWEEPS):
        seen = factor @ hours
        expected = hours @ np.divide(of_kind, seen, out=np.zeros(shape[1]), where=seen > 0)
        before, factor = factor, np.divide(of_street, expected, out=np.ones(shape[0]), where=expected > 0)
        if abs(factor - before).max(initial=0.0) <= PRECISION * factor.max(initial=0.0):
            break
    area = np.flatnonzero(expected > 0)
    scale = of_street.sum() / expected.sum() if len(area) else 1.0
    per_hour = ratio(float(of_street.sum()), float(hours.sum()))
    return Readiness(area, of_street[area], expected[area] * scale, per_hour)


def reporting_ratio_90_10(view: View) -> float:
    """How many times as readily the 90 % street reports as the 10 % street, freed of chance; 1 = all alike (L01).

    exp(2 x 1.2816 x sigma) with sigma^2 = ln(1 + variance of readiness): lognormal readiness, as the brief has it.
    """
    spread = readiness(view).variance
    return nan if np.isnan(spread) else exp(2.0 * Z_90 * log1p(spread) ** 0.5)


def reporting_adjusted_delay(view: View) -> float:
    """Hours that citizens wait from the onset, as far as reports can tell: expected time until a report, then to close.

    Mean over what citizens reported first of 1 / rate of the street + hours from report to close (or to the end of the
    run). Clocks that start with the report flatter the streets that report late; this does not.
    """
    ready = readiness(view)
    if not ready.rate > 0.0:
        return nan
    factor = np.ones(int(view.street.max(initial=0)) + 1)
    factor[ready.area] = ready.shrunk
    called = view.original & (view.channel == HOTLINE)
    hours: FloatArray = view.report_to_close_so_far + 1.0 / (ready.rate * factor[view.street])
    return mean(hours[called])


def citizen_reports(view: View) -> npt.NDArray[np.bool_]:
    """What citizens reported first or again: what the two indicators rest on."""
    return view.real & (view.channel == HOTLINE)


def _follow(view: View, window_hours: float) -> _Followed:
    """How often, and in how many hours until its end, each genuine first report of a view was repeated."""
    log, first = view.log, view.real & ~view.repeat
    ended = np.where(never(view.ended), log.until, view.ended)[first]
    last = np.minimum(ended, view.reported[first] + round(window_hours * HOUR))
    case, again = view.case[first], view.parent[view.repeat]
    row = np.minimum(np.searchsorted(case, again), max(len(case) - 1, 0))
    known = case[row] == again if len(case) else np.zeros(len(again), dtype=bool)
    reports = np.bincount(row[known], minlength=len(case)).astype(np.int64)
    return _Followed(
        view.street[first].astype(np.int64),
        view.kind[first].astype(np.int64),
        reports,
        (last - view.reported[first]) / HOUR,
    )
