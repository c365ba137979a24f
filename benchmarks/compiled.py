"""The compiled engine against the reference, its cost per visit by size of the city, and two threads.

    python benchmarks/compiled.py [projects ...]

Every run has fresh draws: the same lengths of work and applicant time, dealt out anew. The engines run
in turn, so that a busy machine slows both; printed are the best of a few runs and their ratios.
Targets: 150 times the reference at 3,000 projects; a visit at 30,000 at most 2.5 times that at 3,000, at
300,000 at most 4 times that at 300; two threads 1.8 times one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # the city is built by the other benchmark

from benchmarks.engine import city
from sim.engine import compiled, reference
from sim.model.arrays import REFILL, Model
from sim.sampling.draws import Draws

PER_PROJECT = ("active", "signed", "lane", "patience", "milestones", "withdrawn", "strained")
PER_CASE = (
    "applies", "rounds", "refused", "void", "state", "visit", "ready", "joined", "served", "ended",
    "remaining",
)  # fmt: skip
PER_SLOT = ("arc", "applicant", "work", "stop_gap", "rung_solved", "rung_work")
BASE = 300


def repeat(values: Any, times: int) -> Any:
    """The array one after the other."""
    return np.concatenate([values] * times)


def moved(values: Any, times: int, step: int) -> Any:
    """The array one after the other, with indices that point into the same copy."""
    steps = np.repeat(np.arange(times, dtype=np.int32) * step, len(values)).reshape(
        -1, *[1] * (values.ndim - 1)
    )
    many = repeat(values, times)
    return np.where(many >= 0, many + steps, many).astype(np.int32)


def offsets(values: Any, times: int) -> Any:
    """Offsets of the array one after the other."""
    return np.concatenate([[0], np.cumsum(repeat(np.diff(values), times))]).astype(np.int32)


def grown(model: Model, draws: Draws, times: int) -> tuple[Model, Draws]:
    """So many copies of a city in one, with so many times the reviewers, crews and land."""
    cases, count = model.cases, len(model.cases.project)
    indices = {n: moved(getattr(cases, n), times, count) for n in ("release", "target", "reference", "pred")}
    rows = {n: offsets(getattr(cases, n), times) for n in ("pred_offset", "slot_offset", "stop_offset")}
    others = ("activity", "kind", "phase", "clock", "resource", "amount", "reserved", "rank", "session_law",
              "scaled", "pred_flag", "ladder")  # fmt: skip
    plain = {n: repeat(getattr(cases, n), times) for n in others}
    project = moved(cases.project, times, len(model.project_ids))
    ids = tuple(f"{k:03}{name}" for k in range(times) for name in model.project_ids)
    many = replace(
        model, cases=replace(cases, project=project, **indices, **rows, **plain), project_ids=ids,
        unit=repeat(model.unit, times), signed=repeat(model.signed, times),
        case_offset=offsets(model.case_offset, times),
        milestone_case=moved(model.milestone_case, times, count),
        withdrawal_law=repeat(model.withdrawal_law, times),
    )  # fmt: skip
    each = {n: repeat(getattr(draws, n), times) for n in (*PER_PROJECT, *PER_CASE, *PER_SLOT)}
    more = np.where(model.events.kind == REFILL, draws.event_value * times, draws.event_value)
    amounts = {"capacity": (draws.capacity * times).astype(np.int32), "event_value": more.astype(np.int32)}
    return many, replace(draws, **each, **amounts)


def fresh(draws: Draws, chance: np.random.Generator) -> Draws:
    """Deal the lengths of work and of applicant time out anew."""
    return replace(draws, work=chance.permutation(draws.work), applicant=chance.permutation(draws.applicant))


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call takes, and what it returns."""
    began = time.perf_counter()
    made = call()
    return time.perf_counter() - began, made


def against_reference(chance: np.random.Generator) -> None:
    """Print how many times sooner the compiled engine is, run by run in turn."""
    model, draws = grown(*city(BASE), 3000 // BASE)
    engine = compiled.CompiledEngine(model)
    engine.run(draws)
    slow, fast = [], []
    for _ in range(3):
        for _ in range(5):  # the same draws again would be faster: the processor remembers the way
            drawn = fresh(draws, chance)
            took, found = seconds(lambda d=drawn: engine.run(d))
            fast.append(took)
        took, expected = seconds(lambda d=drawn: reference.run(model, d))
        slow.append(took)
        assert np.array_equal(expected.ended, found.ended), "the engines differ"
    ratio = min(slow) / min(fast)
    print(f"reference {min(slow):.3f} s, compiled {min(fast) * 1000:.1f} ms: {ratio:.0f} times (target 150)")


def by_size(sizes: list[int], chance: np.random.Generator) -> None:
    """Print nanoseconds a visit, in rounds over all sizes."""
    base = city(BASE)
    best: dict[int, float] = {}
    made = {n: grown(*base, n // BASE) for n in sizes}
    engines = {n: compiled.CompiledEngine(model) for n, (model, _) in made.items()}
    for _ in range(4):
        for n in sizes:
            for _ in range(max(1, 9000 // n)):
                drawn = fresh(made[n][1], chance)
                took, trace = seconds(lambda n=n, d=drawn: engines[n].run(d))
                best[n] = min(best.get(n, np.inf), took / len(trace.visit) * 1e9)
    for n in sizes:
        print(f"{n:>8,} projects: {best[n]:5.0f} ns a visit")
    for few, many, target in ((3000, 30_000, 2.5), (300, 300_000, 4)):
        if few in best and many in best:
            print(f"{many:,} against {few:,}: {best[many] / best[few]:.2f} (target {target})")


def by_threads(chance: np.random.Generator) -> None:
    """Print two threads against one on the same replications."""
    model, draws = grown(*city(BASE), 3000 // BASE)
    engine = compiled.CompiledEngine(model)
    many = [fresh(draws, chance) for _ in range(16)]
    times: dict[int, float] = {}
    for _ in range(3):
        for threads in (1, 2):
            with ThreadPoolExecutor(threads) as pool:
                took, _ = seconds(lambda p=pool: list(p.map(engine.run, many)))
            times[threads] = min(times.get(threads, np.inf), took)
    print(f"two threads against one: {times[1] / times[2]:.2f} (target 1.8)")


def parts(chance: np.random.Generator, sizes: list[int]) -> Iterator[None]:
    """Print the parts one after the other."""
    yield against_reference(chance)
    yield by_size(sizes, chance)
    yield by_threads(chance)


def main(sizes: list[int]) -> None:
    """Print everything, each part as soon as it is known."""
    took, _ = seconds(compiled.warm)
    print(f"kernels ready after {took:.1f} s")
    for _ in parts(np.random.default_rng(), sizes):
        sys.stdout.flush()


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or [300, 3000, 30_000, 300_000])
