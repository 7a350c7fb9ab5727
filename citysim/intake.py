"""What may come in: every report that could become a case, in order of time, with the facts that the engines read.

Made by `sensing.sense` from a world and a policy, or directly from arrival times for a pure queueing model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from citysim.damage import Damage, DamageRules
from citysim.errors import DataError
from citysim.streams import FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import CALENDAR, NEVER, IntArray, WorkingWeek

SmallIntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Kinds:
    """The numeric side of the incident types; arrays have one entry for each type.

    Args:
        ids, groups: names of types and of their groups.
        departments: codes; `lead` and `supports` are positions in it, -1 = none.
        supports: shape (n_kinds, most supports).
        on_site_limit, close_limit: seconds on the type's clock, NEVER = no limit.
        clock: units.CALENDAR or units.WORKING.
        emergency: 1 where the emergency line takes the call.
        columns: what `ByKind` values read, by name; float64.
        damage: what each type does; empty = nothing. damage_rules: what holds for all.
    """

    ids: tuple[str, ...] = ("case",)
    groups: tuple[str, ...] = ("case",)
    departments: tuple[str, ...] = ()
    lead: SmallIntArray = field(default_factory=lambda: np.full(1, -1, np.int16))
    supports: SmallIntArray = field(default_factory=lambda: np.full((1, 0), -1, np.int16))
    on_site_limit: IntArray = field(default_factory=lambda: np.full(1, NEVER, np.int64))
    close_limit: IntArray = field(default_factory=lambda: np.full(1, NEVER, np.int64))
    clock: SmallIntArray = field(default_factory=lambda: np.full(1, CALENDAR, np.int8))
    emergency: SmallIntArray = field(default_factory=lambda: np.zeros(1, np.int8))
    columns: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))
    damage: tuple[Damage, ...] = ()
    damage_rules: DamageRules = DamageRules()


@dataclass(frozen=True)
class Places:
    """The geography that pools need: which district each street is in, how many live there, and which are near.

    `neighbours` has shape (districts, up to 8): the other districts of each, nearest first. `rural_population` is of
    each street, or empty where nobody lives in villages.
    """

    district_of_street: SmallIntArray = field(default_factory=lambda: np.zeros(1, np.int32))
    street_population: FloatArray = field(default_factory=lambda: np.zeros(1))
    district_ids: tuple[str, ...] = ("city",)
    neighbours: SmallIntArray = field(default_factory=lambda: np.empty((1, 0), np.int32))
    rural_population: FloatArray = field(default_factory=lambda: np.empty(0))

    def neighbour(self, district: int, rank: int) -> int:
        """The rank-th nearest other district (1 = nearest); the district itself where there are not so many."""
        return int(self.neighbours[district, rank - 1]) if rank <= self.neighbours.shape[1] else district

    @property
    def populations(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Residents of each place at the three levels, in the order of `units.LEVELS`."""
        count = len(self.district_ids)
        district = np.bincount(self.district_of_street, self.street_population, minlength=count).astype(np.float64)
        return np.array([district.sum()]), district, self.street_population


FIELDS: dict[str, type[np.generic]] = {
    "reported": np.int64, "occurred": np.int64, "incident": np.int32, "parent": np.int32, "kind": np.int16,
    "street": np.int32, "severity": np.int8, "channel": np.int8, "priority": np.int8, "n_support": np.int8,
    "genuine": np.int8, "luck": np.uint64, "tiebreak": np.int64, "cause": np.int32, "escapes": np.int64,
    "returns": np.int8, "worsens": np.int64,
}  # fmt: skip

FALSE_ALARM, ENQUIRY = -1, -2
"""In the column `incident`, where there is none: a report of what is not there, a call that only asks."""

SIGNALS = ("traffic", "sensor_net", "injury")
"""What an incident that is not contained may do to its surroundings: stop traffic, blind sensors, hurt somebody."""


@dataclass(frozen=True)
class Signals:
    """Moments at which a case, unless contained before, acts on its surroundings; arrays of one length, by time.

    Args:
        at: seconds. cause: row of the intake. signal: position in SIGNALS.
    """

    at: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    cause: SmallIntArray = field(default_factory=lambda: np.empty(0, np.int32))
    signal: SmallIntArray = field(default_factory=lambda: np.empty(0, np.int8))

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Intake:
    """Candidate cases, one row each, sorted by (reported, tiebreak, luck); arrays of one length, read-only.

    Args:
        reported: when it would come in, seconds. A row with a `parent` comes in only if the parent's case is open then.
        occurred: when the incident happened, seconds (= reported for a false alarm).
        incident: row in the world's incidents, FALSE_ALARM or ENQUIRY.
        parent: row of the report that this one repeats, -1 = none.
        severity: true severity 0 (I) to 3 (IV); channel: position in units.CHANNELS.
        priority: 0 (first) to 7, before any grading.
        n_support: supporting departments really needed.
        genuine: 0 for a false alarm or an enquiry.
        luck: identity of the row for all its draws; tiebreak: decides between rows that are otherwise equal in line.
        cause: row (earlier or later) of the case that this one springs from, -1 = none. It happens only if its cause
            happened and was not contained before `escapes` (seconds); or, where `returns` is 1, only if its cause was
            closed before `escapes` and its root cause was not mended before (law, section 9).
        worsens: seconds; the incident becomes one severity worse then, unless contained before; NEVER = does not.
        signals: what cases do to their surroundings.
        settings: by name, what is so in each hour (rows) and district (columns; one column = everywhere); float64.
            The last row holds for all later hours.
        columns: further whole numbers of each case that `FromCase` and `Is` may read.
        key: the luck key of the world; horizon: seconds; origin: digests, seed and replication for messages and logs.
        first_row: number of its first row. Rows are counted over all intakes that a run is given, and `parent`, `cause`
            and `signals.cause` are such numbers.
    """

    reported: IntArray
    occurred: IntArray
    incident: SmallIntArray
    parent: SmallIntArray
    kind: SmallIntArray
    street: SmallIntArray
    severity: SmallIntArray
    channel: SmallIntArray
    priority: SmallIntArray
    n_support: SmallIntArray
    genuine: SmallIntArray
    luck: U64Array
    tiebreak: IntArray
    cause: SmallIntArray
    escapes: IntArray
    returns: SmallIntArray
    worsens: IntArray
    key: int
    horizon: int
    kinds: Kinds = Kinds()
    places: Places = Places()
    working_week: WorkingWeek = WorkingWeek()
    signals: Signals = Signals()
    settings: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))
    columns: Mapping[str, IntArray] = field(default_factory=lambda: MappingProxyType({}))
    origin: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    first_row: int = 0

    def __post_init__(self) -> None:
        n = len(self.reported)
        for name, dtype in FIELDS.items():
            array = np.ascontiguousarray(getattr(self, name), dtype=dtype)
            if array.shape != (n,):
                raise DataError(f"intake: {name} has shape {array.shape}, must be ({n},)")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        for name, values in self.columns.items():
            if np.shape(values) != (n,) or np.asarray(values).dtype.kind not in "iu":
                raise DataError(f"intake: column {name!r} must hold {n} whole numbers")
        if n and (int(self.reported[0]) < 0 or (np.diff(self.reported) < 0).any()):
            raise DataError("intake: reported must not be negative and must not fall")
        if self.first_row < 0:
            raise DataError(f"intake: first_row = {self.first_row}, must not be negative")
        numbers = self.first_row + np.arange(n)
        if n and ((self.parent >= numbers) | (self.parent < -1)).any():
            raise DataError("intake: parent must be -1 or an earlier row")
        if n and ((self.cause >= self.first_row + n) | (self.cause < -1) | (self.cause == numbers)).any():
            raise DataError("intake: cause must be -1 or another row")
        if n and ((self.cause >= 0) & ((self.escapes < 0) | (self.escapes > self.reported))).any():
            raise DataError("intake: a row with a cause needs escapes within 0 and its own report")
        at, cause = np.asarray(self.signals.at), np.asarray(self.signals.cause)
        known = (cause >= 0) & (cause < self.first_row + n)
        if len(at) and ((np.diff(at) < 0).any() or at[0] < 0 or not known.all()):
            raise DataError("intake: signals must be in order of time and each name a row as its cause")
        for name, hourly in self.settings.items():
            if np.ndim(hourly) != 2 or np.shape(hourly)[1] not in (1, len(self.places.district_ids)):
                raise DataError(
                    f"intake: setting {name!r} must have one row for each hour and a column for each district"
                )
        if n and not (int(self.priority.min()) >= 0 and int(self.priority.max()) <= 7):
            raise DataError("intake: priority must be within 0..7")
        if n and int(self.kind.max()) >= len(self.kinds.ids):
            raise DataError(f"intake: kind {int(self.kind.max())}, must be below {len(self.kinds.ids)}")

    def __len__(self) -> int:
        return len(self.reported)


def arrivals(
    times: npt.ArrayLike,
    *,
    seed: int = 0,
    replication: int = 0,
    horizon: int | None = None,
    priority: npt.ArrayLike = 0,
    **columns: npt.ArrayLike,
) -> Intake:
    """Cases for a pure queueing model: they arrive at the given times (whole seconds, any order) and need no city.

    Args:
        horizon: end of the model in seconds; by default just after the last arrival.
        priority: 0 (first) to 7, one number or one for each case.
        columns: further whole numbers of each case, read by `FromCase("name")` and `Is("name", …)`; the columns kind,
            street, severity, n_support, parent, cause, escapes, returns and worsens set the field of that name.

    Raises:
        DataError: lengths differ, times are negative or not whole.
    """
    given = np.asarray(times)
    if given.ndim != 1 or (given.dtype.kind == "f" and (given % 1 != 0).any()) or given.dtype.kind not in "iuf":
        raise DataError("arrivals: times must be a list of whole seconds")
    n = len(given)
    key = derive(seed, "arrivals", replication)
    luck = derive_array(derive(key, "case"), np.arange(n))
    tiebreak = (uniforms(key, luck, purpose_code("tiebreak")) * 2**31).astype(np.int64)
    order = np.lexsort((luck, tiebreak, given))
    values = {name: np.full(n, 0) for name in FIELDS}
    values |= {name: np.full(n, -1) for name in ("incident", "parent", "cause", "escapes", "worsens")}
    values |= {"severity": np.full(n, 3), "genuine": np.full(n, 1), "priority": np.broadcast_to(priority, (n,))}
    values |= {"reported": given, "occurred": given, "luck": luck, "tiebreak": tiebreak}
    extra: dict[str, Any] = {}
    for name, column in columns.items():
        (values if name in FIELDS else extra)[name] = np.broadcast_to(column, (n,))
    related = (np.asarray(values["parent"]) >= 0).any() or (np.asarray(values["cause"]) >= 0).any()
    if related and (np.diff(order) < 0).any():
        raise DataError("arrivals: rows with a parent or cause must be given in order of time, without ties")
    sorted_values: dict[str, Any] = {name: np.asarray(v)[order] for name, v in values.items()}
    kind_count = int(np.max(values["kind"], initial=0)) + 1
    street_count = int(np.max(values["street"], initial=0)) + 1
    end = (int(given.max(initial=0)) + 1) if horizon is None else horizon
    return Intake(
        **sorted_values,
        key=key,
        horizon=end,
        kinds=plain_kinds(kind_count),
        places=Places(np.zeros(street_count, np.int32), np.zeros(street_count)),
        columns={name: np.asarray(v)[order].astype(np.int64) for name, v in extra.items()},
        origin={"scenario": "arrivals", "seed": seed, "replication": replication},
    )


def plain_kinds(count: int) -> Kinds:
    """Types without departments, deadlines or columns, for models without a city."""
    names = tuple(f"kind-{k}" for k in range(count))
    return Kinds(
        ids=names,
        groups=names,
        lead=np.full(count, -1, np.int16),
        supports=np.full((count, 0), -1, np.int16),
        on_site_limit=np.full(count, NEVER, np.int64),
        close_limit=np.full(count, NEVER, np.int64),
        clock=np.full(count, CALENDAR, np.int8),
        emergency=np.zeros(count, np.int8),
    )


def poisson_times(rate: float, horizon: int, *, seed: int, replication: int, name: str = "arrivals") -> IntArray:
    """Arrival times, whole seconds, of a Poisson process with `rate` per second on [0, horizon)."""
    if not rate > 0 or horizon <= 0:
        raise DataError(f"poisson_times: rate = {rate}, horizon = {horizon}; both must be above 0")
    key, purpose = derive(seed, name, replication), purpose_code("gap")
    count = int(rate * horizon + 8 * (rate * horizon) ** 0.5 + 16)
    times = np.cumsum(-np.log1p(-uniforms(key, np.arange(count), purpose))) / rate
    while times[-1] < horizon:
        more = np.arange(len(times), 2 * len(times))
        times = np.concatenate([times, times[-1] + np.cumsum(-np.log1p(-uniforms(key, more, purpose))) / rate])
    return times[times < horizon].astype(np.int64)
