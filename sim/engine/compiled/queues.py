"""Queues and accounts in kernels: a pairing heap a lane, one settling routine for four resources.

A project that withdraws leaves its requests in the heap; they are dropped when they come to its top.
"""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.times import open_until, opens_at, schedule
from sim.jit import kernel
from sim.model.arrays import MEETING, OFFICE, QUOTA, UNLIMITED

__all__ = ["forget", "give", "grant", "head", "join", "lane_of", "prepare_lanes", "restore_lanes", "touch"]


@kernel
def _before(b: at.Cells, one: int, other: int) -> bool:
    """Tell which of two requests is served first (`rules.queue_key`)."""
    if b[one + at.C_RANK] != b[other + at.C_RANK]:
        return b[one + at.C_RANK] < b[other + at.C_RANK]
    if b[one + at.C_PLACE] != b[other + at.C_PLACE]:
        return b[one + at.C_PLACE] < b[other + at.C_PLACE]
    return b[one + at.C_ORDER] < b[other + at.C_ORDER]


@kernel
def _meld(b: at.Cells, one: int, other: int) -> int:
    """Join two heaps; return the top."""
    if one == 0 or other == 0:
        return one + other
    if _before(b, other, one):
        one, other = other, one
    b[other + at.C_SIBLING] = b[one + at.C_CHILD]
    b[one + at.C_CHILD] = other
    return one


@kernel
def _pop(b: at.Cells, lane: int) -> None:
    """Take the top off the heap of a lane: join its children in pairs, then the pairs."""
    child = b[b[lane + at.L_ROOT] + at.C_CHILD]
    pairs = 0
    while child != 0:
        second = b[child + at.C_SIBLING]
        following = b[second + at.C_SIBLING] if second != 0 else 0
        pair = _meld(b, child, second)
        b[pair + at.C_SIBLING] = pairs
        pairs = pair
        child = following
    root = 0
    while pairs != 0:
        following = b[pairs + at.C_SIBLING]
        root = _meld(b, root, pairs)
        pairs = following
    b[lane + at.L_ROOT] = root


@kernel
def lane_of(b: at.Cells, r: int, p: int) -> int:
    """Return the lane in which a project asks for help."""
    n = (r - b[at.RESOURCE0]) // at.RESOURCE
    return b[b[at.LANE_OF0] + n * b[at.LANES] + b[p + at.P_LANE]]


@kernel
def touch(b: at.Cells, r: int) -> None:
    """Ask for a settling of this resource in this minute."""
    if b[r + at.R_TOUCHED] == 0:
        b[r + at.R_TOUCHED] = 1
        b[r + at.R_NEXT_TOUCHED] = b[at.TOUCHED]
        b[at.TOUCHED] = r


@kernel
def join(b: at.Cells, c: int, lane: int, amount: int) -> None:
    """Put the request of a case in the queue of a lane."""
    r = b[lane + at.L_RESOURCE]
    b[c + at.C_CHILD] = 0
    b[c + at.C_SIBLING] = 0
    b[lane + at.L_ROOT] = _meld(b, b[lane + at.L_ROOT], c)
    b[r + at.R_WAITING] += 1
    b[r + at.R_SMALLEST] = min(b[r + at.R_SMALLEST], amount)
    is_shut = b[lane + at.STAGE] == at.WAKE and b[at.NOW] < b[lane + at.L_SHUT]
    if amount <= b[r + at.R_FREE] + b[r + at.R_RESERVED] and not is_shut:
        touch(b, r)


@kernel
def forget(b: at.Cells, r: int) -> None:
    """Count one less in a queue: somebody who waited has left."""
    b[r + at.R_WAITING] -= 1
    touch(b, r)


@kernel
def give(b: at.Cells, r: int, amount: int, reserved: int) -> None:
    """Give back what a request took; a session cannot be given back."""
    kind = b[r + at.R_KIND]
    if kind == QUOTA:
        b[r + at.R_FREE] += amount - reserved
        b[r + at.R_RESERVED] += reserved
    elif kind != MEETING:
        b[r + at.R_FREE] += amount
    if b[r + at.R_WAITING] > 0:
        touch(b, r)


@kernel
def _take(b: at.Cells, r: int, amount: int, is_key: bool) -> int:
    """Take from the accounts; return the part from the reserved one."""
    part = 0
    if b[r + at.R_KIND] == MEETING and b[r + at.R_FREE] >= UNLIMITED:
        return 0
    if is_key:
        part = min(amount, max(b[r + at.R_RESERVED], 0))
        b[r + at.R_RESERVED] -= part
    b[r + at.R_FREE] -= amount - part
    return part


@kernel
def _is_open(b: at.Cells, lane: int, now: int) -> bool:
    """Tell whether a lane is open; its window, or when it opens next, is remembered."""
    clock = b[lane + at.L_CLOCK]
    if clock == 0 or b[lane + at.L_OPENED] <= now < b[lane + at.L_CLOSES]:
        return True
    if now < b[lane + at.L_SHUT]:
        return False
    until = open_until(b, clock, now)
    if until > now:
        b[lane + at.L_OPENED] = now
        b[lane + at.L_CLOSES] = until
        return True
    b[lane + at.L_SHUT] = opens_at(b, clock, now)
    return False


@kernel
def prepare_lanes(b: at.Cells, r: int) -> None:
    """Begin a settling: nobody is passed over yet, closed lanes are blocked."""
    for lane in range(b[r + at.R_LANE], b[r + at.R_LANE_END], at.LANE):
        b[lane + at.L_KEPT] = 0
        b[lane + at.L_BLOCKED] = 0 if _is_open(b, lane, b[at.NOW]) else 1


@kernel
def head(b: at.Cells, r: int) -> int:
    """Return the lane, among those not blocked, whose first request comes first; 0 if none waits."""
    best = 0
    for lane in range(b[r + at.R_LANE], b[r + at.R_LANE_END], at.LANE):
        if b[lane + at.L_BLOCKED] == 0:
            while b[lane + at.L_ROOT] != 0 and not _waits(b, b[lane + at.L_ROOT]):
                _pop(b, lane)
            c = b[lane + at.L_ROOT]
            if c != 0 and (best == 0 or _before(b, c, b[best + at.L_ROOT])):
                best = lane
    return best


@kernel
def _waits(b: at.Cells, c: int) -> bool:
    """Tell whether a case is still in a queue."""
    return b[c + at.STAGE] == at.QUEUED or b[c + at.STAGE] == at.HELP_QUEUED


@kernel
def _is_listed(b: at.Cells, r: int, c: int) -> bool:
    """Tell whether a case had joined early enough for this session."""
    if b[r + at.R_LEAD] == 0:
        return True
    joined = b[b[c + at.C_ROW] + at.V_JOINED] if b[c + at.STAGE] == at.QUEUED else b[c + at.C_PLACE]
    return joined + b[r + at.R_LEAD] <= b[at.NOW]


@kernel
def grant(b: at.Cells, r: int, lane: int) -> int:
    """Serve the first request of a lane, or pass it over, or block the lane; return the case served or 0."""
    c = b[lane + at.L_ROOT]
    amount = b[c + at.C_AMOUNT] if b[c + at.STAGE] == at.QUEUED else 1
    is_key = b[lane + at.L_KEY] != 0
    room = b[r + at.R_FREE] + (b[r + at.R_RESERVED] if is_key else 0)
    is_listed = _is_listed(b, r, c)
    if is_listed and amount <= room:
        _pop(b, lane)
        b[r + at.R_WAITING] -= 1
        part, kind = _take(b, r, amount, is_key), b[r + at.R_KIND]
        if b[c + at.STAGE] == at.QUEUED:
            b[c + at.C_HOLDS] = 1
            if kind == QUOTA:
                b[c + at.C_PART] = part
            elif kind == MEETING:
                b[c + at.C_SESSION] = b[r + at.R_SESSION]
        else:
            b[c + at.C_HELP] = 1
        return c
    if is_listed and b[r + at.R_SKIP] == 0:
        b[lane + at.L_BLOCKED] = 1
        return 0
    _pop(b, lane)
    b[c + at.C_CHILD] = 0
    b[c + at.C_SIBLING] = 0
    if b[lane + at.L_KEPT] == 0:
        b[lane + at.L_KEPT] = c
    else:
        b[b[lane + at.L_KEPT_TAIL] + at.C_CHILD] = c
    b[lane + at.L_KEPT_TAIL] = c
    return 0


@kernel
def restore_lanes(b: at.Cells, r: int) -> None:
    """End a settling: whoever was passed over waits again, closed lanes wake when they open."""
    wakes = (
        b[r + at.R_KIND] == OFFICE and b[r + at.R_WAITING] > 0 and b[r + at.R_SMALLEST] <= b[r + at.R_FREE]
    )
    for lane in range(b[r + at.R_LANE], b[r + at.R_LANE_END], at.LANE):
        if b[lane + at.L_KEPT] != 0:
            b[lane + at.L_ROOT] = _meld(b, b[lane + at.L_KEPT], b[lane + at.L_ROOT])
        clock = b[lane + at.L_CLOCK]
        if wakes and clock != 0 and b[lane + at.L_ROOT] != 0 and b[lane + at.STAGE] == at.IDLE:
            opening = b[lane + at.L_SHUT]
            if b[at.NOW] < opening < b[at.HORIZON]:
                b[lane + at.STAGE] = at.WAKE
                schedule(b, lane, opening)
