"""Levers of sensing in a policy file: what is given changes, the rest stays; slips are refused with file and line."""

from dataclasses import replace
from pathlib import Path

import pytest

from citysim.errors import PolicyError
from citysim.policy.catalog import load_policy
from citysim.policy.files import dump_policy
from citysim.policy.policy import Policy
from citysim.policy.sensors import USUAL, Sensing

HEAD = "name: small\nbased_on: unified_command\n"


def load(folder: Path, text: str) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(text, "utf8")
    return load_policy(path)


def test_a_file_changes_the_sensors_of_one_class(tmp_path: Path) -> None:
    text = HEAD + "sensing: {rounds: regular, revisit_hours: 12, gas: {coverage: 0.8, latency_minutes: 2}}\n"
    sensing = load(tmp_path, text).sensing
    better = replace(USUAL["gas"], coverage=0.8, latency_minutes=2.0)
    assert sensing == Sensing(rounds="regular", revisit_hours=12.0, gas=better)


def test_what_a_file_says_of_sensing_is_written_back(tmp_path: Path) -> None:
    sensing = Sensing(
        sees=1.5, unmapped=0.1, video_recall=0.8, manhole=replace(USUAL["manhole"], coverage=0.05, failures=0.1)
    )
    policy = load_policy("unified_command").with_(sensing=sensing)
    back = load(tmp_path, dump_policy(policy))
    assert back.sensing == sensing
    assert back.digest == policy.digest
    assert load(tmp_path, dump_policy(load_policy("unified_command"))).sensing == Sensing()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{gas: {coverage: 2}}", "policy.yaml:3: sensing.gas: devices.coverage = 2"),
        ("{gas: {covers: 2}}", "policy.yaml:3: sensing.gas.covers is not a known key; did you mean 'coverage'?"),
        ("{gas: 0.5}", "policy.yaml:3: sensing.gas = 0.5, must be a mapping with coverage, detects,"),
        ("{rounds: often}", "policy.yaml:3: sensing: sensing.rounds = 'often', must be one of steady, regular"),
        ("{steam: {coverage: 1}}", "policy.yaml:3: sensing.steam is not a known key"),
    ],
)
def test_a_slip_is_refused_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        load(tmp_path, f"{HEAD}sensing: {text}\n")
    assert message in str(refused.value)
