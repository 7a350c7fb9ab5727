"""Districts with aims of their own: what a ranking does to them, and they to it. No engine runs here."""

import pytest

from tests.committee.bodies import committee


def test_effort_wears_off_while_the_rank_stands_and_a_fall_renews_it() -> None:
    """By hand: 0.2 x 0.5, then half of it at each review that brings nothing worse, then 0.2 x 1."""
    district = committee(evaluation={"effort": 0.2, "wears": 0.5}).districts[1]
    efforts = []
    for rank, pressure in ((2.0, 0.5), (2.0, 0.5), (2.0, 0.5), (3.0, 1.0), (3.0, 1.0), (1.0, 0.0), (2.0, 0.5)):
        district.ranked(rank, pressure)
        efforts.append(district.effort)
    assert efforts == pytest.approx([0.1, 0.05, 0.025, 0.2, 0.1, 0.0, 0.1])


def test_effort_that_does_not_wear_stays_while_the_rank_stands() -> None:
    district = committee(evaluation={"effort": 0.2, "wears": 0.0}).districts[0]
    for _ in range(5):
        district.ranked(2.0, 0.5)
    assert district.effort == pytest.approx(0.1)
