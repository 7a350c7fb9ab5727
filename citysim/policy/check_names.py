"""Do the names in a workflow mean something in its policy? Gates, tallies and grading rules are looked up here.

Pools, columns and settings are known only with the intake; the engines look those up before they start.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from citysim.errors import PolicyError
from citysim.policy.blocks import AddTo, Block, Delay, Grade, Is, Practised, Route, SetTo, Slower, Spurred, WaitForSlot
from citysim.policy.staffing import Tally
from citysim.policy.workflow import walk

if TYPE_CHECKING:
    from citysim.policy.policy import Policy


def check_names(policy: "Policy") -> None:
    """Raise PolicyError if two gates or tallies bear one name, or a block names what the policy does not have.

    A tally with a memory limit counts what was added: it must not be set, nor be made smaller.
    """
    what = f"policy {policy.name!r}"
    gates = [gate.name for gate in policy.gates]
    tallies = {tally.name: tally for tally in policy.tallies}
    rules = ["", *(name for name, _ in policy.grading.rules)]
    if len(set(gates)) < len(gates):
        raise PolicyError(f"{what}: gates {gates}, names must differ")
    if len(tallies) < len(policy.tallies):
        raise PolicyError(f"{what}: tallies {[tally.name for tally in policy.tallies]}, names must differ")
    for place in walk(policy.workflow.blocks):
        here = f"{what}: block {place.label!r}"
        match place.block:
            case WaitForSlot(gate) if gate not in gates:
                raise PolicyError(f"{here} waits for gate {gate!r}; gates are: {_listed(gates)}")
            case Grade(rule=rule) if rule not in rules:
                raise PolicyError(f"{here} grades by rule {rule!r}; rules are: {_listed(rules[1:])}")
            case AddTo() | SetTo() as block:
                _check_tally(block, tallies, here)
        for field in _fields(place.block):
            name = field.removeprefix("tally:")
            if name != field and name not in tallies:
                raise PolicyError(f"{here} asks for tally {name!r}; tallies are: {_listed(list(tallies))}")


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _check_tally(block: AddTo | SetTo, tallies: dict[str, Tally], here: str) -> None:
    tally = tallies.get(block.tally)
    if tally is None:
        raise PolicyError(f"{here} writes tally {block.tally!r}; tallies are: {_listed(list(tallies))}")
    if tally.memory_hours is not None and (isinstance(block, SetTo) or block.by < 0):
        raise PolicyError(f"{here}: tally {block.tally!r} forgets after hours, so it can only be added to")


def _fields(block: Block) -> Iterator[str]:
    """Every field that a block asks for."""
    match block:
        case Route(Is(field)):
            yield field
        case Delay(pace=paces):
            for pace in paces:
                match pace:
                    case Slower(by) | Practised(by):
                        yield by
                    case Spurred(by, worn_by=worn_by):
                        yield by
                        if worn_by is not None:
                            yield worn_by
