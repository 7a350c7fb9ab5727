"""The loop of the lifelines: what is learned from a case, handed on by each of five arcs."""

from dataclasses import dataclass

from citysim.errors import PolicyError
from citysim.policy.ranges import Checked, chance, number, switch

LESSONS = ("everywhere", "district", "street")
"""Where an earlier case must have happened before there is a lesson to be handed on."""


def _link() -> float:
    return chance(0.8, "0.6-0.99 brief item 62 asm")  # type: ignore[no-any-return]


@dataclass(frozen=True)
class LifelineLoop(Checked):
    """What is learned from a case reaches those who see to the next one (监管防处评闭环, brief item 62).

    Each arc acts by itself and moves its own gate (judging/lifelines.py); a case that passes all five closes the loop.

    Args:
        closed: whether the lessons of lifeline cases are handed round at all, beyond now.
        monitor: share of the places where sensors look closer since something happened there. manage: share of the
            orders that go by a list of who owns what, and so to the right unit at once. prevent: share of the lessons
            that keep a case from coming back or breeding another. dispose: share of the repairs that go by a plan and
            are not put off. evaluate: share of the root causes left as now that are mended after all.
        yuan_per_resident: and year, for who keeps the loop going.
    """

    closed: bool = switch(False)
    monitor: float = _link()
    manage: float = _link()
    prevent: float = _link()
    dispose: float = _link()
    evaluate: float = _link()
    lessons: str = "everywhere"
    lesson_weeks: int = number(2, "weeks", 0, 52)
    yuan_per_resident: float = number(0.5, "yuan", 0.0, 1_000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lessons not in LESSONS:
            raise PolicyError(f"lifelineloop.lessons = {self.lessons!r}, must be one of {', '.join(LESSONS)}")

    def yuan_a_year(self, residents: float) -> float:
        """The same however much is lost on the way."""
        return residents * self.yuan_per_resident if self.closed else 0.0
