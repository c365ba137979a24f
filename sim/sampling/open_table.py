"""The open cases as one flat table for kernels, made once a model (see `open_layout`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.arrays import CHECK, GATE, Model
from sim.sampling import open_layout as at
from sim.sampling.layout import Flags, Ints, Layout
from sim.sampling.mixed import CLOCK
from sim.sampling.open_cases import Found, find_open
from sim.sampling.rows import G_FLAG, GROUP
from sim.sampling.visits import work_law


@dataclass(frozen=True)
class OpenCases:
    """What a replication must play, for all threads to read.

    Parameters
    ----------
    table : int32 array
        See `open_layout`.
    most : int
        Cases of the project that has most.
    """

    table: npt.NDArray[np.int32]
    most: int


@dataclass(frozen=True)
class _Tables:
    """What rows are made of: the model, and where names and shares lie."""

    model: Model
    layout: Layout
    found: Found

    def name(self, case: Ints) -> Ints:
        """Return the places of the names of cases."""
        return len(self.model.project_ids) + self.model.cases.activity[case].astype(np.int64)

    def owner(self, case: Ints) -> Ints:
        """Return the places of the projects of cases among the open ones."""
        return np.searchsorted(self.found.projects, self.model.cases.project[case])

    def share(self, scalar: npt.NDArray[np.integer]) -> Ints:
        """Return the places of scalars; of none that of the zero behind them."""
        return np.where(scalar >= 0, scalar, len(self.model.scalars)).astype(np.int64)


def lay_out(model: Model, layout: Layout) -> OpenCases:
    """Lay the open cases of a model out for kernels."""
    found = find_open(model, layout)
    mine = np.isin(model.cases.project, found.projects)
    tables = _Tables(model, layout, found)
    count = np.bincount(found.owner, minlength=len(found.projects))
    decisions, decision_owner = _decision_rows(tables, mine)
    checks, check_owner = _check_rows(tables, mine)
    arcs = np.stack([_scratch(found, count, found.arc_pred), found.arc], axis=1)
    merged, merged_owner = _merged_rows(tables, mine)
    parts = [_project_rows(tables, count), _case_rows(tables, count), arcs, decisions, checks, merged]
    place = at.HEADER + np.cumsum([0, *(part.size for part in parts)])
    projects, cases = parts[:2]
    for cell, owner, part in (
        (at.P_CASE, found.owner, 1),
        (at.P_DECISION, decision_owner, 3),
        (at.P_CHECK, check_owner, 4),
        (at.P_MERGED, merged_owner, 5),
    ):
        projects[:, cell : cell + 2] = _spans(place[part], parts[part].shape[1], owner, len(projects))
    cases[:, at.C_ARC : at.C_ARC_END + 1] = _spans(place[2], at.ARC, found.arc_case, len(cases))
    header = np.array([len(projects), place[0], projects.shape[1], cases.shape[1]])
    table = np.concatenate([header, *(part.ravel() for part in parts)]).astype(np.int32)
    return OpenCases(table, int(count.max(initial=0)))


def _spans(place: int, width: int, owner: Ints, count: int) -> Ints:
    """Return where the rows of each owner begin and end, in a table at `place` that is sorted by owner."""
    ends = np.searchsorted(owner, np.arange(count + 1))
    return np.asarray(place + width * np.stack([ends[:-1], ends[1:]], axis=1), dtype=np.int64)


def _scratch(found: Found, count: Ints, place: Ints) -> Ints:
    """Return the scratch of cases within their projects, -1 where there is none."""
    first = (np.cumsum(count) - count)[found.owner]
    local = np.append(np.arange(len(first)) - first, -1)[place]
    return np.where(place >= 0, at.SCRATCH * local, -1)


def _project_rows(tables: _Tables, count: Ints) -> Ints:
    """Return the rows of projects; where their cases, flags and arcs lie is filled in later."""
    found, layout = tables.found, tables.layout
    rows = np.zeros((len(found.projects), at.P_CLOSERS + found.milestone.shape[1]), dtype=np.int64)
    rows[:, at.P_INDEX] = found.projects
    rows[:, at.P_BASE] = np.minimum(layout.milestones[found.projects, 0], 0)
    rows[:, at.P_CLOSERS :] = _scratch(found, count, found.milestone)
    return rows


def _case_rows(tables: _Tables, count: Ints) -> Ints:
    """Return the rows of cases; where their arcs lie is filled in later."""
    model, layout, found = tables.model, tables.layout, tables.found
    cases, rules, case = model.cases, model.rules, found.case
    lanes = cases.clock.shape[1]
    rows = np.full((len(case), at.C_CLOCKS + lanes), -1, dtype=np.int64)
    whole = rules.whole[case]
    rows[:, at.C_INDEX], rows[:, at.C_KEY] = case, tables.name(np.where(whole >= 0, whole, case))
    rows[:, at.C_SPLIT], rows[:, at.C_IS_FIRST] = tables.share(rules.split[case]), whole >= 0
    visits = (layout.rounds_max[case] > 0) & (cases.kind[case] != GATE)
    rows[:, at.C_KIND] = np.select(
        [found.dated, found.shown, visits], [at.DATED, at.SHOWN, at.PLAYED], at.EMPTY
    )
    queues = cases.resource[case] >= 0
    rows[:, at.C_BOUND], rows[:, at.C_QUEUES] = found.bound, queues
    rows[:, at.C_WAIT] = np.where(queues, model.pilot_wait[case], 0)
    rows[:, at.C_ROUNDS], rows[:, at.C_RETURNED] = layout.rounds_max[case], tables.share(rules.returned[case])
    phase = cases.phase[case].astype(np.int64)
    row = model.unit[cases.project[case]].astype(np.int64) * len(model.milestones) + phase
    rows[:, at.C_FACTOR] = np.where(cases.scaled[case] & (phase >= 0), row, -1)
    papers = layout.papers_of[case]
    rows[:, at.C_PAPERS] = np.where(papers >= 0, tables.name(papers), -1)
    item = np.where(papers >= 0, papers, case)
    rows[:, at.C_PREPARE], rows[:, at.C_CORRECT] = rules.prepare[item], rules.correct[case]
    rows[:, at.C_PAPERS_SHARE] = rows[:, at.C_LATER] = tables.share(rules.tolerated_share[item])
    rows[:, at.C_ALLOWED] = rules.allowed[case]
    rows[:, at.C_MEMBER], rows[:, at.C_MEMBER_END] = (
        rules.members.offset[case],
        rules.members.offset[case + 1],
    )
    # A phase is played under the laws of the day of signing.
    signed = layout.milestones[cases.project[case], 0]
    rows[:, at.C_PROMISE] = work_law(model, case, np.zeros_like(case), np.minimum(signed, 0), promised=True)
    for visit in (0, 1):
        rows[:, at.C_WORK + visit] = work_law(model, case, np.full_like(case, visit), np.minimum(signed, 0))
    rows[:, at.C_SINCE] = _scratch(found, count, found.since)
    rows[:, at.C_GRACE] = cases.grace[case]
    rows[:, at.C_REFERENCE] = _scratch(found, count, found.reference)
    rows[:, at.C_CLOCKS :] = CLOCK * (cases.clock[case] % (len(model.clocks) + 1))
    return rows


def _decision_rows(tables: _Tables, mine: Flags) -> tuple[Ints, Ints]:
    """Return a row for each thing that an attempt decides, sorted by project, and its project's place."""
    model, layout, rules = tables.model, tables.layout, tables.model.rules
    flag = layout.rows.groups.reshape(-1, GROUP)[:, G_FLAG]
    rows, cases = [], []
    for what, groups, share in (
        (at.APPLIES, layout.applies_group, rules.applies),
        (at.TOLERATED, layout.tolerated_group, rules.tolerated),
        (at.PROMISED, layout.promised_group, rules.promised),
    ):
        case = np.flatnonzero(mine & (groups >= 0))
        name = np.where(layout.forced[groups[case]], at.SURE, flag[groups[case]])
        rows.append(_columns(what, case, name, tables.share(share[case])))
        cases.append(case)
    members = rules.members
    joint = np.arange(len(mine)).repeat(np.diff(members.offset))
    chance = np.flatnonzero(mine[joint] & (layout.member_group >= 0))
    name = np.where(layout.forced[layout.member_group[chance]], at.SURE, flag[layout.member_group[chance]])
    rows.append(_columns(at.TAKES_PART, chance, name, tables.share(members.share[chance])))
    cases.append(joint[chance])
    check = np.flatnonzero(mine & (model.cases.kind == CHECK) & (layout.applies_group < 0))
    waiting = np.repeat(np.arange(len(mine)), np.diff(model.cases.pred_offset))
    arc = np.flatnonzero(mine[waiting] & (rules.arc_share >= 0))
    rows.append(_columns(at.APPLIES, check, at.ALWAYS, 0))
    rows.append(_columns(at.THERE, arc, tables.name(waiting[arc]), tables.share(rules.arc_share[arc])))
    owner = tables.owner(np.concatenate([*cases, check, waiting[arc]]))
    order = np.argsort(owner, kind="stable")
    return np.concatenate(rows)[order], owner[order]


def _merged_rows(tables: _Tables, mine: Flags) -> tuple[Ints, Ints]:
    """Return a row for each merged case, and its project's place."""
    offset = tables.model.rules.members.offset
    case = np.flatnonzero(mine & (np.diff(offset) > 0))
    return _columns(case, offset[case], offset[case + 1]), tables.owner(case)


def _check_rows(tables: _Tables, mine: Flags) -> tuple[Ints, Ints]:
    """Return a row for each check of something, and its project's place."""
    cases = tables.model.cases
    check = np.flatnonzero(mine & (cases.kind == CHECK) & (cases.target >= 0))
    return _columns(check, cases.target[check]), tables.owner(check)


def _columns(*columns: npt.ArrayLike) -> Ints:
    """Return columns as a table."""
    return np.stack(np.broadcast_arrays(*map(np.asarray, columns)), axis=1).astype(np.int64)
