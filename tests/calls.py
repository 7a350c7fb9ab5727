"""How often departments call on each other, from the incident types: `python -m tests.calls` prints the table."""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from citysim.world.scenario import load_scenario
from citysim.world.traits import FURTHER_DEPARTMENTS, poisson_table

TOY = Path(__file__).parents[1] / "scenarios" / "toy.yaml"


def shares() -> dict[str, dict[str, float]]:
    """Share of the hand-offs of each leading department that go to each other one, to two digits; 0 left out.

    A joint case needs the first 1 + Poisson(0.6) supports of its type's list (world/traits.py).
    """
    called: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for kind in load_scenario(TOY).kinds:
        needed = 1.0 - np.concatenate([[0.0], poisson_table(FURTHER_DEPARTMENTS, len(kind.supports))])
        for support, chance in zip(kind.supports, needed[:-1].tolist(), strict=True):
            called[kind.lead][support] += kind.rate_per_100k_year * kind.joint_share * chance
    found = {}
    for lead, partners in sorted(called.items()):
        whole = sum(partners.values())
        rounded = {support: round(times / whole, 2) for support, times in sorted(partners.items())}
        found[lead] = {support: share for support, share in rounded.items() if share}
    return found


if __name__ == "__main__":
    for lead, partners in shares().items():
        sys.stdout.write(f'    "{lead}": {partners},\n'.replace("'", '"'))
