"""The load of resources over whole columns: the oracle of `sim.queues`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.clocks import Clock
from sim.model.arrays import (
    MEETING,
    OFFICE,
    POOL,
    QUOTA,
    REFILL,
    SESSION,
    SET_CAPACITY,
    UNLIMITED,
    Model,
)
from sim.queues.load import Load
from sim.sampling.draws import Draws
from sim.trace import Trace
from tests.plain.paths import case_ends, case_table

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def load_of(model: Model, draws: Draws, trace: Trace, until: int | None = None) -> Load:
    """Sum the load of one replication between the epoch and a minute.

    Parameters
    ----------
    model, draws, trace
    until : int, optional
        Default: the horizon while a visit is open, else the minute at which the last one ended, so that a
        cohort run to absorption is not diluted by the empty time after it.
    """
    case = case_table(model)[trace.project, trace.activity]
    resource = model.cases.resource[case].astype(np.int64)
    end = until if until is not None else int(min(model.horizon, trace.ended.max(initial=1)))
    asked = np.flatnonzero((resource >= 0) & (trace.joined < end))
    at, row = resource[asked], asked
    left = np.minimum(trace.ended[row], end)
    wait = np.maximum(np.minimum(trace.served[row], left) - trace.joined[row], 0).astype(np.float64)
    count = len(model.resources.names)
    activity = model.cases.activity[case[row]]
    longest = np.zeros(count)
    np.maximum.at(longest, at, wait)
    return Load(
        requests=np.bincount(at, minlength=count).astype(np.float64),
        served=np.bincount(at[trace.served[row] < end], minlength=count).astype(np.float64),
        waited=_add_up(at, wait, count),
        longest=longest,
        held=_held(model, draws, trace, case, end),
        offered=_offered(model, draws, end),
        joined=np.bincount(activity, minlength=len(model.activities)).astype(np.float64),
        delay=_add_up(activity, wait, len(model.activities)),
    )


def _add_up(index: npt.NDArray[np.integer], weights: Floats, size: int) -> Floats:
    """Sum weights by index."""
    return np.asarray(np.bincount(index, weights=weights, minlength=size), dtype=np.float64)


def _held(model: Model, draws: Draws, trace: Trace, case: Longs, end: int) -> Floats:
    """Use of each resource in [0, end)."""
    resource = model.cases.resource[case]
    # the last entry stands for "no resource", which index -1 reads
    kind = np.append(model.resources.kind, -1)[resource]
    amount = model.cases.amount[case].astype(np.float64)
    served = (trace.served < end) & (trace.outcome >= 0)
    held = np.zeros(len(model.resources.names))
    granted = served & ((kind == MEETING) | ((kind == QUOTA) & (trace.visit == 0))) & (trace.served >= 0)
    np.add.at(held, resource[granted], amount[granted])
    start = np.clip(trace.served, 0, end).astype(np.int64)
    stop = np.clip(trace.ended, 0, end).astype(np.int64)
    office = np.flatnonzero(served & (kind == OFFICE))
    for n in np.unique(resource[office]):
        rows = office[resource[office] == n]
        held[n] += _open_minutes(model, int(n), start[rows], stop[rows]).sum()
    _add_rungs(model, trace, held, end)
    pool = np.flatnonzero(served & (kind == POOL))
    if len(pool):
        release = model.cases.release[case[pool]]
        ends = case_ends(model, draws, trace)
        until = np.where(release >= 0, np.maximum(ends[release], stop[pool]), stop[pool])
        until = np.minimum(np.minimum(until, trace.withdrawn[trace.project[pool]]), end)
        np.add.at(held, resource[pool], amount[pool] * np.maximum(until - start[pool], 0))
    return held


def _add_rungs(model: Model, trace: Trace, held: Floats, end: int) -> None:
    """Add helpers' time on rungs of ladders."""
    if len(trace.stop_project) == 0:
        return
    ladder = model.cases.ladder[case_table(model)[trace.stop_project, trace.stop_activity]]
    helper = model.ladders.resource[model.ladders.offset[ladder] + trace.stop_rung]
    start = np.clip(trace.stop_served, 0, end).astype(np.int64)
    stop = np.clip(trace.stop_ended, 0, end).astype(np.int64)
    for n in np.unique(helper[helper >= 0]):
        rows = (helper == n) & (trace.stop_served < end)
        kind = model.resources.kind[n]
        if kind == OFFICE:
            held[n] += _open_minutes(model, int(n), start[rows], stop[rows]).sum()
        else:
            held[n] += float((stop - start)[rows].sum()) if kind == POOL else float(rows.sum())


def _opening(model: Model, n: int) -> Clock | None:
    """Find the opening hours of an office on an ordinary project's lane; None = always open."""
    clock = int(model.resources.clock[n, 0])
    return model.clocks[clock] if clock >= 0 else None


def _open_minutes(model: Model, n: int, start: Longs, end: Longs) -> Longs:
    """Minutes in [start, end) in which an office is open."""
    clock = _opening(model, n)
    return end - start if clock is None else clock.elapsed_many(start, end)


def _offered(model: Model, draws: Draws, end: int) -> Floats:
    """Supply of each resource in [0, end)."""
    kind, events = model.resources.kind, model.events
    offered = np.zeros(len(kind))
    due = events.time < end
    for n in range(len(kind)):
        mine = due & (events.resource == n)
        if kind[n] == MEETING:
            places = draws.event_value[mine & (events.kind == SESSION)].astype(np.float64)
            offered[n] = np.inf if np.any(places >= UNLIMITED) else places.sum()
        elif kind[n] == QUOTA:
            refill = mine & (events.kind == REFILL)
            came = draws.event_value[refill].sum() + draws.event_reserved[refill].sum()
            offered[n] = float(draws.capacity[n] + draws.reserved[n] + came)
        else:
            change = np.flatnonzero(mine & (events.kind == SET_CAPACITY))
            edges = np.concatenate([[0], events.time[change], [end]]).astype(np.int64)
            levels = np.concatenate([[draws.capacity[n]], draws.event_value[change]]).astype(np.float64)
            is_office = kind[n] == OFFICE
            spans = _open_minutes(model, n, edges[:-1], edges[1:]) if is_office else np.diff(edges)
            offered[n] = float((levels * spans).sum())
    return offered
