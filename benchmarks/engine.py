"""The reference engine against a bare SimPy loop of the same activities.

    python benchmarks/engine.py [projects ...]

The bare loop knows processes, ``AllOf``, ``simpy.Resource`` and the same durations on natural time; it has
no clocks, calendar, withdrawal, same-instant rule or trace. Both run in turn, so that a busy machine
slows both; printed are medians and their ratio. The target is at most 4.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import simpy

sys.path.insert(0, str(Path(__file__).parents[1]))  # the hand builder lives with the tests

from sim.engine.conservation import check
from sim.engine.reference import run
from sim.model.arrays import REFILL, SESSION, Model
from sim.sampling.draws import Draws
from sim.trace import NEVER
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, World, build_in

DAY = 1440
YEARS = 3
OFFICES = 16


def city(projects: int, seed: int = 1) -> tuple[Model, Draws]:
    """A city of 24 activities a project: 16 offices, a meeting, land quota, crews, returns, withdrawal."""
    chance = random.Random(seed)
    days = YEARS * 365
    weekdays = [d * DAY for d in range(days) if d % 7 < 5]
    working = [(t, t + DAY) for t in weekdays]
    hours = [(t + a, t + b) for t in weekdays for a, b in ((540, 720), (780, 1020))]
    reviewers = max(1, projects // 30)
    resources = [Office(f"o{i:02}", reviewers, hours=["office"]) for i in range(OFFICES)]
    resources += [Quota("land", projects * 5), Pool("crews", max(2, projects // 3)), Meeting("county")]
    dates = [On(d * DAY, REFILL, "land", projects * 12) for d in range(0, days, 91)]
    dates += [On(d * DAY, SESSION, "county", 2**30) for d in range(0, days, 7)]
    world = World(
        resources=resources, dates=dates, clocks={"working": working, "office": hours}, horizon=days * DAY,
        months=[*range(0, days * DAY, 30 * DAY), NEVER],
        factor=[[[1000 + 10 * m for m in range(37)]] * 4] * 2,
    )  # fmt: skip
    return build_in(world, [_project(chance, f"p{i:05}", days) for i in range(projects)])


def _project(chance: random.Random, name: str, days: int) -> Project:
    cases = []
    for i in range(24):
        visits = 1 + (chance.random() < 0.2) + (chance.random() < 0.05)
        do = Do(
            f"a{i:02}", [round(chance.lognormvariate(1.2, 0.6) * DAY) for _ in range(visits)],
            [f"a{j:02}" for j in range(max(0, i - 5), i) if chance.random() < 0.4],
            [round(chance.uniform(0, 4) * DAY) for _ in range(visits)], asks=f"o{i % OFFICES:02}",
            clock="working", scaled=True, phase=1 + i // 8, rank=chance.randint(0, 2),
        )  # fmt: skip
        if i == 12:
            do.asks, do.amount, do.work, do.applicant = "land", chance.randint(10, 80), [0], [0]
        elif i == 13:
            do.asks = "county"
        elif i == 20:
            do.asks, do.release = "crews", "a22"
        elif i in (5, 14, 17, 21, 23):
            do.asks = None
        cases.append(do)
    patience = [round(chance.expovariate(1 / 5000) * DAY) for _ in range(3)]
    signed = chance.randrange(days // 2) * DAY
    return Project(name, cases, signed, milestones=["a07", "a15", "a23"], patience=patience)


def bare(model: Model, draws: Draws) -> int:
    """Run the same activities as plain SimPy processes; return how many visits ended."""
    env = simpy.Environment()
    cases, resources = model.cases, model.resources
    capacity = [max(1, int(c)) for c in resources.capacity]
    kinds = resources.kind.tolist()
    desks = [simpy.Resource(env, n) if k in (0, 2) else None for n, k in zip(capacity, kinds, strict=True)]
    pred, offset, slot = cases.pred.tolist(), cases.pred_offset.tolist(), cases.slot_offset.tolist()
    resource, work, applicant = cases.resource.tolist(), draws.work[:, 0].tolist(), draws.applicant.tolist()
    rounds, project, signed = draws.rounds.tolist(), cases.project.tolist(), draws.signed.tolist()
    done: list[simpy.Process] = []
    ended = [0]

    def activity(c: int) -> simpy.events.ProcessGenerator:
        if offset[c] == offset[c + 1]:
            yield env.timeout(signed[project[c]])
        else:
            yield simpy.AllOf(env, [done[b] for b in pred[offset[c] : offset[c + 1]]])
        desk = desks[resource[c]] if resource[c] >= 0 else None
        for s in range(slot[c], slot[c] + rounds[c]):
            yield env.timeout(applicant[s])
            if desk is None:
                yield env.timeout(work[s])
            else:
                with desk.request() as request:
                    yield request
                    yield env.timeout(work[s])
            ended[0] += 1

    done += [env.process(activity(c)) for c in range(len(project))]
    env.run(until=model.horizon)
    return ended[0]


def seconds(call: Callable[[], object]) -> float:
    """Processor time of one call, without the garbage collector (as in `timeit`)."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    call()
    taken = time.process_time() - start
    gc.enable()
    return taken


def main(sizes: list[int]) -> None:
    """Print one line a size."""
    heads = ("projects", "visits", "bare", "bare s", "reference s", "ratio", "checks s")
    print(" ".join(f"{head:>11}" for head in heads))
    for projects in sizes:
        model, draws = city(projects)
        trace = run(model, draws)
        bares, references, checks = [], [], []
        for _ in range(5 if projects < 1000 else 3):
            bares.append(seconds(lambda m=model, d=draws: bare(m, d)))
            references.append(seconds(lambda m=model, d=draws: run(m, d)))
            checks.append(seconds(lambda m=model, d=draws, t=trace: check(m, d, t)))
        plain, reference = statistics.median(bares), statistics.median(references)
        cells = (projects, len(trace.visit), bare(model, draws), plain, reference, reference / plain)
        cells += (statistics.median(checks),)
        print(" ".join(f"{x:11.3f}" if isinstance(x, float) else f"{x:11}" for x in cells))


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or [300, 3000])
