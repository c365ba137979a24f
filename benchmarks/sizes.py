"""The compiled engine's cost of a visit by size of the city."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks import copies, kaifeng, steps
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.timing import timed
from sim.sampling.draws import Draws
from sim.trace import Trace

#: Projects of small cities that are run in a round, so that it takes each size about as long; runs at most.
TOGETHER, MANY = 9000, 30


def cost_by_size(scale: Scale) -> Iterator[Row]:
    """Time every size once a round, each time with draws not seen before."""
    base = steps.prepared(kaifeng.city(scale.projects), scale.seed)
    pool = [base.draw(number) for number in range(12)]
    chance = np.random.default_rng(scale.seed)
    cities = {size: _city(size, base, pool, scale, chance) for size in scale.sizes}
    best = dict.fromkeys(scale.sizes, math.inf)
    for _ in range(scale.rounds):
        for size, (run, fresh) in cities.items():
            for _ in range(min(MANY, max(1, TOGETHER // size))):
                best[size] = min(best[size], _visit(run, fresh()))
    for few, many, target in _ratios(scale.sizes):
        yield Row(
            "size",
            f"a visit at {many:,} / at {few:,} projects Kaifeng-like",
            best[many] / best[few],
            at_most=target,
            source=f"{best[many]:.0f} / {best[few]:.0f} ns",
        )


def _ratios(sizes: tuple[int, ...]) -> list[tuple[int, int, float]]:
    """Sizes that are compared: the two in the middle, and the ends."""
    if len(sizes) < 2:
        return []
    middle = [] if len(sizes) < 4 else [(sizes[1], sizes[-2], 2.5)]
    return [*middle, (sizes[0], sizes[-1], 4.0)]


def _city(
    size: int, base: steps.Steps, pool: list[Draws], scale: Scale, chance: np.random.Generator
) -> tuple[Callable[[Draws], Trace], Callable[[], Draws]]:
    """Return the engine of a city, and what gives it fresh draws."""
    if size <= scale.projects:
        city = base if size == scale.projects else steps.prepared(kaifeng.city(size), scale.seed)
        return city.run, lambda: city.draw(int(chance.integers(10**6)))
    times, rest = divmod(size, scale.projects)
    if rest:
        raise ValueError(f"sizes: got {size}, expected a multiple of {scale.projects}")
    run = steps.engine_of(copies.grown(base.model, times))

    def fresh() -> Draws:
        """Luck of the copies: draws of the pool, each copy's own; no two hold the same lengths."""
        return copies.stacked([_dealt(pool[i], chance) for i in chance.integers(len(pool), size=times)])

    return run, fresh


def _dealt(draws: Draws, chance: np.random.Generator) -> Draws:
    """The same luck with visits a little longer or shorter: minutes differ from copy to copy."""
    longer = chance.uniform(0.95, 1.05, size=draws.work.shape)
    return replace(draws, work=np.rint(draws.work * longer).astype(np.int32))


def _visit(run: Callable[[Draws], Trace], draws: Draws) -> float:
    """Nanoseconds a visit."""
    took, trace = timed(partial(run, draws))
    return took / len(trace.visit) * 1e9
