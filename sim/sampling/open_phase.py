"""The present of projects known by milestones only: play the open phase until it fits.

Each replication plays a project's open phase forward from its last milestone with draws of attempt
k = 1..50 and keeps the first attempt in which the phase is still open at the epoch. A project that
none fits is *strained*: in the last attempt the case that closed the phase is held in service.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.jit import entry, kernel
from sim.model.arrays import APPLICANT, ENDED, NOT_YET, QUEUED, SERVICE
from sim.sampling import open_layout as at
from sim.sampling.choices import choose
from sim.sampling.layout import Ints
from sim.sampling.mixed import Cells, own_minute
from sim.sampling.open_layout import ARC, SCRATCH
from sim.sampling.open_table import OpenCases
from sim.sampling.play import Flags, Floats, Keys, Small, play
from sim.sampling.states import (
    ENDED_AT,
    JOINED,
    PLAYED,
    READY,
    REMAINING,
    SERVED,
    STATE,
    VISIT,
    States,
)
from sim.sampling.world import World
from sim.trace import NEVER

#: Attempts made; most projects fit at once, few need many.
ATTEMPTS: Final = 50


def infer(world: World, cases: OpenCases, states: States) -> tuple[Flags, Ints]:
    """Resolve the inferred cases into `states`, and choices into `world`, in place.

    Return which projects are strained, and the cases held in service, of which work is left to be drawn.

    Parameters
    ----------
    world : World
    cases : OpenCases
        What has to be played.
    states : States
        States the ledger gives.
    """
    luck, factors, choices = (
        world.luck,
        world.factors,
        (
            world.applies,
            world.tolerated,
            world.promised,
            world.present,
            world.arc,
        ),  # fmt: skip,
    )
    strained = np.zeros(len(world.model.project_ids), dtype=np.bool_)
    if not cases.most:
        return strained, np.zeros(0, dtype=np.int64)
    held = np.zeros(len(world.applies), dtype=np.bool_)
    scratch = np.zeros(cases.most * SCRATCH, dtype=np.int64)
    _infer(
        cases.table, luck.key, world.layout.rows.names, luck.values, luck.book, world.clocks,
        factors.thousandths.reshape(-1), factors.starts, world.lane, *choices,
        world.layout.rows.members, scratch, states.table, strained, held,
    )  # fmt: skip
    return strained, np.flatnonzero(held & (states.table[STATE] == SERVICE))


@entry
def _infer(
    b: Cells, key: Keys, names: Keys, values: Floats, book: Floats, clocks: Cells, thousandths: Cells,
    starts: Cells, lanes: Cells, applies: Flags, tolerated: Flags, promised: Flags, present: Flags,
    arc: Flags, members: Small, s: Cells, states: Small, strained: Flags, held: Flags,
) -> None:  # fmt: skip
    """Play project by project, up to the first attempt that fits."""
    last = b[at.PROJECT0] + b[at.PROJECTS] * b[at.PROJECT_CELLS]
    for p in range(b[at.PROJECT0], last, b[at.PROJECT_CELLS]):
        cases = (b[p + at.P_CASE_END] - b[p + at.P_CASE]) // b[at.CASE_CELLS]
        for w in range(0, cases * SCRATCH, SCRATCH):
            s[w + at.W_HELD] = 0
        lane = lanes[b[p + at.P_INDEX]]
        attempt, early = 1, 0
        while early >= 0:
            play(
                b, key, names, values, book, clocks, thousandths, starts, applies, tolerated, promised,
                present, arc, members, s, p, lane, attempt,
            )  # fmt: skip
            early = _too_early(b, s, p)
            if early >= 0 and attempt < ATTEMPTS:
                attempt += 1
                choose(b, key, names, values, applies, tolerated, promised, present, arc, p, attempt)
            elif early >= 0:
                strained[b[p + at.P_INDEX]] = True
                early = _holdable(b, arc, s, p, early)
                if early >= 0:
                    s[early + at.W_HELD] = 1
        _write(b, clocks, s, p, lane, states, held)


@kernel
def _too_early(b: Cells, s: Cells, p: int) -> int:
    """Return the first case that closes a milestone not reached and has ended by the epoch, or -1."""
    for cell in range(p + at.P_CLOSERS, p + b[at.PROJECT_CELLS]):
        if b[cell] >= 0 and s[b[cell] + at.W_END] <= 0:
            return b[cell]
    return -1


@kernel
def _holdable(b: Cells, arc: Flags, s: Cells, p: int, w: int) -> int:
    """Return the last case on the way to a case that had a visit, or -1."""
    while w >= 0:
        c = b[p + at.P_CASE] + w // SCRATCH * b[at.CASE_CELLS]
        if b[c + at.C_BOUND] < NEVER:
            return -1
        direct = s[w + at.W_SERVED] != s[w + at.W_END] and s[w + at.W_END] == s[w + at.W_READY]
        if s[w + at.W_ROUNDS] > 0 and not direct:
            return w
        w = -1
        for a in range(b[c + at.C_ARC], b[c + at.C_ARC_END], ARC):
            before = b[a + at.A_FROM]
            if arc[b[a + at.A_INDEX]] and (w < 0 or s[before + at.W_END] > s[w + at.W_END]):
                w = before
    return -1


@kernel
def _write(b: Cells, clocks: Cells, s: Cells, p: int, lane: int, states: Small, held: Flags) -> None:
    """Turn what was played last into states at the epoch; what the ledger shows stays as it is.

    Who would be served in minute 0 itself still queues: the desk serves by its own hours from there on.
    """
    w = -SCRATCH
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], b[at.CASE_CELLS]):
        w += SCRATCH
        if b[c + at.C_KIND] == at.SHOWN or b[c + at.C_BOUND] < NEVER:
            continue
        case, end, rounds = b[c + at.C_INDEX], s[w + at.W_END], s[w + at.W_ROUNDS]
        ready, joined, served = s[w + at.W_READY], s[w + at.W_JOINED], s[w + at.W_SERVED]
        held[case] = s[w + at.W_HELD] != 0
        if end <= 0:
            state = ENDED
        elif rounds == 0 or ready > 0:
            state = NOT_YET
        elif joined > 0:
            state = APPLICANT
        elif served > 0 or (served == 0 and b[c + at.C_QUEUES]):
            state = QUEUED
        else:
            state = SERVICE
        begun = state not in (ENDED, NOT_YET)
        states[STATE, case] = state
        states[PLAYED, case] = rounds if state != NOT_YET else 0
        states[VISIT, case] = s[w + at.W_VISIT] if begun else 0
        states[READY, case] = ready if begun else NEVER
        states[JOINED, case] = joined if state in (QUEUED, SERVICE) else NEVER
        states[SERVED, case] = served if state == SERVICE else NEVER
        states[ENDED_AT, case] = end if state == ENDED else NEVER
        left = 0
        if state == APPLICANT:
            left = min(joined, NEVER)
        elif state == SERVICE:
            until = s[w + at.W_UNTIL]
            own = own_minute(clocks, b[c + at.C_CLOCKS + lane], max(until, 0)) if until < NEVER else NEVER
            left = max(own, 1)
        states[REMAINING, case] = left
