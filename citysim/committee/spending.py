"""What the budget of prevention buys: more of a programme for so many yuan."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from citysim.policy.programmes import Programmes

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
CLOSE = 40
"""Halvings of the range of a lever, until it costs what is to be spent."""


def split(harm: Mapping[str, float], budget: float, known: float) -> tuple[tuple[str, float], ...]:
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


def programmes_under(programmes: Programmes, budget: tuple[tuple[str, float], ...], begun: int) -> Programmes:
    """The programmes with as much more of each as its yuan per resident and year buy, within the range of its lever.

    Args:
        begun: week from which on the budget is spent.
    """
    levers = dict(BUYS.values())
    more = {name: _bought(getattr(programmes, name), levers[name], yuan) for name, yuan in budget if yuan}
    new = tuple((name, begun) for name in more if name not in programmes.active)
    return replace(programmes, **more, begun=(*programmes.begun, *new))


def _bought(programme: Any, lever: str, yuan: float) -> Any:
    """The programme with the lever at which it costs so much more a year for each resident."""
    limits = next(field.metadata for field in fields(programme) if field.name == lever)
    low, high = float(getattr(programme, lever)), float(limits["high"])
    most = programme.yuan_a_year(1.0) + yuan
    for _ in range(CLOSE):
        middle = (low + high) / 2.0
        if replace(programme, **{lever: middle}).yuan_a_year(1.0) <= most:
            low = middle
        else:
            high = middle
    return replace(programme, **{lever: low})
