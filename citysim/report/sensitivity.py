"""Which answers flip within the ranges of the assumptions, as a page in both languages."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path

from citysim.experiment.sensitivity import FLIPS, OPEN, Answer, Sensitivity, flipping
from citysim.judging.scorecard import BY_ID
from citysim.report.answer import markdown_rows, measure_name, warm_up_text
from citysim.report.numbers import percent, scale_for
from citysim.report.sensitivity_figure import draw_effects, draw_flips
from citysim.statistics.prim import Box
from citysim.statistics.sensitivity import MorrisEffects, SobolIndices
from citysim.words import LANGUAGES, Words, load_words

NAMES = {"en": "answer.md", "zh": "answer.zh.md"}
MOST_FACTORS = 3
"""Assumptions named in a row of the table, and effects shown of each answer."""


def write_sensitivity(found: Sensitivity, folder: Path, command: str) -> list[Path]:
    """Leave the page and its figure in both languages; the same findings leave the same bytes.

    Args:
        command: that makes it again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in LANGUAGES:
        words = load_words(language)
        figure = "figure.svg" if language == "en" else f"figure.{language}.svg"
        drawn = draw_effects(found, words) if any(a.effects for a in found.answers) else draw_flips(found, words)
        (folder / figure).write_text(drawn, encoding="utf-8")
        page = folder / NAMES[language]
        page.write_text(sensitivity_text(found, words, figure, command), encoding="utf-8")
        written.append(page)
    return written


def sensitivity_text(found: Sensitivity, words: Words, figure: str, command: str) -> str:
    """The page as Markdown, in one language."""
    experiment = found.found.experiment
    about = {
        "points": len(found.points),
        "factors": len(found.factors),
        "worlds": found.found.worlds,
        "weeks": experiment.weeks,
        "scenario": experiment.scenario.name,
        "seed": experiment.seed,
        "baseline": next(iter(experiment.designs)),
    }
    parts = [
        f"# {experiment.question[words.language]}",
        words("sensitivity.setting", **about) + warm_up_text(found.found, words),
        *_untold(found, words),
        words("answer.verdict", verdict=in_short(found, words)),
        markdown_rows(
            [words(f"sensitivity.{name}") for name in ("answer", "better", "unsure", "worse", "verdict", "decides")],
            [_row(found, answer, words) for answer in found.answers],
        ),
        words("sensitivity.reading", level=percent(experiment.level)),
        f"![{words('sensitivity.figure')}]({figure})",
        *_conditions(found, words),
        *_effects(found, words),
        f"{experiment.caveat.get(words.language, '')} {words('answer.caveat')}".strip(),
        words("sensitivity.remake", command=command),
    ]
    return "\n\n".join(parts) + "\n"


def _untold(found: Sensitivity, words: Words) -> Iterator[str]:
    """Answers that there are not, and why."""
    if found.untold:
        names = [f"{design}: {measure_name(measure, words)}" for measure, design in found.untold]
        yield words("sensitivity.untold", answers="; ".join(names))


def in_short(found: Sensitivity, words: Words) -> str:
    """How many answers hold, flip, or cannot be told."""
    count, flip = len(found.answers), len(flipping(found.answers))
    told = sum(answer.verdict != OPEN for answer in found.answers)
    return words("sensitivity.short", count=count, same=told - flip, flip=flip, open=count - told)


def answer_name(answer: Answer, words: Words) -> str:
    """The design, and by what it is judged."""
    return f"{answer.design}: {measure_name(answer.measure, words)}"


def _row(found: Sensitivity, answer: Answer, words: Words) -> list[str]:
    flips, verdict = answer.flips, words(f"sensitivity.{answer.verdict}")
    sure = 0.05 / max(len(flips.separations), 1)  # Bonferroni: all assumptions of an answer together
    decides = [s for s in flips.separations if s.p < sure][:MOST_FACTORS] if answer.verdict == FLIPS else []
    return [
        answer_name(answer, words),
        *(f"{share:.0%}" for share in (flips.better, flips.cannot_tell, flips.worse)),
        f"**{verdict}**" if answer.verdict == FLIPS else verdict,
        "; ".join(f"{found.factors[s.factor]} ({s.distance:.2f}, {s.at:.3g})" for s in decides),
    ]


def _conditions(found: Sensitivity, words: Words) -> Iterator[str]:
    """Boxes and rules of the answers that flip."""
    flip = [answer for answer in flipping(found.answers) if answer.box is not None]
    if flip:
        yield f"## {words('sensitivity.conditions')}"
        yield words("sensitivity.about_conditions")
    for answer in flip:
        assert answer.box is not None
        side = words("sensitivity.better" if answer.is_reversed else "sensitivity.worse")
        box = words(
            "sensitivity.box",
            limits=_limits(found, answer.box, words),
            density=f"{answer.box.density.mean:.0%}",
            coverage=f"{answer.box.coverage.mean:.0%}",
            points=answer.box.points,
            side=side,
        )
        rules = [
            words(
                "sensitivity.rule",
                limits=" & ".join(_limit(found.factors[j], low, high) for j, low, high in rule.limits) or "–",
                probability=f"{rule.probability:.0%}",
                points=rule.points,
                side=side,
            )
            for rule in answer.rules
        ]
        yield f"**{answer_name(answer, words)}**\n\n" + "\n".join([f"- {box}", *(f"- {rule}" for rule in rules)])


def _limits(found: Sensitivity, box: Box, words: Words) -> str:
    sure = [one for one in box.limits if one.quasi_p < 0.05]
    told = [f"{_limit(found.factors[one.factor], one.low, one.high)} (p {one.quasi_p:.2g})" for one in sure]
    if weak := len(box.limits) - len(sure):
        told.append(words("sensitivity.weak", count=weak))
    return " & ".join(told) or words("sensitivity.everywhere")


def _limit(name: str, low: float, high: float) -> str:
    if not isfinite(low):
        return f"{name} ≤ {high:.3g}"
    return f"{name} > {low:.3g}" if not isfinite(high) else f"{low:.3g} < {name} ≤ {high:.3g}"


def _effects(found: Sensitivity, words: Words) -> Iterator[str]:
    """The assumptions that move each difference most, if the points were laid out to tell."""
    rows = []
    for answer in found.answers:
        unit = BY_ID[answer.measure.indicator].unit
        effects: tuple[MorrisEffects | SobolIndices, ...] = answer.effects
        for one in sorted(effects, key=lambda effect: -_size(effect))[:MOST_FACTORS]:
            if isinstance(one, MorrisEffects):
                scale = scale_for([one.mu_star.mean], unit)
                cells = [
                    scale.interval(one.mu.mean, one.mu.low, one.mu.high, signed=True),
                    scale.interval(one.mu_star.mean, one.mu_star.low, one.mu_star.high),
                    f"{scale.text(one.by_noise)} {scale.unit_text(words, True)}",
                ]
            else:
                cells = [f"{i.mean:.2f} [{i.low:.2f}, {i.high:.2f}]" for i in (one.first, one.total)] + [""]
            rows.append([answer_name(answer, words), one.factor, *cells])
    if rows:
        first = next(effect for answer in found.answers for effect in answer.effects)
        kind = "morris" if isinstance(first, MorrisEffects) else "sobol"
        yield f"## {words('sensitivity.effects')}"
        yield words(f"sensitivity.about_{kind}")
        head = [words(f"sensitivity.{name}") for name in ("answer", "factor", f"{kind}_1", f"{kind}_2", f"{kind}_3")]
        yield markdown_rows(head, rows)


def _size(effect: MorrisEffects | SobolIndices) -> float:
    found = effect.mu_star if isinstance(effect, MorrisEffects) else effect.total
    return float(found.mean) if isfinite(found.mean) else 0.0
