"""Do feedback and advice compound, and when? See question.md."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import product

import numpy as np

from citysim.committee.govern import govern
from citysim.judging.view import view
from citysim.policy.catalog import load_policy
from citysim.policy.policy import Policy
from citysim.units import WEEK
from citysim.world.scenario import load_scenario
from experiments.answers import ROOT, FloatArray, Line, figure, gain, mean, table, text, verdict, write

WEEKS, WORLDS, PERIOD = 52, 10, 4
ARMS = {"neither": (0.0, 0.0), "feedback": (0.9, 0.0), "advice": (0.0, 0.9), "both": (0.9, 0.9)}


def policy(arm: str) -> Policy:
    feedback, adoption = ARMS[arm]
    usual = load_policy("committee_integrated")
    digital = replace(usual.governance.digital, feedback=feedback)
    library = replace(usual.governance.library, adoption=adoption)
    return usual.with_(governance=replace(usual.governance, digital=digital, library=library))


def by_period(task: tuple[str, int]) -> FloatArray:
    """Share of first orders that were right, by the period in which the case came in."""
    arm, world = task
    city = load_scenario(ROOT / "scenarios" / "million.yaml")
    cases = view(govern(city, policy(arm), seed=1, replication=world, weeks=WEEKS).log)
    period = cases.reported[cases.was_dispatched] // (PERIOD * WEEK)
    right = cases.transfers[cases.was_dispatched] == 0
    n = WEEKS // PERIOD
    return np.bincount(period, right, n)[:n] / np.maximum(np.bincount(period, minlength=n)[:n], 1)


def main() -> None:
    tasks = list(product(ARMS, range(WORLDS)))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(tasks, pool.map(by_period, tasks), strict=True))
    shares = {arm: np.array([found[arm, world] for world in range(WORLDS)]) for arm in ARMS}
    months = np.arange(1, WEEKS // PERIOD + 1)
    rows = [
        [f"{PERIOD * (m - 1) + 1}-{PERIOD * m}", *(f"{shares[arm][:, m - 1].mean():.4f}" for arm in ARMS),
         text(gain(shares["both"][:, m - 1], shares["neither"][:, m - 1]))]
        for m in months
    ]  # fmt: skip
    lines = [
        Line(arm, list(PERIOD * months), [gain(shares[arm][:, m], shares["neither"][:, m]) for m in range(len(months))])
        for arm in list(ARMS)[1:]
    ]
    write(
        "feedback",
        "\n".join(
            [
                "# Do feedback and advice compound, and when?",
                "",
                f"Share of cases whose first order was right; {WORLDS} worlds of {WEEKS} weeks, city of a million.",
                "",
                table(["weeks", *ARMS, "both - neither"], rows),
                "",
                *conclusion(shares, lines),
            ]
        ),
        figure({"first orders that are right, against neither": lines}, "week"),
    )


def conclusion(shares: dict[str, FloatArray], lines: list[Line]) -> Iterator[str]:
    """The answer in words, from the numbers."""
    last = {arm: array[:, -3:].mean(axis=1) for arm, array in shares.items()}
    yield "**Answer.**"
    for line in lines:
        clear = [k for k in range(len(line.at)) if all(i.low > 0 for i in line.intervals[k:])]
        since = f"from week {line.at[clear[0]] - PERIOD + 1:g} on" if clear else "in no period to the end"
        slope = np.polyfit(np.arange(shares[line.name].shape[1]), (shares[line.name] - shares["neither"]).T, 1)[0]
        trend = mean(slope * 13.0 / PERIOD)
        yield f"- {line.name}: clear of neither {since}; trend of the difference per quarter {text(trend)}."
    extra = mean(last["both"] - last["feedback"] - last["advice"] + last["neither"])
    word = {"higher": "compound", "lower": "take each other's work away", "no clear difference": "simply add up"}
    yield f"- In the last quarter both - feedback - advice + neither is {text(extra)}: they {word[verdict(extra)]}."


if __name__ == "__main__":
    from experiments.feedback import __main__ as importable  # workers look functions up by the module's own name

    importable.main()
