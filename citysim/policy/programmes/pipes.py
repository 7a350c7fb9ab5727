"""Programmes for what lies below: one operator of sewers and plants, clean septic tanks, the map of owners."""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number, switch

TANKS = 0.005
"""Septic tanks for each resident: 500 per 100,000 (200-900, brief item 55)."""


@dataclass(frozen=True)
class PlantNetwork(Checked):
    """One operator of sewers and treatment plants (污水厂网一体改革, brief item 46).

    Args:
        merged: share of the sewers that the operator of the plant runs too, beyond now.
        preventive: share of the blockages and upsets that it prevents there, since it pays for them itself.
        yuan_per_resident: of preventive work a year where merged.
    """

    merged: float = chance(0.0)
    preventive: float = chance(0.2, "0.1-0.3 brief item 46 asm")
    yuan_per_resident: float = number(4.0, "yuan", 0.0, 1_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """Preventive work, in proportion to what it prevents."""
        return residents * self.merged * self.yuan_per_resident * self.preventive / 0.2


@dataclass(frozen=True)
class SepticCleaning(Checked):
    """Cleaning of septic tanks before gas gathers in them (化粪池监管, brief item 55).

    Args:
        interval_months: each tank is cleaned so often; as now once a year.
        before_festival: share of the tanks cleaned once more in the six weeks before the Spring Festival.
        by_risk: whether these are the tanks known to make most gas, rather than any.
        yuan_per_tank: for one cleaning.
    """

    interval_months: float = number(12.0, "months", 1.0, 12.0, "6-24 brief item 55 asm")
    before_festival: float = chance(0.0)
    by_risk: bool = switch(False)
    yuan_per_tank: float = number(800.0, "yuan", 0.0, 100_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """All cleanings, those as now too."""
        return residents * TANKS * (12.0 / self.interval_months + self.before_festival) * self.yuan_per_tank


@dataclass(frozen=True)
class OneMap(Checked):
    """One map of plans and owners, so that each thing in the street belongs to somebody (一张图, brief item 43).

    Args:
        ownerless: share of the cases of components that nobody owns up to. 0 as now: a scenario's times and supports
            hold for known owners, so whoever asks what the map is worth must say how bad things are without it.
        surveyed: share of these that the map settles.
        unclear_hours: median time until the owner of one that it does not settle is found.
        yuan_per_resident: of surveying everything, spread over five years.
    """

    ownerless: float = chance(0.0, "0.02-0.15 brief item 43 asm", high=0.5)
    surveyed: float = chance(0.0)
    unclear_hours: float = number(48.0, "hours", 0.0, 2_000.0)
    yuan_per_resident: float = number(30.0, "yuan", 0.0, 10_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """A fifth of the survey each year."""
        return residents * self.surveyed * self.yuan_per_resident / 5.0
