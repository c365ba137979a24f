"""Stoppages: where work stops, how far up its ladder each one climbs, how long a rung takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import philox
from sim.sampling.layout import Flags, Ints
from sim.sampling.luck import whole_minutes
from sim.sampling.world import World
from sim.trace import NEVER


@dataclass(frozen=True)
class Stops:
    """Gaps in work time, rungs that solve a stoppage and their work (see `Draws`)."""

    stop_gap: Ints
    rung_solved: Flags
    rung_work: Ints


def draw_stops(world: World) -> Stops:
    """Draw gaps E_k / rate and the climb of each stoppage."""
    cases, ladders = world.model.cases, world.model.ladders
    slots = np.diff(cases.stop_offset)
    case = np.repeat(np.arange(len(slots)), slots)
    number = np.arange(case.size) - cases.stop_offset[case]
    longest = int(np.diff(ladders.offset).max(initial=0))
    gap = np.full(case.size, NEVER, dtype=np.int64)
    stops = Stops(
        gap,
        np.zeros((case.size, longest), dtype=np.bool_),
        np.zeros((case.size, longest), dtype=np.int64),
    )
    rate = world.luck.values[world.model.rules.stop_rate[case]]
    some = np.flatnonzero((rate > 0) & world.applies[case])
    if some.size:
        u = world.uniforms(case[some], number[some], philox.STOP)[:, 0]
        gap[some] = whole_minutes(-np.log(u) / rate[some], least=0)
        some = some[gap[some] < NEVER]
        _climb(world, stops, some, case[some], number[some])
    return stops


def _climb(world: World, stops: Stops, at: Ints, case: Ints, number: Ints) -> None:
    """Fill in rungs of the stoppages `at`; the last rung always solves."""
    ladders = world.model.ladders
    ladder = world.model.cases.ladder[case]
    for rung in range(stops.rung_solved.shape[1]):
        has = (ladder >= 0) & (rung < ladders.offset[ladder + 1] - ladders.offset[ladder])
        place = ladders.offset[ladder[has]] + rung
        u = world.uniforms(case[has], number[has] * 100 + rung, philox.RUNG)
        last = place + 1 == ladders.offset[ladder[has] + 1]
        stops.rung_solved[at[has], rung] = last | (u[:, 0] < world.luck.values[ladders.solved[place]])
        length = world.luck.length(ladders.work[place].astype(np.int64), u[:, 1])
        stops.rung_work[at[has], rung] = whole_minutes(length)
