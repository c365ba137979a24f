"""Patience: how long a project stays in each phase before it leaves."""

from __future__ import annotations

import numpy as np

from sim.model.arrays import Model
from sim.sampling import kernels
from sim.sampling.layout import Layout, Small
from sim.sampling.luck import Luck
from sim.trace import NEVER


def draw_patience(model: Model, layout: Layout, luck: Luck) -> Small:
    """Minutes after each milestone at which the project leaves, shape (P, K).

    The cumulative hazard reaches E = -log u at the time whose survival is u, so a lower hazard
    never brings a withdrawal forward. In the phase open at the epoch: minutes left.
    """
    patience = np.full(model.withdrawal_law.shape, NEVER, dtype=np.int32)
    rows = layout.rows
    kernels.draw_patience(luck.key, rows.names, luck.book, rows.patience, patience.reshape(-1))
    return patience
