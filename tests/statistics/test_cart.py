"""Classification trees: against trying every question, and what a rule promises."""

import math

import numpy as np
import pytest

from citysim.errors import DataError
from citysim.statistics.cart import Leaf, Question, rules, tree


def gini(share: np.ndarray) -> float:
    return 2 * len(share) * share.mean() * (1 - share.mean())


def best_by_trying_all(points: np.ndarray, share: np.ndarray, least: int) -> float:
    gains = [0.0]
    for j in range(points.shape[1]):
        for at in points[:, j]:
            yes = points[:, j] <= at
            if least <= yes.sum() <= len(share) - least:
                gains.append(gini(share) - gini(share[yes]) - gini(share[~yes]))
    return max(gains)


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    points = np.column_stack([draw.random(40), draw.integers(0, 4, 40), draw.normal(size=40)])
    return points, np.clip((points[:, 1] >= 2) * 0.6 + draw.random(40) * 0.4, 0, 1)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("least", [1, 7])
def test_every_question_is_the_best_of_all_that_could_be_asked(seed: int, least: int) -> None:
    points, share = random_case(seed)

    def check(node: Question | Leaf, points: np.ndarray, share: np.ndarray) -> int:
        assert node.points == len(share) >= least
        assert node.probability == pytest.approx(share.mean())
        if isinstance(node, Leaf):
            return 0
        yes = points[:, node.factor] <= node.at
        assert node.gain == pytest.approx(best_by_trying_all(points, share, least))
        assert node.gain == pytest.approx(gini(share) - gini(share[yes]) - gini(share[~yes]))
        return 1 + check(node.yes, points[yes], share[yes]) + check(node.no, points[~yes], share[~yes])

    assert check(tree(points, share, least=least, deepest=3), points, share) >= 2


def test_a_planted_pair_of_conditions_is_the_most_probable_rule() -> None:
    draw = np.random.default_rng(1)
    points = draw.random((600, 4))
    planted = (points[:, 0] <= 0.5) & (points[:, 2] > 0.3)
    share = (draw.random((600, 10)) < np.where(planted, 0.9, 0.1)[:, None]).mean(axis=1)

    found = rules(tree(points, share, cost=0.02))

    ((a, _, high), (c, low, _)) = found[0].limits
    assert (a, c) == (0, 2)
    assert (high, low) == pytest.approx((0.5, 0.3), abs=0.03)
    assert found[0].probability == pytest.approx(0.9, abs=0.03)
    assert len(found) == 3


def test_every_point_fits_exactly_one_rule() -> None:
    points, share = random_case(3)
    fits = np.zeros(40, dtype=int)
    for rule in rules(tree(points, share, least=3)):
        held = np.all([(points[:, j] > low) & (points[:, j] <= high) for j, low, high in rule.limits], axis=0)
        assert rule.points == held.sum()
        assert rule.probability == pytest.approx(share[held].mean())
        fits += held

    assert (fits == 1).all()


@pytest.mark.parametrize("cost", [0.0, 0.01, 0.03, 0.1, 0.5])
def test_pruning_leaves_the_subtree_that_is_cheapest_of_all(cost: float) -> None:
    points, share = random_case(5)
    whole = gini(share)

    def prices(node: Question | Leaf) -> list[float]:
        """Impurity and cost of every subtree with this root."""
        alone = 2 * node.points * node.probability * (1 - node.probability) + cost * whole
        if isinstance(node, Leaf):
            return [alone]
        return [alone] + [yes + no for yes in prices(node.yes) for no in prices(node.no)]

    full = tree(points, share, least=4, deepest=3)
    cut = tree(points, share, least=4, deepest=3, cost=cost)
    found = sum(2 * r.points * r.probability * (1 - r.probability) + cost * whole for r in rules(cut))

    assert found == pytest.approx(min(prices(full)))


def test_probabilities_count_like_as_many_replications() -> None:
    """A point that belongs by 3 of 4 is four points of which three belong."""
    draw = np.random.default_rng(6)
    points, hits = draw.random((50, 2)), draw.integers(0, 5, 50)
    apart = np.concatenate([np.arange(4) < h for h in hits]).astype(float)

    one = tree(points, hits / 4, least=5, deepest=1)
    many = tree(np.repeat(points, 4, axis=0), apart, least=20, deepest=1)

    assert isinstance(one, Question)
    assert isinstance(many, Question)
    assert (one.factor, one.at) == (many.factor, many.at)


def test_where_nothing_differs_there_is_one_leaf_without_limits() -> None:
    (only,) = rules(tree(np.random.default_rng(0).random((50, 2)), np.full(50, 0.3), least=1))

    assert only.limits == ()
    assert (only.probability, only.points) == (pytest.approx(0.3), 50)


def test_a_question_falls_between_two_levels_never_on_one() -> None:
    points = np.repeat([[1.0], [2.0], [4.0]], 10, axis=0)
    found = tree(points, (points[:, 0] > 2).astype(float), least=5)

    assert isinstance(found, Question)
    assert found.at == 3.0
    assert (found.yes, found.no) == (Leaf(0.0, 20), Leaf(1.0, 10))


WORKBENCH = (
    (2, 0.3824079930782318, 1000, 0.181), (0, 0.6997406780719757, 402, 0.44527363184079605),
    (0, 0.2488887906074524, 290, 0.6172413793103448), (-1, 0.0, 111, 0.0), (-1, 0.0, 179, 1.0), (-1, 0.0, 112, 0.0),
    (2, 0.4443940371274948, 598, 0.0033444816053511705), (-1, 0.0, 50, 0.04), (-1, 0.0, 548, 0.0),
)  # fmt: skip
"""Factor, limit, points and share of interest of each node, yes before no (factor -1: a leaf), of ema_workbench 2.5.3
with scikit-learn 1.9.1, for `points = default_rng(3).random((1000, 4))` and `hit` as in the test, with

    found = ema_workbench.analysis.cart.CART(
        pandas.DataFrame(points, columns=list("abcd")), hit.astype(int), mass_min=0.05,
        mode=ema_workbench.analysis.scenario_discovery_util.RuleInductionType.CLASSIFICATION,
    )
    found.build_tree()
    t = found.clf.tree_
    list(zip(t.feature, t.threshold, t.n_node_samples, t.value[:, 0, 1]))
"""


def test_the_workbench_of_exploratory_modelling_asks_the_same_questions() -> None:
    points = np.random.default_rng(3).random((1000, 4))
    hit = (points[:, 0] >= 0.25) & (points[:, 0] <= 0.7) & (points[:, 2] <= 0.4)

    def nodes(node: Question | Leaf) -> list[tuple[float, ...]]:
        if isinstance(node, Leaf):
            return [(-1, 0.0, node.points, node.probability)]
        own = (node.factor, node.at, node.points, node.probability)
        return [own, *nodes(node.yes), *nodes(node.no)]

    found = nodes(tree(points, hit.astype(float), least=50, deepest=10))
    assert len(found) == len(WORKBENCH)
    for ours, theirs in zip(found, WORKBENCH, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-7)  # scikit-learn halves between single-precision numbers


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: tree([[0.0]], [0.5, 0.5]), "1 and 2 rows"),
        (lambda: tree([[0.0]], [1.5]), "belongs = 1.5..1.5"),
        (lambda: tree([[0.0]], [math.nan]), "belongs has 1 values, 1 of them nan"),
        (lambda: tree([[0.0]], [0.5], least=0), "least = 0"),
        (lambda: tree([[0.0]], [0.5], deepest=21), "deepest = 21"),
        (lambda: tree([[0.0]], [0.5], cost=-1), "cost = -1"),
    ],
)
def test_nonsense_is_refused_by_name(call, said) -> None:
    with pytest.raises(DataError, match=said):
        call()
