"""Before a replication: rows are reset and take over the draws."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.times import at_place, schedule
from sim.engine.rules import CAUSE_NONE, CAUSE_WITHDRAWN
from sim.jit import kernel
from sim.model.arrays import ENDED, MEETING, NOT_YET, QUOTA
from sim.trace import NEVER

__all__ = ["load"]


@kernel
def load(b: at.Cells) -> None:
    """Reset everything a run changes and take over the draws."""
    for cell in (at.TODO, at.LEAVING, at.REFUSING, at.TOUCHED, at.EVENT, at.WINDOW_END, at.FREE_CHUNK):
        b[cell] = 0
    b[at.VISITS_OPENED] = 0
    b[at.STOPS_OPENED] = 0
    b[at.NOW] = -1
    b[at.FRESH_CHUNK] = b[at.CHUNK0]
    for bucket in range(b[at.BUCKET0], b[at.BUCKET0] + b[at.BUCKETS]):
        b[bucket] = 0
    for minute in range(b[at.MINUTE0], b[at.MINUTE0] + (1 << b[at.SHIFT])):
        b[minute] = 0
    for word in range(b[at.BITS0], b[at.BITS0] + b[at.WORDS]):
        b[word] = 0
    _load_resources(b)
    _load_stops(b)
    for p in range(b[at.PROJECTS]):
        _load_project(b, p)
    _load_arcs(b)


@kernel
def _load_resources(b: at.Cells) -> None:
    """Accounts and lanes."""
    for n in range(b[at.RESOURCES]):
        r = b[at.RESOURCE0] + n * at.RESOURCE
        kind, capacity = b[r + at.R_KIND], b[b[at.IN_CAPACITY] + n]
        b[r + at.R_FREE] = -1 if kind == MEETING else capacity
        b[r + at.R_RESERVED] = b[b[at.IN_RESERVED] + n] if kind == QUOTA else 0
        b[r + at.R_CAPACITY] = capacity
        b[r + at.R_SMALLEST] = NEVER
        b[r + at.R_SESSION] = -1
        b[r + at.R_TOUCHED] = 0
        b[r + at.R_WAITING] = 0
        for lane in range(b[r + at.R_LANE], b[r + at.R_LANE_END], at.LANE):
            b[lane + at.STAGE] = at.IDLE
            b[lane + at.L_COUNT] = 0
            b[lane + at.L_OPENED] = 0
            b[lane + at.L_CLOSES] = 0
            b[lane + at.L_SHUT] = 0


@kernel
def _load_arcs(b: at.Cells) -> None:
    """Candidate arcs this replication has; nobody waits for one it does not have."""
    for n in range(b[at.FLAGGED_ARCS]):
        row = b[at.FLAGGED0] + at.CANDIDATE * n
        if b[b[at.IN_ARC] + b[row + at.A_INDEX]] != 0:
            b[b[row]] = b[row + at.A_AWAY]
        else:
            b[b[row]] = at.ABSENT
            b[b[row + at.A_AFTER] + at.C_PENDING] -= 1


@kernel
def _load_stops(b: at.Cells) -> None:
    """Work and success of each rung of the stops that come about."""
    rungs = b[at.RUNGS]
    for slot in range(b[at.STOP_SLOTS]):
        if b[b[at.IN_GAP] + slot] < NEVER:
            for n in range(slot * rungs, (slot + 1) * rungs):
                row = b[at.STOP0] + n * at.STOP
                b[row + at.S_WORK] = b[b[at.IN_RUNG_WORK] + n]
                b[row + at.S_SOLVES] = b[b[at.IN_SOLVED] + n]


@kernel
def _load_project(b: at.Cells, i: int) -> None:
    """Load a project with its patience, milestones and cases, and its start, if it takes part."""
    p = b[at.PROJECT0] + i * b[at.PROJECT_CELLS]
    count = b[at.MILESTONES]
    reached = p + at.P_TIMERS + count * at.TIMER
    withdrawn = b[b[at.IN_WITHDRAWN] + i]
    b[p + at.P_SIGNED] = b[b[at.IN_SIGNED] + i]
    b[p + at.P_LANE] = b[b[at.IN_LANE] + i]
    b[p + at.P_WITHDRAWN] = withdrawn
    b[p + at.P_CAUSE] = CAUSE_NONE if withdrawn == NEVER else CAUSE_WITHDRAWN
    b[p + at.P_REFUSED] = 0
    b[p + at.P_TURNED_AWAY] = 0
    phase = -1
    for k in range(count):
        b[p + at.P_TIMERS + k * at.TIMER + at.T_PATIENCE] = b[b[at.IN_PATIENCE] + i * count + k]
        b[reached + k] = b[b[at.IN_MILESTONES] + i * count + k]
        if b[reached + k] != NEVER:
            phase = k
    b[p + at.P_PHASE] = phase
    takes_part = b[b[at.IN_ACTIVE] + i] != 0 and withdrawn == NEVER
    past = 0
    for c in range(at_place(b, p + at.P_CASE), at_place(b, p + at.P_CASE_END), at.CASE):
        past |= _load_case(b, c, b[p + at.P_LANE])
    b[p + at.P_PAST] = past
    if takes_part:
        b[p + at.STAGE] = at.START
        schedule(b, p, max(at_place(b, p + at.P_SIGNED), 0))


@kernel
def _load_case(b: at.Cells, c: int, shocks: int) -> int:
    """Reset the state of a case and take over its draws; return what it was before the epoch."""
    n = (c - b[at.CASE0]) // at.CASE
    i = b[b[at.BY_ACTIVITY0] + n]
    state = b[b[at.IN_STATE] + i]
    flags = b[c + at.C_FLAGS] & at.STATIC
    if b[b[at.IN_APPLIES] + i] == 0 or flags & at.NO_VISITS:
        flags |= at.IS_GATE
    if b[b[at.IN_REFUSED] + i] != 0:
        flags |= at.REFUSES
    if b[b[at.IN_VOID] + i] != 0 and _reopens(b, c):
        flags |= at.REOPENS
    if state not in (NOT_YET, ENDED):
        flags |= at.UNDER_WAY
    b[c + at.C_FLAGS] = flags
    b[c + at.STAGE] = at.OVER if state == ENDED else at.WAITING
    if state == ENDED:
        b[c + at.C_SERVED] = b[b[at.IN_ENDED] + i]
        if not flags & at.DETAILED:
            return state  # holds nothing and is not opened again
    b[c + at.C_READY] = -NEVER
    b[c + at.C_SLOT] = b[b[at.SLOT0] + n]
    b[c + at.C_ROUND] = b[b[at.IN_ROUNDS] + i] << at.ROUNDS
    b[c + at.C_PENDING] = b[b[at.BEFORE0] + n]
    lanes = b[at.LANES]
    b[c + at.C_CLOCK] = b[b[at.CASE_CLOCK0] + n * lanes + shocks]
    lane = b[c + at.C_LANE]
    if lanes > 1 and lane != 0 and flags & at.KINDS == 0:
        r = (b[lane + at.L_RESOURCE] - b[at.RESOURCE0]) // at.RESOURCE
        b[c + at.C_LANE] = b[b[at.LANE_OF0] + r * lanes + shocks]
    if state != NOT_YET or flags & at.DETAILED:
        _load_details(b, c, b[b[at.IN_ENDED] + i] if state == ENDED else NEVER)
    return state


@kernel
def _reopens(b: at.Cells, c: int) -> bool:
    """Tell whether a void check has something to reopen."""
    target = b[b[at.DETAIL] + 2 * c + at.D_TARGET]
    return target != 0 and b[b[at.IN_APPLIES] + b[b[at.DETAIL] + 2 * target + at.D_INDEX]] != 0


@kernel
def _load_details(b: at.Cells, c: int, ended: int) -> None:
    """Reset the details of a case."""
    d = b[at.DETAIL] + 2 * c
    b[d + at.D_ENDED] = ended
    b[d + at.D_FIRST_JOINED] = NEVER
    b[d + at.D_CHECK] = 0
    b[d + at.D_PART] = 0
    b[d + at.D_SESSION] = -1
    b[d + at.D_FIRST_VISIT] = 0
    b[d + at.D_STOP] = 0
