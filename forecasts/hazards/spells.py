"""Stays in stages by month: entry, end, exit; and what a window of months shows of them.

Stage k begins with milestone k. It ends by reaching a later milestone (the next one, or one further on
whose predecessors nobody dated: a skip), or by leaving; exits compete. Exposure counts inside calendar
months only, so projects already under way when a window opens enter at their age. A month is at risk
from the month of entry on (age 0), so two milestones in one month are two exits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.history import NEVER, UNDATED, History, is_dated
from sim.jit import entry

__all__ = ["BINS", "LEAVE", "OPEN", "Seen", "Stays", "bin_of_age", "seen_in", "stays_of"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Lower edges of the age bins, in months; the last one is open.
BINS: Final[tuple[int, ...]] = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 24, 30, 36, 48, 60, 84)

#: Exit numbers: 1 .. K-1 reach that milestone, 0 leaves, -1 is still under way.
LEAVE: Final = 0
OPEN: Final = -1


@dataclass(frozen=True)
class Stays:
    """Stays in stages with a known entry and end, one row each.

    Parameters
    ----------
    project, stage : (n,) int64
    entry, end : (n,) int64
        Absolute months; the stay is at risk in both. Still under way: `end` is the cut-off.
    exit : (n,) int64
        Milestone reached, `LEAVE` or `OPEN`.
    left_out : int
        Stays whose entry or end nobody dated, or which end before they begin.
    """

    project: Ints
    stage: Ints
    entry: Ints
    end: Ints
    exit: Ints
    left_out: int


@dataclass(frozen=True)
class Seen:
    """Months at risk and exits by stage, month, age bin and stratum.

    Parameters
    ----------
    first : int
        Absolute month of the first column.
    exposure : (K-1, M, B, S) float64
    events : (K-1, K, M, B, S) float64
        By stage and exit.
    """

    first: int
    exposure: Floats
    events: Floats


def bin_of_age(longest: int) -> Ints:
    """Give the bin of every age from 0 to `longest` months.

    Examples
    --------
    >>> bin_of_age(9).tolist()
    [0, 1, 2, 3, 4, 5, 6, 6, 7, 7]
    """
    return np.searchsorted(BINS, np.arange(longest + 1), side="right") - 1


def stays_of(history: History) -> Stays:
    """Collect the stays of a history.

    Notes
    -----
    A later milestone dated before an earlier one overrules it: the earlier is reached by then, at an
    unknown date. A withdrawal holds where nothing is reached after it.

    Examples
    --------
    >>> from forecasts.history import history_from
    >>> stays = stays_of(history_from(9, ("a", "b", "c"), [[1, 4, NEVER], [2, UNDATED, 7]]))
    >>> list(zip(stays.stage.tolist(), stays.entry.tolist(), stays.end.tolist(), stays.exit.tolist()))
    [(0, 1, 4, 1), (0, 2, 7, 2), (1, 4, 9, -1)]
    """
    reached = _in_order(history.reached.astype(np.int64))
    left = history.left.astype(np.int64)
    columns = [[np.zeros(0, dtype=np.int64)] for _ in range(5)]
    left_out = 0
    for k in range(reached.shape[1] - 1):
        begins, later = reached[:, k], reached[:, k + 1 :]
        dated = is_dated(later.astype(np.int32))
        nearest = np.where(dated, later, NEVER).argmin(axis=1)
        advanced = dated.any(axis=1)
        when = np.take_along_axis(later, nearest[:, None], axis=1)[:, 0]
        quits = (later == NEVER).all(axis=1) & (left != NEVER)
        end = np.where(advanced, when, np.where(quits, left, history.cutoff))
        out = np.where(advanced, k + 1 + nearest, np.where(quits, LEAVE, OPEN))
        here = (begins != NEVER) & (begins != UNDATED)
        lost = ((later == UNDATED).any(axis=1) & ~advanced) | (quits & (left == UNDATED))
        left_out += int(((begins == UNDATED) & ~advanced).sum() + (here & (lost | (begins > end))).sum())
        rows = np.flatnonzero(here & ~lost & (begins <= end))
        for column, cells in zip(columns, (rows, np.full(len(rows), k)), strict=False):
            column.append(cells)
        for column, cells in zip(columns[2:], (begins, end, out), strict=True):
            column.append(cells[rows])
    project, stage, entry_month, end_month, exit_ = (np.concatenate(c) for c in columns)
    return Stays(project, stage, entry_month, end_month, exit_, left_out)


def _in_order(reached: Ints) -> Ints:
    """Mark milestones dated after a later one as reached at an unknown date."""
    ordered = reached.copy()
    earliest = np.full(len(reached), NEVER, dtype=np.int64)
    for k in reversed(range(reached.shape[1])):
        cell = ordered[:, k]
        dated = (cell != NEVER) & (cell != UNDATED)
        cell[dated & (cell > earliest)] = UNDATED
        earliest = np.where((cell != NEVER) & (cell != UNDATED), np.minimum(cell, earliest), earliest)
    return ordered


def seen_in(stays: Stays, strata: Ints, sizes: tuple[int, int], first: int, last: int) -> Seen:
    """Count months at risk and exits of a window of months, both ends included.

    Parameters
    ----------
    stays : Stays
    strata : (P,) int64
        Stratum of every project.
    sizes : (int, int)
        Milestones K and strata S.
    first, last : int
        Absolute months.
    """
    milestones, kinds = sizes
    shape = (milestones - 1, max(last - first + 1, 0), len(BINS), kinds)
    exposure = np.zeros(shape)
    events = np.zeros((shape[0], milestones, *shape[1:]))
    bins = bin_of_age(int((stays.end - stays.entry).max(initial=0)))
    _count(
        stays.stage, stays.entry, stays.end, stays.exit, strata[stays.project], bins, first, exposure, events
    )
    return Seen(first, exposure, events)


@entry
def _count(
    stage: Ints,
    begins: Ints,
    end: Ints,
    out: Ints,
    stratum: Ints,
    bins: Ints,
    first: int,
    exposure: Floats,
    events: Floats,
) -> None:
    """Add every stay's months inside the window to `exposure`, its exit to `events`."""
    last = first + exposure.shape[1] - 1
    for i in range(len(stage)):
        k, s = stage[i], stratum[i]
        for month in range(max(first, begins[i]), min(last, end[i]) + 1):
            exposure[k, month - first, bins[month - begins[i]], s] += 1.0
        if out[i] >= 0 and first <= end[i] <= last:
            events[k, out[i], end[i] - first, bins[end[i] - begins[i]], s] += 1.0
