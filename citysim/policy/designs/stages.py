"""The road map of capability as bundles of levers: what changes together from key to basic to system capability."""

from dataclasses import replace

from citysim.policy.designs.digital import BASIC, KEY, Maturity
from citysim.policy.designs.levers import Levers

FALLS = {"misroute": 1.6, "refuse": 1.4, "bounce_hours": 1.5, "mobilise_hours": 1.3, "mobilise_serious_hours": 1.3}
"""Factors at the stage of key capability on what coordination costs; at system capability the inverse [asm]."""
MISSED = {"recognised": 1.4, "merge_recall": 1.4}
"""The same on the share that is not recognised, not merged [asm]."""
NO_PLAN = 1.8
"""The same on the share of serious cases without a pre-plan that fits [asm]."""


def at_stage(levers: Levers) -> Levers:
    """The levers as the stage of maturity makes them; then they are the usual ones of that design."""
    stage = levers.maturity.stage
    if stage == BASIC:
        return levers
    sign = 1.0 if stage == KEY else -1.0
    friction = levers.friction
    changes = {name: getattr(friction, name) * factor**sign for name, factor in FALLS.items()}
    changes |= {name: 1.0 - _share(1.0 - getattr(friction, name), factor**sign) for name, factor in MISSED.items()}
    changes["misroute"], changes["refuse"] = min(changes["misroute"], 1.0), min(changes["refuse"], 1.0)
    changes["bounce_hours"] = min(max(changes["bounce_hours"], 0.01), 48.0)
    changes["mobilise_hours"] = min(max(changes["mobilise_hours"], 0.05), 72.0)
    changes["mobilise_serious_hours"] = min(max(changes["mobilise_serious_hours"], 0.05), 24.0)
    fits = 1.0 - _share(1.0 - levers.command.preplanned, NO_PLAN**sign)
    return replace(
        levers,
        friction=replace(friction, **changes),
        command=replace(levers.command, preplanned=fits),
        maturity=Maturity(BASIC),
    )


def _share(share: float, factor: float) -> float:
    return min(share * factor, 1.0)
