"""What an experiment keeps: arrays over replications, one table of waits, no traces unless asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.queues import Load, total
from sim.sampling.draws import Draws
from sim.trace import NEVER, Trace

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]

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
    waits: pd.DataFrame | None = None
    halts: Array = field(default_factory=no_halts)
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
    lane : (R, P) int8
        Lane of clocks each project ran on.
    parameters : (R, Y) float64
        Drawn values of ``Model.parameters``.
    waits : DataFrame
        Driving paths, columns of `sim.paths.driving_path`; empty when not collected.
    load : Load or None
        Load of the resources, summed over replications.
    lengths : (R, P) int64 or None
        See `sim.investment.construction_length`.
    halts : (H, 4) int64
        Stops of construction, with `lengths`: position of the replication, project, start, end.
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
    lane: npt.NDArray[np.int8]
    parameters: npt.NDArray[np.float64]
    waits: pd.DataFrame
    load: Load | None = None
    lengths: npt.NDArray[np.int64] | None = None
    halts: Array = field(default_factory=no_halts)
    kept: tuple[tuple[Draws, Trace], ...] = ()

    @property
    def replications(self) -> int:
        """Number of replications."""
        return len(self.numbers)

    @property
    def strained_share(self) -> float:
        """Share of (replication, project) pairs in which no attempt of the open phase fitted."""
        taking_part = self.active.sum()
        return float((self.strained & self.active).sum() / taking_part) if taking_part else 0.0

    def reached(self, milestone: int, by: int) -> Flags:
        """Return which projects had reached a milestone before a minute, (R, P)."""
        time = self.milestones[:, :, milestone]
        return np.asarray((time < by) & (time < NEVER) & self.active, dtype=np.bool_)


def assemble(model_hash: str, seed: int, chunks: Sequence[Chunk]) -> Outcome:
    """Put chunks one after another; the same replications give the same bytes however they were cut."""
    names = chunks[0].arrays.keys()
    arrays = {name: np.concatenate([chunk.arrays[name] for chunk in chunks]) for name in names}
    loads = {name: arrays.pop(f"load_{name}") for name in LOAD_FIELDS if f"load_{name}" in arrays}
    tables = [chunk.waits for chunk in chunks if chunk.waits is not None]
    lengths = arrays.pop("lengths", None)
    return Outcome(
        model_hash=model_hash,
        seed=seed,
        waits=pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
        load=total(_split(loads)) if loads else None,
        lengths=lengths,
        halts=_placed([chunk.halts for chunk in chunks], arrays["numbers"]),
        kept=tuple(pair for chunk in chunks for pair in chunk.kept),
        **arrays,
    )


def _placed(halts: Sequence[Array], numbers: Array) -> Array:
    """Return the stops of all chunks, with the position of their replication instead of its number."""
    found = np.concatenate([no_halts(), *halts])
    order = np.argsort(numbers, kind="stable")
    found[:, 0] = order[np.searchsorted(numbers, found[:, 0], sorter=order)]
    return found


def _split(loads: Mapping[str, Array]) -> list[Load]:
    """Return the loads of single replications again."""
    count = len(next(iter(loads.values())))
    return [Load(**{name: column[r] for name, column in loads.items()}) for r in range(count)]
