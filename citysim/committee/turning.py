"""A governed run that goes on under another policy from some moment on: what then holds, and what cannot change.

Until the moment the run is that of the first policy, to the last bit. From it on the other policy holds: its numbers,
grading and headcounts at once, under the rules as they stand, which change no more in the middle of the week than they
do in any week; its governance levers from the committee's next step on, that is the end of the week that the moment
lies in (a moment at the boundary of two weeks comes after the step there).

What was done so far stays: the library, the minutes, what was decided, is on its way or was bought, until the committee
decides otherwise; what departments, districts and the digital officer remember; what it has cost. The week that the
moment lies in was drawn and noticed at its beginning, and stays so: sensors, patrols and programmes that a committee
moves differently act from the next week on. What the policy itself notices, and its own programmes, may not differ
(engines law, section 8).
"""

from dataclasses import dataclass, fields

from citysim.errors import InputError, PolicyError
from citysim.policy.governance import Governance
from citysim.policy.policy import Policy
from citysim.units import WEEK


@dataclass(frozen=True)
class Turn:
    """From when on which other policy holds.

    Args:
        at: seconds since the start, within the run and not at its ends.
    """

    at: int
    policy: Policy


def check_turn(policy: Policy, turn: Turn, horizon: int) -> None:
    """Refuse a turn outside the run, and one of a lever that acts only when a committee begins.

    Args:
        horizon: end of the run in seconds.

    Raises:
        InputError: the moment lies outside the run.
        PolicyError: only one of the policies has a committee, or a lever differs that cannot change on the way.
    """
    if not 0 < turn.at < horizon:
        raise InputError(f"at = {turn.at} s, must be within the run of {horizon // WEEK} weeks: 1..{horizon - 1}")
    old, new = policy.governance, turn.policy.governance
    what = f"policy {turn.policy.name!r} cannot follow {policy.name!r} in a run"
    if old.on != new.on:
        raise PolicyError(
            f"{what}: governance.on = {new.on}, must be {old.on}; a committee comes and goes with all that it has set"
            " up (for one that begins later, give both policies governance.starts_weeks)"
        )
    if old.on and (found := _fixed(old, new, turn.at // WEEK)):
        raise PolicyError(f"{what}: governance.{found}")


def _fixed(old: Governance, new: Governance, week: int) -> str:
    """The first lever that differs and cannot, and why; empty if there is none.

    Args:
        week: how many weeks the committee has stepped at the moment.
    """
    if week < old.starts_weeks:
        least = f"must be more than {week}, the weeks that are over by then"
        return "" if new.starts_weeks > week else f"starts_weeks = {new.starts_weeks}, {least}"
    begun = f"since the committee began in week {old.starts_weeks} and what it decides is set then"
    if new.starts_weeks != old.starts_weeks:
        return f"starts_weeks = {new.starts_weeks}, must be {old.starts_weeks}, {begun}"
    if new.digital.start != old.digital.start:
        return f"digital.start = {new.digital.start:g}, must be {old.digital.start:g}, {begun}"
    if old.innovation.sharing == new.innovation.sharing == "off":  # then none of the others does anything
        return ""
    for lever in fields(old.innovation):  # pilots, and who follows them, go back to the first month
        was, will = getattr(old.innovation, lever.name), getattr(new.innovation, lever.name)
        if was != will:
            return f"innovation.{lever.name} = {will!r}, must be {was!r}, {begun}"
    return ""
