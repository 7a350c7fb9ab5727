"""How far the picture of the centers is from what is so in the streets. Source: domain brief item 58."""

import numpy as np

from citysim.judging.summaries import ratio
from citysim.judging.view import View


def awareness_gap(view: View) -> float:
    """Share of the time in which something is wrong that the centers do not know of it (态势感知差距).

    Hours from onset to report, and hours in which a case counts as done but nobody has touched it, over the hours from
    onset until mended or the end of the run. The hours of a false closure are at most those taken off its official
    clock. What nobody noticed until the end of the run is in no log, so the true gap is wider.
    """
    wrong = view.onset_to_restored_so_far
    unseen = np.minimum(view.detection, wrong)
    untouched = np.where(view.false_closures > 0, np.minimum(view.off_clock / 3600.0, wrong - unseen), 0.0)
    return ratio(float((unseen + untouched).sum()), float(wrong.sum()))
