"""Clocks, and the calendar queue of timers, in kernels."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.engine.compiled.cells import lowest_bit, prefetch
from sim.jit import kernel, part
from sim.trace import NEVER

__all__ = [
    "advance",
    "append",
    "at_place",
    "month_at",
    "next_minute",
    "open_until",
    "opens_at",
    "regime_at",
    "schedule",
    "take",
]


@kernel
def at_place(b: at.Cells, place: int) -> int:
    """Return a number as a wide one, so that kernels called with it are compiled for one type only."""
    return b[place] + 0


@kernel
def _window(b: at.Cells, clock: int, t: int) -> int:
    """Return the place of the first window that closes after t (of the sentinel, if there is none)."""
    w = b[clock + at.K_WINDOWS] + at.WINDOW * b[b[clock + at.K_BY_DAY] + t // at.DAY]
    while b[w + at.W_CLOSES] <= t:
        w += at.WINDOW
    return w


@kernel
def advance(b: at.Cells, clock: int, t: int, minutes: int) -> int:
    """Return when own minutes from t are over, `NEVER` beyond the horizon; 0 is the natural clock."""
    if minutes <= 0:
        return t
    if clock == 0:
        return min(t + minutes, NEVER)
    w = _window(b, clock, t)
    start = max(b[w + at.W_OPENS], t)
    if start >= b[at.HORIZON] or minutes >= NEVER:
        return NEVER
    if start + minutes <= b[w + at.W_CLOSES]:
        return start + minutes
    target = b[w + at.W_BEFORE] + start - b[w + at.W_OPENS] + minutes
    step = (target - 1) >> 8
    if step >= b[clock + at.K_STEPS]:
        return NEVER
    w = b[clock + at.K_WINDOWS] + at.WINDOW * b[b[clock + at.K_BY_MINUTES] + step]
    while b[w + at.WINDOW + at.W_BEFORE] < target:
        w += at.WINDOW
    return min(b[w + at.W_OPENS] + target - b[w + at.W_BEFORE], NEVER)


@kernel
def opens_at(b: at.Cells, clock: int, t: int) -> int:
    """Return the first open minute at or after t."""
    return max(b[_window(b, clock, t) + at.W_OPENS], t)


@kernel
def open_until(b: at.Cells, clock: int, t: int) -> int:
    """Return the minute the window of t closes, t itself where the clock is closed."""
    w = _window(b, clock, t)
    return b[w + at.W_CLOSES] if b[w + at.W_OPENS] <= t else t


@kernel
def regime_at(b: at.Cells, t: int) -> int:
    """Return the regime of laws in force."""
    g = 0
    while g + 1 < b[at.REGIMES] and b[b[at.REGIME0] + g + 1] <= t:
        g += 1
    return g


@kernel
def month_at(b: at.Cells, t: int) -> int:
    """Return the column of the common factor."""
    m = b[b[at.MONTH_OF_DAY0] + t // at.DAY] if t > 0 else 0
    while m + 1 < b[at.MONTHS] and b[b[at.MONTH0] + m + 1] <= t:
        m += 1
    return m


@kernel
def append(b: at.Cells, timer: int) -> None:
    """Let a timer be due now; the order within a minute does not matter."""
    b[timer + at.NEXT] = b[at.TODO]
    b[at.TODO] = timer


@kernel
def schedule(b: at.Cells, timer: int, t: int) -> None:
    """Let a timer be due at t, if the run lasts that long."""
    if t <= b[at.NOW]:
        append(b, timer)
    elif t < b[at.WINDOW_END]:
        _put_in_window(b, timer, t)
    elif t < b[at.HORIZON]:
        b[timer + at.TIME] = t
        bucket = b[at.BUCKET0] + (t >> b[at.SHIFT])
        chunk = at_place(b, bucket)
        if chunk == 0 or b[chunk + at.N_COUNT] == at.CHUNK:
            chunk = _new_chunk(b, chunk)
            b[bucket] = chunk
        count = b[chunk + at.N_COUNT]
        b[chunk + at.N_COUNT] = count + 1
        b[chunk + count] = timer


@kernel
def _new_chunk(b: at.Cells, following: int) -> int:
    """Return an empty chunk in front of another: one given back, or one never used."""
    chunk = at_place(b, at.FREE_CHUNK)
    if chunk != 0:
        b[at.FREE_CHUNK] = b[chunk + at.N_NEXT]
    else:
        chunk = at_place(b, at.FRESH_CHUNK)
        b[at.FRESH_CHUNK] = chunk + at.CHUNK
    b[chunk + at.N_NEXT] = following
    b[chunk + at.N_COUNT] = at.N_FIRST
    return chunk


@kernel
def _put_in_window(b: at.Cells, timer: int, t: int) -> None:
    """Put a timer in the list of its minute."""
    minute = t & ((1 << b[at.SHIFT]) - 1)
    b[timer + at.NEXT] = b[b[at.MINUTE0] + minute]
    b[b[at.MINUTE0] + minute] = timer
    b[b[at.BITS0] + (minute >> 5)] |= 1 << (minute & 31)


@part
def next_minute(b: at.Cells, first: int, last: int) -> int:
    """Return the earliest minute, from `first` to `last`, at which a timer is due; `NEVER` if there is none.

    Timers of the window that is reached are put in the lists of their minutes: the cases are fetched
    there, one after the other without waiting for the one before.
    """
    shift = b[at.SHIFT]
    while True:
        if first < b[at.WINDOW_END]:
            start = (first >> shift) << shift
            word = (first - start) >> 5
            bits = b[b[at.BITS0] + word] & (at.BITS << ((first - start) & 31)) & at.BITS
            while bits == 0 and word + 1 < b[at.WORDS]:
                word += 1
                bits = b[b[at.BITS0] + word] & at.BITS
            if bits != 0:
                return start + 32 * word + lowest_bit(bits)
            first = at_place(b, at.WINDOW_END)
        bucket = b[at.BUCKET0] + (first >> shift)
        end = b[at.BUCKET0] + (min(last, b[at.HORIZON] - 1) >> shift)
        while bucket <= end and b[bucket] == 0:
            bucket += 1
        if bucket > end:
            return NEVER
        first = (bucket - b[at.BUCKET0]) << shift
        b[at.WINDOW_END] = first + (1 << shift)
        _open_window(b, bucket)


@part
def _open_window(b: at.Cells, bucket: int) -> None:
    """Put the timers of a bucket in the lists of their minutes."""
    chunk = at_place(b, bucket)
    b[bucket] = 0
    while chunk != 0:
        for place in range(chunk + at.N_FIRST, chunk + b[chunk + at.N_COUNT]):
            timer = at_place(b, place)
            _put_in_window(b, timer, at_place(b, timer + at.TIME))
            _foresee(b, timer)
        following = at_place(b, chunk + at.N_NEXT)
        b[chunk + at.N_NEXT] = b[at.FREE_CHUNK]
        b[at.FREE_CHUNK] = chunk
        chunk = following


@kernel
def _foresee(b: at.Cells, c: int) -> None:
    """Have fetched what the step of a case will touch beside its row: waiting for it took a sixth of a run.

    That is its details, the first cases after it, its row of the trace and its draws.
    """
    if b[at.CASE0] <= c < b[at.CASE0] + at.CASE * b[at.CASES]:  # other timers touch little
        arc, slot = at_place(b, c + at.C_SUCCESSOR), at_place(b, c + at.C_SLOT)
        prefetch(b, b[at.DETAIL] + 2 * c)
        prefetch(b, c + b[arc])
        prefetch(b, c + b[arc + 1])
        prefetch(b, b[at.VISIT0] + at.VISIT_CELLS * slot)
        prefetch(b, b[at.IN_APPLICANT] + slot)
        prefetch(b, b[at.IN_WORK] + slot * b[at.REGIMES])


@kernel
def take(b: at.Cells, t: int) -> None:
    """Make every timer of this minute due; nothing else is."""
    minute = t & ((1 << b[at.SHIFT]) - 1)
    b[at.TODO] = b[b[at.MINUTE0] + minute]
    b[b[at.MINUTE0] + minute] = 0
    b[b[at.BITS0] + (minute >> 5)] &= ~(1 << (minute & 31))
