"""Kernels that index the rows of a trace by case and tell when each case ended."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sim.jit import kernel
from sim.model.parts import ENDED, GATE
from sim.trace import DIRECT, DONE, NEVER, VOID

__all__ = ["LOWEST", "close_cases", "index_rows"]

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]

#: Earlier than every moment.
LOWEST: Final = -(2**31)


@kernel
def index_rows(
    place: npt.NDArray[np.int32], reopened: Flags, rounds: Ints, project: Ints, activity: Ints, visit: Ints,
    case: Ints, first: Ints, visits: Ints, rerun: Ints,
) -> None:  # fmt: skip
    """Find the case of each row; of each case its first row, its rows, and the rerun after a void check."""
    for c in range(len(first)):
        first[c] = -1
        visits[c] = 0
        rerun[c] = -1
    for i in range(len(project)):
        c = place[project[i], activity[i]]
        case[i] = c
        if first[c] < 0:
            first[c] = i
        if reopened[c] and visit[i] >= rounds[c]:
            rerun[c] = i
        else:
            visits[c] += 1


@kernel
def close_cases(
    case_project: Ints, kind: Ints, target: Ints, pred_offset: Ints, pred: Ints, pred_flag: Ints,
    applies: Flags, arc: Flags, state: Bytes, known: Ints, ended: Ints, outcome: Bytes, milestones: Ints,
    case: Ints, rerun: Ints, gate: Bytes, ends: Ints,
) -> None:  # fmt: skip
    """Find the gates, and the minute at which each case ended for its successors."""
    for c in range(len(ends)):
        over = state[c] == ENDED
        gate[c] = 0 if over else (kind[c] == GATE or not applies[c])
        ends[c] = known[c] if over else NEVER
    for i in range(len(case)):
        c = case[i]
        if outcome[i] == VOID:
            again = rerun[target[c]] if target[c] >= 0 else -1
            ends[c] = ended[again] if again >= 0 and outcome[again] == DONE else NEVER
        elif (outcome[i] == DONE or outcome[i] == DIRECT) and ended[i] < NEVER and rerun[c] != i:
            ends[c] = ended[i]
    for c in range(len(ends)):  # predecessors come first
        if gate[c]:
            latest = LOWEST
            for a in range(pred_offset[c], pred_offset[c + 1]):
                if pred_flag[a] < 0 or arc[a]:
                    latest = max(latest, ends[pred[a]])
            ends[c] = milestones[case_project[c], 0] if latest == LOWEST else latest
