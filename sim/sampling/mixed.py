"""Many clocks in one table, so that kernels advance cases that run on different clocks, in the past too.

A clock is the row of `CLOCK` cells at its number times `CLOCK`. Its windows follow one another, `WINDOW`
cells each, with one behind the last that never closes; two indices find the window of a minute and that
of an own minute without a search. Own minutes are counted from minute 0 and negative before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from sim.clocks import DAY, Clock
from sim.jit import kernel
from sim.trace import NEVER

Small = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Places of the windows, of the last one, of the two indices; what the first cell of each index means, and
#: how many cells it has.
WINDOWS, LAST, BY_DAY, FIRST_DAY, DAYS, BY_STEP, FIRST_STEP, STEPS = range(8)
CLOCK: Final = 8
OPENS, CLOSES, BEFORE = 0, 1, 2
WINDOW: Final = 3
#: Own minutes in a cell of the second index.
STEP: Final = 512
_BEHIND: Final = 2**31 - 1


class Cells(Protocol):
    """Flat tables and scratch, as kernels see them: whole numbers at places."""

    def __getitem__(self, place: int, /) -> int:
        """Return the number at a place."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __setitem__(self, place: int, number: int, /) -> None:
        """Put a number at a place."""


@kernel
def _window(clocks: Cells, clock: int, t: int) -> int:
    """Return the place of the first window that closes after t, or of the one behind the last."""
    day = (t - clocks[clock + FIRST_DAY]) // DAY
    day = min(max(day, 0), clocks[clock + DAYS] - 1)
    w = clocks[clocks[clock + BY_DAY] + day]
    while clocks[w + CLOSES] <= t:
        w += WINDOW
    return w


@kernel
def own_minute(clocks: Cells, clock: int, t: int) -> int:
    """Return the own minutes of a clock from minute 0 to t; negative in the past."""
    w = _window(clocks, clock, t)
    return clocks[w + BEFORE] + max(t - clocks[w + OPENS], 0)


@kernel
def advance(clocks: Cells, clock: int, t: int, d: int) -> int:
    """``Clock.advance``: when d own minutes from t are over, `NEVER` beyond the table."""
    if d <= 0:
        return t
    if t >= NEVER or d >= NEVER:
        return NEVER
    w = _window(clocks, clock, t)
    if w > clocks[clock + LAST]:
        return NEVER
    start = max(clocks[w + OPENS], t)
    if start + d <= clocks[w + CLOSES]:
        return min(start + d, NEVER)
    target = clocks[w + BEFORE] + start - clocks[w + OPENS] + d
    step = (target - 1 - clocks[clock + FIRST_STEP]) // STEP
    w = clocks[clocks[clock + BY_STEP] + min(max(step, 0), clocks[clock + STEPS] - 1)]
    while clocks[w + WINDOW + BEFORE] < target:
        w += WINDOW
        if w > clocks[clock + LAST]:
            return NEVER
    return min(clocks[w + OPENS] + target - clocks[w + BEFORE], NEVER)


def mix(clocks: Sequence[Clock]) -> Small:
    """Put clocks into one table; the natural clock closes it: index -1, "no clock", means it.

    Examples
    --------
    >>> day = Clock("day", np.array([0]), np.array([10]))
    >>> table = mix([day, Clock("night", np.array([10, 30]), np.array([20, 40]))])
    >>> [advance(table, CLOCK * clock, t, 10) for clock, t in ((0, 0), (1, 11), (0, 11), (2, 11))]
    [10, 31, 1073741824, 21]
    """
    clocks = [*clocks, Clock("natural", np.array([-NEVER]), np.array([NEVER]))]
    rows = np.zeros((len(clocks), CLOCK), dtype=np.int64)
    parts: list[Ints] = []
    place = rows.size
    for row, clock in zip(rows, clocks, strict=True):
        windows, days, steps = _table(clock)
        row[WINDOWS], row[LAST] = place, place + windows.size - 2 * WINDOW
        row[BY_DAY], row[DAYS] = place + windows.size, len(days)
        row[BY_STEP], row[STEPS] = row[BY_DAY] + len(days), len(steps)
        row[FIRST_DAY] = clock.closes[0] - DAY if len(clock.closes) else 0
        row[FIRST_STEP] = windows[1, BEFORE] if len(windows) > 1 else 0
        parts += [windows.ravel(), place + WINDOW * days, place + WINDOW * steps]
        place = row[BY_STEP] + len(steps)
    return np.concatenate([rows.ravel(), *parts]).astype(np.int32)


def _table(clock: Clock) -> tuple[Ints, Ints, Ints]:
    """Return the windows of a clock, and the first window by day and by own minutes.

    The indices reach from the end of the first window to the begin of the last: a clock without holes
    needs none.
    """
    opens, closes = clock.opens, clock.closes
    before = np.r_[0, np.cumsum(closes - opens)] - clock.elapsed(-NEVER, 0)
    windows = np.stack([np.r_[opens, _BEHIND], np.r_[closes, _BEHIND], before], axis=1)
    if len(opens) < 2:
        return windows, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    days = np.arange(closes[0] - DAY, opens[-1] + DAY, DAY)
    steps = np.arange(before[1], before[-2] + STEP, STEP)
    by_step = np.searchsorted(before[:-1], steps, side="right") - 1
    return windows, np.searchsorted(closes, days, side="right"), by_step
