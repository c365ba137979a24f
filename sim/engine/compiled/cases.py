"""Cases and projects in kernels: which step is next, what an end sets off, how a project leaves."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.queues import forget, give
from sim.engine.compiled.times import append, schedule
from sim.engine.compiled.visits import (
    amount_of,
    await_joining,
    begin_climb,
    details,
    end_rung,
    end_visit_row,
    give_back,
    go_on,
    open_row,
    open_visit,
    join_visit,
    release,
    stop_row,
    write_row,
)
from sim.engine.rules import CAUSE_REFUSED, CAUSE_WITHDRAWN
from sim.jit import kernel
from sim.model.arrays import APPLICANT, ENDED, SERVICE
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
    if b[c + at.C_READY] >= 0:
        return b[c + at.C_READY]
    d = details(b, c)
    known = b[b[at.IN_READY] + b[d + at.D_INDEX]]
    return known if known != NEVER else max(b[b[d + at.D_PROJECT] + at.P_SIGNED], 0)


@kernel
def _is_direct(b: at.Cells, c: int) -> bool:
    """Tell whether a case is a check that has nothing to convert."""
    if not b[c + at.C_FLAGS] & at.IS_CHECK:
        return False
    d = details(b, c)
    target, reference = b[d + at.D_TARGET], b[d + at.D_REFERENCE]
    if reference == 0:
        return False
    return b[details(b, target) + at.D_ENDED] >= b[details(b, reference) + at.D_ENDED]


@kernel
def _begin(b: at.Cells, c: int) -> None:
    """Begin a case: everything before it has ended, or it was under way at the epoch."""
    if b[c + at.C_FLAGS] & at.UNDER_WAY:
        i = b[details(b, c) + at.D_INDEX]
        ready = b[b[at.IN_READY] + i]
    else:
        ready = _ready_at(b, c)
    if b[c + at.C_FLAGS] & at.IS_GATE:
        _end(b, c, ready)
    elif _is_direct(b, c):
        open_row(b, c, 0, ready)
        b[c + at.STAGE] = at.WORKING
        b[c + at.C_JOINED] = ready
        b[c + at.C_SERVED] = ready
        write_row(b, c, ready, DIRECT)
        _end(b, c, ready)
    elif b[c + at.C_FLAGS] & at.UNDER_WAY:
        _resume(b, c, ready)
    else:
        open_visit(b, c, 0, ready)


@kernel
def _resume(b: at.Cells, c: int, ready: int) -> None:
    """Go on with a visit that was under way at the epoch."""
    d = details(b, c)
    i = b[d + at.D_INDEX]
    left, number, state = b[b[at.IN_REMAINING] + i], b[b[at.IN_VISIT] + i], b[b[at.IN_STATE] + i]
    if number < b[c + at.C_ROUND] >> at.ROUNDS:
        b[d + at.D_FIRST_VISIT] = number
    open_row(b, c, number, ready)
    if state == APPLICANT:
        await_joining(b, c, b[at.NOW] + left)
        return
    joined = b[b[at.IN_JOINED] + i]
    if state != SERVICE:
        await_joining(b, c, joined)
        return
    b[c + at.C_JOINED] = joined
    b[c + at.C_SERVED] = b[b[at.IN_SERVED] + i]
    b[c + at.C_LEFT] = left
    go_on(b, c)


@kernel
def _end_work(b: at.Cells, c: int) -> None:
    """End a visit whose work is done: the next, a refusal, a reopening, or the end of the case."""
    outcome = end_visit_row(b, c)
    if b[c + at.C_FLAGS] & at.REDONE:
        b[c + at.STAGE] = at.OVER
        release(b, c)
        _end(b, b[details(b, c) + at.D_CHECK], b[at.NOW])
    elif outcome == RETURNED:
        open_visit(b, c, (b[c + at.C_ROUND] & at.VISIT) + 1, b[at.NOW])
    elif outcome == REFUSED:
        p = b[details(b, c) + at.D_PROJECT]
        b[c + at.STAGE] = at.STUCK
        if b[p + at.P_REFUSED] == 0:
            b[p + at.P_REFUSED] = 1
            b[p + at.P_NEXT_REFUSED] = b[at.REFUSING]
            b[at.REFUSING] = p
    elif outcome == VOID:
        target = b[details(b, c) + at.D_TARGET]
        b[c + at.STAGE] = at.REOPENING
        b[details(b, target) + at.D_CHECK] = c
        b[target + at.C_FLAGS] |= at.REDONE
        if b[target + at.C_FLAGS] & at.KINDS == at.OF_POOL:
            give_back(b, target)
        open_visit(b, target, b[target + at.C_ROUND] >> at.ROUNDS, b[at.NOW])
    else:
        _end(b, c, b[at.NOW])


@kernel
def _end(b: at.Cells, c: int, t: int) -> None:
    """End a case: pools are given back, milestones are reached, others may be ready."""
    b[c + at.STAGE] = at.OVER
    if b[c + at.C_FLAGS] & (at.WATCHED | at.REACHES):
        _end_watched(b, c, t)
    arc = b[c + at.C_SUCCESSOR]
    while b[arc] != 0:
        after = c + b[arc]
        if b[arc] != at.ABSENT and b[after + at.STAGE] == at.WAITING:
            if b[after + at.C_READY] < t:
                b[after + at.C_READY] = t
            pending = b[after + at.C_PENDING] - 1
            b[after + at.C_PENDING] = pending
            if pending == 0:
                b[after + at.STAGE] = at.READY
                append(b, after)
        arc += 1


@kernel
def _end_watched(b: at.Cells, c: int, t: int) -> None:
    """End a case whose end matters to others than those after it."""
    d = details(b, c)
    b[d + at.D_ENDED] = t
    release(b, c)
    held = b[d + at.D_RELEASES] if b[c + at.C_FLAGS] & at.FREES else 0
    while held != 0:
        release(b, held)
        held = b[details(b, held) + at.D_NEXT_RELEASED]
    reached = b[d + at.D_MILESTONES]
    k = 0
    while reached != 0:
        if reached & 1:
            _reach(b, b[d + at.D_PROJECT], k, max(t, 0))
        reached >>= 1
        k += 1


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
    if b[p + at.P_PAST] != 0:
        _take_up(b, p)
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], at.CASE):
        stage, is_begun = b[c + at.STAGE], b[c + at.C_FLAGS] & at.UNDER_WAY
        if stage == at.WAITING and (is_begun or b[c + at.C_PENDING] == 0):
            b[c + at.STAGE] = at.READY
            append(b, c)
    place = p + at.P_TIMERS + b[at.MILESTONES] * at.TIMER
    if b[place] == NEVER:
        b[place] = b[p + at.P_SIGNED]
        b[p + at.P_PHASE] = max(b[p + at.P_PHASE], 0)
    _await_patience(b, p)


@kernel
def _take_up(b: at.Cells, p: int) -> None:
    """Let what had ended before the epoch have ended for others, and what was held be held."""
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], at.CASE):
        is_over = b[c + at.STAGE] == at.OVER
        if b[c + at.C_LANE] != 0 and (is_over or b[c + at.C_FLAGS] & at.UNDER_WAY):
            _hold(b, c)
        arc = b[c + at.C_SUCCESSOR]
        while is_over and b[arc] != 0:
            after = c + b[arc]
            if b[arc] != at.ABSENT and b[after + at.STAGE] == at.WAITING:
                b[after + at.C_READY] = max(b[after + at.C_READY], b[c + at.C_SERVED])
                b[after + at.C_PENDING] -= 1
            arc += 1


@kernel
def _hold(b: at.Cells, c: int) -> None:
    """Keep what a case got before the epoch and did not give back."""
    kind = b[c + at.C_FLAGS] & at.KINDS
    if b[c + at.C_FLAGS] & at.IS_GATE:
        return
    d = details(b, c)
    i, named = b[d + at.D_INDEX], b[d + at.D_RELEASE]
    state = b[b[at.IN_STATE] + i]
    holds = state == SERVICE
    if kind == at.OF_QUOTA:
        holds = state in (SERVICE, ENDED) or b[b[at.IN_VISIT] + i] > 0
    elif state == ENDED:
        holds = kind == at.OF_POOL and named != 0 and b[details(b, named) + at.D_ENDED] == NEVER
    if holds:
        b[c + at.C_FLAGS] |= at.HOLDS
        if kind not in (at.OF_QUOTA, at.OF_MEETING):
            b[b[b[c + at.C_LANE] + at.L_RESOURCE] + at.R_FREE] -= amount_of(b, c)
    b[d + at.D_FIRST_JOINED] = b[b[at.IN_JOINED] + i]


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
    stage, lane = b[c + at.STAGE], b[c + at.C_LANE]
    helper = 0
    if stage in (at.HELP_QUEUED, at.HELPED):
        d = details(b, c)
        b[stop_row(b, c) + at.S_ENDED] = b[at.NOW]
        helper = b[b[d + at.D_LADDER] + b[d + at.D_RUNG] * at.RUNG + at.G_RESOURCE]
    if stage >= at.OPEN:
        write_row(b, c, b[at.NOW], WITHDRAWN)
    b[c + at.STAGE] = at.STUCK
    if stage == at.QUEUED:
        forget(b, b[lane + at.L_RESOURCE])
    elif b[c + at.C_FLAGS] & at.HOLDS and b[b[lane + at.L_RESOURCE] + at.R_RETURNS] != 0:
        give_back(b, c)
    if stage == at.HELP_QUEUED:
        forget(b, helper)
    elif b[c + at.C_FLAGS] & at.HELPED_BY and b[helper + at.R_RETURNS] != 0:
        b[c + at.C_FLAGS] &= ~at.HELPED_BY
        give(b, helper, 1, 0)
