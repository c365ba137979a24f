"""Tables of the buffer: resources with their lanes, projects, cases, and who comes after whom."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.engine.compiled import layout as at
from sim.errors import KaigongError
from sim.model.arrays import CHECK, GATE, MEETING, OFFICE, POOL, QUOTA, Ints, Model

__all__ = ["Plan", "plan_cases", "plan_resources"]

Longs = npt.NDArray[np.int64]

#: Tables begin at whole cache lines.
LINE: Final = 16


class Plan:
    """Places of tables in a buffer that grows while it is planned.

    Attributes
    ----------
    size : int
        Cells so far.
    parts : list of (int, array)
        What is written where, once the size is known.
    """

    def __init__(self) -> None:
        self.size = at.HEADER
        self.parts: list[tuple[int, npt.NDArray[Any]]] = []

    def room(self, cells: int) -> int:
        """Return the place of so many cells, at the beginning of a cache line."""
        place = -(-self.size // LINE) * LINE
        self.size = place + cells
        if self.size >= at.MANY:
            raise KaigongError("model: too large for 32-bit places; use `--engine reference`")
        return place

    def put(self, values: npt.ArrayLike) -> int:
        """Return the place of an array that is copied in."""
        array = np.asarray(values).reshape(-1)
        place = self.room(len(array))
        self.parts.append((place, array))
        return place

    def buffer(self) -> Ints:
        """Return the buffer, at the beginning of a cache line in memory."""
        raw = np.zeros(self.size + LINE, dtype=np.int32)
        skip = (-raw.ctypes.data // raw.itemsize) % LINE
        buffer = raw[skip : skip + self.size]
        for place, values in self.parts:
            buffer[place : place + len(values)] = values
        return buffer


def plan_resources(plan: Plan, head: Longs, model: Model, clocks: Ints) -> Longs:
    """Plan resources with their lanes, dated events and rungs; return the first lane of each resource."""
    rs, lanes = model.resources, int(head[at.LANES])
    hours = [
        sorted(set(row)) if kind == OFFICE else [-1]
        for kind, row in zip(rs.kind, rs.clock.tolist(), strict=True)
    ]
    count = [2 if kind == QUOTA else len(own) for kind, own in zip(rs.kind, hours, strict=True)]
    first = np.cumsum([0, *count])
    rows = np.zeros((len(count), at.RESOURCE), dtype=np.int64)
    lane_rows = np.zeros((int(first[-1]), at.LANE), dtype=np.int64)
    head[at.RESOURCE0], head[at.LANE0] = plan.room(rows.size), plan.room(lane_rows.size)
    head[at.LANE_ROWS] = len(lane_rows)
    lane_of = np.zeros((len(count), lanes), dtype=np.int64)
    for r, own in enumerate(hours):
        for k in range(count[r]):
            lane = lane_rows[first[r] + k]
            lane[at.L_RESOURCE] = head[at.RESOURCE0] + r * at.RESOURCE
            lane[at.L_KEY] = k if rs.kind[r] == QUOTA else 0
            lane[at.L_CLOCK] = clocks[own[k]] if rs.kind[r] == OFFICE else 0
        places = [own.index(i) for i in rs.clock[r].tolist()] if rs.kind[r] == OFFICE else [0] * lanes
        lane_of[r] = head[at.LANE0] + (first[r] + np.array(places)) * at.LANE
    rows[:, at.R_KIND], rows[:, at.R_SKIP], rows[:, at.R_KEEPS] = rs.kind, rs.skip, rs.keeps_place
    rows[:, at.R_RETURNS], rows[:, at.R_LEAD] = (
        (rs.kind != QUOTA) | rs.returns,
        np.where(rs.kind == MEETING, rs.lead, 0),
    )
    rows[:, at.R_LANE] = head[at.LANE0] + first[:-1] * at.LANE
    rows[:, at.R_LANE_END] = head[at.LANE0] + first[1:] * at.LANE
    plan.parts += [(int(head[at.RESOURCE0]), rows.reshape(-1)), (int(head[at.LANE0]), lane_rows.reshape(-1))]
    head[at.LANE_OF0] = plan.put(lane_of)
    e, d = model.events, model.ladders
    head[at.EVENT0] = plan.put(
        np.stack([e.time, e.kind, head[at.RESOURCE0] + e.resource * at.RESOURCE], axis=1)
    )
    helper = np.where(d.resource >= 0, head[at.RESOURCE0] + d.resource * at.RESOURCE, 0)
    head[at.LADDER0] = plan.put(np.stack([helper, clocks[d.clock], np.arange(len(helper))], axis=1))
    return rows[:, at.R_LANE]


def plan_cases(plan: Plan, head: Longs, model: Model, clocks: Ints, first_lane: Longs) -> None:
    """Plan projects and cases, and who comes after whom."""
    cases, size = model.cases, int(head[at.PROJECT_CELLS])
    head[at.PROJECT0] = plan.room(int(head[at.PROJECTS]) * size)
    head[at.CASE0] = plan.room(int(head[at.CASES]) * at.CASE)
    head[at.SLOT_OFFSET0] = plan.put(cases.slot_offset)
    head[at.ACTIVITY0] = plan.put(cases.activity)
    head[at.CASE_CLOCK0] = plan.put(clocks[cases.clock])
    by_activity = np.lexsort((cases.activity, cases.project))
    head[at.BY_ACTIVITY0] = plan.put(by_activity)
    rows = _case_rows(head, model, by_activity, first_lane)
    _plan_successors(plan, head, model, rows)
    plan.parts += [
        (int(head[at.PROJECT0]), _project_rows(head, model)),
        (int(head[at.CASE0]), rows.reshape(-1)),
    ]


def _places(index: npt.NDArray[Any], head: Longs) -> Longs:
    """Return the places of cases, 0 for none."""
    return np.where(index >= 0, head[at.CASE0] + index.astype(np.int64) * at.CASE, 0)


def _case_rows(head: Longs, model: Model, by_activity: npt.NDArray[np.intp], first_lane: Longs) -> Ints:
    """Return what the model knows of each case."""
    cases, rs = model.cases, model.resources
    count, asks = len(cases.project), cases.resource >= 0
    rows = np.zeros((count, at.CASE), dtype=np.int32)
    rows[:, at.C_INDEX], rows[:, at.C_RANK], rows[:, at.C_AMOUNT] = np.arange(count), cases.rank, cases.amount
    rows[by_activity, at.C_ORDER] = np.arange(count)
    flags = (
        at.IS_CHECK * (cases.kind == CHECK) + at.IS_KEY * cases.reserved + at.SESSION_LAW * cases.session_law
    )
    rows[:, at.C_FLAGS] = flags + at.SCALED * (cases.scaled & (cases.phase >= 0))
    rows[:, at.C_KIND] = -1
    rows[asks, at.C_KIND] = rs.kind[cases.resource[asks]]
    rows[asks, at.C_RESOURCE] = head[at.RESOURCE0] + cases.resource[asks] * at.RESOURCE
    key = np.where(rows[asks, at.C_KIND] == QUOTA, cases.reserved[asks] * at.LANE, 0)
    rows[asks, at.C_LANE] = first_lane[cases.resource[asks]] + key if asks.any() else 0
    rows[:, at.C_SLOT] = np.where(
        cases.kind != GATE, head[at.VISIT0] + cases.slot_offset[:-1] * head[at.VISIT_CELLS], 0
    )
    rows[:, at.C_PROJECT] = head[at.PROJECT0] + cases.project * head[at.PROJECT_CELLS]
    has_ladder = cases.ladder >= 0
    ladder = np.where(has_ladder, cases.ladder, 0)
    if has_ladder.any():
        offset = model.ladders.offset
        rows[:, at.C_LADDER] = head[at.LADDER0] + offset[ladder] * at.RUNG
        rows[:, at.C_RUNGS] = offset[ladder + 1] - offset[ladder]
    rows[:, at.C_STOPS] = np.where(has_ladder, np.diff(cases.stop_offset), 0)
    rows[:, at.C_GAP] = head[at.IN_GAP] + cases.stop_offset[:-1]
    rows[:, at.C_STOP_ROW] = head[at.STOP0] + cases.stop_offset[:-1] * head[at.RUNGS] * at.STOP
    rows[:, at.C_RELEASE], rows[:, at.C_TARGET] = _places(cases.release, head), _places(cases.target, head)
    rows[:, at.C_REFERENCE] = _places(cases.reference, head)
    row = model.unit[cases.project].astype(np.int64) * head[at.MILESTONES] + np.maximum(cases.phase, 0)
    rows[:, at.C_FACTOR] = head[at.IN_FACTOR] + row * head[at.MONTHS]
    for c in np.flatnonzero((rows[:, at.C_KIND] == POOL) & (cases.release >= 0)).tolist():
        named = int(cases.release[c])
        rows[c, at.C_NEXT_RELEASED], rows[named, at.C_RELEASES] = (
            rows[named, at.C_RELEASES],
            head[at.CASE0] + c * at.CASE,
        )
        rows[named, at.C_FLAGS] |= at.FREES
    for k in range(model.milestone_case.shape[1]):
        ends = model.milestone_case[:, k]
        rows[ends[ends >= 0], at.C_MILESTONES] |= 1 << k
    return rows


def _project_rows(head: Longs, model: Model) -> Ints:
    """Return what the model knows of each project."""
    count, size = len(model.project_ids), int(head[at.PROJECT_CELLS])
    rows = np.zeros((count, size), dtype=np.int32)
    rows[:, at.P_INDEX] = np.arange(count)
    rows[:, at.P_CASE] = head[at.CASE0] + model.case_offset[:-1].astype(np.int64) * at.CASE
    rows[:, at.P_CASE_END] = head[at.CASE0] + model.case_offset[1:].astype(np.int64) * at.CASE
    numbers = np.arange(model.milestone_case.shape[1])
    rows[:, at.P_LAST] = np.where(model.milestone_case >= 0, numbers, 0).max(axis=1, initial=0)
    return rows.reshape(-1)


def _plan_successors(plan: Plan, head: Longs, model: Model, rows: Ints) -> None:
    """Plan the arcs by the case they leave; those that differ by replication are listed apart."""
    cases = model.cases
    after = np.repeat(np.arange(len(cases.project)), np.diff(cases.pred_offset))
    if np.any(cases.project[after] != cases.project[cases.pred]):
        raise KaigongError("model: an activity comes after one of another project; expected the same project")
    order = np.argsort(cases.pred, kind="stable")
    place = plan.put(_places(after[order], head))
    head[at.SUCCESSOR0] = place
    counts = np.bincount(cases.pred, minlength=len(rows))
    rows[:, at.C_SUCCESSORS] = counts
    rows[:, at.C_SUCCESSOR] = place + np.cumsum(counts) - counts
    flagged = np.flatnonzero(cases.pred_flag[order] >= 0)
    head[at.FLAGGED_ARCS] = len(flagged)
    arcs = order[flagged]
    head[at.FLAGGED0] = plan.put(np.stack([place + flagged, _places(after[arcs], head), arcs], axis=1))
