"""The trace: what happened in one replication, one row a visit, one row a stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]

#: Sentinel of a cell that has not happened by the horizon (and of "beyond every clock table").
NEVER: int = 2**30

#: Outcomes of a visit, in the order of their codes.
OUTCOMES: tuple[str, ...] = ("done", "returned", "refused", "void", "direct", "withdrawn", "open")
DONE, RETURNED, REFUSED, VOID, DIRECT, WITHDRAWN, OPEN = range(7)


@dataclass(frozen=True)
class Trace:
    """One replication's events, in integer minutes since the model's epoch.

    ``visits`` columns are parallel arrays of length V, sorted by (project, activity, visit);
    ``stops`` columns of length S, sorted by (project, activity, stop, rung).
    A cell that did not happen holds `NEVER`. Moments before the epoch are negative.

    Parameters
    ----------
    project, activity, visit : (V,) int32
        Row number of the project (sorted by id), index into ``Model.activities``, 0-based visit.
    ready, joined, served, ended : (V,) int32
        End of what came before; entered the queue; got its resource; finished.
    outcome : (V,) int8
        Code into `OUTCOMES`.
    stop_project, stop_activity, stop_number, stop_rung : (S,) int32
        Which stop and which rung of its ladder (one row a rung tried).
    stop_started, stop_served, stop_ended : (S,) int32
        Rung asked for; helper served; rung ended.
    stop_solved : (S,) int8
        1 when this rung solved it.
    withdrawn : (P,) int32
        Minute each project withdrew (refusal included), `NEVER` if it did not.
    withdrawn_cause : (P,) int8
        0 none, 1 withdrawn, 2 refused.
    milestones : (P, K) int32
        Minute each milestone was reached; known past ones included (negative).
    """

    replication: int
    project: Ints
    activity: Ints
    visit: Ints
    ready: Ints
    joined: Ints
    served: Ints
    ended: Ints
    outcome: npt.NDArray[np.int8]
    stop_project: Ints
    stop_activity: Ints
    stop_number: Ints
    stop_rung: Ints
    stop_started: Ints
    stop_served: Ints
    stop_ended: Ints
    stop_solved: npt.NDArray[np.int8]
    withdrawn: Ints
    withdrawn_cause: npt.NDArray[np.int8]
    milestones: Ints
