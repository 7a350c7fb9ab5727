"""What the slow loop brought about; only a governed run has a committee."""

from citysim.judging.load import Pools
from citysim.judging.summaries import ratio
from citysim.judging.view import View
from citysim.units import WEEK

NAN = float("nan")


def loop_closed(pools: Pools, everything: View) -> float:
    """Share of the problems on the focus list that a decision acts on and that do a tenth less harm since."""
    done = pools.log.committee
    return ratio(done["improved"], done["listed"]) if done else NAN


def loop_answered(pools: Pools, everything: View) -> float:
    """Share of the problems on the focus list that a decision acts on."""
    done = pools.log.committee
    return ratio(done["answered"], done["listed"]) if done else NAN


def decisions(pools: Pools, everything: View) -> float:
    """Decisions of the plenary per week."""
    done = pools.log.committee
    return ratio(done["decisions"], pools.log.span / WEEK) if done else NAN


def application_effect(pools: Pools, everything: View) -> float:
    """True effect of the shared applications, mean over districts, applications and judged weeks.

    A district in which one does not work yet counts as 0, and so do judged weeks before the committee begins; nan if
    nothing has been shared by the end.
    """
    return pools.log.committee.get("application_effect", NAN)


def application_effect_end(pools: Pools, everything: View) -> float:
    """True effect of the shared applications in the last judged week, mean over districts and applications."""
    return pools.log.committee.get("application_effect_end", NAN)


def harmful_applications(pools: Pools, everything: View) -> float:
    """Share of the shared applications whose mean effect over the districts is below 0 in the last judged week."""
    return pools.log.committee.get("harmful_applications", NAN)
