"""What visits were spent on, over whole columns: the oracle of the kernels of `sim.paths`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.model.arrays import Model
from sim.sampling.draws import Draws
from sim.trace import Trace
from sim.waits import (
    APPLICANT_CAUSE,
    APPLICANT_OWNER,
    CLOSED_CAUSE,
    CORRECTION_CAUSE,
    HISTORY_CAUSE,
    NATURE,
    UNKNOWN,
    WORK_CAUSE,
    Vocabulary,
    WaitRows,
    vocabulary,
)

__all__ = ["HISTORY_CAUSE", "UNKNOWN", "Pieces", "Rows", "Vocabulary", "concatenate", "split", "vocabulary"]

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """Minutes as parallel flat arrays; codes into a `Vocabulary`, -1 = the last entry (none)."""

    project: Longs
    phase: Longs
    activity: Longs
    cause: Longs
    owner: Longs
    resource: Longs
    minutes: Longs

    def rows(self, words: Vocabulary) -> WaitRows:
        """Sum equal keys; rows sorted by project and the codes."""
        names = (words.phases, words.activities, words.causes, words.owners, words.resources)
        codes = (self.phase, self.activity, self.cause, self.owner, self.resource)
        key = self.project
        for code, values in zip(codes, names, strict=True):
            key = key * len(values) + np.where(code < 0, len(values) - 1, code)
        # Rows come nearly sorted by project, which a stable sort makes use of.
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        minutes = np.add.reduceat(self.minutes[order], first) if len(first) else self.minutes
        found: list[Codes] = []
        rest = key[first]
        for values in reversed(names):
            rest, code = np.divmod(rest, len(values))
            found.append(code.astype(np.int16))
        resource, owner, cause, activity, phase = found
        project, total = rest.astype(np.int32), minutes.astype(np.int32)
        return WaitRows(project, phase, activity, cause, owner, resource, total)


def concatenate(parts: list[Pieces]) -> Pieces:
    """Put pieces one after another."""
    fields = ("project", "phase", "activity", "cause", "owner", "resource", "minutes")
    return Pieces(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


@dataclass(frozen=True)
class Rows:
    """Trace rows to be split, each clipped to [lower, upper): (n,) arrays."""

    row: Longs
    case: Longs
    lower: Longs
    upper: Longs
    first: Flags


def split(model: Model, draws: Draws, trace: Trace, rows: Rows, words: Vocabulary) -> Pieces:
    """Minutes of trace rows by cause and owner.

    Parameters
    ----------
    model, draws, trace
    rows : Rows
        ``first`` marks the first visit of an activity; its applicant time is preparation.
    words : Vocabulary

    Returns
    -------
    Pieces
        Only positive minutes; per row they add up to the clipped ended - ready.
    """
    ready, joined, served, ended = (
        np.clip(column[rows.row].astype(np.int64), rows.lower, np.maximum(rows.upper, rows.lower))
        for column in (trace.ready, trace.joined, trace.served, trace.ended)
    )
    stopped, stops = _stops(model, trace, rows, words)
    own, closed, nature = _worked(model, draws, rows, (served, ended), stopped)
    cases = model.cases
    activity, resource = cases.activity[rows.case], cases.resource[rows.case]
    applicant = np.where(rows.first, words.cause(APPLICANT_CAUSE), words.cause(CORRECTION_CAUSE))
    owner = words.work_owner[activity]
    constant = np.full(len(rows.row), words.cause(CLOSED_CAUSE))
    cause = [applicant, words.queue_cause[resource], np.full_like(constant, words.cause(WORK_CAUSE))]
    owners = [np.full_like(constant, words.owner(APPLICANT_OWNER)), words.queue_owner[resource], owner]
    minutes = [joined - ready, served - joined, own, closed, nature]
    flat = _flatten(
        rows, np.stack(minutes, axis=1), np.stack([*cause, constant, constant], axis=1),
        np.stack([*owners, owner, np.full_like(constant, words.owner(NATURE))], axis=1), model,
    )  # fmt: skip
    return concatenate([flat, stops])


def _flatten(rows: Rows, minutes: Longs, cause: Longs, owner: Longs, model: Model) -> Pieces:
    """Turn (rows, segments) matrices into flat pieces, zero minutes left out."""
    i, j = np.nonzero(minutes > 0)
    case = rows.case[i]
    resource = np.where(j == 1, model.cases.resource[case], -1).astype(np.int64)
    return Pieces(
        model.cases.project[case].astype(np.int64), model.cases.phase[case].astype(np.int64),
        model.cases.activity[case].astype(np.int64), cause[i, j], owner[i, j], resource, minutes[i, j],
    )  # fmt: skip


@dataclass(frozen=True)
class _Stopped:
    """Stops of the chosen rows: which of them (position in `Rows`), from when to when."""

    position: Longs
    started: Longs
    ended: Longs


def _stops(model: Model, trace: Trace, rows: Rows, words: Vocabulary) -> tuple[_Stopped, Pieces]:
    """Stop rungs inside the chosen rows, and their minutes by ladder and owner."""
    none = np.zeros(0, dtype=np.int64)
    if len(trace.stop_project) == 0 or len(rows.row) == 0:
        return _Stopped(none, none, none), Pieces(none, none, none, none, none, none, none)
    # Rows are sorted by (project, activity) and time: the visit a stop lies in is the last of its
    # activity that was served by then.
    order = np.lexsort((trace.served[rows.row], trace.activity[rows.row], trace.project[rows.row]))
    span = np.int64(2**32)
    pair = trace.project.astype(np.int64) * len(model.activities) + trace.activity
    key = pair[rows.row][order] * span + trace.served[rows.row][order].astype(np.int64) + 2**31
    stop_pair = trace.stop_project.astype(np.int64) * len(model.activities) + trace.stop_activity
    place = np.searchsorted(key, stop_pair * span + trace.stop_started.astype(np.int64) + 2**31, "right") - 1
    position = order[np.maximum(place, 0)]
    row = rows.row[position]
    inside = (place >= 0) & (pair[row] == stop_pair) & (trace.stop_started <= trace.ended[row])
    keep = np.flatnonzero(inside)
    position = position[keep]
    lower, upper = rows.lower[position], np.maximum(rows.upper[position], rows.lower[position])
    started = np.clip(trace.stop_started[keep].astype(np.int64), lower, upper)
    ended = np.clip(trace.stop_ended[keep].astype(np.int64), lower, upper)
    stopped = _Stopped(position, started, ended)
    return stopped, _stop_pieces(model, rows, words, stopped, trace.stop_rung[keep].astype(np.int64))


def _stop_pieces(model: Model, rows: Rows, words: Vocabulary, stopped: _Stopped, rung: Longs) -> Pieces:
    """Minutes of stops: the owner is that of the rung's resource, else the government's officer."""
    case = rows.case[stopped.position]
    ladder = model.cases.ladder[case].astype(np.int64)
    resource = model.ladders.resource[model.ladders.offset[ladder] + rung].astype(np.int64)
    pieces = Pieces(
        model.cases.project[case].astype(np.int64), model.cases.phase[case].astype(np.int64),
        model.cases.activity[case].astype(np.int64), words.stop_cause[ladder],
        words.queue_owner[resource], resource, stopped.ended - stopped.started,
    )  # fmt: skip
    keep = pieces.minutes > 0
    return Pieces(*(getattr(pieces, name)[keep] for name in pieces.__dataclass_fields__))


def _worked(
    model: Model, draws: Draws, rows: Rows, span: tuple[Longs, Longs], stopped: _Stopped
) -> tuple[Longs, Longs, Longs]:
    """Own minutes of work, minutes its clock was closed, and of those the ones nature closed."""
    served, ended = span
    lane = draws.lane[model.cases.project[rows.case]]
    clock = model.cases.clock[rows.case, lane]
    normal = model.cases.clock[rows.case, 0]
    own = _own(model, clock, served, ended, stopped)
    shocked = np.flatnonzero(clock != normal)
    calm = own.copy()
    if len(shocked):
        calm[shocked] = np.maximum(_own(model, normal, served, ended, stopped)[shocked], own[shocked])
    active = ended - served
    np.subtract.at(active, stopped.position, stopped.ended - stopped.started)
    site = np.array([*(c.name.startswith("site") for c in model.clocks), False])
    nature = np.where(site[clock], active - own, calm - own)
    return own, active - own - nature, nature


def _own(model: Model, clock: npt.NDArray[np.int32], served: Longs, ended: Longs, stopped: _Stopped) -> Longs:
    """Own minutes between service and end, outside stops."""
    total = _elapsed(model, clock, served, ended)
    np.subtract.at(
        total, stopped.position, _elapsed(model, clock[stopped.position], stopped.started, stopped.ended)
    )
    return total


def _elapsed(model: Model, clock: npt.NDArray[np.int32], start: Longs, end: Longs) -> Longs:
    """Own minutes in [start, end) of each row's clock; clock -1 is the natural one."""
    total = np.asarray(end - start, dtype=np.int64)
    for index in np.unique(clock[clock >= 0]):
        chosen = np.flatnonzero(clock == index)
        total[chosen] = model.clocks[index].elapsed_many(start[chosen], end[chosen])
    return total
