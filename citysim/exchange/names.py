"""The names that a log keeps as numbers: streets, activities, and the pools that a block of the workflow speaks of."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from citysim.errors import DataError
from citysim.log import Log
from citysim.policy.blocks import (
    Block,
    Bounce,
    CallIn,
    Count,
    ForEach,
    Mark,
    Release,
    Route,
    Seize,
    Verify,
    WaitForSlot,
)
from citysim.policy.policy import Policy
from citysim.policy.workflow import MAX_SUPPORT, Place, bodies, walk
from citysim.world.scenario import Scenario

ALONE, IN_PARALLEL, IN_TURN = range(3)
"""How a block is asked for supporting departments: not at all, all at once, one after the other."""


@dataclass(frozen=True)
class Spot:
    """A block of the workflow, as an export needs it.

    Args:
        activity: the block's own label, or what it does with its number: "seize crew.lead/89", "mark arrived/91".
        pools: names as in the workflow. lane: the lane of its body; of a parallel for-each that of the first turn.
        turns: ALONE, IN_PARALLEL or IN_TURN. ends_turn: leaving it ends the turn (else only where turns are known).
        knows_turn: whether the rows of a log tell which turn it is.
        inner: lanes whose units pass to this lane when it leaves the block.
    """

    activity: str
    verb: str
    pools: tuple[str, ...] = ()
    lane: int = 0
    turns: int = ALONE
    ends_turn: bool = False
    knows_turn: bool = True
    inner: tuple[int, ...] = ()


@dataclass(frozen=True)
class Names:
    """What a log does not say itself.

    Args:
        start: first day; second 0 of the log is its 00:00 local time.
        streets: ids by number; empty = streets go by their number.
        neighbours: for each district the others, nearest first.
        labels, spots: of each block, in the order of the log's; empty = blocks go by their labels and no pool is told.

    Raises:
        DataError: `start` is not a day.
    """

    start: date
    streets: tuple[str, ...] = ()
    neighbours: tuple[tuple[int, ...], ...] = ()
    labels: tuple[str, ...] = ()
    spots: tuple[Spot, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.start, date) or isinstance(self.start, datetime):
            raise DataError(f"start = {self.start!r}, must be a datetime.date, such as the start of the scenario")


def names_of(scenario: Scenario, policy: Policy) -> Names:
    """The names in the log of a run of this policy in this scenario."""
    return replace(
        names_without_city(policy, scenario.start),
        streets=scenario.city.street_ids,
        neighbours=tuple(tuple(row) for row in scenario.city.neighbours.tolist()),
    )


def names_without_city(policy: Policy, start: date) -> Names:
    """The names in the log of a queueing model.

    Args:
        start: any day that the model is to begin on.
    """
    places = walk(policy.workflow.blocks)
    return Names(start=start, labels=tuple(place.label for place in places), spots=_spots(places))


def check_names(names: Names, log: Log) -> None:
    """Refuse names that are not those of the log.

    Raises:
        DataError: the blocks are others, or the log has streets or districts that have no name.
    """
    if names.labels and names.labels != log.blocks:
        raise DataError(
            f"names: {len(names.labels)} blocks, the log has {len(log.blocks)} or others; "
            "must be those of the policy that was simulated"
        )
    last = int(log.case_columns["street"].max(initial=-1))
    if names.streets and last >= len(names.streets):
        raise DataError(f"names: {len(names.streets)} streets, the log has street {last}; must be of its scenario")
    if names.streets and len(names.neighbours) != len(log.district_ids):
        raise DataError(f"names: {len(names.neighbours)} districts, the log has {len(log.district_ids)}")


def _spots(places: tuple[Place, ...]) -> tuple[Spot, ...]:
    inside: dict[int, tuple[ForEach, bool]] = {}
    for place in places:
        if isinstance(place.block, ForEach):  # holds no body of its own, so its blocks are the next ones
            size = len(place.block.body)
            for k in range(1, size + 1):
                inside[place.number + k] = (place.block, k == size)
    return tuple(_spot(place, places, inside.get(place.number)) for place in places)


def _spot(place: Place, places: tuple[Place, ...], inside: tuple[ForEach, bool] | None) -> Spot:
    block, verb = place.block, type(place.block).__name__.lower()
    what, pools = _object(block)
    turns = ALONE if inside is None else IN_PARALLEL if inside[0].parallel else IN_TURN
    return Spot(
        activity=block.name or " ".join((verb, what)).strip() + f"/{place.number}",
        verb=verb,
        pools=pools,
        lane=place.lane,
        turns=turns,
        ends_turn=inside is not None and inside[1],
        # a last block that may jump back to the first would look like the next turn
        knows_turn=inside is None or inside[0].parallel or not isinstance(inside[0].body[-1], Route | Verify | Bounce),
        inner=_inner(place, places),
    )


def _object(block: Block) -> tuple[str, tuple[str, ...]]:
    """What the verb is about, and the pools among it."""
    match block:
        case Seize(pools) | Release(pools):
            return ", ".join(pools), pools
        case CallIn(pool):
            return pool, (pool,)
        case WaitForSlot(gate):
            return gate, (gate,)
        case Mark(milestone):
            return milestone, ()
        case Count(counter):
            return counter, ()
        case _:
            return "", ()


def _inner(place: Place, places: tuple[Place, ...]) -> tuple[int, ...]:
    """Lanes that a split or a parallel for-each starts."""
    block = place.block
    if isinstance(block, ForEach):
        first = places[place.number + 1].lane
        return tuple(range(first, first + MAX_SUPPORT)) if block.parallel else ()
    if type(block).__name__ != "Split":
        return ()
    lanes, number = [], place.number + 1
    for body in bodies(block):
        lanes.append(places[number].lane)
        number += len(walk(body))
    return tuple(lanes)
