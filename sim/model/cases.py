"""Cases and rules of all projects, cut from the templates of their classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model.arrays import Cases, Flags, Ints, Limits, Rules
from sim.model.clockbook import ClockBook
from sim.model.frozen import frozen_flags, frozen_ints
from sim.model.noderow import Member
from sim.model.parts import Members
from sim.model.projects import whole_amount
from sim.model.ranks import dense_ranks
from sim.model.resources import Desks, LadderBook
from sim.model.sheet import Sheet
from sim.resources import Quota

ProjectRows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Setting:
    """What cases of all classes share.

    Parameters
    ----------
    desks : Desks
    ladders : LadderBook
    book : ClockBook
    units : tuple of str
        Names of the units.
    unit : (P,) int32
        Unit of each project.
    activities : tuple of str
        Names of the activities, sorted.
    """

    desks: Desks
    ladders: LadderBook
    book: ClockBook
    units: tuple[str, ...]
    unit: Ints
    activities: tuple[str, ...]


def compile_cases(sheet: Sheet, setting: Setting, rows: ProjectRows) -> Cases:
    """Arrays of all cases.

    Parameters
    ----------
    sheet : Sheet
    setting : Setting
    rows : sequence of mapping
        Attributes of every project.
    """
    number = {name: i for i, name in enumerate(setting.activities)}
    activity = np.array([number[row.name] for row in sheet.rows], dtype=np.int32)[sheet.case_row]
    counts = sheet.stacked([t.pred_counts for t in sheet.templates])
    phases = [np.array(t.graph.phases, dtype=np.int32) for t in sheet.templates]
    clocks = np.array([setting.book.lane_clocks(row.clock) for row in sheet.rows], dtype=np.int32)
    use = _resource_use(sheet, setting, rows)
    return Cases(
        project=frozen_ints(sheet.project),
        activity=frozen_ints(activity),
        kind=frozen_ints(sheet.column("kind")),
        phase=frozen_ints(sheet.stacked(phases)),
        clock=frozen_ints(clocks.reshape(-1, setting.book.lanes)[sheet.case_row]),
        resource=frozen_ints(use.resource),
        amount=frozen_ints(use.amount),
        reserved=frozen_flags(use.reserved),
        rank=frozen_ints(use.rank),
        release=frozen_ints(sheet.places("release")),
        target=frozen_ints(sheet.places("target")),
        reference=frozen_ints(sheet.places("reference")),
        since=frozen_ints(sheet.places("since")),
        grace=frozen_ints(sheet.column("grace")),
        session_law=frozen_flags(sheet.column("session_law")),
        scaled=frozen_flags(sheet.column("scaled")),
        pred_offset=_offsets(counts),
        pred=frozen_ints(sheet.arcs([t.pred for t in sheet.templates]) + sheet.arc_base),
        pred_flag=frozen_ints(sheet.arcs([t.arc_share for t in sheet.templates])),
        slot_offset=_offsets(sheet.column("slots")),
        stop_offset=_offsets(sheet.column("stops")),
        ladder=_ladder(sheet, setting),
    )


def compile_rules(sheet: Sheet, flag_names: tuple[str, ...]) -> Rules:
    """Arrays of laws and shares, case by case."""
    return Rules(
        prepare=frozen_ints(sheet.column("prepare")),
        correct=frozen_ints(sheet.column("correct")),
        work=frozen_ints(sheet.stacked([t.work for t in sheet.templates])),
        rework=frozen_ints(sheet.stacked([t.rework for t in sheet.templates])),
        returned=frozen_ints(sheet.column("returned")),
        refused=frozen_ints(sheet.column("refused")),
        void=frozen_ints(sheet.column("void")),
        applies=frozen_ints(sheet.column("applies")),
        applies_name=frozen_ints(sheet.column("applies_name")),
        tolerated=frozen_ints(sheet.column("tolerated")),
        tolerated_name=frozen_ints(sheet.column("tolerated_name")),
        tolerated_share=frozen_ints(sheet.column("tolerated_share")),
        role=frozen_ints(sheet.column("role")),
        allowed=frozen_ints(sheet.column("allowed")),
        promised=frozen_ints(sheet.column("promised")),
        promised_name=frozen_ints(sheet.column("promised_name")),
        promise=frozen_ints(sheet.column("promise")),
        split=frozen_ints(sheet.column("split")),
        whole=frozen_ints(sheet.places("whole")),
        stop_rate=frozen_ints(sheet.column("stop_rate")),
        arc_share=frozen_ints(sheet.arcs([t.arc_share for t in sheet.templates])),
        members=_members(sheet),
        flag_names=flag_names,
    )


def _members(sheet: Sheet) -> Members:
    """Return the members of all cases, case by case."""
    table = np.array([m for row in sheet.rows for m in row.members], dtype=np.int32).reshape(
        -1, len(Member._fields)
    )
    counts = np.array([len(row.members) for row in sheet.rows], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    each = counts[sheet.case_row]
    offset = np.concatenate([[0], np.cumsum(each)])
    within = np.arange(offset[-1]) - np.repeat(offset[:-1], each)
    found = table[np.repeat(starts[sheet.case_row], each) + within]
    columns = {name: frozen_ints(found[:, i]) for i, name in enumerate(Member._fields)}
    return Members(offset=frozen_ints(offset), **columns)


def compile_limits(sheet: Sheet, book: ClockBook) -> Limits:
    """Arrays of legal limits, case by case."""
    limit = sheet.stacked([t.limit for t in sheet.templates])
    if not (limit >= 0).any():
        return Limits.none(len(sheet.case_row), book.lanes)
    pause = np.stack([sheet.column("publicity"), sheet.column("expert_review")], axis=1)
    return Limits(
        limit=frozen_ints(limit),
        pause=frozen_ints(pause),
        stops=frozen_ints(sheet.column("clock_stops")),
        clock=frozen_ints(book.lane_clocks("working")),
    )


def _offsets(counts: Ints) -> Ints:
    return frozen_ints(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]))


@dataclass(frozen=True)
class _Use:
    """Resource asked for by each case, how much, and its place in the queue."""

    resource: Ints
    amount: Ints
    reserved: Flags
    rank: Ints


def _resource_use(sheet: Sheet, setting: Setting, rows: ProjectRows) -> _Use:
    """Look up the resources, one row of the templates at a time (all its projects at once)."""
    total = len(sheet.case_row)
    use = _Use(
        np.full(total, -1, dtype=np.int32),
        np.ones(total, dtype=np.int32),
        np.zeros(total, dtype=np.bool_),
        np.zeros(total, dtype=np.int32),
    )
    bases = sorted({row.resource for row in sheet.rows if row.resource is not None})
    base_of = np.array([bases.index(r.resource) if r.resource else -1 for r in sheet.rows], dtype=np.int64)
    for number, base in enumerate(bases):
        cases = np.flatnonzero(base_of[sheet.case_row] == number)
        project = sheet.project[cases]
        block = setting.desks.block(base)
        desk = np.array([setting.desks.index(base, unit) for unit in setting.units], dtype=np.int32)
        use.resource[cases] = desk[setting.unit[project]]
        use.rank[cases] = dense_ranks(block.order, rows)[project]
        if isinstance(block, Quota) and block.reserved_for is not None:
            key = np.array([block.reserved_for.holds(row) for row in rows], dtype=np.bool_)
            use.reserved[cases] = key[project]
        use.amount[cases] = _amounts(sheet, cases, rows)
    return use


def _amounts(sheet: Sheet, cases: np.ndarray[Any, Any], rows: ProjectRows) -> Ints:
    """Amounts of some cases, attribute by attribute."""
    amounts = np.ones(len(cases), dtype=np.int32)
    names = [sheet.rows[row].amount for row in sheet.case_row[cases].tolist()]
    project = sheet.project[cases].tolist()
    for i, (name, p) in enumerate(zip(names, project, strict=True)):
        if name != "case":
            amounts[i] = whole_amount(name, _number(rows[p].get(name)))
    return amounts


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _ladder(sheet: Sheet, setting: Setting) -> Ints:
    names = sorted({row.ladder for row in sheet.rows if row.ladder is not None})
    if not names:
        return frozen_ints(np.full(len(sheet.case_row), -1))
    table = [[setting.ladders.index(name, unit) for unit in setting.units] for name in names]
    place = np.array([names.index(r.ladder) if r.ladder else -1 for r in sheet.rows])[sheet.case_row]
    found = np.array(table, dtype=np.int32)[place, setting.unit[sheet.project]]
    return frozen_ints(np.where(place >= 0, found, -1))
