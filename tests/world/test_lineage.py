"""Is the cause of a child the nearest ancestor that somebody noticed? Small families by hand."""

import numpy as np

from citysim.units import NEVER
from citysim.world.incidents import AFTERSHOCK, COLUMNS, ESCALATION, FIRST, RECURRENCE, Incidents
from citysim.world.lineage import lineage


def family(parent: list[int], link: list[int]) -> Incidents:
    """Incidents one after the other, row k at 10 k seconds."""
    n = len(parent)
    columns = {name: np.zeros(n, dtype) for name, dtype in COLUMNS.items()}
    generation = [0] * n
    for row, above in enumerate(parent):
        if link[row] >= ESCALATION:
            generation[row] = 1 + (generation[above] if link[above] >= ESCALATION else 0)
    columns |= {"occurred": 10 * np.arange(n), "parent": np.array(parent), "link": np.array(link)}
    columns |= {"generation": np.array(generation), "worsens": np.full(n, NEVER)}
    return Incidents(**columns)  # type: ignore[arg-type]


CHAIN = family([-1, 0, 1, 2], [FIRST, ESCALATION, ESCALATION, ESCALATION])


def told(incidents: Incidents, noticed: list[int]) -> list[tuple[int, int, int]]:
    """(cause, escapes, returns) of each row."""
    is_noticed = np.isin(np.arange(len(incidents)), noticed)
    found = lineage(incidents, is_noticed, np.ones(len(incidents), np.bool_))
    return list(zip(found.cause.tolist(), found.escapes.tolist(), found.returns.tolist(), strict=True))


def test_a_child_springs_from_its_parent_at_its_own_onset() -> None:
    assert told(CHAIN, [0, 1, 2, 3]) == [(-1, 0, 0), (0, 10, 0), (1, 20, 0), (2, 30, 0)]


def test_an_unnoticed_parent_is_skipped_and_the_link_below_the_ancestor_counts() -> None:
    assert told(CHAIN, [0, 3])[3] == (0, 10, 0)
    assert told(CHAIN, [0, 2, 3])[2:] == [(0, 10, 0), (2, 30, 0)]


def test_a_chain_that_nobody_noticed_happens_whatever_is_done() -> None:
    assert told(CHAIN, [3])[3] == (-1, 0, 0)


def test_an_aftershock_springs_from_nobody() -> None:
    incidents = family([-1, 0, 1], [FIRST, AFTERSHOCK, ESCALATION])

    assert told(incidents, [0, 1, 2]) == [(-1, 0, 0), (-1, 0, 0), (1, 20, 0)]
    assert told(incidents, [0, 2])[2] == (-1, 0, 0)


def test_what_comes_back_needs_the_closing_of_a_noticed_case() -> None:
    incidents = family([-1, 0, 1], [FIRST, RECURRENCE, ESCALATION])

    assert told(incidents, [0, 1, 2]) == [(-1, 0, 0), (0, 10, 1), (1, 20, 0)]
    assert told(incidents, [0, 2])[2] == (0, 10, 1), "the child of an unnoticed recurrence: as that recurrence"


def test_what_would_come_back_from_an_unnoticed_incident_never_happens_nor_do_its_children() -> None:
    incidents = family([-1, 0, 1, 2], [FIRST, RECURRENCE, ESCALATION, ESCALATION])

    def possible(noticed: list[int]) -> list[bool]:
        return lineage(incidents, np.isin(np.arange(4), noticed), np.ones(4, np.bool_)).is_possible.tolist()

    assert possible([1, 2, 3]) == [True, False, False, False]
    assert possible([0, 2, 3]) == [True] * 4
    later = family([-1, 0, 1], [FIRST, ESCALATION, RECURRENCE])
    assert lineage(later, np.array([True, False, True]), np.ones(3, np.bool_)).is_possible.tolist() == [
        True,
        True,
        False,
    ]
