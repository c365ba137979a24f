"""Stoppages: where work stops, how far up its ladder each one climbs, how long a rung takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.sampling import kernels
from sim.sampling.layout import Flags, Small
from sim.sampling.world import World
from sim.trace import NEVER


@dataclass(frozen=True)
class Stops:
    """Gaps in work time, rungs that solve a stoppage and their work (see `Draws`)."""

    stop_gap: Small
    rung_solved: Flags
    rung_work: Small


def draw_stops(world: World) -> Stops:
    """Draw gaps E_k / rate and the climb of each stoppage."""
    rows, luck, count = world.layout.rows, world.luck, int(world.model.cases.stop_offset[-1])
    stops = Stops(
        np.full(count, NEVER, dtype=np.int32),
        np.zeros((count, rows.longest), dtype=np.bool_),
        np.zeros((count, rows.longest), dtype=np.int32),
    )
    if count:
        kernels.draw_stops(
            luck.key, rows.names, luck.values, luck.book, rows.stops, rows.rungs, world.applies,
            stops.stop_gap, stops.rung_solved.reshape(-1), stops.rung_work.reshape(-1), rows.longest,
        )  # fmt: skip
    return stops
