"""What the laws of conservation look at, as kernels: rows by case, ends as successors see them, findings.

Findings are one row a law: how many broke it, then the first that did.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sim.jit import kernel
from sim.model.parts import APPLICANT, ENDED, GATE, QUEUED, SERVICE
from sim.trace import DIRECT, DONE, NEVER, VOID

__all__ = ["SHOWN", "find_cases", "find_ends", "find_reruns", "note", "ready_at"]

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]

#: How many offenders a message names.
SHOWN: Final = 3

# The laws, in the order in which they are told.
UNKNOWN_ROW, UNKNOWN_STOP, ORDER, GATES, LATE, BEYOND, UNSERVED, UNFINISHED, OPEN_ENDED = range(9)
AWAY, LEFT_OPEN, NOT_RETURNED, NO_NEXT, GAP, DRAWN, NOT_DIRECT, NO_CAUSE, NOT_REOPENED = range(9, 18)
READY, MILESTONE, AFTER, STAYS, STRAY, STOP_LATE, RUNGS, OUTSIDE = range(18, 26)
BY_ENDS: Final = 26
LAWS: Final = 27
# Then three for each resource, three of meetings, and one for each clock.
BEYOND_CAPACITY, OVERDRAWN, OPEN_OVERDRAWN = range(3)
NO_SESSION, NO_PLACE, NOT_IN_TIME = range(3)


@kernel
def note(found: Ints, law: int, who: int) -> None:
    """Note a law that somebody breaks."""
    if found[law, 0] < found.shape[1] - 1:
        found[law, 1 + found[law, 0]] = who
    found[law, 0] += 1


@kernel
def find_cases(place: Ints, project: Ints, activity: Ints, case: Ints, found: Ints, law: int) -> None:
    """Find the case of each row; note rows of activities that their project does not have."""
    for i in range(len(project)):
        p, a = project[i], activity[i]
        case[i] = place[p, a] if 0 <= p < place.shape[0] and 0 <= a < place.shape[1] else -1
        if case[i] < 0:
            note(found, law, 0)


@kernel
def find_reruns(
    kind: Ints, case_project: Ints, active: Flags, left: Ints, applies: Flags, rounds: Ints, visit: Ints,
    case: Ints, runs: Bytes, gate: Bytes, rerun: Bytes,
) -> None:  # fmt: skip
    """Find which cases take part and leave no rows, and which rows are of reopened cases."""
    for c in range(len(kind)):
        p = case_project[c]
        runs[c] = active[p] and left[p] == NEVER
        gate[c] = kind[c] == GATE or not applies[c]
    for i in range(len(case)):
        rerun[i] = visit[i] >= rounds[case[i]]


@kernel
def ready_at(latest: int, horizon: int, signed: int, begun: int, gone: int) -> int:
    """Return when a case of a project that takes part is ready, given the latest end of those before it."""
    begin = max(signed, 0)
    if begin >= horizon or (latest >= 0 and latest > gone):
        return NEVER
    if latest < 0:
        latest = begun if begun != NEVER else begin
    return latest if latest < horizon else NEVER


@kernel
def find_ends(
    horizon: int, case_project: Ints, target: Ints, pred_offset: Ints, pred: Ints, pred_flag: Ints,
    arc: Flags, signed: Ints, state: Bytes, known: Ints, begun: Ints, ready: Ints, ended: Ints,
    outcome: Bytes, withdrawn: Ints, case: Ints, runs: Bytes, gate: Bytes, rerun: Bytes,
    end: Ints, redone: Ints, reopened: Ints, reopening: Ints,
) -> None:  # fmt: skip
    """Find the end of each case as its successors see it, and when, and by which row, it was reopened."""
    for c in range(len(end)):
        end[c] = known[c] if state[c] == ENDED else NEVER
        redone[c], reopened[c], reopening[c] = NEVER, NEVER, -1
    for i in range(len(case)):
        c = case[i]
        if rerun[i]:
            reopened[c] = ready[i]
            if outcome[i] == DONE:
                redone[c] = ended[i]
        elif outcome[i] == DONE or outcome[i] == DIRECT:
            end[c] = ended[i]
    for i in range(len(case)):
        if outcome[i] == VOID:
            t = target[case[i]]
            end[case[i]] = redone[t] if t >= 0 else NEVER
            if t >= 0:
                reopening[t] = i
    for c in range(len(end)):  # predecessors come first
        if gate[c] and runs[c] and state[c] != ENDED:
            p, latest = case_project[c], -NEVER
            for a in range(pred_offset[c], pred_offset[c + 1]):
                if pred_flag[a] < 0 or arc[a]:
                    latest = max(latest, end[pred[a]])
            end[c] = ready_at(latest, horizon, signed[p], begun[c], withdrawn[p])


@kernel
def was_under_way(state: int) -> bool:
    """Tell whether a visit of a case was under way at the epoch."""
    return state in (APPLICANT, QUEUED, SERVICE)
