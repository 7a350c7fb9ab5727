"""Programmes for parking, shared bikes, and the streets before schools and hospitals."""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number, switch

LOTS = 0.36
"""Parking spaces for each resident: 3.66 million for 10.3 million in the central districts (R12)."""
BIKES = 0.008
"""Shared bikes for each resident: 800 per 100,000, as incident types count them (400-1,500, brief item 52 asm)."""
SCHOOLS, HOSPITALS = 0.00012, 0.00003
"""For each resident: 12 schools and 3 hospitals with crowded gates in 100,000 [asm]."""
PEAKS_A_YEAR, POST_HOURS = 380.0, 1.5
"""Two on each of 190 school days; hours for which somebody stands there [asm]."""


@dataclass(frozen=True)
class Parking(Checked):
    """One app for the car parks of a district (渝畅停, brief item 50), beyond what is connected now.

    Args:
        shared: share of the closed car parks of offices and housing opened when their own do not need them (错时共享).
        guidance: share of the drivers who are led to the nearest free space.
        lots: new spaces in small car parks, as a share of all.
        yuan_per_shared, yuan_per_guided, yuan_per_lot: a year, for a space shared, a space connected, a new space.
    """

    shared: float = chance(0.0)
    guidance: float = chance(0.0, "0.1-0.4 less search brief item 50 asm")
    lots: float = chance(0.0, high=0.2)
    yuan_per_shared: float = number(150.0, "yuan", 0.0, 10_000.0)
    yuan_per_guided: float = number(20.0, "yuan", 0.0, 1_000.0)
    yuan_per_lot: float = number(4_000.0, "yuan", 0.0, 100_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """A third of the spaces belong to offices and housing that could share [asm]."""
        spaces = residents * LOTS
        shared = self.shared / 3.0 * self.yuan_per_shared
        return spaces * (shared + self.guidance * self.yuan_per_guided + self.lots * self.yuan_per_lot)


@dataclass(frozen=True)
class Bikes(Checked):
    """Supervision of shared bikes (共享单车监管, brief item 52).

    Args:
        moved: share of the bikes of a full place that operators take away before each peak, beyond now.
        quota_cut: share of its bikes that an operator loses in four weeks for each third of all the overfull places of
            now that it had in the four weeks before, beyond a good score; who has a good one gets bikes back. Nobody
            falls below `least` of the bikes of now.
        yuan_per_move: for one bike moved.
    """

    moved: float = chance(0.0, high=0.9)
    quota_cut: float = chance(0.0, high=0.3)
    least: float = chance(0.5, low=0.1)
    yuan_per_move: float = number(1.5, "yuan", 0.0, 100.0)

    def yuan_a_year(self, residents: float) -> float:
        """A fifth of all bikes stand at places that are full before a peak [asm]; two peaks a day."""
        return residents * BIKES * 0.2 * self.moved * 730.0 * self.yuan_per_move


@dataclass(frozen=True)
class Schools(Checked):
    """The streets before schools (渝城护学, brief item 69).

    Args:
        bays: share of the schools with stopping bays and waiting areas. posts: share with people posted at both peaks.
        zones: share of the streets whose schools these are; the streets that report least come first, or with `premium`
            those that somebody chose.
        extra: whether those posted are additional people; if not they are taken from the patrols of other streets.
        yuan_per_bay: a year, with what was built. yuan_per_post: for one peak.
    """

    bays: float = chance(0.0)
    posts: float = chance(0.0)
    zones: float = chance(1.0, low=0.05)
    premium: bool = switch(False)
    extra: bool = switch(True)
    yuan_per_bay: float = number(60_000.0, "yuan", 0.0, 5_000_000.0)
    yuan_per_post: float = number(150.0, "yuan", 0.0, 5_000.0)

    @property
    def hours(self) -> float:
        """Hours a week that people stand at gates, for each resident of a street that is served."""
        return SCHOOLS * self.posts * PEAKS_A_YEAR * POST_HOURS / 52.0

    def yuan_a_year(self, residents: float) -> float:
        """People who are taken from the patrols are paid already."""
        posts = self.posts * PEAKS_A_YEAR * self.yuan_per_post if self.extra else 0.0
        return residents * self.zones * SCHOOLS * (self.bays * self.yuan_per_bay + posts)


@dataclass(frozen=True)
class Hospitals(Checked):
    """The access to hospitals (渝城助医, brief item 70).

    Args:
        pooled: share of the hospitals that share the car parks within 500 m. spaces: new ones, as a share of those
            that they have. lane: share with a lane kept free for ambulances.
        zones, premium: in which streets, as of `Schools`.
        yuan_per_pool, yuan_per_lane: a year and hospital. yuan_per_space: a year and space; a hospital has 600 [asm].
    """

    pooled: float = chance(0.0)
    spaces: float = chance(0.0, high=0.5)
    lane: float = chance(0.0)
    zones: float = chance(1.0, low=0.05)
    premium: bool = switch(False)
    yuan_per_pool: float = number(200_000.0, "yuan", 0.0, 10_000_000.0)
    yuan_per_space: float = number(6_000.0, "yuan", 0.0, 100_000.0)
    yuan_per_lane: float = number(80_000.0, "yuan", 0.0, 10_000_000.0)

    def yuan_a_year(self, residents: float) -> float:
        """For all hospitals of the streets that are served."""
        each = self.pooled * self.yuan_per_pool + self.spaces * 600.0 * self.yuan_per_space
        return residents * self.zones * HOSPITALS * (each + self.lane * self.yuan_per_lane)
