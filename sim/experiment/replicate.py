"""Many replications: in chunks, on one core, several or a cluster, resumable, with the same result.

Replication r depends on (model, seed, r) only, and chunks are put together in order: so workers,
chunk size, interruptions and the number of replications cannot change a number.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

from sim.errors import KaigongError
from sim.experiment.bench import Setup
from sim.experiment.gathering import Gathering
from sim.experiment.one import Collect, is_compiled
from sim.experiment.outcome import Chunk, Outcome
from sim.experiment.parts import load_part, part_path, save_part
from sim.experiment.workshop import Place, made
from sim.model.arrays import Model

#: Replications in a chunk, of which a large model takes fewer: small enough to report progress, to share out
#: and to lose, large enough to cost nothing. Every look of `until_precise` is a multiple of each.
SIZES: tuple[int, ...] = (50, 10, 5, 2)

#: Cases in a chunk at most, about a quarter of a second of work of the reference and of the compiled engine.
ON_REFERENCE, ON_COMPILED = 10_000, 250_000


@dataclass(frozen=True)
class Progress:
    """How far an experiment is.

    Parameters
    ----------
    done, total : int
        Replications.
    seconds : float
        Since the start.
    rate : float
        Replications run a second; what was read from disk is none of them.
    left : float
        Seconds still needed at this rate; infinite before any was run.
    read : int
        Of those done, how many were read from disk.
    """

    done: int
    total: int
    seconds: float
    rate: float
    left: float
    read: int = 0


Report = Callable[[Progress], None]


class Where(TypedDict, total=False):
    """What runs the replications, as keyword arguments of `replicate`; it changes no number."""

    engine: str
    workers: int | None
    cluster: str | None


def replicate(
    model: Model,
    seed: int,
    replications: Sequence[int],
    *,
    engine: str = "reference",
    fixed: bool = False,
    collect: Collect | Sequence[str] = Collect(),  # noqa: B008 - frozen
    progress: Report | None = None,
    workers: int | None = 1,
    cluster: str | None = None,
    resume: Path | None = None,
    chunk: int | None = None,
) -> Outcome:
    """Run replications and keep their measures.

    Parameters
    ----------
    model : Model
    seed : int
    replications : sequence of int
        Numbers of the replications, for example ``range(200)``.
    engine : str
        ``auto``, ``compiled`` or ``reference``; all give the same.
    fixed : bool
        Keep uncertain parameters at their central values.
    collect : Collect or sequence of str
        What to keep beside milestones; traces are kept only when asked for, all in memory and in no part.
    progress : callable, optional
        Called with a `Progress` after each chunk.
    workers : int or None
        Threads of the compiled engine, processes of the reference engine; None: one a core, processes
        only where the work is worth their start. The result is the same with any number.
    cluster : str, optional
        Address of a ``dask.distributed`` scheduler that runs the chunks instead.
    resume : Path, optional
        Directory for parts: finished chunks are read from there instead of being run.
    chunk : int, optional
        Replications in a chunk; default: fifty, fewer of a large model. The result is the same with any.

    Returns
    -------
    Outcome

    Raises
    ------
    KaigongError
        If there is nothing to run, the engine or something to collect is not known, a disk is full, or
        workers die again and again.
    """
    wanted = collect if isinstance(collect, Collect) else Collect(names=tuple(collect))
    numbers = _checked(replications, workers)
    size = chunk or chunk_size(engine, model)
    setup = Setup.of(model, seed, engine, fixed=fixed, collect=wanted)
    parts = None if "traces" in wanted.names else resume
    pieces = [numbers[i : i + size] for i in range(0, len(numbers), size)]
    gathering = Gathering(setup, len(numbers), parts)
    kept = [parts is not None and part_path(parts, setup, piece).exists() for piece in pieces]
    started, read = time.monotonic(), 0
    with closing(made(setup, pieces, partial(_run_part, setup, parts), workers, cluster)) as chunks:
        for piece, found, is_kept in zip(pieces, chunks, kept, strict=True):
            done = gathering.add(found, None if parts is None else part_path(parts, setup, piece))
            read += len(piece) if is_kept else 0
            if progress is not None:
                progress(_progress(done, len(numbers), time.monotonic() - started, read))
    return gathering.outcome()


def _checked(replications: Sequence[int], workers: int | None) -> list[int]:
    """Return the numbers of the replications, if there is something to run and somebody to run it."""
    if not len(replications):
        raise KaigongError("replications: got none, expected at least one; ask for 1 or more")
    if workers is not None and workers < 1:
        raise KaigongError(f"workers: got {workers}, expected at least 1; ask for 1 or more")
    return [int(number) for number in replications]


def chunk_size(engine: str, model: Model) -> int:
    """Return how many replications a chunk of this model has: a large one is told of more often."""
    most = ON_COMPILED if is_compiled(engine) else ON_REFERENCE
    return next((n for n in SIZES if n * len(model.cases.project) <= most), 1)


def _progress(done: int, total: int, seconds: float, read: int) -> Progress:
    """Return the rate so far of what was run, and the time left at it."""
    rate = (done - read) / max(seconds, 1e-9)
    left = 0.0 if done == total else (total - done) / rate if rate else math.inf
    return Progress(done, total, seconds, rate, left, read)


def _run_part(setup: Setup, parts: Path | None, place: Place, numbers: Sequence[int]) -> Chunk:
    """Return one chunk, from its part on disk if there is one."""
    if parts is None:
        return place(numbers)
    path = part_path(parts, setup, numbers)
    chunk = load_part(path)
    if chunk is None:
        chunk = place(numbers)
        save_part(path, chunk)
    return chunk
