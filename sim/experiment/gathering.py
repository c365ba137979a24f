"""Chunks put together, one after the other, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.experiment.bench import Setup
from sim.experiment.outcome import Array, Chunk, Outcome, no_halts
from sim.experiment.parts import load_table
from sim.experiment.scratch import Rows, Stack
from sim.experiment.visits import Visits
from sim.experiment.waits import Waits
from sim.queues import Load
from sim.sampling.draws import Draws
from sim.trace import Trace
from sim.waits import vocabulary

#: What names of arrays begin with that are added over replications.
SUMMED: tuple[str, ...] = ("load_", "limits_")


class Gathering:
    """Takes the chunks of an experiment in order; the same replications give the same bytes however cut.

    Parameters
    ----------
    setup : Setup
    count : int
        Replications in all.
    folder : Path, optional
        Where what is too large for memory is kept.
    """

    def __init__(self, setup: Setup, count: int, folder: Path | None = None) -> None:
        self._setup = setup
        self._count = count
        self._folder = folder
        self._done = 0
        self._stacks: dict[str, Stack] = {}
        self._halts = Rows(no_halts(), folder)
        self._sums: dict[str, Array] = {}
        self._waits = Waits(vocabulary(setup.model) if "waits" in setup.collect.names else None, folder)
        self._visits = Visits(folder)
        self._kept: list[tuple[Draws, Trace]] = []

    def add(self, chunk: Chunk, part: Path | None = None) -> int:
        """Put a chunk at the end; return how many replications there are now.

        Parameters
        ----------
        chunk : Chunk
        part : Path, optional
            Where the chunk lies on disk: its tables are read again from there.
        """
        for name, rows in chunk.arrays.items():
            if name.startswith(SUMMED):
                self._add_sums(name, rows)
            else:
                if name not in self._stacks:
                    self._stacks[name] = Stack(self._count, rows, self._folder)
                self._stacks[name].add(rows)

        def again(table: str) -> Callable[[], Any] | None:
            return None if part is None else partial(load_table, part, table)

        if chunk.waits is not None:
            self._waits.add(chunk.waits, again("waits"))
        if chunk.visits is not None:
            self._visits.add(chunk.visits, again("visits"))
        numbers = chunk.arrays["numbers"]
        self._halts.add(_placed(chunk.halts, numbers, self._done))
        self._kept += chunk.kept
        self._done += len(numbers)
        return self._done

    def _add_sums(self, name: str, rows: Array) -> None:
        """Add replication to replication, so that sums do not depend on chunks."""
        if name in self._sums:
            rows = np.concatenate([self._sums[name][None], rows])
        # Sums in a row, not by halves as `np.sum` may take them.
        sums = np.maximum if name == "load_longest" else np.add
        self._sums[name] = sums.accumulate(rows)[-1].copy()

    def outcome(self) -> Outcome:
        """Return what was gathered."""
        arrays: dict[str, Any] = {name: stack.array() for name, stack in self._stacks.items()}
        load = {n.removeprefix("load_"): v for n, v in self._sums.items() if n.startswith("load_")}
        lengths: npt.NDArray[np.int64] | None = arrays.pop("lengths", None)
        return Outcome(
            model_hash=self._setup.model.content_hash,
            seed=self._setup.seed,
            waits=self._waits,
            load=Load(replications=self._done, **load) if load else None,
            lengths=lengths,
            limits=self._sums.get("limits_sums"),
            halts=self._halts.array(),
            visits=self._visits,
            kept=tuple(self._kept),
            **arrays,
        )


def _placed(halts: Array, numbers: Array, first: int) -> Array:
    """Return a chunk's stops with the position of their replication instead of its number."""
    order = np.argsort(numbers, kind="stable")
    found = halts.copy()
    found[:, 0] = first + order[np.searchsorted(numbers, halts[:, 0], sorter=order)]
    return found
