"""Districts as agents that pilot, follow, or must take over an application, and its effect in each by month.

All luck is keyed by application, variant, district and month, so two rules of sharing meet the same true effects, the
same fits and the same readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import mesa
import numpy as np

from citysim.policy.innovation import Innovation
from citysim.streams import FloatArray, derive, normal_quantile, purpose_code, uniform

OWN_MONTHS = 24.0
"""Mean months until an isolated district builds an application of its own [asm]."""
TAUGHT = 4.0
"""Practices a year at which two thirds of what is lost in transfer is saved [asm]."""
LEARNED = 0.3
"""Share of what is lost in transfer that is saved once all districts use it: late ones learn from early ones [asm]."""
NEARNESS = (0.5, 1.5)
"""Least and most readiness to follow, by how alike a district is to the pilot's [asm]."""


class Adopter(mesa.Agent):
    """A district: which variant of the application it has or is building, and since when it works.

    Args:
        works: month from which on it works, inf = never; own: whether it was built here, so that it fits.
    """

    def __init__(self, model: "Diffusion", position: int) -> None:
        super().__init__(model)
        self.position = position
        self.variant, self.works, self.own = -1, float("inf"), False

    def take(self, variant: int, works: float, *, own: bool) -> None:
        """Begin to build it."""
        self.variant, self.works, self.own = variant, works, own

    @property
    def has_begun(self) -> bool:
        return self.variant >= 0


class Diffusion(mesa.Model):
    """One application over the districts of a city; `step` is a month."""

    def __init__(self, districts: int, levers: Innovation, key: int) -> None:
        super().__init__(seed=0)  # Mesa's own random numbers are not used
        self.levers, self.month, self.key, self.cost = levers, 0, key, 0.0
        self.adopters = [Adopter(self, k) for k in range(districts)]
        self._reading: dict[int, float] = {}
        first = int(self._luck("pilot district") * districts)
        count = min(levers.pilots if levers.sharing == "tournament" else 1, districts)
        for variant in range(count):
            pilot = self.adopters[(first + variant * max(districts // count, 1)) % districts]
            pilot.take(variant, 0.0, own=True)
            self.cost += levers.yuan_pilot

    def step(self) -> None:
        """A month: pilots are read, districts decide, what works costs its upkeep."""
        self.month += 1
        levers = self.levers
        if self.month == levers.pilot_months:
            piloted = sorted({a.variant for a in self.adopters if a.has_begun})
            self._reading = {v: self.effect(v) + levers.noise * self._normal("read", v) for v in piloted}
        for adopter in self.adopters:
            if not adopter.has_begun:
                self._decide(adopter)
        working = sum(adopter.works <= self.month for adopter in self.adopters)
        self.cost += working * levers.upkeep * levers.yuan_adoption / 12.0

    def _decide(self, adopter: Adopter) -> None:
        """Whether a district begins, and with which variant."""
        levers, k = self.levers, adopter.position
        match levers.sharing:
            case "isolated":
                if self._luck("builds its own", k, self.month) < 1.0 - exp(-1.0 / OWN_MONTHS):
                    adopter.take(1_000 + k, self.month + levers.pilot_months, own=True)
                    self.cost += levers.yuan_pilot
            case "voluntary":
                if self._reading and self._luck("follows", k, self.month) < self._hazard(adopter):
                    self._follow(adopter, 0)
            case "mandated":
                if self.month >= levers.mandated_month:
                    self._follow(adopter, 0)
            case "tournament":
                if self._reading:
                    best = max(self._reading, key=lambda v: (self._reading[v], -v))
                    self._follow(adopter, best)
            case _:
                raise AssertionError(levers.sharing)

    def _hazard(self, adopter: Adopter) -> float:
        """Chance that it follows in a month: by what the pilot showed, how alike it is, and how many have it."""
        low, high = NEARNESS
        shown = max(self._reading[0], 0.0) / max(self.levers.effect_mean, 1e-9)
        alike = low + (high - low) * self._luck("alike", adopter.position)
        return min(1.0, self.levers.convinced * shown * alike * (1.0 + self.spread))

    def _follow(self, adopter: Adopter, variant: int) -> None:
        adopter.take(variant, self.month + self.levers.months_to_adopt, own=False)
        self.cost += self.levers.yuan_to_adopt

    @property
    def spread(self) -> float:
        """Share of the districts in which it works."""
        return sum(adopter.works <= self.month for adopter in self.adopters) / len(self.adopters)

    def effect(self, variant: int) -> float:
        """True effect of a variant where it was built."""
        return self.levers.effect_mean + self.levers.effect_sd * self._normal("true effect", variant)

    def effects(self) -> FloatArray:
        """What the application does in each district this month; below 0 where it does harm."""
        levers = self.levers
        kept = 1.0 - (1.0 - levers.transfer) * exp(-levers.incubation / TAUGHT) * (1.0 - LEARNED * self.spread)
        found = np.zeros(len(self.adopters))
        for adopter in self.adopters:
            if adopter.works > self.month:
                continue
            full = self.effect(adopter.variant)
            lost = levers.fit_loss * self._luck("does not fit", adopter.position, adopter.variant)
            found[adopter.position] = full if adopter.own else full * kept - abs(full) * lost
        return found

    def strengths(self, effects: FloatArray) -> FloatArray:
        """Share of the programme that acts in each district, by its effects there."""
        return np.clip(effects / self.levers.best, 0.0, 1.0)

    def _luck(self, what: str, *about: int) -> float:
        key = self.key
        for number in about:
            key = derive(key, str(number))
        return float(uniform(key, 0, purpose_code(what)))

    def _normal(self, what: str, variant: int) -> float:
        return float(normal_quantile(self._luck(what, variant)))


def diffuse(districts: int, levers: Innovation, key: int, months: int) -> FloatArray:
    """Effect of one application by month and district, shape (months, districts)."""
    model, found = Diffusion(districts, levers, key), []
    for _ in range(months):
        model.step()
        found.append(model.effects())
    return np.array(found)


@dataclass
class Spreading:
    """All applications of a governed run, and what each does now in each district."""

    models: dict[str, Diffusion]

    def __post_init__(self) -> None:
        self._read()

    @classmethod
    def of(cls, levers: Innovation, districts: int, key: int) -> "Spreading":
        """One diffusion for each application; none if sharing is off."""
        names = () if levers.sharing == "off" else levers.names
        return cls({name: Diffusion(districts, levers, derive(key, f"application {name}")) for name in names})

    @property
    def cost(self) -> float:
        """Yuan so far, for districts of a million."""
        return sum(model.cost for model in self.models.values())

    def step(self) -> None:
        """A month of all."""
        for model in self.models.values():
            model.step()
        self._read()

    @property
    def city_effects(self) -> FloatArray:
        """Mean over the districts of the effect of each application, in the order of their names; empty if none."""
        return np.array([effects.mean() for effects in self._effects.values()])

    def reach(self) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """Strength of each application by district, as `Programmes.reach` wants it."""
        of = self._effects.items()
        return tuple((name, tuple(self.models[name].strengths(effects).tolist())) for name, effects in of)

    def _read(self) -> None:
        """They change only by a step of a month, and are asked for every week."""
        self._effects = {name: model.effects() for name, model in sorted(self.models.items())}


def sharing_figures(weeks: Sequence[FloatArray], unshared: int = 0) -> dict[str, float]:
    """What sharing brought over these weeks, from `Spreading.city_effects` of each; nothing if there was none.

    Effects are on the scale of `Innovation.best`, the effect at which an application acts in full.

    Args:
        unshared: judged weeks before the committee began: nothing was shared, and each application did 0.
    """
    if not weeks:
        return {}
    last = weeks[-1]
    return {
        "application_effect": float(np.mean(weeks)) * (len(weeks) / (len(weeks) + unshared)),
        "application_effect_end": float(last.mean()),
        "harmful_applications": float((last < 0.0).mean()),
    }
