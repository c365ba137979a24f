"""Playing an open phase forward, in kernels: the cases of one project in one attempt, up to the epoch.

Queue waits are their mean in a pilot run; stoppages, checks that fail and refusals are left to the
simulated time after the epoch. What comes after the epoch is not played to its end: that a case ends later
is all that its project's attempt has to know.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sim import keyed
from sim.families import quantile, whole_minutes
from sim.jit import kernel
from sim.philox import ATTEMPT
from sim.sampling import open_layout as at
from sim.sampling.joint import joint_lengths, joint_rounds
from sim.sampling.kernels import returned
from sim.sampling.mixed import Cells, advance
from sim.sampling.open_layout import ARC, SCRATCH
from sim.trace import NEVER

__all__ = ["Flags", "Floats", "Keys", "Small", "named", "play"]

Small = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Earlier than everything: the end of a predecessor that is not there.
_LOWEST: Final = -(2**40)
#: The longest month: m of them after the first month's begin, month m has begun.
_MONTH: Final = 31 * 1440


@kernel
def named(key: Keys, names: Keys, project: int, name: int, visit: int, purpose: int) -> keyed.Four:
    """Return the four uniform numbers of a name within a project."""
    return keyed.units(key[0], key[1], names[project], names[name], np.uint64(visit), np.uint64(purpose))


@kernel
def _applicant(
    b: Cells, key: Keys, names: Keys, values: Floats, book: Floats, tolerated: Flags, project: int, c: int,
    number: int, u: float,
) -> int:  # fmt: skip
    """Return the applicant time before visit 1000 k + v; a check of papers finishes its item's own."""
    law, part = b[c + at.C_CORRECT], 1.0
    if number % 1000 == 0:
        law = b[c + at.C_PREPARE]
        if b[c + at.C_PAPERS] >= 0:
            u = named(key, names, project, b[c + at.C_PAPERS], number, ATTEMPT)[2]
            part = values[b[c + at.C_PAPERS_SHARE]]
        elif tolerated[b[c + at.C_INDEX]]:
            part = 1.0 - values[b[c + at.C_LATER]]
    return whole_minutes(quantile(book, law, u) * part, 1)


@kernel
def _done(b: Cells, values: Floats, c: int, visit: int) -> float:
    """Return the part of a visit's work that a case does: not all of it where the activity is split."""
    first = values[b[c + at.C_SPLIT]] if visit == 0 else 0.0
    return first if b[c + at.C_IS_FIRST] else 1.0 - first


@kernel
def _scaled(thousandths: Cells, starts: Cells, row: int, joined: int, work: int) -> int:
    """Return played work under the factor of the month a visit joined in (row -1: under none)."""
    if row < 0 or len(starts) == 0 or work >= NEVER:
        return work
    month = min(max((joined - starts[0]) // _MONTH, 0), len(starts) - 1)
    while month + 1 < len(starts) and starts[month + 1] <= joined:
        month += 1
    return max((work * thousandths[row * len(starts) + month] + 500) // 1000, min(work, 1))


@kernel
def _ready(b: Cells, arc: Flags, s: Cells, p: int, c: int) -> int:
    """Return when the last predecessor ends.

    Without a predecessor, or with every arc absent in this attempt, a case begins with the project.
    """
    latest = _LOWEST
    for a in range(b[c + at.C_ARC], b[c + at.C_ARC_END], ARC):
        if arc[b[a + at.A_INDEX]]:
            latest = max(latest, s[b[a + at.A_FROM] + at.W_END])
    return b[p + at.P_BASE] if latest == _LOWEST else latest


@kernel
def _is_direct(b: Cells, s: Cells, c: int) -> bool:
    """Return whether a check with a reference has nothing to do."""
    in_time = s[b[c + at.C_SINCE] + at.W_END] + b[c + at.C_GRACE]
    return bool(in_time >= s[b[c + at.C_REFERENCE] + at.W_END])


@kernel
def _visits(
    b: Cells, key: Keys, names: Keys, values: Floats, book: Floats, clocks: Cells, thousandths: Cells,
    starts: Cells, tolerated: Flags, promised: Flags, present: Flags, members: Small, s: Cells, w: int,
    p: int, c: int, lane: int, attempt: int,
) -> int:  # fmt: skip
    """Play the visits of a case that was ready by the epoch; return its end, or the first that is later."""
    time, project = s[w + at.W_READY], b[p + at.P_INDEX]
    visit, rounds = 0, 1
    first, behind = b[c + at.C_MEMBER], b[c + at.C_MEMBER_END]
    while visit < rounds and time <= 0 and time < b[c + at.C_BOUND]:
        number = 1000 * attempt + visit
        u0, u1, u2, _ = named(key, names, project, b[c + at.C_KEY], number, ATTEMPT)
        if visit == 0:
            rounds += returned(u1, values[b[c + at.C_RETURNED]], b[c + at.C_ROUNDS] - 1)
            if first < behind:
                rounds = joint_rounds(
                    key, names, values, members, present, project, first, behind, number, ATTEMPT
                )
            s[w + at.W_ROUNDS] = rounds
            reference = b[c + at.C_REFERENCE]
            if reference >= 0 and _is_direct(b, s, c):
                break  # a check that has nothing to do
        before = _applicant(b, key, names, values, book, tolerated, project, c, number, u2)
        if visit == 0 and b[c + at.C_ALLOWED] >= 0 and before > b[c + at.C_ALLOWED]:
            if b[c + at.C_ROUNDS] > 1:
                rounds = s[w + at.W_ROUNDS] = 2  # papers that come late: a suspension follows
            else:
                before = b[c + at.C_ALLOWED]
        law = b[c + at.C_WORK] if visit == 0 else b[c + at.C_REWORK]
        law = b[c + at.C_PROMISE] if promised[b[c + at.C_INDEX]] else law
        length = quantile(book, law, u0) * _done(b, values, c, visit)
        if first < behind:
            longest, together = joint_lengths(
                key, names, values, book, members, present, project, first, behind, 1000 * attempt, visit,
                ATTEMPT,
            )  # fmt: skip
            before = whole_minutes(longest, 1)
            length = length if promised[b[c + at.C_INDEX]] else together
        joined = time + before
        served = joined + b[c + at.C_WAIT]
        work = whole_minutes(length, 1)
        work = _scaled(thousandths, starts, b[c + at.C_FACTOR], joined, work)
        until = advance(clocks, b[c + at.C_CLOCKS + lane], served, work)
        s[w + at.W_VISIT], s[w + at.W_READY] = visit, time
        s[w + at.W_JOINED], s[w + at.W_SERVED], s[w + at.W_UNTIL] = joined, served, until
        time, visit = until, visit + 1
    return time


@kernel
def play(
    b: Cells, key: Keys, names: Keys, values: Floats, book: Floats, clocks: Cells, thousandths: Cells,
    starts: Cells, applies: Flags, tolerated: Flags, promised: Flags, present: Flags, arc: Flags,
    members: Small, s: Cells, p: int, lane: int, attempt: int,
) -> None:  # fmt: skip
    """Play every case of a project from its last milestone; held cases do not end by the epoch."""
    w = 0
    for c in range(b[p + at.P_CASE], b[p + at.P_CASE_END], b[at.CASE_CELLS]):
        kind, bound = b[c + at.C_KIND], b[c + at.C_BOUND]
        ready = _ready(b, arc, s, p, c)
        s[w + at.W_READY], s[w + at.W_VISIT], s[w + at.W_ROUNDS] = ready, 0, 0
        s[w + at.W_JOINED], s[w + at.W_SERVED], s[w + at.W_UNTIL] = 0, 0, 0
        end = ready
        if kind == at.DATED:
            end = bound
        elif kind == at.PLAYED and ready <= 0 and applies[b[c + at.C_INDEX]]:
            end = _visits(
                b, key, names, values, book, clocks, thousandths, starts, tolerated, promised, present,
                members, s, w, p, c, lane, attempt,
            )  # fmt: skip
        end = min(end, bound)
        if end <= 0 and (kind == at.SHOWN or s[w + at.W_HELD] != 0):
            end = 1
        s[w + at.W_END] = end
        w += SCRATCH
