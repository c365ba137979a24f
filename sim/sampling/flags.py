"""Choices by u < share: what applies, what is tolerated, which arcs are there, whom a shock hits.

A lower share gives a subset of what a higher one gives, because the uniform belongs to the name.
"""

from __future__ import annotations

import numpy as np

from sim import philox
from sim.model.arrays import Model
from sim.sampling import kernels
from sim.sampling.layout import Flags, Layout, Small
from sim.sampling.luck import Luck


def draw_flags(model: Model, layout: Layout, luck: Luck) -> tuple[Flags, Flags]:
    """Draw which cases apply, and which items are accepted with papers missing."""
    rows, count = layout.rows, len(model.cases.kind)
    applies, tolerated = np.ones(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    if not (len(rows.applies) or len(rows.tolerated) or len(rows.checks)):
        return applies, tolerated  # nor its kernel, which takes a while to load
    scratch = np.empty(len(layout.forced))
    kernels.draw_flags(
        luck.key, rows.names, luck.values, rows.groups, scratch,
        rows.applies, rows.tolerated, rows.checks, applies, tolerated,
    )  # fmt: skip
    return applies, tolerated


def draw_arcs(model: Model, layout: Layout, luck: Luck) -> Flags:
    """Draw the candidate arcs that are present: keyed by the project and the item that waits."""
    rows = layout.rows
    present = np.ones(len(model.rules.arc_share), dtype=np.bool_)
    if len(rows.arcs):
        kernels.draw_arcs(luck.key, rows.names, luck.values, rows.arcs, present)
    return present


def draw_lanes(model: Model, layout: Layout, luck: Luck) -> Small:
    """Draw the lane of every project: bit s is set where shock s hits its unit and it is not exempt."""
    if not len(layout.shock):
        return np.zeros(len(model.unit), dtype=np.int32)
    hit = np.zeros(len(model.units), dtype=np.int32)
    for s, key in enumerate(layout.shock):
        u = luck.uniforms(layout.unit, key, 0, philox.SHOCK)[:, 0]
        hit |= (u < luck.values[model.shock_share[s]]).astype(np.int32) << s
    return hit[model.unit] & layout.exposed
