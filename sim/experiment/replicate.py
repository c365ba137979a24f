"""Many replications: in chunks, on one core or several, resumable, with the same result.

Replication r depends on (model, seed, r) only, and chunks are put together in order: so workers,
chunk size, interruptions and the number of replications cannot change a number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path

from sim.errors import KaigongError
from sim.experiment.one import Collect, engine_named, run_chunk
from sim.experiment.outcome import Chunk, Outcome, assemble
from sim.experiment.parts import load_part, part_path, save_part
from sim.model.arrays import Model

#: Replications in a chunk: small enough to report progress and to share out, large enough to cost nothing.
CHUNK: int = 10


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
        Replications a second.
    left : float
        Seconds still needed at this rate.
    """

    done: int
    total: int
    seconds: float
    rate: float
    left: float


Report = Callable[[Progress], None]


def replicate(
    model: Model,
    seed: int,
    replications: Sequence[int],
    *,
    engine: str = "reference",
    fixed: bool = False,
    collect: Collect | Sequence[str] = Collect(),  # noqa: B008 - frozen
    progress: Report | None = None,
    workers: int = 1,
    resume: Path | None = None,
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
        What to keep beside milestones; traces are kept only when asked for.
    progress : callable, optional
        Called with a `Progress` after each chunk.
    workers : int
        Processes; the result is the same with any number.
    resume : Path, optional
        Directory for parts: finished chunks are read from there instead of being run.

    Returns
    -------
    Outcome

    Raises
    ------
    KaigongError
        If there is nothing to run, or the engine or something to collect is not known.
    """
    wanted = collect if isinstance(collect, Collect) else Collect(names=tuple(collect))
    numbers = [int(number) for number in replications]
    if not numbers:
        raise KaigongError("replications: got none, expected at least one; ask for 1 or more")
    if workers < 1:
        raise KaigongError(f"workers: got {workers}, expected at least 1; ask for 1 or more")
    engine_named(engine, model)  # compiled once, here, before workers look for it on disk
    pieces = [numbers[i : i + CHUNK] for i in range(0, len(numbers), CHUNK)]
    job = partial(_run_part, model, seed, (engine, fixed, wanted), resume)
    chunks: list[Chunk] = []
    started, done = time.monotonic(), 0
    for chunk in _in_order(job, pieces, workers):
        chunks.append(chunk)
        done += len(chunk.arrays["numbers"])
        if progress is not None:
            progress(_progress(done, len(numbers), time.monotonic() - started))
    return assemble(model.content_hash, seed, chunks)


def _progress(done: int, total: int, seconds: float) -> Progress:
    """Return the rate so far and the time left at it."""
    rate = done / max(seconds, 1e-9)
    return Progress(done, total, seconds, rate, (total - done) / rate)


def _run_part(
    model: Model, seed: int, options: tuple[str, bool, Collect], resume: Path | None, numbers: Sequence[int]
) -> Chunk:
    """Return one chunk, from its part on disk if there is one."""
    engine, fixed, collect = options
    if resume is None or "traces" in collect.names:
        return run_chunk(model, seed, numbers, engine=engine, fixed=fixed, collect=collect)
    path = part_path(resume, model.content_hash, seed, numbers, options)
    chunk = load_part(path)
    if chunk is None:
        chunk = run_chunk(model, seed, numbers, engine=engine, fixed=fixed, collect=collect)
        save_part(path, chunk)
    return chunk


def _in_order(
    job: Callable[[Sequence[int]], Chunk], pieces: Sequence[Sequence[int]], workers: int
) -> Iterator[Chunk]:
    """Run the pieces and yield their chunks in order; at most a few wait at a time."""
    workers = min(workers, len(pieces))
    if workers == 1:
        yield from map(job, pieces)
        return
    others = set(active_children())
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[Chunk]] = []
        try:
            for piece in pieces:
                waiting.append(pool.submit(job, piece))
                if len(waiting) > 2 * workers:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        except BaseException:
            # Whoever interrupts wants the prompt back: finished chunks are on disk, the others are run again.
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in set(active_children()) - others:
                worker.terminate()
            raise
