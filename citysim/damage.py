"""What one incident does to people, money, supply and roads: numbers of an incident type, and what scales them all.

Every number is an assumption [asm]: meant for comparing designs on the same world, never for forecasting losses.
"""

from dataclasses import dataclass

SERVICES = ("", "water", "gas", "power", "telecom")
"""What an outage may be of; "" = none."""

Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class Damage:
    """What an incident of one type does. Casualties and loss are for severity IV, see `DamageRules`.

    Args:
        deaths, injured: expected people killed and seriously hurt at once; no dispatch can change it.
        deaths_hour, injured_hour: expected people for each hour until safe.
        loss, loss_hour: yuan at once, and for each hour until safe.
        cap_hours: hours until safe after which another hour adds nothing: it has burnt out, or people have left.
        households: cut off until the repair, at severity I-IV. service: of SERVICES, the rule of its outage grade.
        lanes: lanes blocked until the repair, at severity I-IV.
        people: disturbed until the repair, at severity IV.
    """

    deaths: float = 0.0
    deaths_hour: float = 0.0
    injured: float = 0.0
    injured_hour: float = 0.0
    loss: float = 0.0
    loss_hour: float = 0.0
    cap_hours: float = 72.0
    households: Four = (0.0, 0.0, 0.0, 0.0)
    service: str = ""
    lanes: Four = (0.0, 0.0, 0.0, 0.0)
    people: float = 0.0


@dataclass(frozen=True)
class DamageRules:
    """What holds for the damage of all types.

    Args:
        severity_factors: casualties and loss of a severity I-IV incident against severity IV: a decade a grade,
            plausible 5-20 [asm]. With 10 the mean fire keeps near the national means (0.0022 deaths, 8,500 yuan) and a
            severity I building fire expects 3 deaths, the step to a larger accident.
        nuisance_factors: people disturbed against severity IV [asm]; the factors of domain brief 4.2, item 9.
        injured_by_signal: people seriously hurt where a case gave off the signal "injury": one, as a fall into an open
            manhole [asm].
        lanes_by_signal: further lanes blocked until safe where it gave off "traffic"; plausible 1-4 [asm].
    """

    severity_factors: Four = (1000.0, 100.0, 10.0, 1.0)
    nuisance_factors: Four = (8.0, 4.0, 2.0, 1.0)
    injured_by_signal: float = 1.0
    lanes_by_signal: float = 2.0
