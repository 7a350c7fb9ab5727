"""The levers on innovation: a district pilots an application, others take it over or not (brief items 14, 20, 57)."""

from dataclasses import dataclass, fields

from citysim.errors import PolicyError
from citysim.policy.programmes import DECIDED, Programmes
from citysim.policy.ranges import Checked, chance, number, switch

PROGRAMMES = tuple(field.name for field in fields(Programmes) if field.name not in DECIDED)
NOT_BY_DISTRICT = ("agents", "second_site")
"""Programmes that act on the hours of the city and not on single incidents."""
SHARING = ("off", "isolated", "voluntary", "mandated", "tournament")
"""How applications spread: every programme acts everywhere as the policy says; each district builds its own; who is
convinced takes it over; all must from a month on; several variants are piloted and the best of them is made a must."""
APPLICATIONS = "muck_trucks, parking, manholes, bikes, digging, illegal_building, septic_cleaning, rural_waste"
"""The six applications of the article, those for illegal building and for the road zipper (brief items 49-56)."""


@dataclass(frozen=True)
class Innovation(Checked):
    """One district innovates, the whole city shares (一地创新、全市共享).

    An application is a programme of the policy; `strength` 1 in a district means that the programme acts there as the
    policy says, 0 that it does not. Strength = effect / best, within 0 and 1.

    Args:
        sharing: one of SHARING. applications: names of programmes, with commas between.
        pilots: variants that are piloted, each in a district of its own; only a tournament pilots more than one.
        pilot_months: until the result of a pilot is known. mandated_month: from which on all must, if mandated.
        effect_mean, effect_sd: of the true effect of a variant, which may be below 0. best: effect at full strength.
        noise: standard deviation of what is read wrongly of the effect of a pilot.
        transfer: share of the effect that reaches another district. fit_loss: most that is lost where it does not fit.
        incubation: practices that the office writes up and teaches in a year; each brings transfer nearer to 1.
        adoption_months: from the decision until it works. ledger: whether all digital resources are in one ledger, so
            that parts are used again. saves_time, saves_cost: shares that the ledger saves.
        convinced: chance a month that a district follows a pilot of mean effect, voluntarily.
        yuan_pilot, yuan_adoption: for one application and district of a million. upkeep: share of that each year.
    """

    sharing: str = "off"
    applications: str = APPLICATIONS
    pilots: int = number(3, "variants", 1, 6, "2-3 H16 asm")
    pilot_months: int = number(6, "months", 1, 24, "3-9 brief item 14 asm")
    mandated_month: int = number(1, "months", 1, 48)
    effect_mean: float = number(0.10, "effect", -0.5, 1.0, "brief item 14 asm")
    effect_sd: float = number(0.10, "effect", 0.0, 1.0, "brief item 14 asm")
    best: float = number(0.20, "effect", 0.01, 1.0)
    noise: float = number(0.10, "effect", 0.0, 1.0)
    transfer: float = chance(0.7, "0.4-0.95 brief item 57 asm")
    fit_loss: float = chance(0.25, "0-0.5 brief item 57 asm")
    incubation: float = number(0.0, "a year", 0.0, 50.0, "brief item 14 asm")
    adoption_months: float = number(6.0, "months", 0.0, 24.0, "1-12 brief item 57 asm")
    ledger: bool = switch(False)
    saves_time: float = chance(0.5, "0.3-0.7 brief item 20 asm", high=0.95)
    saves_cost: float = chance(0.4, "0.2-0.6 brief item 20 asm")
    convinced: float = chance(0.15)
    yuan_pilot: float = number(1_500_000.0, "yuan", 0.0, 1e9)
    yuan_adoption: float = number(800_000.0, "yuan", 0.0, 1e9)
    upkeep: float = chance(0.15, "0.1-0.2 brief item 57 asm")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sharing not in SHARING:
            raise PolicyError(f"innovation.sharing = {self.sharing!r}, must be one of {', '.join(SHARING)}")
        if not isinstance(self.applications, str) or not self.names:
            raise PolicyError(
                f"innovation.applications = {self.applications!r}, must name programmes, with commas between"
            )
        if everywhere := sorted(set(self.names) & set(NOT_BY_DISTRICT)):
            raise PolicyError(
                f"innovation.applications: {everywhere[0]!r} acts on the city as a whole, no district can pilot it"
            )
        if unknown := sorted(set(self.names) - set(PROGRAMMES)):
            raise PolicyError(f"innovation.applications: {unknown[0]!r} is no programme; {', '.join(PROGRAMMES)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the applications."""
        return tuple(name.strip() for name in self.applications.split(",") if name.strip())

    @property
    def months_to_adopt(self) -> float:
        """From the decision until it works."""
        return self.adoption_months * ((1.0 - self.saves_time) if self.ledger else 1.0)

    @property
    def yuan_to_adopt(self) -> float:
        """For one application and district of a million."""
        return self.yuan_adoption * ((1.0 - self.saves_cost) if self.ledger else 1.0)
