"""Kernels that split rows into pieces of one cause, and sum equal pieces of a project.

A piece is a key and its minutes. A key holds the codes of phase, activity, cause, owner and resource, in
this order from the top, so that keys sort as the codes do.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from sim.engine.opening import elapsed
from sim.jit import kernel

__all__ = ["FIELDS", "key_of", "put", "row_key", "split", "turn_round", "unpack"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
#: A whole number, Python's or NumPy's.
Whole: TypeAlias = Any
Codes = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]

_PHASE, _ACTIVITY, _CAUSE, _OWNER, _RESOURCE = 8, 14, 14, 12, 15
#: Bits of phase, activity, cause, owner and resource in a key.
FIELDS: Final = (_PHASE, _ACTIVITY, _CAUSE, _OWNER, _RESOURCE)
_ROW: Final = 31
_ROW_MASK: Final = (1 << _ROW) - 1
_BY_OWNER: Final = _RESOURCE
_BY_CAUSE: Final = _BY_OWNER + _OWNER
_BY_ACTIVITY: Final = _BY_CAUSE + _CAUSE
_BY_PHASE: Final = _BY_ACTIVITY + _ACTIVITY


@kernel
def key_of(phase: int, activity: int, cause: int, owner: int, resource: int) -> Whole:
    """Return the key of codes."""
    key = np.int64(phase) << _BY_PHASE | np.int64(activity) << _BY_ACTIVITY
    return key | np.int64(cause) << _BY_CAUSE | np.int64(owner) << _BY_OWNER | np.int64(resource)


@kernel
def put(keys: Longs, minutes: Ints, n: int, key: int, amount: int) -> Whole:
    """Write a piece at place n, and return the next place; a piece of no time is overwritten by the next."""
    keys[n], minutes[n] = key, amount
    return n + (amount > 0)


@kernel
def row_key(phase: int, activity: int, row: int) -> Whole:
    """Return a key by which the rows of a project sort as their pieces will."""
    return (np.int64(phase) << _ACTIVITY | np.int64(activity)) << _ROW | np.int64(row)


@kernel
def _sort(keys: Longs, values: Ints, start: int, end: int) -> None:
    """Sort a few keys that are nearly in order, and the values with them."""
    for j in range(start + 1, end):
        key, value = keys[j], values[j]
        i = j - 1
        while i >= start and keys[i] > key:
            keys[i + 1], values[i + 1] = keys[i], values[i]
            i -= 1
        keys[i + 1], values[i + 1] = key, value


@kernel
def turn_round(keys: Longs, values: Ints, start: int, end: int) -> None:
    """Put the last key first, and the values with them."""
    low, high = start, end - 1
    while low < high:
        keys[low], keys[high] = keys[high], keys[low]
        values[low], values[high] = values[high], values[low]
        low, high = low + 1, high - 1


@kernel
def _condense(keys: Longs, minutes: Ints, start: int, end: int) -> Whole:
    """Sort the pieces of a project and sum equal ones; return the place behind the last."""
    _sort(keys, minutes, start, end)
    n = start
    for j in range(start, end):
        if n > start and keys[n - 1] == keys[j]:
            minutes[n - 1] += minutes[j]
        else:
            keys[n], minutes[n] = keys[j], minutes[j]
            n += 1
    return n


@kernel
def split(  # noqa: PLR0915 - a call for each row costs as much as the row
    since: int, k: Longs, site: Flags, code: Longs, queue_cause: Longs, queue_owner: Longs, stop_cause: Longs,
    work_owner: Longs, phase: Ints, activity: Ints, resource: Ints, ladder: Ints, clock: Ints,
    rung_offset: Ints, rung_resource: Ints, lane: Ints, visit: Ints, ready: Ints, joined: Ints, served: Ints,
    ended: Ints, stop_project: Ints, stop_activity: Ints, stop_rung: Ints, stop_started: Ints,
    stop_ended: Ints, milestones: Ints, case: Ints, taken: Longs, until: Ints, taken_at: Ints,
    gap_keys: Longs, gap_minutes: Ints, gaps_at: Ints, keys: Longs, minutes: Ints, found_at: Ints,
) -> None:  # fmt: skip
    """Split the rows taken, each clipped to [signing or since, until), and sum by project."""
    n, s0 = 0, 0
    none, government, applicant_owner, nature_owner = code[3], code[8], code[9], code[10]
    for p in range(len(lane)):
        begin, lower = n, max(milestones[p, 0], since)
        found_at[p] = n
        while s0 < len(stop_project) and stop_project[s0] < p:
            s0 += 1
        s1 = s0
        while s1 < len(stop_project) and stop_project[s1] == p:
            s1 += 1
        _sort(taken, until, taken_at[p], taken_at[p + 1])
        prepared = corrected = waited = worked = closed = frozen = 0  # of the rows of a case so far
        for j in range(taken_at[p], taken_at[p + 1]):
            i = taken[j] & _ROW_MASK
            c, upper = case[i], max(until[j], lower)
            of, act = phase[c], activity[c]
            first, second = min(max(ready[i], lower), upper), min(max(joined[i], lower), upper)
            third, last = min(max(served[i], lower), upper), min(max(ended[i], lower), upper)
            own_clock, normal = clock[c, lane[p]], clock[c, 0]
            active, own = last - third, elapsed(k, own_clock, third, last)
            calm = own if own_clock == normal else elapsed(k, normal, third, last)
            following = j + 1 < taken_at[p + 1]
            for s in range(s0, s1):
                at = stop_started[s]
                if stop_activity[s] != act or not served[i] <= at <= ended[i]:
                    continue
                if following and taken[j + 1] == taken[j] + 1 and served[i + 1] <= at:
                    continue  # it is the next row's
                a, b = min(max(at, lower), upper), min(max(stop_ended[s], lower), upper)
                active -= b - a
                own -= elapsed(k, own_clock, a, b)
                calm -= elapsed(k, normal, a, b)
                d = ladder[c]
                helper = rung_resource[rung_offset[d] + stop_rung[s]]
                whose = queue_owner[helper] if helper >= 0 else government
                key = key_of(of, act, stop_cause[d], whose, helper if helper >= 0 else none)
                n = put(keys, minutes, n, key, b - a)
            calm = own if own_clock == normal else max(calm, own)
            nature = active - own if own_clock >= 0 and site[own_clock] else calm - own
            prepared += second - first if visit[i] == 0 else 0
            corrected += second - first if visit[i] != 0 else 0
            waited += third - second
            worked += max(own, 0)
            closed += max(active - own - nature, 0)
            frozen += max(nature, 0)
            if following and taken[j + 1] >> _ROW == taken[j] >> _ROW:
                continue
            r, whose = resource[c], work_owner[act]
            n = put(keys, minutes, n, key_of(of, act, code[4], applicant_owner, none), prepared)
            n = put(keys, minutes, n, key_of(of, act, code[5], applicant_owner, none), corrected)
            key = key_of(of, act, queue_cause[r], queue_owner[r], r if r >= 0 else none)
            n = put(keys, minutes, n, key, waited)
            n = put(keys, minutes, n, key_of(of, act, code[6], whose, none), worked)
            n = put(keys, minutes, n, key_of(of, act, code[7], whose, none), closed)
            n = put(keys, minutes, n, key_of(of, act, code[7], nature_owner, none), frozen)
            prepared = corrected = waited = worked = closed = frozen = 0
        for j in range(gaps_at[p], gaps_at[p + 1]):
            n = put(keys, minutes, n, gap_keys[j], gap_minutes[j])
        n = _condense(keys, minutes, begin, n)
        s0 = s1
    found_at[len(lane)] = n


@kernel
def unpack(
    found_at: Ints, keys: Longs, amounts: Ints, project: Ints, phase: Codes, activity: Codes, cause: Codes,
    owner: Codes, resource: Codes, minutes: Ints,
) -> None:  # fmt: skip
    """Write keys out as columns of codes."""
    for p in range(len(found_at) - 1):
        for j in range(found_at[p], found_at[p + 1]):
            key = keys[j]
            project[j] = p
            phase[j] = key >> _BY_PHASE
            activity[j] = (key >> _BY_ACTIVITY) & ((1 << _ACTIVITY) - 1)
            cause[j] = (key >> _BY_CAUSE) & ((1 << _CAUSE) - 1)
            owner[j] = (key >> _BY_OWNER) & ((1 << _OWNER) - 1)
            resource[j] = key & ((1 << _RESOURCE) - 1)
            minutes[j] = amounts[j]
