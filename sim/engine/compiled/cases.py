"""Cases and projects in kernels: which step is next, what an end sets off, how a project leaves."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.queues import forget, give
from sim.engine.compiled.times import append, at_place, schedule
from sim.engine.compiled.visits import (
    amount_of,
    await_joining,
    begin_climb,
    details,
    end_rung,
    end_visit,
    give_back,
    go_on,
    join_visit,
    open_row,
    open_visit,
    release,
    serve,
    serve_rung,
    stop_row,
    write_row,
)
from sim.engine.rules import CAUSE_REFUSED, CAUSE_WITHDRAWN
from sim.jit import kernel, part
from sim.model.arrays import APPLICANT, ENDED, SERVICE
from sim.trace import DIRECT, DONE, NEVER, REFUSED, RETURNED, WITHDRAWN

__all__ = ["lose_patience", "start", "step", "withdraw"]


@part
def step(b: at.Cells, c: int) -> None:
    """Take the next step of a case that is due, and what follows at once."""
    stage, t, number, what = b[c + at.STAGE], at_place(b, at.NOW), 0, at.NOTHING
    if stage == at.JOINING:
        what = at.JOINS
    elif stage == at.GRANTED:
        what = at.SERVES
    elif stage == at.WORKING:
        what = _end_work(b, c)
        number = (b[c + at.C_ROUND] & at.VISIT) + 1
    elif stage == at.READY:
        t = _ready_at(b, c)
        what = _begin(b, c, t)
    else:
        what = _rare_step(b, c, stage)
        number = at_place(b, c + at.C_ROUND) >> at.ROUNDS
    if what == at.ENDS:
        _end(b, c, t)
        return
    if what == at.VISITS:
        open_visit(b, c, number, t)
        what = at.AWAITS
    if what == at.AWAITS:
        what = await_joining(b, c)
    if what == at.JOINS:
        what = join_visit(b, c)
    if what == at.SERVES:
        serve(b, c)
        what = at.WORKS
    if what == at.WORKS:
        go_on(b, c)


@kernel
def _rare_step(b: at.Cells, c: int, stage: int) -> int:
    """Take a step of a stoppage or after a void check; return what follows."""
    if stage == at.ENDING:
        return at.ENDS
    if stage == at.REOPENED:
        return at.VISITS
    if stage == at.STOPPING:
        begin_climb(b, c)
    elif stage == at.HELP_GRANTED:
        serve_rung(b, c)
    elif stage == at.HELPED:
        return end_rung(b, c)
    return at.NOTHING


@part
def _ready_at(b: at.Cells, c: int) -> int:
    """Return when a case is ready (`rules.ready_at`), or was."""
    is_new = not b[c + at.C_FLAGS] & at.UNDER_WAY
    if is_new and b[c + at.C_READY] >= 0:
        return at_place(b, c + at.C_READY)
    d = details(b, c)
    known = at_place(b, b[at.IN_READY] + b[d + at.D_INDEX])
    if known != NEVER or not is_new:
        return known
    return max(at_place(b, b[d + at.D_PROJECT] + at.P_SIGNED), 0)


@kernel
def _is_direct(b: at.Cells, c: int) -> bool:
    """Tell whether a case is a check that has nothing to convert."""
    if not b[c + at.C_FLAGS] & at.IS_CHECK:
        return False
    d = details(b, c)
    since, reference = at_place(b, d + at.D_SINCE), at_place(b, d + at.D_REFERENCE)
    if reference == 0:
        return False
    in_time = b[details(b, since) + at.D_ENDED] + b[d + at.D_GRACE]
    return in_time >= b[details(b, reference) + at.D_ENDED]


@part
def _begin(b: at.Cells, c: int, ready: int) -> int:
    """Begin a case: everything before it has ended, or it was under way at the epoch."""
    flags = b[c + at.C_FLAGS]
    if flags & at.IS_GATE:
        return at.ENDS
    if flags & at.IS_CHECK and _is_direct(b, c):
        open_row(b, c, 0, ready)
        b[c + at.STAGE] = at.WORKING
        b[c + at.C_JOINED] = ready
        b[c + at.C_SERVED] = ready
        write_row(b, c, ready, DIRECT)
        return at.ENDS
    return _resume(b, c, ready) if flags & at.UNDER_WAY else at.VISITS


@kernel
def _resume(b: at.Cells, c: int, ready: int) -> int:
    """Go on with a visit that was under way at the epoch; return what follows."""
    d = details(b, c)
    i = at_place(b, d + at.D_INDEX)
    left, number = at_place(b, b[at.IN_REMAINING] + i), at_place(b, b[at.IN_VISIT] + i)
    state, joined = b[b[at.IN_STATE] + i], at_place(b, b[at.IN_JOINED] + i)
    if number < b[c + at.C_ROUND] >> at.ROUNDS:
        b[d + at.D_FIRST_VISIT] = number
    open_row(b, c, number, ready)
    if state == APPLICANT:
        joined = at_place(b, at.NOW) + left
    b[c + at.C_JOINED] = joined
    if state != SERVICE:
        return at.AWAITS
    b[c + at.C_SERVED] = b[b[at.IN_SERVED] + i]
    b[c + at.C_LEFT] = left
    return at.WORKS


@part
def _end_work(b: at.Cells, c: int) -> int:
    """End a visit whose work is done; return what follows: the next visit, or the end of the case."""
    outcome = end_visit(b, c)
    if b[c + at.C_FLAGS] & at.REDONE:
        b[c + at.STAGE] = at.OVER
        release(b, c)
        check = at_place(b, details(b, c) + at.D_CHECK)
        b[check + at.STAGE] = at.ENDING
        append(b, check)
        return at.NOTHING
    if outcome == RETURNED:
        return at.VISITS
    if outcome == DONE:
        return at.ENDS
    _fail(b, c, outcome)
    return at.NOTHING


@kernel
def _fail(b: at.Cells, c: int, outcome: int) -> None:
    """Let a project with a refusal leave in step 3, and reopen what a void check has looked at."""
    d = details(b, c)
    if outcome == REFUSED:
        p = at_place(b, d + at.D_PROJECT)
        b[c + at.STAGE] = at.STUCK
        if b[p + at.P_REFUSED] == 0:
            b[p + at.P_REFUSED] = 1
            b[p + at.P_NEXT_REFUSED] = b[at.REFUSING]
            b[at.REFUSING] = p
        return
    target = at_place(b, d + at.D_TARGET)
    b[c + at.STAGE] = at.REOPENING
    b[details(b, target) + at.D_CHECK] = c
    b[details(b, target) + at.D_LAST_VISIT] = b[target + at.C_ROUND] & at.VISIT
    b[target + at.C_FLAGS] |= at.REDONE
    if b[target + at.C_FLAGS] & at.KINDS == at.OF_POOL:
        give_back(b, target)
    b[target + at.STAGE] = at.REOPENED
    append(b, target)


@part
def _end(b: at.Cells, c: int, t: int) -> None:
    """End a case: pools are given back, milestones are reached, others may be ready."""
    b[c + at.STAGE] = at.OVER
    if b[c + at.C_FLAGS] & (at.WATCHED | at.REACHES):
        _end_watched(b, c, t)
    arc = at_place(b, c + at.C_SUCCESSOR)
    while b[arc] != 0:
        after = c + b[arc]
        if b[arc] != at.ABSENT and b[after + at.STAGE] == at.WAITING:
            b[after + at.C_READY] = max(b[after + at.C_READY], t)
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
    held = at_place(b, d + at.D_RELEASES) if b[c + at.C_FLAGS] & at.FREES else 0
    while held != 0:
        release(b, held)
        held = at_place(b, details(b, held) + at.D_NEXT_RELEASED)
    reached = b[d + at.D_MILESTONES]
    k = 0
    while reached != 0:
        if reached & 1:
            _reach(b, at_place(b, d + at.D_PROJECT), k, max(t, 0))
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
    k = at_place(b, p + at.P_PHASE)
    if k < b[p + at.P_LAST]:
        timer = p + at.P_TIMERS + k * at.TIMER
        b[timer + at.STAGE] = at.PATIENCE + k
        schedule(b, timer, at_place(b, at.NOW) + b[timer + at.T_PATIENCE])


@kernel
def start(b: at.Cells, p: int) -> None:
    """Start a project: it is signed now, or goes on from the epoch; a review may turn it away."""
    if b[p + at.P_TURNED_AWAY] != 0:
        return
    if b[p + at.P_PAST] != 0:
        _take_up(b, p)
    for c in range(at_place(b, p + at.P_CASE), at_place(b, p + at.P_CASE_END), at.CASE):
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
    for c in range(at_place(b, p + at.P_CASE), at_place(b, p + at.P_CASE_END), at.CASE):
        is_over, flags = b[c + at.STAGE] == at.OVER, b[c + at.C_FLAGS]
        if b[c + at.C_LANE] != 0 and (flags & at.UNDER_WAY or (is_over and flags & at.DETAILED)):
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
    i, named = b[d + at.D_INDEX], at_place(b, d + at.D_RELEASE)
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
    k = at_place(b, timer + at.STAGE) - at.PATIENCE
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
    for c in range(at_place(b, p + at.P_CASE), at_place(b, p + at.P_CASE_END), at.CASE):
        _abandon(b, c)


@kernel
def _abandon(b: at.Cells, c: int) -> None:
    """End what is open of a case and let go of what it holds or waits for."""
    stage, lane = b[c + at.STAGE], b[c + at.C_LANE]
    helper = 0
    if stage in (at.HELP_QUEUED, at.HELPED):
        d = details(b, c)
        b[stop_row(b, c) + at.S_ENDED] = b[at.NOW]
        helper = at_place(b, b[d + at.D_LADDER] + b[d + at.D_RUNG] * at.RUNG + at.G_RESOURCE)
    if stage >= at.OPEN:
        write_row(b, c, at_place(b, at.NOW), WITHDRAWN)
    b[c + at.STAGE] = at.STUCK
    if stage == at.QUEUED:
        forget(b, at_place(b, lane + at.L_RESOURCE))
    elif b[c + at.C_FLAGS] & at.HOLDS and b[b[lane + at.L_RESOURCE] + at.R_RETURNS] != 0:
        give_back(b, c)
    if stage == at.HELP_QUEUED:
        forget(b, helper)
    elif b[c + at.C_FLAGS] & at.HELPED_BY and b[helper + at.R_RETURNS] != 0:
        b[c + at.C_FLAGS] &= ~at.HELPED_BY
        give(b, helper, 1, 0)
