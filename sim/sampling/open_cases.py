"""The cases that a replication must play up to the epoch, laid out for playing many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.model.arrays import CHECK, ENDED, INFERRED, NOT_YET, Cases, Model
from sim.sampling.layout import Flags, Ints, Layout
from sim.trace import NEVER

#: Earlier than everything: the end of a predecessor that is not there.
LOWEST: int = -(2**40)


@dataclass(frozen=True)
class OpenCases:
    """Cases to play, ordered by level (longest way from a case that can begin), then by row.

    Parameters
    ----------
    projects : (p,) int64
        Project rows.
    case, owner, level : (n,) int64
        Case row; place in `projects`; level.
    base : (n,) int64
        Minute of the highest milestone the project has reached.
    floor : (n,) int64
        Latest end of predecessors outside, `base` where there are none at all, `LOWEST` where every
        predecessor is played.
    shown : (n,) bool
        Under way by the ledger: not played, still open at the epoch.
    arc_pred, arc_case, arc : int64 arrays
        Arcs by waiting case; predecessor and case as places in `case` (-1 = none), row of the arc.
    milestone : (p, K) int64
        Place of the case that closes each milestone not reached, -1 = none.
    target, reference : (n,) int64
        Of a check, places in `case`, -1 = none or ended before.
    target_end, reference_end : (n,) int64
        Known end of a target or reference that is not played, else `LOWEST`.
    """

    projects: Ints
    case: Ints
    owner: Ints
    level: Ints
    base: Ints
    floor: Ints
    shown: Flags
    arc_pred: Ints
    arc_case: Ints
    arc: Ints
    milestone: Ints
    target: Ints
    reference: Ints
    target_end: Ints
    reference_end: Ints

    def of(self, live: Flags) -> OpenCases:
        """Return the same for some of the projects."""
        keep = live[self.owner]
        place = np.append(np.cumsum(keep) - 1, -1)
        arcs = keep[self.arc_case]
        return OpenCases(
            projects=self.projects[live],
            case=self.case[keep],
            owner=(np.cumsum(live) - 1)[self.owner[keep]],
            level=self.level[keep],
            base=self.base[keep],
            floor=self.floor[keep],
            shown=self.shown[keep],
            arc_pred=place[self.arc_pred[arcs]],
            arc_case=place[self.arc_case[arcs]],
            arc=self.arc[arcs],
            milestone=place[self.milestone[live]],
            target=place[self.target[keep]],
            reference=place[self.reference[keep]],
            target_end=self.target_end[keep],
            reference_end=self.reference_end[keep],
        )


def open_cases(model: Model, layout: Layout) -> OpenCases:
    """Find what has to be played: cases not ended, up to the first milestone that is not reached."""
    cases, state = model.cases, model.known.state
    projects = np.unique(cases.project[state == INFERRED]).astype(np.int64)
    projects = projects[model.known.withdrawn[projects] >= NEVER]
    inside = np.isin(cases.project, projects) & (state != ENDED)
    unreached = np.where(layout.milestones < NEVER, -1, model.milestone_case)[projects].astype(np.int64)
    inside &= ~_after_milestone(cases, unreached)
    waits = np.repeat(np.arange(len(inside)), np.diff(cases.pred_offset))
    level = _levels(cases, waits, inside)
    chosen = np.flatnonzero(inside)
    chosen = chosen[np.lexsort((chosen, level[chosen]))]
    place = np.full(len(inside) + 1, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    base = _base(layout, projects, cases.project[chosen].astype(np.int64))
    ends = layout.ends
    floor = _floor(cases, waits, inside, ends)[chosen]
    check = cases.kind[chosen] == CHECK
    target, reference = (np.where(check, r[chosen], -1) for r in (cases.target, cases.reference))
    arc_pred, arc_case, arc = _arcs(cases, waits, inside, place, chosen.size)
    return OpenCases(
        projects=projects,
        case=chosen,
        owner=np.searchsorted(projects, cases.project[chosen]),
        level=level[chosen],
        base=base,
        floor=np.where(np.diff(cases.pred_offset)[chosen] == 0, base, floor),
        shown=(state[chosen] != INFERRED) & (state[chosen] != NOT_YET),
        arc_pred=arc_pred,
        arc_case=arc_case,
        arc=arc,
        milestone=place[unreached],
        target=place[target],
        reference=place[reference],
        target_end=_outside_end(target, place, ends),
        reference_end=_outside_end(reference, place, ends),
    )


def _after_milestone(cases: Cases, unreached: Ints) -> Flags:
    """Return the cases that surely wait for the first milestone not reached: not begun yet."""
    if unreached.shape[1] == 0:
        return np.zeros(len(cases.kind), dtype=np.bool_)
    first = unreached[np.arange(len(unreached)), np.argmax(unreached >= 0, axis=1)]
    after = np.zeros(len(cases.kind), dtype=np.bool_)
    closing = first[first >= 0]
    waits = np.repeat(np.arange(len(after)), np.diff(cases.pred_offset))
    sure = cases.pred_flag < 0
    front = np.zeros_like(after)
    front[closing] = True
    while front.any():
        reached = np.zeros_like(after)
        reached[waits[sure & front[cases.pred]]] = True
        front = reached & ~after
        after |= reached
    return after


def _outside_end(case: Ints, place: Ints, ends: Ints) -> Ints:
    """Return the known end of a case that is not played, else `LOWEST`."""
    return np.where((case >= 0) & (place[case] < 0), ends[case], LOWEST)


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


def _base(layout: Layout, projects: Ints, of: Ints) -> Ints:
    """Return the minute of the highest milestone reached by each project, never after the epoch."""
    reached = layout.milestones[projects, np.maximum(layout.highest[projects], 0)]
    return np.minimum(reached, 0)[np.searchsorted(projects, of)]


def _floor(cases: Cases, waits: Ints, inside: Flags, ends: Ints) -> Ints:
    """Return the latest known end of each case's predecessors outside, `LOWEST` if it has none."""
    floor = np.full(len(inside), LOWEST, dtype=np.int64)
    arcs = ~inside[cases.pred] & inside[waits]
    np.maximum.at(floor, waits[arcs], ends[cases.pred[arcs]])
    return floor


def _arcs(cases: Cases, waits: Ints, inside: Flags, place: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Return the arcs between played cases, one arc to nothing for each case first, by waiting case."""
    row = np.flatnonzero(inside[cases.pred] & inside[waits])
    arc_case = np.concatenate([np.arange(count), place[waits[row]]])
    arc_pred = np.concatenate([np.full(count, -1), place[cases.pred[row]]])
    arc = np.concatenate([np.full(count, -1), row])
    order = np.argsort(arc_case, kind="stable")
    return arc_pred[order], arc_case[order], arc[order]
