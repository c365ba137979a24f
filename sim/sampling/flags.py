"""Choices by u < share: what applies, what is tolerated, which arcs are there, whom a shock hits.

A lower share gives a subset of what a higher one gives, because the uniform belongs to the name.
"""

from __future__ import annotations

import numpy as np

from sim import philox
from sim.model.arrays import Model
from sim.sampling import joint, kernels
from sim.sampling.layout import Flags, Layout, Small
from sim.sampling.luck import Luck

_PATTERN = np.uint64(philox.hash_name("pattern"))


def draw_flags(model: Model, layout: Layout, luck: Luck) -> tuple[Flags, Flags, Flags, Flags]:
    """Draw which cases apply, are tolerated or promised, and which members of merged cases take part."""
    rows, count, members = layout.rows, len(model.cases.kind), model.rules.members
    applies, tolerated = np.ones(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    promised, present = np.zeros(count, dtype=np.bool_), np.ones(len(members.share), dtype=np.bool_)
    if not (len(layout.forced) or len(rows.checks)):
        return applies, tolerated, promised, present  # nor its kernel, which takes a while to load
    scratch = np.empty(len(layout.forced))
    kernels.draw_flags(
        luck.key, rows.names, luck.values, rows.groups, scratch,
        rows.applies, rows.tolerated, rows.checks, applies, tolerated,
    )  # fmt: skip
    may = np.flatnonzero(layout.promised_group >= 0)
    promised[may] = scratch[layout.promised_group[may]] < luck.values[model.rules.promised[may]]
    may = np.flatnonzero(layout.member_group >= 0)
    if may.size:
        present[may] = scratch[layout.member_group[may]] < luck.values[members.share[may]]
        joint.apply_joint(rows.merged, rows.checks, present, applies)
    return applies, tolerated, promised, present


def draw_arcs(model: Model, layout: Layout, luck: Luck) -> Flags:
    """Draw the candidate arcs that are present: keyed by the project and the item that waits."""
    rows = layout.rows
    present = np.ones(len(model.rules.arc_share), dtype=np.bool_)
    if len(rows.arcs):
        kernels.draw_arcs(luck.key, rows.names, luck.values, rows.arcs, present)
    return present


def drawn_pattern(seed: int, replication: int, shock: np.uint64, patterns: int) -> int:
    """Return the pattern of a shock in a replication, by the hash of its name; 0 where it has one only."""
    if patterns == 1:
        return 0
    return int(patterns * philox.uniforms(seed, replication, shock, _PATTERN, 0, philox.SHOCK)[0, 0])


def draw_lanes(model: Model, layout: Layout, luck: Luck) -> Small:
    """Draw the lane of every project: digit s is not 0 where shock s hits its unit and it is not exempt.

    All whom a sampled shock hits are hit in the same pattern, drawn by the shock's name.
    """
    lane, step = np.zeros(len(model.unit), dtype=np.int32), 1
    for s, key in enumerate(layout.shock):
        u = luck.uniforms(layout.unit, key, 0, philox.SHOCK)[:, 0]
        hit = (u < luck.values[model.shock_share[s]])[model.unit] & ~model.shock_exempt[s]
        patterns = int(model.shock_patterns[s])
        pattern = drawn_pattern(luck.seed, luck.replication, key, patterns)
        lane += step * (pattern + 1) * hit.astype(np.int32)
        step *= patterns + 1
    return lane
