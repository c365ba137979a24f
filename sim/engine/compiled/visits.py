"""The life of a case in kernels, from the visit to its end; `cases` says which step is next.

Nothing here calls itself: what follows at once is put among the timers due now.
"""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.queues import give, join, lane_of
from sim.engine.compiled.times import advance, month_at, regime_at, schedule
from sim.jit import kernel
from sim.model.arrays import MEETING, OFFICE, POOL, QUOTA
from sim.trace import DONE, NEVER, OPEN, REFUSED, RETURNED, VOID

__all__ = [
    "ask_rung", "await_joining", "begin_climb", "close", "end_rung", "end_visit_row", "give_back", "go_on",
    "join_visit", "open_row", "open_visit", "release", "serve", "serve_rung", "stop_row",
]  # fmt: skip


@kernel
def open_row(b: at.Cells, c: int, number: int, ready: int) -> None:
    """Start the row of a visit; the one after the last round is the rerun of a reopened case."""
    size = b[at.VISIT_CELLS]
    if number == b[c + at.C_ROUNDS]:
        last = b[b[at.SLOT_OFFSET0] + b[c + at.C_INDEX] + 1] - 1
        row = b[at.VISIT0] + last * size
    else:
        row = b[c + at.C_SLOT] + number * size
        if b[c + at.C_OPENED] == 0 and number > 0:
            b[c + at.C_FIRST_VISIT] = number
        b[c + at.C_OPENED] += 1
    b[at.VISITS_OPENED] += 1
    b[c + at.C_ROW] = row
    b[c + at.C_VISIT] = number
    b[row + at.V_READY] = ready
    b[row + at.V_JOINED] = NEVER
    b[row + at.V_SERVED] = NEVER
    b[row + at.V_ENDED] = NEVER
    b[row + at.V_OUTCOME] = OPEN
    b[row + at.V_NUMBER] = number


@kernel
def open_visit(b: at.Cells, c: int, number: int, ready: int) -> None:
    """Begin a visit with its applicant time; nobody is heard twice in a session."""
    open_row(b, c, number, ready)
    minutes = b[b[c + at.C_ROW] + at.V_APPLICANT]
    if b[c + at.C_KIND] == MEETING and number > 0:
        minutes = max(minutes, 1)
    await_joining(b, c, min(max(ready + minutes, 0), NEVER))


@kernel
def await_joining(b: at.Cells, c: int, joined: int) -> None:
    """Join at a minute, or now if that is over."""
    b[c + at.C_LEFT] = joined
    b[c + at.STAGE] = at.JOINING
    if joined > b[at.NOW]:
        schedule(b, c, joined)
    else:
        join_visit(b, c)


@kernel
def join_visit(b: at.Cells, c: int) -> None:
    """Join the queue; what asks for nothing, or has it, is served at once."""
    joined = b[c + at.C_LEFT]
    b[b[c + at.C_ROW] + at.V_JOINED] = joined
    r = b[c + at.C_RESOURCE]
    if r == 0 or b[c + at.C_HOLDS] != 0:
        serve(b, c)
        return
    if b[c + at.C_VISIT] == b[c + at.C_ROUNDS]:
        b[c + at.C_FIRST_JOINED] = NEVER
    first = min(b[c + at.C_FIRST_JOINED], joined)
    b[c + at.C_PLACE] = first if b[r + at.R_KEEPS] != 0 else joined
    b[c + at.C_FIRST_JOINED] = first
    b[c + at.STAGE] = at.QUEUED
    join(b, c, b[c + at.C_LANE], b[c + at.C_AMOUNT])


@kernel
def _minutes(b: at.Cells, c: int) -> int:
    """Return the own minutes of work, by the rules in force when the visit joined."""
    flags = b[c + at.C_FLAGS]
    if flags & at.SESSION_LAW and b[c + at.C_HOLDS] != 0 and b[c + at.C_SESSION] >= 0:
        return b[b[at.IN_SESSION_WORK] + b[c + at.C_SESSION]]
    row = b[c + at.C_ROW]
    joined = b[row + at.V_JOINED]
    drawn = b[row + at.V_WORK + regime_at(b, joined)]
    if drawn >= NEVER or (drawn > 0 and not flags & at.SCALED):
        return drawn
    if drawn <= 0:
        return drawn if not flags & at.SCALED else 0
    factor = b[b[c + at.C_FACTOR] + month_at(b, joined)]
    return min(max((drawn * factor + 500) // 1000, 1), NEVER)


@kernel
def serve(b: at.Cells, c: int) -> None:
    """Begin the work of a visit."""
    b[b[c + at.C_ROW] + at.V_SERVED] = b[at.NOW]
    b[c + at.C_LEFT] = _minutes(b, c)
    go_on(b, c)


@kernel
def go_on(b: at.Cells, c: int) -> None:
    """Work up to the next stop, which only the first visit has, or to the end."""
    now, left, clock = b[at.NOW], b[c + at.C_LEFT], b[c + at.C_CLOCK]
    if b[c + at.C_VISIT] == 0 and b[c + at.C_STOP] < b[c + at.C_STOPS]:
        gap = b[b[c + at.C_GAP] + b[c + at.C_STOP]]
        if gap < left:
            b[c + at.C_LEFT] = left - gap
            b[c + at.STAGE] = at.STOPPING
            schedule(b, c, advance(b, clock, now, gap))
            return
    b[c + at.STAGE] = at.WORKING
    schedule(b, c, advance(b, clock, now, left))


@kernel
def give_back(b: at.Cells, c: int) -> None:
    """Give back what a case holds."""
    if b[c + at.C_HOLDS] != 0:
        b[c + at.C_HOLDS] = 0
        part = b[c + at.C_PART] if b[c + at.C_KIND] == QUOTA else 0
        give(b, b[c + at.C_RESOURCE], b[c + at.C_AMOUNT], part)


@kernel
def release(b: at.Cells, c: int) -> None:
    """Give a pool back once both its case and the named one have ended."""
    if b[c + at.C_KIND] != POOL or b[c + at.STAGE] != at.OVER or b[c + at.C_ENDED] == NEVER:
        return
    named = b[c + at.C_RELEASE]
    if named == 0 or b[named + at.C_ENDED] != NEVER:
        give_back(b, c)


@kernel
def close(b: at.Cells, c: int, outcome: int) -> None:
    """End a visit; a quota is kept, and a pool, unless the visit is sent back."""
    row, kind = b[c + at.C_ROW], b[c + at.C_KIND]
    b[row + at.V_ENDED] = b[at.NOW]
    b[row + at.V_OUTCOME] = outcome
    if kind in (OFFICE, MEETING) or (kind == POOL and outcome == RETURNED):
        give_back(b, c)


@kernel
def end_visit_row(b: at.Cells, c: int) -> int:
    """End the row of a visit whose work is done; return the outcome."""
    if b[c + at.C_FLAGS] & at.REDONE:
        outcome = DONE
    elif b[c + at.C_VISIT] < b[c + at.C_ROUNDS] - 1:
        outcome = RETURNED
    elif b[c + at.C_FLAGS] & at.REFUSES:
        outcome = REFUSED
    else:
        outcome = VOID if b[c + at.C_FLAGS] & at.REOPENS else DONE
    close(b, c, outcome)
    return outcome


@kernel
def stop_row(b: at.Cells, c: int) -> int:
    """Return the row of the rung a case is on."""
    return b[c + at.C_STOP_ROW] + ((b[c + at.C_STOP] - 1) * b[at.RUNGS] + b[c + at.C_RUNG]) * at.STOP


@kernel
def begin_climb(b: at.Cells, c: int) -> None:
    """Begin a stoppage on the first rung of the ladder."""
    b[c + at.C_STOP] += 1
    b[c + at.C_RUNG] = 0
    row = stop_row(b, c)
    for rung in range(b[at.RUNGS]):
        b[row + rung * at.STOP + at.S_WRITTEN] = 0
    ask_rung(b, c)


@kernel
def ask_rung(b: at.Cells, c: int) -> None:
    """Ask for help on a rung; the clock of the work stands still and the resource is kept."""
    row = stop_row(b, c)
    b[at.STOPS_OPENED] += 1
    b[row + at.S_WRITTEN] = 1
    b[row + at.S_STARTED] = b[at.NOW]
    b[row + at.S_SERVED] = NEVER
    b[row + at.S_ENDED] = NEVER
    b[row + at.S_SOLVED] = 0
    r = b[b[c + at.C_LADDER] + b[c + at.C_RUNG] * at.RUNG + at.D_RESOURCE]
    if r == 0:
        serve_rung(b, c)
        return
    b[c + at.C_PLACE] = b[at.NOW]
    b[c + at.STAGE] = at.HELP_QUEUED
    join(b, c, lane_of(b, r, b[c + at.C_PROJECT]), 1)


@kernel
def serve_rung(b: at.Cells, c: int) -> None:
    """Begin the work of a rung; that of a meeting takes no time."""
    row = stop_row(b, c)
    rung = b[c + at.C_LADDER] + b[c + at.C_RUNG] * at.RUNG
    r = b[rung + at.D_RESOURCE]
    minutes = b[row + at.S_WORK]
    if r != 0 and b[r + at.R_KIND] == MEETING:
        minutes = 0
    b[row + at.S_SERVED] = b[at.NOW]
    b[c + at.STAGE] = at.HELPED
    schedule(b, c, advance(b, b[rung + at.D_CLOCK], b[at.NOW], minutes))


@kernel
def end_rung(b: at.Cells, c: int) -> None:
    """End a rung: the helper is free, work goes on or the next rung is asked."""
    row = stop_row(b, c)
    if b[c + at.C_HELP] != 0:
        b[c + at.C_HELP] = 0
        give(b, b[b[c + at.C_LADDER] + b[c + at.C_RUNG] * at.RUNG + at.D_RESOURCE], 1, 0)
    b[row + at.S_ENDED] = b[at.NOW]
    if b[row + at.S_SOLVES] != 0 or b[c + at.C_RUNG] == b[c + at.C_RUNGS] - 1:
        b[row + at.S_SOLVED] = 1
        go_on(b, c)
    else:
        b[c + at.C_RUNG] += 1
        ask_rung(b, c)
