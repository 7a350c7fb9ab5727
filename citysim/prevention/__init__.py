"""What happens at all under a policy's programmes: the candidate incidents of the common world, thinned and changed.

Each programme has mechanics of its own on its own incident types, keyed by the luck of the incident: a stronger
programme spares all that a weaker one spares, and the incidents of other types stay as they are, bit by bit. Of what
fails with its age, all programmes read the same age and condition (units.py).
"""

from collections.abc import Callable
from typing import Any

from citysim.policy.programmes import AS_NOW, Programmes
from citysim.prevention.agents import put_to_use
from citysim.prevention.assets import check_health, maintain, renew
from citysim.prevention.community import (
    open_desks,
    police_building,
    renew_places,
    serve_corridors,
)
from citysim.prevention.digital import link, record, settings_under
from citysim.prevention.effects import Effects, no_effects
from citysim.prevention.enforcement import enforce_together
from citysim.prevention.lifelines import hand_round
from citysim.prevention.pipes import clean_tanks, clear_owners, join_plant_and_network
from citysim.prevention.reach import before_turn, out_of_reach, undo
from citysim.prevention.roads import mind_covers, plan_digs, survey_cavities
from citysim.prevention.safety import enter_safely, mend_highrises, review_risks, stock_depots
from citysim.prevention.traffic import guard_schools, manage_parking, open_hospitals, rein_in_bikes
from citysim.prevention.twins import empty_in_time, foresee_floods
from citysim.prevention.waste import collect_rural, lead_waste, watch_trucks
from citysim.units import WEEK
from citysim.world.sample import World

__all__ = ["Effects", "effects_of", "settings_under"]


STEPS: tuple[tuple[str, Callable[[World, Any, Effects], None]], ...] = (
    ("health_check", check_health),
    ("septic_cleaning", clean_tanks),
    ("one_map", clear_owners),
    ("confined_space", enter_safely),
    ("lifeline_loop", hand_round),
    ("plant_network", join_plant_and_network),
    ("renewal", renew),  # after the health check: what has been mended is not renewed in the same year
    ("maintenance", maintain),  # after both: what is new needs no overhaul
    ("high_rise", mend_highrises),
    ("manholes", mind_covers),  # after clear_owners: the ledger names owners
    ("digging", plan_digs),
    ("risk_list", review_risks),
    ("disaster_stocks", stock_depots),
    ("cavities", survey_cavities),
    ("bikes", rein_in_bikes),
    ("building_waste", lead_waste),
    ("corridors", serve_corridors),
    ("desks", open_desks),
    ("enforcement", enforce_together),
    ("hospitals", open_hospitals),
    ("illegal_building", police_building),
    ("micro_renewal", renew_places),
    ("muck_trucks", watch_trucks),
    ("parking", manage_parking),
    ("rural_waste", collect_rural),
    ("schools", guard_schools),
    ("network", link),
    ("data_library", record),
    ("sewage_twin", foresee_floods),
    ("garbage_twin", empty_in_time),
    ("agents", put_to_use),
)
"""What each programme does, in the order in which they act on an incident."""


def effects_of(world: World, programmes: Programmes) -> Effects:
    """What the programmes do to the incidents of a world, or of a stretch of it."""
    effects = no_effects(world)
    if programmes == AS_NOW:
        return effects
    begun, since, reach = dict(programmes.begun), dict(programmes.since), dict(programmes.reach)
    for name, act in STEPS:
        effects.begun = WEEK * begun.get(name, 0)
        effects.since = WEEK * since.get(name, begun.get(name, 0))
        before = before_turn(effects) if name in reach or name in begun else None
        act(world, getattr(programmes, name), effects)
        if before is not None:
            undo(effects, before, world.incidents.occurred < effects.begun)
            undo(effects, before, out_of_reach(world, name, reach.get(name)))
    return effects
