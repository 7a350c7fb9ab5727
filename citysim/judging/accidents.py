"""Accident grades: how bad an incident turned out, by its consequences. Not the risk grade, which is judged before."""

from math import erfc

import numpy as np
import numpy.typing as npt

from citysim.damage import SERVICES
from citysim.judging.consequences import Consequences
from citysim.streams import FloatArray

GRADES = ("I", "II", "III", "IV")
"""Especially major, major, larger, general (特别重大、重大、较大、一般); stored as positions, NO_ACCIDENT = none."""
NO_ACCIDENT = 4

DEATHS = (30, 10, 3, 1)
"""Fewest deaths of grade I-IV: Decree 493 (R74); one makes an accident of it [asm]."""
INJURED = (100, 50, 10, 1)
"""Fewest seriously injured of grade I-IV: Decree 493 (R74); one makes an accident of it [asm]."""
LOSS = (100e6, 50e6, 10e6, 1e6)
"""Least direct loss in yuan of grade I-IV: Decree 493 (R74); below one million it is not counted as one [asm]."""
STEPS = ((50e3, 48.0), (30e3, 24.0), (10e3, 24.0), (1e3, 24.0))
OUTAGES = {"water": STEPS, "gas": STEPS, "power": STEPS, "telecom": STEPS}
"""Households from which on, cut off for more than so many hours, an outage is of grade I-IV, by service.

Water: Chongqing's plan (R28), which names no least number for grade IV; gas: one city's plan (R72), whose 1,000 is used
for all, as one building without water is no accident [asm]. Power and telecom as water [asm].
"""

LOSS_SIGMA = 1.2
"""Spread of the loss of incidents that are equal on paper: sigma of the lognormal; plausible 0.8-1.8 [asm]."""
NEGLIGIBLE = 1e-4
"""Expected casualties below which the chance of three or more (under 2e-13) is taken as 0, to save time."""
NEGLIGIBLE_LOSS = 1e-3
"""Expected loss, as a share of a step, below which the chance of reaching the step (under 2e-10) is taken as 0."""


def accident_grade(
    deaths: npt.ArrayLike,
    injured: npt.ArrayLike,
    loss: npt.ArrayLike,
    households: npt.ArrayLike = 0.0,
    outage_hours: npt.ArrayLike = 0.0,
    service: str = "water",
) -> npt.NDArray[np.int8]:
    """The grade of what really happened, 0 (I) to 3 (IV), 4 = no accident: the worst that any rule gives.

    Args:
        deaths, injured: people. loss: yuan. households: cut off; outage_hours: for how long. service: key of OUTAGES.

    Needs counts: of an expected 0.4 deaths no grade follows, only chances (see `expected_accidents`).
    """
    dead, hurt, lost = np.asarray(deaths), np.asarray(injured), np.asarray(loss)
    cut, hours = np.asarray(households), np.asarray(outage_hours)
    shape = np.broadcast_shapes(dead.shape, hurt.shape, lost.shape, cut.shape, hours.shape)
    grade = np.full(shape, NO_ACCIDENT, np.int8)
    for k in range(NO_ACCIDENT - 1, -1, -1):
        least, longer = OUTAGES[service][k]
        meets = (dead >= DEATHS[k]) | (hurt >= INJURED[k]) | (lost >= LOSS[k]) | ((cut >= least) & (hours > longer))
        grade[np.broadcast_to(meets, shape)] = k
    return grade


def expected_accidents(of: Consequences) -> FloatArray:
    """Chance that each incident is an accident of grade I-IV; shape (n, 4), rows sum to at most 1.

    A grade is a step, so the grade of an expectation is not the expectation of the grade: ten incidents with 0.3
    deaths each are not "no accident" ten times. Given its expected consequences an incident has Poisson deaths and
    injuries and a lognormal loss (mean as expected, sigma LOSS_SIGMA), independent of each other [asm]; households and
    hours are as they are. Then
    P(grade k or worse) = 1 - P(deaths < d_k) P(injured < i_k) P(loss < l_k) [no outage of grade k],
    and sums over incidents are expected numbers of accidents. Real accidents cluster more than Poisson (one explosion,
    many victims), so the worst grades are rather too rare.
    """
    better = np.ones((len(of.deaths), 5))  # chance of staying better than grade k; the last column: of nothing at all
    for k in range(4):
        better[:, k] = _below(of.deaths, DEATHS[k]) * _below(of.injured, INJURED[k]) * _cheaper(of.loss, LOSS[k])
    for position, name in enumerate(SERVICES):
        for k, (least, longer) in enumerate(OUTAGES.get(name, ())):
            cut = (of.service == position) & (of.households >= least) & (of.outage_hours > longer)
            better[cut, k] = 0.0
    chances: FloatArray = np.empty((len(of.deaths), 4))
    chances[:, 0] = 1.0 - better[:, 0]
    chances[:, 1:] = better[:, 0:3] - better[:, 1:4]
    return np.maximum(chances, 0.0)


def _below(mean: FloatArray, least: int) -> FloatArray:
    """P(N < least) for N Poisson with the given means."""
    if least == 1:
        below: FloatArray = np.exp(-mean)
        return below
    below = np.ones(len(mean))
    much = np.flatnonzero(mean > NEGLIGIBLE)
    some = mean[much]
    term = np.exp(-some)
    total = term.copy()
    for n in range(1, least):
        term = term * some / n
        total += term
    below[much] = np.minimum(total, 1.0)
    return below


def _cheaper(mean: FloatArray, least: float) -> FloatArray:
    """P(L < least) for L lognormal with the given means and LOSS_SIGMA."""
    cheaper = np.ones(len(mean))
    much = np.flatnonzero(mean > NEGLIGIBLE_LOSS * least)
    steps = (np.log(least / mean[much]) + LOSS_SIGMA**2 / 2) / LOSS_SIGMA
    cheaper[much] = [1.0 - 0.5 * erfc(z / 2**0.5) for z in steps.tolist()]  # numpy has no error function
    return cheaper
