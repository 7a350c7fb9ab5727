"""A share of the work for each of several commands that do not talk: jobs of an array, one store.

Each shard does what is missing of its own share; whoever asks without a shard does what is still missing, and answers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citysim.errors import InputError
from citysim.evaluation.chunks import Job
from citysim.evaluation.store import Store

MOST_SHARDS = 100_000


@dataclass(frozen=True)
class Shard:
    """Shard `index` (from 1) of `count`: every `count`-th replication of all that is asked for, city by city."""

    index: int
    count: int

    def of(self, jobs: Sequence[Job]) -> Iterator[tuple[int, ...]]:
        """Its own replications of each job; which they are does not depend on what the store has."""
        place = 0
        for job in jobs:
            replications = job.plan.replications
            yield replications[(self.index - 1 - place) % self.count :: self.count]
            place += len(replications)

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True)
class Share:
    """What has become of a shard's work, counted in replications of a city, all designs of one together.

    Args:
        asked, done: its own, and those of them that are in the store. rest: how many of other shards are not.
        troubles: its own that were tried and are not there, as the store tells them.
    """

    asked: int
    done: int
    rest: int
    troubles: tuple[Mapping[str, Any], ...]


def read_shard(text: str) -> Shard:
    """`3/20` is the third of twenty.

    Raises:
        InputError: it is none.
    """
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    index, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= index <= count <= MOST_SHARDS:
        raise InputError(f"shard = {text!r}, must be I/N with I from 1 to N, and N up to {MOST_SHARDS}")
    return Shard(index, count)


def share_of(shard: Shard, jobs: Sequence[Job], store: Store) -> Share:
    """What the store has of the shard's replications, and of the others'."""
    asked = done = rest = 0
    troubles: list[Mapping[str, Any]] = []
    for job, own in zip(jobs, map(frozenset, shard.of(jobs)), strict=True):
        plan = job.plan
        there = frozenset.intersection(*store.finished(plan).values())
        asked += len(own)
        done += len(own & there)
        rest += len(plan.replications) - len(own) - len(there - own)
        troubles += [trouble for trouble in store.troubles(plan) if trouble["replication"] in own]
    return Share(asked, done, rest, tuple(troubles))
