"""Do the events of a case tell what its step rows tell, in what order, and at whose hands?"""

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from citysim.engines.simulate import simulate
from citysim.exchange.events import LOCAL, CaseRecord, records
from citysim.exchange.names import Names, names_of, names_without_city
from citysim.exchange.ocel import write_ocel
from citysim.intake import arrivals
from citysim.log import EVENTS, Log
from citysim.policy.blocks import Is
from citysim.policy.catalog import load_policy
from citysim.policy.durations import Fixed
from citysim.policy.policy import Policy
from citysim.policy.staffing import Staffing
from citysim.policy.workflow import Workflow
from citysim.world.scenario import load_scenario
from tests.exchange.cases import START, TOY, run_of

DESIGNS = ("fragmented", "joint_meeting", "task_force", "unified_command")
"""Supporting departments in turn and in parallel, gates, watches, splits."""
DAY = date(2026, 1, 5)
ZERO = datetime(START.year, START.month, START.day, tzinfo=LOCAL)


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_every_step_row_is_told_once_in_the_order_of_its_lane(design: str) -> None:
    log, names = run_of(design)
    told: list[tuple[int, int, str, str]] = []
    for record in records(log, names, steps=True):
        steps = [event.step for event in record.events if event.step is not None and event.step.what]
        rows = [(int(record.case), int(step.instance.partition(".")[0]), step.block, step.what) for step in steps]
        told += sorted(rows, key=lambda row: row[1])  # keeps the order within each lane

    assert log.step_columns is not None
    columns = (log.step_columns[name].tolist() for name in ("case", "lane", "block", "event"))
    assert told == [(case, lane, log.blocks[b], EVENTS[e]) for case, lane, b, e in zip(*columns, strict=True)]


@pytest.mark.parametrize("design", DESIGNS)
def test_what_begins_comes_to_an_end(design: str) -> None:
    log, names = run_of(design)
    begun = 0
    for record in records(log, names, steps=True):
        assert [event.time for event in record.events] == sorted(event.time for event in record.events)
        visits = defaultdict(list)
        for event in record.events:
            if event.step is not None:
                visits[event.step.instance].append(event)
        for visit in visits.values():
            transitions = [event.transition for event in visit]
            assert len({event.activity for event in visit}) == 1
            assert "start" not in transitions[1:]
            begun += transitions[0] == "start"
            if record.outcome != "open":
                assert transitions[-1] in ("complete", "schedule", "ate_abort", "pi_abort")
    assert begun > 1_000


@pytest.mark.parametrize("design", DESIGNS)
def test_pools_serve_in_the_events_as_often_as_in_the_log(design: str) -> None:
    """The events know the pools by reading the workflow, the log by having run it: one checks the other."""
    log, names = run_of(design)
    served: Counter[str] = Counter()
    returned = 0  # whoever was relieved is served again, which is no event of a seize
    for record in records(log, names, steps=True):
        for step in (event.step for event in record.events if event.step is not None):
            if step.what == "done" and step.verb in ("seize", "waitforslot"):
                assert step.pools
                served.update(step.pools)
            returned += step.what == "resumed"

    expected = Counter(_by_pool(log, names, "served"))
    assert served <= expected
    assert (expected - served).total() == returned
    assert len(served) > 25


@pytest.mark.parametrize("design", ["fragmented", "unified_command"])
def test_units_are_held_in_the_events_as_long_as_in_the_log(design: str) -> None:
    log, names = run_of(design)
    busy: Counter[str] = Counter()
    for record in records(log, names, steps=True):
        _add_busy(record, log.until, busy)

    assert dict(busy) == {pool: seconds for pool, seconds in _by_pool(log, names, "busy").items() if seconds}


GIVEN_BACK = (("done", "release"), ("cancelled", "delay"))
"""Events at which units go back: those of a watch also when it ends with its case."""


def _add_busy(record: CaseRecord, until: int, busy: Counter[str]) -> None:
    held: dict[str, list[int]] = defaultdict(list)
    for event in record.events:
        step, now = event.step, int((event.time - ZERO).total_seconds())
        if step is not None and step.what == "done" and step.verb == "seize":
            for pool in step.pools:
                held[pool].append(now)
        if step is not None and (step.what, step.verb) in GIVEN_BACK:
            for pool in step.pools:
                busy[pool] += now - held[pool].pop()
    for pool, since in held.items():
        busy[pool] += sum(until - moment for moment in since)


def _by_pool(log: Log, names: Names, column: str) -> dict[str, int]:
    places = {"city": ("city",), "district": log.district_ids, "street": names.streets}
    pools = log.pool_columns
    return {
        f"{log.families[family]}/{places[log.levels[family]][place]}": int(value)
        for family, place, value in zip(pools["family"], pools["place"], pools[column], strict=True)
    }


def test_work_that_is_taken_away_is_suspended_and_goes_on() -> None:
    visit = Workflow().seize("doctor", preempt=True).at("treat").delay(Fixed(100)).release("doctor").close()
    policy = Policy("clinic", visit, Staffing.of(doctor=1))
    log = simulate(arrivals([0, 30], priority=[1, 0], horizon=1_000), policy)
    patient, _ = records(log, names_without_city(policy, DAY), steps=True)
    treated = [event for event in patient.events if event.activity == "treat"]

    assert [(event.transition, event.time.strftime("%M:%S")) for event in treated] == [
        ("start", "00:00"), ("suspend", "00:30"), ("resume", "02:10"), ("complete", "03:20"),
    ]  # fmt: skip
    assert {event.step.pools for event in treated if event.step is not None} == {("doctor/city",)}
    assert len({event.step.instance for event in treated if event.step is not None}) == 1


def test_who_leaves_a_line_unserved_gives_up_that_activity() -> None:
    visit = (
        Workflow().at("line").seize("doctor", patience=Fixed(60), otherwise="gone")
        .delay(Fixed(600)).release("doctor").close().at("gone").leave()
    )  # fmt: skip
    policy = Policy("clinic", visit, Staffing.of(doctor=1))
    log = simulate(arrivals([0, 10], horizon=1_000), policy)
    _, second = records(log, names_without_city(policy, DAY), steps=True)
    in_line = [event for event in second.events if event.activity == "line"]

    assert [event.transition for event in in_line] == ["start", "ate_abort"]
    assert (in_line[1].time - in_line[0].time).total_seconds() == 60
    assert second.outcome == "left"


def test_at_one_instant_branches_come_before_the_end_of_their_split() -> None:
    quick, slow = Workflow().at("quick").delay(Fixed(0)), Workflow().at("slow").delay(Fixed(60))
    policy = Policy("pair", Workflow().at("both").split(quick, slow).at("end").close(), Staffing(()))
    log = simulate(arrivals([0], horizon=1_000), policy)
    (case,) = records(log, names_without_city(policy, DAY), steps=True)

    assert [(event.activity, event.transition) for event in case.events] == [
        ("occurred", "complete"), ("reported", "complete"), ("both", "start"), ("both", "schedule"),
        ("quick", "complete"), ("both", "schedule"), ("slow", "start"), ("slow", "complete"),
        ("both", "complete"), ("end", "complete"),
    ]  # fmt: skip


def test_labels_that_differ_in_capitals_only_have_tables_of_their_own(tmp_path: Path) -> None:
    policy = Policy("pair", Workflow().at("go").delay(Fixed(10)).at("Go").delay(Fixed(20)).close(), Staffing(()))
    log = simulate(arrivals([0], horizon=1_000), policy)
    write_ocel(log, names_without_city(policy, DAY), tmp_path / "log.sqlite", steps=True)
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as base:
        table = dict(base.execute("SELECT ocel_type, ocel_type_map FROM event_map_type").fetchall())
        times = [base.execute(f'SELECT ocel_time FROM "event_{table[name]}"').fetchall() for name in ("go", "Go")]

    assert table["go"].casefold() != table["Go"].casefold()
    begun_and_done = (["16:00:00", "16:00:10"], ["16:00:10", "16:00:30"])  # midnight in Chongqing is 16:00 UTC
    assert times == [[(f"2026-01-04 {time}",) for time in pair] for pair in begun_and_done]


def test_what_a_label_says_is_text_to_every_format(tmp_path: Path) -> None:
    odd = "a \"<b>\" & 'c'"
    policy = Policy("odd", Workflow().at(odd).delay(Fixed(10)).close(), Staffing(()))
    log, names = simulate(arrivals([0], horizon=1_000), policy), names_without_city(policy, DAY)
    for name in ("log.json", "log.sqlite"):
        write_ocel(log, names, tmp_path / name, steps=True)
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as base:
        kinds = {name for (name,) in base.execute("SELECT ocel_type FROM event_map_type")}

    assert odd in kinds
    assert kinds == {kind["name"] for kind in json.loads((tmp_path / "log.json").read_text())["eventTypes"]}


def test_where_rows_do_not_tell_the_turn_no_pool_is_named() -> None:
    """A body that ends in a question may be walked again, or be over: its rows look the same."""
    ask = Workflow().at("ask").delay(Fixed(60)).route(Is("severity", "==", 0), to="ask")
    told = Workflow().delay(Fixed(60))

    def knows(body: Workflow) -> bool:
        policy = Policy("turns", Workflow().for_each_support(body, parallel=False).close(), Staffing(()))
        return names_without_city(policy, DAY).spots[1].knows_turn

    assert (knows(ask), knows(told)) == (False, True)


@pytest.mark.slow
def test_a_governed_run_is_told_with_the_names_of_its_policy() -> None:
    from citysim.committee.govern import govern

    scenario, policy = load_scenario(TOY), load_policy("committee_integrated")
    log = govern(scenario, policy, seed=1, replication=0, weeks=2, steps=True).log
    found = list(records(log, names_of(scenario, policy), steps=True))

    assert log.step_columns is not None
    told = sum(event.step is not None and bool(event.step.what) for record in found for event in record.events)
    assert told == len(log.step_columns["case"])
