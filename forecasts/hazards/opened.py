"""Open projects at a cut-off: which stage, since when, and which of them the kernel may treat alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasts.hazards.spells import BINS, OPEN, Stays
from forecasts.history import NEVER, UNDATED, History

__all__ = ["Opened", "opened"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Opened:
    """Projects that have begun and may still reach a milestone.

    Parameters
    ----------
    rows : (P,) int64
        Their rows in the history.
    cells : (Q, 4) int64
        Stage, stratum, first month at risk (index from the first hidden month), age in it.
    cell_of : (P,) int64
    """

    rows: Ints
    cells: Ints
    cell_of: Ints


def opened(history: History, stays: Stays, hidden_months: int) -> Opened:
    """Collect the open projects of a history.

    Parameters
    ----------
    history : History
    stays : Stays
        Of the same history.
    hidden_months : int
        Months up to the cut-off in which exits may have happened that are not on record.

    Notes
    -----
    A project whose stage began in a month nobody wrote down has the median age of its stage.
    """
    now = stays.exit == OPEN
    rows, stage, entry = stays.project[now], stays.stage[now], stays.entry[now]
    lost, lost_stage = _undated(history)
    since = np.full(history.reached.shape[1], history.cutoff)
    for k in np.unique(stage):
        since[k] = int(np.median(entry[stage == k]))
    rows, stage = np.append(rows, lost), np.append(stage, lost_stage)
    entry = np.append(entry, since[lost_stage])
    first_month = history.cutoff + 1 - hidden_months
    start = np.maximum(entry, first_month) - first_month
    age = np.maximum(first_month - entry, 0)
    table = np.stack([stage, history.strata[rows], start, np.minimum(age, BINS[-1])], axis=1)
    cells, cell_of = np.unique(table, axis=0, return_inverse=True)
    order = np.argsort(cell_of.ravel(), kind="stable")
    return Opened(rows[order], cells.astype(np.int64), cell_of.ravel()[order].astype(np.int64))


def _undated(history: History) -> tuple[Ints, Ints]:
    """Give the rows and stages of open projects whose stage began at an unknown date."""
    reached = history.reached
    last = reached.shape[1] - 1 - np.argmax((reached != NEVER)[:, ::-1], axis=1)
    at_last = np.take_along_axis(reached, last[:, None], axis=1)[:, 0]
    lost = (at_last == UNDATED) & (last < reached.shape[1] - 1) & (history.left == NEVER)
    rows = np.flatnonzero(lost)
    return rows, last[rows]
