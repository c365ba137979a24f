"""How far construction is: the share of its own minutes done on the site clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.clocks import Clock
from sim.model.arrays import SERVICE, Model
from sim.review import SAME, work_factors
from sim.sampling.draws import Draws
from sim.trace import NEVER, Trace

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Halts:
    """Stretches of construction in which the work stood still, S of them."""

    replication: Longs
    project: Longs
    started: Longs
    ended: Longs


@dataclass(frozen=True)
class Course:
    """When things happened: (R, P) minutes, `NEVER` where they did not.

    Parameters
    ----------
    supplied, started, built, left : (R, P) int
        Land supplied; construction from, to; withdrawn.
    length : (R, P) int
        Own minutes of construction work of projects not built by the horizon (see
        `construction_length`); 0 elsewhere.
    clocks : sequence of Clock
    clock : (P,) or (R, P) int
        Site clock of each project, index into `clocks`; -1 = natural.
    halts : Halts, optional
    """

    supplied: npt.NDArray[np.integer]
    started: npt.NDArray[np.integer]
    built: npt.NDArray[np.integer]
    left: npt.NDArray[np.integer]
    length: npt.NDArray[np.integer]
    clocks: Sequence[Clock]
    clock: npt.NDArray[np.integer]
    halts: Halts | None = None


def share_done(course: Course, at: Longs) -> Floats:
    """Share x of construction time done at each minute: (R, P, M).

    Examples
    --------
    >>> natural = Clock("natural", [-NEVER], [NEVER])
    >>> one = lambda t: np.array([[t]])
    >>> course = Course(one(0), one(10), one(30), one(NEVER), one(0), [natural], np.array([0]))
    >>> share_done(course, np.array([10, 15, 40])).tolist()
    [[[0.0, 0.25, 1.0]]]
    """
    shape = course.started.shape
    clock = np.broadcast_to(course.clock, shape)
    table = _table(course.clocks, at)
    times = (course.started, course.built, course.left)
    start, end, left = (_position(course.clocks, clock, t) for t in times)
    lost = _lost(course, clock, at)
    whole = end - start if lost is None else end - start - lost[1]
    unbuilt = (course.built >= NEVER) & (course.started < NEVER)
    if np.any(unbuilt & (course.length <= 0)):
        raise ValueError("length: got 0 for a project under construction, expected its own minutes of work")
    whole = np.where(unbuilt, course.length, np.maximum(whole, 0))
    done = np.minimum(table[clock], np.minimum(left, end)[..., None]) - start[..., None]
    if lost is not None:
        done -= lost[0]
    begun = (course.started[..., None] <= at) & (course.started < NEVER)[..., None]
    # Construction of no length is done when it starts.
    share = np.divide(done, whole[..., None], out=np.ones(done.shape), where=whole[..., None] > 0)
    return np.where(begun, np.clip(share, 0.0, 1.0), 0.0)


def _table(clocks: Sequence[Clock], at: Longs) -> Longs:
    """Own minutes between minute 0 and each moment, by clock; the natural clock comes last (index -1)."""
    return np.stack([*(c.elapsed_many(np.zeros(len(at), dtype=np.int64), at) for c in clocks), at])


def _position(clocks: Sequence[Clock], clock: npt.NDArray[np.integer], t: npt.NDArray[np.integer]) -> Longs:
    """Own minutes between minute 0 and each t."""
    found = t.astype(np.int64)
    for index in np.unique(clock[clock >= 0]):
        chosen = clock == index
        found[chosen] = clocks[index].elapsed_many(0, t[chosen])
    return found


def _lost(course: Course, clock: npt.NDArray[np.integer], at: Longs) -> tuple[Longs, Longs] | None:
    """Own minutes lost to halts by each minute (R, P, M) and in all (R, P)."""
    halts = course.halts
    if halts is None or len(halts.project) == 0:
        return None
    by = np.zeros((*clock.shape, len(at)), dtype=np.int64)
    whole = np.zeros(clock.shape, dtype=np.int64)
    own = clock[halts.replication, halts.project]
    start = _position(course.clocks, own, halts.started)
    end = _position(course.clocks, own, halts.ended)
    part = np.clip(_table(course.clocks, at)[own], start[:, None], end[:, None]) - start[:, None]
    np.add.at(by, (halts.replication, halts.project), part)
    np.add.at(whole, (halts.replication, halts.project), end - start)
    return by, whole


def block_of(course: Course, block: slice) -> Course:
    """Take a course's rows for some replications."""
    rows = {n: getattr(course, n)[block] for n in ("supplied", "started", "built", "left", "length")}
    clock = course.clock[block] if course.clock.ndim == 2 else course.clock
    halts = course.halts
    if halts is not None:
        chosen = (halts.replication >= block.start) & (halts.replication < block.stop)
        halts = Halts(
            halts.replication[chosen] - block.start, halts.project[chosen],
            halts.started[chosen], halts.ended[chosen],
        )  # fmt: skip
    return replace(course, clock=clock, halts=halts, **rows)


def course_of(
    model: Model,
    milestones: npt.NDArray[np.integer],
    withdrawn: npt.NDArray[np.integer],
    lane: npt.NDArray[np.integer],
    lengths: npt.NDArray[np.integer],
    *,
    land: int | None,
    start: int,
    end: int,
    halts: Halts | None = None,
) -> Course:
    """Put together the course of construction from what an experiment keeps.

    Parameters
    ----------
    model : Model
    milestones : (R, P, K) int
    withdrawn, lane, lengths : (R, P) int
    land, start, end : int
        Columns of the milestones at which land is supplied (None = none), construction begins and ends.
    halts : Halts, optional
    """
    case = model.milestone_case[:, end]
    clock = np.where(case >= 0, model.cases.clock[case, lane.astype(np.int64)], -1)
    supplied = np.full(withdrawn.shape, NEVER, dtype=np.int32) if land is None else milestones[..., land]
    return Course(
        supplied, milestones[..., start], milestones[..., end], withdrawn, lengths, model.clocks, clock, halts
    )


def halts_of(model: Model, trace: Trace, milestone: int, replication: int = 0) -> Halts:
    """Find the stoppages of the activity that ends a milestone.

    Parameters
    ----------
    model, trace
    milestone : int
        Column of the milestone (built).
    replication : int
        Row of this replication in the course.
    """
    case = model.milestone_case[trace.stop_project, milestone]
    mine = np.flatnonzero((case >= 0) & (model.cases.activity[case] == trace.stop_activity))
    return Halts(
        np.full(len(mine), replication, dtype=np.int64),
        trace.stop_project[mine].astype(np.int64),
        trace.stop_started[mine].astype(np.int64),
        np.minimum(trace.stop_ended[mine], model.horizon).astype(np.int64),
    )


def construction_length(model: Model, draws: Draws, trace: Trace, milestone: int) -> Longs:
    """Own minutes of the work that ends in a milestone, for projects in it that have not reached it.

    Parameters
    ----------
    model, draws, trace
    milestone : int
        Column of the milestone (built).

    Returns
    -------
    (P,) int64
        0 where the milestone was reached, `NEVER` where its activity has not begun.
    """
    length = np.where(trace.milestones[:, milestone] < NEVER, 0, NEVER).astype(np.int64)
    case = model.milestone_case[trace.project, milestone]
    open_rows = (model.cases.activity[case] == trace.activity) & (case >= 0)
    open_rows &= (trace.served < NEVER) & (trace.milestones[trace.project, milestone] >= NEVER)
    row = np.flatnonzero(open_rows)
    case, project = case[row], trace.project[row]
    regime = np.maximum(np.searchsorted(model.regime_start, trace.joined[row], side="right") - 1, 0)
    drawn = draws.work[model.cases.slot_offset[case] + trace.visit[row], regime].astype(np.int64)
    month = np.searchsorted(model.months, trace.joined[row], side="right") - 1
    month = np.clip(month, 0, draws.factor.shape[2] - 1)
    factor = draws.factor[model.unit[project], model.cases.phase[case], month].astype(np.int64)
    scaled = np.where(model.cases.scaled[case], (drawn * factor + 500) // 1000, drawn)
    usual = np.maximum(scaled, np.minimum(drawn, 1))
    work = np.maximum((usual * work_factors(model, draws, trace)[row] + 500) // SAME, np.minimum(usual, 1))
    serving = (draws.state[case] == SERVICE) & (trace.visit[row] == draws.visit[case])
    before = _position(model.clocks, model.cases.clock[case, draws.lane[project]], trace.served[row])
    length[project] = np.where(serving, draws.remaining[case] - before, work)
    return length
