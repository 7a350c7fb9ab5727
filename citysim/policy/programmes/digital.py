"""Programmes for the digital base: a second site of the cloud, links of the network, records of the data library."""

from dataclasses import dataclass

from citysim.policy.ranges import Checked, chance, number

LIBRARY_A_YEAR = 0.2
"""Yuan per resident and year for the usual upkeep of the records; half as stale or as wrong costs twice that [asm]."""


@dataclass(frozen=True)
class SecondSite(Checked):
    """A second site that takes over when a district's cloud fails (一朵云, brief item 17).

    Args:
        takes_over: share of the outages that it takes over at all. failover_minutes: from the failure until it has.
        yuan: a year for each resident, where it takes over every outage.
    """

    takes_over: float = chance(0.0)
    failover_minutes: float = number(30.0, "minutes", 0.0, 720.0, "5-60 brief item 17 asm")
    yuan: float = number(2.0, "yuan per resident and year", 0.0, 50.0)

    def yuan_a_year(self, residents: float) -> float:
        return self.takes_over * self.yuan * residents


@dataclass(frozen=True)
class Network(Checked):
    """Second links between sensors and centers (一张网, brief item 18).

    Args:
        redundant: share of the sensors that are heard over another link while the network of their district is down.
        yuan: a year for each resident, where all are.
    """

    redundant: float = chance(0.0, "loss of 0.1-0.6 in an outage brief item 18 asm")
    yuan: float = number(3.0, "yuan per resident and year", 0.0, 50.0)

    def yuan_a_year(self, residents: float) -> float:
        return self.redundant * self.yuan * residents


@dataclass(frozen=True)
class DataLibrary(Checked):
    """How fresh and right the records of places and owners are (一组库, brief item 19).

    Args:
        freshness_days: age of a record when it is used. error: share of records that were wrong from the beginning.
        changes: share of the records that a day makes wrong.
        of: the group of incident types whose records these levers are about, "all" = every group.
    """

    freshness_days: float = number(7.0, "days", 0.0, 365.0, "1 min-30 d brief item 19 asm")
    error: float = chance(0.05, "0.01-0.15 brief item 19 asm", high=0.9)
    changes: float = number(0.003, "share per day", 0.0, 0.1)
    of: str = "all"

    @property
    def wrong(self) -> float:
        """Share of the records that are wrong when they are used."""
        return 1.0 - (1.0 - self.error) * (1.0 - self.changes) ** self.freshness_days

    def yuan_a_year(self, residents: float) -> float:
        """The usual upkeep, by how many of the records that are wrong now are kept right."""
        usual = DataLibrary(changes=self.changes).wrong
        return LIBRARY_A_YEAR * usual / max(self.wrong, 0.1 * usual) * residents
