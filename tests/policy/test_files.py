"""A policy as a YAML file: nothing is lost on the way out and back, and every slip names file, line and key."""

from dataclasses import replace
from pathlib import Path

import pytest

from citysim.errors import PolicyError, ScenarioError
from citysim.policy.blocks import (
    Delay,
    Seize,
)
from citysim.policy.catalog import CATALOG, DESIGNS, load_policy
from citysim.policy.durations import (
    Exponential,
    Lognormal,
)
from citysim.policy.files import dump_policy
from citysim.policy.grading import Grading
from citysim.policy.names import check_city_names
from citysim.policy.policy import Policy
from citysim.policy.sensors import Sensing
from citysim.policy.staffing import Gate, PoolFamily, Shift, Staffing, Tally
from citysim.policy.workflow import Workflow
from citysim.sensing import CITY_NAMES
from citysim.world.scenario import load_scenario

SMALL = """\
name: small
workflow:
  - seize: desk
    at: begin
    patience: {exponential: 3 min}
    otherwise: lost
  - delay: {lognormal: {median: 6 h, sigma: 0.5}}
    luck: work
  - release: desk
  - route: {chance: {column: difficulty, times: 0.3}}
    to: begin
  - close
  - leave:
    at: lost
staffing:
  - {name: desk, level: district, shifts: [{start: 0, headcount: 2}, {start: 8 h, headcount: 4}]}
"""


def load(folder: Path, text: str) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return load_policy(str(path))


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(PolicyError) as refused:
        load(folder, text)
    return str(refused.value).replace(str(folder) + "/", "")


@pytest.mark.parametrize("name", CATALOG)
def test_a_design_survives_the_way_out_and_back(name: str, tmp_path: Path) -> None:
    policy = load_policy(name)
    back = load(tmp_path, dump_policy(policy))
    assert back == policy
    assert back.digest == policy.digest
    assert back.title == policy.title


def test_gates_grading_sensing_and_cost_survive_too(tmp_path: Path) -> None:
    policy = Policy(
        "meetings",
        Workflow().wait_for_slot("meeting").grade(rule="storm").add_to("joint").close(),
        Staffing(
            (
                PoolFamily("desk", "street", (Shift(0, 1.5),), per_100k=True, minimum=1, at_shift_end="hand_over"),
                PoolFamily("post", "district", (Shift(0, 1),), since=86_400, until=172_800),
            )
        ),
        gates=(Gate("meeting", 3_600, 86_400, 20, "district", cost_per_sitting=900.0),),
        tallies=(Tally("joint"), Tally("traffic", "city", memory_hours=0)),
        grading=Grading(
            (0.9, 0.7, 0.5),
            noise_sd=0.1,
            rules=(("storm", (0.7, 0.5, 0.1)), ("calm", (0.95, 0.9, 0.8))),
            channel_factors=(0.5, 1.0, 1.5, 2.0),
            data_validity=0.9,
            exposed=0.1,
        ),
        sensing=Sensing(video=2.0),
        overhead_per_week=1_000.0,
    )
    back = load(tmp_path, dump_policy(policy))
    assert back == policy
    assert back.digest == policy.digest


def test_times_may_carry_a_unit(tmp_path: Path) -> None:
    policy = load(tmp_path, SMALL)
    assert policy.workflow.blocks[0] == Seize(("desk",), patience=Exponential(180), otherwise="lost", name="begin")
    assert policy.workflow.blocks[1] == Delay(Lognormal(21_600, 0.5), luck="work")
    assert policy.staffing.families[0].shifts[1] == Shift(28_800, 4)


def test_a_file_may_change_parts_of_a_design(tmp_path: Path) -> None:
    staffing = "staffing: [{name: duty_officer, shifts: [{start: 0, headcount: 5}]}]\n"
    text = "name: more\nbased_on: unified_command\nsensing: {patrol: 2}\n" + staffing
    policy, base = load(tmp_path, text), load_policy("unified_command")
    assert policy.name == "more"
    assert policy.workflow == base.workflow
    assert policy.sensing == Sensing(patrol=2)
    officers, before = policy.staffing.family("duty_officer"), base.staffing.family("duty_officer")
    assert officers is not None
    assert before is not None
    assert officers.shifts == (Shift(0, 5),)
    assert officers.level == before.level
    assert [f.name for f in policy.staffing.families] == [f.name for f in base.staffing.families]


def test_a_file_may_end_a_family_and_change_a_tally_of_its_base(tmp_path: Path) -> None:
    base = load_policy("unified_command")
    tally = base.tallies[0]
    text = (
        "name: brief\nbased_on: unified_command\n"
        f"tallies: [{{name: {tally.name}, memory_hours: null}}, {{name: mine, level: street, memory_hours: 3}}]\n"
        "staffing: [{name: street_seat, since: 1 d, until: 2 d}]\n"
    )
    policy = load(tmp_path, text)
    assert policy.tallies == (Tally(tally.name, tally.level), *base.tallies[1:], Tally("mine", "street", 3))
    seats = policy.staffing.family("street_seat")
    assert seats is not None
    assert (seats.since, seats.until) == (86_400, 172_800)


WRONG = [
    ("- release: desk", "- relase: desk", "policy.yaml:9: workflow.2.relase is not a block; did you mean 'release'?"),
    ("otherwise: lost", "otherwhise: lost", "policy.yaml:6: workflow.0.otherwhise is not an option of seize; did you"),
    ("sigma: 0.5", "sigma: wide", "policy.yaml:7: workflow.1.delay.lognormal.sigma = 'wide', must be seconds or a num"),
    ("sigma: 0.5", "sigma: -1", "policy.yaml:7: workflow.1: block 'delay/1': duration.sigma = -1, must be within"),
    ("median: 6 h,", "", "policy.yaml:7: workflow.1.delay.lognormal must have median and sigma"),
    (
        "lognormal:",
        "lognormale:",
        "policy.yaml:7: workflow.1.delay.lognormale is not a duration; did you mean 'lognorm",
    ),
    ("times: 0.3", "times: many", "policy.yaml:10: workflow.3.route.chance.times = 'many', must be"),
    (
        "{chance: {column: difficulty, times: 0.3}}",
        "grade is 1",
        "policy.yaml:10: workflow.3.route = 'grade is 1', must",
    ),
    (
        "{chance: {column: difficulty, times: 0.3}}",
        "grade <= ornage",
        "policy.yaml:10: workflow.3.route: 'ornage' is no value of grade; did you mean 'orange'?",
    ),
    (
        "{chance: {column: difficulty, times: 0.3}}",
        "priority <= high",
        "policy.yaml:10: workflow.3.route: 'high' is no value of priority; priority is compared with a whole number",
    ),
    (
        "{chance: {column: difficulty, times: 0.3}}",
        "'count:sighs >= 3'",
        "policy.yaml:10: workflow.3: block 'route/3': field 'count:sighs', counters are",
    ),
    (
        "{column: difficulty, times: 0.3}",
        "{start: 0.1, per_day: 0.1}",
        "policy.yaml:10: workflow.3.route.chance has start, per_day; must be a number, all four grades",
    ),
    (
        "    luck: work\n",
        "    pace: {slowly: {by: age}}\n",
        "workflow.1.pace.slowly is not a pace; did you mean 'slower'?",
    ),
    ("    luck: work\n", "    pace: [{slower: {by: age}}]\n", "workflow.1.pace.0.slower"),
    ("    luck: work\n", "    pace: [{setting: 3}]\n", "workflow.1.pace.0.setting = 3, must be text"),
    (
        "    luck: work\n",
        "    pace: 1.5\n",
        "workflow.1.pace = 1.5, must be one of setting, slower,",
    ),
    ("name: small", "name: small\ntallies: [{nam: joint}]", "tallies.0.nam is not a known key; did you mean 'name'?"),
    (
        "name: small",
        "name: small\ngrading: {rules: {storm: [1, 2]}}",
        "grading.rules.storm = [1, 2], must be a list",
    ),
    ("name: small", "name: small\ngrading: {rules: [1, 2]}", "grading.rules = [1, 2], must be a mapping of rule names"),
    ("  - release: desk\n", "  - release: desk\n  - add_to: joint\n", "writes tally 'joint'; tallies are: none"),
    ("    to: begin\n", "", "policy.yaml:10: workflow.3.to is missing"),
    ("to: begin", "to: start", "policy.yaml:10: workflow.3: route leads to 'start', which is no label"),
    ("- close", "- close: now", "policy.yaml:12: workflow.4.close = 'now', must be empty"),
    ("- close", "- 7", "policy.yaml:12: workflow.4 = 7, must be a block such as"),
    ("- close", "- {close: , leave: }", "policy.yaml:12: workflow.4 has 2 verbs (close, leave), must have one"),
    (
        "level: district",
        "level: village",
        "policy.yaml:16: staffing.0: staffing 'desk': level = 'village', must be one",
    ),
    (
        "level: district",
        "levle: district",
        "policy.yaml:16: staffing.0.levle is not a known key; did you mean 'level'?",
    ),
    ("headcount: 2", "headcount: two", "policy.yaml:16: staffing.0.shifts.0.headcount = 'two', must be a number"),
    ("name: small", "nam: small", "policy.yaml:1: nam is not a known key; did you mean 'name'?"),
    (
        "name: small",
        "name: small\ngrading: {thresholds: [0.5]}",
        "grading.thresholds = [0.5], must be a list of 3 numb",
    ),
    ("name: small", "name: small\nsensing: {patrol: .nan}", "policy.yaml:2: sensing.patrol = nan, must be a number"),
    ("name: small", "name: small\nsensing: {patrol: -1}", "policy.yaml:2: sensing: sensing.patrol = -1"),
    (
        "name: small",
        "name: small\nbased_on: unifed",
        "policy.yaml:2: based_on = 'unifed', is not a design; did you mean",
    ),
    ("name: small", "name: ../../x", "policy.yaml:1: name = '../../x', must be 1 to 60 letters, digits"),
    ("name: small", "name: 'a/b'", "policy.yaml:1: name = 'a/b', must be 1 to 60 letters, digits"),
    (
        "{name: desk,",
        "{name: dsk,",
        "policy.yaml:3: workflow.0: block 'begin' names pool 'desk'; must be one of dsk",
    ),
    (
        "  - route: {chance: {column: difficulty, times: 0.3}}",
        "  - route: waiting:van > 3",
        "policy.yaml:10: workflow.3: block 'route/3' names pool 'van'; must be one of desk",
    ),
    (
        "  - delay: {lognormal: {median: 6 h, sigma: 0.5}}",
        "  - delay: 6 h\n    pace: [{slower: {by: 'free:van', each: 0.1}}]",
        "names pool 'van'; must be one of desk",
    ),
    (
        "  - release: desk",
        "  - call_in: van\n    units: 1\n    lasts: 3 h\n  - release: desk",
        "names pool 'van'; must be one of desk",
    ),
    ("- {name: desk,", "- {name: [desk],", "staffing.0.name = ['desk'], must be text"),
    (
        "name: small",
        "name: small\ngates: [{name: m, level: moon, first: 0, period: 60, agenda: 1}]",
        "policy.yaml:2: gates.0: gate 'm': level = 'moon', must be one of city, district, street",
    ),
    (
        "name: small",
        "name: small\ngates: [{name: m, first: 0, period: 60, agenda: 0}]",
        "policy.yaml:2: gates.0: gate 'm': agenda = 0, must be a whole number within 1..1000000000000",
    ),
    (
        "name: small",
        "name: small\ngates: [{name: m, first: 0, period: 1.0e+300, agenda: 1}]",
        "gate 'm': period = 1000",
    ),
    ("name: small", "name: small\noverhead_per_week: -5", "overhead_per_week = -5, must be a number >= 0"),
    ("  - release: desk\n", "", "block 'begin' seizes desk, which may be held already"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG, ids=[case[1].strip()[:30] for case in WRONG])
def test_a_slip_is_refused_with_file_line_and_key(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    assert right in SMALL
    assert message in refusal(tmp_path, SMALL.replace(right, wrong))


def test_several_slips_are_told_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("name: small", "nam: small").replace("level: district", "levle: district")
    told = refusal(tmp_path, text).splitlines()
    assert [line.split(":")[1] for line in told] == ["1", "1", "16"]


def test_a_file_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PolicyError, match="no such file"):
        load_policy("nowhere/policy.yaml")


def test_a_scenario_is_no_policy_and_a_policy_no_scenario(tmp_path: Path) -> None:
    toy = Path(__file__).parents[2] / "scenarios" / "toy.yaml"
    assert refusal(tmp_path, toy.read_text("utf-8")).splitlines() == [
        "policy.yaml:1: the file is a scenario, must be a policy (workflow, or based_on a design)"
    ]
    (tmp_path / "policy.yaml").write_text(SMALL)
    with pytest.raises(ScenarioError, match=r"policy\.yaml:1: the file is a policy, must be a scenario"):
        load_scenario(tmp_path / "policy.yaml")


def test_a_chinese_name_is_a_name(tmp_path: Path) -> None:
    assert load(tmp_path, "name: 每日会议\nbased_on: fragmented\n").name == "每日会议"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            "column: difficulty",
            "column: dificulty",
            "policy.yaml:10: workflow.3: block 'route/3' reads column 'dificulty'",
        ),
        (
            "{chance: {column: difficulty, times: 0.3}}",
            "repaet == 1",
            "block 'route/3' asks for 'repaet'; must be one of",
        ),
        (
            "{median: 6 h, sigma: 0.5}",
            "{median: {column: wrk}, sigma: 1}",
            "policy.yaml:7: workflow.1: block 'delay/1' re",
        ),
        ("{lognormal: {median: 6 h, sigma: 0.5}}", "{from_case: length}", "reads column 'length'; must be one of"),
    ],
)
def test_names_that_no_city_has_are_told_before_a_run(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(SMALL.replace(right, wrong))
    with pytest.raises(PolicyError) as refused:
        load_policy(path, CITY_NAMES)

    assert message in str(refused.value).replace(f"{tmp_path}/", "")
    load_policy(path)  # a model without a city may have columns of its own


@pytest.mark.parametrize("name", CATALOG)
def test_designs_use_names_that_exist(name: str) -> None:
    check_city_names(load_policy(name), CITY_NAMES)


def test_a_list_is_no_policy(tmp_path: Path) -> None:
    assert "the file must be a mapping" in refusal(tmp_path, "- close\n")


LEVERS = """name: hurried
based_on: unified_command
levers:
  friction: {misroute: 0.1, triage_minutes: 2}
  risk: {crowded: 3, relaxed: 2}
"""


def test_a_file_changes_numbers_of_a_design(tmp_path: Path) -> None:
    path = tmp_path / "hurried.yaml"
    path.write_text(LEVERS, encoding="utf-8")
    usual = DESIGNS["unified_command"].levers
    levers = replace(
        usual,
        friction=replace(usual.friction, misroute=0.1, triage_minutes=2),
        risk=replace(usual.risk, crowded=3, relaxed=2),
    )
    assert load_policy(path) == DESIGNS["unified_command"].policy(levers).with_(name="hurried")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "misroute: 0.1",
            "misroute: 1.1",
            r":4: levers.friction.misroute: .* = 1.1, must be within 0..1",
        ),
        ("misroute: 0.1", "misroute: {times: 30}", r":4: levers.friction.misroute: .* = 1.5, must be within 0..1"),
        ("misroute: 0.1", "misroute: {by: 2}", r":4: levers.friction.misroute = .*, must be a number, or {times"),
        ("misroute: 0.1", "misroute: {times: x}", r":4: levers.friction.misroute = .*, must be a number, or {times"),
        ("misroute: 0.1", "misroute: often", r":4: levers.friction.misroute: .*must be a number"),
        ("misroute", "misrout", r":4: levers.friction.misrout is not a known key; did you mean 'misroute'"),
        (
            "  friction: {misroute: 0.1, triage_minutes: 2}",
            "  friction: 3",
            r":4: levers.friction.* = 3, must",
        ),
        ("relaxed: 2", "relaxed: 3", r":5: levers.risk.relaxed: risk.relaxed = 3, must be below risk.crowded = 3"),
        ("based_on: unified_command\n", "", r"levers needs based_on"),
    ],
)
def test_a_lever_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "hurried.yaml"
    path.write_text(LEVERS.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError, match=message):
        load_policy(path)
