"""The reference engine against sums made by hand, and against a second telling of section 9 of the law."""

from functools import cache

import numpy as np
import pytest

from citysim.engines.reference import Reference
from citysim.engines.simulate import finish, simulate
from citysim.errors import PolicyError
from citysim.intake import Intake, Signals
from citysim.log import Log
from citysim.policy.blocks import (
    AddTo,
    Among,
    CallIn,
    Close,
    Delay,
    Is,
    Leave,
    Mark,
    Release,
    Route,
    Seize,
    Setting,
    Watch,
)
from citysim.policy.durations import Fixed, FromCase
from citysim.policy.policy import Policy
from citysim.policy.staffing import HAND_OVER, Gate, PoolFamily, Shift, Staffing, Tally
from citysim.policy.workflow import Workflow
from citysim.units import NEVER
from tests.contract.story import departments, rows

END = 200


def tell(intake: Intake, *blocks: object, staffing: Staffing | None = None, until: int = END, **more: object) -> Log:
    policy = Policy("growth", Workflow(blocks), staffing or Staffing(()), **more)  # type: ignore[arg-type]
    return simulate(intake, policy, "reference", until=until)


def ended(log: Log) -> list[int]:
    return log.case_columns["ended"].tolist()


def capacity(log: Log, family: int = 0) -> int:
    """Unit-seconds that the pools of a family had on duty."""
    return int(log.pool_columns["scheduled"][log.pool_columns["family"] == family].sum())


# Cascades: a second telling, which asks backwards after the run where the engine asks forwards as it goes.

LIFE = (
    Delay(FromCase("work")), Mark("safe"), Route(Is("mends", "==", 0), "end"), Mark("rooted"),
    Delay(Fixed(3.0), name="end"), Route(Is("leaves", "==", 1), "go"), Close(), Leave(name="go"),
)  # fmt: skip


def family_tree(seed: int) -> Intake:
    """Rows of which most spring from one before, or now and then from one that is reported a little later."""
    rng = np.random.default_rng(seed)
    n = 40
    reported = np.sort(rng.integers(0, 90, n))
    cause = np.array([int(rng.integers(-1, k)) if k else -1 for k in range(n)])
    escapes = np.where(cause >= 0, np.maximum(reported - rng.integers(0, 6, n), 0), 0)
    at = np.sort(rng.integers(0, 110, 30))
    signals = Signals(at, rng.integers(0, n, 30).astype(np.int32), rng.integers(0, 3, 30).astype(np.int8))
    return rows(
        *reported.tolist(), cause=cause, escapes=escapes, returns=rng.integers(0, 2, n), work=rng.integers(0, 25, n),
        mends=rng.integers(0, 3, n) == 0, leaves=rng.integers(0, 5, n) == 0, severity=rng.integers(0, 4, n),
        worsens=np.where(rng.random(n) < 0.6, reported + rng.integers(-3, 30, n), NEVER).clip(NEVER), signals=signals,
    )  # fmt: skip


class Told:
    """Section 9 for LIFE, where a case goes the same way whatever the others do, once it has come in."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.safe = (intake.reported + intake.columns["work"]).tolist()
        self.came = cache(self._came)

    def _came(self, row: int) -> bool:
        cause, escapes = int(self.intake.cause[row]), int(self.intake.escapes[row])
        if cause < 0:
            return True
        if not self.came(cause):
            return False
        if not self.intake.returns[row]:
            return self.safe[cause] >= escapes
        closed = self.safe[cause] + 3
        is_mended = self.intake.columns["mends"][cause] == 1 and self.safe[cause] < escapes
        return not self.intake.columns["leaves"][cause] and closed < escapes and not is_mended

    def has_worsened(self, row: int) -> bool:
        worsens = int(self.intake.worsens[row])
        return worsens != NEVER and self.intake.severity[row] > 0 and worsens <= self.safe[row]

    def signals(self, row: int) -> int:
        given = self.intake.signals
        here = [k for k in range(len(given)) if given.cause[k] == row and given.at[k] <= self.safe[row]]
        return sum({1 << int(given.signal[k]) for k in here})


@pytest.mark.parametrize("seed", range(25))
def test_cascades_go_as_they_are_told_afterwards(seed: int) -> None:
    intake = family_tree(seed)
    log, told = tell(intake, *LIFE), Told(intake)
    came = [row for row in range(len(intake)) if told.came(row)]
    assert 1 < len(came) < len(intake)
    assert log.case_columns["case"].tolist() == came
    assert log.case_columns["upgraded"].tolist() == [int(told.has_worsened(row)) for row in came]
    settled = [row for row in came if (intake.signals.at[intake.signals.cause == row] >= intake.reported[row]).all()]
    assert [int(log.case_columns["signals"][came.index(row)]) for row in settled] == [told.signals(r) for r in settled]


@pytest.mark.parametrize("seed", range(5))
def test_cascades_do_not_depend_on_the_order_in_which_things_are_handled(seed: int) -> None:
    intake = family_tree(seed)
    policy = Policy("growth", Workflow(LIFE), Staffing(()))
    run = Reference(intake, policy, shuffle=seed)
    run.advance(END)
    assert finish(run).digest() == simulate(intake, policy, "reference", until=END).digest()


# Families that begin and end, people called in, gates.


def desk(*shifts: tuple[int, int], cycle: int = 20, **more: object) -> Staffing:
    turns = tuple(Shift(start, count) for start, count in shifts)
    return Staffing((PoolFamily("desk", "city", turns, cycle, **more),))  # type: ignore[arg-type]


def test_a_family_that_begins_or_ends_in_the_middle_of_a_shift_has_what_that_shift_gives() -> None:
    # Three from 10 of every twenty seconds, one before: 3 in 15-20, 1 in 20-30, 3 in 30-33.
    log = tell(rows(0), Close(), staffing=desk((0, 1), (10, 3), since=15, until=33))
    assert capacity(log) == 5 * 3 + 10 * 1 + 3 * 3
    assert capacity(tell(rows(0), Close(), staffing=desk((0, 2), since=40, until=40 + 20), until=50)) == 10 * 2


def test_who_works_when_the_family_ends_hands_over_or_finishes() -> None:
    work = Seize(("desk",)), Delay(Fixed(10.0)), Release(("desk",)), Close()
    assert ended(tell(rows(0, 1), *work, staffing=desk((0, 1), until=5))) == [10, NEVER]
    handing = tell(rows(0, 1), *work, staffing=desk((0, 1), until=5, at_shift_end=HAND_OVER))
    assert ended(handing) == [NEVER, NEVER]
    assert handing.pool_columns["busy"].tolist() == [5]


@pytest.mark.parametrize(("rule", "second"), [("finish", 3 + 10), (HAND_OVER, 10 + 6)])
def test_who_was_called_in_leaves_and_hands_over_if_the_family_does(rule: str, second: int) -> None:
    # At 3 one is called in for four seconds and takes the second case, which has then six of ten seconds to go.
    flow = (
        Route(Is("calls", "==", 1), "call"), Seize(("desk",)), Delay(Fixed(10.0)), Release(("desk",)), Close(),
        CallIn("desk", 1, Fixed(4.0), name="call"), Close(),
    )  # fmt: skip
    log = tell(rows(0, 1, 3, calls=[0, 0, 1]), *flow, staffing=desk((0, 1), at_shift_end=rule))
    assert ended(log) == [10, second, 3 + 4]
    assert capacity(log) == END + 4


def test_who_was_called_in_goes_home_when_the_case_ends() -> None:
    body = (CallIn("desk", 2, Fixed(50.0), name="call"), CallIn("desk", 1, Fixed(5.0)))
    log = tell(rows(0), Watch(Fixed(3.0), body), Delay(Fixed(10.0)), Close(), staffing=desk((0, 1)))
    assert capacity(log) == END + 2 * 7
    steps = log.steps()
    assert steps[steps["lane"] == 1][["block", "event"]].to_numpy().tolist()[-1] == ["call", "cancelled"]


def test_called_in_units_outlast_shifts_and_the_family() -> None:
    flow = CallIn("desk", 5, Fixed(30.0)), Close()
    log = tell(rows(2), *flow, staffing=desk((0, 1), (10, 2), until=20))
    assert capacity(log) == 10 * 1 + 10 * 2 + 30 * 5


def test_gates_have_rows_after_the_pools() -> None:
    staffing = Staffing((PoolFamily("desk", "city", (Shift(0, 1),), unit_cost_per_hour=7.0),))
    flow = Workflow().wait_for_slot("board").close()
    gate = Gate("board", first=10, period=10, agenda=2, level="district", cost_per_sitting=500.0)
    policy = Policy("growth", flow, staffing, (gate,))
    log = simulate(rows(1, 2, 4), policy, "reference", until=30)
    assert (log.families, log.levels) == (("desk", "board"), ("city", "district"))
    assert (log.unit_costs, log.agendas) == ((7.0, 500.0), (0, 2))
    assert {name: column.tolist()[1] for name, column in log.pool_columns.items()} == {
        "family": 1, "place": 0, "served": 3, "busy": 0, "scheduled": 4, "waiting": 9 + 8 + 16, "saturated": 19,
        "in_line": 0, "unserved": 0,
    }  # fmt: skip


# What is refused.


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (Route(Is("setting:fog", ">", 0), "end"), r"'growth': block 'route/0' .*setting 'fog'; settings are: rain"),
        (Delay(Fixed(1.0), pace=(Setting("fog"),)), r"setting 'fog'; settings are: rain"),
        (Route(Is("waiting:van", ">", 0), "end"), r"'waiting' of 'van', .* families are: desk"),
        (Route(Is("free:crew.support", ">", 0), "end"), r"'.support' outside a for-each"),
        (CallIn("crew.lead", 1, Fixed(1.0)), r"calls in 'crew.lead', for type 'leak' the family 'crew:L'"),
        (CallIn("van@1", 1, Fixed(1.0)), r"calls in 'van@1', for type 'leak' the family 'van'"),
        (Route(Among(("leak", "fog")), "end"), r"among 'fog'; types are: leak; groups are: gas"),
        (Route(Is("height", ">", 0), "end"), r"asks for 'height'; fields and columns are: grade, .*, age"),
        (AddTo("joint"), r"tally 'joint'; tallies are: traffic"),
    ],
)
def test_what_is_not_there_is_refused_by_name(block: object, message: str) -> None:
    intake = rows(0, kinds=departments(), settings={"rain": np.ones((1, 1))})
    with pytest.raises(PolicyError, match=message):
        tell(intake, block, Close(name="end"), staffing=Staffing.of(desk=1), tallies=(Tally("traffic"),))
