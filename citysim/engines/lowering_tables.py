"""The tables that a lowered policy reads besides its instructions: pools, values, fields, paces, tallies."""

import numpy as np

from citysim.engines.program import (
    BY_DISTRICT,
    BY_GRADE,
    BY_KIND,
    BY_SETTING,
    BY_SUPPORT,
    CONSTANT,
    COUNTED,
    DRIFTING,
    FAR,
    FREE_AT,
    IN_LINE_AT,
    LEAD,
    NEIGHBOUR,
    OF_CASE,
    OF_NOW,
    PLAIN,
    PRACTISED,
    SETTING_IS,
    SLOWER,
    SPURRED,
    SUPPORT,
    TALLIED,
)
from citysim.errors import PolicyError
from citysim.intake import SIGNALS, Intake
from citysim.policy.blocks import FIELDS, Grade, Pace, Practised, Setting, Slower, Spurred
from citysim.policy.durations import (
    FROM_CASE,
    SHAPES,
    TIME_LIMIT,
    ByDistrict,
    ByGrade,
    ByKind,
    ByName,
    BySupport,
    Drifting,
    Duration,
    FromCase,
    TimeLimit,
    Value,
    parameters,
)
from citysim.policy.policy import Policy
from citysim.policy.staffing import HAND_OVER
from citysim.policy.workflow import MAX_SUPPORT, Place
from citysim.units import LEVELS, IntArray

CLOCK_FIELDS = ("age", "day", "weekday", "hour", "working")
"""Fields that change with time alone; so may severity where an intake has springs."""


class Tables:
    """Collects the tables while lowering.py walks the sentence; what is asked for twice is kept once."""

    def __init__(self, policy: Policy, intake: Intake, *, springs: bool) -> None:
        self.policy, self.intake, self.has_springs = policy, intake, springs
        self.used_kinds: list[int] = np.unique(intake.kind).tolist()
        self.values: list[tuple[int, int]] = []
        self.numbers: list[float] = []
        self.durations: list[tuple[int, int, int]] = []
        self.names: dict[str, int] = {}
        self.name_rows: list[tuple[int, int]] = []
        self.name_families: list[list[str]] = []
        self.entries: list[tuple[int, int]] = []
        self.near: dict[tuple[str, int], tuple[int, int]] = {}
        self.paces: list[list[int]] = []
        self.milestones: dict[str, int] = {}
        self.counters: dict[str, int] = {}
        self.columns: dict[str, int] = {}
        self.settings: dict[str, int] = {}
        self.gate_entry: dict[str, int] = {}
        self._families()
        self._tallies()

    def _families(self) -> None:
        """Number pools family by family, then gates, and flatten their shifts."""
        families: list[list[int]] = []
        shifts: list[int] = []
        heads: list[int] = []
        pool_family: list[int] = []
        populations = self.intake.places.populations
        self.family_entry: dict[str, tuple[int, int]] = {}
        for family in self.policy.staffing.families:
            level = LEVELS.index(family.level)
            count = len(populations[level])
            self.family_entry[family.name] = (len(pool_family), level)
            hand_over = int(family.at_shift_end == HAND_OVER)
            row = [len(pool_family), count, len(shifts), len(family.shifts), family.cycle, len(heads), hand_over, 0]
            shifts += [shift.start for shift in family.shifts]
            heads += family.headcounts(populations[level]).ravel().tolist()
            pool_family += [len(families)] * count
            families.append([*row, family.since, FAR if family.until is None else family.until])
        self.n_pools = len(pool_family)
        for gate in self.policy.gates:
            level = LEVELS.index(gate.level)
            count = len(populations[level])
            self.gate_entry[gate.name] = self._entry([(len(pool_family), level)])
            row = [len(pool_family), count, len(shifts), 1, gate.period, len(heads), 0, gate.agenda]
            families.append([*row, 0, FAR])
            shifts.append(gate.first)
            pool_family += [len(families) - 1] * count
        self.families = np.array(families, np.int64).reshape(-1, 10)
        self.shifts = np.array([*shifts, 0], np.int64)
        self.heads = np.array([*heads, 0], np.int64)
        self.pool_family = np.array(pool_family, np.int64)

    def _tallies(self) -> None:
        """Give every tally a cell in each place of its level, and a limited one as many hours as it remembers."""
        self.tallies: dict[str, int] = {}
        self.tally_rows: list[list[int]] = []
        self.n_cells = self.n_buckets = 0
        for tally in self.policy.tallies:
            level = LEVELS.index(tally.level)
            count = len(self.intake.places.populations[level])
            memory = -1 if tally.memory_hours is None else tally.memory_hours
            place = self._entry([(self.n_cells, level)])
            self.tallies[tally.name] = len(self.tally_rows)
            self.tally_rows.append([place, memory, self.n_cells, self.n_buckets])
            self.n_cells += count
            self.n_buckets += count * (memory + 1)
        self.heard: IntArray = np.array([self.tallies.get(name, -1) for name in SIGNALS], np.int64)

    def _entry(self, rows: list[tuple[int, int]]) -> int:
        self.entries += rows
        return len(self.entries) - len(rows)

    def error(self, place: Place, problem: str) -> PolicyError:
        return PolicyError(f"policy {self.policy.name!r}: block {place.label!r} {problem}")

    # --- values, durations, fields ------------------------------------------------------------------------------

    def _number(self, *numbers: float) -> int:
        self.numbers += numbers
        return len(self.numbers) - len(numbers)

    def value(self, value: Value, place: Place) -> int:
        """Number of a value: a row of `values`."""
        match value:
            case ByGrade(red, orange, yellow, blue):
                row = (BY_GRADE, self._number(red, orange, yellow, blue))
            case ByKind(column, times):
                known = self.intake.kinds.columns
                if column not in known:
                    raise self.error(place, f"reads column {column!r}; types have: {', '.join(known) or 'none'}")
                row = (BY_KIND, self._number(*(times * float(x) for x in known[column])))
            case ByName():
                row = (BY_KIND, self._number(*self._by_name(value, place)))
            case ByDistrict():
                row = (BY_DISTRICT, self._number(*self._by_district(value, place)))
            case BySupport():
                row = (BY_SUPPORT, self._number(*self._by_support(value, place)))
            case Drifting(start, per_day, every_days, most):
                row = (DRIFTING, self._number(start, per_day, float(every_days), most))
            case _:
                row = (CONSTANT, self._number(float(value)))
        self.values.append(row)
        return len(self.values) - 1

    def _by_name(self, value: ByName, place: Place) -> list[float]:
        """The number of each type."""
        kinds = self.intake.kinds
        known = {*kinds.ids, *kinds.groups, *kinds.departments}
        if unknown := [name for name, _ in value.numbers if name not in known]:
            raise self.error(place, f"names {unknown[0]!r}, which is no type, group or department here")
        column = self._factors(value.column, place)
        leads = [kinds.departments[lead] if lead >= 0 else "" for lead in kinds.lead]
        numbers = [float(value.of(*names)) for names in zip(kinds.ids, kinds.groups, leads, strict=True)]
        return [x * number for x, number in zip(column, numbers, strict=True)]

    def _by_district(self, value: ByDistrict, place: Place) -> list[float]:
        """How many districts there are, the number of each, and the factor of each type."""
        known = self.intake.places.district_ids
        if unknown := [name for name, _ in value.numbers if name not in known]:
            raise self.error(place, f"names {unknown[0]!r}, which is no district here; known: {', '.join(known)}")
        column = self._factors(value.column, place)
        return [float(len(known)), *(float(value.of(district)) for district in known), *column]

    def _by_support(self, value: BySupport, place: Place) -> list[float]:
        """MAX_SUPPORT numbers for each type: that of the department of each turn, `otherwise` where there is none."""
        kinds = self.intake.kinds
        known = kinds.departments
        if unknown := [name for name, _ in value.numbers if name not in known]:
            raise self.error(place, f"names {unknown[0]!r}, which is no department here; known: {', '.join(known)}")
        numbers = []
        for kind, column in enumerate(self._factors(value.column, place)):
            codes = [known[d] if d >= 0 else "" for d in kinds.supports[kind][:MAX_SUPPORT].tolist()]
            numbers += [column * float(value.of(code)) for code in codes + [""] * (MAX_SUPPORT - len(codes))]
        return numbers

    def _factors(self, column: str | None, place: Place) -> list[float]:
        """The numbers of a column of the types; 1 for each where none is named."""
        kinds = self.intake.kinds
        if column is None:
            return [1.0] * len(kinds.ids)
        if column not in kinds.columns:
            having = ", ".join(kinds.columns) or "none"
            raise self.error(place, f"reads column {column!r}; types have: {having}")
        return [float(x) for x in kinds.columns[column]]

    def duration(self, duration: Duration, place: Place) -> int:
        """Number of a duration: a row of `durations`."""
        match duration:
            case FromCase(column):
                if column in FIELDS:
                    raise self.error(place, f"reads the time {column!r}, which is a field and not a column")
                row = (FROM_CASE, self._column(column, place), 0)
            case TimeLimit(which):
                row = (TIME_LIMIT, int(which == "close"), 0)
            case _:
                first, second = parameters(duration)
                row = (SHAPES[type(duration)], self.value(first, place), self.value(second, place))
        self.durations.append(row)
        return len(self.durations) - 1

    def _column(self, name: str, place: Place) -> int:
        if name not in self.intake.columns:
            known = ", ".join((*FIELDS, *self.intake.columns))
            raise self.error(place, f"asks for {name!r}; cases have: {known}")
        return self.columns.setdefault(name, len(self.columns))

    def _setting(self, name: str, place: Place) -> int:
        known = self.intake.settings
        if name not in known or not len(known[name]):
            having = ", ".join(n for n, hours in known.items() if len(hours))
            raise self.error(place, f"asks for setting {name!r}; the intake has: {having or 'none'}")
        return self.settings.setdefault(name, len(self.settings))

    def counter(self, name: str) -> int:
        return self.counters.setdefault(name, len(self.counters))

    def field(self, field: str, place: Place, *, in_turn: bool) -> tuple[int, int]:
        """Where a field is read, and what is read there (see program.OF_CASE)."""
        prefix, colon, name = field.partition(":")
        if field in CLOCK_FIELDS or (field == "severity" and self.has_springs):
            return OF_NOW, FIELDS.index(field)
        if field in FIELDS:
            return OF_CASE, FIELDS.index(field)
        if not colon:
            return OF_CASE, len(FIELDS) + self._column(field, place)
        match prefix:
            case "count":
                return COUNTED, self.counter(name)
            case "tally":
                return TALLIED, self.tallies[name]
            case "setting":
                return SETTING_IS, self._setting(name, place)
            case _:
                return IN_LINE_AT if prefix == "waiting" else FREE_AT, self.asked_name(name, place, in_turn=in_turn)

    def pace(self, factors: tuple[Pace, ...], place: Place, *, in_turn: bool) -> int:
        """Number of the first of the factors in `paces`, from 1 on; 0 = none."""
        first = len(self.paces) + 1
        for factor in factors:
            x, y, numbers = (0, 0), (-1, 0), 0
            match factor:
                case Setting(name):
                    kind, x = BY_SETTING, (SETTING_IS, self._setting(name, place))
                case Slower(by, each):
                    kind, x, numbers = SLOWER, self.field(by, place, in_turn=in_turn), self._number(each, 0.0)
                case Practised(by, most, half):
                    kind, x, numbers = PRACTISED, self.field(by, place, in_turn=in_turn), self._number(most, half)
                case Spurred(by, each, worn_by, half):
                    kind, x, numbers = SPURRED, self.field(by, place, in_turn=in_turn), self._number(each, half)
                    y = y if worn_by is None else self.field(worn_by, place, in_turn=in_turn)
            self.paces.append([kind, *x, *y, numbers, 0])
        if factors:
            self.paces[-1][-1] = 1
        return first if factors else 0

    def grading(self, block: Grade) -> tuple[int, int]:
        """Offset in `numbers` of four standard deviations by channel and three thresholds; column of exposure or -1."""
        rule = self.policy.grading
        thresholds = dict(rule.rules)[block.rule] if block.rule else rule.thresholds
        errors = [rule.noise_sd * factor * block.error / rule.data_validity for factor in rule.channel_factors]
        exposed = "exposure" in self.intake.columns
        column = self.columns.setdefault("exposure", len(self.columns)) if exposed else -1
        return self._number(*errors, *thresholds), column

    # --- pools --------------------------------------------------------------------------------------------------

    def pool_name(self, pool: str, place: Place) -> int:
        """Number of a name that units are seized and given back by; its order decides ties, so only those have one."""
        if pool not in self.names:
            self.names[pool] = self._new_name(pool, place)
        return self.names[pool]

    def asked_name(self, pool: str, place: Place, *, in_turn: bool) -> int:
        """Number of a name that is only asked about or called in to."""
        self.check_turn(pool, place, in_turn=in_turn)
        return self._new_name(pool, place)

    def check_turn(self, pool: str, place: Place, *, in_turn: bool) -> None:
        if pool.partition("@")[0].endswith(".support") and not in_turn:
            raise self.error(place, f"asks for {pool!r} outside a for-each")

    def check_apart(self, pools: tuple[str, ...], place: Place) -> None:
        """Refuse names that mean one family for some type, as a lead that also supports."""
        rows = [self.name_rows[self.names[pool]][0] for pool in pools]
        meant = [self.name_families[self.names[pool]] for pool in pools]
        strides = {PLAIN: 0, LEAD: 1, SUPPORT: MAX_SUPPORT}
        for kind in self.used_kinds if len(pools) > 1 and any(rows) else ():
            for turn in range(MAX_SUPPORT if SUPPORT in rows else 1):
                here = [
                    families[kind * strides[mode] + turn * (mode == SUPPORT)]
                    for mode, families in zip(rows, meant, strict=True)
                ]
                there = [family for family in here if family]
                if len(set(there)) < len(there):
                    what = f"{' and '.join(map(repr, pools))} at once, which mean {', '.join(there)}"
                    raise self.error(place, f"seizes {what} for type {self.intake.kinds.ids[kind]!r}")

    def _new_name(self, pool: str, place: Place) -> int:
        """Mode and entries of a pool name; by type for a lead, by type and turn for a support."""
        base, _, neighbour = pool.partition("@")
        rank = int(neighbour or 0)
        stem, _, role = base.partition(".")
        if not role:
            mode, families = PLAIN, [base]
            rows = [self._family(base, rank, f"names pool {pool!r}", place)]
        else:
            mode = LEAD if role == "lead" else SUPPORT
            families = [f for kind in range(len(self.intake.kinds.ids)) for f in self._by_kind(stem, mode, kind)]
            width = 1 if mode == LEAD else MAX_SUPPORT
            rows = []
            for i, family in enumerate(families):
                kind = i // width
                # types that do not occur get their pools too, if there are any: a later piece may bring them
                is_asked = family in self.family_entry or (kind in self.used_kinds and (family or mode == LEAD))
                problem = f"needs pool {family or pool!r} for type {self.intake.kinds.ids[kind]!r}"
                rows.append(self._family(family, rank, problem, place) if is_asked else (-1, 0))
        self.name_rows.append((mode, self._entry(rows)))
        self.name_families.append(families)
        return len(self.name_rows) - 1

    def _by_kind(self, stem: str, mode: int, kind: int) -> list[str]:
        """Families that a role means for a type: one for a lead, MAX_SUPPORT for supports; "" = none."""
        kinds = self.intake.kinds
        departments = [int(kinds.lead[kind])] if mode == LEAD else kinds.supports[kind][:MAX_SUPPORT].tolist()
        families = [f"{stem}:{kinds.departments[d]}" if d >= 0 else "" for d in departments]
        return families if mode == LEAD else families + [""] * (MAX_SUPPORT - len(families))

    def _family(self, family: str, rank: int, problem: str, place: Place) -> tuple[int, int]:
        """Entry of a family: first pool and level; of a neighbour's pools: their first entry and NEIGHBOUR."""
        known = self.family_entry
        if family not in known:
            raise self.error(place, f"{problem}; staffing has: {', '.join(known) or 'none'}")
        first, level = known[family]
        if rank == 0 or LEVELS[level] != "district":  # only districts have neighbours
            return known[family]
        if (family, rank) not in self.near:
            places = self.intake.places
            pools = [(first + places.neighbour(d, rank), 0) for d in range(len(places.district_ids))]
            self.near[family, rank] = (self._entry(pools), NEIGHBOUR)
        return self.near[family, rank]
