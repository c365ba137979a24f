"""Where chunks are made: in this thread, in threads, in worker processes, on a cluster.

Chunks come back in order with a bounded number under way, whoever makes them; the result is the same.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from sim.experiment.bench import Here, Setup
from sim.experiment.one import is_compiled
from sim.experiment.outcome import Chunk
from sim.experiment.processes import Processes

Numbers = Sequence[int]

#: Worker processes take a second or two to start: they are worth it from so many seconds of work on.
WORTH_WORKERS: float = 5.0

#: Threads share the interpreter's lock: of a model with fewer cases its holder would never let go of it.
WORTH_THREADS: int = 1_000


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system tells
        return os.cpu_count() or 1


class Place(Protocol):
    """Makes chunks, called from several threads at once."""

    def __call__(self, numbers: Numbers) -> Chunk:
        """Make a chunk."""

    def stop(self) -> None:
        """End what is under way as soon as possible; calls raise from now on."""


#: Makes or reads a chunk at a place.
Job = Callable[[Place, Numbers], Chunk]


def made(
    setup: Setup, pieces: Sequence[Numbers], job: Job, workers: int | None, cluster: str | None
) -> Generator[Chunk, None, None]:
    """Yield the chunks of pieces in order.

    Parameters
    ----------
    setup : Setup
    pieces : sequence of sequence of int
        Numbers of the replications of each chunk.
    job : callable
        Given a place and a piece.
    workers : int, optional
        Threads or processes; default: one a core, processes only where there is enough to do.
    cluster : str, optional
        Address of a scheduler of ``dask.distributed``.
    """
    if cluster is not None:
        from sim.experiment.cluster import Cluster  # noqa: PLC0415 - only who asks for it needs it

        place = Cluster(cluster, setup)
        yield from shared(place, pieces, job, place.ahead)
        return
    count = min(workers or cores(), len(pieces))
    if is_compiled(setup.engine):
        is_small = workers is None and len(setup.model.cases.project) < WORTH_THREADS
        yield from shared(Here(setup), pieces, job, 1 if is_small else count)
        return
    first = 0
    if count == 1 or workers is None:
        for chunk in _alone(setup, pieces, job, patient=count == 1):
            yield chunk
            first += 1
    if first < len(pieces):
        yield from shared(Processes(setup, count), pieces[first:], job, count)


def _alone(
    setup: Setup, pieces: Sequence[Numbers], job: Job, *, patient: bool
) -> Generator[Chunk, None, None]:
    """Yield chunks made in this thread; whoever is not patient ends where workers are worth their start."""
    place = Here(setup)
    for done, piece in enumerate(pieces, 1):
        started = time.monotonic()
        yield job(place, piece)
        left = (time.monotonic() - started) * (len(pieces) - done)
        if left > WORTH_WORKERS and not patient:
            return


def shared(place: Place, pieces: Sequence[Numbers], job: Job, threads: int) -> Generator[Chunk, None, None]:
    """Yield chunks made at a place by so many at once; at most one more waits to be taken."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="kaigong")
    waiting: deque[Future[Chunk]] = deque()
    try:
        for piece in pieces:
            waiting.append(pool.submit(job, place, piece))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Whoever interrupts wants the prompt back: finished chunks are on disk, the others are run again.
        place.stop()
        pool.shutdown(wait=True, cancel_futures=True)
