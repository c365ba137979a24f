"""Laws of resources over whole columns: capacities, quotas, places and opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.model.arrays import (
    ENDED,
    LAPSE,
    MEETING,
    NOT_YET,
    OFFICE,
    POOL,
    QUOTA,
    REFILL,
    SERVICE,
    SESSION,
    SET_CAPACITY,
    UNLIMITED,
)
from sim.trace import DIRECT, DONE, NEVER, VOID
from tests.plain.audit import Audit, Flags, Longs

__all__ = ["check"]


@dataclass(frozen=True)
class _Grants:
    """Services by resources: who, of what, how much, joined when, held from when until when."""

    case: Longs
    resource: Longs
    amount: Longs
    joined: Longs
    since: Longs
    until: Longs

    def chosen(self, mine: Flags | Longs) -> _Grants:
        """Return some of the grants."""
        parts = (self.case, self.resource, self.amount, self.joined, self.since, self.until)
        return _Grants(*(part[mine] for part in parts))


def check(audit: Audit) -> None:
    """Note every resource that gave what it had not."""
    if not audit.model.resources.names:
        return
    grants = _grants(audit)
    kind = audit.model.resources.kind
    for r, mine in _by_resource(grants, len(kind)):
        if kind[r] in (OFFICE, POOL):
            _capacity(audit, r, mine)
        elif kind[r] == QUOTA:
            _quota(audit, r, mine)
    _sessions(audit, grants.chosen((kind[grants.resource] == MEETING) & (grants.since >= 0)))
    _opening_hours(audit, grants.chosen((kind[grants.resource] == OFFICE) & (grants.since >= 0)))


def _by_resource(grants: _Grants, resources: int) -> Iterator[tuple[int, _Grants]]:
    """Yield each resource with its grants."""
    order = np.argsort(grants.resource, kind="stable")
    edges = np.searchsorted(grants.resource[order], np.arange(resources + 1)).tolist()
    for r, (a, b) in enumerate(pairwise(edges)):
        yield r, grants.chosen(order[a:b])


def _grants(audit: Audit) -> _Grants:
    """Return every service by a resource, of visits and of rungs."""
    t, cases, ladders = audit.trace, audit.model.cases, audit.model.ladders
    # A quota is granted once, so only to the first visit.
    granted = np.append(False, audit.case[1:] == audit.case[:-1]) | audit.is_rerun
    granted |= (audit.draws.visit[audit.case] > 0) & (audit.draws.state[audit.case] != NOT_YET)
    asks = (audit.kind[audit.case] >= 0) & (t.served != NEVER) & (t.outcome != DIRECT)
    rows = np.flatnonzero(asks & ~((audit.kind[audit.case] == QUOTA) & granted))
    case = audit.case[rows]
    rung = ladders.offset[cases.ladder[audit.stop_case]] + t.stop_rung
    stops = np.flatnonzero((t.stop_served != NEVER) & (np.append(ladders.resource, -1)[rung] >= 0))
    columns = (
        (case, audit.stop_case[stops]),
        (cases.resource[case], ladders.resource[rung[stops]]),
        (cases.amount[case], np.ones(len(stops), dtype=np.int64)),
        (t.joined[rows], t.stop_started[stops]),
        (t.served[rows], t.stop_served[stops]),
        (_held_until(audit, rows), t.stop_ended[stops]),
    )
    return _Grants(*(np.concatenate(column).astype(np.int64) for column in columns))


def _held_until(audit: Audit, rows: Longs) -> Longs:
    """Return until when the resource of each visit was held, were it an office or a pool."""
    t, case = audit.trace, audit.case[rows]
    ended, release, again = (
        t.ended[rows].astype(np.int64),
        audit.model.cases.release[case],
        audit.is_rerun[rows],
    )
    own = np.where(again, ended, audit.end[case])
    until = np.where(release >= 0, np.maximum(audit.end[release], own), own)
    until = np.where(again, until, np.minimum(until, audit.reopened[case]))
    kept = (audit.kind[case] == POOL) & np.isin(t.outcome[rows], (DONE, VOID))
    return np.where(kept, np.minimum(until, audit.gone[case]), ended)


def _capacity(audit: Audit, r: int, grants: _Grants) -> None:
    """Check that nobody is served beyond the capacity, which holders from before may exceed."""
    amount, until = _pool_from_before(audit, r)
    t = np.concatenate((grants.since, grants.until, np.full(len(until), -1), until))
    step = np.concatenate((grants.amount, -grants.amount, amount, -amount))
    minutes, minute = np.unique(t, return_inverse=True)
    used = np.cumsum(np.bincount(minute, weights=step, minlength=len(minutes)))
    events = audit.model.events
    dates = (events.resource == r) & (events.kind == SET_CAPACITY)
    capacity = np.concatenate(([audit.draws.capacity[r]], audit.draws.event_value[dates]))
    served = grants.chosen(grants.since >= 0)
    level = used[np.searchsorted(minutes, served.since)]
    over = level > capacity[np.searchsorted(events.time[dates], served.since, side="right")]
    audit.note_cases(f"{audit.model.resources.names[r]} beyond its capacity", served.case[over])


def _pool_from_before(audit: Audit, r: int) -> tuple[Longs, Longs]:
    """Return the amounts of a pool held by cases that ended before the epoch, and until when."""
    cases, state = audit.model.cases, audit.draws.state
    held = (cases.resource == r) & (state == ENDED) & audit.runs & ~audit.is_gate & (audit.kind == POOL)
    held &= (cases.release >= 0) & (state[cases.release] != ENDED)
    case = np.flatnonzero(held)
    until = np.minimum(np.minimum(audit.end[cases.release[case]], audit.gone[case]), audit.reopened[case])
    return cases.amount[case].astype(np.int64), until


def _quota(audit: Audit, r: int, grants: _Grants) -> None:
    """Check that all together do not overdraw both accounts, nor others than key the open one."""
    cases, name = audit.model.cases, audit.model.resources.names[r]
    now = grants.chosen(grants.since >= 0)
    back = _returned(audit, r, now)
    is_key = cases.reserved[now.case]
    if _overdrawn(audit, r, (now.since, -now.amount), back, with_reserved=True):
        audit.found.append(f"{name} overdrawn")
    if _overdrawn(audit, r, (now.since[~is_key], -now.amount[~is_key]), back, with_reserved=False):
        audit.found.append(f"{name} overdrawn on its open account")


def _returned(audit: Audit, r: int, now: _Grants) -> tuple[Longs, Longs]:
    """Return when and how much of a quota comes back from projects that leave."""
    if not audit.model.resources.returns[r]:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    draws, cases = audit.draws, audit.model.cases
    had = np.isin(draws.state, (SERVICE, ENDED)) | (draws.state != NOT_YET) & (draws.visit > 0)
    before = np.flatnonzero(had & (cases.resource == r) & audit.runs & ~audit.is_gate)
    case = np.concatenate((now.case, before))
    return audit.gone[case], cases.amount[case].astype(np.int64)


def _overdrawn(
    audit: Audit, r: int, out: tuple[Longs, Longs], back: tuple[Longs, Longs], *, with_reserved: bool
) -> bool:
    """Follow an upper bound of the balance from date to date; a lapse lowers it to what is kept."""
    events, draws = audit.model.events, audit.draws
    t, change = (np.concatenate(pair) for pair in zip(out, back, strict=True))
    minutes, minute = np.unique(t, return_inverse=True)
    steps = np.bincount(minute, weights=change, minlength=len(minutes))
    dates = np.flatnonzero((events.resource == r) & np.isin(events.kind, (LAPSE, REFILL)))
    edges = np.searchsorted(minutes, np.append(events.time[dates], NEVER + 1)).tolist()
    values = draws.event_value[dates] + draws.event_reserved[dates] * int(with_reserved)
    balance, begin = int(draws.capacity[r]) + int(draws.reserved[r]) * int(with_reserved), 0
    for i, edge in enumerate(edges):
        path = balance + np.cumsum(steps[begin:edge])
        if path.min(initial=0) < 0:
            return True
        balance, begin = int(path[-1]) if len(path) else balance, edge
        if i < len(dates):
            value = int(values[i])
            balance = balance + value if events.kind[dates[i]] == REFILL else min(balance, value)
    return False


def _sessions(audit: Audit, grants: _Grants) -> None:
    """Check that meetings hear in sessions only, who joined in time, and has a place."""
    events, resources = audit.model.events, audit.model.resources
    held = np.flatnonzero((events.kind == SESSION) & (audit.draws.event_value > 0))
    width = len(resources.names)
    session = events.time[held].astype(np.int64) * width + events.resource[held]
    wanted = grants.since * width + grants.resource
    at = np.searchsorted(session, wanted)
    outside = np.append(session, -1)[at] != wanted
    audit.note_cases("heard outside a session", grants.case[outside])
    used = np.bincount(at[~outside], weights=grants.amount[~outside], minlength=len(held))
    places = audit.draws.event_value[held]
    full = np.append((used > places) & (places < UNLIMITED), False)
    audit.note_cases("heard without a place", grants.case[full[at] & ~outside])
    late = grants.joined + resources.lead[grants.resource] > grants.since
    audit.note_cases("heard without joining in time", grants.case[late])


def _opening_hours(audit: Audit, grants: _Grants) -> None:
    """Check that offices serve only while they are open."""
    lane = audit.draws.lane[audit.model.cases.project[grants.case]]
    hours = audit.model.resources.clock[grants.resource, lane]
    for i in np.unique(hours[hours >= 0]).tolist():
        mine, clock = grants.chosen(hours == i), audit.model.clocks[i]
        closed = clock.next_open_many(mine.since) != mine.since
        audit.note_cases(f"served while {clock.name} is closed", mine.case[closed])
