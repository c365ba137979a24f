"""The engines: compiled against reference, reference against a bare SimPy loop."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks import handmade, kaifeng, steps
from benchmarks.bare import bare
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.timing import in_turn, seconds, timed
from sim.engine import reference
from sim.model.arrays import Model
from sim.sampling.draws import Draws


def compiled_against_reference(scale: Scale) -> Iterator[Row]:
    """Time both engines on the same fresh draws, of two cities."""
    city = steps.prepared(kaifeng.city(scale.projects), scale.seed)
    yield _against_reference("Kaifeng-like", city.model, city.draw, scale.rounds)
    model, draws = handmade.city(scale.projects)
    chance = np.random.default_rng(scale.seed)
    yield _against_reference("by hand", model, lambda _: handmade.dealt(draws, chance), scale.rounds)


def _against_reference(name: str, model: Model, draw: Callable[[int], Draws], rounds: int) -> Row:
    """Run the compiled engine on some draws, the reference engine on one of them, and so on in turn."""
    engine = steps.engine_of(model)
    engine(draw(0))
    slow, fast, number = [], [], 0
    for _ in range(rounds):
        for _ in range(5):  # the same draws again would be faster: the processor remembers the way
            number += 1
            drawn = draw(number)
            fast.append(seconds(partial(engine, drawn)))
        took, trace = timed(partial(reference.run, model, drawn))
        slow.append(took)
        assert np.array_equal(trace.ended, engine(drawn).ended), "the engines differ"
    activities = len(model.cases.project) / len(model.project_ids)
    return Row(
        "engine",
        f"reference / compiled, {len(model.project_ids):,} projects {name}",
        min(slow) / min(fast),
        at_least=150,
        source=f"{min(slow):.2f} s / {min(fast) * 1000:.1f} ms, {activities:.0f} activities each",
    )


def reference_against_bare(scale: Scale) -> Iterator[Row]:
    """Time the reference engine and the loop in turn, in processor time."""
    for projects in (max(1, scale.projects // 10), scale.projects):
        model, draws = handmade.city(projects)
        calls: dict[str, Callable[[], object]] = {
            "bare": partial(bare, model, draws),
            "reference": partial(reference.run, model, draws),
        }
        took = in_turn(calls, scale.rounds)
        loop, ours = statistics.median(took["bare"]), statistics.median(took["reference"])
        yield Row(
            "simpy",
            f"reference / bare SimPy loop, {projects:,} projects by hand",
            ours / loop,
            at_most=4,
            source=f"{ours:.2f} s / {loop:.2f} s",
        )
