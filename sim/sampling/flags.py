"""Choices by u < share: what applies, what is tolerated, which arcs are there, whom a shock hits.

A lower share gives a subset of what a higher one gives, because the uniform belongs to the name.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import CHECK, Model
from sim.sampling.layout import Flags, Ints, Layout
from sim.sampling.luck import Floats, Luck


def draw_flags(model: Model, layout: Layout, luck: Luck, attempt: Ints | int = 1) -> tuple[Flags, Flags]:
    """Draw which cases apply, and which items are accepted with papers missing.

    Parameters
    ----------
    model : Model
    layout : Layout
    luck : Luck
    attempt : (C,) int64 or int
        Attempt at the present whose choices a case follows; the same for all cases of a project.
    """
    number = np.ones(len(layout.group_flag), dtype=np.int64)
    for group in (layout.applies_group, layout.tolerated_group):
        number[group[group >= 0]] = np.broadcast_to(attempt, group.shape)[group >= 0]
    u = luck.uniforms(layout.group_project, layout.group_flag, number - 1, philox.APPLIES)[:, 0]
    u = np.where(layout.forced, 0.0, u)
    applies = _chosen(luck, layout.applies_group, u, model.rules.applies, otherwise=True)
    tolerated = _chosen(luck, layout.tolerated_group, u, model.rules.tolerated, otherwise=False)
    cases = model.cases
    checks = np.flatnonzero((cases.kind == CHECK) & (cases.target >= 0))
    # A check of an item that does not apply has nothing to check.
    applies[checks] &= applies[cases.target[checks]]
    return applies, tolerated


def _chosen(luck: Luck, group: Ints, u: Floats, share: npt.NDArray[np.int32], *, otherwise: bool) -> Flags:
    """Return where the uniform of a case's group is below its share; `otherwise` without a group."""
    chosen = np.full(len(group), otherwise, dtype=np.bool_)
    has = group >= 0
    chosen[has] = u[group[has]] < luck.values[share[has]]
    return chosen


def draw_arcs(model: Model, layout: Layout, luck: Luck, attempt: Ints | int = 1) -> Flags:
    """Draw the candidate arcs that are present: keyed by the project and the item that waits.

    `attempt` is as in `draw_flags`.
    """
    share = model.rules.arc_share
    present = np.ones(len(share), dtype=np.bool_)
    drawn = np.flatnonzero(share >= 0)
    if drawn.size:
        waiting = np.searchsorted(model.cases.pred_offset, drawn, side="right") - 1
        number = np.broadcast_to(attempt, layout.case_project.shape)[waiting] - 1
        u = luck.uniforms(layout.case_project[waiting], layout.case_activity[waiting], number, philox.CHAIN)
        present[drawn] = u[:, 0] < luck.values[share[drawn]]
    return present


def draw_lanes(model: Model, layout: Layout, luck: Luck) -> Ints:
    """Draw the lane of every project: bit s is set where shock s hits its unit and it is not exempt."""
    lane = np.zeros(len(model.project_ids), dtype=np.int64)
    for s, key in enumerate(layout.shock):
        u = luck.uniforms(layout.unit, np.full_like(layout.unit, key), 0, philox.SHOCK)[:, 0]
        hit = u < luck.values[model.shock_share[s]]
        lane |= np.where(hit[model.unit] & ~model.shock_exempt[s], 1 << s, 0)
    return lane
