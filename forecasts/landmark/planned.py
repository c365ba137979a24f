"""Planned dates as forecasts: taken at face value, and times the share that used to come true.

Two rivals every other forecast is measured against. On a real queue one planned date in five was kept.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecasts.history import NEVER
from forecasts.landmark.panel import Panel, Rows

__all__ = ["face_value", "times_realised"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Fewest months a share of plans that came true is measured over.
_FEWEST = 3


def face_value(panel: Panel, milestone: str, horizon: int, *, promise: str | None = None) -> Ints:
    """Count the planned dates in each month ahead, (horizon,)."""
    now = _at(panel, panel.cutoff, milestone)
    planned = now.planned[:, panel.milestones.index(promise or milestone)] - panel.cutoff
    due = planned[(planned >= 1) & (planned <= horizon)]
    return np.bincount(due - 1, minlength=horizon)


def times_realised(
    panel: Panel,
    milestone: str,
    horizon: int,
    n: int,
    *,
    key: tuple[int, int],
    promise: str | None = None,
) -> Ints | None:
    """Draw paths of the planned count times a past ratio of what came to what was planned.

    Parameters
    ----------
    panel : Panel
    milestone : str
    horizon : int
    n : int
        Paths.
    key : tuple of int
    promise : str, optional
        The milestone whose planned date counts.

    Returns
    -------
    (n, horizon) int64 or None
        None before three months of panel. Within the horizon the plan's own months are not believed:
        the total is spread evenly. Past ratios are over as many months, or as many as the panel has.
    """
    span = min(horizon, panel.cutoff - panel.histories[0].cutoff)
    if span < _FEWEST:
        return None
    ratios = _ratios(panel, milestone, promise or milestone, span)
    random = np.random.Generator(np.random.Philox(key=np.array(key, dtype=np.uint64)))
    due = float(face_value(panel, milestone, horizon, promise=promise).sum())
    mean = random.choice(ratios, size=(n, 1)) * due / horizon
    return np.asarray(random.poisson(np.broadcast_to(mean, (n, horizon))), dtype=np.int64)


def _ratios(panel: Panel, milestone: str, promise: str, span: int) -> Floats:
    """Give what came in so many months over what was planned for them, by cut-off."""
    k, found = panel.milestones.index(milestone), []
    first = panel.rows.take(np.unique(panel.rows.project, return_index=True)[1])
    for history in panel.histories:
        if history.cutoff + span > panel.cutoff:
            continue
        planned = panel.until(history.cutoff)
        due = face_value(planned, milestone, span, promise=promise).sum()
        event = first.event[:, k]
        came = ((event > history.cutoff) & (event <= history.cutoff + span)).sum()
        found.append(came / max(float(due), 1.0))
    return np.array(found)


def _at(panel: Panel, cutoff: int, milestone: str) -> Rows:
    rows = panel.rows.take(panel.rows.cutoff == cutoff)
    k = panel.milestones.index(milestone)
    return rows.take(rows.reached[:, k:].min(axis=1) == NEVER)
