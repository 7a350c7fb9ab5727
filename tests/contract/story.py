"""Micro-cases: a few rows with whole times, told to an engine, and the log read back in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from citysim.engines.simulate import Engine, simulate
from citysim.intake import FIELDS, Intake, Kinds, Places, plain_kinds
from citysim.log import EVENTS, OUTCOMES, Log
from citysim.policy.blocks import Slower
from citysim.policy.durations import Fixed, FromCase
from citysim.policy.policy import Policy
from citysim.policy.staffing import PoolFamily, Shift, Staffing
from citysim.policy.workflow import Workflow
from citysim.units import CALENDAR, NEVER, WORKING, WorkingWeek

KEY = 20_240_601
WORK = FromCase("work")
POOL_SUMS = ("served", "busy", "scheduled", "waiting", "saturated")
SURROUNDINGS = ("kinds", "places", "working_week", "signals", "settings", "first_row")
Test = TypeVar("Test", bound=Callable[..., None])


def exercises(*blocks: type) -> Callable[[Test], Test]:
    """Declares which blocks a contract case is about; a block without a case fails `test_every_block`."""

    def declare(test: Test) -> Test:
        test.exercises = blocks  # type: ignore[attr-defined]
        return test

    return declare


def rows(*reported: int, **fields: Any) -> Intake:
    """Rows of an intake in the order given: tiebreak = row, luck = 100 + row, priority 5, unless said otherwise.

    Names that are no field of an intake (`work`, …) become extra columns; one number stands for all rows.
    """
    n = len(reported)
    values: dict[str, Any] = {name: np.zeros(n, dtype) for name, dtype in FIELDS.items()}
    values |= {"reported": reported, "occurred": reported, "priority": np.full(n, 5), "severity": np.full(n, 3)}
    values |= {"incident": np.arange(n), "parent": np.full(n, -1), "genuine": np.ones(n), "channel": np.full(n, 2)}
    values |= {"luck": np.arange(n) + 100, "tiebreak": np.arange(n), "cause": np.full(n, -1)}
    values["worsens"] = np.full(n, NEVER)
    settings = {name: fields.pop(name) for name in SURROUNDINGS if name in fields}
    given = {name: np.broadcast_to(np.asarray(column), (n,)) for name, column in fields.items()}
    columns = {name: column.astype(np.int64) for name, column in given.items() if name not in FIELDS}
    values |= {name: column for name, column in given.items() if name in FIELDS}
    return Intake(**values, key=KEY, horizon=1_000, columns=columns, **{"kinds": plain_kinds(9)} | settings)


def departments(supports: Sequence[int] = (1, 2, 3)) -> Kinds:
    """One type: department L leads, X, Y, Z (or fewer) support."""
    plain = plain_kinds(1)
    return Kinds(
        ids=("leak",), groups=("gas",), departments=("L", "X", "Y", "Z"), lead=np.array([0]),
        supports=np.array([supports]), on_site_limit=plain.on_site_limit, close_limit=plain.close_limit,
        clock=plain.clock, emergency=plain.emergency,
    )  # fmt: skip


def limited(seconds: int) -> Kinds:
    """Three types: closing limit on the calendar clock, on the working clock, none."""
    plain = plain_kinds(3)
    return Kinds(
        ids=plain.ids, groups=plain.groups, lead=plain.lead, supports=plain.supports, on_site_limit=plain.on_site_limit,
        close_limit=np.array([seconds, seconds, NEVER]), clock=np.array([CALENDAR, WORKING, CALENDAR]),
        emergency=np.array([0, 1, 0]), columns={"share": np.array([0.0, 0.5, 3.0]), "slow": np.array([1.0, 2.0, 4.0])},
    )  # fmt: skip


def shifts(*headcounts: tuple[int, int], cycle: int = 20, rule: str = "finish", level: str = "city") -> Staffing:
    """One family, `server`, with (start, headcount) of each shift."""
    turns = tuple(Shift(start, count) for start, count in headcounts)
    return Staffing((PoolFamily("server", level, turns, cycle=cycle, at_shift_end=rule),))


CREWS = Staffing(tuple(PoolFamily(f"crew:{code}", "city", (Shift(0, 1),)) for code in "LXYZ"))
CITY = {
    "places": Places(np.array([0, 0, 1]), np.ones(3), ("east", "west")),
    "working_week": WorkingWeek(days=(0, 1, 2, 3, 4)),
}
TRIANGLE = Places(
    np.array([0, 1, 2]), np.ones(3), ("east", "west", "south"), neighbours=np.array([[1, 2], [2, 0], [1, 0]])
)
"""Three districts of one street each. Nearest: east has west, south; west has south, east; south has west, east."""
QUEUE = Workflow().seize("server").delay(WORK).release("server").close()
URGENT_FIRST = Workflow().seize("server", preempt=True).delay(WORK).release("server").close()


@dataclass(frozen=True)
class Story:
    """A log in words."""

    log: Log

    def rows(self, case: int, lane: int = 0) -> list[str]:
        """What one lane did: "block event time" in its order."""
        steps = self.log.step_columns
        assert steps is not None
        here = (steps["case"] == case) & (steps["lane"] == lane)
        picked = zip(*(steps[name][here].tolist() for name in ("block", "event", "time")), strict=True)
        return [f"{self.log.blocks[block]} {EVENTS[event]} {time}" for block, event, time in picked]

    def column(self, name: str) -> list[Any]:
        """One number (or outcome) for each case that came in."""
        values = self.log.case_columns[name].tolist()
        return [OUTCOMES[value] for value in values] if name == "outcome" else values

    @property
    def ended(self) -> list[int]:
        return self.column("ended")

    def pool(self, family: str = "server", place: int = 0) -> dict[str, int]:
        """served, busy, scheduled, waiting and saturated of one pool; who stands in line at the end is `in_line`."""
        pools = self.log.pool_columns
        here = (pools["family"] == self.log.families.index(family)) & (pools["place"] == place)
        assert here.sum() == 1
        return {name: int(values[here][0]) for name, values in pools.items() if name in POOL_SUMS}

    def unserved(self, family: str = "server", place: int = 0) -> int:
        """Requests that left the line of one pool without being served."""
        pools = self.log.pool_columns
        here = (pools["family"] == self.log.families.index(family)) & (pools["place"] == place)
        return int(pools["unserved"][here].item())

    def in_line(self, family: str = "server", place: int = 0) -> int:
        """Requests in the line of one pool at the end."""
        pools = self.log.pool_columns
        here = (pools["family"] == self.log.families.index(family)) & (pools["place"] == place)
        return int(pools["in_line"][here].item())


def asked(field: str, flow: Workflow | None = None) -> Workflow:
    """A workflow that reads a field and writes it down: it closes field + 1 seconds later."""
    return (flow or Workflow()).delay(Fixed(1), pace=(Slower(field, 1.0),)).close()


Tell = Callable[..., Story]


def teller(engine: Engine) -> Tell:
    """Tells intakes and workflows to one engine; `until` is 1000 s and there is one server unless said otherwise."""

    def tell(
        intake: Intake, workflow: Workflow, staffing: Staffing | None = None, until: int = 1_000, **more: Any
    ) -> Story:
        policy = Policy("story", workflow, staffing or Staffing.of(server=1), **more)
        return Story(simulate(intake, policy, engine, until=until))

    return tell
