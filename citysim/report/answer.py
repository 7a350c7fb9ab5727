"""The answer to an experiment as a page: what was predicted, what came out, every arm, and how to make it again."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path

from citysim.experiment.run import FAILS, HOLDS, Found, Outcome, options_of
from citysim.experiment.spec import Measure, Prediction
from citysim.judging.scorecard import BY_ID
from citysim.report.answer_figure import draw_answer
from citysim.report.names import indicator_name, quarter_name
from citysim.report.numbers import MISSING, Scale, percent, scale_for
from citysim.statistics.intervals import Interval
from citysim.words import LANGUAGES, Words, load_words

MOST_ARMS = 40
"""Tables of more arms than this are read by nobody; the store has them all."""

NAMES = {"en": "answer.md", "zh": "answer.zh.md"}


def write_answer(found: Found, folder: Path) -> list[Path]:
    """Leave the answer in both languages and its figure in a folder; the same findings leave the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in LANGUAGES:
        words = load_words(language)
        figure = "figure.svg" if language == "en" else f"figure.{language}.svg"
        (folder / figure).write_text(draw_answer(found, words), encoding="utf-8")
        page = folder / NAMES[language]
        page.write_text(answer_text(found, words, figure), encoding="utf-8")
        written.append(page)
    return written


def answer_text(found: Found, words: Words, figure: str) -> str:
    """The page as Markdown, in one language."""
    experiment = found.experiment
    parts = [
        f"# {experiment.question[words.language]}",
        _setting(found, words),
        words("answer.verdict", verdict=summary(found, words)),
        _predictions(found, words),
        words("answer.arms", level=percent(experiment.level)),
        _arms(found, words),
        f"![{words('answer.figure')}]({figure})",
        "".join(filter(None, [experiment.caveat.get(words.language, ""), " " * bool(experiment.caveat)]))
        + words("answer.caveat"),
        words(
            "answer.remake",
            name=experiment.folder.resolve().name,
            options="".join(f" {option}" for option in options_of(experiment)),
        ),
    ]
    if not found.complete:
        parts.insert(1, words("answer.incomplete", count=len(found.troubles)))
    return "\n\n".join(parts) + "\n"


def summary(found: Found, words: Words) -> str:
    """What became of the hypothesis, in one sentence."""
    verdicts = [outcome.verdict for outcome in found.outcomes]
    held, failed, count = verdicts.count(HOLDS), verdicts.count(FAILS), len(verdicts)
    if held == count:
        key = "all"
    elif failed == count:
        key = "none"
    elif not held:
        key = "not"
    else:
        key = "some"
    name = found.experiment.hypothesis or words("answer.hypothesis")
    return words(f"answer.summary_{key}", name=name, held=held, failed=failed, count=count)


def _setting(found: Found, words: Words) -> str:
    experiment = found.experiment
    return words(
        "answer.setting",
        worlds=found.worlds,
        weeks=experiment.weeks,
        arms=len(found.arms),
        scenario=experiment.scenario.name,
        seed=experiment.seed,
        primary=measure_name(experiment.primary, words),
    ) + "".join([warm_up_text(found, words), _varied(found, words)])


def _varied(found: Found, words: Words) -> str:
    """What is varied, and of it what a government chooses and what nobody does (levers and uncertainties)."""
    factors = found.experiment.factors
    told = [f"{one.name} ({words('answer.lever' if one.is_lever else 'answer.uncertainty')})" for one in factors]
    return " " + words("answer.varied", factors=words("report.separator").join(told)) if told else ""


def warm_up_text(found: Found, words: Words) -> str:
    """How long the start was left out, and who says so; "" if it was not."""
    warm_up = found.warm_up
    if warm_up.pilot:
        days = max(one.days for one in warm_up.pilot)
        return " " + words("answer.warm_up_mser5", weeks=warm_up.weeks, days=f"{days:.1f}")
    return " " + words("answer.warm_up", weeks=warm_up.weeks) if warm_up.weeks else ""


def _predictions(found: Found, words: Words) -> str:
    names = ("prediction", "contrast", "found", "matters", "gain", "needed", "verdict_column")
    table = markdown_rows(
        [words(f"answer.{name}") for name in names], [_prediction(outcome, found, words) for outcome in found.outcomes]
    )
    return "\n\n".join([table, *_notes(found, words)])


def _notes(found: Found, words: Words) -> Iterator[str]:
    """What the table rests on: worlds without a value, and the precision that was asked for."""
    lost = [found.worlds - outcome.interval.n for outcome in found.outcomes]
    if any(lost):
        yield words("answer.worlds_lost", lost=", ".join(map(str, lost)), worlds=found.worlds)
    step = found.precision
    if step is not None:
        scale = _scale(found.experiment.predictions[0].measure, [step.half_width, step.goal])
        about = {
            "half": scale.text(step.half_width),
            "goal": scale.text(step.goal),
            "unit": scale.unit_text(words, True),
        }
        yield words("answer.precise" if step.reached else "answer.not_precise", worlds=found.worlds, **about)


def _prediction(outcome: Outcome, found: Found, words: Words) -> list[str]:
    prediction, interval = outcome.prediction, outcome.interval
    scale = _scale(prediction.measure, [interval.mean, interval.low, interval.high])
    scale = scale.finer(interval.low, interval.high)
    unit = scale.unit_text(words, difference=True)
    shown = scale.interval(interval.mean, interval.low, interval.high, signed=True)
    return [
        prediction.says[words.language],
        f"{measure_name(prediction.measure, words)}: {_terms(prediction, words)}",
        f"{shown} {unit}".strip(),
        scale.text(prediction.relevant) if prediction.relevant else "",
        f"{outcome.gain:.1f} ×" if isfinite(outcome.gain) else MISSING,
        f"{outcome.needed:,}" if outcome.needed else MISSING,
        f"**{words(f'answer.{outcome.verdict}')}**",
    ]


def _terms(prediction: Prediction, words: Words) -> str:
    found = []
    for k, term in enumerate(prediction.terms):
        weight = "" if abs(term.weight) == 1 else f"{abs(term.weight):g} × "
        sign = "" if k == 0 and term.weight > 0 else "− " if term.weight < 0 else "+ "
        chosen = ", ".join(level if name == "design" else f"{name} {level}" for name, level in term.of.items())
        other = "" if term.measure == prediction.measure else f"{measure_name(term.measure, words)}: "
        found.append(f"{sign}{weight}({other}{chosen or words('answer.every_arm')})")
    return " ".join(found)


def _arms(found: Found, words: Words) -> str:
    if len(found.arms) > MOST_ARMS:
        return words("answer.many_arms", arms=len(found.arms))
    shown = found.experiment.shown
    cells = {m: [found.mean(k, m) for k in range(len(found.arms))] for m in shown}
    scales = {m: _scale(m, [i.mean for i in column]) for m, column in cells.items()}
    heads = [words("table.with_unit", name=measure_name(m, words), unit=scales[m].unit_text(words)) for m in shown]
    rows = [[arm.name, *(_cell(cells[m][k], scales[m]) for m in shown)] for k, arm in enumerate(found.arms)]
    return markdown_rows([words("answer.arm"), *heads], rows)


def _cell(interval: Interval, scale: Scale) -> str:
    return scale.interval(interval.mean, interval.low, interval.high)


def measure_name(measure: Measure, words: Words) -> str:
    """An indicator as people call it, with its group where it has one."""
    name = indicator_name(measure.indicator, words)
    if measure.group == "all":
        return name
    quarter = measure.stratum == "quarter"
    group = quarter_name(measure.group, words) if quarter else words.name("group", measure.group)
    return f"{name} ({group})"


def _scale(measure: Measure, values: list[float]) -> Scale:
    return scale_for(values, BY_ID[measure.indicator].unit)


def markdown_rows(head: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
