"""A small experiment in a folder of its own, that several tests look at."""

from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TEXT = f"""\
question: {{en: Does it matter?, zh: 有关系吗？}}
hypothesis: H1
scenario: {SCENARIOS / "toy.yaml"}
weeks: 1
worlds: 5
primary: report_to_close_so_far_mean
shown: [recorded_cases]
designs:
  apart: {{based_on: fragmented}}
  together: {{based_on: unified_command}}
factors:
  demand: {{path: city.demand_factors.all, values: [1, 2]}}
  seats:
    levels:
      usual: {{}}
      many: {{design: {{levers: {{people: {{district_day: 24}}}}}}}}
predictions:
  - says: {{en: Together is quicker., zh: 合则快。}}
    of: {{design: together, demand: 1}}
    minus: {{design: apart, demand: 1}}
    expect: lower
  - says: {{en: More demand makes more cases., zh: 需求多则案件多。}}
    indicator: recorded_cases
    sum:
      - {{weight: 1, of: {{demand: 2}}}}
      - {{weight: -1, of: {{demand: 1}}}}
    expect: lower
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with experiment.yaml; the scenario is named by its full path."""
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "experiment.yaml").write_text(TEXT)
    return tmp_path / "small"
