"""What a review sees: the trace so far, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.arrays import ENDED, GATE, Flags, Model
from sim.review.orders import Longs
from sim.sampling.draws import Draws
from sim.trace import DIRECT, DONE, NEVER, OPEN, VOID, Trace

__all__ = ["Situation", "so_far"]


def so_far(trace: Trace, draws: Draws, t: int) -> Trace:
    """Return what an engine had written of a trace when minute t began.

    Parameters
    ----------
    trace : Trace
        Of a run that went on beyond t.
    draws : Draws
    t : int
        Minute >= 0. Before minute 0 nothing is written, though visits may have begun in the past.
    """
    rows = (trace.ready < t) & (t > 0)
    stops = trace.stop_started < t
    visits: dict[str, Any] = {
        name: getattr(trace, name)[rows] for name in ("project", "activity", "visit", "ready")
    }
    moments: dict[str, Any] = {
        name: _cut(getattr(trace, name)[rows], t) for name in ("joined", "served", "ended")
    }
    rungs = {
        name: getattr(trace, f"stop_{name}")[stops] for name in ("project", "activity", "number", "rung")
    }
    over = trace.stop_ended[stops] < t
    milestones = _cut(trace.milestones, t) if t > 0 else draws.milestones
    gone = trace.withdrawn < t
    return replace(
        trace, **visits, **moments,
        outcome=np.where(moments["ended"] < NEVER, trace.outcome[rows], OPEN).astype(np.int8),
        **{f"stop_{name}": column for name, column in rungs.items()},
        stop_started=trace.stop_started[stops], stop_served=_cut(trace.stop_served[stops], t),
        stop_ended=_cut(trace.stop_ended[stops], t),
        stop_solved=np.where(over, trace.stop_solved[stops], 0).astype(np.int8),
        withdrawn=_cut(trace.withdrawn, t), milestones=milestones,
        withdrawn_cause=np.where(gone, trace.withdrawn_cause, 0).astype(np.int8),
    )  # fmt: skip


def _cut(moments: npt.NDArray[np.int32], t: int) -> npt.NDArray[np.int32]:
    """Return moments, those from t on as not known."""
    return np.where(moments < t, moments, NEVER).astype(np.int32)


@dataclass(frozen=True)
class Situation:
    """The state of a run at one minute, as far as its trace tells it.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
        What happened before t; what has not happened by then holds `NEVER`.
    case_at : (P, activities) int
        `sim.model.lookup.case_table`.
    t : int
        Minute of the review.
    last, following : int
        Minutes of the review before and after it; 0 and `NEVER` where there is none.
    """

    model: Model
    draws: Draws
    trace: Trace
    case_at: Longs
    t: int
    last: int
    following: int

    @cached_property
    def signed(self) -> Longs:
        """Minute at which each project was signed, NEVER if it was not yet."""
        return self.trace.milestones[:, 0].astype(np.int64)

    @cached_property
    def known_since(self) -> Longs:
        """Minute of the first dated milestone: the least age of a project signed nobody knows when."""
        dated = np.where(self.trace.milestones > -NEVER, self.trace.milestones, NEVER)
        return np.asarray(dated.min(axis=1), dtype=np.int64)

    @cached_property
    def there(self) -> Flags:
        """Projects signed that take part and have not withdrawn."""
        stays = self.trace.withdrawn == NEVER
        return np.asarray(self.draws.active & (self.signed < self.t) & stays, dtype=np.bool_)

    @cached_property
    def case(self) -> Longs:
        """Case of each row of the trace."""
        return self.case_at[self.trace.project, self.trace.activity]

    @cached_property
    def waiting_since(self) -> Longs:
        """Minute since which each case has waited for a resource, itself or on a rung; NEVER if not."""
        trace, since = self.trace, np.full(len(self.model.cases.project), NEVER, dtype=np.int64)
        waits = (trace.joined < NEVER) & (trace.served == NEVER) & (trace.outcome == OPEN)
        np.minimum.at(since, self.case[waits], trace.joined[waits])
        asks = (trace.stop_served == NEVER) & (trace.stop_ended == NEVER)
        stopped = self.case_at[trace.stop_project[asks], trace.stop_activity[asks]]
        np.minimum.at(since, stopped, trace.stop_started[asks])
        return since

    @cached_property
    def progress(self) -> npt.NDArray[np.float64]:
        """Part of the activities that apply which each project has ended."""
        model, trace = self.model, self.trace
        counted = self.draws.applies & (model.cases.kind != GATE)
        over = np.asarray(self.draws.state == ENDED)
        over[self.case[np.isin(trace.outcome, (DONE, DIRECT, VOID))]] = True
        size = len(model.project_ids)
        ended = np.bincount(model.cases.project[over & counted], minlength=size)
        return ended / np.maximum(np.bincount(model.cases.project[counted], minlength=size), 1)

    def scalar(self, index: int) -> float:
        """Return a number of the scenario as this replication has drawn it; 0 for none."""
        if index < 0:
            return 0.0
        scalar = self.model.scalars[index]
        if scalar.parameter < 0:
            return scalar.value
        return scalar.factor * float(self.draws.parameters[scalar.parameter])

    def has_reached(self, milestone: int) -> Flags:
        """Tell which projects have reached a milestone."""
        return np.asarray(self.trace.milestones[:, milestone] < NEVER, dtype=np.bool_)
