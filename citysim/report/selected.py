"""The selected design as a page: what each design took and showed, the winner on fresh worlds, the command."""

from pathlib import Path

from citysim.experiment.select import Chosen
from citysim.judging.scorecard import BY_ID
from citysim.report.answer import measure_name
from citysim.report.numbers import percent, scale_for
from citysim.words import LANGUAGES, Words, load_words


def write_selected(chosen: Chosen, folder: Path, command: str) -> Path:
    """Leave selection.md and selection.zh.md in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        words = load_words(language)
        name = "selection.md" if language == "en" else f"selection.{language}.md"
        made = words("select.made", command=command)
        (folder / name).write_text(f"{selected_text(chosen, words)}\n\n{made}\n", encoding="utf-8")
    return folder / "selection.md"


def selected_text(chosen: Chosen, words: Words) -> str:
    """Table of the designs and a line on the winner, as Markdown."""
    found, search, fresh = chosen.found, chosen.search, chosen.fresh
    scale = scale_for(found.means, BY_ID[search.measure.indicator].unit)
    unit = scale.unit_text(words)
    title = words("select.title", indicator=measure_name(search.measure, words), unit=unit)
    about = words("select.about", scenario=chosen.scenario, weeks=chosen.weeks, seed=chosen.seed, method=search.method)
    head = [words(f"select.{name}") for name in ("design", "worlds", "mean", "alive")]
    rows = [
        [name, str(found.worlds[k]), f"{scale.factor * found.means[k]:.4g}", words(f"select.{_state(chosen, k)}")]
        for k, name in enumerate(chosen.designs)
    ]
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---", "---:", "---:", "---"], *rows)]
    low, high = (f"{scale.factor * value:.4g}" for value in (fresh.low, fresh.high))
    mean = f"{scale.factor * fresh.mean:.4g}"
    winner = words("select.winner", design=chosen.winner, mean=mean, low=low, high=high, worlds=fresh.n)
    how = {"chance": percent(search.chance), "indifference": f"{search.indifference:g}"}
    key = "no_promise" if search.method == "ocba" else "guaranteed" if found.guaranteed else "not_guaranteed"
    sure = words(f"select.{key}", **how)
    return "\n".join([f"# {title}", "", about, "", *lines, "", winner, "", sure])


def _state(chosen: Chosen, k: int) -> str:
    return "best" if k == chosen.found.best else "still" if k in chosen.found.alive else "out"
