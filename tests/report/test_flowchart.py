"""Is a workflow drawn so that it can be read?"""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from citysim.policy.catalog import load_policy
from citysim.report.flowchart import BOX, _lanes, _rows, draw_flowchart


@pytest.mark.parametrize("design", ["fragmented", "unified_command"])
def test_boxes_do_not_overlap_and_brackets_share_no_lane(design: str) -> None:
    rows = list(_rows(load_policy(design).workflow.blocks, 0, 0))
    jumps = [(row.number, row.jumps_to) for row in rows if row.jumps_to is not None]
    lanes = _lanes(jumps)

    assert [row.number for row in rows] == list(range(len(rows)))
    assert all(above.y - below.y > BOX for above, below in pairwise(rows))
    for a in jumps:
        for b in jumps:
            if a < b and lanes[a] == lanes[b] and a[1] != b[1]:
                assert max(a) < min(b) or max(b) < min(a)


@pytest.mark.slow
def test_the_drawing_is_the_same_each_time_and_valid_xml() -> None:
    workflow = load_policy("fragmented").workflow
    drawn = draw_flowchart(workflow)

    assert drawn == draw_flowchart(workflow)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
