"""Worker processes for the engine that holds the interpreter: each is sent the model once.

A worker is this Python started anew with nothing but a line to whoever started it, so a script or a
notebook is not run a second time. It ends when the line does, however that came about.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from queue import LifoQueue
from typing import IO, Any

from sim.errors import KaigongError
from sim.experiment.bench import Bench, Setup, StoppedError
from sim.experiment.outcome import Chunk

#: How often a chunk is given to another worker before the command gives up.
ATTEMPTS: int = 3

_START = "import sys; sys.path[:] = {path!r}; from sim.experiment.processes import serve; serve()"

#: What a line that broke raises.
_BROKEN = (EOFError, OSError, ValueError, pickle.UnpicklingError)


def serve() -> None:
    """Work off what comes in until nothing does; whatever is printed goes to the error stream."""
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        bench = Bench(pickle.load(inbox))
        while True:
            numbers = pickle.load(inbox)
            _send(outbox, _answer(bench.chunk, numbers))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return


def _answer(work: Any, numbers: Sequence[int]) -> object:
    """Return a chunk, or the error that came in its place."""
    try:
        return work(numbers)
    except Exception as error:  # noqa: BLE001 - raised again where the chunk was asked for
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001 - an error that cannot travel is told in words
            return RuntimeError(f"{type(error).__name__}: {error}")
        return error


def _send(line: IO[bytes], thing: object) -> None:
    """Send something down a line."""
    pickle.dump(thing, line, protocol=pickle.HIGHEST_PROTOCOL)
    line.flush()


class _Worker:
    """One worker process; started when it is first asked, and again after it died."""

    def __init__(self, setup: bytes) -> None:
        self._setup = setup
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, numbers: Sequence[int]) -> object:
        """Have a chunk made; raises one of `_BROKEN` if the process died over it."""
        process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        _send(process.stdin, list(numbers))
        return pickle.load(process.stdout)

    def _started(self) -> subprocess.Popen[bytes]:
        """Start the process and send it the model."""
        # In a session of its own it hears no Ctrl-C: whoever started it decides.
        self._process = process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(self._setup)
        process.stdin.flush()
        return process

    def end(self) -> int:
        """End the process at once; return what it ended with."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        for line in (process.stdin, process.stdout):
            if line is not None:
                with contextlib.suppress(OSError):  # what was still to be sent has nobody to go to
                    line.close()
        return process.wait()


class Processes:
    """A few worker processes; called from several threads at once, each call uses one that is idle.

    Parameters
    ----------
    setup : Setup
    count : int
    """

    def __init__(self, setup: Setup, count: int) -> None:
        model = pickle.dumps(setup, protocol=pickle.HIGHEST_PROTOCOL)
        self._workers = [_Worker(model) for _ in range(count)]
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._stopped = False

    def __call__(self, numbers: Sequence[int]) -> Chunk:
        """Have a chunk made; a worker killed over it is replaced.

        Raises
        ------
        KaigongError
            If that happens again and again.
        """
        for _ in range(ATTEMPTS):
            worker = self._idle.get()
            try:
                answer = worker.ask(numbers)
            except _BROKEN:
                code = worker.end()
            else:
                if isinstance(answer, Exception):
                    raise answer
                assert isinstance(answer, Chunk)
                return answer
            finally:
                self._idle.put(worker)
            if self._stopped:
                raise StoppedError("stopped: the same command goes on where it stopped")
        raise KaigongError(
            f"replications {numbers[0]} to {numbers[-1]}: {ATTEMPTS} worker processes died (the last"
            f" with {code}), expected them to live; often memory runs out: use less of it"
        )

    def stop(self) -> None:
        """End all workers."""
        self._stopped = True
        for worker in self._workers:
            worker.end()
