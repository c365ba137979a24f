"""Tables of an outcome that people read: milestones by date, the trace as an event log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.experiment.outcome import Outcome
from sim.experiment.scratch import let_go
from sim.experiment.visits import VisitRows
from sim.model.arrays import Model
from sim.trace import NEVER, OUTCOMES

_MINUTE = "timedelta64[m]"

#: Cells (replication, project, milestone) made a table at once.
CELLS: int = 500_000


def _moments(model: Model, minutes: npt.NDArray[np.int32]) -> pd.Series:
    """Return minutes as local time; what did not happen is not a time."""
    epoch = np.datetime64(model.epoch, "m")
    moments = epoch + minutes.astype(np.int64).astype(_MINUTE)
    return pd.Series(np.where(minutes < NEVER, moments, np.datetime64("NaT"))).astype("datetime64[s]")


def _named(codes: npt.NDArray[np.integer], names: Sequence[str]) -> pd.Series:
    """Return codes as the names they stand for."""
    return pd.Series(np.array(names, dtype=object)[codes], dtype=pd.CategoricalDtype(list(names)))


def milestone_table(model: Model, outcome: Outcome) -> pd.DataFrame:
    """Return milestones reached: columns replication, project (id), milestone, minute, time."""
    return pd.concat(milestone_tables(model, outcome), ignore_index=True)


def milestone_tables(model: Model, outcome: Outcome) -> Iterator[pd.DataFrame]:
    """Yield the rows of `milestone_table`, some replications at a time."""
    size = max(1, CELLS // max(outcome.milestones[0].size, 1))
    for start in range(0, outcome.replications, size):
        block = slice(start, start + size)
        times = outcome.milestones[block]
        r, p, k = np.nonzero((times < NEVER) & outcome.active[block, :, None])
        minute = times[r, p, k]
        yield pd.DataFrame(
            {
                "replication": outcome.numbers[block][r],
                "project": _named(p, model.project_ids),
                "milestone": _named(k, model.milestones),
                "minute": minute,
                "time": _moments(model, minute),
            }
        )
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
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def event_logs(model: Model, outcome: Outcome) -> Iterator[pd.DataFrame]:
    """Yield the event log of collected visits, some replications at a time; columns of `event_log`."""
    for _, block in outcome.visits.blocks():
        yield _log(model, np.repeat(block.numbers, block.counts), block.rows)


def _log(model: Model, replication: npt.NDArray[np.int64], rows: VisitRows) -> pd.DataFrame:
    """Return visits as a table that people read."""
    moments = {n: _moments(model, getattr(rows, n)) for n in ("ready", "joined", "served", "ended")}
    return pd.DataFrame(
        {
            "replication": replication,
            "project": _named(rows.project, model.project_ids),
            "activity": _named(rows.activity, model.activities),
            "visit": rows.visit,
            **moments,
            "outcome": _named(rows.outcome, OUTCOMES),
        }
    )
