"""What Python calls: rows of paths, rows of all activities, and the ends of cases."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.jit import entry
from sim.paths.book import close_cases, index_rows
from sim.paths.pieces import split, unpack
from sim.paths.walk import take_all, walk

__all__ = ["find_ends", "find_pieces", "unpack_rows"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]


@entry
def find_ends(
    place: Ints, reopened: Flags, case_project: Ints, kind: Ints, target: Ints, pred_offset: Ints, pred: Ints,
    pred_flag: Ints, applies: Flags, arc: Flags, state: Bytes, known: Ints, rounds: Ints, project: Ints,
    activity: Ints, visit: Ints, ended: Ints, outcome: Bytes, milestones: Ints,
    case: Ints, first: Ints, visits: Ints, rerun: Ints, gate: Bytes, ends: Ints,
) -> None:  # fmt: skip
    """Index the rows of a trace and find the ends of cases."""
    index_rows(place, reopened, rounds, project, activity, visit, case, first, visits, rerun)
    close_cases(
        case_project, kind, target, pred_offset, pred, pred_flag, applies, arc, state, known, ended, outcome,
        milestones, case, rerun, gate, ends,
    )  # fmt: skip


@entry
def find_pieces(
    everything: bool, wanted: Ints, unreached: bool, since: int, horizon: int, code: Longs, k: Longs,
    site: Flags, queue_cause: Longs, queue_owner: Longs, stop_cause: Longs, work_owner: Longs,
    milestone_case: Ints, absent: Flags, phase: Ints, of: Ints, resource: Ints, ladder: Ints, clock: Ints,
    target: Ints, pred_offset: Ints, pred: Ints, pred_flag: Ints, rung_offset: Ints, rung_resource: Ints,
    active: Flags, lane: Ints, arc: Flags, project: Ints, visit: Ints, ready: Ints, joined: Ints,
    served: Ints, ended: Ints, outcome: Bytes, stop_project: Ints, stop_activity: Ints, stop_rung: Ints,
    stop_started: Ints, stop_ended: Ints, withdrawn: Ints, milestones: Ints,
    case: Ints, first: Ints, visits: Ints, rerun: Ints, gate: Bytes, ends: Ints,
    taken: Longs, until: Ints, taken_at: Ints, gap_keys: Longs, gap_minutes: Ints, gaps_at: Ints,
    keys: Longs, minutes: Ints, found_at: Ints,
) -> None:  # fmt: skip
    """Find the pieces of paths, or of all activities; `find_ends` goes before."""
    if everything:
        take_all(horizon, phase, of, project, withdrawn, case, taken, until, taken_at, gaps_at)
    else:
        walk(
            wanted, unreached, since, horizon, code, milestone_case, absent, phase, of, target, pred_offset,
            pred, pred_flag, active, arc, project, ready, outcome, withdrawn, milestones, case, first, visits,
            rerun, gate, ends, taken, until, taken_at, gap_keys, gap_minutes, gaps_at,
        )  # fmt: skip
    split(
        since, k, site, code, queue_cause, queue_owner, stop_cause, work_owner, phase, of, resource, ladder,
        clock, rung_offset, rung_resource, lane, visit, ready, joined, served, ended, stop_project,
        stop_activity, stop_rung, stop_started, stop_ended, milestones, case, taken, until, taken_at,
        gap_keys, gap_minutes, gaps_at, keys, minutes, found_at,
    )  # fmt: skip


@entry
def unpack_rows(
    found_at: Ints, keys: Longs, amounts: Ints, project: Ints, phase: Codes, activity: Codes, cause: Codes,
    owner: Codes, resource: Codes, minutes: Ints,
) -> None:  # fmt: skip
    """Write keys out as columns."""
    unpack(found_at, keys, amounts, project, phase, activity, cause, owner, resource, minutes)
