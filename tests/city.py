"""A small city built straight into `Model` arrays, for tests of sampling and experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from sim.clocks import build_clock
from sim.laws import FromScalar, LawBuilder
from sim.model import arrays
from sim.model.parts import CONVERT, NO_CHECK, PAPERS, PROMISE, TERM
from sim.provenance import content_hash
from sim.trace import NEVER

EPOCH = date(2021, 10, 1)
DAY = 1440


@dataclass(frozen=True)
class Act:
    """One activity; laws are (family, args...) in minutes, shares numbers or parameter names."""

    name: str
    after: tuple[str, ...] = ()
    kind: int = arrays.WORK
    prepare: tuple[Any, ...] | None = None
    work: tuple[Any, ...] | None = ("lognormal", 20 * DAY, 0.5)
    later_work: tuple[Any, ...] | None = None
    correct: tuple[Any, ...] | None = None
    returned: float | str | None = None
    refused: float | str | None = None
    void: float | str | None = None
    applies: float | str | None = None
    tolerated: float | str | None = None
    tolerated_share: float | str | None = None
    flag: str = ""
    rounds: int = 3
    clock: int = 0
    resource: str | None = None
    target: str | None = None
    members: tuple[Act, ...] = ()
    allowed: int = -1
    split: float | str | None = None
    whole: str | None = None
    promised: float | str | None = None
    promise: tuple[Any, ...] | None = None
    reference: str | None = None
    since: str | None = None
    grace: int = 0
    stop_rate: float | str | None = None
    stops: int = 0
    chain: Mapping[str, float | str] = field(default_factory=dict)
    only: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Place:
    """One project: minutes of milestones reached, in order; states of cases by activity name."""

    milestones: tuple[int, ...] = ()
    unit: str = "east"
    signed: int = NEVER
    states: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    month: int = -1
    withdrawn: int = NEVER


@dataclass
class _Scalars:
    parameters: Mapping[str, tuple[float, float, float]]
    found: list[arrays.Scalar] = field(default_factory=list)

    def __call__(self, x: float | str | None) -> int:
        if x is None:
            return -1
        if isinstance(x, str):
            names = list(self.parameters)
            scalar = arrays.Scalar(self.parameters[x][0], names.index(x))
        else:
            scalar = arrays.Scalar(float(x))
        if scalar not in self.found:
            self.found.append(scalar)
        return self.found.index(scalar)


def ints(values: Any) -> Any:
    return np.array(values, dtype=np.int32)


def city(
    projects: Mapping[str, Place],
    acts: Sequence[Act],
    milestones: Sequence[tuple[str, str | None]],
    *,
    parameters: Mapping[str, tuple[float, float, float]] | None = None,
    resources: Mapping[str, tuple[int, int | str]] | None = None,
    sessions: Sequence[tuple[int, str]] = (),
    cancelled: float | str | None = None,
    shocks: Mapping[str, float | str] | None = None,
    factor: tuple[float | str, float | str, float | str] = (0.2, 0.1, 0.8),
    patience: tuple[Any, ...] | None = None,
    rate: float | str | None = None,
    months: int = 24,
    horizon: int = 720 * DAY,
    epoch: date = EPOCH,
    ladder: Sequence[tuple[float, tuple[Any, ...]]] = (),
) -> arrays.Model:
    """Build a model in which every project has the same activities (but `Act.only`)."""
    parameters, resources, shocks = parameters or {}, resources or {}, shocks or {}
    laws, scalar = LawBuilder(), _Scalars(parameters)

    def law(given: tuple[Any, ...] | None) -> int:
        if given is None:
            return -1
        args = [FromScalar(scalar(a), parameters[a][0]) if isinstance(a, str) else a for a in given[1:]]
        return laws.add(given[0], *args)

    ids, names = sorted(projects), sorted(a.name for a in acts)
    units = sorted({p.unit for p in projects.values()})
    flags = sorted(
        {a.flag or a.name for a in acts}
        | {f"{a.name}.promise" for a in acts if a.promised is not None}
        | {name for a in acts for m in a.members for name in (m.name, m.flag or m.name)}
    )
    resource_names = sorted(resources)
    lanes = 2 ** len(shocks)
    rows = [(p, i, a) for p, i in enumerate(ids) for a in acts if a.only is None or i in a.only]
    place = {(p, a.name): c for c, (p, _, a) in enumerate(rows)}
    count, stages = len(rows), len(milestones)
    pred, pred_flag, arc_share, pred_offset = [], [], [], [0]
    slots, stops = [0], [0]
    reopened = {a.target for a in acts if a.target is not None}
    for p, _, a in rows:
        for name in a.after:
            if (p, name) in place:
                pred.append(place[p, name])
                pred_flag.append(len(pred) - 1 if name in a.chain else -1)
                arc_share.append(scalar(a.chain.get(name)))
        pred_offset.append(len(pred))
        slots.append(slots[-1] + (0 if a.kind == arrays.GATE else a.rounds + (a.name in reopened)))
        stops.append(stops[-1] + a.stops)
    of = [a for _, _, a in rows]
    phase = _phases(acts, milestones)
    cases = arrays.Cases(
        project=ints([p for p, _, _ in rows]),
        activity=ints([names.index(a.name) for a in of]),
        kind=ints([a.kind for a in of]),
        phase=ints([phase[a.name] for a in of]),
        clock=np.repeat(ints([a.clock for a in of])[:, None], lanes, axis=1),
        resource=ints([-1 if a.resource is None else resource_names.index(a.resource) for a in of]),
        amount=np.ones(count, dtype=np.int32),
        reserved=np.zeros(count, dtype=np.bool_),
        rank=np.zeros(count, dtype=np.int32),
        release=np.full(count, -1, dtype=np.int32),
        target=ints([place.get((p, a.target), -1) for p, _, a in rows]),
        reference=ints([place.get((p, a.reference), -1) for p, _, a in rows]),
        since=ints([place.get((p, a.since or a.target), -1) for p, _, a in rows]),
        grace=ints([a.grace for a in of]),
        session_law=np.zeros(count, dtype=np.bool_),
        scaled=np.ones(count, dtype=np.bool_),
        pred_offset=ints(pred_offset),
        pred=ints(pred),
        pred_flag=ints(pred_flag),
        slot_offset=ints(slots),
        stop_offset=ints(stops),
        ladder=ints([0 if a.stops else -1 for a in of]),
    )
    rules = arrays.Rules(
        prepare=ints([law(a.prepare) for a in of]),
        correct=ints([law(a.correct) for a in of]),
        work=ints([[law(a.work)] for a in of]),
        rework=ints([[law(a.later_work or a.work)] for a in of]),
        **{
            name: ints([scalar(getattr(a, name)) for a in of])
            for name in (
                "returned",
                "refused",
                "void",
                "applies",
                "tolerated",
                "tolerated_share",
                "stop_rate",
            )
        },
        applies_name=ints([flags.index(a.flag or a.name) for a in of]),
        tolerated_name=ints([flags.index(a.flag or a.name) for a in of]),
        role=ints([_role(a) for a in of]),
        allowed=ints([a.allowed for a in of]),
        promised=ints([scalar(a.promised) for a in of]),
        promised_name=ints(
            [flags.index(f"{a.name}.promise" if a.promised is not None else a.flag or a.name) for a in of]
        ),
        promise=ints([law(a.promise) for a in of]),
        split=ints([scalar(a.split) for a in of]),
        whole=ints([place.get((p, a.whole), -1) for p, _, a in rows]),
        members=_members(of, flags, law, scalar),
        arc_share=ints(arc_share),
        flag_names=tuple(flags),
    )
    reached = np.full((len(ids), stages), NEVER, dtype=np.int32)
    for p, i in enumerate(ids):
        reached[p, : len(projects[i].milestones)] = projects[i].milestones
    known = _known(projects, ids, rows, reached, phase)
    number = len(resource_names)
    kinds = ints([resources[r][0] for r in resource_names])
    supply = [resources[r][1] for r in resource_names]
    days = [
        build_clock(k, epoch, date(2012, 1, 1), date(2027, 1, 1)) for k in ("natural", "working", "office")
    ]
    starts = [
        date(epoch.year + (epoch.month - 1 + m) // 12, (epoch.month - 1 + m) % 12 + 1, 1)
        for m in range(months + 1)
    ]
    month_minutes = ints([(d - epoch).days * DAY for d in starts])
    events = sorted((t, arrays.SESSION, resource_names.index(r)) for t, r in sessions)
    model = arrays.Model(
        name="test", epoch=epoch, horizon=horizon, synthetic=True, project_ids=tuple(ids),
        activities=tuple(names), milestones=tuple(m for m, _ in milestones), units=tuple(units),
        shocks=tuple(shocks), shock_share=ints([scalar(s) for s in shocks.values()]),
        shock_exempt=np.zeros((len(shocks), len(ids)), dtype=np.bool_),
        shock_patterns=np.ones(len(shocks), dtype=np.int32), clocks=tuple(days),
        resources=arrays.Resources(
            names=tuple(resource_names), kind=kinds, owner=("government",) * number,
            clock=np.full((number, lanes), 2, dtype=np.int32), skip=np.zeros(number, dtype=np.bool_),
            keeps_place=np.zeros(number, dtype=np.bool_),
            capacity=ints([0 if isinstance(x, str) else x for x in supply]),
            reserved=np.zeros(number, dtype=np.int32), returns=np.zeros(number, dtype=np.bool_),
            lead=np.zeros(number, dtype=np.int32),
        ),
        events=arrays.CalendarEvents(
            time=ints([e[0] for e in events]), kind=ints([e[1] for e in events]),
            resource=ints([e[2] for e in events]), value=ints([5 for _ in events]),
            reserved=ints([0 for _ in events]), session=ints(list(range(len(events)))),
        ),
        event_scalar=np.full(len(events), -1, dtype=np.int32),
        event_reserved_scalar=np.full(len(events), -1, dtype=np.int32),
        event_factor=np.full(len(events), 1000, dtype=np.int32),
        capacity_scalar=ints([scalar(x) if isinstance(x, str) else -1 for x in supply]),
        reserved_scalar=np.full(number, -1, dtype=np.int32),
        session_cancelled=ints([scalar(cancelled) if k == arrays.MEETING else -1 for k in kinds]),
        session_law=np.full(number, -1, dtype=np.int32),
        cases=cases, rules=rules, limits=arrays.Limits.none(count, lanes),
        ladders=_ladders(ladder, law, scalar),
        withdrawal_law=np.full((len(ids), stages), law(patience), dtype=np.int32),
        factor_scalars=tuple(scalar(f) for f in factor), laws=laws.build(), scalars=(),
        arrivals=arrays.ArrivalPool(
            project=ints([p for p, i in enumerate(ids) if projects[i].month >= 0]),
            month=ints([projects[i].month for i in ids if projects[i].month >= 0]), rate=scalar(rate),
        ),
        parameters=tuple(arrays.Uncertain(n, *v, "assumed") for n, v in parameters.items()),
        unit=ints([units.index(projects[i].unit) for i in ids]),
        signed=ints([(*projects[i].milestones, projects[i].signed)[0] for i in ids]),
        case_offset=ints(np.searchsorted([p for p, _, _ in rows], np.arange(len(ids) + 1))),
        milestone_case=ints([[place.get((p, a), -1) for _, a in milestones] for p in range(len(ids))]),
        regime_start=ints([-NEVER]), months=month_minutes,
        factor_phase=np.ones(stages, dtype=np.bool_), pilot_wait=np.zeros(count, dtype=np.int32), known=known,
        attributes=_attributes(projects, ids), activity_owner=("government",) * len(names),
        projected_years=(), content_hash="",
    )  # fmt: skip
    model = replace(model, scalars=tuple(scalar.found))
    return replace(model, content_hash=content_hash(model))


def _members(of: Sequence[Act], flags: Sequence[str], law: Any, scalar: Any) -> arrays.Members:
    """What each of the items done together would take on its own."""
    all_of_them = [m for a in of for m in a.members]
    return arrays.Members(
        offset=ints(np.cumsum([0, *(len(a.members) for a in of)])),
        name=ints([flags.index(m.name) for m in all_of_them]),
        prepare=ints([law(m.prepare) for m in all_of_them]),
        correct=ints([law(m.correct) for m in all_of_them]),
        work=ints([law(m.work) for m in all_of_them]),
        rework=ints([law(m.later_work or m.work) for m in all_of_them]),
        returned=ints([scalar(m.returned) for m in all_of_them]),
        refused=ints([scalar(m.refused) for m in all_of_them]),
        rounds=ints([m.rounds for m in all_of_them]),
        share=ints([scalar(m.applies) for m in all_of_them]),
        flag=ints([flags.index(m.flag or m.name) for m in all_of_them]),
    )


def _role(act: Act) -> int:
    """What a check is about."""
    if act.kind != arrays.CHECK or act.target is None:
        return NO_CHECK
    roles = {"convert": CONVERT, "papers": PAPERS, "promise": PROMISE, "lapse": TERM}
    return roles.get(act.name.rpartition(".")[2], PAPERS if act.reference is None else CONVERT)


def _phases(acts: Sequence[Act], milestones: Sequence[tuple[str, str | None]]) -> dict[str, int]:
    """Phase of each activity: the first milestone that needs it."""
    after = {a.name: set(a.after) for a in acts}
    phase = {a.name: len(milestones) - 1 for a in acts}
    for k in range(len(milestones) - 1, 0, -1):
        front = {milestones[k][1]}
        while front:
            for name in front:
                phase[name] = k
            front = set().union(*(after[name] for name in front))
    return phase


def _known(projects: Any, ids: Any, rows: Any, reached: Any, phase: Any) -> arrays.Known:
    """States: ended where the phase is over, inferred in the open phase, else not yet; or as given."""
    codes = []
    columns: dict[str, list[int]] = {n: [] for n in ("ready", "joined", "served", "ended", "visit")}
    for p, i, a in rows:
        highest = len(projects[i].milestones) - 1
        default = (
            arrays.NOT_YET if highest < 0 else arrays.ENDED if phase[a.name] <= highest else arrays.INFERRED
        )
        given = projects[i].states.get(a.name, {})
        codes.append(given.get("state", default))
        end = int(reached[p, phase[a.name]]) if codes[-1] == arrays.ENDED else NEVER
        otherwise = {"visit": 0, "ended": end}
        for name, column in columns.items():
            column.append(given.get(name, otherwise.get(name, NEVER)))
    return arrays.Known(
        milestones=reached, state=np.array(codes, dtype=np.int8), **{n: ints(v) for n, v in columns.items()},
        withdrawn=ints([projects[i].withdrawn for i in ids]),
    )  # fmt: skip


def _ladders(ladder: Any, law: Any, scalar: Any) -> arrays.Ladders:
    return arrays.Ladders(
        names=("standard",) if ladder else (), offset=ints([0, len(ladder)] if ladder else [0]),
        resource=ints([-1] * len(ladder)), work=ints([law(w) for _, w in ladder]),
        clock=ints([0] * len(ladder)), solved=ints([scalar(s) for s, _ in ladder]),
    )  # fmt: skip


def _attributes(projects: Any, ids: Any) -> arrays.Attributes:
    same = ("",) * len(ids)
    some = np.ones(len(ids))
    return arrays.Attributes(
        county=tuple(projects[i].unit for i in ids), kind=same, key_level=same, land_route=same,
        land_state=same, year_class=same, area=some, investment=some, plan_this_year=some, extra={},
    )  # fmt: skip
