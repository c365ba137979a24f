"""The driving path, all projects in step over whole columns: the oracle of `sim.paths`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.model.arrays import CHECK, ENDED, GATE, Model
from sim.sampling.draws import Draws
from sim.trace import DIRECT, DONE, NEVER, OPEN, REFUSED, VOID, WITHDRAWN, Ints, Trace
from tests.plain.waits import HISTORY_CAUSE, UNKNOWN, Pieces, Rows, Vocabulary, concatenate, split, vocabulary

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Earlier than every moment.
_LOWEST = -(2**31)


@dataclass(frozen=True)
class _Book:
    """Where the rows of each case are.

    ``case`` (V,): case of each row. ``first`` (C,): its first row, -1 = none; ``visits`` (C,): its
    rows without the rerun after a void check; ``rerun`` (C,): the row of that rerun, -1 = none.
    """

    case: Longs
    first: Longs
    visits: Longs
    rerun: Longs


def case_table(model: Model) -> Longs:
    """Case of each (project, activity), -1 where the project has none."""
    place = np.full((len(model.project_ids), len(model.activities)), -1, dtype=np.int64)
    place[model.cases.project, model.cases.activity] = np.arange(len(model.cases.project))
    return place


def _book(model: Model, draws: Draws, trace: Trace) -> _Book:
    """Index the rows of a trace by case."""
    cases = model.cases
    case = case_table(model)[trace.project, trace.activity]
    count = len(cases.project)
    rows = np.arange(len(case))
    first = np.full(count, -1, dtype=np.int64)
    first[case[::-1]] = rows[::-1]
    reopened = np.zeros(count, dtype=np.bool_)
    reopened[cases.target[(cases.kind == CHECK) & (cases.target >= 0)]] = True
    again = reopened[case] & (trace.visit >= draws.rounds[case])
    rerun = np.full(count, -1, dtype=np.int64)
    rerun[case[again]] = rows[again]
    return _Book(case, first, np.bincount(case[~again], minlength=count), rerun)


def _is_gate(model: Model, draws: Draws) -> Flags:
    """Cases without rows in this replication: they end in the instant their predecessors end."""
    gate = (model.cases.kind == GATE) | ~draws.applies
    return np.asarray(gate & (draws.state != ENDED), dtype=np.bool_)


def case_ends(model: Model, draws: Draws, trace: Trace) -> Ints:
    """Minute at which each case ended for its successors.

    A gate ends with its last predecessor; a check whose target was reopened ends when the rerun does;
    a case known to have ended before the epoch ends when the ledger (or the played past) says.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
        Of the same replication.

    Returns
    -------
    (C,) int32
        `NEVER` where it did not end.
    """
    return _ends(model, draws, trace, _book(model, draws, trace))


def _ends(model: Model, draws: Draws, trace: Trace, book: _Book) -> Ints:
    """As `case_ends`, with the rows indexed already."""
    cases = model.cases
    ends = np.where(draws.state == ENDED, draws.ended, NEVER).astype(np.int64)
    finished = np.isin(trace.outcome, (DONE, DIRECT)) & (trace.ended < NEVER)
    finished[book.rerun[book.rerun >= 0]] = False
    ends[book.case[finished]] = trace.ended[finished]
    void = np.flatnonzero(trace.outcome == VOID)
    check = book.case[void]
    again = book.rerun[cases.target[check]]
    done = (again >= 0) & (trace.outcome[again] == DONE)
    ends[check] = np.where(done, trace.ended[again], NEVER)
    _close_gates(model, draws, trace, ends, np.flatnonzero(_is_gate(model, draws)))
    return ends.astype(np.int32)


def _close_gates(model: Model, draws: Draws, trace: Trace, ends: Longs, gates: Longs) -> None:
    """Fill in the ends of gates, those without an open gate before them first."""
    cases = model.cases
    pending = np.zeros(len(ends), dtype=np.bool_)
    pending[gates] = True
    while len(gates):
        arcs, owner = _arcs(model, draws, gates)
        blocked = np.zeros(len(gates), dtype=np.bool_)
        blocked[owner[pending[cases.pred[arcs]]]] = True
        latest = np.full(len(gates), _LOWEST, dtype=np.int64)
        np.maximum.at(latest, owner, ends[cases.pred[arcs]])
        signed = trace.milestones[cases.project[gates], 0]
        ends[gates[~blocked]] = np.where(latest == _LOWEST, signed, latest)[~blocked]
        pending[gates[~blocked]] = False
        gates = gates[blocked]


def _arcs(model: Model, draws: Draws, chosen: Longs) -> tuple[Longs, Longs]:
    """Arcs present before the chosen cases, and for each the position of its case in `chosen`."""
    start = model.cases.pred_offset[chosen].astype(np.int64)
    count = model.cases.pred_offset[chosen + 1] - start
    owner = np.repeat(np.arange(len(chosen)), count)
    arcs = _ranges(start, count)
    present = (model.cases.pred_flag[arcs] < 0) | draws.arc[arcs]
    return arcs[present], owner[present]


def _ranges(start: Longs, count: Longs) -> Longs:
    """Concatenate ``start[i] .. start[i] + count[i] - 1``."""
    total = int(count.sum())
    before = np.cumsum(count) - count
    return np.asarray(np.repeat(start - before, count) + np.arange(total), dtype=np.int64)


def _drivers(model: Model, draws: Draws, ends: Ints) -> Longs:
    """Predecessor of each case that ended last (ties: declared order), -1 = none."""
    everyone = np.arange(len(ends), dtype=np.int64)
    arcs, owner = _arcs(model, draws, everyone)
    value = ends[model.cases.pred[arcs]].astype(np.int64)
    latest = np.full(len(ends), _LOWEST, dtype=np.int64)
    np.maximum.at(latest, owner, value)
    best = np.flatnonzero(value == latest[owner])[::-1]
    driver = np.full(len(ends), -1, dtype=np.int64)
    driver[owner[best]] = model.cases.pred[arcs[best]]
    return driver


@dataclass(frozen=True)
class _Front:
    """Where the walk stands in each project: the case, and the moment up to which time is explained."""

    project: Longs
    case: Longs
    cursor: Longs
    signed: Longs

    def only(self, chosen: Flags) -> _Front:
        """Keep some projects."""
        return _Front(self.project[chosen], self.case[chosen], self.cursor[chosen], self.signed[chosen])


@dataclass(frozen=True)
class _Steps:
    """All steps of a walk: a case of a project explains [ready, cursor), its row-less wait [start, ready)."""

    project: Longs
    case: Longs
    start: Longs
    ready: Longs
    cursor: Longs


@dataclass(frozen=True)
class _Gaps:
    """Stretches no row explains; case -1 = of no activity."""

    project: Longs
    case: Longs
    start: Longs
    end: Longs


def _walk(model: Model, draws: Draws, trace: Trace, front: _Front) -> tuple[_Steps, _Book, Ints]:
    """Walk back from cases to signing, all projects in step."""
    book = _book(model, draws, trace)
    ends = _ends(model, draws, trace, book)
    # The last entry of each array stands for case -1, which is no case.
    driver = np.append(_drivers(model, draws, ends), -1)
    held = book.visits > 0
    lost = np.append(~held & ~_is_gate(model, draws), True)
    begin = np.full(len(lost), NEVER, dtype=np.int64)
    begin[:-1][held] = np.minimum(trace.ready[book.first[held]], ends[held])
    begin[lost] = _LOWEST
    over = np.append(ends.astype(np.int64), _LOWEST)
    steps: list[_Steps] = [_Steps(*(np.zeros(0, dtype=np.int64),) * 5)]
    while len(front.project):
        ready = np.maximum(np.minimum(begin[front.case], front.cursor), front.signed)
        gone = lost[front.case]
        before = np.where(gone, -1, driver[front.case])
        start = np.where(gone, ready, np.maximum(np.minimum(over[before], ready), front.signed))
        steps.append(_Steps(front.project, np.where(gone, -1, front.case), start, ready, front.cursor))
        front = _Front(front.project, before, start, front.signed).only(
            (before >= 0) & (start > front.signed)
        )
    columns = (np.concatenate([getattr(s, name) for s in steps]) for name in _Steps.__dataclass_fields__)
    return _Steps(*columns), book, ends


def _explained(
    model: Model, trace: Trace, steps: _Steps, book: _Book, ends: Ints
) -> tuple[tuple[Longs, Longs], _Gaps]:
    """Rows that the steps of a walk explain, each with the moment it is cut at, and the gaps between."""
    held = (steps.case >= 0) & (book.visits[steps.case] > 0)
    case, cursor = steps.case[held], steps.cursor[held]
    finish = np.minimum(ends[case], cursor)
    last = book.first[case] + book.visits[case] - 1
    target = model.cases.target[case]
    again = np.where((trace.outcome[last] == VOID) & (target >= 0), book.rerun[target], -1)
    void = np.flatnonzero(again >= 0)
    rows, until = [again[void]], [finish[void]]
    cut = finish.copy()
    cut[void] = np.minimum(trace.ready[again[void]], finish[void])
    rows.append(_ranges(book.first[case], book.visits[case]))
    until.append(np.repeat(cut, book.visits[case]))
    lost = steps.case < 0
    gaps = [
        (steps.project[held], case, finish, cursor),
        (steps.project, steps.case, steps.start, steps.ready),
        (steps.project[lost], steps.case[lost], steps.ready[lost], steps.cursor[lost]),
    ]
    stretches = _Gaps(*(np.concatenate(column) for column in zip(*gaps, strict=True)))
    return (np.concatenate(rows), np.concatenate(until)), stretches


def _start(model: Model, draws: Draws, trace: Trace, milestone: int | Ints | None, unreached: bool) -> _Front:
    """Projects, the case each path starts from, and the moment it ends."""
    count = len(model.project_ids)
    reached = trace.milestones < NEVER
    last = reached.shape[1] - 1 - np.argmax(reached[:, ::-1], axis=1)
    wanted = last if milestone is None else np.broadcast_to(np.asarray(milestone), (count,))
    rows = np.arange(count)
    signed = draws.active & (trace.milestones[:, 0] < np.minimum(model.horizon, NEVER))
    there = reached[rows, wanted] & signed
    case = model.milestone_case[rows, wanted].astype(np.int64)
    cursor = trace.milestones[rows, wanted].astype(np.int64)
    if unreached:
        stuck = signed & ~there
        case[stuck] = _open_case(model, draws, trace)[stuck]
        cursor[stuck] = np.minimum(trace.withdrawn, model.horizon)[stuck]
        there |= stuck
    chosen = np.flatnonzero(there)
    begun = trace.milestones[chosen, 0].astype(np.int64)
    return _Front(chosen, case[chosen], np.maximum(cursor[chosen], begun), begun)


def _open_case(model: Model, draws: Draws, trace: Trace) -> Longs:
    """Case that holds each unfinished project: of its open activities the one waiting longest."""
    book = _book(model, draws, trace)
    rows = np.flatnonzero(np.isin(trace.outcome, (OPEN, WITHDRAWN, REFUSED)))
    order = np.lexsort((book.case[rows], trace.ready[rows]))[::-1]
    found = np.full(len(model.project_ids), -1, dtype=np.int64)
    found[trace.project[rows[order]]] = book.case[rows[order]]
    return found


def driving_path(
    model: Model,
    draws: Draws,
    trace: Trace,
    milestone: int | Ints | None = None,
    *,
    since: int | None = None,
    unreached: bool = False,
) -> pd.DataFrame:
    """Minutes between signing and a milestone by activity, cause and owner, on the driving path.

    Parameters
    ----------
    model, draws, trace
        Of one replication.
    milestone : int or (P,) int, optional
        Column of ``model.milestones``; default: the last milestone each project reached.
    since : int, optional
        Count only minutes from here on (0: from the as-of date on).
    unreached : bool
        Also take projects that did not reach it, up to their withdrawal or the horizon, along the
        open activity that has been under way longest.

    Returns
    -------
    DataFrame
        Columns replication, project (row number), phase, activity, cause, owner, resource, minutes. Per
        project the minutes add up to milestone - max(signed, since). Time before the epoch that no row
        explains has cause `history`.
    """
    words = vocabulary(model)
    steps, book, ends = _walk(model, draws, trace, _start(model, draws, trace, milestone, unreached))
    (row, until), gaps = _explained(model, trace, steps, book, ends)
    rows = _clipped(trace, book, row, until, since)
    parts = [split(model, draws, trace, rows, words), _history(model, trace, words, since, gaps)]
    return concatenate(parts).rows(words).table(words, trace.replication)


def load(model: Model, draws: Draws, trace: Trace, *, since: int | None = None) -> pd.DataFrame:
    """Minutes of all activities by cause and owner, summed over parallel ones.

    Does not add up to anything by design: a project with two activities under way counts twice.

    Returns
    -------
    DataFrame
        The columns of `driving_path`.
    """
    book = _book(model, draws, trace)
    row = np.arange(len(trace.project))
    until = np.minimum(trace.withdrawn[trace.project], model.horizon).astype(np.int64)
    rows = _clipped(trace, book, row, until, since)
    words = vocabulary(model)
    return split(model, draws, trace, rows, words).rows(words).table(words, trace.replication)


def _clipped(trace: Trace, book: _Book, row: Longs, until: Longs, since: int | None) -> Rows:
    """Rows with the stretch of time in which they count."""
    lower = trace.milestones[trace.project[row], 0].astype(np.int64)
    if since is not None:
        lower = np.maximum(lower, since)
    return Rows(row, book.case[row], lower, until, trace.visit[row] == 0)


def _history(model: Model, trace: Trace, words: Vocabulary, since: int | None, gaps: _Gaps) -> Pieces:
    """Stretches without rows: of the case's phase, else cut at the milestones the project reached."""
    start = gaps.start if since is None else np.maximum(gaps.start, since)
    some = np.flatnonzero(gaps.end > start)
    project, case, start, end = gaps.project[some], gaps.case[some], start[some], gaps.end[some]
    edges = np.full((len(project), len(model.milestones) + 1), _LOWEST, dtype=np.int64)
    reached = trace.milestones[project].astype(np.int64)
    absent = (model.milestone_case[project] < 0) & (reached >= NEVER)
    edges[:, 1:] = np.maximum.accumulate(np.where(absent, _LOWEST, reached), axis=1)
    edges[:, -1] = end
    edges = np.maximum(np.minimum(edges, end[:, None]), start[:, None])
    minutes = np.diff(edges, axis=1)
    known = case >= 0
    minutes[known] = 0
    minutes[known, model.cases.phase[case[known]]] = np.maximum(end - start, 0)[known]
    i, phase = np.nonzero(minutes > 0)
    activity = np.where(known[i], model.cases.activity[case[i]], -1).astype(np.int64)
    cause = np.full(len(i), words.cause(HISTORY_CAUSE))
    owner = np.full(len(i), words.owner(UNKNOWN))
    return Pieces(project[i], phase, activity, cause, owner, np.full(len(i), -1), minutes[i, phase])
