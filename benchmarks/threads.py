"""Two threads against one: the engine alone, and whole replications as an experiment runs them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter

from benchmarks import kaifeng, steps
from benchmarks.rows import Row
from benchmarks.scale import Scale
from benchmarks.timing import in_turn


def threads(scale: Scale) -> Iterator[Row]:
    """Run the same replications with one worker and with two, in turn."""
    model = kaifeng.city(scale.projects)
    city = steps.prepared(model, scale.seed)
    many = [city.draw(number) for number in range(8)]

    def engine(workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(city.run, many * 2):
                pass

    def whole(workers: int) -> None:
        steps.experiment(model, scale.seed, max(2, 2 * scale.replications // 5), workers)

    for name, run in (("the engine", engine), ("whole replications", whole)):
        took = in_turn({str(n): partial(run, n) for n in (1, 2)}, scale.rounds, perf_counter)
        one, two = min(took["1"]), min(took["2"])
        yield Row(
            "threads",
            f"two workers / one: {name}, {scale.projects:,} projects",
            one / two,
            at_least=1.8,
            source=f"{one:.2f} s / {two:.2f} s",
        )
