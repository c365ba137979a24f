"""Cases and projects in kernels: which step is next, what an end sets off, how a project leaves."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.queues import forget, give
from sim.engine.compiled.times import append, schedule
from sim.engine.compiled.visits import (
    await_joining,
    begin_climb,
    end_rung,
    end_visit_row,
    give_back,
    go_on,
    join_visit,
    open_row,
    open_visit,
    release,
    stop_row,
)
from sim.engine.rules import CAUSE_REFUSED, CAUSE_WITHDRAWN
from sim.jit import kernel
from sim.model.arrays import APPLICANT, ENDED, NOT_YET, OFFICE, POOL, QUOTA, SERVICE
from sim.trace import DIRECT, NEVER, REFUSED, RETURNED, VOID, WITHDRAWN

__all__ = ["lose_patience", "start", "step", "withdraw"]


@kernel
def step(b: at.Cells, c: int) -> None:
    """Take the next step of a case that is due."""
    stage = b[c + at.STAGE]
    if stage == at.READY:
        _begin(b, c)
    elif stage == at.JOINING:
        join_visit(b, c)
    elif stage == at.WORKING:
        _end_work(b, c)
    elif stage == at.STOPPING:
        begin_climb(b, c)
    elif stage == at.HELPED:
        end_rung(b, c)


@kernel
def _ready_at(b: at.Cells, c: int) -> int:
    """Return when a case is ready (`rules.ready_at`)."""
    if b[c + at.C_LATEST] >= 0:
        return b[c + at.C_LATEST]
    known = b[b[at.IN_READY] + b[c + at.C_INDEX]]
    return known if known != NEVER else max(b[b[c + at.C_PROJECT] + at.P_SIGNED], 0)


@kernel
def _is_direct(b: at.Cells, c: int) -> bool:
    """Tell whether a case is a check that has nothing to convert."""
    if not b[c + at.C_FLAGS] & at.IS_CHECK or b[c + at.C_REFERENCE] == 0:
        return False
    return b[b[c + at.C_TARGET] + at.C_ENDED] >= b[b[c + at.C_REFERENCE] + at.C_ENDED]


@kernel
def _begin(b: at.Cells, c: int) -> None:
    """Begin a case: everything before it has ended, or it was under way at the epoch."""
    is_new = not b[c + at.C_FLAGS] & at.UNDER_WAY
    ready = _ready_at(b, c) if is_new else b[b[at.IN_READY] + b[c + at.C_INDEX]]
    if b[c + at.C_FLAGS] & at.IS_GATE:
        _end(b, c, ready)
    elif _is_direct(b, c):
        open_row(b, c, 0, ready)
        row = b[c + at.C_ROW]
        b[row + at.V_JOINED] = ready
        b[row + at.V_SERVED] = ready
        b[row + at.V_ENDED] = ready
        b[row + at.V_OUTCOME] = DIRECT
        _end(b, c, ready)
    elif is_new:
        open_visit(b, c, 0, ready)
    else:
        _resume(b, c, b[b[at.IN_STATE] + b[c + at.C_INDEX]], ready)


@kernel
def _resume(b: at.Cells, c: int, state: int, ready: int) -> None:
    """Go on with a visit that was under way at the epoch."""
    i = b[c + at.C_INDEX]
    left = b[b[at.IN_REMAINING] + i]
    open_row(b, c, b[b[at.IN_VISIT] + i], ready)
    if state == APPLICANT:
        await_joining(b, c, b[at.NOW] + left)
        return
    joined = b[b[at.IN_JOINED] + i]
    if state != SERVICE:
        await_joining(b, c, joined)
        return
    b[b[c + at.C_ROW] + at.V_JOINED] = joined
    b[b[c + at.C_ROW] + at.V_SERVED] = b[b[at.IN_SERVED] + i]
    b[c + at.C_LEFT] = left
    go_on(b, c)


@kernel
def _end_work(b: at.Cells, c: int) -> None:
    """End a visit whose work is done: the next, a refusal, a reopening, or the end of the case."""
    outcome = end_visit_row(b, c)
    if b[c + at.C_FLAGS] & at.REDONE:
        b[c + at.STAGE] = at.OVER
        release(b, c)
        _end(b, b[c + at.C_CHECK], b[at.NOW])
    elif outcome == RETURNED:
        open_visit(b, c, b[c + at.C_VISIT] + 1, b[at.NOW])
    elif outcome == REFUSED:
        p = b[c + at.C_PROJECT]
        b[c + at.STAGE] = at.STUCK
        if b[p + at.P_REFUSED] == 0:
            b[p + at.P_REFUSED] = 1
            b[p + at.P_NEXT_REFUSED] = b[at.REFUSING]
            b[at.REFUSING] = p
    elif outcome == VOID:
        target = b[c + at.C_TARGET]
        b[c + at.STAGE] = at.REOPENING
        b[target + at.C_CHECK] = c
        b[target + at.C_FLAGS] |= at.REDONE
        if b[target + at.C_KIND] == POOL:
            give_back(b, target)
        open_visit(b, target, b[target + at.C_ROUNDS], b[at.NOW])
    else:
        _end(b, c, b[at.NOW])


@kernel
def _end(b: at.Cells, c: int, t: int) -> None:
    """End a case: pools are given back, milestones are reached, others may be ready."""
    b[c + at.C_ENDED] = t
    b[c + at.STAGE] = at.OVER
    release(b, c)
    held = b[c + at.C_RELEASES] if b[c + at.C_FLAGS] & at.FREES else 0
    while held != 0:
        release(b, held)
        held = b[held + at.C_NEXT_RELEASED]
    reached = b[c + at.C_MILESTONES]
    k = 0
    while reached != 0:
        if reached & 1:
            _reach(b, b[c + at.C_PROJECT], k, max(t, 0))
        reached >>= 1
        k += 1
    arc = b[c + at.C_SUCCESSOR]
    for place in range(arc, arc + b[c + at.C_SUCCESSORS]):
        after = b[place]
        if after != 0:
            b[after + at.C_LATEST] = max(b[after + at.C_LATEST], t)
            b[after + at.C_PENDING] -= 1
            if b[after + at.C_PENDING] == 0 and b[after + at.STAGE] == at.WAITING:
                b[after + at.STAGE] = at.READY
                append(b, after)


@kernel
def _reach(b: at.Cells, p: int, k: int, t: int) -> None:
    """Reach a milestone, unless that was known; a new phase has a patience of its own."""
    place = p + at.P_TIMERS + b[at.MILESTONES] * at.TIMER + k
    if b[place] == NEVER:
        b[place] = t
        if k > b[p + at.P_PHASE]:
            b[p + at.P_PHASE] = k
            _await_patience(b, p)


@kernel
def _await_patience(b: at.Cells, p: int) -> None:
    """Leave when the patience of this phase is over and the phase is not."""
    k = b[p + at.P_PHASE]
    if k < b[p + at.P_LAST]:
        timer = p + at.P_TIMERS + k * at.TIMER
        b[timer + at.STAGE] = at.PATIENCE + k
        schedule(b, timer, b[at.NOW] + b[timer + at.T_PATIENCE])


@kernel
def start(b: at.Cells, p: int) -> None:
    """Start a project: it is signed now, or goes on from the epoch."""
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], at.CASE):
        state = b[b[at.IN_STATE] + b[c + at.C_INDEX]]
        if state != NOT_YET:
            _hold(b, c, state)
        arc = b[c + at.C_SUCCESSOR]
        for place in range(arc, arc + b[c + at.C_SUCCESSORS]):
            after = b[place]
            if after != 0 and state == ENDED:
                b[after + at.C_LATEST] = max(b[after + at.C_LATEST], b[c + at.C_ENDED])
            elif after != 0:
                b[after + at.C_PENDING] += 1
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], at.CASE):
        state = b[b[at.IN_STATE] + b[c + at.C_INDEX]]
        if state == ENDED:
            b[c + at.STAGE] = at.OVER
        elif state != NOT_YET or b[c + at.C_PENDING] == 0:
            b[c + at.STAGE] = at.READY
            append(b, c)
        else:
            b[c + at.STAGE] = at.WAITING
    place = p + at.P_TIMERS + b[at.MILESTONES] * at.TIMER
    if b[place] == NEVER:
        b[place] = b[p + at.P_SIGNED]
        b[p + at.P_PHASE] = max(b[p + at.P_PHASE], 0)
    _await_patience(b, p)


@kernel
def _hold(b: at.Cells, c: int, state: int) -> None:
    """Keep what a case got before the epoch and did not give back."""
    r, i, kind = b[c + at.C_RESOURCE], b[c + at.C_INDEX], b[c + at.C_KIND]
    if r == 0 or b[c + at.C_FLAGS] & at.IS_GATE:
        return
    named = b[c + at.C_RELEASE]
    holds = state == SERVICE
    if kind == QUOTA:
        holds = state in (SERVICE, ENDED) or b[b[at.IN_VISIT] + i] > 0
    elif state == ENDED:
        holds = kind == POOL and named != 0 and b[named + at.C_ENDED] == NEVER
    if holds:
        b[c + at.C_HOLDS] = 1
        if kind in (OFFICE, POOL):
            b[r + at.R_FREE] -= b[c + at.C_AMOUNT]
    b[c + at.C_FIRST_JOINED] = b[b[at.IN_JOINED] + i]


@kernel
def lose_patience(b: at.Cells, timer: int) -> None:
    """Withdraw, if the phase is still open."""
    k = b[timer + at.STAGE] - at.PATIENCE
    p = timer - at.P_TIMERS - k * at.TIMER
    if b[p + at.P_PHASE] == k:
        withdraw(b, p)


@kernel
def withdraw(b: at.Cells, p: int) -> None:
    """End everything of a project: it leaves queues and frees what it holds."""
    if b[p + at.P_WITHDRAWN] != NEVER:
        return
    b[p + at.P_WITHDRAWN] = b[at.NOW]
    b[p + at.P_CAUSE] = CAUSE_REFUSED if b[p + at.P_REFUSED] != 0 else CAUSE_WITHDRAWN
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], at.CASE):
        _abandon(b, c)


@kernel
def _abandon(b: at.Cells, c: int) -> None:
    """End what is open of a case and let go of what it holds or waits for."""
    stage = b[c + at.STAGE]
    helper = 0
    if stage in (at.HELP_QUEUED, at.HELPED):
        b[stop_row(b, c) + at.S_ENDED] = b[at.NOW]
        helper = b[b[c + at.C_LADDER] + b[c + at.C_RUNG] * at.RUNG + at.D_RESOURCE]
    if stage >= at.OPEN:
        b[b[c + at.C_ROW] + at.V_ENDED] = b[at.NOW]
        b[b[c + at.C_ROW] + at.V_OUTCOME] = WITHDRAWN
    b[c + at.STAGE] = at.STUCK
    if stage == at.QUEUED:
        forget(b, b[c + at.C_RESOURCE])
    elif b[c + at.C_HOLDS] != 0 and b[b[c + at.C_RESOURCE] + at.R_RETURNS] != 0:
        give_back(b, c)
    if stage == at.HELP_QUEUED:
        forget(b, helper)
    elif b[c + at.C_HELP] != 0 and b[helper + at.R_RETURNS] != 0:
        b[c + at.C_HELP] = 0
        give(b, helper, 1, 0)
