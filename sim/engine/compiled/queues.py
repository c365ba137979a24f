"""Queues and accounts in kernels: a heap a lane, one settling routine for four resources.

The keys stand in the heap itself, so that looking for the first touches no case. Before each heap there
is room for one more request.

A project that withdraws leaves its requests in the heap; they are dropped when they come to its top.
"""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.times import at_place, open_until, opens_at, schedule
from sim.jit import kernel, part
from sim.model.arrays import MEETING, OFFICE, QUOTA, UNLIMITED

__all__ = ["forget", "give", "grant", "head", "join", "lane_of", "prepare_lanes", "rank_again",
           "restore_lanes", "touch"]  # fmt: skip


@kernel
def _before(b: at.Cells, one: int, other: int) -> bool:
    """Tell which of two requests is served first (`rules.queue_key`)."""
    if b[one] != b[other]:
        return b[one] < b[other]
    if b[one + at.H_PLACE] != b[other + at.H_PLACE]:
        return b[one + at.H_PLACE] < b[other + at.H_PLACE]
    return b[one + at.H_CASE] < b[other + at.H_CASE]


@kernel
def _move(b: at.Cells, one: int, to: int) -> None:
    """Copy a request to another place."""
    for cell in range(at.REQUEST):
        b[to + cell] = b[one + cell]


@kernel
def _push(b: at.Cells, lane: int, rank: int, place: int, c: int, amount: int) -> None:
    """Put a request in the heap of a lane."""
    heap, hole = at_place(b, lane + at.L_HEAP), at_place(b, lane + at.L_COUNT)
    b[lane + at.L_COUNT] = hole + 1
    spare = heap - at.REQUEST
    b[spare], b[spare + at.H_PLACE], b[spare + at.H_CASE], b[spare + at.H_AMOUNT] = rank, place, c, amount
    while hole > 0:
        above = (hole - 1) >> 1
        if not _before(b, spare, heap + at.REQUEST * above):
            break
        _move(b, heap + at.REQUEST * above, heap + at.REQUEST * hole)
        hole = above
    _move(b, spare, heap + at.REQUEST * hole)


@kernel
def _pop(b: at.Cells, lane: int) -> None:
    """Take the top off the heap of a lane; the last request finds its place from there."""
    heap, count = at_place(b, lane + at.L_HEAP), at_place(b, lane + at.L_COUNT) - 1
    b[lane + at.L_COUNT] = count
    last = heap + at.REQUEST * count
    hole, below = 0, 1
    while below < count:
        place = heap + at.REQUEST * below
        if below + 1 < count and _before(b, place + at.REQUEST, place):
            below += 1
            place += at.REQUEST
        if not _before(b, place, last):
            break
        _move(b, place, heap + at.REQUEST * hole)
        hole = below
        below = 2 * hole + 1
    _move(b, last, heap + at.REQUEST * hole)


@kernel
def lane_of(b: at.Cells, r: int, p: int) -> int:
    """Return the lane in which a project asks for help."""
    n = (r - b[at.RESOURCE0]) // at.RESOURCE
    return at_place(b, b[at.LANE_OF0] + n * b[at.LANES] + b[p + at.P_LANE])


@kernel
def touch(b: at.Cells, r: int) -> None:
    """Ask for a settling of this resource in this minute."""
    if b[r + at.R_TOUCHED] == 0:
        b[r + at.R_TOUCHED] = 1
        b[r + at.R_NEXT_TOUCHED] = b[at.TOUCHED]
        b[at.TOUCHED] = r


@kernel
def join(b: at.Cells, c: int, lane: int, place: int, amount: int) -> None:
    """Put the request of a case in the queue of a lane."""
    r = at_place(b, lane + at.L_RESOURCE)
    _push(b, lane, at_place(b, c + at.C_RANK), place, c, amount)
    b[r + at.R_WAITING] += 1
    b[r + at.R_SMALLEST] = min(b[r + at.R_SMALLEST], amount)
    is_shut = b[lane + at.STAGE] == at.WAKE and b[at.NOW] < b[lane + at.L_SHUT]
    if amount <= b[r + at.R_FREE] + b[r + at.R_RESERVED] and not is_shut:
        touch(b, r)


@kernel
def rank_again(b: at.Cells, lane: int) -> None:
    """Put the requests of a lane in order again: reviews have changed ranks."""
    heap, count = at_place(b, lane + at.L_HEAP), b[lane + at.L_COUNT]
    is_changed = False
    for one in range(heap, heap + at.REQUEST * count, at.REQUEST):
        c = at_place(b, one + at.H_CASE)
        if _waits(b, c) and b[one] != b[c + at.C_RANK]:
            b[one] = b[c + at.C_RANK]
            is_changed = True
    if not is_changed:
        return
    b[lane + at.L_COUNT] = 0  # each is pushed to where it stood or before
    for one in range(heap, heap + at.REQUEST * count, at.REQUEST):
        rank, place = at_place(b, one), at_place(b, one + at.H_PLACE)
        _push(b, lane, rank, place, at_place(b, one + at.H_CASE), at_place(b, one + at.H_AMOUNT))
    touch(b, at_place(b, lane + at.L_RESOURCE))


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


@part
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


@part
def _is_open(b: at.Cells, lane: int, now: int) -> bool:
    """Tell whether a lane is open; its window, or when it opens next, is remembered."""
    clock = at_place(b, lane + at.L_CLOCK)
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


@part
def prepare_lanes(b: at.Cells, r: int) -> None:
    """Begin a settling: nobody is passed over yet, closed lanes are blocked."""
    for lane in range(at_place(b, r + at.R_LANE), at_place(b, r + at.R_LANE_END), at.LANE):
        b[lane + at.L_KEPT] = 0
        b[lane + at.L_TOP] = b[lane + at.L_COUNT]
        b[lane + at.L_BLOCKED] = 0 if _is_open(b, lane, at_place(b, at.NOW)) else 1


@part
def head(b: at.Cells, r: int) -> int:
    """Return the lane, among those not blocked, whose first request comes first; 0 if none waits."""
    best = 0
    for lane in range(at_place(b, r + at.R_LANE), at_place(b, r + at.R_LANE_END), at.LANE):
        if b[lane + at.L_BLOCKED] == 0:
            heap = at_place(b, lane + at.L_HEAP)
            while b[lane + at.L_COUNT] != 0 and not _waits(b, at_place(b, heap + at.H_CASE)):
                _pop(b, lane)
            if b[lane + at.L_COUNT] != 0 and (best == 0 or _before(b, heap, at_place(b, best + at.L_HEAP))):
                best = lane
    return best


@kernel
def _waits(b: at.Cells, c: int) -> bool:
    """Tell whether a case is still in a queue."""
    return b[c + at.STAGE] == at.QUEUED or b[c + at.STAGE] == at.HELP_QUEUED


@kernel
def _is_listed(b: at.Cells, r: int, request: int) -> bool:
    """Tell whether a case had joined early enough for this session."""
    if b[r + at.R_LEAD] == 0:
        return True
    c = b[request + at.H_CASE]
    joined = b[c + at.C_JOINED] if b[c + at.STAGE] == at.QUEUED else b[request + at.H_PLACE]
    return joined + b[r + at.R_LEAD] <= b[at.NOW]


@part
def grant(b: at.Cells, r: int, lane: int) -> int:
    """Serve the first request of a lane, or pass it over, or block the lane; return the case served or 0."""
    request = at_place(b, lane + at.L_HEAP)
    c, amount = at_place(b, request + at.H_CASE), at_place(b, request + at.H_AMOUNT)
    is_key = b[lane + at.L_KEY] != 0
    room = b[r + at.R_FREE] + (b[r + at.R_RESERVED] if is_key else 0)
    is_listed = _is_listed(b, r, request)
    if is_listed and amount <= room:
        _pop(b, lane)
        b[r + at.R_WAITING] -= 1
        part, kind = _take(b, r, amount, is_key), b[r + at.R_KIND]
        if b[c + at.STAGE] == at.QUEUED:
            b[c + at.C_FLAGS] |= at.HOLDS
            if kind == QUOTA:
                b[b[at.DETAIL] + 2 * c + at.D_PART] = part
            elif kind == MEETING:
                b[b[at.DETAIL] + 2 * c + at.D_SESSION] = b[r + at.R_SESSION]
        else:
            b[c + at.C_FLAGS] |= at.HELPED_BY
        return c
    if is_listed and b[r + at.R_SKIP] == 0:
        b[lane + at.L_BLOCKED] = 1
        return 0
    _pass_over(b, lane)
    return 0


@kernel
def _pass_over(b: at.Cells, lane: int) -> None:
    """Keep the first request of a lane behind its heap, which has grown shorter by one at least."""
    heap = at_place(b, lane + at.L_HEAP)
    spare = heap - at.REQUEST
    _move(b, heap, spare)
    _pop(b, lane)
    b[lane + at.L_KEPT] += 1
    _move(b, spare, heap + at.REQUEST * (b[lane + at.L_TOP] - b[lane + at.L_KEPT]))


@part
def restore_lanes(b: at.Cells, r: int) -> None:
    """End a settling: whoever was passed over waits again, closed lanes wake when they open."""
    wakes = (
        b[r + at.R_KIND] == OFFICE and b[r + at.R_WAITING] > 0 and b[r + at.R_SMALLEST] <= b[r + at.R_FREE]
    )
    for lane in range(at_place(b, r + at.R_LANE), at_place(b, r + at.R_LANE_END), at.LANE):
        kept = b[lane + at.L_KEPT]
        one = at_place(b, lane + at.L_HEAP) + at.REQUEST * (b[lane + at.L_TOP] - kept)
        for _ in range(kept):
            rank, place = at_place(b, one), at_place(b, one + at.H_PLACE)
            _push(b, lane, rank, place, at_place(b, one + at.H_CASE), at_place(b, one + at.H_AMOUNT))
            one += at.REQUEST
        clock = b[lane + at.L_CLOCK]
        if wakes and clock != 0 and b[lane + at.L_COUNT] != 0 and b[lane + at.STAGE] == at.IDLE:
            opening = at_place(b, lane + at.L_SHUT)
            if b[at.NOW] < opening < b[at.HORIZON]:
                b[lane + at.STAGE] = at.WAKE
                schedule(b, lane, opening)
