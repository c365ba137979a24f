"""A city put together by hand: 24 activities a project on one page, no scenario, no laws."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

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


def dealt(draws: Draws, chance: np.random.Generator) -> Draws:
    """Deal the lengths of work and of applicant time out anew: the same draws again would be faster."""
    return replace(draws, work=chance.permutation(draws.work), applicant=chance.permutation(draws.applicant))
