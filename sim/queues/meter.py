"""The load of resources in replications of one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.engine.cells import Spare, bytes_of, ints
from sim.engine.opening import clock_cells
from sim.model.arrays import Model
from sim.model.lookup import case_table, events_by_resource
from sim.paths.casebook import CaseBook, Index
from sim.queues.load import Load
from sim.queues.tally import COLUMNS, tally
from sim.sampling.draws import Draws
from sim.trace import NEVER, Trace

__all__ = ["LoadMeter"]


#: As Python calls it; its arguments come as lists.
_TALLY: Callable[..., None] = tally


class LoadMeter:
    """Sums requests, waits, use and supply of resources; prepared once a model, for several threads.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        cases, resources, events = model.cases, model.resources, model.events
        self._horizon, self._book, self._spare = model.horizon, CaseBook(model), Spare()
        self._sizes = len(resources.names), len(model.activities)
        order, events_at = events_by_resource(model)
        self._static: tuple[Any, ...] = (
            clock_cells(model.clocks), ints(resources.kind), ints(resources.clock[:, 0]),
            *map(ints, (cases.resource, cases.amount, cases.release, cases.ladder, case_table(model))),
            *map(ints, (model.ladders.offset, model.ladders.resource)),
            *map(ints, (order, events.time, events.kind, events_at)),
        )  # fmt: skip

    def load(self, draws: Draws, trace: Trace, until: int | None = None, index: Index | None = None) -> Load:
        """Sum the load of one replication between the epoch and a minute.

        Parameters
        ----------
        draws, trace
        until : int, optional
            Default: the horizon while a visit is open, else the minute at which the last one ended, so
            that a cohort run to absorption is not diluted by the empty time after it.
        index : Index, optional
            The rows of the trace by case, of who has them already.
        """
        count, activities = self._sizes
        sums = np.zeros((count, COLUMNS))
        joined, delay = np.zeros(activities), np.zeros(activities)
        with self._spare.lent() as scratch:
            found = index or self._book.index(draws, trace, scratch)
            _TALLY(
                NEVER if until is None else until, self._horizon, *self._static,
                *map(ints, (draws.capacity, draws.reserved, draws.event_value, draws.event_reserved)),
                *map(ints, (trace.project, trace.activity, trace.visit, trace.joined, trace.served)),
                ints(trace.ended), bytes_of(trace.outcome),
                *map(ints, (trace.stop_project, trace.stop_activity, trace.stop_rung, trace.stop_served)),
                *map(ints, (trace.stop_ended, trace.withdrawn)), found.case, found.ends, sums, joined, delay,
            )  # fmt: skip
        requests, served, waited, longest, held, offered = np.ascontiguousarray(sums.T)
        return Load(requests, served, waited, longest, held, offered, joined, delay)
