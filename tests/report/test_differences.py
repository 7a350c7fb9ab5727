"""Is a difference told by what it means?"""

from pathlib import Path

import pytest

from citysim.errors import InputError
from citysim.report.differences import differences_of_files
from citysim.words import load_words

SCENARIOS = Path(__file__).parents[2] / "scenarios"
WORDS = load_words("en")


def lines(before: object, after: object) -> list[str]:
    return list(differences_of_files(str(before), str(after), WORDS))


def test_a_lever_is_told_by_its_path_with_both_values_and_its_mechanism(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "name: mine\nbased_on: unified_command\nlevers: {friction: {misroute: 0.2}}\nsensing: {patrol: 2}\n"
    )
    found = lines("unified_command", mine)

    assert any(line.startswith("levers.friction.misroute: 0.05 → 0.2   (routing") for line in found)
    assert "sensing.patrol: 1 → 2" in found
    assert not any("levers." in line and "misroute" not in line for line in found)


def test_another_layout_of_the_same_file_is_no_difference(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("name: one\nbased_on: fragmented\nlevers: {friction: {misroute: 0.2, refuse: 0.1}}\n")
    other.write_text(
        "# same\nbased_on: fragmented\nname: other\nlevers:\n  friction:\n    refuse: 0.10\n    misroute: 2e-1\n"
    )

    assert lines(one, other) == ["They do the same."]


def test_records_of_a_scenario_are_matched_by_their_name(tmp_path: Path) -> None:
    for name in ("toy.yaml", "incident-types.yaml"):
        (tmp_path / name).write_text((SCENARIOS / name).read_text())
    patch = tmp_path / "patch.yaml"
    patch.write_text("based_on: toy.yaml\nincident_types: {pavement_defect: {repeats: 7}}\nweeks: 9\n")
    found = lines(SCENARIOS / "toy.yaml", patch)

    assert len(found) == 2
    assert found[0] == "weeks: 4 → 9"
    assert found[1].startswith("kinds.pavement_defect.repeats: ")
    assert found[1].endswith(" → 7")


def test_a_scenario_and_a_policy_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="must be of one kind"):
        lines(SCENARIOS / "toy.yaml", "fragmented")
