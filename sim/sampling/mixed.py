"""Many clocks in one table: advance cases that run on different clocks in one vectorised step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.clocks import Clock
from sim.trace import NEVER

Ints = npt.NDArray[np.int64]

#: Distance between two clocks in the common table; more than any span of minutes.
_APART: int = 2**34


@dataclass(frozen=True)
class MixedClocks:
    """The windows of several clocks, each clock shifted into a range of its own.

    The natural clock closes the table: index -1, "no clock", means it.

    Parameters
    ----------
    opens, before : int64 arrays
        Opening minute of each window and own minutes of its clock before it.
    close_key, end_key : int64 arrays
        Closing minute, and own minutes at closing, shifted by the clock; both ascending.
    last : (clocks,) int64
        First window after those of each clock.
    total : (clocks,) int64
        Own minutes of the whole table of each clock.
    """

    opens: Ints
    before: Ints
    close_key: Ints
    end_key: Ints
    last: Ints
    total: Ints

    def _position(self, clock: Ints, t: Ints) -> Ints:
        """Own minutes of each clock before t; clocks counted from 0."""
        window = np.searchsorted(self.close_key, t + clock * _APART, side="right")
        inside = np.minimum(window, len(self.opens) - 1)
        position = self.before[inside] + np.maximum(t - self.opens[inside], 0)
        return np.where(window < self.last[clock], position, self.total[clock])

    def advance(self, clock: Ints, t: Ints, d: Ints) -> Ints:
        """``Clock.advance`` of each (clock, t, d); `NEVER` beyond a table."""
        clock = clock % len(self.last)
        target = self._position(clock, t) + d
        window = np.searchsorted(self.end_key, target + clock * _APART, side="left")
        inside = np.minimum(window, len(self.opens) - 1)
        end = np.minimum(self.opens[inside] + target - self.before[inside], NEVER)
        end = np.where((window < self.last[clock]) & (t < NEVER) & (d < NEVER), end, NEVER)
        return np.where(d <= 0, t, end)

    def elapsed(self, clock: Ints, start: Ints, end: Ints) -> Ints:
        """Own minutes of each clock in [start, end)."""
        clock = clock % len(self.last)
        return self._position(clock, end) - self._position(clock, start)


def mix(clocks: Sequence[Clock]) -> MixedClocks:
    """Put clocks into one table.

    Examples
    --------
    >>> day = Clock("day", np.array([0]), np.array([10]))
    >>> table = mix([day, Clock("night", np.array([10, 30]), np.array([20, 40]))])
    >>> table.advance(np.array([0, 1, 0, -1]), np.array([0, 0, 0, 7]), np.array([10, 11, 11, 11])).tolist()
    [10, 31, 1073741824, 18]
    """
    clocks = [*clocks, Clock("natural", np.array([-NEVER]), np.array([NEVER]))]
    lengths = [np.asarray(c.closes - c.opens, dtype=np.int64) for c in clocks]
    before = [np.cumsum(n) - n for n in lengths]
    shift = [np.full(len(n), i * _APART, dtype=np.int64) for i, n in enumerate(lengths)]
    # A window of no clock closes the table, so that an index one past the end stays inside.
    end = np.array([2**62], dtype=np.int64)
    return MixedClocks(
        opens=np.concatenate([*(np.asarray(c.opens, dtype=np.int64) for c in clocks), [0]]).astype(np.int64),
        before=np.concatenate([*before, [0]]).astype(np.int64),
        close_key=np.concatenate([*(c.closes + s for c, s in zip(clocks, shift, strict=True)), end]),
        end_key=np.concatenate([*(b + n + s for b, n, s in zip(before, lengths, shift, strict=True)), end]),
        last=np.cumsum([len(n) for n in lengths]),
        total=np.array([n.sum() for n in lengths], dtype=np.int64),
    )
