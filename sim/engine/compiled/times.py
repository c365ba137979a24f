"""Clocks, and the calendar queue of timers, in kernels."""

from __future__ import annotations

from sim.engine.compiled import layout as at
from sim.jit import kernel
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
    """Let a timer be due now."""
    b[timer + at.NEXT] = 0
    if b[at.TODO] == 0:
        b[at.TODO] = timer
    else:
        b[b[at.TODO_TAIL] + at.NEXT] = timer
    b[at.TODO_TAIL] = timer


@kernel
def schedule(b: at.Cells, timer: int, t: int) -> None:
    """Let a timer be due at t, if the run lasts that long."""
    if t <= b[at.NOW]:
        append(b, timer)
    elif t < b[at.HORIZON]:
        bucket = b[at.BUCKET0] + (t >> b[at.SHIFT])
        b[timer + at.TIME] = t
        b[timer + at.NEXT] = b[bucket]
        b[bucket] = timer


@kernel
def next_minute(b: at.Cells, first: int) -> int:
    """Return the earliest minute, from `first` on, at which a timer is due."""
    bucket = b[at.BUCKET0] + (first >> b[at.SHIFT])
    end = b[at.BUCKET0] + b[at.BUCKETS]
    while bucket < end and b[bucket] == 0:
        bucket += 1
    t = NEVER
    if bucket < end:
        timer = b[bucket]
        while timer != 0:
            t = min(t, b[timer + at.TIME])
            timer = b[timer + at.NEXT]
    return t


@kernel
def take(b: at.Cells, t: int) -> None:
    """Make every timer of this minute due."""
    bucket = b[at.BUCKET0] + (t >> b[at.SHIFT])
    timer = b[bucket]
    kept = 0
    while timer != 0:
        following = b[timer + at.NEXT]
        if b[timer + at.TIME] == t:
            append(b, timer)
        else:
            b[timer + at.NEXT] = kept
            kept = timer
        timer = following
    b[bucket] = kept
