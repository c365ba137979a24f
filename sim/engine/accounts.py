"""Laws of resources, as kernels: capacities, quotas, places and opening hours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine import audit as law
from sim.engine.audit import note
from sim.engine.holdings import (
    G_CASE,
    G_RESOURCE,
    G_SINCE,
    Whole,
    amount_of,
    asks,
    minute_of,
    sort_steps,
)
from sim.engine.opening import is_open
from sim.jit import kernel
from sim.model.parts import LAPSE, MEETING, OFFICE, POOL, QUOTA, REFILL, SESSION, SET_CAPACITY, UNLIMITED

__all__ = ["follow", "name_offenders", "opening_hours"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

# Lists of minutes at which a law was broken, resource and minute in one number.
_OVER, _OUTSIDE, _FULL = 0, 1, 2
_LISTS = 3


@kernel
def _remember(bad: Longs, counts: Ints, which: int, r: int, t: int) -> None:
    """Put a minute on a list of those at which a law was broken; they come in order."""
    room = len(bad) // _LISTS
    bad[which * room + counts[2 + which]] = np.int64(r) << 32 | t
    counts[2 + which] += 1


@kernel
def _use(
    steps: Longs, start: Whole, end: Whole, r: int, level: int, event_time: Ints, event_kind: Ints,
    value: Ints, events: Ints, e: int, last: int, bad: Longs, counts: Ints,
) -> None:  # fmt: skip
    """Check that nobody is served beyond the capacity, which holders from before may exceed."""
    used, asked = 0, False
    for n in range(start, end):
        t = minute_of(steps[n])
        used += amount_of(steps[n])
        asked |= asks(steps[n])
        if not asked or (n + 1 < end and minute_of(steps[n + 1]) == t):
            continue
        asked = False
        while e < last and event_time[events[e]] <= t:
            if event_kind[events[e]] == SET_CAPACITY:
                level = value[events[e]]
            e += 1
        if used > level:
            _remember(bad, counts, _OVER, r, t)


@kernel
def _balance(
    steps: Longs, start: Whole, end: Whole, r: int, both: Whole, free: Whole, event_time: Ints,
    event_kind: Ints, value: Ints, more: Ints, events: Ints, e: int, last: int, found: Ints,
) -> None:  # fmt: skip
    """Check that all together do not overdraw both accounts, nor others than key the open one.

    Both are followed from above: what came back is added where it may belong; a lapse lowers them to what
    is kept.
    """
    n, worst, worst_free = start, 0, 0
    while n < end:
        t = minute_of(steps[n])
        while e < last and event_time[events[e]] <= t:
            d = events[e]
            if event_kind[d] == REFILL:
                both += value[d] + more[d]
                free += value[d]
            elif event_kind[d] == LAPSE:
                both = min(both, value[d] + more[d])
                free = min(free, value[d])
            e += 1
        while n < end and minute_of(steps[n]) == t:
            both += amount_of(steps[n])
            free += amount_of(steps[n]) if asks(steps[n]) else 0
            n += 1
        worst, worst_free = min(worst, both), min(worst_free, free)
    if worst < 0:
        note(found, law.LAWS + 3 * r + law.OVERDRAWN, 0)
    if worst_free < 0:
        note(found, law.LAWS + 3 * r + law.OPEN_OVERDRAWN, 0)


@kernel
def _places(
    steps: Longs, start: Whole, end: Whole, r: int, event_time: Ints, event_kind: Ints, value: Ints,
    events: Ints, e: int, last: int, bad: Longs, counts: Ints,
) -> None:  # fmt: skip
    """Check that a meeting hears in sessions only, and no more than there are places."""
    n = start
    while n < end:
        t, used = minute_of(steps[n]), 0
        while n < end and minute_of(steps[n]) == t:
            used += amount_of(steps[n])
            n += 1
        while e < last and (
            event_time[events[e]] < t
            or (event_time[events[e]] == t and (event_kind[events[e]] != SESSION or value[events[e]] <= 0))
        ):
            e += 1
        if e == last or event_time[events[e]] != t:
            _remember(bad, counts, _OUTSIDE, r, t)
        elif used > value[events[e]] and value[events[e]] < UNLIMITED:
            _remember(bad, counts, _FULL, r, t)


@kernel
def follow(
    shift: int, width: int, kind: Ints, capacity: Ints, reserved: Ints, event_time: Ints, event_kind: Ints,
    value: Ints, more: Ints, events: Ints, events_at: Ints, steps: Longs, owner: Ints, spare: Longs, at: Ints,
    digits: Ints, bad: Longs, counts: Ints, found: Ints,
) -> None:  # fmt: skip
    """Follow the account of each resource."""
    sort_steps(steps, owner, counts[1], shift, width, at, spare, digits)
    end = np.int64(0)  # of one type throughout, or everything below is compiled twice
    for r in range(len(kind)):
        start, end = end, np.int64(at[(r + 1) * width - 1])
        e, last = events_at[r], events_at[r + 1]
        if kind[r] == OFFICE or kind[r] == POOL:
            _use(
                spare, start, end, r, capacity[r], event_time, event_kind, value, events, e, last, bad, counts
            )
        elif kind[r] == QUOTA:
            both = np.int64(capacity[r]) + reserved[r]
            _balance(
                spare, start, end, r, both, np.int64(capacity[r]), event_time, event_kind, value, more,
                events, e, last, found,
            )  # fmt: skip
        elif kind[r] == MEETING:
            _places(spare, start, end, r, event_time, event_kind, value, events, e, last, bad, counts)


@kernel
def _is_in(bad: Longs, start: Whole, end: Whole, key: int) -> bool:
    """Tell whether a number is on a list."""
    while start < end:
        middle = (start + end) // 2
        if bad[middle] < key:
            start = middle + 1
        elif bad[middle] > key:
            end = middle
        else:
            return True
    return False


@kernel
def name_offenders(horizon: int, kind: Ints, grants: Ints, bad: Longs, counts: Ints, found: Ints) -> None:
    """Note who was served at the minutes at which a law was broken."""
    room, meetings = len(bad) // _LISTS, law.LAWS + 3 * len(kind)
    for which in range(_LISTS):
        first, last = which * room, which * room + counts[2 + which]
        for g in range(counts[0] if last > first else 0):
            r, since = grants[g, G_RESOURCE], grants[g, G_SINCE]
            # Steps know no minute behind the horizon.
            if since < 0 or not _is_in(bad, first, last, np.int64(r) << 32 | min(since, horizon)):
                continue
            if which == _OVER:
                note(found, law.LAWS + 3 * r + law.BEYOND_CAPACITY, grants[g, G_CASE])
            else:
                note(
                    found, meetings + (law.NO_SESSION if which == _OUTSIDE else law.NO_PLACE),
                    grants[g, G_CASE],
                )  # fmt: skip


@kernel
def opening_hours(
    k: Longs, kind: Ints, hours: Ints, case_project: Ints, lane: Ints, grants: Ints, counts: Ints, found: Ints
) -> None:
    """Check that offices serve only while they are open."""
    first = law.LAWS + 3 * len(kind) + 3
    for g in range(counts[0]):
        r, since = grants[g, G_RESOURCE], grants[g, G_SINCE]
        if kind[r] != OFFICE or since < 0:
            continue
        clock = hours[r, lane[case_project[grants[g, G_CASE]]]]
        if clock >= 0 and not is_open(k, clock, since):
            note(found, first + clock, grants[g, G_CASE])
