"""Is a difference told by what it means?"""

from pathlib import Path

import pytest
import yaml

from citysim.errors import InputError
from citysim.report.differences import differences_of_files
from citysim.report.quantities import plain
from citysim.words import load_words
from citysim.world.scenario import load_scenario

ROOT = Path(__file__).parents[2]
SCENARIOS, TUTORIAL = ROOT / "scenarios", ROOT / "docs" / "tutorial"
WORDS = load_words("en")


def lines(before: object, after: object) -> list[str]:
    return list(differences_of_files(str(before), str(after), WORDS))


def policy(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\n{text}")
    return path


def test_a_lever_is_told_by_its_name_with_both_values_unit_and_mechanism(tmp_path: Path) -> None:
    mine = policy(
        tmp_path, "mine", "based_on: unified_command\nlevers: {friction: {misroute: 0.2}}\nsensing: {patrol: 2}\n"
    )
    found = lines("unified_command", mine)

    assert found[:2] == [
        "Levers",
        "    first order to the wrong unit (friction.misroute): 5 → 20%   (routing (first order right, quick triage))",
    ]
    assert found[2:4] == ["Sensing", "    patrol: 1 → 2 times the usual"]
    assert found[4:] == [
        "Steps of the sentence",
        "    from “dispatch” on: with chance 0.05 x difficulty go to returned"
        " → with chance 0.2 x difficulty go to returned",
    ]
    chinese = list(differences_of_files("unified_command", str(mine), load_words("zh")))
    assert chinese[1].startswith("    首派派错（friction.misroute）：5 → 20%")
    assert chinese[3] == "    patrol：平时的 1 → 2 倍"


def test_people_on_duty_are_told_by_level_and_shift(tmp_path: Path) -> None:
    shifts = "[{start: 0, headcount: 12}, {start: 8 h, headcount: %s}]"
    desks = (
        "based_on: fragmented\nstaffing: [{name: desk, level: district, shifts: %s}, {name: 'crew:CGJ', level: %s}]\n"
    )
    crews = "district, per_100k: true, shifts: [{start: 0, headcount: %s}]"
    one = policy(tmp_path, "one", desks % (shifts % 14, crews % "1.5"))
    other = policy(tmp_path, "other", desks % (shifts % 16, crews % "2" + ", minimum: 3"))

    assert lines(one, other) == [
        "People on duty",
        "    crews of CGJ (in every district, per 100,000 residents): from 0:00 1.5 → 2 crews",
        "    crews of CGJ (in every district, per 100,000 residents): at least 2 → 3",
        "    desk (in every district): from 8:00 14 → 16 people",
    ]
    assert "    duty officers (in every district), new: from 0:00 2, from 8:00 2, from 20:00 2 people" in lines(
        "fragmented", "unified_command"
    )


SENTENCE = """
workflow:
- {{seize: crew.lead}}
- route: {{chance: {chance}}}
  to: {label}
- split:
  - - {{mark: arrived}}
  - - for_each_support:
      - delay: {delay}
      {more}
      parallel: {parallel}
- {{at: made_safe, mark: safe}}
- {{at: {label}, release: crew.lead}}
- {{close: null}}
"""


def sentence(folder: Path, name: str, **values: str) -> Path:
    usual = {"chance": "0.5", "label": "end", "delay": "{fixed: 60}", "parallel": "true", "more": ""}
    return policy(folder, name, "based_on: fragmented\n" + SENTENCE.format(**{**usual, **values}))


def test_steps_are_told_by_place_and_condition(tmp_path: Path) -> None:
    one = sentence(tmp_path, "one")
    more = "- wait_for_slot: sitting"
    other = sentence(tmp_path, "other", chance="0.2", delay="{fixed: 2 h}", parallel="false", more=more)
    other.write_text(other.read_text() + "gates: [{name: sitting, first: 9 h, period: 1 d, agenda: 10}]\n")

    place = "at the beginning, branch 2 of 2, at the beginning"
    assert lines(one, other) == [
        "Sittings",
        "    sitting (in the city), new: first at 9:00, every 24 h, agenda of 10 items, cost of a sitting 0 yuan",
        "Steps of the sentence",
        "    at the beginning: with chance 0.5 go to end → with chance 0.2 go to end",
        f"    {place}: for each support all at the same time → for each support one after the other",
        f"    {place}, for each support, at the beginning: delay 60 s → delay 2 h",
        f"    {place}, for each support, at the beginning, new:",
        "        wait for a slot of sitting",
    ]
    assert "    自“dispute”起：延时 均匀分布，72 小时 至 240 小时 → 等候 morning_meeting 的议程位" in list(
        differences_of_files("fragmented", str(TUTORIAL / "daily-meeting.yaml"), load_words("zh"))
    )


def test_designs_of_the_tutorial_differ_in_what_the_tutorial_says(tmp_path: Path) -> None:
    """They hold whole sentences, which must follow the designs that they are based on."""
    page = (TUTORIAL / "first-hour.md").read_text()
    found = lines("fragmented", TUTORIAL / "daily-meeting.yaml")
    assert "\n".join(found) in page
    both = lines("unified_command", TUTORIAL / "command-with-meeting.yaml")
    places = [line for line in both[both.index("Steps of the sentence") + 1 :] if not line.startswith(" " * 8)]
    where = "    from “joint” on, branch 2 of 2, at the beginning"
    assert places == [f"{where}, no longer:", f"{where}, new:"]


def test_another_label_at_the_same_step_is_no_difference_another_target_is(tmp_path: Path) -> None:
    one = sentence(tmp_path, "one")
    assert lines(one, sentence(tmp_path, "other", label="last")) == [
        "They do the same; only labels or names of luck differ."
    ]
    moved = tmp_path / "moved.yaml"
    moved.write_text(one.read_text().replace("to: end", "to: made_safe"))
    assert lines(one, moved)[-1] == "    at the beginning: with chance 0.5 go to end → with chance 0.5 go to made_safe"


def test_chances_are_set_beside_each_other_by_their_luck(tmp_path: Path) -> None:
    """The one is now what the other was; and a step that only takes another luck does the same."""
    chances = "- route: {chance: %s}\n  to: end\n  luck: first\n- route: {chance: %s}\n  to: end\n  luck: second\n"
    begin, end = "based_on: fragmented\nworkflow:\n- {mark: filed}\n", "- {at: end, close: null}\n"
    one = policy(tmp_path, "one", begin + chances % (0.2, 0.1) + end)
    other = policy(tmp_path, "other", begin + chances % (0.3, 0.2) + end)
    where = "    at the beginning: with chance"
    assert lines(one, other)[1:] == [
        f"{where} 0.2 go to end → with chance 0.3 go to end",
        f"{where} 0.1 go to end → with chance 0.2 go to end",
    ]
    one.write_text(one.read_text().replace("luck: second", "luck: third"))
    assert lines(one, policy(tmp_path, "as", begin + chances % (0.2, 0.1) + end)) == [
        "They do the same; only labels or names of luck differ."
    ]


def test_thresholds_are_told_one_by_one(tmp_path: Path) -> None:
    mine = policy(tmp_path, "mine", "based_on: fragmented\ngrading: {thresholds: [0.8, 0.65, 0.4]}\n")
    assert [line for line in lines("fragmented", mine) if "lowest" in line] == ["    lowest score for red: 0.85 → 0.8"]


def test_another_layout_of_the_same_file_is_no_difference(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: one\nbased_on: fragmented\nlevers: {friction: {misroute: 0.2, refuse: 0.1}}\n")
    other.write_text(
        "# same\nbased_on: fragmented\nname: other\nlevers:\n  friction:\n    refuse: 0.10\n    misroute: 2e-1\n"
    )

    assert lines(one, other) == ["They do the same."]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    for name in ("toy.yaml", "incident-types.yaml"):
        (tmp_path / name).write_text((SCENARIOS / name).read_text())
    return tmp_path / "toy.yaml"


def test_an_incident_type_is_told_by_its_name_with_units(toy: Path, tmp_path: Path) -> None:
    patch = tmp_path / "patch.yaml"
    patch.write_text(
        "based_on: toy.yaml\nincident_types: {pavement_defect: {repeats: 7, rate_per_100k_year: 700}}\nweeks: 9\n"
    )
    kind = next(kind for kind in load_scenario(toy).kinds if kind.id == "pavement_defect")
    found = lines(toy, patch)

    assert found[:3] == ["City", "    length of a world (weeks): 4 → 9 weeks", "Incident types"]
    own = "    pothole or pavement defect (pavement_defect): "
    assert found[3:] == [
        f"{own}rate (rate_per_100k_year): {plain(kind.rate_per_100k_year)} → 700 a year per 100,000 residents",
        f"{own}repeat reports of each (repeats): {kind.repeats:g} → 7",
    ]


def test_incident_types_and_districts_that_one_scenario_alone_has_are_named(toy: Path) -> None:
    types = yaml.safe_load((toy.parent / "incident-types.yaml").read_text())
    types["incident_types"] = [kind for kind in types["incident_types"] if kind["id"] != "noise_night_works"]
    (toy.parent / "fewer-types.yaml").write_text(yaml.safe_dump(types, allow_unicode=True))
    fewer = toy.with_name("fewer.yaml")
    fewer.write_text(toy.read_text().replace("incident-types.yaml", "fewer-types.yaml"))

    (line,) = [line for line in lines(fewer, toy) if "new" in line]
    assert line.startswith("    noise or night construction complaint (noise_night_works), new: ")
    assert "a year per 100,000 residents, led by " in line
    assert any("(noise_night_works), no longer: " in line for line in lines(toy, fewer))
    districts = lines(toy, SCENARIOS / "million.yaml")
    assert "    Centre (centre), no longer: 180,000 people, 3 streets" in districts
    assert "    East (east), new: 330,000 people, 6 streets" in districts


def test_a_scenario_and_a_policy_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="must be of one kind"):
        lines(SCENARIOS / "toy.yaml", "fragmented")
