"""The bench: all that is made once a model, and replications done on it: draw, run, check, measure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.cells import Spare, freeze
from sim.engine.conservation import Auditor
from sim.errors import KaigongError
from sim.experiment.one import Collect, prepared
from sim.experiment.outcome import LOAD_FIELDS, Array, Chunk, no_halts
from sim.experiment.visits import VisitBlock, VisitRows
from sim.experiment.waits import WaitBlock
from sim.investment import construction_length, halts_of
from sim.limits import LimitMeter
from sim.model.arrays import Model
from sim.paths import CaseBook, PathFinder
from sim.paths.casebook import Index
from sim.provenance import content_hash, versions
from sim.queues import LoadMeter
from sim.review import entered
from sim.sampling import Draws, Sampler
from sim.trace import Trace
from sim.waits import WaitRows


class StoppedError(KaigongError):
    """Somebody asked for the work to stop; what was under way is lost, what is on disk is not."""


def made_by() -> str:
    """Return the hash of all that computes here: the code and the versions of what it stands on."""
    return content_hash(versions())


@dataclass(frozen=True)
class Setup:
    """All that determines a replication but its number; small enough to be sent to where it is run.

    Parameters
    ----------
    model : Model
    seed : int
    engine : str
    fixed : bool
    collect : Collect
    code : str
        Hash of the code that made it and of the libraries under it; who runs it must have the same.
    """

    model: Model
    seed: int
    engine: str = "reference"
    fixed: bool = False
    collect: Collect = field(default_factory=Collect)
    code: str = ""

    @classmethod
    def of(cls, model: Model, seed: int, engine: str, *, fixed: bool, collect: Collect) -> Setup:
        """Make one of the code that is running."""
        return cls(model, seed, engine, fixed, collect, made_by())


class Bench:
    """Runs and measures replications of one model; shared by threads.

    Parameters
    ----------
    setup : Setup
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._sampler = Sampler(setup.model)
        self._run = prepared(setup.engine, setup.model)
        self._auditor = Auditor(setup.model)
        self._book, self._spare = CaseBook(setup.model), Spare()
        collect, end = setup.collect, setup.collect.milestone
        self._meter = LoadMeter(setup.model) if "load" in collect.names else None
        self._limits = LimitMeter(setup.model) if "limits" in collect.names else None
        self._is_indexed = "waits" in collect.names or "load" in collect.names
        self._finder = PathFinder(
            setup.model,
            np.array(end, dtype=np.int32) if isinstance(end, tuple) else end,
            since=collect.since,
            unreached=collect.unreached,
        )

    def simulate(self, number: int) -> tuple[Draws, Trace]:
        """Return the draws and the trace of one replication; nothing was lost or made on the way."""
        setup = self.setup
        draws = self._sampler.draw(setup.seed, number, fixed=setup.fixed)
        trace = self._run(draws)
        freeze(draws)
        freeze(trace)
        self._auditor.check(draws, trace)
        return draws, trace

    def chunk(self, numbers: Sequence[int], stopped: Callable[[], bool] = lambda: False) -> Chunk:
        """Return the measures of a few replications; nothing else of them is kept.

        Parameters
        ----------
        numbers : sequence of int
        stopped : callable
            Asked before each replication, since none can be interrupted: true ends the work.

        Raises
        ------
        StoppedError
            If it was told to stop.
        """
        collect = self.setup.collect
        rows: list[dict[str, Any]] = []
        paths: list[WaitRows] = []
        visits: list[VisitRows] = []
        halts = [no_halts()]
        kept: list[tuple[Draws, Trace]] = []
        for number in numbers:
            if stopped():
                raise StoppedError("stopped: the same command goes on where it stopped")
            draws, trace = self.simulate(number)
            with self._spare.lent() as scratch:
                index = self._book.index(draws, trace, scratch) if self._is_indexed else None
                rows.append(self._row(draws, trace, index))
                if "waits" in collect.names:
                    paths.append(self._finder.rows(draws, trace, index))
            if "lengths" in collect.names:
                halts.append(self._halts(trace, number))
            if "visits" in collect.names:
                visits.append(VisitRows.of(trace))
            if "traces" in collect.names:
                kept.append((draws, trace))
            del draws, trace  # megabytes each, not to be held while the next are made
        arrays: dict[str, Array] = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
        waits = WaitBlock.of(numbers, paths) if paths else None
        happened = VisitBlock.of(numbers, visits) if visits else None
        return Chunk(arrays, waits, np.concatenate(halts), happened, tuple(kept))

    def _row(self, draws: Draws, trace: Trace, index: Index | None) -> dict[str, Any]:
        """Return the arrays of one replication."""
        model, collect = self.setup.model, self.setup.collect
        row = {
            "numbers": np.int64(draws.replication),
            "milestones": trace.milestones,
            "withdrawn": trace.withdrawn,
            "withdrawn_cause": trace.withdrawn_cause,
            "active": entered(model, draws, trace),
            "strained": draws.strained,
            "lane": draws.lane.astype(np.int16),
            "parameters": draws.parameters,
        }
        if self._meter is not None:
            load = self._meter.load(draws, trace, index=index)
            row |= {f"load_{name}": getattr(load, name) for name in LOAD_FIELDS}
        if self._limits is not None:
            found = self._limits.count(draws, trace)
            row |= {"limits_sums": found.sums, "judged": found.judged, "overdue": found.overdue}
        if "lengths" in collect.names and collect.construction is not None:
            row["lengths"] = construction_length(model, draws, trace, collect.construction)
        return row

    def _halts(self, trace: Trace, number: int) -> npt.NDArray[np.int64]:
        """Return the stops of construction in one replication."""
        assert self.setup.collect.construction is not None  # lengths cannot be asked for without it
        found = halts_of(self.setup.model, trace, self.setup.collect.construction, number)
        return np.stack([found.replication, found.project, found.started, found.ended], axis=1)


class Here:
    """Here and now: threads share one bench, a stop waits for the replications under way."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._bench: Bench | None = None
        self._making = threading.Lock()
        self._stopped = threading.Event()

    def __call__(self, numbers: Sequence[int]) -> Chunk:
        """Make a chunk; the first to come makes the bench."""
        with self._making:
            bench = self._bench = self._bench or Bench(self.setup)
        return bench.chunk(numbers, self._stopped.is_set)

    def stop(self) -> None:
        """Start no further replication."""
        self._stopped.set()

    def __reduce__(self) -> tuple[type[Here], tuple[Setup]]:
        """Leave the bench behind: it is made again where this is sent to."""
        return Here, (self.setup,)


def simulate(
    model: Model, seed: int, replication: int, *, engine: str = "reference", fixed: bool = False
) -> tuple[Draws, Trace]:
    """Return the draws and the checked trace of one replication, the same as in any experiment."""
    return Bench(Setup(model, seed, engine, fixed)).simulate(replication)
