"""How far should the hub act alone? See question.md."""

from dataclasses import replace

from citysim.policy.catalog import DESIGNS
from citysim.policy.policy import Policy
from citysim.world.scenario import load_scenario
from experiments.answers import ROOT, Line, figure, gain, mean, run, table, text, values, verdict, write

WEEKS, WORLDS = 4, 8
LEVELS = {"none": 4, "blue": 3, "yellow and blue": 2, "all but red": 1, "all": 0}
"""The grade from which on the hub acts alone."""
HARM = "harm_total"
SHOWN = {
    HARM: ("harm, weighted h per week", ("all", "all")),
    "utilisation": ("use of district seats", ("family", "district_seat")),
    "report_to_close_so_far_mean": ("report to close, h", ("all", "all")),
    "first_dispatch_accuracy": ("first orders right, share", ("all", "all")),
}
USUAL = DESIGNS["unified_command_ai"].levers


def policy(alone_from: int) -> Policy:
    confirm = 4 if alone_from == 4 else min(USUAL.machine.confirm_from, alone_from)
    machine = replace(USUAL.machine, auto_from=alone_from, confirm_from=confirm)
    return DESIGNS["unified_command_ai"].policy(replace(USUAL, machine=machine))


def main() -> None:
    city = load_scenario(ROOT / "scenarios" / "million.yaml")
    found = run(city, {level: policy(grade) for level, grade in LEVELS.items()}, weeks=WEEKS, worlds=WORLDS)
    rows = [[level, *(text(mean(values(found, level, i, of))) for i, (_, of) in SHOWN.items())] for level in LEVELS]
    against = {
        level: {i: gain(values(found, "blue", i, of), values(found, level, i, of)) for i, (_, of) in SHOWN.items()}
        for level in LEVELS
        if level != "blue"
    }
    differences = [[level, *(f"{text(d)}, {verdict(d)}" for d in of.values())] for level, of in against.items()]
    none, everything = against["none"], against["all"]
    head = [what for what, _ in SHOWN.values()]
    answer = "\n".join(
        [
            "# How far should the hub act alone?",
            "",
            f"Mean and 95 % interval over {WORLDS} worlds of {WEEKS} weeks, city of a million.",
            "",
            table(["alone on", *head], rows),
            "",
            "Alone on blue cases, against each other level, on the same worlds:",
            "",
            table(["against", *head], differences),
            "",
            f"**Answer.** Automation of blue cases against none: harm {verdict(none[HARM])}, seats"
            f" {verdict(none['utilisation'])}; against automation of all: harm {verdict(everything[HARM])}, seats"
            f" {verdict(everything['utilisation'])}. "
            + (
                "It dominates both extremes in harm."
                if none[HARM].high < 0 and everything[HARM].high < 0
                else "That it dominates both extremes in harm does not show under these assumptions."
            ),
        ]
    )
    panels = {
        what: [Line(what, range(len(LEVELS)), [mean(values(found, level, i, of)) for level in LEVELS])]
        for i, (what, of) in list(SHOWN.items())[:2]
    }
    drawn = figure(panels, "grades on which the hub acts alone")
    for axes in drawn.axes:
        axes.set_xticks(range(len(LEVELS)), [level.replace(" ", "\n", 1) for level in LEVELS])
    write("automation", answer, drawn)


if __name__ == "__main__":
    main()
