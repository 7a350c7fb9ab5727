"""Consequences of a run: casualties, loss, supply, roads, nuisance, accidents by grade, and what could be prevented.

Expected values given what happened and how long it took, see `consequences`; source: domain brief 5.5, 2.3 and 4.2.
"""

from citysim.judging.consequences import Totals
from citysim.judging.summaries import ratio
from citysim.judging.view import View, view
from citysim.log import Log
from citysim.units import YEAR

DISCOUNT = 0.05
"""A loss a year later counts less by this share [asm, 0.03-0.08]."""


def casualties(view: View) -> float:
    """Expected deaths and serious injuries per 100,000 residents and year (伤亡); nan if residents are not known."""
    return deaths(view) + injured(view)


def deaths(view: View) -> float:
    """Expected deaths per 100,000 residents and year; nan if the residents are not known."""
    return _per_resident(view, float(view.deaths.sum()))


def injured(view: View) -> float:
    """Expected serious injuries per 100,000 residents and year; nan if the residents are not known."""
    return _per_resident(view, float(view.injured.sum()))


def direct_loss(view: View) -> float:
    """Expected direct loss in yuan per week (直接损失)."""
    return _per_week(view, float(view.loss.sum()))


def direct_loss_discounted(view: View) -> float:
    """Expected direct loss, as worth when the run begins, in yuan per week (折现直接损失): 5 % less a year later."""
    return _per_week(view, float((view.loss * (1.0 + DISCOUNT) ** (-view.occurred / YEAR)).sum()))


def outage_household_hours(view: View) -> float:
    """Households cut off from water, gas, power or telecom x hours until mended, per week (停水停气户时)."""
    return _per_week(view, float(view.household_hours.sum()))


def lane_hours(view: View) -> float:
    """Lanes blocked x hours until mended, and by traffic signals until safe, per week."""
    return _per_week(view, float(view.lane_hours.sum()))


def nuisance_person_hours(view: View) -> float:
    """People disturbed x hours until mended, per week."""
    return _per_week(view, float(view.person_hours.sum()))


def accidents(view: View, grades: tuple[int, ...]) -> float:
    """Expected accidents of these grades (positions in accidents.GRADES) per year: the sum of their chances."""
    return ratio(float(view.accidents[:, list(grades)].sum()), view.log.span / YEAR)


def totals(view: View) -> Totals:
    """Everything that these cases did, in the units of `Totals`."""
    return Totals(
        deaths=float(view.deaths.sum()),
        injured=float(view.injured.sum()),
        loss=float(view.loss.sum()),
        household_hours=float(view.household_hours.sum()),
        lane_hours=float(view.lane_hours.sum()),
        person_hours=float(view.person_hours.sum()),
    )


def preventable_loss(log: Log, instant: Log) -> Totals:
    """What a faster response to the same world would have spared (可避免损失): this run minus instant response.

    loss - loss under instant response, for each measure; children of cascades that instant response contains are in
    the difference. An incident that nobody noticed by the end of its run is in neither log.

    Args:
        instant: the same world (scenario, seed, replication) under the policy `instant_response`, as long as `log`.

    Raises:
        ValueError: the logs are not of the same world, or not of the same length.
    """
    same = ("scenario", "scenario_digest", "seed", "replication")
    for name in same:
        if log.origin.get(name) != instant.origin.get(name):
            raise ValueError(f"{name} differs: {log.origin.get(name)!r} and {instant.origin.get(name)!r}")
    if log.until != instant.until:
        raise ValueError(f"until differs: {log.until} and {instant.until}")
    return totals(view(log)).minus(totals(view(instant)))


def preventable_direct_loss(view: View, instant: View) -> float:
    """Expected direct loss in yuan per week beyond that of the same world under instant response."""
    return direct_loss(view) - direct_loss(instant)


def preventable_casualties(view: View, instant: View) -> float:
    """Expected deaths and injuries per 100,000 residents and year beyond those under instant response."""
    return casualties(view) - casualties(instant)


def _per_week(view: View, total: float) -> float:
    return ratio(total, view.weeks)


def _per_resident(view: View, total: float) -> float:
    return ratio(total, view.residents / 1e5 * view.log.span / YEAR)
