"""The cases of a log as columns in hours and yes/no, so that an indicator is one line of arithmetic."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from citysim.errors import DataError
from citysim.judging.clocks import BoolArray
from citysim.judging.columns import MADE, Columns
from citysim.judging.summaries import in_order
from citysim.log import CASE_DTYPES, Log
from citysim.streams import FloatArray
from citysim.units import WEEK, IntArray

SmallIntArray = npt.NDArray[np.integer[Any]]
NO_RESIDENTS = float("nan")


class View:
    """Some cases of one log, one entry of each array for each case; hours are nan where the moment did not come.

    Every column of the log and of `columns.MADE` is an attribute, cut out when it is first asked for.

    Two kinds of duration stand side by side. `report_to_close` and its like know only what is finished, and so flatter
    a design that leaves a backlog. The `_so_far` ones count a case that is not finished with its age at the end of the
    run (a lower bound). In paired runs on one world they are means over the same cases, cut at the same age in every
    design; that makes them the fair ones to compare. This holds only among designs with the same sensing: an incident
    that nobody has noticed by the end of the run is in no log, so a design that notices more of what was hidden long
    also counts more of it.

    Attributes:
        original: genuine, not a repeat, not merged into another case: these count for case indicators.
        residents: people whom these cases concern, nan if not known.
        supports: supporting departments that are asked: those needed, at most those of the type's list.

    A case is safe at the first of its marks safe and fixed, and its closing: danger does not outlast the repair. A case
    that left without being closed counts as not finished. Joint response: severity III or worse, or all; until the last
    of supports (mark assembled) and lead (mark arrived) is there; a joint case that was closed without ever assembling
    is in neither.
    """

    original: BoolArray
    real: BoolArray
    enquiry: BoolArray
    repeat: BoolArray
    joint: BoolArray
    emergency: BoolArray
    open: BoolArray
    closed: BoolArray
    was_filed: BoolArray
    was_dispatched: BoolArray
    was_graded: BoolArray
    handled: BoolArray
    returned: BoolArray
    bred: BoolArray
    due_official: BoolArray
    met_official: BoolArray
    due_true: BoolArray
    met_true: BoolArray
    due_onset: BoolArray
    met_onset: BoolArray
    kind: SmallIntArray
    street: SmallIntArray
    district: SmallIntArray
    severity: SmallIntArray
    worst_severity: SmallIntArray
    grade: SmallIntArray
    first_grade: SmallIntArray
    channel: SmallIntArray
    supports: SmallIntArray
    transfers: SmallIntArray
    reworks: SmallIntArray
    repeats: SmallIntArray
    regrades: SmallIntArray
    notices: SmallIntArray
    extensions: SmallIntArray
    shelvings: SmallIntArray
    whistles: SmallIntArray
    conflicts: SmallIntArray
    wrong_merges: SmallIntArray
    false_closures: SmallIntArray
    callouts: SmallIntArray
    upgraded: SmallIntArray
    signals: SmallIntArray
    case: SmallIntArray
    parent: SmallIntArray
    occurred: IntArray
    reported: IntArray
    filed: IntArray
    outcome: SmallIntArray
    arrived: IntArray
    fixed: IntArray
    rooted: IntArray
    verified: IntArray
    ended: IntArray
    off_clock: IntArray
    open_time: FloatArray
    official_time: FloatArray
    detection: FloatArray
    report_to_filing: FloatArray
    report_to_close: FloatArray
    report_to_close_so_far: FloatArray
    onset_to_close_so_far: FloatArray
    onset_to_safe: FloatArray
    onset_to_safe_so_far: FloatArray
    onset_to_restored_so_far: FloatArray
    on_site_hours: FloatArray
    deaths: FloatArray
    injured: FloatArray
    loss: FloatArray
    household_hours: FloatArray
    lane_hours: FloatArray
    person_hours: FloatArray
    accidents: FloatArray

    def __init__(self, columns: Columns, rows: npt.NDArray[np.int64] | None = None, residents: float = NO_RESIDENTS):
        self.residents = residents
        self._columns, self._rows = columns, rows
        self._ordered: dict[str, FloatArray] = {}

    if not TYPE_CHECKING:  # so that a checker accepts the columns above and nothing else

        def __getattr__(self, name: str) -> Any:
            if name not in MADE and name not in CASE_DTYPES:
                raise AttributeError(name)
            whole = self._columns[name]
            self.__dict__[name] = whole if self._rows is None else whole[self._rows]
            return self.__dict__[name]

    def __len__(self) -> int:
        return len(self._columns.log) if self._rows is None else len(self._rows)

    @property
    def log(self) -> Log:
        """The log that these cases are from."""
        return self._columns.log

    @property
    def weeks(self) -> float:
        """Length of what is judged, in weeks."""
        return self.log.span / WEEK

    def where(self, chosen: npt.NDArray[Any], residents: float | None = None) -> "View":
        """The chosen cases (a mask or row numbers), with the people they concern if those are others."""
        rows = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        whole = rows if self._rows is None else self._rows[rows]
        return View(self._columns, whole, self.residents if residents is None else residents)

    def ordered(self, name: str) -> FloatArray:
        """The known hours of a column, shortest first; sorted once."""
        if name not in self._ordered:
            self._ordered[name] = in_order(getattr(self, name))
        return self._ordered[name]

    def of_kind(self, name: str) -> "View":
        """The cases of one incident type."""
        return self.where(self.kind == self.log.kinds.ids.index(name))


def residents_of(log: Log) -> Sequence[float] | None:
    """People of each district as the log knows them; None in a model without a city."""
    return log.residents if sum(log.residents) > 0 else None


def view_all(log: Log, residents: Sequence[float] | None = None) -> View:
    """Every case of the log that came in after the warm-up, repeats and false alarms too.

    So open cases are those of them: what was open at the end of the warm-up counts in no backlog.

    Args:
        residents: people of each district, in the order of log.district_ids; None = as the log says.

    Raises:
        DataError: residents does not have one number for each district.
    """
    residents = residents_of(log) if residents is None else residents
    if residents is not None and len(residents) != len(log.district_ids):
        raise DataError(
            f"residents has {len(residents)} numbers, must have one for each of {len(log.district_ids)} districts"
        )
    rows = np.flatnonzero(log.case_columns["reported"] >= log.begin) if log.begin else None
    return View(Columns(log), rows, NO_RESIDENTS if residents is None else float(sum(residents)))


def view(log: Log, residents: Sequence[float] | None = None) -> View:
    """The cases that count for case indicators: genuine originals."""
    everything = view_all(log, residents)
    return everything.where(everything.original)
