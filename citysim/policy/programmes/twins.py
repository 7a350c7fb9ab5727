"""Digital twins that foresee: of the sewers in rain, and of the bins of a city. Those of gas and water help a crew on
site to find the place, so their levers are those of a design (policy/designs/digital.py).
"""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number


@dataclass(frozen=True)
class SewageTwin(Checked):
    """The sewage twin (污水数字孪生, brief item 25): says in rain which points flood first.

    Args:
        hits: share of the floodings in rain that it foresees, 0 = there is no twin.
        lead_minutes: how long before; pumps that are there by then make the flooding one grade milder.
        false_share: share of its forecasts that do not come true, for which a crew goes out in vain.
        yuan: a year for each resident.
    """

    hits: float = chance(0.0, "0.6-0.9 brief item 25 asm")
    lead_minutes: float = number(30.0, "minutes", 0.0, 240.0, "10-60 brief item 25 asm")
    false_share: float = chance(0.35, "0.2-0.5 brief item 25 asm", high=0.5)
    yuan: float = number(0.5, "yuan per resident and year", 0.0, 20.0)

    def yuan_a_year(self, residents: float) -> float:
        return self.yuan * residents if self.hits else 0.0


@dataclass(frozen=True)
class GarbageTwin(Checked):
    """The garbage twin (垃圾数字孪生, brief item 26): collection goes by how full the bins are.

    Args:
        spares: share of the overflowing bins that such routes empty in time, 0 = collection by fixed rounds.
        accuracy: share of the fill levels that are right. lag_hours: their age; a bin may have filled since.
        yuan: a year for each resident.
    """

    spares: float = chance(0.0, "0.2-0.5 brief item 26 asm")
    accuracy: float = chance(0.9, "0.75-0.95 brief item 23 asm")
    lag_hours: float = number(0.25, "hours", 0.0, 24.0)
    yuan: float = number(0.8, "yuan per resident and year", 0.0, 20.0)

    def yuan_a_year(self, residents: float) -> float:
        return self.yuan * residents if self.spares else 0.0
