"""Load of resources and mean queue waits, summed so that replications can be added.

Utilisation is the time held over the time offered: of an office reviewer-minutes in its opening hours,
of a pool amount times time, of a quota the amount granted over the amount that came in, of a meeting
the places taken over the places offered (none where places are unlimited).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.clocks import DAY, Clock
from sim.model.arrays import (
    MEETING,
    OFFICE,
    POOL,
    QUOTA,
    REFILL,
    RESOURCE_KINDS,
    SESSION,
    SET_CAPACITY,
    UNLIMITED,
    Model,
)
from sim.paths import case_ends, case_table
from sim.sampling.draws import Draws
from sim.trace import Trace

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """Sums of one or more replications; add them with `total`.

    Parameters
    ----------
    requests, served, waited, longest : (N,) float64
        Per resource: visits that joined, that were served, minutes between (a visit still waiting counts
        to the horizon), longest wait.
    held, offered : (N,) float64
        Per resource: use and supply (see the module).
    joined, delay : (activities,) float64
        Visits that joined a queue and their minutes of waiting, per activity.
    replications : int
    """

    requests: Floats
    served: Floats
    waited: Floats
    longest: Floats
    held: Floats
    offered: Floats
    joined: Floats
    delay: Floats
    replications: int = 1


def total(loads: Sequence[Load]) -> Load:
    """Add the loads of replications; the longest wait is the longest of all."""
    if not loads:
        raise ValueError("loads: got none, expected at least one replication")
    parts = {
        f.name: np.sum([getattr(load, f.name) for load in loads], axis=0)
        for f in fields(Load)
        if f.name not in {"longest", "replications"}
    }
    longest = np.max([load.longest for load in loads], axis=0)
    return Load(longest=longest, replications=sum(load.replications for load in loads), **parts)


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


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """Top over bottom, NaN where there is nothing to divide by, 0 of an unlimited supply."""
    found = np.full(len(top), np.nan)
    np.divide(top, bottom, out=found, where=bottom > 0)
    return found


def resource_table(model: Model, load: Load) -> pd.DataFrame:
    """Utilisation and waits by resource, means over replications.

    Returns
    -------
    DataFrame
        Columns resource, kind, owner, requests, served (a replication), mean_wait_days, longest_wait_days,
        utilisation (a share of what was offered; NaN where nothing was).
    """
    resources = model.resources
    return pd.DataFrame({
        "resource": list(resources.names),
        "kind": [RESOURCE_KINDS[k] for k in resources.kind],
        "owner": list(resources.owner),
        "requests": load.requests / load.replications,
        "served": load.served / load.replications,
        "mean_wait_days": _ratio(load.waited, load.requests) / DAY,
        "longest_wait_days": load.longest / DAY,
        "utilisation": np.where(np.isinf(load.offered), np.nan, _ratio(load.held, load.offered)),
    })  # fmt: skip


def activity_table(model: Model, load: Load) -> pd.DataFrame:
    """Mean queue wait by activity: columns activity, visits (a replication), mean_wait_days."""
    asked = load.joined > 0
    return pd.DataFrame({
        "activity": [name for name, some in zip(model.activities, asked, strict=True) if some],
        "visits": load.joined[asked] / load.replications,
        "mean_wait_days": _ratio(load.delay, load.joined)[asked] / DAY,
    })  # fmt: skip


def pilot_waits(model: Model, load: Load) -> npt.NDArray[np.int32]:
    """Mean queue wait of each case's activity, whole minutes: (C,), for ``with_pilot``.

    An activity that nobody queued for in the pilot takes the mean of its resource.
    """
    by_activity = _ratio(load.delay, load.joined)
    by_resource = np.nan_to_num(_ratio(load.waited, load.requests))
    resource = model.cases.resource
    wait = by_activity[model.cases.activity]
    wait = np.where(np.isnan(wait), by_resource[resource] if len(by_resource) else 0.0, wait)
    return np.where(resource >= 0, np.floor(wait + 0.5), 0).astype(np.int32)
