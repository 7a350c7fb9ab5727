"""What the slow loop costs in a week, in yuan."""

from citysim.policy.governance import Governance, Library
from citysim.streams import FloatArray

OFFICE_WEEK, EXPERT_WEEK = 4_000.0, 20_000.0
"""Yuan a week for one of the office; for the expert panel of a million residents [asm]."""
QUARTER_WEEKS, YEAR_WEEKS = 13.0, 52.0


def bodies_yuan(governance: Governance, millions: float) -> float:
    """The office, the experts and the digital officer's budget of a city of so many million residents."""
    weekly = governance.office.people * OFFICE_WEEK + (EXPERT_WEEK if governance.experts.on else 0.0)
    weekly += governance.digital.budget * governance.digital.yuan_per_unit / QUARTER_WEEKS
    return weekly * millions


def root_cause_yuan(library: Library, closed: FloatArray, rooted: FloatArray, base: float) -> float:
    """Root-cause work beyond what every crew does anyway.

    Args:
        closed: cases of the week, by type. rooted: share of them, of those that crews leave, whose cause is mended by
            decision. base: share whose cause is mended without one.
    """
    jobs = float((closed * rooted * (1.0 - base)).sum())
    return jobs * library.root_cause_hours * library.yuan_per_hour


def mended(base: float, rooted: FloatArray) -> FloatArray:
    """Chance that a root cause is mended, where a share of what crews leave is mended by decision."""
    result: FloatArray = 1.0 - (1.0 - base) * (1.0 - rooted)
    return result


def watching_yuan(library: Library, patrolled: float, covered: float) -> float:
    """Patrols and sensors beyond the usual: of so many residents patrolled once more, and covered once more."""
    return (patrolled * library.patrol_yuan + covered * library.sensor_yuan) / YEAR_WEEKS
