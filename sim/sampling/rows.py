"""What kernels read of a model, the same in all replications: rows of int32, found once.

Cells that hold a scalar of the model point at its value in `Luck.values`; "none" points at the zero behind
the last one. Cells that hold a name point into `Rows.names`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.arrays import CHECK, GATE, Model

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

#: A case; behind these cells its laws of work by regime, and its laws of rework by regime.
PROJECT, ACTIVITY, SLOT, MOST, SEEN, RETURNED, REFUSED, VOID, PREPARE, CORRECT = range(10)
LATER, PAPERS_OF, RERUN_OF, GATED, ALLOWED, PROMISE, SPLIT, WHOLE, LAWS = range(10, 19)

#: A group of cases that share a draw, and a case with a group (or an arc with a share).
G_PROJECT, G_FLAG, G_FORCED, GROUP = range(4)
M_CASE, M_GROUP, M_SHARE, MEMBER = range(4)
R_ARC, R_PROJECT, R_ACTIVITY, R_SHARE, ARC = range(5)

#: A merged case with its members and whether a check may reopen it, and a member.
Y_CASE, Y_FIRST, Y_BEHIND, Y_RERUN, MERGED = range(5)
J_NAME, J_PREPARE, J_CORRECT, J_WORK, J_REWORK, J_RETURNED, J_REFUSED, J_MOST, JOINT = range(9)

#: A cell of the patience table: place, project, phase, law, own minutes since the milestone (-1 = ahead).
P_PLACE, P_PROJECT, P_PHASE, P_LAW, P_SPENT, PATIENCE = range(6)

#: A stoppage: case, project, activity, number, rate, first rung and place behind the last one.
S_CASE, S_PROJECT, S_ACTIVITY, S_NUMBER, S_RATE, S_FIRST, S_BEHIND, STOP = range(8)


@dataclass(frozen=True)
class Rows:
    """Flat arrays of rows.

    Parameters
    ----------
    names : uint64 array
        Hashes of projects, activities, flags and phases, one behind the other.
    regimes : int
    cases : int32 array
        C rows of ``LAWS + 2 * regimes`` cells.
    groups, applies, tolerated, arcs, patience, stops : int32 arrays
        Groups of shared draws; cases that may not apply, or may be tolerated; arcs that may be absent;
        what may end in a withdrawal; stoppages.
    checks : int32 array
        Pairs of a check and what it checks.
    merged, members : int32 arrays
        Cases of items done together, and those items.
    limited : int32 array
        Checks of papers that have to come in time.
    rivals : int32 array
        Pairs of checks of one case that may both fail; where both do, only the second reopens it.
    rungs : int32 array
        Pairs of the law of a rung's work and its share solved.
    longest : int
        Most rungs of a ladder.
    """

    names: Keys
    regimes: int
    cases: Small
    groups: Small
    applies: Small
    tolerated: Small
    checks: Small
    merged: Small
    members: Small
    limited: Small
    rivals: Small
    arcs: Small
    patience: Small
    stops: Small
    rungs: Small
    longest: int


@dataclass(frozen=True)
class Found:
    """What `sim.sampling.layout` has found before: see `Layout`."""

    project: Keys
    activity: Keys
    flag: Keys
    phase: Keys
    applies_group: Ints
    tolerated_group: Ints
    promised_group: Ints
    member_group: Ints
    group_project: Ints
    group_flag: Ints
    forced: Flags
    rounds_max: Ints
    rerun: Flags
    seen: Ints
    papers_of: Ints
    milestones: Ints
    highest: Ints


def make_rows(model: Model, found: Found) -> Rows:
    """Put together what kernels read of a model."""
    cases, rules, ladders = model.cases, model.rules, model.ladders
    parts = (found.project, found.activity, found.flag, found.phase)
    flag, phase = np.cumsum([len(part) for part in parts])[1:3].tolist()
    checks = np.flatnonzero((cases.kind == CHECK) & (cases.target >= 0))
    return Rows(
        names=np.concatenate(parts),
        regimes=rules.work.shape[1],
        cases=_cases(model, found),
        groups=_flat(found.group_project, flag + found.group_flag, found.forced),
        applies=_members(model, found.applies_group, rules.applies),
        tolerated=_members(model, found.tolerated_group, rules.tolerated),
        checks=_flat(checks, cases.target[checks]),
        merged=_merged(model, found),
        members=_joint(model, flag),
        limited=np.flatnonzero(rules.allowed >= 0).astype(np.int32),
        rivals=_rivals(model),
        arcs=_arcs(model),
        patience=_patience(model, found, phase),
        stops=_stops(model),
        rungs=_flat(ladders.work, _scalar(model, ladders.solved)),
        longest=int(np.diff(ladders.offset).max(initial=0)),
    )


def _flat(*columns: npt.ArrayLike) -> Small:
    """Return columns as rows one behind the other."""
    return np.column_stack([np.asarray(column, dtype=np.int32) for column in columns]).reshape(-1)


def _scalar(model: Model, index: Small) -> Small:
    """Return where the values of scalars are; "none" reads the zero behind them."""
    return np.where(index >= 0, index, len(model.scalars)).astype(np.int32)


def _activity(model: Model, case: Ints | slice) -> Ints:
    """Return where the names of the activities of cases are."""
    return model.cases.activity[case].astype(np.int64) + len(model.project_ids)


def _cases(model: Model, found: Found) -> Small:
    """Return the rows of cases."""
    cases, rules = model.cases, model.rules
    target = np.maximum(cases.target, 0)
    reopens = (cases.target >= 0) & found.rerun[target] & (found.rounds_max[target] > 0)
    return _flat(
        cases.project,
        _activity(model, slice(None)),
        cases.slot_offset[:-1],
        found.rounds_max,
        found.seen,
        _scalar(model, rules.returned),
        _scalar(model, rules.refused),
        _scalar(model, rules.void),
        rules.prepare,
        rules.correct,
        _scalar(model, rules.tolerated_share),
        found.papers_of,
        np.where(reopens, cases.target, -1),
        cases.kind == GATE,
        rules.allowed,
        rules.promise,
        _scalar(model, rules.split),
        rules.whole,
        *rules.work.T,
        *rules.rework.T,
    )


def _members(model: Model, group: Ints, share: Small) -> Small:
    """Return the cases that have a group, with the share that decides."""
    case = np.flatnonzero(group >= 0)
    return _flat(case, group[case], _scalar(model, share[case]))


def _merged(model: Model, found: Found) -> Small:
    """Return the merged cases with their members."""
    offset = model.rules.members.offset
    case = np.flatnonzero(np.diff(offset) > 0)
    return _flat(case, offset[case], offset[case + 1], found.rerun[case])


def _joint(model: Model, flag: int) -> Small:
    """Return the members of merged cases."""
    m = model.rules.members
    returned, refused = _scalar(model, m.returned), _scalar(model, m.refused)
    return _flat(flag + m.name, m.prepare, m.correct, m.work, m.rework, returned, refused, m.rounds)


def _rivals(model: Model) -> Small:
    """Return pairs of checks of one case, the later by its role first, sorted by that role."""
    cases, role = model.cases, model.rules.role
    by_target: dict[int, list[int]] = {}
    for check in np.flatnonzero((cases.kind == CHECK) & (cases.target >= 0)).tolist():
        by_target.setdefault(int(cases.target[check]), []).append(check)
    pairs = [
        (one, other) for checks in by_target.values() for one in checks for other in checks
        if role[other] < role[one]
    ]  # fmt: skip
    pairs.sort(key=lambda pair: (role[pair[0]], pair))
    return np.array(pairs, dtype=np.int32).reshape(-1)


def _arcs(model: Model) -> Small:
    """Return the arcs that may be absent, keyed by the case that waits."""
    share = model.rules.arc_share
    arc = np.flatnonzero(share >= 0)
    waiting = np.searchsorted(model.cases.pred_offset, arc, side="right") - 1
    project = model.cases.project[waiting]
    return _flat(arc, project, _activity(model, waiting), _scalar(model, share[arc]))


def _patience(model: Model, found: Found, phase: int) -> Small:
    """Return the phases that are not over and may end in a withdrawal."""
    law, columns = model.withdrawal_law, model.withdrawal_law.shape[1]
    row, k = np.nonzero((law >= 0) & (np.arange(columns)[None, :] >= found.highest[:, None]))
    spent = np.where(k == found.highest[row], np.maximum(-found.milestones[row, k], 0), -1)
    return _flat(row * columns + k, row, phase + k, law[row, k], spent)


def _stops(model: Model) -> Small:
    """Return the stoppages, each with the rungs of its ladder."""
    cases, ladders = model.cases, model.ladders
    slots = np.diff(cases.stop_offset)
    case = np.repeat(np.arange(len(slots)), slots)
    number = np.arange(case.size) - cases.stop_offset[case]
    ladder = cases.ladder[case]
    rungs = np.where(ladder >= 0, [ladders.offset[ladder], ladders.offset[ladder + 1]], 0)
    rate = _scalar(model, model.rules.stop_rate[case])
    return _flat(case, cases.project[case], _activity(model, case), number, rate, *rungs)
