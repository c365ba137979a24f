"""Patience: how long a project stays in each phase before it leaves."""

from __future__ import annotations

import numpy as np

from sim import philox
from sim.laws import conditional_remaining
from sim.model.arrays import Model
from sim.sampling.layout import Ints, Layout
from sim.sampling.luck import Luck, whole_minutes
from sim.trace import NEVER


def draw_patience(model: Model, layout: Layout, luck: Luck) -> Ints:
    """Minutes after each milestone at which the project leaves, shape (P, K).

    The cumulative hazard reaches E = -log u at the time whose survival is u, so a lower hazard
    never brings a withdrawal forward. In the phase open at the epoch: minutes left.
    """
    law = model.withdrawal_law.astype(np.int64)
    patience = np.full(law.shape, NEVER, dtype=np.int64)
    stage = np.arange(law.shape[1])[None, :]
    row, k = np.nonzero((law >= 0) & (stage >= layout.highest[:, None]))
    if not row.size:
        return patience
    u = luck.uniforms(layout.project[row], layout.phase[k], 0, philox.PATIENCE)[:, 0]
    chosen = law[row, k]
    minutes = whole_minutes(luck.laws.isf(chosen, u, luck.args))
    open_now = np.flatnonzero(k == layout.highest[row])
    if open_now.size:
        elapsed = np.maximum(-layout.milestones[row[open_now], k[open_now]], 0).astype(np.float64)
        left = conditional_remaining(luck.laws, chosen[open_now], 1 - u[open_now], elapsed, luck.args)
        minutes[open_now] = whole_minutes(left)
    patience[row, k] = minutes
    return patience
