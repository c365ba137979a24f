"""What resources gave to whom, as kernels: grants, and the steps of accounts they make.

A *grant* is a service of a resource to a visit or a rung. Grants become *steps* of an account, sorted by
resource and minute; one walk over the steps of a resource then follows what is used, or what is left.
A step is one number: its minute (0 = before the epoch), then the amount, then a flag.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from sim.engine import audit as law
from sim.engine.audit import note
from sim.jit import kernel
from sim.model.parts import ENDED, MEETING, NOT_YET, POOL, QUOTA, SERVICE
from sim.trace import DIRECT, DONE, NEVER, VOID

__all__ = [
    "DIGIT", "LARGEST", "amount_of", "asks", "minute_of", "sort_steps", "steps_of_cases",
    "steps_of_stops", "steps_of_visits",
]  # fmt: skip

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
#: A whole number, Python's or NumPy's.
Whole: TypeAlias = Any
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]


#: Amounts are smaller than this.
LARGEST: Final = 2**30
_MINUTE: Final = 32
#: Bits of a digit by which minutes are sorted where they are many.
DIGIT: Final = 6
_FEW: Final = 32
_LOW: Final = 2**32 - 1

# Columns of a grant.
G_CASE, G_RESOURCE, G_SINCE = 0, 1, 2


@kernel
def _step(
    steps: Longs, owner: Ints, n: int, r: int, t: Whole, horizon: int, amount: Whole, flag: Whole
) -> Whole:
    """Write a step of resource r and return the next place."""
    minute = np.int64(min(max(t, -1), horizon) + 1)
    steps[n] = minute << _MINUTE | (amount + LARGEST) << 1 | flag
    owner[n] = r
    return n + 1


@kernel
def minute_of(step: Whole) -> Whole:
    """Return the minute of a step, -1 before the epoch."""
    return (step >> _MINUTE) - 1


@kernel
def amount_of(step: Whole) -> Whole:
    """Return what a step adds to its account."""
    return ((step & _LOW) >> 1) - LARGEST


@kernel
def asks(step: Whole) -> Whole:
    """Tell whether a step is flagged: it has to be checked, or concerns the open account too."""
    return step & 1 != 0


@kernel
def _held_until(
    c: int, outcome: int, ended: Whole, again: bool, release: Ints, gone: Whole, end: Ints, reopened: Ints
) -> Whole:
    """Return until when a visit holds what it got of a pool."""
    if outcome not in (DONE, VOID):
        return ended
    until = ended if again else np.int64(end[c])
    if release[c] >= 0:
        until = max(end[release[c]], until)
    if not again:
        until = min(until, reopened[c])
    return min(until, gone)


@kernel
def steps_of_visits(
    horizon: int, kind: Ints, returns: Flags, lead: Ints, resource: Ints, amount: Ints, reserved: Flags,
    release: Ints, state: Bytes, under_way: Ints, project: Ints, joined: Ints, served: Ints, ended: Ints,
    outcome: Bytes, withdrawn: Ints, case: Ints, rerun: Bytes, end: Ints, reopened: Ints,
    grants: Ints, steps: Longs, owner: Ints, counts: Ints, found: Ints,
) -> None:  # fmt: skip
    """Write the grants to visits and their steps; `counts` holds how many there are of both."""
    g, n = 0, 0
    late = law.LAWS + 3 * len(kind) + law.NOT_IN_TIME
    for i in range(len(case)):
        c, since = case[i], np.int64(served[i])
        r = resource[c]
        if r < 0 or since == NEVER or outcome[i] == DIRECT:
            continue
        held = np.int64(amount[c])
        if kind[r] == QUOTA:
            # A quota is granted once, so only to the first visit, and not if that was before the epoch.
            first = (i == 0 or case[i - 1] != c) and not rerun[i]
            if since < 0 or not first or (under_way[c] > 0 and state[c] != NOT_YET):
                continue
            n = _step(steps, owner, n, r, since, horizon, -held, not reserved[c])
            if returns[r] and withdrawn[project[i]] != NEVER:
                n = _step(steps, owner, n, r, np.int64(withdrawn[project[i]]), horizon, held, True)
        elif kind[r] == MEETING:
            if since < 0:
                continue
            n = _step(steps, owner, n, r, since, horizon, held, True)
            if joined[i] + lead[r] > since:
                note(found, late, c)
        else:
            gone, until = np.int64(withdrawn[project[i]]), np.int64(ended[i])
            if kind[r] == POOL:
                until = _held_until(c, outcome[i], until, rerun[i] != 0, release, gone, end, reopened)
            n = _step(steps, owner, n, r, since, horizon, held, since >= 0)
            n = _step(steps, owner, n, r, until, horizon, -held, False)
        grants[g, G_CASE], grants[g, G_RESOURCE], grants[g, G_SINCE] = c, r, since
        g += 1
    counts[0], counts[1] = g, n


@kernel
def steps_of_stops(
    horizon: int, kind: Ints, returns: Flags, lead: Ints, case_project: Ints, amount: Ints, reserved: Flags,
    ladder: Ints, rung_offset: Ints, rung_resource: Ints, rung: Ints, started: Ints, served: Ints,
    ended: Ints, withdrawn: Ints, stop_case: Ints, grants: Ints, steps: Longs, owner: Ints, counts: Ints,
    found: Ints,
) -> None:  # fmt: skip
    """Write the grants to rungs of ladders and their steps."""
    g, n = counts[0], counts[1]
    late = law.LAWS + 3 * len(kind) + law.NOT_IN_TIME
    for s in range(len(stop_case)):
        c, since = stop_case[s], np.int64(served[s])
        r = rung_resource[rung_offset[ladder[c]] + rung[s]]
        if r < 0 or since == NEVER or (since < 0 and (kind[r] == QUOTA or kind[r] == MEETING)):
            continue
        if kind[r] == QUOTA:
            gone = np.int64(withdrawn[case_project[c]])
            n = _step(steps, owner, n, r, since, horizon, np.int64(-1), not reserved[c])
            if returns[r] and gone != NEVER:
                n = _step(steps, owner, n, r, gone, horizon, np.int64(amount[c]), True)
        else:
            n = _step(steps, owner, n, r, since, horizon, np.int64(1), since >= 0)
            if kind[r] != MEETING:
                n = _step(steps, owner, n, r, np.int64(ended[s]), horizon, np.int64(-1), False)
            elif started[s] + lead[r] > since:
                note(found, late, c)
        grants[g, G_CASE], grants[g, G_RESOURCE], grants[g, G_SINCE] = c, r, since
        g += 1
    counts[0], counts[1] = g, n


@kernel
def steps_of_cases(
    horizon: int, kind: Ints, returns: Flags, case_project: Ints, resource: Ints, amount: Ints, release: Ints,
    state: Bytes, under_way: Ints, withdrawn: Ints, runs: Bytes, gate: Bytes, end: Ints, reopened: Ints,
    steps: Longs, owner: Ints, counts: Ints,
) -> None:  # fmt: skip
    """Write the steps of what cases got before the epoch: pools still held, quotas given back later."""
    n = counts[1]
    for c in range(len(resource)):
        r = resource[c]
        if r < 0 or not runs[c] or gate[c] or state[c] == NOT_YET:
            continue
        gone = np.int64(withdrawn[case_project[c]])
        if kind[r] == POOL and state[c] == ENDED and release[c] >= 0 and state[release[c]] != ENDED:
            until = min(np.int64(end[release[c]]), gone, np.int64(reopened[c]))
            n = _step(steps, owner, n, r, np.int64(-1), horizon, np.int64(amount[c]), False)
            n = _step(steps, owner, n, r, until, horizon, -np.int64(amount[c]), False)
        elif kind[r] == QUOTA and returns[r] and gone != NEVER:
            had = state[c] in (SERVICE, ENDED) or under_way[c] > 0
            if had:
                n = _step(steps, owner, n, r, gone, horizon, np.int64(amount[c]), True)
    counts[1] = n


@kernel
def sort_steps(
    steps: Longs, owner: Ints, count: int, shift: int, width: int, at: Ints, target: Longs, digits: Ints
) -> None:
    """Sort steps by resource and minute; those of resource r end at ``at[(r + 1) * width - 1]``.

    They are dealt into buckets of 2 ** shift minutes, `width` a resource, few steps each.
    """
    for b in range(len(at)):
        at[b] = 0
    for n in range(count):
        at[owner[n] * width + (steps[n] >> (_MINUTE + shift)) + 1] += 1
    for b in range(1, len(at)):
        at[b] += at[b - 1]
    for n in range(count):  # at[b] moves from the beginning of b to its end
        b = owner[n] * width + (steps[n] >> (_MINUTE + shift))
        target[at[b]] = steps[n]
        at[b] += 1
    end = np.int64(0)  # of one type throughout, or what follows is compiled twice
    for b in range(len(at) - 1):
        start, end = end, np.int64(at[b])
        if end - start > _FEW:
            _sort_many(target, steps, start, end, shift, digits)
        else:
            _sort_few(target, start, end)


@kernel
def _sort_few(steps: Longs, start: Whole, end: Whole) -> None:
    """Sort some steps by minute."""
    for j in range(start + 1, end):
        step, i = steps[j], j - 1
        while i >= start and steps[i] >> _MINUTE > step >> _MINUTE:
            steps[i + 1] = steps[i]
            i -= 1
        steps[i + 1] = step


@kernel
def _sort_many(steps: Longs, spare: Longs, start: Whole, end: Whole, bits: int, digits: Ints) -> None:
    """Sort steps by the last bits of their minute, two digits at a time, there and back."""
    shift = _MINUTE
    while shift < _MINUTE + bits:
        _pass(steps, spare, start, end, shift, digits)
        _pass(spare, steps, start, end, shift + DIGIT, digits)
        shift += 2 * DIGIT


@kernel
def _pass(source: Longs, target: Longs, start: Whole, end: Whole, shift: int, digits: Ints) -> None:
    """Sort steps by one digit of their minute."""
    mask = (1 << DIGIT) - 1
    for d in range(len(digits)):
        digits[d] = 0
    for n in range(start, end):
        digits[((source[n] >> shift) & mask) + 1] += 1
    for d in range(1, len(digits)):
        digits[d] += digits[d - 1]
    for n in range(start, end):
        d = (source[n] >> shift) & mask
        target[start + digits[d]] = source[n]
        digits[d] += 1
