"""Where the time of a replication goes: sampling, engine, measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import kaifeng, steps
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.timing import seconds


def shares(scale: Scale) -> Iterator[Row]:
    """Time the steps of fresh replications, of a comparison and of a forecast."""
    for name, forecast in (("comparison", False), ("forecast", True)):
        model = kaifeng.city(scale.projects, forecast=forecast)
        if forecast:
            model = steps.piloted(model, scale.seed)
        best = _best(steps.prepared(model, scale.seed), 3 * scale.rounds)
        draw, run, measure = (best[step] for step in ("draw", "run", "measure"))
        source = f"{draw * 1000:.1f} + {run * 1000:.1f} + {measure * 1000:.1f} ms"
        what = f"{name}, {scale.projects:,} projects"
        yield Row(
            "share",
            f"sampling of total: {what}",
            100 * draw / (draw + run + measure),
            "%",
            at_most=50,
            source=source + " (sampling, engine, measures)",
        )
        yield Row("share", f"sampling / engine: {what}", draw / run)
        yield Row("share", f"measures / engine: {what}", measure / run)


def _best(city: steps.Steps, rounds: int) -> dict[str, float]:
    """Best seconds of each step; the first replication is not counted."""
    best = dict.fromkeys(("draw", "run", "measure"), float("inf"))
    for number in range(rounds + 1):
        draws = city.draw(number)
        trace = city.run(draws)
        calls: dict[str, Callable[[], object]] = {
            "draw": partial(city.draw, number + 10**6),
            "run": partial(city.run, draws),
            "measure": partial(city.measure, draws, trace),
        }
        for step, call in calls.items():
            took = seconds(call)
            if number:
                best[step] = min(best[step], took)
    return best
