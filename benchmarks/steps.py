"""The library as benchmarks call it: the one file to change when its interfaces do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.engine import compiled, reference
from sim.engine.conservation import Auditor
from sim.experiment import Collect, Outcome, pilot, replicate
from sim.model.arrays import Model
from sim.model.compile import with_pilot
from sim.paths import PathFinder
from sim.queues import LoadMeter
from sim.sampling import Draws, Sampler
from sim.trace import Trace

MEASURES = ("waits", "load")


@dataclass(frozen=True)
class Steps:
    """The steps of one replication of a model; preparing it is not timed."""

    model: Model
    draw: Callable[[int], Draws]
    run: Callable[[Draws], Trace]
    measure: Callable[[Draws, Trace], None]

    def slowly(self, draws: Draws) -> Trace:
        """Run the reference engine."""
        return reference.run(self.model, draws)


def prepared(model: Model, seed: int) -> Steps:
    """Prepare a model once, as an experiment does."""
    sampler = Sampler(model)
    return Steps(model, lambda number: sampler.draw(seed, number), engine_of(model), _measures(model))


def _measures(model: Model) -> Callable[[Draws, Trace], None]:
    """What `run` and `compare` do of each trace: check conservation, find driving paths and loads."""
    auditor, finder, meter = Auditor(model), PathFinder(model), LoadMeter(model)

    def measure(draws: Draws, trace: Trace) -> None:
        auditor.check(draws, trace)
        finder.rows(draws, trace)
        meter.load(draws, trace)

    return measure


def engine_of(model: Model) -> Callable[[Draws], Trace]:
    """The compiled engine of a model."""
    return compiled.CompiledEngine(model).run


def piloted(model: Model, seed: int) -> Model:
    """Return a forecast's model with the waits of its pilot."""
    return with_pilot(model, pilot(model, seed, engine="compiled"))


def warm() -> None:
    """Read the kernels from their cache, or compile them."""
    compiled.warm()


def experiment(model: Model, seed: int, count: int, workers: int) -> Outcome:
    """Run replications with their measures, as `run` does."""
    return replicate(model, seed, range(count), engine="compiled", collect=Collect(MEASURES), workers=workers)
