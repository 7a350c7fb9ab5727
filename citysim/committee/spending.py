"""What the budget of prevention buys: more of a programme for so many yuan."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from citysim.policy.programmes import Programmes
from citysim.prevention.safety import IN_PLACE_YEARS
from citysim.units import WEEK, YEAR

Budget = tuple[tuple[str, float], ...]
"""Yuan per resident and year for each programme."""

BUYS: dict[str, tuple[str, str]] = {
    "gas": ("renewal", "share"),
    "water": ("renewal", "share"),
    "drainage": ("renewal", "share"),
    "septic": ("septic_cleaning", "before_festival"),
    "road": ("cavities", "surveys"),
    "manhole": ("manholes", "checks"),
    "fire": ("high_rise", "water"),
    "structure": ("risk_list", "inspectors"),
}
"""Programme and lever that money for a group of incident types goes into; groups that none prevents are left out."""
LEVERS = dict(BUYS.values())
BUILDS = {"renewal": float("inf"), "high_rise": IN_PLACE_YEARS * YEAR / WEEK}
"""Programmes whose lever is a rate of building, and for how many weeks they build; the others are rounds and surveys,
which do what they do only while they are paid for."""
HALVINGS = 40
"""Of the range of a lever, until it costs what is to be spent."""


@dataclass(frozen=True)
class Bought:
    """What the budget of prevention buys as it stands.

    Args:
        budget: for each programme. begun: week from which on there is one. since: see `Programmes.since`.
    """

    budget: Budget = ()
    begun: int = 0
    since: tuple[tuple[str, float], ...] = ()


def split(harm: Mapping[str, float], budget: float, known: float) -> Budget:
    """Yuan per resident and year for each programme.

    Args:
        harm: of the window, by group of incident types. known: share that goes by harm, the rest to all alike.
    """
    programmes = sorted({programme for programme, _ in BUYS.values()})
    by_harm = dict.fromkeys(programmes, 0.0)
    for group, (programme, _) in BUYS.items():
        by_harm[programme] += harm.get(group, 0.0)
    whole = sum(by_harm.values())
    known = known if whole > 0.0 else 0.0
    shares = {
        name: known * (by_harm[name] / whole if whole > 0.0 else 0.0) + (1.0 - known) / len(programmes)
        for name in programmes
    }
    return tuple((name, budget * share) for name, share in shares.items())


def fitted(programmes: Programmes, budget: Budget) -> Budget:
    """The budget as far as the programmes can take it: what one cannot, goes to the others that can, and is else left.

    A lever has a range, and money beyond its end would buy nothing.
    """
    room = {name: _most(getattr(programmes, name), LEVERS[name]) for name, _ in budget}
    given, left = dict.fromkeys(room, 0.0), dict(budget)
    for _ in budget:  # each round fills up one programme at least, or spends all
        for name, yuan in left.items():
            given[name] += yuan
        over = sum(max(given[name] - room[name], 0.0) for name in room)
        given = {name: min(yuan, room[name]) for name, yuan in given.items()}
        can = {name: yuan for name, yuan in budget if given[name] < room[name]}
        if over <= 0.0 or not sum(can.values()):
            break
        left = {name: over * yuan / sum(can.values()) for name, yuan in can.items()}
    return tuple((name, given[name]) for name, _ in budget)


def programmes_under(programmes: Programmes, bought: Bought) -> Programmes:
    """The programmes with as much more of each as its yuan per resident and year buy, within the range of its lever."""
    more = {name: _more(getattr(programmes, name), LEVERS[name], yuan) for name, yuan in bought.budget if yuan}
    new = tuple((name, bought.begun) for name in more if name not in programmes.active)
    return replace(programmes, **more, begun=(*programmes.begun, *new), since=bought.since)


def buy(programmes: Programmes, before: Bought, budget: Budget, week: int) -> Bought:
    """A new budget from this week on; what the old one has built stands.

    Renewed pipes stay renewed: a programme that builds (see BUILDS) goes on from what it has built, as if it had run at
    its new strength since some week that may lie before it began.
    """
    begun = before.begun if before.budget else week
    now = Bought(budget, begun)
    old, new = programmes_under(programmes, before), programmes_under(programmes, now)
    since: dict[str, float] = {}
    for name in BUILDS.keys() & dict(budget).keys():
        was, will = (float(getattr(getattr(all_, name), LEVERS[name])) for all_ in (old, new))
        start = 0 if name in programmes.active else begun
        ran = min(week - dict(before.since).get(name, float(start)), BUILDS[name])
        if will > 0.0:
            since[name] = week - was * ran / will
    return replace(now, since=tuple(sorted(since.items())))


def _most(programme: Any, lever: str) -> float:
    """Yuan per resident and year that the lever can still take up to the end of its range."""
    high = next(field.metadata["high"] for field in fields(programme) if field.name == lever)
    return float(replace(programme, **{lever: float(high)}).yuan_a_year(1.0) - programme.yuan_a_year(1.0))


def _more(programme: Any, lever: str, yuan: float) -> Any:
    """The programme with the lever at which it costs so much more a year for each resident."""
    limits = next(field.metadata for field in fields(programme) if field.name == lever)
    low, high = float(getattr(programme, lever)), float(limits["high"])
    most = programme.yuan_a_year(1.0) + yuan
    if replace(programme, **{lever: high}).yuan_a_year(1.0) <= most:
        return replace(programme, **{lever: high})
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        if replace(programme, **{lever: middle}).yuan_a_year(1.0) <= most:
            low = middle
        else:
            high = middle
    return replace(programme, **{lever: low})
