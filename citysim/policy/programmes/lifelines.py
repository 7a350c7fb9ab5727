"""The loop of the lifelines: what is learned from a case goes round all five arcs before the next one."""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number, switch


def _link() -> float:
    return chance(0.8, "0.6-0.99 brief item 62 asm")  # type: ignore[no-any-return]


@dataclass(frozen=True)
class LifelineLoop(Checked):
    """What is learned from a case reaches those who keep the same from coming back (监管防处评闭环, brief item 62).

    Args:
        closed: whether the lessons of lifeline cases are handed round at all, beyond now.
        monitor, manage, prevent, dispose, evaluate: share of the lessons that each arc hands on to the next. Where one
            does not, the lesson is lost, so the loop is as strong as the product of all five.
        yuan_per_resident: and year, for who keeps the loop going.
    """

    closed: bool = switch(False)
    monitor: float = _link()
    manage: float = _link()
    prevent: float = _link()
    dispose: float = _link()
    evaluate: float = _link()
    yuan_per_resident: float = number(0.5, "yuan", 0.0, 1_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """The same however much is lost on the way."""
        return residents * self.yuan_per_resident if self.closed else 0.0
