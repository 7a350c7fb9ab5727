"""What incidents may become, coupled across policies: children exist in the world, policies only switch them on.

Each incident has, for each thing that it may become, a latent time at which that happens unless the incident was
contained before: exponential with the hazard of the data times the factor of the severity (domain brief 4.2.9), not
before the dependency's buffer, and with the factor of the next severity from the moment on at which the incident itself
worsens. So the same child comes at the same moment under every policy that fails to prevent it. Children escalate and
come back in their turn, up to a number of links.

Luck is keyed by the parent's luck and the target's name: a further arrow, type or incident moves nobody else's draws.

Left out: a blocked fire lane or a failed fire-water system in the street raises the severity odds of a high-rise fire
(brief 4.4: x1.5, x2, both x3.5). Whether it is still so when the fire breaks out depends on the policy, and the law
couples rows through containment only; severity is that of the world, with lanes and fire water as they are now on
average (prevention/safety.py has a programme that mends them). Hospital generators are left out with hospitals.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citysim.intake import SIGNALS, Signals
from citysim.streams import FloatArray, U64Array, derive, derive_array, purpose_code, uniforms
from citysim.units import DAY, HOUR, NEVER, IntArray
from citysim.world.clusters import moved
from citysim.world.geography import City
from citysim.world.incidents import ESCALATION, RECURRENCE, SEVERITY_UPGRADE, CascadeRules, Escalation, IncidentKind
from citysim.world.traits import Rows, Traits, bred, joined, selected, with_traits
from citysim.world.weather import normals


@dataclass(frozen=True, eq=False)
class Arrows:
    """All escalations of a city as arrays over arrows, those of one kind together.

    Args:
        first: position of the first arrow of each kind, and the number of arrows; shape (kinds + 1,).
        code: of the target's name. target: kind, -1 = a signal. signal: position in SIGNALS, -1 = an incident.
        hazard: per second at severity IV. low, high: buffer in seconds. spread: see Escalation.
        upgrade: hazard per second of each kind to worsen; recurrence: chance of each kind to come back.
    """

    first: IntArray
    code: U64Array
    target: IntArray
    signal: IntArray
    hazard: FloatArray
    low: FloatArray
    high: FloatArray
    spread: FloatArray
    upgrade: FloatArray
    recurrence: FloatArray


def arrows_of(kinds: tuple[IncidentKind, ...], rules: CascadeRules) -> Arrows:
    """The arrows between these kinds; one whose target the city does not have leads nowhere and is left out."""
    position = {kind.id: k for k, kind in enumerate(kinds)}
    signal = {flag: SIGNALS.index(name) for flag, name in rules.flags}
    known = position.keys() | signal.keys()
    drawn: list[Escalation] = []
    first, upgrade = [0], []
    for kind in kinds:
        drawn += [escalation for escalation in kind.escalations if escalation.target in known]
        first.append(len(drawn))
        upgrade.append(sum(e.hazard_per_hour for e in kind.escalations if e.target == SEVERITY_UPGRADE))
    buffers = np.array([e.buffer_hours for e in drawn], np.float64).reshape(-1, 2) * HOUR
    return Arrows(
        first=np.array(first),
        code=np.array([purpose_code(e.target) for e in drawn], np.uint64),
        target=np.array([position.get(e.target, -1) for e in drawn], np.int64),
        signal=np.array([signal.get(e.target, -1) for e in drawn], np.int64),
        hazard=np.array([e.hazard_per_hour / HOUR for e in drawn], np.float64),
        low=buffers[:, 0],
        high=buffers[:, 1],
        spread=np.array([e.spread for e in drawn], np.float64),
        upgrade=np.array(upgrade, np.float64) / HOUR,
        recurrence=np.array([kind.recurrence_chance for kind in kinds], np.float64),
    )


def with_cascades(rows: Rows, traits: Traits, arrows: Arrows, rules: CascadeRules, city: City, horizon: int) -> Rows:
    """All rows and what they may breed before the horizon, with `worsens`; the given rows keep their positions.

    Args:
        rows: incidents that happen under every policy, with traits; their generation is not counted here.
    """
    key = traits.key
    latest = rows | {"generation": np.zeros(len(rows["luck"]), np.int8)}
    latest["worsens"] = worsening(key, latest, arrows, rules)
    parts, offset = [latest | {"generation": rows["generation"]}], 0
    for _ in range(rules.generations):
        children = children_of(latest, offset, traits, arrows, rules, city)
        children = selected(children, children["occurred"] < horizon)
        parts.append(children)
        offset, latest = offset + len(latest["luck"]), children
    return joined(parts)


def children_of(rows: Rows, offset: int, traits: Traits, arrows: Arrows, rules: CascadeRules, city: City) -> Rows:
    """What these rows, the first of which has number `offset`, may become or bring back, with traits and `worsens`."""
    key = traits.key
    children = joined(
        [_escalated(key, rows, offset, arrows, rules, city), _recurring(key, rows, offset, arrows, rules)]
    )
    children = with_traits(children, traits, rows, offset)
    children["worsens"] = worsening(key, children, arrows, rules)
    return children


def worsening(key: int, rows: Rows, arrows: Arrows, rules: CascadeRules) -> IntArray:
    """When each incident becomes one severity worse unless contained before; NEVER if not within the window."""
    factor = np.array(rules.severity_factors)
    at = np.full(len(rows["luck"]), NEVER, np.int64)
    able = np.flatnonzero((arrows.upgrade[rows["kind"]] > 0.0) & (rows["severity"] > 0))
    hazard = arrows.upgrade[rows["kind"][able]] * factor[rows["severity"][able]]
    after = -np.log1p(-uniforms(key, rows["luck"][able], purpose_code("worsens"))) / hazard
    soon = after < rules.window_hours * HOUR
    at[able[soon]] = rows["occurred"][able[soon]] + 1 + after[soon].astype(np.int64)
    return at


def latent_seconds(
    key: int, luck: U64Array, rows: Rows, chosen: IntArray, arrow: IntArray, arrows: Arrows, rules: CascadeRules
) -> FloatArray:
    """Time from onset until each arrow strikes: the buffer, then an exponential time with a hazard in two pieces."""
    factor = np.array(rules.severity_factors)
    severity, worsens = rows["severity"][chosen], rows["worsens"][chosen]
    low, high = arrows.low[arrow], arrows.high[arrow]
    begins = low.copy()
    varied = np.flatnonzero(high > low)
    share = uniforms(key, luck[varied], purpose_code("buffer"))
    begins[varied] += (high - low)[varied] * share
    needed = -np.log1p(-uniforms(key, luck, purpose_code("latent time")))  # the cumulated hazard that strikes
    before = arrows.hazard[arrow] * factor[severity]
    after = arrows.hazard[arrow] * factor[np.maximum(severity - 1, 0)]
    turns = np.where(worsens == NEVER, np.inf, worsens - rows["occurred"][chosen])
    first_piece = np.maximum(turns - begins, 0.0)
    left = needed - np.where(np.isinf(first_piece), np.inf, first_piece * before)
    late = np.maximum(begins, np.where(np.isinf(turns), 0.0, turns)) + np.maximum(left, 0.0) / after
    result: FloatArray = np.where(left <= 0.0, begins + needed / before, late)
    return result


def _pairs(
    key: int, rows: Rows, arrows: Arrows, rules: CascadeRules
) -> tuple[IntArray, IntArray, FloatArray, U64Array]:
    """(parent, arrow, seconds, luck) of all that strikes within the window."""
    count = np.diff(arrows.first)[rows["kind"]]
    chosen = np.repeat(np.arange(len(count)), count)
    ordinal = np.arange(len(chosen)) - np.repeat(np.cumsum(count) - count, count)
    arrow = arrows.first[rows["kind"][chosen]] + ordinal
    with np.errstate(over="ignore"):
        scrambled = derive_array(derive(0, "parent"), rows["luck"][chosen])
        luck = derive_array(derive(0, "escalation"), scrambled + arrows.code[arrow])
    after = latent_seconds(key, luck, rows, chosen, arrow, arrows, rules)
    soon = after < rules.window_hours * HOUR
    return chosen[soon], arrow[soon], after[soon], luck[soon]


def _escalated(key: int, rows: Rows, offset: int, arrows: Arrows, rules: CascadeRules, city: City) -> Rows:
    """Children by escalation."""
    chosen, arrow, after, luck = _pairs(key, rows, arrows, rules)
    is_incident = arrows.signal[arrow] < 0
    chosen, arrow, after, luck = chosen[is_incident], arrow[is_incident], after[is_incident], luck[is_incident]
    street = moved(key, luck, rows["street"][chosen], arrows.spread[arrow], city)
    return bred(rows, chosen, offset, after, luck, ESCALATION, kind=arrows.target[arrow], street=street)


def _recurring(key: int, rows: Rows, offset: int, arrows: Arrows, rules: CascadeRules) -> Rows:
    """The same type at the same place, some lognormal time after the onset."""
    chance = arrows.recurrence[rows["kind"]]
    chosen = np.flatnonzero(uniforms(key, rows["luck"], purpose_code("comes back")) < chance)
    luck = derive_array(derive(0, "recurrence"), rows["luck"][chosen])
    z = normals(key, luck, "comes back after")
    after = rules.recurrence_median_days * DAY * np.exp(rules.recurrence_sigma * z)
    return bred(rows, chosen, offset, after, luck, RECURRENCE)


def signals_of(key: int, rows: Rows, arrows: Arrows, rules: CascadeRules, horizon: int) -> Signals:
    """What incidents do to the city until they are contained; `cause` is the position in `rows`."""
    able = (np.diff(np.concatenate([[0], np.cumsum(arrows.signal >= 0)])[arrows.first]) > 0)[rows["kind"]]
    position = np.flatnonzero(able)
    chosen, arrow, after, _ = _pairs(key, selected(rows, position), arrows, rules)
    at = rows["occurred"][position[chosen]] + 1 + after.astype(np.int64)
    kept: npt.NDArray[np.bool_] = (arrows.signal[arrow] >= 0) & (at < horizon)
    cause, signal, at = position[chosen[kept]], arrows.signal[arrow[kept]], at[kept]
    order = np.lexsort((signal, cause, at))
    return Signals(at[order], cause[order].astype(np.int32), signal[order].astype(np.int8))
