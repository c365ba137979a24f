"""Tables of an outcome that people read: milestones by date, the trace as an event log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.columns import Coded, Columns, frame
from sim.experiment.outcome import Outcome
from sim.experiment.scratch import let_go
from sim.experiment.visits import VisitRows
from sim.model.arrays import Model
from sim.trace import NEVER, OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

_MINUTE = "timedelta64[m]"

#: Cells (replication, project, milestone) made a table at once.
CELLS: int = 500_000


def _moments(model: Model, minutes: npt.NDArray[np.int32]) -> npt.NDArray[np.datetime64]:
    """Return minutes as local time; what did not happen is not a time."""
    epoch = np.datetime64(model.epoch, "m")
    moments = epoch + minutes.astype(np.int64).astype(_MINUTE)
    return np.where(minutes < NEVER, moments, np.datetime64("NaT")).astype("datetime64[s]")


def milestone_table(model: Model, outcome: Outcome) -> pd.DataFrame:
    """Return milestones reached: columns replication, project (id), milestone, minute, time."""
    return _joined(milestone_tables(model, outcome))


def milestone_tables(model: Model, outcome: Outcome) -> Iterator[Columns]:
    """Yield the rows of `milestone_table`, some replications at a time."""
    size = max(1, CELLS // max(outcome.milestones[0].size, 1))
    for start in range(0, outcome.replications, size):
        block = slice(start, start + size)
        times = outcome.milestones[block]
        r, p, k = np.nonzero((times < NEVER) & outcome.active[block, :, None])
        minute = times[r, p, k]
        yield {
            "replication": outcome.numbers[block][r],
            "project": Coded(p, model.project_ids),
            "milestone": Coded(k, model.milestones),
            "minute": minute,
            "time": _moments(model, minute),
        }
        let_go(outcome.milestones, outcome.active)


def event_log(model: Model, outcome: Outcome) -> pd.DataFrame:
    """Return the visits of kept traces as an event log.

    Columns replication, project (id), activity, visit, ready, joined, served, ended (local times),
    outcome. Empty when no traces were kept.
    """
    parts = [
        _log(model, np.full(len(trace.project), trace.replication), VisitRows.of(trace))
        for _, trace in outcome.kept
    ]
    return _joined(parts)


def event_logs(model: Model, outcome: Outcome) -> Iterator[Columns]:
    """Yield the event log of collected visits, some replications at a time; columns of `event_log`."""
    for _, block in outcome.visits.blocks():
        yield _log(model, np.repeat(block.numbers, block.counts), block.rows)


def _log(model: Model, replication: npt.NDArray[np.int64], rows: VisitRows) -> Columns:
    """Return visits as a table that people read."""
    moments = {n: _moments(model, getattr(rows, n)) for n in ("ready", "joined", "served", "ended")}
    return {
        "replication": replication,
        "project": Coded(rows.project, model.project_ids),
        "activity": Coded(rows.activity, model.activities),
        "visit": rows.visit,
        **moments,
        "outcome": Coded(rows.outcome, OUTCOMES),
    }


def _joined(tables: Iterable[Columns]) -> pd.DataFrame:
    """Return tables of the same columns as one, for few replications."""
    import pandas as pd  # noqa: PLC0415 - only who looks at a table needs it

    parts = [frame(table) for table in tables]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
