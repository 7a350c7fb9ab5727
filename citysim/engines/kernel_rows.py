"""The rows that a run of the kernel holds: the facts of each as the loop reads them, and what surrounds them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.engines import kernel_layout as parts
from citysim.engines.program import Program
from citysim.errors import DataError
from citysim.intake import Intake
from citysim.policy.durations import FROM_CASE
from citysim.policy.workflow import MAX_SUPPORT
from citysim.streams import FloatArray, U64Array, mixed_luck
from citysim.units import NEVER, IntArray

SIGNALS = ("signal_at", "signal_cause", "signal_kind")
"""Fields of `Rows` that have one entry for each signal; the others have one for each row."""

LOCKED = ("tiebreak", "reported", "escapes", "returns", "worsens")
"""Read-only as the intake's own arrays are: for other arrays the loop would be compiled anew."""


@dataclass(frozen=True)
class Rows:
    """What a run knows of its rows, in the order of their numbers; arrays of one length.

    Args:
        number: of each row, counted over all intakes of the run.
        luck: mixed with the key. facts: see kernel_layout.A_KIND; parent and cause are positions in these arrays.
        extra: the columns that the program reads. The other fields are those of the intake.
        signal_at, signal_cause, signal_kind: the signals, in order of time; the cause is a position.
    """

    number: IntArray
    luck: U64Array
    tiebreak: IntArray
    facts: npt.NDArray[np.int32]
    extra: IntArray
    reported: IntArray
    escapes: IntArray
    returns: npt.NDArray[Any]
    worsens: IntArray
    incident: npt.NDArray[Any]
    occurred: IntArray
    signal_at: IntArray
    signal_cause: IntArray
    signal_kind: IntArray

    def __len__(self) -> int:
        return len(self.number)

    def numbers_of(self, positions: npt.NDArray[Any]) -> IntArray:
        """Numbers of the rows at these positions; -1 stays."""
        return np.where(positions >= 0, self.number[np.maximum(positions, 0)], -1)

    def joined(self, more: "Rows", next_signal: int) -> "Rows":
        """These rows and then others; of the signals, those before `next_signal` are over and left out."""
        pairs = {name: (mine, vars(more)[name]) for name, mine in vars(self).items()}
        pairs |= {name: (pairs[name][0][next_signal:], pairs[name][1]) for name in SIGNALS}
        arrays = {name: np.concatenate(pair) for name, pair in pairs.items()}
        order = np.argsort(arrays["signal_at"], kind="stable")
        return _locked(arrays | {name: arrays[name][order] for name in SIGNALS})

    def with_named(self, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """The rows to keep, and all that they name as parent or cause, directly or through others."""
        keep = keep.copy()
        names = self.facts[:, [parts.A_PARENT, parts.A_CAUSE]]
        named = np.unique(names[keep])
        while len(new := named[(named >= 0) & ~keep[named]]):
            keep[new] = True
            named = np.unique(names[new])
        return keep

    def kept(self, keep: npt.NDArray[np.bool_], next_signal: int) -> "Rows":
        """These rows only, which name no others; of the signals, those before `next_signal` are over and left out."""
        position = np.append(np.cumsum(keep) - 1, -1)  # the last for rows that name none
        arrays = {name: array[keep] for name, array in vars(self).items() if name not in SIGNALS}
        names = arrays["facts"][:, [parts.A_PARENT, parts.A_CAUSE]]
        arrays["facts"][:, [parts.A_PARENT, parts.A_CAUSE]] = position[names]
        arrays |= {name: vars(self)[name][next_signal:].copy() for name in SIGNALS}
        arrays["signal_cause"] = position[arrays["signal_cause"]]
        return _locked(arrays)


def _locked(arrays: dict[str, Any]) -> Rows:
    for name in LOCKED:
        arrays[name].setflags(write=False)
    return Rows(**arrays)


def read_rows(intake: Intake, program: Program, held: IntArray | None = None) -> Rows:
    """The rows of an intake; `held` are the numbers of the rows that a run holds already, these will stand behind.

    Raises:
        DataError: causes run in a ring, a row names another that is not held, a column used as a time is negative.
    """
    n, first = len(intake), intake.first_row
    _check_causes(np.where(intake.cause >= first, intake.cause - first, -1).astype(np.int64))
    extra = np.zeros((n, max(len(program.columns), 1)), np.int64)
    for k, name in enumerate(program.columns):
        extra[:, k] = intake.columns[name]
    for shape, column, _ in program.durations.tolist():
        if shape == FROM_CASE and n and extra[:, column].min() < 0:
            raise DataError(f"intake: column {program.columns[column]!r} is used as a time and must not be negative")
    facts, signals = _case_facts(intake), intake.signals
    causes: IntArray = np.array(signals.cause, np.int64)
    if held is not None:
        causes = _positions(causes, held, first)
        for column in (parts.A_PARENT, parts.A_CAUSE):
            facts[:, column] = _positions(facts[:, column], held, first)
    return Rows(
        number=first + np.arange(n), luck=mixed_luck(intake.key, intake.luck), tiebreak=intake.tiebreak, facts=facts,
        extra=extra, reported=intake.reported, escapes=intake.escapes, returns=intake.returns, worsens=intake.worsens,
        incident=intake.incident, occurred=intake.occurred, signal_at=np.array(signals.at, np.int64),
        signal_cause=causes, signal_kind=np.array(signals.signal, np.int64),
    )  # fmt: skip


def world_arrays(rows: Rows, surroundings: tuple[Any, Any], program: Program) -> tuple[Any, ...]:
    """The facts of the cases and of what surrounds them, as the loop takes them."""
    worsens = rows.worsens if (rows.worsens != NEVER).any() else rows.worsens[:0]
    facts = (rows.reported, (rows.escapes, rows.returns, worsens), *surroundings)
    signals = rows.signal_at, rows.signal_cause, rows.signal_kind, program.heard
    return rows.luck, rows.tiebreak, rows.facts, rows.extra, facts, signals


def surroundings_of(intake: Intake, program: Program) -> tuple[Any, Any]:
    """Deadlines with the days on which they run, and the settings."""
    kinds, week = intake.kinds, intake.working_week
    days = np.array([day in week.days for day in range(7)], np.int64)
    holidays = np.zeros(max(week.holidays, default=-1) + 1, np.int64)
    holidays[[day for day in week.holidays if day >= 0]] = 1
    limits = np.stack([kinds.on_site_limit, kinds.close_limit], axis=1).astype(np.int64)
    return (limits, kinds.clock.astype(np.int64), days, holidays), _settings(intake, program)


def _settings(intake: Intake, program: Program) -> tuple[IntArray, FloatArray]:
    """Where each setting begins, its hours and columns; and all of them one after the other."""
    tables = [np.asarray(intake.settings[name], np.float64) for name in program.settings]
    rows, begin = np.zeros((len(tables), 3), np.int64), 0
    for row, table in zip(rows, tables, strict=True):
        row[:] = begin, *table.shape
        begin += table.size
    return rows, np.concatenate([*(table.ravel() for table in tables), np.zeros(1)])


def _check_causes(cause: IntArray) -> None:
    """Refuse causes that run in a ring, which the loop would go round for ever.

    Raises:
        DataError: a row springs, through others, from itself.
    """
    further = cause
    for _ in range(len(cause).bit_length()):  # each turn doubles how far back every row looks
        if (further < 0).all():
            return
        further = np.where(further >= 0, further[further], -1)
    if (rows := np.flatnonzero(further >= 0)).size:
        raise DataError(f"intake: causes run in a ring, for example before row {rows[0]}")


def _positions(numbers: npt.NDArray[Any], held: IntArray, first: int) -> npt.NDArray[Any]:
    """Where rows stand, by their numbers, once rows from `first` on stand behind those held; -1 stays.

    Raises:
        DataError: a row is neither held nor new.
    """
    position = np.where(numbers >= first, numbers - first + len(held), -1)
    earlier = (numbers >= 0) & (numbers < first)
    found = np.searchsorted(held, numbers[earlier])
    missing = found == len(held)
    missing[~missing] = held[found[~missing]] != numbers[earlier][~missing]
    if missing.any():
        raise DataError(f"intake: row {int(numbers[earlier][missing][0])} is named, which the run has forgotten")
    position[earlier] = found
    return position


def _case_facts(intake: Intake) -> npt.NDArray[np.int32]:
    kinds, n = intake.kinds, len(intake)
    supports = np.minimum((kinds.supports >= 0).sum(axis=1), MAX_SUPPORT)
    facts = np.empty((n, 12), np.int32)
    facts[:, parts.A_KIND] = intake.kind
    facts[:, parts.A_STREET] = intake.street
    facts[:, parts.A_DISTRICT] = intake.places.district_of_street[intake.street]
    facts[:, parts.A_SEVERITY] = intake.severity
    facts[:, parts.A_CHANNEL] = intake.channel
    facts[:, parts.A_SUPPORT] = np.minimum(intake.n_support, supports[intake.kind])
    facts[:, parts.A_NEED] = intake.n_support
    facts[:, parts.A_GENUINE] = intake.genuine
    facts[:, parts.A_PARENT] = intake.parent
    facts[:, parts.A_EMERGENCY] = kinds.emergency[intake.kind]
    facts[:, parts.A_PRIORITY] = intake.priority
    facts[:, parts.A_CAUSE] = intake.cause
    return facts
