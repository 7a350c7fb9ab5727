"""The agent matrix (智能体矩阵): AI agents that are adopted little by little, drift, are trained again."""

from dataclasses import dataclass

from citysim.errors import PolicyError
from citysim.policy.ranges import Checked, chance, number

FAMILIES = ("traffic", "logistics", "inspection", "warning")
"""The families that act on what happens and what is noticed; the fifth, at the hotline, is in the sentence of a
design (`levers.hotline_agent`)."""


@dataclass(frozen=True)
class Agent(Checked):
    """One family of agents (brief items 35 and 36).

    Args:
        adopts: share of those who could use it that do in the end, 0 = nobody.
        starts_weeks: until the first do. half_weeks: from then until half of them do, along an S-curve.
        accuracy: share of its answers that are right just after training. drift: loss of it in a month until the next
            training, every `retrain_weeks`.
    """

    adopts: float = chance(0.0, "0.7-0.8 R34")
    starts_weeks: float = number(0.0, "weeks", 0.0, 260.0)
    half_weeks: float = number(26.0, "weeks", 0.1, 260.0)
    accuracy: float = chance(0.9, "0.75-0.98 brief item 35 asm")
    drift: float = chance(0.01, "0.005-0.03 a month brief item 35 asm", high=0.3)
    retrain_weeks: int = number(13, "weeks", 1, 520)


@dataclass(frozen=True)
class Agents(Checked):
    """The four families that act on what happens and what is noticed (brief item 36).

    Args:
        interop: chance that what one family finds out another can use: by so much of the others' mean strength each is
            stronger than alone.
        traffic: guides crews and signals, so that travel is shorter. logistics: plans deliveries and collections, so
            that vehicles stand in the way less often. inspection: drones and cameras that look by day and in dry hours.
        warning: has places watched that rain and heat endanger.
        yuan: a year for each resident and family that all have adopted.
    """

    interop: float = chance(0.3, "0-0.9 brief item 40 asm")
    yuan: float = number(0.5, "yuan per resident and year", 0.0, 20.0)
    traffic: Agent = Agent()
    logistics: Agent = Agent()
    inspection: Agent = Agent()
    warning: Agent = Agent()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in FAMILIES:
            if not isinstance(getattr(self, name), Agent):
                raise PolicyError(f"agents.{name} = {getattr(self, name)!r}, must be a group of levers: adopts, …")

    def yuan_a_year(self, residents: float) -> float:
        return sum(getattr(self, name).adopts for name in FAMILIES) * self.yuan * residents
