"""The compiled engine as others see it: a model prepared once, replications run one after the other."""

from __future__ import annotations

import threading

import numba
import numpy as np

from sim.engine.compiled import layout as at
from sim.engine.compiled.prepare import INBOX, OF_PAST, prepare
from sim.engine.compiled.run import collect, play
from sim.engine.compiled.tables import lines
from sim.model.arrays import Ints, Model
from sim.sampling.draws import Draws
from sim.trace import Trace

__all__ = ["CompiledEngine", "run", "warm"]


class CompiledEngine:
    """Runs replications of one model; safe to use from several threads.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._buffers: dict[tuple[int, int, int], list[Ints]] = {}
        self._patterns: dict[tuple[int, int, int], Ints] = {}
        self._places: dict[tuple[int, int, int], list[tuple[str, int]]] = {}
        self._lock = threading.Lock()

    def run(self, draws: Draws) -> Trace:
        """Return what happens in one replication; the same trace as the reference engine's."""
        shape = (draws.work.shape[1], draws.factor.shape[2], draws.rung_work.shape[1])
        b = self._buffer(shape)
        try:
            has_past = bool(draws.state.any())
            for name, place in self._places[shape]:
                if has_past or name not in OF_PAST:  # without a past nobody looks at these
                    values = getattr(draws, name)
                    b[place : place + values.size] = values.reshape(-1)
            play(b)
            return _trace(b, draws)
        finally:
            with self._lock:
                self._buffers.setdefault(shape, []).append(b)

    def _buffer(self, shape: tuple[int, int, int]) -> Ints:
        """Return a buffer that no other thread uses."""
        with self._lock:
            free = self._buffers.setdefault(shape, [])
            if free:
                return free.pop()
            if shape not in self._patterns:
                made = self._patterns[shape] = prepare(self.model, shape)
                self._places[shape] = [(name, int(made[cell])) for name, cell in INBOX.items()]
                return made
        # Of one that may be in use: a run changes nothing that loading the next does not set again.
        pattern = self._patterns[shape]
        buffer = lines(len(pattern))
        buffer[:] = pattern
        return buffer


def _trace(b: Ints, draws: Draws) -> Trace:
    """Return the trace of the run a buffer has just seen."""
    v = np.empty((8, b[at.VISITS_OPENED]), dtype=np.int32)
    s = np.empty((8, b[at.STOPS_OPENED]), dtype=np.int32)
    collect(b, v, s)
    count = int(b[at.PROJECTS])
    projects = b[b[at.PROJECT0] :][: count * b[at.PROJECT_CELLS]].reshape(count, b[at.PROJECT_CELLS])
    reached = at.P_TIMERS + int(b[at.MILESTONES]) * at.TIMER
    return Trace(
        draws.replication,
        v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7].astype(np.int8),
        s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7].astype(np.int8),
        projects[:, at.P_WITHDRAWN].copy(),
        projects[:, at.P_CAUSE].astype(np.int8),
        projects[:, reached : reached + int(b[at.MILESTONES])].copy(),
    )  # fmt: skip


def run(model: Model, draws: Draws) -> Trace:
    """Return what happens in one replication; for more of them, keep a `CompiledEngine`.

    Parameters
    ----------
    model : Model
    draws : Draws
        The luck of the replication, from `sim.sampling.sample`.

    Returns
    -------
    Trace
    """
    return CompiledEngine(model).run(draws)


def warm() -> None:
    """Compile the kernels, or read them from the cache, before they are needed."""
    # The very key under which a call finds them: Numba's cache knows a text from a tuple of types.
    row, table = numba.types.int32[::1], numba.types.int32[:, ::1]
    play.compile((row,))  # type: ignore[attr-defined]
    collect.compile((row, table, table))  # type: ignore[attr-defined]
