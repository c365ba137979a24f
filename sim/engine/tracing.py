"""Rows of the trace while they are written, and the trace at the end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine.rules import CAUSE_NONE, CAUSE_WITHDRAWN
from sim.model.arrays import Model
from sim.sampling.draws import Draws
from sim.trace import DIRECT, NEVER, OPEN, WITHDRAWN, Trace

__all__ = ["ENDED_AT", "JOINED", "SERVED", "STOP_ENDED", "STOP_SERVED", "STOP_SOLVED", "Recorder", "Row"]

#: A row is a list while it is open: project, activity, visit, ready, joined, served, ended, outcome.
Row = list[int]
JOINED, SERVED, ENDED_AT, OUTCOME = 4, 5, 6, 7
#: Of a stop: project, activity, stop, rung, started, served, ended, solved.
STOP_SERVED, STOP_ENDED, STOP_SOLVED = 5, 6, 7


class Recorder:
    """Writes what happens; knows which row of each case is open.

    Parameters
    ----------
    model : Model
    draws : Draws
    """

    def __init__(self, model: Model, draws: Draws) -> None:
        self.replication = draws.replication
        self.project = model.cases.project.tolist()
        self.activity = model.cases.activity.tolist()
        self.rows: list[Row] = []
        self.stops: list[Row] = []
        self.open_row: list[Row | None] = [None] * len(self.project)
        self.open_rung: list[Row | None] = [None] * len(self.project)
        self.milestones: list[list[int]] = draws.milestones.tolist()
        self.withdrawn: list[int] = draws.withdrawn.tolist()
        self.cause = np.where(draws.withdrawn == NEVER, CAUSE_NONE, CAUSE_WITHDRAWN).tolist()

    def open(self, c: int, visit: int, ready: int) -> Row:
        """Start the row of a visit."""
        row = [self.project[c], self.activity[c], visit, ready, NEVER, NEVER, NEVER, OPEN]
        self.rows.append(row)
        self.open_row[c] = row
        return row

    def close(self, c: int, outcome: int, now: int) -> None:
        """End the open row of a case."""
        row = self.open_row[c]
        assert row is not None, "a visit ends once"
        row[ENDED_AT], row[OUTCOME] = now, outcome
        self.open_row[c] = None

    def direct(self, c: int, ready: int) -> None:
        """Write the row of a check that had nothing to convert."""
        self.rows.append([self.project[c], self.activity[c], 0, ready, ready, ready, ready, DIRECT])

    def open_stop(self, c: int, stop: int, rung: int, now: int) -> Row:
        """Start the row of a rung."""
        row = [self.project[c], self.activity[c], stop, rung, now, NEVER, NEVER, 0]
        self.stops.append(row)
        self.open_rung[c] = row
        return row

    def close_stop(self, c: int, now: int, *, solved: bool) -> None:
        """End the open rung of a case."""
        row = self.open_rung[c]
        assert row is not None, "a rung ends once"
        row[STOP_ENDED], row[STOP_SOLVED] = now, int(solved)
        self.open_rung[c] = None

    def abandon(self, c: int, now: int) -> None:
        """End whatever is open of a case whose project withdraws."""
        if self.open_row[c] is not None:
            self.close(c, WITHDRAWN, now)
        if self.open_rung[c] is not None:
            self.close_stop(c, now, solved=False)

    def phase(self, p: int) -> int:
        """Return the highest milestone a project has reached, -1 before the first."""
        reached = [k for k, t in enumerate(self.milestones[p]) if t != NEVER]
        return reached[-1] if reached else -1

    def trace(self) -> Trace:
        """Return the trace; what is open stays open."""
        v, s = _table(self.rows, 3), _table(self.stops, 4)
        return Trace(
            self.replication,
            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7].astype(np.int8),
            s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7].astype(np.int8),
            np.array(self.withdrawn, dtype=np.int32),
            np.array(self.cause, dtype=np.int8),
            np.array(self.milestones, dtype=np.int32),
        )  # fmt: skip


def _table(rows: list[Row], keys: int) -> npt.NDArray[np.int32]:
    """Return rows as columns, sorted by their first `keys` cells."""
    table = np.array(sorted(rows), dtype=np.int32).reshape(-1, 8)
    assert len(np.unique(table[:, :keys], axis=0)) == len(table), "a row is written once"
    return np.ascontiguousarray(table.T)
