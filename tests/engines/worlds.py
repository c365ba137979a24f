"""Small worlds full of ties, drawn from a source of choices; all engines must agree on them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from sim.model.arrays import (
    APPLICANT,
    CHECK,
    ENDED,
    GATE,
    LAPSE,
    NOT_YET,
    QUEUED,
    REFILL,
    SERVICE,
    SESSION,
    SET_CAPACITY,
    UNLIMITED,
    Model,
)  # fmt: skip
from sim.sampling.draws import Draws
from sim.trace import NEVER
from tests.support_engine import Do, Meeting, Office, On, Pool, Project, Quota, Resource, World, build_in

HORIZON = 70


def make_world(chance: random.Random) -> tuple[Model, Draws]:
    """Return a model and draws in which much happens in the same minute."""
    return build_in(*make_parts(chance))


def make_parts(chance: random.Random) -> tuple[World, list[Project]]:
    """Return what `make_world` builds from."""
    world = _world(chance)
    return world, [_project(chance, world, f"p{i}") for i in range(chance.randint(1, 7))]


def _windows(chance: random.Random) -> list[tuple[int, int]]:
    t, windows = chance.randint(-6, 6), []
    while t < HORIZON:
        close = t + chance.randint(1, 6)
        windows.append((t, close))
        t = close + chance.randint(1, 6)
    return windows[: chance.choice([1, 3, 99])]


def _resources(chance: random.Random) -> list[Resource]:
    skip = chance.random() < 0.4
    hours: Any = [chance.choice([None, "day", "night"]) for _ in range(2)]
    return [
        Office("desk", chance.randint(0, 2), skip=skip, keeps_place=chance.random() < 0.5, hours=hours),
        Office("help", chance.randint(1, 2), hours=[hours[0]]),
        Pool("crews", chance.randint(0, 4), skip=chance.random() < 0.5),
        Quota("land", chance.randint(0, 4), reserved=chance.randint(0, 3), skip=chance.random() < 0.5,
              returns=chance.random() < 0.5),
        Meeting("board", skip=chance.random() < 0.5, lead=chance.choice([0, 0, 2])),
        Meeting("county", skip=chance.random() < 0.5),
    ]  # fmt: skip


def _dates(chance: random.Random) -> list[On]:
    dates = {}
    for _ in range(chance.randint(3, 14)):
        t, v, w = chance.randint(0, 30), chance.randint(0, 4), chance.randint(0, 2)
        kind, name = chance.choice([
            (SET_CAPACITY, "desk"), (SET_CAPACITY, "crews"), (LAPSE, "land"), (REFILL, "land"),
            (SESSION, "board"), (SESSION, "board"), (SESSION, "county"),
        ])  # fmt: skip
        if kind == SESSION and chance.random() < 0.2:
            v = UNLIMITED
        dates[t, kind, name] = On(t, kind, name, v, w, chance.randint(0, 4))
    return list(dates.values())


def _world(chance: random.Random) -> World:
    regimes = chance.choice([[-NEVER], [-NEVER, 5], [-NEVER, 0, 9]])
    months = chance.choice([[0, NEVER], [-3, 4, NEVER], [0, 3, 8, NEVER]])
    factor = [
        [[chance.choice([300, 500, 1000, 1500, 2400]) for _ in months[1:]] for _ in range(4)]
        for _ in range(2)
    ]
    return World(
        resources=_resources(chance), dates=_dates(chance),
        clocks={"day": _windows(chance), "night": _windows(chance)},
        ladders={"one": [("help", "natural")],
                 "three": [(None, "day"), ("county", "natural"), ("help", "night")]},
        regimes=regimes, months=months, factor=factor, lanes=2, horizon=HORIZON,
    )  # fmt: skip


def _minutes(chance: random.Random) -> int:
    return chance.choice([0, 0, 0, 1, 1, 2, 4])


def _work(chance: random.Random, world: World) -> Any:
    if chance.random() < 0.02:
        return NEVER
    return [_minutes(chance) for _ in world.regimes]


def _do(chance: random.Random, world: World, name: str, earlier: list[Do]) -> Do:
    rounds = chance.choice([1, 1, 1, 2, 3])
    before = [other.name for other in earlier if chance.random() < 0.45]
    after: list[Any] = [b if chance.random() < 0.8 else (b, chance.random() < 0.5) for b in before]
    asks = chance.choice([None, "desk", "desk", "desk", "help", "help", "crews", "land", "board"])
    ladder = chance.choice([None, None, "one", "three"]) if asks != "help" else None
    do = Do(
        name, [_work(chance, world) for _ in range(rounds)], after, [_minutes(chance) for _ in range(rounds)],
        asks=asks, amount=1 if asks in ("desk", "help") else chance.randint(0, 3), key=chance.random() < 0.4,
        rank=chance.randint(0, 1), clock=[chance.choice(["natural", "day", "night"]) for _ in range(2)],
        refused=chance.random() < 0.05, applies=chance.random() < 0.9, session_law=chance.random() < 0.5,
        scaled=chance.random() < 0.5, phase=chance.randint(0, 3), ladder=ladder,
        rerun=(_minutes(chance), _minutes(chance)),
    )  # fmt: skip
    if ladder:
        rungs = 1 if ladder == "one" else 3
        do.stops = [
            (
                chance.choice([0, 0, 1, 2, NEVER]),
                [(chance.random() < 0.5, _minutes(chance)) for _ in range(rungs)],
            )
            for _ in range(chance.randint(1, 2))
        ]
    if chance.random() < 0.1:
        do = Do(name, after=after, kind=GATE)
    return do


def _cases(chance: random.Random, world: World) -> list[Do]:
    cases: list[Do] = []
    targets: set[str] = set()
    for i in range(chance.randint(1, 6)):
        name = "fbdace"[i]
        do = _do(chance, world, name, cases)
        candidates = [x.name for x in cases if x.kind != GATE and x.name not in targets]
        if candidates and do.kind != GATE and chance.random() < 0.3:
            target = chance.choice(candidates)
            targets.add(target)
            reference = chance.choice([None, *[x.name for x in cases if x.name != target]])
            needs = [n for n in (target, reference) if n]
            others = [a for a in do.after if (a if isinstance(a, str) else a[0]) not in needs]
            since = chance.choice([None, *needs])
            needs = [*needs, *([since] if since else [])]
            do = replace(do, kind=CHECK, target=target, reference=reference, void=chance.random() < 0.6,
                         after=[*others, *dict.fromkeys(needs)], since=since)  # fmt: skip
            do.grace = chance.choice([0, 0, 1, 3])
        cases.append(do)
    for i, do in enumerate(cases):
        if do.asks == "crews" and chance.random() < 0.7:
            do.release = chance.choice(cases[i:]).name
    return cases


def _project(chance: random.Random, world: World, name: str) -> Project:
    cases = _cases(chance, world)
    signed = chance.choice([-5, -5, 0, 0, 1, 3])
    names: list[Any] = [None, *[d.name for d in cases]]
    milestones = [None, None, None]
    for k in range(3):
        pick = chance.choice(names)
        milestones[k] = pick if pick not in milestones else None
    patience = [chance.choice([NEVER, NEVER, NEVER, 4, 6, 9]) for _ in range(4)]
    project = Project(
        name, cases, signed, milestones, patience, lane=chance.randint(0, 1), unit=chance.randint(0, 1),
        active=chance.random() < 0.95, withdrawn=-1 if chance.random() < 0.03 else NEVER,
    )  # fmt: skip
    if signed < 0:
        _past(chance, project)
    return project


def _past(chance: random.Random, project: Project) -> None:
    """Let some cases have ended, and some be under way, before minute 0."""
    over: dict[str, int] = {}
    reached = [project.signed, NEVER, NEVER, NEVER]
    for do in project.cases:
        before = [a if isinstance(a, str) else a[0] for a in do.after]
        if any(b not in over for b in before) or chance.random() < 0.3:
            continue
        latest = max([over[b] for b in before], default=project.signed)
        do.ready = chance.choice([latest, NEVER])
        state = chance.choice([NOT_YET, ENDED, ENDED, ENDED, APPLICANT, QUEUED, SERVICE])
        if state != ENDED and (do.kind == GATE or not do.applies or (do.kind == CHECK and do.reference)):
            continue
        do.state = state
        if state in (APPLICANT, QUEUED, SERVICE):
            do.ready, do.visit = latest, chance.randrange(do.rounds)
            do.remaining = chance.randint(1, 4)
        if state == ENDED:
            do.ended = over[do.name] = chance.randint(latest, -1)
        if state in (QUEUED, SERVICE):
            do.joined = chance.randint(latest, -1)
        if state == SERVICE:
            do.served = chance.randint(do.joined, -1)
    for k, name in enumerate(project.milestones):
        if name in over:
            reached[k + 1] = over[name]
    project.reached = reached
