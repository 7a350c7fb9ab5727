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
