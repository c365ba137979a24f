"""The life of a case in kernels, from the visit to its end; `cases` says which step is next.

Nothing here calls itself: what follows at once is put among the timers due now.
"""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.queues import give, join, lane_of
from sim.engine.compiled.times import advance, append, at_place, month_at, regime_at, schedule
from sim.jit import kernel, part
from sim.model.arrays import MEETING
from sim.trace import DONE, NEVER, REFUSED, RETURNED, VOID

__all__ = [
    "amount_of", "await_joining", "begin_climb", "details", "end_rung", "end_visit", "give_back", "go_on",
    "join_visit", "open_row", "open_visit", "release", "serve", "serve_rung", "stop_row", "write_row",
]  # fmt: skip


@kernel
def details(b: at.Cells, c: int) -> int:
    """Return the place of the details of a case."""
    return b[at.DETAIL] + 2 * c


@kernel
def amount_of(b: at.Cells, c: int) -> int:
    """Return how much of its resource a case asks for."""
    return at_place(b, details(b, c) + at.D_AMOUNT) if b[c + at.C_FLAGS] & at.SEVERAL else 1


@kernel
def open_row(b: at.Cells, c: int, number: int, ready: int) -> int:
    """Start a visit; the one after the last round is the rerun of a reopened case. Return the flags."""
    rounds, flags = b[c + at.C_ROUND] >> at.ROUNDS, b[c + at.C_FLAGS]
    if number == rounds:
        b[c + at.C_SLOT] = b[b[at.LAST_SLOT0] + b[details(b, c) + at.D_INDEX]]
    else:
        b[c + at.C_SLOT] += number - (b[c + at.C_ROUND] & at.VISIT)
        flags |= at.OPENED
    b[c + at.C_ROUND] = (rounds << at.ROUNDS) | number
    b[c + at.C_READY] = ready
    b[at.VISITS_OPENED] += 1
    b[c + at.C_FLAGS] = flags
    return flags


@kernel
def write_row(b: at.Cells, c: int, ended: int, outcome: int) -> None:
    """Write the row of the visit under way; what has not happened yet never did."""
    stage = b[c + at.STAGE]
    row = b[at.VISIT0] + at.VISIT_CELLS * b[c + at.C_SLOT]
    b[row + at.V_READY] = b[c + at.C_READY]
    b[row + at.V_JOINED] = b[c + at.C_JOINED] if stage > at.JOINING else NEVER
    b[row + at.V_SERVED] = b[c + at.C_SERVED] if stage > at.QUEUED else NEVER
    b[row + at.V_ENDED] = ended
    b[row + at.V_OUTCOME] = outcome


@part
def open_visit(b: at.Cells, c: int, number: int, ready: int) -> None:
    """Begin a visit with its applicant time; nobody is heard twice in a session."""
    flags = open_row(b, c, number, ready)
    joined = ready + b[b[at.IN_APPLICANT] + b[c + at.C_SLOT]]
    if number > 0 and joined <= ready and flags & at.KINDS == at.OF_MEETING:
        joined = ready + 1
    joined = max(joined, 0)
    b[c + at.C_JOINED] = joined if joined < NEVER else NEVER


@part
def await_joining(b: at.Cells, c: int) -> int:
    """Join at the minute known by now, or at once if that is over; return what follows."""
    joined = at_place(b, c + at.C_JOINED)
    b[c + at.STAGE] = at.JOINING
    if joined >= b[at.HORIZON]:
        return at.NOTHING
    b[c + at.C_LEFT] = _minutes(b, c, joined)
    if joined <= b[at.NOW]:
        return at.JOINS
    schedule(b, c, joined)
    return at.NOTHING


@part
def join_visit(b: at.Cells, c: int) -> int:
    """Join the queue; what asks for nothing, or has it, is served at once: return what follows."""
    lane, flags, place = at_place(b, c + at.C_LANE), b[c + at.C_FLAGS], at_place(b, c + at.C_JOINED)
    if b[at.EFFORT0] != 0 and flags & at.SCALED and place >= 0:
        b[c + at.C_LEFT] = _under_effort(b, at_place(b, c + at.C_LEFT), b[details(b, c) + at.D_EFFORT])
    if lane == 0 or flags & at.HOLDS:
        return at.SERVES
    if flags & at.KEEPS:
        d = details(b, c)
        is_rerun = b[c + at.C_ROUND] & at.VISIT == b[c + at.C_ROUND] >> at.ROUNDS
        if not is_rerun and b[d + at.D_FIRST_JOINED] < place:
            place = at_place(b, d + at.D_FIRST_JOINED)
        b[d + at.D_FIRST_JOINED] = place
    b[c + at.STAGE] = at.QUEUED
    join(b, c, lane, place, amount_of(b, c))
    return at.NOTHING


@part
def _minutes(b: at.Cells, c: int, joined: int) -> int:
    """Return the own minutes of work, by the rules in force when the visit joins."""
    is_scaled = b[c + at.C_FLAGS] & at.SCALED
    drawn = b[b[at.IN_WORK] + b[c + at.C_SLOT] * b[at.REGIMES] + regime_at(b, joined)]
    if drawn >= NEVER or (drawn > 0 and not is_scaled):
        return drawn
    if drawn <= 0:
        return drawn if not is_scaled else 0
    return _scaled(drawn, b[b[c + at.C_FACTOR] + month_at(b, joined)])


@part
def _scaled(minutes: int, factor: int) -> int:
    """Return positive work under a factor in thousandths (`rules.work_minutes`)."""
    return min(max((minutes * factor + 500) // 1000, 1), NEVER)


@kernel
def _under_effort(b: at.Cells, minutes: int, place: int) -> int:
    """Return work under the thousandths that reviews have ordered."""
    return minutes if minutes <= 0 or minutes >= NEVER else _scaled(minutes, b[place])


@part
def serve(b: at.Cells, c: int) -> None:
    """Begin the work of a visit, whose length the session may say."""
    b[c + at.C_SERVED] = b[at.NOW]
    flags = b[c + at.C_FLAGS]
    if flags & at.SESSION_LAW and flags & at.HOLDS:
        session = b[details(b, c) + at.D_SESSION]
        if session >= 0:
            b[c + at.C_LEFT] = b[b[at.IN_SESSION_WORK] + session]


@part
def go_on(b: at.Cells, c: int) -> None:
    """Work up to the next stop, which only the first visit has, or to the end."""
    minutes = at_place(b, c + at.C_LEFT)
    b[c + at.STAGE] = at.WORKING
    if b[c + at.C_FLAGS] & at.STOPS and b[c + at.C_ROUND] & at.VISIT == 0:
        d = details(b, c)
        if b[d + at.D_STOP] < b[d + at.D_STOPS]:
            gap = at_place(b, b[d + at.D_GAP] + b[d + at.D_STOP])
            if gap < minutes:
                b[c + at.C_LEFT] = minutes - gap
                b[c + at.STAGE] = at.STOPPING
                minutes = gap
    schedule(b, c, advance(b, at_place(b, c + at.C_CLOCK), at_place(b, at.NOW), minutes))


@kernel
def give_back(b: at.Cells, c: int) -> None:
    """Give back what a case holds."""
    flags = b[c + at.C_FLAGS]
    if flags & at.HOLDS:
        b[c + at.C_FLAGS] = flags & ~at.HOLDS
        reserved = at_place(b, details(b, c) + at.D_PART) if flags & at.KINDS == at.OF_QUOTA else 0
        give(b, at_place(b, b[c + at.C_LANE] + at.L_RESOURCE), amount_of(b, c), reserved)


@kernel
def release(b: at.Cells, c: int) -> None:
    """Give a pool back once both its case and the named one have ended."""
    if b[c + at.C_FLAGS] & at.KINDS != at.OF_POOL or b[c + at.STAGE] != at.OVER:
        return
    d = details(b, c)
    named = at_place(b, d + at.D_RELEASE)
    if b[d + at.D_ENDED] != NEVER and (named == 0 or b[details(b, named) + at.D_ENDED] != NEVER):
        give_back(b, c)


@part
def end_visit(b: at.Cells, c: int) -> int:
    """End a visit whose work is done; a quota is kept, and a pool, unless the visit is sent back."""
    flags = b[c + at.C_FLAGS]
    if flags & at.REDONE:
        outcome = DONE
    elif (b[c + at.C_ROUND] & at.VISIT) < (b[c + at.C_ROUND] >> at.ROUNDS) - 1:
        outcome = RETURNED
    elif flags & at.REFUSES:
        outcome = REFUSED
    else:
        outcome = VOID if flags & at.REOPENS else DONE
    write_row(b, c, at_place(b, at.NOW), outcome)
    kind = flags & at.KINDS
    if kind != at.OF_QUOTA and (kind != at.OF_POOL or outcome == RETURNED):
        give_back(b, c)
    return outcome


@kernel
def stop_row(b: at.Cells, c: int) -> int:
    """Return the row of the rung a case is on."""
    d = details(b, c)
    return b[d + at.D_STOP_ROW] + ((b[d + at.D_STOP] - 1) * b[at.RUNGS] + b[d + at.D_RUNG]) * at.STOP


@kernel
def begin_climb(b: at.Cells, c: int) -> None:
    """Begin a stoppage on the first rung of the ladder."""
    d = details(b, c)
    b[d + at.D_STOP] += 1
    b[d + at.D_RUNG] = 0
    row = stop_row(b, c)
    for rung in range(b[at.RUNGS]):
        b[row + rung * at.STOP + at.S_WRITTEN] = 0
    ask_rung(b, c)


@kernel
def _rung(b: at.Cells, c: int) -> int:
    """Return the rung of the ladder a case is on."""
    d = details(b, c)
    return b[d + at.D_LADDER] + b[d + at.D_RUNG] * at.RUNG


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
    if b[at.RUNG_EFFORT0] != 0:
        minutes = at_place(b, row + at.S_WORK)
        b[row + at.S_WORK] = _under_effort(b, minutes, b[details(b, c) + at.D_RUNG_EFFORT])
    r = at_place(b, _rung(b, c) + at.G_RESOURCE)
    if r == 0:
        b[c + at.STAGE] = at.HELP_GRANTED
        append(b, c)
    else:
        b[c + at.STAGE] = at.HELP_QUEUED
        lane = lane_of(b, r, at_place(b, details(b, c) + at.D_PROJECT))
        join(b, c, lane, at_place(b, at.NOW), 1)


@kernel
def serve_rung(b: at.Cells, c: int) -> None:
    """Begin the work of a rung; that of a meeting takes no time."""
    row, rung = stop_row(b, c), _rung(b, c)
    r = b[rung + at.G_RESOURCE]
    minutes = at_place(b, row + at.S_WORK)
    if r != 0 and b[r + at.R_KIND] == MEETING:
        minutes = 0
    b[row + at.S_SERVED] = b[at.NOW]
    b[c + at.STAGE] = at.HELPED
    schedule(b, c, advance(b, at_place(b, rung + at.G_CLOCK), at_place(b, at.NOW), minutes))


@kernel
def end_rung(b: at.Cells, c: int) -> int:
    """End a rung: the helper is free, work goes on or the next rung is asked; return what follows."""
    row, d = stop_row(b, c), details(b, c)
    if b[c + at.C_FLAGS] & at.HELPED_BY:
        b[c + at.C_FLAGS] &= ~at.HELPED_BY
        give(b, at_place(b, _rung(b, c) + at.G_RESOURCE), 1, 0)
    b[row + at.S_ENDED] = b[at.NOW]
    if b[row + at.S_SOLVES] != 0 or b[d + at.D_RUNG] == b[d + at.D_RUNGS] - 1:
        b[row + at.S_SOLVED] = 1
        return at.WORKS
    b[d + at.D_RUNG] += 1
    ask_rung(b, c)
    return at.NOTHING
