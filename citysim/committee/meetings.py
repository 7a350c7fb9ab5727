"""The meetings of streets and districts: each in its weeks, with an agenda of so many places and a lag.

A matter is a type of incident that came repeatedly at a street. To settle it is to make clear there who does what,
which is a line of the responsibility list at that place alone. A street settles what it can, and that acts after its
lag. What it cannot goes up to its district, whose decisions act after a longer one and in all its streets; what that
cannot goes up to the municipal committee. What has no place on an agenda waits for the next meeting. A district first
calls up the departments on whom most waits in it against what is usual there.
"""

from dataclasses import dataclass

import numpy as np

from citysim.committee.decisions import Names
from citysim.committee.members import NOISE
from citysim.committee.review import Findings
from citysim.policy.governance import Committee
from citysim.streams import FloatArray, normal_quantile, purpose_code, uniform, uniforms
from citysim.units import NEVER, IntArray
from citysim.world.geography import City

REPEATED = 2
"""So many cases of a type at a street since its last meeting are a matter [asm]."""
STRAINED = 1.2
"""A department is called up if what waits on it is so many times the usual [asm]."""


@dataclass(frozen=True)
class Sittings:
    """What came of a week's meetings below the municipal committee.

    Args:
        streets: matters that streets settled. districts: (district, type) of those that districts did.
        called: (district, department). passed_up: types that a district had on its agenda and could not settle.
    """

    streets: int = 0
    districts: tuple[tuple[int, int], ...] = ()
    called: tuple[tuple[int, int], ...] = ()
    passed_up: tuple[int, ...] = ()

    def notes(self, names: Names) -> list[tuple[str, str, str, float]]:
        """Body, what, about whom or what, and how much; for the minutes."""
        lines = [("streets", "matters settled", "all", float(self.streets))] if self.streets else []
        lines += [(names.districts[d], "matter settled", names.types[k], 1.0) for d, k in self.districts]
        return lines + [(names.districts[d], "department called up", names.departments[k], 1.0) for d, k in self.called]


class LowerMeetings:
    """The agendas of streets and districts, and what has been settled where.

    `levers` may change between steps.
    """

    def __init__(self, levers: Committee, city: City, names: Names, key: int) -> None:
        self.levers, self._district, self._key = levers, city.district_of_street, key
        self._share = city.street_population / city.street_population.sum()
        self._n_districts, n_types, n_departments = city.n_districts, len(names.types), len(names.departments)
        self._streets = np.zeros((n_types, len(self._share)))
        self._inbox = np.zeros((n_types, self._n_districts))
        self._clear = np.zeros((n_types, len(self._share)), np.bool_)
        self._usual: FloatArray | None = None
        self._load = np.ones((n_departments, self._n_districts))
        self._until = np.zeros((n_departments, self._n_districts), np.int64)
        self._pending: list[tuple[int, int, int, bool]] = []  # week it acts, row, district, whether a department
        self._settled = np.full((n_types, len(self._share)), NEVER, np.int64)  # week from which it acts at the street

    def clear(self) -> FloatArray:
        """Share of the residents where it is clear who does what, by type."""
        clear: FloatArray = (self._clear * self._share).sum(axis=1)
        return clear

    def called_up(self, week: int) -> FloatArray:
        """Share of the districts by whose meeting a department is called up now, by department."""
        share: FloatArray = (self._until > week).mean(axis=1)
        return share

    def step(self, week: int, findings: Findings) -> Sittings:
        """Take in a week's findings, let act what is due, and hold the meetings of the week."""
        np.add.at(self._streets, findings.hot, 1.0)
        usual = findings.held if self._usual is None else 0.9 * self._usual + 0.1 * findings.held
        self._usual, self._load = usual, (findings.held + NOISE) / (usual + NOISE)
        self._act(week)
        settled = self._streets_meet(week) if week % self.levers.street_weeks == 0 else 0
        if week % self.levers.district_weeks:
            return Sittings(streets=settled)
        called: list[tuple[int, int]] = []
        decided: list[tuple[int, int]] = []
        passed_up: set[int] = set()
        for district in range(self._n_districts):
            mine = self._call_up(week, district)
            called += [(district, department) for department in mine]
            places = self.levers.district_agenda - len(mine)
            done, open_ = self._settle(week, district, places)
            decided += [(district, kind) for kind in done]
            passed_up.update(open_)
        return Sittings(settled, tuple(decided), tuple(called), tuple(sorted(passed_up)))

    def _act(self, week: int) -> None:
        self._clear |= (self._settled != NEVER) & (self._settled <= week)
        for when, row, district, is_department in self._pending:
            if when > week:
                continue
            if is_department:
                self._until[row, district] = week + self.levers.district_weeks
            else:
                self._clear[row, self._district == district] = True
        self._pending = [item for item in self._pending if item[0] > week]

    def _streets_meet(self, week: int) -> int:
        """Each street takes what came most; what it does not settle goes to its district's inbox.

        What came once is forgotten, what had no place is kept; what is settled is no matter any more.
        """
        is_settled = self._clear | (self._settled != NEVER)
        matters = np.where(is_settled | (self._streets < REPEATED), 0.0, self._streets)
        place: IntArray = np.argsort(np.argsort(-matters, axis=0, kind="stable"), axis=0, kind="stable")
        luck = uniforms(self._key, np.arange(matters.size), purpose_code("street settles"), week).reshape(matters.shape)
        tabled = (matters > 0) & (place < self.levers.street_agenda)
        settled = tabled & (luck < self.levers.street_settles)
        self._settled[settled] = week + self.levers.street_lag_weeks
        self._act(week)
        kinds, streets = np.nonzero(tabled & ~settled)
        np.add.at(self._inbox, (kinds, self._district[streets]), matters[kinds, streets])
        self._streets = np.where(tabled, 0.0, matters)
        return int(settled.sum())

    def _call_up(self, week: int, district: int) -> list[int]:
        load = self._load[:, district]
        worst = np.argsort(-load, kind="stable")[: self.levers.district_agenda]
        called: list[int] = worst[load[worst] > STRAINED].tolist()
        self._pending += [(week + self._lag(week, f"call {k} {district}"), k, district, True) for k in called]
        return called

    def _settle(self, week: int, district: int, places: int) -> tuple[list[int], list[int]]:
        """Types that a district's meeting settles, and those that it had on its agenda and could not settle."""
        waiting = self._inbox[:, district]
        agenda = [k for k in np.argsort(-waiting, kind="stable")[: max(places, 0)].tolist() if waiting[k] > 0]
        chance = self.levers.district_settles
        done = [k for k in agenda if self._luck(week, f"settles {k} {district}") < chance]
        self._inbox[agenda, district] = 0.0
        self._pending += [(week + self._lag(week, f"settles {k} {district}"), k, district, False) for k in done]
        return done, [k for k in agenda if k not in done]

    def _luck(self, week: int, what: str) -> float:
        return float(uniform(self._key, week, purpose_code(f"district {what}")))

    def _lag(self, week: int, what: str) -> int:
        """Whole weeks until something acts, at least one."""
        spread = self.levers.lag_sigma * normal_quantile(self._luck(week, f"lag {what}"))
        return max(1, int(np.ceil(self.levers.district_lag_weeks * np.exp(spread))))
