"""Tables of the buffer: resources with their lanes, projects, cases, and who comes after whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.engine.compiled import layout as at
from sim.errors import KaigongError
from sim.model.arrays import CHECK, GATE, MEETING, OFFICE, POOL, QUOTA, Ints, Model

__all__ = ["Plan", "lines", "plan_cases", "plan_resources"]

Longs = npt.NDArray[np.int64]

#: Tables begin at whole cache lines.
LINE: Final = 16


def lines(cells: int) -> Ints:
    """Return so many zeros at the beginning of a cache line in memory."""
    raw = np.zeros(cells + LINE, dtype=np.int32)
    skip = (-raw.ctypes.data // raw.itemsize) % LINE
    return raw[skip : skip + cells]


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
        """Return the buffer with everything that was put."""
        buffer = lines(self.size)
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
    most = _most_requests(model)
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
            lane[at.L_HEAP] = plan.room((1 + most[r]) * at.REQUEST) + at.REQUEST
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
    head[at.LADDER0] = plan.put(np.stack([helper, clocks[d.clock]], axis=1))
    return rows[:, at.R_LANE]


def _most_requests(model: Model) -> list[int]:
    """Return how many cases may ask for each resource, for themselves or on a ladder."""
    cases, ladders, count = model.cases, model.ladders, len(model.resources.names)
    asks = np.bincount(cases.resource[cases.resource >= 0], minlength=count)
    climbers = np.bincount(cases.ladder[cases.ladder >= 0], minlength=len(ladders.names))
    for k, many in enumerate(climbers.tolist()):
        helpers = np.unique(ladders.resource[ladders.offset[k] : ladders.offset[k + 1]])
        asks[helpers[helpers >= 0]] += many
    return [int(n) for n in asks]


def plan_cases(plan: Plan, head: Longs, model: Model, clocks: Ints, first_lane: Longs) -> None:
    """Plan projects and cases, and who comes after whom; cases stand in the order of the trace."""
    cases, size = model.cases, int(head[at.PROJECT_CELLS])
    if np.diff(cases.slot_offset).max(initial=0) > at.VISIT:
        raise KaigongError(f"model: more than {at.VISIT} visits of an activity; use `--engine reference`")
    order = np.lexsort((cases.activity, cases.project))
    head[at.PROJECT0] = plan.room(int(head[at.PROJECTS]) * size)
    head[at.CASE0] = plan.room(len(order) * at.CASE)
    details = plan.room(len(order) * at.DETAILS)
    head[at.DETAIL] = details - 2 * head[at.CASE0]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = head[at.CASE0] + np.arange(len(order)) * at.CASE
    places = Places(order, place)
    head[at.SLOT0] = plan.put(cases.slot_offset[:-1][order])
    head[at.LAST_SLOT0] = plan.put(cases.slot_offset[1:] - 1)
    head[at.ACTIVITY0], head[at.BY_ACTIVITY0] = plan.put(cases.activity[order]), plan.put(order)
    head[at.CASE_CLOCK0] = plan.put(clocks[cases.clock][order])
    rows, more = _case_rows(head, model, first_lane), _detail_rows(head, model, places)
    _flag_details(model, rows, more)
    plan_successors(plan, head, model, rows, places)
    plan.parts += [
        (int(head[at.PROJECT0]), _project_rows(head, model)),
        (int(head[at.CASE0]), rows[order].reshape(-1)),
        (details, more[order].reshape(-1)),
    ]


@dataclass(frozen=True)
class Places:
    """Where cases are in the buffer.

    Parameters
    ----------
    order : (C,) array
        Cases by project and activity.
    place : (C,) array
        The place of each.
    """

    order: npt.NDArray[np.intp]
    place: Longs

    def of(self, index: npt.NDArray[Any]) -> Longs:
        """Return the places of cases, 0 for none."""
        return np.where(index >= 0, self.place[index], 0)


def _case_rows(head: Longs, model: Model, first_lane: Longs) -> Ints:
    """Return what the model knows of each case and most steps need."""
    cases, wanted = model.cases, model.cases.resource
    rows = np.zeros((len(wanted), at.CASE), dtype=np.int32)
    kind = np.append(model.resources.kind, OFFICE)[wanted]  # -1, the last: asks for nothing
    keeps = np.append(model.resources.keeps_place, False)[wanted]
    rows[:, at.C_RANK] = cases.rank
    rows[:, at.C_FLAGS] = (
        at.IS_CHECK * (cases.kind == CHECK) + at.SESSION_LAW * (cases.session_law & (kind == MEETING))
        + at.SCALED * (cases.scaled & (cases.phase >= 0)) + at.SEVERAL * (cases.amount != 1)
        + at.KEEPS * keeps + at.NO_VISITS * (cases.kind == GATE) + (kind << at.KIND)
    )  # fmt: skip
    key = np.where(kind == QUOTA, cases.reserved * at.LANE, 0)
    rows[:, at.C_LANE] = np.append(first_lane, 0)[wanted] + key
    row = model.unit[cases.project].astype(np.int64) * head[at.MILESTONES] + np.maximum(cases.phase, 0)
    rows[:, at.C_FACTOR] = head[at.IN_FACTOR] + row * head[at.MONTHS]
    return rows


def _detail_rows(head: Longs, model: Model, places: Places) -> Ints:
    """Return what the model knows of each case and few steps need."""
    cases, count = model.cases, len(model.cases.project)
    rows = np.zeros((count, at.DETAILS), dtype=np.int32)
    rows[:, at.D_INDEX], rows[:, at.D_AMOUNT] = np.arange(count), cases.amount
    rows[:, at.D_PROJECT] = head[at.PROJECT0] + cases.project * head[at.PROJECT_CELLS]
    has_ladder = cases.ladder >= 0
    ladder = np.where(has_ladder, cases.ladder, 0)
    if has_ladder.any():
        offset = model.ladders.offset
        rows[:, at.D_LADDER] = head[at.LADDER0] + offset[ladder] * at.RUNG
        rows[:, at.D_RUNGS] = offset[ladder + 1] - offset[ladder]
    rows[:, at.D_STOPS] = np.where(has_ladder, np.diff(cases.stop_offset), 0)
    rows[:, at.D_GAP] = head[at.IN_GAP] + cases.stop_offset[:-1]
    rows[:, at.D_STOP_ROW] = head[at.STOP0] + cases.stop_offset[:-1] * head[at.RUNGS] * at.STOP
    rows[:, at.D_EFFORT] = head[at.EFFORT0] + cases.project * head[at.MILESTONES] + np.maximum(cases.phase, 0)
    rows[:, at.D_RUNG_EFFORT] = (
        head[at.RUNG_EFFORT0] + model.unit[cases.project] * len(model.ladders.names) + ladder
    )
    rows[:, at.D_RELEASE], rows[:, at.D_TARGET] = places.of(cases.release), places.of(cases.target)
    rows[:, at.D_REFERENCE], rows[:, at.D_SINCE] = places.of(cases.reference), places.of(cases.since)
    rows[:, at.D_GRACE] = cases.grace
    for k in range(model.milestone_case.shape[1]):
        ends = model.milestone_case[:, k]
        rows[ends[ends >= 0], at.D_MILESTONES] |= 1 << k
    is_pool = np.append(model.resources.kind, OFFICE)[cases.resource] == POOL
    for c in np.flatnonzero(is_pool & (cases.release >= 0)).tolist():
        named = int(cases.release[c])
        rows[c, at.D_NEXT_RELEASED] = rows[named, at.D_RELEASES]
        rows[named, at.D_RELEASES] = places.place[c]
    return rows


def _flag_details(model: Model, rows: Ints, more: Ints) -> None:
    """Flag the cases whose details have to be looked at, so that those of others are never touched."""
    cases, flags = model.cases, rows[:, at.C_FLAGS]
    flags |= at.FREES * (more[:, at.D_RELEASES] != 0) + at.STOPS * (more[:, at.D_STOPS] > 0)
    flags |= at.REACHES * (more[:, at.D_MILESTONES] != 0)
    kind = flags & at.KINDS
    flags[kind == at.OF_POOL] |= at.WATCHED
    for index in (cases.release, cases.target, cases.reference, cases.since):
        flags[index[index >= 0]] |= at.WATCHED
    changes = flags & (at.KEEPS | at.STOPS | at.WATCHED) | (kind == at.OF_QUOTA) | (kind == at.OF_MEETING)
    flags |= at.DETAILED * (changes != 0)


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


def plan_successors(plan: Plan, head: Longs, model: Model, rows: Ints, places: Places) -> None:
    """Plan who comes after whom, as distances in the buffer; equal lists of different cases are one."""
    cases, many = model.cases, len(rows)
    after = np.repeat(np.arange(many), np.diff(cases.pred_offset))
    if np.any(cases.project[after] != cases.project[cases.pred]):
        raise KaigongError("model: an activity comes after one of another project; expected the same project")
    arcs = np.argsort(cases.pred, kind="stable")
    before, after = cases.pred[arcs], after[arcs]
    away = places.place[after] - places.place[before]
    count = np.bincount(before, minlength=many)
    first = np.cumsum(count) - count
    candidates = np.flatnonzero(cases.pred_flag[arcs] >= 0)
    label = _alike(away, first, count)
    own = np.unique(before[candidates])  # their lists differ by replication: not shared
    label[own] = label.max(initial=0) + 1 + np.arange(len(own))
    _, model_case, label = np.unique(label, return_index=True, return_inverse=True)
    lengths = count[model_case] + 1
    begins = np.cumsum(lengths) - lengths
    cells = np.zeros(int(lengths.sum()), dtype=np.int64)
    stands = begins[label[before]] + np.arange(len(arcs)) - first[before]
    cells[stands] = away
    place = plan.put(cells)
    rows[:, at.C_SUCCESSOR] = place + begins[label]
    head[at.BEFORE0] = plan.put(np.diff(cases.pred_offset)[places.order])
    head[at.FLAGGED_ARCS] = len(candidates)
    listed = [place + stands, away, arcs, places.place[after]]
    head[at.FLAGGED0] = plan.put(np.stack(listed, axis=1)[candidates])


def _alike(away: Longs, first: Longs, count: Longs) -> Longs:
    """Return a number for each case: the same for those with the same list of distances."""
    label, low = np.zeros(len(count), dtype=np.int64), away.min(initial=0)
    span = away.max(initial=0) - low + 1
    for k in range(count.max(initial=0)):
        longer = np.flatnonzero(count > k)
        pairs = label[longer] * span + away[first[longer] + k] - low
        label[longer] = np.unique(pairs, return_inverse=True)[1]
    alike: Longs = label * (count.max(initial=0) + 1) + count
    return alike
