"""What an experiment keeps: arrays over replications, waits, no traces unless asked.

Arrays with a number for every replication and project are read-only maps of a file where they are large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.experiment.scratch import blocks_of, let_go
from sim.experiment.visits import VisitBlock, Visits
from sim.experiment.waits import WaitBlock, Waits
from sim.queues import Load
from sim.sampling.draws import Draws
from sim.trace import NEVER, Trace

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]

#: Fields of `Outcome` with an entry a replication; `lengths` need not be there.
_BY_REPLICATION: tuple[str, ...] = (
    "numbers", "milestones", "withdrawn", "withdrawn_cause", "active", "strained", "lane", "parameters",
    "lengths", "judged", "overdue",
)  # fmt: skip

#: Fields of `Load` that are arrays, kept by replication so that sums do not depend on chunks.
LOAD_FIELDS: tuple[str, ...] = tuple(f.name for f in fields(Load) if f.name != "replications")


def no_halts() -> Array:
    """Return an empty table of stops of construction."""
    return np.zeros((0, 4), dtype=np.int64)


@dataclass(frozen=True)
class Chunk:
    """Measures of a few replications in a row: arrays of that length, tables, traces if asked.

    ``halts`` (H, 4) int64: replication number, project, start and end of each stop of construction.
    """

    arrays: Mapping[str, Array]
    waits: WaitBlock | None = None
    halts: Array = field(default_factory=no_halts)
    visits: VisitBlock | None = None
    kept: tuple[tuple[Draws, Trace], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The measures of R replications, in the order of their numbers.

    Parameters
    ----------
    model_hash : str
    seed : int
    numbers : (R,) int64
        Numbers of the replications.
    milestones : (R, P, K) int32
        Minute each milestone was reached, `NEVER` if it was not by the horizon.
    withdrawn : (R, P) int32
    withdrawn_cause : (R, P) int8
        0 none, 1 withdrawn, 2 refused.
    active, strained : (R, P) bool
    lane : (R, P) int16
        Lane of clocks each project ran on.
    parameters : (R, Y) float64
        Drawn values of ``Model.parameters``.
    waits : Waits
        Driving paths, read piece by piece; empty when not collected.
    load : Load or None
        Load of the resources, summed over replications.
    lengths : (R, P) int64 or None
        See `sim.investment.construction_length`.
    limits : (D, 3) float64 or None
        `sim.limits.Overdue.sums` added over replications.
    judged, overdue : (R, P) int16 or None
        Cases judged by their legal limit, and those over it.
    halts : (H, 4) int64
        Stops of construction, with `lengths`: position of the replication, project, start, end.
    visits : Visits
        What happened, read piece by piece; empty when not collected.
    kept : tuple of (Draws, Trace)
        One a replication where traces were asked for, else empty.
    """

    model_hash: str
    seed: int
    numbers: npt.NDArray[np.int64]
    milestones: Ints
    withdrawn: Ints
    withdrawn_cause: npt.NDArray[np.int8]
    active: Flags
    strained: Flags
    lane: npt.NDArray[np.int16]
    parameters: npt.NDArray[np.float64]
    waits: Waits
    load: Load | None = None
    lengths: npt.NDArray[np.int64] | None = None
    limits: npt.NDArray[np.float64] | None = None
    judged: npt.NDArray[np.int16] | None = None
    overdue: npt.NDArray[np.int16] | None = None
    halts: Array = field(default_factory=no_halts)
    visits: Visits = field(default_factory=Visits)
    kept: tuple[tuple[Draws, Trace], ...] = ()

    @property
    def replications(self) -> int:
        """Number of replications."""
        return len(self.numbers)

    @property
    def strained_share(self) -> float:
        """Share of (replication, project) pairs in which no attempt of the open phase fitted."""
        strained = sum(int((block.strained & block.active).sum()) for block in self.blocks())
        return strained / self.taking_part if self.taking_part else 0.0

    @property
    def taking_part(self) -> int:
        """Number of (replication, project) pairs that took part."""
        return sum(int(block.active.sum()) for block in self.blocks())

    def blocks(self) -> Iterator[Outcome]:
        """Yield the replications a few at a time: what is made of their arrays stays small.

        Yields
        ------
        Outcome
            See `rows`. What was read of its arrays leaves memory when the next one is asked for.
        """
        for block in blocks_of(self.active):
            yield self.rows(block)
            self.let_go()

    def rows(self, block: slice) -> Outcome:
        """Return some replications in a row, without what is of all: waits, visits, load and traces."""
        first, last = np.searchsorted(self.halts[:, 0], [block.start, block.stop])
        halts = self.halts[first:last] - np.array([block.start, 0, 0, 0])
        arrays = {name: getattr(self, name) for name in _BY_REPLICATION}
        rows: dict[str, Any] = {
            name: None if array is None else array[block] for name, array in arrays.items()
        }
        return Outcome(self.model_hash, self.seed, waits=Waits(folder=self.waits.folder), halts=halts, **rows)

    def let_go(self) -> None:
        """Give back the memory that holds pages of arrays kept in files."""
        arrays = (getattr(self, name) for name in _BY_REPLICATION)
        let_go(self.halts, *(array for array in arrays if array is not None))

    def reached(self, milestone: int, by: int) -> Flags:
        """Return which projects had reached a milestone before a minute, (R, P)."""
        time = self.milestones[:, :, milestone]
        return np.asarray((time < by) & (time < NEVER) & self.active, dtype=np.bool_)
