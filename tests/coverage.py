"""Runs the rows of docs/guides/coverage.yaml: a city with an item of the domain brief off and on, on the same worlds.

`python -m tests.coverage [FILE] [ITEM …]` prints what each row moves.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml

from citysim.committee.govern import govern
from citysim.engines.simulate import simulate
from citysim.judging.scorecard import Scores, judge
from citysim.policy.catalog import load_policy
from citysim.policy.policy import Policy
from citysim.report.coverage import Item, read_items
from citysim.sensing import CITY_NAMES
from citysim.statistics.intervals import Interval
from citysim.statistics.pairs import paired_difference
from citysim.world.sample import World, sample_world
from citysim.world.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[1]
ITEMS = ROOT / "docs" / "guides" / "coverage.yaml"


def policy_of(text: Mapping[str, Any], name: str) -> Policy:
    """The policy that a file with this text holds."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"name": name, **text}, allow_unicode=True))
        return load_policy(path, CITY_NAMES)


def difference(item: Item) -> Interval:
    """On minus off of the item's indicator, over the same worlds, with its 95 % interval."""
    off, on = (np.array(_values(item, which)) for which in ("off", "on"))
    return paired_difference(on, off)


def holds(item: Item, found: Interval) -> bool:
    """Whether the interval lies clear of zero on the side that the row states."""
    if item.sign == 0:
        return found.excludes_zero
    return found.low > 0 if item.sign > 0 else found.high < 0


def _values(item: Item, which: str) -> list[float]:
    policy = policy_of(item.off if which == "off" else item.on, which)
    return [_value(item, policy, k) for k in range(item.worlds)]


def _value(item: Item, policy: Policy, replication: int) -> float:
    where = item.scenario, item.start, tuple(sorted(item.rates.items()))
    made = where, policy.digest, item.weeks, replication
    if made not in _JUDGED:  # many rows differ from the same arm
        city = _city(*where)
        if policy.governance.on:
            log = govern(city, policy, seed=1, replication=replication, weeks=item.weeks).log
        else:
            log = simulate(_world(city, item.weeks, replication), policy, steps=False)
        _JUDGED[made] = judge(log)
    return _JUDGED[made].get(item.indicator, *item.of)


_JUDGED: dict[tuple[Any, ...], Scores] = {}


@cache
def _world(city: Scenario, weeks: int, replication: int) -> World:
    return sample_world(city, seed=1, replication=replication, weeks=weeks)


@cache
def _city(name: str, start: str, rates: tuple[tuple[str, float], ...]) -> Scenario:
    """A scenario that begins at another Monday, and in which some types are so many times as frequent."""
    factors = dict(rates)
    city = load_scenario(ROOT / "scenarios" / f"{name}.yaml") if not start else _beginning(name, start)
    unknown = factors.keys() - {kind.id for kind in city.kinds}
    if unknown:
        raise ValueError(f"{name} has no types {', '.join(sorted(unknown))}")
    kinds = tuple(replace(k, rate_per_100k_year=k.rate_per_100k_year * factors.get(k.id, 1.0)) for k in city.kinds)
    return replace(city, kinds=kinds)


def _beginning(name: str, start: str) -> Scenario:
    with TemporaryDirectory() as folder:
        there = Path(folder)
        for path in (ROOT / "scenarios").glob("*.yaml"):
            lines = path.read_text().splitlines()
            there.joinpath(path.name).write_text(
                "\n".join(f"start: {start}" if line.startswith("start:") else line for line in lines)
            )
        return load_scenario(there / f"{name}.yaml")


def main(arguments: list[str]) -> int:
    """Print each row's interval; 1 if one does not hold."""
    file = Path(arguments[0]) if arguments else ITEMS
    chosen, failed = {int(a) for a in arguments[1:]}, 0
    for item in read_items(file):
        if chosen and item.number not in chosen:
            continue
        began = time.perf_counter()
        found = difference(item)
        said = "holds" if holds(item, found) else "DOES NOT HOLD"
        failed += said != "holds"
        sys.stdout.write(
            f"{item.number:3} {item.parameter}: {item.indicator} {'/'.join(item.of)} {found.mean:+.6g}"
            f" [{found.low:+.6g}, {found.high:+.6g}] wanted {item.sign:+d}: {said}"
            f" ({time.perf_counter() - began:.1f} s)\n"
        )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
