"""The walk back from a milestone to signing, as a kernel: which rows explain which stretch of time."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from sim.jit import kernel
from sim.paths.book import LOWEST
from sim.paths.pieces import key_of, put, row_key, turn_round
from sim.trace import NEVER, OPEN, REFUSED, VOID, WITHDRAWN

__all__ = ["take_all", "walk"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
#: A whole number, Python's or NumPy's.
Whole: TypeAlias = Any
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]


@kernel
def _open_case(project: Ints, ready: Ints, outcome: Bytes, case: Ints, row: int, p: int) -> Whole:
    """Return the case that holds an unfinished project: of its open activities the one waiting longest."""
    found, since = -1, NEVER + 1
    while row < len(project) and project[row] == p:
        if outcome[row] == OPEN or outcome[row] == WITHDRAWN or outcome[row] == REFUSED:
            c = case[row]
            if ready[row] < since or (ready[row] == since and c < found):
                found, since = c, ready[row]
        row += 1
    return found


@kernel
def _cut(
    keys: Longs, minutes: Ints, n: int, code: Longs, absent: Flags, reached: Ints, p: int,
    start: int, end: int,
) -> Whole:  # fmt: skip
    """Put time of no activity, cut at the milestones the project reached."""
    count = reached.shape[1]
    edge, before = LOWEST, start
    for k in range(count):
        if not (absent[p, k] and reached[p, k] >= NEVER):
            edge = max(edge, reached[p, k])
        until = max(min(end if k == count - 1 else edge, end), start)
        n = put(keys, minutes, n, key_of(k, code[0], code[1], code[2], code[3]), until - before)
        before = until
    return n


@kernel
def _last_reached(milestones: Ints, p: int) -> Whole:
    """Return the last milestone a project reached; it has signed."""
    k = milestones.shape[1] - 1
    while milestones[p, k] >= NEVER:
        k -= 1
    return k


@kernel
def walk(  # noqa: PLR0912 - a call for each step costs as much as the step
    wanted: Ints, unreached: bool, since: int, horizon: int, code: Longs, milestone_case: Ints, absent: Flags,
    phase: Ints, activity: Ints, target: Ints, pred_offset: Ints, pred: Ints, pred_flag: Ints,
    active: Flags, arc: Flags, project: Ints, ready: Ints, outcome: Bytes, withdrawn: Ints, milestones: Ints,
    case: Ints, first: Ints, visits: Ints, rerun: Ints, gate: Bytes, ends: Ints,
    taken: Longs, until: Ints, taken_at: Ints, keys: Longs, minutes: Ints, keys_at: Ints,
) -> None:  # fmt: skip
    """Take the rows on each project's path, each with the moment it is cut at; gaps become pieces at once."""
    count, row, n, h = len(wanted), 0, 0, 0
    for p in range(count):
        taken_at[p], keys_at[p] = n, h
        while row < len(project) and project[row] < p:
            row += 1
        signed = milestones[p, 0]
        if not active[p] or signed >= min(horizon, NEVER):
            continue
        k = wanted[p]
        if k < 0:
            k = _last_reached(milestones, p)
        c, cursor = milestone_case[p, k], milestones[p, k]
        if cursor >= NEVER:
            if not unreached:
                continue
            c = _open_case(project, ready, outcome, case, row, p)
            cursor = min(withdrawn[p], horizon)
        cursor = max(cursor, signed)
        while True:
            if c < 0 or (visits[c] == 0 and not gate[c]):
                start = max(signed, since)
                if cursor > start:
                    h = _cut(keys, minutes, h, code, absent, milestones, p, start, cursor)
                break
            driver, latest = -1, LOWEST  # the predecessor that ended last (ties: declared order)
            for a in range(pred_offset[c], pred_offset[c + 1]):
                if (pred_flag[a] < 0 or arc[a]) and (driver < 0 or ends[pred[a]] > latest):
                    driver, latest = pred[a], ends[pred[a]]
            begin = min(ready[first[c]], ends[c]) if visits[c] > 0 else NEVER
            begin = max(min(begin, cursor), signed)
            start = max(min(latest, begin), signed)
            key = key_of(phase[c], activity[c], code[1], code[2], code[3])
            if visits[c] > 0:
                finish = min(ends[c], cursor)
                cut, t, last = finish, target[c], first[c] + visits[c] - 1
                if outcome[last] == VOID and t >= 0 and rerun[t] >= 0:  # up to where its target is redone
                    taken[n], until[n] = row_key(phase[t], activity[t], rerun[t]), finish
                    cut = min(ready[rerun[t]], finish)
                    n += 1
                row_at = row_key(phase[c], activity[c], 0)
                for i in range(first[c], last + 1):
                    taken[n], until[n] = row_at + i, cut
                    n += 1
                h = put(keys, minutes, h, key, cursor - max(finish, since))
            h = put(keys, minutes, h, key, begin - max(start, since))
            if driver < 0 or start <= signed:
                break
            c, cursor = driver, start
        turn_round(taken, until, taken_at[p], n)  # nearly in the order in which they will be sorted
    taken_at[count], keys_at[count] = n, h


@kernel
def take_all(
    horizon: int, phase: Ints, activity: Ints, project: Ints, withdrawn: Ints, case: Ints, taken: Longs,
    until: Ints, taken_at: Ints, keys_at: Ints,
) -> None:  # fmt: skip
    """Take every row up to the day its project leaves: no path, the load of all activities."""
    i = 0
    for p in range(len(withdrawn)):
        taken_at[p], keys_at[p] = i, 0
        while i < len(project) and project[i] == p:
            taken[i] = row_key(phase[case[i]], activity[case[i]], i)
            until[i] = min(withdrawn[p], horizon)
            i += 1
    taken_at[len(withdrawn)], keys_at[len(withdrawn)] = i, 0
