"""Build small models by hand: cases, projects, resources and dates in a few words.

>>> from tests.support_engine import Do, Office, Project, build
>>> model, draws = build([Project("p", [Do("a", 3), Do("b", 2, after=["a"], asks="desk")])], [Office("desk")])
>>> model.activities
('a', 'b')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import numpy as np

from sim.clocks import Clock
from sim.laws import LawTable
from sim.model.arrays import (
    CHECK,
    GATE,
    MEETING,
    NOT_YET,
    OFFICE,
    POOL,
    QUOTA,
    WORK,
    ArrivalPool,
    Attributes,
    CalendarEvents,
    Cases,
    Known,
    Ladders,
    Limits,
    Model,
    Resources,
    Rules,
)
from sim.sampling.draws import Draws
from sim.trace import NEVER

Minutes = int | Sequence[int]


@dataclass
class Do:
    """One case. `work` and `applicant` hold one entry a visit (an entry of `work` may be one a regime)."""

    name: str
    work: int | Sequence[Minutes] = 0
    after: Sequence[str | tuple[str, bool]] = ()
    applicant: Minutes = 0
    kind: int = WORK
    asks: str | None = None
    amount: int = 1
    key: bool = False
    rank: int = 0
    release: str | None = None
    target: str | None = None
    reference: str | None = None
    since: str | None = None
    grace: int = 0
    clock: str | Sequence[str] = "natural"
    refused: bool = False
    void: bool = False
    applies: bool = True
    rerun: tuple[int, int] = (0, 0)
    session_law: bool = False
    scaled: bool = False
    phase: int = 1
    ladder: str | None = None
    stops: Sequence[tuple[int, Sequence[tuple[bool, int]]]] = ()
    state: int = NOT_YET
    visit: int = 0
    ready: int = NEVER
    joined: int = NEVER
    served: int = NEVER
    ended: int = NEVER
    remaining: int = 0

    @property
    def rounds(self) -> int:
        return 1 if isinstance(self.work, int) else len(self.work)


def gate(name: str, after: Sequence[str] = ()) -> Do:
    return Do(name, after=after, kind=GATE)


def check(name: str, target: str, work: int = 0, **more: Any) -> Do:
    return Do(name, work, kind=CHECK, target=target, **more)


@dataclass
class Project:
    """A project; `milestones` are the cases that end milestone 1, 2, ...; the first is signing."""

    name: str
    cases: Sequence[Do]
    signed: int = 0
    milestones: Sequence[str | None] = ()
    patience: Sequence[int] = ()
    reached: Sequence[int] = ()
    lane: int = 0
    unit: int = 0
    active: bool = True
    withdrawn: int = NEVER


@dataclass
class Resource:
    name: str
    kind: int
    capacity: int = 0
    reserved: int = 0
    skip: bool = False
    keeps_place: bool = False
    returns: bool = False
    lead: int = 0
    hours: Sequence[str | None] = (None,)


def Office(name: str, reviewers: int = 1, **more: Any) -> Resource:  # noqa: N802
    return Resource(name, OFFICE, reviewers, **more)


def Pool(name: str, capacity: int = 1, **more: Any) -> Resource:  # noqa: N802
    return Resource(name, POOL, capacity, **more)


def Quota(name: str, free: int = 0, **more: Any) -> Resource:  # noqa: N802
    return Resource(name, QUOTA, free, **more)


def Meeting(name: str, **more: Any) -> Resource:  # noqa: N802
    return Resource(name, MEETING, **more)


@dataclass
class On:
    """A dated event of a resource."""

    time: int
    kind: int
    resource: str
    value: int = 0
    reserved: int = 0
    shared_work: int = 0


@dataclass
class World:
    """What all projects share."""

    resources: Sequence[Resource] = ()
    dates: Sequence[On] = ()
    clocks: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    ladders: Mapping[str, Sequence[tuple[str | None, str]]] = field(default_factory=dict)
    regimes: Sequence[int] = (-NEVER,)
    months: Sequence[int] = (0, NEVER)
    factor: Sequence[Sequence[Sequence[int]]] | None = None
    lanes: int = 1
    horizon: int = 10_000


def ints(values: Any) -> Any:
    return np.array(values, dtype=np.int32)


def build(
    projects: Sequence[Project], resources: Sequence[Resource] = (), dates: Sequence[On] = (), **more: Any
) -> tuple[Model, Draws]:
    """Return the model and the draws of one replication."""
    return build_in(World(resources=resources, dates=dates, **more), projects)


def build_in(world: World, projects: Sequence[Project]) -> tuple[Model, Draws]:
    """Return the model and the draws of projects in a world."""
    projects = sorted(projects, key=lambda p: p.name)
    cases = [(p, d) for p, project in enumerate(projects) for d in project.cases]
    row = {(p, d.name): c for c, (p, d) in enumerate(cases)}
    activities = tuple(sorted({d.name for _, d in cases}))
    windows = {"natural": [(-NEVER, NEVER)], **world.clocks}
    clocks = tuple(Clock(n, ints([a for a, _ in w]), ints([b for _, b in w])) for n, w in windows.items())
    at = {clock.name: i for i, clock in enumerate(clocks)}
    desks = {r.name: i for i, r in enumerate(world.resources)}
    ladders = {name: i for i, name in enumerate(world.ladders)}
    dates = sorted(world.dates, key=lambda e: (e.time, e.kind, desks[e.resource]))
    model_cases = _cases(world, cases, row, (activities, at, desks, ladders))
    count = 1 + max((len(p.milestones) for p in projects), default=0)
    milestone_case = np.full((len(projects), count), -1, dtype=np.int32)
    for p, project in enumerate(projects):
        for k, name in enumerate(project.milestones):
            milestone_case[p, k + 1] = -1 if name is None else row[p, name]
    model = Model(
        name="hand", epoch=date(2021, 1, 1), horizon=world.horizon, synthetic=True,
        project_ids=tuple(p.name for p in projects), activities=activities,
        milestones=tuple(f"m{k}" for k in range(count)), units=("here", "there"), shocks=(),
        shock_share=ints([]), shock_exempt=np.zeros((0, len(projects)), dtype=bool), shock_patterns=ints([]),
        clocks=clocks,
        resources=_resources(world, at),
        events=CalendarEvents(
            ints([e.time for e in dates]), ints([e.kind for e in dates]),
            ints([desks[e.resource] for e in dates]), ints([e.value for e in dates]),
            ints([e.reserved for e in dates]), ints(range(len(dates))),
        ),
        event_scalar=ints([-1] * len(dates)), event_reserved_scalar=ints([-1] * len(dates)),
        event_factor=ints([1000] * len(dates)), capacity_scalar=ints([-1] * len(desks)),
        reserved_scalar=ints([-1] * len(desks)), session_cancelled=ints([-1] * len(desks)),
        session_law=ints([-1] * len(desks)), cases=model_cases, rules=cast(Rules, None),
        limits=Limits.none(len(cases), world.lanes),
        ladders=_ladders(world, at, desks), laws=cast(LawTable, None), scalars=(), parameters=(),
        unit=ints([p.unit for p in projects]), signed=ints([p.signed for p in projects]),
        case_offset=ints(np.cumsum([0] + [len(p.cases) for p in projects])), milestone_case=milestone_case,
        withdrawal_law=np.full((len(projects), count), -1, dtype=np.int32), regime_start=ints(world.regimes),
        months=ints(world.months), factor_phase=np.ones(count, dtype=bool), factor_scalars=(-1, -1, -1),
        pilot_wait=ints([0] * len(cases)), known=cast(Known, None), attributes=cast(Attributes, None),
        arrivals=cast(ArrivalPool, None), activity_owner=("government",) * len(activities),
        projected_years=(), content_hash="",
    )  # fmt: skip
    return model, _draws(world, projects, [d for _, d in cases], model, dates)


def _cases(world: World, cases: list[tuple[int, Do]], row: Any, indices: Any) -> Cases:
    activities, at, desks, ladders = indices
    arcs = [[a if isinstance(a, tuple) else (a, None) for a in d.after] for _, d in cases]
    targets = {row[p, d.target] for p, d in cases if d.target}
    slots = [d.rounds + (c in targets) if d.kind != GATE else 0 for c, (_, d) in enumerate(cases)]

    def of(p: int, name: str | None) -> int:
        return -1 if name is None else row[p, name]

    def clock(d: Do) -> list[int]:
        return [at[n] for n in ([d.clock] * world.lanes if isinstance(d.clock, str) else d.clock)]

    return Cases(
        project=ints([p for p, _ in cases]), activity=ints([activities.index(d.name) for _, d in cases]),
        kind=ints([d.kind for _, d in cases]), phase=ints([d.phase for _, d in cases]),
        clock=ints([clock(d) for _, d in cases]).reshape(-1, world.lanes),
        resource=ints([-1 if d.asks is None else desks[d.asks] for _, d in cases]),
        amount=ints([d.amount for _, d in cases]), reserved=np.array([d.key for _, d in cases], dtype=bool),
        rank=ints([d.rank for _, d in cases]), release=ints([of(p, d.release) for p, d in cases]),
        target=ints([of(p, d.target) for p, d in cases]),
        reference=ints([of(p, d.reference) for p, d in cases]),
        since=ints([of(p, d.since or d.target) for p, d in cases]),
        grace=ints([d.grace for _, d in cases]),
        session_law=np.array([d.session_law for _, d in cases], dtype=bool),
        scaled=np.array([d.scaled for _, d in cases], dtype=bool),
        pred_offset=ints(np.cumsum([0] + [len(a) for a in arcs])),
        pred=ints([row[p, name] for (p, _), a in zip(cases, arcs, strict=True) for name, _ in a]),
        pred_flag=ints([-1 if here is None else 0 for a in arcs for _, here in a]),
        slot_offset=ints(np.cumsum([0, *slots])),
        stop_offset=ints(np.cumsum([0] + [len(d.stops) for _, d in cases])),
        ladder=ints([-1 if d.ladder is None else ladders[d.ladder] for _, d in cases]),
    )  # fmt: skip


def _resources(world: World, at: dict[str, int]) -> Resources:
    rs = world.resources
    hours = [[-1 if h is None else at[h] for h in (list(r.hours) * world.lanes)[: world.lanes]] for r in rs]
    return Resources(
        names=tuple(r.name for r in rs), kind=ints([r.kind for r in rs]), owner=("government",) * len(rs),
        clock=ints(hours).reshape(-1, world.lanes), skip=np.array([r.skip for r in rs], dtype=bool),
        keeps_place=np.array([r.keeps_place for r in rs], dtype=bool),
        capacity=ints([r.capacity for r in rs]), reserved=ints([r.reserved for r in rs]),
        returns=np.array([r.returns for r in rs], dtype=bool), lead=ints([r.lead for r in rs]),
    )  # fmt: skip


def _ladders(world: World, at: dict[str, int], desks: dict[str, int]) -> Ladders:
    rungs = [rung for ladder in world.ladders.values() for rung in ladder]
    return Ladders(
        names=tuple(world.ladders), offset=ints(np.cumsum([0] + [len(x) for x in world.ladders.values()])),
        resource=ints([-1 if r is None else desks[r] for r, _ in rungs]), work=ints([-1] * len(rungs)),
        clock=ints([at[c] for _, c in rungs]), solved=ints([-1] * len(rungs)),
    )  # fmt: skip


def _visits(world: World, d: Do, reopened: bool) -> list[tuple[int, list[int]]]:
    """Applicant time and work by regime of each slot of a case."""
    if d.kind == GATE:
        return []
    work = [d.work] if isinstance(d.work, int) else list(d.work)
    applicant = [d.applicant] * len(work) if isinstance(d.applicant, int) else list(d.applicant)
    if reopened:
        applicant.append(d.rerun[0])
        work.append(d.rerun[1])
    regimes = len(world.regimes)
    return [
        (a, [w] * regimes if isinstance(w, int) else list(w)) for a, w in zip(applicant, work, strict=True)
    ]


def _draws(
    world: World, projects: Sequence[Project], cases: Sequence[Do], model: Model, dates: Sequence[On]
) -> Draws:
    count = len(model.milestones)
    targets = set(model.cases.target.tolist())
    slots = [v for c, d in enumerate(cases) for v in _visits(world, d, c in targets)]
    stops = [stop for d in cases for stop in d.stops]
    widest = max((len(rungs) for _, rungs in stops), default=1)
    rungs = [list(rungs) + [(True, 0)] * (widest - len(rungs)) for _, rungs in stops]
    flat = [here for d in cases for here in (a[1] if isinstance(a, tuple) else True for a in d.after)]

    def per_case(name: str, dtype: Any = np.int32) -> Any:
        return np.array([getattr(d, name) for d in cases], dtype=dtype)

    def table(rows: list[Sequence[int]]) -> Any:
        return ints([(list(r) + [NEVER] * count)[:count] for r in rows]).reshape(-1, count)

    factor = world.factor if world.factor is not None else [[[1000]] * count] * 2
    return Draws(
        replication=0, seed=0, active=np.array([p.active for p in projects], dtype=bool),
        signed=ints([p.signed for p in projects]), lane=ints([p.lane for p in projects]),
        applies=per_case("applies", bool), arc=np.array(flat, dtype=bool), rounds=per_case("rounds"),
        refused=per_case("refused", bool), void=per_case("void", bool),
        applicant=ints([a for a, _ in slots]),
        work=ints([w for _, w in slots]).reshape(-1, len(world.regimes)),
        factor=ints(factor), patience=table([p.patience for p in projects]),
        stop_gap=ints([gap for gap, _ in stops]),
        rung_solved=np.array([[s for s, _ in r] for r in rungs], dtype=bool).reshape(-1, widest),
        rung_work=ints([[w for _, w in r] for r in rungs]).reshape(-1, widest),
        capacity=model.resources.capacity, reserved=model.resources.reserved,
        event_value=ints([e.value for e in dates]), event_reserved=ints([e.reserved for e in dates]),
        session_work=ints([e.shared_work for e in dates]), state=per_case("state", np.int8),
        visit=per_case("visit"), ready=per_case("ready"), joined=per_case("joined"),
        served=per_case("served"), ended=per_case("ended"), remaining=per_case("remaining"),
        milestones=table([p.reached for p in projects]), withdrawn=ints([p.withdrawn for p in projects]),
        strained=np.zeros(len(projects), dtype=bool), parameters=np.zeros(0),
    )  # fmt: skip
