"""Open minutes of clocks, for kernels: all windows of all clocks in one array.

The array begins with the place of each clock's block. A block says where its windows are, then from which
minute its table of buckets runs, how many there are and how long one is (as a power of two): about as many
as windows. A bucket tells the first window that closes after it begins. A window is its opening, its
closing and the open minutes before it; a sentinel ends the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from sim.jit import kernel

if TYPE_CHECKING:
    from sim.clocks import Clock

__all__ = ["clock_cells", "elapsed", "is_open"]

Longs = npt.NDArray[np.int64]
#: A whole number, Python's or NumPy's.
Whole: TypeAlias = Any

_BLOCK: Final = 4  # place of the windows, first minute of the buckets, their number, their length
_WINDOW: Final = 3  # opens, closes, before
_BEYOND: Final = 2**40


def clock_cells(clocks: Sequence[Clock]) -> Longs:
    """Return the array that `elapsed` and `is_open` read."""
    blocks, size = [], len(clocks)
    for clock in clocks:
        block = _block(clock, size)
        blocks.append(block)
        size += len(block)
    places = np.cumsum([len(clocks), *map(len, blocks)])[:-1]
    found = np.concatenate([places, *blocks]).astype(np.int64)
    found.setflags(write=False)
    return found


def _block(clock: Clock, start: int) -> Longs:
    """Return the block of one clock that begins at a place."""
    opens, closes = clock.opens, clock.closes
    before = np.cumsum(closes - opens) - (closes - opens)
    whole = int((closes - opens).sum())
    first = int(closes[0]) if len(closes) else 0
    # Until the first window closes it is the one; from the opening of the last on no table is needed.
    span = max(int(opens[-1]) - first, 1) if len(closes) else 1
    shift = max(span // max(len(closes), 1), 1).bit_length() - 1
    buckets = (span >> shift) + 1
    edges = first + (np.arange(buckets, dtype=np.int64) << shift)
    windows = np.stack([opens, closes, before], axis=1).reshape(-1)
    place = start + _BLOCK + buckets
    table = place + _WINDOW * np.searchsorted(closes, edges, side="right")
    return np.concatenate([[place, first, buckets, shift], table, windows, [_BEYOND, _BEYOND, whole]])


@kernel
def _window(k: Longs, clock: int, t: int) -> Whole:
    """Return the place of the first window that closes after t."""
    block = k[clock]
    first = k[block + 1]
    if t < first:
        return k[block]
    w = k[block + _BLOCK + min((t - first) >> k[block + 3], k[block + 2] - 1)]
    while k[w + 1] <= t:
        w += _WINDOW
    return w


@kernel
def _position(k: Longs, clock: int, t: int) -> Whole:
    """Return the open minutes of a clock before t."""
    w = _window(k, clock, t)
    return k[w + 2] + max(0, t - k[w])


@kernel
def is_open(k: Longs, clock: int, t: int) -> Any:
    """Tell whether minute t counts."""
    return k[_window(k, clock, t)] <= t


@kernel
def elapsed(k: Longs, clock: int, start: int, end: int) -> Whole:
    """Return the open minutes of a clock in [start, end); clock -1 is the natural one."""
    if clock < 0 or start == end:
        return end - start
    return _position(k, clock, end) - _position(k, clock, start)
