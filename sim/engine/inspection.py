"""What Python calls: one look at a trace, all laws of conservation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine import audit as law
from sim.engine.accounts import follow, name_offenders, opening_hours
from sim.engine.audit import find_cases, find_ends, find_reruns, note
from sim.engine.conduct import (
    cells,
    directness,
    milestones_hold,
    order,
    outcomes,
    precedence,
    reopenings,
    returns,
    stops,
    withdrawals,
)
from sim.engine.holdings import steps_of_cases, steps_of_stops, steps_of_visits
from sim.jit import entry, kernel

__all__ = ["inspect"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]


@kernel
def _check_rungs(ladder: Ints, rung_offset: Ints, rung: Ints, stop_case: Ints, found: Ints) -> None:
    """Note rungs that the ladder of their case does not have."""
    for s in range(len(stop_case)):
        d = ladder[stop_case[s]] if stop_case[s] >= 0 else -1
        if d < 0 or rung[s] < 0 or rung[s] >= rung_offset[d + 1] - rung_offset[d]:
            note(found, law.UNKNOWN_STOP, 0)


@kernel
def _is_clean(found: Ints) -> bool:
    """Tell whether nothing was found yet."""
    broken = 0
    for i in range(len(found)):
        broken += found[i, 0]
    return broken == 0


@entry
def inspect(
    horizon: int, shift: int, width: int, place: Ints, case_project: Ints, kind: Ints, target: Ints,
    reference: Ints, since: Ints, grace: Ints,
    pred_offset: Ints, pred: Ints, pred_flag: Ints, milestone_case: Ints, resource: Ints, amount: Ints,
    key: Flags, release: Ints, ladder: Ints, rung_offset: Ints, rung_resource: Ints, k: Longs,
    kinds: Ints, gives_back: Flags, lead: Ints, hours: Ints, event_time: Ints, event_kind: Ints, events: Ints,
    events_at: Ints,
    active: Flags, left: Ints, signed: Ints, lane: Ints, applies: Flags, arc: Flags, rounds: Ints,
    refused: Flags, void: Flags, state: Bytes, under_way: Ints, known: Ints, begun: Ints, reached: Ints,
    capacity: Ints, reserved: Ints, value: Ints, more: Ints,
    project: Ints, activity: Ints, visit: Ints, ready: Ints, joined: Ints, served: Ints, ended: Ints,
    outcome: Bytes, stop_project: Ints, stop_activity: Ints, stop_number: Ints, stop_rung: Ints,
    stop_started: Ints, stop_served: Ints, stop_ended: Ints, stop_solved: Bytes, withdrawn: Ints,
    causes: Bytes, milestones: Ints,
    case: Ints, stop_case: Ints, rerun: Bytes, runs: Bytes, gate: Bytes, end: Ints, redone: Ints,
    reopened: Ints, reopening: Ints, first: Ints, grants: Ints, steps: Longs, spare: Longs, owner: Ints,
    at: Ints, digits: Ints, bad: Longs, counts: Ints, found: Ints,
) -> None:  # fmt: skip
    """Note all that is wrong with a trace: of the model, of its draws, of the trace, then scratch."""
    find_cases(place, project, activity, case, found, law.UNKNOWN_ROW)
    find_cases(place, stop_project, stop_activity, stop_case, found, law.UNKNOWN_STOP)
    _check_rungs(ladder, rung_offset, stop_rung, stop_case, found)
    if not _is_clean(found):
        return
    find_reruns(kind, case_project, active, left, applies, rounds, visit, case, runs, gate, rerun)
    order(project, activity, visit, case, runs, gate, found)
    cells(horizon, project, ready, joined, served, ended, outcome, withdrawn, case, found)
    if not _is_clean(found):  # the other laws trust the cells
        return
    find_ends(
        horizon, case_project, target, pred_offset, pred, pred_flag, arc, signed, state, known, begun, ready,
        ended, outcome, withdrawn, case, runs, gate, rerun, end, redone, reopened, reopening,
    )  # fmt: skip
    returns(visit, ready, ended, outcome, case, rerun, found)
    outcomes(kind, target, reference, applies, rounds, refused, void, visit, outcome, case, rerun, found)
    directness(reference, since, grace, outcome, case, rerun, end, found)
    reopenings(target, ready, ended, outcome, case, rerun, reopened, reopening, found)
    precedence(
        horizon, case_project, pred_offset, pred, pred_flag, arc, signed, state, begun, ready, withdrawn,
        case, runs, gate, rerun, end, first, found,
    )  # fmt: skip
    milestones_hold(horizon, milestone_case, active, left, signed, state, reached, milestones, end, found)
    withdrawals(project, ready, joined, served, ended, outcome, withdrawn, causes, case, found)
    stops(
        horizon, stop_number, stop_started, stop_served, stop_ended, stop_solved, visit, served, ended, case,
        stop_case, first, found,
    )  # fmt: skip
    steps_of_visits(
        horizon, kinds, gives_back, lead, resource, amount, key, release, state, under_way, project, joined,
        served, ended, outcome, withdrawn, case, rerun, end, reopened, grants, steps, owner, counts, found,
    )  # fmt: skip
    steps_of_stops(
        horizon, kinds, gives_back, lead, case_project, amount, key, ladder, rung_offset, rung_resource,
        stop_rung, stop_started, stop_served, stop_ended, withdrawn, stop_case, grants, steps, owner, counts,
        found,
    )  # fmt: skip
    steps_of_cases(
        horizon, kinds, gives_back, case_project, resource, amount, release, state, under_way, withdrawn,
        runs, gate, end, reopened, steps, owner, counts,
    )  # fmt: skip
    follow(
        shift, width, kinds, capacity, reserved, event_time, event_kind, value, more, events, events_at,
        steps, owner, spare, at, digits, bad, counts, found,
    )  # fmt: skip
    name_offenders(horizon, kinds, grants, bad, counts, found)
    opening_hours(k, kinds, hours, case_project, lane, grants, counts, found)
