"""Judging a log: every indicator of the roster, for all cases and for each group of its strata."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from citysim.judging.load import Pools
from citysim.judging.roster import (
    BY_ID,
    CASE_STRATA,
    DESK_STRATA,
    HEADLINE,
    INDICATORS,
    POOL_STRATA,
    QUARTER_STRATA,
    QUARTER_WEEKS,
    SEVERITIES,
    STRATA,
    Indicator,
    quarters,
)
from citysim.judging.view import View, residents_of, view_all
from citysim.log import Log, to_frame
from citysim.units import GRADES, WEEK

__all__ = [
    "BY_ID",
    "CASE_STRATA",
    "HEADLINE",
    "INDICATORS",
    "POOL_STRATA",
    "SATURATED",
    "STRATA",
    "Indicator",
    "Scores",
    "indicators",
    "judge",
]

SATURATED = 0.99
"""A share above this that should be high can hardly rise: compare by tails and severity there (domain brief 5.5)."""


@dataclass(frozen=True)
class Scores:
    """What one log is worth: a flat table, one row for each indicator and group of a stratum.

    Every log of one scenario, length and set of pool families has the same rows in the same order, also for empty
    groups.

    Args:
        indicator, stratum, group: names; value: in the indicator's unit, nan where undefined; n: cases or
            pools behind it.
    """

    indicator: tuple[str, ...]
    stratum: tuple[str, ...]
    group: tuple[str, ...]
    value: npt.NDArray[np.float64]
    n: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indicator)

    def get(self, indicator: str, stratum: str = "all", group: str = "all") -> float:
        """The value of one indicator.

        Raises:
            KeyError: there is no such row.
        """
        for k, row in enumerate(zip(self.indicator, self.stratum, self.group, strict=True)):
            if row == (indicator, stratum, group):
                return float(self.value[k])
        raise KeyError(f"no indicator {indicator!r} for {stratum} {group!r}")

    @property
    def saturated(self) -> npt.NDArray[np.bool_]:
        """Rows whose indicator has reached its ceiling in this log: a share to be raised that is above SATURATED."""
        ceiling = {name: i.unit == "share" and i.better == "higher" for name, i in BY_ID.items()}
        return np.array([ceiling[name] for name in self.indicator], dtype=bool) & (self.value > SATURATED)

    def table(self, frame: Literal["pandas", "polars"] = "pandas") -> Any:
        """The same as a pandas or polars table, with unit, direction, and whether the indicator is saturated."""
        columns = {
            "indicator": self.indicator,
            "stratum": self.stratum,
            "group": self.group,
            "unit": [BY_ID[name].unit for name in self.indicator],
            "better": [BY_ID[name].better for name in self.indicator],
        }
        named = {name: np.array(values, dtype=object) for name, values in columns.items()}
        return to_frame({**named, "value": self.value, "n": self.n, "saturated": self.saturated}, frame)


def judge(log: Log, residents: Sequence[float] | None = None, instant: Log | None = None) -> Scores:
    """Read every indicator off a log, for all cases and for each group of its strata.

    Args:
        residents: people of each district, in the order of log.district_ids; None = as the log says.
        instant: the same world under instant response; None = without what is preventable.
    """
    residents = residents_of(log) if residents is None else residents
    everything = view_all(log, residents)
    originals = everything.where(np.flatnonzero(everything.original))
    rows: list[tuple[str, str, str, float, int]] = []
    desk, calls = everything.where(~everything.enquiry), everything.where(everything.enquiry)
    for scope, view in (("cases", originals), ("desk", desk), ("calls", calls)):
        chosen = [indicator for indicator in INDICATORS if indicator.of == scope]
        for stratum in QUARTER_STRATA if scope == "cases" else DESK_STRATA:
            for group, part in _parts(view, stratum, residents):
                for indicator in chosen:
                    if stratum in indicator.strata:
                        rows.append((indicator.id, stratum, group, indicator.measure(part), _count(indicator, part)))
    rows.extend(_judge_pools(log, everything))
    if instant is not None:
        spared = view_all(instant, residents)
        spared = spared.where(np.flatnonzero(spared.original))
        chosen = [indicator for indicator in INDICATORS if indicator.of == "twin"]
        rows.extend((i.id, "all", "all", i.measure(originals, spared), len(originals)) for i in chosen)
    position = {name: k for k, name in enumerate(BY_ID)}
    rows.sort(key=lambda row: (position[row[0]], STRATA.index(row[1])))
    names, strata, groups, values, counts = zip(*rows, strict=True)
    return Scores(names, strata, groups, np.array(values, dtype=np.float64), np.array(counts, dtype=np.int64))


def indicators(
    log: Log, residents: Sequence[float] | None = None, frame: Literal["pandas", "polars"] = "pandas"
) -> Any:
    """Every indicator of a log as a table: indicator, stratum, group, unit, better, value, n, saturated.

    Args:
        residents: people of each district, in the order of log.district_ids; None = as the log says.
        frame: `pandas` or `polars`.
    """
    return judge(log, residents).table(frame)


def _judge_pools(log: Log, everything: View) -> Iterator[tuple[str, str, str, float, int]]:
    for stratum in POOL_STRATA:
        for group, pools in _pool_parts(log, stratum):
            for indicator in INDICATORS:
                if indicator.of in ("pools", "gates") and stratum in indicator.strata:
                    chosen = pools.gates if indicator.of == "gates" else pools.people
                    yield indicator.id, stratum, group, indicator.measure(pools), len(chosen)
    everyone = Pools(log, np.arange(len(log.pool_columns["family"])))
    for indicator in INDICATORS:
        if indicator.of == "run":
            yield indicator.id, "all", "all", indicator.measure(everyone, everything), _count(indicator, everything)


def _count(indicator: Indicator, view: View) -> int:
    if indicator.counted is None:
        return len(view)
    column = indicator.counted(view)
    return int(np.count_nonzero(column if column.dtype == bool else ~np.isnan(column)))


def _parts(view: View, stratum: str, residents: Sequence[float] | None) -> Iterator[tuple[str, View]]:
    """Each group of a stratum with its cases; also groups without any."""
    if stratum == "all":
        yield "all", view.where(np.arange(len(view)))  # a view of its own, whose columns are let go with it
        return
    names, code = _codes(view, stratum)
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(len(names) + 1))
    for k, name in enumerate(names):
        people = residents[k] if stratum == "district" and residents is not None else None
        yield name, view.where(order[ends[k] : ends[k + 1]], people)


def _codes(view: View, stratum: str) -> tuple[Sequence[str], npt.NDArray[Any]]:
    """Names of the groups of a stratum, and the position of each case's group among them."""
    if stratum == "severity":
        return SEVERITIES, view.severity
    if stratum == "risk_grade":
        return (*GRADES, "ungraded"), np.where(view.grade < 0, len(GRADES), view.grade)
    if stratum == "joint":
        return ("joint", "single"), np.where(view.joint, 0, 1)
    if stratum == "district":
        return view.log.district_ids, view.district
    if stratum == "quarter":  # what came in after the last whole quarter is in none
        return quarters(view.weeks), (view.reported - view.log.begin) // (QUARTER_WEEKS * WEEK)
    names = tuple(dict.fromkeys(view.log.kinds.groups))
    return names, np.array([names.index(g) for g in view.log.kinds.groups])[view.kind]


def _pool_parts(log: Log, stratum: str) -> Iterator[tuple[str, Pools]]:
    family = log.pool_columns["family"]
    if stratum == "all":
        yield "all", Pools(log, np.arange(len(family)))
    elif stratum == "family":
        for k, name in enumerate(log.families):
            yield name, Pools(log, np.flatnonzero(family == k))
    else:
        levels = np.array(log.levels, dtype=object)[family]
        for name in dict.fromkeys(log.levels):
            yield name, Pools(log, np.flatnonzero(levels == name))
