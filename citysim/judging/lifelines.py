"""Did the loop of the lifelines hold: monitored, managed, prevented, disposed, evaluated (监管防处评)? Brief item 62.

Over the lifeline cases whose limit, counted from the report, ended inside the run, so that all have had their time.
"""

import numpy as np

from citysim.judging.clocks import BoolArray
from citysim.judging.summaries import share
from citysim.judging.view import View
from citysim.log import never
from citysim.policy.sensors import ASSETS
from citysim.units import CHANNELS


def monitored(view: View) -> BoolArray:
    """Found by sensor, video or patrol before a citizen called (监)."""
    found: BoolArray = view.channel != CHANNELS.index("hotline")
    return found


def managed(view: View) -> BoolArray:
    """Graded no milder than it was, and given to the right unit at once (管)."""
    right: BoolArray = view.was_graded & (view.first_grade <= view.severity) & (view.transfers == 0)
    return right


def prevented(view: View) -> BoolArray:
    """Not come back, not sprung from another case, and not grown: no worse, no trouble for its surroundings (防)."""
    kept_small: BoolArray = ~view.returned & ~view.bred & (view.upgraded == 0) & (view.signals == 0)
    return kept_small


def disposed(view: View) -> BoolArray:
    """Closed within its limit, counted from the report (处)."""
    return view.met_true


def evaluated(view: View) -> BoolArray:
    """Verified, and its root cause mended (评)."""
    return ~never(view.verified) & ~never(view.rooted)


GATES = {
    "gate_monitor": monitored,
    "gate_manage": managed,
    "gate_prevent": prevented,
    "gate_dispose": disposed,
    "gate_evaluate": evaluated,
}
"""One for each of the five arcs."""


def due(view: View) -> BoolArray:
    """Lifeline cases whose limit ended inside the run."""
    of_lifeline = np.array([group in ASSETS for group in view.log.kinds.groups], dtype=bool)
    chosen: BoolArray = of_lifeline[view.kind] & view.due_true
    return chosen


def gate_passed(view: View, gate: str) -> float:
    """Share of the due lifeline cases that passed one gate: the lowest of the five is the weakest arc."""
    return share(GATES[gate](view), due(view))


def loop_closure_rate(view: View) -> float:
    """Share of the due lifeline cases that passed all five gates (闭环率)."""
    chosen = due(view)
    passed = chosen.copy()
    for gate in GATES.values():
        passed &= gate(view)
    return share(passed, chosen)
