"""Kernels that sum requests, waits, use and supply of resources over one trace."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sim.engine.opening import elapsed
from sim.jit import entry, kernel
from sim.model.parts import MEETING, OFFICE, POOL, QUOTA, REFILL, SESSION, SET_CAPACITY, UNLIMITED
from sim.trace import NEVER

__all__ = ["COLUMNS", "tally"]

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]


#: Columns of the sums by resource.
REQUESTS, SERVED, WAITED, LONGEST, HELD, OFFERED = range(6)
COLUMNS: Final = 6


@kernel
def _requests(
    end: int, resource: Ints, activity: Ints, joined: Ints, served: Ints, ended: Ints, case: Ints,
    sums: Floats, joins: Floats, delay: Floats,
) -> None:  # fmt: skip
    """Sum what joined a queue before the end, and how long it waited."""
    for i in range(len(joined)):
        r = resource[case[i]]
        if r < 0 or joined[i] >= end:
            continue
        wait = max(min(served[i], ended[i], end) - joined[i], 0)
        sums[r, REQUESTS] += 1
        sums[r, WAITED] += wait
        sums[r, LONGEST] = max(sums[r, LONGEST], wait)
        if served[i] < end:
            sums[r, SERVED] += 1
        joins[activity[i]] += 1
        delay[activity[i]] += wait


@kernel
def _use(
    end: int, k: Longs, kind: Ints, hours: Ints, resource: Ints, amount: Ints, release: Ints, project: Ints,
    visit: Ints, served: Ints, ended: Ints, outcome: Bytes, withdrawn: Ints, case: Ints, ends: Ints,
    sums: Floats,
) -> None:  # fmt: skip
    """Sum what visits hold of each resource in [0, end)."""
    for i in range(len(project)):
        c = case[i]
        r = resource[c]
        if r < 0 or served[i] >= end or outcome[i] < 0:
            continue
        start, stop = max(served[i], 0), min(max(ended[i], 0), end)
        if kind[r] == OFFICE:
            sums[r, HELD] += elapsed(k, hours[r], start, stop)
        elif kind[r] == POOL:
            until = stop if release[c] < 0 else max(ends[release[c]], stop)
            until = min(until, withdrawn[project[i]], end)
            sums[r, HELD] += float(amount[c]) * max(until - start, 0)
        elif served[i] >= 0 and (kind[r] == MEETING or visit[i] == 0):
            sums[r, HELD] += amount[c]


@kernel
def _rungs(
    end: int, k: Longs, kind: Ints, hours: Ints, ladder: Ints, place: Ints, rung_offset: Ints,
    rung_resource: Ints, project: Ints, activity: Ints, rung: Ints, served: Ints, ended: Ints, sums: Floats,
) -> None:  # fmt: skip
    """Sum what rungs of ladders hold of their helpers."""
    for i in range(len(project)):
        r = rung_resource[rung_offset[ladder[place[project[i], activity[i]]]] + rung[i]]
        if r < 0 or served[i] >= end:
            continue
        start, stop = min(max(served[i], 0), end), min(max(ended[i], 0), end)
        if kind[r] == OFFICE:
            sums[r, HELD] += elapsed(k, hours[r], start, stop)
        else:
            sums[r, HELD] += stop - start if kind[r] == POOL else 1


@kernel
def _supply(
    end: int, k: Longs, kind: Ints, hours: Ints, events: Ints, event_time: Ints, event_kind: Ints,
    events_at: Ints, capacity: Ints, reserved: Ints, value: Ints, more: Ints, sums: Floats,
) -> None:  # fmt: skip
    """Sum what resources offer in [0, end): places, balances and refills, reviewers and crews by time."""
    for r in range(len(kind)):
        offered, level, since = 0.0, capacity[r], 0
        clock = hours[r] if kind[r] == OFFICE else -1
        if kind[r] == QUOTA:
            offered = float(capacity[r]) + reserved[r]
        for j in range(events_at[r], events_at[r + 1]):
            e = events[j]
            t, what = event_time[e], event_kind[e]
            if t >= end:
                break
            if kind[r] == MEETING and what == SESSION:
                offered = np.inf if value[e] >= UNLIMITED else offered + value[e]
            elif kind[r] == QUOTA and what == REFILL:
                offered += float(value[e]) + more[e]
            elif (kind[r] == OFFICE or kind[r] == POOL) and what == SET_CAPACITY:
                offered += float(level) * elapsed(k, clock, since, t)
                level, since = value[e], t
        if kind[r] == OFFICE or kind[r] == POOL:
            offered += float(level) * elapsed(k, clock, since, end)
        sums[r, OFFERED] = offered


@kernel
def _last_moment(ended: Ints, horizon: int) -> int:
    """Return when the last visit ended, the horizon while one is open."""
    last = min(1, horizon)
    for i in range(len(ended)):
        last = max(last, min(ended[i], horizon))
    return last


@entry
def tally(
    until: int, horizon: int, k: Longs, kind: Ints, hours: Ints, resource: Ints, amount: Ints, release: Ints,
    ladder: Ints, place: Ints, rung_offset: Ints, rung_resource: Ints, events: Ints, event_time: Ints,
    event_kind: Ints, events_at: Ints, capacity: Ints, reserved: Ints, value: Ints, more: Ints,
    project: Ints, activity: Ints, visit: Ints, joined: Ints, served: Ints, ended: Ints, outcome: Bytes,
    stop_project: Ints, stop_activity: Ints, stop_rung: Ints, stop_served: Ints, stop_ended: Ints,
    withdrawn: Ints, case: Ints, ends: Ints, sums: Floats, joins: Floats, delay: Floats,
) -> None:  # fmt: skip
    """Sum the load of one replication in [0, until); the sums come as zeros."""
    end = _last_moment(ended, horizon) if until >= NEVER else until
    _requests(end, resource, activity, joined, served, ended, case, sums, joins, delay)
    _use(
        end, k, kind, hours, resource, amount, release, project, visit, served, ended, outcome, withdrawn,
        case, ends, sums,
    )  # fmt: skip
    _rungs(
        end, k, kind, hours, ladder, place, rung_offset, rung_resource, stop_project, stop_activity,
        stop_rung, stop_served, stop_ended, sums,
    )  # fmt: skip
    _supply(
        end, k, kind, hours, events, event_time, event_kind, events_at, capacity, reserved, value, more, sums
    )
