"""The loop over minutes, and the way of draws and trace into and out of the buffer."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.cases import lose_patience, start, step, withdraw
from sim.engine.compiled.cells import cells_of, prefetch
from sim.engine.compiled.loading import load
from sim.engine.compiled.queues import grant, head, prepare_lanes, rank_again, restore_lanes, touch
from sim.engine.compiled.times import append, at_place, next_minute, take
from sim.engine.compiled.visits import details, write_row
from sim.jit import entry, kernel, part
from sim.model.arrays import LAPSE, MEETING, OFFICE, POOL, QUOTA, REFILL, SESSION, SET_CAPACITY, Ints
from sim.trace import NEVER, OPEN

__all__ = ["begin", "collect", "play", "review"]

CLOSED = -1

#: So many cases before it is read, the trace of a case is fetched: rows have gaps no machine foresees.
AHEAD = 24


@entry
def begin(buffer: Ints) -> None:
    """Begin a replication whose draws have been copied in."""
    load(cells_of(buffer))


@entry
def play(buffer: Ints, until: int) -> None:
    """Run a replication up to, but not including, a minute at which a review is held, or to the end."""
    b = cells_of(buffer)
    stop = min(until, at_place(b, at.HORIZON))
    t = max(at_place(b, at.NOW), 0)
    while True:
        event = at_place(b, at.EVENT)
        dated = at_place(b, b[at.EVENT0] + event * at.DATED + at.E_TIME) if event < b[at.EVENTS] else NEVER
        is_reviewed = b[at.TOUCHED] != 0  # a review has touched queues in this very minute
        last = t if is_reviewed else min(dated, stop)
        due = next_minute(b, t, last)  # not beyond: what is set off there may be due before that
        if not is_reviewed:
            t = min(due, dated)
        if t >= stop:
            return
        b[at.NOW] = t
        if dated == t:
            _dates(b, t)
        if due == t:
            take(b, t)
        _rounds(b)
        if dated == t:
            _close_sessions(b, event)


@entry
def review(buffer: Ints, t: int) -> None:
    """Go on to a minute in which orders have been written; requests that wait find their new place."""
    b = cells_of(buffer)
    b[at.NOW] = t
    for n in range(b[at.LANE_ROWS]):
        rank_again(b, at_place(b, at.LANE0) + n * at.LANE)


@part
def _rounds(b: at.Cells) -> None:
    """Take steps 2 to 4 of the rule as often as the minute needs."""
    while b[at.TODO] != 0 or b[at.TOUCHED] != 0:
        while b[at.TODO] != 0:
            timer = at_place(b, at.TODO)
            b[at.TODO] = b[timer + at.NEXT]
            _act(b, timer)
        while b[at.LEAVING] != 0:
            timer = at_place(b, at.LEAVING)
            b[at.LEAVING] = b[timer + at.NEXT]
            lose_patience(b, timer)
        while b[at.REFUSING] != 0:
            p = at_place(b, at.REFUSING)
            b[at.REFUSING] = b[p + at.P_NEXT_REFUSED]
            withdraw(b, p)
        while b[at.TOUCHED] != 0:
            r = at_place(b, at.TOUCHED)
            b[at.TOUCHED] = b[r + at.R_NEXT_TOUCHED]
            b[r + at.R_TOUCHED] = 0
            _settle(b, r)


@part
def _act(b: at.Cells, timer: int) -> None:
    """Do what a timer is there for; patience that is due waits for step 3."""
    stage = b[timer + at.STAGE]
    if stage < at.START:
        step(b, timer)
    elif stage == at.START:
        start(b, timer)
    elif stage == at.WAKE:
        b[timer + at.STAGE] = at.IDLE
        touch(b, at_place(b, timer + at.L_RESOURCE))
    else:
        b[timer + at.NEXT] = b[at.LEAVING]
        b[at.LEAVING] = timer


@part
def _settle(b: at.Cells, r: int) -> None:
    """Walk the queue of a resource; whoever fits in an open lane is served: a step due now."""
    prepare_lanes(b, r)
    while b[r + at.R_SMALLEST] <= b[r + at.R_FREE] + b[r + at.R_RESERVED]:
        lane = head(b, r)
        if lane == 0:
            break
        c = grant(b, r, lane)
        if c != 0:
            b[c + at.STAGE] = at.GRANTED if b[c + at.STAGE] == at.QUEUED else at.HELP_GRANTED
            append(b, c)
    restore_lanes(b, r)


@kernel
def _dates(b: at.Cells, t: int) -> None:
    """Apply the dated events of a minute, in the order of the table."""
    while b[at.EVENT] < b[at.EVENTS]:
        row = b[at.EVENT0] + b[at.EVENT] * at.DATED
        if b[row + at.E_TIME] != t:
            return
        _apply(b, at_place(b, at.EVENT), b[row + at.E_KIND], at_place(b, row + at.E_RESOURCE))
        touch(b, at_place(b, row + at.E_RESOURCE))
        b[at.EVENT] += 1


@kernel
def _apply(b: at.Cells, event: int, what: int, r: int) -> None:
    """Apply one dated event."""
    value, reserved = b[b[at.IN_VALUE] + event], b[b[at.IN_EVENT_RESERVED] + event]
    kind = b[r + at.R_KIND]
    if what == SET_CAPACITY and kind in (OFFICE, POOL):
        b[r + at.R_FREE] += value - b[r + at.R_CAPACITY]
        b[r + at.R_CAPACITY] = value
    elif what == LAPSE and kind == QUOTA:
        b[r + at.R_FREE] = min(b[r + at.R_FREE], value)
        b[r + at.R_RESERVED] = min(b[r + at.R_RESERVED], reserved)
    elif what == REFILL and kind == QUOTA:
        b[r + at.R_FREE] += value
        b[r + at.R_RESERVED] += reserved
    elif what == SESSION and kind == MEETING:
        b[r + at.R_SESSION] = event
        b[r + at.R_FREE] = value if value != 0 else CLOSED


@kernel
def _close_sessions(b: at.Cells, first: int) -> None:
    """Close the sessions of this minute; unused places lapse."""
    for event in range(first, b[at.EVENT]):
        row = b[at.EVENT0] + event * at.DATED
        r = b[row + at.E_RESOURCE]
        if b[r + at.R_KIND] == MEETING:
            b[r + at.R_SESSION] = -1
            b[r + at.R_FREE] = CLOSED


@entry
def collect(buffer: Ints, visits: Ints, stops: Ints) -> None:
    """Write the trace: eight columns each, sorted by project, activity and number."""
    b = cells_of(buffer)
    v, s, last = 0, 0, b[at.CASES] - 1
    for p in range(b[at.PROJECTS]):
        row = b[at.PROJECT0] + p * b[at.PROJECT_CELLS]
        for c in range(at_place(b, row + at.P_CASE), at_place(b, row + at.P_CASE_END), at.CASE):
            n = (c - b[at.CASE0]) // at.CASE
            prefetch(b, b[at.VISIT0] + at.VISIT_CELLS * b[b[at.SLOT0] + min(n + AHEAD, last)])
            flags = b[c + at.C_FLAGS]
            if flags & (at.OPENED | at.REDONE):
                activity = b[b[at.ACTIVITY0] + n]
                v = _collect_visits(b, c, p, activity, visits, v)
                if flags & at.STOPS:
                    s = _collect_stops(b, c, p, activity, stops, s)


@kernel
def _collect_visits(b: at.Cells, c: int, p: int, activity: int, visits: Ints, v: int) -> int:
    """Write the visits of a case; return the next free row."""
    if b[c + at.STAGE] >= at.OPEN:
        write_row(b, c, NEVER, OPEN)
    flags, d = b[c + at.C_FLAGS], details(b, c)
    first = at_place(b, d + at.D_FIRST_VISIT) if flags & at.UNDER_WAY else 0
    last = at_place(b, d + at.D_LAST_VISIT) if flags & at.REDONE else at_place(b, c + at.C_ROUND) & at.VISIT
    if not flags & at.OPENED:
        last = -1
    row = b[at.VISIT0] + at.VISIT_CELLS * (b[b[at.SLOT0] + (c - b[at.CASE0]) // at.CASE] + first)
    for k in range(first, last + 1):
        v = _collect_visit(b, row, p, activity, k, visits, v)
        row += at.VISIT_CELLS
    if flags & at.REDONE:
        row = b[at.VISIT0] + at.VISIT_CELLS * b[c + at.C_SLOT]
        v = _collect_visit(b, row, p, activity, at_place(b, c + at.C_ROUND) >> at.ROUNDS, visits, v)
    return v


@kernel
def _collect_visit(b: at.Cells, row: int, p: int, activity: int, k: int, visits: Ints, v: int) -> int:
    """Write one visit; return the next free row."""
    visits[0, v] = p
    visits[1, v] = activity
    visits[2, v] = k
    for cell in range(5):
        visits[3 + cell, v] = b[row + cell]
    return v + 1


@kernel
def _collect_stops(b: at.Cells, c: int, p: int, activity: int, stops: Ints, s: int) -> int:
    """Write the stops of a case; return the next free row."""
    d = details(b, c)
    for stop in range(b[d + at.D_STOP]):
        for rung in range(b[d + at.D_RUNGS]):
            row = b[d + at.D_STOP_ROW] + (stop * b[at.RUNGS] + rung) * at.STOP
            if b[row + at.S_WRITTEN] != 0:
                stops[0, s] = p
                stops[1, s] = activity
                stops[2, s] = stop
                stops[3, s] = rung
                for cell in range(4):
                    stops[4 + cell, s] = b[row + at.S_STARTED + cell]
                s += 1
    return s
