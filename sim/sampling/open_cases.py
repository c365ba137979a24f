"""The cases that a replication must play up to the epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.model.arrays import CHECK, ENDED, INFERRED, NOT_YET, Cases, Model
from sim.sampling.layout import Flags, Ints, Layout
from sim.trace import NEVER


@dataclass(frozen=True)
class Found:
    """Cases to play, ordered by project, level (longest way from a case that can begin) and row.

    Parameters
    ----------
    projects : (p,) int64
        Project rows.
    case, owner : (n,) int64
        Case row; place in `projects`.
    bound : (n,) int64
        Of a case that has ended, when at the latest; `NEVER` of one that may be open.
    dated : (n,) bool
        It ended at `bound`, which the ledger says; not played.
    shown : (n,) bool
        Under way by the ledger: not played, still open at the epoch.
    arc_pred, arc_case, arc : int64 arrays
        Arcs by waiting case; predecessor and case as places in `case`, row of the arc.
    milestone : (p, K) int64
        Place of the case that closes each milestone not reached, -1 = none.
    since, reference : (n,) int64
        Of a check, places in `case` of what it holds against each other, played before it; -1 = none.
    """

    projects: Ints
    case: Ints
    owner: Ints
    bound: Ints
    dated: Flags
    shown: Flags
    arc_pred: Ints
    arc_case: Ints
    arc: Ints
    milestone: Ints
    since: Ints
    reference: Ints


def find_open(model: Model, layout: Layout) -> Found:
    """Find what has to be played: all that may have begun, and all it may have waited for.

    Cases that ended in phases that are over are played too where something waits for them that may be open:
    of those the ledger says no more than that they had ended by their milestone.
    """
    cases, state = model.cases, model.known.state
    projects = np.unique(cases.project[state == INFERRED]).astype(np.int64)
    projects = projects[model.known.withdrawn[projects] >= NEVER]
    unreached = np.where(layout.milestones < NEVER, -1, model.milestone_case)[projects].astype(np.int64)
    waits = np.repeat(np.arange(len(state)), np.diff(cases.pred_offset))
    dated, shown = _dated(model), ~np.isin(state, (INFERRED, NOT_YET, ENDED))
    inside, level = _inside(model, waits, np.isin(cases.project, projects), unreached, dated | shown)
    chosen = np.flatnonzero(inside)
    chosen = chosen[np.lexsort((chosen, level[chosen], cases.project[chosen]))]
    place = np.full(len(inside) + 1, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    since, reference = _checked(cases, chosen, level, inside)
    arc = np.flatnonzero(inside[cases.pred] & inside[waits])
    arc = arc[np.argsort(place[waits[arc]], kind="stable")]
    return Found(
        projects=projects,
        case=chosen,
        owner=np.searchsorted(projects, cases.project[chosen]),
        bound=np.where(state == ENDED, layout.ends, NEVER)[chosen],
        dated=dated[chosen],
        shown=shown[chosen],
        arc_pred=place[cases.pred[arc]],
        arc_case=place[waits[arc]],
        arc=arc,
        milestone=place[unreached],
        since=place[since],
        reference=place[reference],
    )


def _inside(model: Model, waits: Ints, mine: Flags, unreached: Ints, told: Flags) -> tuple[Flags, Ints]:
    """Return the cases of open projects that must be played, or are told and waited for, and their levels."""
    cases, state = model.cases, model.known.state
    inside = _with_all_before(cases, waits, mine & ~_after_milestone(cases, waits, unreached))
    open_now = inside & ((state == INFERRED) | (state == NOT_YET))
    open_now[unreached[unreached >= 0]] = True
    return inside & _with_what_matters(cases, waits, open_now, told), _levels(cases, waits, inside)


def _checked(cases: Cases, chosen: Ints, level: Ints, inside: Flags) -> tuple[Ints, Ints]:
    """Return what each check holds against each other to see whether it has anything to do, both or none."""
    both = (cases.kind[chosen] == CHECK) & (cases.since[chosen] >= 0) & (cases.reference[chosen] >= 0)
    for other in (cases.since[chosen], cases.reference[chosen]):
        both &= inside[other] & (level[other] < level[chosen])
    return np.where(both, cases.since[chosen], -1), np.where(both, cases.reference[chosen], -1)


def _with_what_matters(cases: Cases, waits: Ints, inside: Flags, told: Flags) -> Flags:
    """Add everything the cases inside wait for or convert, but nothing for those the ledger tells all of."""
    check = np.flatnonzero(cases.kind == CHECK)
    while True:
        more = inside.copy()
        played = inside & ~told
        more[cases.pred[played[waits]]] = True
        for other in (cases.target[check], cases.since[check], cases.reference[check]):
            more[other[played[check] & (other >= 0)]] = True
        if (more == inside).all():
            return inside
        inside = more


def _with_all_before(cases: Cases, waits: Ints, inside: Flags) -> Flags:
    """Add everything the cases inside may have to wait for, by sure and by candidate arcs."""
    while True:
        more = inside.copy()
        more[cases.pred[inside[waits]]] = True
        if (more == inside).all():
            return inside
        inside = more


def _dated(model: Model) -> Flags:
    """Return the ended cases whose end is known: they close a milestone, or have a row of their own."""
    cases, ended = model.cases, model.known.ended
    closing = np.zeros(len(cases.kind), dtype=np.bool_)
    closing[model.milestone_case[model.milestone_case >= 0]] = True
    of_milestone = (model.known.milestones[cases.project] == ended[:, None]).any(axis=1)
    return np.asarray((model.known.state == ENDED) & (closing | ((ended < NEVER) & ~of_milestone)))


def _after_milestone(cases: Cases, waits: Ints, unreached: Ints) -> Flags:
    """Return the cases that surely wait for the first milestone not reached: not begun yet."""
    if unreached.shape[1] == 0:
        return np.zeros(len(cases.kind), dtype=np.bool_)
    first = unreached[np.arange(len(unreached)), np.argmax(unreached >= 0, axis=1)]
    after = np.zeros(len(cases.kind), dtype=np.bool_)
    closing = first[first >= 0]
    sure = cases.pred_flag < 0
    front = np.zeros_like(after)
    front[closing] = True
    while front.any():
        reached = np.zeros_like(after)
        reached[waits[sure & front[cases.pred]]] = True
        front = reached & ~after
        after |= reached
    return after


def _levels(cases: Cases, waits: Ints, inside: Flags) -> Ints:
    """Return the longest way, in arcs, from a case inside without predecessors inside."""
    level = np.zeros(len(inside), dtype=np.int64)
    arcs = inside[cases.pred] & inside[waits]
    pred, case = cases.pred[arcs], waits[arcs]
    while True:
        longer = np.zeros_like(level)
        np.maximum.at(longer, case, level[pred] + 1)
        if (longer == level).all():
            return level
        level = longer
