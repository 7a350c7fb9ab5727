"""How districts act under a ranking: what presses them, what pretending pays, and what that makes of a policy.

A pretence pays only as far as what districts are ranked by sees it. The official clock sees all four. Who counts from
the report, verified on site, is not fooled by a clock that starts late or stands, and seldom by a false closure; easy
cases first still help. Who counts from the onset pays for the latter two only in cases that could still be in time.
Of the other indicators of the set none is bettered by pretending, but for joint cases, which a false closure puts in
time if it is not found. A false closure comes out sooner or later, on site or by chance, which costs where it is
counted, and where it is found on site its work is sent back. What a pretence is worth is the mean over the set, by
weight, and never below 0: who only loses by it lets it be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from citysim.committee.library import ProblemLibrary
from citysim.policy.designs.levers import Levers
from citysim.policy.designs.standing import Named, Standing
from citysim.policy.governance import Evaluation
from citysim.streams import FloatArray
from citysim.world.incidents import IncidentKind

SHORT = 0.2
"""A district that falls short of the target by this share of its cases is under full pressure from it [asm]."""


@dataclass(frozen=True)
class Conduct:
    """How each district acts; numbers by district, in order. Nothing = as the policy says.

    Args:
        effort: more speed of work. false_closure: share of cases reported done untouched. off_clock: shelved or
            extended without need. late: accepted late. easy_first: easy cases that are put before others.
        willing: chance that the nearest other district sends it crews.
    """

    effort: tuple[float, ...] = ()
    false_closure: tuple[float, ...] = ()
    off_clock: tuple[float, ...] = ()
    late: tuple[float, ...] = ()
    easy_first: tuple[float, ...] = ()
    willing: tuple[float, ...] = ()

    @property
    def figures(self) -> Mapping[str, float]:
        """Means over the districts, for the minutes."""
        parts = ("false_closure", "off_clock", "late", "easy_first")
        return {
            "effort": float(np.mean(self.effort or 0.0)),
            "gaming": sum(float(np.mean(getattr(self, part) or 0.0)) for part in parts),
            "willing": float(np.mean(self.willing or 1.0)),
        }


def pressed(rank: float, districts: int, score: float, evaluation: Evaluation) -> float:
    """Pressure on a district: 0 at the top of the ranking and on target, 1 at the bottom and far short of it.

    Args:
        rank: 1 = best. score: mean of its indicators by weight.
    """
    short = min(max(evaluation.target - score, 0.0) / SHORT, 1.0)
    if districts < 2:
        return short
    return (1.0 - evaluation.by_target) * (rank - 1.0) / (districts - 1) + evaluation.by_target * short


CLOCKS = {"official": "on_time", "verified": "verified", "onset": "since_onset"}
"""Which of the findings each ranking takes for what is in time."""
OTHERS = {
    "honest": ("honest", "left"), "lasting": ("lasting", "left"), "heard": ("heard", "called"),
    "joint": ("joint_met", "joint_due"), "found": ("found", "came"),
}  # fmt: skip
"""The other indicators: which of the findings each is a share of which."""


def reviewed(library: ProblemLibrary, evaluation: Evaluation) -> tuple[list[tuple[float, float, float]], float]:
    """What each district hears at a review: its rank, pressure and `winnable` (see `pays`); the lowest score.

    Who stands alike shares the mean of the ranks.
    """
    score = scores_of(library, evaluation)
    winnable = np.minimum(_share(library.total("since_onset"), library.total("verified")), 1.0).tolist()
    ranks, scores = rankdata(-score).tolist(), score.tolist()
    pressure = [pressed(rank, len(ranks), one, evaluation) for rank, one in zip(ranks, scores, strict=True)]
    return list(zip(ranks, pressure, winnable, strict=True)), min(scores)


def scores_of(library: ProblemLibrary, evaluation: Evaluation) -> FloatArray:
    """Score of each district: the mean of its indicators by weight."""
    figures = {"on_time": (CLOCKS[evaluation.ranking], "due")} | OTHERS
    weights = {name: weight for name, weight in evaluation.weights.items() if weight > 0.0}
    shares = {name: _share(*(library.total(figure) for figure in figures[name])) for name in weights}
    weighed = np.array([weight * shares[name] for name, weight in weights.items()])
    score: FloatArray = weighed.sum(axis=0) / sum(weights.values())
    return score


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part of a whole; 1 where there is none."""
    return np.divide(part, whole, out=np.ones(len(whole)), where=whole > 0)


def quick_types(kinds: Sequence[IncidentKind]) -> tuple[str, ...]:
    """Ids of the types whose work is shorter than that of half of them."""
    middle = float(np.median([kind.work_median_hours for kind in kinds]))
    return tuple(kind.id for kind in kinds if kind.work_median_hours < middle)


@dataclass(frozen=True)
class Pays:
    """What each pretence is worth to a district, 1 = as much as if it were true."""

    false_closure: float = 0.0
    off_clock: float = 0.0
    late: float = 0.0
    easy_first: float = 0.0


def pays(evaluation: Evaluation, winnable: float) -> Pays:
    """What pretending pays under a ranking: the mean of what it does to each indicator, by weight, and 0 at least.

    Args:
        winnable: share of the cases in time since the report that are so since the onset as well; the others came too
            late for anything to help.
    """
    if evaluation.ranking == "none":
        return Pays()
    whole, weights = sum(evaluation.weights.values()), evaluation.weights
    clock, found = _clock_pays(evaluation, winnable), evaluation.verified
    share = weights["on_time"] / whole
    others = weights["joint"] * (1.0 - found) - weights["honest"] - weights["lasting"] * found
    return Pays(
        false_closure=max(0.0, share * clock.false_closure + others / whole),
        off_clock=share * clock.off_clock,
        late=share * clock.late,
        easy_first=share * clock.easy_first,
    )


def _clock_pays(evaluation: Evaluation, winnable: float) -> Pays:
    """What pretending does to the share of cases in time; found false closures count as in time by the official clock
    all the same.
    """
    unseen = 1.0 - evaluation.verified
    match evaluation.ranking:
        case "official":
            return Pays(1.0, 1.0, 1.0, 1.0)
        case "verified":
            return Pays(false_closure=unseen, easy_first=1.0)
        case _:
            return Pays(false_closure=unseen * winnable, easy_first=winnable)


def standing_under(standing: Standing, conduct: Conduct, districts: tuple[str, ...], levers: Levers) -> Standing:
    """What stands by district: a neighbour is aided no more readily than the design allows."""

    def named(numbers: tuple[float, ...], usual: float = 0.0) -> Named:
        return tuple(zip(districts, numbers or (usual,) * len(districts), strict=True))

    return replace(
        standing,
        effort=named(conduct.effort),
        false_closure=named(conduct.false_closure),
        off_clock=named(conduct.off_clock),
        late=named(conduct.late),
        easy_first=named(conduct.easy_first),
        willing=tuple((d, min(levers.command.willing, share)) for d, share in named(conduct.willing, 1.0)),
    )
