"""Projects signed after the epoch: how many a month, which candidates, on which day."""

from __future__ import annotations

import numpy as np
from scipy.special import pdtr, pdtrik

from sim import philox
from sim.model.arrays import Model
from sim.philox import hash_name
from sim.sampling.layout import Flags, Ints, Layout, Small
from sim.sampling.luck import Floats, Luck
from sim.trace import NEVER

DAY = 1440

_ARRIVALS = np.uint64(hash_name("arrivals"))


def draw_arrivals(model: Model, layout: Layout, luck: Luck) -> tuple[Flags, Small]:
    """Who takes part, and the minute of signing of everybody (NEVER for candidates not drawn)."""
    pool = model.arrivals
    active = np.ones(len(model.project_ids), dtype=np.bool_)
    signed = layout.signed.copy()
    active[pool.project] = False
    if not len(pool.project):
        return active, signed
    signed[pool.project] = NEVER
    if pool.rate < 0:
        return active, signed
    rows = pool.project.astype(np.int64)
    month = pool.month.astype(np.int64)
    u = luck.uniforms(layout.project[rows], _ARRIVALS, 0, philox.ARRIVAL)
    chosen = _rank_in_month(month, u[:, 0]) < _counts(model, layout, luck)[month]
    first = np.maximum(model.months[:-1], 0).astype(np.int64)
    days = np.maximum((model.months[1:] - first) // DAY, 1)
    day = np.floor(u[:, 1] * days[month]).astype(np.int64)
    active[rows] = chosen
    signed[rows] = np.where(chosen, first[month] + DAY * day, NEVER)
    return active, signed


def _counts(model: Model, layout: Layout, luck: Luck) -> Ints:
    """Signings of each month, by the inverse of a Poisson law (a part month counts in part)."""
    months = layout.month
    starts, ends = model.months[:-1].astype(np.float64), model.months[1:].astype(np.float64)
    part = np.clip((ends - np.maximum(starts, 0)) / (ends - starts), 0, 1)
    u = luck.uniforms(_ARRIVALS, np.uint64(0), months, philox.ARRIVAL)[:, 0]
    mean = float(luck.values[model.arrivals.rate]) * part
    return np.where(mean > 0, _poisson(u, np.maximum(mean, 1e-300)), 0).astype(np.int64)


def _poisson(u: Floats, mean: Floats) -> Floats:
    """Return the inverse of Poisson laws: the least count whose share is at least u."""
    count = np.ceil(pdtrik(u, mean))
    # The inverse is a root found on the real line, which may lie a rounding above a whole number.
    before = np.maximum(count - 1, 0)
    return np.asarray(np.where(pdtr(before, mean) >= u, before, count), dtype=np.float64)


def _rank_in_month(month: Ints, u: np.ndarray) -> Ints:
    """Place of each candidate among those of its month, smallest uniform first."""
    order = np.lexsort((u, month))
    sorted_month = month[order]
    starts = np.searchsorted(sorted_month, sorted_month, side="left")
    rank = np.empty(len(month), dtype=np.int64)
    rank[order] = np.arange(len(month)) - starts
    return rank
