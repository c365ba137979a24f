"""Rolling origins: every member forecasts from every origin, a part of a run directory at a time.

An origin's paths depend on the source as known then, the member and the seed, and on nothing else: any
number of processes, an interrupted run gone on with, and any order of origins give the same bytes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.backtest.members import Member
from forecasts.backtest.sources import Source
from forecasts.months import label
from sim.atomic import replacing
from sim.errors import KaigongError

Floats = npt.NDArray[np.float64]

#: Member and measure to (n, H) paths.
Paths = Mapping[tuple[str, str], Floats]


@dataclass(frozen=True)
class Task:
    """What is forecast at every origin.

    Parameters
    ----------
    source : Source
    members : tuple of Member
    horizon : int
        Months to come.
    n : int
        Paths.
    seed : int
    """

    source: Source
    members: tuple[Member, ...]
    horizon: int
    n: int
    seed: int

    def forecast(self, origin: int) -> dict[tuple[str, str], Floats]:
        """Return the paths of every member that can answer at an origin."""
        known = self.source.known(origin)
        found: dict[tuple[str, str], Floats] = {}
        for member in self.members:
            if not member.suits(known):
                continue
            for measure, paths in member.forecast(known, self.horizon, self.n, self.seed).items():
                found[member.name, measure] = np.asarray(paths, dtype=np.float64)
        return found


def quarterly(first: int, last: int, *, every: int = 3) -> tuple[int, ...]:
    """Return the origins of a span, ends of quarters (or of every so many months of the year).

    Examples
    --------
    >>> [label(m) for m in quarterly(24240, 24250)]
    ['2020-03', '2020-06', '2020-09']
    """
    return tuple(m for m in range(first, last + 1) if (m + 1) % every == 0)


def roll(
    task: Task,
    origins: Sequence[int],
    *,
    folder: Path | None = None,
    name: str = "",
    workers: int | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> dict[int, Paths]:
    """Forecast from every origin.

    Parameters
    ----------
    task : Task
    origins : sequence of int
    folder : Path, optional
        Keeps each origin as soon as it is done, and is read before anything is computed.
    name : str
        Part of the kept files' names: of what they were made from.
    workers : int, optional
        Processes; default the machine's cores.
    progress : callable, optional
        Told (origins done, in all, of those only read).

    Returns
    -------
    dict of origin to paths
        In the order of `origins`.
    """
    kept: dict[int, Paths] = {}
    for origin in origins:
        paths = _read(_file(folder, name, origin)) if folder is not None else None
        if paths is not None:
            kept[origin] = paths
    read, missing = len(kept), [origin for origin in origins if origin not in kept]
    tell = progress or (lambda done, total, read: None)
    tell(read, len(origins), read)
    for origin, paths in _computed(task, missing, workers):
        if folder is not None:
            _write(_file(folder, name, origin), paths)
        kept[origin] = paths
        tell(len(kept), len(origins), read)
    return {origin: kept[origin] for origin in origins}


def _computed(task: Task, origins: Sequence[int], workers: int | None) -> Iterator[tuple[int, Paths]]:
    """Yield the origins as they are done, over processes where there is more than one."""
    count = min(workers or os.cpu_count() or 1, len(origins))
    if count <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from ((origin, task.forecast(origin)) for origin in origins)
        return
    # The first is made here: what it compiles and loads, the others have from the start.
    yield origins[0], task.forecast(origins[0])
    with _forked(task, [origins[1 + k :: count] for k in range(count)]) as pipes:
        while pipes:
            for pipe in wait(list(pipes)):
                assert isinstance(pipe, Connection)
                try:
                    answer = pipe.recv()
                except EOFError:
                    pipes.remove(pipe)
                    continue
                if isinstance(answer, BaseException):
                    raise answer
                yield answer


@contextmanager
def _forked(task: Task, shares: Sequence[Sequence[int]]) -> Iterator[list[Connection]]:
    """Give the pipes of processes that forecast a share each; they end with us, however we end."""
    context = multiprocessing.get_context("fork")
    pipes, processes = list[Connection](), list[BaseProcess]()
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            # Forked, a process has the task as it is: nothing large is sent, members may be any functions.
            processes.append(context.Process(target=_work, args=(task, share, theirs), daemon=True))
            processes[-1].start()
            theirs.close()
            pipes.append(ours)
        left = list(pipes)
        yield left
        for process in processes:
            process.join()
            if process.exitcode:
                raise KaigongError(f"a process ended with {process.exitcode}; run it again: it goes on")
    finally:
        for process in processes:
            process.terminate()
        for pipe in pipes:
            pipe.close()


def _work(task: Task, origins: Sequence[int], pipe: Connection) -> None:
    """Forecast from some origins and send what was found, or what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the process that asked
    try:
        for origin in origins:
            pipe.send((origin, task.forecast(origin)))
    except Exception as error:  # noqa: BLE001 - told to the process that asked
        pipe.send(error)


def _file(folder: Path | None, name: str, origin: int) -> Path:
    assert folder is not None
    return folder / f"{'.'.join(part for part in (label(origin), name) if part)}.npz"


def _write(path: Path, paths: Paths) -> None:
    named: dict[str, Any] = {f"{member}/{measure}": array for (member, measure), array in paths.items()}
    with replacing(path) as temporary:
        np.savez(temporary, **named)


def _read(path: Path) -> Paths | None:
    """Return the paths of a finished origin; None where there is no whole file."""
    with suppress(OSError, ValueError, KaigongError, EOFError), np.load(path) as file:
        stored: dict[tuple[str, str], Any] = {}
        for name in file.files:
            member, _, measure = name.partition("/")
            stored[member, measure] = file[name]
        return stored
    return None
