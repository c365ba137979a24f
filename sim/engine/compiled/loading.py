"""Before a replication: rows are reset and take over the draws."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.times import schedule
from sim.engine.rules import CAUSE_NONE, CAUSE_WITHDRAWN
from sim.jit import kernel
from sim.model.arrays import ENDED, MEETING, NOT_YET, OFFICE, QUOTA
from sim.trace import NEVER

__all__ = ["load"]


@kernel
def load(b: at.Cells) -> None:
    """Reset everything a run changes and take over the draws."""
    for cell in (at.NOW, at.TODO, at.TODO_TAIL, at.LEAVING, at.REFUSING, at.TOUCHED, at.EVENT):
        b[cell] = 0
    b[at.VISITS_OPENED] = 0
    b[at.STOPS_OPENED] = 0
    b[at.NOW] = -1
    for bucket in range(b[at.BUCKET0], b[at.BUCKET0] + b[at.BUCKETS]):
        b[bucket] = 0
    _load_resources(b)
    _load_arcs(b)
    _load_slots(b)
    _load_stops(b)
    for p in range(b[at.PROJECTS]):
        _load_project(b, p)


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
            b[lane + at.L_ROOT] = 0
            b[lane + at.L_OPENED] = 0
            b[lane + at.L_CLOSES] = 0
            b[lane + at.L_SHUT] = 0


@kernel
def _load_arcs(b: at.Cells) -> None:
    """Candidate arcs this replication has."""
    for n in range(b[at.FLAGGED_ARCS]):
        row = b[at.FLAGGED0] + 3 * n
        b[b[row]] = b[row + 1] if b[b[at.IN_ARC] + b[row + 2]] != 0 else 0


@kernel
def _load_slots(b: at.Cells) -> None:
    """Applicant time and work of each slot; its row of the trace is reset when it is opened."""
    regimes, size = b[at.REGIMES], b[at.VISIT_CELLS]
    applicant, work = b[at.IN_APPLICANT], b[at.IN_WORK]
    row = b[at.VISIT0]
    for slot in range(b[at.SLOTS]):
        b[row + at.V_APPLICANT] = b[applicant + slot]
        for g in range(regimes):
            b[row + at.V_WORK + g] = b[work + slot * regimes + g]
        row += size


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
    phase = -1
    for k in range(count):
        b[p + at.P_TIMERS + k * at.TIMER + at.T_PATIENCE] = b[b[at.IN_PATIENCE] + i * count + k]
        b[reached + k] = b[b[at.IN_MILESTONES] + i * count + k]
        if b[reached + k] != NEVER:
            phase = k
    b[p + at.P_PHASE] = phase
    takes_part = b[b[at.IN_ACTIVE] + i] != 0 and withdrawn == NEVER
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], at.CASE):
        _load_case(b, c, b[p + at.P_LANE])
    if takes_part:
        b[p + at.STAGE] = at.START
        schedule(b, p, max(b[p + at.P_SIGNED], 0))


@kernel
def _load_case(b: at.Cells, c: int, shocks: int) -> None:
    """Reset the state of a case and take over its draws."""
    i = b[c + at.C_INDEX]
    state = b[b[at.IN_STATE] + i]
    b[c + at.STAGE] = at.IDLE
    b[c + at.C_PENDING] = 0
    b[c + at.C_LATEST] = -NEVER
    b[c + at.C_FIRST_JOINED] = NEVER
    b[c + at.C_HOLDS] = 0
    b[c + at.C_PART] = 0
    b[c + at.C_SESSION] = -1
    b[c + at.C_STOP] = 0
    b[c + at.C_OPENED] = 0
    b[c + at.C_FIRST_VISIT] = 0
    b[c + at.C_CHECK] = 0
    b[c + at.C_HELP] = 0
    b[c + at.C_ROUNDS] = b[b[at.IN_ROUNDS] + i]
    b[c + at.C_ENDED] = b[b[at.IN_ENDED] + i] if state == ENDED else NEVER
    flags = b[c + at.C_FLAGS] & at.STATIC
    if state not in (NOT_YET, ENDED):
        flags |= at.UNDER_WAY
    if b[b[at.IN_APPLIES] + i] == 0 or b[c + at.C_SLOT] == 0:
        flags |= at.IS_GATE
    if b[b[at.IN_REFUSED] + i] != 0:
        flags |= at.REFUSES
    target = b[c + at.C_TARGET]
    if target != 0 and b[b[at.IN_VOID] + i] != 0 and b[b[at.IN_APPLIES] + b[target + at.C_INDEX]] != 0:
        flags |= at.REOPENS
    b[c + at.C_FLAGS] = flags
    lanes = b[at.LANES]
    b[c + at.C_CLOCK] = b[b[at.CASE_CLOCK0] + i * lanes + shocks]
    r = b[c + at.C_RESOURCE]
    if r != 0 and b[c + at.C_KIND] == OFFICE:
        n = (r - b[at.RESOURCE0]) // at.RESOURCE
        b[c + at.C_LANE] = b[b[at.LANE_OF0] + n * lanes + shocks]
