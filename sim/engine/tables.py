"""The model and the draws as plain lists: indexing a list is ten times faster than a NumPy scalar."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.arrays import ENDED, GATE, MEETING, POOL, QUOTA, Model
from sim.sampling.draws import Draws
from sim.trace import NEVER

__all__ = ["Tables", "predecessor_lists"]


def predecessor_lists(model: Model, draws: Draws) -> list[list[int]]:
    """Return the predecessors of each case, with the candidate arcs this replication has.

    Parameters
    ----------
    model : Model
    draws : Draws

    Returns
    -------
    list of list of int
        Cases, one list for each case.
    """
    cases = model.cases
    present = (cases.pred_flag < 0) | draws.arc
    offset = np.concatenate(([0], np.cumsum(present)))[cases.pred_offset].tolist()
    pred = cases.pred[present].tolist()
    return [pred[a:b] for a, b in pairwise(offset)]


class Tables:
    """What the engine reads while it runs, one list a column.

    Names follow `Model` and `Draws`; what is not there:

    Attributes
    ----------
    is_gate : list of bool
        A gate, or does not apply in this replication.
    is_meeting, is_quota, is_pool : list of bool
        Kind of the resource the case asks for.
    reopens : list of bool
        A check that fails and has a target that applies.
    released_by : dict of int to list of int
        Pool cases whose amount is given back when the key ends.
    milestones_of : dict of int to list of int
        Milestones that are reached when the key ends.
    last_milestone : list of int
        Last milestone each project has.
    first_joined : list of int
        First known minute of joining of each case; the engine fills it.
    """

    def __init__(self, model: Model, draws: Draws) -> None:
        self._read_cases(model, draws)
        self._read_draws(draws)
        self._derive(model, draws)
        self._read_ladders(model)
        self.regime_start = model.regime_start.tolist()
        self.months = model.months[:-1].tolist()
        self.first_joined = [NEVER] * len(self.project)
        self.lane = draws.lane[model.cases.project].tolist()
        self.unit = model.unit.tolist()
        self.case_offset = model.case_offset.tolist()
        self.pred = predecessor_lists(model, draws)

    def _read_cases(self, model: Model, draws: Draws) -> None:
        """Columns of the cases, with the clock of the lane each runs on."""
        cases = model.cases
        self.project = cases.project.tolist()
        self.activity = cases.activity.tolist()
        self.kind = cases.kind.tolist()
        self.phase = cases.phase.tolist()
        self.resource = cases.resource.tolist()
        self.amount = cases.amount.tolist()
        self.reserved = cases.reserved.tolist()
        self.static_rank: list[int] = cases.rank.tolist()
        self.rank = list(self.static_rank)  # reviews change these
        self.release = cases.release.tolist()
        self.target = cases.target.tolist()
        self.reference = cases.reference.tolist()
        self.since = cases.since.tolist()
        self.grace = cases.grace.tolist()
        self.session_law = cases.session_law.tolist()
        self.scaled = (cases.scaled & (cases.phase >= 0)).tolist()
        self.slot_offset = cases.slot_offset.tolist()
        self.stop_offset = cases.stop_offset.tolist()
        self.ladder = cases.ladder.tolist()
        self.clock = cases.clock[np.arange(len(cases.project)), draws.lane[cases.project]].tolist()

    def _read_draws(self, draws: Draws) -> None:
        """Columns of the draws."""
        self.rounds = draws.rounds.tolist()
        self.refused = draws.refused.tolist()
        self.applicant = draws.applicant.tolist()
        self.work: list[list[int]] = draws.work.tolist()
        self.factor: list[list[list[int]]] = draws.factor.tolist()
        self.patience = draws.patience.tolist()
        self.stop_gap = draws.stop_gap.tolist()
        self.rung_solved = draws.rung_solved.tolist()
        self.rung_work = draws.rung_work.tolist()
        self.event_value = draws.event_value.tolist()
        self.event_reserved = draws.event_reserved.tolist()
        self.session_work: list[int] = draws.session_work.tolist()
        self.state = draws.state.tolist()
        self.visit = draws.visit.tolist()
        self.ready = draws.ready.tolist()
        self.joined = draws.joined.tolist()
        self.served = draws.served.tolist()
        self.remaining = draws.remaining.tolist()
        self.signed = draws.signed.tolist()
        self.takes_part = (draws.active & (draws.withdrawn == NEVER)).tolist()

    def _read_ladders(self, model: Model) -> None:
        """Ladders as lists of (resource, clock)."""
        ladders = model.ladders
        rungs = list(zip(ladders.resource.tolist(), ladders.clock.tolist(), strict=True))
        offset = ladders.offset.tolist()
        self.rungs = [rungs[a:b] for a, b in pairwise(offset)]

    def _derive(self, model: Model, draws: Draws) -> None:
        """Columns that only the engine needs."""
        cases, asks = model.cases, model.cases.resource >= 0
        self.is_gate = ((cases.kind == GATE) | ~draws.applies).tolist()
        kind = np.full(len(asks), -1)
        kind[asks] = model.resources.kind[cases.resource[asks]]
        self.is_meeting = (kind == MEETING).tolist()
        self.is_quota = (kind == QUOTA).tolist()
        self.is_pool = (kind == POOL).tolist()
        self.reopens = (draws.void & (cases.target >= 0) & draws.applies[cases.target]).tolist()
        self.ended = np.where(draws.state == ENDED, draws.ended, NEVER).tolist()
        self.released_by = _groups(cases.release, (kind == POOL) & (cases.release >= 0))
        self.milestones_of: dict[int, list[int]] = defaultdict(list)
        for p, k in np.argwhere(model.milestone_case >= 0).tolist():
            self.milestones_of[int(model.milestone_case[p, k])].append(k)
        numbers = np.arange(model.milestone_case.shape[1])
        self.last_milestone = np.where(model.milestone_case >= 0, numbers, 0).max(axis=1, initial=0).tolist()


def _groups(key: npt.NDArray[Any], chosen: npt.NDArray[np.bool_]) -> dict[int, list[int]]:
    """Return the chosen rows under their key."""
    found: dict[int, list[int]] = {}
    for row in np.flatnonzero(chosen).tolist():
        found.setdefault(int(key[row]), []).append(row)
    return found
