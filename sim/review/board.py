"""Who sits when: all reviews of a run, what each has ordered last, and the same read off a finished trace."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.model.arrays import Flags, Model
from sim.model.lookup import case_table
from sim.review.orders import SAME, Longs, Orders, combined
from sim.review.rules import RULES
from sim.review.situation import Situation, so_far
from sim.sampling.draws import Draws
from sim.trace import NEVER, Trace

__all__ = ["Board", "entered", "replayed", "work_factors"]


class Board:
    """The reviews of one replication.

    Parameters
    ----------
    model : Model
    draws : Draws

    Attributes
    ----------
    times : tuple of int
        Minutes at which an engine has to stop, rising.
    """

    def __init__(self, model: Model, draws: Draws) -> None:
        self._model, self._draws = model, draws
        self.times: tuple[int, ...] = tuple(sorted({t for r in model.reviews for t in r.time.tolist()}))
        self._held: list[Orders | None] = [None] * len(model.reviews)
        self._case_at = case_table(model) if self.times else np.zeros((0, 0), dtype=np.int64)

    def sit(self, trace: Trace, t: int) -> Orders:
        """Hold the reviews of minute t; return what all of them together have ordered.

        Parameters
        ----------
        trace : Trace
            What happened before t.
        t : int
        """
        for i, review in enumerate(self._model.reviews):
            place = int(np.searchsorted(review.time, t))
            if place < len(review.time) and review.time[place] == t:
                last = int(review.time[place - 1]) if place else 0
                following = int(review.time[place + 1]) if place + 1 < len(review.time) else NEVER
                now = Situation(self._model, self._draws, trace, self._case_at, t, last, following)
                self._held[i] = RULES[review.rule](review, now)
        return combined(self._model, [orders for orders in self._held if orders is not None])


def replayed(model: Model, draws: Draws, trace: Trace) -> Iterator[tuple[int, Orders]]:
    """Yield the orders of a finished run, with the minutes at which they were given.

    They depend on what happened before them only, so they can be read off the trace that they led to.
    """
    board = Board(model, draws)
    for t in board.times:
        yield t, board.sit(so_far(trace, draws, t), t)


def entered(model: Model, draws: Draws, trace: Trace) -> Flags:
    """Tell which projects take part: those drawn that no review has turned away.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
        Finished.

    Returns
    -------
    (P,) bool
    """
    if not any(review.rule == "reserve" for review in model.reviews):
        return draws.active
    away = np.zeros(len(model.project_ids), dtype=np.bool_)
    for t, orders in replayed(model, draws, trace):
        away = np.where(draws.signed >= t, orders.turned_away, away)
    return draws.active & ~away


def work_factors(model: Model, draws: Draws, trace: Trace) -> Longs:
    """Thousandths that reviews have left of the work of each visit, on top of the common factor.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
        Finished.

    Returns
    -------
    (V,) int64
        1000 for work that does not scale, or joined before the epoch.
    """
    found = np.full(len(trace.project), SAME, dtype=np.int64)
    if not model.reviews or not len(found):
        return found
    case = case_table(model)[trace.project, trace.activity]
    scaled = model.cases.scaled[case] & (model.cases.phase[case] >= 0)
    for t, orders in replayed(model, draws, trace):
        later = scaled & (trace.joined >= t)
        found[later] = orders.effort[trace.project[later], model.cases.phase[case[later]]]
    return found
