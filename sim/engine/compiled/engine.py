"""The compiled engine as others see it: a model prepared once, replications run one after the other."""

from __future__ import annotations

import threading

import numba
import numpy as np

from sim.engine.compiled import layout as at
from sim.engine.compiled.prepare import INBOX, OF_PAST, prepare
from sim.engine.compiled.run import begin, collect, play, review
from sim.engine.compiled.tables import lines
from sim.engine.rules import FRONT
from sim.model.arrays import Ints, Model
from sim.review import Board, Orders, nothing
from sim.sampling.draws import Draws
from sim.trace import NEVER, Trace

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
            begin(b)
            if self.model.reviews:
                self._reviewed(b, draws)
            play(b, NEVER)
            return _trace(b, draws)
        finally:
            with self._lock:
                self._buffers.setdefault(shape, []).append(b)

    def _reviewed(self, b: Ints, draws: Draws) -> None:
        """Run up to the last review; each sees the trace so far, and its orders are written in."""
        model, board = self.model, Board(self.model, draws)
        held = nothing(model)
        write_orders(b, model, held)
        for t in board.times:
            play(b, t)
            before, held = held, board.sit(_trace(b, draws), t)
            write_orders(b, model, held, ranks=not np.array_equal(before.front, held.front))
            review(b, t)

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


def write_orders(b: Ints, model: Model, orders: Orders, *, ranks: bool = True) -> None:
    """Write what reviews have ordered into a buffer, with or without the ranks of cases."""
    effort, rungs, count = orders.effort.reshape(-1), orders.rungs.reshape(-1), int(b[at.CASES])
    b[b[at.EFFORT0] :][: len(effort)] = effort
    b[b[at.RUNG_EFFORT0] :][: len(rungs)] = rungs
    _projects(b)[:, at.P_TURNED_AWAY] = orders.turned_away
    if ranks:
        order = b[b[at.BY_ACTIVITY0] :][:count]
        rank = model.cases.rank - FRONT * orders.front
        b[b[at.CASE0] :][: count * at.CASE].reshape(count, at.CASE)[:, at.C_RANK] = rank[order]


def _projects(b: Ints) -> Ints:
    """Return the rows of projects."""
    count, size = int(b[at.PROJECTS]), int(b[at.PROJECT_CELLS])
    return b[b[at.PROJECT0] :][: count * size].reshape(count, size)


def _trace(b: Ints, draws: Draws) -> Trace:
    """Return the trace of the run a buffer has just seen."""
    v = np.empty((8, b[at.VISITS_OPENED]), dtype=np.int32)
    s = np.empty((8, b[at.STOPS_OPENED]), dtype=np.int32)
    collect(b, v, s)
    projects = _projects(b)
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
    begin.compile((row,))  # type: ignore[attr-defined]
    play.compile((row, numba.types.int64))  # type: ignore[attr-defined]
    review.compile((row, numba.types.int64))  # type: ignore[attr-defined]
    collect.compile((row, table, table))  # type: ignore[attr-defined]
