"""The tables of one replication side by side: what the plain laws of conservation look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.model.arrays import ENDED, GATE, Model
from sim.sampling.draws import Draws
from sim.trace import DIRECT, DONE, NEVER, VOID, Trace

__all__ = ["SHOWN", "Audit", "Flags", "Longs"]

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: How many offenders a message names.
SHOWN = 3


@dataclass
class Audit:
    """The tables of one replication side by side, and what was found.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
    """

    model: Model
    draws: Draws
    trace: Trace
    found: list[str] = field(default_factory=list)

    def note(self, law: str, broken: Flags, rows: Longs | None = None) -> None:
        """Note a law that some rows of the visits break, or some of the rows given."""
        self.note_cases(law, self.case[np.flatnonzero(broken) if rows is None else rows[broken]])

    def note_cases(self, law: str, cases: Flags | Longs) -> None:
        """Note a law that these cases break (their numbers, or a flag for each case)."""
        offenders = np.flatnonzero(cases) if cases.dtype == np.bool_ else cases
        if len(offenders):
            names = ", ".join(self.name(c) for c in offenders[:SHOWN].tolist())
            self.found.append(f"{law}: {len(offenders)} ({names})")

    def name(self, c: int) -> str:
        """Return the project and activity of a case."""
        cases = self.model.cases
        return f"{self.model.project_ids[cases.project[c]]} {self.model.activities[cases.activity[c]]}"

    @cached_property
    def case(self) -> Longs:
        """Case of each visit row."""
        return self._case_of(self.trace.project, self.trace.activity)

    @cached_property
    def stop_case(self) -> Longs:
        """Case of each stop row."""
        return self._case_of(self.trace.stop_project, self.trace.stop_activity)

    def _case_of(self, project: npt.NDArray[np.int32], activity: npt.NDArray[np.int32]) -> Longs:
        """Look cases up by project and activity."""
        width = len(self.model.activities) + 1
        key = self.model.cases.project.astype(np.int64) * width + self.model.cases.activity
        order = np.argsort(key)
        return order[np.searchsorted(key, project.astype(np.int64) * width + activity, sorter=order)]

    @cached_property
    def runs(self) -> Flags:
        """Cases of projects that take part."""
        takes_part: Flags = self.draws.active & (self.draws.withdrawn == NEVER)
        return takes_part[self.model.cases.project]

    @cached_property
    def is_gate(self) -> Flags:
        """Cases that leave no row."""
        gates: Flags = (self.model.cases.kind == GATE) | ~self.draws.applies
        return gates

    @cached_property
    def kind(self) -> Longs:
        """Kind of resource of each case, -1 = none."""
        resource = self.model.cases.resource
        kinds = np.append(self.model.resources.kind, -1).astype(np.int64)
        return kinds[np.where(resource >= 0, resource, len(kinds) - 1)]

    @cached_property
    def is_rerun(self) -> Flags:
        """Visit rows of reopened cases."""
        return self.trace.visit >= self.draws.rounds[self.case]

    @cached_property
    def end(self) -> Longs:
        """End of each case as its successors see it, NEVER if it has none."""
        cases, trace = self.model.cases, self.trace
        end = np.where(self.draws.state == ENDED, self.draws.ended, NEVER).astype(np.int64)
        over = np.isin(trace.outcome, (DONE, DIRECT)) & ~self.is_rerun
        end[self.case[over]] = trace.ended[over]
        void = np.zeros(len(end), dtype=bool)
        void[self.case[trace.outcome == VOID]] = True
        rerun = np.full(len(end), NEVER, dtype=np.int64)
        again = self.is_rerun & (trace.outcome == DONE)
        rerun[self.case[again]] = trace.ended[again]
        end[void] = rerun[cases.target[void]]
        gates = self.is_gate & self.runs & (self.draws.state != ENDED)
        while True:  # once for each gate in a row
            ready = self.ready(end)
            if np.array_equal(end[gates], ready[gates]):
                return end
            end[gates] = ready[gates]

    def ready(self, end: Longs) -> Longs:
        """Return when each case was ready, given the ends of cases."""
        cases, draws, horizon = self.model.cases, self.draws, self.model.horizon
        present = (cases.pred_flag < 0) | draws.arc
        arc_case = np.repeat(np.arange(len(end)), np.diff(cases.pred_offset))[present]
        latest = np.full(len(end), -NEVER, dtype=np.int64)
        np.maximum.at(latest, arc_case, end[cases.pred[present]])
        signed = np.maximum(draws.signed[cases.project], 0)
        begin = np.where(draws.ready != NEVER, draws.ready, signed)
        ready = np.where(latest >= 0, latest, begin)
        started = self.runs & (signed < horizon) & ~((ready > self.gone) & (latest >= 0))
        return np.where(started & (ready < horizon), ready, NEVER)

    @cached_property
    def reopened(self) -> Longs:
        """When each case was reopened, NEVER if it was not."""
        reopened = np.full(len(self.kind), NEVER, dtype=np.int64)
        reopened[self.case[self.is_rerun]] = self.trace.ready[self.is_rerun]
        return reopened

    @cached_property
    def gone(self) -> Longs:
        """When the project of each case left."""
        return self.trace.withdrawn[self.model.cases.project].astype(np.int64)
