"""Digital twins that foresee: of the sewers in rain, and of the bins of a city. Those of gas and water help a crew on
site to find the place, so their levers are those of a design (policy/designs/digital.py).
"""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number

BINS_EACH = 0.004
"""Bins at the street for each resident: one for 250 [asm]."""
BINS_OF_ROUTE = 45
"""Bins on a route [asm]."""
HOURS_A_YEAR, EMPTIED_A_YEAR = 8_760.0, 365.0
"""How often a bin is emptied as now: once a day [asm]."""


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
        routed: share of the bins whose level is known and by which trucks are led: a bin that is full up to the
            threshold calls, and the next trip of its route takes it; it does not overflow if the trip comes in time.
        threshold: level at which a bin calls. trip_hours: from one trip of a route to the next.
        spares: a share instead of routes: of the overflowing bins that are emptied in time, 0 = none.
        accuracy: share of the fill levels that are right. lag_hours: their age; a bin may have filled since.
        yuan: a year for each resident, if any bin is led to. yuan_per_trip: of one truck, 45 bins on its route.
        yuan_per_stop: for each emptying more than those of full bins.
    """

    routed: float = chance(0.0)
    threshold: float = chance(0.8, "0.6-0.9 asm", low=0.3, high=0.99)
    trip_hours: float = number(4.0, "hours", 0.5, 48.0)
    spares: float = chance(0.0, "0.2-0.5 brief item 26 asm")
    accuracy: float = chance(0.9, "0.75-0.95 brief item 23 asm")
    lag_hours: float = number(0.25, "hours", 0.0, 24.0)
    yuan: float = number(0.8, "yuan per resident and year", 0.0, 20.0)
    yuan_per_trip: float = number(60.0, "yuan", 0.0, 5_000.0)
    yuan_per_stop: float = number(1.0, "yuan", 0.0, 100.0)

    def yuan_a_year(self, residents: float) -> float:
        """Levels, trips and stops; a bin that is emptied at a lower level is emptied the more often."""
        trips = HOURS_A_YEAR / self.trip_hours / BINS_OF_ROUTE * self.yuan_per_trip
        stops = (1.0 / self.threshold - 1.0) * EMPTIED_A_YEAR * self.yuan_per_stop
        led = self.routed * BINS_EACH * (trips + stops)
        return residents * (led + (self.yuan if self.spares or self.routed else 0.0))
